/* SPDX-License-Identifier: ISC */
/* clock.source mirror: questions to the daemon that disciplines the clock. */

#include <sys/socket.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "query.h"

#define FIRST_INTERVAL	1.0	/* seconds, at most, until it has answered */
#define ANSWERS_MAX	16	/* that are read in one turn */

static int64_t
to_ns(const struct timespec *t)
{
	return ((int64_t)t->tv_sec * 1000000000 + t->tv_nsec);
}

void
query_mirror_tell(struct query *q, struct query_engine *qe)
{
	if (q->mirror.valid && qe->iev.fd != -1)
		(void)imsgev_send(&qe->iev, MSG_MIRROR, 0, -1, &q->mirror);
}

static void
mirror_said(struct query *q, const struct clock_mirror *m)
{
	unsigned int	 i;

	memset(&q->mirror, 0, sizeof(q->mirror));
	q->mirror.valid = 1;
	q->mirror.leap = m->leap;
	q->mirror.stratum = m->stratum;
	memcpy(q->mirror.refid, m->refid, sizeof(q->mirror.refid));
	q->mirror.root_delay = m->root_delay;
	q->mirror.root_dispersion = m->root_dispersion;
	q->mirror.reference = to_ns(&m->reference);
	q->mirror.at = to_ns(&m->at);
	for (i = 0; i < MSG_SLOTS_MAX; i++)
		query_mirror_tell(q, &q->engine[i]);
}

static double
seconds(ntp_ts later, ntp_ts earlier)
{
	return (ntp_ts_diff(later, earlier));
}

/* RFC 5905 8: what ntpq shows of the way to the daemon and back. */
static void
mirror_sample(struct query *q, const uint8_t *buf, const struct timespec *now)
{
	struct mode6_peer	*p = &q->seen;
	struct ntp_header	 h;
	ntp_ts			 t1 = ntp_ts_from_timespec(&q->sent_at);
	ntp_ts			 t4 = ntp_ts_from_timespec(now);
	struct mode6_sample	*s = p->sample;

	ntp_header_get(&h, buf);
	if (p->nsamples < MODE6_SAMPLES)
		p->nsamples++;
	memmove(s + 1, s, (MODE6_SAMPLES - 1) * sizeof(*s));
	s[0].offset = (seconds(h.receive, t1) + seconds(h.transmit, t4)) / 2;
	s[0].delay = seconds(t4, t1) - seconds(h.transmit, h.receive);
	s[0].dispersion = 0;
	p->jitter = p->nsamples > 1 ? fabs(s[0].offset - s[1].offset) : 0;
	p->offset = s[0].offset;
	p->delay = s[0].delay > 0 ? s[0].delay : 0;
	p->leap = h.leap;
	p->stratum = h.stratum == 0 ? NTP_STRATUM_UNSYNC : h.stratum;
	memcpy(p->refid, h.refid, sizeof(p->refid));
	p->precision = h.precision;
	p->root_delay = ntp_short_to_seconds(h.root_delay);
	p->root_dispersion = ntp_short_to_seconds(h.root_dispersion);
	p->reference = h.reference;
	p->receive = h.receive;
	p->transmit = h.transmit;
	p->reach |= 1;
	p->unreach = 0;
}

void
query_mirror_peer(const struct query *q, struct mode6_peer *p)
{
	*p = q->seen;
	p->addr = q->conf.clock_mirror;
	p->selected = p->nsamples > 0 && p->leap != NTP_LEAP_UNSYNC;
	if (p->nsamples == 0) {
		p->leap = NTP_LEAP_UNSYNC;
		p->stratum = NTP_STRATUM_UNSYNC;
	}
	while (p->poll < 10 && (1 << (p->poll + 1)) <=
	    (int)q->conf.clock_mirror_interval)
		p->poll++;
}

/* A line for each change, not for each question. */
static void
mirror_log(struct query *q, enum mirror_verdict verdict)
{
	if (verdict == q->told && q->heard)
		return;
	if (verdict != MIRROR_GOOD)
		log_warnx("the answer of the mirrored daemon is refused: %s",
		    mirror_strverdict(verdict));
	else
		log_info("the mirrored daemon answers");
	q->told = verdict;
	q->heard = true;
	q->silent = false;
}

static void
mirror_read(evutil_socket_t fd, short what, void *arg)
{
	struct query		*q = arg;
	struct clock_mirror	 m;
	struct timespec		 now;
	enum mirror_verdict	 verdict;
	uint8_t			 buf[NTP_PACKET_MAX];
	ssize_t			 n;
	unsigned int		 i;

	(void)what;
	for (i = 0; i < ANSWERS_MAX; i++) {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == -1)		/* none, or nobody listens there */
			return;
		clock_gettime(CLOCK_REALTIME, &now);
		if (q->sent == 0)
			continue;
		verdict = mirror_check(buf, (size_t)n, q->sent, &m, &now);
		if (verdict == MIRROR_ORIGIN)
			continue;	/* to an older question */
		q->sent = 0;
		mirror_log(q, verdict);
		if (verdict == MIRROR_GOOD) {
			mirror_sample(q, buf, &now);
			mirror_said(q, &m);
		}
	}
}

static void
mirror_ask(evutil_socket_t fd, short what, void *arg)
{
	struct query	*q = arg;
	struct timeval	 tv;
	uint64_t	 random;
	uint8_t		 buf[NTP_HEADER_LEN];
	double		 pause = q->conf.clock_mirror_interval;

	(void)fd;
	(void)what;
	if (q->sent != 0) {
		if (!q->silent)
			log_warnx("the mirrored daemon does not answer");
		q->silent = true;
		q->heard = false;
	}
	q->seen.reach = (uint8_t)(q->seen.reach << 1);
	q->seen.unreach++;
	arc4random_buf(&random, sizeof(random));
	clock_gettime(CLOCK_REALTIME, &q->sent_at);
	q->sent = mirror_request(buf, random);
	(void)send(q->fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (!q->heard && pause > FIRST_INTERVAL)
		pause = FIRST_INTERVAL;
	tv.tv_sec = (time_t)pause;
	tv.tv_usec = (suseconds_t)((pause - (double)tv.tv_sec) * 1e6);
	event_add(q->ev_ask, &tv);
}

/* After each commit: the socket that came with it takes over. */
void
query_mirror_config(struct query *q)
{
	if (q->ev_read != NULL)
		event_free(q->ev_read);
	if (q->fd != -1)
		close(q->fd);
	q->ev_read = NULL;
	q->fd = q->staged_fd;
	q->staged_fd = -1;
	q->sent = 0;
	memset(&q->seen, 0, sizeof(q->seen));
	if (q->ev_ask == NULL && (q->ev_ask = evtimer_new(q->child.base,
	    mirror_ask, q)) == NULL)
		fatal("evtimer_new");
	event_del(q->ev_ask);
	if (q->fd == -1)
		return;
	q->ev_read = event_new(q->child.base, q->fd, EV_READ | EV_PERSIST,
	    mirror_read, q);
	if (q->ev_read == NULL || event_add(q->ev_read, NULL) == -1)
		fatal("event_new");
	mirror_ask(-1, 0, q);
}
