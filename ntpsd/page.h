/* SPDX-License-Identifier: ISC */
/*
 * The state page: what of an engine survives its death.  The parent makes it
 * (a sealed memfd) and the engine maps it.  It holds two copies of the
 * counters; the engine fills the one that is not current and then switches, so
 * that a death at any instruction leaves one whole batch or the next.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdint.h>

#include "clock.h"
#include "mac.h"
#include "msg.h"

#define PAGE_MAGIC	0x6e74707364303032ULL	/* "ntpsd002" */
#define PAGE_SOCKETS	MSG_SOCKETS_MAX	/* whose kernel drops we follow */

struct page_drops {
	uint32_t	 id;		/* of the listener; 0: free */
	uint32_t	 seen;		/* the kernel's count that is in ours */
};

struct page_copy {
	struct counters		 counters;
	uint64_t		 last_request;	/* ns since 1970, or 0 */
	struct addr		 last_source;
	struct msg_clock	 clock;
	struct clock_memory	 memory;
	struct msg_mirror	 mirror;
	struct page_drops	 drops[PAGE_SOCKETS];
};

/* How often a rule decided; `rule' says which one it was that did. */
struct page_hits {
	uint64_t		 rule;		/* a hash, or a serial number */
	uint64_t		 hits;
};

/* What was done with a key; sorted by id, as the keys are. */
struct page_key {
	uint32_t		 id;		/* 0: no more */
	uint32_t		 type;		/* enum mac_type */
	uint64_t		 good, bad;	/* requests */
	uint64_t		 last;		/* good one, ns, or 0 */
};

struct state_page {
	uint64_t		 magic;
	uint64_t		 since;		/* ns since 1970 */
	uint32_t		 current;	/* 0 or 1 */
	uint32_t		 pad;
	struct page_copy	 copy[2];
	/* counted in place: a death may cost one, and a commit costs nothing */
	struct page_hits	 rule[POLICY_RULES_MAX];
	struct page_hits	 denial[DENIALS_MAX];
	struct page_key		 key[MAC_KEYS_MAX];
};

/*
 * page_init: a new page, by the parent.
 * page_valid: whether an engine may go on with it.
 * page_current: the last whole copy; never NULL.
 * page_commit: makes *copy the current one.
 * page_stats: what SHOW_STATS tells of one engine.
 */
void			 page_init(struct state_page *, uint64_t);
int			 page_valid(const struct state_page *);
const struct page_copy	*page_current(const struct state_page *);
void			 page_commit(struct state_page *,
			    const struct page_copy *);
void			 page_stats(const struct state_page *,
			    struct msg_stats *);

#endif /* PAGE_H */
