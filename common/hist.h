/* SPDX-License-Identifier: ISC */
/*
 * How long things took: a histogram whose steps grow with the time, 32 of them
 * to each doubling, so that what a bucket stands for is at most 1.6 % off.
 * Times below 64 ns have a bucket each; those of more than HIST_MAX count as
 * that.  To count takes a few instructions, and fixed memory.  Two looks at one
 * can be subtracted, those of several processes added up.
 * Pure; times are nanoseconds.
 */
#ifndef HIST_H
#define HIST_H

#include <stdint.h>

#define HIST_BITS	5		/* 2^5 steps to an octave */
#define HIST_MAX	((UINT64_C(1) << 36) - 1)	/* 68.7 s */
#define HIST_BUCKETS	1024

/* Zeroed before first use. */
struct hist {
	uint64_t	 n;		/* the sum of all buckets */
	uint64_t	 sum;		/* of the times, ns */
	uint64_t	 bucket[HIST_BUCKETS];
};

/*
 * hist_low: the least time that bucket i counts; of HIST_BUCKETS, the first
 *	beyond all.
 * hist_middle: the time that bucket i stands for.
 * hist_mean: 0 of none, as are those below.
 * hist_quantile: the time that a part q (0.99, say) of all did not exceed.
 * hist_min, hist_max: of the first and the last bucket that counted any.
 * hist_upto: how many took at most a time, to the bucket.
 * hist_merge: adds to the first what the second has.
 * hist_sub: what came to the second since it was the third; nothing where it
 *	went back, as one that began anew does.
 * hist_repair: of one that somebody died with, or that a stranger filled:
 *	makes n what the buckets say, and the sum one that they can have.
 */
uint64_t	 hist_low(unsigned int);
uint64_t	 hist_middle(unsigned int);
double		 hist_mean(const struct hist *);
uint64_t	 hist_quantile(const struct hist *, double);
uint64_t	 hist_min(const struct hist *);
uint64_t	 hist_max(const struct hist *);
uint64_t	 hist_upto(const struct hist *, uint64_t);
void		 hist_merge(struct hist *, const struct hist *);
void		 hist_sub(struct hist *, const struct hist *,
		    const struct hist *);
void		 hist_repair(struct hist *);

/* The bucket of a time up to HIST_MAX. */
static inline unsigned int
hist_bucket(uint64_t ns)
{
	unsigned int	 shift = 63 - HIST_BITS -
			    (unsigned int)__builtin_clzll(ns | 1 << HIST_BITS);

	/* The leading one of what is left over is the next octave's step. */
	return ((shift << HIST_BITS) + (unsigned int)(ns >> shift));
}

/* Counts a time; the bucket that it went to. */
static inline unsigned int
hist_add(struct hist *h, uint64_t ns)
{
	unsigned int	 i;

	if (ns > HIST_MAX)
		ns = HIST_MAX;
	h->n++;
	h->sum += ns;
	i = hist_bucket(ns);
	h->bucket[i]++;
	return (i);
}

#endif /* HIST_H */
