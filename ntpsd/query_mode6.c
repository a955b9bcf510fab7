/* SPDX-License-Identifier: ISC */
/* Answers to ntpq, from what the engines tell. */

#include <sys/utsname.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "query.h"

#define ROWS_FRESH	UINT64_C(2000000000)	/* ns that a list is good for */
#define ROWS_KEPT	UINT64_C(60000000000)	/* for who reads on in it */
#define BURST_SECONDS	2		/* of octets that may be saved up */
#define NTP_PER_MS	4294967		/* 2^-32 s */
#define POLL_SHOWN	6		/* log2 s, of no meaning here */

static ntp_ts
real_now(void)
{
	struct timespec	 now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (ntp_ts_from_timespec(&now));
}

static ntp_ts
from_ns(uint64_t ns)
{
	struct timespec	 t = { (time_t)(ns / 1000000000),
			    (long)(ns % 1000000000) };

	return (ns == 0 ? 0 : ntp_ts_from_timespec(&t));
}

void
query_mode6_init(struct query *q)
{
	struct utsname	 u;
	uint8_t		 key[16];

	arc4random_buf(key, sizeof(key));
	siphash_key_set(&q->mode6.key, key);
	explicit_bzero(key, sizeof(key));
	if (uname(&u) == -1)
		return;
	snprintf(q->system, sizeof(q->system), "%.30s/%.30s", u.sysname,
	    u.release);
	strlcpy(q->processor, u.machine, sizeof(q->processor));
}

/* After each commit. */
void
query_mode6_config(struct query *q)
{
	uint32_t	 rate = (uint32_t)q->conf.ntpq_rate;
	uint32_t	 total = (uint32_t)q->conf.ntpq_total;

	mode6_budget_init(&q->budget, rate, BURST_SECONDS * rate, total,
	    BURST_SECONDS * total);
}

static void
view_clock(struct mode6_view *v, const struct msg_clock *c)
{
	v->source = !c->synchronised ? MODE6_SOURCE_NONE :
	    c->source == CLOCK_MIRROR ? MODE6_SOURCE_NTP :
	    MODE6_SOURCE_LOCAL;
	v->leap = (uint8_t)c->leap;
	v->stratum = (uint8_t)c->stratum;
	memcpy(v->refid, c->refid, sizeof(v->refid));
	v->refid_text = c->source != CLOCK_MIRROR;
	v->precision = (int8_t)c->precision;
	v->poll = v->min_poll = POLL_SHOWN;
	v->root_delay = c->root_delay;
	v->root_dispersion = c->root_dispersion;
	v->reference = from_ns(c->reference);
	v->tai = c->tai > 0 ? (uint32_t)c->tai : 0;
}

/* All engines together; the first one's clock stands for them. */
static void
make_view(struct query *q)
{
	struct mode6_view		*v = &q->view;
	const struct query_engine	*qe;
	uint64_t			 now;

	memset(v, 0, sizeof(*v));
	v->leap = NTP_LEAP_UNSYNC;
	v->stratum = NTP_STRATUM_UNSYNC;
	v->now = real_now();
	v->version = "ntpsd " NTPSD_VERSION;
	v->system = q->system;
	v->processor = q->processor;
	v->requests = ++q->questions;
	for (qe = q->engine + MSG_SLOTS_MAX; qe-- > q->engine;) {
		if (!qe->known)
			continue;
		counters_add(&v->counters, &qe->stats.counters);
		view_clock(v, &qe->stats.clock);
		now = (uint64_t)ntp_ts_to_ns(v->now, INT64_C(1) << 60);
		/* whole seconds that have begun: ntpq divides by it */
		if (now > qe->stats.since)
			v->uptime = (now - qe->stats.since) / 1000000000 + 1;
		v->mru_depth += qe->stats.table.used;
		v->mru_max += qe->stats.table.capacity;
	}
	v->mru_deepest = v->mru_depth;
	v->mru_mem = v->mru_depth * sizeof(struct client);
	v->mru_max_mem = v->mru_max * sizeof(struct client);
	if (q->conf.clock_source == CLOCK_MIRROR) {
		query_mirror_peer(q, &q->peer);
		v->peer = &q->peer;
	}
	v->row = q->row;
	v->nrows = q->nrows;
}

static void
answer(struct query *q, const struct query_question *ask)
{
	struct mode6_request	 req;
	struct msg_mode6	 m;
	struct query_engine	*qe = &q->engine[ask->engine];
	uint64_t		 now = child_mono();
	unsigned int		 i, n;

	n = mode6_budget_fragments(&q->budget, &ask->m.from, now);
	if (n == 0 || mode6_parse(&req, ask->m.data, ask->m.len) == -1)
		return;
	make_view(q);
	n = mode6_answer(&q->reply, &q->view, &q->mode6, &req, &ask->m.from,
	    n);
	if (n == 0 || !mode6_budget_take(&q->budget, &ask->m.from,
	    q->reply.octets, now))
		return;
	memset(&m, 0, sizeof(m));
	m.token = ask->m.token;
	for (i = 0; i < n; i++) {
		m.len = (uint32_t)mode6_fragment(&q->reply, i, m.data);
		if (imsgev_send(&qe->iev, MSG_MODE6_REPLY, 0, -1, &m) == -1)
			return;
	}
}

static int
by_last(const void *a, const void *b)
{
	const struct mode6_row	*p = a, *r = b;

	return (p->last < r->last ? -1 : p->last > r->last);
}

/* All rows have come, or will not any more: the list, and who waits for it. */
static void
rows_complete(struct query *q)
{
	unsigned int	 i;

	qsort(q->row, q->nrows, sizeof(q->row[0]), by_last);
	q->rows_at = child_mono();
	event_del(q->ev_rows);
	q->asked = 0;
	for (i = 0; i < q->nwaiting; i++)
		answer(q, &q->waiting[i]);
	q->nwaiting = 0;
}

static void
rows_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	rows_complete(arg);
}

static void
rows_ask(struct query *q)
{
	static const struct timeval	 second = { 1, 0 };
	struct msg_clients_req		 m;
	unsigned int			 i;

	q->nrows = 0;
	q->rows_id++;		/* of one before, some may still come */
	q->rows_now = real_now();
	memset(&m, 0, sizeof(m));
	m.query.order = CLIENTS_BY_LAST;
	m.query.max = CLIENTS_ROWS_MAX;
	for (i = 0; i < MSG_SLOTS_MAX; i++)
		if (q->engine[i].iev.fd != -1 && imsgev_send(&q->engine[i].iev,
		    MSG_CLIENTS_REQ, q->rows_id, -1, &m) == 0)
			q->asked |= 1U << i;
	if (q->ev_rows == NULL && (q->ev_rows = evtimer_new(q->child.base,
	    rows_late, q)) == NULL)
		fatal("evtimer_new");
	event_add(q->ev_rows, &second);
}

/* The list is to be the same for as long as somebody reads on in it. */
static bool
rows_good(const struct query *q, const struct mode6_request *req)
{
	uint64_t	 age = child_mono() - q->rows_at;
	bool		 goes_on;

	goes_on = memmem(req->data, req->count, ".0=", 3) != NULL;
	return (q->rows_at != 0 && age < (goes_on ? ROWS_KEPT : ROWS_FRESH));
}

void
query_mode6_question(struct query *q, unsigned int engine,
    const struct msg_mode6 *m)
{
	struct mode6_request	 req;
	struct query_question	*ask;

	if (mode6_parse(&req, m->data, m->len) == -1 ||
	    q->nwaiting == QUERY_WAITING)
		return;
	ask = &q->waiting[q->nwaiting];
	ask->engine = engine;
	ask->m = *m;
	if (req.opcode != MODE6_READ_MRU ||
	    (q->asked == 0 && rows_good(q, &req))) {
		answer(q, ask);
		return;
	}
	q->nwaiting++;
	if (q->asked == 0)
		rows_ask(q);
}

void
query_mode6_rows(struct query *q, uint32_t id, const struct msg_clients *m)
{
	const struct client_row	*r;
	struct mode6_row	*row;
	uint32_t		 i;

	if (q->asked == 0 || id != q->rows_id)
		return;
	for (i = 0; i < m->n && q->nrows < QUERY_ROWS; i++) {
		r = &m->row[i];
		row = &q->row[q->nrows++];
		memset(row, 0, sizeof(*row));
		row->addr.family = r->family == 6 ? AF_INET6 : AF_INET;
		memcpy(row->addr.ip, r->ip, sizeof(row->addr.ip));
		row->last = q->rows_now - r->last * NTP_PER_MS;
		row->first = q->rows_now - r->first * NTP_PER_MS;
		row->count = r->requests;
		row->drops = r->drops;
		row->restrictions = r->flags & CLIENT_LIMITED ? MODE6_LIMITED :
		    0;
		row->mode = r->mode;
		row->version = r->version;
	}
}

void
query_mode6_rows_end(struct query *q, uint32_t id, unsigned int engine)
{
	if (id != q->rows_id || (q->asked & (1U << engine)) == 0)
		return;
	q->asked &= ~(1U << engine);
	if (q->asked == 0)
		rows_complete(q);
}
