/* SPDX-License-Identifier: ISC */
/*
 * The client table.  The first octet chooses: random operations against a
 * naive list of sources, or a table that a broken predecessor left, with any
 * contents, on which all operations have to stay within their memory.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "clients_scan.h"
#include "interleave.h"
#include "limit.h"

#define SETS	2
#define LEN	(CLIENTS_HEAD + SETS * sizeof(struct clients_set))
#define ROWS	20
#define DAY	(UINT64_C(86400) * 1000000000)

/* What the table should know of a source. */
struct source {
	uint8_t		 ip;
	bool		 v6;
	uint32_t	 requests;
	uint64_t	 last, order;	/* order: among requests */
};

static struct source	 sources[512];
static size_t		 nsources;

/* 256 sources of each family */
static void
key_of(const struct clients *t, struct client_key *k, uint8_t n, bool v6)
{
	uint8_t	 ip[16] = { 0x20, 1, n };

	clients_key(t, k, ip, v6);
}

static struct source *
source_of(uint8_t n, bool v6)
{
	size_t	 i;

	for (i = 0; i < nsources; i++)
		if (sources[i].ip == n && sources[i].v6 == v6)
			return (&sources[i]);
	return (NULL);
}

static void
forget(struct source *s)
{
	*s = sources[--nsources];
}

/* The source of the key's set that has to go; none while there is room. */
static struct source *
oldest(const struct clients *t, const struct client_key *k)
{
	struct client_key	 other;
	struct source		*s, *old = NULL;
	size_t			 i, n = 0;

	for (i = 0; i < nsources; i++) {
		s = &sources[i];
		key_of(t, &other, s->ip, s->v6);
		if (((other.hash ^ k->hash) & t->mask) != 0)
			continue;
		n++;
		if (old == NULL || s->last >> 20 < old->last >> 20)
			old = s;
	}
	CHECK(n <= CLIENTS_WAYS);
	return (n == CLIENTS_WAYS ? old : NULL);
}

static void
request(struct clients *t, uint8_t n, bool v6, uint64_t now)
{
	struct client_key	 k, other;
	struct client		*c;
	struct source		*s = source_of(n, v6), *old;
	uint64_t		 evicted = 0;
	size_t			 i;

	key_of(t, &k, n, v6);
	CHECK((clients_peek(t, &k) != NULL) == (s != NULL));
	old = s == NULL ? oldest(t, &k) : NULL;
	c = clients_get(t, &k, now, &evicted);
	CHECK(evicted == (old != NULL));
	CHECK(c == clients_find(t, &k) && c->family == (v6 ? 6 : 4));
	if (s == NULL) {
		CHECK(c->requests == 1 && c->drops == 0);
		/* of several as old as that, the one that is gone */
		for (i = 0; old != NULL && i < nsources; i++) {
			key_of(t, &other, sources[i].ip, sources[i].v6);
			if (clients_peek(t, &other) != NULL)
				continue;
			CHECK(sources[i].last >> 20 == old->last >> 20);
			forget(&sources[i]);
			break;
		}
		s = &sources[nsources++];
		memset(s, 0, sizeof(*s));
		s->ip = n;
		s->v6 = v6;
	}
	s->requests++;
	s->last = now;
	CHECK(c->requests == s->requests);
	CHECK(t->used == nsources);
}

/* A whole round, in two parts; due after each leap of days. */
static void
sweep(struct clients *t, uint64_t now, uint64_t part)
{
	size_t	 i;

	clients_sweep(t, now, part);
	clients_sweep(t, now, SETS - part);
	for (i = 0; i < nsources;)
		if ((now >> 20) - (sources[i].last >> 20) > 24 * DAY >> 20)
			forget(&sources[i]);
		else
			i++;
	CHECK(t->used == nsources);
}

static void
scan(const struct clients *t, const uint8_t *op, uint64_t now, bool exact)
{
	struct clients_query	 q;
	struct clients_pick	 p;
	struct client_row	*row;
	uint64_t		 seen = 0, steps = 0;

	memset(&q, 0, sizeof(q));
	q.order = op[1] % CLIENTS_ORDER_COUNT;
	q.max = 1 + op[2] % ROWS;
	q.from = 0;
	if (!exact) {
		q.family = op[3] % 3 * 2 + (op[3] % 3 != 0) * 2;
		q.family = q.family > 6 ? 0 : q.family;
		q.bits = q.family == 0 ? 0 : op[0] % 33;
	}
	CHECK((row = malloc(q.max * sizeof(*row))) != NULL);
	do {
		CHECK(clients_pick_init(&p, &q, row, now) == 0);
		while (!clients_scan(t, &p, 1 + op[3] % 2))
			CHECK(++steps < 1000);
		CHECK(p.rows <= q.max);
		seen += p.rows;
		q.from = p.next;
	} while (p.next != 0 && ++steps < 1000);
	CHECK(p.next == 0);
	CHECK(seen <= clients_capacity(t));
	if (exact && q.order == CLIENTS_BY_PLACE)
		CHECK(seen == nsources);
	else if (exact)
		CHECK(seen == (nsources < q.max ? nsources : q.max));
	free(row);
}

static void
judge(struct client *c, const uint8_t *op, uint64_t now)
{
	struct limit	 l;

	limit_set(&l, op[2], op[3]);
	client_judged(c, limit_take(&l, &c->full, now), op[1] & 1);
	(void)client_grows(c);
	(void)client_interval(c);
}

static void
operate(struct clients *t, const uint8_t *data, size_t len, bool exact)
{
	struct interleave	 il;
	struct client_key	 k;
	struct client		*c;
	uint8_t			 packet[NTP_HEADER_LEN];
	uint64_t		 now = DAY, evicted = 0;

	for (; len >= 4; data += 4, len -= 4) {
		switch (data[0] % 8) {
		case 0:
			now += (uint64_t)data[1] * DAY / 64;
			if (exact)
				sweep(t, now, data[2] % (SETS + 1));
			break;
		case 1:
			now += (uint64_t)data[1] << data[2] % 28;
			break;
		case 2:
			if (exact)
				sweep(t, now, data[1] % (SETS + 1));
			else
				clients_sweep(t, now, data[1]);
			break;
		case 3:
			scan(t, data, now, exact);
			break;
		case 4:
			clients_step(t);
			break;
		default:
			if (exact) {
				request(t, data[1], data[2] & 1, now);
				break;
			}
			key_of(t, &k, data[1], data[2] & 1);
			clients_prefetch(t, &k);
			c = clients_get(t, &k, now, &evicted);
			judge(c, data, now);
			memset(packet, data[3], sizeof(packet));
			packet[0] = 0x23;
			interleave_request(&il, c, t->epoch, packet);
			interleave_reply(&il, c, t->epoch, packet);
			break;
		}
		CHECK(t->used <= clients_capacity(t));
	}
}

/* The sets filled with what the input repeats, places in use or not. */
static void
hostile(uint8_t *mem, const uint8_t *data, size_t len)
{
	struct clients	 t;
	size_t		 i;

	/* A head that is right, at times: else nothing else is looked at. */
	CHECK(clients_init(&t, mem, LEN, data, 24, 56, 0) == 0);
	for (i = CLIENTS_HEAD; i < LEN && len > 16; i++)
		mem[i] = data[i * (1 + data[1] % 7) % len];
	if (data[2] < 64)
		memcpy(mem, data, len < CLIENTS_HEAD ? len : CLIENTS_HEAD);
	else
		memcpy(&t.head->used, data + 3, sizeof(t.head->used));
	if (clients_adopt(&t, mem, LEN, 24, 56, DAY) == -1)
		return;
	operate(&t, data + 16, len - 16, false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct clients	 t;
	uint8_t		*mem;

	if (len < 20 || (mem = aligned_alloc(64, LEN)) == NULL)
		return (0);
	memset(mem, 0, LEN);
	nsources = 0;
	if ((data[0] & 1) != 0)
		hostile(mem, data + 1, len - 1);
	else {
		CHECK(clients_init(&t, mem, LEN, data, 32, 64, 0) == 0);
		operate(&t, data + 16, len - 16, true);
	}
	free(mem);
	return (0);
}
