/* SPDX-License-Identifier: ISC */
/*
 * What the daemon said in answer to one request, message by message: see
 * struct answers.  It is not trusted to be sane, so everything has a bound.
 */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "conf.h"
#include "msg.h"

void
answers_init(struct answers *a)
{
	memset(a, 0, sizeof(*a));
	conf_init(&a->conf);
}

void
answers_free(struct answers *a)
{
	free(a->clients);
	free(a->rows);
	a->clients = NULL;
	a->rows = NULL;
	a->nclients = a->nrows = 0;
}

/* Each engine counts for itself. */
static void
add_hits(struct msg_hits *sum, const struct msg_hits *more)
{
	unsigned int	 i;

	for (i = 0; i < POLICY_RULES_MAX; i++)
		sum->rule[i] += more->rule[i];
	for (i = 0; i < DENIALS_MAX; i++)
		sum->denial[i] += more->denial[i];
}

static bool
add_clients(struct answers *a, const struct msg_clients *m)
{
	struct client_row	*rows;

	if (a->nclients + m->n > (size_t)MSG_SLOTS_MAX * CLIENTS_ROWS_MAX)
		return (false);
	rows = recallocarray(a->clients, a->nclients, a->nclients + m->n,
	    sizeof(*rows));
	if (rows == NULL)
		return (false);
	a->clients = rows;
	memcpy(rows + a->nclients, m->row, m->n * sizeof(*rows));
	a->nclients += m->n;
	return (true);
}

static bool
add_history(struct answers *a, const struct msg_history *m)
{
	struct history_row	*rows;

	if (a->nrows + m->n > HISTORY_MINUTES + MSG_HISTORY_MAX)
		return (false);
	rows = recallocarray(a->rows, a->nrows, a->nrows + m->n,
	    sizeof(*rows));
	if (rows == NULL)
		return (false);
	a->rows = rows;
	memcpy(rows + a->nrows, m->row, m->n * sizeof(*rows));
	a->nrows += m->n;
	return (true);
}

static bool
add_keys(struct answers *a, const struct msg_key_uses *m)
{
	struct key_use	*k;
	uint32_t	 i;

	for (i = 0; i < m->n; i++) {
		for (k = a->keys; k < a->keys + a->nkeys; k++)
			if (k->id == m->key[i].id)
				break;
		if (k == a->keys + MAC_KEYS_MAX)
			return (false);
		if (k == a->keys + a->nkeys)
			a->nkeys++;
		k->id = m->key[i].id;
		k->type = m->key[i].type;
		k->good += m->key[i].good;
		k->bad += m->key[i].bad;
		if (m->key[i].last > k->last)
			k->last = m->key[i].last;
	}
	return (true);
}

static bool
add_requests(struct answers *a, const struct msg_events *m)
{
	if (m->n > MONITOR_LAST_MAX - a->nrequests)
		return (false);
	memcpy(a->requests + a->nrequests, m->event,
	    m->n * sizeof(m->event[0]));
	a->nrequests += m->n;
	return (true);
}

bool
answers_keep(struct answers *a, uint32_t type, const union msg_payload *p)
{
	char	 why[CONF_ERR_MAX];

	switch (type) {
	case MSG_STATUS:
		a->status = p->STATUS;
		a->have_status = true;
		return (true);
	case MSG_TIMES:
		a->times[p->TIMES.kind] = p->TIMES.hist;
		return (true);
	case MSG_STATS:
		a->stats = p->STATS;
		a->have_stats = true;
		if (p->STATS.engine == 0)
			return (true);
		if (a->nworkers == MSG_SLOTS_MAX)
			return (false);
		a->workers[a->nworkers++] = p->STATS;
		return (true);
	case MSG_SOCKET:
		if (a->nsockets == MSG_SOCKETS_MAX)
			return (false);
		a->sockets[a->nsockets++] = p->SOCKET;
		return (true);
	case MSG_PROCESS:
		if (a->nprocesses == MSG_SLOTS_MAX)
			return (false);
		a->processes[a->nprocesses++] = p->PROCESS;
		return (true);
	case MSG_HITS:
		add_hits(&a->hits, &p->HITS);
		return (true);
	case MSG_CLIENTS:
		return (add_clients(a, &p->CLIENTS));
	case MSG_CLIENTS_END:
		a->engines = p->CLIENTS_END.engines;
		return (true);
	case MSG_HISTORY:
		return (add_history(a, &p->HISTORY));
	case MSG_HISTORY_END:
		a->history.from = p->HISTORY_END.next;
		return (true);
	case MSG_KEY_USES:
		return (add_keys(a, &p->KEY_USES));
	case MSG_EVENTS:
		return (add_requests(a, &p->EVENTS));
	case MSG_HAPPENED:
		if (a->nhappened == MONITOR_LAST_MAX)
			return (false);
		a->happened[a->nhappened++] = p->HAPPENED;
		return (true);
	case MSG_DENIED:
		if (a->ndenied == DENIALS_MAX)
			return (false);
		a->denied[a->ndenied++] = p->DENIED;
		return (true);
	case MSG_CONFIG_VALUE:
		if (conf_item_set(&a->conf, &p->CONFIG_VALUE, why,
		    sizeof(why)) == -1)
			return (false);
		a->have_key[p->CONFIG_VALUE.key] = true;
		return (true);
	default:
		return (type == MSG_WAIT);
	}
}

bool
answers_complete(const struct answers *a, uint32_t request, uint32_t what)
{
	int	 key;

	if (request != MSG_SHOW)
		return (true);
	switch (what) {
	case SHOW_STATUS:
		return (a->have_status && a->have_stats);
	case SHOW_STATS:
	case SHOW_WORKERS:
		return (a->have_stats);
	case SHOW_PROCESSES:
		return (a->nprocesses > 0);
	case SHOW_CONFIG:
		for (key = 0; key < CONF_NKEYS; key++)
			if (!a->have_key[key] && !conf_may_be_empty(key))
				return (false);
		return (true);
	case SHOW_METRICS:
		return (a->have_status && a->have_stats && a->nprocesses > 0);
	case SHOW_POLICY:
	case SHOW_KEYS:
		return (true);		/* there may be none */
	default:
		return (false);
	}
}
