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
