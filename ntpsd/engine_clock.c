/* SPDX-License-Identifier: ISC */
/*
 * What the engine looks at once a second, not for each packet: its clock, and
 * what the kernel dropped.
 */

#include <string.h>
#include <time.h>

#include "engine.h"

#define PRECISION_SAMPLES	256
#define CLOCK_TRIES		3

static int8_t
engine_precision(void)
{
	struct timespec	 ts[PRECISION_SAMPLES];
	size_t		 i;

	for (i = 0; i < PRECISION_SAMPLES; i++)
		clock_gettime(CLOCK_REALTIME, &ts[i]);
	return (clock_measure_precision(ts, PRECISION_SAMPLES));
}

void
engine_clock_config(struct engine *e)
{
	struct clock_config	 cc;
	int8_t			 precision = e->clock.precision;

	memset(&cc, 0, sizeof(cc));
	cc.source = (enum clock_source)e->conf.clock_source;
	cc.stratum = (uint8_t)e->conf.clock_stratum;
	memcpy(cc.refid, e->conf.clock_refid.octets, sizeof(cc.refid));
	cc.max_distance = e->conf.clock_max_distance;
	cc.leap = e->blob[BLOB_LEAP].mem;
	cc.smear.kind = (enum smear_kind)e->conf.leap_smear;
	cc.smear.before = (int64_t)e->conf.leap_smear_before;
	cc.smear.after = (int64_t)e->conf.leap_smear_after;
	/* A reload keeps what was measured, and what is known of the clock. */
	clock_init(&e->clock, &cc, precision != 0 ? precision :
	    engine_precision());
	engine_clock_now(e);
}

/*
 * The kernel's word and the time it is true of: at a leap second both change,
 * between two calls if need be.
 */
void
engine_clock_now(struct engine *e)
{
	struct clock_kernel	 kernel, again;
	struct timespec		 now;
	unsigned int		 i;

	os_clock_kernel(&again);	/* a failure leaves it not valid */
	for (i = 0; i < CLOCK_TRIES; i++) {
		kernel = again;
		clock_gettime(CLOCK_REALTIME, &now);
		os_clock_kernel(&again);
		if (kernel.in_leap == again.in_leap)
			break;
	}
	clock_update(&e->clock, &now, &kernel);
}

/*
 * For each batch, and once a second without one: reads both clocks, at once so
 * that they can be compared, and brings what is served up to date.  The time
 * is left in now; returns the monotonic one.
 */
uint64_t
engine_clock_look(struct engine *e, struct timespec *now)
{
	struct timespec	 mono;
	uint64_t	 ns;

	clock_gettime(CLOCK_REALTIME, now);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	ns = (uint64_t)mono.tv_sec * 1000000000 + (uint64_t)mono.tv_nsec;
	if (clock_stepped(&e->clock, now, ns)) {		/* S6 */
		engine_clock_now(e);
		clients_step(&e->clients);
	} else if (clock_stale(&e->clock, now))
		engine_clock_now(e);
	return (ns);
}

static void
engine_publish_leap(const struct clock_state *c, struct msg_clock *m)
{
	const struct leap_table	*table = c->config.leap;
	int64_t			 at;
	int			 delta;
	bool			 valid;

	m->smear = c->config.smear.kind;
	if (c->smearing)
		m->smear_offset = (double)c->smear_offset * 1e-9;
	if (table == NULL)
		return;
	m->tai = leap_tai(table, c->updated.tv_sec, &valid);
	m->leap_list = c->leap_expired ? LEAP_LIST_EXPIRED : LEAP_LIST_GOOD;
	m->leap_expires = table->expires;
	if (leap_next(table, c->updated.tv_sec, &at, &delta)) {
		m->leap_next = at;
		m->leap_delta = delta;
	}
}

/* Copies what the clock says into the page's copy, for show status. */
void
engine_publish(struct engine *e)
{
	const struct clock_state	*c = &e->clock;
	struct msg_clock		*m = &e->work.clock;

	memset(m, 0, sizeof(*m));
	m->leap = c->leap;
	m->stratum = c->stratum;
	m->precision = c->precision;
	m->source = c->config.source;
	memcpy(m->refid, c->refid, sizeof(m->refid));
	m->synchronised = c->leap != NTP_LEAP_UNSYNC;
	m->root_delay = c->root_delay;
	/* as served */
	m->root_dispersion = ntp_short_to_seconds(ntp_get32(c->head +
	    NTP_OFF_ROOT_DISP));
	if (c->ever_synced)
		m->reference = (uint64_t)c->reference.tv_sec * 1000000000 +
		    (uint64_t)c->reference.tv_nsec;
	if (c->why != NULL)
		strlcpy(m->why, c->why, sizeof(m->why));
	engine_publish_leap(c, m);
	clock_remember(c, &e->work.memory);
}

/* The page's entry for a listener, a free one if it has none yet, or NULL. */
static struct page_drops *
drops_find(struct engine *e, uint32_t id, uint32_t before)
{
	struct page_drops	*d, *unused = NULL;
	unsigned int		 i;

	for (i = 0; i < PAGE_SOCKETS; i++) {
		d = &e->work.drops[i];
		if (d->id == id)
			return (d);
		if (d->id == 0 && unused == NULL)
			unused = d;
	}
	if (unused != NULL) {
		unused->id = id;
		unused->seen = before;
	}
	return (unused);
}

/* Requests the kernel dropped, against what is already in the count. */
void
engine_count_drops(struct engine *e)
{
	struct engine_socket	*s;
	struct page_drops	*d;
	uint32_t		 now;
	unsigned int		 i;

	for (i = 0; i < PAGE_SOCKETS; i++) {
		d = &e->work.drops[i];
		if (d->id != 0 && engine_socket_find(e, d->id) == NULL)
			d->id = 0;
	}
	for (i = 0; i < ENGINE_SOCKETS; i++) {
		s = &e->sockets[i];
		if (s->fd == -1 || (d = drops_find(e, s->id,
		    s->dropped)) == NULL)
			continue;
		now = os_udp_drops(s->fd);
		e->work.counters.kernel_drops += engine_overload_drops(e,
		    now - d->seen);
		d->seen = now;
	}
}

/* What the query child heard of the mirrored daemon, or a predecessor. */
void
engine_mirror(struct engine *e, const struct msg_mirror *m)
{
	struct clock_mirror	 c;

	memset(&c, 0, sizeof(c));
	c.valid = m->valid == 1;
	c.leap = (uint8_t)m->leap;
	c.stratum = (uint8_t)m->stratum;
	memcpy(c.refid, m->refid, sizeof(c.refid));
	c.root_delay = m->root_delay;
	c.root_dispersion = m->root_dispersion;
	c.reference.tv_sec = (time_t)(m->reference / 1000000000);
	c.reference.tv_nsec = (long)(m->reference % 1000000000);
	c.at.tv_sec = (time_t)(m->at / 1000000000);
	c.at.tv_nsec = (long)(m->at % 1000000000);
	e->work.mirror = *m;
	clock_mirror_set(&e->clock, &c);	/* which ignores nonsense */
	engine_clock_now(e);
	if (!e->running)
		return;
	engine_publish(e);
	page_commit(e->page, &e->work);
}
