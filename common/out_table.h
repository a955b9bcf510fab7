/* SPDX-License-Identifier: ISC */
/*
 * A table as text, which waits for its end because each column needs its
 * width.  For out.c alone; the texts have been made printable before.
 */
#ifndef OUT_TABLE_H
#define OUT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct out_table;

/*
 * out_table_new: takes over the title; NULL when out of memory.
 * out_table_row: starts a row; past OUT_ROWS_MAX rows are only counted.
 * out_table_put: a value of the row; takes it over, also on failure.  A column
 *	all of whose values are numbers stands to the right.
 * out_table_print: a table that is not the first on the page has its title
 *	above it.
 * The functions return 0, or -1 when out of memory or columns.
 */
struct out_table	*out_table_new(char *);
int			 out_table_row(struct out_table *);
int			 out_table_put(struct out_table *, const char *, char *,
			    bool);
void			 out_table_print(FILE *, const struct out_table *,
			    bool);
void			 out_table_free(struct out_table *);

#endif /* OUT_TABLE_H */
