/* SPDX-License-Identifier: ISC */
/*
 * manager [-c path] [-l address:port]... program [argument ...]: runs the
 * program as systemd does.  It listens for it, at UDP addresses (one given
 * twice is shared) and at a UNIX socket, hands those over, and keeps what the
 * program puts into its descriptor store.  SIGUSR1 ends the program and starts
 * it again with all of that; SIGTERM ends both, with the program's exit status.
 *
 * What it knows is in the file ./managed.state: the program's pid, and the
 * names of what it keeps.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"

#define NOTIFY		"managed.sock"
#define KEPT_MAX	64

static struct {
	int		 fd;
	char		 name[32];
} kept[KEPT_MAX];
static unsigned int	 nkept;
static pid_t		 child;
static volatile sig_atomic_t leaving, again;

static void
on_signal(int sig)
{
	if (sig == SIGTERM)
		leaving = 1;
	else if (sig == SIGUSR1)
		again = 1;
}

static void
keep(int fd, const char *name)
{
	if (nkept == KEPT_MAX)
		errx(1, "too many descriptors");
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	kept[nkept].fd = fd;
	strlcpy(kept[nkept++].name, name, sizeof(kept[0].name));
}

static void
tell(void)
{
	FILE		*f;
	unsigned int	 i;

	if ((f = fopen("managed.new", "w")) == NULL)
		err(1, "managed.new");
	fprintf(f, "pid %ld\n", (long)child);
	for (i = 0; i < nkept; i++)
		fprintf(f, "%s\n", kept[i].name);
	fclose(f);
	if (rename("managed.new", "managed.state") == -1)
		err(1, "managed.state");
}

static void
listen_udp(const char *text)
{
	struct sockaddr_storage	 ss;
	struct addr		 addr;
	socklen_t		 len;
	int			 fd, on = 1;

	if (addr_parse(&addr, text, 0) == -1)
		errx(2, "%s: no address", text);
	len = addr_to_sockaddr(&addr, &ss);
	if ((fd = socket(ss.ss_family, SOCK_DGRAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == -1 ||
	    (ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1) ||
	    bind(fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "%s", text);
	keep(fd, "unit.socket");
}

static int
unix_socket(const char *path, int type)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	unlink(path);
	if ((fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	return (fd);
}

/* In the child: the descriptors are to be 3 and following. */
static void
run(char *argv[])
{
	char		 names[KEPT_MAX * sizeof(kept[0].name)] = "", text[32];
	char		 notify[256];
	int		 high[KEPT_MAX];
	unsigned int	 i;

	for (i = 0; i < nkept; i++) {
		if ((high[i] = fcntl(kept[i].fd, F_DUPFD, 3 + KEPT_MAX)) == -1)
			err(1, "F_DUPFD");
		strlcat(names, i == 0 ? "" : ":", sizeof(names));
		strlcat(names, kept[i].name, sizeof(names));
	}
	for (i = 0; i < nkept; i++) {
		if (dup2(high[i], 3 + (int)i) == -1)
			err(1, "dup2");
		close(high[i]);
	}
	closefrom(3 + (int)nkept);
	snprintf(text, sizeof(text), "%ld", (long)getpid());
	setenv("LISTEN_PID", text, 1);
	snprintf(text, sizeof(text), "%u", nkept);
	setenv("LISTEN_FDS", text, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	if (getcwd(notify, sizeof(notify) - sizeof(NOTIFY)) == NULL)
		err(1, "getcwd");
	strlcat(notify, "/" NOTIFY, sizeof(notify));
	setenv("NOTIFY_SOCKET", notify, 1);
	execv(argv[0], argv);
	err(1, "%s", argv[0]);
}

static void
start(char *argv[])
{
	if ((child = fork()) == -1)
		err(1, "fork");
	if (child == 0)
		run(argv);
	tell();
}

static int
end(void)
{
	int	 status;

	kill(child, SIGTERM);
	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			err(1, "waitpid");
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void
forget(const char *name)
{
	unsigned int	 i;

	for (i = 0; i < nkept; i++)
		if (strcmp(kept[i].name, name) == 0) {
			close(kept[i].fd);
			kept[i] = kept[--nkept];
			i--;
		}
}

static void
hear(int sock)
{
	char		 text[512], name[32] = "";
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int))];
	}		 control;
	struct iovec	 iov = { text, sizeof(text) - 1 };
	struct msghdr	 msg;
	struct cmsghdr	*c;
	const char	*p;
	ssize_t		 n;
	int		 fd = -1;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	if ((n = recvmsg(sock, &msg, 0)) == -1)
		return;
	text[n] = '\0';
	if ((c = CMSG_FIRSTHDR(&msg)) != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if ((p = strstr(text, "FDNAME=")) != NULL)
		(void)sscanf(p + 7, "%31[^\n]", name);
	if (strncmp(text, "FDSTOREREMOVE=1\n", 16) == 0)
		forget(name);
	else if (strncmp(text, "FDSTORE=1\nFDPOLL=0\n", 19) == 0 &&
	    fd != -1) {
		keep(fd, name);
		fd = -1;
	}
	if (fd != -1)
		close(fd);		/* a barrier's, too */
	tell();
}

int
main(int argc, char *argv[])
{
	struct sigaction	 sa;
	struct pollfd		 pfd;
	const char		*path = NULL;
	int			 ch, fd;

	while ((ch = getopt(argc, argv, "+c:l:")) != -1)
		switch (ch) {
		case 'c':
			path = optarg;
			break;
		case 'l':
			listen_udp(optarg);
			break;
		default:
			return (2);
		}
	if (argc == optind)
		errx(2, "which program?");
	if (path != NULL) {
		fd = unix_socket(path, SOCK_STREAM);
		if (listen(fd, 16) == -1)
			err(1, "%s", path);
		keep(fd, "unit.socket");
	}
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;	/* no SA_RESTART: poll returns */
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGCHLD, &sa, NULL);
	pfd.fd = unix_socket(NOTIFY, SOCK_DGRAM);
	pfd.events = POLLIN;
	start(argv + optind);
	while (!leaving) {
		if (again) {
			again = 0;
			(void)end();
			/* what it said last counts, too */
			while (poll(&pfd, 1, 0) == 1)
				hear(pfd.fd);
			start(argv + optind);
		}
		if (waitpid(child, &ch, WNOHANG) == child)
			return (WIFEXITED(ch) ? WEXITSTATUS(ch) : 1);
		if (poll(&pfd, 1, 100) == 1)
			hear(pfd.fd);
	}
	return (end());
}
