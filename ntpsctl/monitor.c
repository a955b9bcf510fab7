/* SPDX-License-Identifier: ISC */
/* ntpsctl monitor: events as they come. */
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

struct monitor {
	enum out_form	 form;
	uint64_t	 left_out, missed;	/* not yet said */
	time_t		 said;			/* monotonic seconds */
};

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
	union msg_payload	 p;
	struct monitor		 mon;
	char			 why[REQUEST_WHY];
	int			 code;

	memset(&p, 0, sizeof(p));
	memset(&mon, 0, sizeof(mon));
	mon.form = opt->form;
	if (!request_monitor(argc, argv, &p, why, sizeof(why))) {
		warnx("%s", why);
		return (CTL_USAGE);
	}
	code = client_stream(opt, MSG_MONITOR, &p.MONITOR, monitor_take, &mon);
	return (monitor_finish(&mon, code));
}
