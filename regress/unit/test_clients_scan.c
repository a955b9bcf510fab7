/* SPDX-License-Identifier: ISC */
/* clients_scan.c: rows of the table, against sorting all of them. */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "clients_scan.h"

#define SECOND	1000000000ULL
#define SETS	256	/* so that none has to make room */
#define LEN	(CLIENTS_HEAD + SETS * sizeof(struct clients_set))
#define PLACES	(SETS * CLIENTS_WAYS)
#define NOW	(100000 * SECOND)

static struct clients		 table;
static _Alignas(64) uint8_t	 mem[LEN];
static struct client_row	 rows[CLIENTS_ROWS_MAX], all[PLACES];
static size_t			 nall;
static uint32_t			 sort_order;

static struct client *
get(const uint8_t *ip, bool v6, uint64_t now)
{
	struct client_key	 k;
	uint64_t		 evicted = 0;

	clients_key(&table, &k, ip, v6);
	return (clients_get(&table, &k, now, &evicted));
}

/* 300 sources of two prefixes of each family. */
static void
fill(void)
{
	uint8_t		 ip[16];
	struct client	*c;
	unsigned int	 i;

	memset(mem, 0, sizeof(mem));
	ATF_REQUIRE_EQ(0, clients_init(&table, mem, sizeof(mem),
	    (const uint8_t *)"sixteen octets.", 32, 64, 0));
	srandom(1);
	for (i = 0; i < 300; i++) {
		memset(ip, 0, sizeof(ip));
		ip[0] = i % 3 == 0 ? 0x20 : 192;
		ip[1] = i % 2;
		ip[2] = (uint8_t)(i / 2);
		c = get(ip, i % 3 == 0, (uint64_t)random() % 90000 * SECOND);
		c->requests = (uint32_t)random() % 50;
		c->drops = (uint32_t)random() % 50;
		c->version = 4;
		c->mode = 3;
		c->flags = CLIENT_LIMITED | CLIENT_UNANSWERED;
	}
}

/* As many steps as it takes, of so many sets. */
static unsigned int
scan(struct clients_pick *p, const struct clients_query *q, uint64_t step)
{
	unsigned int	 n = 1;

	ATF_REQUIRE_EQ(0, clients_pick_init(p, q, rows, NOW));
	while (!clients_scan(&table, p, step))
		n++;
	/* once over it stays so */
	ATF_CHECK(clients_scan(&table, p, step));
	ATF_CHECK(p->rows <= q->max);
	return (n);
}

static int
compare(const void *av, const void *bv)
{
	const struct client_row	*a = av, *b = bv;
	int64_t			 d = 0;

	if (sort_order == CLIENTS_BY_REQUESTS)
		d = (int64_t)b->requests - a->requests;
	else if (sort_order == CLIENTS_BY_DROPS)
		d = (int64_t)b->drops - a->drops;
	else if (sort_order == CLIENTS_BY_LAST)
		d = (int64_t)(a->last - b->last);
	if (d == 0)
		d = a->family - b->family;
	if (d == 0)
		d = memcmp(a->ip, b->ip, sizeof(a->ip));
	return (d < 0 ? -1 : d > 0);
}

static void
take_all(void)
{
	unsigned int	 i;

	nall = 0;
	for (i = 0; i < PLACES; i++)
		if (table.set[i / 7].tag[i % 7] != 0)
			clients_row(&table, &table.set[i / 7].way[i % 7], NOW,
			    &all[nall++]);
	ATF_REQUIRE_EQ(table.used, nall);
}

ATF_TC_WITHOUT_HEAD(orders);
ATF_TC_BODY(orders, tc)
{
	static const uint32_t	 most[] = { 1, 2, 7, 20, 255, 500 };
	struct clients_query	 q = { .order = CLIENTS_BY_REQUESTS };
	struct clients_pick	 p;
	unsigned int		 i;
	size_t			 n;

	fill();
	take_all();
	for (; q.order < CLIENTS_ORDER_COUNT; q.order++) {
		sort_order = q.order;
		qsort(all, nall, sizeof(all[0]), compare);
		for (i = 0; i < 6; i++) {
			q.max = most[i];
			ATF_CHECK_EQ(SETS, scan(&p, &q, 1));
			n = nall < q.max ? nall : q.max;
			ATF_CHECK_EQ(n, p.rows);
			ATF_CHECK_EQ(0, memcmp(rows, all, n *
			    sizeof(rows[0])));
			ATF_CHECK_EQ(1, scan(&p, &q, UINT64_MAX));
			ATF_CHECK_EQ(0, memcmp(rows, all, n *
			    sizeof(rows[0])));
		}
	}
}

ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	static const uint32_t	 most[] = { 1, 3, 7, 50, 299, 300, 500 };
	struct clients_query	 q = { .order = CLIENTS_BY_PLACE };
	struct clients_pick	 p;
	unsigned int		 i;
	size_t			 n;

	fill();
	take_all();
	for (i = 0; i < 7; i++) {
		q.max = most[i];
		q.from = n = 0;
		do {
			scan(&p, &q, 3);
			ATF_REQUIRE(n + p.rows <= nall);
			ATF_CHECK_EQ(0, memcmp(rows, all + n, p.rows *
			    sizeof(rows[0])));
			n += p.rows;
			ATF_CHECK(p.next == 0 || p.rows == q.max);
			q.from = p.next;
		} while (p.next != 0);
		ATF_CHECK_EQ(nall, n);
	}
	/* a place that is past the end */
	q.from = UINT64_MAX;
	scan(&p, &q, 3);
	ATF_CHECK_EQ(0, p.rows);
	ATF_CHECK_EQ(0, p.next);
}

static unsigned int
matching(uint8_t family, const char *ip, uint8_t bits)
{
	struct clients_query	 q = { .family = family, .bits = bits,
				    .max = 500, .order = CLIENTS_BY_LAST };
	struct clients_pick	 p;
	unsigned int		 i;

	memcpy(q.ip, ip, family == 4 ? 4 : 16);
	scan(&p, &q, 64);
	for (i = 0; i < p.rows; i++)
		ATF_CHECK_EQ(family, rows[i].family);
	return (p.rows);
}

ATF_TC_WITHOUT_HEAD(prefixes);
ATF_TC_BODY(prefixes, tc)
{
	char	 six[16] = "\x20\0\3";

	fill();
	ATF_CHECK_EQ(200, matching(4, "\0\0\0\0", 0));
	ATF_CHECK_EQ(100, matching(6, six, 0));
	ATF_CHECK_EQ(100, matching(4, "\300\0\0\0", 16));
	ATF_CHECK_EQ(200, matching(4, "\300\0\0\0", 15));
	ATF_CHECK_EQ(1, matching(4, "\300\0\1\0", 32));
	ATF_CHECK_EQ(0, matching(4, "\300\0\1\1", 32));
	ATF_CHECK_EQ(50, matching(6, six, 16));
	ATF_CHECK_EQ(1, matching(6, six, 64));
	/* one address finds the /64 that is its source */
	six[15] = 1;
	ATF_CHECK_EQ(1, matching(6, six, 128));
	six[7] = 1;
	ATF_CHECK_EQ(0, matching(6, six, 128));
}

ATF_TC_WITHOUT_HEAD(a_row);
ATF_TC_BODY(a_row, tc)
{
	struct client_row	 r;
	struct client		*c;
	unsigned int		 i;

	fill();
	for (i = 0; i < 50; i++)
		c = get((const uint8_t *)"\300\0\2\1", false, (1000 + i) *
		    SECOND);
	memset(&r, 0xff, sizeof(r));
	clients_row(&table, c, 2000 * SECOND, &r);
	ATF_CHECK_EQ(0, memcmp(r.ip, "\300\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0",
	    16));
	ATF_CHECK_EQ(4, r.family);
	ATF_CHECK_EQ(32, r.bits);
	ATF_CHECK_EQ(50, r.requests);
	ATF_CHECK(r.first >= 1000000 && r.first < 1002000);
	ATF_CHECK(r.last >= 950998 && r.last < 951003);
	ATF_CHECK(r.interval > 98 * SECOND / 100 && r.interval <= SECOND);
	/* one that came while the scan was under way */
	clients_row(&table, c, 1048 * SECOND, &r);
	ATF_CHECK_EQ(0, r.last);
	/* what is for us alone is not shown, and numbers that lie stay small */
	c->flags = 0xff;
	c->first = UINT32_MAX;
	c->family = 99;
	clients_row(&table, c, 2000 * SECOND, &r);
	ATF_CHECK_EQ(CLIENT_SHOWN, r.flags);
	ATF_CHECK_EQ(r.last, r.first);
	ATF_CHECK(r.version <= 15 && r.mode <= 15);
}

ATF_TC_WITHOUT_HEAD(bad_queries);
ATF_TC_BODY(bad_queries, tc)
{
	struct clients_query	 good = { .family = 4, .bits = 32, .max = 1 };
	struct clients_query	 q = good;
	struct clients_pick	 p;

	ATF_CHECK_EQ(0, clients_pick_init(&p, &q, rows, 0));
	q.bits = 33;
	ATF_CHECK_EQ(-1, clients_pick_init(&p, &q, rows, 0));
	q.family = 6;
	ATF_CHECK_EQ(0, clients_pick_init(&p, &q, rows, 0));
	q.bits = 129;
	ATF_CHECK_EQ(-1, clients_pick_init(&p, &q, rows, 0));
	q = good;
	q.family = 5;
	q.bits = 0;
	ATF_CHECK_EQ(-1, clients_pick_init(&p, &q, rows, 0));
	q = good;
	q.max = 0;
	ATF_CHECK_EQ(-1, clients_pick_init(&p, &q, rows, 0));
	q.max = CLIENTS_ROWS_MAX + 1;
	ATF_CHECK_EQ(-1, clients_pick_init(&p, &q, rows, 0));
	q = good;
	q.order = CLIENTS_ORDER_COUNT;
	ATF_CHECK_EQ(-1, clients_pick_init(&p, &q, rows, 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, orders);
	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, prefixes);
	ATF_TP_ADD_TC(tp, a_row);
	ATF_TP_ADD_TC(tp, bad_queries);
	return (atf_no_error());
}
