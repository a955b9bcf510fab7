/* SPDX-License-Identifier: ISC */
/*
 * One description of what is shown, two forms: text for people, JSON for
 * programs.  A `show` writes its values once, through these.  Names are lower
 * case with underscores; text shows them with blanks instead.
 *
 *	out_begin(&o, stdout, OUT_JSON, "stats", 1);
 *	out_u64(&o, "received", n);
 *	out_table(&o, "processes");
 *	out_row(&o); out_str(&o, "name", "engine"); out_row_end(&o);
 *	out_table_end(&o);
 *	out_end(&o);
 *
 * JSON: one object, {"schema": "ntpsd/stats/1", …}, a table an array of
 * objects.  Text: "name  value" lines with the values in one column, a table
 * with a heading line.  JSON numbers are exact for integers to 2^64-1;
 * a time is RFC 3339 in UTC, null (text: "never") when 0.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum out_form { OUT_TEXT, OUT_JSON };

#define OUT_CELLS_MAX	16	/* columns of a table */
#define OUT_ROWS_MAX	3072	/* rows kept for a text table */
#define OUT_LABEL_WIDTH	24	/* column where text values start */

struct out_table;

struct out {
	FILE			*f;
	enum out_form		 form;
	bool			 first;		/* no comma yet */
	bool			 in_row;
	bool			 failed;	/* out of memory */
	struct out_table	*table;
};

/*
 * out_end: 0, or -1 when a write failed or memory ran out, with errno.
 * out_str: NULL is null, in text "-".
 * out_bool: in text yes or no.
 * out_real: with so many decimals; NaN and the infinities are null.
 * out_seconds: a span, 9 decimals; in text with the unit that suits
 *	("12.3 us", "1d 2h 3m 4s").
 * out_offset: a signed span, 9 decimals; in text "+0.000001234 s".
 * out_time: ns since 1970.
 */
void	out_begin(struct out *, FILE *, enum out_form, const char *, int);
int	out_end(struct out *);
void	out_str(struct out *, const char *, const char *);
void	out_u64(struct out *, const char *, uint64_t);
void	out_i64(struct out *, const char *, int64_t);
void	out_bool(struct out *, const char *, bool);
void	out_real(struct out *, const char *, double, int);
void	out_seconds(struct out *, const char *, double);
void	out_offset(struct out *, const char *, double);
void	out_time(struct out *, const char *, uint64_t);
void	out_table(struct out *, const char *);
void	out_row(struct out *);
void	out_row_end(struct out *);
void	out_table_end(struct out *);

/* src as one line that is safe on a terminal, cut to fit; returns dst. */
const char	*out_printable(char *, size_t, const char *);

#endif /* OUT_H */
