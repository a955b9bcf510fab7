/* SPDX-License-Identifier: ISC */
/*
 * Rows of the client table: see clients_scan.h.  The best so many are kept in
 * a heap with the worst of them on top, which is the one to beat.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "clients_scan.h"

/* A scan knows one `now', and requests that come meanwhile are later. */
#define LATER	65536U		/* of 2^20 ns: a minute */

_Static_assert(sizeof(struct clients_query) == 40, "no padding");
_Static_assert(sizeof(struct client_row) == 56, "no padding");

int
clients_pick_init(struct clients_pick *p, const struct clients_query *q,
    struct client_row *row, uint64_t now)
{
	unsigned int	 bits = q->family == 6 ? 128 : q->family == 4 ? 32 : 0;

	if ((q->family != 0 && bits == 0) || q->bits > bits ||
	    q->order >= CLIENTS_ORDER_COUNT ||
	    q->max == 0 || q->max > CLIENTS_ROWS_MAX)
		return (-1);
	memset(p, 0, sizeof(*p));
	p->query = *q;
	p->now = now;
	p->next = q->order == CLIENTS_BY_PLACE ? q->from : 0;
	p->row = row;
	return (0);
}

static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int	 whole = bits / 8;
	uint8_t		 mask = (uint8_t)(0xff00U >> bits % 8);

	return (memcmp(a, b, whole) == 0 &&
	    (bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0));
}

/* Also a source that the prefix asked for is a part of. */
static bool
wanted(const struct clients *t, const struct clients_query *q,
    const struct client *c)
{
	unsigned int	 bits = c->family == 6 ? t->bits6 : t->bits4;

	/* The table may be a hostile predecessor's. */
	if (c->family != 4 && c->family != 6)
		return (false);
	if (q->family == 0)
		return (true);
	return (q->family == c->family && same_prefix(q->ip, c->ip,
	    q->bits < bits ? q->bits : bits));
}

void
clients_row(const struct clients *t, const struct client *c, uint64_t now,
    struct client_row *r)
{
	const struct clients_set	*s;
	uint64_t			 i, first = (uint64_t)c->first << 30;

	/* Where the source lies tells where its time is. */
	i = (uint64_t)((const uint8_t *)c - (const uint8_t *)t->set);
	s = &t->set[i / sizeof(*s)];
	memset(r, 0, sizeof(*r));
	memcpy(r->ip, c->ip, sizeof(r->ip));
	r->family = c->family;
	r->bits = c->family == 6 ? t->bits6 : t->bits4;
	r->version = c->version;
	r->mode = c->mode;
	r->flags = c->flags & CLIENT_SHOWN;
	r->requests = c->requests;
	r->drops = c->drops;
	r->last = (uint32_t)(now >> 20) - s->last[c - s->way];
	if (r->last > UINT32_MAX - LATER)
		r->last = 0;
	r->last = (r->last << 20) / 1000000;
	r->first = now > first ? (now - first) / 1000000 : 0;
	/* It is kept in seconds, which of one request shows. */
	if (r->first < r->last || c->requests == 1)
		r->first = r->last;
	r->interval = client_interval(c);
}

/*
 * Whether a comes before b.  Sources that are equal otherwise go by address,
 * so that the outcome does not hang on where they lie.
 */
static bool
before(const struct client_row *a, const struct client_row *b, uint32_t order)
{
	switch (order) {
	case CLIENTS_BY_REQUESTS:
		if (a->requests != b->requests)
			return (a->requests > b->requests);
		break;
	case CLIENTS_BY_DROPS:
		if (a->drops != b->drops)
			return (a->drops > b->drops);
		break;
	default:
		if (a->last != b->last)
			return (a->last < b->last);
		break;
	}
	if (a->family != b->family)
		return (a->family < b->family);
	return (memcmp(a->ip, b->ip, sizeof(a->ip)) < 0);
}

static void
swap(struct client_row *a, struct client_row *b)
{
	struct client_row	 t = *a;

	*a = *b;
	*b = t;
}

static void
sift_up(struct client_row *row, uint32_t i, uint32_t order)
{
	for (; i > 0 && before(&row[(i - 1) / 2], &row[i], order);
	    i = (i - 1) / 2)
		swap(&row[(i - 1) / 2], &row[i]);
}

static void
sift_down(struct client_row *row, uint32_t n, uint32_t order)
{
	uint32_t	 i = 0, k;

	while ((k = 2 * i + 1) < n) {
		if (k + 1 < n && before(&row[k], &row[k + 1], order))
			k++;
		if (!before(&row[i], &row[k], order))
			break;
		swap(&row[i], &row[k]);
		i = k;
	}
}

static void
offer(struct clients_pick *p, const struct client_row *r)
{
	uint32_t	 order = p->query.order;

	if (p->rows < p->query.max) {
		p->row[p->rows] = *r;
		if (order != CLIENTS_BY_PLACE)
			sift_up(p->row, p->rows, order);
		p->rows++;
	} else if (before(r, &p->row[0], order)) {
		p->row[0] = *r;
		sift_down(p->row, p->rows, order);
	}
}

/* The heap becomes a list: the worst goes last, and so on. */
static void
finish(struct clients_pick *p)
{
	uint32_t	 n;

	p->done = true;
	if (p->query.order == CLIENTS_BY_PLACE)
		return;
	for (n = p->rows; n > 1; n--) {
		swap(&p->row[0], &p->row[n - 1]);
		sift_down(p->row, n - 1, p->query.order);
	}
}

bool
clients_scan(const struct clients *t, struct clients_pick *p, uint64_t nsets)
{
	bool				 page;
	const struct clients_set	*s;
	const struct client		*c;
	struct client_row		 r;
	uint64_t			 left;

	page = p->query.order == CLIENTS_BY_PLACE;
	left = nsets > t->mask ? clients_capacity(t) : nsets * CLIENTS_WAYS;
	for (; !p->done && p->next < clients_capacity(t); p->next++) {
		if (page && p->rows == p->query.max) {
			finish(p);
			return (true);
		}
		if (left-- == 0)
			return (false);
		s = &t->set[p->next / CLIENTS_WAYS];
		c = &s->way[p->next % CLIENTS_WAYS];
		if (s->tag[p->next % CLIENTS_WAYS] == 0 ||
		    !wanted(t, &p->query, c))
			continue;
		clients_row(t, c, p->now, &r);
		offer(p, &r);
	}
	if (!p->done) {
		p->next = 0;
		finish(p);
	}
	return (true);
}
