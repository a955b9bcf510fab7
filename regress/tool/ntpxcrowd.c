/* SPDX-License-Identifier: ISC */
/*
 * ntpxcrowd: many clients of interleaved mode (RFC 9769) at once, of IPv4
 * loopback addresses of their own.  In each round all of them ask, and then all
 * are answered; how many had a round's answers stamped is seen in the next one,
 * in which those are answered in interleaved mode.
 *
 * Prints how many rounds there were, how many of them asked for more stamps
 * than there may be in the time that they took, and the most in such a round.
 * Exit status 1 if a round was given more than that.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "ntp_packet.h"

#define CROWD		150
#define ROUNDS		30
#define WAIT_MS		5000
#define STAMPS_BURST	64	/* of ntpsd/engine_stamp.c */
#define STAMPS_RATE	5000

struct member {
	int		 fd;
	ntp_ts		 receive;	/* of the last answer */
};

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
}

static void
member_open(struct member *m, const struct addr *to, unsigned int i)
{
	struct sockaddr_in	 from;
	struct sockaddr_storage	 ss;
	socklen_t		 len;

	memset(&from, 0, sizeof(from));
	from.sin_family = AF_INET;
	from.sin_addr.s_addr = htonl(0x7f010001U + i);	/* 127.1.0.1 */
	len = addr_to_sockaddr(to, &ss);
	if ((m->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(m->fd, (struct sockaddr *)&from, sizeof(from)) == -1 ||
	    connect(m->fd, (struct sockaddr *)&ss, len) == -1)
		err(2, "socket");
}

static void
member_ask(const struct member *m)
{
	uint8_t	 buf[NTP_HEADER_LEN];

	memset(buf, 0, sizeof(buf));
	buf[0] = 4 << 3 | NTP_MODE_CLIENT;
	ntp_put64(buf + NTP_OFF_ORIGIN, m->receive);
	ntp_put64(buf + NTP_OFF_RECEIVE, 1);
	arc4random_buf(buf + NTP_OFF_TRANSMIT, 8);
	if (send(m->fd, buf, sizeof(buf), 0) != (ssize_t)sizeof(buf))
		err(2, "send");
}

/* Whether the answer is an interleaved one: its origin is no transmit time. */
static bool
member_hear(struct member *m)
{
	struct pollfd	 pfd = { .fd = m->fd, .events = POLLIN };
	uint8_t		 buf[NTP_HEADER_LEN];

	if (poll(&pfd, 1, WAIT_MS) != 1 ||
	    recv(m->fd, buf, sizeof(buf), 0) != (ssize_t)sizeof(buf))
		errx(2, "no answer");
	m->receive = ntp_get64(buf + NTP_OFF_RECEIVE);
	return (ntp_get64(buf + NTP_OFF_ORIGIN) == 1);
}

int
main(int argc, char *argv[])
{
	static struct member	 crowd[CROWD];
	struct addr		 to;
	double			 began, allowed = CROWD;
	unsigned int		 i, round, got, most = 0, full = 0;

	if (argc != 2 || addr_parse(&to, argv[1], 0) == -1 ||
	    to.family != AF_INET)
		errx(2, "usage: ntpxcrowd address:port");
	for (i = 0; i < CROWD; i++)
		member_open(&crowd[i], &to, i);
	for (round = 0; round < ROUNDS; round++) {
		began = now();
		for (i = 0; i < CROWD; i++)
			member_ask(&crowd[i]);
		for (i = got = 0; i < CROWD; i++)
			got += member_hear(&crowd[i]);
		/* the round before is what these were stamped in */
		if (allowed < CROWD) {
			full++;
			most = got > most ? got : most;
			if (got > allowed)
				errx(1, "%u of %d were stamped, not %.0f", got,
				    CROWD, allowed);
		}
		/* nobody has a pair before the second round is answered */
		if (round > 0)
			allowed = STAMPS_BURST + 1 +
			    (now() - began) * STAMPS_RATE;
	}
	printf("rounds=%d\nfull=%u\nmost=%u\n", ROUNDS, full, most);
	return (0);
}
