/* SPDX-License-Identifier: ISC */
/* The policy's map, as the engine uses it: see policy_map.h. */

#include <stdint.h>
#include <string.h>

#include "policy_image.h"
#include "policy_map.h"

_Static_assert(sizeof(struct policy_image) == 64 &&
    sizeof(struct policy_node) == 32, "the parts of an image stay aligned");

static const void *
at(const struct policy_image *h, uint32_t offset)
{
	return ((const uint8_t *)h + offset);
}

int
policy_image_layout(struct policy_image *h)
{
	uint64_t	 len = sizeof(*h);
	unsigned int	 f;

	for (f = 0; f < 2; f++)
		if (h->direct[f] != 0) {
			h->direct[f] = (uint32_t)len;
			len += POLICY_NDIRECT * sizeof(uint32_t);
		}
	h->nodes = (uint32_t)len;
	len += (uint64_t)h->nnodes * sizeof(struct policy_node);
	if (len > POLICY_MAP_MAX)
		return (-1);
	h->sets = (uint32_t)len;
	len += ((uint64_t)h->nsets + 1) * sizeof(uint32_t);
	if (len > POLICY_MAP_MAX)
		return (-1);
	h->leaves = (uint32_t)len;
	len += (uint64_t)h->nleaves * sizeof(uint16_t);
	if (len > POLICY_MAP_MAX)
		return (-1);
	h->rules = (uint32_t)len;
	len += (uint64_t)h->nrules * sizeof(uint16_t);
	len = (len + 7) & ~UINT64_C(7);
	if (len > POLICY_MAP_MAX)
		return (-1);
	h->len = (uint32_t)len;
	return (0);
}

static int
check_header(const struct policy_image *h, size_t len)
{
	struct policy_image	 want;

	if (len < sizeof(*h) || (uintptr_t)h % 8 != 0)
		return (-1);
	if (h->magic != POLICY_MAGIC || h->nsets < 1 ||
	    h->nsets > POLICY_SETS_MAX)
		return (-1);
	want = *h;
	if (policy_image_layout(&want) == -1 ||
	    memcmp(&want, h, sizeof(want)) != 0 || h->len != len)
		return (-1);
	return (0);
}

/* A set of rules in ascending order, and every rule in a set. */
static int
check_sets(const struct policy_image *h)
{
	const uint32_t	*begin = at(h, h->sets);
	const uint16_t	*rule = at(h, h->rules);
	uint32_t	 s, i;

	if (begin[0] != 0 || begin[h->nsets] != h->nrules)
		return (-1);
	for (s = 0; s < h->nsets; s++) {
		if (begin[s] > begin[s + 1] || begin[s + 1] > h->nrules)
			return (-1);
		for (i = begin[s]; i < begin[s + 1]; i++)
			if (rule[i] >= POLICY_RULES_MAX ||
			    (i > begin[s] && rule[i] <= rule[i - 1]))
				return (-1);
	}
	return (0);
}

static bool
entry_ok(const struct policy_image *h, uint32_t entry)
{
	if ((entry & POLICY_NODE) != 0)
		return ((entry & ~POLICY_NODE) < h->nnodes);
	return (entry < h->nsets);
}

static int
check_entries(const struct policy_image *h)
{
	const uint16_t	*leaf = at(h, h->leaves);
	const uint32_t	*entry;
	uint32_t	 i;
	unsigned int	 f, bad = 0;

	for (f = 0; f < 2; f++) {
		bad |= !entry_ok(h, h->root[f]);
		entry = at(h, h->direct[f]);
		for (i = 0; h->direct[f] != 0 && i < POLICY_NDIRECT; i++)
			bad |= !entry_ok(h, entry[i]);
	}
	for (i = 0; i < h->nleaves; i++)
		bad |= leaf[i] >= h->nsets;
	return (bad ? -1 : 0);
}

/* Below a node are nodes with higher numbers alone, so there is no loop. */
static bool
branch_ok(const struct policy_image *h, const struct policy_node *n,
    uint32_t number)
{
	uint64_t	 bare = ~n->v[0];	/* slots that need a leaf */

	if (n->v[0] != 0 && (n->next <= number || (uint64_t)n->next +
	    (unsigned int)__builtin_popcountll(n->v[0]) > h->nnodes))
		return (false);
	if (bare == 0)
		return (true);
	/* The first of them begins one, or stands behind one that does. */
	return ((n->v[1] & (bare ^ (bare - 1))) != 0 && (uint64_t)n->leaf +
	    (unsigned int)__builtin_popcountll(n->v[1]) <= h->nleaves);
}

static bool
path_ok(const struct policy_image *h, const struct policy_node *n,
    uint32_t number)
{
	if (n->hit >= h->nsets || n->miss >= h->nsets || n->bits > 128)
		return (false);
	return (n->next == 0 ||
	    (n->next > number && n->next < h->nnodes && n->bits < 128));
}

int
policy_map_check(const void *image, size_t len)
{
	const struct policy_image	*h = image;
	const struct policy_node	*n;
	uint32_t			 i;

	if (check_header(h, len) == -1 || check_sets(h) == -1 ||
	    check_entries(h) == -1)
		return (-1);
	n = at(h, h->nodes);
	for (i = 0; i < h->nnodes; i++)
		if (n[i].bits == 0 ? !branch_ok(h, &n[i], i) :
		    !path_ok(h, &n[i], i))
			return (-1);
	return (0);
}

/*
 * The set below node i, which the address's first `depth` bits, shifted out of
 * hi and lo, led to.
 */
static uint32_t
walk(const struct policy_image *h, uint32_t i, uint64_t hi, uint64_t lo,
    unsigned int depth)
{
	const struct policy_node	*node = at(h, h->nodes), *n;
	const uint16_t			*leaf = at(h, h->leaves);
	uint64_t			 upto;
	unsigned int			 slot;

	/* No address is longer: what goes on is a hostile chain of nodes. */
	while (depth < 128) {
		n = &node[i];
		if (n->bits != 0) {
			if (((hi ^ n->v[0]) & policy_mask(n->bits)) != 0 ||
			    (n->bits > 64 && ((lo ^ n->v[1]) &
			    policy_mask(n->bits - 64U)) != 0))
				return (n->miss);
			if (n->next == 0)
				return (n->hit);
			i = n->next;
			depth += n->bits;
			policy_shift(&hi, &lo, n->bits);
			continue;
		}
		slot = (unsigned int)(hi >> (64 - POLICY_STRIDE));
		upto = (UINT64_C(2) << slot) - 1;	/* and this slot */
		if ((n->v[0] >> slot & 1) == 0)
			return (leaf[n->leaf + (unsigned int)
			    __builtin_popcountll(n->v[1] & upto) - 1]);
		i = n->next + (unsigned int)
		    __builtin_popcountll(n->v[0] & upto) - 1;
		depth += POLICY_STRIDE;
		policy_shift(&hi, &lo, POLICY_STRIDE);
	}
	return (0);
}

/* An address as 128 bits. */
static void
load(const uint8_t *ip, bool v6, uint64_t *hi, uint64_t *lo)
{
	*lo = v6 ? policy_get64(ip + 8) : 0;
	*hi = v6 ? policy_get64(ip) : (uint64_t)ip[0] << 56 |
	    (uint64_t)ip[1] << 48 | (uint64_t)ip[2] << 40 |
	    (uint64_t)ip[3] << 32;
}

/* Where the look-up begins; NULL if there is no table. */
static const uint32_t *
direct(const struct policy_image *h, const uint8_t *ip, bool v6)
{
	const uint32_t	*table = at(h, h->direct[v6]);

	return (h->direct[v6] == 0 ? NULL :
	    &table[(unsigned int)ip[0] << 8 | ip[1]]);
}

void
policy_map_prefetch_entry(const void *image, bool v6, const uint8_t *ip)
{
	const uint32_t	*entry = direct(image, ip, v6);

	if (entry != NULL)
		__builtin_prefetch(entry);
}

void
policy_map_prefetch_node(const void *image, bool v6, const uint8_t *ip)
{
	const struct policy_image	*h = image;
	const struct policy_node	*node = at(h, h->nodes);
	const uint32_t			*entry = direct(h, ip, v6);

	if (entry != NULL && (*entry & POLICY_NODE) != 0)
		__builtin_prefetch(&node[*entry & ~POLICY_NODE]);
}

const uint16_t *
policy_map_find(const void *image, bool v6, const uint8_t *ip,
    unsigned int *n)
{
	const struct policy_image	*h = image;
	const uint16_t			*rule = at(h, h->rules);
	const uint32_t			*begin = at(h, h->sets);
	const uint32_t			*entry = direct(h, ip, v6);
	uint64_t			 hi, lo;
	uint32_t			 e = h->root[v6];
	unsigned int			 depth = 0;

	if (entry != NULL) {
		e = *entry;
		depth = POLICY_DIRECT;
	}
	if ((e & POLICY_NODE) != 0) {
		load(ip, v6, &hi, &lo);
		policy_shift(&hi, &lo, depth);
		e = walk(h, e & ~POLICY_NODE, hi, lo, depth);
	}
	*n = begin[e + 1] - begin[e];
	return (rule + begin[e]);
}

/* All that a rule asks but where the request comes from. */
static bool
rest_matches(const struct policy_rule *r, const struct policy_request *q)
{
	if (r->versions != 0 &&
	    (q->version > 7 || (r->versions >> q->version & 1) == 0))
		return (false);
	if (r->modes != 0 && (q->mode > 7 || (r->modes >> q->mode & 1) == 0))
		return (false);
	if (r->auth != POLICY_AUTH_ANY &&
	    q->has_mac != (r->auth == POLICY_AUTH_ONLY))
		return (false);
	return ((r->to_port == 0 || r->to_port == q->dst_port) &&
	    prefix_has(&r->to, q->v6 ? 6 : 4, q->dst));
}

int
policy_match(const void *image, const struct policy_rule *rules,
    unsigned int nrules, const struct policy_request *q)
{
	const uint16_t	*set;
	unsigned int	 i, n;

	set = policy_map_find(image, q->v6, q->src, &n);
	/* The image may be older than the rules, or lie: they ascend. */
	for (i = 0; i < n && set[i] < nrules; i++)
		if (rest_matches(&rules[set[i]], q))
			return (set[i]);
	return (-1);
}
