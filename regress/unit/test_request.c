/* SPDX-License-Identifier: ISC */
/* request.c, request_monitor.c: words to payloads, and what is refused. */
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "request.h"

typedef bool	request(int, char **, union msg_payload *, char *, size_t);

static union msg_payload	 p;
static char			 why[REQUEST_WHY];

/* The words are split at blanks. */
static bool
ask(request *f, const char *text)
{
	static char	 words[2048];
	char		*argv[16], *word, *rest = words;
	int		 argc = 0;

	ATF_REQUIRE(strlcpy(words, text, sizeof(words)) < sizeof(words));
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0') {
			ATF_REQUIRE(argc < 16);
			argv[argc++] = word;
		}
	memset(&p, 0, sizeof(p));
	why[0] = '\0';
	return (f(argc, argv, &p, why, sizeof(why)));
}

static void
good(request *f, const char *text)
{
	ATF_CHECK_MSG(ask(f, text), "%s: %s", text, why);
}

static void
bad(request *f, const char *text, const char *says)
{
	ATF_CHECK_MSG(!ask(f, text), "%s", text);
	ATF_CHECK_MSG(strstr(why, says) != NULL, "%s: %s, not %s", text, why,
	    says);
}

ATF_TC_WITHOUT_HEAD(one_word);
ATF_TC_BODY(one_word, tc)
{
	good(request_stats, "");
	ATF_CHECK_EQ(SHOW_STATUS, p.SHOW.what);
	good(request_stats, "work");
	ATF_CHECK_EQ(SHOW_WORKERS, p.SHOW.what);
	bad(request_stats, "wörk", "only `workers' is allowed");
	good(request_metrics, "");
	good(request_metrics, "open");
	bad(request_metrics, "closed", "only `openmetrics' is allowed");
}

ATF_TC_WITHOUT_HEAD(settings);
ATF_TC_BODY(settings, tc)
{
	char	 text[2000];

	good(request_set, "log.level debug");
	ATF_CHECK_STREQ("log.level", p.SETTING.key);
	ATF_CHECK_STREQ("debug", p.SETTING.value);
	good(request_set, "listen 192.0.2.1:123 [::1]:123");
	ATF_CHECK_STREQ("192.0.2.1:123 [::1]:123", p.SETTING.value);
	good(request_unset, "log.level");
	ATF_CHECK_EQ(1, p.SETTING.unset);
	memset(text, 'k', sizeof(text));
	text[sizeof(p.SETTING.key)] = '\0';
	bad(request_set, text, "no such key");
	bad(request_unset, text, "no such key");
	text[sizeof(p.SETTING.key) - 1] = '\0';
	good(request_unset, text);
	memset(text, 'v', sizeof(text));
	memcpy(text, "key ", 4);
	text[4 + sizeof(p.SETTING.value)] = '\0';
	bad(request_set, text, "the value is longer than");
	text[4 + sizeof(p.SETTING.value) - 1] = '\0';
	good(request_set, text);
}

ATF_TC_WITHOUT_HEAD(denials);
ATF_TC_BODY(denials, tc)
{
	good(request_deny, "192.0.2.0/24");
	ATF_CHECK_EQ(DENY_DENY, p.DENY.kind);
	ATF_CHECK_EQ(24, p.DENY.from.bits);
	ATF_CHECK_EQ(0, p.DENY.seconds);
	good(request_deny, "::1 reason a_b-9 for 2d");
	ATF_CHECK_STREQ("a_b-9", p.DENY.reason);
	ATF_CHECK_EQ(2 * 86400, p.DENY.seconds);
	good(request_allow, "192.0.2.1 for 90");
	ATF_CHECK_EQ(DENY_ALLOW, p.DENY.kind);
	ATF_CHECK_EQ(90, p.DENY.seconds);
	good(request_forget, "192.0.2.1");
	ATF_CHECK_EQ(DENY_FORGET, p.DENY.kind);
	bad(request_deny, "192.0.2.1/33", "allowed: an address or a prefix");
	bad(request_deny, "any", "is of no family");
	bad(request_deny, "::1 for", "for: not understood");
	bad(request_deny, "::1 because x", "[reason word]");
	bad(request_allow, "::1 reason x", "reason: not understood");
	bad(request_deny, "::1 reason Loud", "is no reason");
	bad(request_deny, "::1 reason "
	    "a23456789012345678901234567890123456789012345678901234567890",
	    "is no reason");
}

ATF_TC_WITHOUT_HEAD(spans);
ATF_TC_BODY(spans, tc)
{
	static const char *const	 none[] = { "0", "s", "h", "-1", "1w",
		"1hh", "1.5h", "12345678901234567890", "123456789012345h",
		"999999999d", "999999999999s" };
	char				 text[64];
	size_t				 i;

	good(request_deny, "::1 for 90s");
	ATF_CHECK_EQ(90, p.DENY.seconds);
	good(request_deny, "::1 for 5m");
	ATF_CHECK_EQ(300, p.DENY.seconds);
	good(request_deny, "::1 for 3650d");
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		snprintf(text, sizeof(text), "::1 for %s", none[i]);
		bad(request_deny, text, "is no time");
	}
}

ATF_TC_WITHOUT_HEAD(clients);
ATF_TC_BODY(clients, tc)
{
	struct clients_query	*q = &p.CLIENTS_REQ.query;

	good(request_clients, "");
	ATF_CHECK_EQ(CLIENTS_DEFAULT, q->max);
	ATF_CHECK_EQ(CLIENTS_BY_REQUESTS, q->order);
	good(request_clients, "by last 192.0.2.0/24 top 3");
	ATF_CHECK_EQ(3, q->max);
	ATF_CHECK_EQ(CLIENTS_BY_LAST, q->order);
	ATF_CHECK_EQ(4, q->family);
	ATF_CHECK_EQ(24, q->bits);
	bad(request_clients, "top 0", "0: not understood");
	bad(request_clients, "top", "top: not understood");
	bad(request_clients, "by", "by: not understood");
	bad(request_clients, "by place", "place: not understood");
	bad(request_clients, "top 3 of", "of: not understood");
}

ATF_TC_WITHOUT_HEAD(history);
ATF_TC_BODY(history, tc)
{
	static const struct {
		const char	*text;
		uint64_t	 last;
		uint32_t	 step;
	}		 rows[] = {
		{ "", 3600, HISTORY_MINUTE },
		{ "last 1m", 60, HISTORY_SECOND },
		{ "last 300", 300, HISTORY_SECOND },
		{ "last 301", 301, HISTORY_MINUTE },
		{ "last 1d", 86400, HISTORY_MINUTE },
		{ "last 2d", 172800, HISTORY_HOUR },
		{ "step second", 60, HISTORY_SECOND },
		{ "step hour", 86400, HISTORY_HOUR },
		{ "step minute last 2d", 172800, HISTORY_MINUTE }
	};
	size_t		 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		good(request_history, rows[i].text);
		ATF_CHECK_EQ_MSG(rows[i].last, p.HISTORY_REQ.last, "%s",
		    rows[i].text);
		ATF_CHECK_EQ_MSG(rows[i].step, p.HISTORY_REQ.step, "%s",
		    rows[i].text);
	}
	bad(request_history, "last x", "last: not understood");
	bad(request_history, "step day", "step: not understood");
	bad(request_history, "first 1h", "first: not understood");
	bad(request_history, "step hour last", "last: not understood");
}

ATF_TC_WITHOUT_HEAD(events);
ATF_TC_BODY(events, tc)
{
	struct msg_monitor	*m = &p.MONITOR;

	good(request_monitor, "");
	ATF_CHECK_EQ(MONITOR_REQUESTS | MONITOR_LIFECYCLE, m->what);
	ATF_CHECK_EQ(0, m->last);
	good(request_monitor, "lifecycle");
	ATF_CHECK_EQ(MONITOR_LIFECYCLE, m->what);
	good(request_monitor, "lifecycle version 4 version 3");
	ATF_CHECK_EQ(MONITOR_REQUESTS | MONITOR_LIFECYCLE, m->what);
	ATF_CHECK_EQ(1 << 4 | 1 << 3, m->filter.versions);
	good(request_monitor, "requests from ::/0 verdict answered");
	ATF_CHECK_EQ(MONITOR_REQUESTS, m->what);
	ATF_CHECK_EQ(6, m->filter.from.family);
	ATF_CHECK(m->filter.verdicts != 0);
	bad(request_monitor, "from", "from: not understood");
	bad(request_monitor, "from here", "from: not understood");
	bad(request_monitor, "from ::1 from ::2", "from: not understood");
	bad(request_monitor, "verdict guilty", "verdict: not understood");
	bad(request_monitor, "version 8", "version: not understood");
	bad(request_monitor, "about it", "about: not understood");
	good(request_events, "");
	ATF_CHECK(m->last > 0);
	good(request_events, "7 lifecycle");
	ATF_CHECK_EQ(7, m->last);
	ATF_CHECK_EQ(MONITOR_LIFECYCLE, m->what);
	bad(request_events, "0", "show events takes 1 to");
	bad(request_events, "7 lives", "lives: not understood");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_word);
	ATF_TP_ADD_TC(tp, settings);
	ATF_TP_ADD_TC(tp, denials);
	ATF_TP_ADD_TC(tp, spans);
	ATF_TP_ADD_TC(tp, clients);
	ATF_TP_ADD_TC(tp, history);
	ATF_TP_ADD_TC(tp, events);
	return (atf_no_error());
}
