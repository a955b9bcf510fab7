/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: any octets as a small JSON object.  What was read is within
 * its bounds, has each name once, and is the same again when it is written
 * down and read.  An error says where.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "json.h"
#include "utf8.h"

#define WRITTEN_MAX	(8 * JSON_TEXT_MAX)

static struct json	 j, again;
static char		 written[WRITTEN_MAX], err[JSON_ERR_MAX];
static size_t		 len;

static void
add(const char *p, size_t n)
{
	CHECK(len + n <= sizeof(written));
	memcpy(written + len, p, n);
	len += n;
}

/* As short as can be, or it would not fit again. */
static void
add_string(const char *s)
{
	const unsigned char	*p = (const unsigned char *)s;
	static const char	 names[] = "\"\\bfnrt";
	static const char	 stands[] = "\"\\\b\f\n\r\t";
	const char		*e;
	char			 escape[8];
	uint32_t		 c;
	size_t			 n;

	add("\"", 1);
	for (; *p != '\0'; p += n) {
		n = utf8_get(p, &c);
		CHECK(n > 0 && c > 0);
		if (c < 0x80 && (e = strchr(stands, (int)c)) != NULL) {
			escape[0] = '\\';
			escape[1] = names[e - stands];
			add(escape, 2);
		} else if (c < 0x20)
			add(escape, (size_t)snprintf(escape, sizeof(escape),
			    "\\u%04x", (unsigned int)c));
		else
			add((const char *)p, n);
	}
	add("\"", 1);
}

static void
add_member(const struct json_member *m)
{
	const char	*s = m->text;
	unsigned int	 i;

	if (len > 1)
		add(",", 1);
	add_string(m->name);
	add(":", 1);
	if (m->kind == JSON_STRING)
		add_string(s);
	else if (m->kind == JSON_NULL) {
		CHECK(*s == '\0');
		add("null", 4);
	} else if (m->kind == JSON_STRINGS) {
		add("[", 1);
		for (i = 0; i < m->n; i++, s += strlen(s) + 1) {
			if (i > 0)
				add(",", 1);
			add_string(s);
		}
		add("]", 1);
	} else
		add(s, strlen(s));
}

static bool
within(const char *p)
{
	return (p >= j.text && p < j.text + j.used &&
	    memchr(p, '\0', (size_t)(j.text + j.used - p)) != NULL);
}

static void
check_object(void)
{
	unsigned int	 i;

	CHECK(j.n <= JSON_MEMBERS_MAX && j.used <= sizeof(j.text));
	len = 0;
	add("{", 1);
	for (i = 0; i < j.n; i++) {
		CHECK(within(j.member[i].name) && within(j.member[i].text));
		CHECK(json_find(&j, j.member[i].name) == &j.member[i]);
		add_member(&j.member[i]);
	}
	add("}", 1);
	if (len > JSON_TEXT_MAX)
		return;
	CHECK(json_parse(&again, written, len, err, sizeof(err)) == 0);
	CHECK(again.n == j.n && again.used == j.used);
	CHECK(memcmp(again.text, j.text, j.used) == 0);
	for (i = 0; i < j.n; i++)
		CHECK(again.member[i].kind == j.member[i].kind &&
		    again.member[i].n == j.member[i].n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	err[0] = '\0';
	if (json_parse(&j, (const char *)data, size, err, sizeof(err)) == 0)
		check_object();
	else {
		CHECK(j.n == 0);
		CHECK(strncmp(err, "octet ", 6) == 0 || size > JSON_TEXT_MAX);
		CHECK(strlen(err) < sizeof(err) - 1);
	}
	return (0);
}
