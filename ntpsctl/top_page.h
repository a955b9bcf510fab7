/* SPDX-License-Identifier: ISC */
/*
 * The page of `ntpsctl top', drawn into a grid of cells.  A cell has printable
 * ASCII or a bar's height, whatever it was asked to show, so nothing that came
 * from elsewhere can steer a terminal.  Pure.
 */
#ifndef TOP_PAGE_H
#define TOP_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "top_keys.h"
#include "top_model.h"

#define PAGE_ROWS_MAX	200
#define PAGE_COLS_MAX	500
#define PAGE_BAR	8	/* 1 to 8, as a character: eighths of a bar */

enum page_style {
	PAGE_PLAIN, PAGE_BOLD, PAGE_REVERSE, PAGE_ALARM, PAGE_SERVED,
	PAGE_REFUSED, PAGE_STYLES
};

struct page_cell {
	char		 ch;
	uint8_t		 style;
};

struct page {
	unsigned int	 rows, cols;	/* what is larger is not drawn on */
	int		 cursor;	/* column in the last row, or -1 */
	struct page_cell cell[PAGE_ROWS_MAX][PAGE_COLS_MAX];
};

/*
 * page_size: an empty page of so many rows and columns.
 * page_put: text from a place on, as far as there is room for it; the column
 *	after it.
 * page_ascii: a cell's character for terminals without blocks.
 */
void		 page_size(struct page *, unsigned int, unsigned int);
unsigned int	 page_put(struct page *, unsigned int, unsigned int,
		    enum page_style, const char *, ...)
		    __attribute__((__format__(__printf__, 5, 6)));
char		 page_ascii(const struct page_cell *);

/*
 * top_page: all of it, on a page that has its size.
 * top_page_clients: what it has of sources, in so many rows from a row on.
 */
void	top_page(struct page *, const struct top_model *,
	    const struct top_ui *);
void	top_page_clients(struct page *, const struct top_model *,
	    const struct top_ui *, unsigned int, unsigned int);

/*
 * As short as numbers get: at most 5 columns ("12.3k"), 8 ("123.4 us"), and 4
 * ("12 m") from ms, 6 ("12d 3h") from s.  TOP_UNKNOWN is "-".
 */
#define SHORT_LEN	24
const char	*short_number(uint64_t, char *);
const char	*short_time(const struct top_times *, uint64_t, char *);
const char	*short_age(uint64_t, char *);
const char	*short_span(uint64_t, char *);

#endif /* TOP_PAGE_H */
