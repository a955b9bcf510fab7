/* SPDX-License-Identifier: ISC */
/*
 * More requests than can be read: what fills the receive buffer is then lost,
 * whoever sent it.  The limits protect nobody from that, because a request is
 * refused only after it was read.  So the kernel is told to drop most of what
 * comes from the few sources that are refused the most, before it takes any
 * room, for as long as they go on.
 *
 * K2: as large a share of their requests is answered as ever, for somebody
 * else may be sending in their name.  The filter lets one in `share' through,
 * and of these the engine answers, over the limit, so many that together they
 * are one in ratelimit.leak.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "log.h"

#define OVERLOAD_RATE	1000	/* refused a second, to be worth it */
#define OVERLOAD_SHARE	16	/* more tells us better how they go on */
#define OVERLOAD_STAY	10	/* seconds after they were last that heavy */
#define OVERLOAD_LINE	0.1	/* lines in the log, a second */
#define OVERLOAD_LINES	6	/* and at once */
#define OVERLOAD_SIGMA	4	/* how far an estimate may be off */

static const char *
source_name(const struct engine *e, const struct client_key *key, char *buf,
    size_t len, struct prefix *p)
{
	memset(p, 0, sizeof(*p));
	p->family = key->family;
	p->bits = key->family == 6 ? e->clients.bits6 : e->clients.bits4;
	memcpy(p->ip, key->ip, sizeof(p->ip));
	return (prefix_format(p, buf, len));
}

static bool
overload_may_log(struct engine_overload *o)
{
	return (limit_take(&o->log, &o->log_full, child_mono()));
}

/* How far the drops that were estimated may be from those that were. */
static int64_t
overload_margin(const struct engine_overload *o)
{
	if (o->n == 0)
		return (0);
	return ((int64_t)(OVERLOAD_SIGMA * o->share *
	    (sqrt((double)o->seen) + 1)));
}

/* All filters out, and nothing known of anybody. */
static void
overload_clear(struct engine *e)
{
	struct engine_overload	*o = &e->overload;
	unsigned int		 i;

	for (i = 0; o->n > 0 && i < ENGINE_SOCKETS; i++)
		if (e->sockets[i].fd != -1)
			(void)os_udp_unfilter(e->sockets[i].fd);
	memset(&o->heavy, 0, sizeof(o->heavy));
	o->n = 0;
	o->noting = false;
	o->seen = 0;
	o->due = 0;
}

/*
 * A filter holds sources as they were cut before, and a new listener has none:
 * after a reload it starts from nothing.
 */
void
engine_overload_config(struct engine *e)
{
	struct engine_overload	*o = &e->overload;
	uint64_t		 leak = e->conf.ratelimit_leak;

	overload_clear(e);
	o->share = leak > 1 && leak < OVERLOAD_SHARE ? (unsigned int)leak :
	    OVERLOAD_SHARE;
	o->leak = e->leak * o->share;
	limit_set(&o->log, OVERLOAD_LINE, OVERLOAD_LINES);
}

/*
 * A predecessor that died has left its filter, of which we know nothing.  What
 * was dropped since it counted last was most likely dropped by that.
 */
void
engine_overload_run(struct engine *e)
{
	unsigned int	 i;

	for (i = 0; i < ENGINE_SOCKETS; i++)
		if (e->sockets[i].fd != -1 &&
		    os_udp_unfilter(e->sockets[i].fd) == 0)
			e->overload.due = INT32_MAX;	/* for a second */
	e->overload.received = e->work.counters.received;
	e->overload.drops = e->work.counters.kernel_drops;
}

/* Whether the kernel drops most of this source's, of which here is one. */
bool
engine_overload_filtered(struct engine *e, const struct client_key *key,
    const struct limit *limit)
{
	struct engine_overload	*o = &e->overload;
	struct engine_filtered	*f;
	unsigned int		 i;

	for (i = 0; i < o->n; i++) {
		f = &o->source[i];
		if (f->key.hash != key->hash || f->key.family != key->family ||
		    memcmp(f->key.ip, key->ip, sizeof(key->ip)) != 0)
			continue;
		f->interval = limit->interval;
		f->seen++;
		o->seen++;
		o->due += o->share - 1;
		return (true);
	}
	return (false);
}

/*
 * The kernel has one count of what did not fit and of what a filter dropped.
 * The filter's are estimated from what it let through; returns the others.
 */
uint32_t
engine_overload_drops(struct engine *e, uint32_t drops)
{
	struct engine_overload	*o = &e->overload;
	int64_t			 most = o->due + overload_margin(o);
	uint32_t		 ours = drops;

	if (most < 0)
		most = 0;
	if (ours > most)
		ours = (uint32_t)most;
	o->due -= ours;
	e->work.counters.filtered += ours;
	return (drops - ours);
}

/* Requests were lost, or there was always one more to read. */
static bool
overload_saturated(struct engine *e)
{
	struct engine_overload	*o = &e->overload;
	const struct counters	*ctr = &e->work.counters;
	uint64_t		 received = ctr->received - o->received;
	bool			 lost = ctr->kernel_drops != o->drops;
	uint32_t		 full = o->full;

	o->received = ctr->received;
	o->drops = ctr->kernel_drops;
	o->full = 0;
	return (lost || (full > 0 &&
	    (uint64_t)full * ENGINE_ROUNDS * ENGINE_BATCH >= received / 2));
}

/*
 * Those that have become quiet leave.  What gets through of a filtered source
 * says little about its limit, so that has to be passed as well.
 */
static bool
overload_leave(struct engine *e)
{
	struct engine_overload	*o = &e->overload;
	struct engine_filtered	*f;
	struct prefix		 p;
	char			 buf[PREFIX_STRLEN];
	uint64_t		 rate;
	unsigned int		 i, n = o->n;

	for (i = 0; i < o->n;) {
		f = &o->source[i];
		rate = OVERLOAD_RATE;
		if (f->interval != 0)
			rate += UINT64_C(1000000000) / f->interval;
		if ((uint64_t)f->seen * o->share >= rate)
			f->left = OVERLOAD_STAY;
		else
			f->left--;
		f->seen = 0;
		if (f->left > 0) {
			i++;
			continue;
		}
		if (overload_may_log(o))
			log_info("overload: %s is filtered no more",
			    source_name(e, &f->key, buf, sizeof(buf), &p));
		*f = o->source[--o->n];
	}
	return (o->n != n);
}

/* The heaviest of those that were refused come in. */
static bool
overload_enter(struct engine *e)
{
	struct engine_overload		*o = &e->overload;
	const struct heavy_entry	*out[OS_FILTER_MAX];
	struct engine_filtered		*f;
	struct prefix			 p;
	char				 buf[PREFIX_STRLEN];
	unsigned int			 i, n;

	n = heavy_pick(&o->heavy, OVERLOAD_RATE, out, OS_FILTER_MAX - o->n);
	for (i = 0; i < n; i++) {
		if (overload_may_log(o))
			log_warnx("overload: the kernel drops %u of %u "
			    "requests of %s, of which about %u a second were "
			    "refused", o->share - 1, o->share,
			    source_name(e, &out[i]->key, buf, sizeof(buf), &p),
			    heavy_sure(out[i]));
		f = &o->source[o->n++];
		memset(f, 0, sizeof(*f));
		f->key = out[i]->key;
		f->left = OVERLOAD_STAY;
		heavy_forget(&o->heavy, &f->key);
	}
	return (n > 0);
}

static int
overload_filter(struct engine *e, const struct engine_socket *s)
{
	struct engine_overload	*o = &e->overload;
	struct prefix		 p[OS_FILTER_MAX];
	char			 buf[PREFIX_STRLEN];
	unsigned int		 i, n = 0;

	for (i = 0; i < o->n; i++)
		if (o->source[i].key.family == (s->v6 ? 6 : 4))
			(void)source_name(e, &o->source[i].key, buf,
			    sizeof(buf), &p[n++]);
	if (n == 0) {
		(void)os_udp_unfilter(s->fd);
		return (0);
	}
	return (os_udp_filter(s->fd, p, n, UINT32_MAX / o->share + 1));
}

static void
overload_apply(struct engine *e)
{
	struct engine_overload	*o = &e->overload;
	unsigned int		 i;

	for (i = 0; i < ENGINE_SOCKETS; i++) {
		if (e->sockets[i].fd == -1 || e->sockets[i].staged ||
		    overload_filter(e, &e->sockets[i]) == 0)
			continue;
		log_warn("overload: no filter");
		o->lacking = true;
		overload_clear(e);
		return;
	}
	if (o->n == 0)
		o->seen = 0;
}

/* Once a second, when the kernel's drops have just been counted. */
void
engine_overload_tick(struct engine *e)
{
	struct engine_overload	*o = &e->overload;
	int64_t			 margin = overload_margin(o);
	bool			 changed, saturated = overload_saturated(e);

	/* Requests from before the filter were no share of anything. */
	if (o->due > margin)
		o->due = margin;
	changed = overload_leave(e);
	if (saturated && o->noting)
		changed |= overload_enter(e);
	heavy_decay(&o->heavy);
	o->noting = saturated && e->conf.overload && !o->lacking;
	if (changed)
		overload_apply(e);
}
