/* SPDX-License-Identifier: ISC */
/* The table of sources on the page of ntpsctl top: see top_page.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients_scan.h"
#include "show.h"
#include "top_page.h"

#define SOURCE_LEAST	15	/* an IPv4 address */
#define SOURCE_PREFIX	24	/* an IPv6 prefix, which most sources are */
#define SOURCE_MOST	43

enum column { COUNT, RATE, DROPS, DROP_RATE, LAST, STATE, COLUMNS };

static const struct {
	const char	*name;
	int		 width;
	uint32_t	 order;		/* that sorts by it */
} columns[COLUMNS] = {
	[COUNT] = { "requests", 10, CLIENTS_BY_REQUESTS },
	[RATE] = { "/s", 5, 0 },
	[DROPS] = { "drops", 10, CLIENTS_BY_DROPS },
	[DROP_RATE] = { "/s", 5, 0 },
	[LAST] = { "last", 5, CLIENTS_BY_LAST },
	[STATE] = { "state", 8, 0 }
};

static const char *
source_text(const struct client_row *r, char *buf, size_t size)
{
	struct prefix	 p;

	top_prefix(&p, r);
	return (prefix_format(&p, buf, size));
}

/* How wide the first column is: of steps, so that it does not jump about. */
static unsigned int
source_width(const struct top_model *m, unsigned int first, unsigned int n)
{
	char		 buf[PREFIX_STRLEN];
	size_t		 len, longest = 0;
	unsigned int	 i;

	for (i = first; i < first + n && i < m->nclients; i++) {
		len = strlen(source_text(&m->client[i].row, buf,
		    sizeof(buf)));
		if (len > longest)
			longest = len;
	}
	return (longest <= SOURCE_LEAST ? SOURCE_LEAST :
	    longest <= SOURCE_PREFIX ? SOURCE_PREFIX : SOURCE_MOST);
}

static const char *
column_text(const struct top_client *c, enum column column, char *buf,
    size_t size)
{
	const char	*text;

	switch (column) {
	case COUNT:
		snprintf(buf, size, "%" PRIu32, c->row.requests);
		return (buf);
	case RATE:
		return (short_number(c->rate, buf));
	case DROPS:
		snprintf(buf, size, "%" PRIu32, c->row.drops);
		return (buf);
	case DROP_RATE:
		return (short_number(c->drops, buf));
	case LAST:
		return (short_age(c->row.last, buf));
	case STATE:
		text = text_client(c->row.flags, buf, size);
		return (text != NULL ? text : "");
	case COLUMNS:
		break;
	}
	return ("");
}

static void
draw_row(struct page *p, unsigned int row, const struct top_client *c,
    unsigned int width, unsigned int n, enum page_style style)
{
	char		 buf[PREFIX_STRLEN + SHORT_LEN];
	unsigned int	 i, col;

	col = page_put(p, row, 0, style, "%-*s", (int)width,
	    source_text(&c->row, buf, sizeof(buf)));
	for (i = 0; i < n; i++)
		col = page_put(p, row, col, style, i == STATE ? "  %-*s" :
		    " %*s", columns[i].width, column_text(c, (enum column)i,
		    buf, sizeof(buf)));
}

void
top_page_clients(struct page *p, const struct top_model *m,
    const struct top_ui *ui, unsigned int row, unsigned int rows)
{
	unsigned int	 selected, first, i, n, width, used, col;
	char		 filter[PREFIX_STRLEN], title[PREFIX_STRLEN + 16];

	selected = top_selected(ui, m);
	first = rows > 1 && selected + 1 > rows - 1 ? selected + 2 - rows : 0;
	width = source_width(m, first, rows - 1);
	for (n = 0, used = width; n < COLUMNS && used + 2 +
	    (unsigned int)columns[n].width <= p->cols; n++)
		used += 1 + (unsigned int)columns[n].width;
	snprintf(title, sizeof(title), "in %s", prefix_format(&ui->filter,
	    filter, sizeof(filter)));
	col = page_put(p, row, 0, PAGE_BOLD, "%-*.*s", (int)width, (int)width,
	    ui->filter.family == 0 ? "source" : title);
	for (i = 0; i < n; i++)
		col = page_put(p, row, col, columns[i].order == ui->order ?
		    PAGE_REVERSE : PAGE_BOLD, i == STATE ? "  %-*s" : " %*s",
		    columns[i].width, columns[i].name);
	for (i = 0; i + 1 < rows && first + i < m->nclients; i++)
		draw_row(p, row + 1 + i, &m->client[first + i], width, n,
		    first + i == selected ? PAGE_REVERSE : PAGE_PLAIN);
	if (m->nclients == 0 && rows > 1)
		page_put(p, row + 1, 0, PAGE_PLAIN, "none");
}
