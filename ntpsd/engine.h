/* SPDX-License-Identifier: ISC */
/*
 * The engine: answers NTP.  engine.c talks to the parent and to control,
 * engine_conf.c keeps the configuration; engine_io.c is the packet path, with
 * engine_policy.c and engine_limit.c on it; engine_clock.c is what happens once
 * a second; engine_replay.c takes over a batch of a predecessor that died.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <sys/socket.h>

#include <netinet/in.h>

#include <event2/event.h>

#include "child.h"
#include "clients.h"
#include "clients_scan.h"
#include "clock.h"
#include "conf.h"
#include "departure.h"
#include "engine_overload.h"
#include "gather.h"
#include "interleave.h"
#include "limit.h"
#include "mac.h"
#include "ntp_reply.h"
#include "os.h"
#include "page.h"
#include "unique.h"

#define ENGINE_BATCH	PAGE_BATCH	/* requests read in one call */
#define ENGINE_CHUNK	4	/* replies sent with one clock reading */
#define ENGINE_KOD_BURST 8	/* kisses that may be saved up */
#define ENGINE_MINUTE	UINT64_C(60000000000)	/* ns */
#define ENGINE_RELAYS	16	/* control messages on their way, */
#define ENGINE_RELAYS_ONE 4	/* and of those, of one source */
#define ENGINE_ROUNDS	16	/* batches before other events get a turn */
#define ENGINE_SOCKETS	(2 * PAGE_SOCKETS)	/* a reload: old and new */

/* A reply with the longest MAC, and some to begin on a cache line. */
#define ENGINE_REPLY	128
_Static_assert(ENGINE_REPLY >= NTP_HEADER_LEN + MAC_LEN_MAX, "a reply fits");

struct engine;

struct engine_socket {
	struct engine	*engine;
	struct event	*ev;
	int		 fd;		/* -1: this slot is free */
	uint32_t	 id;
	uint32_t	 dropped;	/* packets, which are not our doing */
	struct addr	 addr;
	bool		 v6;
	bool		 staged;	/* of a change not committed */
	bool		 keep;		/* named by the change under way */
	unsigned int	 due;		/* looks for some on their way */
};

/* What the config child built for us, mapped. */
struct engine_blob {
	const void	*mem;		/* NULL: none */
	size_t		 len;
};

/* What became of a message that is not answered; all 0 for one that is. */
struct engine_fate {
	uint8_t			 verdict;	/* enum event_verdict */
	uint8_t			 pad;
	uint16_t		 rule;		/* 1 + the one that decided */
};

/*
 * One batch: where its messages lie in the page, what was learnt of each
 * request, and the buffers of the replies.
 */
struct engine_batch {
	struct mmsghdr		*msg;	/* of the page, as the four below */
	struct mmsghdr		*send;
	const struct sockaddr_in6 *from;
	const uint8_t		(*packet)[PAGE_STRIDE];
	const uint8_t		*reply;	/* its message */
	struct msghdr		*head;	/* of what the one at hand gets */
	unsigned int		 used;	/* to be made ready again */
	struct timespec		 now;	/* when it was read, */
	uint64_t		 mono;	/* and on the monotonic clock, ns */
	uint64_t		 minute;	/* of mono, for unique.h */
	struct engine_fate	 fate[ENGINE_BATCH];
	ntp_ts			 read;	/* now, in other words */
	ntp_ts			 came[ENGINE_BATCH];	/* each request */
	struct client		*client[ENGINE_BATCH];
	struct interleave	 interleave[ENGINE_BATCH];
	const struct mac_key	*key_of[ENGINE_BATCH];	/* if it has a MAC */
	struct iovec		 iov[ENGINE_BATCH];	/* of answers */
	struct ntp_request	 request[ENGINE_BATCH];
	struct client_key	 key[ENGINE_BATCH];
	uint8_t			 control[ENGINE_BATCH][OS_CONTROL_LEN]
				    __attribute__((__aligned__(16)));
	uint8_t			 answer[ENGINE_BATCH][ENGINE_REPLY]
				    __attribute__((__aligned__(64)));
};

/* A control message that the query child has, and where its answer goes. */
struct engine_relay {
	uint64_t		 until;		/* monotonic ns; past: free */
	uint32_t		 token;
	unsigned int		 left;		/* parts that may come */
	uint32_t		 socket;	/* id of the listener */
	struct sockaddr_in6	 to;
	socklen_t		 to_len;
	size_t			 control_len;
	uint8_t			 control[OS_CONTROL_LEN]
				    __attribute__((__aligned__(16)));
};

/* A list of sources that somebody asked for. */
struct engine_scan {
	struct engine		*engine;
	struct imsgev		*iev;		/* who asked */
	uint32_t		 id;		/* his question's */
	struct event		*step;
	struct clients_pick	 pick;
	struct client_row	 row[CLIENTS_ROWS_MAX];
};

struct engine {
	struct child		 child;
	struct imsgev		 control, query;
	struct event		*tick;
	struct conf		 conf;
	struct conf		 staged;	/* the change under way */
	struct engine_blob	 blob[BLOB_KINDS];
	struct engine_blob	 staged_blob[BLOB_KINDS];
	uint64_t		 generation;	/* of staged; 0: none */
	uint32_t		 index;		/* which one it is */
	bool			 running;
	bool			 pinned;	/* to a processor */
	bool			 leap_told;	/* that the list expired */
	struct clock_state	 clock;
	struct state_page	*page;
	struct page_copy	 work;		/* becomes the page's */
	uint64_t		 random;	/* state of the generator */
	struct departure	 departure;	/* when replies leave */
	struct gather		 gather;
	struct clients		 clients;
	struct unique		 unique;
	void			*table;		/* memory of clients; or NULL */
	size_t			 table_len;	/* octets */
	size_t			 table_at;	/* of those, touched */
	bool			 table_filled;	/* all, or there is none */
	struct event		*fill;
	uint64_t		 ack;		/* generation; waits for that */
	struct engine_scan	 scan[2];	/* for control, for query */
	struct interleave_pending pending;
	struct limit		 stamps;	/* of transmit stamps in all */
	uint64_t		 stamps_full;
	struct engine_relay	 relay[ENGINE_RELAYS];
	uint32_t		 relays;	/* ever made: the last token */
	struct mac_keys		*keys;		/* NULL: none */
	bool			 policy_on;	/* there is any rule */
	struct limit		 rule_limit[POLICY_RULES_MAX];
	struct denials		 denials;
	uint64_t		 denial_serial[DENIALS_MAX];
	struct limit		 limit;
	struct limit		 kod;		/* of all kisses together */
	uint64_t		 kod_full;
	uint64_t		 leak;		/* a 32-bit draw below leaks */
	struct engine_overload	 overload;
	bool			 event_on;	/* somebody watches */
	bool			 noted;		/* the clock's state was told */
	struct event		*event_timer;
	uint64_t		 event_turned;	/* monotonic ns */
	struct msg_notes	 notes;		/* the next, or the last */
	bool			 rule_told[POLICY_RULES_MAX];
	char			 denial_reason[DENIALS_MAX][MSG_REASON_MAX];
	struct engine_socket	 sockets[ENGINE_SOCKETS];
	struct engine_batch	 batch;
};

/* engine.c */
void	engine_tell_query(struct engine *);

/*
 * engine_conf.c: between begin and end or abort come items (child_conf_item),
 * blobs and listeners, whose descriptors are taken over; commit makes them
 * count.  What cannot be worked with ends the process.
 * engine_socket_find: NULL where there is none.
 * engine_listen: reads requests from now on.
 */
void	engine_conf_begin(struct engine *, uint64_t);
void	engine_conf_end(struct engine *, uint64_t);
void	engine_conf_abort(struct engine *);
void	engine_conf_commit(struct engine *);
void	engine_blob(struct engine *, int, const struct msg_blob *);
void	engine_socket_add(struct engine *, int, const struct msg_listener *);
struct engine_socket *engine_socket_find(struct engine *, uint32_t);
void	engine_listen(struct engine *);

/* engine_mode6.c */
bool	engine_mode6(struct engine *, const struct engine_socket *,
	    unsigned int);
void	engine_mode6_reply(struct engine *, const struct msg_mode6 *);

static inline uint64_t
engine_batch_ns(const struct engine_batch *b)
{
	return ((uint64_t)b->now.tv_sec * 1000000000 +
	    (uint64_t)b->now.tv_nsec);
}

/* engine_auth.c */
void	engine_auth_config(struct engine *);
void	engine_auth_run(struct engine *);
bool	engine_auth_verify(struct engine *, unsigned int);
void	engine_auth_sign(struct engine *, unsigned int);
void	engine_auth_tell(struct engine *, uint32_t);

/* engine_policy.c */
void	engine_policy_init(struct engine *);
void	engine_policy_config(struct engine *);
void	engine_policy_run(struct engine *);
void	engine_policy_denial(struct engine *, const struct msg_denial *);
void	engine_policy_tell(struct engine *, uint32_t);
void	engine_policy_prefetch(struct engine *, bool, unsigned int);
bool	engine_policy(struct engine *, const struct engine_socket *,
	    unsigned int, const struct os_rx *, const struct limit **);

/* engine_limit.c */
void	engine_limit_config(struct engine *);
void	engine_limit_keys(struct engine *, bool, unsigned int);
bool	engine_limit_take(struct engine *, const struct engine_socket *,
	    unsigned int, const struct limit *);
bool	engine_kod(struct engine *, const struct engine_socket *,
	    unsigned int, const char *, const struct limit *);

/* engine_overload.c */
void	engine_overload_config(struct engine *);
void	engine_overload_run(struct engine *);
void	engine_overload_tick(struct engine *);
bool	engine_overload_filtered(struct engine *, const struct client_key *,
	    const struct limit *);
uint32_t engine_overload_drops(struct engine *, uint32_t);

/* A turn ended with more to read. */
static inline void
engine_overload_full(struct engine *e)
{
	e->overload.full++;
	e->overload.noting = e->conf.overload && !e->overload.lacking;
}

/* engine_table.c */
void	engine_table_take(struct engine *, int, const struct msg_page *);
void	engine_table_ack(struct engine *, uint64_t);
void	engine_table_run(struct engine *);
void	engine_table_config(struct engine *);
void	engine_table_leave(struct engine *);
void	engine_table_sweep(struct engine *);
void	engine_table_tell(struct engine *, struct msg_table *);
void	engine_scan(struct engine *, struct imsgev *, uint32_t,
	    const struct clients_query *);
void	engine_scan_end(struct engine *, const struct imsgev *);

/* engine_stamp.c */
void	engine_stamp_init(struct engine *);
void	engine_stamp_want(struct engine *, struct engine_socket *,
	    const struct departure_call *, unsigned int, unsigned int);
void	engine_stamp_read(struct engine *, struct engine_socket *);

/* engine_event.c */
void	engine_event_init(struct engine *);
void	engine_event_run(struct engine *);
void	engine_event_watch(struct engine *, const struct msg_watch *);
void	engine_event_batch(struct engine *, bool, unsigned int);
void	engine_event_flush(struct engine *);
void	engine_event_limited(struct engine *, unsigned int);
void	engine_event_notes(struct engine *);

/* Message i is not answered, because of that. */
static inline void
engine_fate(struct engine *e, unsigned int i, enum event_verdict verdict)
{
	e->batch.fate[i].verdict = (uint8_t)verdict;
}

/* engine_clock.c */
void	engine_clock_config(struct engine *);
void	engine_clock_now(struct engine *);
uint64_t engine_clock_look(struct engine *, struct timespec *);
void	engine_publish(struct engine *);
void	engine_count_drops(struct engine *);
void	engine_mirror(struct engine *, const struct msg_mirror *);

/* engine_io.c */
uint64_t engine_random(struct engine *);
void	engine_io_init(struct engine *);
bool	engine_judge(struct engine *, const struct engine_socket *,
	    unsigned int, unsigned int);
void	engine_reply(struct engine *, struct engine_socket *, unsigned int);
void	engine_settle(struct engine *, struct engine_socket *, unsigned int);
void	engine_gather_config(struct engine *);
void	engine_read(evutil_socket_t, short, void *);
void	engine_drain(struct engine *, struct engine_socket *);

/* engine_replay.c */
void	engine_replay(struct engine *, bool);

#endif /* ENGINE_H */
