/* SPDX-License-Identifier: ISC */
/* unique.c: estimates within three standard errors. */

#include <math.h>
#include <string.h>

#include <atf-c.h>

#include "siphash.h"
#include "unique.h"

#define ERROR	(1.04 / 45.25)		/* sqrt(2048) */

static struct unique		 u;
static struct siphash_key	 key;

/* So many sources, each heard a few times. */
static void
hear(uint64_t from, uint64_t n, uint64_t minute)
{
	uint64_t	 i, hash;

	for (i = from; i < from + n; i++) {
		hash = siphash(&key, &i, sizeof(i));
		unique_add(&u, hash, minute);
		unique_add(&u, hash, minute);
	}
}

static void
begin(uint8_t secret)
{
	uint8_t	 octets[16];

	memset(&u, 0, sizeof(u));
	memset(octets, secret, sizeof(octets));
	siphash_key_set(&key, octets);
}

static void
within(double got, double want, double errors)
{
	ATF_CHECK_MSG(fabs(got - want) <= errors * ERROR * want, "%g: %g",
	    want, got);
}

static void
near(double got, double want)
{
	within(got, want, 3);
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static const uint64_t	 ns[] = { 0, 1, 2, 10, 100, 1000, 3000, 5000,
				    8000, 12000, 100000, 1000000 };
	unsigned int		 i, k;

	for (i = 0; i < 12; i++)
		for (k = 1; k <= (ns[i] > 20000 ? 2 : 10); k++) {
			begin((uint8_t)k);
			hear(0, ns[i], 5);
			near(unique_hour(&u, 5), (double)ns[i]);
			near(unique_minute(&u, 6), (double)ns[i]);
		}
	/* few are told apart */
	begin(1);
	hear(0, 10, 5);
	ATF_CHECK_EQ(10, round(unique_hour(&u, 5)));
}

/* No bias: the mean of many is nearer than each of them. */
ATF_TC_WITHOUT_HEAD(bias);
ATF_TC_BODY(bias, tc)
{
	static const uint64_t	 ns[] = { 500, 2000, 5000, 10000, 20000 };
	unsigned int		 i, k;
	double			 sum;

	for (i = 0; i < 5; i++) {
		sum = 0;
		for (k = 1; k <= 50; k++) {
			begin((uint8_t)k);
			hear(0, ns[i], 5);
			sum += unique_hour(&u, 5) / 50;
		}
		ATF_CHECK_MSG(fabs(sum - (double)ns[i]) <= 3 * ERROR / 7 *
		    (double)ns[i], "%llu: %g", (unsigned long long)ns[i], sum);
	}
}

ATF_TC_WITHOUT_HEAD(minutes);
ATF_TC_BODY(minutes, tc)
{
	begin(7);
	ATF_CHECK_EQ(0, unique_minute(&u, 0));
	ATF_CHECK_EQ(0, unique_minute(&u, 100));
	ATF_CHECK_EQ(0, unique_hour(&u, 100));
	/* in the first one there is no whole one */
	hear(0, 1000, 100);
	near(unique_minute(&u, 100), 1000);
	near(unique_minute(&u, 101), 1000);
	hear(1000, 50, 101);
	near(unique_minute(&u, 101), 1000);
	near(unique_minute(&u, 102), 50);
	ATF_CHECK_EQ(0, unique_minute(&u, 103));
	near(unique_hour(&u, 103), 1050);
	/* the same ones again are no others */
	hear(0, 1000, 104);
	near(unique_hour(&u, 104), 1050);
	/* time does not go back */
	hear(5000, 1000, 90);
	near(unique_minute(&u, 105), 2000);
	unique_turn(&u, 90);
	hear(0, 1, 104);
	near(unique_minute(&u, 105), 2000);
	near(unique_hour(&u, 102), 1050);
}

ATF_TC_WITHOUT_HEAD(the_ring_wraps);
ATF_TC_BODY(the_ring_wraps, tc)
{
	uint64_t	 m;

	begin(9);
	/* 100 in a minute, each minute others */
	for (m = 0; m < 500; m++) {
		hear(m * 100, 100, m);
		/* of a thousand tries some are further off than three */
		within(unique_hour(&u, m), m < 60 ? 100 * (double)(m + 1) :
		    6000, 4.5);
		if (m > 0)
			within(unique_minute(&u, m), 100, 4.5);
	}
	/* it runs dry after an hour */
	near(unique_hour(&u, 499 + 30), 3000);
	near(unique_hour(&u, 499 + 59), 100);
	ATF_CHECK_EQ(0, unique_hour(&u, 499 + 60));
	/* a gap of hours: what is older is not taken for new */
	hear(0, 10, 10000);
	ATF_CHECK_EQ(10, round(unique_hour(&u, 10000)));
	ATF_CHECK_EQ(0, unique_minute(&u, 10000));
	hear(0, 20, 10030);
	ATF_CHECK_EQ(20, round(unique_hour(&u, 10030)));
	ATF_CHECK_EQ(20, round(unique_hour(&u, 10060)));
}

ATF_TC_WITHOUT_HEAD(extremes);
ATF_TC_BODY(extremes, tc)
{
	unsigned int	 i;

	begin(0);
	unique_add(&u, 0, 0);
	unique_add(&u, UINT64_MAX, 0);
	ATF_CHECK_EQ(2, round(unique_hour(&u, 0)));
	for (i = 0; i < UNIQUE_REGS; i++)
		unique_add(&u, (uint64_t)i << (64 - UNIQUE_BITS), 0);
	/* all registers full, as 2^64 sources would have them */
	ATF_CHECK(unique_hour(&u, 0) > 1e18);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, bias);
	ATF_TP_ADD_TC(tp, minutes);
	ATF_TP_ADD_TC(tp, the_ring_wraps);
	ATF_TP_ADD_TC(tp, extremes);
	return (atf_no_error());
}
