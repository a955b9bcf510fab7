/* SPDX-License-Identifier: ISC */
/*
 * Events: what became of single requests, for those who watch, and what
 * happened to the daemon.  An engine keeps the requests that somebody wants to
 * see in a bounded buffer, from which they go to control many at a time: each
 * watcher has a slot with a filter and a rate of his own.  What matches a
 * filter is shown or counted as left out, always.
 * Pure.  Times are ns since 1970, monotonic ones are named mono.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "limit.h"
#include "policy.h"
#include "prefix.h"

#define EVENT_SLOTS	9	/* watchers: the request log, and monitors */
#define EVENT_MAX	240	/* requests of one message */
#define EVENT_RATE_MAX	100000	/* of a slot, requests a second */
#define EVENT_STRLEN	256	/* of event_format, the NUL included */
#define EVENT_TEXT_MAX	176	/* of what happened, the NUL included */
#define EVENT_UNKNOWN	UINT32_MAX	/* took: that is not known */

/* What became of a request; the first one is 0, as most are. */
enum event_verdict {
	EVENT_ANSWERED,
	EVENT_MALFORMED, EVENT_VERSION, EVENT_MODE, EVENT_SOURCE,
	EVENT_DESTINATION, EVENT_AUTH, EVENT_RATELIMIT,
	EVENT_POLICY,		/* a rule of the configuration */
	EVENT_DENIED,		/* one of run time */
	EVENT_RELAYED,		/* mode 6, to the query child */
	EVENT_SEND_ERROR,
	EVENT_SKIPPED,		/* an engine died on it */
	EVENT_VERDICTS
};

enum event_kiss { EVENT_NO_KISS, EVENT_RATE, EVENT_DENY, EVENT_RSTR,
    EVENT_KISSES };

/* Travels in messages: no padding, zeroed before it is filled. */
struct event_request {
	uint64_t	 time;		/* when it came */
	struct addr	 source;
	uint32_t	 took;		/* ns until the answer left */
	uint16_t	 rule;		/* 1 + the one that decided; 0: none */
	uint16_t	 slots;		/* for whom: a bit each */
	uint8_t		 version, mode;
	uint8_t		 verdict;	/* enum event_verdict */
	uint8_t		 kiss;		/* enum event_kiss */
	char		 reason[POLICY_REASON_MAX];	/* the rule's */
	uint32_t	 pad;
};

struct event_filter {
	struct prefix	 from;		/* family 0: any */
	uint8_t		 versions;	/* bits 0 to 7; 0: any */
	uint8_t		 pad;
	uint32_t	 verdicts;	/* bits; 0: any */
};

struct event_slot {
	uint64_t	 serial;	/* of the watcher; 0: none */
	struct event_filter filter;
	struct limit	 limit;		/* what he is shown */
	uint64_t	 full;
	uint64_t	 rate;		/* requests a second */
	uint64_t	 matched;	/* since the last message, */
	uint64_t	 seen;		/* and of those at the last turn */
	uint64_t	 keep;		/* a 32-bit draw below is taken */
};

/* Lives in the state page: a successor goes on with it. */
struct event_buffer {
	uint32_t	 on;		/* slots with a watcher: bits */
	uint32_t	 n;
	uint64_t	 batch;		/* the last one looked at, and of it */
	uint32_t	 next;		/* the next message to look at */
	uint32_t	 pad;
	struct event_slot slot[EVENT_SLOTS];
	struct event_request event[EVENT_MAX];
};

enum event_kind {
	EVENT_NONE, EVENT_STARTED, EVENT_SERVICE_STARTED,
	EVENT_SERVICE_STOPPED, EVENT_RELOADED, EVENT_RELOAD_FAILED, EVENT_DIED,
	EVENT_RESTARTED, EVENT_UNSYNCHRONISED, EVENT_SYNCHRONISED,
	EVENT_RULE_HIT, EVENT_LIMITED, EVENT_LEAP,
	EVENT_MONITORING,	/* from now on, to a monitor alone */
	EVENT_KINDS
};

/* Something that happened, in words. */
struct event_happened {
	uint64_t	 time;
	uint32_t	 kind;		/* enum event_kind */
	uint32_t	 pad;
	char		 text[EVENT_TEXT_MAX];
};

/*
 * event_match: whether a request fits: family, address in network order,
 *	version and verdict.
 * event_watch: gives a slot a watcher, or with serial 0 none; one that stays
 *	the same keeps what was counted.
 * event_choose: counts a request, and says for which slots it is to be put
 *	down: a bit each.  mono, and 32 random bits.
 * event_put: puts it down; event->slots says for whom.
 * event_turn: every so many ns: what to keep in the next turn.
 * event_left_out: how many of a slot's are not in the buffer.
 * event_emptied: the buffer was passed on, and all that was counted.
 * event_buffer_ok: whether it makes sense; one from a broken process may not.
 */
bool	 event_match(const struct event_filter *, bool, const uint8_t *,
	    unsigned int, enum event_verdict);
void	 event_watch(struct event_buffer *, unsigned int, uint64_t,
	    const struct event_filter *, uint32_t);
uint16_t event_choose(struct event_buffer *, bool, const uint8_t *,
	    unsigned int, enum event_verdict, uint64_t, uint32_t);
void	 event_put(struct event_buffer *, const struct event_request *);
void	 event_turn(struct event_buffer *, uint64_t);
uint64_t event_left_out(const struct event_buffer *, unsigned int);
void	 event_emptied(struct event_buffer *);
bool	 event_buffer_ok(const struct event_buffer *);

/*
 * event_request_ok, event_filter_ok: whether one from elsewhere makes sense.
 * event_format: a request as a line for the log, "request from 192.0.2.7
 *	version=4", or with `all' there is to tell; printable ASCII alone,
 *	whatever the record holds.
 * event_verdict_name: "answered".  event_verdict_find: the verdicts of a word,
 *	one of the names or "dropped" for all refusals; 0 for none.
 * event_kiss_name: "RATE", or NULL for none.  event_kind_name: "reloaded".
 */
bool		 event_request_ok(const struct event_request *);
bool		 event_filter_ok(const struct event_filter *);
const char	*event_format(const struct event_request *, bool, char *,
		    size_t);
const char	*event_reason(const struct event_request *, char *, size_t);
const char	*event_verdict_name(unsigned int);
uint32_t	 event_verdict_find(const char *);
const char	*event_kiss_name(unsigned int);
const char	*event_kind_name(unsigned int);

#endif /* EVENT_H */
