/* SPDX-License-Identifier: ISC */
/*
 * logsink path file: listens on a datagram socket, as syslogd and systemd do,
 * and writes each datagram to the file as one line: the monotonic clock's
 * microseconds, a blank, and the text, in which new lines became bars.  A path
 * that begins with @ is in the abstract namespace.  SIGTERM ends it and takes
 * the socket away.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_OCTETS	8192

static volatile sig_atomic_t	 leaving;

static void
leave(int sig)
{
	(void)sig;
	leaving = 1;
}

static int
sink_open(const char *path)
{
	struct sockaddr_un	 sun;
	socklen_t		 len;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	if (*path == '@')
		sun.sun_path[0] = '\0';
	else
		unlink(path);
	if ((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sun, len) == -1)
		err(1, "%s", path);
	if (*path != '@' && chmod(path, 0666) == -1)
		err(1, "%s", path);
	return (fd);
}

int
main(int argc, char *argv[])
{
	struct sigaction	 sa;
	struct timespec		 ts;
	char			 line[LINE_MAX_OCTETS], *p;
	ssize_t			 n;
	int			 fd, file;

	if (argc != 3) {
		fprintf(stderr, "usage: logsink path file\n");
		return (2);
	}
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = leave;		/* no SA_RESTART: recv returns */
	sigaction(SIGTERM, &sa, NULL);
	fd = sink_open(argv[1]);
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (file == -1)
		err(1, "%s", argv[2]);
	while (!leaving) {
		if ((n = recv(fd, line, sizeof(line) - 1, 0)) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "recv");
		}
		line[n] = '\0';
		while ((p = strchr(line, '\n')) != NULL)
			*p = '|';
		clock_gettime(CLOCK_MONOTONIC, &ts);
		if (dprintf(file, "%" PRId64 " %s\n", (int64_t)ts.tv_sec *
		    1000000 + ts.tv_nsec / 1000, line) < 0)
			err(1, "%s", argv[2]);
	}
	if (argv[1][0] != '@')
		unlink(argv[1]);
	return (0);
}
