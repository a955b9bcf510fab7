/* SPDX-License-Identifier: ISC */
/*
 * unixtalk: a bad peer for ntpsctl and for the control socket.  With -l it
 * listens, takes connections and what comes, and never answers.  Otherwise it
 * connects count times, sends the same octets on each connection, says
 * "ready", and waits until the peer has closed them all, or for the deadline;
 * then it tells how many were closed and after how long, and with -R begins
 * again.
 * SIGTERM ends either.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imsg.h"
#include "msg.h"

#define COUNT_MAX	512

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "usage: unixtalk -l path\n"
	    "       unixtalk [-cRr] [-H octets] [-n count] [-t ms] [-x hex] "
	    "path\n"
	    "-c: a good HELLO, and the question for 500 clients\n"
	    "-H: that many octets of a good HELLO\n"
	    "-R: again and again\n"
	    "-r: does not read\n");
	exit(2);
}

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static int
unix_socket(struct sockaddr_un *sun, const char *path)
{
	int	 fd;

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (strlcpy(sun->sun_path, path, sizeof(sun->sun_path)) >=
	    sizeof(sun->sun_path))
		errx(2, "the path is too long");
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(2, "socket");
	return (fd);
}

static int
listen_and_ignore(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd;

	fd = unix_socket(&sun, path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, 16) == -1)
		err(2, "%s", path);
	puts("ready");
	fflush(stdout);
	for (;;)		/* a connection stays open for our life */
		if (accept(fd, NULL, NULL) == -1 && errno != EINTR)
			err(2, "accept");
}

static size_t
good_hello(uint8_t *buf, size_t want)
{
	struct imsg_hdr	 hdr;
	struct msg_hello hello;
	size_t		 len = sizeof(hdr) + sizeof(hello);

	memset(&hdr, 0, sizeof(hdr));
	memset(&hello, 0, sizeof(hello));
	hdr.type = MSG_HELLO;
	hdr.len = (uint32_t)len;
	hello.catalogue = msg_catalogue();
	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), &hello, sizeof(hello));
	return (want < len ? want : len);
}

/* As `ntpsctl show clients top 500' asks. */
static size_t
ask_clients(uint8_t *buf)
{
	struct imsg_hdr		 hdr;
	struct msg_clients_req	 m;
	size_t			 len = good_hello(buf, SIZE_MAX);

	memset(&hdr, 0, sizeof(hdr));
	memset(&m, 0, sizeof(m));
	hdr.type = MSG_CLIENTS_REQ;
	hdr.len = sizeof(hdr) + sizeof(m);
	m.query.order = CLIENTS_BY_REQUESTS;
	m.query.max = CLIENTS_ROWS_MAX;
	memcpy(buf + len, &hdr, sizeof(hdr));
	memcpy(buf + len + sizeof(hdr), &m, sizeof(m));
	return (len + sizeof(hdr) + sizeof(m));
}

static size_t
parse_hex(uint8_t *to, size_t size, const char *text)
{
	unsigned int	 octet;
	size_t		 n;
	int		 used;

	for (n = 0; *text != '\0'; n++, text += 2)
		if (n == size || sscanf(text, "%2x%n", &octet, &used) != 1 ||
		    used != 2)
			errx(2, "not hex: %s", text);
		else
			to[n] = (uint8_t)octet;
	return (n);
}

/* Whether the peer has closed; what it has said is counted. */
static bool
is_closed(int fd, size_t *got)
{
	uint8_t	 buf[4096];
	ssize_t	 n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		*got += (size_t)n;
	return (n == 0 || (errno != EAGAIN && errno != EINTR));
}

static int
talk(const char *path, unsigned int count, const uint8_t *what, size_t len,
    int64_t ms, bool reads)
{
	struct pollfd		 pfd[COUNT_MAX];
	struct sockaddr_un	 sun;
	unsigned int		 i, closed = 0;
	int64_t			 start = now_ms(), left;
	size_t			 got = 0;

	for (i = 0; i < count; i++) {
		pfd[i].fd = unix_socket(&sun, path);
		pfd[i].events = reads ? POLLIN : 0;
		if (connect(pfd[i].fd, (struct sockaddr *)&sun, sizeof(sun)) ==
		    -1)
			err(2, "%s", path);
		/* one that is closed already is seen below */
		if (len > 0)
			(void)!send(pfd[i].fd, what, len, MSG_NOSIGNAL);
	}
	puts("ready");
	fflush(stdout);
	while (closed < count && (left = start + ms - now_ms()) > 0) {
		if (poll(pfd, count, (int)left) == -1 && errno != EINTR)
			err(2, "poll");
		for (i = 0; i < count; i++)
			if (pfd[i].fd != -1 && pfd[i].revents != 0 &&
			    (!reads || is_closed(pfd[i].fd, &got))) {
				close(pfd[i].fd);
				pfd[i].fd = -1;
				closed++;
			}
	}
	for (i = 0; i < count; i++)
		if (pfd[i].fd != -1)
			close(pfd[i].fd);
	printf("closed=%u\nopen=%u\noctets=%zu\nms=%" PRId64 "\n", closed,
	    count - closed, got, now_ms() - start);
	return (closed == count ? 0 : 1);
}

static long long
number(const char *text, long long max)
{
	const char	*why;
	long long	 v;

	v = strtonum(text, 0, max, &why);
	if (why != NULL)
		errx(2, "%s is %s", text, why);
	return (v);
}

int
main(int argc, char *argv[])
{
	uint8_t		 what[1024];
	size_t		 len = 0;
	unsigned int	 count = 1;
	int64_t		 ms = 10000;
	bool		 server = false, reads = true, again = false;
	int		 ch, status;

	while ((ch = getopt(argc, argv, "cH:ln:Rrt:x:")) != -1)
		switch (ch) {
		case 'c':
			len = ask_clients(what);
			break;
		case 'H':
			len = good_hello(what, (size_t)number(optarg, 1024));
			break;
		case 'l':
			server = true;
			break;
		case 'n':
			count = (unsigned int)number(optarg, COUNT_MAX);
			break;
		case 'R':
			again = true;
			break;
		case 'r':
			reads = false;
			break;
		case 't':
			ms = number(optarg, 3600000);
			break;
		case 'x':
			len = parse_hex(what, sizeof(what), optarg);
			break;
		default:
			usage();
		}
	if (argc != optind + 1)
		usage();
	if (server)
		return (listen_and_ignore(argv[optind]));
	do
		status = talk(argv[optind], count, what, len, ms, reads);
	while (again);
	return (status);
}
