/* SPDX-License-Identifier: ISC */
/*
 * ntpsctl, in parts that meet here: the table of commands (cmd.c), the
 * requests that have arguments (request.c), the conversation with the daemon
 * (client.c), the printers (show.c, check.c; they know nothing of sockets) and
 * the NTP client of `query' (query.c).
 */
#ifndef NTPSCTL_H
#define NTPSCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf.h"
#include "mac.h"
#include "metrics.h"
#include "msg.h"
#include "out.h"

#ifndef NTPSD_SOCKET
#define NTPSD_SOCKET	"/run/ntpsd/ntpsd.sock"
#endif
#ifndef NTPSD_VERSION
#define NTPSD_VERSION	"unknown"
#endif

/* Exit codes */
#define CTL_OK		0
#define CTL_FAILED	1	/* refused, or tried in vain */
#define CTL_USAGE	2
#define CTL_NO_DAEMON	3
#define CTL_NO_TIME	4	/* check: stopped or not synchronised */


struct ctl_options {
	enum out_form	 form;
	bool		 numeric;
	const char	*socket;
	double		 timeout;	/* seconds; 0: the default */
};

#define CLIENTS_DEFAULT	20	/* rows of `show clients' */

/* All that the daemon said in answer to one request. */
struct answers {
	uint64_t		 now;		/* when, ns since 1970 */
	const char		*word;		/* first argument, or NULL */
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

/* Prints answers; an exit code. */
typedef int	(*ctl_printer)(FILE *, enum out_form, const struct answers *);

struct command {
	const char	*words;		/* one or two, a blank between */
	uint32_t	 request;	/* what is sent, or MSG_NONE */
	uint32_t	 what;		/* enum show or enum action */
	uint32_t	 level;		/* of ACTION_LOG */
	ctl_printer	 print;
	/* from arguments to the request's payload; an exit code, reason said */
	int		(*fill)(int, char **, union msg_payload *);
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

int	request_stats(int, char **, union msg_payload *);
int	request_metrics(int, char **, union msg_payload *);
int	request_set(int, char **, union msg_payload *);
int	request_unset(int, char **, union msg_payload *);
int	request_clients(int, char **, union msg_payload *);
int	request_history(int, char **, union msg_payload *);
int	request_deny(int, char **, union msg_payload *);
int	request_allow(int, char **, union msg_payload *);
int	request_forget(int, char **, union msg_payload *);
int	request_events(int, char **, union msg_payload *);
int	request_monitor(int, char **, struct msg_monitor *);

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

/*
 * answers_keep: takes one message in; false for one too many or unfit.
 * answers_complete: whether all came that the command's printer relies on.
 */
bool	answers_keep(struct answers *, uint32_t, const union msg_payload *);
bool	answers_complete(const struct answers *, const struct command *);

int	show_status(FILE *, enum out_form, const struct answers *);
int	show_stats(FILE *, enum out_form, const struct answers *);
int	show_processes(FILE *, enum out_form, const struct answers *);
int	show_config(FILE *, enum out_form, const struct answers *);
int	show_policy(FILE *, enum out_form, const struct answers *);
int	show_clients(FILE *, enum out_form, const struct answers *);
int	show_history(FILE *, enum out_form, const struct answers *);
int	show_keys(FILE *, enum out_form, const struct answers *);
int	show_check(FILE *, enum out_form, const struct answers *);
int	show_result(FILE *, enum out_form, const struct answers *);
int	show_metrics(FILE *, enum out_form, const struct answers *);

/*
 * view_of: the answers as the table of metrics takes its values from.
 * show_metric: a value of it by its name, which has to be there.
 * show_clock: the clock's values, as a part of another show.
 */
void	view_of(struct metrics_view *, const struct answers *);
void	show_metric(struct out *, const struct metrics_view *, const char *);
void	show_clock(struct out *, const struct answers *);

/*
 * text_service: "running".
 * text_leap: a leap indicator in words.
 * text_refid: a refid as its stratum says it is to be read.
 */
const char	*text_service(uint32_t);
const char	*text_leap(uint32_t);
const char	*text_refid(const uint8_t *, uint32_t, char *, size_t);

/*
 * event_show_request, event_show_happened: an event as a line, or as an object
 *	of its own; event_show_time is what both begin with.
 */
void	event_show_request(FILE *, enum out_form, const struct event_request *);
void	event_show_happened(FILE *, enum out_form,
	    const struct event_happened *);
int	show_events(FILE *, enum out_form, const struct answers *);

int	monitor_run(const struct ctl_options *, int, char **);
int	query_run(const struct ctl_options *, int, char **);

#endif /* NTPSCTL_H */
