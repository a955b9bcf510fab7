/* SPDX-License-Identifier: ISC */
/*
 * HTTP requests: what is taken for one, what is refused and with which status,
 * and the texts in them.
 */
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "http.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* The status of a request; it is scanned as if it came in two parts. */
static int
parse(const char *text, struct http_request *r)
{
	const char	*why = NULL;
	size_t		 half, len = strlen(text), seen;
	int		 n = 0, status;

	for (half = 0; half <= len; half++) {
		seen = 0;
		n = http_head_scan((const uint8_t *)text, half, &seen);
		if (n == 0)
			n = http_head_scan((const uint8_t *)text, len, &seen);
		if (n <= 0)
			return (n);
	}
	status = http_head_parse((const uint8_t *)text, (size_t)n, r, &why);
	ATF_CHECK_MSG(status == 0 || why != NULL, "%s", text);
	return (status == 0 ? 200 : status);
}

ATF_TC_WITHOUT_HEAD(good);
ATF_TC_BODY(good, tc)
{
	struct http_request	 r;

	ATF_CHECK_EQ(200, parse("GET /a%20b?x=%31&y HTTP/1.1\r\n"
	    "hOST: localhost:8123\r\nAccept: \t text/plain \t\r\n"
	    "Unknown: {\xe9}\r\n\r\nGET ", &r));
	ATF_CHECK_EQ(HTTP_GET, r.method);
	ATF_CHECK_EQ(1, r.minor);
	ATF_CHECK(!r.close && !r.has_length && r.length == 0);
	ATF_CHECK_STREQ("/a b", r.path);
	ATF_CHECK_STREQ("x=%31&y", r.query);
	ATF_CHECK_STREQ("localhost:8123", r.host);
	ATF_CHECK_STREQ("text/plain", r.accept);

	ATF_CHECK_EQ(200, parse("POST / HTTP/1.0\r\nHost: a\r\n"
	    "Content-Length: 4096\r\n\r\n", &r));
	ATF_CHECK_EQ(HTTP_POST, r.method);
	ATF_CHECK(r.close && r.has_length);
	ATF_CHECK_EQ(4096, r.length);

	ATF_CHECK_EQ(200, parse("BREW / HTTP/1.0\r\nHost: a\r\n"
	    "Connection: x, Keep-Alive\r\n\r\n", &r));
	ATF_CHECK_EQ(HTTP_OTHER, r.method);
	ATF_CHECK(!r.close);
	ATF_CHECK_EQ(200, parse("HEAD / HTTP/1.1\r\nHost: a\r\n"
	    "Connection: TE,close\r\n\r\n", &r));
	ATF_CHECK_EQ(HTTP_HEAD, r.method);
	ATF_CHECK(r.close);

	/* RFC 9112 3.2.2: the target's host goes before the field's */
	ATF_CHECK_EQ(200, parse("GET http://evil.example?q HTTP/1.1\r\n"
	    "Host: localhost\r\n\r\n", &r));
	ATF_CHECK_STREQ("evil.example", r.host);
	ATF_CHECK_STREQ("/", r.path);
	ATF_CHECK_STREQ("q", r.query);
}

/* Each line is a request, the status to refuse it with, -1: no HTTP. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
#define H	"Host: a\r\n"
#define G	"GET / HTTP/1.1\r\n"
	static const struct {
		int		 status;
		const char	*text;
	}			 t[] = {
		{ 0, "GET / HTTP/1.1\r\nHost: a\r\n" },
		{ -1, "GET / HTTP/1.1\nHost: a\n\n" },
		{ -1, "\x16\x03\x01" "abc\r\n\r\n" },
		{ -1, G "Host: a\rb\r\n\r\n" },
		{ -1, G "Host: a\x7f\r\n\r\n" },
		{ 400, "\r\n" },
		{ 400, "GET /\r\n" H "\r\n" },
		{ 400, "GET  / HTTP/1.1\r\n" H "\r\n" },
		{ 400, " GET / HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET / HTTP/1.1 \r\n" H "\r\n" },
		{ 400, "GET /\xe9 HTTP/1.1\r\n" H "\r\n" },
		{ 400, "G(T / HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET / http/1.1\r\n" H "\r\n" },
		{ 505, "GET / HTTP/2.0\r\n" H "\r\n" },
		{ 505, "GET / HTTP/1.2\r\n" H "\r\n" },
		{ 400, "GET * HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET a HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET http:// HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET http:///x HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET /%00 HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET /%0a HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET /%7F HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET /%4 HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET /%g0 HTTP/1.1\r\n" H "\r\n" },
		{ 400, "GET /#a HTTP/1.1\r\n" H "\r\n" },
		{ 400, G "\r\n" },
		{ 400, G "Host: \t\r\n\r\n" },
		{ 400, G H H "\r\n" },
		{ 400, G H "Accept : a\r\n\r\n" },
		{ 400, G H " Accept: a\r\n\r\n" },
		{ 400, G H "Accept\r\n\r\n" },
		{ 400, G H ": a\r\n\r\n" },
		{ 400, G H "Content-Length: 1\r\nContent-Length: 1\r\n\r\n" },
		{ 400, G H "Content-Length: -1\r\n\r\n" },
		{ 400, G H "Content-Length: 1,1\r\n\r\n" },
		{ 400, G H "Content-Length: 0x1\r\n\r\n" },
		{ 400, G H "Content-Length: 1234567890123456\r\n\r\n" },
		{ 413, G H "Content-Length: 4097\r\n\r\n" },
		{ 413, G H "Content-Length: 123456789012345\r\n\r\n" },
		{ 431, G H "Content-Length: 123456789012345678901234\r\n\r\n" },
		{ 501, G H "Transfer-Encoding: chunked\r\n\r\n" },
		{ 400, G H "Transfer-Encoding: chunked\r\n"
		    "Content-Length: 1\r\n\r\n" },
		{ 417, G H "Expect: 100-continue\r\n\r\n" }
	};
	struct http_request	 r;
	size_t			 i;

	for (i = 0; i < NELEM(t); i++)
		ATF_CHECK_EQ_MSG(t[i].status, parse(t[i].text, &r),
		    "%zu: %d instead of %d: %s", i, parse(t[i].text, &r),
		    t[i].status, t[i].text);
}

/* What there may be at most, and one more. */
ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct http_request	 r;
	char			 text[16384], fill[8192];
	size_t			 n;

	memset(fill, 'a', sizeof(fill));
	fill[sizeof(fill) - 1] = '\0';
	for (n = 0; n < 2; n++) {
		snprintf(text, sizeof(text), "GET /?%.*s HTTP/1.1\r\nHost: a"
		    "\r\n\r\n", HTTP_TARGET_MAX - 3 + (int)n, fill);
		ATF_CHECK_EQ(n == 0 ? 200 : 414, parse(text, &r));
		snprintf(text, sizeof(text), "GET /%.*s HTTP/1.1\r\nHost: a"
		    "\r\n\r\n", (int)sizeof(r.path) - 2 + (int)n, fill);
		ATF_CHECK_EQ(n == 0 ? 200 : 414, parse(text, &r));
		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %.*s"
		    "\r\n\r\n", (int)sizeof(r.host) - 1 + (int)n, fill);
		ATF_CHECK_EQ(n == 0 ? 200 : 431, parse(text, &r));
		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n"
		    "X: %.*s\r\n\r\n", HTTP_HEAD_MAX - 32 + (int)n, fill);
		ATF_CHECK_EQ(HTTP_HEAD_MAX + n, strlen(text));
		ATF_CHECK_EQ(n == 0 ? 200 : 431, parse(text, &r));
	}
	strlcpy(text, "GET / HTTP/1.1\r\nHost: a\r\n", sizeof(text));
	for (n = 1; n < HTTP_FIELDS_MAX; n++)
		strlcat(text, "a:b\r\n", sizeof(text));
	strlcpy(fill, text, sizeof(fill));
	strlcat(text, "\r\n", sizeof(text));
	ATF_CHECK_EQ(200, parse(text, &r));
	strlcat(fill, "a:b\r\n\r\n", sizeof(fill));
	ATF_CHECK_EQ(431, parse(fill, &r));
}

ATF_TC_WITHOUT_HEAD(query);
ATF_TC_BODY(query, tc)
{
	char	 text[] = "&&a=1+2&b%3d=%26=&c&&", bad[] = "a=%00",
		 half[] = "a=%2", *rest = text, *key, *value;

	ATF_CHECK_EQ(1, http_query_next(&rest, &key, &value));
	ATF_CHECK_STREQ("a", key);
	ATF_CHECK_STREQ("1 2", value);
	ATF_CHECK_EQ(1, http_query_next(&rest, &key, &value));
	ATF_CHECK_STREQ("b=", key);
	ATF_CHECK_STREQ("&=", value);
	ATF_CHECK_EQ(1, http_query_next(&rest, &key, &value));
	ATF_CHECK_STREQ("c", key);
	ATF_CHECK_STREQ("", value);
	ATF_CHECK_EQ(0, http_query_next(&rest, &key, &value));
	rest = bad;
	ATF_CHECK_EQ(-1, http_query_next(&rest, &key, &value));
	rest = half;
	ATF_CHECK_EQ(-1, http_query_next(&rest, &key, &value));
}

ATF_TC_WITHOUT_HEAD(host);
ATF_TC_BODY(host, tc)
{
	static const char *const	 good[] = { "localhost", "LocalHost:1",
		"127.0.0.1", "127.0.0.1:8123", "[::1]", "[::1]:8123",
		"192.0.2.7:80", "Ntp.Example.ORG", "ntp.example.org:443",
		"localhost:" };
	static const char *const	 bad[] = { "", ":80", "localhost.evil",
		"localhost:80:80", "localhost:x", "evil.example", "::1",
		"[::1", "[127.0.0.1]", "[]", "127.0.0.1.evil", "127.1",
		"[::1]x", "[localhost]", "ntp.example.or", "a@localhost" };
	size_t				 i;

	for (i = 0; i < NELEM(good); i++)
		ATF_CHECK_MSG(http_host_safe(good[i], "ntp.example.org"),
		    "%s", good[i]);
	for (i = 0; i < NELEM(bad); i++)
		ATF_CHECK_MSG(!http_host_safe(bad[i], "ntp.example.org"),
		    "%s", bad[i]);
	ATF_CHECK(!http_host_safe("ntp.example.org", ""));
	ATF_CHECK(!http_host_safe("", ""));
}

ATF_TC_WITHOUT_HEAD(accept_field);
ATF_TC_BODY(accept_field, tc)
{
	static const char	 om[] = "application/openmetrics-text";
	static const char	 prometheus[] =
		"application/openmetrics-text;version=1.0.0;q=0.5,"
		"application/openmetrics-text;version=0.0.1;q=0.4,"
		"text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

	ATF_CHECK_EQ(500, http_accept(prometheus, om, false));
	ATF_CHECK_EQ(300, http_accept(prometheus, "text/plain", false));
	ATF_CHECK_EQ(0, http_accept(prometheus, "text/html", false));
	ATF_CHECK_EQ(200, http_accept(prometheus, "text/html", true));
	ATF_CHECK_EQ(0, http_accept("", om, true));
	ATF_CHECK_EQ(1000, http_accept("Text/Plain", "text/plain", false));
	ATF_CHECK_EQ(0, http_accept("text/plainer", "text/plain", true));
	ATF_CHECK_EQ(125, http_accept("text/* ; q=0.125", "text/plain", true));
	ATF_CHECK_EQ(0, http_accept("text/plain;q=0, */*", "text/plain",
	    true));
	ATF_CHECK_EQ(1000, http_accept("a/b;q=1.0", "a/b", false));
	ATF_CHECK_EQ(0, http_accept("a/b;q=x", "a/b", false));
	ATF_CHECK_EQ(0, http_accept("a/b;q=0.", "a/b", false));
}

ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	ATF_CHECK_STREQ("Not Found", http_reason(404));
	ATF_CHECK_STREQ("Unknown", http_reason(299));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, good);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, query);
	ATF_TP_ADD_TC(tp, host);
	ATF_TP_ADD_TC(tp, accept_field);
	ATF_TP_ADD_TC(tp, reasons);
	return (atf_no_error());
}
