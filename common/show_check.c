/* SPDX-License-Identifier: ISC */
/*
 * Short answers: the verdict of `check' and the outcome of an action.  Like
 * show.c: answers in, text or JSON out.
 */
#include <inttypes.h>
#include <stdio.h>

#include "msg.h"
#include "ntp_packet.h"
#include "out.h"
#include "show.h"

/* The verdict of `check', its words for a monitor, and the exit code. */
static int
judge(const struct answers *a, const char **state, char *buf, size_t size)
{
	const struct msg_clock	*c = &a->stats.clock;
	struct metrics_view	 v;
	struct metric_value	 distance;

	if (a->status.service != SERVICE_RUNNING) {
		*state = "STOPPED";
		snprintf(buf, size, "the service is %s",
		    text_service(a->status.service));
		return (CTL_NO_TIME);
	}
	if (a->stats.answering == 0) {
		*state = "FAILED";
		snprintf(buf, size, "no engine answers");
		return (CTL_FAILED);
	}
	if (c->synchronised == 0 || c->leap == NTP_LEAP_UNSYNC) {
		*state = "UNSYNCHRONISED";
		snprintf(buf, size, "%s", c->why[0] != '\0' ? c->why :
		    "no reason given");
		return (CTL_NO_TIME);
	}
	*state = "OK";
	view_of(&v, a);
	metrics_find(&v, "root_distance", &distance);
	snprintf(buf, size, "serving, stratum %" PRIu32
	    ", root distance %.1f ms", c->stratum, distance.u.real * 1e3);
	return (CTL_OK);
}

int
show_check(FILE *f, enum out_form form, const struct answers *a)
{
	const char	*state;
	struct out	 o;
	char		 text[128], shown[512];
	int		 code;

	code = judge(a, &state, text, sizeof(text));
	if (form == OUT_TEXT) {
		fprintf(f, "%s: %s\n", state, out_printable(shown,
		    sizeof(shown), text));
		return (code);
	}
	out_begin(&o, f, form, "check", 1);
	out_str(&o, "state", state);
	out_str(&o, "message", text);
	show_clock(&o, a);
	return (out_end(&o) == -1 ? CTL_FAILED : code);
}

/* What an action led to, if there is anything to say. */
int
show_outcome(FILE *f, enum out_form form, const struct msg_result *m)
{
	struct out	 o;
	char		 shown[MSG_TEXT_MAX * 4];

	if (form == OUT_TEXT) {
		if (m->text[0] != '\0')
			fprintf(f, "%s\n", out_printable(shown,
			    sizeof(shown), m->text));
		return (CTL_OK);
	}
	out_begin(&o, f, form, "result", 1);
	out_str(&o, "result", m->code == RESULT_NOTHING ?
	    "nothing to do" : "done");
	out_str(&o, "message", m->text[0] != '\0' ?
	    m->text : NULL);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}

int
show_result(FILE *f, enum out_form form, const struct answers *a)
{
	return (show_outcome(f, form, &a->result));
}
