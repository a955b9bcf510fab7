/* SPDX-License-Identifier: ISC */
/*
 * A strict reader of small JSON objects (RFC 8259): one level of members, each
 * a string, a number, true, false, null or an array of strings.
 *
 *	{"action": "deny", "prefix": "192.0.2.0/24"}
 *
 * Everything is bounded, and a name may be there once.  A value is kept as
 * text: the characters of a string, a number as it is written.  Text has no
 * NUL in it, also not one that is escaped.  Pure.
 */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

#define JSON_TEXT_MAX		4096	/* octets of an object */
#define JSON_MEMBERS_MAX	32
#define JSON_ERR_MAX		160	/* of an error, the NUL included */

enum json_kind {
	JSON_NULL,		/* "" */
	JSON_BOOL,		/* "true" or "false" */
	JSON_INTEGER,		/* no fraction and no exponent */
	JSON_REAL,
	JSON_STRING,
	JSON_STRINGS		/* an array of them */
};

struct json_member {
	const char	*name, *text;	/* in the object: it can't be copied */
	enum json_kind	 kind;
	unsigned int	 n;		/* JSON_STRINGS: how many, each behind
					   the NUL of the one before */
};

struct json {
	struct json_member	 member[JSON_MEMBERS_MAX];
	unsigned int		 n;
	/* each text takes a NUL, and gives up more than that */
	char			 text[JSON_TEXT_MAX + 1];
	size_t			 used;
};

/*
 * json_parse: reads the len octets of text.  0; or -1, with no member, and err
 *	says where (octets from 1) what was wrong, and what is allowed.
 * json_find: the member of that name, or NULL.
 * json_kind_name: "a string"
 */
int				 json_parse(struct json *, const char *,
				    size_t, char *, size_t);
const struct json_member	*json_find(const struct json *, const char *);
const char			*json_kind_name(enum json_kind);

#endif /* JSON_H */
