/* SPDX-License-Identifier: ISC */
/*
 * Requests that change something.  What can be seen to be wrong from here is
 * refused here; whether the token's owner signed it, and what it asks for, is
 * the parent's to find out, who is handed nonce, signature and body.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "log.h"
#include "show.h"
#include "web.h"

#define NONCE_PATH	"/api/v1/nonce"
#define TYPE_JSON	"application/json"

/* Only our own page may send it: other servers' may not with a browser. */
static bool
change_own_origin(const struct http_request *req)
{
	const char	*host = req->origin;

	if (*host == '\0')
		return (true);		/* no browser */
	if (strncasecmp(host, "http://", 7) == 0)
		host += 7;
	else if (strncasecmp(host, "https://", 8) == 0)
		host += 8;		/* by way of a proxy */
	else
		return (false);
	return (*host != '\0' && strcasecmp(host, req->host) == 0);
}

static bool
change_is_json(const char *type)
{
	size_t	 len = strlen(TYPE_JSON);

	return (strncasecmp(type, TYPE_JSON, len) == 0 &&
	    (type[len] == '\0' || strchr("; \t", type[len]) != NULL));
}

/* To the parent; its answer comes with the connection's number. */
static void
change_ask(struct web_conn *c, enum msg_type type, const void *m)
{
	struct web	*w = c->web;

	if (w->nchanges == WEB_CHANGES || imsgev_send(&w->child.parent, type,
	    w->last_change + 1, -1, m) == -1) {
		web_problem(c, 503, "too many changes wait; try again");
		return;
	}
	c->change = ++w->last_change;
	if (c->change == 0)		/* 0: waits for none */
		c->change = ++w->last_change;
	w->nchanges++;
	web_conn_wait(c, WEB_CHANGE_MS);
}

/* It waits no more: the answer is there, or the connection is gone. */
void
web_change_forget(struct web_conn *c)
{
	if (c->change != 0)
		c->web->nchanges--;
	c->change = 0;
	free(c->refused);
	c->refused = NULL;
	c->nrefused = 0;
}

static void
change_signed(struct web_conn *c, enum signed_kind kind)
{
	const struct http_request	*req = &c->req;
	struct msg_signed		 m;

	memset(&m, 0, sizeof(m));
	m.kind = kind;
	m.len = (uint32_t)req->length;
	if (!change_is_json(req->content_type))
		web_problem(c, 415, "allowed: " TYPE_JSON);
	else if (req->length > sizeof(m.body))
		web_problem(c, 413, "allowed: %zu octets", sizeof(m.body));
	else if (!signed_hex(req->nonce, m.nonce) ||
	    !signed_hex(req->signature, m.mac))
		web_problem(c, 401, "not signed; allowed: with X-Ntpsd-Nonce "
		    "and X-Ntpsd-Signature, each of %d hexadecimal digits in "
		    "lower case", SIGNED_HEX_LEN);
	else {
		memcpy(m.body, c->body, m.len);
		change_ask(c, MSG_SIGNED, &m);
	}
}

/* By kind, and for a nonce; what is read at the same path is web_route.c's. */
static const struct {
	enum http_method method;
	const char	*allow;
} kinds[SIGNED_KINDS + 1] = {
	[SIGNED_SERVICE] = { HTTP_POST, "POST" },
	[SIGNED_POLICY] = { HTTP_POST, "GET, HEAD, POST" },
	[SIGNED_CONFIG] = { HTTP_PATCH, "GET, HEAD, PATCH" },
	[SIGNED_KINDS] = { HTTP_GET, "GET, HEAD" }
};

/* Whether the request was one of those; it is taken care of then. */
bool
web_change(struct web_conn *c)
{
	const struct http_request	*req = &c->req;
	enum http_method		 method = req->method;
	unsigned int			 kind;

	if (method == HTTP_HEAD)
		method = HTTP_GET;
	for (kind = 0; kind < SIGNED_KINDS && strcmp(req->path,
	    signed_path((enum signed_kind)kind)) != 0; kind++)
		;
	if (kind == SIGNED_KINDS ? strcmp(req->path, NONCE_PATH) != 0 :
	    method == HTTP_GET && web_route_of(req->path) != NULL)
		return (false);
	if (method != kinds[kind].method)
		web_not_allowed(c, kinds[kind].allow);
	else if (!change_own_origin(req))
		web_problem(c, 403, "asked for by another page; allowed: an "
		    "Origin that is the Host");
	else if (req->query[0] != '\0')
		web_problem(c, 400, "there are no parameters here");
	else if (kind < SIGNED_KINDS)
		change_signed(c, (enum signed_kind)kind);
	else if (req->length > 0)
		web_problem(c, 400, "a request to read has no body");
	else
		change_ask(c, MSG_NONCE_REQ, NULL);
	return (true);
}

static void
write_nonce(FILE *f, const void *nonce)
{
	char		 text[SIGNED_HEX_LEN + 1];
	struct out	 o;

	signed_hex_format(nonce, text);
	out_begin(&o, f, OUT_JSON, "nonce", 1);
	out_str(&o, "nonce", text);
	out_end(&o);
}

static void
write_outcome(FILE *f, const void *result)
{
	show_outcome(f, OUT_JSON, result);
}

/* It went well. */
static void
change_reply(struct web_conn *c, void (*writer)(FILE *, const void *),
    const void *what)
{
	char	*body = NULL;
	size_t	 len = 0;
	FILE	*f;

	if ((f = open_memstream(&body, &len)) != NULL) {
		writer(f, what);
		if (fclose(f) != 0)
			len = 0;
	}
	if (len > 0)
		web_reply(c, 200, TYPE_JSON, body, len);
	else
		web_problem(c, 500, "there is no memory for the answer");
	free(body);
}

static void
change_nonce(struct web_conn *c, const struct msg_nonce *m)
{
	web_change_forget(c);
	if (m->good == 0)
		web_problem(c, 404, "nothing can be changed here; allowed: "
		    "with web.token_file");
	else
		change_reply(c, write_nonce, m->nonce);
}

/* refused: some of it was not allowed. */
static int
change_status(enum result_code code, bool refused)
{
	switch (code) {
	case RESULT_OK:
	case RESULT_NOTHING:
		return (200);
	case RESULT_FAILED:
		return (refused ? 422 : 409);
	case RESULT_REFUSED:
		return (403);
	case RESULT_BUSY:
		return (503);
	case RESULT_OFF:
		return (404);
	case RESULT_UNSIGNED:
		return (401);
	case RESULT_LIMITED:
		return (429);
	case RESULT_INVALID:
		return (422);
	}
	return (500);
}

static void
change_result(struct web_conn *c, const struct msg_result *m)
{
	struct msg_refused	*refused = c->refused;
	unsigned int		 n = c->nrefused;
	int			 status;

	c->refused = NULL;
	web_change_forget(c);
	status = change_status((enum result_code)m->code, n > 0);
	if (status != 200) {
		web_problem_parts(c, status, m->text, refused, n);
		free(refused);
		return;
	}
	free(refused);
	web_ask_stale(c->web);
	change_reply(c, write_outcome, m);
}

/* Kept until the result is there. */
static void
change_refused(struct web_conn *c, const struct msg_refused *m)
{
	struct msg_refused	*more;

	if (c->nrefused > JSON_MEMBERS_MAX || (more = reallocarray(c->refused,
	    c->nrefused + 1, sizeof(*more))) == NULL)
		return;
	more[c->nrefused++] = *m;
	c->refused = more;
}

/* From the parent, of a change that a connection asked for. */
void
web_change_message(struct web *w, uint32_t type, uint32_t id,
    const union msg_payload *p)
{
	struct web_conn	*c;

	TAILQ_FOREACH(c, &w->conns, entry)
		if (c->change == id && id != 0)
			break;
	if (c == NULL)
		return;			/* it has gone meanwhile */
	if (type == MSG_REFUSED)
		change_refused(c, &p->REFUSED);
	else if (type == MSG_NONCE)
		change_nonce(c, &p->NONCE);
	else
		change_result(c, &p->RESULT);
}
