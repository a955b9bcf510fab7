/* SPDX-License-Identifier: ISC */
/*
 * The configuration: one row for each key in conf.def, one struct with a
 * typed field for each row, and the conversions between text, values and the
 * items that travel between processes.  Pure: text in, values or an error
 * that says what is allowed out; the YAML reader feeds it.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "policy.h"
#include "prefix.h"
#include "smear.h"

#define CONF_LISTEN_MAX	32
#define CONF_PREFIXES_MAX 64
#define CONF_INDEX_MAX	POLICY_RULES_MAX	/* the longest list */
#define CONF_TEXT_MAX	108	/* of a text value, the NUL included */
#define CONF_ERR_MAX	512	/* of an error, the NUL included */
#define CONF_PORT	123
#define CONF_WORKERS_MAX 16
#define CONF_OVERRIDES_MAX 64	/* -D on a command line */

enum conf_key {
#define KEY(path, type, field, min, max, def, apply, help)	CONF_##field,
#include "conf.def"
#undef KEY
	CONF_NKEYS
};

enum conf_type {
	CONF_BOOL,	/* bool; true or false */
	CONF_UINT,	/* uint64_t; decimal, min to max */
	CONF_COUNT,	/* uint64_t; decimal, min to max, or 0: auto */
	CONF_SIZE,	/* uint64_t; octets, with K, M or G if one likes */
	CONF_MODE,	/* uint64_t; octal, min to max */
	CONF_REAL,	/* double; seconds, min to max, finite */
	CONF_WORD,	/* uint64_t; index into the row's words */
	CONF_NAME,	/* text of [A-Za-z0-9_.-], min to max characters */
	CONF_PATH,	/* text, absolute, min to max printable octets */
	CONF_ENDPOINT,	/* text: an address and port, a path, or nothing */
	CONF_REFID,	/* struct conf_refid */
	CONF_ADDRESS,	/* struct addr, of this machine alone */
	CONF_LISTEN,	/* list of struct listen_spec, min to max of them */
	CONF_PREFIX,	/* list of struct prefix, min to max of them */
	CONF_POLICY	/* list of struct policy_rule, each a mapping */
};

enum conf_apply {
	CONF_RELOAD,		/* a reload takes it over */
	CONF_SET,		/* that, and ntpsctl may set it */
	CONF_RESTART		/* fixed while the daemon runs */
};

enum conf_origin {
	CONF_FROM_DEFAULT,
	CONF_FROM_FILE,		/* line and column say where */
	CONF_FROM_SETTING,	/* ntpsctl set */
	CONF_FROM_COMMAND	/* -D */
};

enum conf_sandbox { SANDBOX_POSSIBLE, SANDBOX_REQUIRED };
enum clock_source { CLOCK_SYSTEM, CLOCK_LOCAL, CLOCK_MIRROR };
enum conf_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };
enum log_requests { REQUESTS_OFF, REQUESTS_INFO, REQUESTS_DEBUG };

/*
 * A reference id as four octets, and the text it was written as: 1 to 4
 * printable ASCII characters (zero padded), an IPv4 address (its octets), or
 * an IPv6 address (the first four octets of its MD5, RFC 5905 7.3).
 */
struct conf_refid {
	uint8_t		 octets[4];
	char		 text[48];
};

struct conf_listen {
	uint32_t		 n;
	struct listen_spec	 spec[CONF_LISTEN_MAX];
};

struct conf_prefixes {
	uint32_t		 n;
	struct prefix		 prefix[CONF_PREFIXES_MAX];
};

struct conf_policy {
	uint32_t		 n;
	struct policy_rule	 rule[POLICY_RULES_MAX];
};

struct conf_text {
	char		 text[CONF_TEXT_MAX];
};

#define CONF_CTYPE_BOOL		bool
#define CONF_CTYPE_UINT		uint64_t
#define CONF_CTYPE_COUNT	uint64_t
#define CONF_CTYPE_SIZE		uint64_t
#define CONF_CTYPE_MODE		uint64_t
#define CONF_CTYPE_REAL		double
#define CONF_CTYPE_WORD		uint64_t
#define CONF_CTYPE_NAME		struct conf_text
#define CONF_CTYPE_PATH		struct conf_text
#define CONF_CTYPE_ENDPOINT	struct conf_text
#define CONF_CTYPE_REFID	struct conf_refid
#define CONF_CTYPE_ADDRESS	struct addr
#define CONF_CTYPE_LISTEN	struct conf_listen
#define CONF_CTYPE_PREFIX	struct conf_prefixes
#define CONF_CTYPE_POLICY	struct conf_policy

/* Where a value came from. */
struct conf_where {
	uint32_t	 origin;	/* enum conf_origin */
	uint32_t	 line;		/* from 1, of CONF_FROM_FILE */
	uint32_t	 column;
};

struct conf {
#define KEY(path, type, field, min, max, def, apply, help)		\
	CONF_CTYPE_##type	 field;
#include "conf.def"
#undef KEY
	struct conf_where	 where[CONF_NKEYS];
};

struct conf_row {
	const char		*path;
	enum conf_type		 type;
	size_t			 offset, size;	/* in struct conf */
	double			 min, max;
	const char		*def;
	enum conf_apply		 apply;
	const char		*help;
	const char *const	*words;		/* of CONF_WORD, NULL ended */
};

extern const struct conf_row	conf_rows[CONF_NKEYS];

/*
 * One value on its way between processes: the typed value, not its text.
 * A list is sent as one item for each element, index counting from 0; the
 * item with index 0 empties the list first.
 */
struct conf_item {
	uint32_t		 key;		/* enum conf_key */
	uint32_t		 index;
	struct conf_where	 where;
	union {
		uint64_t		 u;	/* BOOL (0, 1), UINT … WORD */
		double			 real;
		char			 text[CONF_TEXT_MAX];
		struct conf_refid	 refid;
		struct addr		 addr;
		struct listen_spec	 listen;
		struct prefix		 prefix;
		struct policy_rule	 rule;
	} v;
};

/*
 * conf_init: every key at its default.
 * conf_find: the key of a dotted path, or -1.
 * conf_near: a known path like this one, or NULL ("did you mean").
 * conf_set: reads text into key, at index for a list (0 empties it first).
 *	-1 with err saying what was wrong and what is allowed, err not
 *	naming the file or the key; conf is then unchanged.
 * conf_set_field: the same for one field of an item, for a list whose elements
 *	are mappings; conf is not touched, and the item, zeroed at first, goes
 *	to conf_item_set when it has all.
 * conf_assign: "key=value", from an origin; a list takes its elements
 *	separated by blanks or commas.  -1 with err, which names the key.
 * conf_override: conf_assign for -D.
 * conf_check: what no single key can see (two listeners alike, …); 0 or -1
 *	with err and the key at fault in *key.
 * conf_item_get: the item of a key and index; false when index is past the
 *	list's end (or past 0 for a single value).
 * conf_item_set: takes an item in, checking everything the table says; -1
 *	with err for one that conf_set would never have made.
 * conf_format: the value as text, a list's elements separated by a blank.
 * conf_may_be_empty: whether a key is a list that can have no element, and so
 *	no item.
 * conf_equal: whether key has the same value in both.
 * conf_web_is_local: whether the web page is there, and for this machine alone.
 * conf_allowed: what the row allows, in words ("1 to 15").
 */
void		 conf_init(struct conf *);
int		 conf_find(const char *);
const char	*conf_near(const char *);
int		 conf_set(struct conf *, enum conf_key, uint32_t, const char *,
		    const struct conf_where *, char *, size_t);
int		 conf_set_field(struct conf_item *, const char *, const char *,
		    char *, size_t);
int		 conf_assign(struct conf *, const char *, enum conf_origin,
		    char *, size_t);
int		 conf_override(struct conf *, const char *, char *, size_t);
int		 conf_check(const struct conf *, enum conf_key *, char *,
		    size_t);
bool		 conf_item_get(const struct conf *, enum conf_key, uint32_t,
		    struct conf_item *);
int		 conf_item_set(struct conf *, const struct conf_item *, char *,
		    size_t);
const char	*conf_format(const struct conf *, enum conf_key, char *,
		    size_t);
bool		 conf_equal(const struct conf *, const struct conf *,
		    enum conf_key);
bool		 conf_may_be_empty(enum conf_key);
bool		 conf_web_is_local(const struct conf *);
const char	*conf_allowed(enum conf_key, char *, size_t);

#endif /* CONF_H */
