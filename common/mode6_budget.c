/* SPDX-License-Identifier: ISC */
/*
 * The byte budget: see mode6_budget.h.  Each bucket is one time, as in
 * limit.h, only that a token is an octet and many are taken at once.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "mode6.h"
#include "mode6_budget.h"

#define NS_PER_S	1000000000U

static void	 key_of(struct mode6_bucket *, const struct addr *);
static size_t	 find(const struct mode6_budget *, const struct addr *);
static uint64_t	 left(uint64_t, uint64_t, uint64_t, uint64_t);

void
mode6_budget_init(struct mode6_budget *b, uint32_t source_rate,
    uint32_t source_burst, uint32_t total_rate, uint32_t total_burst)
{
	memset(b, 0, sizeof(*b));
	if (source_rate != 0)
		b->source_interval = NS_PER_S / source_rate;
	if (total_rate != 0)
		b->total_interval = NS_PER_S / total_rate;
	b->source_slack = b->source_interval * source_burst;
	b->total_slack = b->total_interval * total_burst;
}

static void
key_of(struct mode6_bucket *k, const struct addr *a)
{
	memset(k, 0, sizeof(*k));
	k->family = a->family;
	memcpy(k->ip, a->ip, a->family == AF_INET ? 4 : 8);
}

/*
 * The source's bucket.  A newcomer takes over the one that owes the least and
 * what it owes, so that going through many addresses buys nothing.
 */
static size_t
find(const struct mode6_budget *b, const struct addr *a)
{
	struct mode6_bucket	 k;
	size_t			 i, least = 0;

	key_of(&k, a);
	for (i = 0; i < MODE6_BUDGET_SOURCES; i++) {
		if (b->bucket[i].family == k.family &&
		    memcmp(b->bucket[i].ip, k.ip, sizeof(k.ip)) == 0)
			return (i);
		if (b->bucket[i].full < b->bucket[least].full)
			least = i;
	}
	return (least);
}

/* Octets left in a bucket. */
static uint64_t
left(uint64_t full, uint64_t interval, uint64_t slack, uint64_t now)
{
	uint64_t	 owed = full > now ? full - now : 0;

	if (interval == 0)
		return (UINT64_MAX);
	return (owed >= slack ? 0 : (slack - owed) / interval);
}

static uint64_t
left_for(const struct mode6_budget *b, size_t i, uint64_t now)
{
	uint64_t	 all, one;

	all = left(b->total_full, b->total_interval, b->total_slack, now);
	one = left(b->bucket[i].full, b->source_interval, b->source_slack,
	    now);
	return (one < all ? one : all);
}

unsigned int
mode6_budget_fragments(const struct mode6_budget *b, const struct addr *a,
    uint64_t now)
{
	uint64_t	 n;

	n = left_for(b, find(b, a), now) / MODE6_FRAGMENT_LEN;
	return (n < MODE6_FRAGMENTS ? (unsigned int)n : MODE6_FRAGMENTS);
}

bool
mode6_budget_take(struct mode6_budget *b, const struct addr *a, size_t octets,
    uint64_t now)
{
	struct mode6_bucket	*bucket;
	uint64_t		 full;
	size_t			 i = find(b, a);

	if (left_for(b, i, now) < octets)
		return (false);
	bucket = &b->bucket[i];
	full = bucket->full > now ? bucket->full : now;
	key_of(bucket, a);
	bucket->full = full + octets * b->source_interval;
	if (b->total_full < now)
		b->total_full = now;
	b->total_full += octets * b->total_interval;
	return (true);
}
