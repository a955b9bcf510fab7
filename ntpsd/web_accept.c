/* SPDX-License-Identifier: ISC */
/*
 * Who gets a place.  evhttp(3) accepts whoever comes and asks for a bufferevent
 * to speak to him by; that is how we learn of him, and right after it, before
 * anything is read, it is looked at who he is.  Where all places are taken,
 * the connection that has waited longest without a request in hand gives way.
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <string.h>

#include "log.h"
#include "web.h"

#define BACKSTOP_S	5	/* of evhttp, for one that we could not note */

/* Whose listener it is: what evhttp has taken has evhttp's argument. */
static struct web	*accepting;

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
		if (c->state == CONN_NEW || c->state == CONN_GONE ||
		    !same_peer(&c->peer, peer))
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

static bool
conn_peer(struct web_conn *c)
{
	const struct sockaddr	*sa = evhttp_connection_get_addr(c->http);

	if (sa == NULL)
		return (false);
	return (sa->sa_family == AF_UNIX || addr_from_sockaddr(&c->peer, sa,
	    sa->sa_family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6)) == 0);
}

/* Accepted, and evhttp has made a connection of it, or failed to. */
static void
conn_look(struct web_conn *c)
{
	struct web	*w = c->web;
	void		*http;

	/* evhttp tells of its connection in no other way. */
	bufferevent_getcb(c->bev, NULL, NULL, NULL, &http);
	if (http != NULL)
		bufferevent_set_timeouts(c->bev, NULL, NULL);
	bufferevent_decref(c->bev);
	web_conn_made(c, http);
	if (http == NULL)
		return;
	if (!conn_peer(c))
		web_conn_end(c);
	else if (!conn_place(w, &c->peer)) {
		web_problem(c, 503, "too many are here already");
		web_conn_end(c);
	} else
		web_conn_begin(c);
}

static void
web_look(evutil_socket_t fd, short what, void *arg)
{
	struct web	*w = arg;
	struct web_conn	*c, *next;

	(void)fd;
	(void)what;
	TAILQ_FOREACH_SAFE(c, &w->conns, entry, next)
		if (c->state == CONN_NEW)
			conn_look(c);
}

static void
web_pause(struct web *w, const struct timeval *tv)
{
	evconnlistener_disable(w->listener);
	event_add(w->ev_resume, tv);
}

/* evhttp has accepted a connection. */
static struct bufferevent *
web_accepted(struct event_base *base, void *arg)
{
	struct timeval	 pause = { 0, CHILD_ACCEPT_PAUSE_US };
	struct web	*w = arg;
	struct web_conn	*c;

	(void)base;
	if (++w->accepted >= CHILD_ACCEPT_TURN)
		web_pause(w, &pause);
	if ((c = web_conn_new(w)) == NULL)
		return (NULL);
	bufferevent_incref(c->bev);	/* until it was looked at */
	event_active(w->ev_look, EV_TIMEOUT, 0);
	return (c->bev);
}

/* Level-triggered: without a pause it would spin until one closes. */
static void
web_accept_failed(struct evconnlistener *listener, void *http)
{
	struct timeval	 second = { 1, 0 };

	(void)listener;
	(void)http;
	log_warn("the page's socket, pausing for a second");
	web_pause(accepting, &second);
}

static void
web_resume(evutil_socket_t fd, short what, void *arg)
{
	struct web	*w = arg;

	(void)fd;
	(void)what;
	w->accepted = 0;
	evconnlistener_enable(w->listener);
}

/* In place of the listener before, if there was one. */
void
web_listen(struct web *w, int fd)
{
	if (w->bound != NULL)
		evhttp_del_accept_socket(w->http, w->bound);
	event_del(w->ev_resume);
	w->accepted = 0;
	w->listener = evconnlistener_new(w->child.base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (w->listener == NULL)
		fatalx("the page's listener");
	accepting = w;
	evconnlistener_set_error_cb(w->listener, web_accept_failed);
	if ((w->bound = evhttp_bind_listener(w->http, w->listener)) == NULL)
		fatalx("the page's listener");
}

static void
web_library(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warnx("libevent: %s", text);
}

void
web_accept_init(struct web *w)
{
	event_set_log_callback(web_library);
	TAILQ_INIT(&w->conns);
	w->ev_look = evtimer_new(w->child.base, web_look, w);
	w->ev_resume = evtimer_new(w->child.base, web_resume, w);
	w->http = evhttp_new(w->child.base);
	if (w->ev_look == NULL || w->ev_resume == NULL || w->http == NULL)
		fatal("evhttp_new");
	evhttp_set_max_headers_size(w->http, HTTP_HEAD_MAX);
	evhttp_set_max_body_size(w->http, HTTP_BODY_MAX);
	/* All, with those that it does not know: 405 is ours to say. */
	evhttp_set_allowed_methods(w->http, UINT16_MAX);
	evhttp_set_timeout(w->http, BACKSTOP_S);
	evhttp_set_bevcb(w->http, web_accepted, w);
	evhttp_set_gencb(w->http, web_conn_request, w);
}
