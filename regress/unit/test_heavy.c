/* SPDX-License-Identifier: ISC */
/* heavy.c: who is refused the most. */

#include <string.h>

#include <atf-c.h>

#include "heavy.h"

#define LOUD	20

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x7fb5d329728ea185ULL;
	x = (x ^ x >> 27) * 0x81dadef4bc2dd44dULL;
	return (x ^ x >> 33);
}

static struct client_key
source(uint32_t n)
{
	struct client_key	 key;

	memset(&key, 0, sizeof(key));
	key.family = 4;
	memcpy(key.ip, &n, sizeof(n));
	key.hash = mix(n);
	return (key);
}

static void
add(struct heavy *h, uint32_t n, unsigned int times)
{
	struct client_key	 key = source(n);

	while (times-- > 0)
		heavy_add(h, &key);
}

static uint32_t
number(const struct heavy_entry *he)
{
	uint32_t	 n;

	memcpy(&n, he->key.ip, sizeof(n));
	return (n);
}

ATF_TC_WITHOUT_HEAD(few);
ATF_TC_BODY(few, tc)
{
	const struct heavy_entry	*out[8];
	struct client_key		 key = source(3);
	static struct heavy		 h;

	ATF_CHECK_EQ(0, heavy_pick(&h, 1, out, 8));
	add(&h, 1, 10);
	add(&h, 2, 1000);
	add(&h, 3, 100);
	/* the heaviest first, exactly */
	ATF_REQUIRE_EQ(3, heavy_pick(&h, 1, out, 8));
	ATF_CHECK_EQ(2, number(out[0]));
	ATF_CHECK_EQ(1000, heavy_sure(out[0]));
	ATF_CHECK_EQ(3, number(out[1]));
	ATF_CHECK_EQ(100, heavy_sure(out[1]));
	ATF_CHECK_EQ(1, number(out[2]));
	/* no more than asked for, no lighter than asked for */
	ATF_REQUIRE_EQ(1, heavy_pick(&h, 1, out, 1));
	ATF_CHECK_EQ(2, number(out[0]));
	ATF_CHECK_EQ(0, heavy_pick(&h, 1, out, 0));
	ATF_CHECK_EQ(2, heavy_pick(&h, 100, out, 8));
	ATF_CHECK_EQ(1, heavy_pick(&h, 101, out, 8));
	heavy_forget(&h, &key);
	heavy_forget(&h, &key);		/* and nobody else */
	ATF_REQUIRE_EQ(2, heavy_pick(&h, 1, out, 8));
	ATF_CHECK_EQ(2, number(out[0]));
	ATF_CHECK_EQ(1, number(out[1]));
}

ATF_TC_WITHOUT_HEAD(same_hash);
ATF_TC_BODY(same_hash, tc)
{
	const struct heavy_entry	*out[8];
	static struct heavy		 h;
	struct client_key		 key = source(1);

	/* Two sources with one hash, and two families with one address. */
	heavy_add(&h, &key);
	key.ip[5] = 1;
	heavy_add(&h, &key);
	key.family = 6;
	heavy_add(&h, &key);
	heavy_add(&h, &key);
	ATF_REQUIRE_EQ(3, heavy_pick(&h, 1, out, 8));
	ATF_CHECK_EQ(6, out[0]->key.family);
	ATF_CHECK_EQ(2, heavy_sure(out[0]));
	ATF_CHECK_EQ(1, heavy_sure(out[1]));
}

/* Loud ones among a hundred thousand that come once. */
ATF_TC_WITHOUT_HEAD(in_a_crowd);
ATF_TC_BODY(in_a_crowd, tc)
{
	const struct heavy_entry	*out[HEAVY_ENTRIES];
	static struct heavy		 h;
	uint32_t			 i, got;
	bool				 seen[LOUD] = { false };

	for (i = 0; i < 100000; i++) {
		add(&h, 1000 + i, 1);
		/* LOUD of them, each with 1 in 25 of all */
		add(&h, (uint32_t)(mix(i) % LOUD), 4);
	}
	got = heavy_pick(&h, 5000, out, HEAVY_ENTRIES);
	ATF_CHECK_EQ(LOUD, got);
	for (i = 0; i < got; i++) {
		ATF_REQUIRE(number(out[i]) < LOUD);
		seen[number(out[i])] = true;
		/* what is said to be its own is */
		ATF_CHECK(heavy_sure(out[i]) < 21000);
		if (i > 0)
			ATF_CHECK(heavy_sure(out[i - 1]) >=
			    heavy_sure(out[i]));
	}
	for (i = 0; i < LOUD; i++)
		ATF_CHECK_MSG(seen[i], "%u is missing", i);
	/* of the crowd none is taken for heavy */
	got = heavy_pick(&h, 3, out, HEAVY_ENTRIES);
	ATF_CHECK_EQ(LOUD, got);
}

ATF_TC_WITHOUT_HEAD(decay);
ATF_TC_BODY(decay, tc)
{
	const struct heavy_entry	*out[8];
	static struct heavy		 h;
	unsigned int			 second;

	for (second = 0; second < 20; second++) {
		add(&h, 7, 1000);
		ATF_REQUIRE_EQ(1, heavy_pick(&h, 1000, out, 8));
		ATF_CHECK(heavy_sure(out[0]) < 2000);
		heavy_decay(&h);
	}
	/* and it is forgotten */
	ATF_CHECK_EQ(1, heavy_pick(&h, 1, out, 8));
	for (second = 0; second < 10; second++)
		heavy_decay(&h);
	ATF_CHECK_EQ(0, heavy_pick(&h, 1, out, 8));
	/* also of one that took another's place nothing is left over */
	for (second = 0; second < 2 * HEAVY_ENTRIES; second++)
		add(&h, 100 + second, 1 + second % 3);
	for (second = 0; second < 10; second++)
		heavy_decay(&h);
	add(&h, 1, 1);
	ATF_REQUIRE_EQ(1, heavy_pick(&h, 1, out, 8));
	ATF_CHECK_EQ(1, heavy_sure(out[0]));
	/* nor does rounding make anything sure */
	memset(&h, 0, sizeof(h));
	h.entry[0].count = 4;
	h.entry[0].error = 3;
	heavy_decay(&h);
	ATF_CHECK_EQ(2, h.entry[0].count);
	ATF_CHECK_EQ(0, heavy_sure(&h.entry[0]));
}

ATF_TC_WITHOUT_HEAD(no_overflow);
ATF_TC_BODY(no_overflow, tc)
{
	const struct heavy_entry	*out[1];
	static struct heavy		 h;

	add(&h, 1, 1);
	h.entry[0].count = UINT32_MAX - 1;
	add(&h, 1, 3);
	ATF_REQUIRE_EQ(1, heavy_pick(&h, 1, out, 1));
	ATF_CHECK_EQ(UINT32_MAX, heavy_sure(out[0]));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, few);
	ATF_TP_ADD_TC(tp, same_hash);
	ATF_TP_ADD_TC(tp, in_a_crowd);
	ATF_TP_ADD_TC(tp, decay);
	ATF_TP_ADD_TC(tp, no_overflow);
	return (atf_no_error());
}
