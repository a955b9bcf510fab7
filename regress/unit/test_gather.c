/* SPDX-License-Identifier: ISC */
/* gather.c: a wait where requests gather in it, and nowhere else. */

#include <stdint.h>
#include <string.h>

#include <atf-c.h>

#include "gather.h"

#define US		1000ULL		/* ns */
#define SECOND		1000000000ULL
#define WAIT		(100 * US)
#define ANSWER		(5 * US)	/* what a request costs, */
#define WAKE		(5 * US)	/* and a wake-up */
#define BATCH		32

struct world {
	struct gather	 g;
	uint64_t	 now, next;	/* the next request comes */
	uint64_t	 hold;		/* how much longer a wait takes */
	unsigned int	 wakes, waits;
};

/* Requests at a rate, for a time; how many of the wake-ups waited, in %. */
static unsigned int
run(struct world *w, uint64_t rate, uint64_t time)
{
	uint64_t	 end = w->now + time, ns;
	unsigned int	 n;

	w->wakes = w->waits = 0;
	if (w->next < w->now)
		w->next = w->now + SECOND / rate;
	while (w->now < end) {
		if (w->now < w->next)
			w->now = w->next;
		w->now += WAKE;
		w->wakes++;
		if ((ns = gather_wait(&w->g)) != 0) {
			w->waits++;
			w->now += ns + w->hold;
		}
		for (n = 0; w->next <= w->now && n < 16 * BATCH; n++)
			w->next += SECOND / rate;
		gather_seen(&w->g, n, w->now, n >= BATCH);
		w->now += n * ANSWER;
	}
	return (w->waits * 100 / w->wakes);
}

static void
world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = 3600 * SECOND;
	gather_set(&w->g, WAIT);
}

ATF_TC_WITHOUT_HEAD(idle);
ATF_TC_BODY(idle, tc)
{
	struct world	 w;

	world(&w);
	ATF_CHECK_EQ(0, run(&w, 1, 100 * SECOND));
	ATF_CHECK_EQ(0, run(&w, 100, 10 * SECOND));
	ATF_CHECK_EQ(0, run(&w, 2000, 10 * SECOND));
}

ATF_TC_WITHOUT_HEAD(some_load);
ATF_TC_BODY(some_load, tc)
{
	static const uint64_t	 rates[] = { 15000, 20000, 50000, 90000 };
	struct world		 w;
	unsigned int		 i, pc;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		world(&w);
		pc = run(&w, rates[i], SECOND);
		ATF_CHECK_MSG(pc >= 80, "%u %% at %u", pc,
		    (unsigned int)rates[i]);
		/* it is not forgotten what no wait is like */
		ATF_CHECK_MSG(pc <= 97, "%u %%", pc);
	}
}

ATF_TC_WITHOUT_HEAD(saturated);
ATF_TC_BODY(saturated, tc)
{
	struct world	 w;
	unsigned int	 pc;

	world(&w);
	pc = run(&w, 250000, SECOND);
	ATF_CHECK_MSG(pc <= 1, "%u %%", pc);
	/* out of some load, at once */
	world(&w);
	(void)run(&w, 20000, SECOND);
	(void)run(&w, 250000, SECOND / 50);
	ATF_CHECK_MSG(w.waits <= 20, "%u waits", w.waits);
	ATF_CHECK_EQ(0, run(&w, 250000, SECOND));
}

ATF_TC_WITHOUT_HEAD(changes);
ATF_TC_BODY(changes, tc)
{
	struct world	 w;
	unsigned int	 i;

	world(&w);
	for (i = 0; i < 5; i++) {
		ATF_CHECK(run(&w, 20000, SECOND / 20) > 60);
		/* the first few after it are delayed in vain */
		(void)run(&w, 500, SECOND / 20);
		ATF_CHECK_MSG(w.waits <= 12, "%u waits", w.waits);
		ATF_CHECK_EQ(0, run(&w, 500, SECOND));
	}
	/* nor is there more than one wait after a silence */
	(void)run(&w, 20000, SECOND / 20);
	w.now += 10 * SECOND;
	(void)run(&w, 1, 10 * SECOND);
	ATF_CHECK_MSG(w.waits <= 1, "%u waits", w.waits);
}

/* A client that asks as soon as it has its answer: waiting gathers nobody. */
ATF_TC_WITHOUT_HEAD(one_by_one);
ATF_TC_BODY(one_by_one, tc)
{
	struct gather	 g;
	uint64_t	 now, ns;
	unsigned int	 waits = 0;

	memset(&g, 0, sizeof(g));
	gather_set(&g, WAIT);
	for (now = SECOND; now < 61 * SECOND; now += 20 * US) {
		ns = gather_wait(&g);
		waits += ns != 0;
		now += ns;
		gather_seen(&g, 1, now, false);
	}
	ATF_CHECK_MSG(waits > 0 && waits < 500, "%u waits", waits);
}

/* Who sleeps on a busy machine is woken up when it is too late. */
ATF_TC_WITHOUT_HEAD(woken_late);
ATF_TC_BODY(woken_late, tc)
{
	struct world	 w;

	world(&w);
	w.hold = 4000 * US;
	(void)run(&w, 20000, 60 * SECOND);
	ATF_CHECK_MSG(w.waits > 0 && w.waits < 100, "%u waits", w.waits);
}

ATF_TC_WITHOUT_HEAD(off);
ATF_TC_BODY(off, tc)
{
	struct world	 w;

	world(&w);
	gather_set(&w.g, 0);
	ATF_CHECK_EQ(0, run(&w, 20000, SECOND));
	/* on, and off again, at once */
	gather_set(&w.g, WAIT);
	ATF_CHECK(run(&w, 20000, SECOND) > 50);
	gather_set(&w.g, 0);
	ATF_CHECK_EQ(0, gather_wait(&w.g));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, idle);
	ATF_TP_ADD_TC(tp, some_load);
	ATF_TP_ADD_TC(tp, saturated);
	ATF_TP_ADD_TC(tp, changes);
	ATF_TP_ADD_TC(tp, one_by_one);
	ATF_TP_ADD_TC(tp, woken_late);
	ATF_TP_ADD_TC(tp, off);
	return (atf_no_error());
}
