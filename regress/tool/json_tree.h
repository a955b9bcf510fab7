/* SPDX-License-Identifier: ISC */
/*
 * A JSON text (RFC 8259) as a tree, for the tools that check what ntpsctl
 * says.  Stricter than it need be: a member's name may be there once, and
 * numbers keep their digits, so that an integer can be told from a real.
 * Nothing is ever freed: a tool reads one text, or one after another, and ends.
 */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_DEPTH	32
#define JSON_FILE_MAX	(1 << 20)

enum json_type {
	JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	enum json_type	 type;
	bool		 is;		/* JSON_BOOLEAN */
	char		*text;		/* JSON_NUMBER, _STRING; never NULL */
	char		*name;		/* of a member, or NULL */
	struct json	*first, *next;	/* elements or members; the next one */
};

struct json_reader {
	const char	*what;		/* whose text it is */
	const char	*begin, *p;
	int		 depth;
};

static void __attribute__((__noreturn__, __format__(printf, 2, 3)))
json_bad(const struct json_reader *r, const char *fmt, ...)
{
	va_list	 ap;
	char	 why[256];

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	errx(1, "%s: octet %td: %s", r->what, r->p - r->begin, why);
}

static void *
json_alloc(size_t size)
{
	void	*p;

	if ((p = calloc(1, size)) == NULL)
		err(1, NULL);
	return (p);
}

static void
json_blanks(struct json_reader *r)
{
	while (*r->p != '\0' && strchr(" \t\r\n", *r->p) != NULL)
		r->p++;
}

static void
json_expect(struct json_reader *r, char c)
{
	json_blanks(r);
	if (*r->p != c)
		json_bad(r, "expected %c", c);
	r->p++;
}

static unsigned int
json_hex4(struct json_reader *r)
{
	unsigned int	 i, v = 0;

	for (i = 0; i < 4; i++, r->p++) {
		if (!isxdigit((unsigned char)*r->p))
			json_bad(r, "\\u takes four hexadecimal digits");
		v = v * 16 + (unsigned int)(*r->p <= '9' ? *r->p - '0' :
		    (*r->p | 0x20) - 'a' + 10);
	}
	return (v);
}

/* Of the basic plane alone: ours writes no others that way. */
static char *
json_put_utf8(char *to, unsigned int c)
{
	if (c < 0x80)
		*to++ = (char)c;
	else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return (to);
}

static char *
json_get_string(struct json_reader *r)
{
	static const char	 plain[] = "\"\\/bfnrt";
	static const char	 means[] = "\"\\/\b\f\n\r\t";
	const char		*found;
	char			*text, *to;

	json_expect(r, '"');
	to = text = json_alloc(strlen(r->p) + 1);
	for (; *r->p != '"'; ) {
		if ((unsigned char)*r->p < 0x20)
			json_bad(r, "a string with a control character");
		if (*r->p != '\\') {
			*to++ = *r->p++;
			continue;
		}
		if (*++r->p == 'u') {
			r->p++;
			to = json_put_utf8(to, json_hex4(r));
		} else if (*r->p != '\0' &&
		    (found = strchr(plain, *r->p)) != NULL) {
			*to++ = means[found - plain];
			r->p++;
		} else
			json_bad(r, "no such escape");
	}
	r->p++;
	/* as long as it is, not as the rest of the text was */
	if ((to = strdup(text)) == NULL)
		err(1, NULL);
	free(text);
	return (to);
}

static char *
json_get_number(struct json_reader *r)
{
	const char	*from = r->p;
	char		*text;

	if (*r->p == '-')
		r->p++;
	if (!isdigit((unsigned char)*r->p) ||
	    (*r->p == '0' && isdigit((unsigned char)r->p[1])))
		json_bad(r, "neither a number nor another value");
	r->p += strspn(r->p, "0123456789");
	if (*r->p == '.') {
		if (!isdigit((unsigned char)*++r->p))
			json_bad(r, "a number that ends in a dot");
		r->p += strspn(r->p, "0123456789");
	}
	if (*r->p == 'e' || *r->p == 'E') {
		r->p++;
		r->p += *r->p == '+' || *r->p == '-';
		if (!isdigit((unsigned char)*r->p))
			json_bad(r, "an exponent without digits");
		r->p += strspn(r->p, "0123456789");
	}
	if ((text = strndup(from, (size_t)(r->p - from))) == NULL)
		err(1, NULL);
	return (text);
}

static struct json *
json_member(const struct json *object, const char *name)
{
	struct json	*m;

	if (object == NULL || object->type != JSON_OBJECT)
		return (NULL);
	for (m = object->first; m != NULL; m = m->next)
		if (strcmp(m->name, name) == 0)
			return (m);
	return (NULL);
}

/* The text of a member that is a string, or none. */
static const char *
json_text(const struct json *object, const char *name)
{
	const struct json	*m = json_member(object, name);

	return (m != NULL && m->type == JSON_STRING ? m->text : "");
}

static struct json	*json_get(struct json_reader *);

/* Elements or members, up to the bracket that ends them. */
static void
json_get_list(struct json_reader *r, struct json *v)
{
	struct json	**last = &v->first, *m;
	bool		 object = v->type == JSON_OBJECT;
	char		 end = object ? '}' : ']', *name = NULL;

	r->p++;
	json_blanks(r);
	if (*r->p == end) {
		r->p++;
		return;
	}
	if (++r->depth > JSON_DEPTH)
		json_bad(r, "nested too deeply");
	for (;;) {
		if (object) {
			name = json_get_string(r);
			if (json_member(v, name) != NULL)
				json_bad(r, "\"%s\" is there twice", name);
			json_expect(r, ':');
		}
		m = json_get(r);
		m->name = name;
		*last = m;
		last = &m->next;
		json_blanks(r);
		if (*r->p == end)
			break;
		json_expect(r, ',');
	}
	r->p++;
	r->depth--;
}

static struct json *
json_get(struct json_reader *r)
{
	static const struct {
		const char	*word;
		enum json_type	 type;
		bool		 is;
	}		 words[] = {
		{ "null", JSON_NULL, false },
		{ "true", JSON_BOOLEAN, true },
		{ "false", JSON_BOOLEAN, false }
	};
	struct json	*v = json_alloc(sizeof(*v));
	size_t		 i, len;

	json_blanks(r);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i].word);
		if (strncmp(r->p, words[i].word, len) == 0) {
			r->p += len;
			v->type = words[i].type;
			v->is = words[i].is;
			return (v);
		}
	}
	if (*r->p == '"') {
		v->type = JSON_STRING;
		v->text = json_get_string(r);
	} else if (*r->p == '{' || *r->p == '[') {
		v->type = *r->p == '{' ? JSON_OBJECT : JSON_ARRAY;
		json_get_list(r, v);
	} else {
		v->type = JSON_NUMBER;
		v->text = json_get_number(r);
	}
	return (v);
}

/* One text and nothing else; what it is called in complaints.  Or the end. */
static struct json *
json_parse(const char *what, const char *text)
{
	struct json_reader	 r = { what, text, text, 0 };
	struct json		*v;

	v = json_get(&r);
	json_blanks(&r);
	if (*r.p != '\0')
		json_bad(&r, "more after its end");
	return (v);
}

/* The text of a file. */
static struct json *
json_read(const char *path)
{
	FILE	*f;
	char	*text = json_alloc(JSON_FILE_MAX);
	size_t	 n;

	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	n = fread(text, 1, JSON_FILE_MAX - 1, f);
	if (ferror(f) || !feof(f))
		errx(1, "%s: cannot be read, or is too long", path);
	fclose(f);
	text[n] = '\0';
	return (json_parse(path, text));
}

#endif /* JSON_TREE_H */
