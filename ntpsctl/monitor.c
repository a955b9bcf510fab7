/* SPDX-License-Identifier: ISC */
/* ntpsctl monitor: events as they come, and the words of their filters. */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event.h"
#include "msg.h"
#include "ntpsctl.h"
#include "out.h"

#define LAST_DEFAULT	50

struct monitor {
	enum out_form	 form;
	uint64_t	 left_out, missed;	/* not yet said */
	time_t		 said;			/* monotonic seconds */
};

static bool
put_version(struct event_filter *f, const char *word)
{
	const char	*why;
	long long	 n;

	n = strtonum(word, 0, 7, &why);
	if (why == NULL)
		f->versions |= (uint8_t)(1U << n);
	return (why == NULL);
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
int
request_monitor(int argc, char **argv, struct msg_monitor *m)
{
	char	 shown[128];
	bool	 filtered = false;
	int	 i, n;

	for (i = 0; i < argc; i += n)
		if ((n = filter_word(argc - i, argv + i, m, &filtered)) == 0) {
			warnx("%s: not understood; allowed: requests, "
			    "lifecycle, from prefix, version 0 to 7, verdict "
			    "answered, dropped or why, such as ratelimit",
			    out_printable(shown, sizeof(shown), argv[i]));
			return (CTL_USAGE);
		}
	/* Who wants certain requests does not want what is none. */
	if (filtered)
		m->what |= MONITOR_REQUESTS;
	if (m->what == 0)
		m->what = MONITOR_REQUESTS | MONITOR_LIFECYCLE;
	return (CTL_OK);
}

/* show events [N] [filter ...] */
int
request_events(int argc, char **argv, union msg_payload *p)
{
	struct msg_monitor	*m = &p->MONITOR;
	const char		*why = NULL;

	m->last = LAST_DEFAULT;
	if (argc > 0 && argv[0][0] >= '0' && argv[0][0] <= '9') {
		m->last = (uint32_t)strtonum(argv[0], 1, MONITOR_LAST_MAX,
		    &why);
		if (why != NULL) {
			warnx("show events takes 1 to %d", MONITOR_LAST_MAX);
			return (CTL_USAGE);
		}
		argc--;
		argv++;
	}
	return (request_monitor(argc, argv, m));
}

/* Not for each message: a line a second is enough, and one at the end. */
static void
say_left_out(struct monitor *mon, bool end)
{
	struct timespec	 now;
	struct out	 o;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((mon->left_out == 0 && mon->missed == 0) ||
	    (!end && now.tv_sec == mon->said))
		return;
	mon->said = now.tv_sec;
	if (mon->form == OUT_JSON) {
		out_begin(&o, stdout, OUT_JSON, "event", 1);
		out_str(&o, "event", "left_out");
		out_u64(&o, "left_out", mon->left_out);
		out_u64(&o, "missed", mon->missed);
		out_end(&o);
	} else
		printf("left out: %" PRIu64 " requests because of the rate, "
		    "%" PRIu64 " events because this was read too slowly\n",
		    mon->left_out, mon->missed);
	mon->left_out = mon->missed = 0;
}

static int
monitor_take(uint32_t type, const union msg_payload *p, void *arg)
{
	struct monitor	*mon = arg;
	uint32_t	 i;

	switch (type) {
	case MSG_EVENTS:
		for (i = 0; i < p->EVENTS.n; i++)
			event_show_request(stdout, mon->form,
			    &p->EVENTS.event[i]);
		mon->left_out += p->EVENTS.left_out[0];
		mon->missed += p->EVENTS.missed;
		break;
	case MSG_HAPPENED:
		event_show_happened(stdout, mon->form, &p->HAPPENED);
		break;
	case MSG_NONE:
		say_left_out(mon, false);
		break;
	default:
		warnx("bad answer from the daemon: unfit %s", msg_name(type));
		return (CTL_FAILED);
	}
	return (type == MSG_NONE && fflush(stdout) == EOF ? CTL_OK : -1);
}

/* Whoever read this may have gone, or told us to end: that is no fault. */
static int
monitor_finish(struct monitor *mon, int code)
{
	say_left_out(mon, true);
	if (fflush(stdout) == EOF && (errno == EPIPE || errno == EINTR) &&
	    freopen("/dev/null", "w", stdout) == NULL)
		return (CTL_FAILED);
	return (code);
}

int
monitor_run(const struct ctl_options *opt, int argc, char **argv)
{
	struct msg_monitor	 m;
	struct monitor		 mon;
	int			 code;

	memset(&m, 0, sizeof(m));
	memset(&mon, 0, sizeof(mon));
	mon.form = opt->form;
	if ((code = request_monitor(argc, argv, &m)) != CTL_OK)
		return (code);
	code = client_stream(opt, MSG_MONITOR, &m, monitor_take, &mon);
	return (monitor_finish(&mon, code));
}
