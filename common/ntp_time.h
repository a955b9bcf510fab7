/* SPDX-License-Identifier: ISC */
/*
 * NTP time (RFC 5905 6): 64-bit timestamps in units of 2^-32 s since 1900,
 * modulo 2^64 (an era is 2^32 s, the first ends on 2036-02-07 06:28:16 UTC),
 * and 32-bit short values in units of 2^-16 s.  Pure.
 */
#ifndef NTP_TIME_H
#define NTP_TIME_H

#include <stdint.h>
#include <time.h>

#define NTP_UNIX_OFFSET	2208988800U	/* 1900 to 1970, seconds */

typedef uint64_t ntp_ts;

/*
 * ntp_ts_from_timespec: any tv_sec, era dropped; tv_nsec 0 to 999,999,999.
 *	Never 0 (RFC 5905: 0 means unknown): that instant becomes 1.
 * ntp_ts_to_ns: nanoseconds since 1970, of the era that puts it within 2^31 s
 *	of the pivot (nanoseconds since 1970, the present for a live packet).
 * ntp_ts_diff: a - b in seconds, right for |a - b| < 2^31 s, whatever the era.
 * ntp_ts_before: a earlier than b, in the same sense.
 * ntp_ts_span: nanoseconds from a to b; 0 where b is earlier, as after the
 *	clock was set back, and the most that it tells is 1024 s.
 * ntp_short_from_seconds: 2^-16 s, rounded up; negative and NaN give 0, too
 *	large the greatest value (RFC 5905: dispersion saturates).
 */
int64_t		 ntp_ts_to_ns(ntp_ts, int64_t);
double		 ntp_ts_diff(ntp_ts, ntp_ts);
uint32_t	 ntp_short_from_seconds(double);
double		 ntp_short_to_seconds(uint32_t);

/* These are inline because each packet needs them. */
static inline ntp_ts
ntp_ts_from_timespec(const struct timespec *t)
{
	uint64_t	 fraction;
	ntp_ts		 ts;

	fraction = ((uint64_t)t->tv_nsec << 32) / 1000000000U;
	ts = (((uint64_t)t->tv_sec + NTP_UNIX_OFFSET) << 32) + fraction;
	return (ts == 0 ? 1 : ts);
}

static inline int
ntp_ts_before(ntp_ts a, ntp_ts b)
{
	return ((int64_t)(a - b) < 0);
}

/* 10^9 is 5^9 * 2^9: 42 bits by the 21 of 5^9 make 63. */
static inline uint64_t
ntp_ts_span(ntp_ts a, ntp_ts b)
{
	uint64_t	 span = b - a, most = UINT64_C(1) << 42;

	if (span > most)
		span = ntp_ts_before(b, a) ? 0 : most;
	return (span * (1000000000 >> 9) >> 23);
}

#endif /* NTP_TIME_H */
