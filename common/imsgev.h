/* SPDX-License-Identifier: ISC */
/*
 * The transport: imsg over libevent, with the gate of msg.h before each
 * handler and a bound on what waits in either direction.
 */
#ifndef IMSGEV_H
#define IMSGEV_H

#include <stdbool.h>

#include "imsg.h"
#include "msg.h"

struct event;
struct event_base;
struct imsgev;

#define IMSGEV_QUEUE_MAX	1024	/* messages waiting to be written */
#define IMSGEV_TURN_MAX		64	/* messages handled before others run */

enum imsgev_end {
	IMSGEV_EOF,		/* the other side closed */
	IMSGEV_ERROR,		/* errno of a system call */
	IMSGEV_BAD		/* the gate or the framing refused a message */
};

/*
 * The handler gets a message that passed the gate; it takes the descriptor,
 * if one came, with imsg_get_fd.  `end` is called once, at the latest from
 * the same event turn; `why` is for the log.  Both may call imsgev_close or
 * free the structure that holds iev.
 */
typedef void	(*imsgev_handler)(struct imsgev *, struct imsg *,
		    const union msg_payload *, void *);
typedef void	(*imsgev_ender)(struct imsgev *, enum imsgev_end, const char *,
		    void *);

struct imsgev {
	struct imsgbuf		 ibuf;
	int			 fd;		/* owned; -1: closed */
	struct event		*ev_read, *ev_write;
	enum proc_id		 self, peer;
	imsgev_handler		 handler;
	imsgev_ender		 ender;
	void			*arg;
	uint32_t		 queue_max;
	bool			*gone;		/* set when closed in a turn */
	int			 write_error;	/* errno; end once read dry */
};

/*
 * imsgev_init: takes over fd (non-blocking), listens at once.  -1 with errno;
 *	fd is then still the caller's.
 * imsgev_send: queues a message; its length is the catalogue's, data NULL for
 *	one without payload (zeroes are sent).  msgfd is -1 or taken over,
 *	also on failure.  -1: ENOBUFS when the queue is full, ENOTCONN when
 *	closed.
 * imsgev_flush: writes what it can within milliseconds, for a last word
 *	before exit; 0 when all is out.
 * imsgev_close: closes fd, drops what waits; harmless twice.
 * imsgev_finish: the same, but what the peer has written before, up to
 *	IMSGEV_QUEUE_MAX messages, still goes to the handler; `end' is not
 *	called.  For a peer that is known to have gone.
 * imsgev_pause: stops (true) or resumes reading.
 */
int	imsgev_init(struct imsgev *, struct event_base *, int, enum proc_id,
	    enum proc_id, imsgev_handler, imsgev_ender, void *);
int	imsgev_send(struct imsgev *, enum msg_type, uint32_t, int,
	    const void *);
int	imsgev_flush(struct imsgev *, int);
void	imsgev_close(struct imsgev *);
void	imsgev_finish(struct imsgev *);
void	imsgev_pause(struct imsgev *, bool);

#endif /* IMSGEV_H */
