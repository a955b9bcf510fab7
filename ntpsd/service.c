/* SPDX-License-Identifier: ISC */
/*
 * Slots, the places for children that are to be filled at all times, and what
 * the engines in them do for service: start, stop, restart, and a successor
 * for one that died.
 */

#include <sys/mman.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clients.h"
#include "log.h"
#include "ntpsd.h"
#include "os.h"

#define START_MS	10000	/* for engines to come up */

static void	slot_again(evutil_socket_t, short, void *);

/* The page is an engine's for good, also after it was one too many. */
static int
slot_memory(struct slot *s)
{
	void	*page = MAP_FAILED;

	s->page_fd = os_memory("ntpsd engine", sizeof(struct state_page));
	if (s->page_fd != -1)
		page = mmap(NULL, sizeof(struct state_page),
		    PROT_READ | PROT_WRITE, MAP_SHARED, s->page_fd, 0);
	if (page == MAP_FAILED) {
		log_warn("state page");
		return (-1);
	}
	s->page = page;
	page_init(s->page, now_ns());
	s->table_len = clients_size((size_t)s->parent->conf.clients_memory);
	s->table_fd = os_memory("ntpsd clients", s->table_len);
	if (s->table_fd == -1)		/* the engine makes do */
		log_warn("client table of %zu octets", s->table_len);
	return (0);
}

int
slot_init(struct parent *p, enum proc_id id, unsigned int index)
{
	struct slot	*s = &p->slots[p->nslots];

	s->parent = p;
	s->id = id;
	s->index = index;
	s->page_fd = s->table_fd = -1;
	if ((s->again = evtimer_new(p->base, slot_again, s)) == NULL) {
		log_warn("evtimer_new");
		return (-1);
	}
	if (id == PROC_ENGINE && slot_memory(s) == -1) {
		if (s->page_fd != -1)
			close(s->page_fd);
		event_free(s->again);
		return (-1);
	}
	p->nslots++;
	return (0);
}

void
slot_fill(struct slot *s)
{
	struct timeval	 second = { 1, 0 };

	if (!s->wanted || s->cur != NULL || s->parent->leaving ||
	    event_pending(s->again, EV_TIMEOUT, NULL))
		return;
	s->cur = s->id == PROC_ENGINE ? reserve_take(s) :
	    proc_spawn(s->parent, s->id, s->index, s);
	if (s->cur == NULL)		/* out of memory or processes */
		event_add(s->again, &second);
	report_process(s);
}

static void
slot_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	slot_fill(arg);
}

void
slots_fill(struct parent *p)
{
	unsigned int	 i;

	for (i = 0; i < p->nslots; i++)
		slot_fill(&p->slots[i]);
}

/* The page is an engine's to write: after a death it may hold anything. */
static bool
slot_page_sane(const struct slot *s)
{
	union msg_payload	 m;

	memset(&m, 0, sizeof(m));
	page_stats(s->page, &m.STATS);
	return (page_valid(s->page) && msg_content_ok(MSG_STATS, &m));
}

/* False, and the daemon ends, where every layer has to be there and is not. */
static bool
slot_shut_away(const struct proc *proc)
{
	char	 layers[256];

	if (proc->missing == 0 ||
	    proc->parent->conf.sandbox != SANDBOX_REQUIRED)
		return (true);
	log_errorx("sandbox: required, but of the %s child is %s",
	    proc_name(proc->id),
	    msg_layers(proc->missing, layers, sizeof(layers)));
	parent_leave(proc->parent, 1);
	return (false);
}

/* A new child said HELLO: what it needs before it can work. */
void
slot_greeted(struct proc *proc)
{
	struct parent	*p = proc->parent;
	struct slot	*s = proc->slot;
	struct msg_page	 page;

	if (!slot_shut_away(proc))
		return;
	if (proc->id == PROC_CONTROL) {
		proc_send_fd(proc, MSG_CONTROL_LISTENER, p->control_fd, NULL);
		store_greeted(proc);
	}
	if (proc->id == PROC_ENGINE) {
		if (!slot_page_sane(s)) {
			log_warnx("engine %u's state page is damaged: its "
			    "counters start anew", s->index);
			page_init(s->page, now_ns());
		}
		memset(&page, 0, sizeof(page));
		page.size = sizeof(struct state_page);
		page.index = s->index;
		proc_send_fd(proc, MSG_STATE_PAGE, s->page_fd, &page);
		page.size = s->table_len;
		if (s->table_fd != -1)
			proc_send_fd(proc, MSG_CLIENT_TABLE, s->table_fd,
			    &page);
	}
	conf_send(proc);
	reload_propose(proc);		/* if one is under way */
}

static void
engine_go(struct slot *s)
{
	struct msg_run	 m;

	s->cur->state = STATE_RUNNING;
	s->cur->ran = true;
	memset(&m, 0, sizeof(m));
	m.crashed = s->crashed;
	proc_send(s->cur, MSG_RUN, 0, -1, &m);
	peers_join(s->cur);
	reserve_want(s->parent);
}

/* Goes on with the next engine's slot, or is done. */
static void
restart_next(struct parent *p)
{
	unsigned int	 i;

	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].id == PROC_ENGINE && p->slots[i].wanted &&
		    (p->op.slot == NULL || &p->slots[i] > p->op.slot))
			break;
	if (i == p->nslots) {
		op_done(p, RESULT_OK, "restarted");
		happened(p, EVENT_RESTARTED, "the engines were replaced");
		return;
	}
	p->op.slot = &p->slots[i];
	if (p->op.slot->next != NULL) {
		op_done(p, RESULT_BUSY, "the restart before has not ended yet");
		return;
	}
	p->op.slot->next = reserve_take(p->op.slot);
	if (p->op.slot->next == NULL)
		op_done(p, RESULT_FAILED, "cannot start a process");
}

/* One that died has a successor. */
static void
slot_lives(struct slot *s)
{
	if (s->died)
		happened(s->parent, EVENT_RESTARTED, "%s %u runs again",
		    proc_name(s->id), s->index);
	s->died = false;
}

/* The next engine takes the place of the one that is gone. */
static void
slot_promote(struct slot *s)
{
	s->cur = s->next;
	s->next = NULL;
	s->planned++;
	engine_go(s);
	slot_lives(s);
	report_process(s);
	if (s->parent->op.kind == OP_RESTART && s->parent->op.slot == s)
		restart_next(s->parent);
}

/* The web child's health is not NTP's. */
bool
service_settled(const struct parent *p)
{
	unsigned int	 i;

	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].wanted && p->slots[i].id != PROC_WEB &&
		    (p->slots[i].cur == NULL ||
		    p->slots[i].cur->state != STATE_RUNNING))
			return (false);
	return (true);
}

static void
service_check(struct parent *p)
{
	if (!service_settled(p))
		return;
	if (p->op.kind == OP_STARTUP) {
		parent_ready(p);
		op_done(p, RESULT_OK, "ntpsd %s is ready", NTPSD_VERSION);
	} else if (p->op.kind == OP_START) {
		op_done(p, RESULT_OK, "started");
		happened(p, EVENT_SERVICE_STARTED, "the ports are open");
	}
}

/* A child took its configuration. */
void
slot_ready(struct proc *proc)
{
	struct slot	*s = proc->slot;
	struct parent	*p = proc->parent;

	if (proc == s->next) {
		if (s->cur == NULL)
			slot_promote(s);
		else
			proc_leave(s->cur);
		return;
	}
	if (proc->id == PROC_ENGINE)
		engine_go(s);
	else {
		proc->state = STATE_RUNNING;
		if (proc->id == PROC_CONTROL)
			report_catch_up(p, proc);
		peers_join(proc);
	}
	slot_lives(s);
	report_process(s);
	service_check(p);
}

static bool
engines_gone(const struct parent *p)
{
	unsigned int	 i;

	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].id == PROC_ENGINE && p->slots[i].cur != NULL)
			return (false);
	return (true);
}

static void
stop_check(struct parent *p)
{
	const char	*ports = "the ports are closed";

	if (p->service != SERVICE_STOPPING || !engines_gone(p))
		return;
	p->service = SERVICE_STOPPED;
	notify_status("stopped");
	report_all(p);
	/* again: an engine has filters of its own */
	if (p->activated)
		ports = inherit_shut(p);
	happened(p, EVENT_SERVICE_STOPPED, "%s", ports);
	if (p->op.kind == OP_STOP)
		op_done(p, RESULT_OK, p->activated ? "stopped: %s" : "stopped",
		    ports);
}

/*
 * What a broken process knew of its clients is not handed on; nor is what one
 * that was too many knew, for others have its sources now.
 */
void
slot_forget(const struct slot *s)
{
	if (s->table_fd != -1 && os_memory_clear(s->table_fd,
	    s->table_len) == -1)
		log_warn("client table");
}

/* The successor reads its configuration while the table is cleared. */
static void
slot_succeed(struct slot *s)
{
	slot_fill(s);
	if (s->cur != NULL)
		(void)imsgev_flush(&s->cur->iev, 0);
	slot_forget(s);
}

static void
slot_restart(struct slot *s, const char *how, bool crash)
{
	unsigned int	 ms;
	struct timeval	 tv;

	s->restarts++;
	s->died = true;
	happened(s->parent, EVENT_DIED, "%s %u died (%s)", proc_name(s->id),
	    s->index, how);
	strlcpy(s->last_death, how, sizeof(s->last_death));
	ms = backoff_next(&s->backoff, now_ms(), crash);
	log_warnx("%s %u died (%s), restarting it %s%.0u%s",
	    proc_name(s->id), s->index, how, ms == 0 ? "at once" : "in ",
	    ms, ms == 0 ? "" : " ms");
	if (s->next == NULL && ms == 0)
		slot_succeed(s);
	else
		slot_forget(s);
	if (s->next != NULL && s->next->state == STATE_READY)
		slot_promote(s);
	else if (s->next == NULL && ms > 0) {
		tv.tv_sec = ms / 1000;
		tv.tv_usec = ms % 1000 * 1000;
		event_add(s->again, &tv);
	}
}

void
slot_died(struct proc *proc, const char *how, bool crash)
{
	struct slot	*s = proc->slot;
	struct parent	*p = proc->parent;
	bool		 asked = proc->state == STATE_LEAVING;
	bool		 next = proc == s->next;

	if (next)
		s->next = NULL;
	else if (proc == s->cur)
		s->cur = NULL;
	else
		return;		/* of a restart that was given up */
	if (p->leaving)
		return;
	if (proc->ran)		/* else the page is as another one left it */
		s->crashed = crash;
	if (proc->id == p->op.by.proc)
		p->op.by = NOBODY;	/* its successor numbers anew */
	if (next) {
		if (p->op.kind == OP_RESTART && p->op.slot == s)
			op_done(p, RESULT_FAILED, "the new %s %u died: %s",
			    proc_name(s->id), s->index, how);
		slot_fill(s);
		return;
	}
	if (asked && s->next != NULL)
		slot_promote(s);
	else if (asked)
		slot_fill(s);		/* if it is wanted again since */
	else if (s->wanted)
		slot_restart(s, how, crash);
	report_process(s);
	stop_check(p);
	if (proc->id == PROC_ENGINE && !s->wanted)
		workers_want(p);	/* its place may have been waited for */
}

void
service_start(struct parent *p, struct caller by)
{
	struct listeners	 fresh;
	char			 err[CONF_ERR_MAX];

	if (p->service == SERVICE_RUNNING && p->op.kind == OP_NONE) {
		op_answer(p, by, RESULT_NOTHING, "already running");
		return;
	}
	if (!op_begin(p, OP_START, by))
		return;
	TAILQ_INIT(&fresh);
	if (listen_open(p, &p->conf, &fresh, err, sizeof(err)) == -1) {
		op_done(p, RESULT_FAILED, "%s", err);
		return;
	}
	TAILQ_CONCAT(&p->listeners, &fresh, entry);
	if (p->activated)
		inherit_reopen(p);
	p->service = SERVICE_RUNNING;
	notify_status("serving");
	op_timer(p, START_MS);
	workers_want(p);
	report_all(p);
}

void
service_stop(struct parent *p, struct caller by)
{
	unsigned int	 i;

	if (p->service == SERVICE_STOPPED && p->op.kind == OP_NONE) {
		op_answer(p, by, RESULT_NOTHING, "already stopped");
		return;
	}
	if (!op_begin(p, OP_STOP, by))
		return;
	p->service = SERVICE_STOPPING;
	reserve_dismiss(p);
	workers_none(p);
	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].id == PROC_ENGINE && p->slots[i].cur != NULL)
			proc_leave(p->slots[i].cur);
	if (p->activated)
		(void)inherit_shut(p);
	else
		listen_close(&p->listeners);
	op_timer(p, 2 * LEAVE_MS);
	stop_check(p);
}

void
service_restart(struct parent *p, struct caller by)
{
	if (p->service != SERVICE_RUNNING && p->op.kind == OP_NONE) {
		op_answer(p, by, RESULT_FAILED,
		    "the service is stopped; start it with `ntpsctl start'");
		return;
	}
	if (!op_begin(p, OP_RESTART, by))
		return;
	op_timer(p, START_MS);
	restart_next(p);
}

/* The change under way took too long. */
void
service_deadline(struct parent *p)
{
	struct slot	*s = p->op.slot;

	if (p->op.kind == OP_RESTART && s != NULL && s->next != NULL)
		proc_kill(s->next, "did not take over in time");
	op_done(p, RESULT_FAILED, "it took too long%s",
	    p->op.kind == OP_RESTART ? "" : ", and goes on");
}
