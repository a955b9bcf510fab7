/* SPDX-License-Identifier: ISC */
/*
 * What the parent tells control of itself, whenever it changes: a client that
 * only reads never makes the parent work.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"
#include "os.h"

static struct proc *
report_to(struct parent *p)
{
	struct proc	*control = proc_of(p, PROC_CONTROL, 0);

	if (control == NULL || control->state != STATE_RUNNING)
		return (NULL);
	return (control);
}

static const struct proc *
reserve_ready(const struct parent *p)
{
	const struct proc	*proc = p->reserve.proc;

	return (proc != NULL && proc->state == STATE_GREETED ? proc : NULL);
}

/* Sends the status if it is not what control knows. */
void
report_status(struct parent *p)
{
	struct proc		*control = report_to(p);
	struct msg_status	 m;
	struct listener		*l;
	unsigned int		 i;

	if (control == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.started = p->started;
	m.reloaded = p->reloaded;
	m.service = p->service;
	TAILQ_FOREACH(l, &p->listeners, entry)
		m.nsockets++;
	m.nprocesses = 1 + p->nslots + (reserve_ready(p) != NULL);
	m.missing = p->missing;
	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].cur != NULL)
			m.missing |= p->slots[i].cur->missing;
	m.reloads_ok = p->reloads_ok;
	m.reloads_failed = p->reloads_failed;
	m.log_lost = syslog_lost() + logfile_lost();
	m.log_suppressed = p->log_suppressed;
	m.changes_signed = p->remote.good;
	m.changes_refused = p->remote.bad;
	m.log_level = log_get_level();
	m.pid = (uint32_t)getpid();
	m.uid = (uint32_t)getuid();
	strlcpy(m.version, NTPSD_VERSION, sizeof(m.version));
	if (p->file_found)
		strlcpy(m.file, p->opt->file, sizeof(m.file));
	if (memcmp(&m, &p->sent, sizeof(m)) == 0)
		return;
	p->sent = m;
	proc_send(control, MSG_STATUS, 0, -1, &m);
}

static enum process_state
slot_state(const struct slot *s)
{
	if (s->cur == NULL)
		return (s->wanted ? PROCESS_WAITING : PROCESS_STOPPED);
	switch (s->cur->state) {
	case STATE_RUNNING:
		return (PROCESS_RUNNING);
	case STATE_LEAVING:
		return (PROCESS_STOPPING);
	default:
		return (PROCESS_STARTING);
	}
}

void
report_process(struct slot *s)
{
	struct parent		*p = s->parent;
	struct proc		*control = report_to(p);
	struct msg_process	 m;

	if (control == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.slot = 1 + (uint32_t)(s - p->slots);
	m.proc = s->id;
	m.index = s->index;
	m.state = slot_state(s);
	m.restarts = s->restarts;
	m.planned = s->planned;
	strlcpy(m.last_death, s->last_death, sizeof(m.last_death));
	m.uid = (uint32_t)(p->root ? p->uid : getuid());
	if (s->cur != NULL) {
		m.pid = (uint32_t)s->cur->pid;
		m.missing = s->cur->missing;
		m.started = s->cur->started;
	}
	proc_send(control, MSG_PROCESS, 0, -1, &m);
	report_status(p);
}

/* The last row, if there is one. */
void
report_reserve(struct parent *p)
{
	struct proc		*control = report_to(p);
	const struct proc	*proc = reserve_ready(p);
	struct msg_process	 m;

	if (control == NULL)
		return;
	if (proc != NULL) {
		memset(&m, 0, sizeof(m));
		m.slot = 1 + p->nslots;
		m.proc = proc->id;
		m.state = PROCESS_READY;
		m.pid = (uint32_t)proc->pid;
		m.uid = (uint32_t)(p->root ? p->uid : getuid());
		m.missing = proc->missing;
		m.started = proc->started;
		proc_send(control, MSG_PROCESS, 0, -1, &m);
	}
	report_status(p);
}

/* The parent's own row, the first; it never changes. */
static void
report_self(struct parent *p, struct proc *control)
{
	struct msg_process	 m;

	memset(&m, 0, sizeof(m));
	m.proc = PROC_PARENT;
	m.pid = (uint32_t)getpid();
	m.uid = (uint32_t)getuid();
	m.state = PROCESS_RUNNING;
	m.missing = p->missing;
	m.started = p->started;
	proc_send(control, MSG_PROCESS, 0, -1, &m);
}

static void
report_sockets(struct parent *p, struct proc *control)
{
	struct msg_socket	 m;
	struct listener		*l;
	uint32_t		 slot = 0;

	TAILQ_FOREACH(l, &p->listeners, entry) {
		memset(&m, 0, sizeof(m));
		m.slot = slot++;
		m.id = l->id;
		m.addr = l->addr;
		strlcpy(m.ifname, l->ifname, sizeof(m.ifname));
		m.buffer = os_udp_buffer(l->fd[0]);
		m.wanted = p->conf.receive_buffer;
		proc_send(control, MSG_SOCKET, 0, -1, &m);
	}
}

/* Everything, after a change of the sockets and to a new control child. */
void
report_all(struct parent *p)
{
	struct proc	*control = report_to(p);
	unsigned int	 i;

	if (control == NULL)
		return;
	memset(&p->sent, 0, sizeof(p->sent));
	report_sockets(p, control);
	report_self(p, control);
	for (i = 0; i < p->nslots; i++)
		report_process(&p->slots[i]);
	report_reserve(p);
}

/* What the engines counted, for a control child that was not there then. */
void
report_catch_up(struct parent *p, struct proc *control)
{
	union msg_payload	 m;
	struct slot		*s;
	unsigned int		 i;

	report_all(p);
	happened_catch_up(p, control);
	for (s = p->slots; s < p->slots + p->nslots; s++) {
		if (s->id != PROC_ENGINE)
			continue;
		memset(&m, 0, sizeof(m));
		for (i = 0; i < TIMES_KINDS; i++) {
			page_times(s->page, (enum times)i, &m.TIMES);
			proc_send(control, MSG_TIMES, s->index, -1, &m.TIMES);
		}
		page_stats(s->page, &m.STATS);
		/* The page is an engine's to write: it may hold anything. */
		if (msg_content_ok(MSG_STATS, &m))
			proc_send(control, MSG_STATS, s->index, -1, &m.STATS);
		else
			log_warnx("engine %u's state page holds nonsense",
			    s->index);
	}
}
