/* SPDX-License-Identifier: ISC */
/* Status, counters, processes and configuration: see show.h. */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "conf.h"
#include "counters.h"
#include "msg.h"
#include "ntp_packet.h"
#include "out.h"
#include "show.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const	service_names[] = {
	[SERVICE_STOPPED] = "stopped",
	[SERVICE_RUNNING] = "running",
	[SERVICE_STOPPING] = "stopping"
};

static const char *const	state_names[] = {
	[PROCESS_STARTING] = "starting",
	[PROCESS_RUNNING] = "running",
	[PROCESS_STOPPING] = "stopping",
	[PROCESS_WAITING] = "waiting",
	[PROCESS_STOPPED] = "stopped",
	[PROCESS_READY] = "ready"
};

/* A name out of a table that a number from the daemon picks. */
static const char *
pick(const char *const *names, size_t n, uint64_t i)
{
	return (i < n ? names[i] : "unknown");
}

const char *
text_service(uint32_t service)
{
	return (pick(service_names, NELEM(service_names), service));
}

const char *
text_state(uint32_t state)
{
	return (pick(state_names, NELEM(state_names), state));
}

const char *
text_process(const struct msg_process *p, char *buf, size_t size)
{
	if (p->state == PROCESS_READY)
		snprintf(buf, size, "reserve");
	else if (p->proc == PROC_ENGINE)
		snprintf(buf, size, "%s %" PRIu32, proc_name(p->proc),
		    p->index);
	else
		snprintf(buf, size, "%s", proc_name(p->proc));
	return (buf);
}

/* A word of a WORD key. */
static const char *
conf_word(enum conf_key key, uint64_t i)
{
	const char *const	*w = conf_rows[key].words;

	for (; w != NULL && *w != NULL; w++, i--) {
		if (i == 0)
			return (*w);
	}
	return ("unknown");
}

const char *
text_leap(uint32_t leap)
{
	static const char *const	 names[] = {
		[NTP_LEAP_NONE] = "none",
		[NTP_LEAP_INSERT] = "insert",
		[NTP_LEAP_DELETE] = "delete",
		[NTP_LEAP_UNSYNC] = "not synchronised"
	};

	return (pick(names, NELEM(names), leap));
}

/*
 * RFC 5905 7.3: at strata 0, 1 and 16 four characters, zero padded, above
 * that an address.  Isolated servers put LOCL and the like at any stratum,
 * so capitals are taken for characters there as well.
 */
const char *
text_refid(const uint8_t *refid, uint32_t stratum, char *buf, size_t size)
{
	bool		 primary = stratum <= 1 ||
			    stratum >= NTP_STRATUM_UNSYNC;
	bool		 ascii;
	unsigned int	 i, n;

	for (n = 4; n > 0 && refid[n - 1] == 0; n--)
		;
	ascii = n >= (primary ? 1 : 3);
	for (i = 0; i < n && ascii; i++) {
		if (primary)
			ascii = refid[i] > 0x20 && refid[i] < 0x7f;
		else
			ascii = (refid[i] >= 'A' && refid[i] <= 'Z') ||
			    (i > 0 && refid[i] >= '0' && refid[i] <= '9');
	}
	if (ascii)
		snprintf(buf, size, "%.*s", (int)n, (const char *)refid);
	else
		snprintf(buf, size, "%u.%u.%u.%u", refid[0], refid[1],
		    refid[2], refid[3]);
	return (buf);
}

/* Seconds from then to now; the clock may have been stepped back. */
static double
since(uint64_t now, uint64_t then)
{
	return (then != 0 && now > then ? (double)(now - then) / 1e9 : 0);
}

static const char *
or_null(const char *s)
{
	return (*s != '\0' ? s : NULL);
}

static void
put_leap(struct out *o, const struct metrics_view *v)
{
	const struct msg_clock		*c = &v->stats->clock;
	static const char *const	 lists[] = {
		[LEAP_LIST_NONE] = "none",
		[LEAP_LIST_GOOD] = "good",
		[LEAP_LIST_EXPIRED] = "expired"
	};

	out_str(o, "leap_list", pick(lists, NELEM(lists), c->leap_list));
	show_metric(o, v, "leap_list_expires");
	out_str(o, "next_leap", c->leap_delta == 0 ? NULL :
	    c->leap_delta > 0 ? "insert" : "delete");
	show_metric(o, v, "next_leap_at");
	out_str(o, "smear", conf_word(CONF_leap_smear, c->smear));
	show_metric(o, v, "smear_offset");
}

/* The clock as an engine sees it. */
void
show_clock(struct out *o, const struct answers *a)
{
	const struct msg_clock	*c = &a->stats.clock;
	struct metrics_view	 v;
	char			 refid[16];
	bool			 fresh = a->stats.answering > 0;

	view_of(&v, a);
	/* what a dead engine said last is shown, yet not believed */
	show_metric(o, &v, "synchronised");
	out_str(o, "why_not", a->have_status &&
	    a->status.service == SERVICE_STOPPED ? "the service is stopped" :
	    fresh || a->stats.engines == 0 ? or_null(c->why) :
	    "no engine answers");
	out_str(o, "clock_source", conf_word(CONF_clock_source, c->source));
	out_str(o, "leap", text_leap(c->leap));
	show_metric(o, &v, "stratum");
	out_str(o, "refid", text_refid(c->refid, c->stratum, refid,
	    sizeof(refid)));
	show_metric(o, &v, "root_delay");
	show_metric(o, &v, "root_dispersion");
	show_metric(o, &v, "root_distance");
	out_i64(o, "precision", c->precision);
	show_metric(o, &v, "reference_time");
	put_leap(o, &v);
}

static void
put_sockets(struct out *o, const struct answers *a)
{
	const struct msg_socket	*s;
	char			 buf[ADDR_STRLEN];

	out_table(o, "sockets");
	for (s = a->sockets; s < a->sockets + a->nsockets; s++) {
		out_row(o);
		out_str(o, "address", addr_format(&s->addr, buf,
		    sizeof(buf)));
		out_str(o, "interface", or_null(s->ifname));
		out_u64(o, "buffer", s->buffer);
		out_u64(o, "wanted", s->wanted);
		out_row_end(o);
	}
	out_table_end(o);
}

int
show_status(FILE *f, enum out_form form, const struct answers *a)
{
	const struct msg_status	*s = &a->status;
	struct metrics_view	 v;
	struct out		 o;
	char			 buf[128];

	view_of(&v, a);
	out_begin(&o, f, form, "status", 1);
	out_u64(&o, "pid", s->pid);
	out_str(&o, "version", s->version);
	out_time(&o, "started", s->started);
	show_metric(&o, &v, "uptime");
	out_str(&o, "service", text_service(s->service));
	out_str(&o, "config_file", or_null(s->file));
	show_metric(&o, &v, "processes");
	out_str(&o, "sandbox", msg_layers(s->missing, buf, sizeof(buf)));
	out_str(&o, "log_level", conf_word(CONF_log_level, s->log_level));
	show_metric(&o, &v, "log_lost");
	show_metric(&o, &v, "log_suppressed");
	show_metric(&o, &v, "last_reload");
	show_metric(&o, &v, "reloads_ok");
	show_metric(&o, &v, "reloads_failed");
	show_clock(&o, a);
	put_sockets(&o, a);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}

/* Shows a counter by its name, if there is one. */
static void
put_counter(struct out *o, const struct counters *c, const char *shown,
    const char *name)
{
	size_t	 i;

	for (i = 0; i < counter_nrows; i++) {
		if (strcmp(counter_rows[i].name, name) == 0)
			out_u64(o, shown, counter_get(c, &counter_rows[i]));
	}
}

static void
put_counters(struct out *o, const struct counters *c)
{
	size_t	 i;

	for (i = 0; i < counter_nrows; i++) {
		/* stands above, and a name is to be there once */
		if (strcmp(counter_rows[i].name, "kernel_drops") == 0)
			continue;
		out_u64(o, counter_rows[i].name,
		    counter_get(c, &counter_rows[i]));
	}
}

/* Each engine for itself; the rest of its counters is in their sum. */
static int
show_workers(FILE *f, enum out_form form, const struct answers *a)
{
	const struct msg_stats	*s;
	const struct counters	*c;
	struct out		 o;

	out_begin(&o, f, form, "workers", 1);
	out_table(&o, "workers");
	for (s = a->workers; s < a->workers + a->nworkers; s++) {
		c = &s->counters;
		out_row(&o);
		out_u64(&o, "engine", s->engine - 1);
		out_bool(&o, "answering", s->answering != 0);
		out_u64(&o, "requests", c->received);
		out_u64(&o, "responses", c->answered);
		out_u64(&o, "errors", c->send_errors + c->receive_errors);
		out_u64(&o, "dropped", counters_sum(c, "drop_"));
		put_counter(&o, c, "rate_limited", "drop_ratelimit");
		put_counter(&o, c, "skipped", "skipped");
		put_counter(&o, c, "kernel_drops", "kernel_drops");
		out_u64(&o, "clients", s->table.used);
		out_time(&o, "last_request", s->last_request);
		out_row_end(&o);
	}
	out_table_end(&o);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}

static void
put_times(struct out *o, const char *what, const struct hist *h)
{
	static const struct {
		const char	*name;
		double		 part;
	}		 rows[] = {
		{ "p50", 0.5 }, { "p95", 0.95 }, { "p99", 0.99 }
	};
	char		 name[32];
	size_t		 i;

	snprintf(name, sizeof(name), "%s_mean", what);
	out_seconds(o, name, hist_mean(h) / 1e9);
	for (i = 0; i < NELEM(rows); i++) {
		snprintf(name, sizeof(name), "%s_%s", what, rows[i].name);
		out_seconds(o, name,
		    (double)hist_quantile(h, rows[i].part) / 1e9);
	}
	snprintf(name, sizeof(name), "%s_max", what);
	out_seconds(o, name, (double)hist_max(h) / 1e9);
}

int
show_stats(FILE *f, enum out_form form, const struct answers *a)
{
	const struct msg_stats	*s = &a->stats;
	const struct counters	*c = &s->counters;
	struct metrics_view	 v;
	struct out		 o;
	char			 buf[ADDR_STRLEN];

	if (a->nworkers > 0)
		return (show_workers(f, form, a));
	view_of(&v, a);
	out_begin(&o, f, form, "stats", 1);
	show_metric(&o, &v, "since");
	out_seconds(&o, "uptime", since(a->now, s->since));
	show_metric(&o, &v, "engines");
	show_metric(&o, &v, "engines_answering");
	out_u64(&o, "requests", c->received);
	out_u64(&o, "responses", c->answered);
	out_u64(&o, "errors", c->send_errors + c->receive_errors);
	out_u64(&o, "dropped", counters_sum(c, "drop_"));
	show_metric(&o, &v, "rate_limited");
	put_counter(&o, c, "kernel_drops", "kernel_drops");
	show_metric(&o, &v, "clients");
	show_metric(&o, &v, "clients_capacity");
	show_metric(&o, &v, "clients_since");
	show_metric(&o, &v, "unique_minute");
	show_metric(&o, &v, "unique_hour");
	show_metric(&o, &v, "last_request");
	out_str(&o, "last_source", s->last_source.family == 0 ? NULL :
	    addr_format(&s->last_source, buf, sizeof(buf)));
	put_times(&o, "processing", &a->times[TIMES_PROCESSING]);
	put_times(&o, "work", &a->times[TIMES_WORK]);
	put_counters(&o, c);
	show_metric(&o, &v, "events_missed");
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}

static void
put_user(struct out *o, const struct answers *a,
    const struct msg_process *p)
{
	const char	*name;
	char		 buf[16];

	if (p->pid == 0)
		out_str(o, "user", NULL);
	else if (a->user != NULL && (name = a->user(p->uid)) != NULL)
		out_str(o, "user", name);
	else {
		snprintf(buf, sizeof(buf), "%" PRIu32, p->uid);
		out_str(o, "user", buf);
	}
}

int
show_processes(FILE *f, enum out_form form, const struct answers *a)
{
	const struct msg_process	*p;
	struct out			 o;
	char				 buf[128];

	out_begin(&o, f, form, "processes", 1);
	out_table(&o, "processes");
	for (p = a->processes; p < a->processes + a->nprocesses; p++) {
		out_row(&o);
		out_str(&o, "name", text_process(p, buf, sizeof(buf)));
		if (p->pid == 0)
			out_str(&o, "pid", NULL);
		else
			out_u64(&o, "pid", p->pid);
		put_user(&o, a, p);
		out_str(&o, "state", text_state(p->state));
		out_time(&o, "since", p->started);
		out_u64(&o, "restarts", p->restarts);
		out_u64(&o, "planned", p->planned);
		out_str(&o, "last_death", or_null(p->last_death));
		out_str(&o, "sandbox", p->pid == 0 ? NULL :
		    msg_layers(p->missing, buf, sizeof(buf)));
		out_row_end(&o);
	}
	out_table_end(&o);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}

static void
put_origin(struct out *o, const struct conf_where *w)
{
	char	 buf[64];

	switch (w->origin) {
	case CONF_FROM_DEFAULT:
		out_str(o, "origin", "default");
		break;
	case CONF_FROM_FILE:
		snprintf(buf, sizeof(buf), "file:%" PRIu32 ":%" PRIu32,
		    w->line, w->column);
		out_str(o, "origin", buf);
		break;
	case CONF_FROM_SETTING:
		out_str(o, "origin", "set");
		break;
	case CONF_FROM_COMMAND:
		out_str(o, "origin", "command line");
		break;
	default:
		out_str(o, "origin", "unknown");
	}
	if (o->form == OUT_TEXT)
		return;
	/* programs need not take the origin apart */
	if (w->origin == CONF_FROM_FILE) {
		out_u64(o, "line", w->line);
		out_u64(o, "column", w->column);
	} else {
		out_str(o, "line", NULL);
		out_str(o, "column", NULL);
	}
}

/* What the table says of a key, for a page that lets one change it. */
static void
put_row(struct out *o, enum conf_key key)
{
	const struct conf_row	*row = &conf_rows[key];
	char			 buf[CONF_ERR_MAX];

	out_str(o, "default", row->def);
	out_str(o, "allowed", conf_allowed(key, buf, sizeof(buf)));
	out_str(o, "meaning", row->help);
	out_bool(o, "settable", row->apply == CONF_SET);
	out_str(o, "applies", row->apply == CONF_RESTART ? "restart" :
	    "reload");
}

int
show_config(FILE *f, enum out_form form, const struct answers *a)
{
	const size_t	 size = POLICY_RULES_MAX * POLICY_RULE_STRLEN;
	struct out	 o;
	char		*buf;
	int		 key;

	if ((buf = malloc(size)) == NULL)
		return (CTL_FAILED);
	out_begin(&o, f, form, "config", 1);
	out_table(&o, "config");
	for (key = 0; key < CONF_NKEYS; key++) {
		if (!a->have_key[key] && !conf_may_be_empty(key))
			continue;
		out_row(&o);
		out_str(&o, "key", conf_rows[key].path);
		out_str(&o, "value", conf_format(&a->conf, key, buf,
		    size));
		put_origin(&o, &a->conf.where[key]);
		if (form == OUT_JSON)
			put_row(&o, key);
		out_row_end(&o);
	}
	out_table_end(&o);
	free(buf);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}
