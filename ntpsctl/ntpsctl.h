/* SPDX-License-Identifier: ISC */
/*
 * ntpsctl, in parts that meet here: the table of commands (cmd.c), one question
 * to the daemon (client.c) over a connection (session.h), the stream of events
 * (monitor.c), the live page (top.h) and the NTP client of `query' (query.c).
 * How arguments become a request and answers are shown is common/'s: request.h,
 * show.h.
 */
#ifndef NTPSCTL_H
#define NTPSCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "answers.h"
#include "msg.h"
#include "out.h"
#include "request.h"
#include "show.h"

#ifndef NTPSD_SOCKET
#define NTPSD_SOCKET	"/run/ntpsd/ntpsd.sock"
#endif
#ifndef NTPSD_VERSION
#define NTPSD_VERSION	"unknown"
#endif

struct ctl_options {
	enum out_form	 form;
	bool		 numeric;
	const char	*socket;
	double		 timeout;	/* seconds; 0: the default */
};

/* Prints answers; an exit code. */
typedef int	(*ctl_printer)(FILE *, enum out_form, const struct answers *);

struct command {
	const char	*words;		/* one or two, a blank between */
	uint32_t	 request;	/* what is sent, or MSG_NONE */
	uint32_t	 what;		/* enum show or enum action */
	uint32_t	 level;		/* of ACTION_LOG */
	ctl_printer	 print;
	/* from arguments to the request's payload: request.h */
	bool		(*fill)(int, char **, union msg_payload *, char *,
			    size_t);
	int		(*run)(const struct ctl_options *, int, char **);
	int		 min, max;	/* arguments */
	const char	*args;		/* as the usage shows them */
	const char	*help;
};

/*
 * cmd_find: the command that the first words of argv name, each abbreviated
 *	at will, and in *used how many words that took; NULL with err.
 * cmd_usage, cmd_help: what the table says.
 */
extern const struct command	commands[];

const struct command	*cmd_find(int, char **, int *, char *, size_t);
void			 cmd_usage(FILE *);
int			 cmd_help(const struct ctl_options *, int, char **);

/* client_ask: one request and its answers; an exit code, its reason said. */
int	client_ask(const struct ctl_options *, const struct command *, int,
	    char **, struct answers *);

/*
 * client_stream: one request, and what comes in answer without an end: each
 *	message goes to the function, and NULL when there was none for a second
 *	or when the end has come, by SIGINT or SIGTERM, or with the reader of
 *	standard output.  The function gives -1 to go on, or an exit code.
 */
typedef int	(*client_taker)(uint32_t, const union msg_payload *, void *);

int	client_stream(const struct ctl_options *, enum msg_type, const void *,
	    client_taker, void *);

int	completion_run(const struct ctl_options *, int, char **);
int	monitor_run(const struct ctl_options *, int, char **);
int	top_run(const struct ctl_options *, int, char **);
int	query_run(const struct ctl_options *, int, char **);

#endif /* NTPSCTL_H */
