/* SPDX-License-Identifier: ISC */
/*
 * Interleaved mode (RFC 9769 2): a reply carries the time at which the reply
 * before really left, as the kernel stamped it.  A source asks for it by
 * sending a receive timestamp of ours back as its origin; from then on the
 * kernel is asked to stamp its replies, so that its third request is the first
 * to get such a time.  What is remembered is one pair in the source's entry of
 * the client table, and a ring of the replies whose stamps are on their way.
 * Pure.
 *
 * For a request within the limit, in this order: interleave_request,
 * ntp_reply_head, interleave_reply, then, unless the reply is interleaved,
 * ntp_reply_transmit and interleave_transmit, and before it is sent, where a
 * stamp is wanted, interleave_sent.
 */
#ifndef INTERLEAVE_H
#define INTERLEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients.h"
#include "ntp_packet.h"

#define INTERLEAVE_PENDING	64	/* replies waiting for their stamps */

/* What becomes of one request. */
struct interleave {
	bool		 interleaved;	/* the reply has its transmit time */
	bool		 stamp;		/* the kernel is to stamp the reply */
	ntp_ts		 origin;	/* of the reply */
	ntp_ts		 transmit;	/* of the reply, if interleaved */
};

struct interleave_waiting {
	ntp_ts		 origin, receive;	/* as sent */
	ntp_ts		 transmit;	/* 0: free */
	struct client_key key;
	uint16_t	 epoch;
};

/* Zeroed before first use. */
struct interleave_pending {
	struct interleave_waiting waiting[INTERLEAVE_PENDING];
	uint32_t	 next;		/* the oldest is overwritten */
};

/*
 * interleave_request: judges the request in a buffer, and uses up the pair.
 * interleave_reply: makes the reply's receive timestamp one that the source
 *	has not been given yet, and saves it (I3); writes origin and transmit
 *	timestamp of an interleaved one.
 * interleave_transmit: the transmit timestamp of a basic reply is no receive
 *	timestamp that is saved (I3).
 * interleave_sent: notes a reply that is to be stamped, as it is sent.
 * interleave_stamped: a packet as the kernel gives it back, with whatever
 *	headers in front, and the time at which it left.  Gives the stamp to
 *	the source whose reply it was, if that is still the last one; else
 *	NULL.
 */
void		 interleave_request(struct interleave *, struct client *,
		    uint16_t, const uint8_t *);
void		 interleave_reply(const struct interleave *, struct client *,
		    uint16_t, uint8_t *);
void		 interleave_transmit(const struct client *, uint8_t *);
void		 interleave_sent(struct interleave_pending *,
		    const struct client_key *, uint16_t, const uint8_t *);
struct client	*interleave_stamped(struct interleave_pending *,
		    struct clients *, const uint8_t *, size_t, ntp_ts);

#endif /* INTERLEAVE_H */
