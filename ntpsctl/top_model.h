/* SPDX-License-Identifier: ISC */
/*
 * What `ntpsctl top' knows: what the daemon last said, and what came of it
 * since the time before.  Rates are counts a second, out of differences of
 * counters; a counter that went back, or that counts since another time, began
 * anew.  Pure: no clock and no connection.  `at' is in seconds since 1970, mono
 * in ns of a clock that never goes back.
 */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "answers.h"
#include "prefix.h"

#define TOP_SECONDS	HISTORY_SECONDS	/* that are remembered */
#define TOP_CLIENTS	100
#define TOP_SPAN	(UINT64_C(500) * 1000000)	/* ns, for a rate */
#define TOP_UNKNOWN	UINT64_MAX	/* in place of a rate */

struct top_rates {
	uint64_t	 requests, answered, refused, lost;
};

struct top_second {
	uint64_t	 at;		/* 0: nothing is known */
	struct top_rates rate;
};

/* Of answers since the last look, ns; n 0: there was none. */
struct top_times {
	uint64_t	 n, p50, p99;
};

struct top_client {
	struct client_row row;
	uint64_t	 rate, drops;	/* a second, or TOP_UNKNOWN */
	uint64_t	 mono;		/* when these were counted: */
	uint32_t	 counted, dropped;
};

/* Zeroed before first use. */
struct top_model {
	bool		 looked;	/* once: there is something to show */
	bool		 rated;		/* twice: there are rates, times */
	uint64_t	 now;		/* ns since 1970, of the last look */
	uint64_t	 mono;
	struct msg_status status;
	struct msg_stats stats;
	struct msg_process process[MSG_SLOTS_MAX];
	unsigned int	 nprocesses;
	struct hist	 told[TIMES_KINDS];
	struct top_times times[TIMES_KINDS];
	struct top_rates rate;
	struct top_second second[TOP_SECONDS];
	struct top_client client[TOP_CLIENTS];
	unsigned int	 nclients;
};

enum top_series { TOP_REQUESTS, TOP_REFUSED };

/*
 * top_look: answers to SHOW_METRICS.
 * top_history: answers to a request for the history's seconds.
 * top_clients: answers to a request for sources.
 * top_arrange: sorts them as enum clients_order says, and leaves out those that
 *	are not in the prefix.
 * top_prefix: the prefix that a source is.
 * top_bars: the mean of a series in each of n columns of so many seconds, the
 *	last of which has the last look; TOP_UNKNOWN where nobody looked.
 */
void	top_look(struct top_model *, const struct answers *, uint64_t);
void	top_history(struct top_model *, const struct answers *);
void	top_clients(struct top_model *, const struct answers *, uint64_t);
void	top_arrange(struct top_model *, uint32_t, const struct prefix *);
void	top_prefix(struct prefix *, const struct client_row *);
void	top_bars(const struct top_model *, enum top_series, unsigned int,
	    unsigned int, uint64_t *);

#endif /* TOP_MODEL_H */
