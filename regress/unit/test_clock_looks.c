/* SPDX-License-Identifier: ISC */
/*
 * When to look at the clock, how a step of it is seen (S6), and what outlives
 * a process.
 */

#include <math.h>
#include <string.h>

#include <atf-c.h>

#include "clock.h"

#define START		INT64_C(1700000000)	/* 2023-11-14 */
#define LAST_SECOND	INT64_C(1483228799)	/* 2016-12-31 23:59:59 */
#define PRECISION	(-25)

static const struct clock_config config = {
	.source = CLOCK_SYSTEM, .stratum = 2, .refid = "LOCL",
	.max_distance = 1.5
};
static struct clock_state	 clock_;

static void
look(int64_t sec, double max_error)
{
	struct timespec		 now = { sec, 0 };
	struct clock_kernel	 k = { .valid = true, .max_error = max_error };

	clock_update(&clock_, &now, &k);
}

static bool
stale(int64_t sec, long nsec)
{
	struct timespec	 now = { sec, nsec };

	return (clock_stale(&clock_, &now));
}

/* A clock that was kept well all day is not bad for having been unasked. */
ATF_TC_WITHOUT_HEAD(h9_a_day_without_a_look);
ATF_TC_BODY(h9_a_day_without_a_look, tc)
{
	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
	look(START, 0.005);
	look(START + 86400, 0.020);
	ATF_CHECK(clock_.root_dispersion < 0.021);
	ATF_CHECK_EQ(START + 86400, clock_.reference.tv_sec);
	ATF_CHECK_EQ(NTP_LEAP_NONE, clock_.leap);
	/* one whose error grew all the time was not kept */
	look(START + 2 * 86400, 0.020 + 86400 * 500e-6);
	ATF_CHECK_EQ(START + 86400, clock_.reference.tv_sec);
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, clock_.leap);
}

ATF_TC_WITHOUT_HEAD(s4_looks_within_the_last_second);
ATF_TC_BODY(s4_looks_within_the_last_second, tc)
{
	struct timespec		 now = { LAST_SECOND, 0 };
	struct clock_kernel	 k = { .valid = true, .insert = true,
				    .max_error = 0.01 };

	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
	clock_update(&clock_, &now, &k);
	ATF_CHECK_EQ(NTP_LEAP_INSERT, clock_.leap);
	/* the inserted second reads the same, so each request has to ask */
	ATF_CHECK(stale(LAST_SECOND, 0));
	ATF_CHECK(stale(LAST_SECOND, 999999999));
	k.insert = false;
	k.in_leap = true;
	clock_update(&clock_, &now, &k);
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, clock_.leap);
	ATF_CHECK(stale(LAST_SECOND, 500000000));
	k.in_leap = false;
	now.tv_sec++;
	clock_update(&clock_, &now, &k);
	ATF_CHECK_EQ(NTP_LEAP_NONE, clock_.leap);
	/* any other second is asked about once */
	ATF_CHECK(!stale(LAST_SECOND + 1, 1));
	ATF_CHECK(!stale(LAST_SECOND + 1, 999999999));
	ATF_CHECK(stale(LAST_SECOND + 2, 0));
	ATF_CHECK(stale(LAST_SECOND, 0));
	look(LAST_SECOND + 86400, 0.01);
	ATF_CHECK(!stale(LAST_SECOND + 86400, 1));
}

ATF_TC_WITHOUT_HEAD(h8_a_successor_knows_the_reference);
ATF_TC_BODY(h8_a_successor_knows_the_reference, tc)
{
	struct clock_memory	 m;
	struct timespec		 now = { START + 10, 0 };

	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
	look(START, 0.005);
	look(START + 9, 0.005 + 9 * 500e-6);
	clock_remember(&clock_, &m);

	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
	look(START + 10, 0.010);
	ATF_CHECK_EQ(START + 10, clock_.reference.tv_sec);
	clock_recall(&clock_, &m, &now);
	look(START + 10, 0.010);
	ATF_CHECK_EQ(START, clock_.reference.tv_sec);
	ATF_CHECK_EQ(NTP_LEAP_NONE, clock_.leap);
}

/* What does not fit, or was scribbled over, is as if it were not there. */
ATF_TC_WITHOUT_HEAD(no_nonsense_is_recalled);
ATF_TC_BODY(no_nonsense_is_recalled, tc)
{
	struct clock_memory	 good, m;
	struct timespec		 now = { START + 10, 0 };
	unsigned int		 i;

	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
	look(START, 0.005);
	clock_remember(&clock_, &good);
	for (i = 0; i < 9; i++) {
		m = good;
		switch (i) {
		case 0: m.ever_synced = 0; break;
		case 1: m.source = CLOCK_LOCAL; break;
		case 2: m.reference.tv_nsec = -1; break;
		case 3: m.reference.tv_nsec = 1000000000; break;
		case 4: m.updated.tv_nsec = -1; break;
		case 5: m.reference.tv_sec = START + 11; break;
		case 6: m.updated.tv_sec = START + 11; break;
		case 7: m.root_dispersion = NAN; break;
		case 8: m.last_max_error = -1; break;
		}
		memset(&clock_, 0, sizeof(clock_));
		clock_init(&clock_, &config, PRECISION);
		look(START + 10, 0.010);
		clock_recall(&clock_, &m, &now);
		look(START + 10, 0.010);
		ATF_CHECK_EQ_MSG(START + 10, clock_.reference.tv_sec,
		    "case %u", i);
	}
}

static uint64_t	 mono;

/* The monotonic clock goes on by so many ns, and the other reads this. */
static bool
stepped(uint64_t elapsed, int64_t sec, int64_t nsec)
{
	struct timespec	 now = { sec, nsec };

	mono += elapsed;
	return (clock_stepped(&clock_, &now, mono));
}

ATF_TC_WITHOUT_HEAD(s6_steps);
ATF_TC_BODY(s6_steps, tc)
{
	memset(&clock_, 0, sizeof(clock_));
	mono = 5000000000;
	ATF_CHECK(!stepped(0, START, 0));	/* the first look */
	ATF_CHECK(!stepped(0, START, 0));
	ATF_CHECK(!stepped(1000000000, START + 1, 0));
	ATF_CHECK(!stepped(100, START + 1, 100));
	/* up to 1 ms at once, and slewing */
	ATF_CHECK(!stepped(0, START + 1, 1000100));
	ATF_CHECK(stepped(0, START + 1, 2000101));
	ATF_CHECK(stepped(0, START + 1, 1000100));
	ATF_CHECK(!stepped(0, START + 1, 100));
	ATF_CHECK(!stepped(800000000, START + 1, 900000100));
	ATF_CHECK(!stepped(800000000, START + 2, 600000100));
	ATF_CHECK(stepped(800000000, START + 3, 501000101));
	ATF_CHECK(stepped(800000000, START + 4, 200000000));
	/* each is seen once */
	ATF_CHECK(!stepped(1, START + 4, 200000001));
	ATF_CHECK(stepped(1000000000, START + 4, 200000001));	/* a leap */
	ATF_CHECK(stepped(1, START + 3604, 200000002));
	ATF_CHECK(stepped(1, START - 86400, 0));
	ATF_CHECK(stepped(1, 0, 0));
	ATF_CHECK(stepped(1, -5, 999999999));
	ATF_CHECK(!stepped(1000000001, -3, 0));
	ATF_CHECK(!stepped(1000000000, -2, 0));
	/* 2^64 ns are a round, and nothing overflows */
	(void)stepped(1, INT64_MAX, 999999999);
	(void)stepped(1, INT64_MIN, 0);
	(void)stepped(UINT64_MAX / 2, START, 0);
	ATF_CHECK(!stepped(1, START, 1));
	/* a monotonic clock that goes back is none, and gives no leeway */
	ATF_CHECK(stepped(UINT64_MAX - 999999999, START, 1));
}

/* A reload is no step, another source starts afresh. */
ATF_TC_WITHOUT_HEAD(s6_reload);
ATF_TC_BODY(s6_reload, tc)
{
	struct clock_config	 local = config;

	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
	mono = 0;
	ATF_CHECK(!stepped(0, START, 0));
	clock_init(&clock_, &config, PRECISION);
	ATF_CHECK(stepped(1, START + 10, 0));
	local.source = CLOCK_LOCAL;
	clock_init(&clock_, &local, PRECISION);
	ATF_CHECK(!stepped(1, START, 0));
	ATF_CHECK(stepped(1, START + 10, 0));
}

/* After a step, what is said is right at once. */
ATF_TC_WITHOUT_HEAD(s6_the_next_reply_is_right);
ATF_TC_BODY(s6_the_next_reply_is_right, tc)
{
	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
	look(START, 0.005);
	mono = 0;
	ATF_CHECK(!stepped(0, START, 0));
	/* within the same second: it is not stale, but stepped */
	ATF_CHECK(!stale(START, 500000000));
	ATF_CHECK(stepped(1000, START, 500000000));
	look(START - 3600, 0.005);
	ATF_CHECK_EQ(START - 3600, clock_.reference.tv_sec);
	ATF_CHECK_EQ(NTP_LEAP_NONE, clock_.leap);
	ATF_CHECK(clock_.root_dispersion < 0.006);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, h9_a_day_without_a_look);
	ATF_TP_ADD_TC(tp, s4_looks_within_the_last_second);
	ATF_TP_ADD_TC(tp, h8_a_successor_knows_the_reference);
	ATF_TP_ADD_TC(tp, no_nonsense_is_recalled);
	ATF_TP_ADD_TC(tp, s6_steps);
	ATF_TP_ADD_TC(tp, s6_reload);
	ATF_TP_ADD_TC(tp, s6_the_next_reply_is_right);
	return (atf_no_error());
}
