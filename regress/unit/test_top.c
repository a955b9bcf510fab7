/* SPDX-License-Identifier: ISC */
/* top_model.c, top_keys.c, top_short.c: what ntpsctl top makes of answers. */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "ntpsctl/top_keys.h"
#include "ntpsctl/top_model.h"
#include "ntpsctl/top_page.h"

#define NS	1000000000ULL
#define T0	(1700000000 * NS)	/* the first look's time */

static struct top_model	 m;
static struct answers	 a;
static struct top_ui	 ui;

/* A look at a time, ns after T0, with so many received, dropped. */
static void
look(uint64_t at, uint64_t received, uint64_t dropped)
{
	a.now = T0 + at;
	a.stats.counters.received = received;
	a.stats.counters.answered = received - dropped;
	a.stats.counters.drop_ratelimit = dropped / 2;
	a.stats.counters.drop_mode = dropped - dropped / 2;
	top_look(&m, &a, 5 * NS + at);
}

static void
begin(void)
{
	memset(&m, 0, sizeof(m));
	answers_init(&a);
	a.stats.since = T0 - 100 * NS;
	top_ui_init(&ui);
}

static uint64_t
second(uint64_t after)
{
	uint64_t	 at = T0 / NS + after;

	return (m.second[at % TOP_SECONDS].at != at ? TOP_UNKNOWN :
	    m.second[at % TOP_SECONDS].rate.requests);
}

ATF_TC_WITHOUT_HEAD(rates);
ATF_TC_BODY(rates, tc)
{
	begin();
	look(0, 1000, 10);
	ATF_CHECK(m.looked && !m.rated);
	look(NS, 1500, 30);
	ATF_CHECK(m.rated);
	ATF_CHECK_EQ(500, m.rate.requests);
	ATF_CHECK_EQ(480, m.rate.answered);
	ATF_CHECK_EQ(20, m.rate.refused);
	ATF_CHECK_EQ(500, second(1));
	ATF_CHECK_EQ(500, second(0));
	ATF_CHECK_EQ(TOP_UNKNOWN, second(2));
	/* 900 in three seconds, each of which has its third */
	look(4 * NS, 2400, 30);
	ATF_CHECK_EQ(300, m.rate.requests);
	ATF_CHECK_EQ(0, m.rate.refused);
	ATF_CHECK_EQ(500, second(1));
	ATF_CHECK_EQ(300, second(2));
	ATF_CHECK_EQ(300, second(4));
	/* of a long gap, nothing is known */
	look(44 * NS, 2440, 30);
	ATF_CHECK_EQ(1, m.rate.requests);
	ATF_CHECK_EQ(TOP_UNKNOWN, second(5));
	ATF_CHECK_EQ(TOP_UNKNOWN, second(43));
	ATF_CHECK_EQ(1, second(44));
	/* a clock that was set back */
	look(NS * 45, 2445, 30);
	a.now = T0 - 50 * NS;
	a.stats.counters.received = 2449;
	top_look(&m, &a, 51 * NS);
	ATF_CHECK_EQ(4, m.rate.requests);
}

ATF_TC_WITHOUT_HEAD(reset);
ATF_TC_BODY(reset, tc)
{
	begin();
	look(0, 1000000, 0);
	/* another daemon, half a second old, with less behind it */
	a.stats.since = T0 + NS / 2;
	look(NS, 50, 0);
	ATF_CHECK_EQ(100, m.rate.requests);
	/* one that already has more than the one before */
	a.stats.since = T0 + 5 * NS;
	look(6 * NS, 80, 0);
	ATF_CHECK_EQ(80, m.rate.requests);
	/* counters that went back without a word */
	look(7 * NS, 20, 0);
	ATF_CHECK_EQ(20, m.rate.requests);
	/* one counter alone: the others' differences stand */
	look(8 * NS, 30, 10);
	look(9 * NS, 40, 4);
	ATF_CHECK_EQ(10, m.rate.requests);
	ATF_CHECK_EQ(4, m.rate.refused);
}

ATF_TC_WITHOUT_HEAD(overflow);
ATF_TC_BODY(overflow, tc)
{
	uint64_t	 bar[3];

	begin();
	look(0, 0, 0);
	memset(&a.stats.counters, 0xff, sizeof(a.stats.counters));
	a.now = T0 + 1;
	top_look(&m, &a, 5 * NS + 1);
	ATF_CHECK(m.rate.requests != TOP_UNKNOWN);
	ATF_CHECK(m.rate.requests > UINT64_C(1) << 62);
	ATF_CHECK(m.rate.refused > UINT64_C(1) << 62);
	memset(&a.stats.counters, 0, sizeof(a.stats.counters));
	a.now = T0 + NS;
	top_look(&m, &a, 6 * NS);
	memset(&a.stats.counters, 0xff, sizeof(a.stats.counters));
	a.now = T0 + 2 * NS;
	top_look(&m, &a, 7 * NS);
	top_bars(&m, TOP_REFUSED, 10, 3, bar);
	ATF_CHECK(bar[2] != TOP_UNKNOWN);
	ATF_CHECK(bar[2] > UINT64_C(1) << 61);
}

ATF_TC_WITHOUT_HEAD(times);
ATF_TC_BODY(times, tc)
{
	struct hist	*h = &a.times[TIMES_PROCESSING];
	unsigned int	 i;

	begin();
	for (i = 0; i < 1000; i++)
		hist_add(h, 1000000);
	look(0, 1000, 0);
	ATF_CHECK_EQ(0, m.times[TIMES_PROCESSING].n);
	for (i = 0; i < 98; i++)
		hist_add(h, 20000);
	hist_add(h, 500000);
	hist_add(h, 500000);
	look(NS, 1100, 0);
	/* of the last second, whatever there was before */
	ATF_CHECK_EQ(100, m.times[TIMES_PROCESSING].n);
	ATF_CHECK(m.times[TIMES_PROCESSING].p50 >= 19400);
	ATF_CHECK(m.times[TIMES_PROCESSING].p50 <= 20600);
	ATF_CHECK(m.times[TIMES_PROCESSING].p99 >= 485000);
	ATF_CHECK(m.times[TIMES_PROCESSING].p99 <= 515000);
	ATF_CHECK_EQ(0, m.times[TIMES_WORK].n);
	look(2 * NS, 1100, 0);
	ATF_CHECK_EQ(0, m.times[TIMES_PROCESSING].n);
	/* those of another daemon are all new */
	memset(h, 0, sizeof(*h));
	for (i = 0; i < 7; i++)
		hist_add(h, 20000);
	a.stats.since = T0 + 2 * NS;
	look(3 * NS, 7, 0);
	ATF_CHECK_EQ(7, m.times[TIMES_PROCESSING].n);
}

static void
history(struct history_row *r, uint64_t after, uint32_t covered, uint64_t n)
{
	memset(r, 0, sizeof(*r));
	r->start = T0 / NS + after;
	r->covered = covered;
	r->counters.received = n;
	r->counters.drop_policy = n / 10;
}

ATF_TC_WITHOUT_HEAD(bars);
ATF_TC_BODY(bars, tc)
{
	struct history_row	 rows[6];
	uint64_t		 bar[12];

	begin();
	history(&rows[0], 0, 1, 100);
	history(&rows[1], 1, 2, 400);		/* two seconds in one */
	history(&rows[2], 5, 0, 1000);		/* of nothing */
	history(&rows[3], 900, 1, 1000);	/* of the future */
	history(&rows[4], 0, 1, 100);
	rows[4].start = 0;
	history(&rows[5], 0, 1, 77777);		/* too old for its place */
	rows[5].start -= TOP_SECONDS;
	a.rows = rows;
	a.nrows = 6;
	a.now = T0 + 5 * NS;
	top_history(&m, &a);
	ATF_CHECK_EQ(100, second(0));
	ATF_CHECK_EQ(200, second(1));
	ATF_CHECK_EQ(200, second(2));
	ATF_CHECK_EQ(TOP_UNKNOWN, second(3));
	ATF_CHECK_EQ(TOP_UNKNOWN, second(5));
	/* the second that the daemon had not told yet is filled */
	look(4 * NS, 0, 0);
	look(5 * NS, 600, 0);
	ATF_CHECK_EQ(600, second(3));
	top_bars(&m, TOP_REQUESTS, 1, 7, bar);
	ATF_CHECK_EQ(TOP_UNKNOWN, bar[0]);
	ATF_CHECK_EQ(100, bar[1]);
	ATF_CHECK_EQ(200, bar[2]);
	ATF_CHECK_EQ(200, bar[3]);
	ATF_CHECK_EQ(600, bar[6]);
	top_bars(&m, TOP_REFUSED, 1, 7, bar);
	ATF_CHECK_EQ(10, bar[1]);
	ATF_CHECK_EQ(0, bar[6]);
	/* T0 is a multiple of 5: columns begin at such times */
	top_bars(&m, TOP_REQUESTS, 5, 3, bar);
	ATF_CHECK_EQ(TOP_UNKNOWN, bar[0]);
	ATF_CHECK_EQ((100 + 200 + 200 + 600 + 600 + 2) / 5, bar[1]);
	ATF_CHECK_EQ(600, bar[2]);
	/* of before 1970, and of nothing */
	memset(&m, 0, sizeof(m));
	top_bars(&m, TOP_REQUESTS, 1, 12, bar);
	ATF_CHECK_EQ(TOP_UNKNOWN, bar[0]);
	ATF_CHECK_EQ(TOP_UNKNOWN, bar[11]);
}

static void
client(struct client_row *r, uint8_t last, uint32_t requests, uint32_t drops)
{
	static const uint8_t	 net[] = { 192, 0, 2, 0 };

	memset(r, 0, sizeof(*r));
	r->family = 4;
	r->bits = 32;
	memcpy(r->ip, net, sizeof(net));
	r->ip[3] = last;
	r->requests = requests;
	r->drops = drops;
	r->last = 1000 * last;
}

/* Who stands there, by the last octet of the address. */
static bool
order(const char *want)
{
	unsigned int	 i;

	for (i = 0; i < m.nclients; i++)
		if (want[i] == '\0' || m.client[i].row.ip[3] != want[i] - '0')
			return (false);
	return (want[i] == '\0');
}

static void
three_clients(struct client_row *rows)
{
	begin();
	client(&rows[0], 1, 10, 5);
	client(&rows[1], 2, 30, 0);
	client(&rows[2], 3, 20, 7);
	a.clients = rows;
	a.nclients = 3;
	a.list.query.order = CLIENTS_BY_REQUESTS;
	top_clients(&m, &a, 10 * NS);
}

ATF_TC_WITHOUT_HEAD(clients);
ATF_TC_BODY(clients, tc)
{
	struct client_row	 rows[3];
	struct prefix		 in;

	three_clients(rows);
	ATF_CHECK(order("231"));
	ATF_CHECK_EQ(TOP_UNKNOWN, m.client[0].rate);
	memset(&in, 0, sizeof(in));
	top_arrange(&m, CLIENTS_BY_DROPS, &in);
	ATF_CHECK(order("312"));
	top_arrange(&m, CLIENTS_BY_LAST, &in);
	ATF_CHECK(order("123"));
	/* a look too soon for a rate, then one two seconds after the first */
	rows[0].requests += 4;
	top_clients(&m, &a, 10 * NS + NS / 10);
	ATF_CHECK_EQ(TOP_UNKNOWN, m.client[2].rate);
	rows[0].requests += 6;
	rows[0].drops += 2;
	rows[1].requests = 2;			/* thrown out meanwhile */
	top_clients(&m, &a, 12 * NS);
	ATF_CHECK(order("312") || order("132"));
	top_arrange(&m, CLIENTS_BY_LAST, &in);
	ATF_CHECK_EQ(5, m.client[0].rate);
	ATF_CHECK_EQ(1, m.client[0].drops);
	ATF_CHECK_EQ(1, m.client[1].rate);
	ATF_CHECK_EQ(NULL, prefix_parse(&in, "192.0.2.2/31"));
	top_arrange(&m, CLIENTS_BY_LAST, &in);
	ATF_CHECK(order("23"));
	a.nclients = 0;
	top_clients(&m, &a, 13 * NS);
	ATF_CHECK_EQ(0, m.nclients);
}

/* Several engines tell more than there is room for. */
ATF_TC_WITHOUT_HEAD(many_clients);
ATF_TC_BODY(many_clients, tc)
{
	struct client_row	*rows = calloc(3000, sizeof(*rows));
	unsigned int		 i;

	ATF_REQUIRE(rows != NULL);
	begin();
	for (i = 0; i < 3000; i++) {
		client(&rows[i], 1, i, 0);
		rows[i].ip[0] = (uint8_t)(i >> 8);
		rows[i].ip[1] = (uint8_t)i;
	}
	a.clients = rows;
	a.nclients = 3000;
	a.list.query.order = CLIENTS_BY_REQUESTS;
	top_clients(&m, &a, NS);
	ATF_CHECK_EQ(TOP_CLIENTS, m.nclients);
	ATF_CHECK_EQ(2999, m.client[0].row.requests);
	ATF_CHECK_EQ(2900, m.client[99].row.requests);
	free(rows);
}

static void
type(const char *text)
{
	for (; *text != '\0'; text++)
		ATF_CHECK_EQ(TOP_WANT_NOTHING, top_key(&ui, &m, *text));
}

ATF_TC_WITHOUT_HEAD(keys);
ATF_TC_BODY(keys, tc)
{
	struct client_row	 rows[3];

	three_clients(rows);
	ATF_CHECK_EQ(TOP_WANT_ASK, top_key(&ui, &m, 'd'));
	ATF_CHECK_EQ(CLIENTS_BY_DROPS, ui.order);
	ATF_CHECK(order("312"));		/* before the answer */
	ATF_CHECK_EQ(TOP_WANT_ASK, top_key(&ui, &m, 'l'));
	ATF_CHECK(order("123"));
	ATF_CHECK_EQ(TOP_WANT_ASK, top_key(&ui, &m, 'r'));
	ATF_CHECK(order("231"));
	type("t");
	ATF_CHECK_EQ(5, ui.span);
	type("tt");
	ATF_CHECK_EQ(1, ui.span);
	ATF_CHECK_EQ(TOP_WANT_ASK, top_key(&ui, &m, ' '));
	ATF_CHECK(ui.paused);
	ATF_CHECK_EQ(TOP_WANT_ASK, top_key(&ui, &m, 'p'));
	ATF_CHECK(!ui.paused);
	type("?");
	ATF_CHECK(ui.help);
	type("x");				/* any key goes back */
	ATF_CHECK(!ui.help);
	ATF_CHECK_EQ(TOP_PROMPT_NONE, ui.prompt);
	type("h");
	ATF_CHECK_EQ(TOP_WANT_QUIT, top_key(&ui, &m, 'q'));
	ATF_CHECK_EQ(TOP_WANT_QUIT, top_key(&ui, &m, 'q'));
	ATF_CHECK_EQ(TOP_WANT_NOTHING, top_key(&ui, &m, 0));
	ATF_CHECK_EQ(TOP_WANT_NOTHING, top_key(&ui, &m, 9999));
}

ATF_TC_WITHOUT_HEAD(filter);
ATF_TC_BODY(filter, tc)
{
	struct client_row	 rows[3];
	unsigned int		 i;

	three_clients(rows);
	type("/q192.0.2.3/33");			/* q is no quit here */
	ATF_CHECK_STREQ("q192.0.2.3/33", ui.typed);
	ATF_CHECK_EQ(TOP_WANT_NOTHING, top_key(&ui, &m, TOP_KEY_ENTER));
	ATF_CHECK(strstr(ui.message, "allowed: an address") != NULL);
	ATF_CHECK_EQ(TOP_PROMPT_FILTER, ui.prompt);
	for (i = 0; i < 20; i++)
		top_key(&ui, &m, TOP_KEY_BACKSPACE);
	ATF_CHECK_STREQ("", ui.message);
	ATF_CHECK_STREQ("", ui.typed);
	type("192.0.2.3");
	ATF_CHECK_EQ(TOP_WANT_ASK, top_key(&ui, &m, TOP_KEY_ENTER));
	ATF_CHECK_EQ(TOP_PROMPT_NONE, ui.prompt);
	ATF_CHECK_EQ(32, ui.filter.bits);
	ATF_CHECK(order("3"));
	/* an escape changes nothing, and an empty one ends it */
	type("/1");
	ATF_CHECK_EQ(TOP_WANT_NOTHING, top_key(&ui, &m, TOP_KEY_ESCAPE));
	ATF_CHECK_EQ(32, ui.filter.bits);
	type("/");
	ATF_CHECK_EQ(TOP_WANT_ASK, top_key(&ui, &m, TOP_KEY_ENTER));
	ATF_CHECK_EQ(0, ui.filter.family);
	/* there is an end to what can be typed */
	type("/");
	for (i = 0; i < 1000; i++)
		type("1");
	ATF_CHECK_EQ(sizeof(ui.typed) - 1, strlen(ui.typed));
}

ATF_TC_WITHOUT_HEAD(deny);
ATF_TC_BODY(deny, tc)
{
	struct client_row	 rows[3];

	three_clients(rows);
	type("j");
	ATF_CHECK_EQ(1, top_selected(&ui, &m));
	/* it stays with the source, wherever that goes */
	top_key(&ui, &m, 'd');
	ATF_CHECK_EQ(0, top_selected(&ui, &m));
	type("x");
	ATF_CHECK_EQ(TOP_PROMPT_DENY, ui.prompt);
	ATF_CHECK_EQ(TOP_WANT_NOTHING, top_key(&ui, &m, TOP_KEY_ENTER));
	ATF_CHECK_STREQ("nobody was denied", ui.message);
	type("x");
	ATF_CHECK_EQ(TOP_WANT_NOTHING, top_key(&ui, &m, 'n'));
	type("x");
	/* rows that move while the question stands do not change it */
	top_key(&ui, &m, TOP_KEY_ESCAPE);
	type("x");
	m.nclients = 0;
	ATF_CHECK_EQ(TOP_WANT_DENY, top_key(&ui, &m, 'y'));
	ATF_CHECK_EQ(DENY_DENY, ui.deny.kind);
	ATF_CHECK_EQ(TOP_DENY_FOR, ui.deny.seconds);
	ATF_CHECK_EQ(3, ui.deny.from.ip[3]);
	ATF_CHECK_EQ(32, ui.deny.from.bits);
	type("x");				/* there is nobody */
	ATF_CHECK_EQ(TOP_PROMPT_NONE, ui.prompt);
	three_clients(rows);
	type("jjjjjkx");
	ATF_CHECK_EQ(TOP_WANT_DENY, top_key(&ui, &m, 'Y'));
	ATF_CHECK_EQ(0, ui.deny.seconds);
	ATF_CHECK_EQ(3, ui.deny.from.ip[3]);
	type("kkkkk");
	ATF_CHECK_EQ(0, top_selected(&ui, &m));
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	struct top_times	 t = { 1, 0, 0 }, none = { 0, 0, 0 };
	char			 b[SHORT_LEN];

	ATF_CHECK_STREQ("0", short_number(0, b));
	ATF_CHECK_STREQ("9999", short_number(9999, b));
	ATF_CHECK_STREQ("10.0k", short_number(10000, b));
	ATF_CHECK_STREQ("99.9k", short_number(99940, b));
	ATF_CHECK_STREQ("100k", short_number(99950, b));
	ATF_CHECK_STREQ("999k", short_number(999499, b));
	ATF_CHECK_STREQ("1.0M", short_number(999500, b));
	ATF_CHECK_STREQ("1.0G", short_number(1000000000, b));
	ATF_CHECK_STREQ("18.4E", short_number(UINT64_MAX - 1, b));
	ATF_CHECK_STREQ("-", short_number(TOP_UNKNOWN, b));
	ATF_CHECK_STREQ("-", short_time(&none, 5, b));
	ATF_CHECK_STREQ("999 ns", short_time(&t, 999, b));
	ATF_CHECK_STREQ("1.0 us", short_time(&t, 1000, b));
	ATF_CHECK_STREQ("1.0 ms", short_time(&t, 999990, b));
	ATF_CHECK_STREQ("68.7 s", short_time(&t, HIST_MAX, b));
	ATF_CHECK_STREQ("0 s", short_age(999, b));
	ATF_CHECK_STREQ("119 s", short_age(119999, b));
	ATF_CHECK_STREQ("2 m", short_age(120000, b));
	ATF_CHECK_STREQ("2 h", short_age(7200000, b));
	ATF_CHECK_STREQ("3 d", short_age(3 * 86400000ULL, b));
	ATF_CHECK_STREQ("long", short_age(UINT64_MAX, b));
	ATF_CHECK_STREQ("59s", short_span(59, b));
	ATF_CHECK_STREQ("1m 5s", short_span(65, b));
	ATF_CHECK_STREQ("1h 1m", short_span(3660, b));
	ATF_CHECK_STREQ("2d 3h", short_span(2 * 86400 + 3 * 3600 + 59, b));
	ATF_CHECK(strlen(short_span(UINT64_MAX, b)) < sizeof(b) - 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rates);
	ATF_TP_ADD_TC(tp, reset);
	ATF_TP_ADD_TC(tp, overflow);
	ATF_TP_ADD_TC(tp, times);
	ATF_TP_ADD_TC(tp, bars);
	ATF_TP_ADD_TC(tp, clients);
	ATF_TP_ADD_TC(tp, many_clients);
	ATF_TP_ADD_TC(tp, keys);
	ATF_TP_ADD_TC(tp, filter);
	ATF_TP_ADD_TC(tp, deny);
	ATF_TP_ADD_TC(tp, numbers);
	return (atf_no_error());
}
