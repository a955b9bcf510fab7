/* SPDX-License-Identifier: ISC */
/* Leap smear: see smear.h. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "smear.h"

#define NS_PER_S	INT64_C(1000000000)
#define PI		3.14159265358979323846
#define REFID_SMEAR	254

static double	 smeared(const struct smear *, int64_t, int64_t);

/* How much of the second is smeared after so many of the window's ns. */
static double
smeared(const struct smear *smear, int64_t elapsed, int64_t window)
{
	double	 x = (double)elapsed / (double)window;

	return (smear->kind == SMEAR_COSINE ? (1 - cos(PI * x)) / 2 : x);
}

bool
smear_ok(const struct smear *smear)
{
	if (smear->kind == SMEAR_NONE)
		return (true);
	/* A deleted second is the one before the leap: it needs a `before'. */
	return (smear->kind <= SMEAR_COSINE &&
	    smear->before >= 1 && smear->before <= SMEAR_SIDE_MAX &&
	    smear->after >= 0 && smear->after <= SMEAR_SIDE_MAX &&
	    smear->before + smear->after >= SMEAR_SPAN_MIN);
}

bool
smear_at(const struct smear *smear, int64_t leap_at, int delta,
    const struct timespec *now, bool in_leap, struct smear_now *s)
{
	int64_t	 start = leap_at - smear->before;
	int64_t	 step = 0, elapsed, window, ahead;
	double	 done;
	bool	 late;

	if (smear->kind == SMEAR_NONE || now->tv_sec < start ||
	    now->tv_sec >= leap_at + smear->after)
		return (false);
	/*
	 * The kernel sets the clock back at its next tick, a few milliseconds
	 * late: until then it reads 00:00:00 in the inserted second.
	 */
	late = in_leap && delta > 0 && now->tv_sec == leap_at;
	if ((now->tv_sec >= leap_at && !late) ||
	    (in_leap && delta > 0 && now->tv_sec == leap_at - 1))
		step = delta * NS_PER_S;	/* what the clock went back */
	elapsed = (now->tv_sec - start) * NS_PER_S + now->tv_nsec + step;
	window = (smear->before + smear->after + delta) * NS_PER_S;
	if (elapsed > window)	/* a second was to be deleted, and was not */
		elapsed = window;
	done = smeared(smear, elapsed, window);
	s->offset = step - llround(delta * 1e9 * done);
	s->rate = 0;
	ahead = window - elapsed < NS_PER_S ? window - elapsed : NS_PER_S;
	if (ahead == 0)
		return (true);
	/* The chord, so that a second ahead the next look agrees. */
	s->rate = -delta * 1e9 *
	    (smeared(smear, elapsed + ahead, window) - done) / (double)ahead;
	return (true);
}

void
smear_refid(int64_t offset, uint8_t refid[4])
{
	int64_t	 v = llround((double)offset * (1 << 22) / 1e9);

	if (v > 0x7fffff)
		v = 0x7fffff;
	if (v < -0x800000)
		v = -0x800000;
	refid[0] = REFID_SMEAR;
	refid[1] = (uint8_t)((uint64_t)v >> 16);
	refid[2] = (uint8_t)((uint64_t)v >> 8);
	refid[3] = (uint8_t)v;
}
