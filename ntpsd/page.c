/* SPDX-License-Identifier: ISC */
/* The state page: see page.h. */

#include <stdatomic.h>
#include <string.h>

#include "page.h"

void
page_init(struct state_page *page, uint64_t now)
{
	memset(page, 0, sizeof(*page));
	page->since = now;
	page->magic = PAGE_MAGIC;
}

int
page_valid(const struct state_page *page)
{
	return (page->magic == PAGE_MAGIC && page->current <= 1);
}

const struct page_copy *
page_current(const struct state_page *page)
{
	return (&page->copy[page->current & 1]);
}

void
page_commit(struct state_page *page, const struct page_copy *copy)
{
	uint32_t	 other = (page->current & 1) ^ 1;

	page->copy[other] = *copy;
	/* A signal may end us anywhere: the copy is whole before the switch. */
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&page->current = other;
	atomic_signal_fence(memory_order_seq_cst);
	page_times_follow(page);
}

void
page_stats(const struct state_page *page, struct msg_stats *m)
{
	const struct page_copy	*copy = page_current(page);

	memset(m, 0, sizeof(*m));
	m->engines = 1;
	m->since = page->since;
	m->last_request = copy->last_request;
	m->last_source = copy->last_source;
	m->counters = copy->counters;
	m->clock = copy->clock;
}

/* Ready to receive, but for the pointers, which nobody changes. */
static void
message_reset(struct page_batch *b, unsigned int i)
{
	struct msghdr	*h = &b->msg[i].msg_hdr;

	b->msg[i].msg_len = PAGE_PENDING;
	h->msg_namelen = sizeof(b->from[i]);
	h->msg_controllen = sizeof(b->control[i]);
	h->msg_flags = 0;
	memset(b->kiss[i], 0, sizeof(b->kiss[i]));
}

static void
message_point(struct page_batch *b, unsigned int i)
{
	struct msghdr	*h = &b->msg[i].msg_hdr;

	b->iov[i].iov_base = b->packet[i];
	b->iov[i].iov_len = NTP_PACKET_MAX;
	h->msg_iov = &b->iov[i];
	h->msg_iovlen = 1;
	h->msg_name = &b->from[i];
	h->msg_control = b->control[i];
}

/*
 * Every octet is written: a kernel that has to end us may not wait for memory
 * any more, and what it has taken from the socket would be lost.
 */
void
page_batch_init(struct state_page *page)
{
	struct page_batch	*b = &page->batch;
	unsigned int		 i;

	/* All but the number: it says that the rest means nothing. */
	memset((uint8_t *)b + sizeof(b->number), 0,
	    sizeof(*b) - sizeof(b->number));
	for (i = 0; i < PAGE_BATCH; i++) {
		message_point(b, i);
		message_reset(b, i);
	}
}

void
page_batch_begin(struct state_page *page, uint32_t listener, bool v6,
    unsigned int used)
{
	struct page_batch	*b = &page->batch;
	unsigned int		 i;

	for (i = 0; i < used; i++)
		message_reset(b, i);
	b->listener = listener;
	b->v6 = v6;
	b->hand = b->replies = b->sent = b->skip = b->replaying = 0;
	/* The batch before is settled until all of its messages are gone. */
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint64_t *)&b->number = b->number + 1;
}

static enum page_fate
message_fate(const struct page_batch *b, unsigned int i)
{
	if (b->msg[i].msg_len == PAGE_PENDING)
		return (PAGE_NONE);
	if (b->sent & 1U << i)
		return (PAGE_SENT);
	if (b->kiss[i][0] != '\0')
		return (PAGE_KISSED);
	return (b->skip & 1U << i ? PAGE_SKIP : PAGE_REPLAY);
}

unsigned int
page_batch_recover(struct state_page *page, bool crashed, enum page_fate *fate)
{
	struct page_batch	*b = &page->batch;
	unsigned int		 i, k, n = 0;

	for (i = 0; i < PAGE_BATCH; i++)
		fate[i] = PAGE_NONE;
	if (b->number == page_current(page)->batch)
		return (0);
	for (k = 0; k < b->replies && k < PAGE_BATCH; k++)
		if (b->reply[k] < PAGE_BATCH &&
		    b->send[k].msg_len != PAGE_PENDING)
			b->sent |= 1U << b->reply[k];
	if (crashed && b->replaying != 0)
		b->skip = UINT32_MAX;
	else if (crashed && b->hand >= 1 && b->hand <= PAGE_BATCH)
		b->skip |= 1U << (b->hand - 1);
	/* We may be killed too: nothing of it is forgotten before it stands. */
	atomic_signal_fence(memory_order_seq_cst);
	b->hand = b->replies = 0;
	b->replaying = 1;
	for (i = 0; i < PAGE_BATCH; i++)
		n += (fate[i] = message_fate(b, i)) != PAGE_NONE;
	return (n);
}

/* Whether control messages lie one after the other in so many octets. */
static bool
control_ok(const uint8_t *p, size_t len)
{
	struct cmsghdr	 c;
	size_t		 space;

	for (; len >= sizeof(c); p += space, len -= space) {
		memcpy(&c, p, sizeof(c));
		if (c.cmsg_len < sizeof(c) || c.cmsg_len > len)
			return (false);
		space = CMSG_SPACE((size_t)c.cmsg_len - CMSG_LEN(0));
		if (space > len)
			space = len;
	}
	return (true);
}

bool
page_batch_repair(struct state_page *page, unsigned int i, bool v6)
{
	struct page_batch	*b = &page->batch;
	struct msghdr		*h = &b->msg[i].msg_hdr;
	bool			 ok;

	ok = h->msg_controllen <= sizeof(b->control[i]) &&
	    control_ok(b->control[i], h->msg_controllen) &&
	    b->from[i].sin6_family == (v6 ? AF_INET6 : AF_INET);
	message_point(b, i);
	h->msg_namelen = v6 ? sizeof(struct sockaddr_in6) :
	    sizeof(struct sockaddr_in);
	if (!ok)
		h->msg_controllen = 0;
	/* Longer ones are cut off, and cannot be longer than a datagram. */
	if (b->msg[i].msg_len > NTP_PACKET_MAX) {
		h->msg_flags |= MSG_TRUNC;
		if (b->msg[i].msg_len > UINT16_MAX)
			b->msg[i].msg_len = UINT16_MAX;
	}
	return (ok);
}
