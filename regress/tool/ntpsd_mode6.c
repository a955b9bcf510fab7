/* SPDX-License-Identifier: ISC */
/*
 * ntpsd_mode6 [-bcu] [-m rows] [-n requests] [-t seconds] [address[:port]]:
 * answers control messages with made-up data, so that real clients can be
 * tried against mode6.c alone.  Prints the port that it listens on.  -b keeps
 * to the default byte budget, -c has the clock as the only source, -u is not
 * synchronised.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mode6.h"
#include "mode6_budget.h"
#include "ntp_packet.h"

#define ROWS_MAX	100000
#define PACKET_MAX	2048

static struct mode6_peer	 peer;
static struct mode6_view	 view;
static struct mode6_reply	 reply;
static struct mode6_budget	 budget;

static int64_t
monotonic_ns(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return ((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
}

static ntp_ts
now(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		err(1, "clock_gettime");
	return (ntp_ts_from_timespec(&ts));
}

static ntp_ts
ago(double seconds)
{
	return (now() - (ntp_ts)(seconds * 4294967296.0));
}

static uint32_t
number(const char *text, long long max)
{
	const char	*errstr;
	long long	 n;

	n = strtonum(text, 0, max, &errstr);
	if (errstr != NULL)
		errx(2, "%s: %s", text, errstr);
	return ((uint32_t)n);
}

static void
make_peer(void)
{
	static const uint8_t	 refid[4] = { 192, 0, 2, 77 };
	unsigned int		 i;

	addr_parse(&peer.addr, "127.0.0.1:11123", 0);
	addr_parse(&peer.local, "127.0.0.1:40123", 0);
	peer.selected = view.leap != NTP_LEAP_UNSYNC;
	peer.leap = view.leap;
	peer.stratum = 2;
	memcpy(peer.refid, refid, sizeof(refid));
	peer.reach = 0377;
	peer.poll = 6;
	peer.precision = -24;
	peer.root_delay = 0.0123;
	peer.root_dispersion = 0.0021;
	peer.delay = 0.000043;
	peer.offset = -0.0000121;
	peer.dispersion = 0.0009;
	peer.jitter = 0.000007;
	peer.reference = ago(40);
	peer.receive = peer.transmit = ago(12);
	peer.nsamples = 3;
	for (i = 0; i < peer.nsamples; i++) {
		peer.sample[i].delay = 0.00004 + i * 0.00002;
		peer.sample[i].offset = -0.000012;
		peer.sample[i].dispersion = 0.001 * i;
	}
}

static void
make_rows(uint32_t n)
{
	static struct mode6_row	 rows[ROWS_MAX];
	struct mode6_row	*row;
	ntp_ts			 newest = ago(1);
	uint32_t		 i;

	for (i = 0; i < n; i++) {
		row = &rows[i];
		row->addr.family = i % 3 == 0 ? AF_INET6 : AF_INET;
		memcpy(row->addr.ip, "\x20\x01\x0d\xb8", 4);
		row->addr.ip[i % 3 == 0 ? 13 : 1] = (uint8_t)(i >> 16);
		row->addr.ip[i % 3 == 0 ? 14 : 2] = (uint8_t)(i >> 8);
		row->addr.ip[i % 3 == 0 ? 15 : 3] = (uint8_t)i;
		row->addr.port = (uint16_t)(i % 7 == 0 ? 0 : 1024 + i);
		/* in pairs of the same time */
		row->last = newest - ((ntp_ts)((n - i) / 2) << 30);
		row->first = row->last - ((ntp_ts)(i % 900) << 32);
		row->count = 1 + i % 900;
		row->drops = i % 11 == 0 ? i : 0;
		row->restrictions = i % 11 == 0 ? MODE6_LIMITED : 0;
		row->mode = NTP_MODE_CLIENT;
		row->version = 4 - i % 2;
	}
	view.row = rows;
	view.nrows = n;
	view.mru_depth = view.mru_deepest = n;
	view.mru_max = ROWS_MAX;
	view.mru_mem = n * sizeof(rows[0]);
	view.mru_max_mem = sizeof(rows);
}

static void
make_view(bool unsync, bool no_peer, uint32_t nrows)
{
	static const char	 refid[4] = { 127, 0, 0, 1 };

	view.version = "ntpsd 0.1 (made up)";
	view.system = "Linux/6.1.0";
	view.processor = "x86_64";
	view.uptime = 86400;
	view.counters.received = 123456;
	view.counters.answered = 120000;
	view.counters.v4 = 120000;
	view.counters.v3 = 3456;
	view.counters.drop_malformed = 56;
	view.counters.drop_ratelimit = 3400;
	view.source = no_peer ? MODE6_SOURCE_LOCAL : MODE6_SOURCE_NTP;
	view.leap = unsync ? NTP_LEAP_UNSYNC : NTP_LEAP_NONE;
	view.stratum = unsync ? NTP_STRATUM_UNSYNC : 3;
	memcpy(view.refid, unsync ? "INIT" : no_peer ? "LOCL" : refid, 4);
	view.refid_text = no_peer;
	view.precision = -25;
	view.poll = 6;
	view.min_poll = 4;
	view.root_delay = 0.01234;
	view.root_dispersion = 0.0031;
	view.offset = -0.0000121;
	view.frequency = -12.345;
	view.system_jitter = 0.000008;
	view.clock_jitter = 0.000003;
	view.wander = 0.002;
	view.reference = ago(12);
	view.tai = 37;
	make_peer();
	view.peer = no_peer ? NULL : &peer;
	make_rows(nrows);
}

static int
open_socket(const char *text)
{
	struct sockaddr_storage	 ss;
	struct addr		 addr;
	socklen_t		 len;
	int			 fd;

	if (addr_parse(&addr, text, 0) == -1)
		errx(2, "%s: not an address", text);
	len = addr_to_sockaddr(&addr, &ss);
	if ((fd = socket(ss.ss_family, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "%s", text);
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    addr_from_sockaddr(&addr, (struct sockaddr *)&ss, len) == -1)
		err(1, "getsockname");
	printf("%u\n", addr.port);
	fflush(stdout);
	return (fd);
}

static void
serve(int fd, const struct mode6_state *state)
{
	struct sockaddr_storage	 ss;
	struct mode6_request	 r;
	struct addr		 from;
	socklen_t		 sslen = sizeof(ss);
	uint8_t			 packet[PACKET_MAX], buf[MODE6_FRAGMENT_LEN];
	uint64_t		 mono = (uint64_t)monotonic_ns();
	unsigned int		 i, n;
	ssize_t			 len;

	len = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&ss,
	    &sslen);
	if (len == -1)
		err(1, "recvfrom");
	if (addr_from_sockaddr(&from, (struct sockaddr *)&ss, sslen) == -1 ||
	    (n = mode6_budget_fragments(&budget, &from, mono)) == 0 ||
	    mode6_parse(&r, packet, (size_t)len) == -1)
		return;
	view.now = now();
	view.requests++;
	n = mode6_answer(&reply, &view, state, &r, &from, n);
	if (!mode6_budget_take(&budget, &from, reply.octets, mono))
		return;
	for (i = 0; i < n; i++)
		if (sendto(fd, buf, mode6_fragment(&reply, i, buf), 0,
		    (struct sockaddr *)&ss, sslen) == -1)
			err(1, "sendto");
}

int
main(int argc, char *argv[])
{
	struct mode6_state	 state;
	struct pollfd		 pfd;
	bool			 limit = false, unsync = false, clock = false;
	uint32_t		 nrows = 3, requests = UINT32_MAX, seconds = 60;
	int64_t			 end, left;
	int			 c;

	while ((c = getopt(argc, argv, "bcm:n:t:u")) != -1)
		switch (c) {
		case 'b': limit = true; break;
		case 'c': clock = true; break;
		case 'm': nrows = number(optarg, ROWS_MAX); break;
		case 'n': requests = number(optarg, UINT32_MAX); break;
		case 't': seconds = number(optarg, 3600); break;
		case 'u': unsync = true; break;
		default: errx(2, "see the source");
		}
	end = monotonic_ns() + seconds * INT64_C(1000000000);
	arc4random_buf(&state.key, sizeof(state.key));
	if (limit)
		mode6_budget_init(&budget, MODE6_SOURCE_RATE,
		    MODE6_SOURCE_BURST, MODE6_TOTAL_RATE, MODE6_TOTAL_BURST);
	make_view(unsync, clock, nrows);
	pfd.fd = open_socket(optind < argc ? argv[optind] : "127.0.0.1");
	pfd.events = POLLIN;
	while (requests > 0 && (left = end - monotonic_ns()) > 0)
		if (poll(&pfd, 1, (int)(left / 1000000) + 1) == 1) {
			serve(pfd.fd, &state);
			requests--;
		}
	fprintf(stderr, "%" PRIu64 " requests\n", view.requests);
	return (0);
}
