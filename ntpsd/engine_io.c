/* SPDX-License-Identifier: ISC */
/*
 * The packet path: recvmmsg, judge, reply, sendmmsg, count.  No allocation, no
 * log line, no message, and no system call but those two for each batch or
 * chunk (and adjtimex once a second).
 */

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "log.h"

#define PRECISION_SAMPLES	256
#define DRAIN_ROUNDS		512

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

static int8_t
engine_precision(void)
{
	struct timespec	 ts[PRECISION_SAMPLES];
	size_t		 i;

	for (i = 0; i < PRECISION_SAMPLES; i++)
		clock_gettime(CLOCK_REALTIME, &ts[i]);
	return (clock_measure_precision(ts, PRECISION_SAMPLES));
}

/* Makes a message ready to receive again after it carried a reply. */
static void
batch_reset(struct engine_batch *b, unsigned int i)
{
	struct msghdr	*h = &b->msg[i].msg_hdr;

	b->iov[i].iov_len = NTP_PACKET_MAX;
	b->iov[i].iov_base = b->packet[i];
	h->msg_iov = &b->iov[i];
	h->msg_iovlen = 1;
	h->msg_name = &b->from[i];
	h->msg_namelen = sizeof(b->from[i]);
	h->msg_control = b->control[i];
	h->msg_controllen = sizeof(b->control[i]);
	h->msg_flags = 0;
}

void
engine_io_init(struct engine *e)
{
	struct engine_batch	*b = &e->batch;
	unsigned int		 i;

	do
		arc4random_buf(&e->random, sizeof(e->random));
	while (e->random == 0);
	for (i = 0; i < ENGINE_BATCH; i++)
		batch_reset(b, i);
}

void
engine_clock_config(struct engine *e)
{
	struct clock_config	 cc;
	int8_t			 precision = e->clock.precision;

	memset(&cc, 0, sizeof(cc));
	cc.source = (enum clock_source)e->conf.clock_source;
	cc.stratum = (uint8_t)e->conf.clock_stratum;
	memcpy(cc.refid, e->conf.clock_refid.octets, sizeof(cc.refid));
	cc.max_distance = e->conf.clock_max_distance;
	/* A reload keeps what was measured, and what is known of the clock. */
	clock_init(&e->clock, &cc, precision != 0 ? precision :
	    engine_precision());
	engine_clock_now(e);
}

static void
engine_clock_at(struct engine *e, const struct timespec *now)
{
	struct clock_kernel	 kernel;

	os_clock_kernel(&kernel);	/* a failure leaves it not valid */
	clock_update(&e->clock, now, &kernel);
}

void
engine_clock_now(struct engine *e)
{
	struct timespec	 now;

	clock_gettime(CLOCK_REALTIME, &now);
	engine_clock_at(e, &now);
}

/* Copies what the clock says into the page's copy, for show status. */
void
engine_publish(struct engine *e)
{
	const struct clock_state	*c = &e->clock;
	struct msg_clock		*m = &e->work.clock;

	memset(m, 0, sizeof(*m));
	m->leap = c->leap;
	m->stratum = c->stratum;
	m->precision = c->precision;
	m->source = c->config.source;
	memcpy(m->refid, c->refid, sizeof(m->refid));
	m->synchronised = c->leap != NTP_LEAP_UNSYNC;
	m->root_delay = c->root_delay;
	/* as served */
	m->root_dispersion = ntp_short_to_seconds(ntp_get32(c->head +
	    NTP_OFF_ROOT_DISP));
	if (c->ever_synced)
		m->reference = (uint64_t)c->reference.tv_sec * 1000000000 +
		    (uint64_t)c->reference.tv_nsec;
	if (c->why != NULL)
		strlcpy(m->why, c->why, sizeof(m->why));
	clock_remember(c, &e->work.memory);
}

/* The page's entry for a listener, a free one if it has none yet, or NULL. */
static struct page_drops *
drops_find(struct engine *e, uint32_t id)
{
	struct page_drops	*d, *unused = NULL;
	unsigned int		 i;

	for (i = 0; i < PAGE_SOCKETS; i++) {
		d = &e->work.drops[i];
		if (d->id == id)
			return (d);
		if (d->id == 0 && unused == NULL)
			unused = d;
	}
	if (unused != NULL) {
		unused->id = id;
		unused->seen = 0;
	}
	return (unused);
}

/* Requests the kernel dropped, against what is already in the count. */
void
engine_count_drops(struct engine *e)
{
	struct engine_socket	*s;
	struct page_drops	*d;
	uint32_t		 now;
	unsigned int		 i;

	for (i = 0; i < PAGE_SOCKETS; i++) {
		d = &e->work.drops[i];
		if (d->id != 0 && engine_socket_find(e, d->id) == NULL)
			d->id = 0;
	}
	for (i = 0; i < ENGINE_SOCKETS; i++) {
		s = &e->sockets[i];
		if (s->fd == -1 || (d = drops_find(e, s->id)) == NULL)
			continue;
		now = os_udp_drops(s->fd);
		e->work.counters.kernel_drops += now - d->seen;
		d->seen = now;
	}
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

/* Judges message i; true when a reply stands in its buffer. */
static bool
engine_judge(struct engine *e, const struct engine_socket *s, unsigned int i,
    const struct timespec *now, uint64_t mono)
{
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	struct msghdr		*h = &b->msg[i].msg_hdr;
	struct ntp_request	*req = &b->request[i];
	size_t			 len = b->msg[i].msg_len;
	bool			 cut = (h->msg_flags & MSG_TRUNC) != 0;
	struct os_rx		 rx;

	os_rx_control(h, &rx);
	ctr->bytes_in += len;
	if (rx.not_unicast) {				/* F10 */
		ctr->drop_destination++;
		return (false);
	}
	if (source_bad(s, &b->from[i], &rx)) {
		ctr->drop_source++;
		return (false);
	}
	switch (cut ? NTP_DROP_MALFORMED : ntp_request_check(req,
	    b->packet[i], len, ntohs(b->from[i].sin6_port),
	    e->conf.symmetric)) {
	case NTP_ANSWER:
		break;
	case NTP_DROP_VERSION:
		ctr->drop_version++;
		return (false);
	case NTP_DROP_MODE:
		ctr->drop_mode++;
		return (false);
	case NTP_DROP_AUTH:
		ctr->drop_auth++;
		return (false);
	default:
		ctr->drop_malformed++;
		return (false);
	}
	if (req->mac_len != 0) {		/* A2: no key is known yet */
		ctr->drop_auth++;
		return (false);
	}
	(&ctr->v1)[req->version - 1]++;
	if (e->limit.interval != 0 && !engine_limit_take(e, i, mono)) {
		ctr->drop_ratelimit++;			/* K1 */
		return (false);
	}
	if (rx.has_stamp)
		ctr->stamps_kernel++;
	else {
		rx.stamp = *now;
		ctr->stamps_user++;
	}
	ntp_reply_head(b->packet[i], req, &e->clock,
	    ntp_ts_from_timespec(&rx.stamp), engine_random(e));
	b->iov[i].iov_len = NTP_HEADER_LEN;
	return (true);
}

/* Sends n messages; one that the kernel refuses is counted and passed over. */
static void
engine_send(struct engine *e, int fd, struct mmsghdr *msg, unsigned int n)
{
	struct counters	*ctr = &e->work.counters;
	unsigned int	 done = 0;
	int		 sent;

	while (done < n) {
		sent = sendmmsg(fd, msg + done, n - done, MSG_DONTWAIT);
		if (sent > 0) {
			ctr->answered += (unsigned int)sent;
			ctr->bytes_out += (uint64_t)sent * NTP_HEADER_LEN;
			done += (unsigned int)sent;
		} else if (errno != EINTR) {
			ctr->send_errors++;		/* F13 */
			done++;
		}
	}
}

/*
 * Sends the replies of a batch in chunks, each with a clock reading of its
 * own: the last of a full batch would otherwise carry an old transmit time.
 */
static void
engine_reply(struct engine *e, int fd, unsigned int n)
{
	struct mmsghdr	*msg = e->batch.msg;
	struct timespec	 now;
	ntp_ts		 tx;
	unsigned int	 i, k, len;

	for (i = 0; i < n; i += len) {
		len = n - i < ENGINE_CHUNK ? n - i : ENGINE_CHUNK;
		clock_gettime(CLOCK_REALTIME, &now);
		tx = ntp_ts_from_timespec(&now);
		for (k = i; k < i + len; k++)
			ntp_reply_transmit(msg[k].msg_hdr.msg_iov->iov_base,
			    &e->clock, tx, engine_random(e));
		engine_send(e, fd, msg + i, len);
	}
}

static unsigned int
engine_batch(struct engine *e, struct engine_socket *s)
{
	struct engine_batch	*b = &e->batch;
	struct counters		*ctr = &e->work.counters;
	struct timespec		 now, mono;
	uint64_t		 mono_ns = 0;
	unsigned int		 i, n, replies = 0;
	struct msghdr		*h;
	int			 got;

	for (i = 0; i < b->used; i++)
		batch_reset(b, i);
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
	clock_gettime(CLOCK_REALTIME, &now);
	if (clock_stale(&e->clock, &now))
		engine_clock_at(e, &now);
	ctr->received += n;
	if (s->v6)
		ctr->ipv6 += n;
	else
		ctr->ipv4 += n;
	if (e->limit.interval != 0) {
		clock_gettime(CLOCK_MONOTONIC, &mono);
		mono_ns = (uint64_t)mono.tv_sec * 1000000000 +
		    (uint64_t)mono.tv_nsec;
		engine_limit_keys(e, s->v6, n);
	}
	for (i = 0; i < n; i++) {
		if (!engine_judge(e, s, i, &now, mono_ns))
			continue;
		/* Close the ranks: replies go out as one array. */
		if (replies != i) {
			h = &b->msg[replies].msg_hdr;
			*h = b->msg[i].msg_hdr;
		}
		replies++;
	}
	engine_reply(e, s->fd, replies);
	e->work.last_request = (uint64_t)now.tv_sec * 1000000000 +
	    (uint64_t)now.tv_nsec;
	addr_from_sockaddr(&e->work.last_source,
	    (const struct sockaddr *)&b->from[n - 1], sizeof(b->from[n - 1]));
	page_commit(e->page, &e->work);
	return (n);
}

void
engine_read(evutil_socket_t fd, short what, void *arg)
{
	struct engine_socket	*s = arg;
	unsigned int		 round;

	(void)fd;
	(void)what;
	for (round = 0; round < ENGINE_ROUNDS; round++)
		if (engine_batch(s->engine, s) < ENGINE_BATCH)
			break;
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
