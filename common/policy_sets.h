/* SPDX-License-Identifier: ISC */
/*
 * Inside the policy's builder: sets of rules, each kept once and known by a
 * number; 0 is the empty one.  policy_build.c alone includes it.
 */
#ifndef POLICY_SETS_H
#define POLICY_SETS_H

#include "policy_map.h"

/* Zeroed before first use, but for `final`, which says where sets end. */
struct policy_sets {
	bool		 final[POLICY_RULES_MAX];
	uint16_t	*rule;		/* of all sets, ascending in each */
	size_t		 nrules, size;
	uint32_t	*begin;		/* of each set, in rule; nsets + 1 */
	uint32_t	 nsets;
	uint32_t	*hash;		/* set + 1; 0: free */
	/* What was asked last, as neighbours ask the same. */
	uint16_t	 memo_set, memo_rule, memo_result;
	bool		 memo;
};

/*
 * policy_sets_init: allocates, with the empty set in it.
 * policy_sets_clear: frees all, and keeps `final` alone.
 * policy_sets_add: turns the number of a set into that of the set with one
 *	more rule in it, which ends behind its first final rule.
 * policy_grow: makes room for n more elements in an array, given by the
 *	address of its pointer, that has `have` and space for *size of them.
 * policy_too_big: -1 with errno E2BIG.
 */
int	policy_sets_init(struct policy_sets *);
void	policy_sets_clear(struct policy_sets *);
int	policy_sets_add(struct policy_sets *, uint16_t *, uint16_t);
int	policy_grow(void *, size_t, size_t, size_t *, size_t);
int	policy_too_big(void);

#endif /* POLICY_SETS_H */
