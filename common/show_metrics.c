/* SPDX-License-Identifier: ISC */
/*
 * The table of metrics, whole for Prometheus, and by name for what else shows
 * them; see show.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "msg.h"
#include "out.h"
#include "show.h"

void
view_of(struct metrics_view *v, const struct answers *a)
{
	memset(v, 0, sizeof(*v));
	v->now = a->now;
	v->status = &a->status;
	v->stats = &a->stats;
	v->process = a->processes;
	v->nprocesses = a->nprocesses;
	v->processing = &a->times[TIMES_PROCESSING];
	v->work = &a->times[TIMES_WORK];
}

void
show_metric(struct out *o, const struct metrics_view *v, const char *name)
{
	struct metric_value	 value;

	if (!metrics_find(v, name, &value))
		abort();	/* a name is misspelt: any test shows it */
	switch (value.kind) {
	case METRIC_COUNT:
		out_u64(o, name, value.u.count);
		break;
	case METRIC_BOOL:
		out_bool(o, name, value.u.count != 0);
		break;
	case METRIC_SPAN:
		out_seconds(o, name, value.u.real);
		break;
	case METRIC_OFFSET:
		out_offset(o, name, value.u.real);
		break;
	case METRIC_TIME:
		out_time(o, name, value.u.count);
		break;
	}
}

int
show_metrics(FILE *f, enum out_form form, const struct answers *a)
{
	struct metrics_view	 v;

	(void)form;		/* it has formats of its own */
	view_of(&v, a);
	return (metrics_write(f, a->word == NULL ? METRICS_PROMETHEUS :
	    METRICS_OPENMETRICS, &v) == -1 ? CTL_FAILED : CTL_OK);
}
