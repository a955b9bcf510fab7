/* SPDX-License-Identifier: ISC */
/*
 * policy_map.c, policy_build.c, policy_sets.c: K6, the first rule that matches,
 * against a search through all prefixes; and images of a hostile builder.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "policy_image.h"
#include "policy_map.h"

#define MANY	100000

/* A policy, in a form that the slow search takes. */
static struct given {
	struct prefix	 p[MANY];
	uint16_t	 rule[MANY];
	size_t		 n;
	bool		 final[POLICY_RULES_MAX];
} given;

static uint64_t	 seed;

static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((seed * 0x2545f4914f6cdd1d) >> 16);
}

static void
give(unsigned int rule, const char *text)
{
	ATF_REQUIRE(given.n < MANY);
	ATF_REQUIRE_EQ(NULL, prefix_parse(&given.p[given.n], text));
	given.rule[given.n++] = (uint16_t)rule;
}

/* Cuts the address behind so many bits. */
static void
give_bits(unsigned int rule, uint8_t family, const uint8_t *ip,
    unsigned int bits)
{
	struct prefix	*p = &given.p[given.n];
	unsigned int	 i;

	ATF_REQUIRE(given.n < MANY);
	memset(p, 0, sizeof(*p));
	p->family = family;
	p->bits = (uint8_t)bits;
	for (i = 0; i < bits; i++)
		p->ip[i / 8] |= (uint8_t)(ip[i / 8] & 0x80 >> i % 8);
	ATF_REQUIRE(prefix_valid(p));
	given.rule[given.n++] = (uint16_t)rule;
}

static void *
build(size_t *len)
{
	struct policy_build	*b = policy_build_new();
	void			*image;
	unsigned int		 r;
	size_t			 i;

	ATF_REQUIRE(b != NULL);
	for (r = 0; r < POLICY_RULES_MAX; r++)
		if (given.final[r])
			ATF_REQUIRE_EQ(0, policy_build_final(b, r));
	for (i = 0; i < given.n; i++)
		ATF_REQUIRE_EQ(0, policy_build_add(b, given.rule[i],
		    &given.p[i]));
	ATF_REQUIRE_EQ(0, policy_build_finish(b, &image, len));
	policy_build_free(b);
	ATF_REQUIRE_EQ(0, policy_map_check(image, *len));
	return (image);
}

/* What a search finds is what the map finds. */
static void
compare(const void *image, uint8_t family, const uint8_t *ip)
{
	uint16_t	 want[POLICY_RULES_MAX];
	const uint16_t	*got;
	bool		 in[POLICY_RULES_MAX] = { false };
	unsigned int	 r, n, nwant = 0;
	size_t		 i;

	for (i = 0; i < given.n; i++)
		if (!in[given.rule[i]])
			in[given.rule[i]] = prefix_has(&given.p[i], family,
			    ip);
	for (r = 0; r < POLICY_RULES_MAX; r++)
		if (in[r]) {
			want[nwant++] = (uint16_t)r;
			if (given.final[r])
				break;
		}
	policy_map_prefetch_entry(image, family == 6, ip);
	policy_map_prefetch_node(image, family == 6, ip);
	got = policy_map_find(image, family == 6, ip, &n);
	ATF_REQUIRE_EQ_MSG(nwant, n, "%u rules for %u: %u.%u.%u.%u", n, nwant,
	    ip[0], ip[1], ip[2], ip[3]);
	ATF_REQUIRE_EQ(0, memcmp(want, got, n * sizeof(*got)));
}

static void
step(uint8_t *ip, unsigned int len, int by)
{
	unsigned int	 i;

	for (i = len; i-- > 0;) {
		ip[i] = (uint8_t)(ip[i] + by);
		if (ip[i] != (by > 0 ? 0 : 0xff))
			break;
	}
}

/* At both ends of a prefix, and next to them outside. */
static void
compare_edges(const void *image, const struct prefix *p)
{
	uint8_t		 ip[16];
	unsigned int	 i, all = prefix_bits(p->family);

	if (p->family == 0)
		return;
	memcpy(ip, p->ip, sizeof(ip));
	compare(image, p->family, ip);
	step(ip, all / 8, -1);
	compare(image, p->family, ip);
	memcpy(ip, p->ip, sizeof(ip));
	for (i = p->bits; i < all; i++)
		ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
	compare(image, p->family, ip);
	step(ip, all / 8, 1);
	compare(image, p->family, ip);
}

/* Few values, so that prefixes meet; or any. */
static void
rnd_ip(uint8_t *ip, bool close)
{
	unsigned int	 i;

	for (i = 0; i < 16; i++)
		ip[i] = (uint8_t)(close ? (rnd() % 8 == 0 ? 1U << rnd() % 8 :
		    rnd() % 3 * 0x7f) : rnd());
}

static void
rnd_policy(size_t n, unsigned int rules, unsigned int finals)
{
	uint8_t		 ip[16];
	bool		 close = rnd() % 4 != 0;
	unsigned int	 r;
	uint8_t		 family;

	memset(&given, 0, sizeof(given));
	for (r = 0; r < POLICY_RULES_MAX; r++)
		given.final[r] = finals > 0 && rnd() % finals == 0;
	while (given.n < n) {
		rnd_ip(ip, close);
		family = rnd() % 2 ? 6 : 4;
		r = rnd() % rules;
		if (rnd() % 64 == 0)
			give_bits(r, 0, ip, 0);
		else
			give_bits(r, family, ip, (unsigned int)rnd() %
			    (prefix_bits(family) + 1));
	}
}

static void
try_policy(unsigned int naddr)
{
	uint8_t	 ip[16];
	size_t	 i, len;
	void	*image = build(&len);

	for (i = 0; i < given.n && i < naddr; i++)
		compare_edges(image, &given.p[given.n > naddr ?
		    rnd() % given.n : i]);
	for (i = 0; i < naddr; i++) {
		rnd_ip(ip, i % 2);
		compare(image, rnd() % 2 ? 6 : 4, ip);
	}
	free(image);
}

ATF_TC_WITHOUT_HEAD(nothing);
ATF_TC_BODY(nothing, tc)
{
	static const uint8_t	 ip[16];
	unsigned int		 n = 1;
	size_t			 len;
	void			*image;

	memset(&given, 0, sizeof(given));
	image = build(&len);
	policy_map_find(image, false, ip, &n);
	ATF_CHECK_EQ(0, n);
	policy_map_find(image, true, ip, &n);
	ATF_CHECK_EQ(0, n);
	ATF_CHECK(len < 200);
	free(image);
}

/* Every length, alone and together, with and without a table. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	uint8_t		 ip[16];
	unsigned int	 bits, family, i;
	size_t		 len;
	void		*image;

	seed = 1;
	for (family = 4; family <= 6; family += 2)
		for (bits = 0; bits <= prefix_bits((uint8_t)family); bits++) {
			memset(&given, 0, sizeof(given));
			rnd_ip(ip, false);
			give_bits(7, (uint8_t)family, ip, bits);
			try_policy(20);
		}
	memset(&given, 0, sizeof(given));
	for (i = 0; i < 8; i++) {
		rnd_ip(ip, i % 2);
		for (bits = 0; bits <= 128; bits++)
			give_bits(bits, 6, ip, bits);
		for (bits = 0; bits <= 32; bits++)
			give_bits(200 + bits, 4, ip, bits);
	}
	try_policy(1000);
	/* twice: more than the table needs to be worth it */
	for (i = 0; i < 1500; i++) {
		rnd_ip(ip, false);
		give_bits(250, 6, ip, 128 - i % 100);
		give_bits(251, 4, ip, 32 - i % 32);
	}
	image = build(&len);
	ATF_CHECK(((struct policy_image *)image)->direct[0] != 0);
	ATF_CHECK(((struct policy_image *)image)->direct[1] != 0);
	free(image);
	try_policy(1000);
}

ATF_TC_WITHOUT_HEAD(random_policies);
ATF_TC_BODY(random_policies, tc)
{
	unsigned int	 i;

	seed = 2;
	for (i = 0; i < 1500; i++) {
		rnd_policy(1 + rnd() % 60, 1 + (unsigned int)rnd() % 256,
		    (unsigned int)rnd() % 4);
		try_policy(40);
	}
	for (i = 0; i < 30; i++) {
		rnd_policy(2000 + rnd() % 2000, 1 + (unsigned int)rnd() % 4,
		    (unsigned int)rnd() % 3);
		try_policy(100);
	}
}

ATF_TC_WITHOUT_HEAD(a_large_policy);
ATF_TC_BODY(a_large_policy, tc)
{
	seed = 3;
	rnd_policy(MANY, 3, 2);
	try_policy(40);
}

ATF_TC_WITHOUT_HEAD(in_any_order);
ATF_TC_BODY(in_any_order, tc)
{
	struct prefix	 p;
	uint16_t	 rule;
	void		*a, *b;
	size_t		 i, j, alen, blen;

	seed = 4;
	rnd_policy(5000, 20, 5);
	a = build(&alen);
	for (i = given.n - 1; i > 0; i--) {
		j = rnd() % (i + 1);
		p = given.p[i];
		rule = given.rule[i];
		given.p[i] = given.p[j];
		given.rule[i] = given.rule[j];
		given.p[j] = p;
		given.rule[j] = rule;
	}
	b = build(&blen);
	ATF_REQUIRE_EQ(alen, blen);
	ATF_CHECK_EQ(0, memcmp(a, b, alen));
	free(a);
	free(b);
}

/* finish leaves the builder as it was: more can be added. */
ATF_TC_WITHOUT_HEAD(finished_twice);
ATF_TC_BODY(finished_twice, tc)
{
	struct policy_build	*b = policy_build_new();
	struct prefix		 p;
	void			*image;
	size_t			 len;
	unsigned int		 n, i;

	ATF_REQUIRE(b != NULL);
	ATF_REQUIRE_EQ(NULL, prefix_parse(&p, "192.0.2.0/24"));
	for (i = 1; i < 4; i++) {
		ATF_REQUIRE_EQ(0, policy_build_add(b, i, &p));
		ATF_REQUIRE_EQ(0, policy_build_finish(b, &image, &len));
		policy_map_find(image, false, p.ip, &n);
		ATF_CHECK_EQ(i, n);
		free(image);
	}
	policy_build_free(b);
	policy_build_free(NULL);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct policy_build	*b = policy_build_new();
	struct prefix		 p;
	void			*image;
	uint64_t		 r;
	size_t			 len;
	unsigned int		 i, j;

	ATF_REQUIRE(b != NULL);
	memset(&p, 0, sizeof(p));
	ATF_CHECK_ERRNO(EINVAL, policy_build_add(b, POLICY_RULES_MAX, &p) ==
	    -1);
	ATF_CHECK_ERRNO(EINVAL, policy_build_final(b, POLICY_RULES_MAX) == -1);
	p.bits = 1;
	ATF_CHECK_ERRNO(EINVAL, policy_build_add(b, 0, &p) == -1);
	/* 2^17 sets: rule i has the addresses whose bit i is 1 */
	p.family = 4;
	for (i = 0; i < 17; i++)
		for (j = 0; j < 1U << i; j++) {
			r = ((uint64_t)j * 2 + 1) << (31 - i);
			p.bits = (uint8_t)(i + 1);
			p.ip[0] = (uint8_t)(r >> 24);
			p.ip[1] = (uint8_t)(r >> 16);
			p.ip[2] = (uint8_t)(r >> 8);
			ATF_REQUIRE_EQ(0, policy_build_add(b, i, &p));
		}
	ATF_CHECK_ERRNO(E2BIG, policy_build_finish(b, &image, &len) == -1);
	policy_build_free(b);
	/* a million pairs that take more nodes than the image may have */
	ATF_REQUIRE((b = policy_build_new()) != NULL);
	memset(&p, 0, sizeof(p));
	p.family = 6;
	p.bits = 128;
	seed = 5;
	for (i = 0; i < POLICY_PREFIXES_MAX; i++) {
		r = rnd();
		if (i % 2 == 0)
			memcpy(p.ip + 1, &r, 6);
		memcpy(p.ip + 8, &r, 6);
		ATF_REQUIRE_EQ(0, policy_build_add(b, 0, &p));
	}
	ATF_CHECK_ERRNO(E2BIG, policy_build_add(b, 0, &p) == -1);
	ATF_CHECK_ERRNO(E2BIG, policy_build_finish(b, &image, &len) == -1);
	policy_build_free(b);
}

/* A file that says the same short prefix again and again is no work. */
ATF_TC_WITHOUT_HEAD(repeated);
ATF_TC_BODY(repeated, tc)
{
	struct policy_build	*b = policy_build_new();
	struct prefix		 p;
	void			*image;
	size_t			 len;
	unsigned int		 i, n;

	ATF_REQUIRE(b != NULL);
	ATF_REQUIRE_EQ(NULL, prefix_parse(&p, "128.0.0.0/1"));
	for (i = 0; i < POLICY_PREFIXES_MAX; i++)
		ATF_REQUIRE_EQ(0, policy_build_add(b, i % 2, &p));
	ATF_REQUIRE_EQ(0, policy_build_finish(b, &image, &len));
	policy_build_free(b);
	policy_map_find(image, false, p.ip, &n);
	ATF_CHECK_EQ(2, n);
	p.ip[0]--;
	policy_map_find(image, false, p.ip, &n);
	ATF_CHECK_EQ(0, n);
	free(image);
}

/* Any prefixes of 128 bits: a million are no more than what is allowed. */
ATF_TC_WITHOUT_HEAD(a_million);
ATF_TC_BODY(a_million, tc)
{
	struct policy_build	*b = policy_build_new();
	struct prefix		 p = { .family = 6, .bits = 128 };
	void			*image;
	uint64_t		 r[2];
	size_t			 len;
	unsigned int		 i, n;

	ATF_REQUIRE(b != NULL);
	seed = 6;
	for (i = 0; i < POLICY_PREFIXES_MAX; i++) {
		r[0] = rnd();
		r[1] = rnd();
		memcpy(p.ip, r, 16);
		p.ip[6] = 1;		/* rnd gives 48 bits */
		ATF_REQUIRE_EQ(0, policy_build_add(b, i % 3, &p));
	}
	ATF_REQUIRE_EQ(0, policy_build_finish(b, &image, &len));
	policy_build_free(b);
	ATF_CHECK(len <= POLICY_MAP_MAX);
	ATF_CHECK_EQ(0, policy_map_check(image, len));
	ATF_CHECK_EQ((i - 1) % 3, *policy_map_find(image, true, p.ip, &n));
	ATF_CHECK_EQ(1, n);
	free(image);
}

ATF_TC_WITHOUT_HEAD(k6_first_match);
ATF_TC_BODY(k6_first_match, tc)
{
	static const uint8_t	 src[] = { 192, 0, 2, 7 };
	static const uint8_t	 dst[] = { 198, 51, 100, 1 };
	static const uint8_t	 src6[16] = { 0x20, 1 }, dst6[16] = { 0xfd };
	struct policy_rule	 r[7];
	struct policy_request	 q = { false, src, dst, 123, 4, 3, false };
	void			*image;
	size_t			 len;
	unsigned int		 i;

	memset(r, 0, sizeof(r));
	ATF_REQUIRE_EQ(NULL, policy_rule_set(&r[0], "version", "1,2"));
	ATF_REQUIRE_EQ(NULL, policy_rule_set(&r[1], "mode", "1"));
	ATF_REQUIRE_EQ(NULL, policy_rule_set(&r[2], "auth", "true"));
	ATF_REQUIRE_EQ(NULL, policy_rule_set(&r[3], "to",
	    "198.51.100.1:1123"));
	ATF_REQUIRE_EQ(NULL, policy_rule_set(&r[4], "to", "198.51.100.0/31"));
	ATF_REQUIRE_EQ(NULL, policy_rule_set(&r[5], "auth", "false"));
	ATF_REQUIRE_EQ(NULL, policy_rule_set(&r[6], "from", "192.0.2.7"));
	memset(&given, 0, sizeof(given));
	for (i = 0; i < 6; i++)
		give(i, "any");
	give(6, "192.0.2.7");
	given.final[6] = true;
	image = build(&len);

	ATF_CHECK_EQ(4, policy_match(image, r, 7, &q));
	q.version = 2;
	ATF_CHECK_EQ(0, policy_match(image, r, 7, &q));
	q.version = 3;
	q.mode = 1;
	ATF_CHECK_EQ(1, policy_match(image, r, 7, &q));
	q.mode = 3;
	q.has_mac = true;
	ATF_CHECK_EQ(2, policy_match(image, r, 7, &q));
	q.has_mac = false;
	q.dst_port = 1123;
	ATF_CHECK_EQ(3, policy_match(image, r, 7, &q));
	q.dst = src;
	ATF_CHECK_EQ(5, policy_match(image, r, 7, &q));
	q.v6 = true;
	q.src = src6;
	q.dst = dst6;
	ATF_CHECK_EQ(5, policy_match(image, r, 7, &q));
	r[5].auth = POLICY_AUTH_ONLY;
	ATF_CHECK_EQ(-1, policy_match(image, r, 7, &q));
	q.v6 = false;
	q.src = src;
	q.dst = src;
	ATF_CHECK_EQ(6, policy_match(image, r, 7, &q));
	/* numbers that no packet has, but an argument may */
	q.version = q.mode = 255;
	ATF_CHECK_EQ(6, policy_match(image, r, 7, &q));
	/* an image of more rules than there are */
	ATF_CHECK_EQ(-1, policy_match(image, r, 6, &q));
	ATF_CHECK_EQ(-1, policy_match(image, r, 0, &q));
	free(image);
}

/* Looks around in an image that the check lets pass; true if it does. */
static bool
roam(const uint8_t *image, size_t len)
{
	const uint16_t	*set;
	uint8_t		 ip[16];
	unsigned int	 i, j, n;

	if (policy_map_check(image, len) == -1)
		return (false);
	for (i = 0; i < 200; i++) {
		rnd_ip(ip, i % 2);
		for (j = 0; i < given.n && j < given.p[i].bits; j++) {
			ip[j / 8] &= (uint8_t)~(0x80 >> j % 8);
			ip[j / 8] |= given.p[i].ip[j / 8] &
			    (uint8_t)(0x80 >> j % 8);
		}
		set = policy_map_find(image, i % 3, ip, &n);
		ATF_REQUIRE((const uint8_t *)set >= image + 64);
		ATF_REQUIRE(n <= POLICY_RULES_MAX &&
		    (const uint8_t *)(set + n) <= image + len);
	}
	return (true);
}

ATF_TC_WITHOUT_HEAD(truncated);
ATF_TC_BODY(truncated, tc)
{
	uint8_t	*image, *cut;
	size_t	 len, n;

	seed = 7;
	rnd_policy(30, 10, 3);
	image = build(&len);
	for (n = 0; n < len; n++) {
		ATF_REQUIRE((cut = malloc(n > 0 ? n : 1)) != NULL);
		memcpy(cut, image, n);
		ATF_CHECK_EQ(-1, policy_map_check(cut, n));
		free(cut);
	}
	ATF_REQUIRE((cut = calloc(1, len + 8)) != NULL);
	memcpy(cut, image, len);
	ATF_CHECK_EQ(-1, policy_map_check(cut, len + 8));
	memmove(cut + 4, image, len);
	ATF_CHECK_EQ(-1, policy_map_check(cut + 4, len));
	free(cut);
	free(image);
}

ATF_TC_WITHOUT_HEAD(flipped_bits);
ATF_TC_BODY(flipped_bits, tc)
{
	unsigned int	 i, passed = 0;
	uint8_t		*image;
	size_t		 len, n;

	seed = 8;
	rnd_policy(40, 10, 3);
	image = build(&len);
	for (n = 0; n < len * 8; n++) {
		image[n / 8] ^= (uint8_t)(1 << n % 8);
		passed += roam(image, len);
		image[n / 8] ^= (uint8_t)(1 << n % 8);
	}
	/* bits of addresses pass, indexes hardly */
	ATF_CHECK(passed > 0 && passed < len * 8);
	for (i = 0; i < 20000; i++) {
		n = 64 + rnd() % (len - 64);
		image[n] = (uint8_t)rnd();
		if (!roam(image, len))
			image[n] = 0;
	}
	free(image);
}

/* A part of an image, by its offset. */
#define PART(image, type, part)						\
	((type *)(void *)((uint8_t *)image +				\
	    ((struct policy_image *)image)->part))

#define BAD(what, value)						\
	do {								\
		__typeof__(what)	 old = what;			\
									\
		what = (__typeof__(what))(value);			\
		ATF_CHECK_EQ_MSG(-1, policy_map_check(image, len),	\
		    "%s", #what " = " #value);				\
		what = old;						\
		ATF_CHECK_EQ(0, policy_map_check(image, len));		\
	} while (0)

static void
bad_node(void *image, size_t len, uint32_t i)
{
	struct policy_image	*h = image;
	struct policy_node	*n = PART(image, struct policy_node, nodes);

	n += i;
	if (n->bits != 0) {
		BAD(n->hit, h->nsets);
		BAD(n->miss, h->nsets);
		BAD(n->bits, 129);
		BAD(n->next, i == 0 ? h->nnodes : i);
		BAD(n->next, h->nnodes);
		return;
	}
	if (n->v[0] != 0) {
		BAD(n->next, i);
		BAD(n->next, h->nnodes);
		BAD(n->next, UINT32_MAX);
	}
	if (n->v[0] != UINT64_MAX) {
		BAD(n->leaf, h->nleaves);
		BAD(n->leaf, UINT32_MAX);
		BAD(n->v[1], 0);
		if (n->v[0] == 0)
			BAD(n->v[1], UINT64_MAX - 1);
	}
}

ATF_TC_WITHOUT_HEAD(bad_indexes);
ATF_TC_BODY(bad_indexes, tc)
{
	struct policy_image	*h;
	void			*image;
	size_t			 len;
	uint32_t		 i;

	seed = 9;
	rnd_policy(4000, 10, 3);
	image = build(&len);
	h = image;
	BAD(h->magic, 0);
	BAD(h->len, len - 8);
	BAD(h->root[0], h->nsets);
	BAD(h->root[1], POLICY_NODE | h->nnodes);
	BAD(h->direct[0], 0);
	BAD(h->direct[0], 68);
	BAD(h->direct[1], UINT32_MAX);
	BAD(h->nodes, h->nodes + 32);
	BAD(h->nnodes, h->nnodes - 1);
	BAD(h->nnodes, UINT32_MAX);
	BAD(h->sets, 0);
	BAD(h->nsets, 0);
	BAD(h->nsets, POLICY_SETS_MAX + 1);
	BAD(h->nsets, UINT32_MAX);
	BAD(h->leaves, h->leaves - 2);
	BAD(h->nleaves, UINT32_MAX);
	BAD(h->rules, h->rules + 2);
	BAD(h->nrules, UINT32_MAX);
	ATF_REQUIRE(h->direct[0] != 0 && h->direct[1] != 0 && h->nsets > 3);
	for (i = 0; i < 2; i++) {
		BAD(PART(image, uint32_t, direct[i])[0], h->nsets);
		BAD(PART(image, uint32_t, direct[i])[65535],
		    POLICY_NODE | h->nnodes);
	}
	BAD(PART(image, uint16_t, leaves)[0], h->nsets);
	BAD(PART(image, uint16_t, leaves)[h->nleaves - 1], h->nsets);
	BAD(PART(image, uint16_t, rules)[0], POLICY_RULES_MAX);
	BAD(PART(image, uint16_t, rules)[h->nrules - 1], POLICY_RULES_MAX);
	BAD(PART(image, uint32_t, sets)[0], 1);
	BAD(PART(image, uint32_t, sets)[1], UINT32_MAX);
	BAD(PART(image, uint32_t, sets)[2], 0);
	BAD(PART(image, uint32_t, sets)[h->nsets], h->nrules - 1);
	for (i = 0; i < h->nnodes && i < 500; i++)
		bad_node(image, len, i);
	free(image);
}

/* Nodes that never end: a look-up takes as many as an address has bits. */
ATF_TC_WITHOUT_HEAD(a_long_chain);
ATF_TC_BODY(a_long_chain, tc)
{
	static const uint8_t	 ip[16];
	struct policy_image	 h = { .magic = POLICY_MAGIC, .nnodes = 1000,
				    .nsets = 2, .nleaves = 1, .nrules = 1,
				    .root = { POLICY_NODE, POLICY_NODE } };
	struct policy_node	*n;
	unsigned int		 found, i, path;
	uint8_t			*image;

	ATF_REQUIRE_EQ(0, policy_image_layout(&h));
	ATF_REQUIRE((image = calloc(1, h.len)) != NULL);
	memcpy(image, &h, sizeof(h));
	PART(image, uint32_t, sets)[2] = 1;
	PART(image, uint16_t, leaves)[0] = 1;
	n = PART(image, struct policy_node, nodes);
	for (path = 0; path < 2; path++) {
		for (i = 0; i < 999; i++) {
			n[i].bits = (uint8_t)path;
			n[i].v[0] = path ? 0 : 1;
			n[i].v[1] = path ? 0 : 2;
			n[i].next = i + 1;
		}
		n[999].v[1] = 1;	/* all of it set 1 */
		ATF_REQUIRE_EQ(0, policy_map_check(image, h.len));
		policy_map_find(image, true, ip, &found);
		ATF_CHECK_EQ(0, found);
		/* one that is as long as an address is not too long */
		n[path ? 127 : 21] = n[999];
		ATF_REQUIRE_EQ(0, policy_map_check(image, h.len));
		policy_map_find(image, true, ip, &found);
		ATF_CHECK_EQ(1, found);
	}
	free(image);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, random_policies);
	ATF_TP_ADD_TC(tp, a_large_policy);
	ATF_TP_ADD_TC(tp, in_any_order);
	ATF_TP_ADD_TC(tp, finished_twice);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, repeated);
	ATF_TP_ADD_TC(tp, a_million);
	ATF_TP_ADD_TC(tp, k6_first_match);
	ATF_TP_ADD_TC(tp, truncated);
	ATF_TP_ADD_TC(tp, flipped_bits);
	ATF_TP_ADD_TC(tp, bad_indexes);
	ATF_TP_ADD_TC(tp, a_long_chain);
	return (atf_no_error());
}
