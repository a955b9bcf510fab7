/* SPDX-License-Identifier: ISC */
/*
 * What is done with descriptions of JSON, etc/schema:
 *
 * schemadoc -l file ...	checks that they describe each member, with its
 *			unit, and require it; that they allow no others; and
 *			that jsonschema knows the words that they use.
 * schemadoc -m file ...	writes them for a manual page, in mdoc(7).
 */
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_tree.h"

static const char *const	keywords[] = { "$schema", "$comment", "title",
				    "description", "type", "const", "enum",
				    "properties", "required",
				    "additionalProperties", "items", "oneOf",
				    "pattern", "format", "minimum", "maximum",
				    NULL };

struct check {
	char		 path[256];	/* where we are */
	unsigned int	 bad;		/* complaints */
};

static void __attribute__((__format__(printf, 2, 3)))
complain(struct check *c, const char *fmt, ...)
{
	va_list	 ap;

	c->bad++;
	printf("%s: ", c->path);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static bool
has_type(const struct json *schema, const char *name)
{
	const struct json	*type = json_member(schema, "type"), *e;

	if (type != NULL && type->type == JSON_STRING)
		return (strcmp(type->text, name) == 0);
	for (e = type != NULL ? type->first : NULL; e != NULL; e = e->next)
		if (e->type == JSON_STRING && strcmp(e->text, name) == 0)
			return (true);
	return (false);
}

static void	 lint(struct check *, const struct json *);

static void
lint_below(struct check *c, const char *name, const struct json *schema)
{
	size_t	 len = strlen(c->path);

	snprintf(c->path + len, sizeof(c->path) - len, ".%s", name);
	lint(c, schema);
	c->path[len] = '\0';
}

static void
lint_object(struct check *c, const struct json *schema)
{
	const struct json	*p, *r, *closed;

	if ((p = json_member(schema, "properties")) == NULL)
		return;
	closed = json_member(schema, "additionalProperties");
	if (closed == NULL || closed->type != JSON_BOOLEAN || closed->is)
		complain(c, "other members are allowed");
	if ((r = json_member(schema, "required")) != NULL)
		r = r->first;
	for (p = p->first; p != NULL; p = p->next) {
		lint_below(c, p->name, p);
		if (*json_text(p, "description") == '\0')
			complain(c, "%s is not described", p->name);
		if (r == NULL || strcmp(r->text, p->name) != 0)
			complain(c, "%s is not in its place in required",
			    p->name);
		r = r != NULL ? r->next : NULL;
	}
	if (r != NULL)
		complain(c, "%s is required, not described", r->text);
}

static void
lint(struct check *c, const struct json *schema)
{
	const struct json	*m;
	size_t			 i;

	for (m = schema->first; m != NULL; m = m->next) {
		for (i = 0; keywords[i] != NULL; i++)
			if (strcmp(keywords[i], m->name) == 0)
				break;
		if (keywords[i] == NULL)
			complain(c, "the keyword %s is not known", m->name);
	}
	if (has_type(schema, "number") &&
	    strstr(json_text(schema, "description"), "seconds") == NULL)
		complain(c, "a number without its unit");
	lint_object(c, schema);
	if ((m = json_member(schema, "items")) != NULL)
		lint_below(c, "items", m);
	if ((m = json_member(schema, "oneOf")) != NULL)
		for (m = m->first; m != NULL; m = m->next)
			lint_below(c, json_text(m, "title"), m);
}

/* ---- the manual --------------------------------------------------------- */

/* Words of text, in lines of mdoc. */
static void
man_text(const char *text)
{
	size_t	 len, column = 0;

	for (; *(text += strspn(text, " ")) != '\0'; text += len) {
		len = strcspn(text, " ");
		if (column > 0 && column + len >= 78) {
			putchar('\n');
			column = 0;
		} else if (column > 0) {
			putchar(' ');
			column++;
		}
		if (column == 0 && strchr(".'", *text) != NULL)
			fputs("\\&", stdout);
		column += len;
		fwrite(text, 1, len, stdout);
		if (text[len - 1] == '.')	/* a sentence, a line */
			column = 78;
	}
	putchar('\n');
}

static void
man_type(const struct json *schema)
{
	const struct json	*type = json_member(schema, "type"), *e;

	if (type == NULL) {
		fputs("string", stdout);	/* a const, or an enum */
		return;
	}
	if (type->type == JSON_STRING)
		fputs(strcmp(json_text(schema, "format"), "date-time") == 0 ?
		    "time" : type->text, stdout);
	for (e = type->first; e != NULL; e = e->next)
		printf("%s%s", e == type->first ? "" : " or ",
		    strcmp(json_text(schema, "format"), "date-time") == 0 &&
		    strcmp(e->text, "string") == 0 ? "time" : e->text);
}

static void
man_words(const struct json *list)
{
	const struct json	*e;
	char			 text[2048] = "one of";

	for (e = list->first; e != NULL; e = e->next) {
		if (e->type != JSON_STRING)
			continue;
		strlcat(text, e == list->first ? " " : ", ", sizeof(text));
		strlcat(text, e->text, sizeof(text));
	}
	man_text(text);
}

static void	 man_members(const struct json *);

static void
man_variants(const struct json *list)
{
	const struct json	*s;

	for (s = list->first; s != NULL; s = s->next) {
		puts(".Pp");
		man_text(json_text(s, "description"));
		man_members(s);
	}
}

static void
man_members(const struct json *schema)
{
	const struct json	*p, *s;

	if ((p = json_member(schema, "properties")) == NULL)
		return;
	puts(".Pp\n.Bl -tag -width Ds -compact");
	for (p = p->first; p != NULL; p = p->next) {
		printf(".It Li %s Pq ", p->name);
		man_type(p);
		putchar('\n');
		if ((s = json_member(p, "enum")) != NULL) {
			printf("%s;\n", json_text(p, "description"));
			man_words(s);
		} else
			man_text(json_text(p, "description"));
		if ((s = json_member(p, "items")) == NULL)
			continue;
		man_members(s);
		if ((s = json_member(s, "oneOf")) != NULL)
			man_variants(s);
	}
	puts(".El");
}

static void
man(const struct json *schema)
{
	const struct json	*s;

	printf(".Ss %s\n", json_text(schema, "title"));
	man_text(json_text(schema, "description"));
	man_members(schema);
	if ((s = json_member(schema, "oneOf")) != NULL)
		man_variants(s);
}

int
main(int argc, char **argv)
{
	const struct json	*schema;
	struct check		 c;
	int			 i;
	bool			 manual;

	memset(&c, 0, sizeof(c));
	manual = argc > 2 && strcmp(argv[1], "-m") == 0;
	if (argc < 3 || (!manual && strcmp(argv[1], "-l") != 0)) {
		fprintf(stderr, "usage: schemadoc -l | -m file ...\n");
		return (2);
	}
	for (i = 2; i < argc; i++) {
		schema = json_read(argv[i]);
		if (manual) {
			man(schema);
			continue;
		}
		snprintf(c.path, sizeof(c.path), "%s", argv[i]);
		lint(&c, schema);
	}
	return (c.bad > 0);
}
