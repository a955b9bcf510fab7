/* SPDX-License-Identifier: ISC */
/*
 * Sockets that the service manager hands over when it starts us
 * (sd_listen_fds(3)).  They are of two kinds.
 *
 * Those that a predecessor left in its descriptor store, named ntp-N: they go
 * to the listeners with their addresses, so that a restart of the whole daemon
 * loses no request.
 *
 * Those of its own making, from a socket unit: then the unit says where to
 * listen, none is ever closed or opened here, and none is needed a privilege
 * for.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"
#include "os.h"

#define FIRST_FD	3
#define STORED		"ntp-"	/* begins a name in the store */

/* A number out of the environment, or 0. */
static long long
inherit_number(const char *name, long long max)
{
	const char	*text = getenv(name), *err;
	long long	 n;

	if (text == NULL)
		return (0);
	n = strtonum(text, 1, max, &err);
	return (err == NULL ? n : 0);
}

/* NULL, or what is wrong with it. */
static const char *
inherit_udp(struct parent *p, int fd, const struct addr *addr,
    const char *name)
{
	struct inherited	*in = &p->inherited[p->ninherited];
	socklen_t		 len;
	const char		*err;
	int			 only = 0;

	len = sizeof(only);
	if (addr->port == 0)
		return ("is not bound");
	if (addr->family == AF_INET6 && (getsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &only, &len) == -1 || !only))
		return ("is for IPv4, too: BindIPv6Only=ipv6-only");
	memset(in, 0, sizeof(*in));
	if (name != NULL && strncmp(name, STORED, strlen(STORED)) == 0) {
		in->mark = (uint32_t)strtonum(name + strlen(STORED), 1,
		    INT32_MAX, &err);
		if (err != NULL)
			return ("has a strange name");
		if (p->last_mark < in->mark)
			p->last_mark = in->mark;
	} else
		p->activated = true;
	in->fd = fd;
	in->addr = *addr;
	os_udp_device(fd, in->ifname);
	p->ninherited++;
	return (NULL);
}

/* Sorts out what a descriptor is; as above. */
static const char *
inherit_take(struct parent *p, int fd, const char *name)
{
	struct sockaddr_storage	 ss;
	struct addr		 addr;
	socklen_t		 len = sizeof(ss);
	socklen_t		 typelen = sizeof(int);
	int			 type, flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return ("is not open");
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &typelen) == -1)
		return ("is no socket");
	if (ss.ss_family == AF_UNIX && type == SOCK_STREAM) {
		if (p->control_given != -1)
			return ("is a second control socket");
		p->control_given = fd;
		p->activated = true;
		return (NULL);
	}
	if (type != SOCK_DGRAM || addr_from_sockaddr(&addr,
	    (struct sockaddr *)&ss, len) == -1)
		return ("is neither for UDP nor the control socket");
	return (inherit_udp(p, fd, &addr, name));
}

/* Reads what the environment says, and clears it: it is for nobody else. */
void
inherit_init(struct parent *p)
{
	const char	*why;
	char		*copy, *names, *name;
	int		 i, n = 0;

	p->control_given = -1;
	if (inherit_number("LISTEN_PID", INT32_MAX) == getpid())
		n = (int)inherit_number("LISTEN_FDS", INHERITED_MAX);
	if (n > 0) {
		names = getenv("LISTEN_FDNAMES");
		copy = names = names == NULL ? NULL : strdup(names);
		p->inherited = calloc((size_t)n, sizeof(*p->inherited));
		if (p->inherited == NULL)
			fatal("%d sockets of the service manager's", n);
		for (i = 0; i < n; i++) {
			name = names == NULL ? NULL : strsep(&names, ":");
			if ((why = inherit_take(p, FIRST_FD + i, name)) ==
			    NULL)
				continue;
			log_warnx("the service manager's descriptor %d %s",
			    FIRST_FD + i, why);
			close(FIRST_FD + i);
		}
		free(copy);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

/* The descriptors with the family and port of addr that nobody took yet. */
size_t
inherit_ours(const struct parent *p, const struct addr *addr, int *fd)
{
	size_t	 i, n = 0;

	for (i = 0; i < p->ninherited; i++)
		if (p->inherited[i].fd != -1 &&
		    p->inherited[i].addr.family == addr->family &&
		    p->inherited[i].addr.port == addr->port)
			fd[n++] = p->inherited[i].fd;
	return (n);
}

/*
 * The next socket for the listener, as if it had just been bound; false if
 * there is none.  In the order in which they were bound: see listener_grow.
 */
bool
inherit_socket(struct parent *p, struct listener *l, uint64_t buffer)
{
	struct inherited	*in, *best = NULL;

	for (in = p->inherited; in < p->inherited + p->ninherited; in++)
		if (in->fd != -1 && addr_equal(&in->addr, &l->addr) &&
		    strcmp(in->ifname, l->ifname) == 0 &&
		    (best == NULL || in->mark < best->mark))
			best = in;
	if (best == NULL || l->nfd == CONF_WORKERS_MAX)
		return (false);
	if (os_udp_adopt(best->fd, &best->addr, buffer) == -1)
		log_warn("a socket of the service manager's");
	l->dropped[l->nfd] = os_udp_drops(best->fd);
	l->mark[l->nfd] = best->mark;
	l->fd[l->nfd++] = best->fd;
	best->fd = -1;
	return (true);
}

/* What the configuration no longer names is let go. */
void
inherit_done(struct parent *p)
{
	struct inherited	*in;
	unsigned int		 taken = 0;

	for (in = p->inherited; in < p->inherited + p->ninherited; in++) {
		if (in->fd == -1) {
			taken++;
			continue;
		}
		if (in->mark != 0)
			notify_unstore(in->mark);
		close(in->fd);
	}
	if (taken > 0)
		log_info("sockets from the service manager: %u", taken);
	free(p->inherited);
	p->inherited = NULL;
	p->ninherited = 0;
}

/*
 * What our successor is to find, with the manager.  The names go up in the
 * order of binding, which is that of the sockets that share an address.  What
 * the manager is too busy for is tried again at the next tick.
 */
void
inherit_store(struct parent *p)
{
	struct listener	*l;
	unsigned int	 i;

	if (p->activated)
		return;
	TAILQ_FOREACH(l, &p->listeners, entry)
		for (i = 0; i < l->nfd; i++) {
			if (l->mark[i] != 0)
				continue;
			if (notify_store(l->fd[i], p->last_mark + 1) == -1)
				return;
			l->mark[i] = ++p->last_mark;
		}
}

static bool
listen_names(const struct conf *conf, const struct listener *l)
{
	const struct listen_spec	*spec;
	uint32_t			 i;

	for (i = 0; i < conf->listen.n; i++) {
		spec = &conf->listen.spec[i];
		if (strcmp(spec->ifname, l->ifname) == 0 &&
		    (spec->addr.family == 0 ? addr_is_wildcard(&l->addr) &&
		    spec->addr.port == l->addr.port :
		    addr_equal(&spec->addr, &l->addr)))
			return (true);
	}
	return (false);
}

/* Whether `listen' is what the socket unit opened; both ways. */
static int
inherit_check(const struct listeners *list, const struct conf *conf, char *err,
    size_t len)
{
	struct listener	*l;
	char		 at[ADDR_STRLEN];
	uint32_t	 i, n = 0, families = 0;

	if (conf->where[CONF_listen].origin == CONF_FROM_DEFAULT)
		return (0);
	TAILQ_FOREACH(l, list, entry) {
		n++;
		if (listen_names(conf, l))
			continue;
		snprintf(err, len, "listen: the service manager's socket unit "
		    "opens %s%s%s, which is not named; change both, or "
		    "neither", addr_format(&l->addr, at, sizeof(at)),
		    *l->ifname ? " on " : "", l->ifname);
		return (-1);
	}
	for (i = 0; i < conf->listen.n; i++)
		families += conf->listen.spec[i].addr.family == 0 ? 2 : 1;
	if (families == n)
		return (0);
	snprintf(err, len, "listen: the service manager's socket unit opens "
	    "%u sockets, not %u; it alone says where to listen", n, families);
	return (-1);
}

static struct listener *
inherit_listener(struct parent *p, const struct inherited *in, uint64_t buffer)
{
	struct listener	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("listener");
	l->addr = in->addr;
	strlcpy(l->ifname, in->ifname, sizeof(l->ifname));
	while (inherit_socket(p, l, buffer))
		;
	l->id = ++p->last_listener;
	return (l);
}

/* listen_open where a socket unit has opened them already. */
int
inherit_listen(struct parent *p, const struct conf *conf, char *err,
    size_t len)
{
	struct listener	*l;
	size_t		 i;
	unsigned int	 n = 0;

	for (i = 0; i < p->ninherited && n < LISTENERS_MAX; i++)
		if (p->inherited[i].fd != -1) {
			l = inherit_listener(p, &p->inherited[i],
			    conf->receive_buffer);
			TAILQ_INSERT_TAIL(&p->listeners, l, entry);
			n++;
		}
	TAILQ_FOREACH(l, &p->listeners, entry)
		l->keep = true;
	if (!TAILQ_EMPTY(&p->listeners))
		return (inherit_check(&p->listeners, conf, err, len));
	strlcpy(err, "the service manager's socket unit has no "
	    "ListenDatagram=", len);
	return (-1);
}

/*
 * Without service they drop everything: closing them would not close the
 * ports, and what waited in them would be answered when it is long too late.
 * Returns what is to be said of it.
 */
const char *
inherit_shut(struct parent *p)
{
	struct listener	*l;
	unsigned int	 i;
	bool		 all = true;

	TAILQ_FOREACH(l, &p->listeners, entry)
		for (i = 0; i < l->nfd; i++)
			all &= os_udp_shut(l->fd[i]) == 0;
	return (all ? "the ports, which the service manager keeps open, drop "
	    "everything" : "requests wait in the ports, which the service "
	    "manager keeps open");
}

/* For service again; what was dropped since is no engine's. */
void
inherit_reopen(struct parent *p)
{
	struct listener	*l;
	unsigned int	 i;

	TAILQ_FOREACH(l, &p->listeners, entry) {
		l->id = ++p->last_listener;
		for (i = 0; i < l->nfd; i++) {
			(void)os_udp_unfilter(l->fd[i]);
			l->dropped[i] = os_udp_drops(l->fd[i]);
		}
	}
}
