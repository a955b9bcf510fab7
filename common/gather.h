/* SPDX-License-Identifier: ISC */
/*
 * Whether to wait a little before requests are read, so that more of them lie
 * ready: each wake-up costs about as much as a request.  That pays at some
 * load alone.  Where requests are rare it would only delay them, where they
 * abound they gather by themselves, where each waits for the answer to the one
 * before nothing gathers, and where the processor is busy whoever sleeps wakes
 * up late; the last two are found out by trying.  The kernel stamps requests
 * as they come, so that a wait costs no exactness.  It ends when some requests
 * are likely to have come: more of them gain little, and their replies leave
 * later than the last of them could.
 * Pure; times are monotonic nanoseconds.
 */
#ifndef GATHER_H
#define GATHER_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed before first use: no wait is ever made. */
struct gather {
	uint64_t	 wait;		/* at most; 0: never */
	uint64_t	 span;		/* what some requests come in */
	uint64_t	 from;		/* the rate is counted since, */
	uint64_t	 count;		/* so many requests */
	uint64_t	 rate;		/* a second, of late */
	uint64_t	 rest;		/* no wait until then, */
	uint64_t	 rest_for;	/* which was so long */
	uint32_t	 late;		/* waits that ended with too many */
	uint32_t	 turn;		/* wake-ups while it waits */
	uint32_t	 plain;		/* mean requests without a wait, */
	uint32_t	 waited;	/* and with one, in 1/256 */
	bool		 on;		/* the rate is one for it */
	bool		 full;		/* there was enough, just now */
	bool		 now;		/* this wake-up waited */
};

/*
 * gather_set: how long a wait may be, ns; what was learnt is kept.
 * gather_wait: for each wake-up, before it reads: ns to wait, 0 for none.
 * gather_seen: after it: so many requests, the last of them read at that
 *	time; and whether as many as can be read at once.
 */
void		 gather_set(struct gather *, uint64_t);
uint64_t	 gather_wait(struct gather *);
void		 gather_seen(struct gather *, unsigned int, uint64_t, bool);

#endif /* GATHER_H */
