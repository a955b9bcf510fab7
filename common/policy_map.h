/* SPDX-License-Identifier: ISC */
/*
 * Which rules of the policy an address comes under.  The prefixes of all rules
 * are compiled into one block of memory without pointers: the config child
 * builds it into a memfd, and the engine, which does not trust it, maps it
 * read-only and checks it once; so the memfd has to be sealed against writes
 * before.  A look-up takes as many steps as the address allows, not as there
 * are prefixes.
 * Pure; the builder alone allocates memory.  Addresses are in network order, 4
 * octets or, where v6 is true, 16.
 */
#ifndef POLICY_MAP_H
#define POLICY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"
#include "prefix.h"

#define POLICY_MAP_MAX		(64U << 20)	/* octets of an image */
#define POLICY_PREFIXES_MAX	PREFIX_LIST_MAX	/* of all rules together */
#define POLICY_SETS_MAX		65536	/* different sets of rules */

struct policy_build;

/* What rules ask of a request; the addresses are there, always. */
struct policy_request {
	bool		 v6;
	const uint8_t	*src, *dst;
	uint16_t	 dst_port;	/* host order */
	uint8_t		 version, mode;
	bool		 has_mac;
};

/*
 * policy_build_new: an empty policy; NULL if there is no memory.
 * policy_build_final: of this rule its prefixes decide alone, as
 *	policy_rule_final tells: sets end behind it.
 * policy_build_add: a prefix that a rule, by its number, is `from`; family 0
 *	is everything.  -1: EINVAL, ENOMEM, or E2BIG for too many of them.
 * policy_build_finish: the image, to be freed with free(3); the same for the
 *	same prefixes, in whatever order they came.  -1: ENOMEM, or E2BIG for
 *	one larger than POLICY_MAP_MAX or with too many sets.
 * policy_build_free: NULL is fine.
 */
struct policy_build	*policy_build_new(void);
int		 policy_build_final(struct policy_build *, unsigned int);
int		 policy_build_add(struct policy_build *, unsigned int,
		    const struct prefix *);
int		 policy_build_finish(struct policy_build *, void **, size_t *);
void		 policy_build_free(struct policy_build *);

/*
 * policy_map_check: 0, or -1 for what is no image, or one that would lead a
 *	look-up outside.  It says nothing about what the rules' prefixes are.
 * policy_map_find: the numbers of the rules that are `from` the address, n of
 *	them, in ascending order, each below POLICY_RULES_MAX.
 * policy_map_prefetch_entry, policy_map_prefetch_node: for a batch: ask for
 *	where the look-up begins, and once that is here for where it goes on,
 *	before they are needed.
 * policy_match: the first of nrules rules that the request matches, or -1.
 */
int		 policy_map_check(const void *, size_t);
const uint16_t	*policy_map_find(const void *, bool, const uint8_t *,
		    unsigned int *);
void		 policy_map_prefetch_entry(const void *, bool,
		    const uint8_t *);
void		 policy_map_prefetch_node(const void *, bool,
		    const uint8_t *);
int		 policy_match(const void *, const struct policy_rule *,
		    unsigned int, const struct policy_request *);

#endif /* POLICY_MAP_H */
