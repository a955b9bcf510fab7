/* SPDX-License-Identifier: ISC */
/*
 * When a reply really leaves: a transmit timestamp is written before the call
 * that sends it, and with others in one call.  What lies in between is learnt
 * from some replies that the kernel is asked to stamp as they leave: a fixed
 * part, up to the first packet of a call, and a part for each packet before.
 * Pure; spans are 2^-32 s, except monotonic times, which are nanoseconds.
 *
 * For each call, in this order: departure_begin, for each reply departure_at,
 * and departure_sent if it is to be stamped; later departure_stamped.
 */
#ifndef DEPARTURE_H
#define DEPARTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ntp_time.h"

#define DEPARTURE_PENDING	16	/* replies waiting for their stamps */
#define DEPARTURE_FIRST_MAX	429497	/* 100 us: the most that is added */
#define DEPARTURE_STEP_MAX	214748	/* 50 us */

/* What a call is; each costs something else. */
enum departure_case {
	DEPARTURE_LONE,		/* one reply, for which we woke up */
	DEPARTURE_CHUNK,	/* a few, for which we woke up */
	DEPARTURE_NEXT,		/* a chunk that follows another */
	DEPARTURE_FULL,		/* a full batch */
	DEPARTURE_CASES
};

/* A mean that gives each sample no more weight than its sign, about. */
struct departure_mean {
	int64_t		 value;
	int64_t		 spread;	/* mean deviation */
	uint32_t	 n;		/* samples, at most DEPARTURE_LEARNT */
};

struct departure_cost {
	struct departure_mean first, step;
	uint64_t	 asked_at;	/* ns; 0: never */
	uint32_t	 asked;		/* since the last answer */
	uint32_t	 turn;		/* which position is asked for */
};

struct departure_waiting {
	ntp_ts		 transmit, receive;	/* as sent */
	ntp_ts		 began;
	size_t		 len;			/* 0: free */
	uint8_t		 what, position;
};

/* Zeroed before first use. */
struct departure {
	struct departure_cost cost[DEPARTURE_CASES];
	struct departure_waiting waiting[DEPARTURE_PENDING];
	uint32_t	 skipped;	/* replies since one was asked for */
	uint32_t	 next;		/* the oldest is overwritten */
};

/* One call. */
struct departure_call {
	enum departure_case what;
	ntp_ts		 began;		/* the clock, before the call */
	ntp_ts		 first;		/* as predicted */
	int64_t		 step;
	unsigned int	 sample;	/* the reply to stamp; n: none */
};

/*
 * departure_begin: a call of n replies at a reading of the clock, and on the
 *	monotonic one.
 * departure_sent: a reply of the call, whose position and octets are given, is
 *	to be stamped; as it is sent.
 * departure_stamped: what the kernel gives back, with whatever headers in
 *	front, and the time at which it left; whether that taught anything.
 * departure_took: for a system that stamps nothing: how long a call took in
 *	all, for so many replies.
 * departure_known: whether stamps have told what a case costs.
 */
void	departure_begin(struct departure *, struct departure_call *,
	    enum departure_case, unsigned int, ntp_ts, uint64_t);
void	departure_sent(struct departure *, const struct departure_call *,
	    unsigned int, const uint8_t *, size_t);
bool	departure_stamped(struct departure *, const uint8_t *, size_t, ntp_ts);
void	departure_took(struct departure *, const struct departure_call *,
	    unsigned int, ntp_ts);
bool	departure_known(const struct departure *, enum departure_case);

/* When reply i of a call will leave. */
static inline ntp_ts
departure_at(const struct departure_call *c, unsigned int i)
{
	return (c->first + (ntp_ts)(c->step * (int64_t)i));
}

#endif /* DEPARTURE_H */
