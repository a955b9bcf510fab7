/* SPDX-License-Identifier: ISC */
/*
 * ntpnag: an impatient client, one of those that make traffic grow when they
 * are refused (K3).  After an answer it asks again in its own good time; when
 * none comes it asks again soon, and soon again.  Kisses of death do not
 * impress it.  Each number is told for the first half of its life, and for the
 * second.
 */
#include <sys/socket.h>

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

#include "addr.h"
#include "ntp_packet.h"

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static void
put_request(int fd, uint64_t *transmit)
{
	uint8_t	 buf[NTP_HEADER_LEN];

	memset(buf, 0, sizeof(buf));
	buf[0] = 4 << 3 | NTP_MODE_CLIENT;
	do
		arc4random_buf(transmit, sizeof(*transmit));
	while (*transmit == 0);
	ntp_put64(buf + NTP_OFF_TRANSMIT, *transmit);
	if (send(fd, buf, sizeof(buf), 0) == -1 && errno != ECONNREFUSED)
		err(2, "send");
}

/* Whether the request is answered, in so many ms. */
static bool
is_answered(int fd, uint64_t transmit, int64_t ms)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	uint8_t		 buf[1024];
	int64_t		 end = now_ms() + ms, left;

	while ((left = end - now_ms()) > 0) {
		if (poll(&pfd, 1, (int)left) == -1 && errno != EINTR)
			err(2, "poll");
		while (recv(fd, buf, sizeof(buf), 0) >= NTP_HEADER_LEN)
			if (buf[NTP_OFF_STRATUM] != 0 &&
			    ntp_get64(buf + NTP_OFF_ORIGIN) == transmit)
				return (true);
	}
	return (false);
}

static int64_t
number(const char *text)
{
	const char	*why;
	long long	 v;

	v = strtonum(text, 1, 600000, &why);
	if (why != NULL)
		errx(2, "%s is %s", text, why);
	return (v);
}

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "usage: ntpnag [-a ms] [-d ms] [-r ms] to\n"
	    "-a: after an answer; -r: when none comes; -d: of its life\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_storage	 ss;
	struct addr		 to;
	socklen_t		 len;
	uint64_t		 transmit, sent[2] = { 0 }, answered[2] = { 0 };
	int64_t			 after = 80, retry = 4, life = 3000, start;
	unsigned int		 half;
	int			 ch, fd;

	while ((ch = getopt(argc, argv, "a:d:r:")) != -1)
		switch (ch) {
		case 'a':
			after = number(optarg);
			break;
		case 'd':
			life = number(optarg);
			break;
		case 'r':
			retry = number(optarg);
			break;
		default:
			usage();
		}
	if (argc != optind + 1 || addr_parse(&to, argv[optind], 0) == -1)
		usage();
	len = addr_to_sockaddr(&to, &ss);
	if ((fd = socket(to.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1 || connect(fd, (struct sockaddr *)&ss, len) == -1)
		err(2, "socket");
	for (start = now_ms(); now_ms() - start < life;) {
		half = now_ms() - start >= life / 2;
		put_request(fd, &transmit);
		sent[half]++;
		if (!is_answered(fd, transmit, retry))
			continue;
		answered[half]++;
		poll(NULL, 0, (int)after);
	}
	printf("sent=%" PRIu64 "\nanswered=%" PRIu64 "\nlate_sent=%" PRIu64
	    "\nlate_answered=%" PRIu64 "\n", sent[0], answered[0], sent[1],
	    answered[1]);
	return (0);
}
