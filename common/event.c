/* SPDX-License-Identifier: ISC */
/* Requests put down for those who watch: see event.h. */

#include <sys/socket.h>

#include <string.h>

#include "event.h"

#define NS_PER_S	1000000000
#define KEEP_ALL	(UINT64_C(1) << 32)

bool
event_match(const struct event_filter *f, bool v6, const uint8_t *ip,
    unsigned int version, enum event_verdict verdict)
{
	if (f->verdicts != 0 && (f->verdicts & 1U << verdict) == 0)
		return (false);
	if (f->versions != 0 && (f->versions & 1U << (version & 7)) == 0)
		return (false);
	return (f->from.family == 0 || prefix_has(&f->from, v6 ? 6 : 4, ip));
}

void
event_watch(struct event_buffer *b, unsigned int n, uint64_t serial,
    const struct event_filter *filter, uint32_t rate)
{
	struct event_slot	*s = &b->slot[n];
	uint32_t		 i;

	if (serial != 0 && serial == s->serial)
		return;
	/* What is there for the one before is for nobody now. */
	for (i = 0; i < b->n; i++)
		b->event[i].slots &= (uint16_t)~(1U << n);
	memset(s, 0, sizeof(*s));
	b->on &= ~(1U << n);
	if (serial == 0)
		return;
	s->serial = serial;
	s->filter = *filter;
	s->rate = rate;
	s->keep = KEEP_ALL;
	limit_set(&s->limit, rate, EVENT_MAX);
	b->on |= 1U << n;
}

uint16_t
event_choose(struct event_buffer *b, bool v6, const uint8_t *ip,
    unsigned int version, enum event_verdict verdict, uint64_t mono,
    uint32_t random)
{
	struct event_slot	*s = b->slot;
	uint32_t		 left, slots = 0;

	for (left = b->on; left != 0; left >>= 1, s++) {
		if ((left & 1) == 0 || !event_match(&s->filter, v6, ip,
		    version, verdict))
			continue;
		s->matched++;
		if (random < s->keep && b->n < EVENT_MAX &&
		    limit_take(&s->limit, &s->full, mono))
			slots |= 1U << (s - b->slot);
	}
	return ((uint16_t)slots);
}

void
event_put(struct event_buffer *b, const struct event_request *event)
{
	if (b->n >= EVENT_MAX)
		return;
	b->event[b->n] = *event;
	/* Whoever dies here has counted it, and does not show it. */
	*(volatile uint32_t *)&b->n = b->n + 1;
}

/*
 * A share of what comes, so that what is shown is of all the time and not of
 * each turn's beginning.
 */
void
event_turn(struct event_buffer *b, uint64_t ns)
{
	struct event_slot	*s;
	uint64_t		 came, wanted;
	unsigned int		 i;

	if (ns > NS_PER_S)
		ns = NS_PER_S;
	for (i = 0; i < EVENT_SLOTS; i++) {
		s = &b->slot[i];
		came = s->matched - s->seen;
		s->seen = s->matched;
		wanted = s->rate * ns / NS_PER_S;
		s->keep = came <= wanted ? KEEP_ALL :
		    (wanted + 1) * KEEP_ALL / came;
	}
}

uint64_t
event_left_out(const struct event_buffer *b, unsigned int n)
{
	uint64_t	 shown = 0;
	uint32_t	 i;

	for (i = 0; i < b->n && i < EVENT_MAX; i++)
		shown += (b->event[i].slots >> n) & 1;
	return (b->slot[n].matched > shown ? b->slot[n].matched - shown : 0);
}

void
event_emptied(struct event_buffer *b)
{
	unsigned int	 i;

	b->n = 0;
	for (i = 0; i < EVENT_SLOTS; i++)
		b->slot[i].matched = b->slot[i].seen = 0;
}

bool
event_buffer_ok(const struct event_buffer *b)
{
	uint32_t	 i;

	if (b->n > EVENT_MAX || b->on >> EVENT_SLOTS != 0)
		return (false);
	for (i = 0; i < EVENT_SLOTS; i++)
		if (((b->on >> i) & 1) != (b->slot[i].serial != 0) ||
		    !event_filter_ok(&b->slot[i].filter) ||
		    b->slot[i].rate > EVENT_RATE_MAX)
			return (false);
	for (i = 0; i < b->n; i++)
		if (!event_request_ok(&b->event[i]))
			return (false);
	return (true);
}

bool
event_request_ok(const struct event_request *e)
{
	return ((e->source.family == 0 || e->source.family == AF_INET ||
	    e->source.family == AF_INET6) && e->version <= 7 && e->mode <= 7 &&
	    e->verdict < EVENT_VERDICTS && e->kiss < EVENT_KISSES &&
	    e->slots >> EVENT_SLOTS == 0 &&
	    memchr(e->reason, '\0', sizeof(e->reason)) != NULL);
}

bool
event_filter_ok(const struct event_filter *f)
{
	return (prefix_valid(&f->from) && f->verdicts >> EVENT_VERDICTS == 0);
}
