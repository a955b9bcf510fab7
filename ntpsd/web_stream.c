/* SPDX-License-Identifier: ISC */
/*
 * Server-sent events: once a second what changes, and events as they come.
 * Control is asked to tell of requests only while somebody listens.  Who comes
 * back gets what it has missed, as far as the ring goes; who reads too slowly
 * is let go, and comes back.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "show.h"
#include "web.h"

#define RETRY_MS	2000	/* for a browser to come back */
#define QUIET_S		10	/* until a sign of life */
#define LINGER_S	10	/* requests are told so long to nobody */

/* Whoever does not read fast enough goes. */
static void
stream_put(struct web_conn *c, const char *text, uint64_t id)
{
	if (web_conn_unsent(c) + strlen(text) > WEB_UNSENT_MAX) {
		web_conn_free(c);
		return;
	}
	if (id != 0)
		evbuffer_add_printf(c->out, "id: %" PRIx64 "-%" PRIu64 "\n",
		    c->web->streams.epoch, id);
	evbuffer_add(c->out, text, strlen(text));
	web_conn_send(c);
}

static void
stream_all(struct web *w, enum web_stream stream, const char *text,
    uint64_t id)
{
	struct web_conn	*c, *next;

	w->streams.quiet[stream] = 0;
	TAILQ_FOREACH_SAFE(c, &w->conns, entry, next)
		if (c->state == CONN_STREAM && c->stream == stream)
			stream_put(c, text, id);
}

/* "event: name" and one line of JSON, with the empty line that ends it. */
static char *
event_text(const char *name, const char *json, size_t len)
{
	char	*text;

	while (len > 0 && json[len - 1] == '\n')
		len--;
	if (asprintf(&text, "event: %s\ndata: %.*s\n\n", name, (int)len,
	    json) == -1)
		return (NULL);
	return (text);
}

/* An event, to who listens and to the ring; text is taken over. */
static void
event_pass(struct web *w, char *text)
{
	struct web_streams	*st = &w->streams;
	struct web_past		*past;

	if (text == NULL)
		return;
	past = &st->past[st->last[STREAM_EVENTS] % WEB_RING];
	free(past->text);
	past->text = text;
	past->id = ++st->last[STREAM_EVENTS];
	stream_all(w, STREAM_EVENTS, text, past->id);
}

static void
pass_request(struct web *w, const struct event_request *r)
{
	char	*json = NULL;
	size_t	 len;
	FILE	*f;

	if ((f = open_memstream(&json, &len)) == NULL)
		return;
	event_show_request(f, OUT_JSON, r);
	if (fclose(f) == 0)
		event_pass(w, event_text("request", json, len));
	free(json);
}

static void
pass_happened(struct web *w, const struct event_happened *h)
{
	char	*json = NULL;
	size_t	 len;
	FILE	*f;

	if ((f = open_memstream(&json, &len)) == NULL)
		return;
	event_show_happened(f, OUT_JSON, h);
	if (fclose(f) == 0)
		event_pass(w, event_text("lifecycle", json, len));
	free(json);
}

/* Once a second at most, as ntpsctl does. */
static void
pass_left_out(struct web *w)
{
	struct web_streams	*st = &w->streams;
	char			*json = NULL;
	struct out		 o;
	size_t			 len;
	FILE			*f;

	if ((st->left_out == 0 && st->missed == 0) ||
	    (f = open_memstream(&json, &len)) == NULL)
		return;
	out_begin(&o, f, OUT_JSON, "event", 1);
	out_str(&o, "event", "left_out");
	out_u64(&o, "left_out", st->left_out);
	out_u64(&o, "missed", st->missed);
	out_end(&o);
	if (fclose(f) == 0)
		event_pass(w, event_text("left_out", json, len));
	free(json);
	st->left_out = st->missed = 0;
}

void
web_stream_message(struct web *w, uint32_t type, const union msg_payload *p)
{
	struct web_streams	*st = &w->streams;
	uint32_t		 i;

	switch (type) {
	case MSG_EVENTS:
		for (i = 0; i < p->EVENTS.n; i++)
			pass_request(w, &p->EVENTS.event[i]);
		st->left_out += p->EVENTS.left_out[0];
		st->missed += p->EVENTS.missed;
		break;
	case MSG_HAPPENED:
		if (p->HAPPENED.kind != EVENT_MONITORING)
			pass_happened(w, &p->HAPPENED);
		break;
	case MSG_RESULT:		/* it has ended, or could not begin */
		st->watching = st->asked = false;
		break;
	default:
		fatalx("unfit %s from control", msg_name(type));
	}
}

/* What control is to tell: everything, or with nobody there nothing. */
static void
stream_watch(struct web *w, bool on)
{
	struct web_streams	*st = &w->streams;
	struct msg_monitor	 m;

	if (st->asked || st->watching == on ||
	    w->channel[WEB_EVENTS].fd == -1)
		return;
	memset(&m, 0, sizeof(m));
	if (on)
		m.what = MONITOR_REQUESTS | MONITOR_LIFECYCLE;
	if (imsgev_send(&w->channel[WEB_EVENTS], MSG_MONITOR, 0, -1, &m) == -1)
		return;
	st->watching = on;
	st->asked = !on;		/* RESULT is awaited */
}

/* The channel is another one, or none. */
void
web_stream_peer(struct web *w)
{
	w->streams.watching = w->streams.asked = false;
	stream_watch(w, w->streams.n[STREAM_EVENTS] > 0);
}

static void
stream_told(struct web *w, const char *name, const struct web_answer *a)
{
	char	*text;

	if (a->status != 200 ||
	    (text = event_text(name, a->body, a->len)) == NULL)
		return;
	stream_all(w, STREAM_STATS, text, ++w->streams.last[STREAM_STATS]);
	free(text);
}

static void
told_stats(struct web_asker *asker, struct web_answer *a)
{
	stream_told(asker->arg, "stats", a);
}

static void
told_status(struct web_asker *asker, struct web_answer *a)
{
	stream_told(asker->arg, "status", a);
}

/* When they changed, and for who is new. */
static void
told_processes(struct web_asker *asker, struct web_answer *a)
{
	struct web	*w = asker->arg;
	char		*now, *before = w->streams.before;

	if (a->status != 200 || (now = strndup(a->body, a->len)) == NULL)
		return;
	w->streams.before = now;
	if (before == NULL || strcmp(now, before) != 0)
		stream_told(w, "processes", a);
	free(before);
}

static void
stream_ask(struct web *w, struct web_asker *asker, const char *path,
    enum show what)
{
	union web_request	 q;

	if (asker->answer != NULL)	/* control takes its time */
		return;
	memset(&q, 0, sizeof(q));
	q.show.what = what;
	(void)web_ask(w, web_route_of(path), &q, asker);
}

static void
stream_ask_all(struct web *w)
{
	struct web_streams	*st = &w->streams;

	stream_ask(w, &st->stats, "/api/v1/stats", SHOW_STATS);
	stream_ask(w, &st->status, "/api/v1/status", SHOW_STATUS);
	stream_ask(w, &st->processes, "/api/v1/processes", SHOW_PROCESSES);
}

static void
stream_second(evutil_socket_t fd, short what, void *arg)
{
	struct web		*w = arg;
	struct web_streams	*st = &w->streams;
	unsigned int		 i;

	(void)fd;
	(void)what;
	if (st->n[STREAM_STATS] > 0)
		stream_ask_all(w);
	pass_left_out(w);
	st->unheard = st->n[STREAM_EVENTS] > 0 ? 0 : st->unheard + 1;
	stream_watch(w, st->n[STREAM_EVENTS] > 0 ||
	    (st->watching && st->unheard < LINGER_S));
	for (i = 0; i < STREAMS; i++)
		if (++st->quiet[i] >= QUIET_S)
			stream_all(w, (enum web_stream)i, ": quiet\n\n", 0);
}

/* The last that it saw, if it was ours: what came since. */
static void
stream_replay(struct web_conn *c)
{
	struct web_streams	*st = &c->web->streams;
	const char		*bad;
	char			 text[sizeof(c->req.last_event_id)], *p;
	uint64_t		 i, seen = 0;
	size_t			 room = WEB_UNSENT_MAX;

	strlcpy(text, c->req.last_event_id, sizeof(text));
	if (text[0] == '\0' || (p = strchr(text, '-')) == NULL)
		return;
	*p++ = '\0';
	if (strtoull(text, NULL, 16) == st->epoch)
		seen = (uint64_t)strtonum(p, 0, INT64_MAX, &bad);
	i = st->last[STREAM_EVENTS] < WEB_RING ? 0 :
	    st->last[STREAM_EVENTS] - WEB_RING;
	/* What has no room is the oldest of it. */
	for (; i < st->last[STREAM_EVENTS]; i++)
		if (st->past[i % WEB_RING].id > seen)
			break;
	for (seen = st->last[STREAM_EVENTS]; seen > i; seen--) {
		p = st->past[(seen - 1) % WEB_RING].text;
		if (strlen(p) + 64 > room - evbuffer_get_length(c->out))
			break;
		room -= strlen(p) + 64;
	}
	for (i = seen; i < st->last[STREAM_EVENTS]; i++) {
		evbuffer_add_printf(c->out, "id: %" PRIx64 "-%" PRIu64 "\n",
		    st->epoch, st->past[i % WEB_RING].id);
		evbuffer_add_printf(c->out, "%s",
		    st->past[i % WEB_RING].text);
	}
}

/* The reply has begun, and never ends. */
void
web_stream_join(struct web_conn *c)
{
	struct web_streams	*st = &c->web->streams;

	st->n[c->stream]++;
	evbuffer_add_printf(c->out, "retry: %d\n\n", RETRY_MS);
	if (c->stream == STREAM_EVENTS) {
		stream_replay(c);
		stream_watch(c->web, true);
		return;
	}
	/* The next `processes' is a change, to it as to everybody. */
	free(st->before);
	st->before = NULL;
	stream_ask_all(c->web);
}

void
web_stream_leave(struct web_conn *c)
{
	c->web->streams.n[c->stream]--;
}

void
web_stream_init(struct web *w)
{
	struct web_streams	*st = &w->streams;
	struct timeval		 second = { 1, 0 };

	arc4random_buf(&st->epoch, sizeof(st->epoch));
	st->epoch &= UINT32_MAX;
	st->stats.tell = told_stats;
	st->status.tell = told_status;
	st->processes.tell = told_processes;
	st->stats.arg = st->status.arg = st->processes.arg = w;
	st->second = event_new(w->child.base, -1, EV_PERSIST, stream_second,
	    w);
	if (st->second == NULL || event_add(st->second, &second) == -1)
		fatal("event_new");
}
