/* SPDX-License-Identifier: ISC */
/*
 * The configuration's types that are text or come close to it: names, paths,
 * reference ids, and what to listen on.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <md5.h>
#include <stdio.h>
#include <string.h>

#include "conf_types.h"

#define ALNUM		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"			\
			"abcdefghijklmnopqrstuvwxyz" "0123456789"

/* Text ends in a NUL, and nothing hides behind it. */
bool
conf_terminated(const char *text, size_t size)
{
	size_t	 len;

	for (len = strnlen(text, size); len < size; len++)
		if (text[len] != '\0')
			return (false);
	return (text[size - 1] == '\0');
}

/* NAME and PATH: item->v.text */

static const char *
parse_text(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	(void)row;
	if (strlcpy(item->v.text, text, sizeof(item->v.text)) >=
	    sizeof(item->v.text))
		return ("is too long");
	return (NULL);
}

static const char *
check_text(const struct conf_row *row, const struct conf_item *item)
{
	size_t	 len;

	if (!conf_terminated(item->v.text, sizeof(item->v.text)))
		return ("is not text");
	len = strlen(item->v.text);
	if (len < row->min)
		return (len == 0 ? "is empty" : "is too short");
	return (len > row->max ? "is too long" : NULL);
}

static void
format_text(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	strlcpy(buf, item->v.text, len);
}

static void
load_text(const void *field, struct conf_item *item)
{
	memcpy(item->v.text, field, sizeof(item->v.text));
}

static void
store_text(void *field, const struct conf_item *item)
{
	memcpy(field, item->v.text, sizeof(item->v.text));
}

static const char *
check_name(const struct conf_row *row, const struct conf_item *item)
{
	const char	*why, *text = item->v.text;

	if ((why = check_text(row, item)) != NULL)
		return (why);
	if (*text == '-')	/* an option, to a command it is given to */
		return ("starts with `-'");
	return (*text == '\0' || conf_all_of(text, ALNUM "_.-") ? NULL :
	    "is not a name");
}

static void
allowed_name(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "%.0f to %.0f of letters, digits, `_', `.' and "
	    "`-', the first not `-'", row->min, row->max);
}

static bool
has_dotdot(const char *path)
{
	const char	*p;

	for (p = path; (p = strstr(p, "/..")) != NULL; p += 3)
		if (p[3] == '/' || p[3] == '\0')
			return (true);
	return (false);
}

static const char *
check_path(const struct conf_row *row, const struct conf_item *item)
{
	const char	*why, *p;

	if ((why = check_text(row, item)) != NULL)
		return (why);
	if (item->v.text[0] == '\0')	/* the row lets it be empty */
		return (NULL);
	if (item->v.text[0] != '/')
		return ("is not an absolute path");
	for (p = item->v.text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return ("has a control character");
	return (has_dotdot(item->v.text) ? "goes up with `..'" : NULL);
}

static void
allowed_path(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "%san absolute path of %d to %.0f octets, "
	    "without `..'", row->min == 0 ? "nothing, or " : "", 1, row->max);
}

/*
 * ENDPOINT: item->v.text; one socket to serve at, by TCP or on this machine.
 */

static const char *
parse_endpoint(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	struct addr	 addr;

	if (*text == '\0' || *text == '/')
		return (parse_text(row, text, item));
	if (addr_parse(&addr, text, 0) == -1)
		return ("is neither an address and port nor an absolute path");
	addr_format(&addr, item->v.text, sizeof(item->v.text));
	return (NULL);
}

/* An address is written as one writes it oneself. */
static const char *
check_endpoint(const struct conf_row *row, const struct conf_item *item)
{
	struct addr	 addr;
	char		 again[ADDR_STRLEN];

	if (!conf_terminated(item->v.text, sizeof(item->v.text)))
		return ("is not text");
	if (item->v.text[0] == '\0' || item->v.text[0] == '/')
		return (check_path(row, item));
	if (addr_parse(&addr, item->v.text, 0) == -1 ||
	    strcmp(addr_format(&addr, again, sizeof(again)),
	    item->v.text) != 0)
		return ("is neither an address and port nor an absolute path");
	return (addr_is_multicast(&addr) ? "is a multicast address" : NULL);
}

static void
allowed_endpoint(const struct conf_row *row, char *buf, size_t len)
{
	(void)row;
	strlcpy(buf, "address:port, the absolute path of a socket, or nothing",
	    len);
}

/* REFID: item->v.refid */

/* RFC 5905 7.3: an IPv6 address is known by the first octets of its MD5. */
static bool
refid_address(const char *text, struct conf_refid *refid)
{
	MD5_CTX		 ctx;
	uint8_t		 ip[16], digest[MD5_DIGEST_LENGTH];

	if (inet_pton(AF_INET, text, ip) == 1) {
		memcpy(refid->octets, ip, sizeof(refid->octets));
		return (inet_ntop(AF_INET, ip, refid->text,
		    sizeof(refid->text)) != NULL);
	}
	if (inet_pton(AF_INET6, text, ip) != 1)
		return (false);
	MD5Init(&ctx);
	MD5Update(&ctx, ip, sizeof(ip));
	MD5Final(digest, &ctx);
	memcpy(refid->octets, digest, sizeof(refid->octets));
	return (inet_ntop(AF_INET6, ip, refid->text, sizeof(refid->text)) !=
	    NULL);
}

bool
conf_is_address(const struct conf_refid *refid)
{
	struct conf_refid	 r;

	return (refid_address(refid->text, &r));
}

static const char *
parse_refid(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	struct conf_refid	*refid = &item->v.refid;
	size_t			 n, len = strlen(text);

	(void)row;
	if (refid_address(text, refid))
		return (NULL);
	if (len == 0)
		return ("is empty");
	if (len > sizeof(refid->octets))
		return (strpbrk(text, ".:") != NULL ? "is not an address" :
		    "is too long");
	for (n = 0; n < len; n++)
		if (text[n] <= ' ' || text[n] > '~' ||
		    strchr("\"'`\\", text[n]) != NULL)
			return ("has a character that it cannot have");
	memcpy(refid->octets, text, len);
	memcpy(refid->text, text, len);
	return (NULL);
}

/* Whatever the text says is what the octets have to be. */
static const char *
check_refid(const struct conf_row *row, const struct conf_item *item)
{
	struct conf_item	 again;
	const char		*why;

	if (!conf_terminated(item->v.refid.text, sizeof(item->v.refid.text)))
		return ("is not text");
	memset(&again, 0, sizeof(again));
	if ((why = parse_refid(row, item->v.refid.text, &again)) != NULL)
		return (why);
	if (memcmp(&again.v.refid, &item->v.refid, sizeof(again.v.refid)) != 0)
		return ("has octets that are not its text's");
	return (NULL);
}

static void
format_refid(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	strlcpy(buf, item->v.refid.text, len);
}

static void
allowed_refid(const struct conf_row *row, char *buf, size_t len)
{
	(void)row;
	strlcpy(buf, "1 to 4 printable ASCII characters without quotes and "
	    "backslashes, or an IPv4 or IPv6 address", len);
}

static void
load_refid(const void *field, struct conf_item *item)
{
	memcpy(&item->v.refid, field, sizeof(item->v.refid));
}

static void
store_refid(void *field, const struct conf_item *item)
{
	memcpy(field, &item->v.refid, sizeof(item->v.refid));
}

/*
 * ADDRESS: item->v.addr, with a port.  What speaks for this machine is asked
 * on this machine: over a network, anybody could answer in its place.
 */

static const char *
parse_address(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	(void)row;
	return (addr_parse(&item->v.addr, text, CONF_PORT) == -1 ?
	    "is not an address" : NULL);
}

static const char *
check_address(const struct conf_row *row, const struct conf_item *item)
{
	struct addr	 again;
	char		 buf[ADDR_STRLEN];

	(void)row;
	memset(&again, 0, sizeof(again));
	if (addr_parse(&again, addr_format(&item->v.addr, buf, sizeof(buf)),
	    0) == -1 || memcmp(&again, &item->v.addr, sizeof(again)) != 0)
		return ("is not an address");
	if (again.port == 0)
		return ("has no port");
	return (addr_is_loopback(&again) ? NULL : "is not a loopback address");
}

static void
format_address(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	addr_format(&item->v.addr, buf, len);
}

static void
allowed_address(const struct conf_row *row, char *buf, size_t len)
{
	(void)row;
	strlcpy(buf, "a loopback address, with an optional :port", len);
}

static void
load_address(const void *field, struct conf_item *item)
{
	memcpy(&item->v.addr, field, sizeof(item->v.addr));
}

static void
store_address(void *field, const struct conf_item *item)
{
	memcpy(field, &item->v.addr, sizeof(item->v.addr));
}

/* LISTEN: item->v.listen, one element */

static const char *
parse_listen(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	(void)row;
	if (listen_spec_parse(&item->v.listen, text, CONF_PORT) == -1)
		return ("is not an address or interface to listen on");
	return (NULL);
}

/* Only what text could have said: formatted, it must read back the same. */
static const char *
check_listen(const struct conf_row *row, const struct conf_item *item)
{
	struct listen_spec	 again;
	char			 buf[ADDR_STRLEN];

	(void)row;
	memset(&again, 0, sizeof(again));
	if (!conf_terminated(item->v.listen.ifname,
	    sizeof(item->v.listen.ifname)) ||
	    listen_spec_parse(&again, listen_spec_format(&item->v.listen, buf,
	    sizeof(buf)), 0) == -1 ||
	    memcmp(&again, &item->v.listen, sizeof(again)) != 0)
		return ("is not an address or interface to listen on");
	return (NULL);
}

static void
format_listen(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	listen_spec_format(&item->v.listen, buf, len);
}

static void
allowed_listen(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "%.0f to %.0f unicast addresses or interfaces, "
	    "each with an optional :port", row->min, row->max);
}

static uint32_t
count_listen(const void *field)
{
	const struct conf_listen	*list = field;

	return (list->n);
}

static void
load_listen(const void *field, struct conf_item *item)
{
	const struct conf_listen	*list = field;

	item->v.listen = list->spec[item->index];
}

static void
store_listen(void *field, const struct conf_item *item)
{
	struct conf_listen	*list = field;

	if (item->index == 0)
		memset(list, 0, sizeof(*list));
	list->spec[item->index] = item->v.listen;
	list->n = item->index + 1;
}

const struct conf_ops	conf_ops_name = {
	parse_text, check_name, format_text, allowed_name, load_text,
	store_text, NULL, NULL, NULL
};
const struct conf_ops	conf_ops_path = {
	parse_text, check_path, format_text, allowed_path, load_text,
	store_text, NULL, NULL, NULL
};
const struct conf_ops	conf_ops_endpoint = {
	parse_endpoint, check_endpoint, format_text, allowed_endpoint,
	load_text, store_text, NULL, NULL, NULL
};
const struct conf_ops	conf_ops_refid = {
	parse_refid, check_refid, format_refid, allowed_refid, load_refid,
	store_refid, NULL, NULL, NULL
};
const struct conf_ops	conf_ops_address = {
	parse_address, check_address, format_address, allowed_address,
	load_address, store_address, NULL, NULL, NULL
};
const struct conf_ops	conf_ops_listen = {
	parse_listen, check_listen, format_listen, allowed_listen,
	load_listen, store_listen, count_listen, NULL, NULL
};
