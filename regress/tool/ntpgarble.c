/* SPDX-License-Identifier: ISC */
/*
 * ntpgarble [-f from] [-n packets] [-s seed] address:port: packets that are no
 * requests, or not quite.  Each of its sockets sends packets of one length
 * alone, so that a reply that is longer than what it answers is seen.  After
 * each round a plain request, of another address if one is given, has to be
 * answered.
 *
 * Prints how many were sent, how many answered, how many of the answers were
 * longer than that, and the plain ones; exit status 1 if there was a longer
 * one, or if no plain one was answered within some seconds.
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
#include <unistd.h>

#include "addr.h"
#include "ntp_packet.h"
#include "regress/tool/asker.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define BATCH		16	/* of each length in a round */
#define LEN_MAX		1472
#define PATIENCE	1000	/* ms for the answer to a plain request, */
#define TRIES		10	/* and how often it is asked again */

/* Below, at and above what a header, a MAC or a field ends at. */
static const size_t	 lengths[] = {
	0, 1, 4, 11, 12, 13, 16, 20, 24, 28, 32, 44, 47, 48, 49, 52, 56, 60,
	64, 68, 72, 76, 80, 84, 88, 96, 112, 128, 228, 256, 480, 512, 1024,
	1028, LEN_MAX
};

struct garble {
	int		 fd[NELEM(lengths)];
	int		 plain;
	uint64_t	 random;
	uint64_t	 sent, answered, longer, asked;
};

static uint32_t
draw(struct garble *g, uint32_t below)
{
	uint64_t	 x = g->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	g->random = x;
	return ((uint32_t)((x >> 32) * below >> 32));
}

/* A request, a control message or noise, and then a few octets are others. */
static void
garble(struct garble *g, uint8_t *buf, size_t len)
{
	static const uint8_t	 first[] = {
		0x23, 0x1b, 0x13, 0x0b, 0x08, 0x21, 0x16, 0x26, 0x17, 0x24,
		0x25, 0x20, 0xe3, 0x2b
	};
	size_t			 i, n;

	memset(buf, 0, len);
	if (draw(g, 4) == 0)
		for (i = 0; i < len; i++)
			buf[i] = (uint8_t)draw(g, 256);
	if (len > 0 && draw(g, 8) > 0)
		buf[0] = first[draw(g, NELEM(first))];
	/* an extension field that says how long it is, or a key's number */
	if (len > NTP_HEADER_LEN + 4 && draw(g, 2) == 0) {
		n = draw(g, 2) == 0 ? len - NTP_HEADER_LEN : draw(g, 80);
		buf[NTP_HEADER_LEN + 2] = (uint8_t)(n >> 8);
		buf[NTP_HEADER_LEN + 3] = (uint8_t)n;
	}
	for (n = draw(g, 6); n > 0 && len > 0; n--)
		buf[draw(g, (uint32_t)len)] = (uint8_t)draw(g, 256);
}

static void
take(struct garble *g, size_t i)
{
	uint8_t	 buf[2048];
	ssize_t	 n;

	while ((n = recv(g->fd[i], buf, sizeof(buf), MSG_TRUNC)) != -1) {
		g->answered++;
		if ((size_t)n > lengths[i]) {
			printf("%zd octets for %zu\n", n, lengths[i]);
			g->longer++;
		}
	}
}

/* False when nobody answers any more. */
static bool
plain(struct garble *g)
{
	struct pollfd	 pfd = { .fd = g->plain, .events = POLLIN };
	uint8_t		 ask[NTP_HEADER_LEN], buf[2048];
	unsigned int	 i;

	memset(ask, 0, sizeof(ask));
	ask[0] = 4 << 3 | NTP_MODE_CLIENT;
	for (i = 0; i < TRIES; i++) {
		ntp_put64(ask + NTP_OFF_TRANSMIT, ++g->asked);
		(void)!send(g->plain, ask, sizeof(ask), 0);
		while (poll(&pfd, 1, PATIENCE) == 1)
			if (recv(g->plain, buf, sizeof(buf), 0) ==
			    NTP_HEADER_LEN &&
			    ntp_get64(buf + NTP_OFF_ORIGIN) == g->asked)
				return (true);
	}
	return (false);
}

static bool
round_of(struct garble *g)
{
	uint8_t	 buf[LEN_MAX];
	size_t	 i, k;

	for (i = 0; i < NELEM(lengths); i++)
		for (k = 0; k < BATCH; k++) {
			garble(g, buf, lengths[i]);
			/* an answer may have been an ICMP error: once more */
			if (send(g->fd[i], buf, lengths[i], 0) != -1 ||
			    send(g->fd[i], buf, lengths[i], 0) != -1)
				g->sent++;
		}
	if (!plain(g))
		return (false);
	for (i = 0; i < NELEM(lengths); i++)
		take(g, i);
	return (true);
}

int
main(int argc, char *argv[])
{
	struct garble	 g;
	struct addr	 from, to;
	uint64_t	 total = 100000;
	bool		 alive = true;
	size_t		 i;
	int		 ch;

	memset(&g, 0, sizeof(g));
	memset(&from, 0, sizeof(from));
	g.random = arc4random() | 1;
	while ((ch = getopt(argc, argv, "f:n:s:")) != -1)
		switch (ch) {
		case 'f':
			if (addr_parse(&from, optarg, 0) == -1)
				goto usage;
			break;
		case 'n':
			total = asker_number(optarg, 10000000000);
			break;
		case 's':
			g.random = asker_number(optarg, UINT32_MAX);
			break;
		default:
			goto usage;
		}
	if (argc != optind + 1 || addr_parse(&to, argv[optind], 0) == -1)
		goto usage;
	printf("seed=%" PRIu64 "\n", g.random);
	for (i = 0; i < NELEM(lengths); i++)
		g.fd[i] = asker_socket(NULL, &to, SOCK_NONBLOCK);
	g.plain = asker_socket(from.family != 0 ? &from : NULL, &to,
	    SOCK_NONBLOCK);
	while (alive && g.sent < total)
		alive = round_of(&g);
	printf("sent=%" PRIu64 "\nanswered=%" PRIu64 "\nlonger=%" PRIu64
	    "\nplain=%" PRIu64 "\nalive=%d\n", g.sent, g.answered, g.longer,
	    g.asked, alive);
	return (!alive || g.longer > 0);
usage:
	fprintf(stderr, "usage: ntpgarble [-f from] [-n packets] [-s seed] "
	    "to\n");
	return (2);
}
