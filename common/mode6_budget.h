/* SPDX-License-Identifier: ISC */
/*
 * A budget for what is longer than the request it answers: octets a second,
 * for each source and in all.  A source is an IPv4 address or an IPv6 /64.
 * Pure; times are monotonic nanoseconds.
 */
#ifndef MODE6_BUDGET_H
#define MODE6_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define MODE6_BUDGET_SOURCES	64

/* Enough for ntpq to read the list of some thousand sources in a minute. */
#define MODE6_SOURCE_RATE	32768	/* octets a second */
#define MODE6_SOURCE_BURST	65536	/* octets that may be saved up */
#define MODE6_TOTAL_RATE	131072
#define MODE6_TOTAL_BURST	262144

struct mode6_bucket {
	uint8_t		 ip[16];
	uint8_t		 family;	/* 0: free */
	uint64_t	 full;		/* when it will be full again */
};

struct mode6_budget {
	uint64_t	 source_interval, total_interval;	/* per octet */
	uint64_t	 source_slack, total_slack;
	uint64_t	 total_full;
	struct mode6_bucket bucket[MODE6_BUDGET_SOURCES];
};

/*
 * mode6_budget_init: source's rate and burst, then those of all together; a
 *	rate of 0 is no limit.
 * mode6_budget_fragments: how many whole fragments may go to an address now.
 * mode6_budget_take: takes octets, or false and nothing is taken.
 */
void		 mode6_budget_init(struct mode6_budget *, uint32_t, uint32_t,
		    uint32_t, uint32_t);
unsigned int	 mode6_budget_fragments(const struct mode6_budget *,
		    const struct addr *, uint64_t);
bool		 mode6_budget_take(struct mode6_budget *, const struct addr *,
		    size_t, uint64_t);

#endif /* MODE6_BUDGET_H */
