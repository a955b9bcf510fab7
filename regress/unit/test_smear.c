/* SPDX-License-Identifier: ISC */
/*
 * Leap smear: row S5 of the protocol table.  The machine's clock is played as
 * the kernel runs it, second by second that really pass, through the whole
 * window.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "smear.h"

#define LEAP		INT64_C(1483228800)	/* 2017-01-01 */
#define NS_PER_S	INT64_C(1000000000)
#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

static const struct smear	 linear = { SMEAR_LINEAR, 43200, 43200 };
static const struct smear	 cosine = { SMEAR_COSINE, 43200, 43200 };

/* The machine's clock at a time that really passes, ns from the leap. */
struct machine {
	struct timespec	 now;
	bool		 in_leap;
};

/*
 * True time is told in ns from when the clock reads 00:00:00 before it steps;
 * an inserted second is then the second from 0, a deleted one that before 0.
 */
static struct machine
machine_at(int64_t t, int delta)
{
	struct machine	 m = { { 0, 0 }, false };

	if (delta > 0 && t >= 0) {
		m.in_leap = t < NS_PER_S;
		t -= NS_PER_S;
	} else if (delta < 0 && t >= -NS_PER_S)
		t += NS_PER_S;
	m.now.tv_sec = LEAP + t / NS_PER_S;
	m.now.tv_nsec = t % NS_PER_S;
	if (m.now.tv_nsec < 0) {
		m.now.tv_nsec += NS_PER_S;
		m.now.tv_sec--;
	}
	return (m);
}

/* What is served at a true time, ns from the leap, and how it was made. */
static int64_t
served(const struct smear *smear, int64_t t, int delta, bool *smearing,
    struct smear_now *s)
{
	struct machine	 m = machine_at(t, delta);

	memset(s, 0, sizeof(*s));
	*smearing = smear_at(smear, LEAP, delta, &m.now, m.in_leap, s);
	return ((m.now.tv_sec - LEAP) * NS_PER_S + m.now.tv_nsec + s->offset);
}

/*
 * Walks from `from' to `to' in steps of `by' ns: served time goes on as true
 * time does but for the rate, of at most `ppm', and each look agrees with what
 * the one before foretold.
 */
static void
walk(const struct smear *smear, int delta, int64_t from, int64_t to,
    int64_t by, double ppm)
{
	struct smear_now	 s, before = { 0, 0 };
	int64_t			 t, now, was, gone, foretold, curve = 2;
	bool			 smearing;

	/* what a cosine is away from its chord at most, and two roundings */
	if (smear->kind == SMEAR_COSINE)
		curve += (int64_t)(0.62e9 / pow((double)(smear->before +
		    smear->after), 2));
	was = served(smear, from, delta, &smearing, &before);
	for (t = from + by; t <= to; t += by) {
		now = served(smear, t, delta, &smearing, &s);
		gone = now - was;
		if (llabs(gone - by) > 1 + by * ppm * 1e-6)
			atf_tc_fail("%lld: %lld ns in %lld", (long long)t,
			    (long long)gone, (long long)by);
		if (by > 1 && gone <= 0)
			atf_tc_fail("%lld: goes back", (long long)t);
		/* but where the window begins between the two */
		foretold = was + by + llround(before.rate * (double)by);
		if (by <= NS_PER_S && smearing && before.rate != 0 &&
		    llabs(now - foretold) > curve)
			atf_tc_fail("%lld: %lld ns, foretold %lld",
			    (long long)t, (long long)now,
			    (long long)foretold);
		was = now;
		before = s;
	}
}

static void
walk_window(const struct smear *smear, int delta)
{
	int64_t	 start = -smear->before * NS_PER_S;
	int64_t	 end = (smear->after + delta) * NS_PER_S;
	int64_t	 step = delta > 0 ? 0 : -NS_PER_S;
	double	 ppm;

	ppm = 1e6 / (double)(smear->before + smear->after + delta);
	if (smear->kind == SMEAR_COSINE)
		ppm *= 1.5708;
	walk(smear, delta, start - 10 * NS_PER_S, end + 10 * NS_PER_S,
	    NS_PER_S / 4, ppm);
	walk(smear, delta, start - 777777777, end + NS_PER_S, 1000003001,
	    ppm);
	/* the three seams, in steps of 100 us and of 1 ns */
	walk(smear, delta, start - NS_PER_S, start + NS_PER_S, 100000, ppm);
	walk(smear, delta, start - 1000, start + 1000, 1, ppm);
	walk(smear, delta, step - NS_PER_S, step + 2 * NS_PER_S, 100000, ppm);
	walk(smear, delta, step - 1000, step + 1000, 1, ppm);
	walk(smear, delta, end - NS_PER_S, end + NS_PER_S, 100000, ppm);
	walk(smear, delta, end - 1000, end + 1000, 1, ppm);
}

static void
check_ends(const struct smear *smear, int delta)
{
	struct smear_now	 s;
	int64_t			 start = -smear->before * NS_PER_S;
	int64_t			 end = (smear->after + delta) * NS_PER_S;
	bool			 smearing;

	ATF_CHECK_EQ(start - 1, served(smear, start - 1, delta, &smearing,
	    &s));
	ATF_CHECK(!smearing);
	ATF_CHECK_EQ(start, served(smear, start, delta, &smearing, &s));
	/* a window may begin, or end, with the second that is not there */
	ATF_CHECK(smearing && (s.offset == 0 || smear->before == 1));
	/* the last ns of the window, and none of it left after it */
	(void)served(smear, end - 1, delta, &smearing, &s);
	ATF_CHECK(smearing && (llabs(s.offset) <= 1 || smear->after == 0));
	ATF_CHECK_EQ(smear->after * NS_PER_S, served(smear, end, delta,
	    &smearing, &s));
	ATF_CHECK(!smearing);
	/* symmetric: half of it is smeared in the middle */
	(void)served(smear, (start + end) / 2, delta, &smearing, &s);
	ATF_CHECK(smearing && llabs(llabs(s.offset) - NS_PER_S / 2) <= 1);
}

ATF_TC(s5_linear_insert);
ATF_TC_HEAD(s5_linear_insert, tc)
{
	atf_tc_set_md_var(tc, "descr", "S5: a second inserted, linear");
}
ATF_TC_BODY(s5_linear_insert, tc)
{
	walk_window(&linear, 1);
	check_ends(&linear, 1);
}

ATF_TC(s5_linear_delete);
ATF_TC_HEAD(s5_linear_delete, tc)
{
	atf_tc_set_md_var(tc, "descr", "S5: a second deleted, linear");
}
ATF_TC_BODY(s5_linear_delete, tc)
{
	walk_window(&linear, -1);
	check_ends(&linear, -1);
}

ATF_TC(s5_cosine_insert);
ATF_TC_HEAD(s5_cosine_insert, tc)
{
	atf_tc_set_md_var(tc, "descr", "S5: a second inserted, cosine");
}
ATF_TC_BODY(s5_cosine_insert, tc)
{
	walk_window(&cosine, 1);
	check_ends(&cosine, 1);
}

ATF_TC(s5_cosine_delete);
ATF_TC_HEAD(s5_cosine_delete, tc)
{
	atf_tc_set_md_var(tc, "descr", "S5: a second deleted, cosine");
}
ATF_TC_BODY(s5_cosine_delete, tc)
{
	walk_window(&cosine, -1);
	check_ends(&cosine, -1);
}

/* Windows to one side, and the shortest. */
ATF_TC_WITHOUT_HEAD(s5_other_windows);
ATF_TC_BODY(s5_other_windows, tc)
{
	static const int64_t	 sides[][2] = { { 86400, 0 }, { 1, 86400 },
				    { 1, 1999 }, { 2000, 0 }, { 72000, 7200 } };
	struct smear		 smear;
	size_t			 i;
	int			 kind;

	for (i = 0; i < NITEMS(sides); i++)
		for (kind = SMEAR_LINEAR; kind <= SMEAR_COSINE; kind++) {
			smear.kind = (enum smear_kind)kind;
			smear.before = sides[i][0];
			smear.after = sides[i][1];
			ATF_REQUIRE(smear_ok(&smear));
			walk_window(&smear, 1);
			walk_window(&smear, -1);
			check_ends(&smear, 1);
			check_ends(&smear, -1);
		}
}

/* The values of the usual smear, noon to noon. */
ATF_TC_WITHOUT_HEAD(s5_noon_to_noon);
ATF_TC_BODY(s5_noon_to_noon, tc)
{
	struct smear_now	 s;
	struct timespec		 t = { LEAP - 21600, 0 };

	ATF_REQUIRE(smear_at(&linear, LEAP, 1, &t, false, &s));
	/* 21600 of 86401 seconds are gone */
	ATF_CHECK_EQ(-249997107, s.offset);
	ATF_CHECK(fabs(s.rate + 1 / 86401.0) < 1e-15);
	/* the same reading of the clock, before the step and after it */
	t.tv_sec = LEAP - 1;
	t.tv_nsec = 500000000;
	ATF_REQUIRE(smear_at(&linear, LEAP, 1, &t, false, &s));
	ATF_CHECK_EQ(-499988426, s.offset);
	ATF_REQUIRE(smear_at(&linear, LEAP, 1, &t, true, &s));
	ATF_CHECK_EQ(500000000, s.offset);
	/* "inside" is nonsense at any other time, and for a deleted second */
	t.tv_sec = LEAP - 2;
	ATF_REQUIRE(smear_at(&linear, LEAP, 1, &t, true, &s));
	ATF_CHECK(s.offset < 0);
	t.tv_sec = LEAP - 1;
	ATF_REQUIRE(smear_at(&linear, LEAP, -1, &t, true, &s));
	ATF_CHECK(s.offset > 0);
	t.tv_sec = LEAP;
	t.tv_nsec = 0;
	ATF_REQUIRE(smear_at(&linear, LEAP, 1, &t, false, &s));
	ATF_CHECK_EQ(499994213, s.offset);
	/* the clock has yet to go back, at its next tick */
	ATF_REQUIRE(smear_at(&linear, LEAP, 1, &t, true, &s));
	ATF_CHECK_EQ(-499994213, s.offset);
	/* the greatest rate of a cosine is pi / 2 that of the line */
	ATF_REQUIRE(smear_at(&cosine, LEAP, 1, &t, false, &s));
	ATF_CHECK(fabs(s.rate + 1.5707963 / 86401) < 1e-12);
}

ATF_TC_WITHOUT_HEAD(any_time_and_window);
ATF_TC_BODY(any_time_and_window, tc)
{
	static const struct smear	 none = { SMEAR_NONE, 43200, 43200 };
	static const struct timespec	 times[] = { { INT64_MIN, 0 },
					    { INT64_MAX, 999999999 },
					    { LEAP - 43201, 999999999 },
					    { LEAP + 43200, 0 } };
	struct smear		 smear = { SMEAR_LINEAR, 2000, 0 };
	struct smear_now	 s;
	struct timespec		 t = { LEAP - 1, 999999999 };
	size_t			 i;

	for (i = 0; i < NITEMS(times); i++)
		ATF_CHECK(!smear_at(&linear, LEAP, 1, &times[i], false, &s));
	ATF_CHECK(!smear_at(&none, LEAP, 1, &t, false, &s));
	/* the kernel was to delete a second, and did not */
	ATF_CHECK(smear_at(&smear, LEAP, -1, &t, false, &s));
	ATF_CHECK(s.offset == NS_PER_S && s.rate == 0);

	ATF_CHECK(smear_ok(&linear) && smear_ok(&cosine) && smear_ok(&none));
	ATF_CHECK(smear_ok(&smear));
	smear.before = 1999;
	ATF_CHECK(!smear_ok(&smear));
	smear.after = 1;
	ATF_CHECK(smear_ok(&smear));
	smear.before = 0;
	smear.after = 2000;
	ATF_CHECK(!smear_ok(&smear));
	smear.before = SMEAR_SIDE_MAX + 1;
	ATF_CHECK(!smear_ok(&smear));
	smear.before = INT64_MIN;
	ATF_CHECK(!smear_ok(&smear));
	smear.before = 2000;
	smear.after = INT64_MAX;
	ATF_CHECK(!smear_ok(&smear));
	smear.after = -1;
	ATF_CHECK(!smear_ok(&smear));
	smear.after = 0;
	memset(&smear.kind, 0xff, sizeof(smear.kind));
	ATF_CHECK(!smear_ok(&smear));
}

static void
check_refid(int64_t ns, uint32_t want)
{
	uint8_t		 id[4];
	uint32_t	 got;

	smear_refid(ns, id);
	got = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 |
	    (uint32_t)id[2] << 8 | id[3];
	ATF_CHECK_EQ_MSG(want, got, "%lld: %08x, not %08x", (long long)ns,
	    got, want);
}

ATF_TC_WITHOUT_HEAD(s5_refid);
ATF_TC_BODY(s5_refid, tc)
{
	check_refid(0, 0xfe000000);
	check_refid(238, 0xfe000001);		/* 2^-22 s */
	check_refid(-238, 0xfeffffff);
	check_refid(100, 0xfe000000);
	check_refid(250000000, 0xfe100000);
	check_refid(-250000000, 0xfef00000);
	check_refid(1000000000, 0xfe400000);
	check_refid(-1000000000, 0xfec00000);
	check_refid(-2000000000, 0xfe800000);
	check_refid(INT64_MAX, 0xfe7fffff);
	check_refid(INT64_MIN, 0xfe800000);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, s5_linear_insert);
	ATF_TP_ADD_TC(tp, s5_linear_delete);
	ATF_TP_ADD_TC(tp, s5_cosine_insert);
	ATF_TP_ADD_TC(tp, s5_cosine_delete);
	ATF_TP_ADD_TC(tp, s5_other_windows);
	ATF_TP_ADD_TC(tp, s5_noon_to_noon);
	ATF_TP_ADD_TC(tp, any_time_and_window);
	ATF_TP_ADD_TC(tp, s5_refid);

	return (atf_no_error());
}
