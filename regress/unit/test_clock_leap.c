/* SPDX-License-Identifier: ISC */
/*
 * A clock with a leap second list, and a smear: rows S3, S4, S5 and H8 of the
 * protocol table, as they come out of clock_update and a reply.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "clock.h"
#include "ntp_reply.h"

#define PRECISION	(-32)		/* no random bits */
#define LEAP		INT64_C(1483228800)	/* 2017-01-01: one inserted */
#define UNLEAP		INT64_C(1893456000)	/* 2030-01-01: one deleted */
#define FIRST		INT64_C(1435708800)	/* 2015-07-01 */
#define EXPIRES		INT64_C(1900000000)
#define NS_PER_S	INT64_C(1000000000)
#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

static struct leap_table	 table = {
	.expires = EXPIRES, .n = 3,
	.entry = { { FIRST, 36, 0 }, { LEAP, 37, 0 }, { UNLEAP, 36, 0 } }
};
static const struct clock_kernel good = { .valid = true, .max_error = 0.01 };

static struct clock_state	 clock_;

static void
start(enum clock_source source, const struct leap_table *list,
    enum smear_kind kind)
{
	struct clock_config	 config = { .source = source, .stratum = 2,
				    .refid = "LOCL", .max_distance = 5 };

	ATF_REQUIRE_EQ(0, leap_table_check(&table));
	config.leap = list;
	config.smear.kind = kind;
	config.smear.before = config.smear.after = SMEAR_SIDE;
	ATF_REQUIRE(smear_ok(&config.smear));
	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
}

static void
update(int64_t sec, long nsec, const struct clock_kernel *kernel)
{
	struct timespec	 now = { .tv_sec = sec, .tv_nsec = nsec };

	clock_update(&clock_, &now, kernel);
	ATF_CHECK_EQ(clock_.head[0] >> 6, clock_.leap);
}

static uint8_t
leap_at(int64_t sec, const struct clock_kernel *kernel)
{
	update(sec, 0, kernel);
	return (clock_.leap);
}

static void
check_list(const struct clock_kernel *kernel)
{
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(LEAP - 86401, kernel));
	ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_at(LEAP - 86400, kernel));
	ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_at(LEAP - 1, kernel));
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(LEAP, kernel));
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(UNLEAP - 86401, kernel));
	ATF_CHECK_EQ(NTP_LEAP_DELETE, leap_at(UNLEAP - 86400, kernel));
	ATF_CHECK_EQ(NTP_LEAP_DELETE, leap_at(UNLEAP - 2, kernel));
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(UNLEAP, kernel));
	/* where the list begins, and before it */
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(FIRST - 1, kernel));
	ATF_CHECK(!clock_.leap_expired);
}

ATF_TC_WITHOUT_HEAD(s3_the_list_knows_better);
ATF_TC_BODY(s3_the_list_knows_better, tc)
{
	struct clock_kernel	 ins = good, del = good;

	ins.insert = true;
	del.del = true;
	start(CLOCK_SYSTEM, &table, SMEAR_NONE);
	check_list(&good);
	/* whatever the kernel was told */
	check_list(&ins);
	check_list(&del);
	start(CLOCK_LOCAL, &table, SMEAR_NONE);
	check_list(NULL);
	check_list(&del);
}

ATF_TC_WITHOUT_HEAD(s3_after_the_list_expired);
ATF_TC_BODY(s3_after_the_list_expired, tc)
{
	const int64_t		 june_30 = INT64_C(1909008000);	/* 2030 */
	struct clock_kernel	 ins = good;

	ins.insert = true;
	start(CLOCK_SYSTEM, &table, SMEAR_NONE);
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(EXPIRES - 1, &ins));
	ATF_CHECK(!clock_.leap_expired);
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(EXPIRES, &ins));
	ATF_CHECK(clock_.leap_expired);
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(june_30 - 1, &ins));
	ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_at(june_30 + 86399, &ins));
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(june_30 + 86399, &good));
	start(CLOCK_LOCAL, &table, SMEAR_NONE);
	ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_at(june_30 + 86399, &ins));
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(june_30 + 86399, NULL));
	/* without a list there is nothing to expire */
	start(CLOCK_SYSTEM, NULL, SMEAR_LINEAR);
	ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_at(june_30 + 86399, &ins));
	ATF_CHECK(!clock_.leap_expired && !clock_.smearing);
}

ATF_TC_WITHOUT_HEAD(s4_inside_the_leap_second);
ATF_TC_BODY(s4_inside_the_leap_second, tc)
{
	static const enum clock_source	 sources[] = { CLOCK_SYSTEM,
					    CLOCK_LOCAL };
	struct clock_kernel		 in = good;
	struct timespec			 now = { LEAP - 1, 500000000 };
	size_t				 i;

	in.in_leap = true;
	for (i = 0; i < NITEMS(sources); i++) {
		start(sources[i], &table, SMEAR_NONE);
		/* the kernel was not told: the list has us look */
		ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_at(LEAP - 1, &good));
		ATF_CHECK(clock_stale(&clock_, &now));
		ATF_CHECK_EQ(NTP_LEAP_UNSYNC, leap_at(LEAP - 1, &in));
		ATF_CHECK_EQ(2, clock_.stratum);
		ATF_CHECK(clock_.why != NULL);
		ATF_CHECK(clock_stale(&clock_, &now));
		ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(LEAP, &good));
		ATF_CHECK(clock_.why == NULL);
		now.tv_sec = LEAP;
		ATF_CHECK(!clock_stale(&clock_, &now));
		now.tv_sec = LEAP - 1;
	}
}

/*
 * The machine and its kernel at a time that really passes, ns from the leap;
 * only an insertion.
 */
static void
machine_at(int64_t t, struct timespec *now, struct clock_kernel *kernel)
{
	*kernel = good;
	kernel->insert = t < 0;
	kernel->in_leap = t >= 0 && t < NS_PER_S;
	if (t >= 0)
		t -= NS_PER_S;
	now->tv_sec = LEAP - 86400 * 3 + (t + 86400 * 3 * NS_PER_S) / NS_PER_S;
	now->tv_nsec = (t + 86400 * 3 * NS_PER_S) % NS_PER_S;
}

/* A request now; what is in its reply. */
static void
ask(const struct timespec *now, struct ntp_header *h)
{
	struct ntp_request	 req;
	uint8_t			 buf[NTP_HEADER_LEN] = { 4 << 3 | 3 };
	ntp_ts			 ts = ntp_ts_from_timespec(now);

	ATF_REQUIRE_EQ(NTP_ANSWER, ntp_request_check(&req, buf, sizeof(buf),
	    1234, true));
	ntp_reply_head(buf, &req, &clock_, ts, 0);
	ntp_reply_transmit(buf, &clock_, ts + 1000, 0);
	ntp_header_get(h, buf);
}

/* ns since the leap, as a reply says */
static int64_t
since_leap(ntp_ts ts)
{
	return (ntp_ts_to_ns(ts, LEAP * NS_PER_S) - LEAP * NS_PER_S);
}

/*
 * A server asked every `by' ns through the whole window: it never stops, never
 * jumps, and says that it is good all the time.
 */
static void
check_window(enum clock_source source, enum smear_kind kind, int64_t from,
    int64_t to, int64_t by)
{
	struct clock_kernel	 kernel;
	struct timespec		 now;
	struct ntp_header	 h;
	uint8_t			 refid[4];
	ntp_ts			 was = 0, reference = 0;
	int64_t			 t;

	start(source, &table, kind);
	for (t = from; t < to; t += by) {
		machine_at(t, &now, &kernel);
		if (clock_stale(&clock_, &now))
			clock_update(&clock_, &now, &kernel);
		ask(&now, &h);
		ATF_REQUIRE_EQ(NTP_LEAP_NONE, h.leap);
		ATF_REQUIRE_EQ(2, h.stratum);
		ATF_REQUIRE(llabs((int64_t)(h.transmit - h.receive) - 1000) <=
		    1);
		ATF_REQUIRE(clock_.root_dispersion < 0.02 + 172800 * 15e-6);
		if (was != 0 && llabs(ntp_ts_to_ns(h.receive, t) -
		    ntp_ts_to_ns(was, t) - by) > 2 + by / 50000)
			atf_tc_fail("%lld: a jump", (long long)t);
		/* H8: it moves with updates alone, and never past receive */
		ATF_REQUIRE(!ntp_ts_before(h.receive, h.reference));
		if (source == CLOCK_SYSTEM && reference != 0)
			ATF_REQUIRE_EQ(reference, h.reference);
		if (clock_.smearing)
			smear_refid(clock_.smear_offset, refid);
		else
			memcpy(refid, "LOCL", 4);
		ATF_REQUIRE_EQ(0, memcmp(refid, h.refid, 4));
		ATF_REQUIRE_EQ(clock_.smearing, t >= -43200 * NS_PER_S &&
		    t < 43201 * NS_PER_S);
		was = h.receive;
		reference = h.reference;
	}
}

ATF_TC(s5_a_whole_window);
ATF_TC_HEAD(s5_a_whole_window, tc)
{
	atf_tc_set_md_var(tc, "descr", "S5, H8: the replies of a window");
}
ATF_TC_BODY(s5_a_whole_window, tc)
{
	static const enum smear_kind	 kinds[] = { SMEAR_LINEAR,
					    SMEAR_COSINE };
	size_t				 i;

	for (i = 0; i < NITEMS(kinds); i++) {
		check_window(CLOCK_SYSTEM, kinds[i], -86400 * NS_PER_S,
		    86400 * NS_PER_S, 333333333);
		check_window(CLOCK_LOCAL, kinds[i], -86400 * NS_PER_S,
		    86400 * NS_PER_S, 777777777);
		check_window(CLOCK_SYSTEM, kinds[i], -2 * NS_PER_S,
		    3 * NS_PER_S, 10000);
		check_window(CLOCK_SYSTEM, kinds[i], -43201 * NS_PER_S,
		    -43199 * NS_PER_S, 10000);
		check_window(CLOCK_SYSTEM, kinds[i], 43200 * NS_PER_S,
		    43202 * NS_PER_S, 10000);
	}
}

ATF_TC_WITHOUT_HEAD(s5_values);
ATF_TC_BODY(s5_values, tc)
{
	struct clock_kernel	 kernel;
	struct timespec		 now;
	struct ntp_header	 h;

	start(CLOCK_SYSTEM, &table, SMEAR_LINEAR);
	machine_at(0, &now, &kernel);
	clock_update(&clock_, &now, &kernel);
	ATF_CHECK_EQ(1000000000 - 499994213, clock_.smear_offset);
	ATF_CHECK(clock_.smear_base.tv_sec == LEAP - 1 &&
	    clock_.smear_base.tv_nsec == 0);
	ATF_CHECK(clock_.smear_rate < 0);
	ask(&now, &h);
	/* the clock reads 1 s too little, the smear gives half of it back */
	ATF_CHECK(llabs(since_leap(h.receive) + 499994213) <= 1);
	/* within the second: on by the rate, for older stamps as well */
	now.tv_nsec = 864010000;
	ask(&now, &h);
	ATF_CHECK(llabs(since_leap(h.receive) + 499994213 - 864000000) <= 1);
	now.tv_sec--;
	now.tv_nsec = 1000000000 - 86401000;
	ask(&now, &h);
	ATF_CHECK(llabs(since_leap(h.receive) + 499994213 + 86400000) <= 1);
	ATF_CHECK(!ntp_ts_before(h.transmit, h.receive));
}

/* A reference from before the window, within it, and after it. */
ATF_TC_WITHOUT_HEAD(h8_reference_is_smeared_once);
ATF_TC_BODY(h8_reference_is_smeared_once, tc)
{
	struct clock_kernel	 k = good;
	struct clock_memory	 memory;
	struct timespec		 now = { LEAP - 100, 0 };
	uint64_t		 within;
	int			 i;

	start(CLOCK_SYSTEM, &table, SMEAR_LINEAR);
	update(LEAP - 43201, 0, &k);
	k.max_error = 11;
	update(LEAP - 21600, 0, &k);
	ATF_CHECK_EQ(-43201 * NS_PER_S, since_leap(ntp_get64(clock_.head +
	    NTP_OFF_REFERENCE)));
	k.max_error = 0.01;			/* an update */
	update(LEAP - 21600, 500000000, &k);
	within = ntp_get64(clock_.head + NTP_OFF_REFERENCE);
	ATF_CHECK(llabs(since_leap(within) + 21600 * NS_PER_S - 500000000 +
	    250002893) <= 1);
	for (i = 0; i < 100; i++) {
		k.max_error += 0.4;
		k.in_leap = i == 50;
		update(LEAP - 21599 + i * 660, 123456789, &k);
		ATF_CHECK_EQ(within, ntp_get64(clock_.head +
		    NTP_OFF_REFERENCE));
	}
	ATF_CHECK(!clock_.smearing);

	/* a successor says the same */
	update(LEAP - 200, 0, &good);
	within = ntp_get64(clock_.head + NTP_OFF_REFERENCE);
	clock_remember(&clock_, &memory);
	start(CLOCK_SYSTEM, &table, SMEAR_LINEAR);
	clock_recall(&clock_, &memory, &now);
	k.in_leap = false;
	k.max_error = 1;
	clock_update(&clock_, &now, &k);
	ATF_CHECK_EQ(within, ntp_get64(clock_.head + NTP_OFF_REFERENCE));
}

ATF_TC_WITHOUT_HEAD(s5_while_not_synchronised);
ATF_TC_BODY(s5_while_not_synchronised, tc)
{
	struct clock_kernel	 k = good;
	struct timespec		 now = { LEAP - 1, 500000000 };

	start(CLOCK_SYSTEM, &table, SMEAR_LINEAR);
	k.unsync = true;
	update(LEAP, 0, &k);
	/* the time goes on as it did, but nobody shall follow it */
	ATF_CHECK(clock_.smearing);
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, clock_.leap);
	ATF_CHECK_EQ(0, memcmp(clock_.refid, "INIT", 4));
	update(LEAP - 1, 0, &k);
	ATF_CHECK(clock_stale(&clock_, &now));
	k.unsync = false;
	k.max_error = 6;
	update(LEAP, 0, &k);
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, clock_.leap);	/* S2 */
	ATF_CHECK_EQ(254, clock_.refid[0]);
}

/* A reference from the second that is there twice. */
ATF_TC_WITHOUT_HEAD(h8_reference_at_the_leap);
ATF_TC_BODY(h8_reference_at_the_leap, tc)
{
	struct clock_config	 config;
	struct clock_kernel	 k = good;
	uint64_t		 was;

	start(CLOCK_SYSTEM, &table, SMEAR_LINEAR);
	update(LEAP - 1, 250000000, &k);	/* the first time */
	was = ntp_get64(clock_.head + NTP_OFF_REFERENCE);
	ATF_CHECK(llabs(since_leap(was) + 750000000 + 499985532) <= 1);
	config = clock_.config;
	clock_init(&clock_, &config, PRECISION);	/* it is smeared anew */
	k.in_leap = true;
	k.max_error = 0.02;
	update(LEAP - 1, 500000000, &k);
	ATF_CHECK_EQ(was, ntp_get64(clock_.head + NTP_OFF_REFERENCE));

	k.max_error = 0.01;			/* an update, the second time */
	update(LEAP - 1, 600000000, &k);
	was = ntp_get64(clock_.head + NTP_OFF_REFERENCE);
	ATF_CHECK(since_leap(was) > 0);
	k.in_leap = false;
	k.max_error = 0.02;
	update(LEAP + 1, 0, &k);
	ATF_CHECK_EQ(was, ntp_get64(clock_.head + NTP_OFF_REFERENCE));
}

/* A leap second that is not smeared, because the list does not have it. */
ATF_TC_WITHOUT_HEAD(s5_not_in_the_list);
ATF_TC_BODY(s5_not_in_the_list, tc)
{
	const int64_t		 june_30 = INT64_C(1909094399);
	struct clock_kernel	 k = good;

	start(CLOCK_SYSTEM, &table, SMEAR_LINEAR);
	k.insert = true;
	ATF_CHECK_EQ(NTP_LEAP_INSERT, leap_at(june_30, &k));
	ATF_CHECK(!clock_.smearing);
	k.in_leap = true;
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, leap_at(june_30, &k));
	/* one that it has is smeared to its end, though it expires meanwhile */
	table.expires = LEAP - 10;
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(LEAP - 11, &k));
	ATF_CHECK(clock_.smearing && !clock_.leap_expired);
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(LEAP - 10, &k));
	ATF_CHECK(clock_.smearing && clock_.leap_expired);
	ATF_CHECK_EQ(NTP_LEAP_NONE, leap_at(LEAP - 1, &k));
	ATF_CHECK(clock_.smearing && clock_.smear_offset > 0);
	table.expires = EXPIRES;
}

ATF_TC_WITHOUT_HEAD(a_reload_takes_the_smear_away);
ATF_TC_BODY(a_reload_takes_the_smear_away, tc)
{
	struct clock_config	 config;
	struct clock_kernel	 k = good;

	start(CLOCK_SYSTEM, &table, SMEAR_LINEAR);
	update(LEAP + 10, 0, &k);
	config = clock_.config;
	config.smear.kind = SMEAR_NONE;
	clock_init(&clock_, &config, PRECISION);
	k.max_error = 0.02;
	update(LEAP + 10, 1, &k);
	ATF_CHECK(!clock_.smearing);
	ATF_CHECK_EQ(10 * NS_PER_S, since_leap(ntp_get64(clock_.head +
	    NTP_OFF_REFERENCE)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, s3_the_list_knows_better);
	ATF_TP_ADD_TC(tp, s3_after_the_list_expired);
	ATF_TP_ADD_TC(tp, s4_inside_the_leap_second);
	ATF_TP_ADD_TC(tp, s5_a_whole_window);
	ATF_TP_ADD_TC(tp, s5_values);
	ATF_TP_ADD_TC(tp, h8_reference_is_smeared_once);
	ATF_TP_ADD_TC(tp, h8_reference_at_the_leap);
	ATF_TP_ADD_TC(tp, s5_while_not_synchronised);
	ATF_TP_ADD_TC(tp, s5_not_in_the_list);
	ATF_TP_ADD_TC(tp, a_reload_takes_the_smear_away);

	return (atf_no_error());
}
