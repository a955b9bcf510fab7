/* SPDX-License-Identifier: ISC */
/*
 * The parent of ntpsd_hostile where it is not the real one: it counts what
 * hostile children send it, and does not back off if it is told not to.  All
 * else of it is ntpsd/.
 *
 *	HOSTILE_HASTE	set: children are restarted at once, however often
 *			they crash
 *	HOSTILE_INSIDE	so many messages are judged that do not come from
 *			processes: children that are born in the war are acted
 *			by the parent itself, each at the other end of its
 *			channel, until then
 *
 * "mutants: ..." on stderr tells how many there were, each five hundred and at
 * the end: judged = through the gate + refused by it, of so many lives.
 */
#ifndef HOSTILE_JUDGE_H
#define HOSTILE_JUDGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"

struct parent;

/* judge_init: in the parent, before it is one.  judge_seed: of HOSTILE_SEED. */
void	 judge_init(void);
uint64_t judge_seed(void);
bool	 judge_war(void);

/*
 * The actors.
 * inside_wanted: whether the next child is one of them.
 * inside_birth: a child of a kind at the end of a channel, which is copied;
 *	its pid, of no process, or -1.
 * inside_kill: whether it was one of theirs.
 * inside_wait: as waitpid(2), -2 if it is none of theirs.
 * inside_end: they have all been killed.
 */
bool	 inside_wanted(void);
pid_t	 inside_birth(struct parent *, int, enum proc_id);
bool	 inside_kill(pid_t);
pid_t	 inside_wait(pid_t, int *);
void	 inside_end(void);

#endif /* HOSTILE_JUDGE_H */
