/* SPDX-License-Identifier: ISC */
/*
 * When to restart a child that died.  Pure; times are monotonic milliseconds.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_BURST	5	/* crashes restarted at once … */
#define BACKOFF_WINDOW	10000	/* … in this many ms */
#define BACKOFF_FIRST	10	/* ms, then doubling … */
#define BACKOFF_MAX	1000	/* … to this */
#define BACKOFF_RESET	60000	/* ms without a crash: as new */

struct backoff {
	uint64_t	 crash[BACKOFF_BURST];	/* times of the last ones */
	unsigned int	 ncrash;
	unsigned int	 delay;			/* last one given, ms */
};

/*
 * The milliseconds to wait before the restart.  A death that was no crash
 * (SIGKILL, a clean exit, by a child that had come up) never waits; for a
 * crash, and for a child that died before it came up, `crash` is true.
 */
unsigned int	backoff_next(struct backoff *, uint64_t, bool);

#endif /* BACKOFF_H */
