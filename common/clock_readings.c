/* SPDX-License-Identifier: ISC */
/* What readings of the clock tell of it: its precision, and its steps. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "clock.h"

#define PRECISION_MIN	(-32)
#define PRECISION_MAX	(-6)
#define PRECISION_FINE	(-30)	/* when no two readings differ */
#define NS_PER_S	INT64_C(1000000000)
#define STEP_MIN	1000000	/* ns */
#define SLEW_SHIFT	3	/* an eighth, more than any slew */

static int64_t	 gap(const struct timespec *, const struct timespec *);

/* Nanoseconds from one reading to the next; 0 if the clock went back. */
static int64_t
gap(const struct timespec *from, const struct timespec *to)
{
	double	 seconds = (double)to->tv_sec - (double)from->tv_sec +
		    ((double)to->tv_nsec - (double)from->tv_nsec) * 1e-9;

	if (seconds <= 0)
		return (0);
	if (seconds >= 1)
		return (NS_PER_S);
	return ((to->tv_sec != from->tv_sec ? NS_PER_S : 0) + to->tv_nsec -
	    from->tv_nsec);
}

int8_t
clock_measure_precision(const struct timespec *samples, size_t n)
{
	int64_t		 least = 0, step;
	double		 unit = (double)NS_PER_S / 4294967296.0;
	int8_t		 precision = PRECISION_MIN;
	size_t		 i;

	/* The least is the one that nothing interrupted. */
	for (i = 1; i < n; i++) {
		step = gap(&samples[i - 1], &samples[i]);
		if (step > 0 && (least == 0 || step < least))
			least = step;
	}
	if (least == 0)
		return (PRECISION_FINE);
	while (precision < PRECISION_MAX && unit < (double)least) {
		unit *= 2;
		precision++;
	}
	return (precision);
}

/*
 * The two clocks run at the same rate, also while that is being corrected, but
 * one of them is stepped, and by a leap second too.  All is modulo 2^64 ns, so
 * that no time is too large; a step by 292 years is taken for one by less.
 */
bool
clock_stepped(struct clock_state *clock, const struct timespec *real,
    uint64_t mono)
{
	uint64_t	 apart, elapsed, jump;
	bool		 known = clock->apart_known;

	apart = (uint64_t)real->tv_sec * NS_PER_S + (uint64_t)real->tv_nsec -
	    mono;
	elapsed = mono > clock->apart_at ? mono - clock->apart_at : 0;
	jump = apart - clock->apart;
	if ((int64_t)jump < 0)
		jump = -jump;
	clock->apart = apart;
	clock->apart_at = mono;
	clock->apart_known = true;
	return (known && jump > STEP_MIN + (elapsed >> SLEW_SHIFT));
}
