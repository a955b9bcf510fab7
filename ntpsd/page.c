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
