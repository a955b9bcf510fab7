/* SPDX-License-Identifier: ISC */
/*
 * A rate limit as a token bucket, kept as one time for each source: the time
 * at which its bucket will be full again (ITU-T I.371 calls the algorithm
 * GCRA).  No division, no multiplication, no timer.  Pure; times are monotonic
 * nanoseconds.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct limit {
	uint64_t	 interval;	/* of one token; 0: no limit */
	uint64_t	 slack;		/* of the tokens that may be saved up */
};

/*
 * limit_set: rate in requests a second, fractions allowed, 0 for no limit;
 *	burst is how many a source may save up, at least 1.
 * limit_take: takes a token; false when there is none.  *full is the source's
 *	state, 0 for a new source.
 */
void	limit_set(struct limit *, double, unsigned int);

static inline bool
limit_take(const struct limit *l, uint64_t *full, uint64_t now)
{
	uint64_t	 from = *full > now ? *full : now;

	if (from - now > l->slack)
		return (false);
	*full = from + l->interval;
	return (true);
}

#endif /* LIMIT_H */
