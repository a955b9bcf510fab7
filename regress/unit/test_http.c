/* SPDX-License-Identifier: ISC */
/* Texts in requests of browsers. */
#include <string.h>

#include <atf-c.h>

#include "http.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

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

ATF_TC_WITHOUT_HEAD(decode);
ATF_TC_BODY(decode, tc)
{
	static const char *const	 bad[] = { "%", "%2", "%zz", "%2z",
		"%GG", "%!0", "%0!", "%1f", "%7F", "%0a", "\x7f", "\t" };
	char				 text[16], good[] = "%2F%af%Af+%20";
	size_t				 i;

	for (i = 0; i < NELEM(bad); i++) {
		strlcpy(text, bad[i], sizeof(text));
		ATF_CHECK_MSG(!http_decode(text, false), "%s", bad[i]);
	}
	ATF_CHECK(http_decode(good, false));
	ATF_CHECK_STREQ("/\xaf\xaf+ ", good);
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
	char				 name[257];
	size_t				 i;

	for (i = 0; i < NELEM(good); i++)
		ATF_CHECK_MSG(http_host_safe(good[i], "ntp.example.org"),
		    "%s", good[i]);
	for (i = 0; i < NELEM(bad); i++)
		ATF_CHECK_MSG(!http_host_safe(bad[i], "ntp.example.org"),
		    "%s", bad[i]);
	ATF_CHECK(!http_host_safe("ntp.example.org", ""));
	ATF_CHECK(!http_host_safe("", ""));
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ATF_CHECK(!http_host_safe(name, name));
	ATF_CHECK(http_host_safe(name + 1, name + 1));
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
	ATF_CHECK_EQ(0, http_accept("a/b;q=0", "a/b", false));
	ATF_CHECK_EQ(0, http_accept("a/b;q=05", "a/b", false));
	ATF_CHECK_EQ(500, http_accept("a/b;q=0.5x", "a/b", false));
	ATF_CHECK_EQ(500, http_accept("a/b; \tQ=0.5", "a/b", false));
	ATF_CHECK_EQ(500, http_accept("a/b;v=1;q=0.5;x", "a/b", false));
	/* parameters that are none */
	ATF_CHECK_EQ(1000, http_accept("a/b;", "a/b", false));
	ATF_CHECK_EQ(1000, http_accept("a/b; ", "a/b", false));
	ATF_CHECK_EQ(1000, http_accept("a/b;q", "a/b", false));
	ATF_CHECK_EQ(1000, http_accept("a/b;qs=0", "a/b", false));
	/* the best of several counts, in any order */
	ATF_CHECK_EQ(500, http_accept("a/b;q=0.5, a/b;q=0.3", "a/b", false));
	ATF_CHECK_EQ(500, http_accept("a/b;q=0.3, a/b;q=0.5", "a/b", false));
}

ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	ATF_CHECK_STREQ("Not Found", http_reason(404));
	ATF_CHECK_STREQ("Unknown", http_reason(299));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, query);
	ATF_TP_ADD_TC(tp, decode);
	ATF_TP_ADD_TC(tp, host);
	ATF_TP_ADD_TC(tp, accept_field);
	ATF_TP_ADD_TC(tp, reasons);
	return (atf_no_error());
}
