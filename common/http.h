/* SPDX-License-Identifier: ISC */
/*
 * What a request says, once evhttp(3) has read it, and the texts in it for
 * which that has nothing.  Pure.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX	8192	/* octets of request line and fields */
#define HTTP_FIELDS_MAX	64
#define HTTP_TARGET_MAX	2048	/* octets of the query */
#define HTTP_BODY_MAX	4096

enum http_method { HTTP_OTHER, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PATCH };

struct http_request {
	enum http_method method;
	unsigned int	 minor;		/* of version 1.x */
	uint64_t	 length;	/* octets of body */
	char		 path[256];	/* decoded */
	char		 query[HTTP_TARGET_MAX];	/* as it came */
	/* fields, "" for those that were not there */
	char		 host[256];
	char		 accept[1024];
	char		 connection[256];
	char		 content_length[24];
	char		 content_type[128];
	char		 last_event_id[64];
	char		 nonce[80];	/* X-Ntpsd-Nonce */
	char		 origin[256];
	char		 signature[80];	/* X-Ntpsd-Signature */
	char		 transfer_encoding[32];
};

/*
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
int		 http_query_next(char **, char **, char **);
bool		 http_decode(char *, bool);
bool		 http_host_safe(const char *, const char *);
unsigned int	 http_accept(const char *, const char *, bool);
const char	*http_reason(int);

#endif /* HTTP_H */
