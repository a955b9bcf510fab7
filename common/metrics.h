/* SPDX-License-Identifier: ISC */
/*
 * All that is measured, from two tables: counters.def and metrics.def.  What
 * ntpsctl shows as text and JSON takes its values from here by name, and the
 * whole of it is written for Prometheus, in its text format 0.0.4 or in
 * OpenMetrics 1.0.  Pure; includes msg.h for the payloads that the values come
 * from.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hist.h"
#include "msg.h"

enum metric_kind {
	METRIC_COUNT,		/* of things, exact to 2^64-1 */
	METRIC_BOOL,
	METRIC_SPAN,		/* seconds */
	METRIC_OFFSET,		/* seconds, signed */
	METRIC_TIME		/* ns since 1970, or 0 */
};

struct metric_row {
	const char	*name;		/* as ntpsctl shows it */
	enum metric_kind kind;
	const char	*metric;
	const char	*labels;
	const char	*help;
};

extern const struct metric_row	metric_rows[];
extern const unsigned int	metric_nrows;

/* What the values come from; of the times, NULL is for unknown. */
struct metrics_view {
	uint64_t			 now;	/* ns since 1970 */
	const struct msg_status		*status;
	const struct msg_stats		*stats;	/* of all engines */
	const struct msg_process	*process;
	unsigned int			 nprocesses;
	const struct hist		*processing, *work;	/* in all */
};

struct metric_value {
	enum metric_kind kind;
	union {
		uint64_t	 count;	/* _COUNT, _BOOL, _TIME */
		double		 real;	/* _SPAN, _OFFSET */
	}		 u;
};

enum metrics_form { METRICS_PROMETHEUS, METRICS_OPENMETRICS };

/*
 * metrics_get: the value of a row of metric_rows.
 * metrics_find: the same by its name in ntpsctl; false if there is none.
 * metrics_write: all of them; -1 when a write failed, with errno.
 * metrics_label: a label's value as both formats want it, in quotes.
 */
void	metrics_get(const struct metrics_view *, unsigned int,
	    struct metric_value *);
bool	metrics_find(const struct metrics_view *, const char *,
	    struct metric_value *);
int	metrics_write(FILE *, enum metrics_form, const struct metrics_view *);
void	metrics_label(FILE *, const char *);

#endif /* METRICS_H */
