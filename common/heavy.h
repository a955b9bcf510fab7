/* SPDX-License-Identifier: ISC */
/*
 * The heaviest of many sources in little memory: which of those that are
 * refused are refused the most.  A table of fixed size in which a new source
 * takes the place of the lightest, and its count as what it may have too much
 * (Metwally, Agrawal and El Abbadi, 2005: "space saving").  A source that has
 * more than one part in HEAVY_ENTRIES of all is always in it.
 * Pure.  Counts are of requests, halved by each heavy_decay: called once a
 * second, a source at a steady rate has between one and two times that.
 */
#ifndef HEAVY_H
#define HEAVY_H

#include <stdint.h>

#include "clients.h"

#define HEAVY_ENTRIES	64
#define HEAVY_HINTS	256

struct heavy_entry {
	struct client_key	 key;
	uint32_t		 count;		/* 0: free */
	uint32_t		 error;		/* of it, not its own perhaps */
};

/* All zeroes is an empty one. */
struct heavy {
	struct heavy_entry	 entry[HEAVY_ENTRIES];
	uint8_t			 hint[HEAVY_HINTS];	/* where it was */
};

/*
 * heavy_add: another request of this source.
 * heavy_forget: the source has no count any more.
 * heavy_decay: halves all counts.
 * heavy_sure: how many requests are certainly the entry's own.
 * heavy_pick: at most n entries, the heaviest first, with at least so many of
 *	their own (1 or more); how many.
 */
void		 heavy_add(struct heavy *, const struct client_key *);
void		 heavy_forget(struct heavy *, const struct client_key *);
void		 heavy_decay(struct heavy *);
unsigned int	 heavy_pick(const struct heavy *, uint32_t,
		    const struct heavy_entry **, unsigned int);

static inline uint32_t
heavy_sure(const struct heavy_entry *he)
{
	return (he->count - he->error);
}

#endif /* HEAVY_H */
