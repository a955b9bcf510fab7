/* SPDX-License-Identifier: ISC */
/* The leap second list: row S3 of the protocol table, and hostile files. */
#include <sys/types.h>

#include <sha1.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "leap.h"
#include "ntp_packet.h"

#define SYSTEM_FILE	"/usr/share/zoneinfo/leap-seconds.list"
#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))
#define DAY		86400
#define NTP(t)		((t) + INT64_C(2208988800))

#define Y2015_JUL	INT64_C(1435708800)
#define Y2017_JAN	INT64_C(1483228800)
#define Y2030_JAN	INT64_C(1893456000)	/* where our list deletes one */
#define Y2040_JUL	INT64_C(2224713600)	/* era 1 */
#define EXPIRES		INT64_C(2240000000)

#define STAMPS		"#$\t4102444800\n#@\t4448988800\n"
#define ENTRIES		"3644697600\t36\t# 1 Jul 2015\n"		\
			"3692217600\t37\t# 1 Jan 2017\n"		\
			"4102444800\t36\t# 1 Jan 2030\n"		\
			"4433702400\t37\t# 1 Jul 2040\n"

static struct leap_table	 table;
static uint32_t			 line, column;
static char			 err[256];

/* From a block of its own length: reading past it would be seen. */
static int
parse(const char *text, size_t len)
{
	char	*copy;
	int	 ret;

	ATF_REQUIRE((copy = malloc(len + (len == 0))) != NULL);
	memcpy(copy, text, len);
	err[0] = '\0';
	line = column = UINT32_MAX;
	ret = leap_parse(copy, len, &table, &line, &column, err, sizeof(err));
	free(copy);
	if (ret == 0)
		ATF_CHECK_EQ(0, leap_table_check(&table));
	else {
		ATF_CHECK(strstr(err, "allowed: ") != NULL);
		ATF_CHECK_EQ(0, table.n);
	}
	return (ret);
}

static void
good(const char *text)
{
	ATF_CHECK_EQ_MSG(0, parse(text, strlen(text)), "%s: %u:%u: %s", text,
	    line, column, err);
}

static void
refused(const char *text, uint32_t l, uint32_t c, const char *what)
{
	ATF_CHECK_EQ_MSG(-1, parse(text, strlen(text)), "%s", text);
	ATF_CHECK_MSG(l == line && c == column && strstr(err, what) != NULL,
	    "%s: %u:%u: %s", text, line, column, err);
}

/* The line that a SHA-1 of these digits makes. */
static const char *
hash_of(const char *digits)
{
	static char	 text[64];
	SHA1_CTX	 ctx;
	uint8_t		 d[SHA1_DIGEST_LENGTH];

	SHA1Init(&ctx);
	SHA1Update(&ctx, (const uint8_t *)digits, strlen(digits));
	SHA1Final(d, &ctx);
	snprintf(text, sizeof(text), "#h\t%x %x %08X %x\t%x\n", ntp_get32(d),
	    ntp_get32(d + 4), ntp_get32(d + 8), ntp_get32(d + 12),
	    ntp_get32(d + 16));
	return (text);
}

static void
use_list(void)
{
	ATF_REQUIRE_EQ(0, parse(STAMPS ENTRIES, strlen(STAMPS ENTRIES)));
}

ATF_TC_WITHOUT_HEAD(reads_a_list);
ATF_TC_BODY(reads_a_list, tc)
{
	use_list();
	ATF_CHECK_EQ(4, table.n);
	ATF_CHECK_EQ(Y2030_JAN, table.updated);
	ATF_CHECK_EQ(EXPIRES, table.expires);
	ATF_CHECK_EQ(Y2015_JUL, table.entry[0].at);
	ATF_CHECK_EQ(36, table.entry[0].tai);
	ATF_CHECK_EQ(Y2030_JAN, table.entry[2].at);
	ATF_CHECK_EQ(36, table.entry[2].tai);
	ATF_CHECK_EQ(Y2040_JUL, table.entry[3].at);
	/* as other systems may have written it */
	good("#@ 4448988800\r\n\r\n 3692217600 37\r\n");
	good("#@ 4448988800 # comment\n3692217600 37#comment");
	good("#\n#hello\n#hash\n# $\n#@4448988800\n\t\n3692217600 37");
	good("3692217600 37\n#@ 4448988800\n");
	ATF_CHECK_EQ(0, table.updated);
}

ATF_TC_WITHOUT_HEAD(hash);
ATF_TC_BODY(hash, tc)
{
	static const char	 digits[] = "4102444800" "4448988800"
				    "3644697600" "36" "3692217600" "37"
				    "4102444800" "36" "4433702400" "37";
	char			 text[1024], *p;

	snprintf(text, sizeof(text), "%s%s%s", STAMPS, ENTRIES,
	    hash_of(digits));
	good(text);
	snprintf(text, sizeof(text), "%s%s%s", hash_of(digits), STAMPS,
	    ENTRIES);
	good(text);
	/* a leap second moved to where one could be, and the hash left */
	ATF_REQUIRE((p = strstr(text, "4102444800\t36")) != NULL);
	memcpy(p, "4118083200", 10);		/* 2030-07-01 */
	refused(text, 1, 1, "hash");
	snprintf(text, sizeof(text), "%s%s%s", STAMPS, ENTRIES,
	    "#h 0 0 0 0 0\n");
	refused(text, 7, 1, "hash");
	refused(STAMPS ENTRIES "#h\n", 7, 3, "five");
	refused(STAMPS ENTRIES "#h 1 2 3 4\n", 7, 11, "five");
	refused(STAMPS ENTRIES "#h 1 2 3 4 g\n", 7, 12, "five");
	refused(STAMPS ENTRIES "#h 1 2 3 4 123456789\n", 7, 12, "1 to 8");
	refused(STAMPS ENTRIES "#h 1 2 3 4 5 6\n", 7, 14, "more");
	refused("#h 1 2 3 4 5\n#h 1 2 3 4 5\n", 2, 1, "one `#h'");
}

/* A 0 at the front of a word is not written in some lists. */
ATF_TC_WITHOUT_HEAD(hash_without_leading_zeros);
ATF_TC_BODY(hash_without_leading_zeros, tc)
{
	char		 text[256], digits[64];
	int		 i, short_words = 0;

	for (i = 0; i < 64; i++) {
		snprintf(digits, sizeof(digits), "44489888%02d369221760037",
		    i);
		snprintf(text, sizeof(text), "#@ 44489888%02d\n"
		    "3692217600 37\n%s", i, hash_of(digits));
		good(text);
		short_words += strlen(hash_of(digits)) < 3 + 5 * 9;
	}
	ATF_CHECK(short_words > 0);
}

ATF_TC_WITHOUT_HEAD(errors_say_where);
ATF_TC_BODY(errors_say_where, tc)
{
	char	 many[LEAP_FILE_MAX + 2];

	refused("", 0, 0, "`#@'");
	refused(ENTRIES, 0, 0, "`#@'");
	refused(STAMPS, 0, 0, "no entries");
	refused("#$ 4448988801\n#@ 4448988800\n3692217600 37\n", 0, 0,
	    "after `#$'");
	refused("#@\n", 1, 3, "1 to 11 digits");
	refused("#@ soon\n", 1, 4, "1 to 11 digits");
	refused("#@ -1\n", 1, 4, "1 to 11 digits");
	refused("#@ 123456789012\n", 1, 4, "1 to 11 digits");
	refused("#@ 1\n#@ 1\n", 2, 1, "one `#@'");
	refused("#$ 1\n#$ 1\n", 2, 1, "one `#$'");
	refused("#$ 1 2\n", 1, 6, "comment");
	refused("\n  3692217600\n", 2, 13, "1 to 4 digits");
	refused("3692217600 0x25\n", 1, 12, "1 to 4 digits");
	refused("3692217600 12345\n", 1, 12, "1 to 4 digits");
	refused("3692217600 37 Jan\n", 1, 15, "comment");
	refused("3692217600,37\n", 1, 1, "1 to 11 digits");
	refused("hello\n", 1, 1, "1 to 11 digits");
	/* not at midnight, not at the first of a month, not in order */
	refused("3692217601 37\n", 1, 1, "00:00:00");
	refused("3692304000 37\n", 1, 1, "first of a month");
	refused("3692217600 37\n3644697600 38\n", 2, 1, "later");
	refused("3692217600 37\n3692217600 38\n", 2, 1, "later");
	refused("3644697600 36\n3692217600 38\n", 2, 1, "differs by 1");
	refused("3644697600 36\n3692217600 36\n", 2, 1, "differs by 1");

	memset(many, '\n', sizeof(many));
	ATF_CHECK_EQ(-1, parse(many, LEAP_FILE_MAX + 1));
	ATF_CHECK(line == 0 && strstr(err, "64K") != NULL);
	ATF_CHECK_EQ(-1, parse(many, LEAP_FILE_MAX));
	ATF_CHECK(line == 0 && strstr(err, "`#@'") != NULL);
	/* an error that does not fit is cut, and ends in a NUL */
	memset(err, 'x', sizeof(err));
	ATF_CHECK_EQ(-1, leap_parse("x", 1, &table, &line, &column, err, 8));
	ATF_CHECK_EQ(7, strlen(err));
	ATF_CHECK_EQ('x', err[8]);
}

ATF_TC_WITHOUT_HEAD(octets_that_are_no_text);
ATF_TC_BODY(octets_that_are_no_text, tc)
{
	static const char	 nul[] = "#@ 4448988800\0\n3692217600 37\n";
	static const char	 high[] = "# caf\xe9 \0 \xff\n"
				    "#@ 4448988800\n3692217600 37\n";
	char			 text[16];
	int			 i;

	ATF_CHECK_EQ(-1, parse(nul, sizeof(nul) - 1));
	ATF_CHECK(line == 1 && column == 4);
	ATF_CHECK_EQ(0, parse(high, sizeof(high) - 1));
	for (i = 0; i < 256; i++) {
		memset(text, i, sizeof(text));
		ATF_CHECK_EQ(-1, parse(text, sizeof(text)));
	}
}

ATF_TC_WITHOUT_HEAD(as_many_entries_as_fit);
ATF_TC_BODY(as_many_entries_as_fit, tc)
{
	char		 text[LEAP_FILE_MAX];
	size_t		 len;
	int64_t		 day = 11017;	/* 2000-03-01 */
	unsigned int	 n = 0;

	len = (size_t)snprintf(text, sizeof(text), "#@ 9999999999\n");
	for (; n < LEAP_MAX; day++)
		if (leap_first_of_month(day))
			len += (size_t)snprintf(text + len,
			    sizeof(text) - len, "%lld %u\n",
			    (long long)NTP(day * DAY), 30 + n++);
	ATF_CHECK_EQ(0, parse(text, len));
	ATF_CHECK_EQ(LEAP_MAX, table.n);
	while (!leap_first_of_month(day))
		day++;
	len += (size_t)snprintf(text + len, sizeof(text) - len, "%lld %u\n",
	    (long long)NTP(day * DAY), 30 + n);
	ATF_CHECK_EQ(-1, parse(text, len));
	ATF_CHECK_EQ(LEAP_MAX + 2, line);
	ATF_CHECK(strstr(err, "128") != NULL);
}

ATF_TC_WITHOUT_HEAD(s3_on_the_last_day_only);
ATF_TC_BODY(s3_on_the_last_day_only, tc)
{
	static const struct {
		int64_t	 at;
		uint8_t	 leap;
	}			 leaps[] = { { Y2017_JAN, NTP_LEAP_INSERT },
				    { Y2030_JAN, NTP_LEAP_DELETE },
				    { Y2040_JUL, NTP_LEAP_INSERT } };
	int64_t			 at;
	size_t			 i;

	use_list();
	for (i = 0; i < NITEMS(leaps); i++) {
		at = leaps[i].at;
		ATF_CHECK_EQ(NTP_LEAP_NONE, leap_pending(&table,
		    at - DAY - 1));
		ATF_CHECK_EQ(leaps[i].leap, leap_pending(&table, at - DAY));
		ATF_CHECK_EQ(leaps[i].leap, leap_pending(&table, at - 1));
		ATF_CHECK_EQ(NTP_LEAP_NONE, leap_pending(&table, at));
	}
	/* where the list begins there is no leap second */
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_pending(&table, Y2015_JUL - 1));
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_pending(&table, INT64_MIN));
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_pending(&table, INT64_MAX));
}

ATF_TC_WITHOUT_HEAD(next_last_tai);
ATF_TC_BODY(next_last_tai, tc)
{
	int64_t	 at;
	int	 delta;
	bool	 valid;

	use_list();
	ATF_CHECK(leap_next(&table, INT64_MIN, &at, &delta));
	ATF_CHECK(at == Y2017_JAN && delta == 1);
	ATF_CHECK(leap_next(&table, Y2017_JAN - 1, &at, &delta));
	ATF_CHECK(at == Y2017_JAN && delta == 1);
	ATF_CHECK(leap_next(&table, Y2017_JAN, &at, &delta));
	ATF_CHECK(at == Y2030_JAN && delta == -1);
	ATF_CHECK(!leap_next(&table, Y2040_JUL, &at, &delta));
	ATF_CHECK(!leap_last(&table, Y2017_JAN - 1, &at, &delta));
	ATF_CHECK(leap_last(&table, Y2017_JAN, &at, &delta));
	ATF_CHECK(at == Y2017_JAN && delta == 1);
	ATF_CHECK(leap_last(&table, Y2040_JUL - 1, &at, &delta));
	ATF_CHECK(at == Y2030_JAN && delta == -1);
	ATF_CHECK(leap_last(&table, INT64_MAX, &at, &delta));
	ATF_CHECK(at == Y2040_JUL && delta == 1);

	ATF_CHECK_EQ(0, leap_tai(&table, Y2015_JUL - 1, &valid));
	ATF_CHECK(!valid);
	ATF_CHECK_EQ(36, leap_tai(&table, Y2015_JUL, &valid));
	ATF_CHECK(valid);
	ATF_CHECK_EQ(36, leap_tai(&table, Y2017_JAN - 1, &valid));
	ATF_CHECK_EQ(37, leap_tai(&table, Y2017_JAN, &valid));
	ATF_CHECK_EQ(36, leap_tai(&table, Y2030_JAN, &valid));
	ATF_CHECK_EQ(37, leap_tai(&table, EXPIRES - 1, &valid));
	ATF_CHECK(valid && !leap_expired(&table, EXPIRES - 1));
	ATF_CHECK_EQ(0, leap_tai(&table, EXPIRES, &valid));
	ATF_CHECK(!valid && leap_expired(&table, EXPIRES));
}

/* A block that came from another process. */
ATF_TC_WITHOUT_HEAD(hostile_tables);
ATF_TC_BODY(hostile_tables, tc)
{
	struct leap_table	 t;
	struct {
		struct leap_table	 t;
		int64_t			 next_at;
		int32_t			 next_tai, pad;
	}			 past;
	int64_t			 day;
	int			 i;

	use_list();
	for (i = 0; i < 15; i++) {
		t = table;
		switch (i) {
		case 0: t.n = 0; break;
		case 1: t.n = LEAP_MAX + 1; break;
		case 2: t.n = UINT32_MAX; break;
		case 3: t.n++; break;			/* of zeroes */
		case 4: t.entry[1].at++; break;
		case 5: t.entry[1].at = t.entry[0].at; break;
		case 6: t.entry[1].at = INT64_MAX; break;
		case 7: t.entry[0].at = INT64_MIN; break;
		case 8: t.entry[1].tai = t.entry[0].tai; break;
		case 9: t.entry[1].tai += 2; break;
		case 10: t.entry[3].tai = INT32_MIN; break;
		case 11: t.expires = INT64_MAX; break;
		case 12: t.updated = INT64_MIN; break;
		case 13: t.entry[1].at += DAY; break;
		case 14:
			t.entry[0].tai = INT32_MAX;
			t.entry[1].tai = INT32_MIN;
			break;
		}
		ATF_CHECK_EQ_MSG(-1, leap_table_check(&t), "case %d", i);
	}
	/* a full one, behind which happens to lie what would fit */
	memset(&past, 0, sizeof(past));
	for (i = 0, day = 0; i < LEAP_MAX; day++)
		if (leap_first_of_month(day)) {
			past.t.entry[i].at = day * DAY;
			past.t.entry[i].tai = i;
			i++;
		}
	while (!leap_first_of_month(day))
		day++;
	past.next_at = day * DAY;
	past.next_tai = LEAP_MAX;
	past.t.n = LEAP_MAX;
	ATF_CHECK_EQ(0, leap_table_check(&past.t));
	past.t.n++;
	ATF_CHECK_EQ(-1, leap_table_check(&past.t));
	t = table;
	t.n = 1;
	t.entry[0].tai = INT32_MIN;	/* the first may be anything */
	ATF_CHECK_EQ(0, leap_table_check(&t));
}

ATF_TC_WITHOUT_HEAD(firsts_of_months);
ATF_TC_BODY(firsts_of_months, tc)
{
	static const int	 lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31,
				    30, 31, 30, 31 };
	int64_t			 day = -134774;		/* 1601-01-01 */
	int			 year, month, mday, n;

	for (year = 1601; year <= 2500; year++)
		for (month = 0; month < 12; month++) {
			n = lengths[month];
			if (month == 1 && year % 4 == 0 &&
			    (year % 100 != 0 || year % 400 == 0))
				n++;
			for (mday = 1; mday <= n; mday++, day++)
				if (leap_first_of_month(day) != (mday == 1))
					atf_tc_fail("%d-%d-%d", year,
					    month + 1, mday);
		}
	(void)leap_first_of_month(INT64_MIN);
	(void)leap_first_of_month(INT64_MAX);
}

ATF_TC_WITHOUT_HEAD(the_systems_own_list);
ATF_TC_BODY(the_systems_own_list, tc)
{
	char	 text[LEAP_FILE_MAX + 1], *p;
	size_t	 len;
	FILE	*f;
	bool	 valid;

	if ((f = fopen(SYSTEM_FILE, "re")) == NULL)
		atf_tc_skip("no %s (package tzdata)", SYSTEM_FILE);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	ATF_REQUIRE_EQ_MSG(0, parse(text, len), "%u:%u: %s", line, column,
	    err);
	ATF_CHECK(table.n >= 28);
	ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_pending(&table, Y2017_JAN - 1));
	ATF_CHECK_EQ(37, leap_tai(&table, Y2017_JAN, &valid));
	ATF_CHECK(valid);
	/* any one digit of it changed is seen */
	ATF_REQUIRE((p = memmem(text, len, "3692217600", 10)) != NULL);
	p[12 + strspn(p + 11, " \t")]++;		/* 37 to 38 */
	ATF_CHECK_EQ(-1, parse(text, len));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reads_a_list);
	ATF_TP_ADD_TC(tp, hash);
	ATF_TP_ADD_TC(tp, hash_without_leading_zeros);
	ATF_TP_ADD_TC(tp, errors_say_where);
	ATF_TP_ADD_TC(tp, octets_that_are_no_text);
	ATF_TP_ADD_TC(tp, as_many_entries_as_fit);
	ATF_TP_ADD_TC(tp, s3_on_the_last_day_only);
	ATF_TP_ADD_TC(tp, next_last_tai);
	ATF_TP_ADD_TC(tp, hostile_tables);
	ATF_TP_ADD_TC(tp, firsts_of_months);
	ATF_TP_ADD_TC(tp, the_systems_own_list);

	return (atf_no_error());
}
