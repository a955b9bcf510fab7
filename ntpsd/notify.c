/* SPDX-License-Identifier: ISC */
/*
 * systemd's readiness and watchdog protocol (sd_notify(3)): datagrams to the
 * socket in NOTIFY_SOCKET.  Without that variable all of this does nothing.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"

#define STORE_MS	50
#define BARRIER_MS	500

static struct {
	int			 fd;
	struct sockaddr_un	 sun;
	socklen_t		 len;
	uint64_t		 watchdog_ms;	/* 0: none */
} notify = { .fd = -1 };

void
notify_init(void)
{
	const char	*path = getenv("NOTIFY_SOCKET");
	const char	*usec = getenv("WATCHDOG_USEC");
	const char	*pid = getenv("WATCHDOG_PID"), *err;
	long long	 us;

	if (path != NULL && (*path == '/' || *path == '@') &&
	    strlen(path) < sizeof(notify.sun.sun_path)) {
		notify.sun.sun_family = AF_UNIX;
		strlcpy(notify.sun.sun_path, path,
		    sizeof(notify.sun.sun_path));
		notify.len = (socklen_t)(offsetof(struct sockaddr_un,
		    sun_path) + strlen(path));
		if (*path == '@')		/* the abstract namespace */
			notify.sun.sun_path[0] = '\0';
		notify.fd = socket(AF_UNIX,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	if (usec != NULL && (pid == NULL ||
	    strtonum(pid, 1, INT32_MAX, &err) == getpid())) {
		us = strtonum(usec, 1000, INT64_MAX, &err);
		if (err == NULL)
			notify.watchdog_ms = (uint64_t)us / 1000;
	}
	/* The children have no business with it. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void
notify_send(const char *text)
{
	if (notify.fd == -1)
		return;
	if (sendto(notify.fd, text, strlen(text), MSG_NOSIGNAL,
	    (struct sockaddr *)&notify.sun, notify.len) == -1)
		log_debug("cannot notify the service manager");
}

void
notify_ready(bool serving)
{
	notify_send(serving ? "READY=1\nSTATUS=serving\n" :
	    "READY=1\nSTATUS=stopped\n");
}

void
notify_reloading(void)
{
	char		 text[64];
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	notify_send(text);
}

void
notify_stopping(void)
{
	notify_send("STOPPING=1\n");
}

void
notify_status(const char *status)
{
	char	 text[256];

	snprintf(text, sizeof(text), "STATUS=%s\n", status);
	notify_send(text);
}

uint64_t
notify_watchdog_ms(void)
{
	return (notify.fd == -1 ? 0 : notify.watchdog_ms);
}

void
notify_watchdog(void)
{
	notify_send("WATCHDOG=1\n");
}

/*
 * With a descriptor, unless it is -1; waits a little for a manager that is
 * behind.  (poll(2) does not tell when it no longer is.)
 */
static int
notify_send_fd(const char *text, int fd)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int))];
	}		 control;
	struct iovec	 iov;
	struct msghdr	 msg;
	struct cmsghdr	*c;
	struct timespec	 wait = { 0, 1000000 };
	char		 copy[64];
	ssize_t		 n;
	int		 tries = STORE_MS;

	if (notify.fd == -1)
		return (-1);
	iov.iov_len = strlcpy(copy, text, sizeof(copy));
	iov.iov_base = copy;
	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_name = &notify.sun;
	msg.msg_namelen = notify.len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (fd != -1) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	while ((n = sendmsg(notify.fd, &msg, MSG_NOSIGNAL)) == -1 &&
	    errno == EAGAIN && tries-- > 0)
		nanosleep(&wait, NULL);
	return (n == -1 ? -1 : 0);
}

/*
 * Leaves a listener in the manager's descriptor store, from where our
 * successor gets it (inherit.c); how many there may be is its decision.
 * Without FDPOLL=0 it would let go of one with something in its error queue,
 * where transmit stamps are.
 */
int
notify_store(int fd, uint32_t mark)
{
	char	 text[64];

	snprintf(text, sizeof(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=ntp-%u\n",
	    mark);
	return (notify_send_fd(text, fd));
}

void
notify_unstore(uint32_t mark)
{
	char	 text[64];

	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=ntp-%u\n",
	    mark);
	(void)notify_send_fd(text, -1);
}

/* Until the manager has done what it was told, or has had time for it. */
void
notify_barrier(void)
{
	struct pollfd	 pfd;
	int		 fd[2];

	if (notify.fd == -1 || pipe(fd) == -1)
		return;
	pfd.fd = fd[0];
	pfd.events = 0;			/* a hang-up comes unasked */
	if (notify_send_fd("BARRIER=1\n", fd[1]) == 0) {
		close(fd[1]);
		(void)poll(&pfd, 1, BARRIER_MS);
	} else
		close(fd[1]);
	close(fd[0]);
}
