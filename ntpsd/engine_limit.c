/* SPDX-License-Identifier: ISC */
/* Limits by source, and kisses of death to those that pass them. */

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "engine.h"

void
engine_limit_config(struct engine *e)
{
	uint64_t	 leak = e->conf.ratelimit_leak;

	limit_set(&e->limit, e->conf.ratelimit_rate,
	    (unsigned int)e->conf.ratelimit_burst);
	e->leak = leak == 0 ? 0 : (UINT64_C(1) << 32) / leak;
	limit_set(&e->kod, e->conf.ratelimit_kod, ENGINE_KOD_BURST);
}

/*
 * The sources of a batch.  Their entries lie anywhere in memory: the processor
 * fetches all of them at once while the first is judged.
 */
void
engine_limit_keys(struct engine *e, bool v6, unsigned int n)
{
	struct engine_batch		*b = &e->batch;
	const struct sockaddr_in	*v4;
	unsigned int			 i;

	for (i = 0; i < n; i++) {
		v4 = (const void *)&b->from[i];
		clients_key(&e->clients, &b->key[i], v6 ?
		    b->from[i].sin6_addr.s6_addr :
		    (const uint8_t *)&v4->sin_addr, v6);
		clients_prefetch_set(&e->clients, &b->key[i]);
	}
	for (i = 0; i < n; i++)
		clients_prefetch(&e->clients, &b->key[i]);
}

/*
 * Sends a kiss of death (RFC 5905 7.4) in place of the answer to message i,
 * if the budget of all of them has one left: a flood of refused requests must
 * not become a flood of kisses.  Whether it went out.
 */
bool
engine_kod(struct engine *e, const struct engine_socket *s, unsigned int i,
    const char *code, const struct limit *limit)
{
	struct engine_batch	*b = &e->batch;
	uint8_t			 poll = b->packet[i][NTP_OFF_POLL];

	if (e->kod.interval == 0 || !limit_take(&e->kod, &e->kod_full, b->mono))
		return (false);
	ntp_reply_kod(b->answer[i], &b->request[i], code,
	    limit != NULL ? limit_poll(limit, poll) : poll);
	b->iov[i].iov_len = NTP_HEADER_LEN;
	if (sendmsg(s->fd, b->head, MSG_DONTWAIT) == -1)
		return (false);
	memcpy(e->page->batch.kiss[i], code, sizeof(e->page->batch.kiss[i]));
	e->work.counters.bytes_out += NTP_HEADER_LEN;
	return (true);
}

/*
 * Whether message i may be answered.  Of those over the limit a random share
 * may: else whoever sends in a victim's name would silence us for it (K2).  A
 * source that sends more when it is refused has a larger bucket (K3).  Some of
 * the others are told to send less (K1).
 */
bool
engine_limit_take(struct engine *e, const struct engine_socket *s,
    unsigned int i, const struct limit *limit)
{
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	struct client		*c;
	struct limit		 lifted;
	uint64_t		 leak = e->leak;
	bool			 within, leaked, filtered;

	c = clients_get(&e->clients, &b->key[i], b->mono, &ctr->evictions);
	unique_add(&e->unique, b->key[i].hash, b->minute);
	c->version = b->request[i].version & 7;
	c->mode = b->request[i].mode & 7;
	b->client[i] = c;
	if (limit->interval == 0) {
		client_judged(c, true, true);
		return (true);
	}
	if ((c->flags & CLIENT_LIFTED) == 0)
		within = limit_take(limit, &c->full, b->mono);
	else {
		limit_lift(&lifted, limit);
		within = limit_take(&lifted, &c->full, b->mono);
		ctr->rate_lifted += within;
	}
	/* What a filter let through is a share already (K2). */
	filtered = e->overload.n > 0 && engine_overload_filtered(e, &b->key[i],
	    (c->flags & CLIENT_LIFTED) == 0 ? limit : &lifted);
	if (filtered)
		leak = e->overload.leak;
	leaked = !within && (engine_random(e) >> 32) < leak;
	ctr->rate_leaked += leaked;
	client_judged(c, within, within || leaked);
	if (within || leaked)
		return (true);
	if (e->overload.noting && !filtered)
		heavy_add(&e->overload.heavy, &b->key[i]);
	if (c->drops == 1)
		engine_event_limited(e, i);
	ctr->kod_rate += engine_kod(e, s, i, "RATE", limit);
	return (false);
}
