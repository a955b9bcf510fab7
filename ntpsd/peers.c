/* SPDX-License-Identifier: ISC */
/*
 * Channels between children: each engine has one to control and one to the
 * query child, and the web child two to control, as long as both ends are
 * there.
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

/* One channel, by the names that the two ends are to know each other by. */
static bool
peers_pair(struct proc *a, unsigned int ia, struct proc *b, unsigned int ib)
{
	struct msg_peer	 m;
	int		 sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == -1) {
		log_warn("socketpair");		/* peers_retry comes back */
		return (false);
	}
	memset(&m, 0, sizeof(m));
	m.proc = a->id;
	m.index = ia;
	proc_send(b, MSG_PEER, 0, sv[0], &m);
	m.proc = b->id;
	m.index = ib;
	proc_send(a, MSG_PEER, 0, sv[1], &m);
	return (true);
}

/* An engine, or the web child, with one whom it talks to. */
static void
peers_connect(struct proc *proc, struct proc *other)
{
	unsigned int	 i, n;
	bool		 all = true;

	if (!running(proc) || !running(other))
		return;
	n = proc->id == PROC_WEB ? WEB_PEERS : 1;
	for (i = 0; i < n; i++)
		all = peers_pair(proc, proc->id == PROC_WEB ? i : proc->index,
		    other, proc->id == PROC_WEB ? i : other->index) && all;
	if (all)
		proc->peers |= 1U << other->id;
	else
		proc->peers &= ~(1U << other->id);
}

/* A child has come up: channels to all whom it talks to. */
void
peers_join(struct proc *proc)
{
	struct parent	*p = proc->parent;
	struct slot	*s;
	size_t		 i;

	if (proc->id == PROC_WEB || proc->id == PROC_CONTROL)
		peers_connect(proc_of(p, PROC_WEB, 0),
		    proc_of(p, PROC_CONTROL, 0));
	for (s = p->slots; (proc->id == PROC_CONTROL ||
	    proc->id == PROC_QUERY) && s < p->slots + p->nslots; s++)
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
	size_t		 i, n;

	for (s = p->slots; s < p->slots + p->nslots; s++) {
		n = s->id == PROC_ENGINE ? NOTHERS : s->id == PROC_WEB;
		for (i = 0; i < n && s->cur != NULL; i++)
			if ((s->cur->peers & (1U << others[i])) == 0)
				peers_connect(s->cur, proc_of(p, others[i],
				    0));
	}
}

/*
 * One child caught another in a lie; the two have no channel any more.  Control
 * is believed of engines and the web child, and an engine of the query child,
 * which works for it alone: nobody's word can end a child that does more than
 * he does.
 */
void
peers_denounced(struct proc *by, const struct msg_peer *m)
{
	enum proc_id	 whom;
	struct proc	*liar;

	whom = by->id != PROC_CONTROL ? PROC_QUERY :
	    m->proc == PROC_WEB ? PROC_WEB : PROC_ENGINE;
	/* the reserve knows nobody */
	if (m->proc != whom || by->slot == NULL) {
		proc_kill(by, "accused %s", proc_name(m->proc));
		return;
	}
	liar = proc_of(by->parent, whom, whom == PROC_WEB ? 0 : m->index);
	if (liar != NULL)
		proc_kill(liar, "sent %s a bad message", proc_name(by->id));
}
