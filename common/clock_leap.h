/* SPDX-License-Identifier: ISC */
/*
 * What a leap second does to a clock: announcement, smear, and the second
 * itself.  A part of clock.c, which alone includes this.
 */
#ifndef CLOCK_LEAP_H
#define CLOCK_LEAP_H

#include "clock.h"

/*
 * clock_leap_look: first in an update: what there is to know of leap seconds
 *	at `now`; the kernel's word may be NULL.
 * clock_leap_say: what is said of them by a clock that is good; announced is
 *	what its source says, on whatever day.
 * clock_leap_reference: last in an update: the reference as it is served.
 */
void	clock_leap_look(struct clock_state *, const struct timespec *,
	    const struct clock_kernel *);
void	clock_leap_say(struct clock_state *, const struct timespec *, uint8_t);
void	clock_leap_reference(struct clock_state *, const struct timespec *);

#endif /* CLOCK_LEAP_H */
