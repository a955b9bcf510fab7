/* SPDX-License-Identifier: ISC */
/* How clients of control come: through its socket, or from the parent. */

#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "log.h"

/*
 * An operator has to get in: nobody but root may fill the last quarter of the
 * places, nor have more than a quarter of all for himself.
 */
static bool
client_has_place(const struct control *c, uid_t uid)
{
	const struct control_client	*cl;
	uint64_t			 max = c->conf.control_clients;
	uint64_t			 quarter = (max + 3) / 4, own = 0;

	if (uid == 0 || max == 1)
		return (c->nclients < max);
	TAILQ_FOREACH(cl, &c->clients, entry)
		own += cl->uid == uid;
	return (c->nclients < max - quarter && own < quarter);
}

/* One message for a client that gets no place, then the door. */
static void
client_turn_away(int fd)
{
	struct msg_result	 m;
	struct imsgbuf		 ibuf;

	memset(&m, 0, sizeof(m));
	m.code = RESULT_BUSY;
	strlcpy(m.text, "too many clients; try again", sizeof(m.text));
	if (imsgbuf_init(&ibuf, fd) == 0) {
		if (imsg_compose(&ibuf, MSG_RESULT, 0, 0, -1, &m,
		    sizeof(m)) == 1)
			imsgbuf_write(&ibuf);
		imsgbuf_clear(&ibuf);
	}
	close(fd);
}

static void
client_new(struct control *c, int fd)
{
	struct control_client	*cl;
	uid_t			 uid;
	gid_t			 gid;

	if (getpeereid(fd, &uid, &gid) == -1) {
		close(fd);
		return;
	}
	if (!client_has_place(c, uid) ||
	    (cl = client_make(c, fd, uid)) == NULL) {
		client_turn_away(fd);
		return;
	}
	cl->may_change = uid == 0 || uid == c->status.uid;
	c->nclients++;
	client_deadline(cl, CONTROL_DEADLINE * 1000);
}

/*
 * A channel to the web child: a client that may look, has a place of its own
 * and need not hurry.
 */
void
control_web(struct control *c, int fd, uint32_t index)
{
	struct control_client	*cl, *next;

	TAILQ_FOREACH_SAFE(cl, &c->clients, entry, next)
		if (cl->web && cl->web_index == index)
			client_free(cl);	/* its predecessor's */
	if (index >= WEB_PEERS ||
	    (cl = client_make(c, fd, (uid_t)-1)) == NULL) {
		close(fd);
		return;
	}
	cl->web = true;
	cl->web_index = index;
	cl->state = CLIENT_IDLE;
}

static void
control_resume(evutil_socket_t fd, short what, void *arg)
{
	struct control	*c = arg;

	(void)fd;
	(void)what;
	c->accepted = 0;
	event_add(c->ev_accept, NULL);
}

static void
control_pause(struct control *c, const struct timeval *tv)
{
	event_del(c->ev_accept);
	event_add(c->ev_resume, tv);
}

static void
control_accept(evutil_socket_t fd, short what, void *arg)
{
	struct control	*c = arg;
	struct timeval	 pause = { 0, CHILD_ACCEPT_PAUSE_US };
	struct timeval	 second = { 1, 0 };
	int		 client;

	(void)what;
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client != -1) {
		if (++c->accepted >= CHILD_ACCEPT_TURN)
			control_pause(c, &pause);
		client_new(c, client);
		return;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM) {
		/* Level-triggered: it would spin until one closes. */
		log_warn("control socket, pausing for a second");
		control_pause(c, &second);
	}
}

void
control_listen(struct control *c, int fd)
{
	if (c->listener != -1) {
		close(fd);
		return;
	}
	c->listener = fd;
	c->ev_accept = event_new(c->child.base, fd, EV_READ | EV_PERSIST,
	    control_accept, c);
	c->ev_resume = evtimer_new(c->child.base, control_resume, c);
	if (c->ev_accept == NULL || c->ev_resume == NULL ||
	    event_add(c->ev_accept, NULL) == -1)
		fatalx("control listener");
}
