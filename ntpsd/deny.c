/* SPDX-License-Identifier: ISC */
/*
 * Rules of run time: `ntpsctl deny', `allow' and `forget'.  The parent keeps
 * them, so that they outlive every child and every reload, and ends them.
 */

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "ntpsd.h"

/* The rule of exactly this prefix, else a free place, else NULL. */
static struct denial *
deny_place(struct parent *p, const struct prefix *from)
{
	struct denial	*d, *unused = NULL;

	for (d = p->denial; d < p->denial + DENIALS_MAX; d++) {
		if (d->m.kind == DENIAL_NONE) {
			if (unused == NULL)
				unused = d;
		} else if (memcmp(&d->m.from, from, sizeof(*from)) == 0)
			return (d);
	}
	return (unused);
}

/* The others have nothing to do with rules, and may not be sent any. */
static bool
deny_concerns(const struct proc *proc)
{
	return (proc->id == PROC_ENGINE || proc->id == PROC_CONTROL);
}

static void
deny_tell(struct parent *p, const struct denial *d)
{
	struct proc	*proc;

	TAILQ_FOREACH(proc, &p->procs, entry)
		if (deny_concerns(proc) && proc->state != STATE_BORN &&
		    proc->state != STATE_LEAVING)
			proc_send(proc, MSG_DENIAL, 0, -1, &d->m);
}

/* To a child that has just come. */
void
deny_send(struct proc *proc)
{
	struct parent	*p = proc->parent;
	unsigned int	 i;

	if (!deny_concerns(proc))
		return;
	for (i = 0; i < DENIALS_MAX; i++)
		if (p->denial[i].m.kind != DENIAL_NONE)
			proc_send(proc, MSG_DENIAL, 0, -1, &p->denial[i].m);
}

/* Wakes us when the next rule ends. */
static void
deny_timer(struct parent *p)
{
	uint64_t	 now = now_ms(), next = UINT64_MAX;
	struct timeval	 tv;
	unsigned int	 i;

	for (i = 0; i < DENIALS_MAX; i++)
		if (p->denial[i].m.kind != DENIAL_NONE &&
		    p->denial[i].end_ms != 0 && p->denial[i].end_ms < next)
			next = p->denial[i].end_ms;
	event_del(p->ev_deny);
	if (next == UINT64_MAX)
		return;
	next = next > now ? next - now : 0;
	tv.tv_sec = (time_t)(next / 1000);
	tv.tv_usec = (suseconds_t)(next % 1000 * 1000);
	event_add(p->ev_deny, &tv);
}

static void
deny_end(struct parent *p, struct denial *d)
{
	d->m.kind = DENIAL_NONE;
	d->m.serial = 0;
	d->end_ms = 0;
	deny_tell(p, d);
}

static void
deny_expire(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;
	uint64_t	 now = now_ms();
	char		 text[PREFIX_STRLEN];
	unsigned int	 i;

	(void)fd;
	(void)what;
	for (i = 0; i < DENIALS_MAX; i++) {
		if (p->denial[i].m.kind == DENIAL_NONE ||
		    p->denial[i].end_ms == 0 || p->denial[i].end_ms > now)
			continue;
		log_info("the run-time rule for %s has ended",
		    prefix_format(&p->denial[i].m.from, text, sizeof(text)));
		deny_end(p, &p->denial[i]);
	}
	deny_timer(p);
}

void
deny_init(struct parent *p)
{
	unsigned int	 i;

	for (i = 0; i < DENIALS_MAX; i++)
		p->denial[i].m.slot = i;
	if ((p->ev_deny = evtimer_new(p->base, deny_expire, p)) == NULL)
		fatal("evtimer_new");
}

static void
deny_set(struct parent *p, struct denial *d, const struct msg_deny *m)
{
	d->m.kind = m->kind == DENY_ALLOW ? DENIAL_ALLOW : DENIAL_DENY;
	d->m.from = m->from;
	d->m.serial = ++p->denials;
	d->m.until = m->seconds == 0 ? 0 : now_ns() + m->seconds * 1000000000;
	d->end_ms = m->seconds == 0 ? 0 : now_ms() + m->seconds * 1000;
	strlcpy(d->m.reason, m->reason, sizeof(d->m.reason));
	deny_tell(p, d);
}

void
deny_request(struct parent *p, struct caller by, const struct msg_deny *m)
{
	struct denial	*d = deny_place(p, &m->from);
	char		 from[PREFIX_STRLEN], text[MSG_TEXT_MAX];
	enum result_code code = RESULT_OK;

	prefix_format(&m->from, from, sizeof(from));
	if (m->kind == DENY_FORGET && (d == NULL ||
	    d->m.kind == DENIAL_NONE)) {
		code = RESULT_NOTHING;
		snprintf(text, sizeof(text), "there is no run-time rule for "
		    "%s", from);
	} else if (m->kind == DENY_FORGET) {
		deny_end(p, d);
		snprintf(text, sizeof(text), "the run-time rule for %s is gone",
		    from);
	} else if (m->from.family == 0) {
		code = RESULT_FAILED;
		strlcpy(text, "a rule of run time is for an address or a "
		    "prefix", sizeof(text));
	} else if (d == NULL) {
		code = RESULT_FAILED;
		snprintf(text, sizeof(text), "there are %d run-time rules, as "
		    "many as there may be; `ntpsctl forget' makes room",
		    DENIALS_MAX);
	} else {
		deny_set(p, d, m);
		snprintf(text, sizeof(text), m->seconds == 0 ? "%s is %s" :
		    "%s is %s for %llu s", from, m->kind == DENY_ALLOW ?
		    "allowed" : "denied", (unsigned long long)m->seconds);
	}
	deny_timer(p);
	if (code == RESULT_OK)
		log_info("%s", text);
	op_answer(p, by, code, text);
}
