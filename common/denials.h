/* SPDX-License-Identifier: ISC */
/*
 * Rules of run time: sources that an operator denied, or let in, until a time
 * or until further notice.  The most specific rule that holds an address
 * counts.  A look-up costs a hash for each prefix length that is in use.
 * Pure; the number of a rule is its place in the parent's list.
 */
#ifndef DENIALS_H
#define DENIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "prefix.h"
#include "siphash.h"

#define DENIALS_MAX	256
#define DENIALS_SLOTS	1024	/* of the hash, a power of two */

enum denial_kind { DENIAL_NONE, DENIAL_DENY, DENIAL_ALLOW };

/* Zeroed, then keyed with siphash_key_set. */
struct denials {
	struct siphash_key	 key;
	struct {
		struct prefix	 from;
		enum denial_kind kind;
	} rule[DENIALS_MAX];
	uint16_t		 slot[DENIALS_SLOTS];	/* rule + 1; 0: free */
	uint8_t			 bits[2][129];	/* in use, the longest first */
	unsigned int		 nbits[2];	/* [0]: IPv4, [1]: IPv6 */
};

/*
 * denials_put: sets rule n, DENIAL_NONE to take it away.  A prefix is there
 *	once at most.  Builds the hash anew: for changes, not for packets.
 * denials_find: the rule for an address of 4 octets (v6 false) or 16, or -1.
 */
void	denials_put(struct denials *, unsigned int, const struct prefix *,
	    enum denial_kind);
int	denials_find(const struct denials *, bool, const uint8_t *);

#endif /* DENIALS_H */
