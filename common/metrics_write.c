/* SPDX-License-Identifier: ISC */
/*
 * The metrics in Prometheus's text format 0.0.4 and in OpenMetrics 1.0.  They
 * differ in the heads of families (a counter's has no _total, there are units
 * and information), and in the end, which OpenMetrics has.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "metrics.h"

#define PREFIX		"ntp_server_"
#define NS_PER_S	1000000000
#define NAME_MAX_LEN	96

/*
 * Bounds of times: powers of two of nanoseconds, 1 us to 1 s, because a bucket
 * of struct hist ends there, so that what is below is counted exactly.
 */
#define BOUND_FIRST	10
#define BOUND_LAST	30

struct writer {
	FILE			*f;
	bool			 open;	/* OpenMetrics */
	const struct metrics_view *v;
};

static const struct {
	const char	*metric;
	const char	*help;
} families[] = {
#define MET(name, kind, metric, labels, help, value)
#define FAM(metric, help)	{ metric, help },
#include "metrics.def"
#undef MET
#undef FAM
};

/* Whether a name ends like that. */
static bool
ends_in(const char *name, size_t len, const char *end)
{
	size_t	 n = strlen(end);

	return (len > n && strncmp(name + len - n, end, n) == 0);
}

/* Type and unit are in the name: see metrics.def. */
static void
head(struct writer *w, const char *metric, const char *type, const char *help)
{
	static const char *const	 units[] = { "seconds", "bytes" };
	size_t				 i, len = strlen(metric);

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcmp(families[i].metric, metric) == 0)
			help = families[i].help;
	if (type == NULL)
		type = ends_in(metric, len, "_total") ? "counter" : "gauge";
	if (!w->open) {
		fprintf(w->f, "# HELP %s %s\n# TYPE %s %s\n", metric, help,
		    metric, strcmp(type, "info") == 0 ? "gauge" : type);
		return;
	}
	if (ends_in(metric, len, "_total"))
		len -= strlen("_total");
	if (strcmp(type, "info") == 0)
		len -= strlen("_info");
	fprintf(w->f, "# TYPE %.*s %s\n", (int)len, metric, type);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ends_in(metric, len, units[i]))
			fprintf(w->f, "# UNIT %.*s %s\n", (int)len, metric,
			    units[i]);
	fprintf(w->f, "# HELP %.*s %s\n", (int)len, metric, help);
}

void
metrics_label(FILE *f, const char *s)
{
	const unsigned char	*p = (const unsigned char *)s;

	putc('"', f);
	for (; *p != '\0'; p++) {
		if (*p == '\n')
			fputs("\\n", f);
		else if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", (int)*p);
		else	/* the rest of the labels is ours, and plain */
			putc(*p < 0x20 || *p > 0x7e ? '?' : (int)*p, f);
	}
	putc('"', f);
}

/* The name and labels of a sample whose labels are plain, and a blank. */
static void
sample(struct writer *w, const char *prefix, const char *metric,
    const char *labels)
{
	if (*labels == '\0')
		fprintf(w->f, "%s%s ", prefix, metric);
	else
		fprintf(w->f, "%s%s{%s} ", prefix, metric, labels);
}

static void
put_count(struct writer *w, uint64_t n)
{
	fprintf(w->f, "%" PRIu64 "\n", n);
}

/* Nanoseconds as seconds, exactly. */
static void
put_ns(struct writer *w, uint64_t ns)
{
	fprintf(w->f, "%" PRIu64 ".%09" PRIu64 "\n", ns / NS_PER_S,
	    ns % NS_PER_S);
}

static void
put_value(struct writer *w, const struct metric_value *value)
{
	switch (value->kind) {
	case METRIC_COUNT:
	case METRIC_BOOL:
		put_count(w, value->u.count);
		break;
	case METRIC_SPAN:
	case METRIC_OFFSET:
		fprintf(w->f, "%.9f\n", value->u.real);
		break;
	case METRIC_TIME:
		put_ns(w, value->u.count);
		break;
	}
}

/* A family's samples are to stand together, wherever its rows do. */
static void
put_counters(struct writer *w)
{
	const struct counter_row	*r, *q, *end;
	char				 name[NAME_MAX_LEN];

	end = counter_rows + counter_nrows;
	for (r = counter_rows; r < end; r++) {
		for (q = counter_rows; q < r; q++)
			if (strcmp(q->metric, r->metric) == 0)
				break;
		if (q < r)
			continue;
		snprintf(name, sizeof(name), PREFIX "%s", r->metric);
		head(w, name, NULL, r->help);
		for (q = r; q < end; q++) {
			if (strcmp(q->metric, r->metric) != 0)
				continue;
			sample(w, PREFIX, q->metric, q->labels);
			put_count(w, counter_get(&w->v->stats->counters, q));
		}
	}
}

static void
put_metrics(struct writer *w)
{
	const struct metric_row	*r = metric_rows;
	struct metric_value	 value;
	unsigned int		 i, j;

	for (i = 0; i < metric_nrows; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(r[j].metric, r[i].metric) == 0)
				break;
		if (j < i)
			continue;
		head(w, r[i].metric, NULL, r[i].help);
		for (j = i; j < metric_nrows; j++) {
			if (strcmp(r[j].metric, r[i].metric) != 0)
				continue;
			sample(w, "", r[j].metric, r[j].labels);
			metrics_get(w->v, j, &value);
			put_value(w, &value);
		}
	}
}

static void
put_build(struct writer *w)
{
	head(w, PREFIX "build_info", "info", "");
	fputs(PREFIX "build_info{version=", w->f);
	metrics_label(w->f, w->v->status->version);
	fputs("} 1\n", w->f);
}

/* As `show processes' calls it: "engine 0". */
static void
put_process(struct writer *w, const char *metric,
    const struct msg_process *p)
{
	char	 name[32];

	if (p->proc == PROC_ENGINE)
		snprintf(name, sizeof(name), "%s %" PRIu32,
		    proc_name(p->proc), p->index);
	else
		snprintf(name, sizeof(name), "%s", proc_name(p->proc));
	fprintf(w->f, PREFIX "%s{process=", metric);
	metrics_label(w->f, name);
}

static void
put_processes(struct writer *w)
{
	const struct msg_process	*p, *end;

	end = w->v->process + w->v->nprocesses;
	head(w, PREFIX "process_up", NULL, "");
	for (p = w->v->process; p < end; p++) {
		if (p->state == PROCESS_READY)
			continue;	/* it will be one that has a place */
		put_process(w, "process_up", p);
		fprintf(w->f, "} %d\n", p->state == PROCESS_RUNNING);
	}
	head(w, PREFIX "process_restarts_total", NULL, "");
	for (p = w->v->process; p < end; p++) {
		if (p->state == PROCESS_READY)
			continue;
		put_process(w, "process_restarts_total", p);
		fprintf(w->f, ",cause=\"death\"} %" PRIu64 "\n", p->restarts);
		put_process(w, "process_restarts_total", p);
		fprintf(w->f, ",cause=\"command\"} %" PRIu64 "\n",
		    p->planned);
	}
}

static void
put_times(struct writer *w, const char *metric, const struct hist *h)
{
	uint64_t	 bound;
	char		 buf[32];
	size_t		 len;
	unsigned int	 i;

	if (h == NULL)
		return;
	head(w, metric, "histogram", "");
	for (i = BOUND_FIRST; i <= BOUND_LAST; i++) {
		bound = UINT64_C(1) << i;
		len = (size_t)snprintf(buf, sizeof(buf),
		    "%" PRIu64 ".%09" PRIu64, bound / NS_PER_S,
		    bound % NS_PER_S);
		while (buf[len - 1] == '0')
			buf[--len] = '\0';
		fprintf(w->f, "%s_bucket{le=\"%s\"} ", metric, buf);
		put_count(w, hist_upto(h, bound - 1));
	}
	fprintf(w->f, "%s_bucket{le=\"+Inf\"} ", metric);
	put_count(w, hist_upto(h, HIST_MAX));
	fprintf(w->f, "%s_sum ", metric);
	put_ns(w, h->sum);
	fprintf(w->f, "%s_count ", metric);
	put_count(w, hist_upto(h, HIST_MAX));
}

int
metrics_write(FILE *f, enum metrics_form form, const struct metrics_view *v)
{
	struct writer	 w = { f, form == METRICS_OPENMETRICS, v };

	put_build(&w);
	put_counters(&w);
	put_metrics(&w);
	put_processes(&w);
	put_times(&w, PREFIX "processing_seconds", v->processing);
	put_times(&w, PREFIX "work_seconds", v->work);
	if (w.open)
		fputs("# EOF\n", f);
	return (fflush(f) == EOF || ferror(f) ? -1 : 0);
}
