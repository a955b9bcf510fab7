/* SPDX-License-Identifier: ISC */
/*
 * What the engine tells control without being asked: requests, while somebody
 * watches, and once a second what it noticed.  Messages leave from timers,
 * never for a packet; where control does not keep up, requests are left out.
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "log.h"

#define FLUSH_MS	25
#define EVENT_QUEUE	4	/* messages that may wait for control */
#define NS_PER_S	1000000000

static void
event_rule(const struct engine *e, const struct engine_fate *fate,
    struct event_request *ev)
{
	unsigned int	 n = fate->rule;

	ev->rule = fate->rule;
	if (n == 0 || n > POLICY_RULES_MAX)
		return;
	n--;
	if (fate->verdict == EVENT_DENIED)
		strlcpy(ev->reason, e->denial_reason[n % DENIALS_MAX],
		    sizeof(ev->reason));
	else
		strlcpy(ev->reason, e->conf.policy.rule[n].reason,
		    sizeof(ev->reason));
}

static uint8_t
event_kiss(const char *code)
{
	unsigned int	 i;

	for (i = EVENT_RATE; i < EVENT_KISSES; i++)
		if (memcmp(code, event_kiss_name(i), 4) == 0)
			return ((uint8_t)i);
	return (EVENT_NO_KISS);
}

/* Message i, as it is told. */
static void
event_fill(struct engine *e, unsigned int i, struct event_request *ev)
{
	struct engine_batch		*b = &e->batch;
	const struct engine_fate	*fate = &b->fate[i];
	uint64_t			 took = EVENT_UNKNOWN;
	struct msghdr			 head = b->msg[i].msg_hdr;
	struct os_rx			 rx;

	memset(ev, 0, sizeof(*ev));
	os_rx_control(&head, &rx);
	if (!rx.has_stamp || timespeccmp(&rx.stamp, &b->now, >))
		rx.stamp = b->now;
	ev->time = (uint64_t)rx.stamp.tv_sec * NS_PER_S +
	    (uint64_t)rx.stamp.tv_nsec;
	addr_from_sockaddr(&ev->source, (const struct sockaddr *)&b->from[i],
	    sizeof(b->from[i]));
	/* The time that is counted, where there is room for it. */
	if (fate->verdict == EVENT_ANSWERED)
		took = e->page->batch.took[i][TIMES_PROCESSING];
	ev->took = took < EVENT_UNKNOWN ? (uint32_t)took : EVENT_UNKNOWN;
	if (b->msg[i].msg_len > 0) {
		ev->version = b->packet[i][0] >> 3 & 7;
		ev->mode = b->packet[i][0] & 7;
	}
	ev->verdict = fate->verdict;
	ev->kiss = event_kiss(e->page->batch.kiss[i]);
	event_rule(e, fate, ev);
}

/*
 * The batch's n messages, all of which have met their fate.  The page knows
 * how far we got: a successor goes on from there.
 */
void
engine_event_batch(struct engine *e, bool v6, unsigned int n)
{
	struct engine_batch		*b = &e->batch;
	struct event_buffer		*ev = &e->page->events;
	const struct sockaddr_in	*v4;
	struct event_request		 event;
	unsigned int			 i, version;
	uint16_t			 slots;

	if (ev->batch != e->page->batch.number) {
		ev->next = 0;
		atomic_signal_fence(memory_order_seq_cst);
		*(volatile uint64_t *)&ev->batch = e->page->batch.number;
	}
	for (i = ev->next; i < n; i++) {
		*(volatile uint32_t *)&ev->next = i + 1;
		if (b->fate[i].verdict >= EVENT_VERDICTS)
			continue;
		v4 = (const void *)&b->from[i];
		version = b->msg[i].msg_len == 0 ? 0 : b->packet[i][0] >> 3;
		slots = event_choose(ev, v6, v6 ? b->from[i].sin6_addr.s6_addr :
		    (const uint8_t *)&v4->sin_addr, version,
		    (enum event_verdict)b->fate[i].verdict, b->mono,
		    (uint32_t)(engine_random(e) >> 32));
		if (slots != 0) {
			event_fill(e, i, &event);
			event.slots = slots;
			event_put(ev, &event);
		}
	}
	memset(b->fate, 0, sizeof(b->fate));
}

static void
event_send(struct engine *e)
{
	static struct msg_events	 m;
	struct event_buffer		*b = &e->page->events;
	unsigned int			 i;

	memset(&m, 0, offsetof(struct msg_events, event));
	m.n = b->n;
	for (i = 0; i < EVENT_SLOTS; i++) {
		m.serial[i] = b->slot[i].serial;
		m.left_out[i] = event_left_out(b, i);
		e->work.counters.events_left_out += m.left_out[i];
	}
	memcpy(m.event, b->event, b->n * sizeof(m.event[0]));
	memset(m.event + m.n, 0, (EVENT_MAX - m.n) * sizeof(m.event[0]));
	e->work.counters.events += m.n;
	imsgev_send(&e->control, MSG_EVENTS, 0, -1, &m);
	event_emptied(b);
	/* What lies in our memory dies with us. */
	(void)imsgev_flush(&e->control, 0);
}

static bool
event_waits(const struct event_buffer *b)
{
	uint64_t	 matched = b->n;
	unsigned int	 i;

	for (i = 0; i < EVENT_SLOTS; i++)
		matched |= b->slot[i].matched;
	return (matched != 0);
}

/* Passes on what waits, unless control has enough to do. */
void
engine_event_flush(struct engine *e)
{
	if (event_waits(&e->page->events) && e->control.fd != -1 &&
	    imsgbuf_queuelen(&e->control.ibuf) < EVENT_QUEUE)
		event_send(e);
}

static void
event_due(evutil_socket_t fd, short what, void *arg)
{
	struct engine	*e = arg;
	uint64_t	 now = child_mono();

	(void)fd;
	(void)what;
	event_turn(&e->page->events, now - e->event_turned);
	e->event_turned = now;
	engine_event_flush(e);
}

/* A timer where somebody watches, and the flag that each batch looks at. */
static void
event_switch(struct engine *e)
{
	struct timeval	 often = { 0, FLUSH_MS * 1000 };
	bool		 on = e->page->events.on != 0;

	if (on == e->event_on)
		return;
	e->event_on = on;
	e->event_turned = child_mono();
	memset(e->batch.fate, 0, sizeof(e->batch.fate));
	if (!on)
		event_del(e->event_timer);
	else if (event_add(e->event_timer, &often) == -1)
		fatal("event_add");
}

void
engine_event_init(struct engine *e)
{
	e->event_timer = event_new(e->child.base, -1, EV_PERSIST, event_due, e);
	if (e->event_timer == NULL)
		fatal("event_new");
}

/* Whoever watched the predecessor watches us, until control says otherwise. */
void
engine_event_run(struct engine *e)
{
	unsigned int	 i;

	if (!event_buffer_ok(&e->page->events))
		memset(&e->page->events, 0, sizeof(e->page->events));
	/* written by whoever broke, perhaps */
	for (i = 0; i < EVENT_SLOTS; i++)
		e->page->events.slot[i].full = 0;
	event_switch(e);
}

void
engine_event_watch(struct engine *e, const struct msg_watch *m)
{
	if (!e->running)
		return;
	/* What was for others, before their slot is somebody else's. */
	engine_event_flush(e);
	event_watch(&e->page->events, m->slot, m->serial, &m->filter, m->rate);
	event_switch(e);
	if (m->serial != 0)		/* so that he knows from when on */
		event_send(e);
}

/* A source's first request over its limit. */
void
engine_event_limited(struct engine *e, unsigned int i)
{
	struct msg_notes	*m = &e->notes;

	if (m->nlimited == NOTES_LIMITED)
		m->more++;
	else
		addr_from_sockaddr(&m->limited[m->nlimited++],
		    (const struct sockaddr *)&e->batch.from[i],
		    sizeof(e->batch.from[i]));
}

/* Rules that decided for the first time; whether there are any. */
static bool
notes_rules(struct engine *e)
{
	unsigned int	 i;
	bool		 any = false;

	for (i = 0; i < e->conf.policy.n; i++) {
		if (e->rule_told[i] || e->page->rule[i].hits == 0)
			continue;
		e->rule_told[i] = any = true;
		e->notes.rule[i / 8] |= (uint8_t)(1U << i % 8);
	}
	return (any);
}

/* Once a second; a message only where there is something new. */
void
engine_event_notes(struct engine *e)
{
	const struct msg_clock	*clock = &e->work.clock;
	struct msg_notes	*m = &e->notes;
	bool			 news;

	news = notes_rules(e);
	if (!e->noted || m->synchronised != clock->synchronised ||
	    m->leap != clock->leap || m->nlimited > 0)
		news = true;
	if (!news || e->control.fd == -1)
		return;
	m->synchronised = clock->synchronised;
	m->leap = clock->leap;
	memcpy(m->why, clock->why, sizeof(m->why));
	e->noted = imsgev_send(&e->control, MSG_NOTES, 0, -1, m) == 0;
	memset(m->rule, 0, sizeof(m->rule));
	memset(m->limited, 0, sizeof(m->limited));
	m->nlimited = 0;
	m->more = 0;
}
