/* SPDX-License-Identifier: ISC */
/*
 * The mirrored time source: asks the daemon that disciplines this machine's
 * clock what it says of it, as an NTP client does, so that clock.c can serve
 * the same.  Pure: octets, times and randomness are arguments.
 * Times are CLOCK_REALTIME, spans are seconds.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ntp_packet.h"

/*
 * How far the mirrored daemon's time may be from this machine's clock.  It is
 * the same clock, so that only the way of an answer through the loopback and
 * a busy scheduler come in between; one that differs by more is another clock,
 * of which what it says is not true of ours.
 */
#define MIRROR_OFFSET_MAX	0.1

#define MIRROR_ROOT_MAX		16.0	/* RFC 5905 7.2: as good as unknown */

/* What the mirrored daemon last said. */
struct clock_mirror {
	bool		 valid;		/* it answered */
	uint8_t		 leap;		/* NTP_LEAP_UNSYNC: nothing follows */
	uint8_t		 stratum;	/* 1 to 15, or NTP_STRATUM_UNSYNC */
	uint8_t		 refid[4];
	double		 root_delay, root_dispersion;	/* at `at` */
	struct timespec	 reference;	/* 0, 0 if it does not say */
	struct timespec	 at;
};

enum mirror_verdict {
	MIRROR_GOOD,
	MIRROR_SHORT,
	MIRROR_MODE,
	MIRROR_VERSION,
	MIRROR_ORIGIN,		/* to another question, or forged */
	MIRROR_KISS,		/* out->refid has the code */
	MIRROR_TRANSMIT,
	MIRROR_STRATUM,
	MIRROR_ROOT,
	MIRROR_REFID,
	MIRROR_OFFSET
};

/*
 * mirror_request: writes a request, and returns the transmit timestamp that
 *	mirror_check wants, which is random, not the time.
 * mirror_check: judges an answer of len octets that came in at `now`.  *out is
 *	filled on MIRROR_GOOD, also by a daemon that says it is not
 *	synchronised; else it is zero, but for a kiss code.
 * mirror_ok: whether a struct that came from elsewhere is one that
 *	mirror_check could have made, or has valid false.
 * mirror_strverdict: in words, what an answer was refused for.
 */
ntp_ts			 mirror_request(uint8_t[NTP_HEADER_LEN], uint64_t);
enum mirror_verdict	 mirror_check(const uint8_t *, size_t, ntp_ts,
			    struct clock_mirror *, const struct timespec *);
bool			 mirror_ok(const struct clock_mirror *);
const char		*mirror_strverdict(enum mirror_verdict);

#endif /* MIRROR_H */
