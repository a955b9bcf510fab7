/* SPDX-License-Identifier: ISC */
/* When a child that died is restarted: at once, or after how long. */
#include <string.h>

#include <atf-c.h>

#include "backoff.h"

/* Crashes n times, each the moment it is restarted; the last delay. */
static unsigned int
crashes(struct backoff *b, uint64_t *now, unsigned int n)
{
	unsigned int	 delay = 0;

	while (n-- > 0) {
		delay = backoff_next(b, *now, true);
		*now += delay;
	}
	return (delay);
}

ATF_TC_WITHOUT_HEAD(no_crash_never_waits);
ATF_TC_BODY(no_crash_never_waits, tc)
{
	struct backoff	 b;
	uint64_t	 now = 1000;
	unsigned int	 i;

	memset(&b, 0, sizeof(b));
	for (i = 0; i < 1000; i++)
		ATF_CHECK_EQ(backoff_next(&b, now, false), 0);
	/* Nor do they count: the first five crashes are free as ever. */
	ATF_CHECK_EQ(crashes(&b, &now, BACKOFF_BURST), 0);
	ATF_CHECK_EQ(crashes(&b, &now, 1), BACKOFF_FIRST);
	ATF_CHECK_EQ(backoff_next(&b, now, false), 0);
	ATF_CHECK_EQ(crashes(&b, &now, 1), 2 * BACKOFF_FIRST);
}

ATF_TC_WITHOUT_HEAD(doubles_to_the_limit);
ATF_TC_BODY(doubles_to_the_limit, tc)
{
	static const unsigned int	 want[] = { 0, 0, 0, 0, 0, 10, 20, 40,
					    80, 160, 320, 640, 1000, 1000,
					    1000 };
	struct backoff			 b;
	uint64_t			 now = 5;
	size_t				 i;

	memset(&b, 0, sizeof(b));
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ATF_CHECK_EQ_MSG(crashes(&b, &now, 1), want[i], "crash %zu",
		    i);
	for (i = 0; i < 10000; i++)
		ATF_REQUIRE_EQ(crashes(&b, &now, 1), BACKOFF_MAX);
}

/* The sixth crash within ten seconds of the first waits; later ones do not. */
ATF_TC_WITHOUT_HEAD(window);
ATF_TC_BODY(window, tc)
{
	struct backoff	 b;
	uint64_t	 now = 0;

	memset(&b, 0, sizeof(b));
	ATF_CHECK_EQ(crashes(&b, &now, BACKOFF_BURST), 0);
	now = BACKOFF_WINDOW - 1;
	ATF_CHECK_EQ(crashes(&b, &now, 1), BACKOFF_FIRST);

	memset(&b, 0, sizeof(b));
	now = 0;
	ATF_CHECK_EQ(crashes(&b, &now, BACKOFF_BURST), 0);
	now = BACKOFF_WINDOW;
	ATF_CHECK_EQ(crashes(&b, &now, 1), 0);
}

/* One crash in three seconds, for ever, is never held up: 5 take 12 s. */
ATF_TC_WITHOUT_HEAD(rare_crashes_do_not_wait);
ATF_TC_BODY(rare_crashes_do_not_wait, tc)
{
	struct backoff	 b;
	uint64_t	 now;
	unsigned int	 i;

	memset(&b, 0, sizeof(b));
	for (i = 0, now = 1; i < 1000; i++, now += 3000)
		ATF_REQUIRE_EQ(backoff_next(&b, now, true), 0);
}

ATF_TC_WITHOUT_HEAD(a_quiet_minute_forgives);
ATF_TC_BODY(a_quiet_minute_forgives, tc)
{
	struct backoff	 b;
	uint64_t	 now = 77;

	memset(&b, 0, sizeof(b));
	ATF_CHECK_EQ(crashes(&b, &now, BACKOFF_BURST + 3), 4 * BACKOFF_FIRST);
	now -= 4 * BACKOFF_FIRST;		/* back to the last crash */
	/* A moment less than a minute is not enough … */
	now += BACKOFF_RESET - 1;
	ATF_CHECK_EQ(backoff_next(&b, now, true), 8 * BACKOFF_FIRST);
	/* … and a minute is. */
	now += BACKOFF_RESET;
	ATF_CHECK_EQ(crashes(&b, &now, BACKOFF_BURST), 0);
	ATF_CHECK_EQ(crashes(&b, &now, 1), BACKOFF_FIRST);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_crash_never_waits);
	ATF_TP_ADD_TC(tp, doubles_to_the_limit);
	ATF_TP_ADD_TC(tp, window);
	ATF_TP_ADD_TC(tp, rare_crashes_do_not_wait);
	ATF_TP_ADD_TC(tp, a_quiet_minute_forgives);
	return (atf_no_error());
}
