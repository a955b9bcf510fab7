/* SPDX-License-Identifier: ISC */
/*
 * How many engines there are: each has its own socket for each address, and a
 * source always meets the same one.
 */

#include "ntpsd.h"
#include "os.h"

unsigned int
workers_of(const struct conf *conf)
{
	unsigned int	 n = (unsigned int)conf->workers;

	if (n == 0)
		n = os_cpus();
	return (n < CONF_WORKERS_MAX ? n : CONF_WORKERS_MAX);
}

static void
engines_want(struct parent *p, unsigned int n)
{
	struct slot	*s;

	for (s = p->slots; s < p->slots + p->nslots; s++)
		if (s->id == PROC_ENGINE) {
			s->wanted = s->index < n;
			if (!s->wanted)
				event_del(s->again);
		}
}

/* Whether an engine that is too many still has its sockets. */
static bool
engines_retiring(const struct parent *p)
{
	const struct slot	*s;

	for (s = p->slots; s < p->slots + p->nslots; s++)
		if (s->id == PROC_ENGINE && !s->wanted && s->cur != NULL)
			return (true);
	return (false);
}

static bool
engine_has_slot(const struct parent *p, unsigned int index)
{
	const struct slot	*s;

	for (s = p->slots; s < p->slots + p->nslots; s++)
		if (s->id == PROC_ENGINE && s->index == index)
			return (true);
	return (false);
}

/*
 * As many engines as the configuration wants.  Those that are too many leave
 * when they have answered what is steered elsewhere from now on; as long as
 * one is there, the sockets' order does not allow more.
 */
void
workers_want(struct parent *p)
{
	unsigned int	 i, n = workers_of(&p->conf);
	struct slot	*s;

	if (p->service != SERVICE_RUNNING || p->leaving)
		return;
	if (n > p->workers && engines_retiring(p))
		n = p->workers;
	p->workers = listen_workers(p, n);
	for (i = 0; i < p->workers; i++)
		if (!engine_has_slot(p, i) &&
		    slot_init(p, PROC_ENGINE, i) == -1)
			p->workers = listen_workers(p, i);
	inherit_store(p);
	engines_want(p, p->workers);
	for (s = p->slots; s < p->slots + p->nslots; s++)
		if (s->id == PROC_ENGINE && !s->wanted) {
			if (s->cur != NULL)
				proc_leave(s->cur);
			else
				slot_forget(s);
		}
	slots_fill(p);
}

/* All are to leave. */
void
workers_none(struct parent *p)
{
	engines_want(p, 0);
}
