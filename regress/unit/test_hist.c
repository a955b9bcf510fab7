/* SPDX-License-Identifier: ISC */
/* hist.c: what it tells is what an exact count tells, within 3 %. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "hist.h"

#define VALUES		100000

static uint64_t	 values[VALUES];
static uint64_t	 state = 0x9e3779b97f4a7c15;

static double
uniform(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (((double)(state >> 11) + 0.5) / 9007199254740992.0);
}

/* Times as they come: evenly, with a long tail, in two heaps, ... */
static uint64_t
draw(int how)
{
	double	 u = uniform(), v = uniform();

	switch (how) {
	case 0:
		return ((uint64_t)(u * 1e6));
	case 1:
		return ((uint64_t)(-20000 * log(u)));
	case 2:
		return ((uint64_t)exp(10 + 1.5 * sqrt(-2 * log(u)) *
		    cos(6.283185307179586 * v)));
	case 3:
		return ((uint64_t)(u < 0.97 ? 9000 + 2000 * v :
		    200e6 + 1e6 * v));
	case 4:
		return ((uint64_t)(500 / pow(u, 1.2)) & HIST_MAX);
	case 5:
		return ((uint64_t)(u * 100));
	default:
		return (123456789);
	}
}

static int
compare(const void *a, const void *b)
{
	const uint64_t	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static void
check_near(uint64_t exact, uint64_t got, int how, double q)
{
	double	 off = fabs((double)got - (double)exact);

	ATF_CHECK_MSG(off <= 0.03 * (double)exact,
	    "distribution %d, %g: exact %ju, got %ju", how, q,
	    (uintmax_t)exact, (uintmax_t)got);
}

ATF_TC(within_three_percent);
ATF_TC_HEAD(within_three_percent, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "percentiles, ends and mean against exact ones, within 3 %%");
}
ATF_TC_BODY(within_three_percent, tc)
{
	static const double	 q[] = { 0.001, 0.5, 0.9, 0.95, 0.99, 0.999 };
	static struct hist	 h;
	double			 sum;
	unsigned int		 i, j;
	int			 how;

	for (how = 0; how <= 6; how++) {
		memset(&h, 0, sizeof(h));
		sum = 0;
		for (i = 0; i < VALUES; i++) {
			values[i] = draw(how);
			sum += (double)values[i];
			hist_add(&h, values[i]);
		}
		qsort(values, VALUES, sizeof(values[0]), compare);
		ATF_CHECK_EQ(VALUES, h.n);
		for (j = 0; j < sizeof(q) / sizeof(q[0]); j++)
			check_near(values[(unsigned int)ceil(q[j] * VALUES) -
			    1], hist_quantile(&h, q[j]), how, q[j]);
		check_near(values[0], hist_min(&h), how, 0);
		check_near(values[VALUES - 1], hist_max(&h), how, 1);
		ATF_CHECK_EQ(hist_min(&h), hist_quantile(&h, 0));
		ATF_CHECK_EQ(hist_max(&h), hist_quantile(&h, 1));
		ATF_CHECK(fabs(hist_mean(&h) - sum / VALUES) <=
		    1e-9 * sum / VALUES);
	}
}

ATF_TC_WITHOUT_HEAD(buckets);
ATF_TC_BODY(buckets, tc)
{
	unsigned int	 i;
	uint64_t	 low, last, middle;

	for (i = 0; i < HIST_BUCKETS; i++) {
		low = hist_low(i);
		last = hist_low(i + 1) - 1;
		middle = hist_middle(i);
		/* one behind the other, without a gap */
		ATF_CHECK_EQ(i, hist_bucket(low));
		ATF_CHECK_EQ(i, hist_bucket(last));
		ATF_CHECK(low <= middle && middle <= last);
		/* and none wider than a 32nd of what it counts */
		ATF_CHECK_MSG((last - low) * 32 < low || last == low,
		    "%u: %ju to %ju", i, (uintmax_t)low, (uintmax_t)last);
		ATF_CHECK((last - middle) * 1000 <= 16 * last);
		ATF_CHECK((middle - low) * 1000 <= 16 * low || last == low);
	}
	ATF_CHECK_EQ(0, hist_low(0));
	ATF_CHECK_EQ(HIST_MAX + 1, hist_low(HIST_BUCKETS));
}

ATF_TC_WITHOUT_HEAD(clamped);
ATF_TC_BODY(clamped, tc)
{
	static struct hist	 h;

	hist_add(&h, HIST_MAX);
	hist_add(&h, HIST_MAX + 1);
	hist_add(&h, UINT64_MAX);
	ATF_CHECK_EQ(3, h.n);
	ATF_CHECK_EQ(3, h.bucket[HIST_BUCKETS - 1]);
	ATF_CHECK_EQ(3 * HIST_MAX, h.sum);
	hist_add(&h, 0);
	ATF_CHECK_EQ(1, h.bucket[0]);
	ATF_CHECK_EQ(0, hist_min(&h));
	check_near(HIST_MAX, hist_max(&h), -1, 1);
}

ATF_TC_WITHOUT_HEAD(none);
ATF_TC_BODY(none, tc)
{
	static struct hist	 h;

	ATF_CHECK_EQ(0, hist_mean(&h));
	ATF_CHECK_EQ(0, hist_quantile(&h, 0));
	ATF_CHECK_EQ(0, hist_quantile(&h, 0.99));
	ATF_CHECK_EQ(0, hist_quantile(&h, 1));
	ATF_CHECK_EQ(0, hist_min(&h));
	ATF_CHECK_EQ(0, hist_max(&h));
	ATF_CHECK_EQ(0, hist_upto(&h, UINT64_MAX));
	hist_repair(&h);
	ATF_CHECK_EQ(0, h.n);
	ATF_CHECK_EQ(0, h.sum);
}

ATF_TC_WITHOUT_HEAD(few);
ATF_TC_BODY(few, tc)
{
	static struct hist	 h;

	hist_add(&h, 10);
	ATF_CHECK_EQ(10, hist_quantile(&h, 0));
	ATF_CHECK_EQ(10, hist_quantile(&h, 0.99));
	hist_add(&h, 20);
	/* the first of two is not exceeded by half of them */
	ATF_CHECK_EQ(10, hist_quantile(&h, 0.5));
	ATF_CHECK_EQ(20, hist_quantile(&h, 0.51));
	ATF_CHECK_EQ(20, hist_quantile(&h, 2));
	ATF_CHECK_EQ(10, hist_quantile(&h, -1));
	ATF_CHECK_EQ(10, hist_quantile(&h, NAN));
	ATF_CHECK_EQ(15, hist_mean(&h));
}

ATF_TC_WITHOUT_HEAD(upto);
ATF_TC_BODY(upto, tc)
{
	static struct hist	 h;
	unsigned int		 i;

	/* its bucket has 101 as well */
	hist_add(&h, 100);
	ATF_CHECK_EQ(0, hist_upto(&h, 100));
	ATF_CHECK_EQ(1, hist_upto(&h, 101));
	memset(&h, 0, sizeof(h));
	for (i = 1; i <= 1000; i++)
		hist_add(&h, i * 1000);
	ATF_CHECK_EQ(0, hist_upto(&h, 0));
	ATF_CHECK_EQ(0, hist_upto(&h, 900));
	ATF_CHECK_EQ(1000, hist_upto(&h, 1100000));
	ATF_CHECK_EQ(1000, hist_upto(&h, UINT64_MAX));
	for (i = 1; i < 1000; i++) {
		ATF_CHECK(hist_upto(&h, i * 1000) <= i);
		ATF_CHECK(hist_upto(&h, i * 1000) + 1 + i * 32 / 1000 >=
		    i - i / 32);
	}
}

static void
fill(struct hist *h, unsigned int n, int how)
{
	while (n-- > 0)
		hist_add(h, draw(how));
}

ATF_TC_WITHOUT_HEAD(merged_and_subtracted);
ATF_TC_BODY(merged_and_subtracted, tc)
{
	static struct hist	 a, b, both, d;

	fill(&a, 1000, 1);
	fill(&b, 500, 3);
	both = a;
	hist_merge(&both, &b);
	ATF_CHECK_EQ(1500, both.n);
	ATF_CHECK_EQ(a.sum + b.sum, both.sum);
	hist_sub(&d, &both, &a);
	ATF_CHECK_EQ(0, memcmp(&d, &b, sizeof(d)));
	hist_sub(&d, &both, &b);
	ATF_CHECK_EQ(0, memcmp(&d, &a, sizeof(d)));
	hist_sub(&d, &a, &a);
	ATF_CHECK_EQ(0, d.n);
	ATF_CHECK_EQ(0, d.sum);
	/* in place */
	hist_sub(&both, &both, &a);
	ATF_CHECK_EQ(0, memcmp(&both, &b, sizeof(b)));
}

ATF_TC_WITHOUT_HEAD(gone_back);
ATF_TC_BODY(gone_back, tc)
{
	static struct hist	 old, new, d;
	unsigned int		 i;

	fill(&old, 1000, 0);
	/* one that began anew */
	hist_sub(&d, &new, &old);
	ATF_CHECK_EQ(0, d.n);
	ATF_CHECK_EQ(0, d.sum);
	ATF_CHECK_EQ(0, hist_quantile(&d, 0.99));
	/* and counts other times since */
	hist_add(&new, HIST_MAX);
	hist_sub(&d, &new, &old);
	ATF_CHECK_EQ(1, d.n);
	ATF_CHECK_EQ(1, d.bucket[HIST_BUCKETS - 1]);
	check_near(HIST_MAX, (uint64_t)hist_mean(&d), -1, 0.5);
	/* nonsense gives nonsense, but ends */
	for (i = 0; i < HIST_BUCKETS; i++)
		old.bucket[i] = UINT64_MAX - i;
	hist_sub(&d, &new, &old);
	ATF_CHECK_EQ(0, d.n);
	hist_sub(&d, &old, &new);
	ATF_CHECK(hist_quantile(&d, 0.5) <= HIST_MAX);
	ATF_CHECK(hist_mean(&d) >= 0);
	old.n = UINT64_MAX;
	ATF_CHECK(hist_quantile(&old, 1) <= HIST_MAX);
}

ATF_TC_WITHOUT_HEAD(repaired);
ATF_TC_BODY(repaired, tc)
{
	static struct hist	 h, was;

	fill(&h, 1000, 2);
	was = h;
	hist_repair(&h);
	ATF_CHECK_EQ(0, memcmp(&h, &was, sizeof(h)));
	h.n = 7;
	hist_repair(&h);
	ATF_CHECK_EQ(0, memcmp(&h, &was, sizeof(h)));
	h.sum = 0;
	hist_repair(&h);
	ATF_CHECK(fabs(hist_mean(&h) - hist_mean(&was)) <=
	    0.032 * hist_mean(&was));
	h.sum = UINT64_MAX;
	hist_repair(&h);
	ATF_CHECK(fabs(hist_mean(&h) - hist_mean(&was)) <=
	    0.032 * hist_mean(&was));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, within_three_percent);
	ATF_TP_ADD_TC(tp, buckets);
	ATF_TP_ADD_TC(tp, clamped);
	ATF_TP_ADD_TC(tp, none);
	ATF_TP_ADD_TC(tp, few);
	ATF_TP_ADD_TC(tp, upto);
	ATF_TP_ADD_TC(tp, merged_and_subtracted);
	ATF_TP_ADD_TC(tp, gone_back);
	ATF_TP_ADD_TC(tp, repaired);
	return (atf_no_error());
}
