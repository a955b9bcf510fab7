/* SPDX-License-Identifier: ISC */
/*
 * YAML to struct conf, one event of libyaml at a time: nested mappings name a
 * key's dotted path, scalars and lists of scalars are its value.  There is
 * neither a tree nor recursion, and what YAML has beyond that is refused.
 */
#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "conf_types.h"
#include "yaml_conf.h"

enum expect {
	EXPECT_ROOT,
	EXPECT_KEY,		/* or the end of the mapping */
	EXPECT_VALUE,		/* of reader.key */
	EXPECT_SECTION,		/* the mapping under a key like clock */
	EXPECT_ELEMENT,		/* or the end of the list */
	EXPECT_FIELD,		/* of an element, or the end of that */
	EXPECT_FIELD_VALUE
};

#define FIELDS_MAX	32	/* that one element is given */
#define FIELD_NAME_MAX	32

struct reader {
	yaml_parser_t		 parser;
	struct conf		*conf;
	const char		*name;
	const char		*buf;		/* behind a byte order mark */
	size_t			 len;
	char			*err;
	size_t			 errlen;
	enum expect		 expect;
	unsigned int		 depth;		/* open mappings and lists */
	unsigned int		 documents;
	char			 path[CONF_TEXT_MAX];	/* of the key at hand */
	size_t			 prefix;	/* of it, the mapping's part */
	int			 key;		/* or a section's first */
	uint32_t		 index;		/* of the next element */
	struct conf_item	 item;		/* an element with fields */
	char			 field[FIELDS_MAX][FIELD_NAME_MAX];
	unsigned int		 nfields;	/* that it was given */
	struct conf_where	 at;		/* where the event is */
	uint32_t		 key_line[CONF_NKEYS];	/* 0: not yet given */
	uint32_t		 section_line[CONF_NKEYS][YAML_CONF_DEPTH_MAX];
};

/* "name:line:column: path: what"; without path if it is NULL. */
static int	fail(struct reader *, const struct conf_where *, const char *,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));

static int
fail(struct reader *r, const struct conf_where *at, const char *path,
    const char *fmt, ...)
{
	char	 what[CONF_ERR_MAX], position[32] = "";
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (at->origin == CONF_FROM_FILE)
		snprintf(position, sizeof(position), "%u:%u:", at->line,
		    at->column);
	snprintf(r->err, r->errlen, "%s:%s %s%s%s", r->name, position,
	    path == NULL ? "" : path, path == NULL ? "" : ": ", what);
	return (-1);
}

/* The event is not what may stand here: "cannot be a list", say. */
static int
unexpected(struct reader *r, const char *what)
{
	char	 allowed[CONF_ERR_MAX];

	switch (r->expect) {
	case EXPECT_ROOT:
	case EXPECT_KEY:
		r->path[r->prefix] = '\0';
		conf_names(r->path, allowed, sizeof(allowed));
		return (fail(r, &r->at, NULL, "%s %s; allowed: `key: value' "
		    "with the keys %s", r->expect == EXPECT_ROOT ?
		    "the file" : "a key", what, allowed));
	case EXPECT_SECTION:
		strlcat(r->path, ".", sizeof(r->path));
		conf_names(r->path, allowed, sizeof(allowed));
		r->path[strlen(r->path) - 1] = '\0';
		return (fail(r, &r->at, r->path, "%s; allowed: a mapping with "
		    "the keys %s", what, allowed));
	default:
		conf_allowed(r->key, allowed, sizeof(allowed));
		return (fail(r, &r->at, r->path, "%s; allowed: %s", what,
		    allowed));
	}
}

static int
unknown_key(struct reader *r, const char *key, size_t len)
{
	char	 shown[CONF_TEXT_MAX + CONF_QUOTE_SIZE];
	char	 quoted[CONF_QUOTE_SIZE], hint[CONF_ERR_MAX];

	r->path[r->prefix] = '\0';
	conf_quote(quoted, sizeof(quoted), key, len);
	snprintf(shown, sizeof(shown), "%s%s", r->path,
	    len == 0 ? "(empty)" : quoted);
	conf_suggest(r->path, key, hint, sizeof(hint));
	return (fail(r, &r->at, shown, "no such key; %s", hint));
}

/* Takes note of the line that a key is on; -1 if it had one already. */
static int
once(struct reader *r, uint32_t *line)
{
	if (*line != 0)
		return (fail(r, &r->at, r->path, "is given twice, on line %u "
		    "first; allowed: once", *line));
	*line = r->at.line;
	return (0);
}

static int
on_key(struct reader *r, const char *key, size_t len)
{
	r->path[r->prefix] = '\0';
	if (len == 0 || strlen(key) != len || strchr(key, '.') != NULL ||
	    strlcat(r->path, key, sizeof(r->path)) >= sizeof(r->path) - 1)
		return (unknown_key(r, key, len));
	if ((r->key = conf_find(r->path)) != -1) {
		r->expect = EXPECT_VALUE;
		r->index = 0;
		return (once(r, &r->key_line[r->key]));
	}
	if ((r->key = conf_section(r->path)) != -1) {
		r->expect = EXPECT_SECTION;
		return (once(r, &r->section_line[r->key][r->depth - 1]));
	}
	return (unknown_key(r, key, len));
}

static int
on_value(struct reader *r, const char *text, size_t len)
{
	char	 what[CONF_ERR_MAX];

	if (strlen(text) != len)
		return (unexpected(r, "has a NUL"));
	if (conf_set(r->conf, r->key, r->index, text, &r->at, what,
	    sizeof(what)) == -1)
		return (fail(r, &r->at, r->path, "%s", what));
	r->index++;
	if (r->expect == EXPECT_VALUE)
		r->expect = EXPECT_KEY;
	return (0);
}

/* The element at hand is a mapping: its first field comes next. */
static void
on_fields_start(struct reader *r)
{
	memset(&r->item, 0, sizeof(r->item));
	r->item.key = (uint32_t)r->key;
	r->item.index = r->index;
	r->item.where = r->at;
	r->nfields = 0;
	r->expect = EXPECT_FIELD;
}

static int
on_field(struct reader *r, const char *name, size_t len)
{
	char		 quoted[CONF_QUOTE_SIZE];
	unsigned int	 i;

	conf_quote(quoted, sizeof(quoted), name, len);
	for (i = 0; i < r->nfields; i++)
		if (strcmp(r->field[i], name) == 0)
			return (fail(r, &r->at, r->path, "%s is given twice; "
			    "allowed: once", quoted));
	if (r->nfields == FIELDS_MAX || strlen(name) != len ||
	    strlcpy(r->field[r->nfields], name, FIELD_NAME_MAX) >=
	    FIELD_NAME_MAX)
		return (unexpected(r, "has a field that it has not"));
	r->nfields++;
	r->expect = EXPECT_FIELD_VALUE;
	return (0);
}

static int
on_field_value(struct reader *r, const char *text, size_t len)
{
	const char	*name = r->field[r->nfields - 1];
	char		 quoted[CONF_QUOTE_SIZE], what[CONF_ERR_MAX];

	if (strlen(text) != len)
		return (unexpected(r, "has a NUL"));
	conf_quote(quoted, sizeof(quoted), name, strlen(name));
	if (conf_set_field(&r->item, name, text, what, sizeof(what)) == -1)
		return (fail(r, &r->at, r->path, "%s: %s", quoted, what));
	r->expect = EXPECT_FIELD;
	return (0);
}

/* All its fields are there: is it one? */
static int
on_fields_end(struct reader *r)
{
	char	 what[CONF_ERR_MAX];

	if (conf_item_set(r->conf, &r->item, what, sizeof(what)) == -1)
		return (fail(r, &r->item.where, r->path, "%s", what));
	r->index++;
	r->expect = EXPECT_ELEMENT;
	return (0);
}

static bool
is_null(const char *text)
{
	static const char *const	 nulls[] = {
		"", "~", "null", "Null", "NULL"
	};
	size_t				 n;

	for (n = 0; n < sizeof(nulls) / sizeof(nulls[0]); n++)
		if (strcmp(text, nulls[n]) == 0)
			return (true);
	return (false);
}

static int
on_scalar(struct reader *r, const yaml_event_t *ev)
{
	const char	*text = (const char *)ev->data.scalar.value;
	size_t		 len = ev->data.scalar.length;
	bool		 null;

	null = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    strlen(text) == len && is_null(text);
	switch (r->expect) {
	case EXPECT_KEY:
		return (on_key(r, text, len));
	case EXPECT_VALUE:
	case EXPECT_ELEMENT:
		return (null ? unexpected(r, "has no value") :
		    on_value(r, text, len));
	case EXPECT_FIELD:
		return (on_field(r, text, len));
	case EXPECT_FIELD_VALUE:
		return (on_field_value(r, text, len));
	case EXPECT_ROOT:
		if (null && len == 0)	/* "---" and nothing else */
			return (0);
		break;
	case EXPECT_SECTION:
		break;
	}
	return (unexpected(r, null ? "has no value" :
	    "cannot be a single value"));
}

static int
on_mapping_start(struct reader *r)
{
	if (r->expect == EXPECT_ELEMENT && conf_has_fields(r->key)) {
		on_fields_start(r);
		return (0);
	}
	if (r->expect == EXPECT_SECTION)
		r->prefix = strlcat(r->path, ".", sizeof(r->path));
	else if (r->expect != EXPECT_ROOT)
		return (unexpected(r, "cannot be a mapping"));
	r->expect = EXPECT_KEY;
	return (0);
}

/* Back to the mapping around it: "a.b." becomes "a.", "a." "". */
static int
on_mapping_end(struct reader *r)
{
	if (r->expect == EXPECT_FIELD)
		return (on_fields_end(r));
	if (r->prefix > 0)
		r->prefix--;
	while (r->prefix > 0 && r->path[r->prefix - 1] != '.')
		r->prefix--;
	r->expect = EXPECT_KEY;
	return (0);
}

static int
on_list_start(struct reader *r)
{
	if (r->expect != EXPECT_VALUE || !conf_is_list(r->key))
		return (unexpected(r, "cannot be a list"));
	r->expect = EXPECT_ELEMENT;
	return (0);
}

static int
on_list_end(struct reader *r)
{
	if (r->index == 0 && conf_rows[r->key].min > 0)
		return (unexpected(r, "is an empty list"));
	r->expect = EXPECT_KEY;
	return (0);
}

/* Anchors, aliases and tags make files that do not say what they mean. */
static const char *
extra_of(const yaml_event_t *ev)
{
	const yaml_char_t	*anchor = NULL, *tag = NULL;

	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return ("cannot be an alias");
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor != NULL)
		return ("cannot have an anchor");
	return (tag != NULL ? "cannot have a tag" : NULL);
}

static int
on_event(struct reader *r, const yaml_event_t *ev)
{
	const char	*extra;

	if ((extra = extra_of(ev)) != NULL)
		return (unexpected(r, extra));
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++ > 0)
			return (fail(r, &r->at, NULL,
			    "a second document; allowed: one"));
		return (0);
	case YAML_SCALAR_EVENT:
		return (on_scalar(r, ev));
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		if (++r->depth > YAML_CONF_DEPTH_MAX)
			return (fail(r, &r->at, NULL, "nested too deeply; "
			    "allowed: %u levels", YAML_CONF_DEPTH_MAX));
		return (ev->type == YAML_MAPPING_START_EVENT ?
		    on_mapping_start(r) : on_list_start(r));
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return (on_mapping_end(r));
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		return (on_list_end(r));
	default:
		return (0);
	}
}

static void
set_where(struct conf_where *at, const yaml_mark_t *mark)
{
	at->origin = CONF_FROM_FILE;
	at->line = (uint32_t)mark->line + 1;
	at->column = (uint32_t)mark->column + 1;
}

/* libyaml says of a bad octet only how far into the file it is. */
static void
set_where_offset(struct reader *r, size_t offset)
{
	yaml_mark_t	 mark = { 0, 0, 0 };
	size_t		 i;

	for (i = 0; i < offset && i < r->len; i++)
		if (r->buf[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((r->buf[i] & 0xc0) != 0x80)
			mark.column++;
	set_where(&r->at, &mark);
}

static int
syntax_error(struct reader *r)
{
	const yaml_parser_t	*p = &r->parser;
	const char		*problem;

	problem = p->problem != NULL ? p->problem : "not YAML";
	switch (p->error) {
	case YAML_MEMORY_ERROR:
		return (fail(r, &r->at, NULL, "out of memory"));
	case YAML_READER_ERROR:
		set_where_offset(r, p->problem_offset);
		return (fail(r, &r->at, NULL, "%s; allowed: printable UTF-8 "
		    "text", problem));
	default:
		set_where(&r->at, &p->problem_mark);
		return (fail(r, &r->at, NULL, "%s%s%s; allowed: YAML",
		    p->context != NULL ? p->context : "",
		    p->context != NULL ? ", " : "", problem));
	}
}

static int
read_events(struct reader *r)
{
	yaml_event_t	 ev;
	bool		 end;
	int		 ret;

	do {
		if (!yaml_parser_parse(&r->parser, &ev))
			return (syntax_error(r));
		set_where(&r->at, &ev.start_mark);
		end = ev.type == YAML_STREAM_END_EVENT;
		ret = on_event(r, &ev);
		yaml_event_delete(&ev);
	} while (ret == 0 && !end);
	return (ret);
}

int
yaml_conf_read(struct conf *conf, const char *name, const void *buf,
    size_t len, char *err, size_t errlen)
{
	struct reader	 r;
	enum conf_key	 key;
	char		 what[CONF_ERR_MAX];
	int		 ret;

	memset(&r, 0, sizeof(r));
	r.conf = conf;
	r.name = name;
	r.buf = len > 0 ? buf : "";
	r.len = len;
	r.err = err;
	r.errlen = errlen;
	set_where_offset(&r, 0);
	if (len > YAML_CONF_SIZE_MAX)
		return (fail(&r, &r.at, NULL, "the file has %zu octets; "
		    "allowed: up to %d", len, YAML_CONF_SIZE_MAX));
	if (len >= 3 && memcmp(buf, "\xef\xbb\xbf", 3) == 0) {
		r.buf += 3;
		r.len -= 3;
	}
	if (!yaml_parser_initialize(&r.parser))
		return (fail(&r, &r.at, NULL, "out of memory"));
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser,
	    (const unsigned char *)r.buf, r.len);
	ret = read_events(&r);
	yaml_parser_delete(&r.parser);
	if (ret == 0 && conf_check(conf, &key, what, sizeof(what)) == -1)
		ret = fail(&r, &conf->where[key], conf_rows[key].path, "%s",
		    what);
	return (ret);
}
