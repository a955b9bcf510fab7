/* SPDX-License-Identifier: ISC */
/* From words to the payload of a request: see request.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "out.h"
#include "request.h"

static bool
put_key(char **argv, struct msg_setting *m, char *why, size_t size)
{
	char	 shown[128];

	if (strlcpy(m->key, argv[0], sizeof(m->key)) >= sizeof(m->key)) {
		snprintf(why, size,
		    "%s: no such key", out_printable(shown, sizeof(shown),
		    argv[0]));
		return (false);
	}
	return (true);
}

/* show stats [workers] */
bool
request_stats(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	char	 shown[128];

	if (argc == 0)
		return (true);
	if (strncmp(argv[0], "workers", strlen(argv[0])) != 0) {
		snprintf(why, size, "%s: only `workers' is allowed here",
		    out_printable(shown, sizeof(shown), argv[0]));
		return (false);
	}
	p->SHOW.what = SHOW_WORKERS;
	return (true);
}

/* show metrics [openmetrics]: how they are written is not the daemon's */
bool
request_metrics(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	char	 shown[128];

	(void)p;
	if (argc == 0 ||
	    strncmp(argv[0], "openmetrics", strlen(argv[0])) == 0)
		return (true);
	snprintf(why, size, "%s: only `openmetrics' is allowed here",
	    out_printable(shown, sizeof(shown), argv[0]));
	return (false);
}

/* set key value ...: the words of a list, one after the other */
bool
request_set(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	struct msg_setting	*m = &p->SETTING;
	int			 i;

	if (!put_key(argv, m, why, size))
		return (false);
	for (i = 1; i < argc; i++) {
		if (i > 1)
			strlcat(m->value, " ", sizeof(m->value));
		if (strlcat(m->value, argv[i], sizeof(m->value)) >=
		    sizeof(m->value)) {
			snprintf(why, size,
			    "the value is longer than %zu octets",
			    sizeof(m->value) - 1);
			return (false);
		}
	}
	return (true);
}

bool
request_unset(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	(void)argc;
	p->SETTING.unset = 1;
	return (put_key(argv, &p->SETTING, why, size));
}

/* "90", "90s", "5m", "1h", "2d": seconds, 0 for what is none of these. */
static uint64_t
parse_span(const char *text)
{
	static const char	 unit[] = "smhd";
	static const uint64_t	 seconds[] = { 1, 60, 3600, 86400 };
	const char		*bad, *u;
	char			 number[16];
	size_t			 len = strlen(text);
	uint64_t		 n, times = 1;

	if (len > 0 && (u = strchr(unit, text[len - 1])) != NULL) {
		times = seconds[u - unit];
		len--;
	}
	if (len >= sizeof(number))
		return (0);
	memcpy(number, text, len);
	number[len] = '\0';
	n = (uint64_t)strtonum(number, 1, DENY_SECONDS_MAX, &bad);
	if (bad != NULL || n > DENY_SECONDS_MAX / times)
		return (0);
	return (n * times);
}

static bool
put_reason(char *to, size_t size, const char *text)
{
	static const char	 allowed[] =
				    "abcdefghijklmnopqrstuvwxyz0123456789_-";

	return (*text != '\0' && text[strspn(text, allowed)] == '\0' &&
	    strlcpy(to, text, size) < size);
}

/* prefix [for time] [reason word] */
static bool
fill_deny(int argc, char **argv, struct msg_deny *m, enum deny_kind kind,
    char *why, size_t size)
{
	const char	*bad;
	char		 shown[128];
	int		 i;

	m->kind = kind;
	if ((bad = prefix_parse(&m->from, argv[0])) != NULL ||
	    m->from.family == 0) {
		snprintf(why, size,
		    "%s %s; allowed: an address or a prefix like "
		    "192.0.2.0/24", out_printable(shown, sizeof(shown),
		    argv[0]), bad != NULL ? bad : "is of no family");
		return (false);
	}
	for (i = 1; i < argc; i += 2) {
		out_printable(shown, sizeof(shown), argv[i]);
		if (i + 1 == argc || (strcmp(argv[i], "for") != 0 &&
		    (strcmp(argv[i], "reason") != 0 || kind != DENY_DENY))) {
			snprintf(why, size,
			    "%s: not understood; allowed: prefix [for time]"
			    "%s", shown, kind == DENY_DENY ? " [reason word]" :
			    "");
			return (false);
		}
		out_printable(shown, sizeof(shown), argv[i + 1]);
		if (strcmp(argv[i], "for") == 0 &&
		    (m->seconds = parse_span(argv[i + 1])) == 0) {
			snprintf(why, size,
			    "%s is no time; allowed: a number of s, m, h or "
			    "d, like 90s, 1h or 7d, up to ten years", shown);
			return (false);
		}
		if (strcmp(argv[i], "reason") == 0 && !put_reason(m->reason,
		    sizeof(m->reason), argv[i + 1])) {
			snprintf(why, size,
			    "%s is no reason; allowed: a word of up to %zu "
			    "small letters, digits, `_' and `-'", shown,
			    sizeof(m->reason) - 1);
			return (false);
		}
	}
	return (true);
}

bool
request_deny(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	return (fill_deny(argc, argv, &p->DENY, DENY_DENY, why, size));
}

bool
request_allow(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	return (fill_deny(argc, argv, &p->DENY, DENY_ALLOW, why, size));
}

bool
request_forget(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	return (fill_deny(argc, argv, &p->DENY, DENY_FORGET, why, size));
}

static const char *const	orders[CLIENTS_ORDER_COUNT] = {
	[CLIENTS_BY_PLACE] = "place",
	[CLIENTS_BY_REQUESTS] = "requests",
	[CLIENTS_BY_DROPS] = "drops",
	[CLIENTS_BY_LAST] = "last"
};

/* [top N] [by requests|drops|last] [prefix], in any order */
bool
request_clients(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	struct clients_query	*q = &p->CLIENTS_REQ.query;
	struct prefix		 prefix;
	const char		*bad;
	char			 shown[128];
	uint32_t		 order;
	int			 i;

	q->max = CLIENTS_DEFAULT;
	q->order = CLIENTS_BY_REQUESTS;
	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "top") == 0 && i + 1 < argc) {
			q->max = (uint32_t)strtonum(argv[++i], 1,
			    CLIENTS_ROWS_MAX, &bad);
			if (bad != NULL)
				break;
		} else if (strcmp(argv[i], "by") == 0 && i + 1 < argc) {
			i++;
			for (order = CLIENTS_BY_REQUESTS;
			    order < CLIENTS_ORDER_COUNT &&
			    strcmp(argv[i], orders[order]) != 0; order++)
				;
			if ((q->order = order) == CLIENTS_ORDER_COUNT)
				break;
		} else if (prefix_parse(&prefix, argv[i]) == NULL) {
			memcpy(q->ip, prefix.ip, sizeof(q->ip));
			q->family = prefix.family;
			q->bits = prefix.bits;
		} else
			break;
	}
	if (i == argc)
		return (true);
	snprintf(why, size,
	    "%s: not understood; allowed: top 1 to %d, by requests, drops "
	    "or last, and an address or a prefix", out_printable(shown,
	    sizeof(shown), argv[i]), CLIENTS_ROWS_MAX);
	return (false);
}

/* [last time] [step second|minute|hour]: each has a default by the other */
bool
request_history(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	static const char *const	 names[] = {
		"second", "minute", "hour"
	};
	static const uint64_t		 lasts[] = { 60, 3600, 86400 };
	struct msg_history_req		*m = &p->HISTORY_REQ;
	char				 shown[128];
	uint32_t			 step = HISTORY_STEPS;
	int				 i;

	for (i = 0; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "last") == 0) {
			if ((m->last = parse_span(argv[i + 1])) == 0)
				break;
		} else if (strcmp(argv[i], "step") == 0) {
			for (step = 0; step < HISTORY_STEPS &&
			    strcmp(argv[i + 1], names[step]) != 0; step++)
				;
			if (step == HISTORY_STEPS)
				break;
		} else
			break;
	}
	if (i < argc) {
		snprintf(why, size,
		    "%s: not understood; allowed: last and a time like 90s, "
		    "1h or 7d, step and second, minute or hour",
		    out_printable(shown, sizeof(shown), argv[i]));
		return (false);
	}
	if (step == HISTORY_STEPS)
		step = m->last == 0 || (m->last > 300 && m->last <= 86400) ?
		    HISTORY_MINUTE : m->last <= 300 ? HISTORY_SECOND :
		    HISTORY_HOUR;
	m->step = step;
	if (m->last == 0)
		m->last = lasts[step];
	return (true);
}
