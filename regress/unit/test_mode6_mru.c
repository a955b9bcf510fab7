/* SPDX-License-Identifier: ISC */
/* mode6_mru.c: ntpq's `mrulist', its nonce and how it goes on. */
#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mode6.h"
#include "ntp_packet.h"

#define NROWS	2000
#define NOW	UINT64_C(0xfffffff800000000)	/* an era ends meanwhile */
#define SECOND	(UINT64_C(1) << 32)

static struct mode6_row		 rows[NROWS];
static struct mode6_view	 view;
static struct mode6_reply	 reply;
static struct mode6_state	 state = { { 3, 4 } };
static struct addr		 from;
static char			 nonce[32];
static bool			 seen[NROWS];
static unsigned int		 max = MODE6_FRAGMENTS;

static void
setup(size_t n)
{
	size_t	 i;

	memset(rows, 0, sizeof(rows));
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < n; i++) {
		rows[i].addr.family = i % 2 == 0 ? AF_INET : AF_INET6;
		rows[i].addr.ip[0] = i % 2 == 0 ? 10 : 0x20;
		rows[i].addr.ip[2] = (uint8_t)(i >> 8);
		rows[i].addr.ip[3] = (uint8_t)i;
		rows[i].addr.port = (uint16_t)(i % 5 == 0 ? 0 : i);
		/* five at a time have been heard last */
		rows[i].last = NOW + (i / 5) * (SECOND / 20);
		rows[i].first = rows[i].last - 7 * SECOND;
		rows[i].count = (uint32_t)i + 1;
		rows[i].drops = i % 10 == 0 ? 3 : 0;
		rows[i].restrictions = i % 10 == 0 ? MODE6_LIMITED :
		    i % 10 == 1 ? MODE6_LIMITED | MODE6_KOD : 0;
		rows[i].mode = NTP_MODE_CLIENT;
		rows[i].version = 4;
	}
	memset(&view, 0, sizeof(view));
	view.row = rows;
	view.nrows = n;
	view.now = NOW + 30 * SECOND;
	ATF_REQUIRE_EQ(0, addr_parse(&from, "192.0.2.1:40000", 0));
	max = MODE6_FRAGMENTS;
}

/* The answer's data as a string, or NULL for silence. */
static const char *
ask(uint8_t opcode, const char *data)
{
	static uint8_t		 packet[12 + MODE6_DATA_LEN + 4];
	struct mode6_request	 r;
	size_t			 len = strlen(data);

	ATF_REQUIRE(len <= MODE6_DATA_LEN);
	memset(packet, 0, sizeof(packet));
	packet[0] = 0x16;
	packet[1] = opcode;
	packet[10] = (uint8_t)(len >> 8);
	packet[11] = (uint8_t)len;
	memcpy(packet + 12, data, len);
	ATF_REQUIRE_EQ(0, mode6_parse(&r, packet, 12 + ((len + 3) &
	    ~(size_t)3)));
	if (mode6_answer(&reply, &view, &state, &r, &from, max) == 0)
		return (NULL);
	ATF_REQUIRE(reply.len < sizeof(reply.data));
	reply.data[reply.len] = '\0';
	return ((const char *)reply.data);
}

static void	 take_nonce(void);
static const char *mru(const char *, ...)
		    __attribute__((__format__(printf, 1, 2)));

static void
take_nonce(void)
{
	const char	*answer = ask(MODE6_REQ_NONCE, "");

	ATF_REQUIRE(answer != NULL && strlen(answer) == 24);
	snprintf(nonce, sizeof(nonce), "%.22s", answer);
}

static const char *
mru(const char *fmt, ...)
{
	char		 data[MODE6_DATA_LEN + 1];
	va_list		 ap;
	int		 n;

	n = snprintf(data, sizeof(data), "%s, ", nonce);
	va_start(ap, fmt);
	vsnprintf(data + n, sizeof(data) - (size_t)n, fmt, ap);
	va_end(ap);
	return (ask(MODE6_READ_MRU, data));
}

static unsigned int
count(const char *answer, const char *tag)
{
	unsigned int	 n = 0;

	while ((answer = strstr(answer, tag)) != NULL) {
		answer += strlen(tag);
		n++;
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(nonce_form);
ATF_TC_BODY(nonce_form, tc)
{
	const char	*answer;

	setup(0);
	answer = ask(MODE6_REQ_NONCE, "");
	ATF_REQUIRE(answer != NULL);
	ATF_CHECK_EQ(0, strncmp(answer, "nonce=", 6));
	ATF_CHECK_EQ(16, strspn(answer + 6, "0123456789abcdef"));
	ATF_CHECK_STREQ("\r\n", answer + 22);
	take_nonce();
	ATF_CHECK(mru("frags=1") != NULL);
}

ATF_TC(bad_nonce);
ATF_TC_HEAD(bad_nonce, tc)
{
	atf_tc_set_md_var(tc, "descr", "a bad, foreign or old nonce gets "
	    "silence");
}
ATF_TC_BODY(bad_nonce, tc)
{
	char	 first[sizeof(nonce)];

	setup(5);
	ATF_CHECK(ask(MODE6_READ_MRU, "") == NULL);
	ATF_CHECK(ask(MODE6_READ_MRU, "frags=1") == NULL);
	ATF_CHECK(ask(MODE6_READ_MRU, "nonce=, frags=1") == NULL);
	ATF_CHECK(ask(MODE6_READ_MRU, "nonce=0123456789abcdef, frags=1") ==
	    NULL);
	take_nonce();
	memcpy(first, nonce, sizeof(first));
	nonce[21] ^= 1;
	ATF_CHECK(mru("frags=1") == NULL);
	nonce[21] ^= 1;
	strlcat(nonce, "0", sizeof(nonce));
	ATF_CHECK(mru("frags=1") == NULL);
	/* silence also if something else is wrong */
	ATF_CHECK(mru("frags=x") == NULL);
	memcpy(nonce, first, sizeof(nonce));
	from.ip[3]++;
	ATF_CHECK(mru("frags=1") == NULL);
	from.ip[3]--;
	from.port++;
	ATF_CHECK(mru("frags=1") == NULL);
	from.port--;
	state.key.k0++;
	ATF_CHECK(mru("frags=1") == NULL);
	state.key.k0--;

	ATF_CHECK(mru("frags=1") != NULL);
	view.now += (uint64_t)MODE6_NONCE_LIFE << 32;
	ATF_CHECK(mru("frags=1") != NULL);
	view.now += 8 * SECOND;
	ATF_CHECK(mru("frags=1") == NULL);
	/* nor does the future count */
	view.now = NOW;
	ATF_CHECK(mru("frags=1") == NULL);
}

ATF_TC_WITHOUT_HEAD(rows_in_full);
ATF_TC_BODY(rows_in_full, tc)
{
	char		 want[1000];
	const char	*answer;

	setup(2);
	rows[1].restrictions = MODE6_LIMITED;
	rows[1].addr.scope = 3;
	take_nonce();
	answer = mru("frags=32");
	ATF_REQUIRE(answer != NULL);
	snprintf(want, sizeof(want), "%s, "
	    "addr.0=10.0.0.0:0, last.0=0xfffffff8.00000000,\r\n"
	    "first.0=0xfffffff1.00000000, ct.0=1, mv.0=35, rs.0=0x20, "
	    "dr.0=3,\r\n"
	    "addr.1=[2000:1::%%3]:1, last.1=0xfffffff8.00000000,\r\n"
	    "first.1=0xfffffff1.00000000, ct.1=2, mv.1=35, rs.1=0x20, "
	    "dr.1=0,\r\n"
	    "now=0x00000016.00000000, last.newest=0xfffffff8.00000000\r\n",
	    nonce);
	ATF_CHECK_STREQ(want, answer);
	setup(0);
	answer = mru("frags=32");
	ATF_REQUIRE(answer != NULL);
	snprintf(want, sizeof(want), "%s, now=0x00000016.00000000\r\n",
	    nonce);
	ATF_CHECK_STREQ(want, answer);
}

/* The rows of an answer, and the request to go on with, as ntpq makes it. */
static unsigned int
take_rows(const char *answer, char *next, size_t size)
{
	char		 tag[24], addr[80], last[32], piece[160], all[600] = "";
	const char	*p;
	unsigned int	 n, row = 0, i;
	size_t		 k;

	for (n = 0; ; n++) {
		snprintf(tag, sizeof(tag), "addr.%u=", n);
		if ((p = strstr(answer, tag)) == NULL)
			break;
		ATF_REQUIRE_EQ(1, sscanf(p + strlen(tag), "%79[^,]", addr));
		snprintf(tag, sizeof(tag), "ct.%u=", n);
		ATF_REQUIRE((p = strstr(answer, tag)) != NULL);
		row = (unsigned int)strtoul(p + strlen(tag), NULL, 10) - 1;
		ATF_REQUIRE(row < NROWS);
		seen[row] = true;
	}
	for (i = 0; i < n && i < 16; i++) {
		snprintf(tag, sizeof(tag), "addr.%u=", n - 1 - i);
		p = strstr(answer, tag);
		sscanf(p + strlen(tag), "%79[^,]", addr);
		snprintf(tag, sizeof(tag), "last.%u=", n - 1 - i);
		p = strstr(answer, tag);
		sscanf(p + strlen(tag), "%31[^,]", last);
		k = (size_t)snprintf(piece, sizeof(piece),
		    ", addr.%u=%s, last.%u=%s", i, addr, i, last);
		if (strlen(all) + k > 400)
			break;
		strlcat(all, piece, sizeof(all));
	}
	strlcpy(next, all, size);
	return (n);
}

static unsigned int
all_seen(void)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < view.nrows; i++)
		n += seen[i];
	return (n);
}

/* Reads all; changes(i) happens to the list after the i-th answer. */
static unsigned int
read_all(const char *limits, void (*changes)(unsigned int))
{
	char		 next[600] = "";
	const char	*answer;
	unsigned int	 i, n = 0;

	take_nonce();
	for (i = 0; i < 10000; i++) {
		if ((answer = mru("%s%s", limits, next)) == NULL)
			atf_tc_fail("silence at %u", i);
		ATF_REQUIRE(!reply.error);
		/* C ntpq aborts without this */
		if (i > 0)
			ATF_CHECK(strstr(answer, "last.older=") != NULL &&
			    strstr(answer, "addr.older=") != NULL);
		if (strstr(answer, "now=") != NULL) {
			n += take_rows(answer, next, sizeof(next));
			return (n);
		}
		ATF_REQUIRE((n += take_rows(answer, next, sizeof(next))) > 0);
		if (changes != NULL)
			changes(i);
	}
	atf_tc_fail("no end");
}

ATF_TC_WITHOUT_HEAD(goes_on);
ATF_TC_BODY(goes_on, tc)
{
	static const char *const	 limits[] = { "frags=32", "frags=1",
					    "frags=2", "limit=2", "limit=7",
					    "frags=3, limit=4", "frags=999" };
	size_t				 i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		setup(NROWS);
		/* each row just once, although five share a time */
		ATF_CHECK_EQ_MSG(NROWS, read_all(limits[i], NULL), "%s",
		    limits[i]);
		ATF_CHECK_EQ(NROWS, all_seen());
	}
	setup(NROWS);
	take_nonce();
	ATF_REQUIRE(mru("frags=32, limit=7") != NULL);
	ATF_CHECK_EQ(7, count((const char *)reply.data, "addr."));
	/* the answer has its bound, whatever is allowed */
	max = 1000000;
	ATF_REQUIRE(mru("frags=1000") != NULL);
	ATF_CHECK_EQ(MODE6_FRAGMENTS, reply.fragments);
	/* what a small budget leaves */
	setup(NROWS);
	max = 2;
	ATF_CHECK_EQ(NROWS, read_all("frags=32", NULL));
	ATF_CHECK_EQ(NROWS, all_seen());
}

/* The newest rows that ntpq has are heard again. */
static void
bump(unsigned int i)
{
	struct mode6_row	 moved[40];
	size_t			 end = 0, n = sizeof(moved) / sizeof(moved[0]);
	size_t			 k;

	(void)i;
	for (k = 0; k < view.nrows; k++)
		if (seen[rows[k].count - 1] && rows[k].version == 4)
			end = k + 1;
	if (end < n || view.now > NOW + 40 * SECOND)
		return;
	view.now += SECOND / 2;
	memcpy(moved, &rows[end - n], sizeof(moved));
	memmove(&rows[end - n], &rows[end], (view.nrows - end) *
	    sizeof(rows[0]));
	for (k = 0; k < n; k++) {
		moved[k].last = view.now;
		moved[k].version = 3;	/* not the newest that ntpq has */
	}
	memcpy(&rows[view.nrows - n], moved, sizeof(moved));
}

/* The oldest rows make room. */
static void
evict(unsigned int i)
{
	(void)i;
	if (view.nrows > 600) {
		view.row += 200;
		view.nrows -= 200;
	}
}

ATF_TC_WITHOUT_HEAD(goes_on_when_the_list_moves);
ATF_TC_BODY(goes_on_when_the_list_moves, tc)
{
	unsigned int	 n;

	setup(NROWS);
	/* what is heard again comes again, and little else does */
	n = read_all("frags=32", bump);
	ATF_CHECK_MSG(n >= NROWS + 700 && n < NROWS + 1000, "%u", n);
	ATF_CHECK_EQ(NROWS, all_seen());
	setup(NROWS);
	ATF_CHECK(read_all("frags=8", evict) > 0);
	ATF_CHECK(seen[NROWS - 1] && seen[NROWS - 400]);
}

ATF_TC_WITHOUT_HEAD(filters);
ATF_TC_BODY(filters, tc)
{
	static const struct {
		const char	*limits;
		unsigned int	 n;
	} cases[] = {
		{ "frags=32, mincount=91", 10 },
		{ "frags=32, mindrop=3", 10 },
		{ "frags=32, mindrop=4", 0 },
		{ "frags=32, resall=0x420", 10 },
		{ "frags=32, resany=0x20", 20 },
		{ "frags=32, resany=0x400", 10 },
		{ "frags=32, resall=0x420, resany=0x1", 10 },
		{ "frags=32, recent=7", 7 },
		{ "frags=32, recent=700", 100 },
		/* heard last 30.00 to 29.05 seconds ago */
		{ "frags=32, maxlstint=29", 0 },
		{ "frags=32, maxlstint=30", 100 },
		{ "frags=32, minlstint=30", 5 },
		{ "frags=32, laddr=[::1]:123, unheard=of, this", 100 }
	};
	size_t	 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setup(100);
		ATF_CHECK_EQ_MSG(cases[i].n, read_all(cases[i].limits, NULL),
		    "%s", cases[i].limits);
	}
	/* also when it takes more than one answer */
	setup(NROWS);
	ATF_CHECK_EQ(400, read_all("frags=2, resany=0x20", NULL));
}

ATF_TC_WITHOUT_HEAD(named_sources);
ATF_TC_BODY(named_sources, tc)
{
	const char	*answer;

	setup(100);
	take_nonce();
	answer = mru("frags=32, limit=1, addr.0=10.0.0.4:9, "
	    "addr.1=192.0.2.9:1, addr.15=[2000:5::]:5");
	ATF_REQUIRE(answer != NULL);
	ATF_CHECK_EQ(2, count(answer, "addr."));
	ATF_CHECK(strstr(answer, "addr.0=10.0.0.4:4,") != NULL);
	ATF_CHECK(strstr(answer, "addr.15=[2000:5::]:0,") != NULL);
	ATF_CHECK(strstr(answer, "now=") != NULL);
	/* of another link, thus another source */
	answer = mru("frags=32, limit=1, addr.0=[2000:5::%%2]:5");
	ATF_REQUIRE(answer != NULL);
	ATF_CHECK_EQ(0, count(answer, "addr."));
}

ATF_TC_WITHOUT_HEAD(bad_values);
ATF_TC_BODY(bad_values, tc)
{
	static const char *const	 bad[] = { "frags=", "frags=x",
					    "frags=-1", "frags=4294967296",
					    "frags=1, mincount=2.5",
					    "frags=1, resall=20",
					    "frags=1, resany=0x",
					    "frags=1, resany=0x123456789",
					    "frags=1, addr.0=localhost",
					    "frags=1, addr.0=[::1",
					    "frags=1, addr.0=[fe80::1%lo]:1",
					    "frags=1, addr.0=1.2.3.4:65536",
					    "frags=1, addr.0=1.2.3.4:",
					    "frags=1, addr.0=1.2.3.4000000000"
					    "00000000000000000000000000000000"
					    "00000000000000000000000000000000"
					    "00000000000000000000000000000000",
					    "frags=1, last.0=0xfg.1",
					    "frags=1, addr.0=::1",
					    "frags=1, last.0=1",
					    "frags=1, last.0=0x1",
					    "frags=1, last.0=0x1.",
					    "frags=1, last.0=0x.1",
					    "frags=1, last.0=0x1.123456789" };
	size_t				 i;

	setup(5);
	take_nonce();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_REQUIRE(mru("%s", bad[i]) != NULL);
		ATF_CHECK_EQ_MSG(0x0200, reply.status, "%s", bad[i]);
		ATF_CHECK(reply.error);
	}
	/* neither frags nor limit: what makes ntpq try the other one */
	ATF_REQUIRE(mru("frags=0") != NULL);
	ATF_CHECK_EQ(0x0600, reply.status);
	ATF_REQUIRE(mru("mincount=1") != NULL);
	ATF_CHECK_EQ(0x0600, reply.status);
	/* not bad: rows that we take no notice of, halves of a row */
	ATF_REQUIRE(mru("frags=9, addr.16=x, last.99=y, addr.x=") != NULL);
	ATF_CHECK(!reply.error);
	ATF_REQUIRE(mru("frags=9, addr.0=10.0.0.4:4") != NULL);
	ATF_CHECK_EQ(5, count((const char *)reply.data, "addr."));
	ATF_REQUIRE(mru("frags=9, last.0=0xffffffff.0") != NULL);
	ATF_CHECK_EQ(5, count((const char *)reply.data, "addr."));
}

ATF_TC_WITHOUT_HEAD(one_fragment_holds_a_row);
ATF_TC_BODY(one_fragment_holds_a_row, tc)
{
	const char	*answer;
	struct mode6_row *row = &rows[1];

	/* the longest of everything: or ntpq would never get on */
	setup(2);
	memset(row->addr.ip, 0xff, sizeof(row->addr.ip));
	row->addr.port = UINT16_MAX;
	row->addr.scope = UINT32_MAX;
	row->count = row->drops = UINT32_MAX;
	row->restrictions = UINT16_MAX;
	rows[0].addr = row->addr;
	take_nonce();
	answer = mru("frags=1, addr.0=[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	    "%%4294967295]:65535, last.0=0xfffffff8.0");
	ATF_REQUIRE(answer != NULL);
	ATF_CHECK_EQ(1, reply.fragments);
	ATF_CHECK(strstr(answer, "addr.older=[ffff:ffff:") != NULL);
	ATF_CHECK(strstr(answer, "dr.0=4294967295,") != NULL);
	ATF_CHECK(strstr(answer, "last.newest=") != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nonce_form);
	ATF_TP_ADD_TC(tp, bad_nonce);
	ATF_TP_ADD_TC(tp, rows_in_full);
	ATF_TP_ADD_TC(tp, goes_on);
	ATF_TP_ADD_TC(tp, goes_on_when_the_list_moves);
	ATF_TP_ADD_TC(tp, filters);
	ATF_TP_ADD_TC(tp, named_sources);
	ATF_TP_ADD_TC(tp, bad_values);
	ATF_TP_ADD_TC(tp, one_fragment_holds_a_row);
	return (atf_no_error());
}
