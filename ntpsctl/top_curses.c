/* SPDX-License-Identifier: ISC */
/*
 * The screen of ntpsctl top: see top.h.  The only file that includes curses.h,
 * and a stub where ./configure found no curses.  Signals are top.c's: curses
 * leaves alone those that have a handler.
 */
#include "top.h"

#ifdef NTPSCTL_CURSES

#include <sys/ioctl.h>

#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>
#include <term.h>

#define ESCAPE_MS	50	/* what comes later is another key */

static bool	 blocks;	/* the terminal shows U+2581 to U+2588 */
static chtype	 styles[PAGE_STYLES];

static void
set_styles(void)
{
	styles[PAGE_BOLD] = A_BOLD;
	styles[PAGE_REVERSE] = A_REVERSE;
	styles[PAGE_ALARM] = A_REVERSE | A_BOLD;
	styles[PAGE_REFUSED] = A_BOLD;
	if (!has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	init_pair(1, COLOR_WHITE, COLOR_RED);
	init_pair(2, COLOR_GREEN, -1);
	init_pair(3, COLOR_RED, -1);
	styles[PAGE_ALARM] = COLOR_PAIR(1) | A_BOLD;
	styles[PAGE_SERVED] = COLOR_PAIR(2);
	styles[PAGE_REFUSED] = COLOR_PAIR(3);
}

bool
screen_open(void)
{
	SCREEN	*screen;
	char	*move;

	setlocale(LC_CTYPE, "");
	/* unlike initscr(3), this returns where a terminal is not known */
	if ((screen = newterm(NULL, stdout, stdin)) == NULL)
		return (false);
	move = tigetstr("cup");
	if (move == NULL || move == (char *)-1) {
		endwin();
		delscreen(screen);
		return (false);
	}
	blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	set_styles();
	return (true);
}

void
screen_close(void)
{
	if (!isendwin())	/* twice would move the shell's cursor */
		endwin();
}

void
screen_resize(void)
{
	struct winsize	 ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 &&
	    ws.ws_col > 0)
		resizeterm(ws.ws_row, ws.ws_col);
}

void
screen_page(struct page *p)
{
	page_size(p, (unsigned int)LINES, (unsigned int)COLS);
}

void
screen_redraw(void)
{
	clearok(stdscr, TRUE);
}

static void
put(const struct page_cell *c)
{
	wchar_t	 block = (wchar_t)(0x2580 + c->ch);

	attrset((attr_t)styles[c->style]);
	if (blocks && (unsigned char)c->ch >= 1 &&
	    (unsigned char)c->ch <= PAGE_BAR)
		addnwstr(&block, 1);
	else
		addch((chtype)page_ascii(c));
}

void
screen_draw(const struct page *p)
{
	unsigned int	 row, col;

	erase();
	for (row = 0; row < p->rows; row++) {
		move((int)row, 0);
		for (col = 0; col < p->cols; col++)
			put(&p->cell[row][col]);
	}
	curs_set(p->cursor >= 0);
	move((int)p->rows - 1, p->cursor >= 0 ? p->cursor : 0);
	refresh();
}

int
screen_key(void)
{
	int	 key = getch();

	switch (key) {
	case KEY_UP:
		return (TOP_KEY_UP);
	case KEY_DOWN:
		return (TOP_KEY_DOWN);
	case KEY_BACKSPACE:
	case 0x7f:
	case '\b':
		return (TOP_KEY_BACKSPACE);
	case KEY_ENTER:
	case '\r':
	case '\n':
		return (TOP_KEY_ENTER);
	case 0x1b:
		return (TOP_KEY_ESCAPE);
	case ERR:
		return (-1);
	default:
		return (key < 0x80 ? key : 0);
	}
}

#else /* !NTPSCTL_CURSES */

bool
screen_open(void)
{
	return (false);
}

void
screen_close(void)
{
}

void
screen_resize(void)
{
}

void
screen_page(struct page *p)
{
	page_size(p, 0, 0);
}

void
screen_draw(const struct page *p)
{
	(void)p;
}

void
screen_redraw(void)
{
}

int
screen_key(void)
{
	return (-1);
}

#endif /* NTPSCTL_CURSES */
