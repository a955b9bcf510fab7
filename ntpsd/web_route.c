/* SPDX-License-Identifier: ISC */
/*
 * What is served: a table of paths, most of which ask control what ntpsctl
 * would ask it and print what ntpsctl would print.
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "show.h"
#include "web.h"

#define WORDS_MAX	16
#define JSON		"application/json"
#define READ		"GET, HEAD"

static void	route_live(struct web_conn *);
static void	route_metrics(struct web_conn *);
static void	route_stats(struct web_conn *);
static void	route_events(struct web_conn *);

/* Without a name: from another one, by Accept. */
static const struct web_route	openmetrics = {
	"", "application/openmetrics-text; version=1.0.0; charset=utf-8",
	MSG_SHOW, SHOW_METRICS, "openmetrics", show_metrics, NULL, "", NULL
};

static const struct web_route	routes[] = {
	{ "/api/v1/status", JSON, MSG_SHOW, SHOW_STATUS, NULL, show_status,
	    NULL, "", NULL },
	{ "/api/v1/stats", JSON, MSG_SHOW, SHOW_STATS, NULL, show_stats,
	    NULL, "", NULL },
	{ "/api/v1/workers", JSON, MSG_SHOW, SHOW_WORKERS, "workers",
	    show_stats, NULL, "", NULL },
	{ "/api/v1/processes", JSON, MSG_SHOW, SHOW_PROCESSES, NULL,
	    show_processes, NULL, "", NULL },
	{ "/api/v1/config", JSON, MSG_SHOW, SHOW_CONFIG, NULL, show_config,
	    NULL, "", NULL },
	{ "/api/v1/policy", JSON, MSG_SHOW, SHOW_POLICY, NULL, show_policy,
	    NULL, "", NULL },
	{ "/api/v1/keys", JSON, MSG_SHOW, SHOW_KEYS, NULL, show_keys,
	    NULL, "", NULL },
	{ "/api/v1/clients", JSON, MSG_CLIENTS_REQ, 0, NULL, show_clients,
	    request_clients, " top by =prefix ", NULL },
	{ "/api/v1/history", JSON, MSG_HISTORY_REQ, 0, NULL, show_history,
	    request_history, " last step ", NULL },
	{ "/api/v1/events", JSON, MSG_MONITOR, 0, NULL, show_events,
	    request_events, " =n =kind from verdict version ", NULL },
	{ "/readyz", JSON, MSG_SHOW, SHOW_STATUS, NULL, show_check,
	    NULL, "", NULL },
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", MSG_SHOW,
	    SHOW_METRICS, NULL, show_metrics, NULL, "", route_metrics },
	{ "/livez", "text/plain; charset=utf-8", MSG_NONE, 0, NULL, NULL,
	    NULL, "", route_live },
	{ "/stats", "text/event-stream", MSG_NONE, 0, NULL, NULL, NULL, "",
	    route_stats },
	{ "/events", "text/event-stream", MSG_NONE, 0, NULL, NULL, NULL, "",
	    route_events }
};
#define NROUTES	(sizeof(routes) / sizeof(routes[0]))

const struct web_route *
web_route_of(const char *path)
{
	size_t	 i;

	for (i = 0; i < NROUTES; i++)
		if (strcmp(routes[i].path, path) == 0)
			return (&routes[i]);
	return (NULL);
}

static const struct web_file *
file_of(const char *path)
{
	const struct web_file	*f;

	for (f = web_files; f->path != NULL; f++)
		if (strcmp(f->path, path) == 0)
			return (f);
	return (NULL);
}

static void
route_answered(struct web_asker *asker, struct web_answer *a)
{
	web_reply_answer(asker->arg, a);
}

static void
route_ask(struct web_conn *c, const struct web_route *r,
    const union web_request *request)
{
	c->asker.tell = route_answered;
	c->asker.arg = c;
	if (web_ask(c->web, r, request, &c->asker) == -1)
		web_problem(c, 503, "too many questions wait; try again");
}

/* The process turns: whether the time is good is /readyz's to say. */
static void
route_live(struct web_conn *c)
{
	static const char	 alive[] = "alive\n";

	web_reply(c, 200, "text/plain; charset=utf-8", alive,
	    sizeof(alive) - 1);
}

static void
route_metrics(struct web_conn *c)
{
	union web_request	 request;
	unsigned int		 text, open;

	memset(&request, 0, sizeof(request));
	request.show.what = SHOW_METRICS;
	text = http_accept(c->req.accept, "text/plain", false);
	open = http_accept(c->req.accept, "application/openmetrics-text",
	    false);
	route_ask(c, open > 0 && open >= text ? &openmetrics :
	    web_route_of("/metrics"), &request);
}

static void
route_stats(struct web_conn *c)
{
	web_conn_stream(c, STREAM_STATS);
}

static void
route_events(struct web_conn *c)
{
	web_conn_stream(c, STREAM_EVENTS);
}

/* Whether a route takes a key, and if its value goes without it. */
static bool
has_key(const struct web_route *r, const char *key, bool *alone)
{
	const char	*p = r->keys;
	size_t		 len;

	while (*(p += strspn(p, " ")) != '\0') {
		len = strcspn(p, " ");
		*alone = *p == '=';
		if (len - *alone == strlen(key) &&
		    strncmp(p + *alone, key, len - *alone) == 0)
			return (true);
		p += len;
	}
	return (false);
}

/* The query as the words that ntpsctl takes; -1: it was answered. */
static int
route_words(struct web_conn *c, const struct web_route *r, char **words)
{
	char	*rest = c->req.query, *key, *value;
	bool	 alone;
	int	 n = 0, more;

	while ((more = http_query_next(&rest, &key, &value)) == 1) {
		if (!has_key(r, key, &alone)) {
			web_problem(c, 400, "%.64s: no such parameter; "
			    "allowed:%s", key, *r->keys == '\0' ? " none" :
			    r->keys);
			return (-1);
		}
		if (n + 2 > WORDS_MAX) {
			web_problem(c, 400, "there are too many parameters");
			return (-1);
		}
		/* show events takes its number first, wherever it stands */
		if (alone && n > 0 && strcmp(key, "n") == 0) {
			memmove(words + 1, words, (size_t)n * sizeof(*words));
			words[0] = value;
			n++;
			continue;
		}
		if (!alone)
			words[n++] = key;
		words[n++] = value;
	}
	if (more == -1)
		web_problem(c, 400, "the query is not understood");
	return (more == -1 ? -1 : n);
}

static void
route_request(struct web_conn *c, const struct web_route *r)
{
	union msg_payload	 p;
	union web_request	 request;
	char			*words[WORDS_MAX], why[REQUEST_WHY];
	int			 n;

	if ((n = route_words(c, r, words)) == -1)
		return;
	memset(&p, 0, sizeof(p));
	if (r->fill != NULL && !r->fill(n, words, &p, why, sizeof(why))) {
		web_problem(c, 400, "%s", why);
		return;
	}
	if (r->handle != NULL) {
		r->handle(c);
		return;
	}
	memset(&request, 0, sizeof(request));
	if (r->request == MSG_CLIENTS_REQ)
		request.clients = p.CLIENTS_REQ;
	else if (r->request == MSG_HISTORY_REQ)
		request.history = p.HISTORY_REQ;
	else if (r->request == MSG_MONITOR)
		request.monitor = p.MONITOR;
	else
		request.show.what = r->what;
	route_ask(c, r, &request);
}

/* A request is whole. */
void
web_route(struct web_conn *c)
{
	const struct http_request	*req = &c->req;
	const struct web_route		*r = web_route_of(req->path);
	const struct web_file		*f = file_of(req->path);

	if (c->peer.family != 0 &&
	    !http_host_safe(req->host, c->web->conf.web_host.text))
		web_problem(c, 421, "the page is asked for by another name; "
		    "allowed: an address, localhost, or web.host");
	else if (web_change(c))
		return;
	else if (r == NULL && f == NULL)
		web_problem(c, 404, "there is nothing of this name");
	else if (req->method != HTTP_GET && req->method != HTTP_HEAD)
		web_not_allowed(c, READ);
	else if (req->length > 0)
		web_problem(c, 400, "a request to read has no body");
	else if (r != NULL)
		route_request(c, r);
	else
		web_reply(c, 200, f->type, f->data, f->len);
}
