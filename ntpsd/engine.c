/* SPDX-License-Identifier: ISC */
/* The engine's life: start, ticks, messages and end; see engine.h. */

#include <sys/mman.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "log.h"

#define STACK_WARM	(64 * 1024)
#define HEAP_WARM	(32 * 1024)

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
	(void)os_memory_fill(page, sizeof(struct state_page));
	e->page = page;
	e->index = m->index;
	setproctitle("engine %u", e->index);
	if (!page_valid(e->page))
		fatalx("a damaged state page");
	engine_io_init(e);
}

/* Once for each list: from now on, it does not say all there is. */
static void
engine_leap_expired(struct engine *e)
{
	if (e->clock.leap_expired && !e->leap_told)
		log_warnx("the list of leap seconds has expired: the kernel's "
		    "word counts");
	e->leap_told = e->clock.leap_expired;
}

/* Looks at the clock and at what the kernel dropped, and tells the page. */
static void
engine_look(struct engine *e)
{
	struct timespec	 now;

	(void)engine_clock_look(e, &now);
	engine_clock_now(e);
	engine_leap_expired(e);
	engine_publish(e);
	engine_count_drops(e);
	page_commit(e->page, &e->work);
}

/* Once a second, also without a request: an update of the clock is seen. */
static void
engine_tick(evutil_socket_t fd, short what, void *arg)
{
	struct engine	*e = arg;

	(void)fd;
	(void)what;
	engine_look(e);
	engine_overload_tick(e);
	engine_table_sweep(e);
	engine_event_notes(e);
	if (e->conf.ntpq_allow.n > 0)
		engine_tell_query(e);
}

/* Takes over where the predecessor stopped, and starts to read. */
static void
engine_run(struct engine *e, bool crashed)
{
	struct timeval	 second = { 1, 0 };
	struct timespec	 now;

	if (e->page == NULL)
		fatalx("told to run without a state page");
	e->work = *page_current(e->page);
	page_times_take(e->page);
	e->running = true;
	engine_table_run(e);
	engine_policy_run(e);
	engine_auth_run(e);
	engine_overload_run(e);
	engine_event_run(e);
	clock_gettime(CLOCK_REALTIME, &now);
	clock_recall(&e->clock, &e->work.memory, &now);
	if (e->work.mirror.valid)
		engine_mirror(e, &e->work.mirror);
	engine_look(e);
	engine_replay(e, crashed);
	if (event_add(e->tick, &second) == -1)
		fatal("event_add");
	engine_listen(e);
}

static void
engine_stats(struct engine *e, struct msg_stats *m)
{
	page_stats(e->page, m);
	if (e->running)
		engine_table_tell(e, &m->table);
	m->answering = 1;
}

/* To control: the times first, and the counters that go with them. */
static void
engine_send_stats(struct engine *e, uint32_t id)
{
	static struct msg_times	 times;
	struct msg_stats	 m;
	unsigned int		 kind;

	if (e->page == NULL)
		return;
	if (e->running)
		engine_look(e);
	for (kind = 0; kind < TIMES_KINDS; kind++) {
		page_times(e->page, (enum times)kind, &times);
		imsgev_send(&e->control, MSG_TIMES, id, -1, &times);
	}
	engine_stats(e, &m);
	imsgev_send(&e->control, MSG_STATS, id, -1, &m);
}

/*
 * Once a second, for questions that another engine gets; and before one of our
 * own, when the page is as of the batch before.
 */
void
engine_tell_query(struct engine *e)
{
	struct msg_stats	 m;

	engine_stats(e, &m);
	(void)imsgev_send(&e->query, MSG_STATS, 0, -1, &m);
}

static void
engine_shutdown(struct engine *e)
{
	unsigned int	 i;

	if (e->running) {
		for (i = 0; i < ENGINE_SOCKETS; i++)
			if (e->sockets[i].fd != -1 && !e->sockets[i].staged)
				engine_drain(e, &e->sockets[i]);
		engine_table_leave(e);
		engine_event_flush(e);
	}
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

	switch (imsg_get_type(imsg)) {
	case MSG_STATS_REQ:
		if (e->page != NULL && (p->STATS_REQ.what & ASK_HITS))
			engine_policy_tell(e, imsg_get_id(imsg));
		if (e->page != NULL && (p->STATS_REQ.what & ASK_KEYS))
			engine_auth_tell(e, imsg_get_id(imsg));
		engine_send_stats(e, imsg_get_id(imsg));
		break;
	case MSG_CLIENTS_REQ:
		engine_scan(e, iev, imsg_get_id(imsg), &p->CLIENTS_REQ.query);
		break;
	case MSG_WATCH:
		engine_event_watch(e, &p->WATCH);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

static void
engine_from_query(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct engine	*e = arg;

	switch (imsg_get_type(imsg)) {
	case MSG_MIRROR:
		engine_mirror(e, &p->MIRROR);
		break;
	case MSG_MODE6_REPLY:
		engine_mode6_reply(e, &p->MODE6_REPLY);
		break;
	case MSG_CLIENTS_REQ:
		engine_scan(e, iev, imsg_get_id(imsg), &p->CLIENTS_REQ.query);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

/* One that died has a successor, to which the parent sends a new channel. */
static void
engine_lost_peer(struct imsgev *iev, enum imsgev_end end, const char *why,
    void *arg)
{
	struct engine	*e = arg;
	struct msg_peer	 m;

	engine_scan_end(e, iev);
	if (end == IMSGEV_EOF)
		return;
	memset(&m, 0, sizeof(m));
	m.proc = iev == &e->query ? PROC_QUERY : PROC_CONTROL;
	log_warnx("channel to %s: %s", proc_name(m.proc), why);
	if (m.proc == PROC_QUERY)	/* of control, we are not believed */
		imsgev_send(&e->child.parent, MSG_PEER_BROKE, 0, -1, &m);
}

static void
engine_peer(struct engine *e, int fd, enum proc_id peer)
{
	struct imsgev	*iev = peer == PROC_QUERY ? &e->query : &e->control;

	engine_scan_end(e, iev);
	imsgev_close(iev);
	if (imsgev_init(iev, e->child.base, fd, PROC_ENGINE, peer,
	    peer == PROC_QUERY ? engine_from_query : engine_from_control,
	    engine_lost_peer, e) == -1)
		fatal("channel to %s", proc_name(peer));
}

static void
engine_from_parent(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct engine		*e = arg;
	struct engine_socket	*s;

	(void)iev;
	switch (imsg_get_type(imsg)) {
	case MSG_PEER:
		engine_peer(e, imsg_get_fd(imsg), (enum proc_id)p->PEER.proc);
		break;
	case MSG_STATE_PAGE:
		engine_map(e, imsg_get_fd(imsg), &p->STATE_PAGE);
		break;
	case MSG_CLIENT_TABLE:
		engine_table_take(e, imsg_get_fd(imsg), &p->CLIENT_TABLE);
		break;
	case MSG_RUN:
		engine_run(e, p->RUN.crashed != 0);
		break;
	case MSG_DENIAL:
		engine_policy_denial(e, &p->DENIAL);
		break;
	case MSG_CONFIG_BEGIN:
		engine_conf_begin(e, p->CONFIG_BEGIN.generation);
		break;
	case MSG_CONFIG_ITEM:
		child_conf_item(&e->staged, e->generation,
		    &p->CONFIG_ITEM);
		break;
	case MSG_CONFIG_BLOB:
		engine_blob(e, imsg_get_fd(imsg), &p->CONFIG_BLOB);
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
		engine_conf_end(e, p->CONFIG_END.generation);
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

/*
 * Who waits in reserve has time; who takes a dead engine's place has none for
 * page faults: what will be written to is there by then.
 */
static void
engine_warm(struct engine *e)
{
	uint8_t	 stack[STACK_WARM];
	void	*heap;

	/* Zeroes are written over zeroes. */
	explicit_bzero(&e->staged, sizeof(e->staged));
	explicit_bzero(&e->batch, sizeof(e->batch));
	explicit_bzero(stack, sizeof(stack));
	if ((heap = malloc(HEAP_WARM)) != NULL)
		explicit_bzero(heap, HEAP_WARM);
	free(heap);
}

void
engine_main(const struct child_args *args)
{
	static struct engine	 eng;
	unsigned int		 i;

	eng.control.fd = eng.query.fd = -1;
	for (i = 0; i < ENGINE_SOCKETS; i++)
		eng.sockets[i].fd = -1;
	conf_init(&eng.conf);
	engine_policy_init(&eng);
	engine_stamp_init(&eng);
	child_start(&eng.child, args, engine_from_parent, &eng);
	eng.tick = event_new(eng.child.base, -1, EV_PERSIST, engine_tick,
	    &eng);
	if (eng.tick == NULL)
		fatal("event_new");
	engine_event_init(&eng);
	engine_warm(&eng);
	child_run(&eng.child);
	if (eng.keys != NULL)
		os_secret_free(eng.keys, mac_keys_size(eng.keys->n));
	exit(0);
}
