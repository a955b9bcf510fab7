/* SPDX-License-Identifier: ISC */
/*
 * The policy's map: it finds what a search through the prefixes finds, and an
 * image that the check lets pass leads no look-up outside, whoever made it.
 * Without a table of the first bits, which makes each run a hundred times as
 * long: the unit test has it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy_image.h"
#include "policy_map.h"

#define PREFIXES	64
#define RULES		32

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is left of the input; zeroes when nothing is. */
static const uint8_t	*in;
static size_t		 left;

static struct prefix	 prefix[PREFIXES];
static uint16_t		 rule[PREFIXES];
static unsigned int	 nprefixes;

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static uint8_t
get(void)
{
	if (left == 0)
		return (0);
	left--;
	return (*in++);
}

/* Which rules have the address, up to the first final one: the odd ones. */
static void
compare(const void *image, uint8_t family, const uint8_t *ip)
{
	const uint16_t	*got;
	bool		 has[RULES] = { false };
	unsigned int	 i, n, found = 0;

	for (i = 0; i < nprefixes; i++)
		if (prefix_has(&prefix[i], family, ip))
			has[rule[i]] = true;
	got = policy_map_find(image, family == 6, ip, &n);
	for (i = 0; i < RULES; i++)
		if (has[i]) {
			require(found < n && got[found] == i);
			found++;
			if (i % 2 != 0)
				break;
		}
	require(found == n);
}

/* First and last address of each prefix, and those around. */
static void
compare_all(const void *image)
{
	const struct prefix	*p;
	uint8_t			 ip[16];
	unsigned int		 i, bit, all;

	for (p = prefix; p < prefix + nprefixes; p++) {
		if ((all = prefix_bits(p->family)) == 0)
			continue;
		memcpy(ip, p->ip, sizeof(ip));
		compare(image, p->family, ip);
		for (i = p->bits; i < all; i++)
			ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
		compare(image, p->family, ip);
		bit = get() % all;
		ip[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		compare(image, p->family, ip);
	}
}

static void
get_prefix(struct prefix *p)
{
	unsigned int	 i;

	memset(p, 0, sizeof(*p));
	p->family = "\4\6\6\0"[get() % 4];
	if (p->family == 0)
		return;
	p->bits = (uint8_t)(get() % (prefix_bits(p->family) + 1));
	for (i = 0; i < (p->bits + 7U) / 8; i++)
		p->ip[i] = get();
	if (p->bits % 8 != 0)
		p->ip[p->bits / 8] &= (uint8_t)(0xff00U >> p->bits % 8);
}

static uint8_t *
build(size_t *len)
{
	struct policy_build	*b = policy_build_new();
	unsigned int		 i, n = get() % PREFIXES;
	void			*image;

	require(b != NULL);
	for (i = 1; i < RULES; i += 2)
		require(policy_build_final(b, i) == 0);
	for (nprefixes = 0; nprefixes < n;) {
		get_prefix(&prefix[nprefixes]);
		rule[nprefixes] = get() % RULES;
		if (policy_build_add(b, rule[nprefixes],
		    &prefix[nprefixes]) == 0)
			nprefixes++;
		else		/* ::ffff:0:0/96 */
			n--;
	}
	require(policy_build_finish(b, &image, len) == 0);
	policy_build_free(b);
	require(policy_map_check(image, *len) == 0);
	return (image);
}

/* An image that nobody built, with the lengths that its counts say. */
static uint8_t *
forge(size_t *len)
{
	struct policy_image	 h = { .magic = POLICY_MAGIC };
	uint8_t			*image;
	size_t			 i;

	h.nnodes = get() % 32;
	h.nsets = get() % 16 + 1U;
	h.nleaves = get();
	h.nrules = get() % 64;
	for (i = 0; i < 2; i++)
		h.root[i] = get() % 2 ? POLICY_NODE | get() : get();
	require(policy_image_layout(&h) == 0);
	require((image = malloc(h.len)) != NULL);
	memcpy(image, &h, sizeof(h));
	for (i = sizeof(h); i < h.len; i++)
		image[i] = get();
	*len = h.len;
	return (image);
}

/* Wherever a look-up leads to, it stays inside. */
static void
roam(const uint8_t *image, size_t len)
{
	const uint16_t	*set;
	uint8_t		 ip[16];
	unsigned int	 i, j, n;

	if (policy_map_check(image, len) == -1)
		return;
	for (i = 0; i < 64; i++) {
		for (j = 0; j < sizeof(ip); j++)
			ip[j] = i < 8 ? (uint8_t)(i * 0x49) : get();
		for (j = 0; j < 2; j++) {
			policy_map_prefetch_entry(image, j == 1, ip);
			policy_map_prefetch_node(image, j == 1, ip);
			set = policy_map_find(image, j == 1, ip, &n);
			require(n <= POLICY_RULES_MAX);
			require((const uint8_t *)set >= image &&
			    (const uint8_t *)(set + n) <= image + len);
			while (n-- > 0)
				require(set[n] < POLICY_RULES_MAX);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t		*image;
	size_t		 len, at, i;

	in = data;
	left = size;
	if (get() % 4 == 0)
		image = forge(&len);
	else {
		image = build(&len);
		compare_all(image);
	}
	/* a few octets changed: of the nodes, sets and leaves for the most */
	for (i = 16; left > 0 && i > 0; i--) {
		at = ((size_t)get() << 8 | get()) % len;
		image[at] = get();
		roam(image, len);
	}
	roam(image, len);
	free(image);
	return (0);
}
