/* SPDX-License-Identifier: ISC */
/*
 * The parent's sockets: UDP listeners as the configuration names them, and the
 * control socket.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"
#include "os.h"

#define CONTROL_BACKLOG	64

static void
listener_free(struct listener *l)
{
	close(l->fd);
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

/*
 * Unbound sockets for later listeners: once NET_ADMIN is gone, no new socket
 * gets a receive buffer above the system's limit.
 */
void
listen_spares(struct parent *p, uint64_t buffer)
{
	for (p->spare4.n = 0; p->spare4.n < SPARES; p->spare4.n++)
		if ((p->spare4.fd[p->spare4.n] = os_udp_socket(AF_INET,
		    buffer)) == -1)
			break;
	for (p->spare6.n = 0; p->spare6.n < SPARES; p->spare6.n++)
		if ((p->spare6.fd[p->spare6.n] = os_udp_socket(AF_INET6,
		    buffer)) == -1)
			break;
}

static int
listen_socket(struct parent *p, const struct addr *addr, uint64_t buffer)
{
	struct spare	*s = addr->family == AF_INET6 ? &p->spare6 : &p->spare4;

	if (s->n > 0)
		return (s->fd[--s->n]);
	return (os_udp_socket(addr->family, buffer));
}

/*
 * Binds; a listener of ours that is about to go may overlap the address, as
 * 0.0.0.0 does 127.0.0.1, and shares it for the moment.
 */
static int
listen_bind(struct parent *p, int fd, const struct addr *addr,
    const char *ifname)
{
	struct listener	*l;
	bool		 ours = false;
	int		 saved;

	if (os_udp_bind(fd, addr, ifname) == 0)
		return (0);
	if (errno != EADDRINUSE)
		return (-1);
	TAILQ_FOREACH(l, &p->listeners, entry)
		if (!l->keep && l->addr.family == addr->family &&
		    l->addr.port == addr->port) {
			os_udp_share(l->fd, true);
			ours = true;
		}
	errno = EADDRINUSE;
	if (!ours)
		return (-1);
	os_udp_share(fd, true);
	if (os_udp_bind(fd, addr, ifname) == 0)
		ours = false;
	saved = errno;
	os_udp_share(fd, false);
	TAILQ_FOREACH(l, &p->listeners, entry)
		os_udp_share(l->fd, false);
	errno = saved;
	return (ours ? -1 : 0);
}

static void
listen_why(const struct addr *addr, const char *name, int error, char *err,
    size_t len)
{
	char	 holder[96];

	if (error == EADDRINUSE && os_port_holder(addr, holder,
	    sizeof(holder)))
		snprintf(err, len, "listen: %s is held by %s", name, holder);
	else if (error == EACCES)
		snprintf(err, len, "listen: %s: no permission; ports below "
		    "1024 are root's", name);
	else
		snprintf(err, len, "listen: %s: %s", name, strerror(error));
}

/* One socket; 0 also when it was left out with a warning. */
static int
listen_one(struct parent *p, const struct conf *conf, const struct addr *addr,
    const char *ifname, struct listeners *fresh, char *err, size_t len)
{
	struct listener	*l;
	char		 name[ADDR_STRLEN + ADDR_IFNAMSIZ], at[ADDR_STRLEN];
	int		 saved;

	TAILQ_FOREACH(l, &p->listeners, entry)
		if (addr_equal(&l->addr, addr) &&
		    strcmp(l->ifname, ifname) == 0) {
			l->keep = true;
			return (0);
		}
	addr_format(addr, at, sizeof(at));
	snprintf(name, sizeof(name), "%s%s%s", at, *ifname ? " on " : "",
	    ifname);
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		snprintf(err, len, "listen: %s", strerror(errno));
		return (-1);
	}
	l->addr = *addr;
	strlcpy(l->ifname, ifname, sizeof(l->ifname));
	l->keep = true;
	l->fd = listen_socket(p, addr, conf->receive_buffer);
	if (l->fd == -1 || listen_bind(p, l->fd, addr, ifname) == -1) {
		saved = errno;
		if (l->fd != -1)
			close(l->fd);
		free(l);
		listen_why(addr, name, saved, err, len);
		if ((saved == EAFNOSUPPORT || saved == EADDRNOTAVAIL) &&
		    (conf->where[CONF_listen].origin == CONF_FROM_DEFAULT ||
		    *ifname != '\0')) {
			log_warnx("%s; going on without it", err);
			return (0);
		}
		return (-1);
	}
	l->id = ++p->last_listener;
	TAILQ_INSERT_TAIL(fresh, l, entry);
	if (os_udp_buffer(l->fd) < conf->receive_buffer)
		log_warnx("%s: the kernel grants a receive buffer of %llu "
		    "octets, not %llu (sysctl net.core.rmem_max)", name,
		    (unsigned long long)os_udp_buffer(l->fd),
		    (unsigned long long)conf->receive_buffer);
	return (0);
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

static unsigned int
listen_count(const struct listeners *list, bool kept)
{
	struct listener	*l;
	unsigned int	 n = 0;

	TAILQ_FOREACH(l, list, entry)
		n += !kept || l->keep;
	return (n);
}

/*
 * Opens what conf names and is not open yet, into fresh; marks what it names
 * and is open as kept.  On -1 nothing has changed but those marks.
 */
int
listen_open(struct parent *p, const struct conf *conf,
    struct listeners *fresh, char *err, size_t len)
{
	const struct listen_spec	*spec;
	struct listener			*l;
	uint32_t			 i;
	int				 r;

	TAILQ_FOREACH(l, &p->listeners, entry)
		l->keep = false;
	/* First what stays: the others may make room for new ones. */
	for (i = 0; i < conf->listen.n; i++) {
		spec = &conf->listen.spec[i];
		TAILQ_FOREACH(l, &p->listeners, entry)
			if (strcmp(l->ifname, spec->ifname) == 0 &&
			    (spec->addr.family == 0 ?
			    l->addr.port == spec->addr.port :
			    addr_equal(&l->addr, &spec->addr)))
				l->keep = true;
	}
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

/* 1: a daemon answers there; 0: nobody, what is left may be removed. */
static int
control_in_use(const struct sockaddr_un *sun)
{
	int	 fd, r;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (1);
	r = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	/* A full backlog is a daemon too. */
	r = r == 0 || errno == EAGAIN;
	close(fd);
	return (r);
}

/* The group that may connect; -1: the daemon's own will do. */
static int
control_group(struct parent *p, const struct conf *conf, gid_t *gid, char *err,
    size_t len)
{
	const char	*name = conf->control_group.text;
	struct group	*gr;

	*gid = (gid_t)-1;
	if (*name == '\0')
		return (0);
	if ((gr = getgrnam(name)) != NULL) {
		*gid = gr->gr_gid;
		return (0);
	}
	if (conf->where[CONF_control_group].origin != CONF_FROM_DEFAULT) {
		snprintf(err, len, "control.group: no group %s", name);
		return (-1);
	}
	if (p->root)
		log_warnx("no group %s: ntpsctl is for root alone", name);
	return (0);
}

/*
 * A socket whose mode and group are right from the moment it is there: changing
 * them afterwards leaves a gap, and needs CAP_CHOWN.
 */
static int
control_bind(int fd, const struct sockaddr_un *sun, mode_t mode, gid_t gid)
{
	gid_t	 own = getegid();
	mode_t	 old;
	int	 r, saved;

	if (gid != (gid_t)-1 && gid != own && setegid(gid) == -1)
		return (-1);
	old = umask(~mode & 0777);
	r = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));
	saved = errno;
	umask(old);
	if (getegid() != own && setegid(own) == -1)
		return (-1);
	errno = saved;
	return (r);
}

static void
control_folder(const char *path)
{
	char	 copy[CONF_TEXT_MAX];

	strlcpy(copy, path, sizeof(copy));
	mkdir(dirname(copy), 0755);	/* /run is empty after a boot */
}

int
listen_control(struct parent *p, const struct conf *conf, char *err,
    size_t len)
{
	const char		*path = conf->control_socket.text;
	struct sockaddr_un	 sun;
	struct stat		 st;
	gid_t			 gid;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if (control_group(p, conf, &gid, err, len) == -1)
		return (-1);
	control_folder(path);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode)) {
			snprintf(err, len, "control.socket: %s is there, and "
			    "is no socket", path);
			return (-1);
		}
		if (control_in_use(&sun)) {
			snprintf(err, len, "control.socket: another ntpsd "
			    "answers at %s", path);
			return (-1);
		}
		unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || control_bind(fd, &sun, (mode_t)conf->control_mode,
	    gid) == -1 || listen(fd, CONTROL_BACKLOG) == -1) {
		snprintf(err, len, "control.socket: %s: %s", path,
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	p->control_fd = fd;
	return (0);
}
