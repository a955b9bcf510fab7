/* SPDX-License-Identifier: ISC */
/*
 * Hostile children that the parent acts itself: see hostile_judge.h.  They cost
 * no process, so that a million messages take seconds, and the same parent,
 * with the same gate and handlers, has to live with them.
 */

#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../ntpsd/ntpsd.h"
#include "hostile_judge.h"
#include "hostile_mutate.h"

#define FIRST_PID	0x40000000	/* no process has one like it */
#define AT_ONCE		16		/* messages of one turn */
#define EARLY		8		/* one in so many does not greet, … */
#define DEAF		16		/* … does not read, … */
#define STUBBORN	8		/* … does not leave when asked */
#define RUDE		100		/* of 1000 messages */

struct actor {
	TAILQ_ENTRY(actor) entry;
	struct parent	*parent;
	struct imsgbuf	 ibuf;
	struct event	*ev;
	struct mutator	 mutator;
	struct mutant	 out;
	pid_t		 pid;
	int		 fd;		/* -1: dead */
	int		 status;	/* then */
	bool		 stubborn;
};

static TAILQ_HEAD(, actor)	 actors = TAILQ_HEAD_INITIALIZER(actors);
static pid_t			 last_pid = FIRST_PID;

/* As after SIGCHLD. */
static void
actor_reaped(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	proc_reap(arg);
}

static void
actor_dies(struct actor *a, int status)
{
	static const struct timeval	 now = { 0, 0 };

	if (a->fd == -1)
		return;
	event_free(a->ev);
	imsgbuf_clear(&a->ibuf);
	close(a->fd);
	a->fd = -1;
	a->status = status;
	(void)event_base_once(a->parent->base, -1, EV_TIMEOUT, actor_reaped,
	    a->parent, &now);
}

static void
actor_says(struct actor *a, enum msg_type type, const void *data)
{
	(void)imsg_compose(&a->ibuf, type, 0, 0, -1, data, msg_size(type));
}

/* Good manners, as far as they go; false: it has left. */
static bool
actor_hears(struct actor *a, struct imsg *imsg)
{
	struct msg_generation	 g;

	switch (imsg_get_type(imsg)) {
	case MSG_CONFIG_END:
		if (imsg_get_data(imsg, &g, sizeof(g)) == 0)
			actor_says(a, MSG_CONFIG_ACK, &g);
		break;
	case MSG_SHUTDOWN:
		if (a->stubborn)
			break;
		actor_dies(a, 0);
		return (false);
	}
	return (true);
}

static void
actor_reads(struct actor *a)
{
	struct imsg	 imsg;
	bool		 there = imsgbuf_read(&a->ibuf) == 1;

	if (!there)
		actor_dies(a, 0);
	while (there && imsgbuf_get(&a->ibuf, &imsg) > 0) {
		there = actor_hears(a, &imsg);
		imsg_free(&imsg);
	}
}

/* Whole messages of good manners, between whole ones without. */
static void
actor_writes(struct actor *a)
{
	unsigned int	 i;
	int		 done = 1;

	for (i = 0; i < AT_ONCE && done == 1; i++) {
		if (a->out.sent == a->out.len) {
			if (imsgbuf_write(&a->ibuf) == -1)
				break;
			if (imsgbuf_queuelen(&a->ibuf) > 0)
				return;
			mutate(&a->mutator, &a->out);
		}
		done = mutant_send(&a->out, a->fd);
	}
	/* The parent has closed; what it has to say of us comes. */
	if (done == -1)
		event_del(a->ev);
}

static void
actor_acts(evutil_socket_t fd, short what, void *arg)
{
	struct actor	*a = arg;

	(void)fd;
	if (what & EV_READ)
		actor_reads(a);
	if (what & EV_WRITE && a->fd != -1)
		actor_writes(a);
}

static void
actor_init(struct actor *a, enum proc_id id)
{
	static const struct msg_hello	 zero;
	struct msg_hello		 hello = zero;
	short				 what;
	struct mutator			*m = &a->mutator;

	mutator_init(m, id, PROC_PARENT, judge_seed() +
	    (uint64_t)(a->pid - FIRST_PID) * 0x10001);
	m->rude = RUDE;
	m->tame = false;
	a->stubborn = mutator_pick(m, STUBBORN) == 0;
	hello.catalogue = msg_catalogue();
	if (mutator_pick(m, EARLY) != 0)
		actor_says(a, MSG_HELLO, &hello);
	what = mutator_pick(m, DEAF) == 0 ? 0 : EV_READ;
	a->ev = event_new(a->parent->base, a->fd, EV_WRITE | EV_PERSIST |
	    what, actor_acts, a);
	if (a->ev == NULL || event_add(a->ev, NULL) == -1)
		abort();
}

pid_t
inside_birth(struct parent *p, int fd, enum proc_id id)
{
	struct actor	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (-1);
	a->parent = p;
	a->pid = ++last_pid;
	a->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (a->fd == -1 || imsgbuf_init(&a->ibuf, a->fd) == -1)
		abort();		/* a test that is none */
	imsgbuf_allow_fdpass(&a->ibuf);
	actor_init(a, id);
	TAILQ_INSERT_TAIL(&actors, a, entry);
	return (a->pid);
}

static struct actor *
actor_of(pid_t pid)
{
	struct actor	*a;

	TAILQ_FOREACH(a, &actors, entry)
		if (a->pid == pid)
			return (a);
	return (NULL);
}

bool
inside_kill(pid_t pid)
{
	struct actor	*a = actor_of(pid);

	if (a != NULL)
		actor_dies(a, SIGKILL);
	return (a != NULL);
}

pid_t
inside_wait(pid_t pid, int *status)
{
	struct actor	*a = actor_of(pid);

	if (a == NULL)
		return (-2);
	if (a->fd != -1)
		return (0);
	*status = a->status;
	TAILQ_REMOVE(&actors, a, entry);
	free(a);
	return (pid);
}

void
inside_end(void)
{
	struct actor	*a;

	TAILQ_FOREACH(a, &actors, entry)
		actor_dies(a, SIGKILL);
}
