/* SPDX-License-Identifier: ISC */
/* The query child's life, its parent and its engines; see query.h. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "query.h"

static void
query_from_engine(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct query_engine	*qe = arg;
	struct query		*q = qe->query;

	(void)iev;
	switch (imsg_get_type(imsg)) {
	case MSG_STATS:
		qe->stats = p->STATS;
		qe->known = true;
		break;
	case MSG_MODE6_REQ:
		query_mode6_question(q, (unsigned int)(qe - q->engine),
		    &p->MODE6_REQ);
		break;
	case MSG_CLIENTS:
		query_mode6_rows(q, imsg_get_id(imsg), &p->CLIENTS);
		break;
	case MSG_CLIENTS_END:
		query_mode6_rows_end(q, imsg_get_id(imsg),
		    (unsigned int)(qe - q->engine));
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

static void
query_lost_engine(struct imsgev *iev, enum imsgev_end end, const char *why,
    void *arg)
{
	struct query_engine	*qe = arg;

	(void)iev;
	/* Its successor comes with another, and tells its sources itself. */
	memset(&qe->stats.table, 0, sizeof(qe->stats.table));
	if (end != IMSGEV_EOF)
		log_warnx("channel to an engine: %s", why);
	query_mode6_rows_end(qe->query, qe->query->rows_id,
	    (unsigned int)(qe - qe->query->engine));
}

static void
query_peer(struct query *q, int fd, const struct msg_peer *m)
{
	struct query_engine	*qe = &q->engine[m->index];

	imsgev_finish(&qe->iev);
	if (imsgev_init(&qe->iev, q->child.base, fd, PROC_QUERY, PROC_ENGINE,
	    query_from_engine, query_lost_engine, qe) == -1)
		fatal("channel to engine");
	query_mirror_tell(q, qe);
}

/* The descriptor of a change that is not committed, or -1. */
static void
query_stage(struct query *q, int fd)
{
	if (q->staged_fd != -1)
		close(q->staged_fd);
	q->staged_fd = fd;
}

static void
query_from_parent(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct query	*q = arg;

	switch (imsg_get_type(imsg)) {
	case MSG_PEER:
		query_peer(q, imsg_get_fd(imsg), &p->PEER);
		break;
	case MSG_CONFIG_BEGIN:
		q->generation = p->CONFIG_BEGIN.generation;
		conf_init(&q->staged);
		query_stage(q, -1);
		break;
	case MSG_CONFIG_ITEM:
		child_conf_item(&q->staged, q->generation,
		    &p->CONFIG_ITEM);
		break;
	case MSG_QUERY_SOCKET:
		query_stage(q, imsg_get_fd(imsg));
		break;
	case MSG_CONFIG_END:
		imsgev_send(iev, MSG_CONFIG_ACK, 0, -1, &p->CONFIG_END);
		break;
	case MSG_CONFIG_COMMIT:
		q->conf = q->staged;
		q->generation = 0;
		query_mirror_config(q);
		query_mode6_config(q);
		break;
	case MSG_CONFIG_ABORT:
		q->generation = 0;
		query_stage(q, -1);
		break;
	case MSG_SHUTDOWN:
		child_leave(&q->child);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

void
query_main(const struct child_args *args)
{
	static struct query	 query;
	struct query		*q = &query;
	unsigned int		 i;

	q->fd = q->staged_fd = -1;
	for (i = 0; i < MSG_SLOTS_MAX; i++) {
		q->engine[i].query = q;
		q->engine[i].iev.fd = -1;
	}
	conf_init(&q->conf);
	query_mode6_init(q);
	child_start(&q->child, args, query_from_parent, q);
	child_run(&q->child);
	exit(0);
}
