/* SPDX-License-Identifier: ISC */
/*
 * The skeleton that every child starts from: arguments, privileges, the
 * channel to the parent, log lines to it, its pings answered.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include <stdbool.h>

#include "imsgev.h"
#include "priv.h"
#include "sandbox.h"

#define PARENT_FILENO	3	/* the channel to the parent, from birth */

/* A listener takes so many connections before a pause: a flood costs little. */
#define CHILD_ACCEPT_TURN	8
#define CHILD_ACCEPT_PAUSE_US	20000

struct child_args {
	enum proc_id	 id;
	struct priv	 priv;
	enum sandbox_mode sandbox;
};

struct child {
	const struct child_args	*args;
	struct event_base	*base;
	struct imsgev		 parent;
	uint32_t		 missing;	/* LAYER_ bits */
	imsgev_handler		 handler;	/* for what is not common */
	void			*arg;
};

/*
 * child_args_parse: from the words that the parent's spawn wrote; -1 if they
 *	are not that.
 * child_args_format: the same words, for execve; static, not to be freed.
 * child_start: drops privileges, says HELLO to the parent.  Ends the process
 *	on failure.  SHUTDOWN and everything not common goes to the handler.
 * child_run: the event loop; returns when child_leave was called.
 * child_conf_item: takes an item into the configuration of a generation that
 *	is under way (0: none); ends the process if it is not one.
 * child_mono: CLOCK_MONOTONIC, nanoseconds.
 * child_leave: ends the loop after what was queued for the parent is written.
 */
int	 child_args_parse(struct child_args *, int, char **);
char	**child_args_format(const struct child_args *);
void	 child_start(struct child *, const struct child_args *,
	    imsgev_handler, void *);
void	 child_run(struct child *);
void	 child_leave(struct child *);
void	 child_conf_item(struct conf *, uint64_t, const struct conf_item *);
uint64_t child_mono(void);

void	 engine_main(const struct child_args *) __attribute__((__noreturn__));
void	 control_main(const struct child_args *) __attribute__((__noreturn__));
void	 config_main(const struct child_args *) __attribute__((__noreturn__));
void	 query_main(const struct child_args *) __attribute__((__noreturn__));
void	 web_main(const struct child_args *) __attribute__((__noreturn__));

#endif /* CHILD_H */
