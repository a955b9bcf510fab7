/* SPDX-License-Identifier: ISC */
/*
 * Sockets of this machine alone, control's and the page's: made by the parent,
 * for the group and with the mode that control.group and control.mode say.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"

#define LOCAL_BACKLOG	64

/* 1: a daemon answers there; 0: nobody, what is left may be removed. */
static int
local_in_use(const struct sockaddr_un *sun)
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
local_group(struct parent *p, const struct conf *conf, gid_t *gid, char *err,
    size_t len)
{
	const char	*name = conf->control_group.text;
	struct group	*gr;

	*gid = (gid_t)-1;
	if (*name == '\0')
		return (0);
	/* An ordinary user cannot give the socket to a group not his. */
	if (!p->root && conf->where[CONF_control_group].origin ==
	    CONF_FROM_DEFAULT)
		return (0);
	if ((gr = getgrnam(name)) != NULL) {
		*gid = gr->gr_gid;
		return (0);
	}
	if (conf->where[CONF_control_group].origin != CONF_FROM_DEFAULT) {
		snprintf(err, len, "control.group: no group %s", name);
		return (-1);
	}
	log_warnx("no group %s: ntpsctl is for root alone", name);
	return (0);
}

/*
 * A socket whose mode and group are right from the moment it is there: changing
 * them afterwards leaves a gap, and needs CAP_CHOWN.
 */
static int
local_bind(int fd, const struct sockaddr_un *sun, mode_t mode, gid_t gid)
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
local_folder(const char *path)
{
	char	 copy[CONF_TEXT_MAX];

	strlcpy(copy, path, sizeof(copy));
	mkdir(dirname(copy), 0755);	/* /run is empty after a boot */
}

/* The socket unit's; to whom it belongs is set there. */
static int
local_take(struct parent *p, const char *path, char *err, size_t len)
{
	struct sockaddr_un	 sun;
	socklen_t		 size = sizeof(sun);

	memset(&sun, 0, sizeof(sun));
	if (getsockname(p->control_given, (struct sockaddr *)&sun, &size) ==
	    -1 || strncmp(sun.sun_path, path, sizeof(sun.sun_path)) != 0) {
		snprintf(err, len, "control.socket: %s is not the service "
		    "manager's, which is %.*s", path,
		    (int)sizeof(sun.sun_path), sun.sun_path);
		return (-1);
	}
	return (p->control_given);
}

/* The key names the path, and errors name the key. */
int
listen_local(struct parent *p, const struct conf *conf, enum conf_key key,
    char *err, size_t len)
{
	const char		*name = conf_rows[key].path, *path;
	struct sockaddr_un	 sun;
	struct stat		 st;
	gid_t			 gid;
	int			 fd;

	path = key == CONF_web_listen ? conf->web_listen.text :
	    conf->control_socket.text;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if (key == CONF_control_socket && p->control_given != -1)
		return (local_take(p, path, err, len));
	if (local_group(p, conf, &gid, err, len) == -1)
		return (-1);
	local_folder(path);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode)) {
			snprintf(err, len, "%s: %s is there, and is no socket",
			    name, path);
			return (-1);
		}
		if (local_in_use(&sun)) {
			snprintf(err, len, "%s: another ntpsd answers at %s",
			    name, path);
			return (-1);
		}
		unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || local_bind(fd, &sun, (mode_t)conf->control_mode,
	    gid) == -1 || listen(fd, LOCAL_BACKLOG) == -1) {
		snprintf(err, len, "%s: %s: %s", name, path, strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	return (fd);
}
