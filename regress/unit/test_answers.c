/* SPDX-License-Identifier: ISC */
/* answers.c: what is kept, how much of it, and when it is all there. */
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "answers.h"

static struct answers		 a;
static union msg_payload	 p;

static void
begin(void)
{
	answers_init(&a);
	memset(&p, 0, sizeof(p));
}

/* How many of them are taken, of at most so many. */
static unsigned int
taken(uint32_t type, unsigned int max)
{
	unsigned int	 n;

	for (n = 0; n < max && answers_keep(&a, type, &p); n++)
		;
	return (n);
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	static const struct {
		uint32_t	 type;
		unsigned int	 max;
	}		 rows[] = {
		{ MSG_SOCKET, MSG_SOCKETS_MAX },
		{ MSG_PROCESS, MSG_SLOTS_MAX },
		{ MSG_HAPPENED, MONITOR_LAST_MAX },
		{ MSG_DENIED, DENIALS_MAX }
	};
	size_t		 i;

	begin();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_CHECK_EQ_MSG(rows[i].max, taken(rows[i].type,
		    2 * rows[i].max), "%s", msg_name(rows[i].type));
		ATF_CHECK(!answers_keep(&a, rows[i].type, &p));
	}
	/* the sum is no engine's */
	ATF_CHECK_EQ(1000, taken(MSG_STATS, 1000));
	ATF_CHECK_EQ(0, a.nworkers);
	p.STATS.engine = 1;
	ATF_CHECK_EQ(MSG_SLOTS_MAX, taken(MSG_STATS, 1000));
	ATF_CHECK_EQ(MSG_SLOTS_MAX, a.nworkers);
	/* what is no answer, and what only asks for patience */
	ATF_CHECK(!answers_keep(&a, MSG_PING, &p));
	ATF_CHECK(answers_keep(&a, MSG_WAIT, &p));
	answers_free(&a);
}

ATF_TC_WITHOUT_HEAD(lists);
ATF_TC_BODY(lists, tc)
{
	uint32_t	 i;

	begin();
	p.CLIENTS.n = MSG_CLIENTS_MAX;
	for (i = 0; i < p.CLIENTS.n; i++)
		p.CLIENTS.row[i].requests = i;
	ATF_REQUIRE(answers_keep(&a, MSG_CLIENTS, &p));
	ATF_REQUIRE(answers_keep(&a, MSG_CLIENTS, &p));
	ATF_CHECK_EQ(2 * MSG_CLIENTS_MAX, a.nclients);
	ATF_CHECK_EQ(1, a.clients[MSG_CLIENTS_MAX + 1].requests);
	taken(MSG_CLIENTS, UINT32_MAX);
	ATF_CHECK(a.nclients <= (size_t)MSG_SLOTS_MAX * CLIENTS_ROWS_MAX);
	p.CLIENTS_END.engines = 3;
	ATF_CHECK(answers_keep(&a, MSG_CLIENTS_END, &p));
	ATF_CHECK_EQ(3, a.engines);

	memset(&p, 0, sizeof(p));
	p.HISTORY.n = MSG_HISTORY_MAX;
	p.HISTORY.row[1].start = 60;
	taken(MSG_HISTORY, UINT32_MAX);
	ATF_CHECK(a.nrows <= HISTORY_MINUTES + MSG_HISTORY_MAX);
	ATF_CHECK_EQ(60, a.rows[MSG_HISTORY_MAX + 1].start);
	p.HISTORY_END.next = 7;
	ATF_CHECK(answers_keep(&a, MSG_HISTORY_END, &p));
	ATF_CHECK_EQ(7, a.history.from);

	memset(&p, 0, sizeof(p));
	p.EVENTS.n = EVENT_MAX;
	ATF_CHECK_EQ(MONITOR_LAST_MAX / EVENT_MAX, taken(MSG_EVENTS, 1000));
	answers_free(&a);
	ATF_CHECK(a.clients == NULL && a.nclients == 0);
	ATF_CHECK(a.rows == NULL && a.nrows == 0);
}

/* What each engine counts for itself is added up. */
ATF_TC_WITHOUT_HEAD(sums);
ATF_TC_BODY(sums, tc)
{
	uint32_t	 i, id;

	begin();
	p.HITS.rule[POLICY_RULES_MAX - 1] = 5;
	p.HITS.denial[0] = 1;
	ATF_CHECK_EQ(2, taken(MSG_HITS, 2));
	ATF_CHECK_EQ(10, a.hits.rule[POLICY_RULES_MAX - 1]);
	ATF_CHECK_EQ(2, a.hits.denial[0]);

	memset(&p, 0, sizeof(p));
	p.KEY_USES.n = 2;
	p.KEY_USES.key[0].id = 7;
	p.KEY_USES.key[0].good = 3;
	p.KEY_USES.key[0].last = 100;
	p.KEY_USES.key[1].id = 9;
	p.KEY_USES.key[1].bad = 1;
	ATF_CHECK(answers_keep(&a, MSG_KEY_USES, &p));
	p.KEY_USES.key[0].last = 50;
	ATF_CHECK(answers_keep(&a, MSG_KEY_USES, &p));
	ATF_CHECK_EQ(2, a.nkeys);
	ATF_CHECK_EQ(6, a.keys[0].good);
	ATF_CHECK_EQ(100, a.keys[0].last);
	ATF_CHECK_EQ(2, a.keys[1].bad);
	/* more of them than there can be keys */
	for (i = 0, id = 100; i < 2 * MAC_KEYS_MAX; i++, id += 2) {
		p.KEY_USES.key[0].id = id;
		p.KEY_USES.key[1].id = id + 1;
		if (!answers_keep(&a, MSG_KEY_USES, &p))
			break;
	}
	ATF_CHECK(i < MAC_KEYS_MAX);
	ATF_CHECK_EQ(MAC_KEYS_MAX, a.nkeys);
	answers_free(&a);
}

ATF_TC_WITHOUT_HEAD(settings);
ATF_TC_BODY(settings, tc)
{
	int	 key, stratum = conf_find("clock.stratum");

	begin();
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_CONFIG));
	for (key = 0; key < CONF_NKEYS; key++)
		if (key != stratum && !conf_may_be_empty((enum conf_key)key))
			a.have_key[key] = true;
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_CONFIG));
	p.CONFIG_VALUE.key = (uint32_t)stratum;
	p.CONFIG_VALUE.v.u = 9;
	ATF_CHECK(answers_keep(&a, MSG_CONFIG_VALUE, &p));
	ATF_CHECK_EQ(9, a.conf.clock_stratum);
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_CONFIG));
	p.CONFIG_VALUE.v.u = 99;
	ATF_CHECK(!answers_keep(&a, MSG_CONFIG_VALUE, &p));
	p.CONFIG_VALUE.key = CONF_NKEYS;
	ATF_CHECK(!answers_keep(&a, MSG_CONFIG_VALUE, &p));
	answers_free(&a);
}

ATF_TC_WITHOUT_HEAD(complete);
ATF_TC_BODY(complete, tc)
{
	begin();
	ATF_CHECK(answers_complete(&a, MSG_ACTION, 0));
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_POLICY));
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_KEYS));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, 1000));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_STATUS));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_METRICS));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_PROCESSES));
	ATF_CHECK(answers_keep(&a, MSG_STATUS, &p));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_STATUS));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_METRICS));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_WORKERS));
	ATF_CHECK(answers_keep(&a, MSG_STATS, &p));
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_STATUS));
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_STATS));
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_WORKERS));
	ATF_CHECK(!answers_complete(&a, MSG_SHOW, SHOW_METRICS));
	ATF_CHECK(answers_keep(&a, MSG_PROCESS, &p));
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_PROCESSES));
	ATF_CHECK(answers_complete(&a, MSG_SHOW, SHOW_METRICS));
	p.TIMES.kind = TIMES_KINDS - 1;
	p.TIMES.hist.n = 4;
	ATF_CHECK(answers_keep(&a, MSG_TIMES, &p));
	ATF_CHECK_EQ(4, a.times[TIMES_KINDS - 1].n);
	answers_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, sums);
	ATF_TP_ADD_TC(tp, settings);
	ATF_TP_ADD_TC(tp, complete);
	return (atf_no_error());
}
