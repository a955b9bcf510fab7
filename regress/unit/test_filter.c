/* SPDX-License-Identifier: ISC */
/*
 * os_udp_filter: K2, what of a heavy source still gets through, and that all
 * others do.  Packets go to 127.0.0.1 and ::1 alone.
 */

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "os.h"

#define LEAK(n)	(UINT32_MAX / (n) + 1)

struct net {
	int			 fd;
	struct sockaddr_storage	 to;
	socklen_t		 len;
};

static bool
net_open(struct net *n, const char *ip)
{
	struct addr	 addr;

	ATF_REQUIRE_EQ(0, addr_parse(&addr, ip, 0));
	n->fd = os_udp_socket(addr.family, 65536);
	if (n->fd == -1 || os_udp_bind(n->fd, &addr, NULL) == -1)
		return (false);
	n->len = sizeof(n->to);
	ATF_REQUIRE_EQ(0, getsockname(n->fd, (struct sockaddr *)&n->to,
	    &n->len));
	return (true);
}

static void
filter(const struct net *n, uint32_t leak, const char *const *text)
{
	struct prefix	 p[OS_FILTER_MAX + 1];
	unsigned int	 i;

	for (i = 0; text[i] != NULL; i++)
		ATF_REQUIRE_EQ(NULL, prefix_parse(&p[i], text[i]));
	if (os_udp_filter(n->fd, p, i, leak) == -1) {
		ATF_REQUIRE_EQ_MSG(ENOTSUP, errno, "%s", strerror(errno));
		atf_tc_skip("the system has no filters");
	}
}

/* How many of so many packets from this address get through. */
static unsigned int
through(const struct net *n, const char *from, unsigned int packets)
{
	struct addr	 addr;
	char		 buf[48] = { 0 };
	unsigned int	 i, got = 0;
	int		 fd;

	ATF_REQUIRE_EQ(0, addr_parse(&addr, from, 0));
	fd = socket(addr.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, os_udp_bind(fd, &addr, NULL));
	for (i = 0; i < packets; i++) {
		ATF_REQUIRE_EQ_MSG(48, sendto(fd, buf, 48, 0,
		    (const struct sockaddr *)&n->to, n->len), "%s",
		    strerror(errno));
		while (recv(n->fd, buf, sizeof(buf), MSG_DONTWAIT) == 48)
			got++;
	}
	close(fd);
	return (got);
}

/*
 * Packets wait in a queue of the processor that sent them only until the call
 * returns; where one took longer, the drops tell.
 */
static void
all_or_none(const struct net *n, const char *from, bool all)
{
	uint32_t	 drops = os_udp_drops(n->fd);
	unsigned int	 got = through(n, from, 20);

	ATF_CHECK_EQ_MSG(all ? 20 : 0, got, "%s: %u", from, got);
	drops = os_udp_drops(n->fd) - drops;
	ATF_CHECK_EQ_MSG(all ? 0 : 20, drops, "%s: %u drops", from, drops);
}

ATF_TC_WITHOUT_HEAD(sources);
ATF_TC_BODY(sources, tc)
{
	static const char *const	 some[] = { "127.0.0.2", "127.7.0.0/16",
		"127.0.1.128/25", NULL };
	static const char *const	 one[] = { "127.0.0.3", NULL };
	struct net			 n;

	ATF_REQUIRE(net_open(&n, "127.0.0.1"));
	ATF_CHECK_EQ(-1, os_udp_unfilter(n.fd));
	filter(&n, 0, some);
	all_or_none(&n, "127.0.0.1", true);
	all_or_none(&n, "127.0.0.2", false);
	all_or_none(&n, "127.0.0.3", true);
	all_or_none(&n, "127.6.255.255", true);
	all_or_none(&n, "127.7.0.0", false);
	all_or_none(&n, "127.7.255.255", false);
	all_or_none(&n, "127.8.0.0", true);
	all_or_none(&n, "127.0.1.127", true);
	all_or_none(&n, "127.0.1.128", false);
	/* another one in its place, and none */
	filter(&n, 0, one);
	all_or_none(&n, "127.0.0.2", true);
	all_or_none(&n, "127.0.0.3", false);
	ATF_CHECK_EQ(0, os_udp_unfilter(n.fd));
	all_or_none(&n, "127.0.0.3", true);
	ATF_CHECK_EQ(-1, os_udp_unfilter(n.fd));
	close(n.fd);
}

ATF_TC_WITHOUT_HEAD(sources_v6);
ATF_TC_BODY(sources_v6, tc)
{
	static const char *const	 some[] = { "2001:db8:0:1::/64",
		"2001:db8:7::/48", "2001:db8:8:1:f000::/68",
		"2001:db8:9::1", NULL };
	struct net			 n;

	if (!net_open(&n, "[::1]"))
		atf_tc_skip("no IPv6 here");
	filter(&n, 0, some);
	all_or_none(&n, "[::1]", true);
	all_or_none(&n, "[2001:db8::1]", true);
	all_or_none(&n, "[2001:db8:0:1::1]", false);
	all_or_none(&n, "[2001:db8:0:1:ffff::1]", false);
	all_or_none(&n, "[2001:db8:0:2::1]", true);
	all_or_none(&n, "[2001:db9:0:1::1]", true);
	all_or_none(&n, "[2001:db8:7:ffff::1]", false);
	all_or_none(&n, "[2001:db8:8:1:f111::1]", false);
	all_or_none(&n, "[2001:db8:8:1:e111::1]", true);
	all_or_none(&n, "[2001:db8:9::1]", false);
	all_or_none(&n, "[2001:db8:9::2]", true);
	close(n.fd);
}

/* As many as there may be: the last is dropped, and the next is not. */
static void
full(bool v6)
{
	char		 text[OS_FILTER_MAX][PREFIX_STRLEN], from[ADDR_STRLEN];
	const char	*list[OS_FILTER_MAX + 2];
	struct prefix	 p[OS_FILTER_MAX + 1];
	struct net	 n;
	unsigned int	 i;

	memset(p, 0, sizeof(p));
	memset(list, 0, sizeof(list));
	if (!net_open(&n, v6 ? "[::1]" : "127.0.0.1"))
		atf_tc_skip("no IPv6 here");
	for (i = 0; i < OS_FILTER_MAX; i++) {
		snprintf(text[i], sizeof(text[i]), "%s%u%s", v6 ?
		    "2001:db8:0:1:2:3:" : "127.1.", i + 10, v6 ?
		    ":8000/114" : ".0/25");
		list[i] = text[i];
	}
	filter(&n, 0, list);
	for (i = 8; i < OS_FILTER_MAX + 12; i++) {
		snprintf(from, sizeof(from), "%s%u%s", v6 ?
		    "[2001:db8:0:1:2:3:" : "127.1.", i, v6 ?
		    ":8001]" : ".9");
		all_or_none(&n, from, i < 10 || i >= OS_FILTER_MAX + 10);
	}
	ATF_CHECK_EQ(-1, os_udp_filter(n.fd, p, OS_FILTER_MAX + 1, 0));
	ATF_CHECK_EQ(-1, os_udp_filter(n.fd, p, 0, 0));
	close(n.fd);
}

ATF_TC_WITHOUT_HEAD(most);
ATF_TC_BODY(most, tc)
{
	full(false);
}

ATF_TC_WITHOUT_HEAD(most_v6);
ATF_TC_BODY(most_v6, tc)
{
	full(true);
}

ATF_TC(leak);
ATF_TC_HEAD(leak, tc)
{
	atf_tc_set_md_var(tc, "descr", "K2: one in so many gets through");
}
ATF_TC_BODY(leak, tc)
{
	static const char *const	 one[] = { "127.0.0.0/25", NULL };
	struct net			 n;
	unsigned int			 got, share;
	int				 d;
	uint32_t			 drops;

	ATF_REQUIRE(net_open(&n, "127.0.0.1"));
	for (share = 2; share <= 16; share *= 2) {
		filter(&n, LEAK(share), one);
		drops = os_udp_drops(n.fd);
		got = through(&n, "127.0.0.2", 10000);
		drops = os_udp_drops(n.fd) - drops;
		ATF_CHECK_EQ_MSG(10000, got + drops, "%u and %u", got, drops);
		/* binomial: five standard deviations, squared */
		d = (int)(got * share) - 10000;
		ATF_CHECK_MSG(d * d <= 25 * 10000 * ((int)share - 1),
		    "%u of 10000, 1 in %u", got, share);
		all_or_none(&n, "127.0.0.128", true);
	}
	close(n.fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sources);
	ATF_TP_ADD_TC(tp, sources_v6);
	ATF_TP_ADD_TC(tp, most);
	ATF_TP_ADD_TC(tp, most_v6);
	ATF_TP_ADD_TC(tp, leak);
	return (atf_no_error());
}
