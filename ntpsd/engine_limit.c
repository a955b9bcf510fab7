/* SPDX-License-Identifier: ISC */
/* The engine's client table and the rate limit that rests on it. */

#include <sys/mman.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "log.h"
#include "os.h"

/*
 * A table of the configured size, without a page fault to come.  One that
 * cannot be had costs the limit, or a change of its prefixes, not the service.
 */
static void
engine_table_make(struct engine *e)
{
	uint8_t	 key[16];
	size_t	 len = e->conf.clients_memory;
	void	*mem;

	mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED) {
		log_warn("client table of %zu octets", len);
		if (e->clients_len == 0)
			e->limit.interval = 0;
		return;
	}
	os_huge_pages(mem, len);
	memset(mem, 0, len);
	if (e->clients_len != 0)
		munmap(e->clients.set, e->clients_len);
	arc4random_buf(key, sizeof(key));
	if (clients_init(&e->clients, mem, len, key,
	    (uint8_t)e->conf.ratelimit_ipv4_prefix,
	    (uint8_t)e->conf.ratelimit_ipv6_prefix) == -1)
		fatalx("client table of %zu octets", len);
	explicit_bzero(key, sizeof(key));
	e->clients_len = len;
}

/* After each commit; the table starts anew only where its prefixes changed. */
void
engine_limit_config(struct engine *e)
{
	uint64_t	 leak = e->conf.ratelimit_leak;

	limit_set(&e->limit, e->conf.ratelimit_rate,
	    (unsigned int)e->conf.ratelimit_burst);
	e->leak = leak == 0 ? 0 : (UINT64_C(1) << 32) / leak;
	if (e->limit.interval != 0 && (e->clients_len == 0 ||
	    e->clients.bits4 != e->conf.ratelimit_ipv4_prefix ||
	    e->clients.bits6 != e->conf.ratelimit_ipv6_prefix))
		engine_table_make(e);
}

/*
 * The sources of a batch.  Their entries lie anywhere in memory: the processor
 * fetches all of them at once while the first is judged.
 */
void
engine_limit_keys(struct engine *e, bool v6, unsigned int n)
{
	struct engine_batch		*b = &e->batch;
	const struct sockaddr_in	*v4;
	unsigned int			 i;

	for (i = 0; i < n; i++) {
		v4 = (const void *)&b->from[i];
		clients_key(&e->clients, &b->key[i], v6 ?
		    b->from[i].sin6_addr.s6_addr :
		    (const uint8_t *)&v4->sin_addr, v6);
		clients_prefetch_set(&e->clients, &b->key[i]);
	}
	for (i = 0; i < n; i++)
		clients_prefetch(&e->clients, &b->key[i]);
}

/*
 * Whether message i may be answered.  Of those over the limit a random share
 * may: else whoever sends in a victim's name would silence us for it (K2).
 */
bool
engine_limit_take(struct engine *e, unsigned int i, uint64_t now)
{
	struct client	*c;

	c = clients_get(&e->clients, &e->batch.key[i], now,
	    &e->work.counters.evictions);
	c->version = e->batch.request[i].version;
	c->mode = e->batch.request[i].mode;
	if (limit_take(&e->limit, &c->full, now))
		return (true);
	if (c->drops != UINT32_MAX)
		c->drops++;
	if ((engine_random(e) >> 32) >= e->leak)
		return (false);
	e->work.counters.rate_leaked++;
	return (true);
}
