/* SPDX-License-Identifier: ISC */
/*
 * One description of what is shown, as text or as JSON: see out.h.  Every
 * value ends in put(), which knows the form; what comes before it only turns
 * a value into characters.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* only vis(3) is used here, yet libbsd wants to know whose strnvis(3) */
#ifndef LIBBSD_OPENBSD_VIS
#define LIBBSD_OPENBSD_VIS
#endif
#include <vis.h>

#include "out.h"
#include "out_table.h"
#include "utf8.h"

#define VIS_FLAGS	(VIS_CSTYLE | VIS_NL | VIS_TAB)
#define NUMBER_MAX	512	/* a double has up to 309 digits before the . */

enum kind { NUMBER, STRING, NOTHING };

static void
json_string(FILE *f, const char *s)
{
	const unsigned char	*p = (const unsigned char *)s;
	uint32_t		 c;
	size_t			 n;

	putc('"', f);
	for (; *p != '\0'; p += n) {
		if ((n = utf8_get(p, &c)) == 0) {
			fputs("\\ufffd", f);
			n = 1;
		} else if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (int)c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c == '\t')
			fputs("\\t", f);
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			/* C1 too: a terminal may act on it */
			fprintf(f, "\\u%04x", (unsigned int)c);
		else
			fwrite(p, 1, n, f);
	}
	putc('"', f);
}

static void
json_name(struct out *o, const char *name)
{
	if (!o->first)
		fputs(", ", o->f);
	o->first = false;
	json_string(o->f, name);
	fputs(": ", o->f);
}

/* A name as text shows it; NULL when out of memory. */
static char *
label(const char *name)
{
	char	*copy, *p;

	if ((copy = strdup(name)) == NULL)
		return (NULL);
	for (p = copy; *p != '\0'; p++) {
		if (*p == '_')
			*p = ' ';
	}
	return (copy);
}

/* A value as text shows it; NULL when out of memory. */
static char *
printable(const char *value)
{
	char	*copy;
	size_t	 size;

	if (value == NULL || *value == '\0')
		value = "-";
	size = strlen(value) * 4 + 1;		/* \ooo is the longest */
	if ((copy = malloc(size)) != NULL)
		out_printable(copy, size, value);
	return (copy);
}

static void
put(struct out *o, const char *name, const char *value, enum kind kind)
{
	char	*text, *shown;

	if (o->form == OUT_JSON) {
		json_name(o, name);
		if (kind == STRING)
			json_string(o->f, value);
		else
			fputs(kind == NUMBER ? value : "null", o->f);
		return;
	}
	text = label(name);
	shown = printable(value);
	if (text == NULL || shown == NULL)
		o->failed = true;
	else if (o->in_row) {
		if (o->table != NULL) {
			if (out_table_put(o->table, text, shown,
			    kind == STRING) == -1)
				o->failed = true;
			shown = NULL;
		}
	} else {
		fprintf(o->f, "%-*s  %s\n", OUT_LABEL_WIDTH - 2, text, shown);
		o->first = false;
	}
	free(text);
	free(shown);
}

void
out_begin(struct out *o, FILE *f, enum out_form form, const char *schema,
    int version)
{
	memset(o, 0, sizeof(*o));
	o->f = f;
	o->form = form;
	o->first = true;
	if (form == OUT_JSON) {
		fprintf(f, "{\"schema\": \"ntpsd/%s/%d\"", schema, version);
		o->first = false;
	}
}

int
out_end(struct out *o)
{
	if (o->form == OUT_JSON)
		fputs("}\n", o->f);
	if (fflush(o->f) == EOF || ferror(o->f))
		return (-1);
	if (o->failed) {
		errno = ENOMEM;
		return (-1);
	}
	return (0);
}

void
out_str(struct out *o, const char *name, const char *value)
{
	put(o, name, value, value == NULL ? NOTHING : STRING);
}

void
out_u64(struct out *o, const char *name, uint64_t value)
{
	char	 buf[32];

	snprintf(buf, sizeof(buf), "%" PRIu64, value);
	put(o, name, buf, NUMBER);
}

void
out_i64(struct out *o, const char *name, int64_t value)
{
	char	 buf[32];

	snprintf(buf, sizeof(buf), "%" PRId64, value);
	put(o, name, buf, NUMBER);
}

void
out_bool(struct out *o, const char *name, bool value)
{
	if (o->form == OUT_JSON)
		put(o, name, value ? "true" : "false", NUMBER);
	else
		put(o, name, value ? "yes" : "no", STRING);
}

void
out_real(struct out *o, const char *name, double value, int decimals)
{
	char	 buf[NUMBER_MAX];

	/* RFC 8259 6: neither infinity nor NaN is a number */
	if (!isfinite(value)) {
		put(o, name, NULL, NOTHING);
		return;
	}
	snprintf(buf, sizeof(buf), "%.*f", decimals, value);
	put(o, name, buf, NUMBER);
}

/* Minutes and more, for people. */
static void
long_span(char *buf, size_t size, double value)
{
	const char	*sign = value < 0 ? "-" : "";
	uint64_t	 s;

	if ((value = fabs(value)) >= 1e15) {
		snprintf(buf, size, "%s%.3g s", sign, value);
		return;
	}
	s = (uint64_t)value;
	if (s >= 86400)
		snprintf(buf, size, "%s%" PRIu64 "d %uh %um %us", sign,
		    s / 86400, (unsigned int)(s / 3600 % 24),
		    (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
	else if (s >= 3600)
		snprintf(buf, size, "%s%uh %um %us", sign,
		    (unsigned int)(s / 3600), (unsigned int)(s / 60 % 60),
		    (unsigned int)(s % 60));
	else
		snprintf(buf, size, "%s%um %us", sign, (unsigned int)(s / 60),
		    (unsigned int)(s % 60));
}

void
out_seconds(struct out *o, const char *name, double value)
{
	char	 buf[64];
	double	 a = fabs(value);

	if (o->form == OUT_JSON || !isfinite(value)) {
		out_real(o, name, value, 9);
		return;
	}
	if (a >= 60)
		long_span(buf, sizeof(buf), value);
	else if (a >= 0.9999995 || a == 0)
		snprintf(buf, sizeof(buf), "%.3f s", value);
	else if (a >= 0.00099995)
		snprintf(buf, sizeof(buf), "%.3f ms", value * 1e3);
	else
		snprintf(buf, sizeof(buf), "%.1f us", value * 1e6);
	put(o, name, buf, NUMBER);
}

void
out_offset(struct out *o, const char *name, double value)
{
	char	 buf[NUMBER_MAX];

	if (o->form == OUT_JSON || !isfinite(value)) {
		out_real(o, name, value, 9);
		return;
	}
	snprintf(buf, sizeof(buf), "%+.9f s", value);
	put(o, name, buf, NUMBER);
}

void
out_time(struct out *o, const char *name, uint64_t ns)
{
	struct tm	 tm;
	char		 buf[64];
	size_t		 n;
	time_t		 t = (time_t)(ns / 1000000000);
	unsigned int	 fraction = (unsigned int)(ns % 1000000000);

	if (ns == 0) {
		put(o, name, o->form == OUT_JSON ? NULL : "never", NOTHING);
		return;
	}
	if (gmtime_r(&t, &tm) == NULL ||
	    (n = strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm)) == 0) {
		put(o, name, NULL, NOTHING);
		return;
	}
	if (o->form == OUT_JSON)
		snprintf(buf + n, sizeof(buf) - n, ".%09uZ", fraction);
	else
		snprintf(buf + n, sizeof(buf) - n, ".%03uZ",
		    fraction / 1000000);
	put(o, name, buf, STRING);
}

void
out_table(struct out *o, const char *name)
{
	char	*title;

	if (o->form == OUT_JSON) {
		json_name(o, name);
		putc('[', o->f);
		o->first = true;
		return;
	}
	if ((title = label(name)) == NULL ||
	    (o->table = out_table_new(title)) == NULL)
		o->failed = true;
}

void
out_row(struct out *o)
{
	o->in_row = true;
	if (o->form == OUT_JSON) {
		fputs(o->first ? "{" : ", {", o->f);
		o->first = true;
	} else if (o->table != NULL && out_table_row(o->table) == -1)
		o->failed = true;
}

void
out_row_end(struct out *o)
{
	o->in_row = false;
	if (o->form == OUT_JSON) {
		putc('}', o->f);
		o->first = false;
	}
}

void
out_table_end(struct out *o)
{
	if (o->form == OUT_JSON) {
		putc(']', o->f);
		o->first = false;
		return;
	}
	if (o->table == NULL)
		return;
	out_table_print(o->f, o->table, o->first);
	o->first = false;
	out_table_free(o->table);
	o->table = NULL;
}

const char *
out_printable(char *dst, size_t size, const char *src)
{
	char	 one[8];
	size_t	 n, used = 0;

	for (; *src != '\0'; src++) {
		n = (size_t)(vis(one, (unsigned char)*src, VIS_FLAGS,
		    (unsigned char)src[1]) - one);
		if (used + n >= size)
			break;
		memcpy(dst + used, one, n);
		used += n;
	}
	if (size > 0)
		dst[used] = '\0';
	return (dst);
}
