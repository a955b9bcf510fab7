/* SPDX-License-Identifier: ISC */
/*
 * The NTP header as a structure, and the walk over what follows it.  The
 * packet path reads and writes single octets in place (ntp_reply.c).
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ntp_packet.h"

/* Octets of a MAC: key id and digest (RFC 8573, RFC 5905 7.3, SHA-256). */
#define MAC_CMAC	20
#define MAC_SHA1	24
#define MAC_SHA256	36
#define FIELD_MIN	16	/* RFC 7822 */

static enum ntp_trailer	 trailer_mac(const uint8_t *, size_t);

void
ntp_header_get(struct ntp_header *h, const uint8_t *p)
{
	h->leap = p[0] >> 6;
	h->version = p[0] >> 3 & 7;
	h->mode = p[0] & 7;
	h->stratum = p[NTP_OFF_STRATUM];
	h->poll = (int8_t)p[NTP_OFF_POLL];
	h->precision = (int8_t)p[NTP_OFF_PRECISION];
	h->root_delay = ntp_get32(p + NTP_OFF_ROOT_DELAY);
	h->root_dispersion = ntp_get32(p + NTP_OFF_ROOT_DISP);
	memcpy(h->refid, p + NTP_OFF_REFID, sizeof(h->refid));
	h->reference = ntp_get64(p + NTP_OFF_REFERENCE);
	h->origin = ntp_get64(p + NTP_OFF_ORIGIN);
	h->receive = ntp_get64(p + NTP_OFF_RECEIVE);
	h->transmit = ntp_get64(p + NTP_OFF_TRANSMIT);
}

void
ntp_header_put(uint8_t *p, const struct ntp_header *h)
{
	p[0] = (h->leap & 3) << 6 | (h->version & 7) << 3 | (h->mode & 7);
	p[NTP_OFF_STRATUM] = h->stratum;
	p[NTP_OFF_POLL] = (uint8_t)h->poll;
	p[NTP_OFF_PRECISION] = (uint8_t)h->precision;
	ntp_put32(p + NTP_OFF_ROOT_DELAY, h->root_delay);
	ntp_put32(p + NTP_OFF_ROOT_DISP, h->root_dispersion);
	memcpy(p + NTP_OFF_REFID, h->refid, sizeof(h->refid));
	ntp_put64(p + NTP_OFF_REFERENCE, h->reference);
	ntp_put64(p + NTP_OFF_ORIGIN, h->origin);
	ntp_put64(p + NTP_OFF_RECEIVE, h->receive);
	ntp_put64(p + NTP_OFF_TRANSMIT, h->transmit);
}

/*
 * What the last `left` octets are when they cannot be an extension field, or
 * NTP_TRAILER_BAD.
 */
static enum ntp_trailer
trailer_mac(const uint8_t *p, size_t left)
{
	switch (left) {
	case 0:
		return (NTP_TRAILER_NONE);
	case NTP_MAC_KEYID:
		/* A3: a key id of 0 alone says "your MAC was wrong" */
		return (ntp_get32(p) == 0 ? NTP_TRAILER_NAK : NTP_TRAILER_BAD);
	case MAC_CMAC:
	case MAC_SHA1:
	case MAC_SHA256:	/* RFC 7822: in v4 these would be a field */
		return (NTP_TRAILER_MAC);
	default:
		return (NTP_TRAILER_BAD);
	}
}

/*
 * len is at least NTP_HEADER_LEN and a multiple of 4, version is 1 to 4; *off
 * becomes the offset of what the verdict is about.
 */
enum ntp_trailer
ntp_trailer_parse(const uint8_t *buf, size_t len, unsigned int version,
    size_t *off)
{
	size_t		 at = NTP_HEADER_LEN, field, left;

	for (;;) {
		left = len - at;
		*off = at;
		if (version < 4 || left < FIELD_MIN || left == MAC_CMAC ||
		    left == MAC_SHA1)
			return (trailer_mac(buf + at, left));
		field = (size_t)buf[at + 2] << 8 | buf[at + 3];
		if (field < FIELD_MIN || field % 4 != 0 || field > left)
			return (NTP_TRAILER_BAD);	/* A6 */
		at += field;
	}
}
