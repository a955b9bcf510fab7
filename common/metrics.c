/* SPDX-License-Identifier: ISC */
/*
 * The table of metrics and its values; metrics_write.c has the formats.
 */
#include <string.h>

#include "metrics.h"

#define NS_PER_S	1000000000

const struct metric_row metric_rows[] = {
#define MET(name, kind, metric, labels, help, value)			\
	{ #name, METRIC_##kind, metric, labels, help },
#define FAM(metric, help)
#include "metrics.def"
#undef MET
#undef FAM
};

const unsigned int	metric_nrows =
			    sizeof(metric_rows) / sizeof(metric_rows[0]);

/* Seconds from then to now; the clock may have been stepped back. */
static double
span_since(uint64_t now, uint64_t then)
{
	return (then != 0 && now > then ? (double)(now - then) / 1e9 : 0);
}

/* Seconds since 1970 that no list of leap seconds is sane with are 0. */
static uint64_t
time_of(int64_t seconds)
{
	return (seconds <= 0 || seconds > INT64_MAX / NS_PER_S ? 0 :
	    (uint64_t)seconds * NS_PER_S);
}

/* What was dropped for what it is, not for whom it came from. */
static uint64_t
metrics_ignored(const struct counters *c)
{
	const struct counter_row	*row;
	uint64_t			 sum = 0;

	for (row = counter_rows; row < counter_rows + counter_nrows; row++)
		if (strncmp(row->name, "drop_", 5) == 0)
			sum += counter_get(c, row);
	return (sum - c->drop_policy - c->drop_ratelimit);
}

static uint64_t
metrics_engine_restarts(const struct metrics_view *v)
{
	uint64_t	 sum = 0;
	unsigned int	 i;

	for (i = 0; i < v->nprocesses; i++)
		if (v->process[i].proc == PROC_ENGINE)
			sum += v->process[i].restarts;
	return (sum);
}

static void
set_COUNT(struct metric_value *value, uint64_t count)
{
	value->u.count = count;
}

static void
set_BOOL(struct metric_value *value, bool is)
{
	value->u.count = is;
}

static void
set_SPAN(struct metric_value *value, double seconds)
{
	value->u.real = seconds;
}

static void
set_OFFSET(struct metric_value *value, double seconds)
{
	value->u.real = seconds;
}

static void
set_TIME(struct metric_value *value, uint64_t ns)
{
	value->u.count = ns;
}

enum metric {
#define MET(name, kind, metric, labels, help, value)	MET_##name,
#define FAM(metric, help)
#include "metrics.def"
#undef MET
#undef FAM
};

void
metrics_get(const struct metrics_view *v, unsigned int row,
    struct metric_value *to)
{
	memset(to, 0, sizeof(*to));
	to->kind = metric_rows[row].kind;
	switch ((enum metric)row) {
#define MET(name, kind, metric, labels, help, value)			\
	case MET_##name:						\
		set_##kind(to, value);					\
		break;
#define FAM(metric, help)
#include "metrics.def"
#undef MET
#undef FAM
	}
}

bool
metrics_find(const struct metrics_view *v, const char *name,
    struct metric_value *to)
{
	unsigned int	 i;

	for (i = 0; i < metric_nrows; i++)
		if (strcmp(metric_rows[i].name, name) == 0) {
			metrics_get(v, i, to);
			return (true);
		}
	return (false);
}
