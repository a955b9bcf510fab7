/* SPDX-License-Identifier: ISC */
/*
 * What the errors of the configuration say beyond "wrong": the key that was
 * perhaps meant, the names that there are, and a stranger's text in a form
 * that is safe to show.
 */
#include <stdio.h>
#include <string.h>

#include "conf_types.h"

#define NAME_LEN	64	/* longer than any path in conf.def */
#define DISTANCE_MAX	2	/* mistakes that may be a slip */

static size_t
smaller(size_t a, size_t b)
{
	return (a < b ? a : b);
}

/* Levenshtein's distance between octets, both shorter than NAME_LEN. */
static size_t
distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t	 row[NAME_LEN + 1];
	size_t	 i, j, corner, above;

	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 1; i <= alen; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= blen; j++) {
			above = row[j];
			row[j] = smaller(smaller(above, row[j - 1]) + 1,
			    corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return (row[blen]);
}

/*
 * Whether name is nearer to text than *best, which it then becomes.  Half of a
 * short name is no slip.
 */
static bool
nearer(const char *name, size_t len, const char *text, size_t *best)
{
	size_t	 d, textlen = strlen(text);

	if (len >= NAME_LEN || textlen >= NAME_LEN)
		return (false);
	d = distance(name, len, text, textlen);
	if (d > DISTANCE_MAX || 2 * d > len || d >= *best)
		return (false);
	*best = d;
	return (true);
}

/* The one path that ends in ".text", or NULL. */
static const char *
by_suffix(const char *text)
{
	const char	*found = NULL, *path;
	size_t		 n, len, textlen = strlen(text);

	for (n = 0; n < CONF_NKEYS; n++) {
		path = conf_rows[n].path;
		len = strlen(path);
		if (textlen == 0 || len <= textlen ||
		    path[len - textlen - 1] != '.' ||
		    strcmp(path + len - textlen, text) != 0)
			continue;
		if (found != NULL)
			return (NULL);
		found = path;
	}
	return (found);
}

const char *
conf_near(const char *text)
{
	const char	*found = NULL, *path;
	size_t		 n, best = DISTANCE_MAX + 1;

	for (n = 0; n < CONF_NKEYS; n++) {
		path = conf_rows[n].path;
		if (nearer(path, strlen(path), text, &best))
			found = path;
	}
	return (found != NULL ? found : by_suffix(text));
}

int
conf_section(const char *path)
{
	size_t	 len = strlen(path);
	int	 n;

	for (n = 0; n < CONF_NKEYS; n++)
		if (strncmp(conf_rows[n].path, path, len) == 0 &&
		    conf_rows[n].path[len] == '.')
			return (n);
	return (-1);
}

/*
 * The name that follows prefix in a row's path, NULL if there is none or the
 * row before has the same one (rows of a section stand together).
 */
static const char *
name_under(size_t n, const char *prefix, size_t *len)
{
	const char	*name = conf_rows[n].path;
	size_t		 plen = strlen(prefix);

	if (strncmp(name, prefix, plen) != 0)
		return (NULL);
	*len = strcspn(name + plen, ".");
	if (n > 0 && name[plen + *len] == '.' &&
	    strncmp(conf_rows[n - 1].path, name, plen + *len + 1) == 0)
		return (NULL);
	return (name + plen);
}

const char *
conf_names(const char *prefix, char *buf, size_t size)
{
	const char	*name;
	size_t		 n, len, used = 0;

	buf[0] = '\0';
	for (n = 0; n < CONF_NKEYS && used < size; n++)
		if ((name = name_under(n, prefix, &len)) != NULL)
			used += (size_t)snprintf(buf + used, size - used,
			    "%s%.*s", used == 0 ? "" : ", ", (int)len, name);
	return (buf);
}

/* "clock.stratum" the way that YAML has it: "clock: {stratum: ...}". */
static void
nested(const char *path, char *buf, size_t size)
{
	const char	*p;
	size_t		 depth = 0;

	buf[0] = '\0';
	for (p = path; *p != '\0'; p++)
		if (*p == '.')
			depth++;
	for (p = path; *p != '\0'; p++) {
		char	 c[2] = { *p, '\0' };

		strlcat(buf, *p == '.' ? ": {" : c, size);
	}
	if (depth > 0)
		strlcat(buf, ": ...", size);
	for (; depth > 0; depth--)
		strlcat(buf, "}", size);
}

/* A path like the one that is not there, or NULL. */
static const char *
near_path(const char *prefix, const char *key)
{
	char		 path[2 * NAME_LEN];
	const char	*near;

	if (snprintf(path, sizeof(path), "%s%s", prefix, key) >=
	    (int)sizeof(path))
		return (NULL);
	if (conf_find(key) != -1)
		return (conf_rows[conf_find(key)].path);
	if ((near = conf_near(path)) != NULL)
		return (near);
	return (conf_near(key));
}

const char *
conf_suggest(const char *prefix, const char *key, char *buf, size_t size)
{
	char		 form[2 * NAME_LEN];
	const char	*name, *found = NULL;
	size_t		 n, len, foundlen = 0, best = DISTANCE_MAX + 1;

	for (n = 0; n < CONF_NKEYS; n++)
		if ((name = name_under(n, prefix, &len)) != NULL &&
		    nearer(name, len, key, &best)) {
			found = name;
			foundlen = len;
		}
	if (found != NULL)
		snprintf(buf, size, "did you mean %.*s?", (int)foundlen, found);
	else if ((found = near_path(prefix, key)) != NULL) {
		nested(found, form, sizeof(form));
		snprintf(buf, size, "did you mean %s%s?", form,
		    prefix[0] == '\0' ? "" : " at the top");
	} else {
		snprintf(buf, size, "allowed: ");
		conf_names(prefix, buf + strlen(buf), size - strlen(buf));
	}
	return (buf);
}

const char *
conf_quote(char *buf, size_t size, const char *text, size_t len)
{
	char	 shown[5];
	size_t	 i, used = 0;
	int	 n;
	uint8_t	 c;

	buf[0] = '\0';
	for (i = 0; i < len; i++) {
		c = (uint8_t)text[i];
		n = snprintf(shown, sizeof(shown), c >= ' ' && c <= '~' &&
		    c != '\\' ? "%c" : "\\%03o", c);
		if (used + (size_t)n > CONF_QUOTE_MAX) {
			strlcat(buf, "...", size);
			break;
		}
		strlcat(buf, shown, size);
		used += (size_t)n;
	}
	return (buf);
}
