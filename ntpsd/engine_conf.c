/* SPDX-License-Identifier: ISC */
/*
 * A configuration as the engine gets it: keys, listeners and what the config
 * child built, put aside until the parent says that all have taken it.
 */

#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "leap.h"
#include "log.h"
#include "policy_map.h"

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

void
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
	s->dropped = m->dropped;
	s->addr = m->addr;
	s->v6 = m->addr.family == AF_INET6;
	s->staged = s->keep = true;
	s->ev = event_new(e->child.base, fd, EV_READ | EV_PERSIST, engine_read,
	    s);
	if (s->ev == NULL)
		fatal("event_new");
}

void
engine_listen(struct engine *e)
{
	unsigned int	 i;

	for (i = 0; i < ENGINE_SOCKETS; i++)
		if (e->sockets[i].fd != -1 && !e->sockets[i].staged)
			event_add(e->sockets[i].ev, NULL);
}

static void
engine_blobs_drop(struct engine_blob *b)
{
	unsigned int	 i;

	for (i = 0; i < BLOB_KINDS; i++)
		if (b[i].mem != NULL)
			os_blob_unmap(b[i].mem, b[i].len);
	memset(b, 0, BLOB_KINDS * sizeof(*b));
}

/* Whether what the config child built can be looked into without harm. */
static bool
engine_blob_sound(enum blob_kind kind, const struct engine_blob *b)
{
	switch (kind) {
	case BLOB_POLICY:
		return (policy_map_check(b->mem, b->len) == 0);
	case BLOB_LEAP:
		return (b->len == sizeof(struct leap_table) &&
		    leap_table_check(b->mem) == 0);
	case BLOB_KEYS:
		return (mac_keys_check(b->mem, b->len) == 0);
	case BLOB_KINDS:
		break;
	}
	return (false);
}

void
engine_blob(struct engine *e, int fd, const struct msg_blob *m)
{
	struct engine_blob	*b = &e->staged_blob[m->kind];
	ssize_t			 len;

	if (e->generation == 0 || b->mem != NULL)
		fatalx("a blob outside of a configuration");
	if ((len = os_blob_size(fd, BLOB_MAX)) == -1 ||
	    (uint64_t)len != m->size)
		fatalx("a blob that could change");
	b->len = (size_t)len;
	if ((b->mem = os_blob_map(fd, b->len)) == NULL)
		fatal("a blob of %zu octets", b->len);
	close(fd);
	if (!engine_blob_sound((enum blob_kind)m->kind, b))
		fatalx("a blob that makes no sense");
}

void
engine_conf_begin(struct engine *e, uint64_t generation)
{
	unsigned int	 i;

	e->generation = generation;
	conf_init(&e->staged);
	engine_blobs_drop(e->staged_blob);
	for (i = 0; i < ENGINE_SOCKETS; i++)
		e->sockets[i].keep = false;
}

/* Whatever cannot be worked with is found out before it is taken. */
void
engine_conf_end(struct engine *e, uint64_t generation)
{
	if (e->staged.policy.n > 0 && e->staged_blob[BLOB_POLICY].mem == NULL)
		fatalx("rules without their prefixes");
	engine_table_ack(e, generation);
}

void
engine_conf_abort(struct engine *e)
{
	unsigned int	 i;

	e->generation = 0;
	engine_blobs_drop(e->staged_blob);
	for (i = 0; i < ENGINE_SOCKETS; i++)
		if (e->sockets[i].fd != -1 && e->sockets[i].staged)
			engine_socket_free(&e->sockets[i]);
}

void
engine_conf_commit(struct engine *e)
{
	struct engine_socket	*s;
	unsigned int		 i;

	e->conf = e->staged;
	e->generation = 0;
	engine_blobs_drop(e->blob);
	memcpy(e->blob, e->staged_blob, sizeof(e->blob));
	memset(e->staged_blob, 0, sizeof(e->staged_blob));
	engine_clock_config(e);
	engine_limit_config(e);
	engine_gather_config(e);
	engine_table_config(e);
	engine_policy_config(e);
	engine_auth_config(e);
	if (e->running)
		engine_count_drops(e);
	engine_overload_config(e);
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
	if (e->pinned != e->conf.pin_workers &&
	    os_pin(e->conf.pin_workers ? (int)e->index : -1) == -1)
		log_warn("pin_workers");
	e->pinned = e->conf.pin_workers;
}
