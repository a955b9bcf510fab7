/* SPDX-License-Identifier: ISC */
/*
 * Inside the policy's map: the image that policy_build.c writes and
 * policy_map.c reads.  Nobody else includes it.
 *
 * It is a trie.  Where there are many prefixes, a table of the first 16 bits
 * comes before it.  A node is either a branch, which goes on by the next 6 bits
 * of the address, or a path, which many bits have to be equal for.  The 64
 * slots of a branch are not written out: the nodes below it lie one behind the
 * other, slots without a node share a leaf with their neighbour where that is
 * the same, and counting bits tells which one is meant.  A leaf is the number
 * of a set of rules; set 0 is the empty one.
 * Offsets are octets from the beginning; byte order is the machine's.
 */
#ifndef POLICY_IMAGE_H
#define POLICY_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define POLICY_MAGIC	0x31706d70U
#define POLICY_NODE	0x80000000U	/* entry: of a node, not of a set */
#define POLICY_STRIDE	6		/* bits that a branch takes */
#define POLICY_SLOTS	(1U << POLICY_STRIDE)
#define POLICY_DIRECT	16		/* bits that a table takes */
#define POLICY_NDIRECT	(1U << POLICY_DIRECT)

struct policy_image {
	uint32_t	 magic;
	uint32_t	 len;		/* of all */
	uint32_t	 root[2];	/* entry of each family, or: */
	uint32_t	 direct[2];	/* a table of them; 0: none */
	uint32_t	 nodes, nnodes;		/* offset, count */
	uint32_t	 sets, nsets;		/* first rules, nsets + 1 */
	uint32_t	 leaves, nleaves;
	uint32_t	 rules, nrules;		/* of all sets, one by one */
	uint32_t	 spare[2];
};

struct policy_node {
	/* branch: slots that are nodes, and that begin a leaf; path: bits */
	uint64_t	 v[2];
	uint32_t	 next;		/* branch: its first node; path: or 0 */
	uint32_t	 leaf;		/* branch: its first leaf */
	uint16_t	 hit, miss;	/* path: sets; hit: without next */
	uint8_t		 bits;		/* path: 1 to 128; branch: 0 */
	uint8_t		 pad[3];
};

/*
 * policy_image_layout: fills in the offsets and the length from the counts;
 *	a table is wanted where direct is not 0.  -1: it is too large.
 * policy_shift: 128 bits to the left by up to 127.
 * policy_mask: the first n of 64 bits, all of them if n is more.
 */
int	policy_image_layout(struct policy_image *);

static inline void
policy_shift(uint64_t *hi, uint64_t *lo, unsigned int n)
{
	if (n >= 64) {
		*hi = *lo << (n - 64);
		*lo = 0;
	} else if (n > 0) {
		*hi = *hi << n | *lo >> (64 - n);
		*lo <<= n;
	}
}

static inline uint64_t
policy_mask(unsigned int n)
{
	return (n == 0 ? 0 : n >= 64 ? UINT64_MAX : UINT64_MAX << (64 - n));
}

static inline uint64_t
policy_get64(const uint8_t *p)
{
	uint64_t	 v = 0;
	unsigned int	 i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return (v);
}

#endif /* POLICY_IMAGE_H */
