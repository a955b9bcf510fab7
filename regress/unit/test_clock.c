/* SPDX-License-Identifier: ISC */
/*
 * What the server says of its clock: rows H8, H9, H11 and S1 to S4 of
 * the protocol table.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "clock.h"

#define PRECISION	(-24)
#define RESOLUTION	(1.0 / (1 << 24))
#define START		INT64_C(1700000000)	/* 2023-11-14, no month's end */
#define YEARS_30	946080000
#define CLOSE(a, b)	(fabs((a) - (b)) < 1e-9)

static const struct clock_config system_config = {
	.source = CLOCK_SYSTEM, .stratum = 2, .refid = "LOCL",
	.max_distance = 1.5
};
static const struct clock_config local_config = {
	.source = CLOCK_LOCAL, .stratum = 5, .refid = { 127, 0, 0, 1 },
	.max_distance = 1.5
};
static const struct clock_kernel good = { .valid = true, .max_error = 0.01 };

static struct clock_state	 clock_;
static struct ntp_header	 head;

/* Brings the clock to a time, and reads what it says from its octets. */
static void
update(int64_t sec, long nsec, const struct clock_kernel *kernel)
{
	struct timespec	 now = { .tv_sec = sec, .tv_nsec = nsec };
	uint8_t		 buf[NTP_HEADER_LEN] = { 0 };

	clock_update(&clock_, &now, kernel);
	memcpy(buf, clock_.head, sizeof(clock_.head));
	ntp_header_get(&head, buf);
	ATF_CHECK_EQ(head.version, 0);
	ATF_CHECK_EQ(head.mode, 0);
	ATF_CHECK_EQ(head.poll, 0);
	ATF_CHECK_EQ(head.precision, clock_.precision);
	ATF_CHECK_EQ(head.leap, clock_.leap);
	ATF_CHECK_EQ(head.stratum, clock_.stratum % 16);
	ATF_CHECK_EQ(memcmp(head.refid, clock_.refid, 4), 0);
	/* H8: never in the future */
	ATF_CHECK(head.reference == 0 || !ntp_ts_before(
	    ntp_ts_from_timespec(&now), head.reference));
}

static void
update_error(int64_t sec, double max_error)
{
	struct clock_kernel	 k = good;

	k.max_error = max_error;
	update(sec, 0, &k);
}

static int64_t
reference(void)
{
	return (ntp_ts_to_ns(head.reference, START * 1000000000) /
	    1000000000);
}

static void
check_unsync(void)
{
	ATF_CHECK_EQ(head.leap, NTP_LEAP_UNSYNC);
	ATF_CHECK_EQ(head.stratum, 0);
	ATF_CHECK_EQ(clock_.stratum, 16);
	ATF_CHECK_EQ(memcmp(head.refid, "INIT", 4), 0);
	ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) >= 16);
	ATF_CHECK(clock_.why != NULL);
}

ATF_TC_WITHOUT_HEAD(s1_never_synchronised);
ATF_TC_BODY(s1_never_synchronised, tc)
{
	struct clock_kernel	 k = good;

	clock_init(&clock_, &system_config, PRECISION);
	/* LI 3 before the first look, too */
	ATF_CHECK_EQ(clock_.head[0], 3 << 6);
	ATF_CHECK_EQ(clock_.head[1], 0);
	ATF_CHECK_EQ(memcmp(clock_.head + NTP_OFF_REFID, "INIT", 4), 0);
	ATF_CHECK(clock_.why != NULL);

	k.unsync = true;
	update(START, 0, &k);
	check_unsync();
	ATF_CHECK_EQ(head.reference, 0);
	ATF_CHECK(strstr(clock_.why, "not synchronised") != NULL);
	k = good;
	k.valid = false;
	update(START + 1, 0, &k);
	check_unsync();
	ATF_CHECK_EQ(head.reference, 0);
	update(START + 2, 0, NULL);
	check_unsync();
	ATF_CHECK_EQ(head.reference, 0);
}

ATF_TC_WITHOUT_HEAD(synchronised);
ATF_TC_BODY(synchronised, tc)
{
	clock_init(&clock_, &system_config, PRECISION);
	update(START, 500000000, &good);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK_EQ(head.stratum, 2);
	ATF_CHECK_EQ(memcmp(head.refid, "LOCL", 4), 0);
	ATF_CHECK_EQ(head.root_delay, 0);
	ATF_CHECK_EQ(head.reference, (UINT64_C(2208988800) + START) << 32 |
	    0x80000000U);
	ATF_CHECK(clock_.why == NULL);
	ATF_CHECK(CLOSE(clock_.root_dispersion, 0.01 + RESOLUTION));
}

ATF_TC_WITHOUT_HEAD(s2_source_lost);
ATF_TC_BODY(s2_source_lost, tc)
{
	struct clock_kernel	 k = good;
	int			 i;

	clock_init(&clock_, &system_config, PRECISION);
	/* 500 ppm, as Linux lets it grow: 1.5 s are reached after 3000 s */
	for (i = 0; i <= 2970; i++)
		update_error(START + i, 0.01 + i * 500e-6);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) > 1.49);
	for (; i <= 3000; i++)
		update_error(START + i, 0.01 + i * 500e-6);
	ATF_CHECK_EQ(head.leap, NTP_LEAP_UNSYNC);
	ATF_CHECK_EQ(head.stratum, 2);
	ATF_CHECK_EQ(memcmp(head.refid, "LOCL", 4), 0);
	ATF_CHECK_EQ(reference(), START);
	ATF_CHECK(clock_.why != NULL &&
	    strstr(clock_.why, "clock.max_distance") != NULL);

	/* then the kernel gives up; when it was last set stays known */
	k.unsync = true;
	update(START + i, 0, &k);
	check_unsync();
	ATF_CHECK_EQ(reference(), START);

	/* back again: an update, though the error grew from 10 to 20 ms */
	update_error(START + 4000, 0.02);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK_EQ(head.stratum, 2);
	ATF_CHECK_EQ(reference(), START + 4000);
	ATF_CHECK(CLOSE(clock_.root_dispersion, 0.02 + RESOLUTION));
	ATF_CHECK(clock_.why == NULL);
}

ATF_TC_WITHOUT_HEAD(s3_leap_on_the_last_day_only);
ATF_TC_BODY(s3_leap_on_the_last_day_only, tc)
{
	static const int	 lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31,
				    30, 31, 30, 31 };
	struct clock_kernel	 ins = good, del = good;
	int			 year, month, mday, n, last;
	int64_t			 day = -25567;	/* 1900-01-01 */

	ins.insert = true;
	del.del = true;
	ins.max_error = del.max_error * 2;	/* so that del is an update */
	clock_init(&clock_, &system_config, PRECISION);
	for (year = 1900; year <= 2500; year++)
		for (month = 0; month < 12; month++) {
			n = lengths[month];
			if (month == 1 && year % 4 == 0 &&
			    (year % 100 != 0 || year % 400 == 0))
				n++;
			for (mday = 1; mday <= n; mday++, day++) {
				last = mday == n;
				update(day * 86400, 0, &ins);
				if (head.leap != last)
					atf_tc_fail("%d-%d-%d", year,
					    month + 1, mday);
				update(day * 86400 + 86399, 999999999, &del);
				if (head.leap != 2 * last)
					atf_tc_fail("end of %d-%d-%d", year,
					    month + 1, mday);
			}
		}
	/* day is 2501-01-01 now, and nothing is announced any more */
	update((day - 1) * 86400, 0, &good);
	ATF_CHECK_EQ(head.leap, 0);
}

ATF_TC_WITHOUT_HEAD(s4_inside_the_leap_second);
ATF_TC_BODY(s4_inside_the_leap_second, tc)
{
	struct clock_kernel	 k = good;

	clock_init(&clock_, &system_config, PRECISION);
	k.insert = true;
	update(1483228799, 0, &k);		/* 2016-12-31 23:59:59 */
	ATF_CHECK_EQ(head.leap, NTP_LEAP_INSERT);
	k.insert = false;
	k.in_leap = true;
	update(1483228799, 0, &k);
	ATF_CHECK_EQ(head.leap, NTP_LEAP_UNSYNC);
	ATF_CHECK_EQ(head.stratum, 2);
	ATF_CHECK(clock_.why != NULL);
	update(1483228800, 0, &good);
	ATF_CHECK_EQ(head.leap, NTP_LEAP_NONE);
	ATF_CHECK(clock_.why == NULL);
}

ATF_TC_WITHOUT_HEAD(h8_reference_moves_with_updates);
ATF_TC_BODY(h8_reference_moves_with_updates, tc)
{
	ntp_ts	 first;

	clock_init(&clock_, &system_config, PRECISION);
	update_error(START, 0.01);
	first = head.reference;
	update_error(START + 1, 0.0105);
	ATF_CHECK_EQ(head.reference, first);
	update_error(START + 2, 0.0105);
	ATF_CHECK_EQ(head.reference, first);
	update_error(START + 3, 0.0104);
	ATF_CHECK_EQ(reference(), START + 3);
	ATF_CHECK(CLOSE(clock_.root_dispersion, 0.0104 + RESOLUTION));
	update_error(START + 4, 0.0104);
	ATF_CHECK_EQ(reference(), START + 3);
}

ATF_TC_WITHOUT_HEAD(h8_h11_reference_across_the_era);
ATF_TC_BODY(h8_h11_reference_across_the_era, tc)
{
	clock_init(&clock_, &system_config, PRECISION);
	update_error(2085978495, 0.01);
	ATF_CHECK_EQ(head.reference, (uint64_t)UINT32_MAX << 32);
	update_error(2085978496, 0.01);
	ATF_CHECK_EQ(head.reference, (uint64_t)UINT32_MAX << 32);
	/* the instant that would be 0, "never synchronised" */
	update_error(2085978496, 0.009);
	ATF_CHECK_EQ(head.reference, 1);
	update_error(2085978497, 0.008);
	ATF_CHECK_EQ(head.reference, UINT64_C(1) << 32);
}

ATF_TC_WITHOUT_HEAD(h9_dispersion_grows);
ATF_TC_BODY(h9_dispersion_grows, tc)
{
	double	 first, was;
	int	 i;

	/* though the kernel says the same all the time */
	clock_init(&clock_, &system_config, PRECISION);
	update_error(START, 0.01);
	first = was = clock_.root_dispersion;
	for (i = 1; i <= 10000; i++) {
		/* what was served has to cover the whole second until now */
		ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) >=
		    first + (i - 1) * CLOCK_PHI + CLOCK_PHI);
		update_error(START + i, 0.01);
		ATF_CHECK(clock_.root_dispersion >= was + 14.9e-6);
		was = clock_.root_dispersion;
	}
	ATF_CHECK(fabs(was - first - 10000 * 15e-6) < 1e-6);
	/* no more than that, and the kernel's word where it is greater */
	ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) < was + 40e-6);
	update_error(START + i, 1);
	ATF_CHECK(CLOSE(clock_.root_dispersion, 1 + RESOLUTION));
	/* a step back does not take growth back */
	update_error(START - 86400, 1);
	ATF_CHECK(clock_.root_dispersion >= 1 + RESOLUTION);
	for (i = 1; i <= 100; i++)
		update_error(START - 86400 + i, 1);
	was = clock_.root_dispersion;
	ATF_CHECK(was > 1 + 14e-4);
	update_error(START - 2 * 86400, 1);
	ATF_CHECK(clock_.root_dispersion >= was);
}

ATF_TC_WITHOUT_HEAD(h9_dispersion_saturates);
ATF_TC_BODY(h9_dispersion_saturates, tc)
{
	clock_init(&clock_, &system_config, PRECISION);
	update_error(START, 70000);
	ATF_CHECK_EQ(head.root_dispersion, UINT32_MAX);
	ATF_CHECK_EQ(head.leap, NTP_LEAP_UNSYNC);
	update_error(START + 1, INFINITY);
	ATF_CHECK_EQ(head.root_dispersion, UINT32_MAX);
	update_error(START + 2, 0.01);
	ATF_CHECK_EQ(head.leap, 0);
	update_error(START + 3, NAN);
	ATF_CHECK_EQ(head.leap, NTP_LEAP_UNSYNC);
	ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) >= 16);
	update_error(START + 4, -1);
	ATF_CHECK_EQ(head.leap, NTP_LEAP_UNSYNC);
}

static void
check_steps(const struct clock_config *config)
{
	static const struct timespec	 wild[] = { { INT64_MAX, 999999999 },
					    { INT64_MIN + 64, 0 },
					    { INT64_MAX, 0 }, { 0, 0 },
					    { -1, 999999999 } };
	size_t				 i;

	clock_init(&clock_, config, PRECISION);
	update(START, 0, &good);
	update(START + 100, 0, &good);
	update(START - 3600, 1, &good);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK(reference() > START - 3700);
	ATF_CHECK(clock_.root_dispersion < 0.02);
	update(START - 3599, 1, &good);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK(reference() > START - 3700 && reference() <= START - 3600);
	update(START + YEARS_30, 0, &good);
	/* more than can be said in an update's place: LI 3, or a new start */
	ATF_CHECK(head.leap == NTP_LEAP_UNSYNC ||
	    reference() > START + YEARS_30 - 100);
	update_error(START + YEARS_30 + 1, 0.001);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK(clock_.root_dispersion < 0.02);
	/* Nothing can be said of these, but that nothing overflows. */
	for (i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		clock_update(&clock_, &wild[i], &good);
	update_error(START, 0.0001);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK(clock_.root_dispersion < 0.02);
}

ATF_TC_WITHOUT_HEAD(steps_of_the_system_clock);
ATF_TC_BODY(steps_of_the_system_clock, tc)
{
	check_steps(&system_config);
}

ATF_TC_WITHOUT_HEAD(steps_of_the_local_clock);
ATF_TC_BODY(steps_of_the_local_clock, tc)
{
	check_steps(&local_config);
}

ATF_TC_WITHOUT_HEAD(local);
ATF_TC_BODY(local, tc)
{
	const int64_t	 aligned = START / 64 * 64;
	int		 i;

	clock_init(&clock_, &local_config, PRECISION);
	for (i = 0; i < 200; i++) {
		update(aligned + i, 250000000, NULL);
		ATF_CHECK_EQ(head.leap, 0);
		ATF_CHECK_EQ(head.stratum, 5);
		ATF_CHECK_EQ(memcmp(head.refid, "\x7f\0\0\1", 4), 0);
		ATF_CHECK_EQ(head.root_delay, 0);
		ATF_CHECK(clock_.why == NULL);
		ATF_CHECK_EQ(reference(), aligned + i / 64 * 64);
		ATF_CHECK(CLOSE(clock_.root_dispersion, RESOLUTION +
		    15e-6 * (i % 64 + 0.25)));
		ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) >=
		    RESOLUTION + 15e-6 * (i % 64 + 1.25));
	}
	/* before 1970, too */
	for (i = -64; i < 0; i++) {
		update(i, 0, NULL);
		ATF_CHECK_EQ(clock_.reference.tv_sec, -64);
	}
}

ATF_TC_WITHOUT_HEAD(reload_keeps_what_is_known);
ATF_TC_BODY(reload_keeps_what_is_known, tc)
{
	struct clock_config	 config = system_config;

	clock_init(&clock_, &system_config, PRECISION);
	update_error(START, 0.01);
	config.stratum = 7;
	config.max_distance = 0.001;
	clock_init(&clock_, &config, PRECISION);
	update_error(START + 1, 0.0105);
	ATF_CHECK_EQ(head.stratum, 7);
	ATF_CHECK_EQ(head.leap, NTP_LEAP_UNSYNC);
	ATF_CHECK_EQ(reference(), START);

	/* another source: nothing is known of it until it was looked at */
	clock_init(&clock_, &local_config, PRECISION);
	ATF_CHECK_EQ(clock_.head[0], 3 << 6);
	update(START + 100, 0, NULL);
	ATF_CHECK_EQ(head.leap, 0);
	ATF_CHECK_EQ(head.stratum, 5);
	clock_init(&clock_, &system_config, PRECISION);
	update(START + 200, 0, NULL);
	check_unsync();
	ATF_CHECK_EQ(head.reference, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, s1_never_synchronised);
	ATF_TP_ADD_TC(tp, synchronised);
	ATF_TP_ADD_TC(tp, s2_source_lost);
	ATF_TP_ADD_TC(tp, s3_leap_on_the_last_day_only);
	ATF_TP_ADD_TC(tp, s4_inside_the_leap_second);
	ATF_TP_ADD_TC(tp, h8_reference_moves_with_updates);
	ATF_TP_ADD_TC(tp, h8_h11_reference_across_the_era);
	ATF_TP_ADD_TC(tp, h9_dispersion_grows);
	ATF_TP_ADD_TC(tp, h9_dispersion_saturates);
	ATF_TP_ADD_TC(tp, steps_of_the_system_clock);
	ATF_TP_ADD_TC(tp, steps_of_the_local_clock);
	ATF_TP_ADD_TC(tp, local);
	ATF_TP_ADD_TC(tp, reload_keeps_what_is_known);

	return (atf_no_error());
}
