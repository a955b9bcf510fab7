/* SPDX-License-Identifier: ISC */
/*
 * The history: each second the engines are asked, each minute the file gets
 * what came, and clients get rows, a page at a time.
 */

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "history_file.h"
#include "log.h"

#define NS		UINT64_C(1000000000)
#define PAGE		4	/* messages for one question */
#define PAUSE_MAX	60	/* minutes between tries at a bad disk */

static uint64_t
wall(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec);
}

/* Right after the next full second. */
static void
history_schedule(struct control *c)
{
	uint64_t	 us = (NS - wall() % NS) / 1000 + 1000;
	struct timeval	 tv = { (time_t)(us / 1000000),
			    (suseconds_t)(us % 1000000) };

	event_add(c->history.timer, &tv);
}

/* The file */

static void
history_keep(struct control *c, enum history_keep what, size_t len)
{
	struct control_history		*h = &c->history;
	static struct msg_history_part	 part;
	struct msg_history_keep		 m;
	size_t				 at;

	for (at = 0; at < len; at += part.len) {
		part.len = (uint32_t)(len - at < sizeof(part.data) ?
		    len - at : sizeof(part.data));
		memcpy(part.data, h->buf + at, part.len);
		(void)imsgev_send(&c->child.parent, MSG_HISTORY_PART, 0, -1,
		    &part);
	}
	memset(&m, 0, sizeof(m));
	m.what = what;
	m.size = len;
	(void)imsgev_send(&c->child.parent, MSG_HISTORY_KEEP, 0, -1, &m);
}

/* What an earlier control left; whatever is wrong with it, we go on. */
void
control_history_file(struct control *c, int fd)
{
	struct control_history	*h = &c->history;
	enum history_verdict	 verdict;
	size_t			 len = 0, at;
	ssize_t			 n;

	while (len < sizeof(h->buf) && (n = read(fd, h->buf + len,
	    sizeof(h->buf) - len)) > 0)
		len += (size_t)n;
	close(fd);
	verdict = history_read(&h->rows, h->buf, len, &at);
	if (verdict == HISTORY_WHOLE)
		return;
	log_warnx("history: the file is %s, from octet %zu of %zu on",
	    history_strverdict(verdict), at, len);
	if (verdict != HISTORY_CUT)	/* which is what a power cut leaves */
		history_keep(c, HISTORY_ASIDE, 0);
}

/* A minute is over, or an hour: then the file is made anew. */
static void
history_minute(struct control *c, unsigned int closed)
{
	struct control_history	*h = &c->history;
	size_t			 len;

	if (h->keeping || h->wait > 0) {
		h->missed = true;
		h->wait -= h->wait > 0;
		return;
	}
	/* Once by each control, too: the file may have another's counters. */
	if (!h->missed && h->written && (closed & 1 << HISTORY_HOUR) == 0) {
		len = history_write_minute(&h->rows, h->buf,
		    HISTORY_APPEND_MAX);
		history_keep(c, HISTORY_APPEND, len);
	} else {
		len = history_write(&h->rows, h->buf, sizeof(h->buf));
		history_keep(c, HISTORY_REPLACE, len);
	}
	h->missed = false;
	h->keeping = true;
}

void
control_history_kept(struct control *c, const struct msg_history_keep *m)
{
	struct control_history	*h = &c->history;

	if (m->what == HISTORY_ASIDE)
		return;
	h->keeping = false;
	if (m->done) {
		h->written = true;
		h->pause = 0;
		return;
	}
	h->missed = true;
	h->pause = h->pause * 2 + 1 < PAUSE_MAX ? h->pause * 2 + 1 : PAUSE_MAX;
	h->wait = h->pause;
}

/* The last words. */
void
control_history_leave(struct control *c)
{
	struct control_history	*h = &c->history;

	if (h->rows.last != 0)
		history_keep(c, HISTORY_REPLACE, history_write(&h->rows,
		    h->buf, sizeof(h->buf)));
}

/* Seconds */

/* Whether nobody was there before us to see what the engines counted. */
static bool
history_is_first(const struct control *c)
{
	uint32_t	 i;

	for (i = 0; i < c->status.nprocesses && i < MSG_SLOTS_MAX; i++)
		if (c->process[i].proc == PROC_CONTROL)
			return (c->process[i].restarts == 0);
	return (false);
}

/* All engines have answered, or had their time. */
static void
history_done(struct control *c)
{
	struct control_history	*h = &c->history;
	const struct control_engine *ce;
	struct history_look	 look;
	struct msg_stats	 sum;
	bool			 first = history_is_first(c);
	unsigned int		 i, closed;

	h->asking = false;
	for (i = 0; i < CONTROL_ENGINES; i++) {
		ce = &c->engine[i];
		if (ce->known)
			history_told(&h->rows, i, first ||
			    ce->stats.since >= h->began, ce->stats.since,
			    &ce->stats.counters, &ce->times[TIMES_PROCESSING]);
	}
	control_sum(c, h->answered, &sum);
	memset(&look, 0, sizeof(look));
	look.leap = sum.clock.leap;
	look.stratum = sum.clock.stratum;
	look.synchronised = sum.clock.synchronised;
	look.root_dispersion = sum.clock.root_dispersion < 1e9 ?
	    (uint64_t)(sum.clock.root_dispersion * 1e9) : NS * NS;
	look.unique_minute = sum.table.unique_minute;
	look.unique_hour = sum.table.unique_hour;
	closed = history_tick(&h->rows, h->wall / NS, h->mono, &look);
	if (closed & 1 << HISTORY_MINUTE)
		history_minute(c, closed);
	history_schedule(c);
}

static void
history_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeval		 tv = { 0, CONTROL_GATHER_MS * 1000 };
	struct control		*c = arg;
	struct control_history	*h = &c->history;

	(void)fd;
	(void)what;
	if (h->asking) {
		history_done(c);
		return;
	}
	if (c->status.nprocesses == 0) {	/* nothing told yet */
		history_schedule(c);
		return;
	}
	h->asking = true;
	h->wall = wall();
	h->mono = child_mono();
	h->answered = 0;
	h->question = control_ask(c, 0, &h->waiting);
	if (h->waiting == 0)
		history_done(c);
	else
		event_add(h->timer, &tv);
}

/* An engine answered a question. */
void
control_history_stats(struct control *c, uint32_t question, unsigned int index)
{
	struct control_history	*h = &c->history;

	if (!h->asking || (int32_t)(question - h->question) < 0)
		return;
	h->answered |= 1U << index;
	if ((h->waiting & ~h->answered) == 0)
		history_done(c);
}

void
control_history_start(struct control *c)
{
	struct control_history	*h = &c->history;

	h->began = wall();
	if ((h->timer = evtimer_new(c->child.base, history_timer, c)) == NULL)
		fatal("evtimer_new");
	history_schedule(c);
}

/* Clients */

void
control_history(struct control_client *cl, const struct msg_history_req *req)
{
	const struct history		*h = &cl->control->history.rows;
	enum history_step		 step = (enum history_step)req->step;
	static struct msg_history	 m;
	struct msg_history_end		 end;
	uint64_t			 now = wall() / NS, number;
	unsigned int			 i;

	number = req->from != 0 ? req->from - 1 : history_since(h, step,
	    now > req->last ? now - req->last : 0);
	if (number < history_first(h, step))	/* gone while it asked */
		number = history_first(h, step);
	for (i = 0; i < PAGE; i++) {
		memset(&m, 0, sizeof(m));
		while (m.n < MSG_HISTORY_MAX && history_get(h, step, number,
		    &m.row[m.n])) {
			m.n++;
			number++;
		}
		if (m.n > 0 && client_send(cl, MSG_HISTORY, &m) == -1)
			return;
	}
	memset(&end, 0, sizeof(end));
	end.next = number < history_end(h, step) ? number + 1 : 0;
	if (client_send(cl, MSG_HISTORY_END, &end) == 0)
		client_result(cl, RESULT_OK, "");
}
