/* SPDX-License-Identifier: ISC */
/* Replies, handed to evhttp(3): see web.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "web.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define TYPE_PROBLEM	"application/problem+json"

/*
 * What every reply says: the page may load nothing but its own files, be in
 * nobody's frame, and nothing here is to be kept or guessed at.
 */
static const struct {
	const char	*name, *value;
}		 fields[] = {
	{ "Cache-Control", "no-store" },
	{ "Content-Security-Policy", "default-src 'self'; "
	    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" }
};

/* With the request; without one, all of the reply is text in c->out. */
static void
put_field(struct web_conn *c, const char *name, const char *value)
{
	if (c->request == NULL)
		evbuffer_add_printf(c->out, "%s: %s\r\n", name, value);
	else
		evhttp_add_header(evhttp_request_get_output_headers(
		    c->request), name, value);
}

static void
put_date(struct web_conn *c)
{
	char		 text[64];
	struct tm	 tm;
	time_t		 now = time(NULL);

	if (gmtime_r(&now, &tm) != NULL && strftime(text, sizeof(text),
	    "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0)
		put_field(c, "Date", text);
}

/* RFC 9112 4; more fields are to follow. */
static void
put_head(struct web_conn *c, int status, const char *type)
{
	size_t	 i;

	evbuffer_drain(c->out, evbuffer_get_length(c->out));
	if (c->request == NULL)
		evbuffer_add_printf(c->out, "HTTP/1.1 %d %s\r\n", status,
		    http_reason(status));
	for (i = 0; i < NELEM(fields); i++)
		put_field(c, fields[i].name, fields[i].value);
	put_field(c, "Content-Type", type);
	put_date(c);
	if (status == 401)		/* RFC 9110 15.5.2 */
		put_field(c, "WWW-Authenticate", "Ntpsd-HMAC-SHA256");
	if (status == 429)
		put_field(c, "Retry-After", "60");
	if (status == 503)
		put_field(c, "Retry-After", "1");
	if (c->last || c->request == NULL)
		put_field(c, "Connection", "close");
}

/* The last of the fields; whether the body is to follow. */
static bool
put_length(struct web_conn *c, size_t len)
{
	char	 text[24];

	snprintf(text, sizeof(text), "%zu", len);
	put_field(c, "Content-Length", text);
	if (c->request == NULL)
		evbuffer_add(c->out, "\r\n", 2);
	return (c->request == NULL || c->req.method != HTTP_HEAD);
}

static void
reply_end(struct web_conn *c, int status)
{
	if (c->request != NULL)
		web_conn_reply(c, status);
}

void
web_reply(struct web_conn *c, int status, const char *type, const void *data,
    size_t len)
{
	put_head(c, status, type);
	if (put_length(c, len))
		evbuffer_add(c->out, data, len);
	reply_end(c, status);
}

static void
answer_sent(const void *data, size_t len, void *arg)
{
	(void)data;
	(void)len;
	web_ask_release(arg);
}

/* Whoever shares an answer shares its memory. */
void
web_reply_answer(struct web_conn *c, struct web_answer *a)
{
	if (a->body == NULL) {
		web_problem(c, a->status, "%s", a->why);
		return;
	}
	put_head(c, a->status, a->route->type);
	if (put_length(c, a->len)) {
		a->refs++;
		if (evbuffer_add_reference(c->out, a->body, a->len,
		    answer_sent, a) == -1)
			web_ask_release(a);
	}
	reply_end(c, a->status);
}

/* Of unknown length: it ends when the connection does. */
void
web_reply_stream(struct web_conn *c)
{
	put_head(c, 200, "text/event-stream");
	put_field(c, "X-Accel-Buffering", "no");
}

/* What each of them is about, and what is wrong with it. */
static void
put_parts(struct out *o, const struct msg_refused *m, unsigned int n)
{
	out_table(o, "errors");
	for (; n > 0; n--, m++) {
		out_row(o);
		out_str(o, "key", m->key);
		out_str(o, "message", m->why);
		out_row_end(o);
	}
	out_table_end(o);
}

/* RFC 9457 */
static void
problem(struct web_conn *c, int status, const char *allow, const char *text,
    const struct msg_refused *parts, unsigned int n)
{
	struct out	 o;
	char		*body = NULL;
	size_t		 len = 0;
	FILE		*f;

	if ((f = open_memstream(&body, &len)) != NULL) {
		out_begin(&o, f, OUT_JSON, "problem", 1);
		out_str(&o, "type", "about:blank");
		out_str(&o, "title", http_reason(status));
		out_u64(&o, "status", (uint64_t)status);
		out_str(&o, "detail", text);
		put_parts(&o, parts, n);
		out_end(&o);
		fclose(f);
	}
	put_head(c, status, TYPE_PROBLEM);
	if (allow != NULL)
		put_field(c, "Allow", allow);
	if (put_length(c, body == NULL ? 0 : len) && body != NULL)
		evbuffer_add(c->out, body, len);
	free(body);
	reply_end(c, status);
}

void
web_problem(struct web_conn *c, int status, const char *fmt, ...)
{
	char	 text[REQUEST_WHY];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem(c, status, NULL, text, NULL, 0);
}

void
web_problem_parts(struct web_conn *c, int status, const char *text,
    const struct msg_refused *parts, unsigned int n)
{
	problem(c, status, NULL, text, parts, n);
}

void
web_not_allowed(struct web_conn *c, const char *allow)
{
	char	 text[96];

	snprintf(text, sizeof(text), "allowed: %s", allow);
	problem(c, 405, allow, text, NULL, 0);
}
