/* SPDX-License-Identifier: ISC */
/* A table as text: see out_table.h. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "out_table.h"

struct out_table {
	char		*title;
	char		*name[OUT_CELLS_MAX];
	size_t		 width[OUT_CELLS_MAX];
	bool		 left[OUT_CELLS_MAX];	/* not only numbers */
	unsigned int	 ncolumns;
	char		*(*rows)[OUT_CELLS_MAX];
	unsigned int	 nrows;
	unsigned int	 nleft_out;
	unsigned int	 at;			/* column expected next */
};

struct out_table *
out_table_new(char *title)
{
	struct out_table	*t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		free(title);
	else
		t->title = title;
	return (t);
}

int
out_table_row(struct out_table *t)
{
	void	*rows;

	t->at = 0;
	if (t->nrows == OUT_ROWS_MAX) {
		t->nleft_out++;
		return (0);
	}
	rows = recallocarray(t->rows, t->nrows, t->nrows + 1,
	    sizeof(*t->rows));
	if (rows == NULL) {
		t->nleft_out++;
		return (-1);
	}
	t->rows = rows;
	t->nrows++;
	return (0);
}

/* The column of a name, a new one if need be; -1 when there is no room. */
static int
column(struct out_table *t, const char *name)
{
	unsigned int	 i;

	if (t->at < t->ncolumns && strcmp(t->name[t->at], name) == 0)
		return ((int)t->at++);
	for (i = 0; i < t->ncolumns; i++) {
		if (strcmp(t->name[i], name) == 0) {
			t->at = i + 1;
			return ((int)i);
		}
	}
	if (t->ncolumns == OUT_CELLS_MAX ||
	    (t->name[t->ncolumns] = strdup(name)) == NULL)
		return (-1);
	t->width[t->ncolumns] = strlen(name);
	t->at = t->ncolumns + 1;
	return ((int)t->ncolumns++);
}

int
out_table_put(struct out_table *t, const char *name, char *value, bool left)
{
	char	**cell;
	size_t	  n;
	int	  i;

	if (t->nleft_out > 0) {
		free(value);
		return (0);
	}
	if (t->nrows == 0 || (i = column(t, name)) == -1) {
		free(value);
		return (-1);
	}
	cell = &t->rows[t->nrows - 1][i];
	free(*cell);
	*cell = value;
	if ((n = strlen(value)) > t->width[i])
		t->width[i] = n;
	if (left)
		t->left[i] = true;
	return (0);
}

/* One line; the last cell on it gets no blanks behind. */
static void
print_line(FILE *f, const struct out_table *t, char *const *cells)
{
	const char	*text;
	unsigned int	 i;
	int		 width;

	for (i = 0; i < t->ncolumns; i++) {
		text = cells[i] != NULL ? cells[i] : "-";
		width = (int)t->width[i];
		if (!t->left[i])
			fprintf(f, "%*s", width, text);
		else if (i + 1 < t->ncolumns)
			fprintf(f, "%-*s", width, text);
		else
			fputs(text, f);
		fputs(i + 1 < t->ncolumns ? "  " : "\n", f);
	}
}

void
out_table_print(FILE *f, const struct out_table *t, bool first)
{
	unsigned int	 i;

	if (t->nrows == 0) {
		fprintf(f, "%-*s  none\n", OUT_LABEL_WIDTH - 2, t->title);
		return;
	}
	if (!first)
		fprintf(f, "\n%s:\n", t->title);
	print_line(f, t, t->name);
	for (i = 0; i < t->nrows; i++)
		print_line(f, t, t->rows[i]);
	if (t->nleft_out > 0)
		fprintf(f, "and %u more\n", t->nleft_out);
}

void
out_table_free(struct out_table *t)
{
	unsigned int	 i, j;

	for (i = 0; i < t->ncolumns; i++) {
		free(t->name[i]);
		for (j = 0; j < t->nrows; j++)
			free(t->rows[j][i]);
	}
	free(t->rows);
	free(t->title);
	free(t);
}
