/* SPDX-License-Identifier: ISC */
/* A file of symmetric keys: see keyfile.h. */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "keyfile.h"

#define TYPES		"MD5, SHA1, SHA256, AES128"
#define FIELDS		3		/* id, type, key */
#define ID_MAX		UINT32_MAX

/* Of a line, from `from' up to but without `to'. */
struct span {
	const char	*from, *to;
};

struct reader {
	struct span	 line;
	uint32_t	 number;		/* of the line, from 1 */
	struct mac_key	*keys;			/* sorted by id */
	unsigned int	 max, n;
	uint32_t	 lines[MAC_KEYS_MAX];	/* where each stands */
	uint32_t	 column;		/* of the error */
	char		*err;
	size_t		 errlen;
};

static const struct {
	const char	*name;
	enum mac_type	 type;
} types[] = {
	{ "MD5",	MAC_MD5 },
	{ "SHA1",	MAC_SHA1 },
	{ "SHA256",	MAC_SHA256 },
	{ "AES128",	MAC_AES128 }
};

static int	 fail(struct reader *, const char *, const char *, ...)
		    __attribute__((format(printf, 3, 4)));

/* An error at that octet of the line, or behind its last. */
static int
fail(struct reader *r, const char *at, const char *fmt, ...)
{
	const char	*p;
	va_list		 ap;

	/* a character of UTF-8, in a comment, is one column */
	r->column = 1;
	for (p = r->line.from; p < at; p++)
		if (((unsigned char)*p & 0xc0) != 0x80)
			r->column++;
	va_start(ap, fmt);
	vsnprintf(r->err, r->errlen, fmt, ap);
	va_end(ap);
	return (-1);
}

static bool
is_blank(char c)
{
	return (c == ' ' || c == '\t');
}

static size_t
span_len(const struct span *s)
{
	return ((size_t)(s->to - s->from));
}

/* Whether s starts with that text, whatever the case. */
static bool
span_starts(const struct span *s, const char *text)
{
	size_t	 len = strlen(text);

	return (span_len(s) >= len && strncasecmp(s->from, text, len) == 0);
}

/* 0 for what is no type. */
static uint8_t
type_of(const struct span *s)
{
	size_t	 i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_len(s) == strlen(types[i].name) &&
		    span_starts(s, types[i].name))
			return (types[i].type);
	return (0);
}

static int
read_id(struct reader *r, const struct span *s, uint32_t *id)
{
	uint64_t	 v = 0;
	const char	*p;

	for (p = s->from; p < s->to && *p >= '0' && *p <= '9'; p++)
		if ((v = v * 10 + (uint64_t)(*p - '0')) > ID_MAX)
			break;
	if (p < s->to || v == 0)
		return (fail(r, s->from, "not a key id; allowed: 1 to %u",
		    ID_MAX));
	*id = (uint32_t)v;
	return (0);
}

static int
check_len(struct reader *r, const struct span *s, const struct mac_key *key,
    size_t len)
{
	if (key->type == MAC_AES128 && len != MAC_AES128_LEN)
		return (fail(r, s->from, "an AES128 key of %zu octets; "
		    "allowed: %d", len, MAC_AES128_LEN));
	if (len == 0 || len > MAC_SECRET_MAX)
		return (fail(r, s->from, "a key of %zu octets; allowed: 1 to "
		    "%d", len, MAC_SECRET_MAX));
	return (0);
}

/* -1 for what is no digit. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (-1);
}

static int
read_hex(struct reader *r, const struct span *s, struct mac_key *key)
{
	size_t		 i, len = span_len(s) / 2;
	const char	*p;

	for (p = s->from; p < s->to; p++)
		if (hex_value(*p) == -1)
			return (fail(r, p, "not a hexadecimal digit; allowed: "
			    "0 to 9, A to F, a to f"));
	if (span_len(s) % 2 != 0)
		return (fail(r, s->from, "an odd number of hexadecimal "
		    "digits; allowed: two for each octet"));
	if (check_len(r, s, key, len) == -1)
		return (-1);
	for (i = 0; i < len; i++)
		key->secret[i] = (uint8_t)(hex_value(s->from[2 * i]) << 4 |
		    hex_value(s->from[2 * i + 1]));
	key->len = (uint8_t)len;
	return (0);
}

static int
read_text(struct reader *r, const struct span *s, struct mac_key *key)
{
	size_t	 len = span_len(s);

	if (check_len(r, s, key, len) == -1)
		return (-1);
	memcpy(key->secret, s->from, len);
	key->len = (uint8_t)len;
	return (0);
}

static int
read_secret(struct reader *r, const struct span *s, struct mac_key *key)
{
	struct span	 rest = *s;
	bool		 hex = span_starts(s, "HEX:");

	if (!hex && !span_starts(s, "ASCII:"))
		return (read_text(r, s, key));
	rest.from += strlen(hex ? "HEX:" : "ASCII:");
	/* for chrony, hex: is how a text begins */
	if (strncmp(s->from, hex ? "HEX:" : "ASCII:", span_len(s) -
	    span_len(&rest)) != 0)
		return (fail(r, s->from, "a prefix in small letters; "
		    "allowed: HEX: or ASCII:"));
	return (hex ? read_hex(r, &rest, key) : read_text(r, &rest, key));
}

/*
 * At its place, so that nothing is left to be sorted: qsort(3) may leave
 * copies of the keys in memory.
 */
static int
insert(struct reader *r, const struct span *id, const struct mac_key *key)
{
	unsigned int	 at = r->n;

	while (at > 0 && r->keys[at - 1].id > key->id)
		at--;
	if (at > 0 && r->keys[at - 1].id == key->id)
		return (fail(r, id->from, "the key id of line %u again; "
		    "allowed: each id once", r->lines[at - 1]));
	if (r->n == r->max)
		return (fail(r, id->from, "too many keys; allowed: %u",
		    r->max));
	memmove(&r->keys[at + 1], &r->keys[at],
	    (r->n - at) * sizeof(r->keys[0]));
	memmove(&r->lines[at + 1], &r->lines[at],
	    (r->n - at) * sizeof(r->lines[0]));
	r->keys[at] = *key;
	r->lines[at] = r->number;
	r->n++;
	return (0);
}

/* The next field from *p on, which is moved behind it; false for none. */
static bool
next_field(struct span *s, const char **p, const char *end)
{
	while (*p < end && is_blank(**p))
		(*p)++;
	s->from = *p;
	while (*p < end && !is_blank(**p))
		(*p)++;
	s->to = *p;
	return (s->from < s->to);
}

static int
read_key(struct reader *r, struct mac_key *key)
{
	struct span	 field[FIELDS], extra;
	const char	*p = r->line.from, *end = r->line.to;
	unsigned int	 n = 0;

	while (n < FIELDS && next_field(&field[n], &p, end))
		n++;
	if (read_id(r, &field[0], &key->id) == -1)
		return (-1);
	if (n == 1)
		return (fail(r, end, "no type and no key; allowed: id, type "
		    "and key"));
	if ((key->type = type_of(&field[1])) == 0 && n == 2)
		return (fail(r, field[1].from, "no type before the key; "
		    "allowed: " TYPES " (write MD5 if that is meant)"));
	if (key->type == 0)
		return (fail(r, field[1].from, "not a type of key; allowed: "
		    TYPES));
	if (n == 2)
		return (fail(r, end, "no key; allowed: id, type and key"));
	if (next_field(&extra, &p, end))
		return (fail(r, extra.from, "something after the key; "
		    "allowed: comments on a line of their own"));
	if (read_secret(r, &field[2], key) == -1)
		return (-1);
	return (insert(r, &field[0], key));
}

/* Comments may have any text, keys printable ASCII. */
static int
check_octets(struct reader *r, bool comment)
{
	const char	*p;
	unsigned char	 c;

	for (p = r->line.from; p < r->line.to; p++) {
		c = (unsigned char)*p;
		if (is_blank(*p) || (c > ' ' && c < 0x7f) ||
		    (comment && c >= 0x80))
			continue;
		return (fail(r, p, "%s; allowed: printable ASCII and blanks",
		    c == '\0' ? "a NUL" : c < 0x80 ? "a control character" :
		    "an octet that is not ASCII"));
	}
	return (0);
}

static int
read_line(struct reader *r)
{
	struct mac_key	 key;
	const char	*p = r->line.from, *end = r->line.to;
	bool		 comment;
	int		 ret;

	while (p < end && is_blank(*p))
		p++;
	if (p == end)
		return (0);
	comment = memchr("#%;!", *p, 4) != NULL;
	if (check_octets(r, comment) == -1)
		return (-1);
	if (comment)
		return (0);
	memset(&key, 0, sizeof(key));
	ret = read_key(r, &key);
	explicit_bzero(&key, sizeof(key));
	return (ret);
}

static int
read_lines(struct reader *r, const char *buf, size_t len)
{
	const char	*p = buf, *end = buf + len, *nl;

	r->line.from = r->line.to = buf;
	if (len > KEYFILE_MAX)
		return (fail(r, buf, "a file of %zu octets; allowed: up to "
		    "%d", len, KEYFILE_MAX));
	while (p < end) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		r->line.from = p;
		r->line.to = nl;
		if (nl > p && nl[-1] == '\r')
			r->line.to--;
		if (read_line(r) == -1)
			return (-1);
		r->number++;
		p = nl < end ? nl + 1 : end;
	}
	return (0);
}

int
keyfile_parse(const char *buf, size_t len, struct mac_key *keys,
    unsigned int max, unsigned int *n, uint32_t *line, uint32_t *column,
    char *err, size_t errlen)
{
	struct reader	 r;
	int		 ret;

	memset(&r, 0, sizeof(r));
	r.number = 1;
	r.keys = keys;
	r.max = max < MAC_KEYS_MAX ? max : MAC_KEYS_MAX;
	r.err = err;
	r.errlen = errlen;
	ret = read_lines(&r, len > 0 ? buf : "", len);
	if (ret == -1) {
		explicit_bzero(keys, r.max * sizeof(keys[0]));
		r.n = 0;
	}
	*n = r.n;
	*line = ret == -1 ? r.number : 0;
	*column = r.column;
	return (ret);
}
