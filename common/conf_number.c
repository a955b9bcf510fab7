/* SPDX-License-Identifier: ISC */
/*
 * The configuration's types that are numbers, or words that stand for them.
 * A new type is its functions, their row, and its name and C type in conf.h.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_types.h"

static const char	out_of_range[] = "is out of range";

/* BOOL, UINT, COUNT, SIZE, MODE and WORD: item->v.u */

static const char *
check_range(const struct conf_row *row, const struct conf_item *item)
{
	double	 u = (double)item->v.u;

	return (u < row->min || u > row->max ? out_of_range : NULL);
}

static void
load_u(const void *field, struct conf_item *item)
{
	memcpy(&item->v.u, field, sizeof(item->v.u));
}

static void
store_u(void *field, const struct conf_item *item)
{
	memcpy(field, &item->v.u, sizeof(item->v.u));
}

static const char *
parse_bool(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	(void)row;
	item->v.u = strcmp(text, "true") == 0;
	if (item->v.u == 0 && strcmp(text, "false") != 0)
		return ("is neither true nor false");
	return (NULL);
}

static const char *
check_bool(const struct conf_row *row, const struct conf_item *item)
{
	(void)row;
	return (item->v.u > 1 ? out_of_range : NULL);
}

static void
format_bool(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	strlcpy(buf, item->v.u ? "true" : "false", len);
}

static void
allowed_bool(const struct conf_row *row, char *buf, size_t len)
{
	(void)row;
	strlcpy(buf, "true or false", len);
}

static void
load_bool(const void *field, struct conf_item *item)
{
	item->v.u = *(const bool *)field;
}

static void
store_bool(void *field, const struct conf_item *item)
{
	*(bool *)field = item->v.u == 1;
}

static const char *
parse_uint(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	(void)row;
	if (!conf_all_of(text + (*text == '-'), "0123456789"))
		return ("is not a whole number");
	errno = 0;
	item->v.u = strtoull(text, NULL, 10);
	return (*text == '-' || errno != 0 ? out_of_range : NULL);
}

static void
format_uint(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	snprintf(buf, len, "%llu", (unsigned long long)item->v.u);
}

static void
allowed_uint(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "%.0f to %.0f", row->min, row->max);
}

/* As many as fit the machine, or so many. */
static const char *
parse_count(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	if (strcmp(text, "auto") != 0) {
		if (!conf_all_of(text, "0123456789"))
			return ("is neither auto nor a whole number");
		if (*text == '0')
			return (out_of_range);
		return (parse_uint(row, text, item));
	}
	item->v.u = 0;
	return (NULL);
}

static const char *
check_count(const struct conf_row *row, const struct conf_item *item)
{
	return (item->v.u == 0 ? NULL : check_range(row, item));
}

static void
format_count(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	if (item->v.u == 0)
		strlcpy(buf, "auto", len);
	else
		format_uint(row, item, buf, len);
}

static void
allowed_count(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "auto, or %.0f to %.0f", row->min, row->max);
}

static const char	size_units[] = " KMG";	/* 1024^0, 1024^1, ... */

static const char *
parse_size(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	const char	*unit;
	char		*end;
	unsigned int	 shift = 0;

	(void)row;
	if (*text < '0' || *text > '9')
		return ("is not a size");
	errno = 0;
	item->v.u = strtoull(text, &end, 10);
	if (*end != '\0') {
		unit = strchr(size_units, *end);
		if (unit == NULL || unit == size_units || end[1] != '\0')
			return ("is not a size");
		shift = 10 * (unsigned int)(unit - size_units);
	}
	if (errno != 0 || item->v.u > UINT64_MAX >> shift)
		return (out_of_range);
	item->v.u <<= shift;
	return (NULL);
}

static void
format_size(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	uint64_t	 u = item->v.u;
	int		 unit = 0;

	(void)row;
	while (u != 0 && u % 1024 == 0 && unit < 3) {
		u /= 1024;
		unit++;
	}
	snprintf(buf, len, unit == 0 ? "%llu" : "%llu%c",
	    (unsigned long long)u, size_units[unit]);
}

static void
allowed_size(const struct conf_row *row, char *buf, size_t len)
{
	struct conf_item	 min = { .v.u = (uint64_t)row->min };
	struct conf_item	 max = { .v.u = (uint64_t)row->max };
	char			 from[24], to[24];

	format_size(row, &min, from, sizeof(from));
	format_size(row, &max, to, sizeof(to));
	snprintf(buf, len, "%s to %s octets, K, M and G taken as units", from,
	    to);
}

static const char *
parse_mode(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	(void)row;
	if (strncmp(text, "0o", 2) == 0)
		text += 2;
	if (!conf_all_of(text, "01234567"))
		return ("is not an octal number");
	errno = 0;
	item->v.u = strtoull(text, NULL, 8);
	return (errno != 0 ? out_of_range : NULL);
}

static void
format_mode(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	snprintf(buf, len, "%04llo", (unsigned long long)item->v.u);
}

static void
allowed_mode(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "%04o to %04o, octal", (unsigned int)row->min,
	    (unsigned int)row->max);
}

static const char *
parse_word(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	for (item->v.u = 0; row->words[item->v.u] != NULL; item->v.u++)
		if (strcmp(row->words[item->v.u], text) == 0)
			return (NULL);
	return ("is not a word it knows");
}

static const char *
check_word(const struct conf_row *row, const struct conf_item *item)
{
	uint64_t	 n;

	for (n = 0; row->words[n] != NULL; n++)
		if (n == item->v.u)
			return (NULL);
	return (out_of_range);
}

static void
format_word(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	strlcpy(buf, check_word(row, item) == NULL ?
	    row->words[item->v.u] : "-", len);
}

static void
allowed_word(const struct conf_row *row, char *buf, size_t len)
{
	size_t	 n;

	buf[0] = '\0';
	for (n = 0; row->words[n] != NULL; n++) {
		if (n > 0)
			strlcat(buf, ", ", len);
		strlcat(buf, row->words[n], len);
	}
}

/* REAL: item->v.real */

/* strtod(3) alone would take blanks, hexadecimals, "inf" and "nan". */
static const char *
parse_real(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	char	*end;

	(void)row;
	if (!conf_all_of(text, "0123456789.eE+-"))
		return ("is not a number");
	item->v.real = strtod(text, &end);
	return (*end != '\0' ? "is not a number" : NULL);
}

static const char *
check_real(const struct conf_row *row, const struct conf_item *item)
{
	double	 r = item->v.real;

	return (isfinite(r) && r >= row->min && r <= row->max ? NULL :
	    out_of_range);
}

/* The shortest text that reads back as the same value. */
static void
format_real(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	int	 digits;

	(void)row;
	for (digits = 6; digits <= 17; digits++) {
		snprintf(buf, len, "%.*g", digits, item->v.real);
		if (strtod(buf, NULL) == item->v.real)
			break;
	}
}

static void
allowed_real(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "%.9g to %.9g", row->min, row->max);
}

static void
load_real(const void *field, struct conf_item *item)
{
	memcpy(&item->v.real, field, sizeof(item->v.real));
}

static void
store_real(void *field, const struct conf_item *item)
{
	memcpy(field, &item->v.real, sizeof(item->v.real));
}

const struct conf_ops	conf_ops_bool = {
	parse_bool, check_bool, format_bool, allowed_bool, load_bool,
	store_bool, NULL, NULL, NULL
};
const struct conf_ops	conf_ops_uint = {
	parse_uint, check_range, format_uint, allowed_uint, load_u, store_u,
	NULL, NULL, NULL
};
const struct conf_ops	conf_ops_count = {
	parse_count, check_count, format_count, allowed_count, load_u, store_u,
	NULL, NULL, NULL
};
const struct conf_ops	conf_ops_size = {
	parse_size, check_range, format_size, allowed_size, load_u, store_u,
	NULL, NULL, NULL
};
const struct conf_ops	conf_ops_mode = {
	parse_mode, check_range, format_mode, allowed_mode, load_u, store_u,
	NULL, NULL, NULL
};
const struct conf_ops	conf_ops_word = {
	parse_word, check_word, format_word, allowed_word, load_u, store_u,
	NULL, NULL, NULL
};
const struct conf_ops	conf_ops_real = {
	parse_real, check_real, format_real, allowed_real, load_real,
	store_real, NULL, NULL, NULL
};
