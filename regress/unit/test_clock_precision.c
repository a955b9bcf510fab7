/* SPDX-License-Identifier: ISC */
/*
 * The precision of the clock: row H7 of the protocol table.
 */
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "clock.h"

#define START		INT64_C(1700000000)

ATF_TC_WITHOUT_HEAD(h7_random_mask);
ATF_TC_BODY(h7_random_mask, tc)
{
	struct clock_config	 config = { .source = CLOCK_LOCAL,
				    .stratum = 1, .refid = "LOCL",
				    .max_distance = 1 };
	struct clock_state	 clock;
	int			 p;

	for (p = -32; p <= -6; p++) {
		memset(&clock, 0, sizeof(clock));
		clock_init(&clock, &config, p);
		ATF_CHECK_EQ(clock.precision, p);
		ATF_CHECK_EQ((int8_t)clock.head[NTP_OFF_PRECISION], p);
		/* the least bit above the mask is worth 2^p s */
		ATF_CHECK_EQ(clock.random_mask & (clock.random_mask + 1), 0);
		ATF_CHECK_EQ(ntp_ts_diff(clock.random_mask + 1, 0),
		    1.0 / (double)(UINT64_C(1) << -p));
	}
	clock_init(&clock, &config, -33);
	ATF_CHECK_EQ(clock.precision, -32);
	clock_init(&clock, &config, 127);
	ATF_CHECK_EQ(clock.precision, -6);
}

static int
measure(int64_t step_ns, int64_t stray_ns)
{
	struct timespec	 t[64];
	int64_t		 ns = 999999000;	/* crosses a second */
	int		 i;

	for (i = 0; i < 64; i++) {
		t[i].tv_sec = START + ns / 1000000000;
		t[i].tv_nsec = ns % 1000000000;
		ns += i % 8 == 7 ? stray_ns : step_ns;
	}
	return (clock_measure_precision(t, 64));
}

ATF_TC_WITHOUT_HEAD(h7_precision_is_measured);
ATF_TC_BODY(h7_precision_is_measured, tc)
{
	struct timespec	 t[3] = { { START, 999999990 }, { START, 0 },
			    { START + 1, 20 } };

	ATF_CHECK_EQ(measure(1, 5000), -29);	/* 2^-30 s is 0.93 ns */
	ATF_CHECK_EQ(measure(2, 5000), -28);
	ATF_CHECK_EQ(measure(20, 5000), -25);	/* 29.8 ns */
	ATF_CHECK_EQ(measure(29, 5000), -25);
	ATF_CHECK_EQ(measure(30, 5000), -24);
	ATF_CHECK_EQ(measure(30, 0), -24);
	ATF_CHECK_EQ(measure(30, -10), -24);	/* stepped back */
	ATF_CHECK_EQ(measure(0, 4000000), -7);	/* a clock of 250 Hz */
	ATF_CHECK_EQ(measure(1000, 1000), -19);
	ATF_CHECK_EQ(measure(5000000000, 5000000000), -6);
	ATF_CHECK_EQ(measure(0, 0), -30);
	ATF_CHECK_EQ(clock_measure_precision(t, 0), -30);
	ATF_CHECK_EQ(clock_measure_precision(t, 1), -30);
	ATF_CHECK_EQ(clock_measure_precision(t, 2), -30);
	ATF_CHECK_EQ(clock_measure_precision(t + 1, 2), -6);
	t[1] = (struct timespec){ START + 1, 20 };	/* 30 ns later */
	ATF_CHECK_EQ(clock_measure_precision(t, 2), -24);
	t[1] = (struct timespec){ START - 5, 999999999 };
	ATF_CHECK_EQ(clock_measure_precision(t, 2), -30);
	t[0].tv_sec = INT64_MIN;
	t[1].tv_sec = INT64_MAX;
	ATF_CHECK_EQ(clock_measure_precision(t, 3), -6);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, h7_random_mask);
	ATF_TP_ADD_TC(tp, h7_precision_is_measured);

	return (atf_no_error());
}
