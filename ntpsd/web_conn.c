/* SPDX-License-Identifier: ISC */
/*
 * Connections: who gets a place, how long anything may take, and requests out
 * of octets.  A request has an absolute deadline, so that an octet a second is
 * cut off; where all places are taken, the one that has waited longest without
 * a request in hand gives way.
 */

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "web.h"

#define ACCEPT_TURN	16	/* connections taken before others run */
#define DRAIN_MAX	(64 * 1024)	/* octets read for nothing */

static void	conn_next(struct web_conn *);

void
web_conn_free(struct web_conn *c)
{
	web_ask_forget(&c->asker);
	if (c->state == CONN_STREAM)
		web_stream_leave(c);
	if (c->ev_read != NULL)
		event_free(c->ev_read);
	if (c->ev_write != NULL)
		event_free(c->ev_write);
	if (c->ev_late != NULL)
		event_free(c->ev_late);
	if (c->out != NULL)
		evbuffer_free(c->out);
	close(c->fd);
	TAILQ_REMOVE(&c->web->conns, c, entry);
	c->web->nconns--;
	free(c);
}

static void
conn_deadline(struct web_conn *c, int ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(c->ev_late, &tv);
}

/* Something waits in c->out: it is written as the other side takes it. */
void
web_conn_send(struct web_conn *c)
{
	if (c->state != CONN_STREAM) {
		c->state = CONN_REPLY;
		event_del(c->ev_read);
		conn_deadline(c, WEB_REPLY_MS);
	}
	event_add(c->ev_write, NULL);
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
	web_reply_stream(c);
	if (c->req.method == HTTP_HEAD) {
		web_conn_send(c);
		return;
	}
	c->state = CONN_STREAM;
	c->stream = stream;
	c->seen = 0;
	event_del(c->ev_late);
	event_add(c->ev_read, NULL);	/* to see it close */
	event_add(c->ev_write, NULL);
	web_stream_join(c);
}

/* All is said.  To close now would take from it what it has not read yet. */
static void
conn_drain(struct web_conn *c)
{
	c->state = CONN_DRAIN;
	c->seen = 0;
	if (shutdown(c->fd, SHUT_WR) == -1) {
		web_conn_free(c);
		return;
	}
	event_add(c->ev_read, NULL);
	conn_deadline(c, WEB_DRAIN_MS);
}

/* The reply is out; what was sent meanwhile is the next request. */
static void
conn_replied(struct web_conn *c)
{
	size_t	 used = c->head + (size_t)c->req.length;

	if (c->last) {
		conn_drain(c);
		return;
	}
	c->len -= used;
	memmove(c->in, c->in + used, c->len);
	c->seen = c->head = 0;
	c->state = CONN_HEAD;
	c->idle = c->len == 0;
	/* It may give way again, but others before it. */
	TAILQ_REMOVE(&c->web->conns, c, entry);
	TAILQ_INSERT_TAIL(&c->web->conns, c, entry);
	conn_deadline(c, c->idle ? WEB_IDLE_MS : WEB_FIRST_MS);
	event_add(c->ev_read, NULL);
	if (c->len > 0)
		event_active(c->ev_read, EV_TIMEOUT, 0);
}

static void
conn_write(evutil_socket_t fd, short what, void *arg)
{
	struct web_conn	*c = arg;

	(void)what;
	if (evbuffer_get_length(c->out) > 0 &&
	    evbuffer_write(c->out, fd) == -1 && errno != EAGAIN &&
	    errno != EINTR) {
		web_conn_free(c);
		return;
	}
	if (evbuffer_get_length(c->out) > 0)
		return;
	event_del(c->ev_write);
	if (c->state == CONN_REPLY)
		conn_replied(c);
}

static void
conn_late(evutil_socket_t fd, short what, void *arg)
{
	struct web_conn	*c = arg;

	(void)fd;
	(void)what;
	if ((c->state == CONN_HEAD || c->state == CONN_BODY) && c->len > 0) {
		c->last = true;
		web_problem(c, 408, "the request took too long");
	} else
		web_conn_free(c);
}

static void
conn_refuse(struct web_conn *c, int status, const char *why)
{
	c->last = true;
	web_problem(c, status, "%s", why);
}

/* The head, and after it the body, as far as they have come. */
static void
conn_next(struct web_conn *c)
{
	const char	*why;
	int		 n, status;

	if (c->state == CONN_HEAD) {
		/* RFC 9112 2.2: an empty line before a request is none. */
		if (c->seen == 0 && c->len >= 2 &&
		    memcmp(c->in, "\r\n", 2) == 0) {
			c->len -= 2;
			memmove(c->in, c->in + 2, c->len);
		}
		n = http_head_scan(c->in, c->len, &c->seen);
		if (n == 0 && c->len < HTTP_HEAD_MAX)
			return;
		memset(&c->req, 0, sizeof(c->req));
		if (n < 0) {
			conn_refuse(c, 400, "this is not HTTP");
			return;
		}
		c->head = n == 0 ? c->len : (size_t)n;
		status = n == 0 ? 431 : http_head_parse(c->in, c->head,
		    &c->req, &why);
		if (status != 0) {
			conn_refuse(c, status, n == 0 ?
			    "the request is too long" : why);
			return;
		}
		c->last = c->req.close;
		c->state = CONN_BODY;
	}
	if (c->len - c->head < c->req.length)
		return;
	event_del(c->ev_read);
	event_del(c->ev_late);
	c->state = CONN_ASKED;
	web_route(c);
}

/* What comes after the last request is of no interest, but its end is. */
static void
conn_ignore(struct web_conn *c, int fd)
{
	uint8_t	 buf[4096];
	ssize_t	 n;

	n = read(fd, buf, sizeof(buf));
	if (n > 0)
		c->seen += (size_t)n;
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR) ||
	    c->seen > DRAIN_MAX)
		web_conn_free(c);
}

static void
conn_read(evutil_socket_t fd, short what, void *arg)
{
	struct web_conn	*c = arg;
	ssize_t		 n;

	if (c->state == CONN_STREAM || c->state == CONN_DRAIN) {
		conn_ignore(c, fd);
		return;
	}
	if (what & EV_READ) {
		n = read(fd, c->in + c->len, sizeof(c->in) - c->len);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
			web_conn_free(c);
			return;
		}
		if (n > 0 && c->len == 0 && c->idle)
			conn_deadline(c, WEB_FIRST_MS);
		if (n > 0)
			c->len += (size_t)n;
	}
	if (c->len > 0)
		conn_next(c);
}

/* The same source, as far as one has more than one address. */
static bool
same_peer(const struct addr *a, const struct addr *b)
{
	return (a->family == b->family && memcmp(a->ip, b->ip,
	    a->family == AF_INET6 ? 8 : sizeof(a->ip)) == 0);
}

/* Whether there is a place; who has no request in hand gives way. */
static bool
conn_place(struct web *w, const struct addr *peer)
{
	struct web_conn	*c, *idle = NULL, *own = NULL;
	unsigned int	 n = 0;

	TAILQ_FOREACH(c, &w->conns, entry) {
		if (c->state == CONN_HEAD && idle == NULL)
			idle = c;
		if (!same_peer(&c->peer, peer))
			continue;
		n++;
		if (c->state == CONN_HEAD && own == NULL)
			own = c;
	}
	if (n >= WEB_PEER_CONNS)
		idle = own;
	else if (w->nconns < WEB_CONNS)
		return (true);
	if (idle != NULL)
		web_conn_free(idle);
	return (idle != NULL);
}

static void
conn_turn_away(int fd)
{
	static const char	 busy[] = "HTTP/1.1 503 Service Unavailable\r\n"
				    "Connection: close\r\n"
				    "Content-Length: 0\r\nRetry-After: 1\r\n"
				    "\r\n";

	if (write(fd, busy, sizeof(busy) - 1) == -1) {
		/* then without a word */
	}
	close(fd);
}

static void
conn_new(struct web *w, int fd, const struct addr *peer)
{
	struct web_conn	*c;

	if (!conn_place(w, peer) || (c = calloc(1, sizeof(*c))) == NULL) {
		conn_turn_away(fd);
		return;
	}
	c->web = w;
	c->fd = fd;
	c->peer = *peer;
	TAILQ_INSERT_TAIL(&w->conns, c, entry);
	w->nconns++;
	c->out = evbuffer_new();
	c->ev_read = event_new(w->child.base, fd, EV_READ | EV_PERSIST,
	    conn_read, c);
	c->ev_write = event_new(w->child.base, fd, EV_WRITE | EV_PERSIST,
	    conn_write, c);
	c->ev_late = evtimer_new(w->child.base, conn_late, c);
	if (c->out == NULL || c->ev_read == NULL || c->ev_write == NULL ||
	    c->ev_late == NULL || event_add(c->ev_read, NULL) == -1) {
		web_conn_free(c);
		return;
	}
	conn_deadline(c, WEB_FIRST_MS);
	conn_read(fd, EV_READ, c);	/* before others take its place */
}

static void
web_resume(evutil_socket_t fd, short what, void *arg)
{
	struct web	*w = arg;

	(void)fd;
	(void)what;
	event_add(w->ev_accept, NULL);
}

static void
web_accept(evutil_socket_t fd, short what, void *arg)
{
	struct web		*w = arg;
	struct timeval		 second = { 1, 0 };
	struct sockaddr_storage	 ss;
	struct addr		 peer;
	socklen_t		 len;
	int			 i, conn;

	(void)what;
	for (i = 0; i < ACCEPT_TURN; i++) {
		len = sizeof(ss);
		conn = accept4(fd, (struct sockaddr *)&ss, &len,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (conn == -1)
			break;
		memset(&peer, 0, sizeof(peer));
		if (ss.ss_family != AF_UNIX &&
		    addr_from_sockaddr(&peer, (struct sockaddr *)&ss,
		    len) == -1)
			close(conn);
		else
			conn_new(w, conn, &peer);
	}
	if (i < ACCEPT_TURN && (errno == EMFILE || errno == ENFILE ||
	    errno == ENOBUFS || errno == ENOMEM)) {
		/* Level-triggered: it would spin until one closes. */
		log_warn("the page's socket, pausing for a second");
		event_del(w->ev_accept);
		event_add(w->ev_resume, &second);
	}
}

/* In place of the listener before, if there was one. */
void
web_listen(struct web *w, int fd)
{
	if (w->listener != -1) {
		event_free(w->ev_accept);
		event_free(w->ev_resume);
		close(w->listener);
	}
	w->listener = fd;
	w->ev_accept = event_new(w->child.base, fd, EV_READ | EV_PERSIST,
	    web_accept, w);
	w->ev_resume = evtimer_new(w->child.base, web_resume, w);
	if (w->ev_accept == NULL || w->ev_resume == NULL ||
	    event_add(w->ev_accept, NULL) == -1)
		fatalx("the page's listener");
}
