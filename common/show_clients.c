/* SPDX-License-Identifier: ISC */
/* What is shown of sources; see show.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "msg.h"
#include "out.h"
#include "show.h"

static int
compare(uint64_t a, uint64_t b)
{
	return (a < b ? -1 : a > b);
}

static int
by_requests(const void *a, const void *b)
{
	const struct client_row	*p = a, *q = b;

	return (compare(q->requests, p->requests));
}

static int
by_drops(const void *a, const void *b)
{
	const struct client_row	*p = a, *q = b;

	return (compare(q->drops, p->drops));
}

static int
by_last(const void *a, const void *b)
{
	const struct client_row	*p = a, *q = b;

	return (compare(p->last, q->last));	/* ages */
}

/* Each engine's rows are in order; all of them together are not. */
static void
sort(struct client_row *rows, size_t n, uint32_t order)
{
	if (n > 1)
		qsort(rows, n, sizeof(*rows), order == CLIENTS_BY_DROPS ?
		    by_drops : order == CLIENTS_BY_LAST ? by_last :
		    by_requests);
}

static const char *
source_of(const struct client_row *r, char *buf, size_t size)
{
	struct prefix	 p;

	memset(&p, 0, sizeof(p));
	p.family = r->family;
	p.bits = r->bits;
	memcpy(p.ip, r->ip, sizeof(p.ip));
	return (prefix_format(&p, buf, size));
}

const char *
text_client(uint32_t flags, char *buf, size_t size)
{
	static const struct {
		uint32_t	 flag;
		const char	*name;
	} names[] = {
		{ CLIENT_LIMITED, "limited" },
		{ CLIENT_GROWS, "growing" },
		{ CLIENT_LIFTED, "lifted" },
		{ CLIENT_INTERLEAVED, "interleaved" }
	};
	size_t	 i;

	buf[0] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag) {
			if (buf[0] != '\0')
				strlcat(buf, " ", size);
			strlcat(buf, names[i].name, size);
		}
	return (buf[0] == '\0' ? NULL : buf);
}

/* When something was, by its age; the clocks may differ by a little. */
static uint64_t
moment(const struct answers *a, uint64_t age_ms)
{
	return (a->now > age_ms * 1000000 ? a->now - age_ms * 1000000 : 0);
}

int
show_clients(FILE *f, enum out_form form, const struct answers *a)
{
	const struct client_row	*r;
	struct out		 o;
	char			 buf[PREFIX_STRLEN], state[64];
	size_t			 i;

	sort(a->clients, a->nclients, a->list.query.order);
	out_begin(&o, f, form, "clients", 1);
	out_table(&o, "clients");
	for (i = 0; i < a->nclients && i < a->list.query.max; i++) {
		r = &a->clients[i];
		out_row(&o);
		out_str(&o, "source", source_of(r, buf, sizeof(buf)));
		out_u64(&o, "requests", r->requests);
		out_u64(&o, "drops", r->drops);
		out_time(&o, "first", moment(a, r->first));
		out_time(&o, "last", moment(a, r->last));
		out_seconds(&o, "interval", (double)r->interval * 1e-9);
		out_u64(&o, "version", r->version);
		out_u64(&o, "mode", r->mode);
		out_str(&o, "state", text_client(r->flags, state,
		    sizeof(state)));
		out_row_end(&o);
	}
	out_table_end(&o);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}
