/* SPDX-License-Identifier: ISC */
/*
 * The packet path: judge a request in place, write its reply over it.
 * Nothing here loops over the packet, but for the extension fields that a
 * plain request does not have.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ntp_reply.h"

#define NTP_PORT	123

/*
 * Further ahead than this, adding 1 a few times could turn "later" into
 * "earlier".
 */
#define AHEAD_MAX	((UINT64_C(1) << 63) - 4)

static uint8_t		 reply_mode(const struct ntp_request *, uint16_t, bool);
static enum ntp_verdict	 check_trailer(struct ntp_request *, const uint8_t *,
			    size_t);
static ntp_ts		 randomise(ntp_ts, const struct clock_state *,
			    uint64_t);

/* The mode to answer with; 0, which no reply ever has, for none. */
static uint8_t
reply_mode(const struct ntp_request *req, uint16_t port, bool symmetric)
{
	switch (req->mode) {
	case NTP_MODE_CLIENT:
		return (NTP_MODE_SERVER);
	case NTP_MODE_ACTIVE:
		/* F5: no association is made, so this costs no memory */
		return (symmetric ? NTP_MODE_PASSIVE : 0);
	case NTP_MODE_UNSPEC:
		/* F4: RFC 1059 had no modes, ports told clients from servers */
		if (req->version == 1 && port != NTP_PORT)
			return (NTP_MODE_SERVER);
		return (0);
	default:
		return (0);
	}
}

static enum ntp_verdict
check_trailer(struct ntp_request *req, const uint8_t *buf, size_t len)
{
	size_t		 off;

	switch (ntp_trailer_parse(buf, len, req->version, &off)) {
	case NTP_TRAILER_NONE:
		return (NTP_ANSWER);		/* A5 */
	case NTP_TRAILER_MAC:			/* A1, A2: by the caller */
		req->mac_off = (uint16_t)off;
		req->mac_len = (uint16_t)(len - off);
		return (NTP_ANSWER);
	case NTP_TRAILER_NAK:			/* A3 */
		return (NTP_DROP_AUTH);
	case NTP_TRAILER_BAD:
		break;
	}
	return (NTP_DROP_MALFORMED);
}

enum ntp_verdict
ntp_request_check(struct ntp_request *req, const uint8_t *buf, size_t len,
    uint16_t port, bool symmetric)
{
	memset(req, 0, sizeof(*req));
	/* F6, F7: these are shorter, and what an operator looks for */
	if (len > 0 && (buf[0] & 7) >= NTP_MODE_CONTROL)
		return (NTP_DROP_MODE);
	if (len < NTP_HEADER_LEN || len % 4 != 0 ||	/* F1 */
	    len > NTP_PACKET_MAX)
		return (NTP_DROP_MALFORMED);
	req->version = buf[0] >> 3 & 7;
	req->mode = buf[0] & 7;
	if (req->version < 1 || req->version > 4)	/* F2 */
		return (NTP_DROP_VERSION);
	req->reply_mode = reply_mode(req, port, symmetric);
	if (req->reply_mode == 0)			/* F6 */
		return (NTP_DROP_MODE);
	if (len == NTP_HEADER_LEN)
		return (NTP_ANSWER);
	return (check_trailer(req, buf, len));
}

/* H7: whatever lies below the precision carries no time, so it may be noise */
static ntp_ts
randomise(ntp_ts ts, const struct clock_state *clock, uint64_t random)
{
	return ((ts & ~clock->random_mask) | (random & clock->random_mask));
}

void
ntp_reply_head(uint8_t *buf, const struct ntp_request *req,
    const struct clock_state *clock, ntp_ts rx, uint64_t random)
{
	uint8_t		 poll = buf[NTP_OFF_POLL];
	ntp_ts		 reference;

	rx = randomise(clock_smear(clock, rx), clock, random);
	if (rx == 0)
		rx = 1;		/* H11: 0 would say "unknown" */

	/* H1: before the rest is overwritten */
	memcpy(buf + NTP_OFF_ORIGIN, buf + NTP_OFF_TRANSMIT, sizeof(rx));
	memcpy(buf, clock->head, sizeof(clock->head));
	buf[0] |= req->version << 3 | req->reply_mode;
	buf[NTP_OFF_POLL] = poll;			/* H4 */
	ntp_put64(buf + NTP_OFF_RECEIVE, rx);

	/*
	 * H8: a request that waited in the socket's buffer may be older than
	 * the last update of the clock, and so may one that was stamped just
	 * after the clock stepped back.  Such a reply says that the clock was
	 * set when the request came: that is between the update before and
	 * the last one, and it needs no memory of the former.
	 */
	reference = ntp_get64(buf + NTP_OFF_REFERENCE);
	if (reference != 0 && ntp_ts_before(rx, reference))
		ntp_put64(buf + NTP_OFF_REFERENCE, rx);
}

void
ntp_reply_transmit(uint8_t *buf, const struct clock_state *clock, ntp_ts tx,
    uint64_t random)
{
	ntp_ts		 origin = ntp_get64(buf + NTP_OFF_ORIGIN);
	ntp_ts		 rx = ntp_get64(buf + NTP_OFF_RECEIVE);

	tx = randomise(clock_smear(clock, tx), clock, random);
	/*
	 * H5, H6: later than the receive timestamp, whether the clock stepped
	 * back, or both lie within the precision, where chance has its way.
	 */
	if (tx - rx - 1 >= AHEAD_MAX)
		tx = rx + 1 + (random & clock->random_mask);
	while (tx == 0 || tx == origin)
		tx++;
	ntp_put64(buf + NTP_OFF_TRANSMIT, tx);
}

/*
 * RFC 5905 7.4: only the origin and the kiss code of such a packet mean
 * something, and a client that looks at no more than the timestamps is to
 * learn nothing from it: all three are its own, so that no span between them
 * is a time of ours.  A client discards it unless the origin is its own.
 */
void
ntp_reply_kod(uint8_t *buf, const struct ntp_request *req, const char *code,
    uint8_t poll)
{
	ntp_ts	 transmit = ntp_get64(buf + NTP_OFF_TRANSMIT);

	memset(buf, 0, NTP_HEADER_LEN);
	buf[0] = NTP_LEAP_UNSYNC << 6 | req->version << 3 | req->reply_mode;
	buf[NTP_OFF_POLL] = poll;
	memcpy(buf + NTP_OFF_REFID, code, 4);
	ntp_put64(buf + NTP_OFF_ORIGIN, transmit);
	ntp_put64(buf + NTP_OFF_RECEIVE, transmit);
	ntp_put64(buf + NTP_OFF_TRANSMIT, transmit);
}
