/* SPDX-License-Identifier: ISC */
/* clients.c: K4, K5: sources by prefix in a table that never grows. */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "clients.h"

#define SECOND	1000000000ULL
#define LEN	(64 * sizeof(struct clients_set))	/* 64 sets */
#define PLACES	(64 * CLIENTS_WAYS)

static const uint8_t	 secret[16] = "sixteen octets.";
static uint64_t		 evicted;

static void *
table(struct clients *t, size_t len, uint8_t bits4, uint8_t bits6)
{
	void	*mem = aligned_alloc(64, len);

	ATF_REQUIRE(mem != NULL);
	memset(mem, 0, len);
	ATF_REQUIRE_EQ(0, clients_init(t, mem, len, secret, bits4, bits6));
	evicted = 0;
	return (mem);
}

static struct client *
get4(struct clients *t, uint32_t ip, uint64_t now)
{
	struct client_key	 k;
	uint8_t			 octets[4] = { (uint8_t)(ip >> 24),
				    (uint8_t)(ip >> 16), (uint8_t)(ip >> 8),
				    (uint8_t)ip };

	clients_key(t, &k, octets, false);
	clients_prefetch_set(t, &k);
	clients_prefetch(t, &k);
	return (clients_get(t, &k, now, &evicted));
}

static struct client *
get6(struct clients *t, const char *octets, uint64_t now)
{
	struct client_key	 k;

	clients_key(t, &k, (const uint8_t *)octets, true);
	return (clients_get(t, &k, now, &evicted));
}

ATF_TC_WITHOUT_HEAD(remembers);
ATF_TC_BODY(remembers, tc)
{
	struct clients		 t;
	struct client_key	 k;
	struct client		*c;
	void			*mem = table(&t, LEN, 32, 64);

	c = get4(&t, 0xc0000201, 5 * SECOND);
	ATF_CHECK_EQ(1, c->requests);
	ATF_CHECK_EQ(4, c->family);
	ATF_CHECK_EQ(0, memcmp(c->ip, "\300\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0",
	    16));
	c->drops = 7;
	ATF_CHECK_EQ(c, get4(&t, 0xc0000201, 6 * SECOND));
	ATF_CHECK_EQ(2, c->requests);
	ATF_CHECK_EQ(7, c->drops);
	ATF_CHECK(get4(&t, 0xc0000202, 6 * SECOND) != c);
	ATF_CHECK_EQ(2, t.used);
	ATF_CHECK_EQ(0, evicted);
	clients_key(&t, &k, (const uint8_t *)"\300\0\2\1", false);
	ATF_CHECK_EQ(c, clients_peek(&t, &k));
	clients_key(&t, &k, (const uint8_t *)"\300\0\2\3", false);
	ATF_CHECK_EQ(NULL, clients_peek(&t, &k));
	free(mem);
}

/* K5 */
ATF_TC_WITHOUT_HEAD(k5_prefixes);
ATF_TC_BODY(k5_prefixes, tc)
{
	char		 a[] = " \001\r\270\0\0\0\1aaaaaaaa";
	char		 b[] = " \001\r\270\0\0\0\1bbbbbbbb";
	char		 other[] = " \001\r\270\0\0\0\2aaaaaaaa";
	struct clients	 t;
	unsigned int	 i;
	void		*mem = table(&t, LEN, 24, 64);

	ATF_CHECK_EQ(get6(&t, a, 1), get6(&t, b, 1));
	ATF_CHECK(get6(&t, a, 1) != get6(&t, other, 1));
	for (i = 0; i < 256; i++)
		get4(&t, 0xc0000200 + i, 1);
	ATF_CHECK_EQ(256, get4(&t, 0xc00002ff, 1)->requests - 1);
	ATF_CHECK_EQ(3, t.used);
	free(mem);
	/* lengths that are no whole octets */
	mem = table(&t, LEN, 31, 57);
	ATF_CHECK_EQ(get4(&t, 2, 1), get4(&t, 3, 1));
	ATF_CHECK(get4(&t, 3, 1) != get4(&t, 4, 1));
	a[7] = 0x7f;
	b[7] = 0;
	ATF_CHECK_EQ(get6(&t, a, 1), get6(&t, b, 1));
	b[7] = (char)0x80;
	ATF_CHECK(get6(&t, a, 1) != get6(&t, b, 1));
	free(mem);
}

/* An IPv4 source and an IPv6 one of the same octets are two. */
ATF_TC_WITHOUT_HEAD(families);
ATF_TC_BODY(families, tc)
{
	char		 six[16] = { 1, 2, 3, 4 };
	struct clients	 t;
	void		*mem = table(&t, LEN, 32, 128);

	ATF_CHECK(get4(&t, 0x01020304, 1) != get6(&t, six, 1));
	ATF_CHECK_EQ(2, t.used);
	free(mem);
}

/* K4 */
ATF_TC_WITHOUT_HEAD(k4_the_oldest_makes_room);
ATF_TC_BODY(k4_the_oldest_makes_room, tc)
{
	struct clients		 t;
	struct client_key	 k;
	uint32_t		 i;
	void			*mem = table(&t, sizeof(struct clients_set),
				    32, 64);

	/* one set: as many as it has ways, then the oldest goes */
	for (i = 0; i < CLIENTS_WAYS; i++)
		get4(&t, i + 1, (i + 1) * SECOND);
	get4(&t, 1, 100 * SECOND);		/* heard again */
	ATF_CHECK_EQ(0, evicted);
	get4(&t, 99, 101 * SECOND);
	ATF_CHECK_EQ(1, evicted);
	ATF_CHECK_EQ(CLIENTS_WAYS, t.used);
	clients_key(&t, &k, (const uint8_t *)"\0\0\0\2", false);
	ATF_CHECK_EQ(NULL, clients_peek(&t, &k));
	clients_key(&t, &k, (const uint8_t *)"\0\0\0\1", false);
	ATF_CHECK(clients_peek(&t, &k) != NULL);
	/* what was there is forgotten, not inherited */
	ATF_CHECK_EQ(1, get4(&t, 2, 102 * SECOND)->requests);
	free(mem);
}

ATF_TC_WITHOUT_HEAD(k4_a_flood_of_sources);
ATF_TC_BODY(k4_a_flood_of_sources, tc)
{
	struct clients	 t;
	uint32_t	 i, n = 100000;
	void		*mem = table(&t, LEN, 32, 64);

	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(1, get4(&t, i, SECOND + i)->requests);
	ATF_CHECK(t.used > PLACES * 9 / 10);
	ATF_CHECK(t.used <= PLACES);
	ATF_CHECK_EQ(n, t.used + evicted);
	free(mem);
}

/* The ticks of 2^-6 s wrap after two years. */
ATF_TC_WITHOUT_HEAD(time_wraps);
ATF_TC_BODY(time_wraps, tc)
{
	uint64_t		 wrap = 1ULL << (32 + 24);
	struct clients		 t;
	struct client_key	 k;
	uint32_t		 i;
	void			*mem = table(&t, sizeof(struct clients_set),
				    32, 64);

	for (i = 0; i < CLIENTS_WAYS; i++)
		get4(&t, i + 1, wrap - (CLIENTS_WAYS - i) * SECOND);
	get4(&t, 99, wrap + SECOND);
	clients_key(&t, &k, (const uint8_t *)"\0\0\0\1", false);
	ATF_CHECK_EQ(NULL, clients_peek(&t, &k));
	ATF_CHECK_EQ(1, evicted);
	free(mem);
}

ATF_TC_WITHOUT_HEAD(interval);
ATF_TC_BODY(interval, tc)
{
	struct clients	 t;
	struct client	*c = NULL;
	uint64_t	 tick = 1ULL << 24;
	unsigned int	 i;
	void		*mem = table(&t, LEN, 32, 64);

	for (i = 0; i < 200; i++)
		c = get4(&t, 1, i * 64 * tick);
	ATF_CHECK(c->interval >= 56 && c->interval <= 64);
	for (i = 0; i < 200; i++)
		c = get4(&t, 1, 200 * 64 * tick);
	ATF_CHECK(c->interval <= 8);
	free(mem);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	struct clients	 t;
	uint8_t		 mem[1];

	ATF_CHECK_EQ(-1, clients_init(&t, mem, sizeof(struct clients_set) - 1,
	    secret, 32, 64));
	ATF_CHECK_EQ(0, clients_init(&t, mem, 3 * sizeof(struct clients_set),
	    secret, 32, 64));
	ATF_CHECK_EQ(1, t.mask);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, remembers);
	ATF_TP_ADD_TC(tp, k5_prefixes);
	ATF_TP_ADD_TC(tp, families);
	ATF_TP_ADD_TC(tp, k4_the_oldest_makes_room);
	ATF_TP_ADD_TC(tp, k4_a_flood_of_sources);
	ATF_TP_ADD_TC(tp, time_wraps);
	ATF_TP_ADD_TC(tp, interval);
	ATF_TP_ADD_TC(tp, sizes);
	return (atf_no_error());
}
