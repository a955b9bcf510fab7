/* SPDX-License-Identifier: ISC */
/*
 * What was served when: a row for each second of 15 minutes, each minute of 24
 * hours and each hour of 30 days.  The engines' counters and histograms, which
 * only grow, are told once a second; what came to them since belongs to the
 * second that has just ended, and is added to its minute and its hour.  Time
 * in which nobody looked has no row: it is a gap, neither zero nor a burst.
 * All of it lies in struct history, 1.7 MB.
 * Pure.  Times of rows are seconds since 1970, UTC; spans are nanoseconds.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "hist.h"

#define HISTORY_SECONDS	(15 * 60)
#define HISTORY_MINUTES	(24 * 60)
#define HISTORY_HOURS	(30 * 24)
#define HISTORY_SOURCES	32	/* engines */
#define HISTORY_GAP	10	/* seconds without a look that are a gap */

enum history_step {
	HISTORY_SECOND, HISTORY_MINUTE, HISTORY_HOUR, HISTORY_STEPS
};

/* What the clock and the table of sources are at the end of a row. */
struct history_look {
	uint32_t	 leap, stratum;		/* as they are served */
	uint32_t	 synchronised;		/* 0 or 1 */
	uint32_t	 pad;
	uint64_t	 root_dispersion;	/* ns */
	uint64_t	 unique_minute, unique_hour;	/* estimates */
};

/* Of the processing time of answered requests, ns. */
struct history_times {
	uint64_t	 n, mean, p50, p95, p99, max;
};

struct history_row {
	uint64_t	 start;
	uint32_t	 covered;	/* seconds of it that were looked at */
	uint32_t	 leap, stratum, synchronised;
	uint64_t	 root_dispersion;
	uint64_t	 unique;	/* sources of the minute, or the hour */
	struct history_times times;
	struct counters	 counters;	/* what came to them */
};

/* The row that is still added to; covered 0: there is none. */
struct history_open {
	struct history_row row;
	struct hist	 times;
};

struct history_source {
	bool		 known;
	uint64_t	 since;		/* when it began to count */
	struct counters	 counters;	/* the last that it told */
	struct hist	 times;
};

struct history {
	uint64_t	 last;		/* mono, ns, of the last look; or 0 */
	struct counters	 counters;	/* what came since */
	struct hist	 times;
	struct history_open open[HISTORY_STEPS];
	struct hist	 minute_times;	/* of the last whole minute */
	uint64_t	 put[HISTORY_STEPS];	/* rows, ever */
	struct history_row second[HISTORY_SECONDS];
	struct history_row minute[HISTORY_MINUTES];
	struct history_row hour[HISTORY_HOURS];
	struct history_source source[HISTORY_SOURCES];
};

/*
 * A zeroed struct history is an empty one.
 * history_told: since when a source counts, its counters, and the histogram
 *	that goes with them, or NULL.  One that is fresh, when first heard of,
 *	has counted nothing that is older; of any other, only what comes from
 *	then on is known.  Where it counts since another time, or a counter
 *	went back, all of it is new.
 * history_tick: the second that ends now, by the wall clock in seconds; mono
 *	says how long ago the last one was.  The HISTORY_ steps, a bit each, of
 *	which a row is whole since.
 * history_first, history_end: rows that there are, by their number, which
 *	never comes again: from the first to the one before the end; the last
 *	may still grow.
 * history_get: one of them; false if there is none of that number.
 * history_since: the number of the first row of all the last ones that did
 *	not end at a time or before.
 * history_length: of a step, in seconds.
 */
void		 history_told(struct history *, unsigned int, bool, uint64_t,
		    const struct counters *, const struct hist *);
unsigned int	 history_tick(struct history *, uint64_t, uint64_t,
		    const struct history_look *);
uint64_t	 history_first(const struct history *, enum history_step);
uint64_t	 history_end(const struct history *, enum history_step);
bool		 history_get(const struct history *, enum history_step,
		    uint64_t, struct history_row *);
uint64_t	 history_since(const struct history *, enum history_step,
		    uint64_t);
uint64_t	 history_length(enum history_step);

/* For history_file.c: a row into its ring; the row at a number below put. */
void		 history_put(struct history *, enum history_step,
		    const struct history_row *);
struct history_row *history_at(struct history *, enum history_step,
		    uint64_t);

#endif /* HISTORY_H */
