/* SPDX-License-Identifier: ISC */
/* limit.c: K1, a token bucket for each source, and one for all KoDs. */

#include <string.h>

#include <atf-c.h>

#include "limit.h"

#define SECOND	1000000000ULL

static unsigned int
take(const struct limit *l, uint64_t *full, uint64_t now, unsigned int n)
{
	unsigned int	 got = 0;

	while (n-- > 0)
		got += limit_take(l, full, now);
	return (got);
}

ATF_TC_WITHOUT_HEAD(burst_then_refused);
ATF_TC_BODY(burst_then_refused, tc)
{
	struct limit	 l;
	uint64_t	 full = 0;

	limit_set(&l, 100, 5);
	ATF_CHECK_EQ(5, take(&l, &full, SECOND, 100));
	/* a token each 10 ms from there on */
	ATF_CHECK_EQ(0, take(&l, &full, SECOND + 9999999, 1));
	ATF_CHECK_EQ(1, take(&l, &full, SECOND + 10000000, 100));
	ATF_CHECK_EQ(3, take(&l, &full, SECOND + 40000000, 100));
	/* and no more than the burst, however long it was quiet */
	ATF_CHECK_EQ(5, take(&l, &full, 1000 * SECOND, 100));
}

ATF_TC_WITHOUT_HEAD(the_rate_holds);
ATF_TC_BODY(the_rate_holds, tc)
{
	static const double	 rates[] = { 0.1, 0.5, 1, 3, 7.5, 100, 9999 };
	struct limit		 l;
	uint64_t		 full, now;
	unsigned int		 i, got;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		limit_set(&l, rates[i], 3);
		full = got = 0;
		/* asked ten times as often, for a thousand tokens' time */
		for (now = SECOND; now < SECOND + 1000 * l.interval;
		    now += l.interval / 10)
			got += limit_take(&l, &full, now);
		ATF_CHECK_EQ_MSG(1002, got, "%u at %g/s", got, rates[i]);
	}
}

ATF_TC_WITHOUT_HEAD(no_limit);
ATF_TC_BODY(no_limit, tc)
{
	struct limit	 l;
	uint64_t	 full = 0;

	limit_set(&l, 0, 5);
	ATF_CHECK_EQ(0, l.interval);
	ATF_CHECK_EQ(100000, take(&l, &full, 1, 100000));
}

ATF_TC_WITHOUT_HEAD(extremes);
ATF_TC_BODY(extremes, tc)
{
	struct limit	 l;
	uint64_t	 full = 0;

	limit_set(&l, 1e-30, 255);
	ATF_CHECK_EQ(255, take(&l, &full, 0, 1000));
	ATF_CHECK_EQ(0, take(&l, &full, 3600 * SECOND, 10));
	/* a burst of 1 is the plain interval; 0 cannot be had */
	limit_set(&l, 1, 1);
	full = 0;
	ATF_CHECK_EQ(1, take(&l, &full, SECOND, 10));
	ATF_CHECK_EQ(1, take(&l, &full, 2 * SECOND, 10));
	limit_set(&l, 1, 0);
	full = 0;
	ATF_CHECK_EQ(1, take(&l, &full, SECOND, 10));
}

/* A bucket cannot be emptier than empty: under a lower limit before, say. */
ATF_TC_WITHOUT_HEAD(any_state);
ATF_TC_BODY(any_state, tc)
{
	struct limit	 slow, fast;
	uint64_t	 full = UINT64_MAX;

	limit_set(&fast, 100, 5);
	ATF_CHECK_EQ(0, take(&fast, &full, SECOND, 10));
	ATF_CHECK_EQ(1, take(&fast, &full, SECOND + 10000000, 10));
	limit_set(&slow, 0.001, 5);
	full = 0;
	ATF_CHECK_EQ(5, take(&slow, &full, SECOND, 10));
	ATF_CHECK_EQ(0, take(&fast, &full, SECOND, 10));
	ATF_CHECK_EQ(100, take(&fast, &full, SECOND + 10000000, 1) +
	    99 * take(&fast, &full, SECOND + 20000000, 1));
}

ATF_TC(k1_kod_budget);
ATF_TC_HEAD(k1_kod_budget, tc)
{
	atf_tc_set_md_var(tc, "descr", "K1: KoDs have a budget of their own");
}
ATF_TC_BODY(k1_kod_budget, tc)
{
	struct limit	 source, kods;
	uint64_t	 full[1000], budget = 0, now;
	unsigned int	 i, sent = 0;

	limit_set(&source, 1, 1);
	limit_set(&kods, 10, 20);
	memset(full, 0, sizeof(full));
	/* a thousand sources over their limit, for ten seconds */
	for (now = SECOND; now < 11 * SECOND; now += SECOND / 10)
		for (i = 0; i < 1000; i++)
			if (!limit_take(&source, &full[i], now))
				sent += limit_take(&kods, &budget, now);
	ATF_CHECK_MSG(sent >= 118 && sent <= 120, "%u", sent);
}

ATF_TC(k1_kod_poll);
ATF_TC_HEAD(k1_kod_poll, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "K1, H4: the poll of a KoD is one that the limit allows");
}
ATF_TC_BODY(k1_kod_poll, tc)
{
	struct limit	 l;

	limit_set(&l, 100, 5);
	ATF_CHECK_EQ(0, limit_poll(&l, 0));
	ATF_CHECK_EQ(6, limit_poll(&l, 6));
	ATF_CHECK_EQ(17, limit_poll(&l, 17));
	ATF_CHECK_EQ(17, limit_poll(&l, 18));
	ATF_CHECK_EQ(17, limit_poll(&l, 127));
	/* signed: -1, -128 */
	ATF_CHECK_EQ(0, limit_poll(&l, 255));
	ATF_CHECK_EQ(0, limit_poll(&l, 128));
	limit_set(&l, 1, 5);
	ATF_CHECK_EQ(0, limit_poll(&l, 0));
	limit_set(&l, 0.99, 5);
	ATF_CHECK_EQ(1, limit_poll(&l, 0));
	limit_set(&l, 1.0 / 64, 5);
	ATF_CHECK_EQ(6, limit_poll(&l, 4));
	ATF_CHECK_EQ(6, limit_poll(&l, 250));
	ATF_CHECK_EQ(10, limit_poll(&l, 10));
	limit_set(&l, 1.0 / 65, 5);
	ATF_CHECK_EQ(7, limit_poll(&l, 4));
	limit_set(&l, 1e-30, 5);
	ATF_CHECK_EQ(17, limit_poll(&l, 4));
	limit_set(&l, 0, 5);
	ATF_CHECK_EQ(4, limit_poll(&l, 4));
}

ATF_TC(k3_lifted);
ATF_TC_HEAD(k3_lifted, tc)
{
	atf_tc_set_md_var(tc, "descr", "K3: a lifted limit is a limit");
}
ATF_TC_BODY(k3_lifted, tc)
{
	struct limit	 l, lifted;
	uint64_t	 full = 0, now;
	unsigned int	 got = 0;

	limit_set(&l, 10, 5);
	limit_lift(&lifted, &l);
	for (now = SECOND; now < 11 * SECOND; now += SECOND / 1000)
		got += limit_take(&lifted, &full, now);
	ATF_CHECK_MSG(got >= 803 && got <= 805, "%u", got);
	/* and back: what was taken there is not held against it for long */
	now = 11 * SECOND;
	ATF_CHECK(take(&l, &full, now, 100) <= 5);
	ATF_CHECK_EQ(1, take(&l, &full, now + SECOND / 10, 100));
	limit_set(&l, 1000000, 5);
	limit_lift(&lifted, &l);
	ATF_CHECK_EQ(125, lifted.interval);
	limit_set(&l, 0, 5);
	limit_lift(&lifted, &l);
	ATF_CHECK_EQ(0, lifted.interval);
	full = 0;
	ATF_CHECK_EQ(1000, take(&lifted, &full, 1, 1000));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, burst_then_refused);
	ATF_TP_ADD_TC(tp, the_rate_holds);
	ATF_TP_ADD_TC(tp, no_limit);
	ATF_TP_ADD_TC(tp, extremes);
	ATF_TP_ADD_TC(tp, any_state);
	ATF_TP_ADD_TC(tp, k1_kod_budget);
	ATF_TP_ADD_TC(tp, k1_kod_poll);
	ATF_TP_ADD_TC(tp, k3_lifted);
	return (atf_no_error());
}
