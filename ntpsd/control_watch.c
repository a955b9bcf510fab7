/* SPDX-License-Identifier: ISC */
/*
 * Clients that watch, `ntpsctl monitor': each has a slot in every engine.  One
 * that reads too slowly misses events, and is told how many; nobody waits for
 * it, and what waits for it has a bound.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control.h"

#define WATCH_RATE	2000	/* requests a second that one is shown */
#define WATCH_QUEUE	16	/* messages that may wait for it */
#define WATCH_ROOT	2	/* slots that are root's */

static void
watch_send(struct control *c, unsigned int slot, unsigned int engine)
{
	if (c->engine[engine].iev.fd != -1)
		(void)imsgev_send(&c->engine[engine].iev, MSG_WATCH, 0, -1,
		    &c->watch[slot].m);
}

/* From now on, a slot is for this filter; NULL: for nobody. */
void
control_watch_set(struct control *c, unsigned int slot,
    const struct event_filter *filter, uint32_t rate)
{
	struct control_watch	*w = &c->watch[slot];
	uint64_t		 before = w->m.serial;
	unsigned int		 i;

	memset(w, 0, sizeof(*w));
	w->m.slot = slot;
	w->before = before;
	while (filter != NULL && w->m.serial == 0)
		arc4random_buf(&w->m.serial, sizeof(w->m.serial));
	if (filter != NULL) {
		w->m.filter = *filter;
		w->m.rate = rate;
	}
	for (i = 0; i < CONTROL_ENGINES; i++)
		watch_send(c, slot, i);
}

/* A new engine: it may remember who watched its predecessor. */
void
control_watch_peer(struct control *c, unsigned int engine)
{
	unsigned int	 i;

	for (i = 0; i < EVENT_SLOTS; i++) {
		c->watch[i].m.slot = i;
		c->watch[i].ready &= ~(1U << engine);
		watch_send(c, i, engine);
	}
}

static struct control_client *
watch_client(struct control *c, uint32_t id)
{
	struct control_client	*cl;

	TAILQ_FOREACH(cl, &c->clients, entry)
		if (cl->id == id && cl->state == CLIENT_MONITOR)
			return (cl);
	return (NULL);
}

/* Whether it takes one more message now. */
static bool
watch_room(struct control_client *cl)
{
	return (imsgbuf_queuelen(&cl->iev.ibuf) < WATCH_QUEUE);
}

/* It reads too slowly for these. */
static void
watch_missed(struct control_client *cl, uint64_t n)
{
	cl->missed += n;
	cl->control->events.missed += n;
}

/* From here on, nothing that matches escapes it. */
static void
watch_began(struct control_client *cl)
{
	struct event_happened	 m;
	struct timespec		 now;

	memset(&m, 0, sizeof(m));
	clock_gettime(CLOCK_REALTIME, &now);
	m.time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	m.kind = EVENT_MONITORING;
	strlcpy(m.text, "from now on", sizeof(m.text));
	client_send(cl, MSG_HAPPENED, &m);
}

static void
watch_ready(struct control *c, struct control_watch *w)
{
	struct control_client	*cl;
	unsigned int		 i;

	if (w->told || w->client == 0)
		return;
	for (i = 0; i < CONTROL_ENGINES; i++)
		if (c->engine[i].iev.fd != -1 && (w->ready & 1U << i) == 0)
			return;
	w->told = true;
	if ((cl = watch_client(c, w->client)) != NULL)
		watch_began(cl);
}

void
control_watch_begin(struct control_client *cl, const struct msg_monitor *m)
{
	struct control	*c = cl->control;
	unsigned int	 i, last = EVENT_SLOTS;

	/* An operator has to get in. */
	if (cl->uid != 0)
		last -= WATCH_ROOT;
	for (i = 1; i < last && c->watch[i].client != 0; i++)
		;
	if (i == last && (m->what & MONITOR_REQUESTS)) {
		client_result(cl, RESULT_BUSY, "too many monitors; try again");
		return;
	}
	cl->state = CLIENT_MONITOR;
	cl->monitor = m->what;
	event_del(cl->timer);
	if ((m->what & MONITOR_REQUESTS) == 0) {
		watch_began(cl);
		return;
	}
	control_watch_set(c, i, &m->filter, WATCH_RATE);
	c->watch[i].client = cl->id;
	watch_ready(c, &c->watch[i]);
}

/* It is gone. */
void
control_watch_end(struct control_client *cl)
{
	unsigned int	 i;

	if (cl->state != CLIENT_MONITOR)
		return;
	for (i = 1; i < EVENT_SLOTS; i++)
		if (cl->control->watch[i].client == cl->id)
			control_watch_set(cl->control, i, NULL, 0);
}

/* Those of a message that are for a slot, to its client. */
static void
watch_pass(struct control *c, unsigned int slot, const struct msg_events *m)
{
	static struct msg_events	 out;
	struct control_client		*cl;
	uint32_t			 i;

	if ((cl = watch_client(c, c->watch[slot].client)) == NULL)
		return;
	memset(&out, 0, sizeof(out));
	for (i = 0; i < m->n; i++)
		if (m->event[i].slots & 1U << slot) {
			out.event[out.n] = m->event[i];
			out.event[out.n++].slots = 0;
		}
	cl->left_out += m->left_out[slot];
	if (!watch_room(cl))
		watch_missed(cl, out.n);
	else if (out.n > 0 || cl->left_out > 0 || cl->missed > 0) {
		out.left_out[0] = cl->left_out;
		out.missed = cl->missed;
		cl->left_out = cl->missed = 0;
		client_send(cl, MSG_EVENTS, &out);
	}
}

void
control_watch_events(struct control *c, unsigned int engine,
    const struct msg_events *m)
{
	unsigned int	 i, slots = 0;

	for (i = 0; i < EVENT_SLOTS; i++) {
		/* Of a log that was just changed, the last is due still. */
		if (i == 0 && m->serial[0] != 0 &&
		    m->serial[0] == c->watch[0].before)
			slots |= 1;
		/* Else it is for somebody who has left. */
		if (m->serial[i] == 0 || m->serial[i] != c->watch[i].m.serial)
			continue;
		slots |= 1U << i;
		c->watch[i].ready |= 1U << engine;
		watch_ready(c, &c->watch[i]);
		if (i > 0)
			watch_pass(c, i, m);
	}
	for (i = 0; i < m->n; i++)
		if (m->event[i].slots & slots)
			control_event_keep(c, &m->event[i]);
	if (slots & 1)
		control_log_events(c, m);
}

void
control_watch_happened(struct control *c, const struct event_happened *m)
{
	struct control_client	*cl, *next;

	TAILQ_FOREACH_SAFE(cl, &c->clients, entry, next) {
		if (cl->state != CLIENT_MONITOR ||
		    (cl->monitor & MONITOR_LIFECYCLE) == 0)
			continue;
		if (watch_room(cl))
			client_send(cl, MSG_HAPPENED, m);
		else
			watch_missed(cl, 1);
	}
}
