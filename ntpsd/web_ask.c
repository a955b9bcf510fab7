/* SPDX-License-Identifier: ISC */
/*
 * Questions to control, one after the other over one channel, as ntpsctl puts
 * them.  Who asks the same at nearly the same time gets the same answer, and
 * how much may wait, and be held in memory, has a bound.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "show.h"
#include "web.h"

static void	ask_next(struct web *);

/* Forgets answers that are too old to be shared; what is in use stays. */
static void
ask_expire(struct web *w)
{
	struct web_answer	*a;

	while ((a = TAILQ_FIRST(&w->recent)) != NULL &&
	    web_now() - a->at_ms > WEB_SHARE_MS) {
		TAILQ_REMOVE(&w->recent, a, entry);
		web_ask_release(a);
	}
}

void
web_ask_release(struct web_answer *a)
{
	if (--a->refs > 0)
		return;
	a->web->held -= a->len;
	free(a->body);
	free(a);
}

/* Something was changed: what was answered before is not to be shared. */
void
web_ask_stale(struct web *w)
{
	struct web_answer	*a;

	while ((a = TAILQ_FIRST(&w->recent)) != NULL) {
		TAILQ_REMOVE(&w->recent, a, entry);
		web_ask_release(a);
	}
	if (w->asked != NULL)
		w->asked->stale = true;
}

/* Everybody who waits is told; then it may be shared for a moment. */
static void
ask_tell(struct web_answer *a)
{
	struct web_asker	*asker;

	a->done = true;
	a->at_ms = web_now();
	if (!a->stale) {
		a->refs++;
		TAILQ_INSERT_TAIL(&a->web->recent, a, entry);
	}
	while ((asker = TAILQ_FIRST(&a->askers)) != NULL) {
		TAILQ_REMOVE(&a->askers, asker, entry);
		asker->answer = NULL;
		asker->tell(asker, a);
	}
}

static void
ask_refused(struct web_answer *a, int status, const char *why)
{
	a->status = status;
	a->why = why;
}

static void
ask_failed(struct web_answer *a, int status, const char *why)
{
	ask_refused(a, status, why);
	ask_tell(a);
}

/* What control said, as ntpsctl would print it. */
static void
ask_print(struct web *w, struct web_answer *a)
{
	struct timespec	 now;
	FILE		*f;
	int		 code = CTL_FAILED;

	clock_gettime(CLOCK_REALTIME, &now);
	w->answers.now = (uint64_t)now.tv_sec * 1000000000 +
	    (uint64_t)now.tv_nsec;
	w->answers.word = a->route->word;
	w->answers.user = w->user;
	if ((f = open_memstream(&a->body, &a->len)) != NULL) {
		code = a->route->show(f, OUT_JSON, &w->answers);
		if (fclose(f) != 0 || a->len > WEB_ANSWER_MAX) {
			free(a->body);
			a->body = NULL;
			a->len = 0;
		}
	}
	w->held += a->len;
	a->status = code == CTL_OK ? 200 : 503;
	if (a->body == NULL) {
		a->status = 500;
		a->why = "the answer is too long";
	}
}

/* The last of an answer has come. */
static void
ask_ended(struct web *w, const struct msg_result *m)
{
	struct timeval		 pause = { 0, WEB_PAUSE_MS * 1000 };
	struct web_answer	*a = w->asked;

	event_del(w->ev_answer);
	if (a->route->request == MSG_CLIENTS_REQ)
		event_add(w->ev_pause, &pause);
	if (m->code == RESULT_BUSY)
		ask_refused(a, 503, "the daemon is busy; try again");
	else if (m->code != RESULT_OK)
		ask_refused(a, 500, "the daemon refused");
	else if (!answers_complete(&w->answers, a->route->request,
	    a->request.show.what))
		ask_refused(a, 500, "the answer was not complete");
	else
		ask_print(w, a);
	answers_free(&w->answers);
	w->asked = NULL;
	if (!w->given_up)
		ask_tell(a);
	w->given_up = false;
	web_ask_release(a);
	ask_next(w);
}

static int
ask_send(struct web *w, const struct web_answer *a)
{
	return (imsgev_send(&w->channel[WEB_QUESTIONS],
	    (enum msg_type)a->route->request, 0, -1, &a->request));
}

/* Each engine has sources of its own, and a page is followed by the next. */
static bool
ask_goes_on(struct web *w, const struct web_answer *a)
{
	int	 sent;

	if (a->route->request == MSG_CLIENTS_REQ &&
	    w->answers.list.engine + 1 < w->answers.engines) {
		w->answers.list.engine++;
		sent = imsgev_send(&w->channel[WEB_QUESTIONS],
		    MSG_CLIENTS_REQ, 0, -1, &w->answers.list);
	} else if (a->route->request == MSG_HISTORY_REQ &&
	    w->answers.history.from != 0)
		sent = imsgev_send(&w->channel[WEB_QUESTIONS],
		    MSG_HISTORY_REQ, 0, -1, &w->answers.history);
	else
		return (false);
	return (sent == 0);
}

void
web_ask_message(struct web *w, uint32_t type, const union msg_payload *p)
{
	struct web_answer	*a = w->asked;

	if (a == NULL)
		fatalx("%s out of turn from control", msg_name(type));
	if (type == MSG_RESULT && (w->given_up ||
	    p->RESULT.code != RESULT_OK || !ask_goes_on(w, a)))
		ask_ended(w, &p->RESULT);
	else if (type != MSG_RESULT && !w->given_up &&
	    !answers_keep(&w->answers, type, p))
		fatalx("unfit %s from control", msg_name(type));
}

/* Who waits is told so; what comes yet is thrown away. */
static void
ask_late(evutil_socket_t fd, short what, void *arg)
{
	struct web		*w = arg;
	struct web_answer	*a;

	(void)fd;
	(void)what;
	if (w->asked == NULL || w->given_up)
		return;
	w->given_up = true;
	answers_free(&w->answers);
	ask_failed(w->asked, 504, "the daemon does not answer");
	while ((a = TAILQ_FIRST(&w->waiting)) != NULL) {
		TAILQ_REMOVE(&w->waiting, a, entry);
		w->nwaiting--;
		ask_failed(a, 504, "the daemon does not answer");
		web_ask_release(a);
	}
}

/* A list of sources is work for an engine: there is a pause before another. */
static struct web_answer *
ask_first(struct web *w)
{
	struct web_answer	*a;

	TAILQ_FOREACH(a, &w->waiting, entry)
		if (a->route->request != MSG_CLIENTS_REQ ||
		    !event_pending(w->ev_pause, EV_TIMEOUT, NULL))
			break;
	return (a);
}

static void
ask_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_next(arg);
}

static void
ask_next(struct web *w)
{
	struct timeval		 tv = { WEB_ANSWER_MS / 1000, 0 };
	struct web_answer	*a;

	while (w->asked == NULL && (a = ask_first(w)) != NULL) {
		TAILQ_REMOVE(&w->waiting, a, entry);
		w->nwaiting--;
		answers_init(&w->answers);
		w->answers.list = a->request.clients;
		w->answers.history = a->request.history;
		w->given_up = false;
		w->asked = a;
		if (ask_send(w, a) == 0) {
			event_add(w->ev_answer, &tv);
			return;
		}
		w->asked = NULL;
		ask_failed(a, 503, "the daemon does not answer");
		web_ask_release(a);
	}
}

/* The channel is another one, or none: what was asked over it is lost. */
void
web_ask_peer(struct web *w)
{
	struct web_answer	*a = w->asked;

	if (a != NULL) {
		w->asked = NULL;
		event_del(w->ev_answer);
		answers_free(&w->answers);
		if (!w->given_up)
			ask_failed(a, 503, "the daemon has lost its answer");
		web_ask_release(a);
	}
	ask_next(w);
}

static bool
same(const struct web_answer *a, const struct web_route *r,
    const union web_request *q)
{
	return (a->route == r && memcmp(&a->request, q, sizeof(*q)) == 0);
}

/* -1: it cannot be asked now; the asker waits for nothing then. */
int
web_ask(struct web *w, const struct web_route *r, const union web_request *q,
    struct web_asker *asker)
{
	struct web_answer	*a;

	ask_expire(w);
	TAILQ_FOREACH(a, &w->recent, entry)
		if (same(a, r, q)) {
			asker->tell(asker, a);
			return (0);
		}
	TAILQ_FOREACH(a, &w->waiting, entry)
		if (same(a, r, q))
			break;
	if (a == NULL && w->asked != NULL && !w->given_up &&
	    !w->asked->stale && same(w->asked, r, q) &&
	    web_now() - w->asked->at_ms <= WEB_SHARE_MS)
		a = w->asked;
	if (a == NULL) {
		if (w->nwaiting == WEB_QUESTIONS_MAX ||
		    w->held > WEB_HELD_MAX ||
		    (a = calloc(1, sizeof(*a))) == NULL)
			return (-1);
		a->web = w;
		a->refs = 1;
		a->route = r;
		a->request = *q;
		a->at_ms = web_now();
		TAILQ_INIT(&a->askers);
		TAILQ_INSERT_TAIL(&w->waiting, a, entry);
		w->nwaiting++;
	}
	asker->answer = a;
	TAILQ_INSERT_TAIL(&a->askers, asker, entry);
	ask_next(w);
	return (0);
}

void
web_ask_forget(struct web_asker *asker)
{
	if (asker->answer != NULL)
		TAILQ_REMOVE(&asker->answer->askers, asker, entry);
	asker->answer = NULL;
}

void
web_ask_init(struct web *w, const char *(*user)(uint32_t))
{
	w->user = user;
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->recent);
	w->ev_answer = evtimer_new(w->child.base, ask_late, w);
	w->ev_pause = evtimer_new(w->child.base, ask_again, w);
	if (w->ev_answer == NULL || w->ev_pause == NULL)
		fatal("evtimer_new");
}
