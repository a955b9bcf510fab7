/* SPDX-License-Identifier: ISC */
/* The words that choose events: see request.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "msg.h"
#include "out.h"
#include "request.h"

#define LAST_DEFAULT	50

static bool
put_version(struct event_filter *f, const char *word)
{
	const char	*bad;
	long long	 n;

	n = strtonum(word, 0, 7, &bad);
	if (bad == NULL)
		f->versions |= (uint8_t)(1U << n);
	return (bad == NULL);
}

/* Several verdicts are any of them. */
static bool
put_verdict(struct event_filter *f, const char *word)
{
	uint32_t	 verdicts = event_verdict_find(word);

	f->verdicts |= verdicts;
	return (verdicts != 0);
}

/* One word, or a word and its value: how many it took; 0: not understood. */
static int
filter_word(int argc, char **argv, struct msg_monitor *m, bool *filtered)
{
	if (strcmp(argv[0], "requests") == 0) {
		m->what |= MONITOR_REQUESTS;
		return (1);
	} else if (strcmp(argv[0], "lifecycle") == 0) {
		m->what |= MONITOR_LIFECYCLE;
		return (1);
	}
	if (argc < 2)
		return (0);
	if (strcmp(argv[0], "from") == 0) {
		if (m->filter.from.family != 0 ||
		    prefix_parse(&m->filter.from, argv[1]) != NULL)
			return (0);
	} else if (strcmp(argv[0], "verdict") == 0) {
		if (!put_verdict(&m->filter, argv[1]))
			return (0);
	} else if (strcmp(argv[0], "version") != 0 ||
	    !put_version(&m->filter, argv[1]))
		return (0);
	*filtered = true;
	return (2);
}

/* [requests] [lifecycle] [from prefix] [verdict word] [version N] ... */
bool
request_monitor(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	struct msg_monitor	*m = &p->MONITOR;
	char	 shown[128];
	bool	 filtered = false;
	int	 i, n;

	for (i = 0; i < argc; i += n)
		if ((n = filter_word(argc - i, argv + i, m, &filtered)) == 0) {
			snprintf(why, size,
			    "%s: not understood; allowed: requests, "
			    "lifecycle, from prefix, version 0 to 7, verdict "
			    "answered, dropped or why, such as ratelimit",
			    out_printable(shown, sizeof(shown), argv[i]));
			return (false);
		}
	/* Who wants certain requests does not want what is none. */
	if (filtered)
		m->what |= MONITOR_REQUESTS;
	if (m->what == 0)
		m->what = MONITOR_REQUESTS | MONITOR_LIFECYCLE;
	return (true);
}

/* show events [N] [filter ...] */
bool
request_events(int argc, char **argv, union msg_payload *p, char *why,
    size_t size)
{
	struct msg_monitor	*m = &p->MONITOR;
	const char		*bad = NULL;

	m->last = LAST_DEFAULT;
	if (argc > 0 && argv[0][0] >= '0' && argv[0][0] <= '9') {
		m->last = (uint32_t)strtonum(argv[0], 1, MONITOR_LAST_MAX,
		    &bad);
		if (bad != NULL) {
			snprintf(why, size,
			    "show events takes 1 to %d", MONITOR_LAST_MAX);
			return (false);
		}
		argc--;
		argv++;
	}
	return (request_monitor(argc, argv, p, why, size));
}
