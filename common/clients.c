/* SPDX-License-Identifier: ISC */
/* The client table: see clients.h. */

#include <stdint.h>
#include <string.h>

#include "clients.h"

#define TICK_SHIFT	20		/* of last */
#define FIRST_SHIFT	30
#define SETS_MAX	(UINT64_C(1) << 28)	/* used stays below 2^32 */
#define UNITS_MASK	((UINT64_C(1) << 48) - 1)

/* Half of the time after which ticks repeat would be 26 days. */
#define IDLE_MAX	((uint32_t)(UINT64_C(24 * 86400) * 1000000000 >> \
			    TICK_SHIFT))

_Static_assert(sizeof(struct client) == 64, "a client is a cache line");
_Static_assert(sizeof(struct clients_set) == 64 * (CLIENTS_WAYS + 1),
    "a set is whole cache lines");
_Static_assert(sizeof(struct clients_head) <= CLIENTS_HEAD,
    "the head fits before the sets");

/* Of a block; 0 if it has no room for any. */
static uint64_t
sets_of(size_t len)
{
	uint64_t	 n, sets = 1;

	if (len < CLIENTS_HEAD + sizeof(struct clients_set))
		return (0);
	n = (len - CLIENTS_HEAD) / sizeof(struct clients_set);
	while (sets * 2 <= n && sets < SETS_MAX)
		sets *= 2;
	return (sets);
}

size_t
clients_size(size_t len)
{
	if (len > SIZE_MAX - CLIENTS_HEAD)
		return (SIZE_MAX);
	return (CLIENTS_HEAD + len);
}

uint64_t
clients_capacity(const struct clients *t)
{
	return ((t->mask + 1) * CLIENTS_WAYS);
}

/* What a process keeps for itself of a block whose head was found right. */
static void
attach(struct clients *t, void *mem, const struct clients_head *h)
{
	memset(t, 0, sizeof(*t));
	t->head = mem;
	t->set = (void *)((uint8_t *)mem + CLIENTS_HEAD);
	t->mask = h->sets - 1;
	t->key = h->key;
	t->since = h->since;
	t->epoch = h->epoch;
	t->bits4 = h->bits4;
	t->bits6 = h->bits6;
	t->used = h->used;
	if (t->used > clients_capacity(t))
		t->used = (uint32_t)clients_capacity(t);
}

int
clients_init(struct clients *t, void *mem, size_t len, const uint8_t *key,
    uint8_t bits4, uint8_t bits6, uint64_t now)
{
	struct clients_head	*h = mem;
	uint64_t		 sets = sets_of(len);

	if (sets == 0 || bits4 > 32 || bits6 > 128)
		return (-1);
	h->size = len;
	h->sets = sets;
	siphash_key_set(&h->key, key);
	h->since = now;
	h->bits4 = bits4;
	h->bits6 = bits6;
	h->magic = CLIENTS_MAGIC;
	attach(t, mem, h);
	return (0);
}

int
clients_adopt(struct clients *t, void *mem, size_t len, uint8_t bits4,
    uint8_t bits6, uint64_t now)
{
	struct clients_head	 h;

	if (sets_of(len) == 0 || bits4 > 32 || bits6 > 128)
		return (-1);
	/* Whoever else has the memory cannot change what was checked. */
	memcpy(&h, mem, sizeof(h));
	if (h.magic != CLIENTS_MAGIC || h.size != len ||
	    h.sets != sets_of(len) || h.bits4 != bits4 || h.bits6 != bits6 ||
	    h.since > now)
		return (-1);
	attach(t, mem, &h);
	/* Time that goes out on the wire is not taken from others' memory. */
	clients_step(t);
	return (0);
}

void
clients_step(struct clients *t)
{
	/* An epoch comes again after 2^16 steps: the sweep is faster. */
	t->head->epoch = ++t->epoch;
	t->purge = 2;		/* the rest of this round and a whole one */
}

static void
cut(uint8_t *to, const uint8_t *ip, unsigned int bits)
{
	unsigned int	 whole = bits / 8;

	memcpy(to, ip, whole);
	if (bits % 8 != 0)
		to[whole] = ip[whole] & (uint8_t)(0xff00U >> bits % 8);
}

void
clients_key(const struct clients *t, struct client_key *k, const uint8_t *ip,
    bool v6)
{
	memset(k, 0, sizeof(*k));
	k->family = v6 ? 6 : 4;
	cut(k->ip, ip, v6 ? t->bits6 : t->bits4);
	/* The length tells the families apart. */
	k->hash = siphash(&t->key, k->ip, v6 ? 16 : 4);
}

/* Never 0, which marks a free place; of bits that do not choose the set. */
static uint16_t
tag_of(const struct client_key *k)
{
	return ((uint16_t)(k->hash >> 48) | 1);
}

static struct client *
find(struct clients_set *s, const struct client_key *k)
{
	uint16_t	 tag = tag_of(k);
	unsigned int	 i;

	for (i = 0; i < CLIENTS_WAYS; i++)
		if (s->tag[i] == tag && s->way[i].family == k->family &&
		    memcmp(s->way[i].ip, k->ip, sizeof(k->ip)) == 0)
			return (&s->way[i]);
	return (NULL);
}

/* A free place, or that of the source not heard for the longest. */
static unsigned int
place(const struct clients_set *s, uint32_t now)
{
	unsigned int	 i, oldest = 0;

	for (i = 0; i < CLIENTS_WAYS; i++) {
		if (s->tag[i] == 0)
			return (i);
		/* The difference is right also when the time has wrapped. */
		if (now - s->last[i] > now - s->last[oldest])
			oldest = i;
	}
	return (oldest);
}

void
clients_prefetch(const struct clients *t, const struct client_key *k)
{
	const struct clients_set	*s = &t->set[k->hash & t->mask];
	uint16_t			 tag = tag_of(k);
	unsigned int			 i;
	bool				 known = false;

	for (i = 0; i < CLIENTS_WAYS; i++)
		if (s->tag[i] == tag) {
			__builtin_prefetch(&s->way[i], 1);
			known = true;
		}
	if (!known)
		__builtin_prefetch(&s->way[place(s, t->ticks)], 1);
}

struct client *
clients_find(struct clients *t, const struct client_key *k)
{
	return (find(&t->set[k->hash & t->mask], k));
}

const struct client *
clients_peek(const struct clients *t, const struct client_key *k)
{
	return (find(&t->set[k->hash & t->mask], k));
}

/* Notes the time of a request, and tells how long the last one is ago. */
static uint64_t
note_time(struct clients_set *s, unsigned int i, uint64_t now)
{
	uint64_t	 units = now >> CLIENT_UNIT;
	uint64_t	 last = (uint64_t)s->last[i] << 16 | s->fine[i];

	s->last[i] = (uint32_t)(now >> TICK_SHIFT);
	s->fine[i] = (uint16_t)units;
	return ((units - last) & UNITS_MASK);
}

static void
start(struct client *c, const struct client_key *k, uint64_t now)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->ip, k->ip, sizeof(c->ip));
	c->family = k->family;
	c->first = (uint32_t)(now >> FIRST_SHIFT);
	c->requests = 1;
}

struct client *
clients_get(struct clients *t, const struct client_key *k, uint64_t now,
    uint64_t *evicted)
{
	uint64_t		 n = k->hash & t->mask;
	struct clients_set	*s = &t->set[n];
	struct client		*c = find(s, k);
	unsigned int		 i;

	t->ticks = (uint32_t)(now >> TICK_SHIFT);
	if (c != NULL) {
		i = (unsigned int)(c - s->way);
		client_heard(c, note_time(s, i, now), &s->same[i]);
		return (c);
	}
	i = place(s, t->ticks);
	if (s->tag[i] != 0)
		(*evicted)++;
	else {
		/* Only a count from elsewhere can be too large. */
		if (t->used < clients_capacity(t))
			t->used++;
		if (n < t->position)
			t->counted++;
	}
	start(&s->way[i], k, now);
	note_time(s, i, now);
	s->tag[i] = tag_of(k);
	s->same[i] = 0;
	return (&s->way[i]);
}

static void
sweep_set(struct clients *t, struct clients_set *s, uint32_t now)
{
	struct client	*c;
	unsigned int	 i;

	for (i = 0; i < CLIENTS_WAYS; i++) {
		if (s->tag[i] == 0)
			continue;
		/* A time to come is as far from now, and as wrong. */
		if (now - s->last[i] > IDLE_MAX) {
			s->tag[i] = 0;
			if (t->used > 0)
				t->used--;
			continue;
		}
		t->counted++;
		/* The clients' own lines are looked at only for a reason. */
		c = &s->way[i];
		if (t->purge != 0 && c->epoch != t->epoch)
			c->saved_receive = c->saved_transmit = 0;
	}
}

void
clients_sweep(struct clients *t, uint64_t now, uint64_t nsets)
{
	if (nsets > t->mask + 1)
		nsets = t->mask + 1;
	for (; nsets > 0; nsets--) {
		sweep_set(t, &t->set[t->position],
		    (uint32_t)(now >> TICK_SHIFT));
		if (t->position++ < t->mask)
			continue;
		t->position = 0;
		t->used = t->counted;
		t->counted = 0;
		if (t->purge != 0)
			t->purge--;
	}
	t->head->used = t->used;
}
