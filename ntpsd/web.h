/* SPDX-License-Identifier: ISC */
/*
 * The web child: web.c knows the parent and control, web_accept.c and
 * web_conn.c the browsers, to whom evhttp(3) of libevent speaks HTTP;
 * web_request.c takes a request from it, web_route.c says what it asks for,
 * web_ask.c puts it to control as ntpsctl would, web_change.c hands on to the
 * parent what is to be changed, web_stream.c passes on what comes of itself,
 * and web_reply.c hands the answer to evhttp.  Whoever
 * connects is hostile: each connection has its place, its deadlines and a
 * bound on what waits for it.
 */
#ifndef WEB_H
#define WEB_H

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>

#include "answers.h"
#include "child.h"
#include "conf.h"
#include "http.h"
#include "out.h"
#include "request.h"

#define WEB_CONNS	192	/* connections in all, */
#define WEB_PEER_CONNS	64	/* and from one address (IPv6: a /64) */
#define WEB_STREAMS	48	/* of those, that wait for events */
#define WEB_FIRST_MS	5000	/* for a request to be there, once begun */
#define WEB_IDLE_MS	60000	/* between two requests */
#define WEB_REPLY_MS	60000	/* for an answer to be taken */
#define WEB_DRAIN_MS	1000	/* for the other side to close */
#define WEB_UNSENT_MAX	(64 * 1024)	/* of a stream */
#define WEB_QUESTIONS_MAX 32	/* that wait for control */
#define WEB_ANSWER_MS	5000	/* for control to answer one */
#define WEB_PAUSE_MS	100	/* between two lists of sources */
#define WEB_SHARE_MS	200	/* equal questions get one answer */
#define WEB_ANSWER_MAX	(4 * 1024 * 1024)	/* octets of one */
#define WEB_HELD_MAX	(12 * 1024 * 1024)	/* of all */
#define WEB_CHANGES	16	/* that wait for the parent */
#define WEB_CHANGE_MS	30000	/* for it to answer one */
#define WEB_RING	500	/* events kept for who comes back */

struct web;
struct web_conn;
struct web_asker;
struct web_route;

/* What control is asked: the parts of union msg_payload that may be. */
union web_request {
	struct msg_show		 show;
	struct msg_clients_req	 clients;
	struct msg_history_req	 history;
	struct msg_monitor	 monitor;
};

/* A question and, once it is there, its answer, for all who share it. */
struct web_answer {
	TAILQ_ENTRY(web_answer) entry;
	struct web	*web;
	unsigned int	 refs;
	const struct web_route *route;
	union web_request request;
	TAILQ_HEAD(, web_asker) askers;
	uint64_t	 at_ms;		/* asked, then answered */
	bool		 done, stale;
	int		 status;	/* of HTTP */
	const char	*why;		/* not 200: what to say */
	char		*body;
	size_t		 len;
};
TAILQ_HEAD(web_answers, web_answer);

/* Who waits for one; told once, or never after web_ask_forget. */
struct web_asker {
	TAILQ_ENTRY(web_asker) entry;
	struct web_answer *answer;	/* NULL: waits for none */
	void		(*tell)(struct web_asker *, struct web_answer *);
	void		*arg;
};

struct web_route {
	const char	*path;
	const char	*type;		/* of the content */
	uint32_t	 request;	/* MSG_SHOW … */
	uint32_t	 what;		/* enum show */
	const char	*word;		/* for the printer, or NULL */
	int		(*show)(FILE *, enum out_form, const struct answers *);
	bool		(*fill)(int, char **, union msg_payload *, char *,
			    size_t);
	const char	*keys;		/* " top by =prefix ", = without it */
	/* the rest is done by this one, if it is not NULL */
	void		(*handle)(struct web_conn *);
};

enum web_conn_state {
	CONN_NEW,		/* accepted, and not yet looked at */
	CONN_HEAD,		/* a request is awaited, or not yet whole */
	CONN_REFUSED,		/* evhttp has, in words of its own */
	CONN_ASKED,		/* control, or the parent, is to answer */
	CONN_REPLY,		/* is being written */
	CONN_STREAM,
	CONN_DRAIN,		/* all is said: until the other side closes */
	CONN_GONE		/* to be freed when no caller knows of it */
};

enum web_stream { STREAM_STATS, STREAM_EVENTS, STREAMS };

struct web_conn {
	TAILQ_ENTRY(web_conn) entry;	/* those that may go come first */
	struct web	*web;
	struct addr	 peer;		/* family 0: by a UNIX socket */
	enum web_conn_state state;
	enum web_stream	 stream;	/* of CONN_STREAM */
	bool		 last;		/* no other request follows */
	bool		 idle;		/* after a request, with no other yet */
	struct bufferevent *bev;	/* evhttp's, as is what follows; */
	struct evhttp_connection *http;	/* NULL once it has let go of it */
	struct evhttp_request *request;	/* in hand; NULL: none */
	struct evbuffer_cb_entry *watch[2];	/* of input and output */
	int		 fd;		/* of CONN_DRAIN, or -1 */
	struct event	*ev_drain, *ev_late;
	struct evbuffer	*out;		/* what evhttp does not have yet */
	struct web_asker asker;
	uint32_t	 change;	/* that it waits for; 0: none */
	struct msg_refused *refused;	/* of it, so far */
	unsigned int	 nrefused;
	struct http_request req;
	uint8_t		 body[HTTP_BODY_MAX];	/* req.length octets */
	size_t		 taken;		/* octets of it by evhttp, or drained */
	unsigned int	 pieces;	/* in which evhttp took them */
	int		 why_not;	/* status to refuse it with; 0: none */
};
TAILQ_HEAD(web_conns, web_conn);

/* A file of the page: made from web/ when it is built. */
struct web_file {
	const char		*path, *type;
	const unsigned char	*data;
	size_t			 len;
};
extern const struct web_file	web_files[];	/* the last has no path */

struct web_past {
	char		*text;		/* of the event, without its id */
	uint64_t	 id;
};

struct web_streams {
	struct event	*second;
	unsigned int	 n[STREAMS];	/* who listens */
	uint64_t	 epoch;		/* of ids: another after a restart */
	uint64_t	 last[STREAMS];	/* id */
	unsigned int	 quiet[STREAMS], unheard;	/* seconds */
	struct web_past	 past[WEB_RING];
	bool		 watching, asked;	/* what control was told */
	uint64_t	 left_out, missed;	/* not yet told */
	struct web_asker stats, status, processes;
	char		*before;	/* the last `processes' */
};

struct web {
	struct child		 child;
	struct conf		 conf;
	struct conf		 staged;
	uint64_t		 generation;	/* of staged; 0: none */
	int			 staged_fd;	/* -1: none */
	struct evhttp		*http;
	struct evconnlistener	*listener;	/* NULL: none */
	struct evhttp_bound_socket *bound;	/* the same, to evhttp */
	struct event		*ev_look, *ev_resume;
	struct web_conns	 conns;
	unsigned int		 nconns;
	unsigned int		 accepted;	/* since the last pause */
	struct imsgev		 channel[WEB_PEERS];	/* to control */
	struct event		*ev_alone;	/* control has gone for good */
	struct web_answers	 waiting, recent;
	unsigned int		 nwaiting;
	struct web_answer	*asked;		/* by the channel, now */
	bool			 given_up;	/* and nobody waits for it */
	struct event		*ev_answer, *ev_pause;
	struct answers		 answers;	/* what came so far */
	const char		*(*user)(uint32_t);	/* its name */
	size_t			 held;		/* octets of answers */
	struct web_streams	 streams;
	uint32_t		 last_change;
	unsigned int		 nchanges;	/* that are waited for */
};

/* web.c */
uint64_t	 web_now(void);

/* web_accept.c */
void		 web_accept_init(struct web *);
void		 web_listen(struct web *, int);

/* web_conn.c */
struct web_conn	*web_conn_new(struct web *);
void		 web_conn_made(struct web_conn *, struct evhttp_connection *);
void		 web_conn_begin(struct web_conn *);
void		 web_conn_request(struct evhttp_request *, void *);
void		 web_conn_end(struct web_conn *);
void		 web_conn_free(struct web_conn *);
void		 web_conn_reply(struct web_conn *, int);
void		 web_conn_send(struct web_conn *);
void		 web_conn_wait(struct web_conn *, int);
size_t		 web_conn_unsent(const struct web_conn *);
void		 web_conn_stream(struct web_conn *, enum web_stream);

/* web_request.c */
int		 web_request_take(struct web_conn *, const char **);

/* web_route.c */
void		 web_route(struct web_conn *);
const struct web_route *web_route_of(const char *);

/* web_reply.c: each ends a request */
void		 web_reply(struct web_conn *, int, const char *, const void *,
		    size_t);
void		 web_reply_answer(struct web_conn *, struct web_answer *);
void		 web_reply_stream(struct web_conn *);
void		 web_problem(struct web_conn *, int, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
void		 web_problem_parts(struct web_conn *, int, const char *,
		    const struct msg_refused *, unsigned int);
void		 web_not_allowed(struct web_conn *, const char *);

/* web_change.c */
bool		 web_change(struct web_conn *);
void		 web_change_forget(struct web_conn *);
void		 web_change_message(struct web *, uint32_t, uint32_t,
		    const union msg_payload *);

/* web_ask.c */
void		 web_ask_init(struct web *, const char *(*)(uint32_t));
void		 web_ask_peer(struct web *);
int		 web_ask(struct web *, const struct web_route *,
		    const union web_request *, struct web_asker *);
void		 web_ask_forget(struct web_asker *);
void		 web_ask_stale(struct web *);
void		 web_ask_message(struct web *, uint32_t,
		    const union msg_payload *);
void		 web_ask_release(struct web_answer *);

/* web_stream.c */
void		 web_stream_init(struct web *);
void		 web_stream_peer(struct web *);
void		 web_stream_join(struct web_conn *);
void		 web_stream_leave(struct web_conn *);
void		 web_stream_message(struct web *, uint32_t,
		    const union msg_payload *);

#endif /* WEB_H */
