/* SPDX-License-Identifier: ISC */
/* The engine's life: configuration, listeners, start and end; see engine.h. */

#include <sys/mman.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "log.h"

struct engine_socket *
engine_socket_find(struct engine *e, uint32_t id)
{
	unsigned int	 i;

	for (i = 0; i < ENGINE_SOCKETS; i++)
		if (e->sockets[i].fd != -1 && e->sockets[i].id == id)
			return (&e->sockets[i]);
	return (NULL);
}

static void
engine_socket_free(struct engine_socket *s)
{
	if (s->ev != NULL)
		event_free(s->ev);
	close(s->fd);
	s->ev = NULL;
	s->fd = -1;
}

static void
engine_socket_add(struct engine *e, int fd, const struct msg_listener *m)
{
	struct engine_socket	*s;
	unsigned int		 i;

	if (e->generation == 0)
		fatalx("a listener outside of a configuration");
	for (i = 0; i < ENGINE_SOCKETS && e->sockets[i].fd != -1; i++)
		;
	if (i == ENGINE_SOCKETS)
		fatalx("more listeners than %d", ENGINE_SOCKETS);
	s = &e->sockets[i];
	s->engine = e;
	s->fd = fd;
	s->id = m->id;
	s->addr = m->addr;
	s->v6 = m->addr.family == AF_INET6;
	s->staged = s->keep = true;
	s->ev = event_new(e->child.base, fd, EV_READ | EV_PERSIST, engine_read,
	    s);
	if (s->ev == NULL)
		fatalx("event_new");
}

static void
engine_listen(struct engine *e)
{
	unsigned int	 i;

	for (i = 0; i < ENGINE_SOCKETS; i++)
		if (e->sockets[i].fd != -1 && !e->sockets[i].staged)
			event_add(e->sockets[i].ev, NULL);
}

static void
engine_conf_begin(struct engine *e, uint64_t generation)
{
	unsigned int	 i;

	e->generation = generation;
	conf_init(&e->staged);
	for (i = 0; i < ENGINE_SOCKETS; i++)
		e->sockets[i].keep = false;
}

static void
engine_conf_item(struct engine *e, const struct conf_item *item)
{
	char	 err[CONF_ERR_MAX];

	if (e->generation == 0)
		fatalx("an item outside of a configuration");
	if (conf_item_set(&e->staged, item, err, sizeof(err)) == -1)
		fatalx("configuration item: %s", err);
}

static void
engine_conf_abort(struct engine *e)
{
	unsigned int	 i;

	e->generation = 0;
	for (i = 0; i < ENGINE_SOCKETS; i++)
		if (e->sockets[i].fd != -1 && e->sockets[i].staged)
			engine_socket_free(&e->sockets[i]);
}

static void
engine_conf_commit(struct engine *e)
{
	struct engine_socket	*s;
	unsigned int		 i;

	e->conf = e->staged;
	e->generation = 0;
	engine_clock_config(e);
	engine_limit_config(e);
	if (e->running)
		engine_count_drops(e);
	for (i = 0; i < ENGINE_SOCKETS; i++) {
		s = &e->sockets[i];
		if (s->fd == -1)
			continue;
		if (!s->keep) {
			if (e->running)
				engine_drain(e, s);
			engine_socket_free(s);
		} else
			s->staged = false;
	}
	if (e->running)
		engine_listen(e);
}

static void
engine_map(struct engine *e, int fd, const struct msg_page *m)
{
	void	*page;

	if (m->size != sizeof(struct state_page))
		fatalx("a state page of another size");
	page = mmap(NULL, sizeof(struct state_page), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		fatal("mmap");
	e->page = page;
	if (!page_valid(e->page))
		fatalx("a damaged state page");
}

/* Looks at the clock and at what the kernel dropped, and tells the page. */
static void
engine_look(struct engine *e)
{
	engine_clock_now(e);
	engine_publish(e);
	engine_count_drops(e);
	page_commit(e->page, &e->work);
}

/* Once a second, also without a request: an update of the clock is seen. */
static void
engine_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	engine_look(arg);
}

/* Takes over where the predecessor stopped, and starts to read. */
static void
engine_run(struct engine *e)
{
	struct timeval	 second = { 1, 0 };
	struct timespec	 now;

	if (e->page == NULL)
		fatalx("told to run without a state page");
	e->work = *page_current(e->page);
	e->running = true;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_recall(&e->clock, &e->work.memory, &now);
	engine_look(e);
	if (event_add(e->tick, &second) == -1)
		fatalx("event_add");
	engine_listen(e);
}

static void
engine_send_stats(struct engine *e, uint32_t id)
{
	struct msg_stats	 m;

	if (e->page == NULL)
		return;
	if (e->running)
		engine_look(e);
	page_stats(e->page, &m);
	m.answering = 1;
	imsgev_send(&e->control, MSG_STATS, id, -1, &m);
}

static void
engine_shutdown(struct engine *e)
{
	unsigned int	 i;

	if (e->running)
		for (i = 0; i < ENGINE_SOCKETS; i++)
			if (e->sockets[i].fd != -1 && !e->sockets[i].staged)
				engine_drain(e, &e->sockets[i]);
	/* Once more, so that whoever shows the counters next shows the last. */
	engine_send_stats(e, 0);
	imsgev_flush(&e->control, 100);
	child_leave(&e->child);
}

static void
engine_from_control(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct engine	*e = arg;

	(void)iev;
	(void)p;
	switch (imsg_get_type(imsg)) {
	case MSG_STATS_REQ:
		engine_send_stats(e, imsg_get_id(imsg));
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

static void
engine_lost_control(struct imsgev *iev, enum imsgev_end end, const char *why,
    void *arg)
{
	(void)iev;
	(void)arg;
	/* It died: the parent starts another and sends a new channel. */
	if (end != IMSGEV_EOF)
		fatalx("channel to control: %s", why);
}

static void
engine_peer(struct engine *e, int fd)
{
	imsgev_close(&e->control);
	if (imsgev_init(&e->control, e->child.base, fd, PROC_ENGINE,
	    PROC_CONTROL, engine_from_control, engine_lost_control, e) == -1)
		fatal("channel to control");
}

static void
engine_from_parent(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct engine		*e = arg;
	struct engine_socket	*s;

	switch (imsg_get_type(imsg)) {
	case MSG_PEER:
		engine_peer(e, imsg_get_fd(imsg));
		break;
	case MSG_STATE_PAGE:
		engine_map(e, imsg_get_fd(imsg), &p->STATE_PAGE);
		break;
	case MSG_RUN:
		engine_run(e);
		break;
	case MSG_CONFIG_BEGIN:
		engine_conf_begin(e, p->CONFIG_BEGIN.generation);
		break;
	case MSG_CONFIG_ITEM:
		engine_conf_item(e, &p->CONFIG_ITEM);
		break;
	case MSG_LISTENER:
		engine_socket_add(e, imsg_get_fd(imsg), &p->LISTENER);
		break;
	case MSG_LISTENER_KEEP:
		if ((s = engine_socket_find(e, p->LISTENER_KEEP.id)) == NULL)
			fatalx("told to keep a listener that is not there");
		s->keep = true;
		break;
	case MSG_CONFIG_END:
		imsgev_send(iev, MSG_CONFIG_ACK, 0, -1, &p->CONFIG_END);
		break;
	case MSG_CONFIG_COMMIT:
		engine_conf_commit(e);
		break;
	case MSG_CONFIG_ABORT:
		engine_conf_abort(e);
		break;
	case MSG_SHUTDOWN:
		engine_shutdown(e);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

void
engine_main(const struct child_args *args)
{
	static struct engine	 eng;
	unsigned int		 i;

	eng.control.fd = -1;
	for (i = 0; i < ENGINE_SOCKETS; i++)
		eng.sockets[i].fd = -1;
	conf_init(&eng.conf);
	engine_io_init(&eng);
	child_start(&eng.child, args, engine_from_parent, &eng);
	eng.tick = event_new(eng.child.base, -1, EV_PERSIST, engine_tick,
	    &eng);
	if (eng.tick == NULL)
		fatalx("event_new");
	child_run(&eng.child);
	exit(0);
}
