/* SPDX-License-Identifier: ISC */
/* What children have to say: so much, made printable, under their names. */

#include <stdio.h>
#include <string.h>

#define LIBBSD_OPENBSD_VIS	/* libbsd's header warns unless one chooses */
#include <vis.h>

#include "log.h"
#include "ntpsd.h"

#define LINES_PER_SECOND	50	/* that one child may log in a class */

void
proc_tell_suppressed(struct proc *proc)
{
	unsigned int	 n;

	n = proc->allowance[0].suppressed + proc->allowance[1].suppressed +
	    proc->allowance[2].suppressed;
	if (n > 0)
		log_warnx("%s: %u lines were suppressed", proc_label(proc), n);
	proc->allowance[0].suppressed = proc->allowance[1].suppressed =
	    proc->allowance[2].suppressed = 0;
}

/* Whether the child may log one more line of a class now: so many a second. */
static bool
proc_may_log(struct proc *proc, struct allowance *a, uint64_t max)
{
	uint64_t	 now = now_ms();

	if (now - a->since_ms >= 1000) {
		proc_tell_suppressed(proc);
		a->since_ms = now;
		a->used = 0;
	}
	if (a->used++ < max)
		return (true);
	a->suppressed++;
	proc->parent->log_suppressed++;
	return (false);
}

void
proc_log(struct proc *proc, const struct msg_log *m)
{
	char	 safe[4 * MSG_TEXT_MAX + 1], line[LOG_LINE_MAX];
	int	 room = LOG_LINE_MAX - 64;

	if (m->level > (uint32_t)log_get_level() || !proc_may_log(proc,
	    &proc->allowance[m->level <= LEVEL_WARNING], LINES_PER_SECOND))
		return;
	strvis(safe, m->text, VIS_CSTYLE | VIS_NL | VIS_TAB);
	snprintf(line, sizeof(line), "%s: %.*s", proc->id == PROC_ENGINE ?
	    proc_label(proc) : proc_name(proc->id), room, safe);
	log_line((enum conf_level)m->level, line);
}

/* Control keeps to the rate itself, and says what it left out; so it is. */
void
proc_log_request(struct proc *proc, const struct msg_log *m)
{
	char	 safe[4 * MSG_TEXT_MAX + 1];

	if (m->level < LEVEL_INFO || m->level > (uint32_t)log_get_level() ||
	    !proc_may_log(proc, &proc->allowance[2], LINES_PER_SECOND +
	    2 * proc->parent->conf.log_request_rate))
		return;
	strvis(safe, m->text, VIS_CSTYLE | VIS_NL | VIS_TAB);
	safe[LOG_LINE_MAX - 1] = '\0';
	log_line((enum conf_level)m->level, safe);
}

void
proc_log_level(struct parent *p)
{
	struct proc		*proc;
	struct msg_level	 m;

	memset(&m, 0, sizeof(m));
	m.level = log_get_level();
	TAILQ_FOREACH(proc, &p->procs, entry)
		if (proc->state != STATE_BORN)
			proc_send(proc, MSG_LOG_LEVEL, 0, -1, &m);
}
