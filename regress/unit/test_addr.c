/* SPDX-License-Identifier: ISC */
/*
 * Addresses and listen specifications: what is read, what is refused, and
 * that what is written reads back.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "addr.h"

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const	good[][2] = {	/* default port 4567 */
	{ "192.0.2.1", "192.0.2.1:4567" },
	{ "192.0.2.1:123", "192.0.2.1:123" },
	{ "192.0.2.1:1", "192.0.2.1:1" },
	{ "192.0.2.1:65535", "192.0.2.1:65535" },
	{ "0.0.0.0:123", "0.0.0.0:123" },
	{ "::", "[::]:4567" },
	{ "::1", "[::1]:4567" },
	{ "[::1]", "[::1]:4567" },
	{ "[::1]:123", "[::1]:123" },
	{ "2001:db8::1:123", "[2001:db8::1:123]:4567" },
	{ "[2001:DB8:0::1]:123", "[2001:db8::1]:123" },
	{ "fe80::1%2", "[fe80::1%2]:4567" },
	{ "[fe80::1%2]:123", "[fe80::1%2]:123" },
	{ "[fe80::1%4294967295]:65535", "[fe80::1%4294967295]:65535" },
	{ "fe80::1", "[fe80::1]:4567" },
};

static const char *const	bad[] = {
	"", " ", ":", "[", "[]", "]", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1",
	"01.2.3.4", "0x7f.0.0.1", "1.2.3.-4", " 192.0.2.1", "192.0.2.1 ",
	"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:+1",
	"192.0.2.1: 1", "192.0.2.1:-1", "192.0.2.1:1x", "192.0.2.1:1:2",
	"192.0.2.1:99999999999999999999", "192.0.2.1%2", "192.0.2.1%lo",
	"[192.0.2.1]", "[192.0.2.1]:123", ":::", "1::2::3", "12345::",
	"[::1", "::1]", "[::1]x", "[::1]:", "[::1]:0", "[::1]:65536",
	"[::1]:12 ", "[[::1]]", "[::1]]:1", "[::1]%2", "::1%2",
	"2001:db8::1%2", "fe80::1%", "fe80::1%0", "fe80::1%4294967296",
	"fe80::1%+2", "fe80::1%-2", "fe80::1%%2", "fe80::1%no.such.if",
	"::ffff:192.0.2.1", "[::ffff:192.0.2.1]:123", "::ffff:c000:201",
	"localhost", "eth0", "*", "*:123",
	("192.0.2.1:000000000000000000000000000000000000000000000000000000000"
	    "000000000000123"),
};

ATF_TC_WITHOUT_HEAD(parse_good);
ATF_TC_BODY(parse_good, tc)
{
	struct addr	 a, b;
	char		 text[ADDR_STRLEN];
	size_t		 n;

	for (n = 0; n < NITEMS(good); n++) {
		memset(&a, 0xa5, sizeof(a));
		memset(&b, 0x5a, sizeof(b));
		ATF_REQUIRE_MSG(addr_parse(&a, good[n][0], 4567) == 0, "%s",
		    good[n][0]);
		ATF_CHECK_STREQ(addr_format(&a, text, sizeof(text)),
		    good[n][1]);
		ATF_REQUIRE(addr_parse(&b, text, 1) == 0);
		ATF_CHECK(addr_equal(&a, &b));
		ATF_CHECK_MSG(memcmp(&a, &b, sizeof(a)) == 0,
		    "%s: octets left unset", good[n][0]);
	}
}

ATF_TC_WITHOUT_HEAD(parse_bad);
ATF_TC_BODY(parse_bad, tc)
{
	struct addr	 a, before;
	size_t		 n;

	memset(&before, 0xa5, sizeof(before));
	for (n = 0; n < NITEMS(bad); n++) {
		a = before;
		errno = 0;
		ATF_CHECK_MSG(addr_parse(&a, bad[n], 123) == -1, "%s", bad[n]);
		ATF_CHECK_EQ_MSG(errno, EINVAL, "%s", bad[n]);
		ATF_CHECK_MSG(memcmp(&a, &before, sizeof(a)) == 0, "%s",
		    bad[n]);
	}
}

ATF_TC_WITHOUT_HEAD(scope_name);
ATF_TC_BODY(scope_name, tc)
{
	struct addr	 a;
	unsigned int	 index = if_nametoindex("lo");

	if (index == 0)
		atf_tc_skip("no interface lo");
	ATF_REQUIRE_EQ(addr_parse(&a, "[fe80::1%lo]:123", 1), 0);
	ATF_CHECK_EQ(a.scope, index);
	ATF_CHECK_EQ(a.port, 123);
}

ATF_TC_WITHOUT_HEAD(sockaddr_round_trip);
ATF_TC_BODY(sockaddr_round_trip, tc)
{
	struct sockaddr_storage	 ss;
	struct addr		 a, b;
	socklen_t		 len;
	size_t			 n;

	for (n = 0; n < NITEMS(good); n++) {
		ATF_REQUIRE_EQ(addr_parse(&a, good[n][0], 4567), 0);
		len = addr_to_sockaddr(&a, &ss);
		ATF_CHECK_EQ(len, a.family == AF_INET ?
		    sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		memset(&b, 0xa5, sizeof(b));
		ATF_REQUIRE_EQ(addr_from_sockaddr(&b, (struct sockaddr *)&ss,
		    len), 0);
		ATF_CHECK(memcmp(&a, &b, sizeof(a)) == 0);
		ATF_CHECK_EQ(addr_from_sockaddr(&b, (struct sockaddr *)&ss,
		    len - 1), -1);
	}
}

ATF_TC_WITHOUT_HEAD(sockaddr_fields);
ATF_TC_BODY(sockaddr_fields, tc)
{
	struct sockaddr_storage	 ss;
	struct sockaddr_in6	*sin6 = (struct sockaddr_in6 *)&ss;
	struct sockaddr_in	*sin = (struct sockaddr_in *)&ss;
	struct addr		 a;

	ATF_REQUIRE_EQ(addr_parse(&a, "192.0.2.1:258", 1), 0);
	addr_to_sockaddr(&a, &ss);
	ATF_CHECK_EQ(ss.ss_family, AF_INET);
	ATF_CHECK_EQ(sin->sin_port, htons(258));
	ATF_CHECK_EQ(sin->sin_addr.s_addr, htonl(0xc0000201));

	ATF_REQUIRE_EQ(addr_parse(&a, "[fe80::1%7]:258", 1), 0);
	addr_to_sockaddr(&a, &ss);
	ATF_CHECK_EQ(ss.ss_family, AF_INET6);
	ATF_CHECK_EQ(sin6->sin6_port, htons(258));
	ATF_CHECK_EQ(sin6->sin6_scope_id, 7);
	ATF_CHECK_EQ(sin6->sin6_addr.s6_addr[15], 1);
}

ATF_TC_WITHOUT_HEAD(sockaddr_bad);
ATF_TC_BODY(sockaddr_bad, tc)
{
	struct sockaddr_storage	 ss;
	struct sockaddr_in6	 sin6;
	struct addr		 a;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	ATF_REQUIRE_EQ(inet_pton(AF_INET6, "::ffff:192.0.2.1",
	    &sin6.sin6_addr), 1);
	errno = 0;
	ATF_CHECK_EQ(addr_from_sockaddr(&a, (struct sockaddr *)&sin6,
	    sizeof(sin6)), -1);
	ATF_CHECK_EQ(errno, EINVAL);

	memset(&ss, 0, sizeof(ss));
	ss.ss_family = AF_UNIX;
	ATF_CHECK_EQ(addr_from_sockaddr(&a, (struct sockaddr *)&ss,
	    sizeof(ss)), -1);
	ATF_CHECK_EQ(addr_from_sockaddr(&a, (struct sockaddr *)&ss, 0), -1);

	memset(&a, 0, sizeof(a));
	ATF_CHECK_EQ(addr_to_sockaddr(&a, &ss), 0);
}

ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	/* wildcard, loopback, multicast, link-local */
	static const struct {
		const char	*text;
		bool		 w, l, m, ll;
	}		 t[] = {
		{ "0.0.0.0", true, false, false, false },
		{ "0.0.0.1", false, false, false, false },
		{ "::", true, false, false, false },
		{ "127.0.0.1", false, true, false, false },
		{ "127.255.255.255", false, true, false, false },
		{ "128.0.0.1", false, false, false, false },
		{ "::1", false, true, false, false },
		{ "::2", false, false, false, false },
		{ "223.255.255.255", false, false, false, false },
		{ "224.0.0.0", false, false, true, false },
		{ "239.255.255.255", false, false, true, false },
		{ "240.0.0.0", false, false, false, false },
		{ "ff02::1", false, false, true, false },
		{ "feff::1", false, false, false, false },
		{ "169.254.0.1", false, false, false, true },
		{ "169.253.0.1", false, false, false, false },
		{ "fe80::1", false, false, false, true },
		{ "febf::1", false, false, false, true },
		{ "fec0::1", false, false, false, false },
	};
	struct addr	 a;
	char		 text[ADDR_STRLEN];
	size_t		 n;

	for (n = 0; n < NITEMS(t); n++) {
		ATF_REQUIRE_EQ(addr_parse(&a, t[n].text, 123), 0);
		ATF_CHECK_EQ_MSG(addr_is_wildcard(&a), t[n].w, "%s",
		    t[n].text);
		ATF_CHECK_EQ_MSG(addr_is_loopback(&a), t[n].l, "%s",
		    t[n].text);
		ATF_CHECK_EQ_MSG(addr_is_multicast(&a), t[n].m, "%s",
		    t[n].text);
		ATF_CHECK_EQ_MSG(addr_is_linklocal(&a), t[n].ll, "%s",
		    t[n].text);
	}
	memset(&a, 0, sizeof(a));
	ATF_CHECK(!addr_is_wildcard(&a));
	ATF_CHECK_STREQ(addr_format(&a, text, sizeof(text)), "-");
}

/* RFC 1918, 4193, 6598, 3927: each net's borders, on both sides. */
ATF_TC_WITHOUT_HEAD(private);
ATF_TC_BODY(private, tc)
{
	static const struct {
		const char	*text;
		bool		 private;
	}		 t[] = {
		{ "9.255.255.255", false }, { "10.0.0.0", true },
		{ "10.255.255.255", true }, { "11.0.0.0", false },
		{ "100.63.255.255", false }, { "100.64.0.0", true },
		{ "100.127.255.255", true }, { "100.128.0.0", false },
		{ "126.255.255.255", false }, { "127.0.0.0", true },
		{ "127.255.255.255", true }, { "128.0.0.0", false },
		{ "169.253.255.255", false }, { "169.254.0.0", true },
		{ "169.254.255.255", true }, { "169.255.0.0", false },
		{ "172.15.255.255", false }, { "172.16.0.0", true },
		{ "172.31.255.255", true }, { "172.32.0.0", false },
		{ "192.167.255.255", false }, { "192.168.0.0", true },
		{ "192.168.255.255", true }, { "192.169.0.0", false },
		/* all addresses, so public ones as well */
		{ "0.0.0.0", false }, { "::", false },
		{ "192.0.2.1", false }, { "224.0.0.1", false },
		{ "::1", true }, { "::2", false },
		{ "fbff::1", false }, { "fc00::", true },
		{ "fdff:ffff::1", true }, { "fe00::1", false },
		{ "fe7f::1", false }, { "fe80::1", true },
		{ "febf::1", true }, { "fec0::1", false },
		{ "2001:db8::1", false }, { "a00::1", false },
	};
	struct addr	 a;
	size_t		 n;

	for (n = 0; n < NITEMS(t); n++) {
		ATF_REQUIRE_EQ(addr_parse(&a, t[n].text, 123), 0);
		ATF_CHECK_EQ_MSG(addr_is_private(&a), t[n].private, "%s",
		    t[n].text);
	}
	memset(&a, 0, sizeof(a));
	a.ip[0] = 10;
	ATF_CHECK(!addr_is_private(&a));
}

ATF_TC_WITHOUT_HEAD(equal);
ATF_TC_BODY(equal, tc)
{
	static const char *const	 differ[] = {
		"192.0.2.1:123", "192.0.2.1:124", "192.0.2.2:123",
		"[::1]:123", "[::2]:123", "[::1]:124", "[fe80::1%1]:123",
		"[fe80::1%2]:123", "[fe80::1]:123", "0.0.0.0:123", "[::]:123"
	};
	struct addr			 a, b;
	size_t				 i, j;

	for (i = 0; i < NITEMS(differ); i++)
		for (j = 0; j < NITEMS(differ); j++) {
			ATF_REQUIRE_EQ(addr_parse(&a, differ[i], 1), 0);
			ATF_REQUIRE_EQ(addr_parse(&b, differ[j], 1), 0);
			ATF_CHECK_EQ_MSG(addr_equal(&a, &b), i == j,
			    "%s %s", differ[i], differ[j]);
		}
	/* What IPv4 does not use does not count. */
	ATF_REQUIRE_EQ(addr_parse(&a, "192.0.2.1", 1), 0);
	b = a;
	b.ip[4] = 1;
	ATF_CHECK(addr_equal(&a, &b));
}

ATF_TC_WITHOUT_HEAD(listen_good);
ATF_TC_BODY(listen_good, tc)
{
	static const char *const	 t[][2] = {
		{ "eth0", "eth0:4567" },
		{ "eth0:1123", "eth0:1123" },
		{ "eth0.7@x_y-z", "eth0.7@x_y-z:4567" },
		{ "abcdefghijklmno", "abcdefghijklmno:4567" },
		{ "abcdefghijklmno:65535", "abcdefghijklmno:65535" },
		{ "1a", "1a:4567" },
		{ "192.0.2.1", "192.0.2.1:4567" },
		{ "[::]:123", "[::]:123" },
		{ "fe80::1%2", "[fe80::1%2]:4567" },
	};
	struct listen_spec		 a, b;
	char				 text[ADDR_STRLEN];
	size_t				 n;

	for (n = 0; n < NITEMS(t); n++) {
		memset(&a, 0xa5, sizeof(a));
		memset(&b, 0x5a, sizeof(b));
		ATF_REQUIRE_MSG(listen_spec_parse(&a, t[n][0], 4567) == 0,
		    "%s", t[n][0]);
		ATF_CHECK_STREQ(listen_spec_format(&a, text, sizeof(text)),
		    t[n][1]);
		ATF_CHECK_EQ(a.addr.family == 0, a.ifname[0] != '\0');
		ATF_REQUIRE_EQ(listen_spec_parse(&b, text, 1), 0);
		ATF_CHECK(listen_spec_equal(&a, &b));
		ATF_CHECK(memcmp(&a, &b, sizeof(a)) == 0);
		b.addr.port++;
		ATF_CHECK(!listen_spec_equal(&a, &b));
	}
	ATF_REQUIRE_EQ(listen_spec_parse(&a, "eth0", 123), 0);
	ATF_REQUIRE_EQ(listen_spec_parse(&b, "eth1", 123), 0);
	ATF_CHECK(!listen_spec_equal(&a, &b));
}

ATF_TC_WITHOUT_HEAD(listen_bad);
ATF_TC_BODY(listen_bad, tc)
{
	static const char *const	 t[] = {
		"", ":123", "*", "*:123", "1.2.3", "123", "1.2.3:123", ".",
		"..", ".eth0", "-eth0", "eth 0", "eth0:", "eth0:0",
		"eth0:65536", "eth0:1:2", "eth0:+1", "eth0/1", "eth0%2",
		"abcdefghijklmnop", "abcdefghijklmnop:1",
		"abcdefghijklmnopqrstuvwxyz", "eth0\n", "\303\251",
		"224.0.0.1", "239.1.2.3:123", "255.255.255.255",
		"255.255.255.255:123", "ff02::101", "[ff02::101]:123",
		"::ffff:192.0.2.1", "[::1", "192.0.2.1:0", "256.0.0.1",
	};
	struct listen_spec		 a, before;
	size_t				 n;

	memset(&before, 0xa5, sizeof(before));
	for (n = 0; n < NITEMS(t); n++) {
		a = before;
		errno = 0;
		ATF_CHECK_MSG(listen_spec_parse(&a, t[n], 123) == -1, "%s",
		    t[n]);
		ATF_CHECK_EQ_MSG(errno, EINVAL, "%s", t[n]);
		ATF_CHECK_MSG(memcmp(&a, &before, sizeof(a)) == 0, "%s",
		    t[n]);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parse_good);
	ATF_TP_ADD_TC(tp, parse_bad);
	ATF_TP_ADD_TC(tp, scope_name);
	ATF_TP_ADD_TC(tp, sockaddr_round_trip);
	ATF_TP_ADD_TC(tp, sockaddr_fields);
	ATF_TP_ADD_TC(tp, sockaddr_bad);
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, private);
	ATF_TP_ADD_TC(tp, equal);
	ATF_TP_ADD_TC(tp, listen_good);
	ATF_TP_ADD_TC(tp, listen_bad);
	return (atf_no_error());
}
