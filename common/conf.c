/* SPDX-License-Identifier: ISC */
/*
 * The table of configuration keys, and values on their way in and out of
 * struct conf.  What depends on the type stands in conf_number.c and
 * conf_text.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_types.h"

static const char *const	words_clock_source[] = {
	[CLOCK_SYSTEM] = "system", [CLOCK_LOCAL] = "local",
	[CLOCK_MIRROR] = "mirror", NULL
};
static const char *const	words_sandbox[] = {
	[SANDBOX_POSSIBLE] = "possible", [SANDBOX_REQUIRED] = "required", NULL
};
static const char *const	words_leap_smear[] = {
	[SMEAR_NONE] = "none", [SMEAR_LINEAR] = "linear",
	[SMEAR_COSINE] = "cosine", NULL
};
static const char *const	words_log_level[] = {
	[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning",
	[LEVEL_INFO] = "info", [LEVEL_DEBUG] = "debug", NULL
};
static const char *const	words_log_requests[] = {
	[REQUESTS_OFF] = "off", [REQUESTS_INFO] = "info",
	[REQUESTS_DEBUG] = "debug", NULL
};

#define WORDS_BOOL(field)	NULL
#define WORDS_UINT(field)	NULL
#define WORDS_COUNT(field)	NULL
#define WORDS_SIZE(field)	NULL
#define WORDS_MODE(field)	NULL
#define WORDS_REAL(field)	NULL
#define WORDS_WORD(field)	words_##field
#define WORDS_NAME(field)	NULL
#define WORDS_PATH(field)	NULL
#define WORDS_ENDPOINT(field)	NULL
#define WORDS_REFID(field)	NULL
#define WORDS_ADDRESS(field)	NULL
#define WORDS_LISTEN(field)	NULL
#define WORDS_PREFIX(field)	NULL
#define WORDS_POLICY(field)	NULL

const struct conf_row	conf_rows[CONF_NKEYS] = {
#define KEY(path, type, field, min, max, def, apply, help)		\
	{ #path, CONF_##type, offsetof(struct conf, field),		\
	    sizeof(CONF_CTYPE_##type), min, max, def, CONF_##apply, help, \
	    WORDS_##type(field) },
#include "conf.def"
#undef KEY
};

static const struct conf_ops *const	conf_ops[] = {
	[CONF_BOOL] = &conf_ops_bool,
	[CONF_UINT] = &conf_ops_uint,
	[CONF_COUNT] = &conf_ops_count,
	[CONF_SIZE] = &conf_ops_size,
	[CONF_MODE] = &conf_ops_mode,
	[CONF_REAL] = &conf_ops_real,
	[CONF_WORD] = &conf_ops_word,
	[CONF_NAME] = &conf_ops_name,
	[CONF_PATH] = &conf_ops_path,
	[CONF_ENDPOINT] = &conf_ops_endpoint,
	[CONF_REFID] = &conf_ops_refid,
	[CONF_ADDRESS] = &conf_ops_address,
	[CONF_LISTEN] = &conf_ops_listen,
	[CONF_PREFIX] = &conf_ops_prefix,
	[CONF_POLICY] = &conf_ops_policy
};

static const struct conf_ops *
ops_of(enum conf_key key)
{
	return (conf_ops[conf_rows[key].type]);
}

static const void *
field_of(const struct conf *conf, enum conf_key key)
{
	return ((const char *)conf + conf_rows[key].offset);
}

bool
conf_all_of(const char *text, const char *set)
{
	return (*text != '\0' && text[strspn(text, set)] == '\0');
}

bool
conf_is_list(enum conf_key key)
{
	return (ops_of(key)->count != NULL);
}

bool
conf_has_fields(enum conf_key key)
{
	return (ops_of(key)->field != NULL);
}

bool
conf_may_be_empty(enum conf_key key)
{
	return (conf_is_list(key) && conf_rows[key].min == 0);
}

int
conf_find(const char *path)
{
	int	 n;

	for (n = 0; n < CONF_NKEYS; n++)
		if (strcmp(conf_rows[n].path, path) == 0)
			return (n);
	return (-1);
}

const char *
conf_allowed(enum conf_key key, char *buf, size_t len)
{
	ops_of(key)->allowed(&conf_rows[key], buf, len);
	return (buf);
}

/* "17 is out of range; allowed: 1 to 15"; text NULL: it was no text. */
static int
refuse(enum conf_key key, const char *text, const char *why, char *err,
    size_t len)
{
	char		 quoted[CONF_QUOTE_SIZE], allowed[CONF_ERR_MAX];
	const char	*open = "`", *close = "'";

	conf_allowed(key, allowed, sizeof(allowed));
	if (text == NULL)
		strlcpy(quoted, conf_has_fields(key) ? "the rule" :
		    "the value", sizeof(quoted));
	else
		conf_quote(quoted, sizeof(quoted), text, strlen(text));
	if (text == NULL || (conf_all_of(text, "0123456789.-") &&
	    strpbrk(text, "0123456789") != NULL))
		open = close = "";	/* a number needs no quotes */
	snprintf(err, len, "%s%s%s %s; allowed: %s", open, quoted, close, why,
	    allowed);
	return (-1);
}

/* What can be wrong with an item that is not its value. */
static const char *
check_index(const struct conf *conf, const struct conf_item *item)
{
	const struct conf_ops	*ops = ops_of(item->key);

	if (item->index == 0)
		return (NULL);
	if (ops->count == NULL)
		return ("is one of a list, where a single value belongs");
	if (item->index >= conf_rows[item->key].max)
		return ("is one too many");
	if (item->index != ops->count(field_of(conf, item->key)))
		return ("is not the next of its list");
	return (NULL);
}

/* The one way into a struct conf; text is for the error, or NULL. */
static int
take(struct conf *conf, const struct conf_item *item, const char *text,
    char *err, size_t len)
{
	const struct conf_row	*row = &conf_rows[item->key];
	const char		*why;

	if ((why = check_index(conf, item)) != NULL ||
	    (why = ops_of(item->key)->check(row, item)) != NULL)
		return (refuse(item->key, text, why, err, len));
	ops_of(item->key)->store((char *)conf + row->offset, item);
	if (item->index == 0)	/* a list is where its first element is */
		conf->where[item->key] = item->where;
	return (0);
}

int
conf_set(struct conf *conf, enum conf_key key, uint32_t index,
    const char *text, const struct conf_where *where, char *err, size_t len)
{
	struct conf_item	 item;
	const char		*why;

	memset(&item, 0, sizeof(item));
	item.key = key;
	item.index = index;
	if (where != NULL)
		item.where = *where;
	if ((why = ops_of(key)->parse(&conf_rows[key], text, &item)) != NULL)
		return (refuse(key, text, why, err, len));
	return (take(conf, &item, text, err, len));
}

int
conf_set_field(struct conf_item *item, const char *name, const char *text,
    char *err, size_t len)
{
	const struct conf_ops	*ops = ops_of(item->key);
	char			 quoted[CONF_QUOTE_SIZE];
	char			 allowed[CONF_ERR_MAX];
	const char		*why;

	if ((why = ops->field(item, name, text)) == NULL)
		return (0);
	snprintf(err, len, "`%s' %s; allowed: %s", conf_quote(quoted,
	    sizeof(quoted), text, strlen(text)), why,
	    ops->field_allowed(name, allowed, sizeof(allowed)));
	return (-1);
}

bool
conf_item_get(const struct conf *conf, enum conf_key key, uint32_t index,
    struct conf_item *item)
{
	const struct conf_ops	*ops = ops_of(key);
	const void		*field = field_of(conf, key);

	if (index >= (ops->count == NULL ? 1 : ops->count(field)))
		return (false);
	memset(item, 0, sizeof(*item));
	item->key = key;
	item->index = index;
	item->where = conf->where[key];
	ops->load(field, item);
	return (true);
}

int
conf_item_set(struct conf *conf, const struct conf_item *item, char *err,
    size_t len)
{
	if (item->key >= CONF_NKEYS) {
		snprintf(err, len, "key %u is none; allowed: 0 to %d",
		    item->key, CONF_NKEYS - 1);
		return (-1);
	}
	if (item->where.origin > CONF_FROM_COMMAND) {
		snprintf(err, len, "origin %u is none; allowed: 0 to %d",
		    item->where.origin, CONF_FROM_COMMAND);
		return (-1);
	}
	return (take(conf, item, NULL, err, len));
}

/* To the brace that closes one, but for those in quotes, or to the end. */
static const char *
brace_end(const char *p)
{
	bool	 quoted = false;

	for (; *p != '\0' && (quoted || *p != '}'); p++)
		if (*p == '"')
			quoted = !quoted;
		else if (quoted && *p == '\\' && p[1] != '\0')
			p++;
	return (p);
}

/*
 * The next element of a list's text, which has blanks or commas between them;
 * one in braces goes to the brace that closes it.  0, its length, at the end.
 */
static size_t
next_element(const char **text)
{
	static const char	 between[] = " \t,";
	const char		*end;

	*text += strspn(*text, between);
	end = *text + strcspn(*text, between);
	if (**text == '{') {
		end = brace_end(*text);
		end += strcspn(end, between);
	}
	return ((size_t)(end - *text));
}

static void
list_clear(struct conf *conf, enum conf_key key,
    const struct conf_where *where)
{
	memset((char *)conf + conf_rows[key].offset, 0, conf_rows[key].size);
	memset(&conf->where[key], 0, sizeof(conf->where[key]));
	if (where != NULL)
		conf->where[key] = *where;
}

/* Allocates nothing: the parent must get its defaults in any case. */
static int
set_list(struct conf *conf, enum conf_key key, const char *text,
    const struct conf_where *where, char *err, size_t len)
{
	char		 element[POLICY_RULE_STRLEN];	/* the longest one */
	const char	*p = text;
	size_t		 size;
	uint32_t	 n = 0;

	for (; (size = next_element(&p)) > 0; p += size) {
		if (size >= sizeof(element))
			return (refuse(key, p, "is too long", err, len));
		memcpy(element, p, size);
		element[size] = '\0';
		if (conf_set(conf, key, n++, element, where, err, len) == -1)
			return (-1);
	}
	if (n == 0 && conf_rows[key].min > 0)
		return (refuse(key, text, "is empty", err, len));
	if (n == 0)
		list_clear(conf, key, where);
	return (0);
}

static int
set_text(struct conf *conf, enum conf_key key, const char *text,
    const struct conf_where *where, char *err, size_t len)
{
	struct conf	 new = *conf;

	if (!conf_is_list(key))
		return (conf_set(conf, key, 0, text, where, err, len));
	if (set_list(&new, key, text, where, err, len) == -1)
		return (-1);
	*conf = new;
	return (0);
}

void
conf_init(struct conf *conf)
{
	char	 err[CONF_ERR_MAX];
	int	 n;

	memset(conf, 0, sizeof(*conf));
	for (n = 0; n < CONF_NKEYS; n++)
		if (set_text(conf, n, conf_rows[n].def, NULL, err,
		    sizeof(err)) == -1)
			abort();	/* conf.def is wrong: a test sees it */
}

int
conf_assign(struct conf *conf, const char *text, enum conf_origin origin,
    char *err, size_t len)
{
	const struct conf_where	 where = { .origin = origin };
	char			 path[CONF_TEXT_MAX], quoted[CONF_QUOTE_SIZE];
	char			 what[CONF_ERR_MAX];
	size_t			 plen = strcspn(text, "=");
	int			 key = -1;

	conf_quote(quoted, sizeof(quoted), text, plen);
	if (text[plen] == '\0') {
		snprintf(err, len, "%s: has no value; allowed: key=value",
		    quoted);
		return (-1);
	}
	if (plen < sizeof(path)) {
		memcpy(path, text, plen);
		path[plen] = '\0';
		key = conf_find(path);
	}
	if (key == -1) {
		const char	*near = plen < sizeof(path) ?
				    conf_near(path) : NULL;

		snprintf(err, len, near == NULL ? "%s: no such key" :
		    "%s: no such key; did you mean %s?", quoted, near);
		return (-1);
	}
	if (set_text(conf, key, text + plen + 1, &where, what,
	    sizeof(what)) == -1) {
		snprintf(err, len, "%s: %s", path, what);
		return (-1);
	}
	return (0);
}

int
conf_override(struct conf *conf, const char *text, char *err, size_t len)
{
	return (conf_assign(conf, text, CONF_FROM_COMMAND, err, len));
}

const char *
conf_format(const struct conf *conf, enum conf_key key, char *buf, size_t len)
{
	struct conf_item	 item;
	uint32_t		 n;
	size_t			 used;

	buf[0] = '\0';
	for (n = 0; conf_item_get(conf, key, n, &item); n++) {
		if (n > 0)
			strlcat(buf, " ", len);
		used = strlen(buf);
		ops_of(key)->format(&conf_rows[key], &item, buf + used,
		    len - used);
	}
	return (buf);
}

bool
conf_equal(const struct conf *a, const struct conf *b, enum conf_key key)
{
	struct conf_item	 ia, ib;
	bool			 more_a, more_b;
	uint32_t		 n;

	for (n = 0;; n++) {
		more_a = conf_item_get(a, key, n, &ia);
		more_b = conf_item_get(b, key, n, &ib);
		if (!more_a || !more_b)
			return (more_a == more_b);
		if (memcmp(&ia.v, &ib.v, sizeof(ia.v)) != 0)
			return (false);
	}
}
