/* SPDX-License-Identifier: ISC */
/*
 * NTP control messages (mode 6, RFC 9327), as ntpq speaks them: reading only.
 * Pure: a request's octets and a view of what may be shown go in, fragments
 * come out.  Times are NTP timestamps, spans are seconds.
 *
 *	n = mode6_budget_fragments(&budget, from, mono_ns);
 *	if (n == 0 || mode6_parse(&request, packet, len) == -1)
 *		return;
 *	n = mode6_answer(&reply, &view, &state, &request, from, n);
 *	if (!mode6_budget_take(&budget, from, reply.octets, mono_ns))
 *		return;
 *	for (i = 0; i < n; i++)
 *		send(buf, mode6_fragment(&reply, i, buf));
 */
#ifndef MODE6_H
#define MODE6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "counters.h"
#include "mode6_view.h"
#include "siphash.h"

#define MODE6_HEADER_LEN	12
#define MODE6_DATA_LEN		468	/* of a fragment, at most */
#define MODE6_FRAGMENT_LEN	(MODE6_HEADER_LEN + MODE6_DATA_LEN)
#define MODE6_FRAGMENTS		32	/* of an answer, at most */
#define MODE6_DATA_MAX		(MODE6_FRAGMENTS * MODE6_DATA_LEN)
#define MODE6_MAC_MAX		72	/* trailing MAC and its alignment */
#define MODE6_NONCE_LIFE	16	/* seconds, at least */

/* RFC 9327 2, and beyond it what ntpd and ntpq use */
enum mode6_opcode {
	MODE6_READSTAT = 1,
	MODE6_READVAR,
	MODE6_WRITEVAR,
	MODE6_READCLOCK,
	MODE6_WRITECLOCK,
	MODE6_CONFIGURE = 8,
	MODE6_SAVECONFIG,
	MODE6_READ_MRU,
	MODE6_READ_ORDLIST,
	MODE6_REQ_NONCE
};

enum mode6_error {
	MODE6_OK,
	MODE6_ERR_PERMISSION,	/* RFC 9327: authentication failure */
	MODE6_ERR_FORMAT,
	MODE6_ERR_OPCODE,
	MODE6_ERR_ASSOCIATION,
	MODE6_ERR_VARIABLE,
	MODE6_ERR_VALUE,
	MODE6_SILENCE = -1	/* no answer at all */
};

/* The first octet of a request's header says its version, data is in it. */
struct mode6_request {
	uint8_t		 version;	/* 1 to 4 */
	uint8_t		 opcode;	/* any of five bits */
	uint16_t	 sequence, association;
	size_t		 count;
	const uint8_t	*data;		/* into the packet */
};

/* Of a process; the key from a source of randomness, anew at each start. */
struct mode6_state {
	struct siphash_key	 key;
};

/* Kept by the caller because of its size; nothing in it is for him but: */
struct mode6_reply {
	unsigned int	 fragments;
	size_t		 octets;	/* of all fragments: UDP payload */

	uint8_t		 version, opcode;
	bool		 error, full;	/* full: something found no room */
	uint16_t	 sequence, association, status;
	unsigned int	 column;	/* of the last line of text */
	size_t		 len, room;	/* of data: used, at most */
	uint8_t		 data[MODE6_DATA_MAX];
};

/*
 * mode6_parse: -1 for what deserves no answer: a response, an offset, a count
 *	that the packet does not hold.
 * mode6_answer: to a request from an address, in at most so many fragments;
 *	how many it took, 0 for silence.
 * mode6_fragment: writes one of them, MODE6_FRAGMENT_LEN octets at most, and
 *	returns its length, a multiple of 4.
 * mode6_is_fragment: whether octets are of the kind that mode6_fragment
 *	writes, and if so, whether they end an answer.
 */
int		mode6_parse(struct mode6_request *, const uint8_t *, size_t);
unsigned int	mode6_answer(struct mode6_reply *, const struct mode6_view *,
		    const struct mode6_state *, const struct mode6_request *,
		    const struct addr *, unsigned int);
size_t		mode6_fragment(const struct mode6_reply *, unsigned int,
		    uint8_t *);
bool		mode6_is_fragment(const uint8_t *, size_t, bool *);

#endif /* MODE6_H */
