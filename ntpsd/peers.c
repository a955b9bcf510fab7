/* SPDX-License-Identifier: ISC */
/*
 * Channels between children: each engine has one to control and one to the
 * query child, as long as both ends are there.
 */

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"

static const enum proc_id	others[] = { PROC_CONTROL, PROC_QUERY };
#define NOTHERS			(sizeof(others) / sizeof(others[0]))

static bool
running(const struct proc *proc)
{
	return (proc != NULL && proc->state == STATE_RUNNING);
}

static void
peers_connect(struct proc *engine, struct proc *other)
{
	struct msg_peer	 m;
	int		 sv[2];

	if (!running(engine) || !running(other))
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == -1) {
		log_warn("socketpair");		/* peers_retry comes back */
		engine->peers &= ~(1U << other->id);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.proc = PROC_ENGINE;
	m.index = engine->index;
	proc_send(other, MSG_PEER, 0, sv[0], &m);
	m.proc = other->id;
	m.index = other->index;
	proc_send(engine, MSG_PEER, 0, sv[1], &m);
	engine->peers |= 1U << other->id;
}

/* A child has come up: channels to all whom it talks to. */
void
peers_join(struct proc *proc)
{
	struct parent	*p = proc->parent;
	struct slot	*s;
	size_t		 i;

	for (s = p->slots; proc->id != PROC_ENGINE &&
	    s < p->slots + p->nslots; s++)
		if (s->id == PROC_ENGINE)
			peers_connect(s->cur, proc);
	for (i = 0; proc->id == PROC_ENGINE && i < NOTHERS; i++)
		peers_connect(proc, proc_of(p, others[i], 0));
}

/* From the tick: what could not be had before may be there now. */
void
peers_retry(struct parent *p)
{
	struct slot	*s;
	size_t		 i;

	for (s = p->slots; s < p->slots + p->nslots; s++)
		for (i = 0; s->id == PROC_ENGINE && s->cur != NULL &&
		    i < NOTHERS; i++)
			if ((s->cur->peers & (1U << others[i])) == 0)
				peers_connect(s->cur, proc_of(p, others[i],
				    0));
}

/*
 * One child caught another in a lie; the two have no channel any more.  Control
 * is believed of engines, and an engine of the query child, which works for it
 * alone: nobody's word can end a child that does more than he does.
 */
void
peers_denounced(struct proc *by, const struct msg_peer *m)
{
	enum proc_id	 whom;
	struct proc	*liar;

	whom = by->id == PROC_CONTROL ? PROC_ENGINE : PROC_QUERY;
	if (m->proc != whom) {
		proc_kill(by, "accused %s", proc_name(m->proc));
		return;
	}
	liar = proc_of(by->parent, whom, m->index);
	if (liar != NULL)
		proc_kill(liar, "sent %s a bad message", proc_name(by->id));
}
