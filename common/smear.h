/* SPDX-License-Identifier: ISC */
/*
 * Leap smear (RFC 8633 3.7.1): served time runs a little slower, or faster,
 * for hours around a leap second instead of stepping by it.  Pure.
 *
 * The machine's clock steps: during an inserted second it reads 23:59:59 once
 * more, of a deleted one nothing.  So what is to be added to it steps as well,
 * for their sum not to.  Time within the window is counted in seconds that
 * really pass, the inserted one among them.
 */
#ifndef SMEAR_H
#define SMEAR_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define SMEAR_SIDE	43200	/* the usual `before' and `after' */
#define SMEAR_SIDE_MAX	604800
#define SMEAR_SPAN_MIN	2000	/* of both: 500 ppm, what clients can follow */

enum smear_kind { SMEAR_NONE, SMEAR_LINEAR, SMEAR_COSINE };

struct smear {
	enum smear_kind	 kind;
	int64_t		 before, after;	/* seconds around the leap */
};

/* What to add to the machine's clock. */
struct smear_now {
	int64_t		 offset;	/* ns */
	/* Its change, ns per ns, for up to a second from now. */
	double		 rate;
};

/*
 * smear_ok: whether the spans are such that smear_at may be called: before 1
 *	to SMEAR_SIDE_MAX, after 0 to that, together SMEAR_SPAN_MIN or more.
 * smear_at: false outside the window of the leap second that ends at leap_at
 *	(1 inserted, -1 deleted; a leap_table's time); in_leap says whether it
 *	is the inserted second that runs now.
 * smear_refid: 254, and the offset as seconds in 2 integer and 22 fraction
 *	bits, signed: what ntpd tells of its smear.
 */
bool	smear_ok(const struct smear *);
bool	smear_at(const struct smear *, int64_t, int, const struct timespec *,
	    bool, struct smear_now *);
void	smear_refid(int64_t, uint8_t[4]);

#endif /* SMEAR_H */
