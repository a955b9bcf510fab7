/* SPDX-License-Identifier: ISC */
/*
 * The leap second list: see leap.h.  What the file looks like is told by its
 * own comments: "#$" the time of the last change, "#@" the time of expiry,
 * "#h" a SHA-1 over the digits of all numbers in their order, and lines of an
 * NTP time, the TAI offset from then on, and a comment.
 */
#include <sys/types.h>

#include <sha1.h>
#include <stdio.h>
#include <string.h>

#include "leap.h"
#include "ntp_packet.h"

#define DAY		86400
#define TIME_DIGITS	11
#define TAI_DIGITS	4
#define WORD_DIGITS	8
#define HASH_WORDS	5

/* The file while it is read; p moves along a line from start to end. */
struct reader {
	struct leap_table	*table;
	const char		*start, *p, *end;
	uint32_t		 line, hash_line;
	bool			 has_update, has_expiry;
	uint32_t		 hash[HASH_WORDS];
	SHA1_CTX		 sha1;
	char			*err;
	size_t			 errlen;
};

static int	 fail(struct reader *, const char *, const char *);
static int	 digit(char, unsigned int);
static bool	 blank(char);
static void	 skip_blanks(struct reader *);
static int	 number(struct reader *, int64_t *, int, const char *);
static int	 ntp_time(struct reader *, int64_t *);
static int	 end_of_line(struct reader *);
static int	 stamp_line(struct reader *, int64_t *, bool *, const char *);
static int	 hash_line(struct reader *);
static int	 entry_line(struct reader *);
static int	 read_line(struct reader *);
static int	 check_hash(struct reader *);
static int	 check_whole(struct reader *);
static bool	 time_ok(int64_t);
static bool	 entry_fits(const struct leap_table *, uint32_t);

static int
fail(struct reader *r, const char *at, const char *why)
{
	r->p = at;
	snprintf(r->err, r->errlen, "%s", why);
	return (-1);
}

/* The value of a digit, or -1. */
static int
digit(char c, unsigned int base)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (base == 16 && c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (base == 16 && c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

static bool
blank(char c)
{
	return (c == ' ' || c == '\t' || c == '\r');
}

static void
skip_blanks(struct reader *r)
{
	while (r->p < r->end && blank(*r->p))
		r->p++;
}

/* A decimal number, the digits of which the hash is made of. */
static int
number(struct reader *r, int64_t *v, int most, const char *allowed)
{
	const char	*from;

	skip_blanks(r);
	from = r->p;
	*v = 0;
	while (r->p < r->end && digit(*r->p, 10) != -1 && r->p - from < most)
		*v = *v * 10 + digit(*r->p++, 10);
	if (r->p == from || (r->p < r->end && !blank(*r->p) && *r->p != '#'))
		return (fail(r, from, allowed));
	SHA1Update(&r->sha1, (const uint8_t *)from, (size_t)(r->p - from));
	return (0);
}

static int
ntp_time(struct reader *r, int64_t *v)
{
	if (number(r, v, TIME_DIGITS, "this is not a time; allowed: seconds "
	    "since 1900, of 1 to 11 digits") == -1)
		return (-1);
	*v -= NTP_UNIX_OFFSET;
	return (0);
}

static int
end_of_line(struct reader *r)
{
	skip_blanks(r);
	if (r->p < r->end && *r->p != '#')
		return (fail(r, r->p, "there is more on the line; allowed: "
		    "the end of the line, or a comment after `#'"));
	return (0);
}

/* "#$" and "#@" */
static int
stamp_line(struct reader *r, int64_t *v, bool *has, const char *twice)
{
	if (*has)
		return (fail(r, r->p, twice));
	*has = true;
	r->p += 2;
	if (ntp_time(r, v) == -1)
		return (-1);
	return (end_of_line(r));
}

/* "#h"; the hash stands at the end, but nothing asks for that */
static int
hash_line(struct reader *r)
{
	const char	*from;
	int		 i;

	if (r->hash_line != 0)
		return (fail(r, r->p, "a second hash; allowed: one `#h'"));
	r->hash_line = r->line;
	r->p += 2;
	for (i = 0; i < HASH_WORDS; i++) {
		skip_blanks(r);
		from = r->p;
		while (r->p < r->end && digit(*r->p, 16) != -1 &&
		    r->p - from < WORD_DIGITS)
			r->hash[i] = r->hash[i] << 4 |
			    (uint32_t)digit(*r->p++, 16);
		if (r->p == from || (r->p < r->end && !blank(*r->p)))
			return (fail(r, from, "this is no word of a hash; "
			    "allowed: five of 1 to 8 hexadecimal digits"));
	}
	return (end_of_line(r));
}

static int
entry_line(struct reader *r)
{
	struct leap_table	*t = r->table;
	const char		*from = r->p;
	int64_t			 tai;

	if (t->n == LEAP_MAX)
		return (fail(r, from, "one entry too many; allowed: 128"));
	if (ntp_time(r, &t->entry[t->n].at) == -1 ||
	    number(r, &tai, TAI_DIGITS, "this is not an offset; allowed: "
	    "seconds, of 1 to 4 digits") == -1)
		return (-1);
	t->entry[t->n].tai = (int32_t)tai;
	if (!entry_fits(t, t->n))
		return (fail(r, from, "this entry does not fit; allowed: a "
		    "later time than the one before, 00:00:00 on the first of "
		    "a month, and an offset that differs by 1"));
	t->n++;
	return (end_of_line(r));
}

static int
read_line(struct reader *r)
{
	size_t	 len;

	skip_blanks(r);
	if (r->p == r->end)
		return (0);
	if (*r->p != '#')
		return (entry_line(r));
	len = (size_t)(r->end - r->p);
	if (len >= 2 && r->p[1] == '$')
		return (stamp_line(r, &r->table->updated, &r->has_update,
		    "a second time of change; allowed: one `#$'"));
	if (len >= 2 && r->p[1] == '@')
		return (stamp_line(r, &r->table->expires, &r->has_expiry,
		    "a second time of expiry; allowed: one `#@'"));
	/* other comments begin with an h, too */
	if (len >= 2 && r->p[1] == 'h' && (len == 2 || blank(r->p[2])))
		return (hash_line(r));
	return (0);
}

static int
check_hash(struct reader *r)
{
	uint8_t	 digest[SHA1_DIGEST_LENGTH];
	int	 i;

	if (r->hash_line == 0)
		return (0);
	SHA1Final(digest, &r->sha1);
	for (i = 0; i < HASH_WORDS; i++)
		if (ntp_get32(digest + 4 * i) != r->hash[i]) {
			r->line = r->hash_line;
			return (fail(r, r->start, "the hash is not that of "
			    "the numbers in this file; allowed: an unchanged "
			    "copy of the list"));
		}
	return (0);
}

static int
check_whole(struct reader *r)
{
	r->line = 0;
	if (!r->has_expiry)
		return (fail(r, NULL, "the file does not say when it expires; "
		    "allowed: one line of `#@' and a time"));
	if (r->table->n == 0)
		return (fail(r, NULL, "the file has no entries; allowed: "
		    "1 to 128"));
	if (r->has_update && r->table->updated > r->table->expires)
		return (fail(r, NULL, "the file expires before it was "
		    "changed; allowed: a `#@' after `#$'"));
	r->start = r->p = NULL;
	return (check_hash(r));
}

int
leap_parse(const char *buf, size_t len, struct leap_table *table,
    uint32_t *line, uint32_t *column, char *err, size_t errlen)
{
	struct reader	 r;
	size_t		 pos;
	int		 ret = -1;

	memset(&r, 0, sizeof(r));
	memset(table, 0, sizeof(*table));
	r.table = table;
	r.err = err;
	r.errlen = errlen;
	SHA1Init(&r.sha1);
	if (len > LEAP_FILE_MAX) {
		fail(&r, NULL, "the file is too long; allowed: 64K");
		goto done;
	}
	for (pos = 0; pos < len; pos += (size_t)(r.end - r.start) + 1) {
		r.line++;
		r.start = r.p = buf + pos;
		r.end = memchr(r.start, '\n', len - pos);
		if (r.end == NULL)
			r.end = buf + len;
		if (read_line(&r) == -1)
			goto done;
	}
	ret = check_whole(&r);
done:
	*line = r.line;
	*column = r.line == 0 ? 0 : (uint32_t)(r.p - r.start) + 1;
	if (ret == -1)
		memset(table, 0, sizeof(*table));
	return (ret);
}

static bool
time_ok(int64_t t)
{
	return (t >= -LEAP_TIME_MAX && t <= LEAP_TIME_MAX);
}

/* Whether an entry is good, and may follow the one before. */
static bool
entry_fits(const struct leap_table *t, uint32_t i)
{
	int64_t	 at = t->entry[i].at, delta;

	if (!time_ok(at) || at % DAY != 0 || !leap_first_of_month(at / DAY))
		return (false);
	if (i == 0)
		return (true);
	delta = (int64_t)t->entry[i].tai - t->entry[i - 1].tai;
	return (at > t->entry[i - 1].at && (delta == 1 || delta == -1));
}

int
leap_table_check(const struct leap_table *t)
{
	uint32_t	 i;

	if (t->n == 0 || t->n > LEAP_MAX || !time_ok(t->expires) ||
	    !time_ok(t->updated))
		return (-1);
	for (i = 0; i < t->n; i++)
		if (!entry_fits(t, i))
			return (-1);
	return (0);
}

bool
leap_next(const struct leap_table *t, int64_t now, int64_t *at, int *delta)
{
	uint32_t	 i;

	for (i = 1; i < t->n; i++)
		if (t->entry[i].at > now) {
			*at = t->entry[i].at;
			*delta = t->entry[i].tai - t->entry[i - 1].tai;
			return (true);
		}
	return (false);
}

bool
leap_last(const struct leap_table *t, int64_t now, int64_t *at, int *delta)
{
	uint32_t	 i;

	for (i = t->n; i > 1; i--)
		if (t->entry[i - 1].at <= now) {
			*at = t->entry[i - 1].at;
			*delta = t->entry[i - 1].tai - t->entry[i - 2].tai;
			return (true);
		}
	return (false);
}

uint8_t
leap_pending(const struct leap_table *t, int64_t now)
{
	int64_t	 at;
	int	 delta;

	if (!leap_next(t, now, &at, &delta) || now < at - DAY)
		return (NTP_LEAP_NONE);
	return (delta > 0 ? NTP_LEAP_INSERT : NTP_LEAP_DELETE);
}

int
leap_tai(const struct leap_table *t, int64_t now, bool *valid)
{
	uint32_t	 i;

	*valid = false;
	if (leap_expired(t, now))
		return (0);
	for (i = t->n; i > 0; i--)
		if (t->entry[i - 1].at <= now) {
			*valid = true;
			return (t->entry[i - 1].tai);
		}
	return (0);
}

bool
leap_expired(const struct leap_table *t, int64_t now)
{
	return (now >= t->expires);
}

/* gmtime(3) would read the time zone's files: a locked-in process can't. */
bool
leap_first_of_month(int64_t day)
{
	/* First days of the months of a year that begins with March */
	static const int16_t	 firsts[] = { 0, 31, 61, 92, 122, 153, 184,
				    214, 245, 275, 306, 337 };
	int64_t			 n;
	size_t			 i;

	day = (day % 146097 - 11017) % 146097;	/* 2000-03-01; 400 years */
	if (day < 0)
		day += 146097;
	n = day / 36524;		/* centuries, the fourth a day longer */
	day -= (n < 3 ? n : 3) * 36524;
	day %= 1461;			/* four years */
	n = day / 365;			/* the fourth a day longer */
	day -= (n < 3 ? n : 3) * 365;
	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
		if (day == firsts[i])
			return (true);
	return (false);
}
