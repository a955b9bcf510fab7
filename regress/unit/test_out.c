/* SPDX-License-Identifier: ISC */
/* Text and JSON from one description (out.h), compared to the character. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "out.h"

typedef void	(*writer)(struct out *);

/* What a writer makes of it in a form; to be freed. */
static char *
written(writer w, enum out_form form)
{
	struct out	 o;
	size_t		 size;
	char		*buf, *copy;
	FILE		*f;

	f = open_memstream(&buf, &size);
	ATF_REQUIRE(f != NULL);
	out_begin(&o, f, form, "test", 7);
	w(&o);
	ATF_CHECK_EQ(0, out_end(&o));
	fclose(f);
	/* gcc takes what the stream allocated for a part of buf itself */
	ATF_REQUIRE((copy = strdup(buf)) != NULL);
	free(buf);
	return (copy);
}

static void
check_both(writer w, const char *text, const char *json)
{
	char	 expected[4096], *s;

	s = written(w, OUT_TEXT);
	ATF_CHECK_STREQ(text, s);
	free(s);
	s = written(w, OUT_JSON);
	snprintf(expected, sizeof(expected),
	    "{\"schema\": \"ntpsd/test/7\"%s}\n", json);
	ATF_CHECK_STREQ(expected, s);
	free(s);
}

static void
write_nothing(struct out *o)
{
	(void)o;
}

ATF_TC_WITHOUT_HEAD(nothing);
ATF_TC_BODY(nothing, tc)
{
	check_both(write_nothing, "", "");
}

static void
write_values(struct out *o)
{
	out_u64(o, "requests", 3);
	out_u64(o, "most", UINT64_MAX);
	out_i64(o, "least", INT64_MIN);
	out_bool(o, "is_on", true);
	out_bool(o, "is_off", false);
	out_str(o, "name", "engine 0");
	out_str(o, "none", NULL);
	out_str(o, "empty", "");
	out_real(o, "ratio", -0.125, 2);
	out_u64(o, "a_name_that_passes_the_column", 1);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	check_both(write_values,
	    "requests                3\n"
	    "most                    18446744073709551615\n"
	    "least                   -9223372036854775808\n"
	    "is on                   yes\n"
	    "is off                  no\n"
	    "name                    engine 0\n"
	    "none                    -\n"
	    "empty                   -\n"
	    "ratio                   -0.12\n"
	    "a name that passes the column  1\n",
	    ", \"requests\": 3, \"most\": 18446744073709551615"
	    ", \"least\": -9223372036854775808"
	    ", \"is_on\": true, \"is_off\": false"
	    ", \"name\": \"engine 0\", \"none\": null, \"empty\": \"\""
	    ", \"ratio\": -0.12, \"a_name_that_passes_the_column\": 1");
}

static void
write_not_numbers(struct out *o)
{
	out_real(o, "nan", NAN, 3);
	out_seconds(o, "inf", INFINITY);
	out_offset(o, "minus_inf", -INFINITY);
}

ATF_TC_WITHOUT_HEAD(not_numbers);
ATF_TC_BODY(not_numbers, tc)
{
	check_both(write_not_numbers,
	    "nan                     -\n"
	    "inf                     -\n"
	    "minus inf               -\n",
	    ", \"nan\": null, \"inf\": null, \"minus_inf\": null");
}

static void
write_spans(struct out *o)
{
	out_seconds(o, "a", 0);
	out_seconds(o, "b", 0.0000123);
	out_seconds(o, "c", 0.0123);
	out_seconds(o, "d", 12.3);
	out_seconds(o, "e", 59);
	out_seconds(o, "f", 61);
	out_seconds(o, "g", 3600);
	out_seconds(o, "h", 93784);
	out_seconds(o, "i", -0.5);
	out_seconds(o, "j", 0.9999999);
	out_seconds(o, "k", 0.00099999);
	out_seconds(o, "l", 1e300);
	out_offset(o, "m", 0.000001234);
	out_offset(o, "n", -1.5);
}

ATF_TC_WITHOUT_HEAD(spans);
ATF_TC_BODY(spans, tc)
{
	char	*s, *p;

	s = written(write_spans, OUT_TEXT);
	ATF_CHECK_STREQ(
	    "a                       0.000 s\n"
	    "b                       12.3 us\n"
	    "c                       12.300 ms\n"
	    "d                       12.300 s\n"
	    "e                       59.000 s\n"
	    "f                       1m 1s\n"
	    "g                       1h 0m 0s\n"
	    "h                       1d 2h 3m 4s\n"
	    "i                       -500.000 ms\n"
	    "j                       1.000 s\n"
	    "k                       1.000 ms\n"
	    "l                       1e+300 s\n"
	    "m                       +0.000001234 s\n"
	    "n                       -1.500000000 s\n", s);
	free(s);
	s = written(write_spans, OUT_JSON);
	ATF_CHECK(strstr(s, ", \"b\": 0.000012300, \"c\": 0.012300000,") !=
	    NULL);
	ATF_CHECK(strstr(s, ", \"h\": 93784.000000000,") != NULL);
	/* all of its 301 digits, and the rest comes behind */
	ATF_REQUIRE((p = strstr(s, ", \"l\": 1")) != NULL);
	ATF_CHECK_EQ(301, strspn(p + 7, "0123456789"));
	ATF_CHECK(strstr(s, ", \"m\": 0.000001234, \"n\": -1.500000000}\n")
	    != NULL);
	free(s);
}

static void
write_times(struct out *o)
{
	out_time(o, "never", 0);
	out_time(o, "first", 1);
	out_time(o, "era", UINT64_C(2085978496) * 1000000000 + 999999999);
	out_time(o, "last", UINT64_MAX);
}

ATF_TC_WITHOUT_HEAD(times);
ATF_TC_BODY(times, tc)
{
	check_both(write_times,
	    "never                   never\n"
	    "first                   1970-01-01T00:00:00.000Z\n"
	    "era                     2036-02-07T06:28:16.999Z\n"
	    "last                    2554-07-21T23:34:33.709Z\n",
	    ", \"never\": null"
	    ", \"first\": \"1970-01-01T00:00:00.000000001Z\""
	    ", \"era\": \"2036-02-07T06:28:16.999999999Z\""
	    ", \"last\": \"2554-07-21T23:34:33.709551615Z\"");
}

static void
write_strings(struct out *o)
{
	out_str(o, "quotes", "a\"b\\c");
	out_str(o, "control", "\n\t\r\033[2J\001\177");
	out_str(o, "utf8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\x90");
	out_str(o, "c1", "\xc2\x9b");
	out_str(o, "bare", "x\x80\xffy");
	out_str(o, "cut", "\xe2\x82");
	out_str(o, "overlong", "\xc0\xaf\xe0\x80\xaf");
	out_str(o, "surrogate", "\xed\xa0\x80");
	out_str(o, "beyond", "\xf4\x90\x80\x80");
	out_str(o, "last", "\xf4\x8f\xbf\xbf");
	out_str(o, "na\"me", "");
}

/* RFC 8259 7 and 8.1: escapes, and UTF-8 that is valid whatever came in. */
ATF_TC_WITHOUT_HEAD(json_strings);
ATF_TC_BODY(json_strings, tc)
{
	char	*s;

	s = written(write_strings, OUT_JSON);
	ATF_CHECK_STREQ("{\"schema\": \"ntpsd/test/7\""
	    ", \"quotes\": \"a\\\"b\\\\c\""
	    ", \"control\": \"\\n\\t\\u000d\\u001b[2J\\u0001\\u007f\""
	    ", \"utf8\": \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\x90\""
	    ", \"c1\": \"\\u009b\""
	    ", \"bare\": \"x\\ufffd\\ufffdy\""
	    ", \"cut\": \"\\ufffd\\ufffd\""
	    ", \"overlong\": \"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\""
	    ", \"surrogate\": \"\\ufffd\\ufffd\\ufffd\""
	    ", \"beyond\": \"\\ufffd\\ufffd\\ufffd\\ufffd\""
	    ", \"last\": \"\xf4\x8f\xbf\xbf\""
	    ", \"na\\\"me\": \"\"}\n", s);
	free(s);
}

/* Nothing that a terminal would act on, and never a second line. */
ATF_TC_WITHOUT_HEAD(text_strings);
ATF_TC_BODY(text_strings, tc)
{
	const unsigned char	*p;
	char			*s;
	int			 lines = 0;

	s = written(write_strings, OUT_TEXT);
	for (p = (const unsigned char *)s; *p != '\0'; p++) {
		if (*p == '\n')
			lines++;
		else
			ATF_CHECK_MSG(*p >= 0x20 && *p < 0x7f,
			    "octet %#x", *p);
	}
	ATF_CHECK_EQ(11, lines);
	ATF_CHECK(strstr(s, "\nbare                    x\\M^@\\M^?y\n") !=
	    NULL);
	free(s);
}

static void
write_table(struct out *o)
{
	out_u64(o, "before", 1);
	out_table(o, "my_table");
	out_row(o);
	out_str(o, "name", "engine 0");
	out_u64(o, "process_id", 12);
	out_str(o, "why", NULL);
	out_row_end(o);
	out_row(o);
	out_str(o, "name", "control");
	out_str(o, "process_id", NULL);
	out_str(o, "why", "it died");
	out_row_end(o);
	out_table_end(o);
	out_u64(o, "after", 2);
}

ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	check_both(write_table,
	    "before                  1\n"
	    "\n"
	    "my table:\n"
	    "name      process id  why\n"
	    "engine 0          12  -\n"
	    "control            -  it died\n"
	    "after                   2\n",
	    ", \"before\": 1, \"my_table\": ["
	    "{\"name\": \"engine 0\", \"process_id\": 12, \"why\": null}, "
	    "{\"name\": \"control\", \"process_id\": null, "
	    "\"why\": \"it died\"}], \"after\": 2");
}

static void
write_ragged(struct out *o)
{
	out_table(o, "rows");
	out_row(o);
	out_u64(o, "a", 1);
	out_u64(o, "b", 2);
	out_row_end(o);
	out_row(o);
	out_u64(o, "b", 4);
	out_u64(o, "c", 555);
	out_row_end(o);
	out_table_end(o);
	out_table(o, "none");
	out_table_end(o);
}

/* A cell goes below its name; a table that is all there is has no title. */
ATF_TC_WITHOUT_HEAD(ragged_table);
ATF_TC_BODY(ragged_table, tc)
{
	check_both(write_ragged,
	    "a  b    c\n"
	    "1  2    -\n"
	    "-  4  555\n"
	    "none                    none\n",
	    ", \"rows\": [{\"a\": 1, \"b\": 2}, {\"b\": 4, \"c\": 555}]"
	    ", \"none\": []");
}

static void
write_long(struct out *o)
{
	uint64_t	 i;

	out_table(o, "long");
	for (i = 0; i < OUT_ROWS_MAX + 3; i++) {
		out_row(o);
		out_u64(o, "i", i);
		out_row_end(o);
	}
	out_table_end(o);
}

/* A text table is bounded and says so; JSON goes out as it comes. */
ATF_TC_WITHOUT_HEAD(long_table);
ATF_TC_BODY(long_table, tc)
{
	char	*s;

	s = written(write_long, OUT_TEXT);
	ATF_CHECK(strstr(s, "\n3071\nand 3 more\n") != NULL);
	free(s);
	s = written(write_long, OUT_JSON);
	ATF_CHECK(strstr(s, "{\"i\": 3073}, {\"i\": 3074}]}\n") != NULL);
	free(s);
}

/* One column more than there is room for must not pass unnoticed. */
ATF_TC_WITHOUT_HEAD(too_many_columns);
ATF_TC_BODY(too_many_columns, tc)
{
	struct out	 o;
	size_t		 size;
	char		*buf, name[8];
	FILE		*f;
	int		 i;

	f = open_memstream(&buf, &size);
	ATF_REQUIRE(f != NULL);
	out_begin(&o, f, OUT_TEXT, "test", 1);
	out_table(&o, "wide");
	out_row(&o);
	for (i = 0; i <= OUT_CELLS_MAX; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		out_u64(&o, name, (uint64_t)i);
	}
	out_row_end(&o);
	out_table_end(&o);
	ATF_CHECK_EQ(-1, out_end(&o));
	fclose(f);
	ATF_CHECK(strstr(buf, "c15") != NULL);
	ATF_CHECK(strstr(buf, "c16") == NULL);
	free(buf);
}

ATF_TC_WITHOUT_HEAD(write_failure);
ATF_TC_BODY(write_failure, tc)
{
	struct out	 o;
	FILE		*f;

	/* a file opened for reading takes nothing */
	f = fopen("/dev/null", "r");
	ATF_REQUIRE(f != NULL);
	out_begin(&o, f, OUT_JSON, "test", 1);
	ATF_CHECK_EQ(-1, out_end(&o));
	fclose(f);
}

ATF_TC_WITHOUT_HEAD(printable);
ATF_TC_BODY(printable, tc)
{
	char	 buf[8];

	ATF_CHECK_STREQ("abc", out_printable(buf, sizeof(buf), "abc"));
	ATF_CHECK_STREQ("abcdefg", out_printable(buf, sizeof(buf),
	    "abcdefghi"));
	/* an escape is whole or not there */
	ATF_CHECK_STREQ("abcdef", out_printable(buf, sizeof(buf),
	    "abcdef\n"));
	ATF_CHECK_STREQ("abcde\\n", out_printable(buf, sizeof(buf),
	    "abcde\n"));
	ATF_CHECK_STREQ("", out_printable(buf, 1, "a"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing);
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, not_numbers);
	ATF_TP_ADD_TC(tp, spans);
	ATF_TP_ADD_TC(tp, times);
	ATF_TP_ADD_TC(tp, json_strings);
	ATF_TP_ADD_TC(tp, text_strings);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, ragged_table);
	ATF_TP_ADD_TC(tp, long_table);
	ATF_TP_ADD_TC(tp, too_many_columns);
	ATF_TP_ADD_TC(tp, write_failure);
	ATF_TP_ADD_TC(tp, printable);
	return (atf_no_error());
}
