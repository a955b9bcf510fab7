/* SPDX-License-Identifier: ISC */
/*
 * The control child: ntpsctl's peer.  control.c knows the parent and the
 * engines and keeps what they tell; control_client.c serves the clients.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <sys/queue.h>

#include <event2/event.h>

#include "child.h"
#include "conf.h"
#include "history_file.h"

#define CONTROL_ENGINES		MSG_SLOTS_MAX
#define CONTROL_DEADLINE	5	/* seconds for a client to go on */
#define CONTROL_LIST_MS		1000	/* until a client is told to wait */
#define CONTROL_LIST_WAITS	30	/* so often, before it is given up */
#define CONTROL_GATHER_MS	500	/* for the engines to answer */
#define CONTROL_ASK_MS		10	/* between two questions to them */
#define CONTROL_RING		MONITOR_LAST_MAX /* events kept, of a kind */

struct control;

struct control_engine {
	struct control	*control;
	struct imsgev	 iev;
	bool		 known;		/* it has told its counters */
	struct msg_stats stats;		/* the last it told */
	struct hist	 times[TIMES_KINDS];	/* that go with them */
	struct hist	 coming[TIMES_KINDS];	/* ahead of their counters */
};

enum client_state {
	CLIENT_NEW, CLIENT_IDLE, CLIENT_GATHER, CLIENT_ACTION,
	CLIENT_QUEUED, CLIENT_LIST,	/* for and in control.lister's place */
	CLIENT_MONITOR			/* is told of events, has no deadline */
};

struct control_client {
	TAILQ_ENTRY(control_client) entry;
	struct control	*control;
	struct imsgev	 iev;
	struct event	*timer;
	uint32_t	 id;
	uid_t		 uid;
	bool		 may_change;
	bool		 web;		/* the web child, */
	uint32_t	 web_index;	/* and enum web_peer */
	enum client_state state;
	enum show	 what;		/* of CLIENT_GATHER */
	uint32_t	 question;	/* whose answers serve this one */
	uint32_t	 waiting;	/* engines, a bit each */
	uint32_t	 answered;
	struct msg_clients_req list;	/* of CLIENT_QUEUED, _LIST */
	unsigned int	 waits;		/* of CLIENT_LIST */
	uint32_t	 monitor;	/* of CLIENT_MONITOR: MONITOR_ bits */
	uint64_t	 left_out, missed;	/* and not yet told */
};
TAILQ_HEAD(control_clients, control_client);

/* Whom the engines tell of requests; the first one is the log. */
struct control_watch {
	struct msg_watch	 m;		/* serial 0: nobody */
	uint64_t		 before;	/* the serial before this one */
	uint32_t		 client;	/* its id */
	uint32_t		 ready;		/* engines: a bit each */
	bool			 told;		/* that all of them do */
};

/* The last requests, and the last that happened: neither ousts the other. */
struct control_events {
	struct event_request	 request[CONTROL_RING];
	struct event_happened	 happened[CONTROL_RING];
	uint64_t		 nrequests, nhappened;	/* ever */
	bool			 clock_known, synchronised;
	uint32_t		 leap;
	uint64_t		 missed;	/* by those who read slowly */
	bool			 rule_hit[POLICY_RULES_MAX];
	struct limit		 limited;	/* of "newly limited" */
	uint64_t		 limited_full, limited_more;
};

/* The log of requests. */
struct control_log {
	struct limit		 limit;		/* lines */
	uint64_t		 full;
	uint64_t		 left_out;	/* not yet said */
	uint64_t		 said;		/* when, monotonic ns */
};

/* See control_history.c. */
struct control_history {
	struct history	 rows;
	struct event	*timer;
	uint64_t	 began;		/* wall clock, ns */
	bool		 asking;
	uint64_t	 wall, mono;	/* ns, when it was asked */
	uint32_t	 question, waiting, answered;
	bool		 keeping;	/* the parent has not answered yet */
	bool		 written;	/* the file, as a whole, by us */
	bool		 missed;	/* something that it does not have */
	unsigned int	 pause, wait;	/* minutes after a failure */
	uint8_t		 buf[HISTORY_FILE_MAX];
};

struct control {
	struct child		 child;
	struct conf		 conf;
	struct conf		 staged;
	uint64_t		 generation;	/* of staged; 0: none */
	struct msg_status	 status;
	struct msg_process	 process[MSG_SLOTS_MAX];
	struct msg_socket	 socket[MSG_SOCKETS_MAX];
	struct control_engine	 engine[CONTROL_ENGINES];
	struct msg_denial	 denial[DENIALS_MAX];
	uint32_t		 question;	/* the last one put */
	struct msg_ask		 ask, next_ask;	/* what it was, will be */
	bool			 asked;		/* one waits for the next */
	struct event		*ev_ask;	/* time for it */
	int			 listener;
	struct event		*ev_accept, *ev_resume;
	unsigned int		 accepted;	/* since the last pause */
	struct control_clients	 clients;
	uint32_t		 nclients, last_id;
	uint32_t		 lister;	/* whose list it is */
	struct control_watch	 watch[EVENT_SLOTS];
	struct control_events	 events;
	struct control_log	 log;
	struct event		*ev_second;
	struct control_history	 history;
};

/* control.c */
uint32_t	control_ask(struct control *, uint32_t, uint32_t *);
void		control_sum(const struct control *, uint32_t,
		    struct msg_stats *);

/* control_accept.c */
void	control_listen(struct control *, int);
void	control_web(struct control *, int, uint32_t);

/* control_client.c */
void	control_client_relay(struct control *, uint32_t, unsigned int,
	    enum msg_type, const void *);
void	control_client_stats(struct control *, uint32_t, unsigned int);
void	control_client_result(struct control *, uint32_t,
	    const struct msg_result *);

/*
 * For the other files of control: client_send and client_result give -1 when
 * the client is gone and must not be touched any more.
 */
struct control_client	*client_make(struct control *, int, uid_t);
void	client_free(struct control_client *);
int	client_send(struct control_client *, enum msg_type, const void *);
int	client_result(struct control_client *, enum result_code,
	    const char *);
void	client_deadline(struct control_client *, int);

/* control_list.c */
void	control_list(struct control_client *, const struct msg_clients_req *);
void	control_list_next(struct control *);
void	control_list_rows(struct control *, uint32_t, enum msg_type,
	    const union msg_payload *);
void	control_list_late(struct control_client *);
void	control_list_lost(struct control *, unsigned int);

/* control_event.c */
void	control_event_init(struct control *);
void	control_event_config(struct control *, const struct conf *);
void	control_event_keep(struct control *, const struct event_request *);
void	control_event_happened(struct control *,
	    const struct event_happened *);
void	control_event_notes(struct control *, const struct msg_notes *);
void	control_event_last(struct control_client *, const struct msg_monitor *);

/* control_watch.c */
void	control_watch_begin(struct control_client *,
	    const struct msg_monitor *);
void	control_watch_end(struct control_client *);
void	control_watch_set(struct control *, unsigned int,
	    const struct event_filter *, uint32_t);
void	control_watch_peer(struct control *, unsigned int);
void	control_watch_events(struct control *, unsigned int,
	    const struct msg_events *);
void	control_watch_happened(struct control *, const struct event_happened *);

/* control_log.c */
void	control_log_config(struct control *);
void	control_log_events(struct control *, const struct msg_events *);
void	control_log_left_out(struct control *, bool);

/* control_history.c */
void	control_history_start(struct control *);
void	control_history_file(struct control *, int);
void	control_history_kept(struct control *,
	    const struct msg_history_keep *);
void	control_history_stats(struct control *, uint32_t, unsigned int);
void	control_history_leave(struct control *);
void	control_history(struct control_client *,
	    const struct msg_history_req *);

#endif /* CONTROL_H */
