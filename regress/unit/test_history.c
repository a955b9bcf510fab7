/* SPDX-License-Identifier: ISC */
/* history.c: rows of seconds, minutes and hours, with times given. */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "history.h"

#define NS	1000000000ULL
#define BEGIN	(1700000000ULL - 1700000000ULL % 3600)	/* a full hour */

static struct history		 h;
static struct counters		 told[HISTORY_SOURCES];
static struct hist		 times;
static struct history_look	 look;
static uint64_t			 wall, mono, since;

static void
begin(void)
{
	memset(&h, 0, sizeof(h));
	memset(told, 0, sizeof(told));
	memset(&times, 0, sizeof(times));
	memset(&look, 0, sizeof(look));
	look.stratum = 2;
	look.synchronised = 1;
	since = 1;
	wall = BEGIN;
	mono = 5 * NS;
}

/* n seconds, of which the last ends with n requests more. */
static unsigned int
second(uint64_t n)
{
	told[0].received += n;
	told[0].answered += n / 2;
	told[0].drop_policy += n - n / 2;
	history_told(&h, 0, true, since, &told[0], &times);
	wall++;
	mono += NS;
	return (history_tick(&h, wall, mono, &look));
}

static struct history_row *
row(enum history_step step, uint64_t number)
{
	static struct history_row	 r;

	ATF_REQUIRE_MSG(history_get(&h, step, number, &r), "no row %d/%llu",
	    (int)step, (unsigned long long)number);
	return (&r);
}

static struct history_row *
last(enum history_step step)
{
	return (row(step, history_end(&h, step) - 1));
}

/* Requests of a second: some number that differs from those about it. */
static uint64_t
load(uint64_t s)
{
	return (s * 2654435761U % 1009 + s % 7);
}

static uint64_t
sum_of(uint64_t from, uint64_t n)
{
	uint64_t	 sum = 0;

	while (n-- > 0)
		sum += load(from++);
	return (sum);
}

static void
check_ring(enum history_step step, uint64_t rows)
{
	struct history_row	*r;
	uint64_t		 i, length = history_length(step), want;

	ATF_CHECK_EQ(rows, history_end(&h, step) - 1 - history_first(&h, step));
	for (i = history_first(&h, step); i < history_end(&h, step); i++) {
		r = row(step, i);
		ATF_REQUIRE_EQ(BEGIN + i * length, r->start);
		ATF_REQUIRE_EQ(length, r->covered);
		want = sum_of(r->start, length);
		ATF_REQUIRE_EQ(want, r->counters.received);
		ATF_REQUIRE_EQ(r->counters.received, r->counters.answered +
		    r->counters.drop_policy);
	}
}

ATF_TC_WITHOUT_HEAD(month);
ATF_TC_BODY(month, tc)
{
	uint64_t	 i, n = 31 * 86400;
	unsigned int	 closed, want;

#ifdef NTPSD_SANITIZE
	atf_tc_skip("so many seconds take a sanitizer too long");
#endif
	begin();
	for (i = 0; i < n; i++) {
		closed = second(load(wall));
		want = i == 0 ? 0 : 1 << HISTORY_SECOND;
		if (i > 0 && i % 60 == 0)
			want |= 1 << HISTORY_MINUTE;
		if (i > 0 && i % 3600 == 0)
			want |= 1 << HISTORY_HOUR;
		ATF_REQUIRE_EQ(want, closed);
	}
	check_ring(HISTORY_SECOND, HISTORY_SECONDS);
	check_ring(HISTORY_MINUTE, HISTORY_MINUTES);
	check_ring(HISTORY_HOUR, HISTORY_HOURS);
	ATF_CHECK(!history_get(&h, HISTORY_HOUR, 31 * 24, row(HISTORY_HOUR,
	    31 * 24 - 1)));
	ATF_CHECK(!history_get(&h, HISTORY_HOUR, 0, last(HISTORY_HOUR)));
}

ATF_TC_WITHOUT_HEAD(fixed_memory);
ATF_TC_BODY(fixed_memory, tc)
{
	ATF_CHECK(sizeof(struct history) < 2 * 1024 * 1024);
	ATF_CHECK_EQ(900, HISTORY_SECONDS);
	ATF_CHECK_EQ(1440, HISTORY_MINUTES);
	ATF_CHECK_EQ(720, HISTORY_HOURS);
}

/* What an exact histogram of all times in it says. */
static void
check_times(const struct history_row *r, const struct hist *all)
{
	ATF_CHECK_EQ(all->n, r->times.n);
	ATF_CHECK_EQ((uint64_t)(hist_mean(all) + 0.5), r->times.mean);
	ATF_CHECK_EQ(hist_quantile(all, 0.50), r->times.p50);
	ATF_CHECK_EQ(hist_quantile(all, 0.95), r->times.p95);
	ATF_CHECK_EQ(hist_quantile(all, 0.99), r->times.p99);
	ATF_CHECK_EQ(hist_max(all), r->times.max);
}

ATF_TC_WITHOUT_HEAD(percentiles_of_merged_histograms);
ATF_TC_BODY(percentiles_of_merged_histograms, tc)
{
	static struct hist	 s, m, hour;
	uint64_t		 i, k, ns;

	begin();
	srandom(7);
	for (i = 0; i < 3600; i++) {
		if (i % 60 == 0)
			memset(&m, 0, sizeof(m));
		memset(&s, 0, sizeof(s));
		/* a slow minute in a fast hour */
		for (k = 0; k < i % 13; k++) {
			ns = (uint64_t)random() % (i / 60 == 30 ? 1000000000 :
			    50000);
			hist_add(&s, ns);
			hist_add(&times, ns);
		}
		hist_merge(&m, &s);
		hist_merge(&hour, &s);
		second(k);
		check_times(last(HISTORY_SECOND), &s);
		check_times(last(HISTORY_MINUTE), &m);
	}
	check_times(last(HISTORY_HOUR), &hour);
	second(0);	/* the same when it is over */
	check_times(row(HISTORY_HOUR, 0), &hour);
	check_times(row(HISTORY_MINUTE, 59), &m);
	ATF_CHECK_EQ(0, last(HISTORY_SECOND)->times.n);
	ATF_CHECK_EQ(0, last(HISTORY_SECOND)->times.max);
}

ATF_TC_WITHOUT_HEAD(first_look);
ATF_TC_BODY(first_look, tc)
{
	struct counters	 c;

	begin();
	memset(&c, 0, sizeof(c));
	c.received = 1000;
	/* what was counted before anybody looked is nobody's second */
	history_told(&h, 1, false, 1, &c, NULL);
	/* one that began with us has counted nothing before */
	c.received = 5;
	history_told(&h, 2, true, 1, &c, NULL);
	history_tick(&h, ++wall, mono, &look);
	ATF_CHECK_EQ(5, last(HISTORY_SECOND)->counters.received);
	c.received = 1007;
	history_told(&h, 1, false, 1, &c, NULL);
	c.received = 6;
	history_told(&h, 2, true, 1, &c, NULL);
	history_tick(&h, ++wall, mono += NS, &look);
	ATF_CHECK_EQ(8, last(HISTORY_SECOND)->counters.received);
	/* one that there cannot be */
	history_told(&h, HISTORY_SOURCES, true, 1, &c, NULL);
	history_tick(&h, ++wall, mono += NS, &look);
	ATF_CHECK_EQ(0, last(HISTORY_SECOND)->counters.received);
}

ATF_TC_WITHOUT_HEAD(sources_add_up);
ATF_TC_BODY(sources_add_up, tc)
{
	uint64_t	 want = 0;
	unsigned int	 i, s;

	begin();
	srandom(3);
	for (s = 0; s < 100; s++) {
		for (i = 0; i < HISTORY_SOURCES; i++) {
			told[i].v4 += (uint64_t)random() % 100;
			/* not each is heard each second */
			if (random() % 3 != 0)
				history_told(&h, i, true, 1, &told[i], NULL);
		}
		history_tick(&h, ++wall, mono += NS, &look);
	}
	for (i = 0; i < HISTORY_SOURCES; i++) {
		history_told(&h, i, true, 1, &told[i], NULL);
		want += told[i].v4;
	}
	history_tick(&h, ++wall, mono += NS, &look);
	ATF_CHECK_EQ(want, last(HISTORY_HOUR)->counters.v4);
}

ATF_TC_WITHOUT_HEAD(counters_reset);
ATF_TC_BODY(counters_reset, tc)
{
	begin();
	hist_add(&times, 1000);
	hist_add(&times, 2000);
	second(1000);
	memset(told, 0, sizeof(told));
	memset(&times, 0, sizeof(times));
	hist_add(&times, 500);
	second(10);
	ATF_CHECK_EQ(10, last(HISTORY_SECOND)->counters.received);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->times.n);
	second(10);
	ATF_CHECK_EQ(10, last(HISTORY_SECOND)->counters.received);
	ATF_CHECK_EQ(0, last(HISTORY_SECOND)->times.n);
	ATF_CHECK_EQ(1020, last(HISTORY_MINUTE)->counters.received);
	/* one counter alone */
	told[0].received += 5;
	told[0].drop_policy = 0;
	second(0);
	ATF_CHECK_EQ(0, last(HISTORY_SECOND)->counters.drop_policy);
	ATF_CHECK_EQ(25, last(HISTORY_SECOND)->counters.received);
}

/* A page made anew that has soon counted more than the one before it. */
ATF_TC_WITHOUT_HEAD(begun_anew);
ATF_TC_BODY(begun_anew, tc)
{
	begin();
	hist_add(&times, 1000);
	second(2);
	memset(told, 0, sizeof(told));
	memset(&times, 0, sizeof(times));
	hist_add(&times, 1000);
	hist_add(&times, 1000);
	hist_add(&times, 1000);
	since++;
	second(6);
	ATF_CHECK_EQ(6, last(HISTORY_SECOND)->counters.received);
	ATF_CHECK_EQ(3, last(HISTORY_SECOND)->times.n);
	ATF_CHECK_EQ(1000, last(HISTORY_SECOND)->times.mean);
	second(0);
	ATF_CHECK_EQ(0, last(HISTORY_SECOND)->times.n);
	ATF_CHECK_EQ(4, last(HISTORY_MINUTE)->times.n);
	ATF_CHECK_EQ(8, last(HISTORY_MINUTE)->counters.received);
}

/* Another control: what was counted before it came is in no row. */
ATF_TC_WITHOUT_HEAD(times_before_the_first_look);
ATF_TC_BODY(times_before_the_first_look, tc)
{
	begin();
	told[0].answered = 1000;
	hist_add(&times, 1000000);
	history_told(&h, 0, false, since, &told[0], &times);
	wall++;
	mono += NS;
	history_tick(&h, wall, mono, &look);
	ATF_CHECK_EQ(0, last(HISTORY_SECOND)->times.n);
	hist_add(&times, 50);
	second(2);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->times.n);
	ATF_CHECK_EQ(50, last(HISTORY_SECOND)->times.mean);
	ATF_CHECK_EQ(50, last(HISTORY_MINUTE)->times.max);
	ATF_CHECK_EQ(1, last(HISTORY_MINUTE)->counters.answered);
}

ATF_TC_WITHOUT_HEAD(late_look);
ATF_TC_BODY(late_look, tc)
{
	begin();
	second(10);
	wall += 2;
	mono += 2 * NS;
	second(30);
	/* one row of three seconds: neither a burst nor two empty ones */
	ATF_CHECK_EQ(2, history_end(&h, HISTORY_SECOND));
	ATF_CHECK_EQ(BEGIN + 1, last(HISTORY_SECOND)->start);
	ATF_CHECK_EQ(3, last(HISTORY_SECOND)->covered);
	ATF_CHECK_EQ(30, last(HISTORY_SECOND)->counters.received);
	ATF_CHECK_EQ(4, last(HISTORY_MINUTE)->covered);
	ATF_CHECK_EQ(40, last(HISTORY_MINUTE)->counters.received);
	/* jitter is none */
	mono += NS / 3;
	second(1);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->covered);
	mono -= NS / 3;
	second(1);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->covered);
}

ATF_TC_WITHOUT_HEAD(away);
ATF_TC_BODY(away, tc)
{
	begin();
	second(10);
	wall += 300;
	mono += 300 * NS;
	/* whose second this was nobody knows */
	second(99999);
	ATF_CHECK_EQ(1, history_end(&h, HISTORY_SECOND));
	ATF_CHECK_EQ(10, last(HISTORY_HOUR)->counters.received);
	second(7);
	ATF_CHECK_EQ(BEGIN + 302, last(HISTORY_SECOND)->start);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->covered);
	ATF_CHECK_EQ(7, last(HISTORY_SECOND)->counters.received);
	/* four minutes have no row, two have one second each */
	ATF_CHECK_EQ(2, history_end(&h, HISTORY_MINUTE));
	ATF_CHECK_EQ(BEGIN, row(HISTORY_MINUTE, 0)->start);
	ATF_CHECK_EQ(BEGIN + 300, row(HISTORY_MINUTE, 1)->start);
	ATF_CHECK_EQ(1, row(HISTORY_MINUTE, 1)->covered);
	ATF_CHECK_EQ(2, last(HISTORY_HOUR)->covered);
	ATF_CHECK_EQ(17, last(HISTORY_HOUR)->counters.received);
}

ATF_TC_WITHOUT_HEAD(clock_forward);
ATF_TC_BODY(clock_forward, tc)
{
	begin();
	second(10);
	wall += 7200;
	second(20);
	/* it was a second all the same, wherever it lies now */
	ATF_CHECK_EQ(BEGIN + 7201, last(HISTORY_SECOND)->start);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->covered);
	ATF_CHECK_EQ(20, last(HISTORY_SECOND)->counters.received);
	ATF_CHECK_EQ(2, history_end(&h, HISTORY_HOUR));
	ATF_CHECK_EQ(10, row(HISTORY_HOUR, 0)->counters.received);
}

ATF_TC_WITHOUT_HEAD(clock_back);
ATF_TC_BODY(clock_back, tc)
{
	begin();
	wall += 600;
	second(10);
	wall -= 300;
	second(20);
	ATF_CHECK_EQ(BEGIN + 301, last(HISTORY_SECOND)->start);
	ATF_CHECK_EQ(20, last(HISTORY_SECOND)->counters.received);
	ATF_CHECK_EQ(2, history_end(&h, HISTORY_MINUTE));
	ATF_CHECK_EQ(30, last(HISTORY_HOUR)->counters.received);
	/* by less than a second: the same second goes on */
	mono += NS / 4;
	told[0].received += 5;
	history_told(&h, 0, true, 1, &told[0], NULL);
	ATF_CHECK_EQ(0, history_tick(&h, wall, mono, &look));
	ATF_CHECK_EQ(25, last(HISTORY_SECOND)->counters.received);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->covered);
	/* the last rows are the last, whatever they say the time is */
	ATF_CHECK_EQ(0, history_since(&h, HISTORY_MINUTE, BEGIN + 301));
	ATF_CHECK_EQ(2, history_since(&h, HISTORY_MINUTE, BEGIN + 601));
	/* at the very beginning of time */
	wall = 0;
	second(1);
	second(1);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->start);
	ATF_CHECK_EQ(1, last(HISTORY_SECOND)->counters.received);
}

ATF_TC_WITHOUT_HEAD(looks);
ATF_TC_BODY(looks, tc)
{
	begin();
	look.unique_minute = 11;
	look.unique_hour = 22;
	second(1);
	look.leap = 3;
	look.stratum = 16;
	look.synchronised = 0;
	look.root_dispersion = 12345;
	look.unique_minute = 33;
	look.unique_hour = 44;
	second(1);
	ATF_CHECK_EQ(2, row(HISTORY_SECOND, 0)->stratum);
	ATF_CHECK_EQ(11, row(HISTORY_SECOND, 0)->unique);
	ATF_CHECK_EQ(3, last(HISTORY_MINUTE)->leap);
	ATF_CHECK_EQ(16, last(HISTORY_MINUTE)->stratum);
	ATF_CHECK_EQ(0, last(HISTORY_MINUTE)->synchronised);
	ATF_CHECK_EQ(12345, last(HISTORY_MINUTE)->root_dispersion);
	ATF_CHECK_EQ(33, last(HISTORY_MINUTE)->unique);
	ATF_CHECK_EQ(44, last(HISTORY_HOUR)->unique);
}

ATF_TC_WITHOUT_HEAD(since);
ATF_TC_BODY(since, tc)
{
	unsigned int	 i;

	begin();
	ATF_CHECK_EQ(0, history_since(&h, HISTORY_MINUTE, 0));
	for (i = 0; i < 1000; i++)
		second(1);
	/* the ring has turned: what is left of all */
	ATF_CHECK_EQ(99, history_first(&h, HISTORY_SECOND));
	ATF_CHECK_EQ(99, history_since(&h, HISTORY_SECOND, 0));
	ATF_CHECK_EQ(990, history_since(&h, HISTORY_SECOND, wall - 10));
	ATF_CHECK_EQ(1000, history_since(&h, HISTORY_SECOND, wall));
	/* a row of which a part is asked for is whole */
	ATF_CHECK_EQ(15, history_since(&h, HISTORY_MINUTE, BEGIN + 959));
	ATF_CHECK_EQ(16, history_since(&h, HISTORY_MINUTE, BEGIN + 960));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, month);
	ATF_TP_ADD_TC(tp, fixed_memory);
	ATF_TP_ADD_TC(tp, percentiles_of_merged_histograms);
	ATF_TP_ADD_TC(tp, first_look);
	ATF_TP_ADD_TC(tp, sources_add_up);
	ATF_TP_ADD_TC(tp, counters_reset);
	ATF_TP_ADD_TC(tp, begun_anew);
	ATF_TP_ADD_TC(tp, times_before_the_first_look);
	ATF_TP_ADD_TC(tp, late_look);
	ATF_TP_ADD_TC(tp, away);
	ATF_TP_ADD_TC(tp, clock_forward);
	ATF_TP_ADD_TC(tp, clock_back);
	ATF_TP_ADD_TC(tp, looks);
	ATF_TP_ADD_TC(tp, since);
	return (atf_no_error());
}
