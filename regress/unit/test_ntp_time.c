/* SPDX-License-Identifier: ISC */
/*
 * NTP timestamps: conversion, eras, and the rows H9, H11 and H12 of the
 * protocol table.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <time.h>

#include <atf-c.h>

#include "ntp_time.h"

#define ERA1_UNIX	INT64_C(2085978496)	/* 2036-02-07 06:28:16 UTC */
#define NS		INT64_C(1000000000)

static ntp_ts
ts_of(int64_t sec, long nsec)
{
	struct timespec	 t = { .tv_sec = sec, .tv_nsec = nsec };

	return (ntp_ts_from_timespec(&t));
}

ATF_TC_WITHOUT_HEAD(from_timespec);
ATF_TC_BODY(from_timespec, tc)
{
	ATF_CHECK_EQ(ts_of(0, 0), UINT64_C(2208988800) << 32);
	ATF_CHECK_EQ(ts_of(0, 500000000), UINT64_C(2208988800) << 32 |
	    0x80000000U);
	/* 2000-01-01, RFC 5905 figure 4: second 3,155,673,600 of era 0 */
	ATF_CHECK_EQ(ts_of(946684800, 0), UINT64_C(3155673600) << 32);
	/* Before 1900 is era -1: only the era is lost */
	ATF_CHECK_EQ(ts_of(-INT64_C(2208988801), 0),
	    (uint64_t)UINT32_MAX << 32);
	ATF_CHECK_EQ(ts_of(INT64_MAX, 0) >> 32, 2208988799U);
	ATF_CHECK_EQ(ts_of(INT64_MIN, 0) >> 32, 2208988800U);
}

ATF_TC_WITHOUT_HEAD(h12_nanoseconds_do_not_overflow);
ATF_TC_BODY(h12_nanoseconds_do_not_overflow, tc)
{
	ntp_ts		 last, ts;
	long		 ns;

	ts = ts_of(1700000000, 999999999);
	ATF_CHECK_EQ(ts >> 32, 1700000000 + (uint64_t)NTP_UNIX_OFFSET);
	/* 999,999,999 * 2^32 / 10^9, rounded down */
	ATF_CHECK_EQ((uint32_t)ts, 4294967291U);
	ATF_CHECK(ntp_ts_before(ts, ts_of(1700000001, 0)));

	last = ts_of(1700000000, 999000000);
	for (ns = 999000001; ns <= 999999999; ns++) {
		ts = ts_of(1700000000, ns);
		if (!ntp_ts_before(last, ts) || (ts ^ last) >> 32 != 0)
			atf_tc_fail("not monotonic at %ld ns", ns);
		last = ts;
	}
}

ATF_TC_WITHOUT_HEAD(h11_never_zero);
ATF_TC_BODY(h11_never_zero, tc)
{
	ATF_CHECK_EQ(ts_of(ERA1_UNIX, 0), 1);
	ATF_CHECK_EQ(ts_of(-(int64_t)NTP_UNIX_OFFSET, 0), 1);
	ATF_CHECK_EQ(ts_of(ERA1_UNIX, 1), 4);
	ATF_CHECK_EQ(ts_of(ERA1_UNIX - 1, 0), (uint64_t)UINT32_MAX << 32);
	ATF_CHECK_EQ(ts_of(ERA1_UNIX + 1, 0), UINT64_C(1) << 32);
}

ATF_TC_WITHOUT_HEAD(h11_order_across_the_era);
ATF_TC_BODY(h11_order_across_the_era, tc)
{
	ntp_ts		 a = ts_of(ERA1_UNIX - 1, 999999999);
	ntp_ts		 b = ts_of(ERA1_UNIX, 0);
	ntp_ts		 c = ts_of(ERA1_UNIX + 3600, 250000000);

	ATF_CHECK(ntp_ts_before(a, b));
	ATF_CHECK(!ntp_ts_before(b, a));
	ATF_CHECK(!ntp_ts_before(a, a));
	ATF_CHECK(ntp_ts_before(b, c));
	ATF_CHECK(fabs(ntp_ts_diff(c, b) - 3600.25) < 1e-9);
	ATF_CHECK(fabs(ntp_ts_diff(a, c) + 3600.250000001) < 1e-9);
	ATF_CHECK_EQ(ntp_ts_diff(1, 0), 1 / 4294967296.0);
	ATF_CHECK_EQ(ntp_ts_diff(UINT64_C(1) << 63, 0), -2147483648.0);
}

ATF_TC_WITHOUT_HEAD(to_ns_and_back);
ATF_TC_BODY(to_ns_and_back, tc)
{
	/* Seconds around 1900, 1970, 2000, now, the era, the year 2106 */
	static const int64_t	 secs[] = { -INT64_C(2208988801),
				    -INT64_C(2208988800), -1, 0, 1, 946684800,
				    1700000000, ERA1_UNIX - 1, ERA1_UNIX,
				    ERA1_UNIX + 1, INT64_C(4294967296) };
	static const int64_t	 away[] = { 0, 1, -1, 86400, -86400,
				    2147483646, -2147483646 };
	static const long	 nsecs[] = { 0, 1, 2, 499999999, 500000000,
				    999999998, 999999999 };
	size_t			 i, j, k;
	int64_t			 ns, pivot;

	for (i = 0; i < sizeof(secs) / sizeof(secs[0]); i++)
	for (j = 0; j < sizeof(away) / sizeof(away[0]); j++)
	for (k = 0; k < sizeof(nsecs) / sizeof(nsecs[0]); k++) {
		pivot = (secs[i] + away[j]) * NS + 123456789;
		ns = ntp_ts_to_ns(ts_of(secs[i], nsecs[k]), pivot);
		/* the one timestamp that is moved, by 2^-32 s, is 0 */
		if (ns != secs[i] * NS + nsecs[k])
			atf_tc_fail("%lld.%09ld seen from %lld gives %lld",
			    (long long)secs[i], nsecs[k], (long long)pivot,
			    (long long)ns);
	}
}

ATF_TC_WITHOUT_HEAD(to_ns_chooses_the_era);
ATF_TC_BODY(to_ns_chooses_the_era, tc)
{
	int64_t		 era = INT64_C(4294967296), half = INT64_C(2147483648);
	ntp_ts		 ts = ts_of(1700000000, 0);

	ATF_CHECK_EQ(ntp_ts_to_ns(ts, (1700000000 + era) * NS),
	    (1700000000 + era) * NS);
	ATF_CHECK_EQ(ntp_ts_to_ns(ts, (1700000000 + half) * NS),
	    1700000000 * NS);
	ATF_CHECK_EQ(ntp_ts_to_ns(ts, (1700000000 + half) * NS + 1),
	    (1700000000 + era) * NS);
	/* A pivot before 1970 is rounded down, like any other */
	ATF_CHECK_EQ(ntp_ts_to_ns(ts_of(-half, 0), -NS / 2), -half * NS);
	/* Out of the range of int64_t: saturates, does not wrap */
	ATF_CHECK_EQ(ntp_ts_to_ns(ts_of(INT64_MAX / NS + 9, 0), INT64_MAX),
	    INT64_MAX);
	ATF_CHECK_EQ(ntp_ts_to_ns(ts_of(INT64_MIN / NS - 9, 0), INT64_MIN),
	    INT64_MIN);
}

ATF_TC_WITHOUT_HEAD(h9_short_rounds_up_and_saturates);
ATF_TC_BODY(h9_short_rounds_up_and_saturates, tc)
{
	uint32_t	 v;

	ATF_CHECK_EQ(ntp_short_from_seconds(0), 0);
	ATF_CHECK_EQ(ntp_short_from_seconds(1), 65536);
	ATF_CHECK_EQ(ntp_short_from_seconds(1e-9), 1);
	ATF_CHECK_EQ(ntp_short_from_seconds(1.5 / 65536), 2);
	ATF_CHECK_EQ(ntp_short_from_seconds(65535.99999), UINT32_MAX);
	ATF_CHECK_EQ(ntp_short_from_seconds(65536), UINT32_MAX);
	ATF_CHECK_EQ(ntp_short_from_seconds(DBL_MAX), UINT32_MAX);
	ATF_CHECK_EQ(ntp_short_from_seconds(INFINITY), UINT32_MAX);
	ATF_CHECK_EQ(ntp_short_from_seconds(-1), 0);
	ATF_CHECK_EQ(ntp_short_from_seconds(-INFINITY), 0);
	ATF_CHECK_EQ(ntp_short_from_seconds(NAN), 0);
	for (v = 1; v < UINT32_MAX / 3; v *= 3)
		ATF_CHECK_EQ(ntp_short_from_seconds(ntp_short_to_seconds(v)),
		    v);
}

ATF_TC_WITHOUT_HEAD(spans);
ATF_TC_BODY(spans, tc)
{
	static const int64_t	 at[] = { 0, 1700000000, ERA1_UNIX - 1 };
	ntp_ts			 a;
	long			 ns, got;
	unsigned int		 i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		a = ts_of(at[i], 0);
		for (ns = 1; ns <= 999999999; ns += ns / 3 + 1) {
			got = (long)ntp_ts_span(a, ts_of(at[i], ns));
			ATF_CHECK_MSG(got == ns || got == ns - 1,
			    "%ld instead of %ld", got, ns);
		}
		ATF_CHECK_EQ(ntp_ts_span(a, a), 0);
		ATF_CHECK_EQ(ntp_ts_span(a, ts_of(at[i] + 7, 0)), 7 * NS);
		/* the clock was set back */
		ATF_CHECK_EQ(ntp_ts_span(a, a - 1), 0);
		ATF_CHECK_EQ(ntp_ts_span(a, ts_of(at[i] - 86400, 0)), 0);
		/* without an overflow, as far as it goes */
		ATF_CHECK_EQ(ntp_ts_span(a, ts_of(at[i] + 1024, 0)),
		    1024 * NS);
		ATF_CHECK_EQ(ntp_ts_span(a, ts_of(at[i] + 1024, 1)),
		    1024 * NS);
		ATF_CHECK_EQ(ntp_ts_span(a, ts_of(at[i] + INT32_MAX, 0)),
		    1024 * NS);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, from_timespec);
	ATF_TP_ADD_TC(tp, h12_nanoseconds_do_not_overflow);
	ATF_TP_ADD_TC(tp, h11_never_zero);
	ATF_TP_ADD_TC(tp, h11_order_across_the_era);
	ATF_TP_ADD_TC(tp, to_ns_and_back);
	ATF_TP_ADD_TC(tp, to_ns_chooses_the_era);
	ATF_TP_ADD_TC(tp, h9_short_rounds_up_and_saturates);
	ATF_TP_ADD_TC(tp, spans);

	return (atf_no_error());
}
