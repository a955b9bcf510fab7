/* SPDX-License-Identifier: ISC */
/*
 * NTP timestamps and short values to and from the units of the rest of the
 * program.  What each packet needs is inline in ntp_time.h.
 */
#include <stdint.h>

#include "ntp_time.h"

#define NS_PER_S	INT64_C(1000000000)

int64_t
ntp_ts_to_ns(ntp_ts ts, int64_t pivot)
{
	int64_t		 s = pivot / NS_PER_S, ns = pivot % NS_PER_S;
	uint64_t	 pivot_fraction, distance, fraction;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	pivot_fraction = ((uint64_t)ns << 32) / NS_PER_S;

	/* Its upper half is a signed number of seconds, its lower adds to it */
	distance = ts - (((uint64_t)s + NTP_UNIX_OFFSET) << 32) -
	    pivot_fraction;
	fraction = (distance & UINT32_MAX) + pivot_fraction;
	s += (int32_t)(distance >> 32) + (int64_t)(fraction >> 32);

	/* Rounded, so that a timespec comes back as it was. */
	ns = ((fraction & UINT32_MAX) * NS_PER_S + (UINT64_C(1) << 31)) >> 32;
	if (s >= INT64_MAX / NS_PER_S)
		return (INT64_MAX);
	if (s <= INT64_MIN / NS_PER_S)
		return (INT64_MIN);
	return (s * NS_PER_S + ns);
}

double
ntp_ts_diff(ntp_ts a, ntp_ts b)
{
	return ((double)(int64_t)(a - b) / 4294967296.0);
}

uint32_t
ntp_short_from_seconds(double seconds)
{
	double		 units = seconds * 65536.0;
	uint32_t	 v;

	if (!(units > 0))	/* so written that NaN is caught, too */
		return (0);
	if (units >= UINT32_MAX)
		return (UINT32_MAX);
	v = (uint32_t)units;
	return (v < units ? v + 1 : v);
}

double
ntp_short_to_seconds(uint32_t v)
{
	return (v / 65536.0);
}
