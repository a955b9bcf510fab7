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
 * Control caught an engine in a lie; the two have no channel any more.  Nobody
 * else's word is taken: an engine or a query child that was broken into could
 * end the others with it.
 */
void
peers_denounced(struct proc *by, const struct msg_peer *m)
{
	struct proc	*engine = proc_of(by->parent, PROC_ENGINE, m->index);

	if (engine != NULL)
		proc_kill(engine, "sent %s a bad message", proc_name(by->id));
}
