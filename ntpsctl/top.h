/* SPDX-License-Identifier: ISC */
/*
 * ntpsctl top, in parts: what it does all the time (top.c), what it knows
 * (top_model.h), what keys change (top_keys.h), what it looks like
 * (top_page.h), and here the two ways out: a terminal's screen (top_curses.c,
 * which alone knows curses), and lines (top_plain.c).
 */
#ifndef TOP_H
#define TOP_H

#include <stdbool.h>
#include <stdio.h>

#include "ntpsctl.h"
#include "top_model.h"
#include "top_page.h"

/*
 * screen_open: takes the terminal over; false if there is none that can do it,
 *	and nothing has been written to it.
 * screen_close: leaves it as it was, until the next screen_draw.
 * screen_resize: takes its size over again.
 * screen_page: an empty page of its size.
 * screen_draw: shows one; only what differs is written.
 * screen_redraw: so does the next, but all of it is written.
 * screen_key: a key as top_key takes it, -1 if there is none.
 */
bool	screen_open(void);
void	screen_close(void);
void	screen_resize(void);
void	screen_page(struct page *);
void	screen_draw(const struct page *);
void	screen_redraw(void);
int	screen_key(void);

/* A look as a line; -1 when that failed. */
int	top_plain(FILE *, enum out_form, const struct top_model *);

#endif /* TOP_H */
