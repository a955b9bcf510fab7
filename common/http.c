/* SPDX-License-Identifier: ISC */
/* Texts in requests of browsers: see http.h. */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

bool
http_decode(char *text, bool plus)
{
	char	*to = text;
	int	 high, low;

	for (; *text != '\0'; text++) {
		*to = plus && *text == '+' ? ' ' : *text;
		if (*text == '%') {
			if ((high = hex(text[1])) == -1 ||
			    (low = hex(text[2])) == -1)
				return (false);
			*to = (char)(high << 4 | low);
			text += 2;
		}
		if ((unsigned char)*to < ' ' || *to == 0x7f)
			return (false);
		to++;
	}
	*to = '\0';
	return (true);
}

int
http_query_next(char **rest, char **key, char **value)
{
	char	*end;

	*rest += strspn(*rest, "&");
	if (**rest == '\0')
		return (0);
	*key = *rest;
	*rest += strcspn(*rest, "&");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	end = *key + strcspn(*key, "=");
	*value = end;
	if (*end == '=') {
		*end = '\0';
		(*value)++;
	}
	return (http_decode(*key, true) && http_decode(*value, true) ? 1 : -1);
}

/* The name in front of the port, without brackets; false if it is none. */
static bool
host_name(const char *host, char *name, size_t size, bool *brackets)
{
	const char	*end;
	size_t		 len;

	*brackets = *host == '[';
	if (*brackets) {
		host++;
		end = host + strcspn(host, "]");
		len = (size_t)(end - host);
		if (*end++ != ']')
			return (false);
	} else {
		len = strcspn(host, ":");
		end = host + len;
	}
	if (len == 0 || len >= size)
		return (false);
	memcpy(name, host, len);
	name[len] = '\0';
	return (*end == '\0' || (*end == ':' &&
	    end[1 + strspn(end + 1, "0123456789")] == '\0'));
}

bool
http_host_safe(const char *host, const char *ours)
{
	uint8_t	 ip[16];
	char	 name[256];
	bool	 brackets;

	if (!host_name(host, name, sizeof(name), &brackets))
		return (false);
	if (brackets)
		return (inet_pton(AF_INET6, name, ip) == 1);
	return (inet_pton(AF_INET, name, ip) == 1 ||
	    strcasecmp(name, "localhost") == 0 ||
	    (*ours != '\0' && strcasecmp(name, ours) == 0));
}

/* ";q=0.5" among a range's parameters: 500; without one, 1000. */
static unsigned int
quality(const char *p, const char *end)
{
	unsigned int	 q, scale;

	while ((p = memchr(p, ';', (size_t)(end - p))) != NULL) {
		for (p++; p < end && (*p == ' ' || *p == '\t'); p++)
			;
		if (end - p < 3 || (*p != 'q' && *p != 'Q') || p[1] != '=')
			continue;
		if (p[2] != '0')
			return (p[2] == '1' ? 1000 : 0);
		q = 0;
		p += 3;
		if (p == end || *p++ != '.')
			return (0);
		for (scale = 100; scale > 0 && p < end && *p >= '0' &&
		    *p <= '9'; scale /= 10)
			q += scale * (unsigned int)(*p++ - '0');
		return (q);
	}
	return (1000);
}

/* 3: it is the type, 2: like text/ *, 1: any, 0: another. */
static unsigned int
specific(const char *range, size_t len, const char *type)
{
	size_t	 main = strcspn(type, "/") + 1;

	if (len == strlen(type) && strncasecmp(range, type, len) == 0)
		return (3);
	if (len == main + 1 && range[main] == '*' &&
	    strncasecmp(range, type, main) == 0)
		return (2);
	return (len == 3 && memcmp(range, "*/*", 3) == 0);
}

unsigned int
http_accept(const char *accept, const char *type, bool ranges)
{
	const char	*end;
	unsigned int	 s, q, best = 0, best_q = 0;

	for (; *(accept += strspn(accept, ", \t")) != '\0'; accept = end) {
		end = accept + strcspn(accept, ",");
		s = specific(accept, strcspn(accept, ",; \t"), type);
		if (s == 0 || s < best || (s < 3 && !ranges))
			continue;
		q = quality(accept, end);
		if (s > best || q > best_q)
			best_q = q;
		best = s;
	}
	return (best_q);
}

const char *
http_reason(int status)
{
	static const struct {
		int		 status;
		const char	*reason;
	}		 reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" }
	};
	size_t		 i;

	for (i = 0; i < NELEM(reasons); i++)
		if (reasons[i].status == status)
			return (reasons[i].reason);
	return ("Unknown");
}
