/* SPDX-License-Identifier: ISC */
/* Replies, as HTTP: see web.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "web.h"

#define TYPE_PROBLEM	"application/problem+json"

/*
 * What every reply says: the page may load nothing but its own files, be in
 * nobody's frame, and nothing here is to be kept or guessed at.
 */
#define FIELDS								\
	"Cache-Control: no-store\r\n"					\
	"Content-Security-Policy: default-src 'self'; "			\
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n" \
	"Cross-Origin-Resource-Policy: same-origin\r\n"			\
	"Referrer-Policy: no-referrer\r\n"				\
	"X-Content-Type-Options: nosniff\r\n"

static void
put_date(struct evbuffer *out)
{
	char		 text[64];
	struct tm	 tm;
	time_t		 now = time(NULL);

	if (gmtime_r(&now, &tm) != NULL && strftime(text, sizeof(text),
	    "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0)
		evbuffer_add_printf(out, "Date: %s\r\n", text);
}

/* RFC 9112 4; more fields, and an empty line, are to follow. */
static void
put_head(struct web_conn *c, int status, const char *type)
{
	evbuffer_add_printf(c->out, "HTTP/1.1 %d %s\r\n" FIELDS
	    "Content-Type: %s\r\n", status, http_reason(status), type);
	put_date(c->out);
	if (status == 503)
		evbuffer_add_printf(c->out, "Retry-After: 1\r\n");
	if (c->last)
		evbuffer_add_printf(c->out, "Connection: close\r\n");
	else if (c->req.minor == 0)
		evbuffer_add_printf(c->out, "Connection: keep-alive\r\n");
}

static void
put_length(struct web_conn *c, size_t len)
{
	evbuffer_add_printf(c->out, "Content-Length: %zu\r\n\r\n", len);
}

void
web_reply(struct web_conn *c, int status, const char *type, const void *data,
    size_t len)
{
	put_head(c, status, type);
	put_length(c, len);
	if (c->req.method != HTTP_HEAD)
		evbuffer_add(c->out, data, len);
	web_conn_send(c);
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
	put_length(c, a->len);
	if (c->req.method != HTTP_HEAD) {
		a->refs++;
		if (evbuffer_add_reference(c->out, a->body, a->len,
		    answer_sent, a) == -1)
			web_ask_release(a);
	}
	web_conn_send(c);
}

/* Of unknown length: it ends when the connection does. */
void
web_reply_stream(struct web_conn *c)
{
	c->last = true;
	put_head(c, 200, "text/event-stream");
	evbuffer_add_printf(c->out, "X-Accel-Buffering: no\r\n\r\n");
}

/* RFC 9457 */
static void
problem(struct web_conn *c, int status, const char *allow, const char *text)
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
		out_end(&o);
		fclose(f);
	}
	put_head(c, status, TYPE_PROBLEM);
	if (allow != NULL)
		evbuffer_add_printf(c->out, "Allow: %s\r\n", allow);
	put_length(c, body == NULL ? 0 : len);
	if (c->req.method != HTTP_HEAD && body != NULL)
		evbuffer_add(c->out, body, len);
	free(body);
	web_conn_send(c);
}

void
web_problem(struct web_conn *c, int status, const char *fmt, ...)
{
	char	 text[REQUEST_WHY];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem(c, status, NULL, text);
}

void
web_not_allowed(struct web_conn *c, const char *allow)
{
	char	 text[96];

	snprintf(text, sizeof(text), "allowed: %s", allow);
	problem(c, 405, allow, text);
}
