/* SPDX-License-Identifier: ISC */
/*
 * How many different sources were heard: an estimate of fixed size, by the
 * HyperLogLog method (Flajolet and others, 2007) over the keyed hash that the
 * client table has made already.  A ring of one-minute slices; the sources of
 * an hour are those of sixty slices together.
 * Of 2^11 registers, the standard error is 1.04 / sqrt(2^11), 2.3 %.
 * Pure; a minute is a number that goes up by one each minute.
 */
#ifndef UNIQUE_H
#define UNIQUE_H

#include <stdint.h>

#define UNIQUE_SLICES	60
#define UNIQUE_BITS	11
#define UNIQUE_REGS	(1 << UNIQUE_BITS)

/* Zeroed before first use. */
struct unique {
	uint64_t	 current;	/* its minute + 1; 0: none yet */
	uint64_t	 first;		/* minute + 1 that it began in */
	uint64_t	 minute[UNIQUE_SLICES];	/* + 1, of what a slice has */
	uint8_t		*reg;		/* the current slice, see unique_add */
	uint8_t		 slice[UNIQUE_SLICES][UNIQUE_REGS];
};

/*
 * unique_turn: makes a minute the current one.  unique_add does it; one that
 *	is past already is not gone back to.
 * unique_minute: the sources of the last whole minute.  What the current one
 *	has heard so far would fall to nothing at each full minute, so it is
 *	told only while there is no other.
 * unique_hour: of the last 60 minutes, the current one included.
 */
void	unique_turn(struct unique *, uint64_t);
double	unique_minute(const struct unique *, uint64_t);
double	unique_hour(const struct unique *, uint64_t);

static inline void
unique_add(struct unique *u, uint64_t hash, uint64_t minute)
{
	uint8_t		*reg, rank;

	if (minute >= u->current)	/* which is one more */
		unique_turn(u, minute);
	reg = &u->reg[hash >> (64 - UNIQUE_BITS)];
	/* The one put in ends the count where no other is left. */
	rank = (uint8_t)(1 + __builtin_clzll(hash << UNIQUE_BITS |
	    UINT64_C(1) << (UNIQUE_BITS - 1)));
	if (rank > *reg)
		*reg = rank;
}

#endif /* UNIQUE_H */
