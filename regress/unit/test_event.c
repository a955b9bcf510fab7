/* SPDX-License-Identifier: ISC */
/* event.c: what is shown and what is left out add up to what matched. */

#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "event.h"

#define MS	UINT64_C(1000000)
#define SECOND	(1000 * MS)

static struct event_buffer		 buf;
static const uint8_t			 ip4[4] = { 192, 0, 2, 7 };
static const uint8_t			 ip6[16] = { 0x20, 1, 0xd, 0xb8 };
static const struct event_filter	 any;

static void	 watch(unsigned int, const char *, const char *, unsigned int,
		    uint32_t);
static uint16_t	 request(bool, unsigned int, enum event_verdict, uint64_t,
		    uint32_t);

/* A slot with a filter in words, "" for none; version 0: any. */
static void
watch(unsigned int slot, const char *from, const char *verdict,
    unsigned int version, uint32_t rate)
{
	struct event_filter	 f;

	memset(&f, 0, sizeof(f));
	if (*from != '\0')
		ATF_REQUIRE_EQ(NULL, prefix_parse(&f.from, from));
	if (*verdict != '\0')
		ATF_REQUIRE((f.verdicts = event_verdict_find(verdict)) != 0);
	if (version != 0)
		f.versions = (uint8_t)(1U << version);
	ATF_REQUIRE(event_filter_ok(&f));
	event_watch(&buf, slot, 7 + slot, &f, rate);
}

static uint16_t
request(bool v6, unsigned int version, enum event_verdict verdict,
    uint64_t mono, uint32_t random)
{
	struct event_request	 e;
	uint16_t		 slots;

	slots = event_choose(&buf, v6, v6 ? ip6 : ip4, version, verdict, mono,
	    random);
	memset(&e, 0, sizeof(e));
	e.slots = slots;
	e.verdict = (uint8_t)verdict;
	if (slots != 0)
		event_put(&buf, &e);
	return (slots);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	ATF_CHECK_EQ(64, sizeof(struct event_request));
	ATF_CHECK_EQ(24, sizeof(struct event_filter));
}

ATF_TC_WITHOUT_HEAD(filters);
ATF_TC_BODY(filters, tc)
{
	memset(&buf, 0, sizeof(buf));
	ATF_CHECK_EQ(0, request(false, 4, EVENT_ANSWERED, 1, 0));
	watch(0, "", "", 0, 1000);
	watch(1, "192.0.2.0/24", "", 0, 1000);
	watch(2, "2001:db8::/32", "", 0, 1000);
	watch(3, "", "dropped", 0, 1000);
	watch(4, "", "ratelimit", 3, 1000);
	watch(8, "198.51.100.0/24", "", 0, 1000);
	ATF_CHECK_EQ(0x003, request(false, 4, EVENT_ANSWERED, 1, 0));
	ATF_CHECK_EQ(0x005, request(true, 4, EVENT_ANSWERED, 1, 0));
	ATF_CHECK_EQ(0x01b, request(false, 3, EVENT_RATELIMIT, 1, 0));
	ATF_CHECK_EQ(0x00b, request(false, 4, EVENT_RATELIMIT, 1, 0));
	ATF_CHECK_EQ(0x003, request(false, 3, EVENT_RELAYED, 1, 0));
	ATF_CHECK_EQ(5, buf.n);
	ATF_CHECK_EQ(0, event_left_out(&buf, 0));
	ATF_CHECK(event_buffer_ok(&buf));
	/* Nobody's any more: what is there for it is gone. */
	event_watch(&buf, 1, 0, &any, 0);
	ATF_CHECK_EQ(0x001, buf.event[0].slots);
	ATF_CHECK_EQ(0x11d, buf.on);
	ATF_CHECK_EQ(0x001, request(false, 4, EVENT_ANSWERED, 1, 0));
}

ATF_TC_WITHOUT_HEAD(watcher_stays);
ATF_TC_BODY(watcher_stays, tc)
{
	memset(&buf, 0, sizeof(buf));
	watch(1, "", "", 0, 1000);
	request(false, 4, EVENT_ANSWERED, 1, 0);
	event_watch(&buf, 1, 8, &any, 1000);		/* the same */
	ATF_CHECK_EQ(1, buf.slot[1].matched);
	event_watch(&buf, 1, 9, &any, 1000);
	ATF_CHECK_EQ(0, buf.slot[1].matched);
	ATF_CHECK_EQ(0, buf.event[0].slots);
	ATF_CHECK_EQ(0, event_left_out(&buf, 1));
}

/* Whatever comes and however fast, turns and messages between: to the unit. */
ATF_TC_WITHOUT_HEAD(adds_up);
ATF_TC_BODY(adds_up, tc)
{
	uint64_t	 mono = SECOND, x = 88172645463325252, shown[2], all[2];
	uint64_t	 left[2];
	unsigned int	 i, k, n, turn;

	memset(&buf, 0, sizeof(buf));
	memset(shown, 0, sizeof(shown));
	memset(all, 0, sizeof(all));
	memset(left, 0, sizeof(left));
	watch(0, "", "", 0, 100);
	watch(1, "192.0.2.0/24", "", 0, 2000);
	for (turn = 0; turn < 400; turn++) {
		n = turn % 7 == 0 ? 0 : turn % 5 * 700;
		for (i = 0; i < n; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			mono += 25 * MS / n;
			all[0]++;
			all[1] += x & 1 ? 0 : 1;
			request(x & 1, 4, EVENT_ANSWERED, mono,
			    (uint32_t)(x >> 32));
		}
		event_turn(&buf, 25 * MS);
		if (turn % 3 != 0)		/* control is busy */
			continue;
		for (k = 0; k < 2; k++) {
			left[k] += event_left_out(&buf, k);
			for (i = 0; i < buf.n; i++)
				shown[k] += buf.event[i].slots >> k & 1;
		}
		event_emptied(&buf);
	}
	for (k = 0; k < 2; k++) {
		for (i = 0; i < buf.n; i++)
			shown[k] += buf.event[i].slots >> k & 1;
		left[k] += event_left_out(&buf, k);
		ATF_CHECK_EQ(all[k], shown[k] + left[k]);
		ATF_CHECK(left[k] > shown[k]);
	}
	/* ten seconds, and what was saved up */
	ATF_CHECK(shown[0] <= 100 * 10 + EVENT_MAX);
	ATF_CHECK(shown[1] <= 2000 * 10 + EVENT_MAX);
	ATF_CHECK(shown[1] > 2000);
}

/* A slow stream is shown whole; a fast one in a sample of all of the time. */
ATF_TC_WITHOUT_HEAD(sample);
ATF_TC_BODY(sample, tc)
{
	uint64_t	 mono = SECOND, x = 88172645463325252;
	unsigned int	 i, turn, half[2] = { 0, 0 };

	memset(&buf, 0, sizeof(buf));
	watch(1, "", "", 0, 2000);
	for (turn = 0; turn < 40; turn++) {
		for (i = 0; i < 45; i++)
			ATF_CHECK(request(false, 4, EVENT_ANSWERED,
			    mono += MS / 2, UINT32_MAX) != 0);
		event_turn(&buf, 25 * MS);
		ATF_CHECK_EQ(0, event_left_out(&buf, 1));
		event_emptied(&buf);
	}
	for (turn = 0; turn < 400; turn++) {
		for (i = 0; i < 2500; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			if (request(false, 4, EVENT_ANSWERED, mono += MS / 100,
			    (uint32_t)(x >> 32)) != 0 && turn > 10)
				half[i / 1250]++;
		}
		event_turn(&buf, 25 * MS);
		event_emptied(&buf);
	}
	ATF_CHECK_MSG(half[0] + half[1] > 17000, "%u", half[0] + half[1]);
	ATF_CHECK_MSG(half[1] > half[0] * 8 / 10 && half[0] > half[1] * 8 / 10,
	    "%u and %u", half[0], half[1]);
}

/* What a broken process left is not worked with. */
ATF_TC_WITHOUT_HEAD(broken);
ATF_TC_BODY(broken, tc)
{
#define BREAKS(what) do {						\
	memset(&buf, 0, sizeof(buf));					\
	watch(1, "", "", 0, 2000);					\
	request(false, 4, EVENT_ANSWERED, 1, 0);			\
	ATF_CHECK(event_buffer_ok(&buf));				\
	what;								\
	ATF_CHECK_MSG(!event_buffer_ok(&buf), #what);			\
} while (0)
	BREAKS(buf.n = EVENT_MAX + 1);
	BREAKS(buf.on = 0);
	BREAKS(buf.on = 1U << EVENT_SLOTS);
	BREAKS(buf.slot[0].serial = 1);
	BREAKS(buf.slot[1].filter.from.family = 5);
	BREAKS(buf.slot[1].filter.verdicts = 1U << EVENT_VERDICTS);
	BREAKS(buf.slot[1].rate = EVENT_RATE_MAX + 1);
	BREAKS(buf.event[0].verdict = EVENT_VERDICTS);
	BREAKS(buf.event[0].kiss = EVENT_KISSES);
	BREAKS(buf.event[0].slots = 1U << EVENT_SLOTS);
	BREAKS(buf.event[0].source.family = 1);
	BREAKS(buf.event[0].version = 8);
	BREAKS(buf.event[0].mode = 8);
	BREAKS(memset(buf.event[0].reason, 'x', POLICY_REASON_MAX));
	/* One that claims to have shown more than came has left out none. */
	memset(&buf, 0, sizeof(buf));
	watch(1, "", "", 0, 2000);
	request(false, 4, EVENT_ANSWERED, 1, 0);
	buf.slot[1].matched = 0;
	ATF_CHECK_EQ(0, event_left_out(&buf, 1));
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	unsigned int	 i, k;

	for (i = 0; i < EVENT_VERDICTS; i++) {
		ATF_CHECK_EQ(1U << i, event_verdict_find(
		    event_verdict_name(i)));
		for (k = 0; k < i; k++)
			ATF_CHECK(strcmp(event_verdict_name(i),
			    event_verdict_name(k)) != 0);
	}
	ATF_CHECK_STREQ("unknown", event_verdict_name(EVENT_VERDICTS));
	ATF_CHECK_EQ(0, event_verdict_find("unknown"));
	ATF_CHECK_EQ(0, event_verdict_find(""));
	ATF_CHECK_EQ(event_verdict_find("malformed") |
	    event_verdict_find("version") | event_verdict_find("mode") |
	    event_verdict_find("source") | event_verdict_find("destination") |
	    event_verdict_find("auth") | event_verdict_find("ratelimit") |
	    event_verdict_find("policy") | event_verdict_find("denied"),
	    event_verdict_find("dropped"));
	for (i = 0; i < EVENT_KINDS; i++)
		ATF_CHECK(event_kind_name(i) != NULL);
	ATF_CHECK_STREQ("unknown", event_kind_name(EVENT_KINDS));
	ATF_CHECK_EQ(NULL, event_kiss_name(EVENT_NO_KISS));
	ATF_CHECK_STREQ("RATE", event_kiss_name(EVENT_RATE));
	ATF_CHECK_EQ(NULL, event_kiss_name(EVENT_KISSES));
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	struct event_request	 e;
	char			 text[EVENT_STRLEN];

	memset(&e, 0, sizeof(e));
	e.source.family = AF_INET;
	e.source.port = 49152;
	memcpy(e.source.ip, ip4, sizeof(ip4));
	e.version = 4;
	e.mode = 3;
	e.took = 12345;
	ATF_CHECK_STREQ("request from 192.0.2.7 version=4",
	    event_format(&e, false, text, sizeof(text)));
	ATF_CHECK_STREQ("request from 192.0.2.7:49152 version=4 mode=3 "
	    "verdict=answered took=12345ns",
	    event_format(&e, true, text, sizeof(text)));
	e.source.family = AF_INET6;
	memcpy(e.source.ip, ip6, sizeof(ip6));
	e.verdict = EVENT_POLICY;
	e.took = EVENT_UNKNOWN;
	e.rule = 3;
	e.kiss = EVENT_DENY;
	strlcpy(e.reason, "abuse", sizeof(e.reason));
	ATF_CHECK_STREQ("request from 2001:db8:: version=4",
	    event_format(&e, false, text, sizeof(text)));
	ATF_CHECK_STREQ("request from [2001:db8::]:49152 version=4 mode=3 "
	    "verdict=policy kiss=DENY rule=3 reason=abuse",
	    event_format(&e, true, text, sizeof(text)));
	/* A configuration can say no such thing; a broken engine could. */
	strlcpy(e.reason, "a\033[2J\n\x9b\x7f b", sizeof(e.reason));
	ATF_CHECK_STREQ("request from [2001:db8::]:49152 version=4 mode=3 "
	    "verdict=policy kiss=DENY rule=3 reason=a?[2J????b",
	    event_format(&e, true, text, sizeof(text)));
	e.source.family = 99;
	ATF_CHECK_STREQ("request from - version=4",
	    event_format(&e, false, text, sizeof(text)));
	/* cut, never past the end */
	ATF_CHECK_STREQ("request f", event_format(&e, true, text, 10));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, filters);
	ATF_TP_ADD_TC(tp, watcher_stays);
	ATF_TP_ADD_TC(tp, adds_up);
	ATF_TP_ADD_TC(tp, sample);
	ATF_TP_ADD_TC(tp, broken);
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, lines);

	return (atf_no_error());
}
