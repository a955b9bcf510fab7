/* SPDX-License-Identifier: ISC */
/* A strict reader of small JSON objects: see json.h. */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

struct reader {
	struct json	*json;
	/* a NUL behind it, so that one octet can always be looked at */
	char		 text[JSON_TEXT_MAX + 1];
	const char	*p;
	char		*err;
	size_t		 errlen;
};

static int	fail(struct reader *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

/* An error at the octet that is next. */
static int
fail(struct reader *r, const char *fmt, ...)
{
	char	 what[JSON_ERR_MAX];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(r->err, r->errlen, "octet %zu: %s",
	    (size_t)(r->p - r->text) + 1, what);
	return (-1);
}

static void
skip_blanks(struct reader *r)
{
	r->p += strspn(r->p, " \t\n\r");
}

/* Whether that octet is next; it is taken. */
static bool
take(struct reader *r, char c)
{
	skip_blanks(r);
	if (*r->p != c)
		return (false);
	r->p++;
	return (true);
}

static bool
take_word(struct reader *r, const char *word)
{
	size_t	 len = strlen(word);

	if (strncmp(r->p, word, len) != 0)
		return (false);
	r->p += len;
	return (true);
}

/* To the object's text; it cannot be longer than what was read. */
static int
put(struct reader *r, const char *p, size_t len)
{
	struct json	*j = r->json;

	if (len > sizeof(j->text) - j->used)
		return (fail(r, "too long; allowed: %d octets in all",
		    JSON_TEXT_MAX));
	memcpy(j->text + j->used, p, len);
	j->used += len;
	return (0);
}

/* Four digits, -1 for what is none. */
static int32_t
read_hex4(struct reader *r)
{
	static const char	 digits[] = "0123456789abcdef0123456789ABCDEF";
	const char		*d;
	int32_t			 v = 0;
	unsigned int		 i;

	for (i = 0; i < 4; i++) {
		if (r->p[i] == '\0' || (d = strchr(digits, r->p[i])) == NULL)
			return (-1);
		v = v * 16 + (int32_t)((d - digits) % 16);
	}
	r->p += 4;
	return (v);
}

/* Behind "\u"; what is outside of the first 65536 comes as two of them. */
static int
read_unicode(struct reader *r)
{
	unsigned char	 out[UTF8_LEN_MAX];
	int32_t		 c, low;

	if ((c = read_hex4(r)) == -1)
		return (fail(r, "not an escape; allowed behind \\u: four "
		    "hexadecimal digits"));
	if (c == 0)
		return (fail(r, "a NUL; allowed: other characters"));
	if (c >= 0xd800 && c <= 0xdbff) {
		if (!take_word(r, "\\u") || (low = read_hex4(r)) < 0xdc00 ||
		    low > 0xdfff)
			return (fail(r, "half a character; allowed behind it: "
			    "\\udc00 to \\udfff"));
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c <= 0xdfff)
		return (fail(r, "half a character; allowed before it: \\ud800 "
		    "to \\udbff"));
	return (put(r, (const char *)out, utf8_put(out, (uint32_t)c)));
}

static int
read_escape(struct reader *r)
{
	static const char	 names[] = "\"\\/bfnrt";
	static const char	 stands[] = "\"\\/\b\f\n\r\t";
	const char		*e;

	if (take_word(r, "u"))
		return (read_unicode(r));
	if (*r->p == '\0' || (e = strchr(names, *r->p)) == NULL)
		return (fail(r, "not an escape; allowed: \\\" \\\\ \\/ \\b "
		    "\\f \\n \\r \\t \\u"));
	r->p++;
	return (put(r, &stands[e - names], 1));
}

/* Its characters and a NUL. */
static int
read_string(struct reader *r)
{
	uint32_t	 c;
	size_t		 n;

	if (!take(r, '"'))
		return (fail(r, "not a string; allowed: one in quotes"));
	while (!take_word(r, "\"")) {
		n = utf8_get((const unsigned char *)r->p, &c);
		if (*r->p == '\0')
			return (fail(r, "the string does not end"));
		if (n == 0)
			return (fail(r, "not UTF-8"));
		if (c < 0x20)
			return (fail(r, "a control character; allowed: as an "
			    "escape"));
		if (c == '\\') {
			r->p++;
			if (read_escape(r) == -1)
				return (-1);
		} else if (put(r, r->p, n) == -1)
			return (-1);
		else
			r->p += n;
	}
	return (put(r, "", 1));
}

static int
read_strings(struct reader *r, struct json_member *m)
{
	if (take(r, ']'))
		return (put(r, "", 1));
	do {
		skip_blanks(r);
		if (*r->p != '"')
			return (fail(r, "not a string; allowed in an array: "
			    "strings"));
		if (read_string(r) == -1)
			return (-1);
		m->n++;
	} while (take(r, ','));
	return (take(r, ']') ? 0 : fail(r, "the array does not end here; "
	    "allowed: , or ]"));
}

static size_t
digits(const char *p)
{
	return (strspn(p, "0123456789"));
}

/* RFC 8259 6; octets of the number at p, 0 if it is none. */
static size_t
number_len(const char *p, enum json_kind *kind)
{
	const char	*from = p;
	size_t		 n;

	*kind = JSON_INTEGER;
	p += *p == '-';
	if ((n = digits(p)) == 0 || (n > 1 && *p == '0'))
		return (0);
	p += n;
	if (*p == '.') {
		*kind = JSON_REAL;
		if ((n = digits(++p)) == 0)
			return (0);
		p += n;
	}
	if (*p == 'e' || *p == 'E') {
		*kind = JSON_REAL;
		p++;
		p += *p == '+' || *p == '-';
		if ((n = digits(p)) == 0)
			return (0);
		p += n;
	}
	return ((size_t)(p - from));
}

static int
read_number(struct reader *r, struct json_member *m)
{
	size_t	 n = number_len(r->p, &m->kind);

	if (n == 0)
		return (fail(r, "not a value; allowed: a string, a number, "
		    "true, false, null, an array of strings"));
	if (put(r, r->p, n) == -1)
		return (-1);
	r->p += n;
	return (put(r, "", 1));
}

static int
read_value(struct reader *r, struct json_member *m)
{
	skip_blanks(r);
	m->text = r->json->text + r->json->used;
	if (*r->p == '"') {
		m->kind = JSON_STRING;
		return (read_string(r));
	} else if (take_word(r, "[")) {
		m->kind = JSON_STRINGS;
		return (read_strings(r, m));
	} else if (take_word(r, "null")) {
		m->kind = JSON_NULL;
		return (put(r, "", 1));
	}
	m->kind = JSON_BOOL;
	if (take_word(r, "true"))
		return (put(r, "true", sizeof("true")));
	if (take_word(r, "false"))
		return (put(r, "false", sizeof("false")));
	return (read_number(r, m));
}

static int
read_member(struct reader *r)
{
	struct json		*j = r->json;
	struct json_member	*m;
	const char		*name = j->text + j->used;

	skip_blanks(r);
	if (j->n == JSON_MEMBERS_MAX)
		return (fail(r, "too many members; allowed: %d",
		    JSON_MEMBERS_MAX));
	if (read_string(r) == -1)
		return (-1);
	if (json_find(j, name) != NULL)
		return (fail(r, "a name again; allowed: each once"));
	if (!take(r, ':'))
		return (fail(r, "no value; allowed: : behind a name"));
	m = &j->member[j->n];
	m->name = name;
	if (read_value(r, m) == -1)
		return (-1);
	j->n++;
	return (0);
}

static int
read_object(struct reader *r)
{
	if (!take(r, '{'))
		return (fail(r, "not an object; allowed: {"));
	if (!take(r, '}')) {
		do {
			if (read_member(r) == -1)
				return (-1);
		} while (take(r, ','));
		if (!take(r, '}'))
			return (fail(r, "the object does not end here; "
			    "allowed: , or }"));
	}
	skip_blanks(r);
	return (*r->p == '\0' ? 0 : fail(r, "more behind the object"));
}

int
json_parse(struct json *j, const char *text, size_t len, char *err,
    size_t errlen)
{
	struct reader	 r;
	const char	*nul;

	memset(j, 0, sizeof(*j));
	r.json = j;
	r.p = r.text;
	r.err = err;
	r.errlen = errlen;
	if (len > JSON_TEXT_MAX) {
		snprintf(err, errlen, "%zu octets; allowed: %d", len,
		    JSON_TEXT_MAX);
		return (-1);
	}
	memcpy(r.text, text, len);
	r.text[len] = '\0';
	if ((nul = memchr(r.text, '\0', len)) != NULL) {
		r.p = nul;
		return (fail(&r, "a NUL; allowed: other characters"));
	}
	if (read_object(&r) == 0)
		return (0);
	memset(j, 0, sizeof(*j));
	return (-1);
}

const struct json_member *
json_find(const struct json *j, const char *name)
{
	unsigned int	 i;

	for (i = 0; i < j->n; i++)
		if (strcmp(j->member[i].name, name) == 0)
			return (&j->member[i]);
	return (NULL);
}

const char *
json_kind_name(enum json_kind kind)
{
	switch (kind) {
	case JSON_NULL:
		return ("null");
	case JSON_BOOL:
		return ("true or false");
	case JSON_INTEGER:
		return ("a whole number");
	case JSON_REAL:
		return ("a number");
	case JSON_STRING:
		return ("a string");
	case JSON_STRINGS:
		return ("an array of strings");
	}
	return ("nothing");
}
