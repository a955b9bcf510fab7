/* SPDX-License-Identifier: ISC */
/* Rate limits: see limit.h. */

#include <stdint.h>

#include "limit.h"

#define NS_PER_S	1e9
#define INTERVAL_MAX	1e15		/* 11 days: no sum overflows */

void
limit_set(struct limit *l, double rate, unsigned int burst)
{
	double	 interval = rate > 0 ? NS_PER_S / rate : 0;

	if (interval > INTERVAL_MAX)
		interval = INTERVAL_MAX;
	l->interval = (uint64_t)interval;
	l->slack = l->interval * (burst > 0 ? burst - 1 : 0);
	if (l->interval == 0)		/* 0, or faster than anybody asks */
		l->slack = UINT64_MAX;
}

void
limit_lift(struct limit *to, const struct limit *l)
{
	*to = *l;
	if (l->interval == 0)
		return;
	to->interval = (l->interval + LIMIT_LIFT - 1) / LIMIT_LIFT;
	to->slack = l->slack / l->interval * to->interval;
}

/*
 * Polls below 0, of more than one request a second, are raised to it: clients
 * that take the octet for unsigned would wait for ever.
 */
uint8_t
limit_poll(const struct limit *l, uint8_t asked)
{
	int8_t		 poll = (int8_t)asked;
	uint64_t	 second = 1000000000;
	uint8_t		 p = 0;

	while (p < LIMIT_POLL_MAX && second << p < l->interval)
		p++;
	if (poll <= (int8_t)p)
		return (p);
	return (poll < LIMIT_POLL_MAX ? (uint8_t)poll : LIMIT_POLL_MAX);
}
