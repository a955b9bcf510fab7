/* SPDX-License-Identifier: ISC */
/* Builds the policy's map: see policy_map.h and policy_image.h. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy_image.h"
#include "policy_map.h"
#include "policy_sets.h"

#define DIRECT_MIN	1024	/* fewer prefixes are as fast without a table */

/* A prefix of a rule. */
struct entry {
	uint64_t	 hi, lo;	/* IPv4: the first 32 bits */
	uint16_t	 rule;
	uint8_t		 bits;
};

struct entries {
	struct entry	*e;
	size_t		 n, size;
};

struct policy_build {
	struct entries	 family[2];
	size_t		 n;		/* prefixes of both */
	struct policy_sets sets;

	/* The image in the making */
	struct policy_node *node;
	size_t		 nnodes, node_size;
	uint16_t	*leaf;
	size_t		 nleaves, leaf_size;
	uint32_t	*direct[2];
	uint32_t	 root[2];
};

static int	fill(struct policy_build *, const struct entry *, size_t,
		    uint32_t, unsigned int, uint16_t);

struct policy_build *
policy_build_new(void)
{
	return (calloc(1, sizeof(struct policy_build)));
}

/* The image in the making, not the prefixes. */
static void
clear(struct policy_build *b)
{
	free(b->node);
	free(b->leaf);
	free(b->direct[0]);
	free(b->direct[1]);
	policy_sets_clear(&b->sets);
	b->node = NULL;
	b->leaf = NULL;
	b->direct[0] = b->direct[1] = NULL;
	b->nnodes = b->nleaves = b->node_size = b->leaf_size = 0;
}

void
policy_build_free(struct policy_build *b)
{
	if (b == NULL)
		return;
	clear(b);
	free(b->family[0].e);
	free(b->family[1].e);
	free(b);
}

int
policy_build_final(struct policy_build *b, unsigned int rule)
{
	if (rule >= POLICY_RULES_MAX) {
		errno = EINVAL;
		return (-1);
	}
	b->sets.final[rule] = true;
	return (0);
}

static int
add_entry(struct entries *list, unsigned int rule, const struct prefix *p)
{
	struct entry	*e;

	if (policy_grow(&list->e, list->n, 1, &list->size,
	    sizeof(*list->e)) == -1)
		return (-1);
	e = &list->e[list->n++];
	memset(e, 0, sizeof(*e));
	e->hi = policy_get64(p->ip);
	e->lo = policy_get64(p->ip + 8);
	e->rule = (uint16_t)rule;
	e->bits = p->bits;
	return (0);
}

int
policy_build_add(struct policy_build *b, unsigned int rule,
    const struct prefix *p)
{
	if (rule >= POLICY_RULES_MAX || !prefix_valid(p)) {
		errno = EINVAL;
		return (-1);
	}
	if (b->n == POLICY_PREFIXES_MAX)
		return (policy_too_big());
	if (p->family != 6 && add_entry(&b->family[0], rule, p) == -1)
		return (-1);
	if (p->family != 4 && add_entry(&b->family[1], rule, p) == -1)
		return (-1);
	b->n++;
	return (0);
}

/* A shorter prefix comes before those that it holds. */
static int
compare(const void *va, const void *vb)
{
	const struct entry	*a = va, *b = vb;

	if (a->hi != b->hi)
		return (a->hi < b->hi ? -1 : 1);
	if (a->lo != b->lo)
		return (a->lo < b->lo ? -1 : 1);
	if (a->bits != b->bits)
		return (a->bits < b->bits ? -1 : 1);
	return ((int)a->rule - (int)b->rule);
}

/* n nodes, one behind the other. */
static int
new_nodes(struct policy_build *b, size_t n, uint32_t *first)
{
	if (policy_grow(&b->node, b->nnodes, n, &b->node_size,
	    sizeof(*b->node)) == -1)
		return (-1);
	memset(b->node + b->nnodes, 0, n * sizeof(*b->node));
	*first = (uint32_t)b->nnodes;
	b->nnodes += n;
	return (0);
}

/* The prefixes that end here count for all that is below. */
static int
absorb(struct policy_build *b, const struct entry **e, size_t *n,
    unsigned int depth, uint16_t *set)
{
	for (; *n > 0 && (*e)->bits <= depth; (*e)++, (*n)--)
		if (policy_sets_add(&b->sets, set, (*e)->rule) == -1)
			return (-1);
	return (0);
}

/* How many bits all of the prefixes have, and have in common. */
static unsigned int
common_bits(const struct entry *first, const struct entry *last)
{
	unsigned int	 n = 128;

	if (first->hi != last->hi)
		n = (unsigned int)__builtin_clzll(first->hi ^ last->hi);
	else if (first->lo != last->lo)
		n = 64 + (unsigned int)__builtin_clzll(first->lo ^ last->lo);
	/* Where one ends before the first two differ, it is the first. */
	return (first->bits < n ? first->bits : n);
}

static int
fill_path(struct policy_build *b, const struct entry *e, size_t n,
    uint32_t number, unsigned int depth, unsigned int end, uint16_t set)
{
	struct policy_node	 node = { .miss = set, .hit = set };
	unsigned int		 bits = end - depth;

	node.bits = (uint8_t)bits;
	node.v[0] = e->hi;
	node.v[1] = e->lo;
	policy_shift(&node.v[0], &node.v[1], depth);
	node.v[0] &= policy_mask(bits);
	node.v[1] &= policy_mask(bits > 64 ? bits - 64 : 0);
	if (absorb(b, &e, &n, end, &node.hit) == -1 ||
	    (n > 0 && new_nodes(b, 1, &node.next) == -1))
		return (-1);
	b->node[number] = node;
	return (n > 0 ? fill(b, e, n, node.next, end, node.hit) : 0);
}

/* What a branch's slots hold: the set, and the prefixes that go on. */
struct slots {
	uint16_t	 set[POLICY_SLOTS];
	uint32_t	 first[POLICY_SLOTS], n[POLICY_SLOTS];
};

static int
slots_get(struct policy_build *b, struct slots *s, const struct entry *e,
    size_t n, unsigned int depth, uint16_t set)
{
	unsigned int	 slot, end;
	uint64_t	 hi, lo;
	size_t		 i;

	memset(s, 0, sizeof(*s));
	for (slot = 0; slot < POLICY_SLOTS; slot++)
		s->set[slot] = set;
	for (i = 0; i < n; i++) {
		hi = e[i].hi;
		lo = e[i].lo;
		policy_shift(&hi, &lo, depth);
		slot = (unsigned int)(hi >> (64 - POLICY_STRIDE));
		if (e[i].bits > depth + POLICY_STRIDE) {
			if (s->n[slot]++ == 0)
				s->first[slot] = (uint32_t)i;
			continue;
		}
		end = slot + (1U << (depth + POLICY_STRIDE - e[i].bits));
		for (; slot < end; slot++)
			if (policy_sets_add(&b->sets, &s->set[slot],
			    e[i].rule) == -1)
				return (-1);
	}
	return (0);
}

static int
add_leaf(struct policy_build *b, uint16_t set)
{
	if (policy_grow(&b->leaf, b->nleaves, 1, &b->leaf_size,
	    sizeof(*b->leaf)) == -1)
		return (-1);
	b->leaf[b->nleaves++] = set;
	return (0);
}

static int
fill_branch(struct policy_build *b, const struct entry *e, size_t n,
    uint32_t number, unsigned int depth, uint16_t set)
{
	struct policy_node	 node = { .leaf = (uint32_t)b->nleaves };
	struct slots		 s;
	unsigned int		 slot, below = 0;
	uint32_t		 next;

	if (slots_get(b, &s, e, n, depth, set) == -1)
		return (-1);
	for (slot = 0; slot < POLICY_SLOTS; slot++) {
		if (s.n[slot] > 0) {
			node.v[0] |= UINT64_C(1) << slot;
			below++;
		} else if (b->nleaves == node.leaf ||
		    b->leaf[b->nleaves - 1] != s.set[slot]) {
			node.v[1] |= UINT64_C(1) << slot;
			if (add_leaf(b, s.set[slot]) == -1)
				return (-1);
		}
	}
	if (below > 0 && new_nodes(b, below, &node.next) == -1)
		return (-1);
	b->node[number] = node;
	next = node.next;
	for (slot = 0; slot < POLICY_SLOTS; slot++)
		if (s.n[slot] > 0 && fill(b, e + s.first[slot], s.n[slot],
		    next++, depth + POLICY_STRIDE, s.set[slot]) == -1)
			return (-1);
	return (0);
}

/*
 * Fills a node that was made, and makes those below it, from n > 0 prefixes
 * that all go on behind the first `depth` bits, which they have in common.
 * A branch has something to tell apart, so the nodes are at most three times
 * as many as the prefixes, and the depth grows with each call.
 */
static int
fill(struct policy_build *b, const struct entry *e, size_t n, uint32_t number,
    unsigned int depth, uint16_t set)
{
	const struct entry	*last = &e[n - 1];
	unsigned int		 end = common_bits(e, last);

	if (end - depth >= POLICY_STRIDE || (e->hi == last->hi &&
	    e->lo == last->lo && e->bits == last->bits))
		return (fill_path(b, e, n, number, depth, end, set));
	return (fill_branch(b, e, n, number, depth, set));
}

/* A prefix that the table's next slots are in, up to `end`. */
struct cover {
	uint32_t	 end;
	uint16_t	 set;
};

static uint32_t
direct_slot(const struct entry *e)
{
	return ((uint32_t)(e->hi >> (64 - POLICY_DIRECT)));
}

/*
 * The table of the first bits, and what is below it.  Prefixes are nested or
 * apart: those that the slot at hand is in are a stack, each ending sooner.
 */
static int
fill_direct(struct policy_build *b, unsigned int family,
    const struct entry *e, size_t n, uint16_t set)
{
	struct cover	 in[POLICY_DIRECT + 1] = { { POLICY_NDIRECT, set } };
	uint32_t	*table, number, slot, end;
	unsigned int	 top = 0;
	size_t		 i = 0, first;

	if ((table = calloc(POLICY_NDIRECT, sizeof(*table))) == NULL)
		return (-1);
	b->direct[family] = table;
	for (slot = 0; slot < POLICY_NDIRECT; slot++) {
		while (in[top].end <= slot)
			top--;
		for (; i < n && direct_slot(&e[i]) == slot &&
		    e[i].bits <= POLICY_DIRECT; i++) {
			end = slot + (1U << (POLICY_DIRECT - e[i].bits));
			if (end < in[top].end) {
				in[top + 1] = in[top];
				in[++top].end = end;
			}
			if (policy_sets_add(&b->sets, &in[top].set,
			    e[i].rule) == -1)
				return (-1);
		}
		table[slot] = in[top].set;
		for (first = i; i < n && direct_slot(&e[i]) == slot; i++)
			continue;
		if (i == first)
			continue;
		if (new_nodes(b, 1, &number) == -1 || fill(b, e + first,
		    i - first, number, POLICY_DIRECT, in[top].set) == -1)
			return (-1);
		table[slot] = POLICY_NODE | number;
	}
	return (0);
}

static int
fill_family(struct policy_build *b, unsigned int family)
{
	const struct entry	*e = b->family[family].e;
	size_t			 n = b->family[family].n;
	uint32_t		 number;
	uint16_t		 set = 0;

	if (n > 0)
		qsort(b->family[family].e, n, sizeof(*e), compare);
	if (absorb(b, &e, &n, 0, &set) == -1)
		return (-1);
	b->root[family] = set;
	if (n >= DIRECT_MIN)
		return (fill_direct(b, family, e, n, set));
	if (n == 0)
		return (0);
	if (new_nodes(b, 1, &number) == -1)
		return (-1);
	b->root[family] = POLICY_NODE | number;
	return (fill(b, e, n, number, 0, set));
}

static void *
put(uint8_t *image, uint32_t offset, const void *p, size_t len)
{
	return (len == 0 ? NULL : memcpy(image + offset, p, len));
}

static int
write_image(const struct policy_build *b, void **image, size_t *len)
{
	struct policy_image	 h = { .magic = POLICY_MAGIC,
				    .root = { b->root[0], b->root[1] },
				    .direct = { b->direct[0] != NULL,
				    b->direct[1] != NULL },
				    .nnodes = (uint32_t)b->nnodes,
				    .nsets = b->sets.nsets,
				    .nleaves = (uint32_t)b->nleaves,
				    .nrules = (uint32_t)b->sets.nrules };
	uint8_t			*p;
	unsigned int		 f;

	if (policy_image_layout(&h) == -1)
		return (policy_too_big());
	if ((p = calloc(1, h.len)) == NULL)
		return (-1);
	put(p, 0, &h, sizeof(h));
	for (f = 0; f < 2; f++)
		if (b->direct[f] != NULL)
			put(p, h.direct[f], b->direct[f],
			    POLICY_NDIRECT * sizeof(uint32_t));
	put(p, h.nodes, b->node, b->nnodes * sizeof(*b->node));
	put(p, h.sets, b->sets.begin,
	    (b->sets.nsets + 1) * sizeof(*b->sets.begin));
	put(p, h.leaves, b->leaf, b->nleaves * sizeof(*b->leaf));
	put(p, h.rules, b->sets.rule,
	    b->sets.nrules * sizeof(*b->sets.rule));
	*image = p;
	*len = h.len;
	return (0);
}

int
policy_build_finish(struct policy_build *b, void **image, size_t *len)
{
	int	 ret = -1;

	clear(b);
	if (policy_sets_init(&b->sets) == 0 && fill_family(b, 0) == 0 &&
	    fill_family(b, 1) == 0)
		ret = write_image(b, image, len);
	clear(b);
	return (ret);
}
