/* SPDX-License-Identifier: ISC */
/*
 * From a request to its reply, or to a reason to drop it.  Pure; the packet
 * path of the engine.  The numbers in the comments are the rows of the
 * protocol table that the tests name too.
 */
#ifndef NTP_REPLY_H
#define NTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "clock.h"
#include "ntp_packet.h"

enum ntp_verdict {
	NTP_ANSWER,
	NTP_DROP_MALFORMED,
	NTP_DROP_VERSION,
	NTP_DROP_MODE,
	NTP_DROP_AUTH
};

/* What the engine learns of a request while it judges it. */
struct ntp_request {
	uint8_t		 version;	/* 1 to 4 if NTP_ANSWER */
	uint8_t		 mode;		/* of the request */
	uint8_t		 reply_mode;
	uint16_t	 mac_off;	/* of its MAC, id and digest, which */
	uint16_t	 mac_len;	/* ends the packet; 0: it has none */
};

/*
 * ntp_request_check: judges len octets that came from a source port (host
 *	order); symmetric says whether mode 1 is answered.  Whether a MAC is
 *	good is for the caller to find out, before it answers: the digest
 *	covers what comes before mac_off.
 * ntp_reply_head: writes all of a reply but the transmit timestamp over the
 *	request in buf, which holds NTP_HEADER_LEN octets at least; rx is the
 *	receive timestamp, random any bits.  Always NTP_HEADER_LEN long.
 *	Timestamps are the machine's clock's; what is served is smeared (S5).
 * ntp_reply_transmit: puts the transmit timestamp (H5, H6: never before the
 *	receive timestamp, never equal to it or to the origin).
 * ntp_reply_kod: writes a kiss-o'-death over the request: its code, and the
 *	poll to claim.
 */
enum ntp_verdict ntp_request_check(struct ntp_request *, const uint8_t *,
		    size_t, uint16_t, bool);
void		 ntp_reply_head(uint8_t *, const struct ntp_request *,
		    const struct clock_state *, ntp_ts, uint64_t);
void		 ntp_reply_transmit(uint8_t *, const struct clock_state *,
		    ntp_ts, uint64_t);
void		 ntp_reply_kod(uint8_t *, const struct ntp_request *,
		    const char *, uint8_t);

#endif /* NTP_REPLY_H */
