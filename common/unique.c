/* SPDX-License-Identifier: ISC */
/*
 * Different sources: see unique.h.  The number is made from the registers by
 * Ertl's formula (New cardinality estimation algorithms for HyperLogLog
 * sketches, 2017), which is right from none to 2^64 where the first one needs
 * a second method for small numbers and a table between the two.
 */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "unique.h"

#define RANK_MAX	(64 - UNIQUE_BITS + 1)

void
unique_turn(struct unique *u, uint64_t minute)
{
	unsigned int	 i = minute % UNIQUE_SLICES;

	if (minute + 1 <= u->current)
		return;
	if (u->current == 0)
		u->first = minute + 1;
	u->current = minute + 1;
	u->minute[i] = minute + 1;
	u->reg = u->slice[i];
	memset(u->reg, 0, UNIQUE_REGS);
}

/* Of x, the share of registers that are 0; infinite for all of them. */
static double
sigma(double x)
{
	double	 y = 1, z = x, old;

	if (x >= 1)
		return (INFINITY);
	do {
		x *= x;
		old = z;
		z += x * y;
		y += y;
	} while (z > old);
	return (z);
}

/* Of 1 - the share of registers that are full. */
static double
tau(double x)
{
	double	 y = 1, z = 1 - x, old;

	if (x <= 0 || x >= 1)
		return (0);
	do {
		x = sqrt(x);
		old = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z < old);
	return (z / 3);
}

static double
estimate(const unsigned int *count)
{
	const double	 m = UNIQUE_REGS;
	double		 z;
	unsigned int	 k;

	z = m * tau(1 - count[RANK_MAX] / m);
	for (k = RANK_MAX - 1; k > 0; k--)
		z = 0.5 * (z + count[k]);
	z += m * sigma(count[0] / m);
	return (m / (2 * log(2)) * m / z);
}

/* Of the slices of n minutes, the last of which is `last'. */
static double
of_minutes(const struct unique *u, uint64_t last, uint64_t n)
{
	unsigned int	 count[RANK_MAX + 1];
	uint8_t		 reg[UNIQUE_REGS];
	unsigned int	 i, k;

	memset(reg, 0, sizeof(reg));
	for (i = 0; i < UNIQUE_SLICES; i++) {
		/* One that is yet to come is as far away, as it wraps. */
		if (u->minute[i] == 0 || last + 1 - u->minute[i] >= n)
			continue;
		for (k = 0; k < UNIQUE_REGS; k++)
			if (u->slice[i][k] > reg[k])
				reg[k] = u->slice[i][k];
	}
	memset(count, 0, sizeof(count));
	for (k = 0; k < UNIQUE_REGS; k++)
		count[reg[k]]++;
	return (estimate(count));
}

double
unique_minute(const struct unique *u, uint64_t minute)
{
	if (minute == 0 || u->first == 0 || minute <= u->first - 1)
		return (of_minutes(u, minute, 1));
	return (of_minutes(u, minute - 1, 1));
}

double
unique_hour(const struct unique *u, uint64_t minute)
{
	return (of_minutes(u, minute, UNIQUE_SLICES));
}
