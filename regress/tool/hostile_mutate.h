/* SPDX-License-Identifier: ISC */
/*
 * Mutated messages: each begins as a good one of some type, and is spoilt in
 * content, header, length, descriptors, or not at all.  The same seed makes
 * the same ones.
 */
#ifndef HOSTILE_MUTATE_H
#define HOSTILE_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imsg.h"
#include "msg.h"

#define MUTANT_RUBBISH	64	/* octets more than there should be */

struct mutator {
	uint64_t	 state;		/* of its random numbers */
	enum proc_id	 from, to;
	unsigned int	 rude;		/* of 1000 that need not be passed */
	bool		 tame;		/* does no harm with its rights */
	uint32_t	 may[MSG_COUNT];	/* types that it may send … */
	unsigned int	 nmay;
	unsigned int	 nharmless;	/* … and those that end nobody */
};

struct mutant {
	uint8_t		 buf[sizeof(struct imsg_hdr) +
			    sizeof(union msg_payload) + MUTANT_RUBBISH];
	size_t		 len, sent;
	size_t		 piece;		/* octets of one call; 0: all */
	unsigned int	 nfds;		/* with the first octet */
};

/*
 * mutator_init: for messages from a child, or a client, to somebody.
 * mutator_pick: a number below n.
 * mutate: the next one.
 * mutant_send: 1 when all of it is out, 0 for another time, -1 when nobody
 *	takes it; one piece, or all where the socket blocks.
 */
void	 mutator_init(struct mutator *, enum proc_id, enum proc_id, uint64_t);
uint32_t mutator_pick(struct mutator *, uint32_t);
void	 mutate(struct mutator *, struct mutant *);
int	 mutant_send(struct mutant *, int);

#endif /* HOSTILE_MUTATE_H */
