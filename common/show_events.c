/* SPDX-License-Identifier: ISC */
/*
 * Events as ntpsctl shows them: a line each, or an object each.  What is text
 * in one came from the configuration, and is made printable all the same.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "event.h"
#include "msg.h"
#include "out.h"
#include "show.h"

/* The members of a request's object. */
static void
put_request(struct out *o, const struct event_request *r)
{
	char	 ip[INET6_ADDRSTRLEN], reason[POLICY_REASON_MAX + 1];

	out_time(o, "time", r->time);
	out_str(o, "event", "request");
	out_str(o, "source", r->source.family == 0 ? NULL :
	    inet_ntop(r->source.family, r->source.ip, ip, sizeof(ip)));
	out_u64(o, "port", r->source.port);
	out_u64(o, "version", r->version);
	out_u64(o, "mode", r->mode);
	out_str(o, "verdict", event_verdict_name(r->verdict));
	out_str(o, "kiss", event_kiss_name(r->kiss));
	if (r->rule != 0)
		out_u64(o, "rule", r->rule);
	else
		out_str(o, "rule", NULL);
	out_str(o, "reason", event_reason(r, reason, sizeof(reason)));
	if (r->took != EVENT_UNKNOWN)
		out_seconds(o, "processing", (double)r->took * 1e-9);
	else
		out_str(o, "processing", NULL);
}

static void
put_happened(struct out *o, const struct event_happened *h)
{
	out_time(o, "time", h->time);
	out_str(o, "event", event_kind_name(h->kind));
	out_str(o, "text", h->text);
}

static void
line(FILE *f, uint64_t time_ns, const char *text)
{
	char		 when[32], safe[4 * EVENT_STRLEN];
	struct tm	 tm;
	time_t		 seconds = (time_t)(time_ns / 1000000000);

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		strlcpy(when, "-", sizeof(when));
	fprintf(f, "%s.%06uZ %s\n", when,
	    (unsigned int)(time_ns % 1000000000 / 1000),
	    out_printable(safe, sizeof(safe), text));
}

void
event_show_request(FILE *f, enum out_form form, const struct event_request *r)
{
	struct out	 o;
	char		 text[EVENT_STRLEN];

	if (form == OUT_TEXT) {
		line(f, r->time, event_format(r, true, text, sizeof(text)));
		return;
	}
	out_begin(&o, f, form, "event", 1);
	put_request(&o, r);
	out_end(&o);
}

void
event_show_happened(FILE *f, enum out_form form,
    const struct event_happened *h)
{
	struct out	 o;
	char		 text[EVENT_TEXT_MAX + 32], *p;

	if (form == OUT_TEXT) {
		snprintf(text, sizeof(text), "%s: %s",
		    event_kind_name(h->kind), h->text);
		for (p = text; *p != ':'; p++)
			if (*p == '_')
				*p = ' ';
		line(f, h->time, text);
		return;
	}
	out_begin(&o, f, form, "event", 1);
	put_happened(&o, h);
	out_end(&o);
}

/* Both kinds have come in order; here they meet. */
int
show_events(FILE *f, enum out_form form, const struct answers *a)
{
	struct out	 o;
	unsigned int	 r = 0, h = 0;
	bool		 request;

	if (form == OUT_JSON) {
		out_begin(&o, f, form, "events", 1);
		out_table(&o, "events");
	}
	while (r < a->nrequests || h < a->nhappened) {
		request = h == a->nhappened || (r < a->nrequests &&
		    a->requests[r].time <= a->happened[h].time);
		if (form == OUT_TEXT && request)
			event_show_request(f, form, &a->requests[r++]);
		else if (form == OUT_TEXT)
			event_show_happened(f, form, &a->happened[h++]);
		else {
			out_row(&o);
			if (request)
				put_request(&o, &a->requests[r++]);
			else
				put_happened(&o, &a->happened[h++]);
			out_row_end(&o);
		}
	}
	if (form == OUT_TEXT)
		return (ferror(f) ? CTL_FAILED : CTL_OK);
	out_table_end(&o);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}
