/* SPDX-License-Identifier: ISC */
/*
 * The client table: what a worker remembers of each source.  One block of
 * memory that never grows; a keyed hash finds a source's set, and the source
 * not heard for the longest makes room in it.  A source is an address cut to
 * the prefix length that limits use.
 * Pure; times are monotonic nanoseconds.
 */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "siphash.h"

#define CLIENTS_WAYS	7	/* sources of a set */

/* One cache line. */
struct client {
	uint8_t		 ip[16];	/* cut to the prefix; IPv4: 4, then 0 */
	uint64_t	 full;		/* limit.h; 0: never limited yet */
	uint64_t	 saved_receive;	/* interleaved mode, RFC 9769 */
	uint64_t	 saved_transmit;
	uint32_t	 first;		/* seconds, as clients_seconds */
	uint32_t	 requests;	/* these stop at the greatest value */
	uint32_t	 drops;
	uint32_t	 interval;	/* average, units of 2^-6 s */
	uint8_t		 family;	/* 4, 6; 0: free */
	uint8_t		 version, mode;
	uint8_t		 spare[5];
};

/* Eight cache lines: the first tells without a look at the others. */
struct clients_set {
	uint32_t	 last[CLIENTS_WAYS];	/* units of 2^-6 s */
	uint16_t	 tag[CLIENTS_WAYS];	/* of the hash; 0: free */
	uint8_t		 spare[22];
	struct client	 way[CLIENTS_WAYS];
};

struct clients {
	struct clients_set	*set;
	uint64_t		 mask;		/* sets - 1 */
	struct siphash_key	 key;
	uint8_t			 bits4, bits6;	/* prefix lengths */
	uint32_t		 used;		/* sources in the table */
};

/* A source on its way through the table. */
struct client_key {
	uint8_t		 ip[16];
	uint64_t	 hash;
	uint8_t		 family;
};

/*
 * clients_init: over len octets of zeroed memory, aligned to a cache line; of
 *	them the greatest power of two of sets is used.  -1: not even one set.
 * clients_key: the source of an address of 4 octets (v6 false) or 16.
 * clients_prefetch_set, clients_prefetch: ask for the set, and once that is
 *	here for the entry in it, before they are needed.
 * clients_get: the source's entry, a new one if it has none; never NULL.
 *	Counts the request in it; *evicted goes up by one when another source
 *	had to make room.
 * clients_peek: the entry if there is one.
 */
int		 clients_init(struct clients *, void *, size_t,
		    const uint8_t *, uint8_t, uint8_t);
void		 clients_key(const struct clients *, struct client_key *,
		    const uint8_t *, bool);
void		 clients_prefetch(const struct clients *,
		    const struct client_key *);
struct client	*clients_get(struct clients *, const struct client_key *,
		    uint64_t, uint64_t *);
const struct client *clients_peek(const struct clients *,
		    const struct client_key *);

static inline void
clients_prefetch_set(const struct clients *t, const struct client_key *k)
{
	__builtin_prefetch(&t->set[k->hash & t->mask], 1);
}

#endif /* CLIENTS_H */
