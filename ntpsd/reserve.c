/* SPDX-License-Identifier: ISC */
/*
 * One engine more than there are places.  It has started and is shut away, and
 * takes the place of the first engine that dies or is replaced: a new process
 * would need tens of milliseconds to get as far, and requests would wait.
 */

#include "log.h"
#include "ntpsd.h"

#define RESERVE_MS	10	/* the engine with a place goes first */

static void
reserve_after(struct parent *p, unsigned int ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(p->reserve.ev, &tv);
}

static void
reserve_start(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;

	(void)fd;
	(void)what;
	if (p->leaving || p->service != SERVICE_RUNNING ||
	    p->reserve.proc != NULL)
		return;
	p->reserve.proc = proc_spawn(p, PROC_ENGINE, 0, NULL);
	if (p->reserve.proc == NULL)
		reserve_after(p, BACKOFF_MAX);
}

void
reserve_init(struct parent *p)
{
	if ((p->reserve.ev = evtimer_new(p->base, reserve_start, p)) == NULL)
		fatal("evtimer_new");
}

/* After a change of engines: there is to be one again. */
void
reserve_want(struct parent *p)
{
	if (p->reserve.proc == NULL &&
	    !event_pending(p->reserve.ev, EV_TIMEOUT, NULL))
		reserve_after(p, RESERVE_MS);
}

/* Service ends, and with it the need for one. */
void
reserve_dismiss(struct parent *p)
{
	struct proc	*proc = p->reserve.proc;

	event_del(p->reserve.ev);
	p->reserve.proc = NULL;
	if (proc != NULL)
		proc_leave(proc);
}

/* The engine for a place that is free: the reserve, or a new process. */
struct proc *
reserve_take(struct slot *s)
{
	struct parent	*p = s->parent;
	struct proc	*proc = p->reserve.proc;

	if (proc == NULL || proc->dead || proc->silent ||
	    proc->verdict[0] != '\0')
		return (proc_spawn(p, PROC_ENGINE, s->index, s));
	p->reserve.proc = NULL;
	proc->slot = s;
	proc->index = s->index;
	proc->born_ms = now_ms();
	proc->started = now_ns();
	if (proc->state == STATE_GREETED)
		slot_greeted(proc);
	return (proc);
}

/* Nothing has been asked of it yet, so that whatever ends it is a fault. */
void
reserve_died(struct proc *proc, const char *how)
{
	struct parent	*p = proc->parent;

	if (proc != p->reserve.proc)
		return;			/* dismissed */
	p->reserve.proc = NULL;
	if (p->leaving)
		return;
	log_warnx("the engine in reserve died (%s)", how);
	reserve_after(p, backoff_next(&p->reserve.backoff, now_ms(), true));
	report_reserve(p);
}
