/* SPDX-License-Identifier: ISC */
/* What is shown of what was served when; see show.c. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "counters.h"
#include "msg.h"
#include "out.h"
#include "show.h"

static const char *const	steps[HISTORY_STEPS] = {
	[HISTORY_SECOND] = "second",
	[HISTORY_MINUTE] = "minute",
	[HISTORY_HOUR] = "hour"
};

static void
put_span(struct out *o, const char *name, const struct history_row *r,
    uint64_t ns)
{
	if (r->times.n == 0)
		out_str(o, name, NULL);
	else
		out_seconds(o, name, (double)ns * 1e-9);
}

static void
put_json(struct out *o, const struct history_row *r)
{
	size_t	 i;

	out_time(o, "start", r->start * 1000000000);
	out_u64(o, "covered", r->covered);
	out_u64(o, "refused", counters_sum(&r->counters, "drop_"));
	out_u64(o, "kods", counters_sum(&r->counters, "kod_"));
	for (i = 0; i < counter_nrows; i++)
		out_u64(o, counter_rows[i].name, counter_get(&r->counters,
		    &counter_rows[i]));
	out_u64(o, "unique_clients", r->unique);
	out_u64(o, "timed", r->times.n);
	put_span(o, "time_mean", r, r->times.mean);
	put_span(o, "time_p50", r, r->times.p50);
	put_span(o, "time_p95", r, r->times.p95);
	put_span(o, "time_p99", r, r->times.p99);
	put_span(o, "time_max", r, r->times.max);
	out_bool(o, "synchronised", r->synchronised != 0);
	out_str(o, "leap", text_leap(r->leap));
	out_u64(o, "stratum", r->stratum);
	out_seconds(o, "root_dispersion", (double)r->root_dispersion * 1e-9);
}

/* As short as it may be: a line has 80 columns. */
static void
put_time(struct out *o, uint64_t start, uint32_t step)
{
	struct tm	 tm;
	char		 buf[32] = "";
	time_t		 t = (time_t)start;

	if (gmtime_r(&t, &tm) != NULL)
		strftime(buf, sizeof(buf), step == HISTORY_SECOND ?
		    "%H:%M:%S" : "%m-%d %H:%M", &tm);
	out_str(o, "utc", buf);
}

static void
put_text(struct out *o, const struct history_row *r, uint32_t step)
{
	put_time(o, r->start, step);
	out_u64(o, "requests", r->counters.received);
	out_u64(o, "answered", r->counters.answered);
	out_u64(o, "refused", counters_sum(&r->counters, "drop_"));
	put_span(o, "p50", r, r->times.p50);
	put_span(o, "p99", r, r->times.p99);
	out_u64(o, "sources", r->unique);
	out_u64(o, "stratum", r->stratum);
}

/* Whether nobody looked between two rows. */
static bool
gap(const struct history_row *a, const struct history_row *b, uint32_t step)
{
	uint64_t	 length = step == HISTORY_SECOND ? a->covered :
			    step == HISTORY_MINUTE ? 60 : 3600;

	return (b->start > a->start + length);
}

int
show_history(FILE *f, enum out_form form, const struct answers *a)
{
	const struct history_row	*r;
	struct out			 o;
	uint32_t			 step = a->history.step;
	size_t				 i;

	out_begin(&o, f, form, "history", 1);
	if (form == OUT_JSON)
		out_str(&o, "step", steps[step]);
	out_table(&o, "rows");
	for (i = 0; i < a->nrows; i++) {
		r = &a->rows[i];
		if (form == OUT_TEXT && i > 0 && gap(r - 1, r, step)) {
			out_row(&o);	/* of which nothing is known */
			out_str(&o, "utc", "-");
			out_row_end(&o);
		}
		out_row(&o);
		if (form == OUT_JSON)
			put_json(&o, r);
		else
			put_text(&o, r, step);
		out_row_end(&o);
	}
	out_table_end(&o);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}
