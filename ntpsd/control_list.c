/* SPDX-License-Identifier: ISC */
/* Lists of sources, from the engines to the clients that asked for them. */

#include "control.h"

/*
 * One list at a time: an engine has room for one.  Who asks meanwhile waits
 * for its turn.
 */
void
control_list(struct control_client *cl, const struct msg_clients_req *m)
{
	cl->list = *m;
	cl->state = CLIENT_QUEUED;
	client_deadline(cl, CONTROL_LIST_MS);
	control_list_next(cl->control);
}

void
control_list_next(struct control *c)
{
	static const union msg_payload	 none;
	struct control_client		*cl;

	TAILQ_FOREACH(cl, &c->clients, entry)
		if (cl->state == CLIENT_QUEUED)
			break;
	if (c->lister != 0 || cl == NULL)
		return;
	c->lister = cl->id;
	cl->state = CLIENT_LIST;
	cl->waits = 0;
	if (cl->list.engine < CONTROL_ENGINES &&
	    c->engine[cl->list.engine].iev.fd != -1 &&
	    imsgev_send(&c->engine[cl->list.engine].iev, MSG_CLIENTS_REQ,
	    cl->id, -1, &cl->list) == 0)
		return;
	control_list_rows(c, cl->id, MSG_CLIENTS_END, &none);
}

/* Engines that there are to ask: up to the last one that has a channel. */
static uint32_t
list_engines(const struct control *c)
{
	uint32_t	 n;

	for (n = CONTROL_ENGINES; n > 0; n--)
		if (c->engine[n - 1].iev.fd != -1)
			break;
	return (n);
}

/* An engine's rows, or their end, for the client whose turn it is. */
void
control_list_rows(struct control *c, uint32_t id, enum msg_type type,
    const union msg_payload *p)
{
	struct control_client	*cl;
	struct msg_clients_end	 end;

	TAILQ_FOREACH(cl, &c->clients, entry)
		if (cl->id == id)
			break;
	if (cl == NULL || id != c->lister)
		return;
	if (type == MSG_CLIENTS) {
		client_send(cl, type, p);
		return;
	}
	end = p->CLIENTS_END;
	end.engines = list_engines(c);
	c->lister = 0;
	if (client_send(cl, type, &end) == 0)
		client_result(cl, RESULT_OK, "");
	control_list_next(c);
}

/* A second has passed; an engine that never ends must not hold up the rest. */
void
control_list_late(struct control_client *cl)
{
	struct control	*c = cl->control;

	if (cl->state == CLIENT_QUEUED || ++cl->waits < CONTROL_LIST_WAITS) {
		client_deadline(cl, CONTROL_LIST_MS);
		client_send(cl, MSG_WAIT, NULL);
		return;
	}
	c->lister = 0;
	client_result(cl, RESULT_FAILED, "the engine does not answer");
	control_list_next(c);
}

/* The engine that was asked is another one now. */
void
control_list_lost(struct control *c, unsigned int index)
{
	struct control_client	*cl;

	TAILQ_FOREACH(cl, &c->clients, entry)
		if (cl->id == c->lister)
			break;
	if (c->lister == 0 || cl == NULL || cl->list.engine != index)
		return;
	c->lister = 0;
	client_result(cl, RESULT_BUSY, "the engine was replaced; try again");
	control_list_next(c);
}
