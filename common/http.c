/* SPDX-License-Identifier: ISC */
/* The head of a request: see http.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

#define FIELD(name, field)						\
	{ name, offsetof(struct http_request, field),			\
	    sizeof(((struct http_request *)NULL)->field) }

/* What is looked at; everything else is read over. */
static const struct {
	const char	*name;
	size_t		 offset, size;
}		 fields[] = {
	FIELD("Host", host),
	FIELD("Accept", accept),
	FIELD("Connection", connection),
	FIELD("Content-Length", content_length),
	FIELD("Content-Type", content_type),
	FIELD("Expect", expect),
	FIELD("Last-Event-ID", last_event_id),
	FIELD("X-Ntpsd-Nonce", nonce),
	FIELD("Origin", origin),
	FIELD("X-Ntpsd-Signature", signature),
	FIELD("Transfer-Encoding", transfer_encoding)
};

static const struct {
	const char	*name;
	enum http_method method;
}		 methods[] = {
	{ "GET", HTTP_GET },
	{ "HEAD", HTTP_HEAD },
	{ "POST", HTTP_POST },
	{ "PATCH", HTTP_PATCH }
};

int
http_head_scan(const uint8_t *buf, size_t len, size_t *seen)
{
	uint8_t	 c;

	for (; *seen < len; (*seen)++) {
		c = buf[*seen];
		if (c == '\n') {
			if (*seen == 0 || buf[*seen - 1] != '\r')
				return (-1);
			if (*seen == 1 || (*seen >= 3 &&
			    buf[*seen - 2] == '\n')) {
				(*seen)++;
				return ((int)*seen);
			}
		} else if ((*seen > 0 && buf[*seen - 1] == '\r') ||
		    (c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
			return (-1);
	}
	return (len > HTTP_HEAD_MAX ? -1 : 0);
}

/* RFC 9110 5.6.2 */
static bool
token(const char *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (p[i] <= ' ' || p[i] > '~' ||
		    strchr("\"(),/:;<=>?@[\\]{}", p[i]) != NULL)
			return (false);
	return (len > 0);
}

/* To a buffer of a fixed size; false when it does not fit. */
static bool
copy(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		return (false);
	memcpy(to, from, len);
	to[len] = '\0';
	return (true);
}

static enum http_method
method_of(const char *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < NELEM(methods); i++)
		if (strlen(methods[i].name) == len &&
		    memcmp(methods[i].name, p, len) == 0)
			return (methods[i].method);
	return (HTTP_OTHER);
}

/* "/path?query", or with http://host before it, which then is the Host. */
static int
take_target(struct http_request *r, const char *p, size_t len,
    const char **why)
{
	static const char	 scheme[] = "http://";
	const char		*end = p + len, *q;

	*why = "the request's target is too long";
	if (len >= HTTP_TARGET_MAX)
		return (414);
	*why = "the request's target is not understood";
	if (len > strlen(scheme) &&
	    strncasecmp(p, scheme, strlen(scheme)) == 0) {
		p += strlen(scheme);
		for (q = p; q < end && *q != '/' && *q != '?'; q++)
			;
		if (q == p || !copy(r->host, sizeof(r->host), p,
		    (size_t)(q - p)))
			return (400);
		p = q;
		if (p == end || *p == '?')
			strlcpy(r->path, "/", sizeof(r->path));
	} else if (*p != '/')
		return (400);
	if ((q = memchr(p, '?', (size_t)(end - p))) == NULL)
		q = end;
	else if (!copy(r->query, sizeof(r->query), q + 1,
	    (size_t)(end - q - 1)))
		return (414);
	if (q > p && !copy(r->path, sizeof(r->path), p, (size_t)(q - p)))
		return (414);
	if (memchr(p, '#', (size_t)(end - p)) != NULL ||
	    !http_decode(r->path, false))
		return (400);
	return (0);
}

/* RFC 9112 3 */
static int
take_request_line(struct http_request *r, const char *p, size_t len,
    const char **why)
{
	const char	*end = p + len, *target, *version, *c;

	*why = "the request line is not understood";
	if ((target = memchr(p, ' ', len)) == NULL ||
	    !token(p, (size_t)(target - p)))
		return (400);
	r->method = method_of(p, (size_t)(target - p));
	target++;
	version = memchr(target, ' ', (size_t)(end - target));
	if (version == NULL || version == target)
		return (400);
	for (c = target; c < version; c++)
		if (*c <= ' ' || *c > '~')
			return (400);
	version++;
	if (end - version != 8 || memcmp(version, "HTTP/", 5) != 0)
		return (400);
	*why = "only HTTP/1.0 and HTTP/1.1 are spoken here";
	if (memcmp(version, "HTTP/1.", 7) != 0 ||
	    (version[7] != '0' && version[7] != '1'))
		return (505);
	r->minor = (unsigned int)(version[7] - '0');
	return (take_target(r, target, (size_t)(version - 1 - target), why));
}

/* RFC 9112 5.1: no blank before the colon, no line that goes on. */
static int
take_field(struct http_request *r, const char *p, size_t len,
    uint32_t *given, const char **why)
{
	const char	*colon, *end = p + len;
	char		*to;
	size_t		 i;

	*why = "a header field is not understood";
	if ((colon = memchr(p, ':', len)) == NULL ||
	    !token(p, (size_t)(colon - p)))
		return (400);
	for (i = 0; i < NELEM(fields); i++)
		if (strlen(fields[i].name) == (size_t)(colon - p) &&
		    strncasecmp(fields[i].name, p, (size_t)(colon - p)) == 0)
			break;
	if (i == NELEM(fields))
		return (0);
	for (p = colon + 1; p < end && (*p == ' ' || *p == '\t'); p++)
		;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*why = "a header field is there twice";
	if (*given & 1U << i)
		return (400);
	*given |= 1U << i;
	to = (char *)r + fields[i].offset;
	*why = "a header field is too long";
	if (i == 0 && *to != '\0')	/* the target's goes before (3.2.2) */
		return (0);
	return (copy(to, fields[i].size, p, (size_t)(end - p)) ? 0 : 431);
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
	r->close = r->minor == 0 ? !has_word(r->connection, "keep-alive") :
	    has_word(r->connection, "close");
	r->has_length = *p != '\0';
	r->coded = r->transfer_encoding[0] != '\0';
	*why = "Content-Length is not a number, or is not alone";
	if (r->has_length && (p[strspn(p, "0123456789")] != '\0' ||
	    strlen(p) > 15 || r->coded))
		return (400);
	r->length = r->has_length ? strtoull(p, NULL, 10) : 0;
	*why = "only bodies with a Content-Length are taken";
	if (r->coded)
		return (501);
	*why = "the body is too long";
	if (r->length > HTTP_BODY_MAX)
		return (413);
	*why = "there is nothing to expect";
	return (r->expect[0] != '\0' ? 417 : 0);
}

int
http_head_parse(const uint8_t *buf, size_t len, struct http_request *r,
    const char **why)
{
	const char	*p = (const char *)buf, *end = p + len, *eol;
	uint32_t	 given = 0;
	unsigned int	 n;
	int		 status = 0;

	memset(r, 0, sizeof(*r));
	*why = "the request is too long";
	if (len > HTTP_HEAD_MAX)
		return (431);
	for (n = 0; status == 0; n++) {
		if ((eol = memchr(p, '\n', (size_t)(end - p))) == NULL ||
		    eol == p || eol[-1] != '\r') {
			*why = "the request is not whole";
			return (400);
		}
		if (eol - p == 1)	/* the empty line */
			break;
		if (n > HTTP_FIELDS_MAX) {
			*why = "there are too many header fields";
			return (431);
		}
		status = n == 0 ?
		    take_request_line(r, p, (size_t)(eol - p - 1), why) :
		    take_field(r, p, (size_t)(eol - p - 1), &given, why);
		p = eol + 1;
	}
	if (status == 0 && n == 0) {
		*why = "the request is empty";
		return (400);
	}
	return (status != 0 ? status : judge(r, why));
}
