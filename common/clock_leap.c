/* SPDX-License-Identifier: ISC */
/* What a leap second does to a clock: see clock_leap.h. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "clock_leap.h"

#define DAY		86400

static bool	 last_day_of_month(const struct timespec *);
static uint8_t	 listed(const struct clock_state *, const struct timespec *);
static bool	 smear_of(const struct clock_state *, const struct timespec *,
		    bool, struct smear_now *);
static uint64_t	 ntp_units(int64_t);

/* RFC 8633 3.7: is tomorrow the first of a month (UTC)? */
static bool
last_day_of_month(const struct timespec *now)
{
	return (leap_first_of_month(now->tv_sec / DAY -
	    (now->tv_sec % DAY < 0) + 1));
}

/* What the list has for the end of this day. */
static uint8_t
listed(const struct clock_state *clock, const struct timespec *now)
{
	if (clock->config.leap == NULL)
		return (NTP_LEAP_NONE);
	return (leap_pending(clock->config.leap, now->tv_sec));
}

/*
 * The smear at a time, of the leap second ahead or of the one behind.  One
 * that the list has is true after the list's expiry, too: to stop in the
 * middle of a smear would be a step.
 */
static bool
smear_of(const struct clock_state *clock, const struct timespec *when,
    bool in_leap, struct smear_now *s)
{
	const struct leap_table	*table = clock->config.leap;
	const struct smear	*smear = &clock->config.smear;
	int64_t			 at;
	int			 delta;

	memset(s, 0, sizeof(*s));
	if (table == NULL)
		return (false);
	return ((leap_next(table, when->tv_sec, &at, &delta) &&
	    smear_at(smear, at, delta, when, in_leap, s)) ||
	    (leap_last(table, when->tv_sec, &at, &delta) &&
	    smear_at(smear, at, delta, when, in_leap, s)));
}

/* Nanoseconds to units of a timestamp. */
static uint64_t
ntp_units(int64_t ns)
{
	return ((uint64_t)llround((double)ns * 4.294967296));
}

void
clock_leap_look(struct clock_state *clock, const struct timespec *now,
    const struct clock_kernel *kernel)
{
	struct smear_now	 s;
	bool			 told = kernel != NULL && kernel->valid;

	clock->in_leap = told && kernel->in_leap;
	clock->leap_near = clock->in_leap ||
	    (told && (kernel->insert || kernel->del)) ||
	    listed(clock, now) != NTP_LEAP_NONE;
	clock->leap_expired = clock->config.leap != NULL &&
	    leap_expired(clock->config.leap, now->tv_sec);
	clock->smearing = smear_of(clock, now, clock->in_leap, &s);
	clock->smear_offset = s.offset;
	clock->smear_rate = s.rate;
	clock->smear_base = *now;
	clock->smear_from = ntp_ts_from_timespec(now);
	clock->smear_shift = ntp_units(s.offset);
}

void
clock_leap_say(struct clock_state *clock, const struct timespec *now,
    uint8_t announced)
{
	uint8_t	 pending = listed(clock, now);

	/* S3; a mirrored daemon is believed in this as in all else */
	if (clock->config.leap != NULL && !clock->leap_expired &&
	    clock->config.source != CLOCK_MIRROR)
		announced = pending;
	else if (!last_day_of_month(now))
		announced = NTP_LEAP_NONE;
	if (announced != NTP_LEAP_NONE)
		clock->leap_near = true;
	/* S5: clients see no leap second, whenever on its day they ask */
	if (clock->smearing || (pending != NTP_LEAP_NONE &&
	    clock->config.smear.kind != SMEAR_NONE))
		announced = NTP_LEAP_NONE;
	if (clock->leap != NTP_LEAP_UNSYNC)		/* S2 */
		clock->leap = announced;
	if (clock->smearing)
		smear_refid(clock->smear_offset, clock->refid);
	else if (clock->in_leap) {
		/* S4: 23:59:60 has no timestamp of its own */
		clock->leap = NTP_LEAP_UNSYNC;
		clock->why = "a leap second is being inserted";
	}
}

/*
 * H8: the reference has to stay what it was while the smear goes on, so it is
 * smeared by what was due when it was set.
 */
void
clock_leap_reference(struct clock_state *clock, const struct timespec *now)
{
	const struct timespec	*ref = &clock->reference;
	struct smear_now	 s;
	bool			 new;

	if (ref->tv_sec == clock->reference_known.tv_sec &&
	    ref->tv_nsec == clock->reference_known.tv_nsec)
		return;
	new = ref->tv_sec == now->tv_sec && ref->tv_nsec == now->tv_nsec;
	(void)smear_of(clock, ref, new && clock->in_leap, &s);
	clock->reference_shift = ntp_units(s.offset);
	clock->reference_known = *ref;
}
