/* SPDX-License-Identifier: ISC */
/* The control child's life, its parent and its engines; see control.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "log.h"

/* A page's times may be whatever an engine left there as it died. */
static void
control_engine_times(struct control_engine *ce, const struct msg_times *m)
{
	ce->coming[m->kind] = m->hist;
	hist_repair(&ce->coming[m->kind]);
}

/* The times of these counters came before them. */
static void
control_engine_told(struct control *c, unsigned int index, uint32_t id,
    const struct msg_stats *m)
{
	struct control_engine	*ce = &c->engine[index];

	ce->known = true;
	ce->stats = *m;
	memcpy(ce->times, ce->coming, sizeof(ce->times));
	if (id != 0) {
		control_client_stats(c, id, index);
		control_history_stats(c, id, index);
	}
}

static void
control_from_engine(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct control_engine	*ce = arg;
	unsigned int		 index;

	(void)iev;
	index = (unsigned int)(ce - ce->control->engine);
	switch (imsg_get_type(imsg)) {
	case MSG_TIMES:
		control_engine_times(ce, &p->TIMES);
		break;
	case MSG_STATS:
		control_engine_told(ce->control, index, imsg_get_id(imsg),
		    &p->STATS);
		break;
	case MSG_CLIENTS:
	case MSG_CLIENTS_END:
		control_list_rows(ce->control, imsg_get_id(imsg),
		    (enum msg_type)imsg_get_type(imsg), p);
		break;
	case MSG_EVENTS:
		control_watch_events(ce->control, index, &p->EVENTS);
		break;
	case MSG_NOTES:
		control_event_notes(ce->control, &p->NOTES);
		break;
	case MSG_HITS:
	case MSG_KEY_USES:
		control_client_relay(ce->control, imsg_get_id(imsg), index,
		    (enum msg_type)imsg_get_type(imsg), p);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

static void
control_lost_engine(struct imsgev *iev, enum imsgev_end end, const char *why,
    void *arg)
{
	struct control_engine	*ce = arg;
	struct msg_peer		 m;

	(void)iev;
	control_list_lost(ce->control,
	    (unsigned int)(ce - ce->control->engine));
	/* Whoever waits for its answer gets the last one at the deadline. */
	if (end == IMSGEV_EOF)
		return;
	log_warnx("channel to an engine: %s", why);
	memset(&m, 0, sizeof(m));
	m.proc = PROC_ENGINE;
	m.index = (uint32_t)(ce - ce->control->engine);
	imsgev_send(&ce->control->child.parent, MSG_PEER_BROKE, 0, -1, &m);
}

static void
control_peer(struct control *c, int fd, const struct msg_peer *m)
{
	struct control_engine	*ce;

	if (m->index >= CONTROL_ENGINES) {
		close(fd);
		return;
	}
	ce = &c->engine[m->index];
	/* The predecessor's last events and counters may be unread. */
	imsgev_finish(&ce->iev);
	control_list_lost(c, m->index);
	if (imsgev_init(&ce->iev, c->child.base, fd, PROC_CONTROL, PROC_ENGINE,
	    control_from_engine, control_lost_engine, ce) == -1)
		fatal("channel to engine");
	/* Whoever waits for its predecessor's answer gets its. */
	(void)imsgev_send(&ce->iev, MSG_STATS_REQ, c->question, -1, &c->ask);
	control_watch_peer(c, m->index);
}

static void
control_put_question(struct control *c)
{
	struct timeval	 pause = { 0, CONTROL_ASK_MS * 1000 };
	unsigned int	 i;

	c->question++;
	c->ask = c->next_ask;
	memset(&c->next_ask, 0, sizeof(c->next_ask));
	/* One that is not there now is asked when it is: control_peer. */
	for (i = 0; i < CONTROL_ENGINES; i++)
		if (c->engine[i].iev.fd != -1)
			(void)imsgev_send(&c->engine[i].iev, MSG_STATS_REQ,
			    c->question, -1, &c->ask);
	event_add(c->ev_ask, &pause);
}

/* The pause is over; somebody came during it. */
static void
control_ask_due(evutil_socket_t fd, short what, void *arg)
{
	struct control	*c = arg;

	(void)fd;
	(void)what;
	if (c->asked) {
		c->asked = false;
		control_put_question(c);
	}
}

/* One with a place: the reserve has none. */
static bool
is_worker(const struct msg_process *m)
{
	return (m->proc == PROC_ENGINE && m->state != PROCESS_READY);
}

/*
 * Asks the engines for their counters, and for what else ASK_ bits say, but
 * not more often than their work bears: who comes in between shares the next
 * question.  Its number, and the engines whose answer to wait for, a bit each.
 */
uint32_t
control_ask(struct control *c, uint32_t what, uint32_t *engines)
{
	const struct msg_process	*m;
	uint32_t			 i;

	*engines = 0;
	for (i = 0; i < c->status.nprocesses && i < MSG_SLOTS_MAX; i++) {
		m = &c->process[i];
		if (is_worker(m) && m->state != PROCESS_STOPPED &&
		    m->index < CONTROL_ENGINES)
			*engines |= 1U << m->index;
	}
	c->next_ask.what |= what;
	if (event_pending(c->ev_ask, EV_TIMEOUT, NULL)) {
		c->asked = true;
		return (c->question + 1);
	}
	control_put_question(c);
	return (c->question);
}

/* One that left because there are fewer now: only its counters still count. */
static bool
engine_retired(const struct control *c, uint32_t index)
{
	const struct msg_process	*m;
	uint32_t			 i;

	for (i = 0; i < c->status.nprocesses && i < MSG_SLOTS_MAX; i++) {
		m = &c->process[i];
		if (is_worker(m) && m->index == index)
			return (m->state == PROCESS_STOPPED &&
			    c->status.service == SERVICE_RUNNING);
	}
	return (false);
}

/* The sum over all engines known; `answered` says which ones are fresh. */
void
control_sum(const struct control *c, uint32_t answered, struct msg_stats *sum)
{
	const struct msg_stats	*m;
	unsigned int		 i;

	memset(sum, 0, sizeof(*sum));
	sum->clock.leap = 3;
	sum->clock.stratum = 16;
	strlcpy(sum->clock.why, "no engine has reported yet",
	    sizeof(sum->clock.why));
	sum->events_missed = c->events.missed;
	for (i = 0; i < CONTROL_ENGINES; i++) {
		if (!c->engine[i].known)
			continue;
		m = &c->engine[i].stats;
		counters_add(&sum->counters, &m->counters);
		if (sum->engines == 0 || m->since < sum->since)
			sum->since = m->since;
		if (m->last_request > sum->last_request) {
			sum->last_request = m->last_request;
			sum->last_source = m->last_source;
		}
		if (engine_retired(c, i))
			continue;
		/* Each source is one engine's, so that they add up. */
		sum->table.used += m->table.used;
		sum->table.capacity += m->table.capacity;
		sum->table.unique_minute += m->table.unique_minute;
		sum->table.unique_hour += m->table.unique_hour;
		if (m->table.since > sum->table.since)
			sum->table.since = m->table.since;
		if (sum->engines == 0 || (answered & (1U << i)))
			sum->clock = m->clock;
		sum->engines++;
		if (answered & (1U << i))
			sum->answering++;
	}
}

static void
control_from_parent(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct control	*c = arg;

	switch (imsg_get_type(imsg)) {
	case MSG_PEER:
		if (p->PEER.proc == PROC_WEB)
			control_web(c, imsg_get_fd(imsg), p->PEER.index);
		else
			control_peer(c, imsg_get_fd(imsg), &p->PEER);
		break;
	case MSG_CONTROL_LISTENER:
		control_listen(c, imsg_get_fd(imsg));
		break;
	case MSG_STATUS:
		c->status = p->STATUS;
		break;
	case MSG_PROCESS:
		c->process[p->PROCESS.slot] = p->PROCESS;
		break;
	case MSG_SOCKET:
		c->socket[p->SOCKET.slot] = p->SOCKET;
		break;
	case MSG_STATS:		/* of an engine that is not running */
		control_engine_told(c, imsg_get_id(imsg) % CONTROL_ENGINES, 0,
		    &p->STATS);
		break;
	case MSG_TIMES:
		control_engine_times(&c->engine[imsg_get_id(imsg) %
		    CONTROL_ENGINES], &p->TIMES);
		break;
	case MSG_DENIAL:
		c->denial[p->DENIAL.slot] = p->DENIAL;
		break;
	case MSG_HAPPENED:
		control_event_happened(c, &p->HAPPENED);
		break;
	case MSG_HISTORY_FILE:
		control_history_file(c, imsg_get_fd(imsg));
		break;
	case MSG_HISTORY_KEPT:
		control_history_kept(c, &p->HISTORY_KEPT);
		break;
	case MSG_RESULT:
		control_client_result(c, imsg_get_id(imsg), &p->RESULT);
		break;
	case MSG_CONFIG_BEGIN:
		c->generation = p->CONFIG_BEGIN.generation;
		conf_init(&c->staged);
		break;
	case MSG_CONFIG_ITEM:
		child_conf_item(&c->staged, c->generation,
		    &p->CONFIG_ITEM);
		break;
	case MSG_CONFIG_END:
		imsgev_send(iev, MSG_CONFIG_ACK, 0, -1, &p->CONFIG_END);
		break;
	case MSG_CONFIG_COMMIT:
		control_event_config(c, &c->staged);
		c->conf = c->staged;
		c->generation = 0;
		control_log_config(c);
		break;
	case MSG_CONFIG_ABORT:
		c->generation = 0;
		break;
	case MSG_SHUTDOWN:
		control_log_left_out(c, true);
		control_history_leave(c);
		child_leave(&c->child);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

void
control_main(const struct child_args *args)
{
	static struct control	 control;
	struct control		*c = &control;
	unsigned int		 i;

	TAILQ_INIT(&c->clients);
	c->listener = -1;
	for (i = 0; i < CONTROL_ENGINES; i++) {
		c->engine[i].control = c;
		c->engine[i].iev.fd = -1;
	}
	conf_init(&c->conf);
	child_start(&c->child, args, control_from_parent, c);
	c->ev_ask = evtimer_new(c->child.base, control_ask_due, c);
	if (c->ev_ask == NULL)
		fatal("evtimer_new");
	control_event_init(c);
	control_history_start(c);
	child_run(&c->child);
	exit(0);
}
