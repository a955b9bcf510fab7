/* SPDX-License-Identifier: ISC */
/*
 * Clients of the control socket.  They are hostile until proven otherwise: a
 * bad message costs them the connection, each has a deadline, and there are
 * only so many of them.
 */

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "log.h"

void
client_free(struct control_client *cl)
{
	struct control	*c = cl->control;

	if (c->lister == cl->id) {
		c->lister = 0;
		cl->state = CLIENT_IDLE;
		control_list_next(c);
	}
	control_watch_end(cl);
	imsgev_close(&cl->iev);
	if (cl->timer != NULL)
		event_free(cl->timer);
	TAILQ_REMOVE(&c->clients, cl, entry);
	c->nclients -= !cl->web;
	free(cl);
}

/*
 * Sends; a client that does not read until its queue is full is let go.  The
 * caller must not touch cl after -1.
 */
int
client_send(struct control_client *cl, enum msg_type type, const void *data)
{
	if (imsgev_send(&cl->iev, type, 0, -1, data) == 0)
		return (0);
	client_free(cl);
	return (-1);
}

void
client_deadline(struct control_client *cl, int ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(cl->timer, &tv);
}

int
client_result(struct control_client *cl, enum result_code code,
    const char *text)
{
	struct msg_result	 m;

	memset(&m, 0, sizeof(m));
	m.code = code;
	strlcpy(m.text, text, sizeof(m.text));
	/* One that is not known yet gets no more time by being wrong. */
	if (cl->state != CLIENT_NEW) {
		cl->state = CLIENT_IDLE;
		if (cl->web)
			event_del(cl->timer);
		else
			client_deadline(cl, CONTROL_DEADLINE * 1000);
	}
	return (client_send(cl, MSG_RESULT, &m));
}

/* The values of the keys from first to last; -1 when the client is gone. */
static int
client_send_config(struct control_client *cl, uint32_t first, uint32_t last)
{
	struct conf_item	 item;
	uint32_t		 key, i;

	for (key = first; key <= last; key++)
		for (i = 0; conf_item_get(&cl->control->conf,
		    (enum conf_key)key, i, &item); i++)
			if (client_send(cl, MSG_CONFIG_VALUE, &item) == -1)
				return (-1);
	return (0);
}

static void
client_show_config(struct control_client *cl)
{
	if (client_send_config(cl, 0, CONF_NKEYS - 1) == 0)
		client_result(cl, RESULT_OK, "");
}

/* The rules, after what the engines had to say of them. */
static void
client_show_policy(struct control_client *cl)
{
	const struct msg_denial	*d = cl->control->denial;
	unsigned int		 i;

	if (client_send_config(cl, CONF_policy, CONF_policy) == -1)
		return;
	for (i = 0; i < DENIALS_MAX; i++)
		if (d[i].kind != DENIAL_NONE &&
		    client_send(cl, MSG_DENIED, &d[i]) == -1)
			return;
	client_result(cl, RESULT_OK, "");
}

/* -1 when the client is gone. */
static int
client_send_processes(struct control_client *cl)
{
	struct control	*c = cl->control;
	uint32_t	 i;

	for (i = 0; i < c->status.nprocesses && i < MSG_SLOTS_MAX; i++)
		if (client_send(cl, MSG_PROCESS, &c->process[i]) == -1)
			return (-1);
	return (0);
}

static void
client_show_workers(struct control_client *cl)
{
	struct control_engine	*ce = cl->control->engine;
	struct msg_stats	 m;
	uint32_t		 i;

	for (i = 0; i < CONTROL_ENGINES; i++) {
		if (!ce[i].known)
			continue;
		m = ce[i].stats;
		m.engine = i + 1;
		m.answering = (cl->answered & (1U << i)) != 0;
		if (client_send(cl, MSG_STATS, &m) == -1)
			return;
	}
	client_result(cl, RESULT_OK, "");
}

/* Of all engines together; -1 when the client is gone. */
static int
client_send_times(struct control_client *cl)
{
	struct msg_times	 m;
	unsigned int		 i, kind;

	for (kind = 0; kind < TIMES_KINDS; kind++) {
		memset(&m, 0, sizeof(m));
		m.kind = kind;
		for (i = 0; i < CONTROL_ENGINES; i++)
			hist_merge(&m.hist,
			    &cl->control->engine[i].times[kind]);
		if (client_send(cl, MSG_TIMES, &m) == -1)
			return (-1);
	}
	return (0);
}

/* The engines have answered, or had their time. */
static void
client_gathered(struct control_client *cl)
{
	struct control		*c = cl->control;
	struct msg_stats	 sum;
	uint32_t		 i;

	if (cl->what == SHOW_POLICY) {
		client_show_policy(cl);
		return;
	} else if (cl->what == SHOW_KEYS) {
		client_result(cl, RESULT_OK, "");
		return;
	}
	if (cl->what == SHOW_WORKERS) {
		client_show_workers(cl);
		return;
	}
	if ((cl->what == SHOW_STATS || cl->what == SHOW_METRICS) &&
	    client_send_times(cl) == -1)
		return;
	control_sum(c, cl->answered, &sum);
	if (cl->what == SHOW_METRICS) {
		if (client_send(cl, MSG_STATUS, &c->status) == -1 ||
		    client_send_processes(cl) == -1)
			return;
	} else if (cl->what == SHOW_STATUS) {
		if (client_send(cl, MSG_STATUS, &c->status) == -1)
			return;
		for (i = 0; i < c->status.nsockets && i < MSG_SOCKETS_MAX; i++)
			if (client_send(cl, MSG_SOCKET, &c->socket[i]) == -1)
				return;
	}
	if (client_send(cl, MSG_STATS, &sum) == -1)
		return;
	client_result(cl, RESULT_OK, "");
}

/* What an engine tells besides, to those who asked for it. */
void
control_client_relay(struct control *c, uint32_t question, unsigned int index,
    enum msg_type type, const void *data)
{
	struct control_client	*cl, *next;
	enum show		 what = type == MSG_HITS ? SHOW_POLICY :
				    SHOW_KEYS;

	TAILQ_FOREACH_SAFE(cl, &c->clients, entry, next)
		if (cl->state == CLIENT_GATHER && cl->what == what &&
		    (int32_t)(question - cl->question) >= 0 &&
		    (cl->answered & (1U << index)) == 0)
			client_send(cl, type, data);
}

/* An engine answered a question; it serves all who asked before. */
void
control_client_stats(struct control *c, uint32_t question, unsigned int index)
{
	struct control_client	*cl, *next;

	TAILQ_FOREACH_SAFE(cl, &c->clients, entry, next) {
		if (cl->state != CLIENT_GATHER ||
		    (int32_t)(question - cl->question) < 0)
			continue;
		cl->answered |= 1U << index;
		if ((cl->waiting & ~cl->answered) == 0)
			client_gathered(cl);
	}
}

static void
client_show(struct control_client *cl, enum show what)
{
	uint32_t	 ask;

	ask = what == SHOW_POLICY ? ASK_HITS : what == SHOW_KEYS ? ASK_KEYS : 0;
	switch (what) {
	case SHOW_POLICY:
	case SHOW_KEYS:
	case SHOW_STATUS:
	case SHOW_STATS:
	case SHOW_WORKERS:
	case SHOW_METRICS:
		cl->state = CLIENT_GATHER;
		cl->what = what;
		cl->answered = 0;
		cl->question = control_ask(cl->control, ask, &cl->waiting);
		client_deadline(cl, CONTROL_GATHER_MS);
		if (cl->waiting == 0)
			client_gathered(cl);
		break;
	case SHOW_PROCESSES:
		if (client_send_processes(cl) == 0)
			client_result(cl, RESULT_OK, "");
		break;
	case SHOW_CONFIG:
		client_show_config(cl);
		break;
	}
}

/* What changes the daemon is the parent's to do, and root's to ask for. */
static void
client_action(struct control_client *cl, enum msg_type type, const void *m)
{
	struct control	*c = cl->control;

	if (!cl->may_change) {
		client_result(cl, RESULT_REFUSED, "only root and the user that "
		    "started the daemon may change it");
		return;
	}
	if (imsgev_send(&c->child.parent, type, cl->id, -1, m) == -1) {
		client_result(cl, RESULT_BUSY, "the daemon is busy");
		return;
	}
	cl->state = CLIENT_ACTION;
	client_deadline(cl, 1000);
}

void
control_client_result(struct control *c, uint32_t id,
    const struct msg_result *m)
{
	struct control_client	*cl;

	TAILQ_FOREACH(cl, &c->clients, entry)
		if (cl->id == id)
			break;
	if (cl != NULL && cl->state == CLIENT_ACTION)
		client_result(cl, (enum result_code)m->code, m->text);
}

static void
client_hello(struct control_client *cl, const struct msg_hello *m)
{
	struct msg_hello	 w;

	if (m->catalogue != msg_catalogue()) {
		client_result(cl, RESULT_FAILED,
		    "ntpsctl and ntpsd are of different versions");
		return;
	}
	memset(&w, 0, sizeof(w));
	w.catalogue = msg_catalogue();
	w.flags = cl->may_change ? HELLO_MAY_CHANGE : 0;
	if (cl->state == CLIENT_NEW)
		cl->state = CLIENT_IDLE;
	client_send(cl, MSG_WELCOME, &w);
}

/* It broke a rule; if it is the web child, the parent is to replace that. */
static void
client_denounce(struct control_client *cl)
{
	struct msg_peer	 m;

	if (cl->web) {
		memset(&m, 0, sizeof(m));
		m.proc = PROC_WEB;
		imsgev_send(&cl->control->child.parent, MSG_PEER_BROKE, 0, -1,
		    &m);
	}
	client_free(cl);
}

/* The web child's channels stay, so that it can end a watch. */
static void
client_unwatch(struct control_client *cl)
{
	control_watch_end(cl);
	client_result(cl, RESULT_OK, "");
}

static void
client_message(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct control_client	*cl = arg;
	uint32_t		 type = imsg_get_type(imsg);

	(void)iev;
	if (cl->state == CLIENT_NEW && type != MSG_HELLO)
		client_result(cl, RESULT_FAILED, "expected HELLO first");
	else if (cl->web && cl->state == CLIENT_MONITOR &&
	    type == MSG_MONITOR && p->MONITOR.what == 0)
		client_unwatch(cl);
	else if (cl->state != CLIENT_NEW && cl->state != CLIENT_IDLE)
		client_denounce(cl);	/* it did not wait for the answer */
	else if (type == MSG_HELLO)
		client_hello(cl, &p->HELLO);
	else if (type == MSG_SHOW)
		client_show(cl, (enum show)p->SHOW.what);
	else if (type == MSG_CLIENTS_REQ)
		control_list(cl, &p->CLIENTS_REQ);
	else if (type == MSG_MONITOR && p->MONITOR.last > 0)
		control_event_last(cl, &p->MONITOR);
	else if (type == MSG_MONITOR)
		control_watch_begin(cl, &p->MONITOR);
	else if (type == MSG_HISTORY_REQ)
		control_history(cl, &p->HISTORY_REQ);
	else if (type == MSG_ACTION || type == MSG_SETTING ||
	    type == MSG_DENY)
		client_action(cl, (enum msg_type)type, p);
	else
		client_denounce(cl);
}

static void
client_gone(struct imsgev *iev, enum imsgev_end end, const char *why,
    void *arg)
{
	struct control_client	*cl = arg;

	(void)iev;
	if (end == IMSGEV_BAD && cl->web)
		log_warnx("channel to the web child: %s", why);
	else if (end == IMSGEV_BAD)
		log_warnx("control client of uid %u: %s",
		    (unsigned int)cl->uid, why);
	if (end == IMSGEV_BAD)
		client_denounce(cl);
	else
		client_free(cl);
}

static void
client_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct control_client	*cl = arg;

	(void)fd;
	(void)what;
	switch (cl->state) {
	case CLIENT_NEW:
	case CLIENT_IDLE:
		client_free(cl);
		break;
	case CLIENT_GATHER:
		client_gathered(cl);
		break;
	case CLIENT_QUEUED:
	case CLIENT_LIST:
		control_list_late(cl);
		break;
	case CLIENT_ACTION:
		client_deadline(cl, 1000);
		client_send(cl, MSG_WAIT, NULL);
		break;
	case CLIENT_MONITOR:
		break;
	}
}

/* A client for a channel, which stays the caller's when there is none. */
struct control_client *
client_make(struct control *c, int fd, uid_t uid)
{
	struct control_client	*cl;

	if ((cl = calloc(1, sizeof(*cl))) == NULL)
		return (NULL);
	cl->control = c;
	cl->uid = uid;
	if (++c->last_id == 0)		/* 0: asked by nobody */
		c->last_id = 1;
	cl->id = c->last_id;
	cl->timer = evtimer_new(c->child.base, client_timeout, cl);
	if (cl->timer == NULL || imsgev_init(&cl->iev, c->child.base, fd,
	    PROC_CONTROL, PROC_CLIENT, client_message, client_gone, cl) == -1) {
		if (cl->timer != NULL)
			event_free(cl->timer);
		free(cl);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&c->clients, cl, entry);
	return (cl);
}
