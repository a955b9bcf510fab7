/* SPDX-License-Identifier: ISC */
/*
 * The NTP header (RFC 5905 7.3) and what may follow it, read and written octet
 * by octet.  Pure.
 */
#ifndef NTP_PACKET_H
#define NTP_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "ntp_time.h"

#define NTP_HEADER_LEN	48
#define NTP_PACKET_MAX	1024	/* longest request that is read */
#define NTP_MAC_KEYID	4

#define NTP_MODE_UNSPEC		0
#define NTP_MODE_ACTIVE		1
#define NTP_MODE_PASSIVE	2
#define NTP_MODE_CLIENT		3
#define NTP_MODE_SERVER		4
#define NTP_MODE_BROADCAST	5
#define NTP_MODE_CONTROL	6
#define NTP_MODE_PRIVATE	7

#define NTP_LEAP_NONE		0
#define NTP_LEAP_INSERT		1
#define NTP_LEAP_DELETE		2
#define NTP_LEAP_UNSYNC		3

#define NTP_STRATUM_UNSYNC	16	/* travels as 0 */

/* Offsets in the header */
#define NTP_OFF_STRATUM		1
#define NTP_OFF_POLL		2
#define NTP_OFF_PRECISION	3
#define NTP_OFF_ROOT_DELAY	4
#define NTP_OFF_ROOT_DISP	8
#define NTP_OFF_REFID		12
#define NTP_OFF_REFERENCE	16
#define NTP_OFF_ORIGIN		24
#define NTP_OFF_RECEIVE		32
#define NTP_OFF_TRANSMIT	40

struct ntp_header {
	uint8_t		 leap, version, mode, stratum;
	int8_t		 poll, precision;
	uint32_t	 root_delay, root_dispersion;	/* 2^-16 s */
	uint8_t		 refid[4];
	ntp_ts		 reference, origin, receive, transmit;
};

/* What stands behind the 48 octets of a request. */
enum ntp_trailer {
	NTP_TRAILER_NONE,	/* nothing, or well-formed extension fields */
	NTP_TRAILER_MAC,	/* a MAC */
	NTP_TRAILER_NAK,	/* a crypto-NAK */
	NTP_TRAILER_BAD		/* neither: malformed */
};

/*
 * ntp_trailer_parse: what follows the header of a packet of len octets, at
 *	least NTP_HEADER_LEN and a multiple of 4, and of version 1 to 4; the
 *	offset of what the verdict is about, the MAC say, is returned too.
 */
void		 ntp_header_get(struct ntp_header *, const uint8_t *);
void		 ntp_header_put(uint8_t *, const struct ntp_header *);
enum ntp_trailer ntp_trailer_parse(const uint8_t *, size_t, unsigned int,
		    size_t *);

static inline uint32_t
ntp_get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

static inline uint64_t
ntp_get64(const uint8_t *p)
{
	return ((uint64_t)ntp_get32(p) << 32 | ntp_get32(p + 4));
}

static inline void
ntp_put32(uint8_t *p, uint32_t v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static inline void
ntp_put64(uint8_t *p, uint64_t v)
{
	ntp_put32(p, v >> 32);
	ntp_put32(p + 4, (uint32_t)v);
}

#endif /* NTP_PACKET_H */
