/* SPDX-License-Identifier: ISC */
/*
 * What mode 6 may show, filled in by the caller for each request or kept up to
 * date.  Zero is a sensible value of everything but where it says otherwise.
 * Times are NTP timestamps (0: never), spans are seconds.
 */
#ifndef MODE6_VIEW_H
#define MODE6_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "counters.h"
#include "ntp_time.h"

#define MODE6_SAMPLES	8	/* of a peer, as ntpd keeps them */
#define MODE6_NAME_LEN	64
#define MODE6_LIMITED	0x20	/* a row's restrictions: over its limit */
#define MODE6_KOD	0x400	/* ... and told so */

/* RFC 9327 4.1: the clock source of the system status word */
enum mode6_source {
	MODE6_SOURCE_NONE = 0,
	MODE6_SOURCE_LOCAL = 5,
	MODE6_SOURCE_NTP = 6
};

struct mode6_sample {
	double		 delay, offset, dispersion;
};

/* The daemon that is mirrored. */
struct mode6_peer {
	struct addr	 addr;
	struct addr	 local;		/* asked from; family 0: not known */
	char		 name[MODE6_NAME_LEN];	/* or "" */
	bool		 selected;	/* what we serve is its time: `*' */
	uint8_t		 leap, stratum;	/* stratum 16: not synchronised */
	uint8_t		 refid[4];
	bool		 refid_text;	/* four characters at any stratum */
	uint8_t		 reach;		/* shift register, newest lowest */
	uint8_t		 poll;		/* log2 seconds */
	int8_t		 precision;	/* log2 seconds */
	uint32_t	 unreach;	/* polls without an answer */
	double		 root_delay, root_dispersion;
	double		 delay, offset, dispersion, jitter;
	ntp_ts		 reference, receive, transmit;
	uint8_t		 nsamples;
	struct mode6_sample sample[MODE6_SAMPLES];	/* newest first */
};

/* A row of the list of most recently used sources. */
struct mode6_row {
	struct addr	 addr;		/* port 0: not known */
	ntp_ts		 first, last;	/* the same while it is not heard */
	uint32_t	 count, drops;
	uint16_t	 restrictions;	/* MODE6_LIMITED ... */
	uint8_t		 mode, version;
};

struct mode6_view {
	ntp_ts		 now;
	const char	*version, *system, *processor;	/* or NULL */
	uint64_t	 uptime;	/* whole seconds */
	uint64_t	 requests;	/* of mode 6 */
	struct counters	 counters;

	enum mode6_source source;
	uint8_t		 leap, stratum;		/* 1 to 16 */
	uint8_t		 refid[4];
	bool		 refid_text;	/* four characters at any stratum */
	int8_t		 precision;	/* log2 seconds */
	uint8_t		 poll, min_poll;	/* log2 seconds */
	double		 root_delay, root_dispersion;
	double		 offset, frequency;	/* frequency in ppm */
	double		 system_jitter, clock_jitter;
	double		 wander;	/* ppm */
	ntp_ts		 reference;
	uint32_t	 tai;		/* TAI - UTC; 0: not known */
	const struct mode6_peer *peer;	/* NULL: the clock itself */

	const struct mode6_row	*row;	/* sorted by `last', oldest first */
	size_t		 nrows;
	uint64_t	 mru_depth, mru_deepest, mru_max;	/* sources */
	uint64_t	 mru_mem, mru_max_mem;			/* octets */
};

#endif /* MODE6_VIEW_H */
