/* SPDX-License-Identifier: ISC */
/*
 * steer.c, and os_udp_steer: the kernel delivers where steer_index says.
 * Packets go to 127.0.0.1 and ::1 alone.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "os.h"
#include "steer.h"

#define WORKERS_MAX	8
#define SOURCES		256
#define WAIT_MS		10000

static const unsigned int	 worker_counts[] = { 2, 3, WORKERS_MAX };
static const uint32_t		 multipliers[] = { 0, 1, 2, 0x10001,
	0x2545f491, 0x80000000, 0xdeadbeef, UINT32_MAX };

#define N(a)	(sizeof(a) / sizeof((a)[0]))

ATF_TC_WITHOUT_HEAD(masks);
ATF_TC_BODY(masks, tc)
{
	ATF_CHECK_EQ(0x80000000, steer_mask(0, 1));
	ATF_CHECK_EQ(0xffffff00, steer_mask(0, 24));
	ATF_CHECK_EQ(UINT32_MAX, steer_mask(0, 32));
	ATF_CHECK_EQ(UINT32_MAX, steer_mask(0, 128));
	ATF_CHECK_EQ(0, steer_mask(1, 32));
	ATF_CHECK_EQ(0x80000000, steer_mask(1, 33));
	ATF_CHECK_EQ(UINT32_MAX, steer_mask(1, 64));
	ATF_CHECK_EQ(0, steer_mask(2, 64));
	ATF_CHECK_EQ(0xfffffffe, steer_mask(3, 127));
	ATF_CHECK_EQ(UINT32_MAX, steer_mask(3, 128));
}

/* Bits behind the prefix change nothing, those of it something. */
ATF_TC_WITHOUT_HEAD(prefix_alone);
ATF_TC_BODY(prefix_alone, tc)
{
	static const unsigned int	 lens[] = { 1, 7, 32, 33, 48, 64, 127,
		128 };
	uint8_t				 ip[16], other[16];
	unsigned int			 i, bit, was, n, differ;

	for (i = 0; i < sizeof(ip); i++)
		ip[i] = (uint8_t)(i * 37 + 11);
	for (n = 0; n < N(lens); n++) {
		was = steer_index(ip, true, 65536, lens[n], 0x2545f491);
		differ = 0;
		for (bit = 0; bit < 128; bit++) {
			memcpy(other, ip, sizeof(other));
			other[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			i = steer_index(other, true, 65536, lens[n],
			    0x2545f491);
			if (bit >= lens[n])
				ATF_CHECK_EQ(was, i);
			else
				differ += was != i;
		}
		/* of 65,536 workers two prefixes may well share one */
		ATF_CHECK_MSG(differ + 1 >= lens[n], "%u of %u", differ,
		    lens[n]);
	}
}

/*
 * Sources in a row, or a network apart, on so many workers: whatever the
 * multiplier, each has its share to within some percent.
 */
static void
even(const char *what, unsigned int stride, bool v6, unsigned int bits)
{
	unsigned int	 i, m, w, workers, least, most, sum[WORKERS_MAX];
	uint32_t	 n;
	uint8_t		 ip[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	for (m = 0; m < N(multipliers); m++)
	for (w = 0; w < N(worker_counts); w++) {
		workers = worker_counts[w];
		memset(sum, 0, sizeof(sum));
		for (i = 0; i < 65536; i++) {
			n = htonl(0x0a000000 + i * stride);
			memcpy(ip + (v6 ? 4 : 0), &n, sizeof(n));
			n = steer_index(ip, v6, workers, bits,
			    multipliers[m]);
			ATF_REQUIRE(n < workers);
			sum[n]++;
		}
		least = most = sum[0];
		for (i = 1; i < workers; i++) {
			least = sum[i] < least ? sum[i] : least;
			most = sum[i] > most ? sum[i] : most;
		}
		/* chance alone, of eight workers: 3 %, and 7 in 400 tries */
		ATF_CHECK_MSG(most * 100 <= least * 108, "%s: %u to %u of %u "
		    "workers, multiplier %#x", what, least, most, workers,
		    multipliers[m]);
	}
}

ATF_TC_WITHOUT_HEAD(spread);
ATF_TC_BODY(spread, tc)
{
	even("addresses", 1, false, 32);
	even("every second address", 2, false, 32);
	even("networks of 256", 256, false, 24);
	even("networks of 256, their first addresses", 256, false, 32);
	even("networks of 4096", 4096, false, 20);
	even("IPv6 /64", 1, true, 64);
	even("IPv6 /48", 65536, true, 48);
}

ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	unsigned int	 i, same = 0;
	uint8_t		 ip[4] = { 192, 0, 2, 0 };

	/* With another multiplier, another worker. */
	for (i = 0; i < 256; i++) {
		ip[3] = (uint8_t)i;
		same += steer_index(ip, false, 8, 32, 0x2545f491) ==
		    steer_index(ip, false, 8, 32, 0x7b1dcdaf);
	}
	ATF_CHECK_MSG(same < 64, "%u of 256", same);
}

struct group {
	int			 fd[WORKERS_MAX];
	unsigned int		 n;
	struct sockaddr_storage	 to;
	socklen_t		 len;
};

/* false: the system has no such family. */
static bool
group_open(struct group *g, const char *ip, unsigned int n)
{
	struct addr	 addr;
	unsigned int	 i;

	ATF_REQUIRE_EQ(0, addr_parse(&addr, ip, 0));
	for (i = 0; i < n; i++) {
		g->fd[i] = os_udp_socket(addr.family, 65536);
		if (g->fd[i] == -1 && errno == EAFNOSUPPORT)
			return (false);
		ATF_REQUIRE(g->fd[i] != -1);
		ATF_REQUIRE_EQ(0, os_udp_share(g->fd[i], true));
		if (os_udp_bind(g->fd[i], &addr, NULL) == -1)
			return (false);
		g->len = sizeof(g->to);
		ATF_REQUIRE_EQ(0, getsockname(g->fd[i],
		    (struct sockaddr *)&g->to, &g->len));
		ATF_REQUIRE_EQ(0, addr_from_sockaddr(&addr,
		    (struct sockaddr *)&g->to, g->len));
	}
	g->n = n;
	return (true);
}

static void
group_close(struct group *g)
{
	unsigned int	 i;

	for (i = 0; i < g->n; i++)
		close(g->fd[i]);
}

/* Sends from this address, and says which socket of the group has it. */
static unsigned int
arrived(const struct group *g, const struct addr *from)
{
	struct pollfd	 pfd[WORKERS_MAX];
	unsigned int	 i, at = WORKERS_MAX;
	char		 buf[64];
	int		 fd;

	fd = socket(from->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, os_udp_bind(fd, from, NULL));
	ATF_REQUIRE_EQ_MSG(48, sendto(fd, buf, 48, 0,
	    (const struct sockaddr *)&g->to, g->len), "%s", strerror(errno));
	close(fd);
	for (i = 0; i < g->n; i++) {
		pfd[i].fd = g->fd[i];
		pfd[i].events = POLLIN;
	}
	ATF_REQUIRE(poll(pfd, g->n, WAIT_MS) == 1);
	for (i = 0; i < g->n; i++)
		if (pfd[i].revents != 0) {
			ATF_REQUIRE_EQ(48, recv(g->fd[i], buf, sizeof(buf), 0));
			at = i;
		}
	return (at);
}

/* Source i: networks of 256, and addresses in them. */
static void
source(struct addr *from, bool v6, uint32_t i)
{
	uint8_t	 v4[4] = { 127, 1, (uint8_t)(i * 7), (uint8_t)(i * 13) };
	uint8_t	 net[8] = { 0x20, 0x01, 0x0d, 0xb8, (uint8_t)(i * 5),
		    (uint8_t)(i >> 4), (uint8_t)(i * 3), (uint8_t)i };

	memset(from, 0, sizeof(*from));
	from->family = v6 ? AF_INET6 : AF_INET;
	if (v6) {
		memcpy(from->ip, net, sizeof(net));
		memset(from->ip + 8, (int)(i * 11), 8);
	} else
		memcpy(from->ip, v4, sizeof(v4));
}

static void
kernel_agrees(bool v6, unsigned int bits)
{
	struct group	 g;
	struct addr	 from;
	unsigned int	 i, w, workers, used;
	uint32_t	 m;

	for (w = 0; w < N(worker_counts); w++) {
		workers = worker_counts[w];
		m = multipliers[N(multipliers) - 2 - w];
		if (!group_open(&g, v6 ? "[::1]" : "127.0.0.1", workers))
			atf_tc_skip("no IPv6 here");
		if (os_udp_steer(g.fd[0], v6 ? AF_INET6 : AF_INET, workers,
		    bits, m) == -1) {
			ATF_REQUIRE_EQ(ENOTSUP, errno);
			atf_tc_skip("the system steers no packets");
		}
		for (i = used = 0; i < SOURCES; i++) {
			source(&from, v6, i);
			ATF_CHECK_EQ_MSG(steer_index(from.ip, v6, workers,
			    bits, m), arrived(&g, &from), "source %u", i);
			used |= 1U << steer_index(from.ip, v6, workers, bits,
			    m);
		}
		ATF_CHECK_EQ((1U << workers) - 1, used);
		group_close(&g);
	}
}

ATF_TC_WITHOUT_HEAD(kernel_v4);
ATF_TC_BODY(kernel_v4, tc)
{
	kernel_agrees(false, 32);
}

ATF_TC_WITHOUT_HEAD(kernel_v4_networks);
ATF_TC_BODY(kernel_v4_networks, tc)
{
	kernel_agrees(false, 24);
}

ATF_TC_WITHOUT_HEAD(kernel_v6);
ATF_TC_BODY(kernel_v6, tc)
{
	kernel_agrees(true, 64);
}

ATF_TC_WITHOUT_HEAD(kernel_v6_lengths);
ATF_TC_BODY(kernel_v6_lengths, tc)
{
	kernel_agrees(true, 60);
	kernel_agrees(true, 128);
}

/* Another program takes the first one's place; nonsense is refused. */
ATF_TC_WITHOUT_HEAD(kernel_replaced);
ATF_TC_BODY(kernel_replaced, tc)
{
	struct group	 g;
	struct addr	 from;
	unsigned int	 i, workers;

	ATF_REQUIRE(group_open(&g, "127.0.0.1", 3));
	if (os_udp_steer(g.fd[0], AF_INET, 3, 32, 5) == -1) {
		ATF_REQUIRE_EQ(ENOTSUP, errno);
		atf_tc_skip("the system steers no packets");
	}
	ATF_CHECK_EQ(-1, os_udp_steer(g.fd[0], AF_INET, 0, 32, 5));
	ATF_CHECK_EQ(-1, os_udp_steer(g.fd[0], AF_INET, 3, 33, 5));
	ATF_CHECK_EQ(-1, os_udp_steer(g.fd[0], AF_INET, 3, 0, 5));
	ATF_CHECK_EQ(-1, os_udp_steer(g.fd[0], AF_INET6, 3, 129, 5));
	for (workers = 3; workers > 0; workers--) {
		/* from any of them */
		ATF_REQUIRE_EQ(0, os_udp_steer(g.fd[workers - 1], AF_INET,
		    workers, 32, workers * 0x01000193));
		for (i = 0; i < 32; i++) {
			source(&from, false, i);
			ATF_CHECK_EQ(steer_index(from.ip, false, workers, 32,
			    workers * 0x01000193), arrived(&g, &from));
		}
	}
	group_close(&g);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, masks);
	ATF_TP_ADD_TC(tp, prefix_alone);
	ATF_TP_ADD_TC(tp, spread);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, kernel_v4);
	ATF_TP_ADD_TC(tp, kernel_v4_networks);
	ATF_TP_ADD_TC(tp, kernel_v6);
	ATF_TP_ADD_TC(tp, kernel_v6_lengths);
	ATF_TP_ADD_TC(tp, kernel_replaced);
	return (atf_no_error());
}
