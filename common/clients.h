/* SPDX-License-Identifier: ISC */
/*
 * The client table: what a worker remembers of each source.  One block of
 * memory that never grows; a keyed hash finds a source's set, and the source
 * not heard for the longest makes room in it.  A source is an address cut to
 * the prefix length that limits use.  The block holds no pointer, so that it
 * can lie in shared memory and pass from one process to its successor.
 * Pure; times are monotonic nanoseconds that never go back.
 */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "siphash.h"

#define CLIENTS_MAGIC	0x6e74706374623031ULL	/* layout: "ntpctb01" */
#define CLIENTS_HEAD	4096	/* octets before the first set */
#define CLIENTS_WAYS	7	/* sources of a set */

/* How the block begins; CLIENTS_HEAD octets, the rest of them unused. */
struct clients_head {
	uint64_t		 magic;
	uint64_t		 size;		/* octets of the block */
	uint64_t		 sets;
	struct siphash_key	 key;
	uint64_t		 since;		/* when it began, empty */
	uint32_t		 used;		/* as of the last sweep */
	uint16_t		 epoch;		/* of the clock's steps */
	uint8_t			 bits4, bits6;	/* prefix lengths */
};

/* Eight cache lines: the first tells without a look at the others. */
struct clients_set {
	uint32_t	 last[CLIENTS_WAYS];	/* units of 2^20 ns */
	uint16_t	 fine[CLIENTS_WAYS];	/* and of 2^4 ns, the rest */
	uint16_t	 tag[CLIENTS_WAYS];	/* of the hash; 0: free */
	uint8_t		 same[CLIENTS_WAYS];	/* client_heard */
	uint8_t		 spare;
	struct client	 way[CLIENTS_WAYS];
};

struct clients {
	struct clients_head	*head;		/* the block */
	struct clients_set	*set;
	uint64_t		 mask;		/* sets - 1 */
	struct siphash_key	 key;
	uint64_t		 since;
	uint64_t		 position;	/* of the sweep: a set */
	uint32_t		 used;		/* sources in the table */
	uint32_t		 counted;	/* of those, before position */
	uint32_t		 ticks;		/* when one was heard last */
	uint16_t		 epoch;
	uint8_t			 bits4, bits6;
	uint8_t			 purge;		/* rounds that void pairs */
};

/* A source on its way through the table. */
struct client_key {
	uint8_t		 ip[16];
	uint64_t	 hash;
	uint8_t		 family;
};

/*
 * clients_size: octets of the block for a table of so many octets.
 * clients_init: a new table over len octets of zeroed memory, aligned to a
 *	cache line; of them the greatest power of two of sets is used.  -1: not
 *	even one set.
 * clients_adopt: takes over what a predecessor left; -1 if it is not exactly
 *	such a table.  Nothing in it is believed that could harm this process,
 *	and its saved pairs are void.
 * clients_capacity: the sources that there is room for.
 * clients_sweep: looks at the next so many sets, frees sources idle for more
 *	than 24 days, and puts right `used' at the end of each round.  A round
 *	has to be over within a day, for the time of the last request wraps.
 * clients_step: the clock was stepped: all saved pairs are void (I4).
 * clients_key: the source of an address of 4 octets (v6 false) or 16.
 * clients_prefetch_set, clients_prefetch: ask for the set, and once that is
 *	here for the entry in it (or its place), before they are needed.
 * clients_get: the source's entry, a new one if it has none; never NULL.
 *	Counts the request in it; *evicted goes up by one when another source
 *	had to make room.
 * clients_find, clients_peek: the entry if there is one.
 */
size_t		 clients_size(size_t);
int		 clients_init(struct clients *, void *, size_t,
		    const uint8_t *, uint8_t, uint8_t, uint64_t);
int		 clients_adopt(struct clients *, void *, size_t, uint8_t,
		    uint8_t, uint64_t);
uint64_t	 clients_capacity(const struct clients *);
void		 clients_sweep(struct clients *, uint64_t, uint64_t);
void		 clients_step(struct clients *);
void		 clients_key(const struct clients *, struct client_key *,
		    const uint8_t *, bool);
void		 clients_prefetch(const struct clients *,
		    const struct client_key *);
struct client	*clients_get(struct clients *, const struct client_key *,
		    uint64_t, uint64_t *);
struct client	*clients_find(struct clients *, const struct client_key *);
const struct client *clients_peek(const struct clients *,
		    const struct client_key *);

static inline void
clients_prefetch_set(const struct clients *t, const struct client_key *k)
{
	__builtin_prefetch(&t->set[k->hash & t->mask], 1);
}

#endif /* CLIENTS_H */
