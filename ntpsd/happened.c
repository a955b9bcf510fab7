/* SPDX-License-Identifier: ISC */
/*
 * What happened to the daemon, for control; the last of it is kept, so that a
 * control child that was not there then is told.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ntpsd.h"

void
happened(struct parent *p, enum event_kind kind, const char *fmt, ...)
{
	struct event_happened	*m = &p->happened[p->nhappened++ % HAPPENED];
	struct proc		*control = proc_of(p, PROC_CONTROL, 0);
	va_list			 ap;

	memset(m, 0, sizeof(*m));
	m->time = now_ns();
	m->kind = kind;
	va_start(ap, fmt);
	vsnprintf(m->text, sizeof(m->text), fmt, ap);
	va_end(ap);
	if (control != NULL && control->state == STATE_RUNNING)
		proc_send(control, MSG_HAPPENED, 0, -1, m);
}

void
happened_catch_up(struct parent *p, struct proc *control)
{
	uint64_t	 i = 0;

	if (p->nhappened > HAPPENED)
		i = p->nhappened - HAPPENED;
	for (; i < p->nhappened; i++)
		proc_send(control, MSG_HAPPENED, 0, -1,
		    &p->happened[i % HAPPENED]);
}
