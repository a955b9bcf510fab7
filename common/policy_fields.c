/* SPDX-License-Identifier: ISC */
/* The fields of the policy's rules, to and from text: see policy_fields.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_fields.h"

#define DIGITS		"0123456789"
#define LOWER		"abcdefghijklmnopqrstuvwxyz"

static const char	out_of_range[] = "is out of range";

static const char *const actions[POLICY_NACTIONS] = {
	[POLICY_ALLOW] = "allow",
	[POLICY_DROP] = "drop",
	[POLICY_KOD_DENY] = "kod deny",
	[POLICY_KOD_RSTR] = "kod rstr",
	[POLICY_LIMIT] = "limit",
};

/* from, from_file, to */

static const char *
set_from(struct policy_rule *r, const char *text)
{
	return (prefix_parse(&r->from, text));
}

static void
format_from(const struct policy_rule *r, char *buf, size_t len)
{
	buf[0] = '\0';
	if (r->from_file[0] == '\0')
		prefix_format(&r->from, buf, len);
}

/* Printable, so that errors and logs can show it as it is. */
const char *
policy_path_check(const char *path)
{
	const char	*p;

	if (path[0] != '/')
		return ("is not an absolute path");
	for (p = path; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return ("has a character that is not printable ASCII");
	for (p = path; (p = strstr(p, "/..")) != NULL; p += 3)
		if (p[3] == '/' || p[3] == '\0')
			return ("goes up with `..'");
	return (NULL);
}

static const char *
set_from_file(struct policy_rule *r, const char *text)
{
	const char	*why;

	if (strlen(text) >= sizeof(r->from_file))
		return ("is too long");
	if ((why = policy_path_check(text)) != NULL)
		return (why);
	memset(r->from_file, 0, sizeof(r->from_file));
	memcpy(r->from_file, text, strlen(text));
	return (NULL);
}

static void
format_from_file(const struct policy_rule *r, char *buf, size_t len)
{
	strlcpy(buf, r->from_file, len);
}

static const char *
parse_port(uint16_t *port, const char *text)
{
	unsigned long	 n;

	if (text[0] < '1' || text[0] > '9' || strlen(text) > 5 ||
	    text[strspn(text, DIGITS)] != '\0' ||
	    (n = strtoul(text, NULL, 10)) > UINT16_MAX)
		return ("has a port that is not 1 to 65535");
	*port = (uint16_t)n;
	return (NULL);
}

/* A port is behind the one colon, or behind the bracket. */
static const char *
set_to(struct policy_rule *r, const char *text)
{
	char		 buf[PREFIX_STRLEN + sizeof("[]:65535")];
	char		*ip = buf, *port, *end;
	const char	*why;
	struct prefix	 p;
	uint16_t	 n = 0;

	if (strlcpy(buf, text, sizeof(buf)) >= sizeof(buf))
		return ("is too long");
	port = strchr(buf, ':');
	if (buf[0] == '[') {
		if ((end = strchr(buf, ']')) == NULL)
			return ("has no `]'");
		*end++ = '\0';
		ip++;
		if (*end != ':' && *end != '\0')
			return ("has more than a port behind the `]'");
		port = *end == ':' ? end : NULL;
	} else if (port != NULL && strchr(port + 1, ':') != NULL)
		port = NULL;
	if (port != NULL) {
		*port++ = '\0';
		if ((why = parse_port(&n, port)) != NULL)
			return (why);
	}
	if ((why = prefix_parse(&p, ip)) != NULL)
		return (why);
	if (buf[0] == '[' && (p.family != 6 || p.bits != 128))
		return ("has brackets around no IPv6 address");
	if (n != 0 && (p.family == 0 || p.bits != prefix_bits(p.family)))
		return ("has a port behind what is not a single address");
	r->to = p;
	r->to_port = n;
	return (NULL);
}

static void
format_to(const struct policy_rule *r, char *buf, size_t len)
{
	char	 ip[PREFIX_STRLEN];

	buf[0] = '\0';
	if (r->to.family == 0)
		return;
	prefix_format(&r->to, ip, sizeof(ip));
	if (r->to_port == 0)
		strlcpy(buf, ip, len);
	else
		snprintf(buf, len, r->to.family == 6 ? "[%s]:%u" : "%s:%u", ip,
		    r->to_port);
}

/* version and mode: "1" or "1,2" */

/* Single digits out of a set of allowed ones, as bits. */
static const char *
parse_digits(uint8_t *set, const char *s, unsigned int allowed)
{
	unsigned int	 bit, got = 0;

	for (;;) {
		s += strspn(s, " ");
		if (*s < '0' || *s > '7')
			return ("is not a number, or a list of them, that "
			    "there can be");
		bit = 1U << (*s++ - '0');
		if ((bit & allowed) == 0)
			return (out_of_range);
		if ((bit & got) != 0)
			return ("says a number twice");
		got |= bit;
		s += strspn(s, " ");
		if (*s == '\0')
			break;
		if (*s++ != ',')
			return ("is not numbers with commas between");
	}
	*set = (uint8_t)got;
	return (NULL);
}

static void
format_digits(unsigned int set, char *buf, size_t len)
{
	char		 digits[16];
	unsigned int	 i, n = 0;

	for (i = 0; i < 8; i++)
		if ((set & 1U << i) != 0) {
			digits[n++] = (char)('0' + i);
			digits[n++] = ',';
		}
	digits[n > 0 ? n - 1 : 0] = '\0';
	strlcpy(buf, digits, len);
}

static const char *
set_version(struct policy_rule *r, const char *text)
{
	return (parse_digits(&r->versions, text, POLICY_VERSIONS));
}

static void
format_version(const struct policy_rule *r, char *buf, size_t len)
{
	format_digits(r->versions, buf, len);
}

static const char *
set_mode(struct policy_rule *r, const char *text)
{
	return (parse_digits(&r->modes, text, POLICY_MODES));
}

static void
format_mode(const struct policy_rule *r, char *buf, size_t len)
{
	format_digits(r->modes, buf, len);
}

/* auth, action, reason */

static const char *
set_auth(struct policy_rule *r, const char *text)
{
	if (strcmp(text, "true") == 0)
		r->auth = POLICY_AUTH_ONLY;
	else if (strcmp(text, "false") == 0)
		r->auth = POLICY_AUTH_NEVER;
	else
		return ("is neither true nor false");
	return (NULL);
}

static void
format_auth(const struct policy_rule *r, char *buf, size_t len)
{
	strlcpy(buf, r->auth == POLICY_AUTH_ANY ? "" :
	    r->auth == POLICY_AUTH_ONLY ? "true" : "false", len);
}

static const char *
set_action(struct policy_rule *r, const char *text)
{
	uint8_t	 n;

	for (n = POLICY_NONE + 1; n < POLICY_NACTIONS; n++)
		if (strcmp(text, actions[n]) == 0) {
			r->action = n;
			return (NULL);
		}
	return ("is no action");
}

static void
format_action(const struct policy_rule *r, char *buf, size_t len)
{
	strlcpy(buf, r->action > POLICY_NONE && r->action < POLICY_NACTIONS ?
	    actions[r->action] : "", len);
}

const char *
policy_reason_check(const char *word)
{
	if (word[0] == '-')	/* an option, to a command it is given to */
		return ("starts with `-'");
	return (word[0] == '\0' || word[strspn(word, LOWER DIGITS "_-")] !=
	    '\0' ? "is not a word" : NULL);
}

static const char *
set_reason(struct policy_rule *r, const char *text)
{
	const char	*why;

	if (strlen(text) >= sizeof(r->reason))
		return ("is too long");
	if ((why = policy_reason_check(text)) != NULL)
		return (why);
	memset(r->reason, 0, sizeof(r->reason));
	memcpy(r->reason, text, strlen(text));
	return (NULL);
}

static void
format_reason(const struct policy_rule *r, char *buf, size_t len)
{
	strlcpy(buf, r->reason, len);
}

/* rate, burst */

/* Never -0, which memcmp(3) tells from 0. */
bool
policy_rate_ok(double rate)
{
	return (isfinite(rate) && !signbit(rate) && rate <= POLICY_RATE_MAX);
}

/* strtod(3) alone would take blanks, hexadecimals, "inf" and "nan". */
static const char *
set_rate(struct policy_rule *r, const char *text)
{
	char	*end;
	double	 rate;

	if (*text == '\0' || text[strspn(text, DIGITS ".eE+-")] != '\0')
		return ("is not a number");
	rate = strtod(text, &end);
	if (*end != '\0')
		return ("is not a number");
	if (!policy_rate_ok(rate))
		return (out_of_range);
	r->rate = rate;
	r->rated = 1;
	return (NULL);
}

/* The shortest text that reads back as the same value. */
static void
format_rate(const struct policy_rule *r, char *buf, size_t len)
{
	int	 digits;

	buf[0] = '\0';
	for (digits = 7; r->rated && digits <= 17; digits++) {
		snprintf(buf, len, "%.*g", digits, r->rate);
		if (strtod(buf, NULL) == r->rate)
			break;
	}
}

static const char *
set_burst(struct policy_rule *r, const char *text)
{
	unsigned long	 n;

	if (*text == '\0' || text[strspn(text, DIGITS)] != '\0')
		return ("is not a whole number");
	if (strlen(text) > 9 || (n = strtoul(text, NULL, 10)) < 1 ||
	    n > POLICY_BURST_MAX)
		return (out_of_range);
	r->burst = (uint32_t)n;
	return (NULL);
}

static void
format_burst(const struct policy_rule *r, char *buf, size_t len)
{
	buf[0] = '\0';
	if (r->burst != 0)
		snprintf(buf, len, "%u", r->burst);
}

const struct policy_field policy_fields[POLICY_NFIELDS] = {
	{ "from", "an IPv4 or IPv6 address or prefix, or any",
	    set_from, format_from },
	{ "from_file", "the absolute path of a file of prefixes, without `..'",
	    set_from_file, format_from_file },
	{ "to", "a local address, with an optional :port; a prefix; or any",
	    set_to, format_to },
	{ "version", "1 to 4, or a list of them",
	    set_version, format_version },
	{ "mode", "0, 1 or 3, or a list of them", set_mode, format_mode },
	{ "auth", "true (with a MAC) or false (without)",
	    set_auth, format_auth },
	{ "action", "allow, drop, kod deny, kod rstr or limit",
	    set_action, format_action },
	{ "reason", "1 to 15 of lower-case letters, digits, `_' and `-', "
	    "the first not `-'", set_reason, format_reason },
	{ "rate", "0 (no limit) to 1000000 requests a second, fractions too",
	    set_rate, format_rate },
	{ "burst", "1 to 255", set_burst, format_burst },
};
