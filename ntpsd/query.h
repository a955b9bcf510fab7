/* SPDX-License-Identifier: ISC */
/*
 * The query child: asks the daemon that is mirrored what it says of the clock
 * and tells the engines (query_mirror.c), and answers ntpq, whose questions the
 * engines hand on (query_mode6.c).
 */
#ifndef QUERY_H
#define QUERY_H

#include <event2/event.h>

#include "child.h"
#include "conf.h"
#include "mirror.h"
#include "mode6.h"
#include "mode6_budget.h"

struct query;

#define QUERY_WAITING	8	/* questions that wait for a list */
#define QUERY_ROWS	(4 * CLIENTS_ROWS_MAX)

struct query_engine {
	struct query	*query;
	struct imsgev	 iev;
	bool		 known;		/* it has told its counters */
	struct msg_stats stats;
};

struct query_question {
	unsigned int	 engine;	/* that it came from */
	struct msg_mode6 m;
};

struct query {
	struct child		 child;
	struct conf		 conf;
	struct conf		 staged;
	uint64_t		 generation;	/* of staged; 0: none */
	struct query_engine	 engine[MSG_SLOTS_MAX];
	int			 fd, staged_fd;	/* to the daemon; -1: none */
	struct event		*ev_read;
	struct event		*ev_ask;	/* time for the next question */
	ntp_ts			 sent;		/* 0: no answer is awaited */
	struct msg_mirror	 mirror;	/* the last that it said */
	bool			 heard;		/* it answered the last one */
	bool			 silent;	/* ... not, and the log knows */
	enum mirror_verdict	 told;		/* what the log knows */
	struct timespec		 sent_at;
	struct mode6_peer	 seen;		/* delay, offset, samples */

	struct mode6_state	 mode6;
	struct mode6_budget	 budget;
	struct mode6_view	 view;
	struct mode6_peer	 peer;
	struct mode6_reply	 reply;
	uint64_t		 questions;
	char			 system[64], processor[32];
	struct mode6_row	 row[QUERY_ROWS];
	size_t			 nrows;
	uint64_t		 rows_at;	/* all had come; 0: never */
	ntp_ts			 rows_now;	/* what their ages are from */
	uint32_t		 rows_id;	/* of the question for them */
	uint32_t		 asked;		/* engines, a bit each */
	struct event		*ev_rows;	/* they come no more */
	struct query_question	 waiting[QUERY_WAITING];
	unsigned int		 nwaiting;
};

/* query_mirror.c */
void	query_mirror_config(struct query *);
void	query_mirror_tell(struct query *, struct query_engine *);
void	query_mirror_peer(const struct query *, struct mode6_peer *);

/* query_mode6.c */
void	query_mode6_init(struct query *);
void	query_mode6_config(struct query *);
void	query_mode6_question(struct query *, unsigned int,
	    const struct msg_mode6 *);
void	query_mode6_rows(struct query *, uint32_t, const struct msg_clients *);
void	query_mode6_rows_end(struct query *, uint32_t, unsigned int);

#endif /* QUERY_H */
