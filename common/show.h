/* SPDX-License-Identifier: ISC */
/*
 * What is shown of the daemon's answers, through out.h, so that text and JSON
 * come from one description: ntpsctl's output, and the web child's.  No
 * sockets and no clock: the answers hold the time they were collected at.
 */
#ifndef SHOW_H
#define SHOW_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "answers.h"
#include "event.h"
#include "metrics.h"
#include "out.h"

/* Exit codes of ntpsctl; a printer has OK, FAILED and NO_TIME. */
#define CTL_OK		0
#define CTL_FAILED	1	/* refused, or tried in vain */
#define CTL_USAGE	2
#define CTL_NO_DAEMON	3
#define CTL_NO_TIME	4	/* check: stopped or not synchronised */

/* Each prints answers; an exit code. */
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
int	show_outcome(FILE *, enum out_form, const struct msg_result *);

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
 * text_process: a process's name, "engine 0"; text_state: its state.
 * text_client: the flags of a source in words; NULL if none is set.
 */
const char	*text_service(uint32_t);
const char	*text_leap(uint32_t);
const char	*text_refid(const uint8_t *, uint32_t, char *, size_t);
const char	*text_process(const struct msg_process *, char *, size_t);
const char	*text_state(uint32_t);
const char	*text_client(uint32_t, char *, size_t);

/*
 * event_show_request, event_show_happened: an event as a line, or as an object
 *	of its own; event_show_time is what both begin with.
 */
void	event_show_request(FILE *, enum out_form, const struct event_request *);
void	event_show_happened(FILE *, enum out_form,
	    const struct event_happened *);
int	show_events(FILE *, enum out_form, const struct answers *);

#endif /* SHOW_H */
