/* SPDX-License-Identifier: ISC */
/*
 * K6: the rules of run time, against a model that looks at each of them for
 * the longest prefix.
 */
#include <string.h>

#include <atf-c.h>

#include "denials.h"

static uint64_t	 state;

static unsigned int
below(unsigned int n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((unsigned int)(state >> 33) % n);
}

static void
init(struct denials *d)
{
	static const uint8_t	 key[16] = { 1, 2, 3 };

	memset(d, 0, sizeof(*d));
	siphash_key_set(&d->key, key);
}

static struct prefix
prefix(const char *text)
{
	struct prefix	 p;

	ATF_REQUIRE_MSG(prefix_parse(&p, text) == NULL, "%s", text);
	return (p);
}

static void
put(struct denials *d, unsigned int n, const char *text,
    enum denial_kind kind)
{
	struct prefix	 p = prefix(text);

	denials_put(d, n, &p, kind);
}

static int
find(const struct denials *d, const char *text)
{
	struct prefix	 p = prefix(text);

	ATF_REQUIRE_EQ(p.bits, prefix_bits(p.family));
	return (denials_find(d, p.family == 6, p.ip));
}

ATF_TC_WITHOUT_HEAD(none);
ATF_TC_BODY(none, tc)
{
	struct denials	 d;

	init(&d);
	ATF_CHECK_EQ(find(&d, "192.0.2.1"), -1);
	ATF_CHECK_EQ(find(&d, "::"), -1);
	put(&d, 0, "192.0.2.1", DENIAL_DENY);
	put(&d, 0, "192.0.2.1", DENIAL_NONE);
	ATF_CHECK_EQ(find(&d, "192.0.2.1"), -1);
	ATF_CHECK_EQ(d.nbits[0], 0);
	ATF_CHECK_EQ(d.nbits[1], 0);
}

ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	struct denials	 d;

	init(&d);
	put(&d, 3, "192.0.2.128/25", DENIAL_DENY);
	put(&d, 7, "192.0.2.129", DENIAL_ALLOW);
	put(&d, 255, "192.0.0.0/16", DENIAL_ALLOW);
	put(&d, 0, "0.0.0.0/0", DENIAL_DENY);
	ATF_CHECK_EQ(find(&d, "192.0.2.129"), 7);
	ATF_CHECK_EQ(find(&d, "192.0.2.128"), 3);
	ATF_CHECK_EQ(find(&d, "192.0.2.255"), 3);
	ATF_CHECK_EQ(find(&d, "192.0.2.127"), 255);
	ATF_CHECK_EQ(find(&d, "192.1.0.0"), 0);
	ATF_CHECK_EQ(d.rule[7].kind, DENIAL_ALLOW);
	/* a family is not the other's */
	ATF_CHECK_EQ(find(&d, "::"), -1);
	put(&d, 9, "::/0", DENIAL_DENY);
	put(&d, 8, "c000:281::/32", DENIAL_DENY);
	ATF_CHECK_EQ(find(&d, "::"), 9);
	ATF_CHECK_EQ(find(&d, "c000:281::1"), 8);
	ATF_CHECK_EQ(find(&d, "192.0.2.129"), 7);
	/* what was found before the shorter one is gone */
	put(&d, 7, "192.0.2.129", DENIAL_NONE);
	ATF_CHECK_EQ(find(&d, "192.0.2.129"), 3);
	put(&d, 3, "192.0.2.128/25", DENIAL_NONE);
	ATF_CHECK_EQ(find(&d, "192.0.2.129"), 255);
}

ATF_TC_WITHOUT_HEAD(replaced);
ATF_TC_BODY(replaced, tc)
{
	struct denials	 d;

	init(&d);
	put(&d, 5, "10.0.0.0/8", DENIAL_DENY);
	put(&d, 5, "2001:db8::/33", DENIAL_ALLOW);
	ATF_CHECK_EQ(find(&d, "10.0.0.1"), -1);
	ATF_CHECK_EQ(find(&d, "2001:db8:7fff::"), 5);
	ATF_CHECK_EQ(find(&d, "2001:db8:8000::"), -1);
	ATF_CHECK_EQ(d.rule[5].kind, DENIAL_ALLOW);
	ATF_CHECK_EQ(d.nbits[0], 0);
	ATF_CHECK_EQ(d.nbits[1], 1);
}

/* Octets of few values, so that prefixes hold each other. */
static void
some_address(uint8_t *ip, unsigned int len)
{
	unsigned int	 i;

	memset(ip, 0, 16);
	for (i = 0; i < len; i++)
		ip[i] = below(4) == 0 ? (uint8_t)(below(2) * 0x81) : 0x55;
}

static void
some_prefix(struct prefix *p)
{
	unsigned int	 i, len;

	memset(p, 0, sizeof(*p));
	p->family = below(2) == 0 ? 4 : 6;
	len = p->family == 4 ? 4 : 16;
	some_address(p->ip, len);
	p->bits = (uint8_t)below(len * 8 + 1);
	for (i = p->bits; i < 128; i++)
		p->ip[i / 8] &= (uint8_t)~(0x80U >> i % 8);
	ATF_REQUIRE(prefix_valid(p));
}

/* Each of them, and the longest that fits. */
static int
model_find(const struct denials *d, bool v6, const uint8_t *ip)
{
	unsigned int	 i;
	int		 best = -1;

	for (i = 0; i < DENIALS_MAX; i++)
		if (d->rule[i].kind != DENIAL_NONE &&
		    prefix_has(&d->rule[i].from, v6 ? 6 : 4, ip) &&
		    (best == -1 ||
		    d->rule[i].from.bits > d->rule[best].from.bits))
			best = (int)i;
	return (best);
}

static bool
is_there(const struct denials *d, const struct prefix *p)
{
	unsigned int	 i;

	for (i = 0; i < DENIALS_MAX; i++)
		if (d->rule[i].kind != DENIAL_NONE &&
		    memcmp(&d->rule[i].from, p, sizeof(*p)) == 0)
			return (true);
	return (false);
}

static unsigned int
compare(const struct denials *d, unsigned int times)
{
	uint8_t		 ip[16];
	unsigned int	 found = 0;
	bool		 v6;
	int		 n;

	for (; times > 0; times--) {
		v6 = below(2) == 1;
		some_address(ip, v6 ? 16 : 4);
		n = denials_find(d, v6, ip);
		ATF_REQUIRE_EQ(n, model_find(d, v6, ip));
		found += n != -1;
	}
	return (found);
}

ATF_TC_WITHOUT_HEAD(model);
ATF_TC_BODY(model, tc)
{
	struct denials	 d;
	struct prefix	 p;
	unsigned int	 round, i, n, found = 0;

	init(&d);
	state = 7;
	for (round = 0; round < 4; round++) {
		/* up to all places, in any order */
		for (i = 0; i < 4 * DENIALS_MAX; i++) {
			some_prefix(&p);
			n = below(DENIALS_MAX);
			if (!is_there(&d, &p))
				denials_put(&d, n, &p, below(2) == 0 ?
				    DENIAL_DENY : DENIAL_ALLOW);
			found += compare(&d, 8);
		}
		for (i = 0; i < DENIALS_MAX; i++)
			while (d.rule[i].kind == DENIAL_NONE) {
				some_prefix(&p);
				if (!is_there(&d, &p))
					denials_put(&d, i, &p, DENIAL_DENY);
			}
		found += compare(&d, 2000);
		/* and down again */
		for (i = 0; i < 2 * DENIALS_MAX; i++) {
			n = below(DENIALS_MAX);
			denials_put(&d, n, &d.rule[n].from, DENIAL_NONE);
			found += compare(&d, 8);
		}
	}
	ATF_CHECK_MSG(found > 10000, "%u were found", found);
}

/* With as many as there may be, each of them is found. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	struct denials	 d;
	struct prefix	 p;
	unsigned int	 i;

	init(&d);
	memset(&p, 0, sizeof(p));
	for (i = 0; i < DENIALS_MAX; i++) {
		p.family = 4;
		p.bits = 32;
		p.ip[0] = 10;
		p.ip[3] = (uint8_t)i;
		denials_put(&d, i, &p, DENIAL_DENY);
	}
	for (i = 0; i < DENIALS_MAX; i++) {
		p.ip[3] = (uint8_t)i;
		ATF_CHECK_EQ(denials_find(&d, false, p.ip), (int)i);
	}
	p.ip[2] = 1;
	ATF_CHECK_EQ(denials_find(&d, false, p.ip), -1);
	ATF_CHECK_EQ(d.nbits[0], 1);
}

/* Each length of both families, nested in one another. */
ATF_TC_WITHOUT_HEAD(all_lengths);
ATF_TC_BODY(all_lengths, tc)
{
	static const uint8_t	 zero[16];
	struct denials		 d;
	struct prefix		 p;
	unsigned int		 bits;

	init(&d);
	for (bits = 0; bits <= 128; bits++) {
		memset(&p, 0, sizeof(p));
		p.family = 6;
		p.bits = (uint8_t)bits;
		denials_put(&d, bits, &p, DENIAL_DENY);
		p.family = 4;
		if (bits <= 32)
			denials_put(&d, 200 + bits, &p, DENIAL_DENY);
	}
	ATF_CHECK_EQ(d.nbits[0], 33);
	ATF_CHECK_EQ(d.nbits[1], 129);
	for (bits = 128;; bits--) {
		ATF_CHECK_EQ(denials_find(&d, true, zero), (int)bits);
		denials_put(&d, bits, &p, DENIAL_NONE);
		if (bits <= 32) {
			ATF_CHECK_EQ(denials_find(&d, false, zero),
			    (int)(200 + bits));
			denials_put(&d, 200 + bits, &p, DENIAL_NONE);
		}
		if (bits == 0)
			break;
	}
	ATF_CHECK_EQ(denials_find(&d, true, zero), -1);
	ATF_CHECK_EQ(denials_find(&d, false, zero), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, none);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, replaced);
	ATF_TP_ADD_TC(tp, model);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, all_lengths);
	return (atf_no_error());
}
