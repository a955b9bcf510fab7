/* SPDX-License-Identifier: ISC */
/*
 * One source: see client.h.
 *
 * To tell a client that retries from a flood, the intervals that follow an
 * answer and those that follow a refusal are averaged apart.  A flood does not
 * look at answers: both are the same.  A burst is as short after one as after
 * the other, but for the pause at its end, which may follow either and be ten
 * thousand times as long.  So both averages start as equals with the first
 * refusal, and are cautious: towards "grows" each moves by an eighth of an
 * octave at most, away from it by a quarter of the difference.  Where one in
 * four answers is followed by an interval that is no longer than those after
 * refusals, the averages never part by more than 1.5 octaves.
 *
 * answers and refusals count samples in a period of being refused: an answer
 * takes one off the refusals, a refusal adds two, so the period ends where
 * more than two thirds are answered again.  It begins with averages that know
 * nothing of what was before.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client.h"

#define COUNT_MAX	15		/* of a sample counter */
#define ENOUGH_ANSWERS	12		/* 0.75^12: the past is forgotten */
#define ENOUGH_REFUSALS	8

#define MEAN_SHIFT	3		/* an average over some 8 requests */
#define TOWARDS_SHIFT	3
#define AWAY_SHIFT	2

/*
 * Four times as fast.  The intervals of many who know nothing of one another
 * scatter by nearly two octaves (1.85 is the standard deviation of the
 * logarithm where they come at random), and a client that tries twice when no
 * answer comes is no reason to lift a limit.  Once a source is known to grow,
 * twice as fast is enough to stay so.
 */
#define GROWS_AT	(2 * CLIENT_OCTAVE)
#define GROWS_ON	CLIENT_OCTAVE

/* After so many requests a lifted limit has to be earned anew. */
#define LIFT_CHECK	65536

uint16_t
client_log(uint64_t x)
{
	unsigned int	 msb;

	x++;
	msb = 63 - (unsigned int)__builtin_clzll(x);
	/* Below the leading bit lie the ten that interpolate. */
	return ((uint16_t)(msb << 10 | (x << (63 - msb) >> 53 & 0x3ff)));
}

uint64_t
client_exp(uint16_t l)
{
	uint64_t	 mantissa = 0x400 | (l & 0x3ff);
	unsigned int	 e = l >> 10;

	/* 2^63 at most, though no sum of 48 bits gets there */
	return ((e >= 10 ? mantissa << (e - 10) : mantissa >> (10 - e)) - 1);
}

uint64_t
client_interval(const struct client *c)
{
	uint64_t	 units = client_exp(c->interval);

	if (c->requests < 2)
		return (0);
	return (units > UINT64_MAX >> CLIENT_UNIT ? UINT64_MAX :
	    units << CLIENT_UNIT);
}

/* An average that is slow upwards; the other one is it upside down. */
static uint16_t
slow_up(uint16_t average, uint16_t x)
{
	int	 d = (int)x - (int)average;

	if (d <= 0)
		return ((uint16_t)(average - (-d >> AWAY_SHIFT)));
	if (d > CLIENT_OCTAVE)
		d = CLIENT_OCTAVE;
	return ((uint16_t)(average + (d >> TOWARDS_SHIFT)));
}

static uint16_t
slow_down(uint16_t average, uint16_t x)
{
	return ((uint16_t)~slow_up((uint16_t)~average, (uint16_t)~x));
}

static void
sample(struct client *c, uint16_t x)
{
	if ((c->flags & CLIENT_UNANSWERED) == 0) {
		if (c->refusals == 0)
			return;
		c->after_answer = slow_up(c->after_answer, x);
		if (c->answers < COUNT_MAX)
			c->answers++;
		if (--c->refusals == 0)
			c->answers = 0;
		return;
	}
	if (c->refusals == 0)
		c->after_answer = c->after_refusal = x;
	else
		c->after_refusal = slow_down(c->after_refusal, x);
	c->refusals = c->refusals + 2 < COUNT_MAX ? c->refusals + 2 :
	    COUNT_MAX;
}

void
client_heard(struct client *c, uint64_t units, uint8_t *same)
{
	uint16_t	 x, y;

	if (units == 0) {
		/* It came with the one before: the next interval is theirs. */
		if (*same != UINT8_MAX)
			++*same;
	} else {
		x = client_log(units);
		if (*same != 0) {
			y = client_log(*same);
			x = x > y ? x - y : 0;
			*same = 0;
		}
		if (c->interval == 0)
			c->interval = x;
		else
			c->interval = (uint16_t)(c->interval +
			    (((int)x - (int)c->interval) >> MEAN_SHIFT));
		sample(c, x);
	}
	if (c->requests != UINT32_MAX)
		c->requests++;
}

bool
client_grows(const struct client *c)
{
	bool	 grows = (c->flags & CLIENT_GROWS) != 0;

	if (c->answers < ENOUGH_ANSWERS || c->refusals < ENOUGH_REFUSALS)
		return (grows);
	return ((int)c->after_answer - (int)c->after_refusal >
	    (grows ? GROWS_ON : GROWS_AT));
}

static void
start_anew(struct client *c)
{
	c->answers = 0;
	c->refusals = 0;
}

/*
 * What a source can gain by pretending is the larger bucket, and that only as
 * long as it fills it with little more than what is answered: one that had 15
 * answers from there and is still refused most of the time was not helped,
 * goes back to the limit of all, and starts from nothing.
 */
static void
review(struct client *c)
{
	if ((c->flags & CLIENT_LIFTED) != 0) {
		if (c->answers < COUNT_MAX)
			return;
		c->flags &= (uint8_t)~(CLIENT_LIFTED | CLIENT_GROWS);
		start_anew(c);
	} else if (client_grows(c)) {
		if (c->answers < ENOUGH_ANSWERS)
			return;		/* known to, but not seen to now */
		c->flags |= CLIENT_LIFTED | CLIENT_GROWS;
		start_anew(c);
	} else
		c->flags &= (uint8_t)~CLIENT_GROWS;
}

void
client_judged(struct client *c, bool within, bool answered)
{
	if (within && (c->flags & (CLIENT_LIMITED | CLIENT_LIFTED)) == 0)
		return;			/* nearly all of them */
	c->flags &= (uint8_t)~(CLIENT_LIMITED | CLIENT_UNANSWERED);
	if (!within)
		c->flags |= CLIENT_LIMITED;
	if (!answered) {
		c->flags |= CLIENT_UNANSWERED;
		if (c->drops != UINT32_MAX)
			c->drops++;
		review(c);
	}
	if ((c->flags & CLIENT_LIFTED) != 0 && c->requests % LIFT_CHECK == 0) {
		c->flags &= (uint8_t)~CLIENT_LIFTED;
		start_anew(c);
	}
}
