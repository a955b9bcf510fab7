/* SPDX-License-Identifier: ISC */
/*
 * What the daemon said in answer to one request: what ntpsctl and the web
 * child ask control for, message by message, until it is shown (show.h).
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "mac.h"
#include "msg.h"

/* All that the daemon said in answer to one request. */
struct answers {
	uint64_t		 now;		/* when, ns since 1970 */
	const char		*word;		/* first argument, or NULL */
	/* the name of a uid, or NULL; NULL: no names are known */
	const char		*(*user)(uint32_t);
	bool			 have_status, have_stats;
	bool			 have_key[CONF_NKEYS];
	struct msg_status	 status;
	struct msg_stats	 stats;
	struct hist		 times[TIMES_KINDS];
	struct msg_stats	 workers[MSG_SLOTS_MAX];
	unsigned int		 nworkers;
	struct msg_socket	 sockets[MSG_SOCKETS_MAX];
	unsigned int		 nsockets;
	struct msg_process	 processes[MSG_SLOTS_MAX];
	unsigned int		 nprocesses;
	struct conf		 conf;
	struct msg_hits		 hits;		/* of all engines */
	struct msg_denial	 denied[DENIALS_MAX];
	unsigned int		 ndenied;
	struct key_use {
		uint32_t	 id, type;
		uint64_t	 good, bad, last;
	}			 keys[MAC_KEYS_MAX];	/* of all engines */
	unsigned int		 nkeys;
	struct msg_clients_req	 list;		/* as it was asked */
	struct client_row	*clients;	/* of all engines */
	size_t			 nclients;
	uint32_t		 engines;	/* that there are to ask */
	struct event_request	 requests[MONITOR_LAST_MAX];
	struct event_happened	 happened[MONITOR_LAST_MAX];
	unsigned int		 nrequests, nhappened;
	struct msg_history_req	 history;	/* as it was asked */
	struct history_row	*rows;
	size_t			 nrows;
	struct msg_result	 result;
};

/*
 * answers_init: nothing was said yet.
 * answers_free: what was allocated meanwhile; not the struct.
 * answers_keep: takes one message in; false for one too many or unfit.
 * answers_complete: whether all came that is relied on where the answer to
 *	a request, and to what it asks if it is MSG_SHOW, is shown.
 */
void	answers_init(struct answers *);
void	answers_free(struct answers *);
bool	answers_keep(struct answers *, uint32_t, const union msg_payload *);
bool	answers_complete(const struct answers *, uint32_t, uint32_t);

#endif /* ANSWERS_H */
