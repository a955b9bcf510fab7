/* SPDX-License-Identifier: ISC */
/*
 * The text of a READ_MRU request: "name=value" items with commas between them,
 * from whoever may query.  Strict, without a look at the kernel or a locale.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <string.h>

#include "mode6_ask.h"

#define TAG_MAX		20	/* the longest name, "maxlstint=", and more */

static int	 get_number(uint32_t *, const char *);
static int	 get_hex(uint64_t *, const char *, size_t, size_t);
static int	 get_bits(uint32_t *, const char *);
static int	 get_ts(ntp_ts *, const char *);
static int	 get_addr(struct addr *, const char *);
static int	 get_nonce(struct mode6_ask *, const char *);
static int	 get_prior(struct mode6_ask *, const char *, const char *);
static int	 get_parameter(struct mode6_ask *, const char *,
		    const char *);
static bool	 next_item(const uint8_t **, const uint8_t *, char *,
		    size_t);

static int
get_number(uint32_t *n, const char *s)
{
	uint64_t	 v = 0;

	if (*s == '\0')
		return (-1);
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return (-1);
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX)
			return (-1);
	}
	*n = (uint32_t)v;
	return (0);
}

/* All of len octets, max of them at most. */
static int
get_hex(uint64_t *n, const char *s, size_t len, size_t max)
{
	static const char	 digits[] = "0123456789abcdef0123456789ABCDEF";
	const char		*digit;
	uint64_t		 v = 0;
	size_t			 i;

	if (len == 0 || len > max)
		return (-1);
	for (i = 0; i < len; i++) {
		if (s[i] == '\0' || (digit = strchr(digits, s[i])) == NULL)
			return (-1);
		v = v << 4 | (uint64_t)((digit - digits) & 15);
	}
	*n = v;
	return (0);
}

static int
get_bits(uint32_t *n, const char *s)
{
	uint64_t	 v;

	if (strncmp(s, "0x", 2) != 0 ||
	    get_hex(&v, s + 2, strlen(s + 2), 8) == -1)
		return (-1);
	*n = (uint32_t)v;
	return (0);
}

static int
get_ts(ntp_ts *ts, const char *s)
{
	uint64_t	 seconds, fraction;
	const char	*dot;

	if (strncmp(s, "0x", 2) != 0 || (dot = strchr(s, '.')) == NULL)
		return (-1);
	if (get_hex(&seconds, s + 2, (size_t)(dot - s) - 2, 8) == -1 ||
	    get_hex(&fraction, dot + 1, strlen(dot + 1), 8) == -1)
		return (-1);
	*ts = seconds << 32 | fraction;
	return (0);
}

/*
 * "192.0.2.1:123" or "[2001:db8::1%2]:123", port 0 too.  Not addr_parse, which
 * asks the kernel for the number of a scope's name.
 */
static int
get_addr(struct addr *a, const char *s)
{
	char		 ip[ADDR_STRLEN];
	const char	*port;
	uint32_t	 n = 0, scope = 0;
	size_t		 len;
	char		*p;

	memset(a, 0, sizeof(*a));
	a->family = *s == '[' ? AF_INET6 : AF_INET;
	if (*s == '[')
		s++;
	len = strcspn(s, a->family == AF_INET6 ? "]" : ":");
	if (len >= sizeof(ip))
		return (-1);
	memcpy(ip, s, len);
	ip[len] = '\0';
	port = s + len;
	if (a->family == AF_INET6 && *port++ != ']')
		return (-1);
	if (*port != '\0' && (*port != ':' ||
	    get_number(&n, port + 1) == -1 || n > UINT16_MAX))
		return (-1);
	if (a->family == AF_INET6 && (p = strchr(ip, '%')) != NULL) {
		*p = '\0';
		if (get_number(&scope, p + 1) == -1)
			return (-1);
	}
	a->port = (uint16_t)n;
	a->scope = scope;
	return (inet_pton(a->family, ip, a->ip) == 1 ? 0 : -1);
}

static int
get_nonce(struct mode6_ask *ask, const char *value)
{
	/* a nonce of another form is a bad nonce rather than a bad value */
	if (strlen(value) == MODE6_NONCE_DIGITS && get_hex(&ask->nonce, value,
	    MODE6_NONCE_DIGITS, MODE6_NONCE_DIGITS) == 0)
		ask->has_nonce = true;
	return (0);
}

/* "addr.N" and "last.N" */
static int
get_prior(struct mode6_ask *ask, const char *name, const char *value)
{
	struct mode6_prior	*prior;
	uint32_t	 n;

	if (get_number(&n, name + 5) == -1 || n >= MODE6_PRIORS)
		return (0);		/* more than we take notice of */
	prior = &ask->prior[n];
	if (*name == 'a') {
		prior->has_addr = true;
		return (get_addr(&prior->addr, value));
	}
	prior->has_last = true;
	return (get_ts(&prior->last, value));
}

/* What is not known, laddr for one, is ignored as ntpd does. */
static int
get_parameter(struct mode6_ask *ask, const char *name, const char *value)
{
	const struct {
		const char	*name;
		uint32_t	*n;
	} numbers[] = {
		{ "frags", &ask->frags }, { "limit", &ask->limit },
		{ "recent", &ask->recent }, { "mincount", &ask->mincount },
		{ "mindrop", &ask->mindrop },
		{ "maxlstint", &ask->maxlstint },
		{ "minlstint", &ask->minlstint }
	};
	size_t	 i;

	if (strcmp(name, "nonce") == 0)
		return (get_nonce(ask, value));
	if (strncmp(name, "addr.", 5) == 0 || strncmp(name, "last.", 5) == 0)
		return (get_prior(ask, name, value));
	if (strcmp(name, "resall") == 0)
		return (get_bits(&ask->resall, value));
	if (strcmp(name, "resany") == 0)
		return (get_bits(&ask->resany, value));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0)
			return (get_number(numbers[i].n, value));
	return (0);
}

/* Copies up to a comma, without blanks; false at the end of the data. */
static bool
next_item(const uint8_t **at, const uint8_t *end, char *buf, size_t size)
{
	const uint8_t	*p = *at;
	size_t		 n = 0;

	if (p == end)
		return (false);
	for (; p < end && *p != ','; p++)
		if (*p > ' ' && n < size - 1)
			buf[n++] = (char)*p;
	buf[n] = '\0';
	*at = p < end ? p + 1 : p;
	return (true);
}

void
mode6_ask_get(struct mode6_ask *ask, const uint8_t *data, size_t len)
{
	const uint8_t	*at = data;
	char		 buf[TAG_MAX + ADDR_STRLEN], *value;

	memset(ask, 0, sizeof(*ask));
	while (next_item(&at, data + len, buf, sizeof(buf))) {
		if ((value = strchr(buf, '=')) == NULL)
			continue;
		*value++ = '\0';
		if (get_parameter(ask, buf, value) == -1)
			ask->bad = true;
	}
}
