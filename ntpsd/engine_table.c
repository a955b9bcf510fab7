/* SPDX-License-Identifier: ISC */
/*
 * The memory of the client table, which the parent keeps: a planned successor
 * takes it over.  And what is told of its contents.
 */

#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "log.h"
#include "os.h"

#define FILL_STEP	(32 * 1024 * 1024)	/* octets of a turn */
#define SCAN_STEP	512		/* sets of a turn */
#define SCAN_PAUSE_US	1000		/* for packets, between two turns */
#define SWEEP_SECONDS	64		/* for a round through the table */

/* A table that is empty, over memory that is zero. */
static void
table_begin(struct engine *e, void *mem, size_t len)
{
	uint8_t	 key[16];

	arc4random_buf(key, sizeof(key));
	if (clients_init(&e->clients, mem, len, key,
	    (uint8_t)e->conf.ratelimit_ipv4_prefix,
	    (uint8_t)e->conf.ratelimit_ipv6_prefix, child_mono()) == -1)
		fatalx("client table of %zu octets", len);
	explicit_bzero(key, sizeof(key));
}

/*
 * Without memory for a table there is one of a few sources: that costs exact
 * limits, not the service.
 */
static void
table_small(struct engine *e)
{
	static uint8_t	 small[CLIENTS_HEAD + sizeof(struct clients_set)]
			    __attribute__((__aligned__(CLIENTS_HEAD)));

	memset(small, 0, sizeof(small));
	table_begin(e, small, sizeof(small));
}

/* The same memory, with nothing in it. */
static void
table_anew(struct engine *e)
{
	size_t	 len = e->table_len < FILL_STEP ? e->table_len : FILL_STEP;

	os_memory_zero(e->table, e->table_len);
	/* Of a large one the rest comes as it is needed: we are at work. */
	if (os_memory_fill(e->table, len) == 0)
		os_memory_large(e->table, len);
	table_begin(e, e->table, e->table_len);
}

static void
table_lack(struct engine *e)
{
	log_warn("client table of %zu octets: there is one of %d sources",
	    e->table_len, CLIENTS_WAYS);
	if (e->table != NULL)
		munmap(e->table, e->table_len);
	e->table = NULL;
	e->table_filled = true;
}

static void
table_filled(struct engine *e)
{
	struct msg_generation	 g = { e->ack };

	if (!e->table_filled || e->ack == 0)
		return;
	e->ack = 0;
	imsgev_send(&e->child.parent, MSG_CONFIG_ACK, 0, -1, &g);
}

/*
 * Whether its pages are small as yet: a predecessor's work is seen in the state
 * page, and its pages of a large table may have been given back.
 */
static bool
table_is_new(const struct engine *e)
{
	return (e->page == NULL || e->page->batch.number == 0 ||
	    e->table_len > FILL_STEP);
}

/* Touches it in steps, so that the parent sees us alive meanwhile. */
static void
table_fill(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval	 at_once = { 0, 0 };
	struct engine			*e = arg;
	size_t				 len = e->table_len - e->table_at;

	(void)fd;
	(void)what;
	if (len > FILL_STEP)
		len = FILL_STEP;
	if (os_memory_fill((char *)e->table + e->table_at, len) == -1)
		table_lack(e);
	else {
		if (table_is_new(e))
			os_memory_large((char *)e->table + e->table_at, len);
		e->table_at += len;
		e->table_filled = e->table_at == e->table_len;
	}
	if (!e->table_filled)
		event_add(e->fill, &at_once);
	table_filled(e);
}

/* From the parent, before the configuration: zeroes, or a predecessor's. */
void
engine_table_take(struct engine *e, int fd, const struct msg_page *m)
{
	if (e->table_len != 0 || e->running)
		fatalx("a second client table");
	e->table_len = (size_t)m->size;
	e->table = os_memory_map(fd, e->table_len);
	if (e->table == NULL) {
		table_lack(e);
		return;
	}
	e->fill = evtimer_new(e->child.base, table_fill, e);
	if (e->fill == NULL)
		fatal("evtimer_new");
	table_fill(-1, 0, e);
}

/* The configuration is acknowledged when the table is there to work with. */
void
engine_table_ack(struct engine *e, uint64_t generation)
{
	if (e->table == NULL)
		e->table_filled = true;
	e->ack = generation;
	table_filled(e);
}

/*
 * Goes on with what a predecessor left, if that was in good order.  Memory
 * that nobody has written to is not given back only to be had again: of a
 * large table that takes seconds.
 */
void
engine_table_run(struct engine *e)
{
	const struct clients_head	*h = e->table;

	if (h == NULL)
		table_small(e);
	else if (h->magic == 0)
		table_begin(e, e->table, e->table_len);
	else if (clients_adopt(&e->clients, e->table, e->table_len,
	    (uint8_t)e->conf.ratelimit_ipv4_prefix,
	    (uint8_t)e->conf.ratelimit_ipv6_prefix, child_mono()) == -1)
		table_anew(e);
}

/* For a successor: how many sources there are stands in the table, too. */
void
engine_table_leave(struct engine *e)
{
	clients_sweep(&e->clients, child_mono(), 0);
}

/* After each commit; it starts anew only where its prefixes changed. */
void
engine_table_config(struct engine *e)
{
	if (!e->running ||
	    (e->clients.bits4 == e->conf.ratelimit_ipv4_prefix &&
	    e->clients.bits6 == e->conf.ratelimit_ipv6_prefix))
		return;
	engine_scan_end(e, &e->control);
	engine_scan_end(e, &e->query);
	if (e->table == NULL)
		table_small(e);
	else
		table_anew(e);
}

/* Once a second: a share of the table. */
void
engine_table_sweep(struct engine *e)
{
	clients_sweep(&e->clients, child_mono(),
	    e->clients.mask / SWEEP_SECONDS + 1);
}

void
engine_table_tell(struct engine *e, struct msg_table *m)
{
	uint64_t	 now = child_mono(), minute = now / ENGINE_MINUTE;
	struct timespec	 real;

	clock_gettime(CLOCK_REALTIME, &real);
	m->used = e->clients.used;
	m->capacity = clients_capacity(&e->clients);
	m->since = (uint64_t)real.tv_sec * 1000000000 +
	    (uint64_t)real.tv_nsec - (now - e->clients.since);
	m->unique_minute = (uint64_t)(unique_minute(&e->unique, minute) + 0.5);
	m->unique_hour = (uint64_t)(unique_hour(&e->unique, minute) + 0.5);
}

/* Scans */

static void
scan_answer(struct engine_scan *s)
{
	struct msg_clients	 m;
	struct msg_clients_end	 end;
	uint32_t		 i = 0;

	while (i < s->pick.rows) {
		memset(&m, 0, sizeof(m));
		m.n = s->pick.rows - i < MSG_CLIENTS_MAX ? s->pick.rows - i :
		    MSG_CLIENTS_MAX;
		memcpy(m.row, s->row + i, m.n * sizeof(m.row[0]));
		i += m.n;
		if (imsgev_send(s->iev, MSG_CLIENTS, s->id, -1, &m) == -1)
			return;
	}
	memset(&end, 0, sizeof(end));
	end.next = s->pick.next;
	(void)imsgev_send(s->iev, MSG_CLIENTS_END, s->id, -1, &end);
}

static void
scan_step(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval	 pause = { 0, SCAN_PAUSE_US };
	struct engine_scan		*s = arg;

	(void)fd;
	(void)what;
	if (clients_scan(&s->engine->clients, &s->pick, SCAN_STEP))
		scan_answer(s);
	else
		event_add(s->step, &pause);
}

/* A new question takes the place of one that is not answered yet. */
void
engine_scan(struct engine *e, struct imsgev *iev, uint32_t id,
    const struct clients_query *query)
{
	struct engine_scan	*s = &e->scan[iev == &e->query];

	if (s->step == NULL && (s->step = evtimer_new(e->child.base,
	    scan_step, s)) == NULL)
		fatal("evtimer_new");
	event_del(s->step);
	s->engine = e;
	s->iev = iev;
	s->id = id;
	if (!e->running || clients_pick_init(&s->pick, query, s->row,
	    child_mono()) == -1) {
		memset(&s->pick, 0, sizeof(s->pick));
		scan_answer(s);
	} else
		scan_step(-1, 0, s);
}

/* Nobody waits for it any more, or it is not the table that was asked for. */
void
engine_scan_end(struct engine *e, const struct imsgev *iev)
{
	struct engine_scan	*s = &e->scan[iev == &e->query];

	if (s->step == NULL || !evtimer_pending(s->step, NULL))
		return;
	event_del(s->step);
	memset(&s->pick, 0, sizeof(s->pick));
	scan_answer(s);
}
