/* SPDX-License-Identifier: ISC */
/*
 * Interleaved mode: requests of a few sources, replies that come back from the
 * kernel whole, cut, shifted or made up, steps of the clock.  Of each
 * interleaved reply it is asserted that its transmit timestamp is a stamp that
 * the kernel gave to the very reply that the request names, and is used once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "interleave.h"
#include "ntp_reply.h"

#define LEN	(CLIENTS_HEAD + sizeof(struct clients_set))
#define SENT	256
#define STAMPS	8		/* octets of an operation */

/* A reply: what was in it, and when it left. */
struct sent {
	uint8_t		 source;
	ntp_ts		 receive, stamp;	/* 0: not stamped */
	bool		 used;
	uint8_t		 packet[NTP_HEADER_LEN];
};

struct state {
	struct clients			 table;
	struct interleave_pending	 ring;
	struct clock_state		 clock;
	struct sent			 sent[SENT];
	unsigned int			 nsent;
	ntp_ts				 now;
};

static struct sent *
last_of(struct state *s, uint8_t source)
{
	unsigned int	 i;

	for (i = s->nsent; i > 0; i--)
		if (s->sent[i - 1].source == source)
			return (&s->sent[i - 1]);
	return (NULL);
}

/* I1: by hand, what the transmit timestamp has to be. */
static void
check(struct state *s, uint8_t source, ntp_ts origin, ntp_ts transmit)
{
	struct sent	*p = last_of(s, source);

	CHECK(p != NULL && p->receive == origin && p->stamp == transmit);
	CHECK(transmit != 0 && !p->used);
	p->used = true;
}

static void
request(struct state *s, const uint8_t *op)
{
	struct client_key	 k;
	struct client		*c;
	struct interleave	 il;
	struct ntp_request	 req;
	struct sent		*p, *prev;
	uint8_t			 buf[NTP_HEADER_LEN], source = op[1] % 9;
	uint64_t		 evicted = 0;
	ntp_ts			 origin, receive, transmit;

	if (s->nsent == SENT)
		return;
	prev = last_of(s, source);
	memset(buf, 0, sizeof(buf));
	buf[0] = 4 << 3 | NTP_MODE_CLIENT;
	origin = prev == NULL || op[2] % 8 == 0 ? op[2] : prev->receive;
	/* as random ones are: no two are the same */
	transmit = (ntp_ts)source << 56 | (ntp_ts)s->nsent << 32 | op[4];
	receive = op[3] % 4 == 0 ? transmit : s->now - op[3];
	ntp_put64(buf + NTP_OFF_ORIGIN, origin);
	ntp_put64(buf + NTP_OFF_RECEIVE, receive);
	ntp_put64(buf + NTP_OFF_TRANSMIT, transmit);
	CHECK(ntp_request_check(&req, buf, sizeof(buf), 1, true) ==
	    NTP_ANSWER);
	clients_key(&s->table, &k, (const uint8_t[4]){ source }, false);
	c = clients_get(&s->table, &k, 0, &evicted);
	/* who makes room may come again, but not in the same instant */
	if (evicted != 0)
		s->now += 1 << 13;
	interleave_request(&il, c, s->table.epoch, buf);
	ntp_reply_head(buf, &req, &s->clock, s->now, op[5]);
	interleave_reply(&il, c, s->table.epoch, buf);
	if (il.interleaved) {
		CHECK(receive != transmit);
		CHECK(ntp_get64(buf + NTP_OFF_ORIGIN) == receive);
		CHECK(il.transmit == ntp_get64(buf + NTP_OFF_TRANSMIT));
		check(s, source, origin, il.transmit);
	} else {
		ntp_reply_transmit(buf, &s->clock, s->now + op[6], op[5]);
		interleave_transmit(c, buf);
		CHECK(ntp_get64(buf + NTP_OFF_ORIGIN) == transmit);
	}
	CHECK(ntp_get64(buf + NTP_OFF_RECEIVE) !=
	    ntp_get64(buf + NTP_OFF_TRANSMIT));
	CHECK(ntp_get64(buf + NTP_OFF_RECEIVE) == c->saved_receive);
	if (il.stamp)
		interleave_sent(&s->ring, &k, s->table.epoch, buf);
	p = &s->sent[s->nsent++];
	memset(p, 0, sizeof(*p));
	p->source = source;
	p->receive = c->saved_receive;
	memcpy(p->packet, buf, sizeof(buf));
}

/*
 * Replies to two sources can be the same to the last bit, if both sent the same
 * and the dice fell alike; whose stamp it is cannot be told then.
 */
static struct sent *
twin(struct state *s, struct sent *p, uint8_t source)
{
	unsigned int	 i;

	for (i = 0; i < s->nsent && p->source != source; i++)
		if (s->sent[i].source == source && memcmp(s->sent[i].packet,
		    p->packet, sizeof(p->packet)) == 0)
			return (&s->sent[i]);
	return (p);
}

/* The kernel gives one of them back, in some shape. */
static void
looped(struct state *s, const uint8_t *op)
{
	struct sent	*p;
	struct client	*c;
	uint8_t		*packet;
	size_t		 before = op[2] % 80, after = op[3] % 48, len;
	ntp_ts		 stamp;

	if (s->nsent == 0)
		return;
	p = &s->sent[op[1] % s->nsent];
	len = before + sizeof(p->packet) + after;
	CHECK((packet = malloc(len)) != NULL);
	memset(packet, op[4], len);
	memcpy(packet + before, p->packet, sizeof(p->packet));
	if (op[5] % 4 == 0)
		packet[op[6] % len] ^= op[7];
	stamp = p->receive + op[6];
	if (op[5] % 8 == 1)
		len = op[6] % (len + 1);
	c = interleave_stamped(&s->ring, &s->table, packet, len, stamp);
	if (c != NULL) {
		p = twin(s, p, c->ip[0]);
		CHECK(c->ip[0] == p->source && c->family == 4);
		CHECK(p == last_of(s, p->source) && p->stamp == 0);
		CHECK(c->saved_transmit == stamp);
		p->stamp = stamp;
	}
	free(packet);
}

/* Any octets at all. */
static void
made_up(struct state *s, const uint8_t *data, size_t len)
{
	uint8_t	*packet;

	CHECK((packet = malloc(len == 0 ? 1 : len)) != NULL);
	memcpy(packet, data, len);
	CHECK(interleave_stamped(&s->ring, &s->table, packet, len, s->now) ==
	    NULL);
	free(packet);
}

static void
step(struct state *s, const uint8_t *op)
{
	unsigned int	 i;

	clients_step(&s->table);
	s->now -= (ntp_ts)op[1] << 30;
	for (i = 0; i < s->nsent; i++)
		s->sent[i].used = true;		/* S6 */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct state	 s;
	static _Alignas(64) uint8_t mem[LEN];

	if (len < 16)
		return (0);
	memset(&s, 0, sizeof(s));
	memset(mem, 0, sizeof(mem));
	CHECK(clients_init(&s.table, mem, LEN, data, 32, 64, 0) == 0);
	s.now = (UINT64_C(3908988800) << 32);
	s.clock.random_mask = data[0] & 0x7f;
	for (; len >= STAMPS; data += STAMPS, len -= STAMPS) {
		switch (data[0] % 8) {
		case 0:
			s.now += (ntp_ts)data[1] << data[2] % 32;
			break;
		case 1:
			if (data[1] < 32)
				step(&s, data);
			break;
		case 2:
			if (data[1] < 16)
				made_up(&s, data, len);
			break;
		case 3:
		case 4:
			looped(&s, data);
			break;
		default:
			request(&s, data);
			break;
		}
	}
	return (0);
}
