/* SPDX-License-Identifier: ISC */
/*
 * Addresses and what `listen` may name, to and from text and sockaddr.
 * Pure but for one thing: a scope that is written as a name ("%eth0") is
 * looked up with if_nametoindex(3), which asks the kernel.  A number is not,
 * and addr_format writes nothing but numbers.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

#define DIGITS		"0123456789"
#define IFNAME_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"			\
			"abcdefghijklmnopqrstuvwxyz" DIGITS "._@-"

static int
invalid(void)
{
	errno = EINVAL;
	return (-1);
}

static size_t
ip_len(const struct addr *a)
{
	switch (a->family) {
	case AF_INET:
		return (4);
	case AF_INET6:
		return (16);
	default:
		return (0);
	}
}

/*
 * The sockets are V6ONLY: a mapped address would be a second name for an
 * IPv4 one, and pass rules and limits that know it by the first.
 */
static bool
is_mapped(const struct addr *a)
{
	static const uint8_t	 prefix[12] = { [10] = 0xff, [11] = 0xff };

	return (a->family == AF_INET6 &&
	    memcmp(a->ip, prefix, sizeof(prefix)) == 0);
}

int
addr_from_sockaddr(struct addr *a, const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;
	struct addr		 r;

	memset(&r, 0, sizeof(r));
	if (len >= sizeof(sin) && sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		r.family = AF_INET;
		r.port = ntohs(sin.sin_port);
		memcpy(r.ip, &sin.sin_addr, 4);
	} else if (len >= sizeof(sin6) && sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		r.family = AF_INET6;
		r.port = ntohs(sin6.sin6_port);
		r.scope = sin6.sin6_scope_id;
		memcpy(r.ip, &sin6.sin6_addr, 16);
	} else
		return (invalid());
	if (is_mapped(&r))
		return (invalid());
	*a = r;
	return (0);
}

/* The length of the sockaddr, 0 for an address without a family. */
socklen_t
addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	memset(ss, 0, sizeof(*ss));
	switch (a->family) {
	case AF_INET:
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_port = htons(a->port);
		memcpy(&sin.sin_addr, a->ip, 4);
		memcpy(ss, &sin, sizeof(sin));
		return (sizeof(sin));
	case AF_INET6:
		memset(&sin6, 0, sizeof(sin6));
		sin6.sin6_family = AF_INET6;
		sin6.sin6_port = htons(a->port);
		sin6.sin6_scope_id = a->scope;
		memcpy(&sin6.sin6_addr, a->ip, 16);
		memcpy(ss, &sin6, sizeof(sin6));
		return (sizeof(sin6));
	default:
		return (0);
	}
}

/* strtonum(3) takes blanks and signs; an address has neither. */
static int
parse_number(const char *s, long long max, uint32_t *n)
{
	const char	*errstr;
	long long	 v;

	if (*s == '\0' || s[strspn(s, DIGITS)] != '\0')
		return (invalid());
	v = strtonum(s, 1, max, &errstr);
	if (errstr != NULL)
		return (invalid());
	*n = (uint32_t)v;
	return (0);
}

static int
parse_port(const char *s, uint16_t *port)
{
	uint32_t	 n;

	if (parse_number(s, 65535, &n) == -1)
		return (-1);
	*port = (uint16_t)n;
	return (0);
}

static int
parse_ip6(struct addr *a, char *s)
{
	char	*scope;

	if ((scope = strchr(s, '%')) != NULL)
		*scope++ = '\0';
	if (inet_pton(AF_INET6, s, a->ip) != 1)
		return (invalid());
	a->family = AF_INET6;
	if (is_mapped(a))
		return (invalid());
	if (scope == NULL)
		return (0);
	/* The kernel takes no notice of a scope elsewhere: a second name. */
	if (!addr_is_linklocal(a))
		return (invalid());
	if (*scope != '\0' && scope[strspn(scope, DIGITS)] == '\0')
		return (parse_number(scope, UINT_MAX, &a->scope));
	if ((a->scope = if_nametoindex(scope)) == 0)
		return (invalid());
	return (0);
}

/* "[" address "]" and an optional port, the first bracket being gone. */
static int
parse_bracketed(struct addr *a, char *s)
{
	char	*end;

	if ((end = strchr(s, ']')) == NULL)
		return (invalid());
	*end++ = '\0';
	if (*end == ':') {
		if (parse_port(end + 1, &a->port) == -1)
			return (-1);
	} else if (*end != '\0')
		return (invalid());
	return (parse_ip6(a, s));
}

static int
parse_ip4(struct addr *a, char *s)
{
	char	*port;

	if ((port = strchr(s, ':')) != NULL) {
		*port++ = '\0';
		if (parse_port(port, &a->port) == -1)
			return (-1);
	}
	a->family = AF_INET;
	if (inet_pton(AF_INET, s, a->ip) != 1)
		return (invalid());
	return (0);
}

/*
 * "192.0.2.1", "192.0.2.1:123", "::1", "[::1]", "[fe80::1%2]:123"; port is
 * for an address that has none.  -1 with EINVAL, *a as it was.
 */
int
addr_parse(struct addr *a, const char *text, uint16_t port)
{
	char		 buf[ADDR_STRLEN];
	struct addr	 r;
	char		*colon;
	int		 ret;

	if (strlcpy(buf, text, sizeof(buf)) >= sizeof(buf))
		return (invalid());
	memset(&r, 0, sizeof(r));
	r.port = port;
	colon = strchr(buf, ':');
	if (buf[0] == '[')
		ret = parse_bracketed(&r, buf + 1);
	else if (colon != NULL && strchr(colon + 1, ':') != NULL)
		ret = parse_ip6(&r, buf);
	else
		ret = parse_ip4(&r, buf);
	if (ret == -1)
		return (-1);
	*a = r;
	return (0);
}

/* "-" for an address without a family. */
const char *
addr_format(const struct addr *a, char *buf, size_t len)
{
	char	 ip[INET6_ADDRSTRLEN], scope[12] = "";

	if (ip_len(a) == 0 ||
	    inet_ntop(a->family, a->ip, ip, sizeof(ip)) == NULL) {
		strlcpy(buf, "-", len);
		return (buf);
	}
	if (a->scope != 0)
		snprintf(scope, sizeof(scope), "%%%u", a->scope);
	if (a->family == AF_INET)
		snprintf(buf, len, "%s:%u", ip, a->port);
	else
		snprintf(buf, len, "[%s%s]:%u", ip, scope, a->port);
	return (buf);
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return (a->family == b->family && a->port == b->port &&
	    a->scope == b->scope && memcmp(a->ip, b->ip, ip_len(a)) == 0);
}

bool
addr_is_wildcard(const struct addr *a)
{
	static const uint8_t	 zero[16];

	return (ip_len(a) != 0 && memcmp(a->ip, zero, ip_len(a)) == 0);
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t	 one[16] = { [15] = 1 };

	if (a->family == AF_INET)
		return (a->ip[0] == 127);
	return (a->family == AF_INET6 && memcmp(a->ip, one, 16) == 0);
}

bool
addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return ((a->ip[0] & 0xf0) == 0xe0);
	return (a->family == AF_INET6 && a->ip[0] == 0xff);
}

bool
addr_is_linklocal(const struct addr *a)
{
	if (a->family == AF_INET)
		return (a->ip[0] == 169 && a->ip[1] == 254);
	return (a->family == AF_INET6 && a->ip[0] == 0xfe &&
	    (a->ip[1] & 0xc0) == 0x80);
}

/* Not reached from the internet at large (RFC 1918, 4193, 6598). */
bool
addr_is_private(const struct addr *a)
{
	const uint8_t	*ip = a->ip;

	if (addr_is_loopback(a) || addr_is_linklocal(a))
		return (true);
	if (a->family == AF_INET)
		return (ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
		    (ip[0] == 192 && ip[1] == 168) ||
		    (ip[0] == 100 && (ip[1] & 0xc0) == 64));
	return (a->family == AF_INET6 && (ip[0] & 0xfe) == 0xfc);
}

static bool
is_broadcast(const struct addr *a)
{
	static const uint8_t	 ones[4] = { 255, 255, 255, 255 };

	return (a->family == AF_INET && memcmp(a->ip, ones, 4) == 0);
}

/* "1.2.3" is a mistyped address rather than an interface. */
static bool
is_ifname(const char *s)
{
	size_t	 len = strlen(s);

	return (len > 0 && len < ADDR_IFNAMSIZ && *s != '-' && *s != '.' &&
	    s[strspn(s, IFNAME_CHARS)] == '\0' &&
	    s[strspn(s, DIGITS ".")] != '\0');
}

static int
parse_interface(struct listen_spec *spec, const char *text, uint16_t port)
{
	char	 name[ADDR_IFNAMSIZ + 6];	/* ":65535" */
	char	*colon;

	if (strlcpy(name, text, sizeof(name)) >= sizeof(name))
		return (invalid());
	spec->addr.port = port;
	if ((colon = strrchr(name, ':')) != NULL) {
		*colon++ = '\0';
		if (parse_port(colon, &spec->addr.port) == -1)
			return (-1);
	}
	if (!is_ifname(name))
		return (invalid());
	strlcpy(spec->ifname, name, sizeof(spec->ifname));
	return (0);
}

/*
 * An address as addr_parse takes it, or an interface with an optional port
 * ("eth0", "eth0:1123").  -1 with EINVAL, *spec as it was.
 */
int
listen_spec_parse(struct listen_spec *spec, const char *text, uint16_t port)
{
	struct listen_spec	 r;

	memset(&r, 0, sizeof(r));
	if (addr_parse(&r.addr, text, port) == 0) {
		if (addr_is_multicast(&r.addr) || is_broadcast(&r.addr))
			return (invalid());
	} else if (parse_interface(&r, text, port) == -1)
		return (-1);
	*spec = r;
	return (0);
}

const char *
listen_spec_format(const struct listen_spec *spec, char *buf, size_t len)
{
	if (spec->ifname[0] == '\0')
		return (addr_format(&spec->addr, buf, len));
	snprintf(buf, len, "%.*s:%u", ADDR_IFNAMSIZ - 1, spec->ifname,
	    spec->addr.port);
	return (buf);
}

bool
listen_spec_equal(const struct listen_spec *a, const struct listen_spec *b)
{
	return (addr_equal(&a->addr, &b->addr) &&
	    strncmp(a->ifname, b->ifname, sizeof(a->ifname)) == 0);
}
