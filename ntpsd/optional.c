/* SPDX-License-Identifier: ISC */
/* Children that are there for what the configuration gives them to do. */

#include "log.h"
#include "ntpsd.h"

static bool
optional_wanted(const struct conf *conf, enum proc_id id)
{
	if (id == PROC_QUERY)
		return (conf->clock_source == CLOCK_MIRROR ||
		    conf->ntpq_allow.n > 0);
	return (*conf->web_listen.text != '\0');
}

void
optional_want(struct parent *p)
{
	struct slot	*s;

	for (s = p->slots; s < p->slots + p->nslots; s++) {
		if (s->id != PROC_QUERY && s->id != PROC_WEB)
			continue;
		s->wanted = optional_wanted(&p->conf, s->id);
		if (s->wanted)
			slot_fill(s);
		else {
			event_del(s->again);
			if (s->cur != NULL)
				proc_leave(s->cur);
		}
		report_process(s);
	}
}
