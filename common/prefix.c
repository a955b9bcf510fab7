/* SPDX-License-Identifier: ISC */
/* Address prefixes and files of them: see prefix.h. */
#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf_types.h"
#include "prefix.h"

#define BLANKS		" \t"
#define BOM		"\357\273\277"	/* editors put it before UTF-8 */

static const char	no_prefix[] = "is not an address or prefix";

_Static_assert(sizeof(struct prefix) == 18, "a prefix has no padding");

unsigned int
prefix_bits(uint8_t family)
{
	switch (family) {
	case 4:
		return (32);
	case 6:
		return (128);
	default:
		return (0);
	}
}

static bool
zero_behind(const uint8_t *ip, size_t len, unsigned int bits)
{
	size_t	 i = bits / 8;

	if (i < len && (ip[i++] & 0xffU >> bits % 8) != 0)
		return (false);
	for (; i < len; i++)
		if (ip[i] != 0)
			return (false);
	return (true);
}

/*
 * The sockets are V6ONLY, so no packet comes from such an address: a rule
 * that names one would look as if it did something.
 */
static bool
is_mapped(const struct prefix *p)
{
	static const uint8_t	 prefix[12] = { [10] = 0xff, [11] = 0xff };

	return (p->family == 6 && p->bits >= 96 &&
	    memcmp(p->ip, prefix, sizeof(prefix)) == 0);
}

/* What is wrong with a prefix, whoever made it. */
static const char *
check(const struct prefix *p)
{
	unsigned int	 bits = prefix_bits(p->family);

	if ((bits == 0 && p->family != 0) || p->bits > bits)
		return (no_prefix);
	if (!zero_behind(p->ip, sizeof(p->ip), p->bits))
		return ("has bits set behind its length");
	return (is_mapped(p) ? "is an IPv4 address written as IPv6: such "
	    "packets count as IPv4" : NULL);
}

bool
prefix_valid(const struct prefix *p)
{
	return (check(p) == NULL);
}

/* Three digits at most, and no zero before them: "/024" is a mistake. */
static const char *
parse_bits(struct prefix *p, const char *s)
{
	unsigned int	 n = 0, i, bits = prefix_bits(p->family);

	for (i = 0; i < 3 && s[i] >= '0' && s[i] <= '9'; i++)
		n = n * 10 + (unsigned int)(s[i] - '0');
	if (i == 0 || s[i] != '\0' || (s[0] == '0' && i > 1) || n > bits)
		return (p->family == 4 ? "has a length that is not 0 to 32" :
		    "has a length that is not 0 to 128");
	p->bits = (uint8_t)n;
	return (NULL);
}

/* Some inet_pton(3) take "010", which others read as octal. */
static bool
is_ip4(const char *s, uint8_t *ip)
{
	const char	*octet;

	for (octet = s; octet != NULL; octet = strchr(octet, '.')) {
		octet += *octet == '.';
		if (octet[0] == '0' && octet[1] != '\0' && octet[1] != '.')
			return (false);
	}
	return (inet_pton(AF_INET, s, ip) == 1);
}

const char *
prefix_parse(struct prefix *p, const char *text)
{
	struct prefix	 r;
	char		 buf[PREFIX_STRLEN], *slash;
	const char	*why;

	memset(&r, 0, sizeof(r));
	if (strcmp(text, "any") == 0) {
		*p = r;
		return (NULL);
	}
	if (strlcpy(buf, text, sizeof(buf)) >= sizeof(buf))
		return (no_prefix);
	if ((slash = strchr(buf, '/')) != NULL)
		*slash++ = '\0';
	if (is_ip4(buf, r.ip))
		r.family = 4;
	else if (inet_pton(AF_INET6, buf, r.ip) == 1)
		r.family = 6;
	else
		return (strchr(buf, '%') != NULL ?
		    "has a scope, which prefixes are without" : no_prefix);
	r.bits = (uint8_t)prefix_bits(r.family);
	if (slash != NULL && (why = parse_bits(&r, slash)) != NULL)
		return (why);
	if ((why = check(&r)) != NULL)
		return (why);
	*p = r;
	return (NULL);
}

const char *
prefix_format(const struct prefix *p, char *buf, size_t len)
{
	char	 ip[INET6_ADDRSTRLEN];

	if (check(p) != NULL)
		strlcpy(buf, "-", len);
	else if (p->family == 0)
		strlcpy(buf, "any", len);
	else if (inet_ntop(p->family == 4 ? AF_INET : AF_INET6, p->ip, ip,
	    sizeof(ip)) == NULL)
		strlcpy(buf, "-", len);
	else if (p->bits == prefix_bits(p->family))
		strlcpy(buf, ip, len);
	else
		snprintf(buf, len, "%s/%u", ip, p->bits);
	return (buf);
}

bool
prefix_has(const struct prefix *p, uint8_t family, const uint8_t *ip)
{
	unsigned int	 whole = p->bits / 8, rest = p->bits % 8;

	if (p->family == 0)
		return (true);
	if (p->family != family || memcmp(p->ip, ip, whole) != 0)
		return (false);
	return (rest == 0 ||
	    ((p->ip[whole] ^ ip[whole]) & (0xff00U >> rest & 0xff)) == 0);
}

/* A file on its way through prefix_list_parse. */
struct list {
	const char	*name;
	const char	*line;		/* where the line at hand begins */
	unsigned int	 number;	/* of it */
	unsigned int	 n;		/* prefixes so far */
	prefix_list_fn	*add;
	void		*arg;
	char		*err;
	size_t		 errlen;
};

/* "name:line:column: `text' is wrong"; without the text if it is NULL. */
static int
fail(const struct list *l, const char *at, const char *text, size_t len,
    const char *what)
{
	char	 quoted[CONF_QUOTE_SIZE];

	conf_quote(quoted, sizeof(quoted), text == NULL ? "" : text, len);
	snprintf(l->err, l->errlen, "%s:%u:%zu: %s%s%s%s", l->name, l->number,
	    (size_t)(at - l->line) + 1, text == NULL ? "" : "`", quoted,
	    text == NULL ? "" : "' ", what);
	return (-1);
}

static size_t
span(const char *s, const char *end, const char *set)
{
	const char	*p;

	for (p = s; p < end && *p != '\0' && strchr(set, *p) != NULL; p++)
		continue;
	return ((size_t)(p - s));
}

/* What stands in a line before a blank or comment. */
static size_t
word(const char *s, const char *end)
{
	const char	*p;

	for (p = s; p < end && strchr(BLANKS "#", *p) == NULL; p++)
		continue;
	return ((size_t)(p - s));
}

static int
parse_line(struct list *l, const char *end)
{
	struct prefix	 p;
	char		 text[PREFIX_STRLEN];
	const char	*s, *why = no_prefix;
	size_t		 len;

	if ((s = memchr(l->line, '\0', (size_t)(end - l->line))) != NULL)
		return (fail(l, s, NULL, 0, "a NUL octet; this is not text"));
	s = l->line + span(l->line, end, BLANKS);
	if (s == end || *s == '#')
		return (0);
	if ((len = word(s, end)) < sizeof(text)) {
		memcpy(text, s, len);
		text[len] = '\0';
		why = prefix_parse(&p, text);
	}
	if (why != NULL)
		return (fail(l, s, s, len, why));
	if (l->n++ == PREFIX_LIST_MAX)
		return (fail(l, s, NULL, 0, "more than a million prefixes"));
	if (l->add(l->arg, &p) == -1)
		return (fail(l, s, s, len, strerror(errno)));
	s += len;
	s += span(s, end, BLANKS);
	if (s < end && *s != '#')
		return (fail(l, s, s, word(s, end),
		    "is more than the one prefix of a line"));
	return (0);
}

int
prefix_list_parse(const char *name, const char *buf, size_t len,
    prefix_list_fn *add, void *arg, char *err, size_t errlen)
{
	struct list	 l = { .name = name, .add = add, .arg = arg,
			    .err = err, .errlen = errlen };
	const char	*end, *eol, *next;

	if (len == 0)		/* buf may be NULL */
		return (0);
	end = buf + len;
	if (len >= strlen(BOM) && memcmp(buf, BOM, strlen(BOM)) == 0)
		buf += strlen(BOM);
	for (; buf < end; buf = next) {
		l.line = buf;
		l.number++;
		eol = memchr(buf, '\n', (size_t)(end - buf));
		next = eol == NULL ? end : eol + 1;
		if (eol == NULL)
			eol = end;
		if (eol > buf && eol[-1] == '\r')
			eol--;
		if (parse_line(&l, eol) == -1)
			return (-1);
	}
	return (0);
}
