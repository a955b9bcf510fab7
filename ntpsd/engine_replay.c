/* SPDX-License-Identifier: ISC */
/*
 * A batch that a predecessor had in hand when it died: what it had read and
 * not answered is answered, and all of it is counted, once.
 */

#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* As engine_judge counts a request that may be answered. */
static void
replay_count(struct engine *e, unsigned int i)
{
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	struct ntp_request	*req = &b->request[i];

	ctr->bytes_in += b->msg[i].msg_len;
	ctr->bytes_out += NTP_HEADER_LEN;
	if (ntp_request_check(req, b->packet[i], b->msg[i].msg_len,
	    ntohs(b->from[i].sin6_port), e->conf.symmetric) == NTP_ANSWER)
		(&ctr->v1)[req->version - 1]++;
}

static void
replay_sent(struct engine *e, unsigned int i)
{
	struct counters		*ctr = &e->work.counters;
	struct msghdr		 h = e->batch.msg[i].msg_hdr;
	uint8_t			 message = (uint8_t)i;
	struct os_rx		 rx;

	os_rx_control(&h, &rx);
	if (rx.has_stamp)
		ctr->stamps_kernel++;
	else
		ctr->stamps_user++;
	replay_count(e, i);
	ctr->bytes_out += e->batch.request[i].mac_len;
	ctr->authenticated += e->batch.request[i].mac_len != 0;
	ctr->answered++;
	page_times_add(e->page, &message, 1);
}

static void
replay_kissed(struct engine *e, unsigned int i)
{
	struct counters	*ctr = &e->work.counters;
	const char	*code = e->page->batch.kiss[i];

	replay_count(e, i);
	engine_fate(e, i, EVENT_POLICY);
	if (memcmp(code, "RATE", 4) == 0) {
		engine_fate(e, i, EVENT_RATELIMIT);
		ctr->kod_rate++;
		ctr->drop_ratelimit++;
		return;
	}
	if (memcmp(code, "DENY", 4) == 0)
		ctr->kod_deny++;
	else
		ctr->kod_rstr++;
	ctr->drop_policy++;
}

/* Message i, which met its fate; true when its reply stands ready, as k-th. */
static bool
replay_message(struct engine *e, const struct engine_socket *s, unsigned int i,
    unsigned int k, enum page_fate fate)
{
	struct counters	*ctr = &e->work.counters;

	switch (fate) {
	case PAGE_SENT:
		replay_sent(e, i);
		return (false);
	case PAGE_KISSED:
		replay_kissed(e, i);
		return (false);
	case PAGE_REPLAY:
		if (s != NULL)
			return (engine_judge(e, s, i, k));
		break;			/* by whom, now? */
	case PAGE_SKIP:
	case PAGE_NONE:
		break;
	}
	ctr->bytes_in += e->batch.msg[i].msg_len;
	ctr->skipped++;
	engine_fate(e, i, EVENT_SKIPPED);
	return (false);
}

static void
replay_batch(struct engine *e, enum page_fate *fate)
{
	struct page_batch	*page = &e->page->batch;
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	struct engine_socket	*s;
	unsigned int		 i, last = 0, replies = 0;
	bool			 v6 = page->v6 != 0;

	s = engine_socket_find(e, page->listener);
	if (s != NULL && s->staged)
		s = NULL;
	if (s != NULL)
		v6 = s->v6;
	b->mono = engine_clock_look(e, &b->now);
	b->minute = b->mono / ENGINE_MINUTE;
	b->read = ntp_ts_from_timespec(&b->now);
	engine_limit_keys(e, v6, ENGINE_BATCH);
	for (i = 0; i < ENGINE_BATCH; i++) {
		if (fate[i] == PAGE_NONE) {
			engine_fate(e, i, EVENT_VERDICTS);
			continue;
		}
		if (!page_batch_repair(e->page, i, v6))
			fate[i] = PAGE_SKIP;
		last = i;
		ctr->received++;
		if (v6)
			ctr->ipv6++;
		else
			ctr->ipv4++;
		replies += replay_message(e, s, i, replies, fate[i]);
	}
	if (replies > 0)
		engine_reply(e, s, replies);
	if (e->event_on)
		engine_event_batch(e, v6, ENGINE_BATCH);
	engine_settle(e, s, last);
}

void
engine_replay(struct engine *e, bool crashed)
{
	enum page_fate	 fate[PAGE_BATCH];

	if (page_batch_recover(e->page, crashed, fate) > 0)
		replay_batch(e, fate);
	else {
		e->work.batch = e->page->batch.number;
		page_commit(e->page, &e->work);
	}
	page_batch_init(e->page);
}
