/* SPDX-License-Identifier: ISC */
/* The page of ntpsctl top: see top_page.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "msg.h"
#include "out.h"
#include "show.h"
#include "top_page.h"

#define NS		1000000000ULL
#define CHART_LABEL	6	/* "12.3k " in front of the bars */
#define NARROW		60	/* columns, below which words are left out */

enum part { REQUESTS, REFUSED, CLIENTS, PROCESSES, PARTS };

/*
 * Who gets rows, when there are that many left: each part has a heading line,
 * and REQUESTS the least of a chart first.  `all' is for the table of
 * processes in place of one line about them.
 */
static const struct {
	enum part	 part;
	unsigned int	 rows;
	bool		 all;
} shares[] = {
	{ CLIENTS, 2, false }, { REQUESTS, 2, false }, { CLIENTS, 1, false },
	{ PROCESSES, 1, false }, { REFUSED, 2, false }, { REQUESTS, 1, false },
	{ CLIENTS, 1, false }, { REQUESTS, 1, false }, { REFUSED, 1, false },
	{ PROCESSES, 0, true }, { CLIENTS, 5, false }, { REQUESTS, 2, false },
	{ REFUSED, 1, false }, { CLIENTS, 5, false }, { REQUESTS, 2, false },
	{ REFUSED, 1, false }, { CLIENTS, 10, false }, { REQUESTS, 5, false },
	{ REFUSED, 2, false }
};

void
page_size(struct page *p, unsigned int rows, unsigned int cols)
{
	unsigned int	 row, col;

	p->rows = rows < PAGE_ROWS_MAX ? rows : PAGE_ROWS_MAX;
	p->cols = cols < PAGE_COLS_MAX ? cols : PAGE_COLS_MAX;
	p->cursor = -1;
	for (row = 0; row < p->rows; row++)
		for (col = 0; col < p->cols; col++) {
			p->cell[row][col].ch = ' ';
			p->cell[row][col].style = PAGE_PLAIN;
		}
}

unsigned int
page_put(struct page *p, unsigned int row, unsigned int col,
    enum page_style style, const char *fmt, ...)
{
	char		 text[PAGE_COLS_MAX + 1];
	const char	*s;
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (s = text; *s != '\0' && row < p->rows && col < p->cols; s++) {
		p->cell[row][col].ch = *s >= ' ' && *s < 0x7f ? *s : '?';
		p->cell[row][col++].style = (uint8_t)style;
	}
	return (col);
}

char
page_ascii(const struct page_cell *c)
{
	static const char	 bars[PAGE_BAR + 1] = {
		' ', '.', '.', ':', ':', ':', '#', '#', '#'
	};

	return ((unsigned char)c->ch <= PAGE_BAR ?
	    bars[(unsigned char)c->ch] : c->ch);
}

/* A whole row in one style, also where it has no text. */
static void
paint(struct page *p, unsigned int row, enum page_style style)
{
	unsigned int	 col;

	for (col = 0; row < p->rows && col < p->cols; col++)
		p->cell[row][col].style = (uint8_t)style;
}

/* The time of day (UTC) and whether the page stands still, on the right. */
static void
draw_clock(struct page *p, const struct top_model *m, const struct top_ui *ui)
{
	char		 text[32];
	unsigned int	 s = (unsigned int)(m->now / NS % 86400), len;

	snprintf(text, sizeof(text), "%s %02u:%02u:%02uZ",
	    ui->paused ? " PAUSED" : "", s / 3600, s / 60 % 60, s % 60);
	len = (unsigned int)strlen(text);
	if (p->cols > len)
		page_put(p, 0, p->cols - len, PAGE_REVERSE, "%s", text);
}

static void
draw_status(struct page *p, const struct top_model *m,
    const struct top_ui *ui)
{
	const struct msg_clock	*c = &m->stats.clock;
	char			 span[SHORT_LEN], refid[16], text[256];
	const char		*sync;
	uint64_t		 up = m->now > m->status.started ?
				    (m->now - m->status.started) / NS : 0;
	bool			 good;

	if (ui->lost[0] != '\0') {
		page_put(p, 0, 0, PAGE_ALARM, "%s", out_printable(text,
		    sizeof(text), ui->lost));
		paint(p, 0, PAGE_ALARM);
		return;
	}
	good = c->synchronised != 0 && m->stats.answering > 0;
	sync = good ? "synchronised" : "NOT SYNCHRONISED";
	if (p->cols < NARROW)
		page_put(p, 0, 0, PAGE_REVERSE, "%s, %s",
		    text_service(m->status.service), sync);
	else
		page_put(p, 0, 0, PAGE_REVERSE, "ntpsd %s %s, %s, stratum %"
		    PRIu32 " %s, up %s", out_printable(text, sizeof(text),
		    m->status.version), text_service(m->status.service), sync,
		    c->stratum, text_refid(c->refid, c->stratum, refid,
		    sizeof(refid)), short_span(up, span));
	draw_clock(p, m, ui);
	paint(p, 0, m->status.service == SERVICE_RUNNING && good ?
	    PAGE_REVERSE : PAGE_ALARM);
}

static void
draw_rates(struct page *p, unsigned int row, const struct top_model *m)
{
	static const char *const	 names[][4] = {
		{ "in", "out", "refused", "lost" },
		{ "requests", "answered", "refused", "kernel drops" }
	};
	const uint64_t			 rates[] = {
		m->rate.requests, m->rate.answered, m->rate.refused,
		m->rate.lost
	};
	char				 n[SHORT_LEN];
	unsigned int			 i, col = 0;

	for (i = 0; i < 4; i++) {
		col = page_put(p, row, col, PAGE_PLAIN, "%s ",
		    names[p->cols >= NARROW][i]);
		col = page_put(p, row, col, PAGE_BOLD, "%s",
		    short_number(m->rated ? rates[i] : TOP_UNKNOWN, n));
		col = page_put(p, row, col, PAGE_PLAIN, "/s  ");
	}
	col = page_put(p, row, col, PAGE_PLAIN, "sources ");
	page_put(p, row, col, PAGE_BOLD, "%s", short_number(
	    m->stats.table.used, n));
}

static void
draw_times(struct page *p, unsigned int row, const struct top_model *m)
{
	static const char *const	 names[TIMES_KINDS] = {
		[TIMES_PROCESSING] = "time to answer",
		[TIMES_WORK] = "in the engine"
	};
	const struct top_times		*t;
	char				 a[SHORT_LEN], b[SHORT_LEN];
	unsigned int			 i, col = 0;

	for (i = 0; i < TIMES_KINDS; i++) {
		t = &m->times[i];
		if (p->cols >= NARROW)
			col = page_put(p, row, col, PAGE_PLAIN, "%s: ",
			    names[i]);
		col = page_put(p, row, col, PAGE_PLAIN, "p50 ");
		col = page_put(p, row, col, PAGE_BOLD, "%s",
		    short_time(t, t->p50, a));
		col = page_put(p, row, col, PAGE_PLAIN, " p99 ");
		col = page_put(p, row, col, PAGE_BOLD, "%s",
		    short_time(t, t->p99, b)) + 3;
		if (p->cols < NARROW)
			break;
	}
}

/* From a cell upwards; little is not nothing. */
static void
draw_bar(struct page *p, unsigned int row, unsigned int col,
    enum page_style style, unsigned int eighths)
{
	struct page_cell	*c;

	if (eighths == 0)
		eighths = 1;
	for (; eighths > 0; row--) {
		c = &p->cell[row][col];
		c->ch = (char)(eighths < PAGE_BAR ? eighths : PAGE_BAR);
		c->style = (uint8_t)style;
		eighths -= (unsigned int)c->ch;
	}
}

/* Bars of so many rows below a heading. */
static void
draw_chart(struct page *p, unsigned int row, unsigned int rows,
    const struct top_model *m, const struct top_ui *ui, enum top_series what)
{
	enum page_style	 style = what == TOP_REFUSED ? PAGE_REFUSED :
			    PAGE_SERVED;
	uint64_t	 bar[PAGE_COLS_MAX], max = 0;
	unsigned int	 n, i, high;
	char		 num[SHORT_LEN], span[SHORT_LEN];

	if (rows < 2 || p->cols <= CHART_LABEL)
		return;
	n = p->cols - CHART_LABEL;
	top_bars(m, what, ui->span, n, bar);
	for (i = 0; i < n; i++)
		if (bar[i] != TOP_UNKNOWN && bar[i] > max)
			max = bar[i];
	page_put(p, row, 0, PAGE_BOLD, "%s/s, at most %s in the last %s",
	    what == TOP_REFUSED ? "refused" : "requests",
	    short_number(max, num), short_span((uint64_t)n * ui->span, span));
	if (max > 0)
		page_put(p, row + 1, 0, PAGE_PLAIN, "%5s", num);
	if (rows > 2 || max == 0)
		page_put(p, row + rows - 1, 0, PAGE_PLAIN, "%5d", 0);
	high = (rows - 1) * PAGE_BAR;
	for (i = 0; i < n; i++) {
		if (bar[i] == TOP_UNKNOWN || bar[i] == 0)
			continue;
		draw_bar(p, row + rows - 1, CHART_LABEL + i, style,
		    (unsigned int)((double)bar[i] / (double)max * high));
	}
}

/* Whether a process is as it should be; some are not there on purpose. */
static bool
well(const struct msg_process *q)
{
	return (q->state == PROCESS_STOPPED || ((q->state == PROCESS_RUNNING ||
	    q->state == PROCESS_READY) &&
	    (q->missing == 0 || q->proc == PROC_PARENT)));
}

static void
draw_process(struct page *p, unsigned int row, const struct msg_process *q,
    uint64_t now)
{
	char		 name[32], pid[16] = "-", span[SHORT_LEN] = "-";
	char		 why[256];

	if (q->pid != 0) {
		snprintf(pid, sizeof(pid), "%" PRIu32, q->pid);
		short_span(now > q->started ? (now - q->started) / NS : 0,
		    span);
	}
	page_put(p, row, 0, well(q) ? PAGE_PLAIN : PAGE_REFUSED,
	    "%-10s %7s  %-8s  %-8s %8" PRIu64 "  %s",
	    text_process(q, name, sizeof(name)), pid, text_state(q->state),
	    span, q->restarts, q->last_death[0] == '\0' ? "-" :
	    out_printable(why, sizeof(why), q->last_death));
}

static void
draw_processes(struct page *p, unsigned int row, unsigned int rows,
    const struct top_model *m)
{
	const struct msg_process	*q;
	uint64_t			 restarts = 0;
	unsigned int			 i, wanted = 0, running = 0;

	for (q = m->process; q < m->process + m->nprocesses; q++) {
		wanted += q->state != PROCESS_STOPPED;
		running += q->state == PROCESS_RUNNING ||
		    q->state == PROCESS_READY;
		restarts += q->restarts;
	}
	if (rows == 1) {
		page_put(p, row, 0, running < wanted ? PAGE_REFUSED :
		    PAGE_PLAIN, "%u of %u processes run, %" PRIu64
		    " restarts", running, wanted, restarts);
		return;
	}
	page_put(p, row, 0, PAGE_BOLD, "%-10s %7s  %-8s  %-8s %8s  %s",
	    "process", "pid", "state", "for", "restarts", "last death");
	for (i = 0; i + 1 < rows && i < m->nprocesses; i++)
		draw_process(p, row + 1 + i, &m->process[i], m->now);
}

static const char	*help[] = {
	"r d l     sort sources by requests, drops, when they were last heard",
	"/         show sources in a prefix alone; an empty one ends that",
	"up down   select a source (also k and j)",
	"x         deny the selected source, after a question",
	"t         a column of the bars is 1, 5 or 10 seconds",
	"space p   let the page stand still, or go on",
	"h ?       this help",
	"q         quit",
	"",
	"Requests are what came, refused what was dropped for whatever reason.",
	"Times are of the answers of the last second; counts of a source are",
	"of all that is known of it.  The time of the day is UTC."
};

static void
draw_help(struct page *p)
{
	unsigned int	 i;

	page_put(p, 0, 0, PAGE_REVERSE, "ntpsctl top: any key goes back");
	paint(p, 0, PAGE_REVERSE);
	for (i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		page_put(p, i + 1, 1, PAGE_PLAIN, "%s", help[i]);
}

/* The last row: a question, what came of the last one, or the keys. */
static void
draw_bottom(struct page *p, const struct top_ui *ui)
{
	unsigned int	 row = p->rows - 1, col;
	char		 text[PREFIX_STRLEN];

	switch (ui->prompt) {
	case TOP_PROMPT_FILTER:
		col = page_put(p, row, 0, PAGE_BOLD, "sources in prefix: %s",
		    ui->typed);
		p->cursor = col < p->cols ? (int)col : (int)p->cols - 1;
		page_put(p, row, col + 2, PAGE_REFUSED, "%s", ui->message);
		return;
	case TOP_PROMPT_DENY:
		page_put(p, row, 0, PAGE_ALARM, "deny %s? y: for an hour, "
		    "Y: until further notice, else: no",
		    prefix_format(&ui->deny.from, text, sizeof(text)));
		return;
	case TOP_PROMPT_NONE:
		break;
	}
	if (ui->message[0] != '\0')
		page_put(p, row, 0, PAGE_BOLD, "%s", ui->message);
	else
		page_put(p, row, 0, PAGE_PLAIN, p->cols >= NARROW ?
		    "q quit  h help  r d l sort  / filter  x deny  "
		    "t columns  space pause" : "q quit  h help");
}

/* Shares out what is left of the rows. */
static void
share(unsigned int left, unsigned int nprocesses, unsigned int *rows)
{
	unsigned int	 i, want;

	memset(rows, 0, PARTS * sizeof(*rows));
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		want = shares[i].all ? nprocesses : shares[i].rows;
		if (want > left)
			continue;
		rows[shares[i].part] += want;
		left -= want;
	}
	rows[CLIENTS] += left;
}

void
top_page(struct page *p, const struct top_model *m, const struct top_ui *ui)
{
	unsigned int	 rows[PARTS], row = 0;

	if (p->rows == 0 || p->cols == 0)
		return;
	if (ui->help) {
		draw_help(p);
		return;
	}
	draw_status(p, m, ui);
	if (p->rows > 2)
		draw_rates(p, ++row, m);
	if (p->rows > 3)
		draw_times(p, ++row, m);
	row++;
	share(p->rows > row + 1 ? p->rows - row - 1 : 0, m->nprocesses, rows);
	draw_chart(p, row, rows[REQUESTS], m, ui, TOP_REQUESTS);
	row += rows[REQUESTS];
	draw_chart(p, row, rows[REFUSED], m, ui, TOP_REFUSED);
	row += rows[REFUSED];
	if (rows[CLIENTS] > 0)
		top_page_clients(p, m, ui, row, rows[CLIENTS]);
	row += rows[CLIENTS];
	if (rows[PROCESSES] > 0)
		draw_processes(p, row, rows[PROCESSES], m);
	if (p->rows > 1)
		draw_bottom(p, ui);
}
