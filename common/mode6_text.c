/* SPDX-License-Identifier: ISC */
/* The text of control messages: see mode6_text.h. */
#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mode6_text.h"

#define ITEM_MAX	256	/* the longest: a name and MODE6_STR_MAX */
#define LINE_MAX_LEN	72
#define REAL_MAX	1e12

static void	 append(struct mode6_reply *, const char *, size_t);
static void	 item(struct mode6_reply *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	 clean(char *, const char *, const char *);

static void
append(struct mode6_reply *reply, const char *text, size_t len)
{
	memcpy(reply->data + reply->len, text, len);
	reply->len += len;
}

/* One item, behind a comma and a blank or an end of line if it needs them. */
static void
item(struct mode6_reply *reply, const char *fmt, ...)
{
	char		 buf[ITEM_MAX];
	const char	*gap = "";
	va_list		 ap;
	size_t		 len;
	int		 n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(buf)) {
		reply->full = true;
		return;
	}
	len = (size_t)n;
	if (reply->len > 0)
		gap = reply->column + len + 3 > LINE_MAX_LEN ? ",\r\n" : ", ";
	if (reply->len + strlen(gap) + len > reply->room) {
		reply->full = true;
		return;
	}
	if (strlen(gap) == 3)
		reply->column = 0;
	append(reply, gap, strlen(gap));
	append(reply, buf, len);
	reply->column += (unsigned int)(len + 2);
}

void
mode6_text_end(struct mode6_reply *reply)
{
	if (reply->len > 0 && reply->len + 2 <= reply->room)
		append(reply, "\r\n", 2);
}

static void
clean(char *dst, const char *src, const char *not)
{
	size_t	 i;

	for (i = 0; i < MODE6_STR_MAX && src[i] != '\0'; i++)
		dst[i] = src[i] < ' ' || src[i] > '~' ||
		    strchr(not, src[i]) != NULL ? '.' : src[i];
	dst[i] = '\0';
}

void
mode6_text_str(struct mode6_reply *reply, const char *name, const char *value)
{
	char	 buf[MODE6_STR_MAX + 1];

	clean(buf, value == NULL ? "" : value, "\"\\");
	item(reply, "%s=\"%s\"", name, buf);
}

void
mode6_text_word(struct mode6_reply *reply, const char *name, const char *value)
{
	char	 buf[MODE6_STR_MAX + 1];

	clean(buf, value, "\"\\,=");
	item(reply, "%s=%s", name, buf);
}

void
mode6_text_u64(struct mode6_reply *reply, const char *name, uint64_t value)
{
	item(reply, "%s=%" PRIu64, name, value);
}

void
mode6_text_i64(struct mode6_reply *reply, const char *name, int64_t value)
{
	item(reply, "%s=%" PRId64, name, value);
}

void
mode6_text_hex(struct mode6_reply *reply, const char *name, uint64_t value)
{
	item(reply, "%s=0x%" PRIx64, name, value);
}

void
mode6_text_real(struct mode6_reply *reply, const char *name, double value,
    int decimals)
{
	if (isnan(value))
		value = 0;
	if (value > REAL_MAX)
		value = REAL_MAX;
	if (value < -REAL_MAX)
		value = -REAL_MAX;
	item(reply, "%s=%.*f", name, decimals, value);
}

void
mode6_text_ts(struct mode6_reply *reply, const char *name, ntp_ts value)
{
	item(reply, "%s=0x%08" PRIx32 ".%08" PRIx32, name,
	    (uint32_t)(value >> 32), (uint32_t)value);
}

/* ntpq wants an address, also where there is none. */
void
mode6_text_ip(struct mode6_reply *reply, const char *name,
    const struct addr *addr)
{
	char	 ip[INET6_ADDRSTRLEN];

	if ((addr->family != AF_INET && addr->family != AF_INET6) ||
	    inet_ntop(addr->family, addr->ip, ip, sizeof(ip)) == NULL)
		item(reply, "%s=0.0.0.0", name);
	else if (addr->scope != 0)
		item(reply, "%s=%s%%%" PRIu32, name, ip, addr->scope);
	else
		item(reply, "%s=%s", name, ip);
}

void
mode6_text_addr(struct mode6_reply *reply, const char *name,
    const struct addr *addr)
{
	char	 buf[ADDR_STRLEN];

	item(reply, "%s=%s", name, addr_format(addr, buf, sizeof(buf)));
}
