/* SPDX-License-Identifier: ISC */
/*
 * How long answers took, in the state page.  There are two copies, as of the
 * counters, and the same word says which one counts.  A time goes to the other
 * one first, and to both of them in the end: nobody copies a histogram for
 * each batch.  See page.h.
 */

#include <string.h>

#include "page.h"

void
page_times_take(struct state_page *page)
{
	struct page_times	*t = &page->times;
	uint32_t		 current = page->current & 1;

	memcpy(t->hist[current ^ 1], t->hist[current],
	    sizeof(t->hist[current]));
	t->n = 0;
}

void
page_times_add(struct state_page *page, const uint8_t *message,
    unsigned int n)
{
	struct page_times	*t = &page->times;
	struct hist		*h = t->hist[(page->current & 1) ^ 1];
	const uint64_t		*took;
	unsigned int		 kind;

	for (; n > 0 && t->n < PAGE_BATCH; n--, message++, t->n++) {
		took = page->batch.took[*message % PAGE_BATCH];
		for (kind = 0; kind < TIMES_KINDS; kind++)
			t->bucket[t->n][kind] =
			    (uint16_t)hist_add(&h[kind], took[kind]);
	}
}

void
page_times_follow(struct state_page *page)
{
	struct page_times	*t = &page->times;
	uint32_t		 current = page->current & 1;
	const struct hist	*from = t->hist[current];
	struct hist		*to = t->hist[current ^ 1];
	unsigned int		 i, kind;

	for (i = 0; i < t->n && i < PAGE_BATCH; i++)
		for (kind = 0; kind < TIMES_KINDS; kind++)
			to[kind].bucket[t->bucket[i][kind] % HIST_BUCKETS]++;
	for (kind = 0; kind < TIMES_KINDS; kind++) {
		to[kind].n = from[kind].n;
		to[kind].sum = from[kind].sum;
	}
	t->n = 0;
}

void
page_times(const struct state_page *page, enum times kind,
    struct msg_times *m)
{
	memset(m, 0, sizeof(*m));
	m->kind = kind;
	m->hist = page->times.hist[page->current & 1][kind];
}
