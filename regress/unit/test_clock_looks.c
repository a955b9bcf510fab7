/* SPDX-License-Identifier: ISC */
/* clock.c: when to look at the clock, and what outlives a process. */

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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, h9_a_day_without_a_look);
	ATF_TP_ADD_TC(tp, s4_looks_within_the_last_second);
	ATF_TP_ADD_TC(tp, h8_a_successor_knows_the_reference);
	ATF_TP_ADD_TC(tp, no_nonsense_is_recalled);
	return (atf_no_error());
}
