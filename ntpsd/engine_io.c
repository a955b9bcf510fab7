/* SPDX-License-Identifier: ISC */
/*
 * The packet path: recvmmsg, judge, reply, sendmmsg, count.  No allocation, no
 * log line, no message, and no system call but those two for each batch or
 * chunk (and adjtimex once a second).
 */

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "log.h"

#define DRAIN_ROUNDS		512
#define GATHER_TURNS		32

/* A xorshift generator: the bits below the clock's precision keep no secret. */
uint64_t
engine_random(struct engine *e)
{
	uint64_t	 x = e->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (e->random = x);
}

/* The page is not ours yet: its pointers are made by engine_replay. */
void
engine_io_init(struct engine *e)
{
	struct engine_batch	*b = &e->batch;
	struct page_batch	*page = &e->page->batch;
	unsigned int		 i;

	do
		arc4random_buf(&e->random, sizeof(e->random));
	while (e->random == 0);
	b->msg = page->msg;
	b->send = page->send;
	b->from = page->from;
	b->packet = (const void *)page->packet;
	b->reply = page->reply;
	for (i = 0; i < ENGINE_BATCH; i++)
		b->iov[i].iov_base = b->answer[i];
}

/* F8: a source that is nobody's, or ourselves. */
static bool
source_bad(const struct engine_socket *s, const struct sockaddr_in6 *from,
    const struct os_rx *rx)
{
	const struct sockaddr_in	*v4 = (const void *)from;
	const uint8_t			*src, *dst;
	size_t				 len;

	/* The port stands at the same place for both families. */
	if (from->sin6_port == 0)
		return (true);
	if (s->v6) {
		src = from->sin6_addr.s6_addr;
		len = 16;
		if (src[0] == 0xff || IN6_IS_ADDR_UNSPECIFIED(&from->sin6_addr))
			return (true);
	} else {
		src = (const uint8_t *)&v4->sin_addr;
		len = 4;
		/* 0.0.0.0/8, multicast, reserved and broadcast */
		if (src[0] == 0 || src[0] >= 224)
			return (true);
	}
	if (ntohs(from->sin6_port) != s->addr.port)
		return (false);
	dst = rx->has_dst ? rx->dst : s->addr.ip;
	return (memcmp(src, dst, len) == 0);
}

/* Whether message i is a request that can be answered, whoever sent it. */
static bool
engine_check(struct engine *e, const struct engine_socket *s, unsigned int i,
    const struct os_rx *rx)
{
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	size_t			 len = b->msg[i].msg_len;
	bool			 cut = (b->msg[i].msg_hdr.msg_flags &
				    MSG_TRUNC) != 0;

	if (rx->not_unicast) {				/* F10 */
		ctr->drop_destination++;
		engine_fate(e, i, EVENT_DESTINATION);
		return (false);
	}
	if (source_bad(s, &b->from[i], rx)) {
		ctr->drop_source++;
		engine_fate(e, i, EVENT_SOURCE);
		return (false);
	}
	switch (cut ? NTP_DROP_MALFORMED : ntp_request_check(&b->request[i],
	    b->packet[i], len, ntohs(b->from[i].sin6_port),
	    e->conf.symmetric)) {
	case NTP_ANSWER:
		return (true);
	case NTP_DROP_VERSION:
		ctr->drop_version++;
		engine_fate(e, i, EVENT_VERSION);
		break;
	case NTP_DROP_MODE:
		if (e->conf.ntpq_allow.n > 0 && len > 0 &&
		    (b->packet[i][0] & 7) == NTP_MODE_CONTROL &&
		    engine_mode6(e, s, i)) {
			ctr->relayed++;			/* F7 */
			engine_fate(e, i, EVENT_RELAYED);
		} else {
			ctr->drop_mode++;
			engine_fate(e, i, EVENT_MODE);
		}
		break;
	case NTP_DROP_AUTH:
		ctr->drop_auth++;
		engine_fate(e, i, EVENT_AUTH);
		break;
	default:
		ctr->drop_malformed++;
		engine_fate(e, i, EVENT_MALFORMED);
		break;
	}
	return (false);
}

/* The k-th reply, as far as it is there: to message i, from its beginning. */
static void
engine_address(struct engine_batch *b, unsigned int i, unsigned int k,
    struct os_rx *rx)
{
	b->head = &b->send[k].msg_hdr;
	*b->head = b->msg[i].msg_hdr;
	b->head->msg_iov = &b->iov[i];
	os_rx_control(b->head, rx);
	memcpy(b->answer[i], b->packet[i], NTP_HEADER_LEN);
}

/*
 * Judges message i; true when its reply stands ready, as the k-th.  K7: policy,
 * then the limit, then what costs cryptography.
 */
bool
engine_judge(struct engine *e, const struct engine_socket *s, unsigned int i,
    unsigned int k)
{
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	struct ntp_request	*req = &b->request[i];
	struct interleave	*il = &b->interleave[i];
	const struct limit	*limit = &e->limit;
	struct os_rx		 rx;

	page_batch_hand(e->page, i);
	engine_address(b, i, k, &rx);
	ctr->bytes_in += b->msg[i].msg_len;
	if (!engine_check(e, s, i, &rx))
		return (false);
	(&ctr->v1)[req->version - 1]++;
	if (e->policy_on && !engine_policy(e, s, i, &rx, &limit))
		return (false);
	if (!engine_limit_take(e, s, i, limit)) {
		ctr->drop_ratelimit++;			/* K1 */
		engine_fate(e, i, EVENT_RATELIMIT);
		return (false);
	}
	if (req->mac_len != 0 && !engine_auth_verify(e, i)) {
		ctr->drop_auth++;			/* A2 */
		engine_fate(e, i, EVENT_AUTH);
		return (false);
	}
	/* S6: one that lies ahead is of before the clock was set back */
	if (rx.has_stamp && !timespeccmp(&rx.stamp, &b->now, >))
		ctr->stamps_kernel++;
	else {
		rx.stamp = b->now;
		ctr->stamps_user++;
	}
	b->came[i] = ntp_ts_from_timespec(&rx.stamp);
	il->interleaved = il->stamp = false;
	if (e->conf.interleaved)
		interleave_request(il, b->client[i], e->clients.epoch,
		    b->packet[i]);
	ntp_reply_head(b->answer[i], req, &e->clock,
	    b->came[i], engine_random(e));
	if (e->conf.interleaved)
		interleave_reply(il, b->client[i], e->clients.epoch,
		    b->answer[i]);
	b->iov[i].iov_len = NTP_HEADER_LEN + req->mac_len;
	page_batch_reply(e->page, k, i);
	return (true);
}

/*
 * Sends n replies from the k-th on; one that the kernel refuses is counted and
 * passed over.
 */
static void
engine_send(struct engine *e, int fd, unsigned int k, unsigned int n)
{
	struct counters	*ctr = &e->work.counters;
	struct mmsghdr	*msg = e->batch.send + k;
	unsigned int	 done = 0;
	int		 sent;

	while (done < n) {
		sent = sendmmsg(fd, msg + done, n - done, MSG_DONTWAIT);
		if (sent > 0) {
			ctr->answered += (unsigned int)sent;
			page_times_add(e->page, e->batch.reply + k + done,
			    (unsigned int)sent);
			for (; sent > 0; sent--, done++)
				ctr->bytes_out +=
				    msg[done].msg_hdr.msg_iov->iov_len;
		} else if (errno != EINTR) {
			ctr->send_errors++;		/* F13 */
			engine_fate(e, e->batch.reply[k + done],
			    EVENT_SEND_ERROR);
			done++;
		}
	}
}

/* Reply k of the batch, i of a call, is about to leave. */
static void
engine_finish(struct engine *e, struct engine_socket *s,
    const struct departure_call *call, unsigned int k, unsigned int i)
{
	struct engine_batch		*b = &e->batch;
	unsigned int			 m = b->reply[k];
	uint64_t			*took = e->page->batch.took[m];
	const struct interleave		*il = &b->interleave[m];
	ntp_ts				 leaves = departure_at(call, i);

	page_batch_hand(e->page, m);
	took[TIMES_PROCESSING] = ntp_ts_span(b->came[m], leaves);
	took[TIMES_WORK] = ntp_ts_span(b->read, leaves);
	if (il->interleaved)
		e->work.counters.interleaved++;
	else {
		ntp_reply_transmit(b->answer[m], &e->clock, leaves,
		    engine_random(e));
		interleave_transmit(b->client[m], b->answer[m]);
	}
	if (b->request[m].mac_len != 0)
		engine_auth_sign(e, m);
	if (il->stamp || i == call->sample)
		engine_stamp_want(e, s, call, k, i);
}

/* Replies from k on leave in one call. */
static void
engine_call(struct engine *e, struct engine_socket *s, unsigned int k,
    unsigned int n, enum departure_case what)
{
	struct departure_call	 call;
	struct timespec		 now;
	unsigned int		 i;

	clock_gettime(CLOCK_REALTIME, &now);
	departure_begin(&e->departure, &call, what, n,
	    ntp_ts_from_timespec(&now), e->batch.mono);
	for (i = 0; i < n; i++)
		engine_finish(e, s, &call, k + i, i);
	engine_send(e, s->fd, k, n);
	if (what != DEPARTURE_FULL || departure_known(&e->departure, what))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	departure_took(&e->departure, &call, n, ntp_ts_from_timespec(&now));
}

/*
 * A full batch means that there is much to do: its replies go out in one call.
 * Those of others go in chunks, each with a clock reading of its own, for what
 * is to come is foretold the better the nearer it is.
 */
void
engine_reply(struct engine *e, struct engine_socket *s, unsigned int n)
{
	unsigned int	 k, len;

	if (n == ENGINE_BATCH) {
		engine_call(e, s, 0, n, DEPARTURE_FULL);
		return;
	}
	for (k = 0; k < n; k += len) {
		len = n - k < ENGINE_CHUNK ? n - k : ENGINE_CHUNK;
		engine_call(e, s, k, len, k > 0 ? DEPARTURE_NEXT :
		    len > 1 ? DEPARTURE_CHUNK : DEPARTURE_LONE);
	}
}

/* Counts the batch, the last message of which is i: the page has it whole. */
void
engine_settle(struct engine *e, struct engine_socket *s, unsigned int i)
{
	struct engine_batch	*b = &e->batch;

	if (s->due > 0)
		engine_stamp_read(e, s);
	e->work.last_request = engine_batch_ns(b);
	addr_from_sockaddr(&e->work.last_source,
	    (const struct sockaddr *)&b->from[i], sizeof(b->from[i]));
	e->work.batch = e->page->batch.number;
	page_commit(e->page, &e->work);
}

static unsigned int
engine_batch(struct engine *e, struct engine_socket *s)
{
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	unsigned int		 i, n, replies = 0;
	int			 got;

	page_batch_begin(e->page, s->id, s->v6, b->used);
	b->used = 0;
	got = recvmmsg(s->fd, b->msg, ENGINE_BATCH,
	    MSG_DONTWAIT | MSG_TRUNC, NULL);
	if (got <= 0) {
		if (got == -1 && errno != EAGAIN && errno != EINTR) {
			ctr->receive_errors++;		/* F13 */
			page_commit(e->page, &e->work);
		}
		return (0);
	}
	b->used = n = (unsigned int)got;
	b->mono = engine_clock_look(e, &b->now);
	b->minute = b->mono / ENGINE_MINUTE;
	b->read = ntp_ts_from_timespec(&b->now);
	ctr->received += n;
	if (s->v6)
		ctr->ipv6 += n;
	else
		ctr->ipv4 += n;
	engine_limit_keys(e, s->v6, n);
	if (e->conf.policy.n > 0)
		engine_policy_prefetch(e, s->v6, n);
	for (i = 0; i < n; i++)
		replies += engine_judge(e, s, i, replies);
	engine_reply(e, s, replies);
	if (e->event_on)
		engine_event_batch(e, s->v6, n);
	engine_settle(e, s, n - 1);
	return (n);
}

void
engine_gather_config(struct engine *e)
{
	gather_set(&e->gather, os_wait_set() == -1 ? 0 :
	    (uint64_t)e->conf.gather * 1000);
}

/* Reads what lies ready, up to some batches; the number of requests. */
static unsigned int
engine_rounds(struct engine *e, struct engine_socket *s)
{
	unsigned int	 round, n = 0;

	for (round = 0; round < ENGINE_ROUNDS; round++)
		if ((n = engine_batch(e, s)) < ENGINE_BATCH)
			break;
	if (round == ENGINE_ROUNDS)
		engine_overload_full(e);
	return (round == ENGINE_ROUNDS ? round * ENGINE_BATCH :
	    round * ENGINE_BATCH + n);
}

/*
 * Lets requests gather before it reads, and does so again without a wake-up
 * between: but only where no other socket is ready, and for a short while.
 */
void
engine_read(evutil_socket_t fd, short what, void *arg)
{
	struct engine_socket	*s = arg;
	struct engine		*e = s->engine;
	unsigned int		 n, turn = 0;
	uint64_t		 ns = 0;
	bool			 alone;

	(void)fd;
	(void)what;
	alone = event_base_get_num_events(e->child.base,
	    EVENT_BASE_COUNT_ACTIVE) == 0;
	do {
		if (alone && (ns = gather_wait(&e->gather)) != 0)
			os_wait(ns);
		else if (turn > 0)
			break;
		n = engine_rounds(e, s);
		gather_seen(&e->gather, n, e->batch.mono, n >= ENGINE_BATCH);
	} while (n > 0 && ns != 0 && ++turn < GATHER_TURNS);
	/* Awake for nothing that could be read: stamps, also old ones. */
	if (n == 0 && turn == 0)
		engine_stamp_read(e, s);
}

/*
 * Answers what is in the socket's buffer before it is let go; at most about
 * what a buffer holds, for a flood refills it as fast.
 */
void
engine_drain(struct engine *e, struct engine_socket *s)
{
	unsigned int	 round;

	for (round = 0; round < DRAIN_ROUNDS && engine_batch(e, s) > 0;
	    round++)
		;
}
