/* SPDX-License-Identifier: ISC */
/* The parent's UDP sockets, as the configuration names them. */

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"
#include "os.h"

#define OURS_MAX	(2 * LISTENERS_MAX * CONF_WORKERS_MAX + INHERITED_MAX)
#define DERIVED_MAX	8	/* sockets beside a wildcard one */
#define NOFILE_PLENTY	256	/* descriptors that we may have open */

/* The last ones go, so that the others keep their places; see listener_grow. */
static void
listener_shrink(struct listener *l, unsigned int n)
{
	bool	 stored = false;

	while (l->nfd > n) {
		close(l->fd[--l->nfd]);
		if (l->mark[l->nfd] != 0) {
			notify_unstore(l->mark[l->nfd]);
			stored = true;
		}
	}
	if (stored)
		notify_barrier();
}

static void
listener_free(struct listener *l)
{
	listener_shrink(l, 0);
	free(l);
}

void
listen_close(struct listeners *list)
{
	struct listener	*l;

	while ((l = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, l, entry);
		listener_free(l);
	}
}

static void
spares_fill(struct spare *s, int family, uint64_t buffer, unsigned int n)
{
	while (s->n < n && (s->fd[s->n] = os_udp_socket(family, buffer)) != -1)
		s->n++;
}

/*
 * Unbound sockets for later listeners: once NET_ADMIN is gone, no new socket
 * gets a receive buffer above the system's limit.
 */
void
listen_spares(struct parent *p, uint64_t buffer)
{
	struct rlimit	 rl;

	/* Without plenty of descriptors they are worth more elsewhere. */
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur < NOFILE_PLENTY)
		return;
	spares_fill(&p->spare4, AF_INET, buffer, SPARES);
	spares_fill(&p->spare6, AF_INET6, buffer, SPARES);
}

static int
listen_socket(struct parent *p, const struct addr *addr, uint64_t buffer,
    bool derived)
{
	struct spare	*s = addr->family == AF_INET6 ? &p->spare6 : &p->spare4;
	int		 fd;

	fd = os_udp_socket(addr->family, buffer);
	/* A spare only where it is better, and never for a mere convenience. */
	if (fd == -1 || derived || s->n == 0 || os_udp_buffer(fd) >= buffer)
		return (fd);
	close(fd);
	return (s->fd[--s->n]);
}

/* The descriptors of our sockets with the family and port of addr. */
static size_t
listen_ours(struct parent *p, struct listeners *fresh,
    const struct addr *addr, int *fd)
{
	struct listeners	*lists[] = { &p->listeners, fresh };
	struct listener		*l;
	size_t			 i, n = 0;
	unsigned int		 k;

	for (i = 0; i < 2; i++)
		TAILQ_FOREACH(l, lists[i], entry)
			for (k = 0; k < l->nfd &&
			    l->addr.family == addr->family &&
			    l->addr.port == addr->port; k++)
				fd[n++] = l->fd[k];
	return (n + inherit_ours(p, addr, fd + n));
}

/* Sockets of one address share it for good, all others alone when they bind. */
static void
listen_share(struct parent *p, struct listeners *fresh)
{
	struct listeners	*lists[] = { &p->listeners, fresh };
	struct listener		*l;
	unsigned int		 k;
	size_t			 i;

	for (i = 0; i < 2; i++)
		TAILQ_FOREACH(l, lists[i], entry)
			for (k = 0; k < l->nfd; k++)
				os_udp_share(l->fd[k], l->nfd > 1);
}

/*
 * Binds.  Another listener of ours may overlap the address, as 0.0.0.0 does
 * 127.0.0.1: they share it for the moment.  Not for longer, for any process
 * of our uid could then join in; nor do we join anybody.
 */
static int
listen_bind(struct parent *p, struct listeners *fresh, int fd,
    const struct addr *addr, const char *ifname)
{
	int	 ours[OURS_MAX + 1], r, saved;
	size_t	 i, n;

	if ((r = os_udp_bind(fd, addr, ifname)) == 0 || errno != EADDRINUSE)
		return (r);
	if ((n = listen_ours(p, fresh, addr, ours)) == 0) {
		errno = EADDRINUSE;
		return (-1);
	}
	ours[n++] = fd;
	for (i = 0; i < n; i++)
		os_udp_share(ours[i], true);
	r = os_udp_bind(fd, addr, ifname);
	saved = errno;
	os_udp_share(fd, false);
	listen_share(p, fresh);
	if (r == 0 && os_port_foreign(addr, ours, n)) {
		saved = EADDRINUSE;
		r = -1;
	}
	errno = saved;
	return (r);
}

static void
listen_why(struct parent *p, struct listeners *fresh, const struct addr *addr,
    const char *name, int error, char *err, size_t len)
{
	char	 holder[96];
	int	 ours[OURS_MAX];
	size_t	 n = listen_ours(p, fresh, addr, ours);

	if (error == EADDRINUSE && os_port_holder(addr, ours, n, holder,
	    sizeof(holder)))
		snprintf(err, len, "listen: %s is held by %s", name, holder);
	else if (error == EACCES)
		snprintf(err, len, "listen: %s: no permission; ports below "
		    "1024 are root's", name);
	else
		snprintf(err, len, "listen: %s: %s", name, strerror(error));
}

static unsigned int
listen_count(const struct listeners *list, bool kept)
{
	struct listener	*l;
	unsigned int	 n = 0;

	TAILQ_FOREACH(l, list, entry)
		n += !kept || l->keep;
	return (n);
}

static struct listener *
listen_find(struct listeners *list, const struct addr *addr,
    const char *ifname)
{
	struct listener	*l;

	TAILQ_FOREACH(l, list, entry)
		if (addr_equal(&l->addr, addr) &&
		    strcmp(l->ifname, ifname) == 0)
			break;
	return (l);
}

/*
 * One more socket for the address.  In the group that the kernel makes of them
 * they stand in the order of their binding, which is how requests are steered.
 */
static int
listener_grow(struct parent *p, struct listeners *fresh, struct listener *l,
    uint64_t buffer)
{
	int	 fd, saved;

	if (inherit_socket(p, l, buffer)) {
		listen_share(p, fresh);
		return (0);
	}
	if (p->activated) {
		errno = ENOENT;
		return (-1);
	}
	if ((fd = listen_socket(p, &l->addr, buffer, l->derived)) == -1)
		return (-1);
	if (listen_bind(p, fresh, fd, &l->addr, l->ifname) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	l->dropped[l->nfd] = l->mark[l->nfd] = 0;
	l->fd[l->nfd++] = fd;
	listen_share(p, fresh);
	return (0);
}

/*
 * Makes it so many sockets for each address, as many as there are engines, and
 * steers each source to the same one always.  How many there are now: fewer
 * when no more can be had.  A socket that is let go stays with its engine,
 * which answers what is in it.
 */
unsigned int
listen_workers(struct parent *p, unsigned int n)
{
	struct listeners	 none = TAILQ_HEAD_INITIALIZER(none);
	struct listener		*l;
	bool			 v6;
	unsigned int		 got = n;

	TAILQ_FOREACH(l, &p->listeners, entry) {
		while (l->nfd < got && listener_grow(p, &none, l,
		    p->conf.receive_buffer) == 0)
			;
		if (l->nfd < got) {
			if (p->activated)
				log_info("the service manager opened %u "
				    "sockets for an address: as many engines",
				    l->nfd);
			else
				log_warn("no %u sockets for each address, but "
				    "%u", got, l->nfd);
			got = l->nfd;
		}
	}
	TAILQ_FOREACH(l, &p->listeners, entry) {
		v6 = l->addr.family == AF_INET6;
		if (l->nfd > 1 && os_udp_steer(l->fd[0], l->addr.family, got,
		    (unsigned int)(v6 ? p->conf.ratelimit_ipv6_prefix :
		    p->conf.ratelimit_ipv4_prefix), p->steering) == -1 &&
		    got > 1) {
			log_warn("sources cannot be steered: one engine alone");
			return (listen_workers(p, 1));
		}
		if (!p->activated && l->nfd > got)
			listener_shrink(l, got);
	}
	listen_share(p, &none);
	return (got);
}

/* A bound socket in fresh, or NULL with errno. */
static struct listener *
listen_new(struct parent *p, const struct conf *conf, const struct addr *addr,
    const char *ifname, bool derived, struct listeners *fresh)
{
	struct listener	*l;
	int		 saved;

	if (listen_count(fresh, false) + listen_count(&p->listeners, true) >=
	    LISTENERS_MAX) {
		errno = EMFILE;
		return (NULL);
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	l->addr = *addr;
	strlcpy(l->ifname, ifname, sizeof(l->ifname));
	l->keep = true;
	l->derived = derived;
	TAILQ_INSERT_TAIL(fresh, l, entry);
	do
		if (listener_grow(p, fresh, l, conf->receive_buffer) == -1) {
			saved = errno;
			TAILQ_REMOVE(fresh, l, entry);
			listener_free(l);
			errno = saved;
			return (NULL);
		}
	while (l->nfd < workers_of(conf));
	l->id = ++p->last_listener;
	return (l);
}

/* One socket; 0 also when it was left out with a warning. */
static int
listen_one(struct parent *p, const struct conf *conf, const struct addr *addr,
    const char *ifname, struct listeners *fresh, char *err, size_t len)
{
	struct listener	*l;
	char		 name[ADDR_STRLEN + ADDR_IFNAMSIZ], at[ADDR_STRLEN];
	int		 saved;

	if ((l = listen_find(&p->listeners, addr, ifname)) != NULL) {
		l->keep = true;
		l->derived = false;
		return (0);
	}
	addr_format(addr, at, sizeof(at));
	snprintf(name, sizeof(name), "%s%s%s", at, *ifname ? " on " : "",
	    ifname);
	if ((l = listen_new(p, conf, addr, ifname, false, fresh)) == NULL) {
		saved = errno;
		listen_why(p, fresh, addr, name, saved, err, len);
		if ((saved == EAFNOSUPPORT || saved == EADDRNOTAVAIL) &&
		    (conf->where[CONF_listen].origin == CONF_FROM_DEFAULT ||
		    *ifname != '\0')) {
			log_warnx("%s; going on without it", err);
			return (0);
		}
		return (-1);
	}
	if (os_udp_buffer(l->fd[0]) < conf->receive_buffer)
		log_warnx("%s: the kernel grants a receive buffer of %llu "
		    "octets, not %llu (sysctl net.core.rmem_max)", name,
		    (unsigned long long)os_udp_buffer(l->fd[0]),
		    (unsigned long long)conf->receive_buffer);
	return (0);
}

/*
 * Beside a wildcard socket, one for each address that the machine has now: a
 * socket that knows its address spares the kernel telling it with each request
 * and being told it with each reply, some 7 % of all the work.  What comes to
 * other addresses still reaches the wildcard socket.
 */
static void
listen_derive(struct parent *p, const struct conf *conf,
    const struct addr *wildcard, struct listeners *fresh)
{
	struct ifaddrs	*ifa, *list;
	struct listener	*l;
	struct addr	 addr;
	unsigned int	 n = 0;

	if (getifaddrs(&list) == -1)
		return;
	for (ifa = list; ifa != NULL && n < DERIVED_MAX; ifa = ifa->ifa_next) {
		if (ifa->ifa_addr == NULL ||
		    ifa->ifa_addr->sa_family != wildcard->family ||
		    addr_from_sockaddr(&addr, ifa->ifa_addr,
		    sizeof(struct sockaddr_in6)) == -1 ||
		    addr_is_linklocal(&addr))
			continue;
		addr.port = wildcard->port;
		n++;
		if ((l = listen_find(&p->listeners, &addr, "")) != NULL) {
			l->keep = true;
			continue;
		}
		if (listen_find(fresh, &addr, "") != NULL ||
		    (l = listen_new(p, conf, &addr, "", true, fresh)) == NULL)
			continue;
		/* A worse buffer than the wildcard's would be a bad bargain. */
		if (os_udp_buffer(l->fd[0]) < conf->receive_buffer) {
			TAILQ_REMOVE(fresh, l, entry);
			listener_free(l);
			break;
		}
	}
	freeifaddrs(list);
}

/* Every address of an interface: a wildcard socket of each family on it. */
static int
listen_interface(struct parent *p, const struct conf *conf,
    const struct listen_spec *spec, struct listeners *fresh, char *err,
    size_t len)
{
	struct addr	 any;

	if (if_nametoindex(spec->ifname) == 0) {
		snprintf(err, len, "listen: %s: no such interface",
		    spec->ifname);
		return (-1);
	}
	memset(&any, 0, sizeof(any));
	any.port = spec->addr.port;
	any.family = AF_INET;
	if (listen_one(p, conf, &any, spec->ifname, fresh, err, len) == -1)
		return (-1);
	any.family = AF_INET6;
	return (listen_one(p, conf, &any, spec->ifname, fresh, err, len));
}

/*
 * Opens what conf names and is not open yet, into fresh; marks what it names
 * and is open as kept.  On -1 no listener has changed but for those marks.
 */
int
listen_open(struct parent *p, const struct conf *conf,
    struct listeners *fresh, char *err, size_t len)
{
	const struct listen_spec	*spec;
	struct listener			*l;
	uint32_t			 i;
	int				 r;

	if (p->activated)
		return (inherit_listen(p, conf, err, len));
	TAILQ_FOREACH(l, &p->listeners, entry)
		l->keep = false;
	for (i = 0; i < conf->listen.n; i++) {
		spec = &conf->listen.spec[i];
		if (spec->addr.family == 0)
			r = listen_interface(p, conf, spec, fresh, err, len);
		else
			r = listen_one(p, conf, &spec->addr, spec->ifname,
			    fresh, err, len);
		if (r == -1)
			goto fail;
	}
	for (i = 0; i < conf->listen.n; i++) {
		spec = &conf->listen.spec[i];
		if (spec->addr.family != 0 && addr_is_wildcard(&spec->addr))
			listen_derive(p, conf, &spec->addr, fresh);
	}
	if (listen_count(fresh, false) + listen_count(&p->listeners, true) ==
	    0) {
		strlcpy(err, "listen: no address could be bound", len);
		goto fail;
	}
	return (0);
fail:
	listen_close(fresh);
	return (-1);
}
