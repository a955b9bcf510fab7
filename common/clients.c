/* SPDX-License-Identifier: ISC */
/* The client table: see clients.h. */

#include <stdint.h>
#include <string.h>

#include "clients.h"

#define INTERVAL_SHIFT	3	/* an average over some 8 requests */

_Static_assert(sizeof(struct client) == 64, "a client is a cache line");
_Static_assert(sizeof(struct clients_set) == 64 * (CLIENTS_WAYS + 1),
    "a set is whole cache lines");

int
clients_init(struct clients *t, void *mem, size_t len, const uint8_t *key,
    uint8_t bits4, uint8_t bits6)
{
	uint64_t	 n = len / sizeof(struct clients_set), sets = 1;

	if (n == 0)
		return (-1);
	while (sets * 2 <= n)
		sets *= 2;
	memset(t, 0, sizeof(*t));
	t->set = mem;
	t->mask = sets - 1;
	t->bits4 = bits4;
	t->bits6 = bits6;
	siphash_key_set(&t->key, key);
	return (0);
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

void
clients_prefetch(const struct clients *t, const struct client_key *k)
{
	const struct clients_set	*s = &t->set[k->hash & t->mask];
	uint16_t			 tag = tag_of(k);
	unsigned int			 i;

	for (i = 0; i < CLIENTS_WAYS; i++)
		if (s->tag[i] == tag)
			__builtin_prefetch(&s->way[i], 1);
}

const struct client *
clients_peek(const struct clients *t, const struct client_key *k)
{
	return (find(&t->set[k->hash & t->mask], k));
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

struct client *
clients_get(struct clients *t, const struct client_key *k, uint64_t now,
    uint64_t *evicted)
{
	struct clients_set	*s = &t->set[k->hash & t->mask];
	struct client		*c = find(s, k);
	uint32_t		 ticks = (uint32_t)(now >> 24);
	unsigned int		 i;
	int64_t			 delta;

	if (c != NULL) {
		i = (unsigned int)(c - s->way);
		delta = (int64_t)(ticks - s->last[i]) - c->interval;
		c->interval += (uint32_t)(delta >> INTERVAL_SHIFT);
		if (c->requests != UINT32_MAX)
			c->requests++;
		s->last[i] = ticks;
		return (c);
	}
	i = place(s, ticks);
	c = &s->way[i];
	if (s->tag[i] == 0)
		t->used++;
	else
		(*evicted)++;
	memset(c, 0, sizeof(*c));
	memcpy(c->ip, k->ip, sizeof(c->ip));
	c->family = k->family;
	c->first = ticks;
	c->requests = 1;
	s->tag[i] = tag_of(k);
	s->last[i] = ticks;
	return (c);
}
