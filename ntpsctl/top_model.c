/* SPDX-License-Identifier: ISC */
/* What ntpsctl top knows: see top_model.h. */
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "hist.h"
#include "top_model.h"

#define NS		1000000000ULL
#define SHORTEST	(NS / 1000)	/* that a rate is made of */

/* A hostile daemon's numbers may add up to more than there is. */
static uint64_t
plus(uint64_t a, uint64_t b)
{
	return (a > UINT64_MAX - b ? UINT64_MAX : a + b);
}

/* A second's part of what came in a span; never TOP_UNKNOWN. */
static uint64_t
per_second(uint64_t count, uint64_t span)
{
	double	 rate;

	if (span < SHORTEST)
		span = SHORTEST;
	rate = (double)count * (double)NS / (double)span + 0.5;
	return (rate < 1e19 ? (uint64_t)rate : (uint64_t)1e19);
}

static void
rates_of(struct top_rates *r, const struct counters *c, uint64_t span)
{
	r->requests = per_second(c->received, span);
	r->answered = per_second(c->answered, span);
	r->refused = per_second(counters_sum(c, "drop_"), span);
	r->lost = per_second(c->kernel_drops, span);
}

/* What came to one since it was another; all of it if it began anew. */
static void
moved(struct counters *d, const struct counters *c,
    const struct counters *before, bool anew)
{
	uint64_t	 n, b;
	size_t		 i;

	memset(d, 0, sizeof(*d));
	for (i = 0; i < counter_nrows; i++) {
		n = counter_get(c, &counter_rows[i]);
		b = counter_get(before, &counter_rows[i]);
		if (!anew && n >= b)
			n -= b;
		memcpy((char *)d + counter_rows[i].offset, &n, sizeof(n));
	}
}

static void
keep(struct top_model *m, uint64_t at, const struct top_rates *r)
{
	struct top_second	*s = &m->second[at % TOP_SECONDS];

	s->at = at;
	s->rate = *r;
}

/*
 * Every second since the last look is like their mean, but for a gap's; so is
 * that of the first look, and what is between it and the end of the history,
 * of which the daemon had not told yet.
 */
static void
keep_since(struct top_model *m, uint64_t now)
{
	uint64_t	 at = now / NS, last = m->now / NS, back;

	if (last >= at || at - last > HISTORY_GAP)
		last = at - 1;
	else {
		for (back = 0; back < 3; back++)
			if (m->second[(last - back) % TOP_SECONDS].at ==
			    last - back)
				break;
		last -= back < 3 ? back : 1;
	}
	while (last < at)
		keep(m, ++last, &m->rate);
}

static void
look_times(struct top_model *m, const struct answers *a, bool anew)
{
	static const struct hist	 none;
	struct hist			 h;
	unsigned int			 i;

	for (i = 0; i < TIMES_KINDS; i++) {
		hist_sub(&h, &a->times[i], anew ? &none : &m->told[i]);
		m->times[i].n = h.n;
		m->times[i].p50 = hist_quantile(&h, 0.5);
		m->times[i].p99 = hist_quantile(&h, 0.99);
		m->told[i] = a->times[i];
	}
}

void
top_look(struct top_model *m, const struct answers *a, uint64_t mono)
{
	struct counters	 d;
	uint64_t	 span = mono - m->mono;
	bool		 anew;

	anew = a->stats.since != m->stats.since ||
	    a->stats.counters.received < m->stats.counters.received;
	/* what is new can't be older than the counters are */
	if (anew && a->now > a->stats.since && a->now - a->stats.since < span)
		span = a->now - a->stats.since;
	look_times(m, a, anew);
	if (m->looked) {
		moved(&d, &a->stats.counters, &m->stats.counters, anew);
		rates_of(&m->rate, &d, span);
		keep_since(m, a->now);
		m->rated = true;
	} else
		memset(m->times, 0, sizeof(m->times));
	m->looked = true;
	m->now = a->now;
	m->mono = mono;
	m->status = a->status;
	m->stats = a->stats;
	memcpy(m->process, a->processes, sizeof(m->process));
	m->nprocesses = a->nprocesses;
}

void
top_history(struct top_model *m, const struct answers *a)
{
	const struct history_row	*r;
	struct top_rates		 rate;
	uint64_t			 i;

	for (r = a->rows; r < a->rows + a->nrows; r++) {
		if (r->covered > HISTORY_GAP ||
		    r->start + r->covered > a->now / NS + 1 ||
		    r->start + TOP_SECONDS <= a->now / NS)
			continue;
		rates_of(&rate, &r->counters, r->covered * NS);
		for (i = 0; i < r->covered; i++)
			keep(m, r->start + i, &rate);
	}
}

static bool
same_source(const struct client_row *a, const struct client_row *b)
{
	return (a->family == b->family && a->bits == b->bits &&
	    memcmp(a->ip, b->ip, sizeof(a->ip)) == 0);
}

static int
compare(uint64_t a, uint64_t b)
{
	return (a < b ? -1 : a > b);
}

/* Equals stand still, in the order of their addresses. */
static int
by_source(const struct client_row *p, const struct client_row *q)
{
	if (p->family != q->family)
		return (compare(p->family, q->family));
	return (memcmp(p->ip, q->ip, sizeof(p->ip)));
}

static int
by_requests(const void *a, const void *b)
{
	const struct top_client	*p = a, *q = b;
	int			 n = compare(q->row.requests, p->row.requests);

	return (n != 0 ? n : by_source(&p->row, &q->row));
}

static int
by_drops(const void *a, const void *b)
{
	const struct top_client	*p = a, *q = b;
	int			 n = compare(q->row.drops, p->row.drops);

	return (n != 0 ? n : by_requests(a, b));
}

/* By ages: those that send every second would change places all the time. */
static int
by_last(const void *a, const void *b)
{
	const struct top_client	*p = a, *q = b;
	int			 n = compare(p->row.last / 1000,
				    q->row.last / 1000);

	return (n != 0 ? n : by_source(&p->row, &q->row));
}

static void
sort(struct top_client *c, size_t n, uint32_t order)
{
	if (n > 1)
		qsort(c, n, sizeof(*c), order == CLIENTS_BY_DROPS ? by_drops :
		    order == CLIENTS_BY_LAST ? by_last : by_requests);
}

void
top_prefix(struct prefix *p, const struct client_row *r)
{
	memset(p, 0, sizeof(*p));
	p->family = r->family;
	p->bits = r->bits;
	memcpy(p->ip, r->ip, sizeof(p->ip));
}

void
top_arrange(struct top_model *m, uint32_t order, const struct prefix *in)
{
	const struct client_row	*r;
	unsigned int		 i, kept = 0;

	for (i = 0; i < m->nclients; i++) {
		r = &m->client[i].row;
		if (in->family == 0 || (r->bits >= in->bits &&
		    prefix_has(in, r->family, r->ip)))
			m->client[kept++] = m->client[i];
	}
	m->nclients = kept;
	sort(m->client, m->nclients, order);
}

/* What it did since the last look, if it was shown then. */
static void
rate_client(const struct top_model *m, struct top_client *c, uint64_t mono)
{
	const struct top_client	*b;

	c->rate = c->drops = TOP_UNKNOWN;
	c->mono = mono;
	c->counted = c->row.requests;
	c->dropped = c->row.drops;
	for (b = m->client; b < m->client + m->nclients; b++)
		if (same_source(&b->row, &c->row))
			break;
	if (b == m->client + m->nclients)
		return;
	/* fewer than before: it was thrown out, and is here again */
	if (mono - b->mono >= TOP_SPAN) {
		c->rate = per_second(c->counted - (c->counted >= b->counted ?
		    b->counted : 0), mono - b->mono);
		c->drops = per_second(c->dropped - (c->dropped >= b->dropped ?
		    b->dropped : 0), mono - b->mono);
	} else {
		c->rate = b->rate;
		c->drops = b->drops;
		c->mono = b->mono;
		c->counted = b->counted;
		c->dropped = b->dropped;
	}
}

void
top_clients(struct top_model *m, const struct answers *a, uint64_t mono)
{
	struct top_client	*c;
	size_t			 i, n = a->nclients;

	if (n == 0 || (c = calloc(n, sizeof(*c))) == NULL) {
		m->nclients = 0;
		return;
	}
	for (i = 0; i < n; i++)
		c[i].row = a->clients[i];
	sort(c, n, a->list.query.order);	/* of several engines */
	if (n > TOP_CLIENTS)
		n = TOP_CLIENTS;
	for (i = 0; i < n; i++)
		rate_client(m, &c[i], mono);
	memcpy(m->client, c, n * sizeof(*c));
	m->nclients = (unsigned int)n;
	free(c);
}

static uint64_t
mean_of(const struct top_model *m, enum top_series series, uint64_t from,
    unsigned int seconds)
{
	const struct top_second	*s;
	uint64_t		 at, sum = 0, n = 0;

	for (at = from; at < from + seconds; at++) {
		s = &m->second[at % TOP_SECONDS];
		if (at == 0 || s->at != at)
			continue;
		sum = plus(sum, series == TOP_REFUSED ? s->rate.refused :
		    s->rate.requests);
		n++;
	}
	return (n == 0 ? TOP_UNKNOWN : plus(sum, n / 2) / n);
}

void
top_bars(const struct top_model *m, enum top_series series,
    unsigned int seconds, unsigned int n, uint64_t *bar)
{
	uint64_t	 column = m->now / NS / seconds;
	unsigned int	 i;

	for (i = 0; i < n; i++)
		bar[i] = column < n - 1 - i ? TOP_UNKNOWN : mean_of(m, series,
		    (column - (n - 1 - i)) * seconds, seconds);
}
