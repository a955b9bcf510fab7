/* SPDX-License-Identifier: ISC */
/* limit.c: K1, a token bucket for each source. */

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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, burst_then_refused);
	ATF_TP_ADD_TC(tp, the_rate_holds);
	ATF_TP_ADD_TC(tp, no_limit);
	ATF_TP_ADD_TC(tp, extremes);
	return (atf_no_error());
}
