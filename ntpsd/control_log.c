/* SPDX-License-Identifier: ISC */
/*
 * The log of requests: lines made of what the engines tell, and sent to the
 * parent's log, as many a second as the configuration allows; and now and then
 * how many requests have no line.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "log.h"

#define SAY_NS		UINT64_C(10000000000)	/* between two counts */

static enum conf_level
log_requests_level(const struct control *c)
{
	return (c->conf.log_requests == REQUESTS_DEBUG ? LEVEL_DEBUG :
	    LEVEL_INFO);
}

/* Not through log_line: whether the line found room has to be known. */
static bool
log_send(struct control *c, const char *text)
{
	struct msg_log	 m;

	memset(&m, 0, sizeof(m));
	m.level = log_requests_level(c);
	strlcpy(m.text, text, sizeof(m.text));
	return (imsgev_send(&c->child.parent, MSG_LOG_REQUEST, 0, -1, &m) ==
	    0);
}

/* Watches while there is somebody who would see the lines. */
void
control_log_config(struct control *c)
{
	static const struct event_filter	 all;
	uint32_t				 rate;
	bool					 on;

	rate = (uint32_t)c->conf.log_request_rate;
	on = c->conf.log_requests != REQUESTS_OFF &&
	    log_requests_level(c) <= log_get_level();
	if (on == (c->watch[0].m.serial != 0) &&
	    (!on || c->watch[0].m.rate == rate))
		return;
	control_log_left_out(c, true);
	limit_set(&c->log.limit, rate, rate < UINT8_MAX ? rate : UINT8_MAX);
	control_watch_set(c, 0, on ? &all : NULL, rate);
}

void
control_log_events(struct control *c, const struct msg_events *m)
{
	char		 text[EVENT_STRLEN];
	uint64_t	 now = child_mono();
	uint32_t	 i;

	c->log.left_out += m->left_out[0];
	for (i = 0; i < m->n; i++) {
		if ((m->event[i].slots & 1) == 0)
			continue;
		event_format(&m->event[i],
		    c->conf.log_requests == REQUESTS_DEBUG, text,
		    sizeof(text));
		if (!limit_take(&c->log.limit, &c->log.full, now) ||
		    !log_send(c, text))
			c->log.left_out++;
	}
}

/* Every line and this number add up to the requests; at the end: at once. */
void
control_log_left_out(struct control *c, bool end)
{
	char		 text[96];
	uint64_t	 now = child_mono();

	if (c->log.left_out == 0 || (!end && now - c->log.said < SAY_NS))
		return;
	snprintf(text, sizeof(text), "requests without a line here: %" PRIu64,
	    c->log.left_out);
	if (!log_send(c, text))
		return;
	c->log.left_out = 0;
	c->log.said = now;
}
