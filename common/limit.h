/* SPDX-License-Identifier: ISC */
/*
 * A rate limit as a token bucket, kept as one time for each source: the time
 * at which its bucket will be full again (ITU-T I.371 calls the algorithm
 * GCRA).  No division, no multiplication, no timer.  Pure; times are monotonic
 * nanoseconds below 2^63.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define LIMIT_LIFT	8	/* the most that lifting a limit gives */
#define LIMIT_POLL_MAX	17	/* RFC 5905 7.2: MAXPOLL */

struct limit {
	uint64_t	 interval;	/* of one token; 0: no limit */
	uint64_t	 slack;		/* of the tokens that may be saved up */
};

/*
 * limit_set: rate in requests a second, fractions allowed, 0 for no limit;
 *	burst is how many a source may save up, at least 1.
 * limit_lift: the larger bucket for a source that grows (client.h): the same
 *	burst, LIMIT_LIFT times the rate.
 * limit_poll: the exponent of a poll interval in seconds that the limit
 *	allows, not below the one that was asked for; 0 to LIMIT_POLL_MAX.
 * limit_take: takes a token; false when there is none.  *full is the source's
 *	state, 0 for a new source; any other value does no harm.
 */
void	limit_set(struct limit *, double, unsigned int);
void	limit_lift(struct limit *, const struct limit *);
uint8_t	limit_poll(const struct limit *, uint8_t);

static inline bool
limit_take(const struct limit *l, uint64_t *full, uint64_t now)
{
	uint64_t	 from = *full > now ? *full : now;

	if (from - now > l->slack) {
		/*
		 * Emptier than empty: written under a lower limit, or by a
		 * process that was broken.
		 */
		if (from - now - l->slack > l->interval)
			*full = now + l->slack + l->interval;
		return (false);
	}
	*full = from + l->interval;
	return (true);
}

#endif /* LIMIT_H */
