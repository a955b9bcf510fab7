/* SPDX-License-Identifier: ISC */
/* The mirrored time source: see mirror.h. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "mirror.h"

#define NS_PER_S	INT64_C(1000000000)
#define REFERENCE_OLD	(UINT32_C(1) << 30)	/* seconds: 34 years */
#define PRECISION_NONE	32	/* 2^32 s: what a client keeps to itself */

static bool		 printable(uint8_t);
static bool		 is_name(const uint8_t[4]);
static bool		 is_kiss(const struct ntp_header *);
static bool		 is_unsync(const struct ntp_header *);
static bool		 span_ok(double);
static bool		 time_ok(const struct timespec *);
static bool		 copy_refid(struct clock_mirror *,
			    const struct ntp_header *);
static void		 copy_reference(struct clock_mirror *,
			    const struct ntp_header *);
static enum mirror_verdict check_synced(const struct ntp_header *,
			    struct clock_mirror *);

ntp_ts
mirror_request(uint8_t buf[NTP_HEADER_LEN], uint64_t random)
{
	struct ntp_header	 h;

	/* All that a server has no need of is left out, the time first. */
	memset(&h, 0, sizeof(h));
	h.version = 4;
	h.mode = NTP_MODE_CLIENT;
	h.precision = PRECISION_NONE;
	h.transmit = random != 0 ? random : 1;	/* H11: 0 is no timestamp */
	ntp_header_put(buf, &h);
	return (h.transmit);
}

static bool
printable(uint8_t c)
{
	return (c >= ' ' && c <= '~');
}

/* H10: one to four ASCII characters, zero padded */
static bool
is_name(const uint8_t refid[4])
{
	int	 i, n;

	for (n = 0; n < 4 && printable(refid[n]); n++)
		;
	for (i = n; i < 4; i++)
		if (refid[i] != 0)
			return (false);
	return (n > 0);
}

/*
 * RFC 5905 7.4: at stratum 0 a name is a kiss code.  INIT and STEP are no
 * refusals, but how a daemon says that it is not synchronised yet.
 */
static bool
is_kiss(const struct ntp_header *h)
{
	return (h->stratum == 0 && is_name(h->refid) &&
	    memcmp(h->refid, "INIT", sizeof(h->refid)) != 0 &&
	    memcmp(h->refid, "STEP", sizeof(h->refid)) != 0);
}

static bool
is_unsync(const struct ntp_header *h)
{
	return (h->leap == NTP_LEAP_UNSYNC ||
	    h->stratum == NTP_STRATUM_UNSYNC);
}

static bool
span_ok(double seconds)
{
	return (isfinite(seconds) && seconds >= 0 &&
	    seconds < MIRROR_ROOT_MAX);
}

static bool
time_ok(const struct timespec *t)
{
	return (t->tv_nsec >= 0 && t->tv_nsec < NS_PER_S);
}

static bool
copy_refid(struct clock_mirror *out, const struct ntp_header *h)
{
	static const uint8_t	 local[] = { 127, 127 };

	memcpy(out->refid, h->refid, sizeof(out->refid));
	if (h->stratum > 1 || is_name(h->refid))
		return (true);
	/* a daemon that is its own reference, the way it was always written */
	memcpy(out->refid, "LOCL", sizeof(out->refid));
	return (memcmp(h->refid, local, sizeof(local)) == 0);
}

/*
 * Of the era of out->at, and never after it (H8).  The fraction is rounded by
 * itself, so that the same timestamp is the same time at each answer.
 */
static void
copy_reference(struct clock_mirror *out, const struct ntp_header *h)
{
	ntp_ts		 at = ntp_ts_from_timespec(&out->at);
	uint32_t	 past = (uint32_t)(at >> 32) -
			    (uint32_t)(h->reference >> 32);

	if (h->reference == 0)
		return;
	/* So old that timestamps will soon not tell it from the future. */
	if (ntp_ts_before(h->reference, at) && past >= REFERENCE_OLD)
		return;
	if (!ntp_ts_before(h->reference, at)) {
		out->reference = out->at;
		return;
	}
	out->reference.tv_sec = out->at.tv_sec - past;
	out->reference.tv_nsec = (long)(((h->reference & UINT32_MAX) *
	    NS_PER_S + (UINT64_C(1) << 31)) >> 32);
	if (out->reference.tv_nsec == NS_PER_S) {
		out->reference.tv_sec++;
		out->reference.tv_nsec = 0;
	}
}

static enum mirror_verdict
check_synced(const struct ntp_header *h, struct clock_mirror *out)
{
	double	 offset;

	if (h->stratum < 1 || h->stratum > NTP_STRATUM_UNSYNC)
		return (MIRROR_STRATUM);
	out->leap = h->leap;
	out->stratum = h->stratum;
	out->root_delay = ntp_short_to_seconds(h->root_delay);
	out->root_dispersion = ntp_short_to_seconds(h->root_dispersion);
	if (!span_ok(out->root_delay) || !span_ok(out->root_dispersion))
		return (MIRROR_ROOT);
	if (!copy_refid(out, h))
		return (MIRROR_REFID);
	offset = ntp_ts_diff(h->transmit, ntp_ts_from_timespec(&out->at));
	if (fabs(offset) > MIRROR_OFFSET_MAX)
		return (MIRROR_OFFSET);
	copy_reference(out, h);
	return (MIRROR_GOOD);
}

enum mirror_verdict
mirror_check(const uint8_t *buf, size_t len, ntp_ts sent,
    struct clock_mirror *out, const struct timespec *now)
{
	struct ntp_header	 h;
	enum mirror_verdict	 verdict;

	memset(out, 0, sizeof(*out));
	if (len < NTP_HEADER_LEN)
		return (MIRROR_SHORT);
	ntp_header_get(&h, buf);
	if (h.mode != NTP_MODE_SERVER)
		return (MIRROR_MODE);
	if (h.version != 3 && h.version != 4)
		return (MIRROR_VERSION);
	if (h.origin != sent)		/* nothing else proves who answers */
		return (MIRROR_ORIGIN);
	if (is_kiss(&h)) {
		memcpy(out->refid, h.refid, sizeof(out->refid));
		return (MIRROR_KISS);
	}
	if (h.transmit == 0)
		return (MIRROR_TRANSMIT);
	out->at = *now;
	if (is_unsync(&h)) {
		out->leap = NTP_LEAP_UNSYNC;
		out->stratum = NTP_STRATUM_UNSYNC;
	} else if ((verdict = check_synced(&h, out)) != MIRROR_GOOD) {
		memset(out, 0, sizeof(*out));
		return (verdict);
	}
	out->valid = true;
	return (MIRROR_GOOD);
}

bool
mirror_ok(const struct clock_mirror *m)
{
	if (!m->valid)
		return (true);
	if (!time_ok(&m->at) || !time_ok(&m->reference) ||
	    !span_ok(m->root_delay) || !span_ok(m->root_dispersion))
		return (false);
	if (m->leap == NTP_LEAP_UNSYNC)
		return (m->stratum == NTP_STRATUM_UNSYNC);
	return (m->leap < NTP_LEAP_UNSYNC && m->stratum >= 1 &&
	    m->stratum < NTP_STRATUM_UNSYNC &&
	    (m->stratum > 1 || is_name(m->refid)));
}

const char *
mirror_strverdict(enum mirror_verdict verdict)
{
	switch (verdict) {
	case MIRROR_GOOD:
		return ("good");
	case MIRROR_SHORT:
		return ("too short");
	case MIRROR_MODE:
		return ("not a server's answer");
	case MIRROR_VERSION:
		return ("not of NTP version 3 or 4");
	case MIRROR_ORIGIN:
		return ("not the answer to what was asked");
	case MIRROR_KISS:
		return ("refused with a kiss code");
	case MIRROR_TRANSMIT:
		return ("without a transmit timestamp");
	case MIRROR_STRATUM:
		return ("of a stratum that does not exist");
	case MIRROR_ROOT:
		return ("root delay or dispersion of 16 s or more");
	case MIRROR_REFID:
		return ("of stratum 1 with a reference id that is no name");
	case MIRROR_OFFSET:
		return ("from another clock than this machine's");
	}
	return ("unknown verdict");
}
