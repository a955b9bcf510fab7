/* SPDX-License-Identifier: ISC */
/* Rows of seconds, minutes and hours: see history.h. */

#include <string.h>

#include "history.h"

#define NS	UINT64_C(1000000000)

static const struct {
	uint64_t	 length, rows;
} steps[HISTORY_STEPS] = {
	[HISTORY_SECOND] = { 1, HISTORY_SECONDS },
	[HISTORY_MINUTE] = { 60, HISTORY_MINUTES },
	[HISTORY_HOUR] = { 3600, HISTORY_HOURS }
};

uint64_t
history_length(enum history_step step)
{
	return (steps[step].length);
}

struct history_row *
history_at(struct history *h, enum history_step step, uint64_t number)
{
	struct history_row	*ring = step == HISTORY_SECOND ? h->second :
				    step == HISTORY_MINUTE ? h->minute :
				    h->hour;

	return (&ring[number % steps[step].rows]);
}

void
history_put(struct history *h, enum history_step step,
    const struct history_row *row)
{
	*history_at(h, step, h->put[step]) = *row;
	h->put[step]++;
}

/* Whether any of them is less than it was. */
static bool
went_back(const struct counters *now, const struct counters *before)
{
	size_t	 i;

	for (i = 0; i < counter_nrows; i++)
		if (counter_get(now, &counter_rows[i]) <
		    counter_get(before, &counter_rows[i]))
			return (true);
	return (false);
}

/* To all that is in the one, what the other has more than a third. */
static void
add_more(struct counters *to, const struct counters *now,
    const struct counters *before)
{
#define CTR(field, metric, labels, help)				\
	to->field += now->field - before->field;
#include "counters.def"
#undef CTR
}

void
history_told(struct history *h, unsigned int source, bool fresh,
    uint64_t since, const struct counters *counters, const struct hist *times)
{
	static const struct counters	 none;
	struct history_source		*s;
	const struct counters		*before;
	struct hist			 more;
	bool				 anew;

	if (source >= HISTORY_SOURCES)
		return;
	s = &h->source[source];
	anew = s->known && (since != s->since ||
	    went_back(counters, &s->counters));
	if (anew)
		memset(&s->times, 0, sizeof(s->times));
	if (s->known || fresh) {
		before = anew || !s->known ? &none : &s->counters;
		add_more(&h->counters, counters, before);
		if (times != NULL) {
			hist_sub(&more, times, &s->times);
			hist_merge(&h->times, &more);
		}
	}
	s->known = true;
	s->since = since;
	s->counters = *counters;
	if (times != NULL)
		s->times = *times;
}

static void
times_of(struct history_times *t, const struct hist *h)
{
	t->n = h->n;
	t->mean = (uint64_t)(hist_mean(h) + 0.5);
	t->p50 = hist_quantile(h, 0.50);
	t->p95 = hist_quantile(h, 0.95);
	t->p99 = hist_quantile(h, 0.99);
	t->max = hist_max(h);
}

/* As it is now.  A row that was read back may have times and no histogram. */
static void
row_of(const struct history_open *o, struct history_row *row)
{
	*row = o->row;
	if (o->times.n > 0)
		times_of(&row->times, &o->times);
}

static bool
close_row(struct history *h, enum history_step step)
{
	struct history_open	*o = &h->open[step];
	struct history_row	 row;

	if (o->row.covered == 0)
		return (false);
	row_of(o, &row);
	history_put(h, step, &row);
	if (step == HISTORY_MINUTE)
		h->minute_times = o->times;
	memset(o, 0, sizeof(*o));
	return (true);
}

/* The seconds that began at a time, to the row that this one is in. */
static bool
add_to(struct history *h, enum history_step step, uint64_t at, uint32_t n,
    const struct history_look *look)
{
	struct history_open	*o = &h->open[step];
	uint64_t		 start = at - at % steps[step].length;
	bool			 closed = false;

	if (o->row.start != start)
		closed = close_row(h, step);
	o->row.start = start;
	o->row.covered += n > 0 || o->row.covered > 0 ? n : 1;
	o->row.leap = look->leap;
	o->row.stratum = look->stratum;
	o->row.synchronised = look->synchronised;
	o->row.root_dispersion = look->root_dispersion;
	o->row.unique = step == HISTORY_HOUR ? look->unique_hour :
	    look->unique_minute;
	counters_add(&o->row.counters, &h->counters);
	if (h->times.n > 0)
		hist_merge(&o->times, &h->times);
	return (closed);
}

unsigned int
history_tick(struct history *h, uint64_t now, uint64_t mono,
    const struct history_look *look)
{
	uint64_t	 n, at;
	unsigned int	 step, closed = 0;

	n = mono > h->last ? (mono - h->last + NS / 2) / NS : 0;
	/* The first look has none to be compared with: it is a second's. */
	if (h->last == 0)
		n = 1;
	h->last = mono;
	at = now - (n > 0 ? n : 1);	/* 0: the clock was set meanwhile */
	if (n <= HISTORY_GAP && now > n)
		for (step = 0; step < HISTORY_STEPS; step++)
			if (add_to(h, (enum history_step)step, at,
			    (uint32_t)n, look))
				closed |= 1U << step;
	memset(&h->counters, 0, sizeof(h->counters));
	memset(&h->times, 0, sizeof(h->times));
	return (closed);
}

uint64_t
history_first(const struct history *h, enum history_step step)
{
	return (h->put[step] > steps[step].rows ?
	    h->put[step] - steps[step].rows : 0);
}

uint64_t
history_end(const struct history *h, enum history_step step)
{
	return (h->put[step] + (h->open[step].row.covered > 0));
}

bool
history_get(const struct history *h, enum history_step step, uint64_t number,
    struct history_row *row)
{
	const struct history_row	*ring = step == HISTORY_SECOND ?
					    h->second : step == HISTORY_MINUTE ?
					    h->minute : h->hour;

	if (number < history_first(h, step) || number >= history_end(h, step))
		return (false);
	if (number == h->put[step])
		row_of(&h->open[step], row);
	else
		*row = ring[number % steps[step].rows];
	return (true);
}

/* Backwards: the clock may have been set back, but not the last rows. */
uint64_t
history_since(const struct history *h, enum history_step step, uint64_t since)
{
	struct history_row	 row;
	uint64_t		 number = history_end(h, step);

	while (number > 0 && history_get(h, step, number - 1, &row) &&
	    row.start + steps[step].length > since)
		number--;
	return (number);
}
