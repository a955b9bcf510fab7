/* SPDX-License-Identifier: ISC */
/*
 * Mode 6, for ntpq: the engine hands what it may on to the query child, and
 * sends what comes back to the address that it remembered.
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "mode6.h"

#define RELAY_NS	UINT64_C(2000000000)	/* for the query child */

static bool
mode6_allowed(const struct engine *e, bool v6, const uint8_t *ip)
{
	const struct conf_prefixes	*list = &e->conf.ntpq_allow;
	uint32_t			 i;

	for (i = 0; i < list->n; i++)
		if (prefix_has(&list->prefix[i], v6 ? 6 : 4, ip))
			return (true);
	return (false);
}

/* The address alone: another port is no other source. */
static const uint8_t *
ip_of(const struct sockaddr_in6 *sin6)
{
	const struct sockaddr_in	*sin = (const void *)sin6;

	if (sin6->sin6_family == AF_INET6)
		return (sin6->sin6_addr.s6_addr);
	return ((const uint8_t *)&sin->sin_addr);
}

/*
 * A place for a question whose answer will have to find its way back.  A
 * question that is not answered keeps it for a while, so that one source must
 * not have them all.
 */
static struct engine_relay *
relay_new(struct engine *e, const struct sockaddr_in6 *from)
{
	struct engine_relay	*r, *unused = NULL;
	size_t			 len = from->sin6_family == AF_INET6 ? 16 : 4;
	unsigned int		 n = 0;

	for (r = e->relay; r < e->relay + ENGINE_RELAYS; r++)
		if (r->until < e->batch.mono)
			unused = r;
		else if (r->to.sin6_family == from->sin6_family &&
		    memcmp(ip_of(&r->to), ip_of(from), len) == 0)
			n++;
	return (n < ENGINE_RELAYS_ONE ? unused : NULL);
}

/* Whether message i, of mode 6, was handed on. */
bool
engine_mode6(struct engine *e, const struct engine_socket *s, unsigned int i)
{
	struct engine_batch	*b = &e->batch;
	const struct msghdr	*h = b->head;
	struct engine_relay	*r;
	struct msg_mode6	 m;

	if (e->query.fd == -1 || b->msg[i].msg_len > sizeof(m.data) ||
	    !mode6_allowed(e, s->v6, ip_of(&b->from[i])) ||
	    (r = relay_new(e, &b->from[i])) == NULL)
		return (false);
	memset(&m, 0, sizeof(m));
	m.token = ++e->relays;
	m.len = b->msg[i].msg_len;
	memcpy(m.data, b->packet[i], m.len);
	addr_from_sockaddr(&m.from, (const struct sockaddr *)&b->from[i],
	    h->msg_namelen);
	engine_tell_query(e);		/* so that it answers what is so */
	if (imsgev_send(&e->query, MSG_MODE6_REQ, 0, -1, &m) == -1)
		return (false);
	r->until = b->mono + RELAY_NS;
	r->token = m.token;
	r->left = MODE6_FRAGMENTS;
	r->socket = s->id;
	r->to = b->from[i];
	r->to_len = h->msg_namelen;
	r->control_len = h->msg_controllen;
	if (r->control_len > 0)
		memcpy(r->control, h->msg_control, r->control_len);
	return (true);
}

/*
 * A part of an answer.  The query child does not get to send anything else,
 * nor more: the last part, which says that it is, gives up the place.
 */
void
engine_mode6_reply(struct engine *e, const struct msg_mode6 *m)
{
	struct engine_relay	*r;
	struct engine_socket	*s;
	struct iovec		 iov;
	struct msghdr		 h;
	ssize_t			 n;
	bool			 last;

	if (!mode6_is_fragment(m->data, m->len, &last))
		return;
	for (r = e->relay; r < e->relay + ENGINE_RELAYS; r++)
		if (r->token == m->token && r->until >= child_mono())
			break;
	if (r == e->relay + ENGINE_RELAYS ||
	    (s = engine_socket_find(e, r->socket)) == NULL)
		return;
	if (last || --r->left == 0)
		r->until = 0;
	memset(&h, 0, sizeof(h));
	iov.iov_base = (void *)(uintptr_t)m->data;
	iov.iov_len = m->len;
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	h.msg_name = &r->to;
	h.msg_namelen = r->to_len;
	h.msg_control = r->control_len > 0 ? r->control : NULL;
	h.msg_controllen = r->control_len;
	if ((n = sendmsg(s->fd, &h, MSG_DONTWAIT)) > 0)
		e->work.counters.bytes_out += (uint64_t)n;
}
