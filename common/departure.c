/* SPDX-License-Identifier: ISC */
/* When a reply really leaves: see departure.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "departure.h"
#include "ntp_packet.h"

#define LEARNT		48		/* samples that make a good mean */
#define LEARN_EVERY	2000000		/* ns between samples until then */
#define SAMPLE_EVERY	50000000	/* ns, for each case, */
#define SAMPLE_ONE_IN	100		/* and replies since any, */
#define SAMPLE_SPARSE	1000000000	/* or ns where there are few */
#define UNANSWERED	16		/* in a row: nothing stamps here */
#define PLAUSIBLE	(UINT64_C(1) << 25)	/* 8 ms */
#define SPREAD_START	17180		/* 4 us */
#define SPREAD_MIN	430		/* 100 ns */
#define STAMPING		8		/* part of the first's time */
#define STRIDE		11		/* through the positions of a call */

static int64_t
within(int64_t x, int64_t low, int64_t high)
{
	return (x < low ? low : x > high ? high : x);
}

/*
 * A sample far off moves the mean no more than a near one, so that being
 * pre-empted hardly counts; but many of them widen the deviation, so that a
 * change of the machine's ways is followed.  What is too late pulls less than
 * what is too early, for a reply had better not claim to have left after it
 * did: it is not the median that is approached but the lower third.
 */
static void
learn(struct departure_mean *m, int64_t sample, int64_t most)
{
	int64_t	 clip, off = sample - m->value;

	if (m->n == 0)
		m->spread = SPREAD_START;
	clip = m->n < LEARNT / 2 ? m->spread / 2 : m->spread / 8;
	m->value = within(m->value + within(off, -clip, clip / 2), 0, most);
	if (off < 0)
		off = -off;
	m->spread += (within(off, 0, 2 * m->spread) - m->spread) / 8;
	m->spread = within(m->spread, SPREAD_MIN, most);
	if (m->n < LEARNT)
		m->n++;
}

/* Whether a case has what it needs: a lone reply has no steps. */
static bool
learnt(const struct departure_cost *c, enum departure_case what)
{
	return (c->first.n == LEARNT &&
	    (what == DEPARTURE_LONE || c->step.n == LEARNT));
}

/* Often until a case is known, then now and then. */
static bool
due(const struct departure *d, enum departure_case what, uint64_t mono)
{
	const struct departure_cost	*c = &d->cost[what];

	if (c->asked_at == 0)
		return (true);
	if (!learnt(c, what) && c->asked < UNANSWERED)
		return (mono - c->asked_at >= LEARN_EVERY);
	return ((d->skipped >= SAMPLE_ONE_IN &&
	    mono - c->asked_at >= SAMPLE_EVERY) ||
	    mono - c->asked_at >= SAMPLE_SPARSE);
}

/* By turns the first, and another. */
static unsigned int
position(struct departure_cost *c, unsigned int n)
{
	uint32_t	 turn = c->turn++;

	if (n < 2 || turn % 2 == 0)
		return (0);
	return (1 + turn / 2 * STRIDE % (n - 1));
}

/*
 * To be stamped delays a packet, for the kernel copies it first: by about an
 * eighth of its way on the machines where that was measured.
 */
void
departure_begin(struct departure *d, struct departure_call *call,
    enum departure_case what, unsigned int n, ntp_ts now, uint64_t mono)
{
	struct departure_cost	*c = &d->cost[what];

	call->what = what;
	call->began = now;
	call->first = now + (ntp_ts)(c->first.value -
	    c->first.value / STAMPING);
	call->step = c->step.value;
	call->sample = n;
	if (due(d, what, mono)) {
		call->sample = position(c, n);
		c->asked_at = mono;
		if (c->asked < UNANSWERED)
			c->asked++;
		d->skipped = 0;
	} else if (d->skipped < SAMPLE_ONE_IN)
		d->skipped += n;
}

void
departure_sent(struct departure *d, const struct departure_call *call,
    unsigned int i, const uint8_t *buf, size_t len)
{
	struct departure_waiting	*w;

	w = &d->waiting[d->next++ % DEPARTURE_PENDING];
	w->transmit = ntp_get64(buf + NTP_OFF_TRANSMIT);
	w->receive = ntp_get64(buf + NTP_OFF_RECEIVE);
	w->began = call->began;
	w->len = len;
	w->what = (uint8_t)call->what;
	w->position = (uint8_t)i;
}

static struct departure_waiting *
find(struct departure *d, const uint8_t *packet, size_t len)
{
	struct departure_waiting	*w;
	const uint8_t			*ntp;
	unsigned int			 i;

	for (i = 0; i < DEPARTURE_PENDING; i++) {
		w = &d->waiting[i];
		if (w->len < NTP_HEADER_LEN || w->len > len)
			continue;
		ntp = packet + len - w->len;
		if (ntp_get64(ntp + NTP_OFF_TRANSMIT) == w->transmit &&
		    ntp_get64(ntp + NTP_OFF_RECEIVE) == w->receive)
			return (w);
	}
	return (NULL);
}

bool
departure_stamped(struct departure *d, const uint8_t *packet, size_t len,
    ntp_ts stamp)
{
	struct departure_waiting	*w = find(d, packet, len);
	struct departure_cost		*c;
	ntp_ts				 took;

	if (w == NULL)
		return (false);
	w->len = 0;
	/* The clock was stepped, or somebody else had the processor. */
	took = stamp - w->began;
	if (took > PLAUSIBLE)
		return (false);
	c = &d->cost[w->what];
	c->asked = 0;
	if (w->position == 0)
		learn(&c->first, (int64_t)took, DEPARTURE_FIRST_MAX);
	else
		learn(&c->step, ((int64_t)took - c->first.value) /
		    w->position, DEPARTURE_STEP_MAX);
	return (true);
}

void
departure_took(struct departure *d, const struct departure_call *call,
    unsigned int n, ntp_ts now)
{
	ntp_ts	 took = now - call->began;

	if (n > 0 && took <= PLAUSIBLE && !departure_known(d, call->what))
		learn(&d->cost[call->what].step, (int64_t)(took / n),
		    DEPARTURE_STEP_MAX);
}

bool
departure_known(const struct departure *d, enum departure_case what)
{
	return (d->cost[what].first.n > 0);
}
