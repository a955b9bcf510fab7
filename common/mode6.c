/* SPDX-License-Identifier: ISC */
/*
 * Control messages, mode 6: the header, what each opcode is answered with, and
 * the fragments that an answer is sent in.
 */
#include <string.h>

#include "mode6.h"
#include "mode6_mru.h"
#include "mode6_text.h"
#include "mode6_vars.h"
#include "ntp_packet.h"

#define VERSION_MAX	4
#define RESPONSE	0x80	/* R, E and M of the second octet */
#define ERROR		0x40
#define MORE		0x20
#define OPCODE		0x1f

/* Offsets in the header, RFC 9327 2 */
#define OFF_OPCODE	1
#define OFF_SEQUENCE	2
#define OFF_STATUS	4
#define OFF_ASSOCIATION	6
#define OFF_OFFSET	8
#define OFF_COUNT	10

static uint16_t		 get16(const uint8_t *);
static void		 put16(uint8_t *, uint16_t);
static size_t		 padded(size_t);
static enum mode6_error	 read_status(struct mode6_reply *,
			    const struct mode6_view *,
			    const struct mode6_request *);
static enum mode6_error	 read_variables(struct mode6_reply *,
			    const struct mode6_view *,
			    const struct mode6_request *);
static enum mode6_error	 read_clock(struct mode6_reply *,
			    const struct mode6_view *,
			    const struct mode6_request *);
static enum mode6_error	 dispatch(struct mode6_reply *,
			    const struct mode6_view *,
			    const struct mode6_state *,
			    const struct mode6_request *,
			    const struct addr *);
static void		 become_error(struct mode6_reply *, enum mode6_error);

static uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static size_t
padded(size_t len)
{
	return ((len + 3) & ~(size_t)3);
}

int
mode6_parse(struct mode6_request *r, const uint8_t *packet, size_t len)
{
	size_t	 end;

	if (len < MODE6_HEADER_LEN || len % 4 != 0)
		return (-1);
	if ((packet[0] & 7) != NTP_MODE_CONTROL)
		return (-1);
	memset(r, 0, sizeof(*r));
	r->version = packet[0] >> 3 & 7;
	if (r->version < 1 || r->version > VERSION_MAX)
		return (-1);
	/* F6: an answer to a response is how two servers play ping-pong */
	if ((packet[OFF_OPCODE] & ~OPCODE) != 0)
		return (-1);
	r->opcode = packet[OFF_OPCODE];
	r->sequence = get16(packet + OFF_SEQUENCE);
	r->association = get16(packet + OFF_ASSOCIATION);
	r->count = get16(packet + OFF_COUNT);
	if (get16(packet + OFF_OFFSET) != 0 || r->count > MODE6_DATA_LEN)
		return (-1);
	end = MODE6_HEADER_LEN + padded(r->count);
	if (len < end || len - end > MODE6_MAC_MAX)
		return (-1);
	r->data = packet + MODE6_HEADER_LEN;
	return (0);
}

static enum mode6_error
read_status(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_request *r)
{
	struct mode6_request	 all = *r;

	/* RFC 9327 3: of an association, all that there is to know of it */
	if (r->association != 0) {
		all.count = 0;
		return (read_variables(reply, view, &all));
	}
	put16(reply->data, MODE6_ASSOCIATION);
	put16(reply->data + 2, mode6_status_peer(view));
	reply->len = 4;
	return (MODE6_OK);
}

static enum mode6_error
read_variables(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_request *r)
{
	enum mode6_error	 error;

	switch (r->association) {
	case 0:
		error = mode6_vars_system(reply, view, r);
		break;
	case MODE6_ASSOCIATION:
		reply->status = mode6_status_peer(view);
		error = mode6_vars_peer(reply, view, r);
		break;
	default:
		return (MODE6_ERR_ASSOCIATION);
	}
	mode6_text_end(reply);
	return (error);
}

/* As with ntpd there is nothing to read unless a clock is the source. */
static enum mode6_error
read_clock(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_request *r)
{
	enum mode6_error	 error;

	if (r->association > MODE6_ASSOCIATION || view->peer != NULL)
		return (MODE6_ERR_ASSOCIATION);
	reply->status = 0;		/* RFC 9327 4.3: operating nominally */
	error = mode6_vars_clock(reply, view, r);
	mode6_text_end(reply);
	return (error);
}

static enum mode6_error
dispatch(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_state *state, const struct mode6_request *r,
    const struct addr *from)
{
	switch (r->opcode) {
	case MODE6_READSTAT:
		return (read_status(reply, view, r));
	case MODE6_READVAR:
		return (read_variables(reply, view, r));
	case MODE6_READCLOCK:
		return (read_clock(reply, view, r));
	case MODE6_READ_MRU:
		return (mode6_mru_read(reply, view, state, r, from));
	case MODE6_REQ_NONCE:
		mode6_mru_nonce(reply, view, state, from);
		mode6_text_end(reply);
		return (MODE6_OK);
	case MODE6_WRITEVAR:
	case MODE6_WRITECLOCK:
	case MODE6_CONFIGURE:
	case MODE6_SAVECONFIG:
	case MODE6_READ_ORDLIST:
		return (MODE6_ERR_PERMISSION);
	default:
		return (MODE6_ERR_OPCODE);
	}
}

/* RFC 9327 4.4: the code is the status word's first octet; no data. */
static void
become_error(struct mode6_reply *reply, enum mode6_error error)
{
	reply->error = true;
	reply->status = (uint16_t)((unsigned int)error << 8);
	reply->len = 0;
}

unsigned int
mode6_answer(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_state *state, const struct mode6_request *r,
    const struct addr *from, unsigned int fragments)
{
	enum mode6_error	 error;

	memset(reply, 0, offsetof(struct mode6_reply, data));
	if (fragments == 0)
		return (0);
	if (fragments > MODE6_FRAGMENTS)
		fragments = MODE6_FRAGMENTS;
	reply->version = r->version;
	reply->opcode = r->opcode;
	reply->sequence = r->sequence;
	reply->association = r->association;
	reply->room = fragments * (size_t)MODE6_DATA_LEN;
	reply->status = mode6_status_system(view);
	error = dispatch(reply, view, state, r, from);
	if (error == MODE6_SILENCE)
		return (0);
	if (error != MODE6_OK)
		become_error(reply, error);
	else if (reply->full)		/* part of it would be misread */
		return (0);
	reply->fragments = reply->len == 0 ? 1 :
	    (unsigned int)((reply->len + MODE6_DATA_LEN - 1) / MODE6_DATA_LEN);
	reply->octets = reply->fragments * (size_t)MODE6_HEADER_LEN +
	    padded(reply->len);
	return (reply->fragments);
}

size_t
mode6_fragment(const struct mode6_reply *reply, unsigned int i, uint8_t *buf)
{
	size_t	 offset, count, len;
	bool	 more;

	if (i >= reply->fragments)
		return (0);
	offset = i * (size_t)MODE6_DATA_LEN;
	count = reply->len - offset;
	if ((more = count > MODE6_DATA_LEN))
		count = MODE6_DATA_LEN;
	len = MODE6_HEADER_LEN + padded(count);
	memset(buf, 0, len);
	buf[0] = (uint8_t)(reply->version << 3 | NTP_MODE_CONTROL);
	buf[OFF_OPCODE] = (uint8_t)(RESPONSE | (reply->error ? ERROR : 0) |
	    (more ? MORE : 0) | reply->opcode);
	put16(buf + OFF_SEQUENCE, reply->sequence);
	put16(buf + OFF_STATUS, reply->status);
	put16(buf + OFF_ASSOCIATION, reply->association);
	put16(buf + OFF_OFFSET, (uint16_t)offset);
	put16(buf + OFF_COUNT, (uint16_t)count);
	memcpy(buf + MODE6_HEADER_LEN, reply->data + offset, count);
	return (len);
}

bool
mode6_is_fragment(const uint8_t *buf, size_t len, bool *last)
{
	if (len < MODE6_HEADER_LEN || len > MODE6_FRAGMENT_LEN || len % 4 != 0)
		return (false);
	if ((buf[0] & 7) != NTP_MODE_CONTROL ||
	    (buf[OFF_OPCODE] & RESPONSE) == 0)
		return (false);
	*last = (buf[OFF_OPCODE] & MORE) == 0;
	return (true);
}
