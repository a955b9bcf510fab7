/* SPDX-License-Identifier: ISC */
/*
 * webtalk [-p ms] [-n connections] [-t seconds] [-w] address:port | path
 *
 * Sends its input, octet for octet, and prints what comes back until the other
 * side closes; exit status 0 for that, 1 when it has not within the seconds
 * (10), 2 when there is no connection.
 *
 *	-p	a pause after each octet
 *	-n	so many connections, each of which sends the same; what comes
 *		back is counted, once a tenth of a second, until the time is up
 *		or all are closed: "open=60 closed=4 octets=1234"
 *	-w	does not read
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"

#define INPUT_MAX	65536
#define CONNS_MAX	20000

struct conn {
	int	 fd;
	size_t	 sent;
};

static char		 input[INPUT_MAX];
static size_t		 input_len;
static unsigned long	 pause_ms, octets;
static bool		 deaf, many;

static uint64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

static int
dial(const char *to)
{
	struct sockaddr_storage	 ss;
	struct sockaddr_un	*sun = (struct sockaddr_un *)&ss;
	struct addr		 addr;
	socklen_t		 len = sizeof(*sun);
	int			 fd;

	memset(&ss, 0, sizeof(ss));
	if (*to == '/') {
		sun->sun_family = AF_UNIX;
		strlcpy(sun->sun_path, to, sizeof(sun->sun_path));
	} else if (addr_parse(&addr, to, 0) == -1)
		errx(2, "%s: no address", to);
	else
		len = addr_to_sockaddr(&addr, &ss);
	if ((fd = socket(ss.ss_family, SOCK_STREAM, 0)) == -1)
		err(2, "socket");
	if (connect(fd, (struct sockaddr *)&ss, len) == -1) {
		if (!many)
			err(2, "%s", to);
		close(fd);
		return (-1);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return (fd);
}

static void
hang_up(struct conn *c)
{
	close(c->fd);
	c->fd = -1;
}

static void
talk(struct conn *c, short events)
{
	char	 buf[65536];
	ssize_t	 n;

	if (events & POLLOUT && c->sent < input_len) {
		n = write(c->fd, input + c->sent, pause_ms > 0 ? 1 :
		    input_len - c->sent);
		if (n > 0)
			c->sent += (size_t)n;
		/* who does not listen any more may have said why */
		else if (errno != EAGAIN)
			c->sent = input_len;
	}
	if (deaf && (events & (POLLHUP | POLLERR)) == 0)
		return;
	if ((events & (POLLIN | POLLHUP | POLLERR)) == 0)
		return;
	n = read(c->fd, buf, sizeof(buf));
	if (n > 0) {
		octets += (unsigned long)n;
		if (!many)
			fwrite(buf, 1, (size_t)n, stdout);
	} else if (n == 0 || errno != EAGAIN)
		hang_up(c);
	fflush(stdout);
}

/* Until all have hung up, or the time is up; how many have not. */
static size_t
converse(struct conn *conn, struct pollfd *pfd, size_t n, uint64_t end)
{
	uint64_t	 now, next = 0, say = 0;
	size_t		 i, open = n;

	while (open > 0 && (now = now_ms()) < end) {
		for (i = 0; i < n; i++) {
			pfd[i].fd = conn[i].fd;
			pfd[i].events = deaf ? 0 : POLLIN;
			if (conn[i].sent < input_len && now >= next)
				pfd[i].events |= POLLOUT;
		}
		if (poll(pfd, (nfds_t)n, pause_ms > 0 ? 5 : 100) == -1)
			err(2, "poll");
		if (pause_ms > 0 && now >= next)
			next = now + pause_ms;
		for (open = i = 0; i < n; i++) {
			if (conn[i].fd != -1 && pfd[i].revents != 0)
				talk(&conn[i], pfd[i].revents);
			open += conn[i].fd != -1;
		}
		if (many && (now >= say || open == 0)) {
			printf("open=%zu closed=%zu octets=%lu\n", open,
			    n - open, octets);
			fflush(stdout);
			say = now + 100;
		}
	}
	return (open);
}

int
main(int argc, char *argv[])
{
	struct rlimit	 rl;
	struct conn	*conn;
	struct pollfd	*pfd;
	size_t		 i, n = 1;
	ssize_t		 got;
	uint64_t	 seconds = 10;
	int		 c;

	while ((c = getopt(argc, argv, "n:p:t:w")) != -1)
		switch (c) {
		case 'n':
			n = (size_t)strtonum(optarg, 1, CONNS_MAX, NULL);
			many = true;
			break;
		case 'p':
			pause_ms = strtoul(optarg, NULL, 10);
			break;
		case 't':
			seconds = strtoul(optarg, NULL, 10);
			break;
		case 'w':
			deaf = true;
			break;
		default:
			errx(2, "see the source");
		}
	if (argc - optind != 1 || n == 0)
		errx(2, "see the source");
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < n + 16) {
		rl.rlim_cur = n + 16;
		if (rl.rlim_max < rl.rlim_cur)
			rl.rlim_max = rl.rlim_cur;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	while ((got = read(STDIN_FILENO, input + input_len,
	    sizeof(input) - input_len)) > 0)
		input_len += (size_t)got;
	conn = calloc(n, sizeof(*conn));
	pfd = calloc(n, sizeof(*pfd));
	if (conn == NULL || pfd == NULL)
		err(2, NULL);
	for (i = 0; i < n; i++)
		conn[i].fd = dial(argv[optind]);
	i = converse(conn, pfd, n, now_ms() + seconds * 1000);
	free(conn);
	free(pfd);
	return (i > 0);
}
