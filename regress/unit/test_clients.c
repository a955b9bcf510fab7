/* SPDX-License-Identifier: ISC */
/* clients.c: K4, K5: sources by prefix in a table that never grows. */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "clients.h"

#define SECOND	1000000000ULL
#define ONE	(CLIENTS_HEAD + sizeof(struct clients_set))	/* one set */
#define LEN	(CLIENTS_HEAD + 64 * sizeof(struct clients_set))
#define PLACES	(64 * CLIENTS_WAYS)

static const uint8_t	 secret[16] = "sixteen octets.";
static uint64_t		 evicted;

static void *
table(struct clients *t, size_t len, uint8_t bits4, uint8_t bits6)
{
	void	*mem = aligned_alloc(64, len);

	ATF_REQUIRE(mem != NULL);
	memset(mem, 0, len);
	ATF_REQUIRE_EQ(0, clients_init(t, mem, len, secret, bits4, bits6,
	    0));
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
	void			*mem = table(&t, ONE, 32, 64);

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

/* The ticks of 2^-10 s wrap after 52 days. */
ATF_TC_WITHOUT_HEAD(time_wraps);
ATF_TC_BODY(time_wraps, tc)
{
	uint64_t		 wrap = 1ULL << (32 + 20);
	struct clients		 t;
	struct client_key	 k;
	uint32_t		 i;
	void			*mem = table(&t, ONE, 32, 64);

	for (i = 0; i < CLIENTS_WAYS; i++)
		get4(&t, i + 1, wrap + i * SECOND - 4 * SECOND);
	get4(&t, 99, wrap + 10 * SECOND);
	clients_key(&t, &k, (const uint8_t *)"\0\0\0\1", false);
	ATF_CHECK_EQ(NULL, clients_peek(&t, &k));
	ATF_CHECK_EQ(1, evicted);
	free(mem);
}

static uint64_t
average(struct clients *t, uint32_t ip, uint64_t interval)
{
	struct client	*c = NULL;
	unsigned int	 i;

	for (i = 0; i < 100; i++)
		c = get4(t, ip, SECOND + i * interval);
	return (client_interval(c));
}

ATF_TC_WITHOUT_HEAD(interval);
ATF_TC_BODY(interval, tc)
{
	static const uint64_t	 intervals[] = { 1000, 10000, 3000000,
				    SECOND, 1024 * SECOND, 86400 * SECOND };
	struct clients		 t;
	uint64_t		 got, want;
	uint32_t		 i;
	void			*mem = table(&t, LEN, 32, 64);

	/* from 1 us to a day, within one in a hundred */
	for (i = 0; i < 6; i++) {
		want = intervals[i];
		got = average(&t, i, want);
		ATF_CHECK_MSG(got >= want - want / 50 && got <= want +
		    want / 100, "%llu: %llu", (unsigned long long)want,
		    (unsigned long long)got);
	}
	ATF_CHECK_EQ(0, client_interval(get4(&t, 99, SECOND)));
	free(mem);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	struct clients	 t;
	uint8_t		*mem = calloc(1, LEN);

	ATF_REQUIRE(mem != NULL);
	ATF_CHECK_EQ(-1, clients_init(&t, mem, ONE - 1, secret, 32, 64, 0));
	ATF_CHECK_EQ(-1, clients_init(&t, mem, 0, secret, 32, 64, 0));
	ATF_CHECK_EQ(-1, clients_init(&t, mem, ONE, secret, 33, 64, 0));
	ATF_CHECK_EQ(-1, clients_init(&t, mem, ONE, secret, 32, 129, 0));
	ATF_CHECK_EQ(0, clients_init(&t, mem, clients_size(3 *
	    sizeof(struct clients_set)), secret, 32, 64, 0));
	ATF_CHECK_EQ(1, t.mask);
	ATF_CHECK_EQ(2 * CLIENTS_WAYS, clients_capacity(&t));
	free(mem);
}

ATF_TC(k4_ten_million);
ATF_TC_HEAD(k4_ten_million, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "K4: ten million sources, and not an octet more");
}
ATF_TC_BODY(k4_ten_million, tc)
{
	struct clients	 t;
	size_t		 i, len = clients_size(1 << 20), around = 65536;
	uint8_t		*all = aligned_alloc(4096, len + 2 * around);
	char		 six[16] = " \001\r\270";
	uint32_t	 n;

	ATF_REQUIRE(all != NULL);
	memset(all, 0xa5, len + 2 * around);
	memset(all + around, 0, len);
	ATF_REQUIRE_EQ(0, clients_init(&t, all + around, len, secret, 32, 64,
	    0));
	evicted = 0;
	for (n = 0; n < 5000000; n++) {
		memcpy(six + 4, &n, sizeof(n));
		if (get4(&t, n, n * 1000ULL)->requests != 1 ||
		    get6(&t, six, n * 1000ULL)->requests != 1 ||
		    t.used > clients_capacity(&t))
			atf_tc_fail("at %u", n);
	}
	ATF_CHECK_EQ(10000000, t.used + evicted);
	ATF_CHECK_EQ(clients_capacity(&t), t.used);
	clients_sweep(&t, 5000000 * 1000ULL, UINT64_MAX);
	ATF_CHECK_EQ(clients_capacity(&t), t.used);
	for (i = 0; i < around; i++)
		ATF_REQUIRE(all[i] == 0xa5 && all[around + len + i] == 0xa5);
	free(all);
}

ATF_TC_WITHOUT_HEAD(sweep);
ATF_TC_BODY(sweep, tc)
{
	uint64_t	 day = 86400 * SECOND, now;
	struct clients	 t;
	uint32_t	 i;
	void		*mem = table(&t, LEN, 32, 64);

	for (i = 0; i < 100; i++)
		get4(&t, i, 0);
	get4(&t, 1, 10 * day);
	/* in parts, with a new source while it is at it */
	clients_sweep(&t, 10 * day, 40);
	ATF_CHECK_EQ(100, t.used);
	for (i = 200; i < 220; i++)
		get4(&t, i, 10 * day);
	ATF_CHECK_EQ(120, t.used);
	clients_sweep(&t, 10 * day, 24);
	ATF_CHECK_EQ(120, t.used);
	ATF_CHECK_EQ(120, t.head->used);
	ATF_CHECK_EQ(0, t.position);
	/* 24 days, and not a day earlier */
	clients_sweep(&t, 23 * day, 64);
	ATF_CHECK_EQ(120, t.used);
	clients_sweep(&t, 25 * day, 32);
	ATF_CHECK(t.used < 100);
	clients_sweep(&t, 25 * day, 32);
	ATF_CHECK_EQ(21, t.used);
	ATF_CHECK_EQ(2, get4(&t, 219, 25 * day)->requests);
	ATF_CHECK_EQ(1, get4(&t, 2, 25 * day)->requests);
	/* a round a day, for years: what is heard stays, the rest does not */
	for (now = 25 * day; now < 1000 * day; now += day) {
		get4(&t, 7, now);
		clients_sweep(&t, now, 64);
	}
	ATF_CHECK_EQ(1, t.used);
	ATF_CHECK_EQ(976, get4(&t, 7, now)->requests);
	free(mem);
}

ATF_TC_WITHOUT_HEAD(adopt);
ATF_TC_BODY(adopt, tc)
{
	struct clients		 t, u;
	struct clients_head	*h;
	struct client		*c;
	uint64_t		 now = 100 * SECOND;
	void			*mem = table(&t, LEN, 24, 56);

	c = get4(&t, 0xc0000201, now);
	c->saved_receive = 5;
	c->epoch = t.epoch;
	clients_sweep(&t, now, 64);
	h = t.head;
	ATF_REQUIRE_EQ(0, clients_adopt(&u, mem, LEN, 24, 56, now));
	ATF_CHECK_EQ(1, u.used);
	ATF_CHECK_EQ(t.since, u.since);
	ATF_CHECK_EQ(c, get4(&u, 0xc0000202, now));
	ATF_CHECK_EQ(2, c->requests);
	/* its pairs are void */
	ATF_CHECK(c->epoch != u.epoch);
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, LEN, 25, 56, now));
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, LEN, 24, 64, now));
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, LEN - 64, 24, 56, now));
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, 64, 24, 56, now));
	h->sets *= 2;
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, LEN, 24, 56, now));
	h->sets /= 2;
	h->since = now + 1;
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, LEN, 24, 56, now));
	h->since = 0;
	h->magic++;
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, LEN, 24, 56, now));
	h->magic--;
	/* a count that is wrong is put right */
	h->used = UINT32_MAX;
	ATF_CHECK_EQ(0, clients_adopt(&u, mem, LEN, 24, 56, now));
	ATF_CHECK(u.used <= PLACES);
	clients_sweep(&u, now, 64);
	ATF_CHECK_EQ(1, u.used);
	/* memory that is empty is no table */
	memset(mem, 0, LEN);
	ATF_CHECK_EQ(-1, clients_adopt(&u, mem, LEN, 24, 56, now));
	free(mem);
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
	ATF_TP_ADD_TC(tp, k4_ten_million);
	ATF_TP_ADD_TC(tp, sweep);
	ATF_TP_ADD_TC(tp, adopt);
	return (atf_no_error());
}
