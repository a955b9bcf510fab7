/* SPDX-License-Identifier: ISC */
/*
 * What happened, and the last requests that were told of: kept in two rings,
 * so that a flood of the one does not oust the other, and passed on.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "log.h"

#define LIMITED_RATE	0.2	/* events a second of sources limited, */
#define LIMITED_BURST	10	/* and as many saved up */

static void	 happen(struct control *, enum event_kind, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));

static void
control_second(evutil_socket_t fd, short what, void *arg)
{
	struct control	*c = arg;

	(void)fd;
	(void)what;
	/* The level may have changed, so that its lines would be lost. */
	control_log_config(c);
	control_log_left_out(c, false);
}

void
control_event_init(struct control *c)
{
	struct timeval	 second = { 1, 0 };

	limit_set(&c->events.limited, LIMITED_RATE, LIMITED_BURST);
	c->ev_second = event_new(c->child.base, -1, EV_PERSIST,
	    control_second, c);
	if (c->ev_second == NULL || event_add(c->ev_second, &second) == -1)
		fatal("event_new");
}

/* A rule that stays, in its place, has been hit; others are to be told of. */
void
control_event_config(struct control *c, const struct conf *fresh)
{
	unsigned int	 i;

	for (i = 0; i < POLICY_RULES_MAX; i++)
		if (i >= fresh->policy.n || i >= c->conf.policy.n ||
		    memcmp(&fresh->policy.rule[i], &c->conf.policy.rule[i],
		    sizeof(fresh->policy.rule[i])) != 0)
			c->events.rule_hit[i] = false;
}

void
control_event_keep(struct control *c, const struct event_request *m)
{
	c->events.request[c->events.nrequests++ % CONTROL_RING] = *m;
}

void
control_event_happened(struct control *c, const struct event_happened *m)
{
	c->events.happened[c->events.nhappened++ % CONTROL_RING] = *m;
	control_watch_happened(c, m);
}

static void
happen(struct control *c, enum event_kind kind, const char *fmt, ...)
{
	struct event_happened	 m;
	struct timespec		 now;
	va_list			 ap;

	memset(&m, 0, sizeof(m));
	clock_gettime(CLOCK_REALTIME, &now);
	m.time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	m.kind = kind;
	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	control_event_happened(c, &m);
}

static void
note_rules(struct control *c, const struct msg_notes *m)
{
	char		 text[POLICY_RULE_STRLEN];
	unsigned int	 i;

	for (i = 0; i < c->conf.policy.n; i++) {
		if ((m->rule[i / 8] & 1U << i % 8) == 0 ||
		    c->events.rule_hit[i])
			continue;
		c->events.rule_hit[i] = true;	/* other engines' is no news */
		policy_rule_format(&c->conf.policy.rule[i], text,
		    sizeof(text));
		happen(c, EVENT_RULE_HIT, "rule %u decided for the first "
		    "time: %s", i + 1, text);
	}
}

/* A flood from many sources must not fill the ring: the rest is counted. */
static void
note_limited(struct control *c, const struct msg_notes *m)
{
	struct control_events	*ev = &c->events;
	char			 source[ADDR_STRLEN], more[48] = "";
	uint32_t		 i;

	for (i = 0; i < m->nlimited; i++) {
		if (!limit_take(&ev->limited, &ev->limited_full,
		    child_mono())) {
			ev->limited_more++;
			continue;
		}
		if (ev->limited_more > 0)
			snprintf(more, sizeof(more), ", and %" PRIu64
			    " others before it", ev->limited_more);
		ev->limited_more = 0;
		happen(c, EVENT_LIMITED, "%s sends more than it may%s",
		    addr_format(&m->limited[i], source, sizeof(source)), more);
		more[0] = '\0';
	}
	ev->limited_more += m->more;
}

void
control_event_notes(struct control *c, const struct msg_notes *m)
{
	struct control_events	*ev = &c->events;
	bool			 synchronised = m->synchronised != 0;

	/* Each engine says so; the first one counts. */
	if (!ev->clock_known || synchronised != ev->synchronised)
		happen(c, synchronised ? EVENT_SYNCHRONISED :
		    EVENT_UNSYNCHRONISED, synchronised ?
		    "the clock is synchronised%s" :
		    "the clock is not synchronised: %s", m->why);
	if ((m->leap == 1 || m->leap == 2) && m->leap != ev->leap)
		happen(c, EVENT_LEAP, "a second is to be %s at the end of the "
		    "month", m->leap == 1 ? "inserted" : "deleted");
	ev->clock_known = true;
	ev->synchronised = synchronised;
	ev->leap = m->leap;
	note_rules(c, m);
	note_limited(c, m);
}

/* The last of m->last requests that fit, the oldest of them first. */
static int
last_requests(struct control_client *cl, const struct msg_monitor *m)
{
	static struct msg_events	 out;
	const struct control_events	*ev = &cl->control->events;
	const struct event_request	*r;
	uint64_t			 i, first, n = 0;

	memset(&out, 0, sizeof(out));
	for (first = ev->nrequests; first > 0 && n < m->last &&
	    ev->nrequests - first < CONTROL_RING; first--) {
		r = &ev->request[(first - 1) % CONTROL_RING];
		n += event_match(&m->filter, r->source.family == AF_INET6,
		    r->source.ip, r->version, (enum event_verdict)r->verdict);
	}
	for (i = first; i < ev->nrequests; i++) {
		r = &ev->request[i % CONTROL_RING];
		if (!event_match(&m->filter, r->source.family == AF_INET6,
		    r->source.ip, r->version, (enum event_verdict)r->verdict))
			continue;
		out.event[out.n++] = *r;
		if (out.n < EVENT_MAX)
			continue;
		if (client_send(cl, MSG_EVENTS, &out) == -1)
			return (-1);
		memset(&out, 0, sizeof(out));
	}
	return (out.n == 0 ? 0 : client_send(cl, MSG_EVENTS, &out));
}

/* show events */
void
control_event_last(struct control_client *cl, const struct msg_monitor *m)
{
	const struct control_events	*ev = &cl->control->events;
	uint64_t			 i = 0;

	if ((m->what & MONITOR_REQUESTS) && last_requests(cl, m) == -1)
		return;
	if (ev->nhappened > m->last)
		i = ev->nhappened - m->last;
	for (; (m->what & MONITOR_LIFECYCLE) && i < ev->nhappened; i++)
		if (client_send(cl, MSG_HAPPENED,
		    &ev->happened[i % CONTROL_RING]) == -1)
			return;
	client_result(cl, RESULT_OK, "");
}
