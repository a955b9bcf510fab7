/* SPDX-License-Identifier: ISC */
/* ntpsctl top without a terminal's screen: a look is a line.  See top.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clients_scan.h"
#include "out.h"
#include "show.h"
#include "top.h"

#define NS		1000000000ULL
#define JSON_CLIENTS	10

static bool
synchronised(const struct top_model *m)
{
	return (m->stats.clock.synchronised != 0 && m->stats.answering > 0);
}

static uint64_t
restarts(const struct top_model *m)
{
	uint64_t	 n = 0;
	unsigned int	 i;

	for (i = 0; i < m->nprocesses; i++)
		n += m->process[i].restarts;
	return (n);
}

static void
put_time(struct out *o, const char *name, const struct top_times *t,
    uint64_t ns)
{
	if (t->n == 0)
		out_str(o, name, NULL);
	else
		out_seconds(o, name, (double)ns * 1e-9);
}

static void
put_rate(struct out *o, const char *name, uint64_t rate)
{
	if (rate == TOP_UNKNOWN)
		out_str(o, name, NULL);
	else
		out_u64(o, name, rate);
}

static void
put_clients(struct out *o, const struct top_model *m)
{
	const struct top_client	*c;
	struct prefix		 p;
	char			 buf[PREFIX_STRLEN];
	unsigned int		 i;

	out_table(o, "top");
	for (i = 0; i < m->nclients && i < JSON_CLIENTS; i++) {
		c = &m->client[i];
		top_prefix(&p, &c->row);
		out_row(o);
		out_str(o, "source", prefix_format(&p, buf, sizeof(buf)));
		out_u64(o, "requests", c->row.requests);
		put_rate(o, "requests_rate", c->rate);
		out_u64(o, "drops", c->row.drops);
		put_rate(o, "drops_rate", c->drops);
		out_row_end(o);
	}
	out_table_end(o);
}

static int
put_json(FILE *f, const struct top_model *m)
{
	const struct top_times	*t = &m->times[TIMES_PROCESSING];
	const struct top_times	*w = &m->times[TIMES_WORK];
	struct out		 o;

	out_begin(&o, f, OUT_JSON, "top", 1);
	out_time(&o, "time", m->now);
	out_u64(&o, "requests", m->rate.requests);
	out_u64(&o, "answered", m->rate.answered);
	out_u64(&o, "refused", m->rate.refused);
	out_u64(&o, "kernel_drops", m->rate.lost);
	put_time(&o, "processing_p50", t, t->p50);
	put_time(&o, "processing_p99", t, t->p99);
	put_time(&o, "work_p50", w, w->p50);
	put_time(&o, "work_p99", w, w->p99);
	out_u64(&o, "clients", m->stats.table.used);
	out_str(&o, "service", text_service(m->status.service));
	out_bool(&o, "synchronised", synchronised(m));
	out_u64(&o, "stratum", m->stats.clock.stratum);
	out_u64(&o, "processes", m->nprocesses);
	out_u64(&o, "restarts", restarts(m));
	put_clients(&o, m);
	return (out_end(&o));
}

/* A time without a blank, for a line of words. */
static const char *
packed(const struct top_times *t, uint64_t ns, char *buf)
{
	const char	*s = short_time(t, ns, buf);
	char		*blank = strchr(buf, ' ');

	if (s == buf && blank != NULL)
		memmove(blank, blank + 1, strlen(blank));
	return (s);
}

static int
put_text(FILE *f, const struct top_model *m)
{
	const struct top_times	*t = &m->times[TIMES_PROCESSING];
	char			 a[SHORT_LEN] = "", b[SHORT_LEN] = "";
	char			 stamp[32] = "";
	time_t			 now = (time_t)(m->now / NS);
	struct tm		 tm;

	if (gmtime_r(&now, &tm) != NULL)
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return (fprintf(f, "%s requests=%" PRIu64 " answered=%" PRIu64
	    " refused=%" PRIu64 " kernel_drops=%" PRIu64 " p50=%s p99=%s "
	    "clients=%" PRIu64 " service=%s synchronised=%s\n", stamp,
	    m->rate.requests, m->rate.answered, m->rate.refused, m->rate.lost,
	    packed(t, t->p50, a), packed(t, t->p99, b), m->stats.table.used,
	    text_service(m->status.service), synchronised(m) ? "yes" :
	    "no") < 0 ? -1 : 0);
}

int
top_plain(FILE *f, enum out_form form, const struct top_model *m)
{
	return (form == OUT_JSON ? put_json(f, m) : put_text(f, m));
}
