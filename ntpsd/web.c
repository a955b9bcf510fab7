/* SPDX-License-Identifier: ISC */
/* The web child's life, its parent and its channels to control; see web.h. */

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "web.h"

#define ALONE_S	5	/* seconds without control before it gives up */

/* Names of users, from before the chroot: there is no file of them inside. */
static struct {
	uint32_t	 uid;
	char		 name[32];
}		 users[2];

static void
users_learn(const struct child_args *args)
{
	const struct passwd	*pw;
	size_t			 i;

	users[1].uid = args->priv.root ? (uint32_t)args->priv.uid :
	    (uint32_t)getuid();
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if ((pw = getpwuid(users[i].uid)) != NULL)
			strlcpy(users[i].name, pw->pw_name,
			    sizeof(users[i].name));
}

static const char *
user_name(uint32_t uid)
{
	size_t	 i;

	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (users[i].uid == uid && users[i].name[0] != '\0')
			return (users[i].name);
	return (NULL);
}

uint64_t
web_now(void)
{
	return (child_mono() / 1000000);
}

static void
web_from_control(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct web	*w = arg;

	if (iev == &w->channel[WEB_QUESTIONS])
		web_ask_message(w, imsg_get_type(imsg), p);
	else
		web_stream_message(w, imsg_get_type(imsg), p);
}

/* A successor brings other channels, but it may also be us who is shut out. */
static void
web_lost_control(struct imsgev *iev, enum imsgev_end end, const char *why,
    void *arg)
{
	struct web	*w = arg;
	struct timeval	 patience = { ALONE_S, 0 };

	if (end != IMSGEV_EOF)
		log_warnx("channel to control: %s", why);
	if (iev == &w->channel[WEB_QUESTIONS])
		web_ask_peer(w);
	else
		web_stream_peer(w);
	event_add(w->ev_alone, &patience);
}

static void
web_alone(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fatalx("control has gone");
}

static void
web_peer(struct web *w, int fd, const struct msg_peer *m)
{
	struct imsgev	*iev;
	unsigned int	 i;

	if (m->proc != PROC_CONTROL || m->index >= WEB_PEERS) {
		close(fd);
		return;
	}
	iev = &w->channel[m->index];
	imsgev_close(iev);
	if (imsgev_init(iev, w->child.base, fd, PROC_CLIENT, PROC_CONTROL,
	    web_from_control, web_lost_control, w) == -1)
		fatal("channel to control");
	for (i = 0; i < WEB_PEERS && w->channel[i].fd != -1; i++)
		;
	if (i == WEB_PEERS)
		event_del(w->ev_alone);
	if (m->index == WEB_QUESTIONS)
		web_ask_peer(w);
	else
		web_stream_peer(w);
}

/* The descriptor of a change that is not committed, or -1. */
static void
web_stage(struct web *w, int fd)
{
	if (w->staged_fd != -1)
		close(w->staged_fd);
	w->staged_fd = fd;
}

static void
web_commit(struct web *w)
{
	w->conf = w->staged;
	w->generation = 0;
	if (w->staged_fd != -1)
		web_listen(w, w->staged_fd);
	w->staged_fd = -1;
}

static void
web_from_parent(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct web	*w = arg;

	switch (imsg_get_type(imsg)) {
	case MSG_PEER:
		web_peer(w, imsg_get_fd(imsg), &p->PEER);
		break;
	case MSG_CONFIG_BEGIN:
		w->generation = p->CONFIG_BEGIN.generation;
		conf_init(&w->staged);
		web_stage(w, -1);
		break;
	case MSG_CONFIG_ITEM:
		child_conf_item(&w->staged, w->generation, &p->CONFIG_ITEM);
		break;
	case MSG_WEB_LISTENER:
		web_stage(w, imsg_get_fd(imsg));
		break;
	case MSG_CONFIG_END:
		imsgev_send(iev, MSG_CONFIG_ACK, 0, -1, &p->CONFIG_END);
		break;
	case MSG_CONFIG_COMMIT:
		web_commit(w);
		break;
	case MSG_CONFIG_ABORT:
		w->generation = 0;
		web_stage(w, -1);
		break;
	case MSG_NONCE:
	case MSG_REFUSED:
	case MSG_RESULT:
		web_change_message(w, imsg_get_type(imsg), imsg_get_id(imsg),
		    p);
		break;
	case MSG_SHUTDOWN:
		child_leave(&w->child);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

void
web_main(const struct child_args *args)
{
	static struct web	 web;
	struct web		*w = &web;
	unsigned int		 i;

	w->staged_fd = -1;
	for (i = 0; i < WEB_PEERS; i++)
		w->channel[i].fd = -1;
	conf_init(&w->conf);
	users_learn(args);
	tzset();		/* gmtime(3) would look for a file later */
	child_start(&w->child, args, web_from_parent, w);
	w->ev_alone = evtimer_new(w->child.base, web_alone, w);
	if (w->ev_alone == NULL)
		fatal("evtimer_new");
	web_accept_init(w);
	web_ask_init(w, user_name);
	web_stream_init(w);
	child_run(&w->child);
	exit(0);
}
