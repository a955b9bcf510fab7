/* SPDX-License-Identifier: ISC */
/* prefix.c: prefixes and files of them, for K6. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "prefix.h"

#define LINE(s)		s, sizeof(s) - 1

static const uint8_t	doc4[16] = { 192, 0, 2, 7 };
static const uint8_t	doc6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

/* What is read is written as `want`, which reads back as the same. */
static void
same(const char *text, const char *want)
{
	struct prefix	 p, again;
	char		 buf[PREFIX_STRLEN];
	const char	*why;

	memset(&p, 0xa5, sizeof(p));
	why = prefix_parse(&p, text);
	ATF_REQUIRE_MSG(why == NULL, "%s %s", text, why);
	ATF_CHECK(prefix_valid(&p));
	ATF_CHECK_STREQ(want, prefix_format(&p, buf, sizeof(buf)));
	ATF_CHECK_EQ(NULL, prefix_parse(&again, buf));
	ATF_CHECK_EQ_MSG(0, memcmp(&p, &again, sizeof(p)), "%s", text);
}

ATF_TC_WITHOUT_HEAD(texts);
ATF_TC_BODY(texts, tc)
{
	same("any", "any");
	same("192.0.2.0/24", "192.0.2.0/24");
	same("192.0.2.7", "192.0.2.7");
	same("192.0.2.7/32", "192.0.2.7");
	same("0.0.0.0/0", "0.0.0.0/0");
	same("128.0.0.0/1", "128.0.0.0/1");
	same("10.0.0.0/9", "10.0.0.0/9");
	same("2001:db8::/32", "2001:db8::/32");
	same("2001:0DB8:0:0::0/32", "2001:db8::/32");
	same("::1", "::1");
	same("::1/128", "::1");
	same("::/0", "::/0");
	same("8000::/1", "8000::/1");
	same("64:ff9b::192.0.2.1", "64:ff9b::c000:201");
	same("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124");
	/* covers the mapped ones, without naming them */
	same("::/64", "::/64");
}

static void
refused(const char *text, const char *want)
{
	struct prefix	 p, old;
	const char	*why;

	memset(&p, 0xa5, sizeof(p));
	old = p;
	why = prefix_parse(&p, text);
	ATF_REQUIRE_MSG(why != NULL, "%s is taken", text);
	ATF_CHECK_MSG(strstr(why, want) != NULL, "%s %s", text, why);
	ATF_CHECK_EQ(0, memcmp(&p, &old, sizeof(p)));
}

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	char	 longer[200];

	refused("", "is not an address or prefix");
	refused("Any", "is not an address or prefix");
	refused("any/0", "is not an address or prefix");
	refused("192.0.2", "is not an address or prefix");
	refused("192.0.2.256", "is not an address or prefix");
	refused("192.0.2.0.0", "is not an address or prefix");
	refused(" 192.0.2.0", "is not an address or prefix");
	refused("192.0.2.0 ", "is not an address or prefix");
	refused("0x7f.0.0.1", "is not an address or prefix");
	/* read as octal elsewhere */
	refused("010.0.0.0/8", "is not an address or prefix");
	refused("10.0.00.0/8", "is not an address or prefix");
	refused("localhost", "is not an address or prefix");
	refused("/24", "is not an address or prefix");
	refused("1::2::3", "is not an address or prefix");
	refused("[::1]", "is not an address or prefix");
	refused("fe80::1%2", "scope");
	refused("fe80::%eth0/64", "scope");
	refused("192.0.2.0/", "not 0 to 32");
	refused("192.0.2.0/33", "not 0 to 32");
	refused("192.0.2.0/024", "not 0 to 32");
	refused("192.0.2.0/+24", "not 0 to 32");
	refused("192.0.2.0/24 ", "not 0 to 32");
	refused("192.0.2.0/24/24", "not 0 to 32");
	refused("192.0.2.0/255.255.255.0", "not 0 to 32");
	refused("192.0.2.0/4294967320", "not 0 to 32");
	refused("::/129", "not 0 to 128");
	refused("::/00", "not 0 to 128");
	refused("192.0.2.7/24", "bits set behind its length");
	refused("192.0.2.1/31", "bits set behind its length");
	refused("0.0.0.1/0", "bits set behind its length");
	refused("2001:db8::1/32", "bits set behind its length");
	refused("8000::/0", "bits set behind its length");
	/* one address must not have two names */
	refused("::ffff:192.0.2.7", "IPv4 address written as IPv6");
	refused("::ffff:0:0/96", "IPv4 address written as IPv6");
	refused("::ffff:c000:200/120", "IPv4 address written as IPv6");
	memset(longer, '1', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	refused(longer, "is not an address or prefix");
}

ATF_TC_WITHOUT_HEAD(from_elsewhere);
ATF_TC_BODY(from_elsewhere, tc)
{
	struct prefix	 p;
	char		 buf[PREFIX_STRLEN];
	unsigned int	 i;

	memset(&p, 0, sizeof(p));
	ATF_CHECK(prefix_valid(&p));
	p.bits = 1;
	ATF_CHECK(!prefix_valid(&p));
	ATF_CHECK_STREQ("-", prefix_format(&p, buf, sizeof(buf)));
	p.bits = 0;
	p.ip[15] = 1;
	ATF_CHECK(!prefix_valid(&p));
	for (i = 1; i < 256; i++) {
		memset(&p, 0, sizeof(p));
		p.family = (uint8_t)i;
		ATF_CHECK_EQ(i == 4 || i == 6, prefix_valid(&p));
		p.family = 4;
		p.bits = (uint8_t)i;
		ATF_CHECK_EQ(i <= 32, prefix_valid(&p));
		p.family = 6;
		ATF_CHECK_EQ(i <= 128, prefix_valid(&p));
	}
	/* octets that an IPv4 prefix has no use for */
	ATF_REQUIRE_EQ(NULL, prefix_parse(&p, "192.0.2.7"));
	p.ip[4] = 1;
	ATF_CHECK(!prefix_valid(&p));
}

ATF_TC_WITHOUT_HEAD(has);
ATF_TC_BODY(has, tc)
{
	struct prefix	 p;
	uint8_t		 ip[16];
	unsigned int	 bits, i;

	ATF_REQUIRE_EQ(NULL, prefix_parse(&p, "any"));
	ATF_CHECK(prefix_has(&p, 4, doc4));
	ATF_CHECK(prefix_has(&p, 6, doc6));
	ATF_REQUIRE_EQ(NULL, prefix_parse(&p, "0.0.0.0/0"));
	ATF_CHECK(prefix_has(&p, 4, doc4));
	ATF_CHECK(!prefix_has(&p, 6, doc6));
	/* of each length: what differs in the last bit is out, behind it in */
	for (bits = 1; bits <= 128; bits++) {
		memset(&p, 0, sizeof(p));
		p.family = bits <= 32 ? 4 : 6;
		p.bits = (uint8_t)bits;
		for (i = 0; i < bits; i += 3)
			p.ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
		ATF_REQUIRE(prefix_valid(&p));
		for (i = 0; i < prefix_bits(p.family); i++) {
			memcpy(ip, p.ip, sizeof(ip));
			ip[i / 8] ^= (uint8_t)(0x80 >> i % 8);
			ATF_CHECK_EQ_MSG(i >= bits, prefix_has(&p, p.family,
			    ip), "/%u, bit %u", bits, i);
		}
	}
}

struct got {
	struct prefix	 p[16];
	unsigned int	 n, limit;
};

static int
add(void *arg, const struct prefix *p)
{
	struct got	*got = arg;

	if (got->n >= got->limit) {
		errno = ENOMEM;
		return (-1);
	}
	if (got->n < 16)
		got->p[got->n] = *p;
	got->n++;
	return (0);
}

/* From memory of just that size, so that a sanitizer sees a read behind it. */
static int
list(struct got *got, const char *text, size_t len, char *err, size_t errlen)
{
	char	*copy = malloc(len > 0 ? len : 1);
	int	 ret;

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	memset(got, 0, sizeof(*got));
	got->limit = 16;
	err[0] = '\0';
	ret = prefix_list_parse("list", copy, len, add, got, err, errlen);
	free(copy);
	return (ret);
}

ATF_TC_WITHOUT_HEAD(lists);
ATF_TC_BODY(lists, tc)
{
	struct got	 got;
	char		 err[256], buf[PREFIX_STRLEN];

	ATF_CHECK_EQ(0, list(&got, LINE("\357\273\277# a comment\r\n"
	    "192.0.2.0/24\r\n\r\n \t 2001:db8::/32 \t# another\n"
	    "#\n   \n192.0.2.0/24#again\n::1"), err, sizeof(err)));
	ATF_CHECK_STREQ("", err);
	ATF_REQUIRE_EQ(4, got.n);
	ATF_CHECK_STREQ("192.0.2.0/24", prefix_format(&got.p[0], buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ("2001:db8::/32", prefix_format(&got.p[1], buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ("192.0.2.0/24", prefix_format(&got.p[2], buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ("::1", prefix_format(&got.p[3], buf, sizeof(buf)));
	ATF_CHECK_EQ(0, list(&got, "", 0, err, sizeof(err)));
	ATF_CHECK_EQ(0, got.n);
	ATF_CHECK_EQ(0, prefix_list_parse("list", NULL, 0, add, &got, err,
	    sizeof(err)));
	ATF_CHECK_EQ(0, list(&got, LINE("::1\r"), err, sizeof(err)));
	ATF_CHECK_EQ(1, got.n);
	ATF_CHECK_EQ(0, list(&got, LINE("\n"), err, sizeof(err)));
}

static void
bad_list(const char *text, size_t len, const char *want)
{
	struct got	 got;
	char		 err[256];

	ATF_CHECK_EQ(-1, list(&got, text, len, err, sizeof(err)));
	ATF_CHECK_STREQ(want, err);
}

ATF_TC_WITHOUT_HEAD(bad_lists);
ATF_TC_BODY(bad_lists, tc)
{
	struct got	 got;
	char		 err[256], want[256];

	bad_list(LINE("::1\n\n  10.0.0.1/8 # x\n"),
	    "list:3:3: `10.0.0.1/8' has bits set behind its length");
	bad_list(LINE("::1 ::2\n"),
	    "list:1:5: `::2' is more than the one prefix of a line");
	bad_list(LINE("::1\n\0\n"),
	    "list:2:1: a NUL octet; this is not text");
	bad_list(LINE("::1\n#c\0\n"),
	    "list:2:3: a NUL octet; this is not text");
	bad_list(LINE("::1\r::2\n"),
	    "list:1:1: `::1\\015::2' is not an address or prefix");
	bad_list(LINE("\033[2J\n"),
	    "list:1:1: `\\033[2J' is not an address or prefix");
	bad_list(LINE("1111111111111111111111111111111111111111111111111111"
	    "11111111111111111111"), "list:1:1: `1111111111111111111111111111"
	    "111111111111111111111111111111111111...' is not an address or "
	    "prefix");
	memset(&got, 0, sizeof(got));
	ATF_CHECK_EQ(-1, prefix_list_parse("l", "\n::1", 4, add, &got, err,
	    sizeof(err)));
	snprintf(want, sizeof(want), "l:2:1: `::1' %s", strerror(ENOMEM));
	ATF_CHECK_STREQ(want, err);
}

ATF_TC_WITHOUT_HEAD(list_limit);
ATF_TC_BODY(list_limit, tc)
{
	struct got	 got = { .limit = PREFIX_LIST_MAX + 1 };
	size_t		 i, len = 4 * (PREFIX_LIST_MAX + 1);
	char		*buf = malloc(len), err[256];

	ATF_REQUIRE(buf != NULL);
	for (i = 0; i < len; i += 4)
		memcpy(buf + i, "::1\n", 4);
	ATF_CHECK_EQ(0, prefix_list_parse("l", buf, len - 4, add, &got, err,
	    sizeof(err)));
	ATF_CHECK_EQ(PREFIX_LIST_MAX, got.n);
	got.n = 0;
	ATF_CHECK_EQ(-1, prefix_list_parse("l", buf, len, add, &got, err,
	    sizeof(err)));
	ATF_CHECK_STREQ("l:1000001:1: more than a million prefixes", err);
	free(buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, texts);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, from_elsewhere);
	ATF_TP_ADD_TC(tp, has);
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, bad_lists);
	ATF_TP_ADD_TC(tp, list_limit);
	return (atf_no_error());
}
