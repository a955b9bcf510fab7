/* SPDX-License-Identifier: ISC */
/*
 * Connections, and how long anything may take.  evhttp(3) reads and writes;
 * what it lacks is here and in web_accept.c.  A request has an absolute
 * deadline, so that an octet a second is cut off.
 *
 * evhttp owns its connections and tells by conn_closed when one is gone.  It is
 * told to let go of one from a timer of ours alone, never from a function that
 * it called.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "web.h"

#define ACCEPT_TURN	16	/* connections taken before others run */
#define DRAIN_MAX	(64 * 1024)	/* octets read for nothing */
/* octets read before evhttp takes them: more than of what it refuses */
#define INPUT_MAX	(HTTP_HEAD_MAX + HTTP_BODY_MAX)
/*
 * Pieces of a request that evhttp takes, one or two to a line: it keeps each
 * field in three pieces of memory, so that one of two octets costs a hundred.
 */
#define PIECES_MAX	512

static void
conn_deadline(struct web_conn *c, int ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(c->ev_late, &tv);
}

/* Nobody counts on it any more. */
static void
conn_forget(struct web_conn *c)
{
	if (c->state == CONN_GONE)
		return;
	web_ask_forget(&c->asker);
	web_change_forget(c);
	if (c->state == CONN_STREAM)
		web_stream_leave(c);
	if (c->state != CONN_NEW)
		c->web->nconns--;
	c->state = CONN_GONE;
}

static void
conn_destroy(struct web_conn *c)
{
	conn_forget(c);
	if (c->ev_drain != NULL)
		event_free(c->ev_drain);
	if (c->ev_late != NULL)
		event_free(c->ev_late);
	if (c->out != NULL)
		evbuffer_free(c->out);
	if (c->fd != -1)
		close(c->fd);
	TAILQ_REMOVE(&c->web->conns, c, entry);
	free(c);
}

/* Soon: evhttp may be in the middle of something. */
void
web_conn_free(struct web_conn *c)
{
	conn_forget(c);
	event_active(c->ev_late, EV_TIMEOUT, 0);
}

static void
conn_ignore(evutil_socket_t fd, short what, void *arg)
{
	struct web_conn	*c = arg;
	char		 buf[4096];
	ssize_t		 n;

	(void)what;
	n = read(fd, buf, sizeof(buf));
	if (n > 0)
		c->taken += (size_t)n;
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR) ||
	    c->taken > DRAIN_MAX)
		conn_destroy(c);
}

/*
 * All is said, and evhttp is about to close it, which would take from the
 * other side what it has not read yet, if there is more to read from it.
 */
static bool
conn_drain(struct web_conn *c)
{
	int	 fd = bufferevent_getfd(c->bev);

	c->ev_drain = event_new(c->web->child.base, fd, EV_READ | EV_PERSIST,
	    conn_ignore, c);
	if (c->ev_drain == NULL || event_add(c->ev_drain, NULL) == -1)
		return (false);
	c->fd = fd;
	bufferevent_setfd(c->bev, -1);	/* so that it does not close it */
	c->state = CONN_DRAIN;
	c->taken = 0;
	event_del(c->ev_late);
	conn_deadline(c, WEB_DRAIN_MS);
	return (true);
}

/* evhttp lets go of a connection, for whatever reason. */
static void
conn_closed(struct evhttp_connection *http, void *arg)
{
	struct web_conn	*c = arg;
	struct evbuffer	*out = bufferevent_get_output(c->bev);
	bool		 drain;

	(void)http;
	evbuffer_remove_cb_entry(bufferevent_get_input(c->bev), c->watch[0]);
	evbuffer_remove_cb_entry(out, c->watch[1]);
	/* A request in hand is left to us, if it was not we who ended it. */
	if (c->request != NULL &&
	    evhttp_request_get_connection(c->request) == NULL)
		evhttp_request_free(c->request);
	c->request = NULL;
	c->http = NULL;
	drain = c->state == CONN_REPLY && c->last &&
	    evbuffer_get_length(out) == 0;
	if (!drain || !conn_drain(c))
		conn_destroy(c);
}

/* Whether it may begin a request: TLS, for one, may not have lines at all. */
static bool
conn_method(struct evbuffer *buf)
{
	char	 first;

	return (evbuffer_copyout(buf, &first, 1) != 1 ||
	    (first >= 'A' && first <= 'z') || first == '\r' || first == '\n');
}

/* A reply is out; evhttp goes on to the next request, if there is one. */
static void
conn_replied(struct evhttp_request *request, void *arg)
{
	struct web_conn	*c = arg;
	struct evbuffer	*in = bufferevent_get_input(c->bev);

	(void)request;
	if (c->last || c->state == CONN_GONE)
		return;
	c->state = CONN_HEAD;
	c->idle = evbuffer_get_length(in) == 0;
	c->pieces = c->taken = 0;
	c->why_not = conn_method(in) ? 0 : 400;
	/* It may give way again, but others before it. */
	TAILQ_REMOVE(&c->web->conns, c, entry);
	TAILQ_INSERT_TAIL(&c->web->conns, c, entry);
	conn_deadline(c, c->why_not != 0 ? 0 : c->idle ? WEB_IDLE_MS :
	    WEB_FIRST_MS);
}

/* c->out is the body of the reply; the fields are with the request. */
void
web_conn_reply(struct web_conn *c, int status)
{
	struct evhttp_request	*request = c->request;

	if (c->state == CONN_GONE)
		return;
	c->request = NULL;		/* evhttp's again */
	c->state = CONN_REPLY;
	evhttp_request_set_on_complete_cb(request, conn_replied, c);
	evhttp_send_reply(request, status, http_reason(status), c->out);
	/* It would take an end of what it reads for a reason not to write. */
	bufferevent_disable(c->bev, EV_READ);
	conn_deadline(c, WEB_REPLY_MS);
}

/* The parent is to answer. */
void
web_conn_wait(struct web_conn *c, int ms)
{
	conn_deadline(c, ms);
}

/* What waits in c->out of a stream. */
void
web_conn_send(struct web_conn *c)
{
	if (c->state == CONN_STREAM)
		evhttp_send_reply_chunk(c->request, c->out);
}

size_t
web_conn_unsent(const struct web_conn *c)
{
	return (evbuffer_get_length(c->out) +
	    evbuffer_get_length(bufferevent_get_output(c->bev)));
}

/* From now on it listens. */
void
web_conn_stream(struct web_conn *c, enum web_stream stream)
{
	const struct web_streams	*st = &c->web->streams;

	if (c->req.method == HTTP_GET &&
	    st->n[STREAM_STATS] + st->n[STREAM_EVENTS] >= WEB_STREAMS) {
		c->last = true;
		web_problem(c, 503, "too many listen already");
		return;
	}
	c->last = true;
	web_reply_stream(c);
	if (c->req.method == HTTP_HEAD) {
		web_conn_reply(c, 200);
		return;
	}
	evhttp_send_reply_start(c->request, 200, http_reason(200));
	c->state = CONN_STREAM;
	c->stream = stream;
	event_del(c->ev_late);
	web_stream_join(c);
	web_conn_send(c);
}

/*
 * To where no request is to be answered: c->out goes to the socket itself, as
 * far as it takes it, and that was all.
 */
void
web_conn_end(struct web_conn *c)
{
	(void)evbuffer_write(c->out, bufferevent_getfd(c->bev));
	evhttp_connection_free(c->http);	/* conn_closed */
}

static void
refuse(struct web_conn *c, int status)
{
	web_problem(c, status, status == 408 ? "the request took too long" :
	    status == 413 ? "the body is too long" :
	    status == 417 ? "there is nothing to expect" :
	    status == 431 ? "the request is too long" : "this is not HTTP");
}

/*
 * evhttp has refused a request, with a page of its own that waits to be
 * written; ours takes its place.  It closes the connection in any case.
 */
static void
conn_refused(struct web_conn *c)
{
	struct evbuffer	*out = bufferevent_get_output(c->bev);
	char		 text[64];
	ssize_t		 n;
	int		 status;

	n = evbuffer_copyout(out, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	if (sscanf(text, "HTTP/%*d.%*d %d", &status) != 1)
		status = 400;
	if (status == 400 && c->taken + evbuffer_get_length(
	    bufferevent_get_input(c->bev)) > HTTP_HEAD_MAX)
		status = 431;
	evbuffer_unfreeze(out, 1);
	evbuffer_drain(out, evbuffer_get_length(out));
	c->state = CONN_REPLY;
	c->last = true;
	refuse(c, status);
	evbuffer_add_buffer(out, c->out);
	evbuffer_freeze(out, 1);
	bufferevent_disable(c->bev, EV_READ);
	conn_deadline(c, WEB_REPLY_MS);
}

static void
conn_late(evutil_socket_t fd, short what, void *arg)
{
	struct web_conn	*c = arg;

	(void)fd;
	(void)what;
	if (c->state == CONN_REFUSED) {
		conn_refused(c);
		return;
	}
	if (c->state == CONN_HEAD && (c->pieces > 0 || evbuffer_get_length(
	    bufferevent_get_input(c->bev)) > 0)) {
		c->last = true;
		c->state = CONN_REPLY;
		refuse(c, c->why_not != 0 ? c->why_not : 408);
		web_conn_end(c);
	} else if (c->state == CONN_ASKED) {
		web_change_forget(c);
		web_problem(c, 504, "the daemon does not answer");
	} else if (c->http != NULL)
		evhttp_connection_free(c->http);	/* conn_closed */
	else
		conn_destroy(c);
}

/* Octets have come, or evhttp has taken some. */
static void
conn_input(struct evbuffer *buf, const struct evbuffer_cb_info *info,
    void *arg)
{
	struct web_conn	*c = arg;

	if (c->state != CONN_HEAD)
		return;
	if (info->n_added > 0 && c->idle) {
		c->idle = false;
		conn_deadline(c, WEB_FIRST_MS);
	}
	c->taken += info->n_deleted;
	if (info->n_deleted > 0 && ++c->pieces > PIECES_MAX)
		c->why_not = 431;
	if (c->pieces == 0 && !conn_method(buf))
		c->why_not = 400;
	if (c->why_not != 0)
		event_active(c->ev_late, EV_TIMEOUT, 0);
}

/* Octets are to be written, or have been. */
static void
conn_output(struct evbuffer *buf, const struct evbuffer_cb_info *info,
    void *arg)
{
	static const char	 go_on[] = "HTTP/1.1 100";
	struct web_conn		*c = arg;
	struct evbuffer_ptr	 at;
	char			 text[sizeof(go_on) - 1];

	/* It would not close after CONNECT, whatever we told the client. */
	if (c->state == CONN_REPLY && c->last && info->n_deleted > 0 &&
	    evbuffer_get_length(buf) == 0)
		event_active(c->ev_late, EV_TIMEOUT, 0);
	if (c->state == CONN_REFUSED && info->n_deleted > 0) {
		c->state = CONN_REPLY;	/* too late to put in better words */
		c->last = true;
	}
	if (c->state != CONN_HEAD || info->n_added == 0)
		return;
	/* Of evhttp's own words only `100 Continue' is not the last. */
	if (evbuffer_ptr_set(buf, &at, info->orig_size,
	    EVBUFFER_PTR_SET) == 0 && evbuffer_copyout_from(buf, &at, text,
	    sizeof(text)) == sizeof(text) &&
	    memcmp(text, go_on, sizeof(text)) == 0)
		return;
	c->state = CONN_REFUSED;
	event_active(c->ev_late, EV_TIMEOUT, 0);
}

static struct web_conn *
conn_of(struct web *w, const struct evhttp_connection *http)
{
	struct web_conn	*c;

	TAILQ_FOREACH(c, &w->conns, entry)
		if (c->http == http)
			break;
	return (c);
}

/* A request is whole, as far as evhttp can tell. */
void
web_conn_request(struct evhttp_request *request, void *arg)
{
	struct web	*w = arg;
	struct web_conn	*c = conn_of(w, evhttp_request_get_connection(request));
	const char	*why;
	int		 status;

	if (c == NULL)
		evhttp_send_error(request, 503, NULL);
	if (c == NULL || c->state == CONN_GONE)
		return;
	event_del(c->ev_late);
	c->state = CONN_ASKED;
	c->request = request;
	status = web_request_take(c, &why);
	if (status != 0)
		web_problem(c, status, "%s", why);
	else
		web_route(c);
}

/* evhttp is about to make a connection of what it has accepted. */
struct web_conn *
web_conn_new(struct web *w)
{
	struct event_base	*base = w->child.base;
	struct web_conn		*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->web = w;
	c->fd = -1;
	TAILQ_INSERT_TAIL(&w->conns, c, entry);
	c->out = evbuffer_new();
	c->ev_late = evtimer_new(base, conn_late, c);
	c->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (c->out == NULL || c->ev_late == NULL || c->bev == NULL)
		goto fail;
	bufferevent_setwatermark(c->bev, EV_READ, 0, INPUT_MAX);
	c->watch[0] = evbuffer_add_cb(bufferevent_get_input(c->bev),
	    conn_input, c);
	c->watch[1] = evbuffer_add_cb(bufferevent_get_output(c->bev),
	    conn_output, c);
	if (c->watch[0] != NULL && c->watch[1] != NULL)
		return (c);
fail:
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	conn_destroy(c);
	return (NULL);
}

/* It has, or has failed to, and let go of c->bev. */
void
web_conn_made(struct web_conn *c, struct evhttp_connection *http)
{
	c->http = http;
	if (http == NULL)
		conn_destroy(c);
	else
		evhttp_connection_set_closecb(http, conn_closed, c);
}

/* It has a place. */
void
web_conn_begin(struct web_conn *c)
{
	c->web->nconns++;
	c->state = CONN_HEAD;
	conn_deadline(c, WEB_FIRST_MS);
}
