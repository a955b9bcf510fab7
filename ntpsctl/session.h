/* SPDX-License-Identifier: ISC */
/*
 * A connection to the daemon: opened, greeted, then asked one question after
 * the other.  The daemon is not trusted to be sane: each message passes the
 * gate, rows are bounded, and every wait has an end.  Times are ms.
 */
#ifndef SESSION_H
#define SESSION_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answers.h"
#include "imsg.h"
#include "ntpsctl.h"

#define GOING_ON	(-1)	/* not yet an exit code */

/*
 * How a session waits: as poll(2) does, for one descriptor.  SESSION_ENOUGH:
 * nobody wants the answer any more, so it is given up without a word.
 */
typedef int	(*session_poll)(struct pollfd *, int, void *);
#define SESSION_ENOUGH	(-2)

/* path, timeout and what follows are the caller's, the rest session.c's. */
struct session {
	const char	*path;
	double		 timeout;	/* seconds; 0: the default */
	session_poll	 wait;		/* NULL: poll(2) */
	void		*wait_arg;
	char		*why;		/* what is wrong; NULL: is printed */
	size_t		 why_size;

	int		 fd;
	struct imsgbuf	 ibuf;
	int64_t		 silence;
	int64_t		 started, heard, end;
	bool		 waited;	/* the daemon said WAIT */
	bool		 deaf;		/* it does not read any more */
};

/*
 * All but session_init and session_close give GOING_ON, or an exit code when
 * it came to an end, whose reason has been said.
 *
 * session_init: for a daemon, by the options.
 * session_open: connects and greets.
 * session_close: also one that was not opened.
 * session_patience: time for an answer begins anew.
 * session_send: a message, of its type's size.
 * session_ask: a question of a type, with its payload, and all of its answers,
 *	also those of other engines and of the pages that follow.
 * session_judge: what a result says; CTL_OK if it is good.
 * session_pass: a message that came, past the gate.
 * session_say: complains.
 */
void	session_init(struct session *, const struct ctl_options *);
int	session_open(struct session *);
void	session_close(struct session *);
void	session_patience(struct session *);
int	session_send(struct session *, enum msg_type, const void *);
int	session_ask(struct session *, enum msg_type, const union msg_payload *,
	    struct answers *);
int	session_judge(struct session *, const struct msg_result *);
int	session_pass(struct session *, struct imsg *, uint32_t *,
	    union msg_payload *);
void	session_say(struct session *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

#endif /* SESSION_H */
