/* SPDX-License-Identifier: ISC */
/*
 * HTTP/1.1 requests (RFC 9110, RFC 9112), read strictly: what has two meanings
 * is refused, so that nothing in front of the page and the page itself can see
 * different requests.  Pure: octets in, a request or a status code out.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX	8192	/* octets of request line and fields */
#define HTTP_FIELDS_MAX	64
#define HTTP_TARGET_MAX	2048	/* octets of path and query */
#define HTTP_BODY_MAX	4096

enum http_method { HTTP_OTHER, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PATCH };

struct http_request {
	enum http_method method;
	unsigned int	 minor;		/* of version 1.x */
	bool		 close;		/* no other request follows */
	bool		 has_length, coded;	/* Transfer-Encoding */
	uint64_t	 length;	/* octets of body */
	char		 path[256];	/* decoded */
	char		 query[HTTP_TARGET_MAX];	/* as it came */
	/* fields, "" for those that were not there */
	char		 host[256];
	char		 accept[1024];
	char		 connection[256];
	char		 content_length[24];
	char		 content_type[128];
	char		 expect[32];
	char		 last_event_id[64];
	char		 nonce[80];	/* X-Ntpsd-Nonce */
	char		 origin[256];
	char		 signature[80];	/* X-Ntpsd-Signature */
	char		 transfer_encoding[32];
};

/*
 * http_head_scan: whether a request's head is there: its length with the empty
 *	line that ends it, 0 when more is needed, -1 when nothing to come could
 *	make one of it.  *seen is 0 at first and is kept between calls.
 * http_head_parse: a head of that length; 0, or the status code to refuse the
 *	request with, and why (not NULL, static).
 * http_query_next: the next key and value of a query, decoded in place; *rest
 *	is its text at first.  1, 0 at the end, -1 for what is no query.
 * http_decode: takes the percent signs out, in place; false for a bad one, and
 *	for what would be a control character.
 * http_host_safe: whether a Host field names us whatever name servers say:
 *	a literal address, localhost, or the name given ("": none).
 * http_accept: how much, in thousandths, an Accept field wants a type; a range
 *	like text/ * (or any) counts only if `ranges'.
 * http_reason: "Not Found".
 */
int		 http_head_scan(const uint8_t *, size_t, size_t *);
int		 http_head_parse(const uint8_t *, size_t,
		    struct http_request *, const char **);
int		 http_query_next(char **, char **, char **);
bool		 http_decode(char *, bool);
bool		 http_host_safe(const char *, const char *);
unsigned int	 http_accept(const char *, const char *, bool);
const char	*http_reason(int);

#endif /* HTTP_H */
