/* SPDX-License-Identifier: ISC */
/*
 * What evhttp(3) has read of a request, looked at again more strictly: what has
 * two meanings is refused, so that nothing in front of the page and the page
 * itself can see different requests.
 */

#include <event2/http.h>
#include <event2/http_struct.h>		/* the version has no function */
#include <event2/keyvalq_struct.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

#define FIELD(name, field)						\
	{ name, offsetof(struct http_request, field),			\
	    sizeof(((struct http_request *)NULL)->field) }

/* What is looked at, the first of them for its own sake. */
static const struct {
	const char	*name;
	size_t		 offset, size;
}		 fields[] = {
	FIELD("Host", host),
	FIELD("Accept", accept),
	FIELD("Connection", connection),
	FIELD("Content-Length", content_length),
	FIELD("Content-Type", content_type),
	FIELD("Last-Event-ID", last_event_id),
	FIELD("X-Ntpsd-Nonce", nonce),
	FIELD("Origin", origin),
	FIELD("X-Ntpsd-Signature", signature),
	FIELD("Transfer-Encoding", transfer_encoding)
};

/* RFC 9110 5.6.2 */
static bool
token(const char *p)
{
	const char	*c;

	for (c = p; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' ||
		    strchr("\"(),/:;<=>?@[\\]{}", *c) != NULL)
			return (false);
	return (*p != '\0');
}

static bool
printable(const char *p)
{
	for (; *p != '\0'; p++)
		if ((*p > 0 && *p < ' ' && *p != '\t') || *p == 0x7f)
			return (false);
	return (true);
}

/* RFC 9112 5.1 */
static int
take_field(struct http_request *r, const struct evkeyval *field,
    uint32_t *given, const char **why)
{
	const char	*value = field->value;
	char		*to;
	size_t		 i;

	*why = "a header field is not understood";
	if (!token(field->key) || !printable(value))
		return (400);
	for (i = 0; i < NELEM(fields); i++)
		if (strcasecmp(fields[i].name, field->key) == 0)
			break;
	if (i == NELEM(fields))
		return (0);
	*why = "a header field is there twice";
	if (*given & 1U << i)
		return (400);
	*given |= 1U << i;
	to = (char *)r + fields[i].offset;
	if (i == 0 && *to != '\0')	/* the target's goes before (3.2.2) */
		return (0);
	value += strspn(value, " \t");
	*why = "a header field is too long";
	return (strlcpy(to, value, fields[i].size) < fields[i].size ? 0 : 431);
}

/* "/path?query", or with http://host before it, which then is the Host. */
static int
take_target(struct http_request *r, struct evhttp_request *request,
    const char **why)
{
	const struct evhttp_uri	*uri;
	const char		*c, *scheme, *host, *path, *query;
	int			 port, n;

	uri = evhttp_request_get_evhttp_uri(request);
	scheme = evhttp_uri_get_scheme(uri);
	host = evhttp_uri_get_host(uri);
	port = evhttp_uri_get_port(uri);
	path = evhttp_uri_get_path(uri);
	query = evhttp_uri_get_query(uri);
	*why = "the request's target is not understood";
	for (c = evhttp_request_get_uri(request); *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return (400);
	if (evhttp_uri_get_fragment(uri) != NULL ||
	    evhttp_uri_get_userinfo(uri) != NULL)
		return (400);
	if (scheme != NULL) {
		if (strcasecmp(scheme, "http") != 0 || host == NULL ||
		    *host == '\0')
			return (400);
		n = port == -1 ? snprintf(r->host, sizeof(r->host), "%s",
		    host) : snprintf(r->host, sizeof(r->host), "%s:%d", host,
		    port);
		if (n < 0 || (size_t)n >= sizeof(r->host))
			return (400);
		if (path == NULL || *path == '\0')
			path = "/";
	} else if (host != NULL || path == NULL)	/* "//host" */
		return (400);
	*why = "the request's target is too long";
	if (strlcpy(r->path, path, sizeof(r->path)) >= sizeof(r->path) ||
	    strlcpy(r->query, query == NULL ? "" : query, sizeof(r->query)) >=
	    sizeof(r->query))
		return (414);
	*why = "the request's target is not understood";
	return (*path == '/' && http_decode(r->path, false) ? 0 : 400);
}

static enum http_method
method_of(const struct evhttp_request *request)
{
	switch (evhttp_request_get_command(request)) {
	case EVHTTP_REQ_GET:
		return (HTTP_GET);
	case EVHTTP_REQ_HEAD:
		return (HTTP_HEAD);
	case EVHTTP_REQ_POST:
		return (HTTP_POST);
	case EVHTTP_REQ_PATCH:
		return (HTTP_PATCH);
	default:
		return (HTTP_OTHER);
	}
}

/* Whether a list like "keep-alive, Upgrade" has a word. */
static bool
has_word(const char *list, const char *word)
{
	size_t	 len;

	while (*(list += strspn(list, ", \t")) != '\0') {
		len = strcspn(list, ", \t");
		if (len == strlen(word) && strncasecmp(list, word, len) == 0)
			return (true);
		list += len;
	}
	return (false);
}

/* What the fields mean together. */
static int
judge(struct http_request *r, const char **why)
{
	const char	*p = r->content_length;

	*why = "the request has no Host";
	if (r->host[0] == '\0')
		return (400);
	*why = "Content-Length is not a number";
	if (p[strspn(p, "0123456789")] != '\0' || strlen(p) > 15)
		return (400);
	/* evhttp would take it for the next request */
	*why = "there is no body with this method";
	if (r->method == HTTP_HEAD && strtoull(p, NULL, 10) > 0)
		return (400);
	*why = "only bodies with a Content-Length are taken";
	return (r->transfer_encoding[0] != '\0' ? 501 : 0);
}

static int
take(struct web_conn *c, struct evhttp_request *request, const char **why)
{
	struct evkeyvalq	*headers;
	struct evkeyval		*field;
	struct evbuffer		*body;
	struct http_request	*r = &c->req;
	uint32_t		 given = 0;
	unsigned int		 n = 0;
	int			 status, major = request->major;

	memset(r, 0, sizeof(*r));
	r->method = method_of(request);
	r->minor = (unsigned int)request->minor;
	request->major = 1;		/* of the reply */
	*why = "only HTTP/1.0 and HTTP/1.1 are spoken here";
	if (major != 1 || r->minor > 1) {
		request->minor = 1;
		return (505);
	}
	if ((status = take_target(r, request, why)) != 0)
		return (status);
	headers = evhttp_request_get_input_headers(request);
	TAILQ_FOREACH(field, headers, next) {
		*why = "there are too many header fields";
		if (++n > HTTP_FIELDS_MAX)
			return (431);
		if ((status = take_field(r, field, &given, why)) != 0)
			return (status);
	}
	body = evhttp_request_get_input_buffer(request);
	r->length = evbuffer_get_length(body);
	*why = "the body is too long";
	if (r->length > sizeof(c->body))
		return (413);
	(void)evbuffer_copyout(body, c->body, r->length);
	return (judge(r, why));
}

/* 0, or the status code to refuse it with, and why (static). */
int
web_request_take(struct web_conn *c, const char **why)
{
	const struct evhttp_uri	*uri;
	int			 status = take(c, c->request, why);

	/* What is refused here may have been understood otherwise there. */
	c->last = status != 0 || (c->req.minor == 0 ?
	    strncasecmp(c->req.connection, "keep-alive", 10) != 0 :
	    has_word(c->req.connection, "close"));
	/* evhttp takes us for a proxy then, and closes */
	uri = evhttp_request_get_evhttp_uri(c->request);
	if (evhttp_uri_get_scheme(uri) != NULL || c->req.method == HTTP_OTHER)
		c->last = true;
	return (status);
}
