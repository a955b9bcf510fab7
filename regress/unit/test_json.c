/* SPDX-License-Identifier: ISC */
/* json.c: what is read, what is refused and where, and the bounds. */
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "json.h"

static struct json	 j;
static char		 err[JSON_ERR_MAX];

static void
good(const char *text)
{
	err[0] = '\0';
	ATF_REQUIRE_EQ_MSG(0, json_parse(&j, text, strlen(text), err,
	    sizeof(err)), "%s: %s", text, err);
}

static void
bad_len(const char *text, size_t len, const char *why)
{
	err[0] = '\0';
	ATF_CHECK_EQ_MSG(-1, json_parse(&j, text, len, err, sizeof(err)),
	    "%s", text);
	ATF_CHECK_MSG(strncmp(err, why, strlen(why)) == 0, "%s: %s, not %s",
	    text, err, why);
	ATF_CHECK_EQ(0, j.n);
}

static void
bad(const char *text, const char *why)
{
	bad_len(text, strlen(text), why);
}

static void
is(const char *name, enum json_kind kind, const char *text)
{
	const struct json_member	*m = json_find(&j, name);

	ATF_REQUIRE_MSG(m != NULL, "%s", name);
	ATF_CHECK_STREQ(name, m->name);
	ATF_CHECK_EQ_MSG(kind, m->kind, "%s", name);
	ATF_CHECK_STREQ(text, m->text);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	good(" {\t\"a\" : \"x y\",\r\n\"b\":17,\"c\":-0.5e+3 , \"d\": true,"
	    "\"e\":false, \"f\":null,\"g\":[\"1\", \"22\" ,\"\"],\"h\":[ ],"
	    "\"\":0}\n");
	ATF_CHECK_EQ(9, j.n);
	is("a", JSON_STRING, "x y");
	is("b", JSON_INTEGER, "17");
	is("c", JSON_REAL, "-0.5e+3");
	is("d", JSON_BOOL, "true");
	is("e", JSON_BOOL, "false");
	is("f", JSON_NULL, "");
	is("g", JSON_STRINGS, "1");
	ATF_CHECK_EQ(3, json_find(&j, "g")->n);
	ATF_CHECK_EQ(0, memcmp(json_find(&j, "g")->text, "1\00022\0", 6));
	is("h", JSON_STRINGS, "");
	ATF_CHECK_EQ(0, json_find(&j, "h")->n);
	is("", JSON_INTEGER, "0");
	ATF_CHECK(json_find(&j, "i") == NULL);
	good("{}");
	ATF_CHECK_EQ(0, j.n);
	good("{\"a\":1E5,\"b\":0.25,\"c\":-0,\"d\":10e-2}");
	is("a", JSON_REAL, "1E5");
	is("b", JSON_REAL, "0.25");
	is("c", JSON_INTEGER, "-0");
}

ATF_TC_WITHOUT_HEAD(characters);
ATF_TC_BODY(characters, tc)
{
	good("{\"\\u0061\\\"\\\\\\/\\b\\f\\n\\r\\t\": \"\\u00e9\\u20AC"
	    "\\ud83d\\ude00\303\251\342\202\254\360\237\230\200\177\"}");
	is("a\"\\/\b\f\n\r\t", JSON_STRING, "\303\251\342\202\254"
	    "\360\237\230\200\303\251\342\202\254\360\237\230\200\177");
	bad("{\"a\": \"\\x\"}", "octet 9: not an escape");
	bad("{\"a\": \"\\u12g4\"}", "octet 10: not an escape");
	bad("{\"a\": \"\\u12\"}", "octet 10: not an escape");
	bad("{\"a\": \"\\u", "octet 10: not an escape");
	bad("{\"a\": \"\\u0000\"}", "octet 14: a NUL");
	bad("{\"a\": \"\\ud800\"}", "octet 14: half a character");
	bad("{\"a\": \"\\ud800\\n\"}", "octet 14: half a character");
	bad("{\"a\": \"\\ud800\\u0041\"}", "octet 20: half a character");
	bad("{\"a\": \"\\udc00\"}", "octet 14: half a character");
	bad("{\"a\": \"\t\"}", "octet 8: a control character");
	bad("{\"a\": \"\n\"}", "octet 8: a control character");
	/* overlong, a surrogate, too large, cut, on its own */
	bad("{\"a\": \"\300\200\"}", "octet 8: not UTF-8");
	bad("{\"a\": \"\355\240\200\"}", "octet 8: not UTF-8");
	bad("{\"a\": \"\364\220\200\200\"}", "octet 8: not UTF-8");
	bad("{\"a\": \"\342\202\"}", "octet 8: not UTF-8");
	bad("{\"a\": \"\200\"}", "octet 8: not UTF-8");
	bad("{\"a\": \"\377\"}", "octet 8: not UTF-8");
	bad("{\"\300\200\": 1}", "octet 3: not UTF-8");
	bad("\357\273\277{}", "octet 1: not an object");
	bad_len("{\"a\0\": 1}", 9, "octet 4: a NUL");
	bad_len("{}\0", 3, "octet 3: a NUL");
}

ATF_TC_WITHOUT_HEAD(grammar);
ATF_TC_BODY(grammar, tc)
{
	bad("", "octet 1: not an object");
	bad("[]", "octet 1: not an object");
	bad("\"a\"", "octet 1: not an object");
	bad("null", "octet 1: not an object");
	bad("{", "octet 2: not a string");
	bad("{\"a\"", "octet 5: no value");
	bad("{\"a\":", "octet 6: not a value");
	bad("{\"a\":1", "octet 7: the object does not end");
	bad("{\"a\":1,}", "octet 8: not a string");
	bad("{,\"a\":1}", "octet 2: not a string");
	bad("{\"a\":1 \"b\":2}", "octet 8: the object does not end");
	bad("{\"a\":1}}", "octet 8: more behind");
	bad("{}{}", "octet 3: more behind");
	bad("{a:1}", "octet 2: not a string");
	bad("{'a':1}", "octet 2: not a string");
	bad("{1:1}", "octet 2: not a string");
	bad("{\"a\":\"", "octet 7: the string does not end");
	bad("{\"a", "octet 4: the string does not end");
	bad("{\"a\":1,\"b\":2,\"\\u0061\":3}", "octet 22: a name again");
	bad("{\"a\":{}}", "octet 6: not a value");
	bad("{\"a\":[1]}", "octet 7: not a string; allowed in an array");
	bad("{\"a\":[[]]}", "octet 7: not a string; allowed in an array");
	bad("{\"a\":[null]}", "octet 7: not a string; allowed in an array");
	bad("{\"a\":[\"b\",]}", "octet 11: not a string");
	bad("{\"a\":[\"b\"", "octet 10: the array does not end");
	bad("{\"a\":[\"b\" \"c\"]}", "octet 11: the array does not end");
	bad("{\"a\":/**/1}", "octet 6: not a value");
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static const char *const	 wrong[] = { "01", "-01", "+1", ".5",
					    "1.", "1.e5", "1e", "1e+", "-",
					    "0x10", "1_0", "Infinity", "NaN",
					    "--1", "1e5.5", "truE", "nul",
					    "1,5", "true1", "nullnull" };
	char				 text[64];
	size_t				 i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "{\"a\":%s}", wrong[i]);
		bad(text, "octet ");
	}
}

/* "{"n0": 0, … so many members, in at least so many octets */
static size_t
many(char *text, size_t size, unsigned int n, size_t len)
{
	size_t		 used = 0;
	unsigned int	 i;

	for (i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, size - used,
		    "%s\"n%u\":%u", i == 0 ? "{" : ",", i, i);
	while (used + 1 < len)
		text[used++] = ' ';
	text[used++] = '}';
	return (used);
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	char	 text[JSON_TEXT_MAX + 2];
	size_t	 len;

	len = many(text, sizeof(text), JSON_MEMBERS_MAX, 0);
	ATF_CHECK_EQ(0, json_parse(&j, text, len, err, sizeof(err)));
	ATF_CHECK_EQ(JSON_MEMBERS_MAX, j.n);
	is("n31", JSON_INTEGER, "31");
	len = many(text, sizeof(text), JSON_MEMBERS_MAX + 1, 0);
	bad_len(text, len, "octet 270: too many members; allowed: 32");
	len = many(text, sizeof(text), 1, JSON_TEXT_MAX);
	ATF_CHECK_EQ(JSON_TEXT_MAX, len);
	ATF_CHECK_EQ(0, json_parse(&j, text, len, err, sizeof(err)));
	len = many(text, sizeof(text), 1, JSON_TEXT_MAX + 1);
	bad_len(text, len, "4097 octets; allowed: 4096");
	/* one string that takes all the room */
	memset(text, 'x', sizeof(text));
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + JSON_TEXT_MAX - 2, "\"}", 2);
	ATF_CHECK_EQ(0, json_parse(&j, text, JSON_TEXT_MAX, err,
	    sizeof(err)));
	ATF_CHECK_EQ(JSON_TEXT_MAX - 8, strlen(json_find(&j, "a")->text));
	/* nor is a text that is cut anywhere read behind its end */
	for (len = 0; len < 40; len++)
		bad_len("{\"abc\":\"\\u00e9\\ud83d\\ude00\",\"d\":[\"e\"],"
		    "\"f\":null}", len, "octet ");
	/* an error is cut, too */
	ATF_CHECK_EQ(-1, json_parse(&j, "[", 1, err, 8));
	ATF_CHECK_STREQ("octet 1", err);
}

/* What an error calls a value: another word for each kind. */
ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	static const struct {
		const char	*text, *name;
	}		 kinds[] = {
		{ "{\"a\":null}", "null" },
		{ "{\"a\":false}", "true or false" },
		{ "{\"a\":-3}", "a whole number" },
		{ "{\"a\":3.5}", "a number" },
		{ "{\"a\":\"3\"}", "a string" },
		{ "{\"a\":[]}", "an array of strings" }
	};
	size_t		 i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		good(kinds[i].text);
		ATF_CHECK_STREQ(kinds[i].name,
		    json_kind_name(j.member[0].kind));
	}
}

ATF_TC_WITHOUT_HEAD(around_the_halves);
ATF_TC_BODY(around_the_halves, tc)
{
	bad("{\"a\":\"\\ud800\\ue000\"}", "octet 19: half");
	good("{\"a\":\"\\ue000\"}");
	is("a", JSON_STRING, "\xee\x80\x80");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, around_the_halves);
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, characters);
	ATF_TP_ADD_TC(tp, grammar);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}
