/* SPDX-License-Identifier: ISC */
/*
 * jsonschema folder: each line of standard input is a JSON object, whose
 * member "schema", such as ntpsd/status/1, says that it is to be as
 * folder/status.json describes version 1, in as much of JSON Schema 2020-12 as
 * those descriptions use.  It says what is not so, and where.
 */
#include <err.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_tree.h"

#define KEPT_MAX	64		/* descriptions */

/* RFC 3339, as ntpsd writes it: UTC, to the nanosecond */
#define DATE_TIME	"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])" \
			"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]" \
			"[.][0-9]{9}Z$"

struct check {
	char		 path[256];	/* where we are */
	bool		 quiet;
	unsigned int	 bad;		/* complaints */
};

static void __attribute__((__format__(printf, 2, 3)))
complain(struct check *c, const char *fmt, ...)
{
	va_list	 ap;

	c->bad++;
	if (c->quiet)
		return;
	printf("%s: ", c->path);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static bool
matches(const char *pattern, const char *text)
{
	regex_t	 re;
	bool	 is;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		errx(1, "not a regular expression: %s", pattern);
	is = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return (is);
}

static const char *
type_name(const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		return ("null");
	case JSON_BOOLEAN:
		return ("boolean");
	case JSON_NUMBER:
		return (strpbrk(v->text, ".eE") == NULL ? "integer" :
		    "number");
	case JSON_STRING:
		return ("string");
	case JSON_ARRAY:
		return ("array");
	default:
		return ("object");
	}
}

static bool
is_type(const struct json *v, const char *type)
{
	return (strcmp(type_name(v), type) == 0 || (v->type == JSON_NUMBER &&
	    strcmp(type, "number") == 0));
}

/* Strings, numbers as they are written, and the words. */
static bool
same(const struct json *a, const struct json *b)
{
	if (a->type != b->type)
		return (false);
	if (a->text != NULL)
		return (strcmp(a->text, b->text) == 0);
	return (a->type != JSON_BOOLEAN || a->is == b->is);
}

static bool
among(const struct json *list, const struct json *v)
{
	const struct json	*e;

	for (e = list->first; e != NULL; e = e->next)
		if (same(e, v))
			return (true);
	return (false);
}

static void	 check(struct check *, const struct json *,
		    const struct json *);

/* One more step of the path, and back. */
static void
check_below(struct check *c, const char *name, size_t i,
    const struct json *schema, const struct json *v)
{
	size_t	 len = strlen(c->path);

	if (name != NULL)
		snprintf(c->path + len, sizeof(c->path) - len, ".%s", name);
	else
		snprintf(c->path + len, sizeof(c->path) - len, "[%zu]", i);
	check(c, schema, v);
	c->path[len] = '\0';
}

static void
check_object(struct check *c, const struct json *schema, const struct json *v)
{
	const struct json	*properties, *m, *s, *closed;

	properties = json_member(schema, "properties");
	closed = json_member(schema, "additionalProperties");
	for (m = v->first; m != NULL; m = m->next) {
		if ((s = json_member(properties, m->name)) != NULL)
			check_below(c, m->name, 0, s, m);
		else if (closed != NULL && !closed->is)
			complain(c, "the member %s is not described", m->name);
	}
	if ((s = json_member(schema, "required")) == NULL)
		return;
	for (m = s->first; m != NULL; m = m->next)
		if (json_member(v, m->text) == NULL)
			complain(c, "the member %s is missing", m->text);
}

/* Exactly one fits; if none does, the nearest says what is wrong. */
static void
check_one_of(struct check *c, const struct json *list, const struct json *v)
{
	const struct json	*s, *best = NULL;
	struct check		 try;
	unsigned int		 least = 0, fit = 0;

	for (s = list->first; s != NULL; s = s->next) {
		try = *c;
		try.quiet = true;
		try.bad = 0;
		check(&try, s, v);
		fit += try.bad == 0;
		if (best == NULL || try.bad < least) {
			best = s;
			least = try.bad;
		}
	}
	if (fit == 0 && best != NULL)
		check(c, best, v);
	else if (fit != 1)
		complain(c, "%u of oneOf fit", fit);
}

static void
check_string(struct check *c, const struct json *schema, const char *text)
{
	const struct json	*s;

	if ((s = json_member(schema, "pattern")) != NULL &&
	    !matches(s->text, text))
		complain(c, "\"%s\" does not match %s", text, s->text);
	if ((s = json_member(schema, "format")) == NULL)
		return;
	if (strcmp(s->text, "date-time") != 0)
		errx(1, "%s: a format that is not known: %s", c->path,
		    s->text);
	if (!matches(DATE_TIME, text))
		complain(c, "\"%s\" is no time", text);
}

static void
check_number(struct check *c, const struct json *schema, const char *text)
{
	const struct json	*s;

	if ((s = json_member(schema, "minimum")) != NULL &&
	    strtod(text, NULL) < strtod(s->text, NULL))
		complain(c, "%s is below %s", text, s->text);
	if ((s = json_member(schema, "maximum")) != NULL &&
	    strtod(text, NULL) > strtod(s->text, NULL))
		complain(c, "%s is above %s", text, s->text);
}

static void
check_type(struct check *c, const struct json *type, const struct json *v)
{
	const struct json	*e;

	if (type->type == JSON_STRING && is_type(v, type->text))
		return;
	for (e = type->first; e != NULL; e = e->next)
		if (is_type(v, e->text))
			return;
	complain(c, "%s is not of its type", type_name(v));
}

static void
check(struct check *c, const struct json *schema, const struct json *v)
{
	const struct json	*s;
	size_t			 i = 0;

	if ((s = json_member(schema, "type")) != NULL)
		check_type(c, s, v);
	if ((s = json_member(schema, "const")) != NULL && !same(s, v))
		complain(c, "%s is not %s", v->text != NULL ? v->text :
		    type_name(v), s->text);
	if ((s = json_member(schema, "enum")) != NULL && !among(s, v))
		complain(c, "%s is none of the words", v->text != NULL ?
		    v->text : type_name(v));
	if ((s = json_member(schema, "oneOf")) != NULL)
		check_one_of(c, s, v);
	if (v->type == JSON_OBJECT)
		check_object(c, schema, v);
	else if (v->type == JSON_STRING)
		check_string(c, schema, v->text);
	else if (v->type == JSON_NUMBER)
		check_number(c, schema, v->text);
	else if (v->type == JSON_ARRAY &&
	    (s = json_member(schema, "items")) != NULL)
		for (v = v->first; v != NULL; v = v->next)
			check_below(c, NULL, i++, s, v);
}

/* What describes a document, by its member "schema". */
static const struct json *
schema_of(const char *folder, const struct json *v)
{
	static struct {
		char		*name;
		struct json	*schema;
	}		 kept[KEPT_MAX];
	char		 path[1024];
	const char	*name = json_text(v, "schema");
	size_t		 i;

	if (!matches("^ntpsd/[a-z]+/[1-9][0-9]*$", name))
		errx(1, "a document without a schema's name");
	for (i = 0; i < KEPT_MAX && kept[i].name != NULL; i++)
		if (strcmp(kept[i].name, name) == 0)
			return (kept[i].schema);
	if (i == KEPT_MAX || (kept[i].name = strdup(name)) == NULL)
		errx(1, "too many schemas");
	name = strchr(name, '/') + 1;
	snprintf(path, sizeof(path), "%s/%.*s.json", folder,
	    (int)strcspn(name, "/"), name);
	return (kept[i].schema = json_read(path));
}

static unsigned int
check_lines(const char *folder)
{
	struct check	 c;
	struct json	*v;
	char		*line = NULL;
	size_t		 size = 0;
	unsigned int	 n = 0, bad = 0;

	while (getline(&line, &size, stdin) != -1) {
		n++;
		v = json_parse("standard input", line);
		memset(&c, 0, sizeof(c));
		snprintf(c.path, sizeof(c.path), "line %u: %s", n,
		    json_text(v, "schema"));
		check(&c, schema_of(folder, v), v);
		bad += c.bad;
	}
	free(line);
	if (n == 0)
		errx(1, "no document");
	return (bad);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: jsonschema folder <lines\n");
		return (2);
	}
	return (check_lines(argv[1]) > 0);
}
