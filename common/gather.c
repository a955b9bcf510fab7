/* SPDX-License-Identifier: ISC */
/* Whether to wait for more requests: see gather.h. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "gather.h"

#define SECOND		UINT64_C(1000000000)
#define WINDOW		(SECOND / 250)	/* in which the rate is counted */
#define QUIET		(SECOND / 20)	/* after which the past is past */
#define RATE_ON		6000		/* requests a second: from here on, */
#define RATE_OFF	3000		/* until it is down here */
#define RATE_MAX	150000		/* and no more than that */
#define ENOUGH		8		/* requests that a wait is for */
#define PLENTY		12		/* that lay ready without a wait */
#define TRIAL		32		/* wake-ups that tell what it gains */
#define LATE_MAX	8		/* full batches among those */
#define PROBE		32		/* one in so many has no wait */
#define REST_MIN	(SECOND / 8)
#define REST_MAX	(64 * SECOND)
#define COUNT_MAX	32		/* means see no more than that */
#define REQUEST		256		/* as means count it */

void
gather_set(struct gather *g, uint64_t wait)
{
	g->wait = wait;
}

uint64_t
gather_wait(struct gather *g)
{
	g->now = g->on && !g->full && g->turn % PROBE != 0;
	if (!g->now)
		return (0);
	return (g->wait < g->span ? g->wait : g->span);
}

static void
mean(uint32_t *m, unsigned int n)
{
	int64_t	 off;

	if (n > COUNT_MAX)
		n = COUNT_MAX;
	off = (int64_t)n * REQUEST - *m;
	*m = *m == 0 ? n * REQUEST : (uint32_t)(*m + off / 16);
}

/* Counts in windows: a clock reading for each request would be too dear. */
static void
count(struct gather *g, unsigned int n, uint64_t mono)
{
	uint64_t	 rate, span = mono - g->from;

	g->count += n;
	if (span < WINDOW)
		return;
	rate = span > SECOND * 3600 ? 0 : g->count * SECOND / span;
	g->rate = span > QUIET ? rate : (g->rate + rate) / 2;
	g->from = mono;
	g->count = 0;
	g->span = SECOND * ENOUGH / (g->rate + 1);
	if (g->on)
		g->on = g->rate >= RATE_OFF && g->rate <= RATE_MAX;
	else
		g->on = g->rate >= RATE_ON && g->rate <= RATE_MAX &&
		    mono >= g->rest;
}

/*
 * Waits that do not bring half as much again are given up, and so are those
 * that end with a full batch: somebody else has the processor meanwhile.
 */
static void
judge(struct gather *g, uint64_t mono)
{
	bool	 good = g->waited >= g->plain + g->plain / 4 &&
		    g->waited >= REQUEST + REQUEST / 2;

	if (g->late < LATE_MAX) {
		if (++g->turn % TRIAL != 0 || g->plain == 0 || g->waited == 0)
			return;
		g->late = 0;
		if (good) {
			g->rest_for = 0;
			return;
		}
	}
	g->rest_for = g->rest_for == 0 ? REST_MIN : g->rest_for * 2;
	if (g->rest_for > REST_MAX)
		g->rest_for = REST_MAX;
	g->rest = mono + g->rest_for;
	g->on = false;
	g->turn = g->late = 0;
	g->waited = 0;
}

void
gather_seen(struct gather *g, unsigned int n, uint64_t mono, bool full)
{
	bool	 was = g->on;

	if (g->wait == 0 || n == 0)
		return;
	g->full = full || (!g->now && n >= PLENTY);
	count(g, n, mono);
	if (!g->on) {
		g->turn = 0;
		mean(&g->plain, n);
		return;
	}
	if (!was)
		g->waited = g->late = 0;
	if (g->now && full)
		g->late++;
	mean(g->now ? &g->waited : &g->plain, n);
	judge(g, mono);
}
