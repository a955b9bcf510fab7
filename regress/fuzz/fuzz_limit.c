/* SPDX-License-Identifier: ISC */
/*
 * Rate limits against a bucket of tokens counted exactly, at any times; and
 * from any state a source is never shut out for longer than a token takes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "limit.h"

#define TIME_MAX	(UINT64_C(1) << 63)

typedef unsigned __int128 wide;

struct setting {
	double		 rate;
	uint64_t	 start, full;
	uint8_t		 burst, poll, pad[6];
};

/* The level of the bucket in ns of its interval, a token is one interval. */
struct bucket {
	wide		 level, size;
	uint64_t	 at;
};

static bool
bucket_take(struct bucket *b, const struct limit *l, uint64_t now)
{
	b->level += now - b->at;
	b->at = now;
	if (b->level > b->size)
		b->level = b->size;
	if (b->level < l->interval)
		return (false);
	b->level -= l->interval;
	return (true);
}

static void
against_a_bucket(const struct limit *l, uint64_t now, const uint8_t *data,
    size_t len)
{
	struct bucket	 b = { .at = now };
	uint64_t	 full = 0, step;

	b.level = b.size = (wide)l->slack + l->interval;
	for (; len > 0; data++, len--) {
		/* from a ns to a year */
		step = (UINT64_C(1) << data[0] % 55) - 1;
		if (data[0] & 128)
			step = l->interval * (data[0] % 8) / 4;
		if (step > TIME_MAX - 1 - now)
			return;
		now += step;
		if (l->interval == 0)
			CHECK(limit_take(l, &full, now));
		else
			CHECK(limit_take(l, &full, now) ==
			    bucket_take(&b, l, now));
	}
}

static void
any_state(const struct limit *l, uint64_t full, uint64_t now)
{
	uint64_t	 was = full;

	if (limit_take(l, &full, now))
		return;
	CHECK(full <= was && full > now);
	CHECK(full - now <= l->slack + l->interval);
	if (now < TIME_MAX - l->interval)
		CHECK(limit_take(l, &full, now + l->interval));
}

static void
poll_of(const struct limit *l, uint8_t asked)
{
	uint8_t	 p = limit_poll(l, asked);

	CHECK(p <= LIMIT_POLL_MAX);
	CHECK(p == LIMIT_POLL_MAX || (int8_t)p >= (int8_t)asked);
	CHECK(p == LIMIT_POLL_MAX ||
	    UINT64_C(1000000000) << p >= l->interval);
	CHECK(p == 0 || p == asked || (int8_t)asked > LIMIT_POLL_MAX ||
	    UINT64_C(1000000000) << (p - 1) < l->interval);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct setting	 set;
	struct limit	 l, lifted;

	if (len < sizeof(set))
		return (0);
	memcpy(&set, data, sizeof(set));
	data += sizeof(set);
	len -= sizeof(set);
	set.start %= TIME_MAX;
	limit_set(&l, set.rate, set.burst);
	limit_lift(&lifted, &l);
	CHECK(lifted.interval <= l.interval && lifted.slack <= l.slack);
	CHECK((lifted.interval == 0) == (l.interval == 0));
	against_a_bucket(&l, set.start, data, len);
	against_a_bucket(&lifted, set.start, data, len);
	any_state(&l, set.full, set.start);
	any_state(&lifted, set.full, set.start);
	poll_of(&l, set.poll);
	return (0);
}
