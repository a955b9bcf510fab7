/* SPDX-License-Identifier: ISC */
/*
 * ntpsctl top: looks at the daemon once a second over one connection, and
 * shows it.  Keys and signals are served also while an answer is waited for:
 * both come through wait_for, which the session calls in place of poll(2).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "ntpsctl.h"
#include "out.h"
#include "session.h"
#include "top.h"
#include "top_keys.h"

#define NS		1000000000ULL
#define LINES_MAX	1000000000
#define KEYS_AT_ONCE	64	/* before the page is drawn again */
#define HISTORY_LOOKS	3	/* until it has the second of the first */

struct top {
	enum out_form	 form;
	struct session	 session;
	struct answers	 answers;
	struct top_model model;
	struct top_ui	 ui;
	struct page	 page;
	bool		 screen;	/* it is ours */
	bool		 quit;
	bool		 at_once;	/* the next look is due now */
	bool		 stale;		/* the connection may be too old */
	bool		 history;	/* is wanted */
	unsigned int	 history_looks;	/* that still ask for it */
	bool		 deny;		/* denial is to be sent */
	struct msg_deny	 denial;
	uint64_t	 next;		/* look, mono ns */
	uint64_t	 lines;		/* still to print; 0: no end */
};

static int	 signal_pipe[2] = { -1, -1 };

static void
on_signal(int sig)
{
	unsigned char	 c = (unsigned char)sig;
	int		 error = errno;

	/* a full pipe has woken us already */
	if (write(signal_pipe[1], &c, 1) == -1)
		errno = error;
	errno = error;
}

static uint64_t
mono(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec);
}

static void
draw(struct top *t)
{
	if (!t->screen)
		return;
	screen_page(&t->page);
	top_page(&t->page, &t->model, &t->ui);
	screen_draw(&t->page);
}

/* ^Z: the shell gets its terminal as it was, and we get it back. */
static void
suspend(struct top *t)
{
	struct sigaction	 sa, old;

	if (t->screen)
		screen_close();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sigaction(SIGTSTP, &sa, &old);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &old, NULL);
}

static void
take_signal(struct top *t, int sig)
{
	switch (sig) {
	case SIGTSTP:
		suspend(t);
		break;
	case SIGCONT:
		/* the daemon lets go of who is silent, and what the terminal
		 * shows may be the shell's */
		t->stale = t->at_once = true;
		if (t->screen) {
			screen_close();
			screen_resize();
			screen_redraw();
		}
		break;
	case SIGWINCH:
		if (t->screen)
			screen_resize();
		break;
	default:
		t->quit = true;
	}
}

static void
take_signals(struct top *t)
{
	unsigned char	 sig[64];
	ssize_t		 i, n;

	while ((n = read(signal_pipe[0], sig, sizeof(sig))) > 0)
		for (i = 0; i < n; i++)
			take_signal(t, sig[i]);
}

static void
take_keys(struct top *t)
{
	int	 i, key;

	for (i = 0; i < KEYS_AT_ONCE && !t->quit &&
	    (key = screen_key()) != -1; i++) {
		switch (top_key(&t->ui, &t->model, key)) {
		case TOP_WANT_QUIT:
			t->quit = true;
			break;
		case TOP_WANT_ASK:
			t->at_once = true;
			break;
		case TOP_WANT_DENY:
			t->denial = t->ui.deny;
			t->deny = true;
			break;
		case TOP_WANT_NOTHING:
			break;
		}
	}
}

/*
 * As poll(2) of one descriptor (or none: its fd is -1), serving keys and
 * signals meanwhile; -1 with EINTR when there were any.
 */
static int
wait_for(struct pollfd *pfd, int ms, void *arg)
{
	struct top	*t = arg;
	struct pollfd	 all[3] = {
		*pfd,
		{ .fd = signal_pipe[0], .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 }
	};
	int		 n;

	if (t->screen) {
		all[2].fd = STDIN_FILENO;
		all[2].events = POLLIN;
	}
	if ((n = poll(all, 3, ms)) <= 0)
		return (n);
	pfd->revents = all[0].revents;
	if (all[1].revents != 0)
		take_signals(t);
	if (all[2].revents & (POLLHUP | POLLERR | POLLNVAL))
		t->quit = true;		/* terminal or reader are gone */
	else if (all[2].revents & POLLIN)
		take_keys(t);
	if (t->quit)
		return (SESSION_ENOUGH);
	if (all[1].revents != 0 || all[2].revents != 0)
		draw(t);
	if (pfd->revents != 0)
		return (1);
	errno = EINTR;
	return (-1);
}

static void
disconnect(struct top *t)
{
	session_close(&t->session);
	t->stale = false;
}

/* A question, its answer in t->answers. */
static int
ask(struct top *t, enum msg_type type, const union msg_payload *p)
{
	answers_free(&t->answers);
	answers_init(&t->answers);
	session_patience(&t->session);
	return (session_ask(&t->session, type, p, &t->answers));
}

/* What was served while nobody looked fills the bars. */
static int
ask_history(struct top *t)
{
	union msg_payload	 p;
	int			 code;

	memset(&p, 0, sizeof(p));
	p.HISTORY_REQ.step = HISTORY_SECOND;
	p.HISTORY_REQ.last = TOP_SECONDS;
	if ((code = ask(t, MSG_HISTORY_REQ, &p)) == GOING_ON)
		top_history(&t->model, &t->answers);
	return (code);
}

static int
connect_daemon(struct top *t)
{
	int	 code;

	if ((code = session_open(&t->session)) != GOING_ON || !t->history)
		return (code);
	t->history_looks = HISTORY_LOOKS;
	return (ask_history(t));
}

static int
look(struct top *t)
{
	union msg_payload	 p;
	int			 code;

	/* a key may want sources at once, which is too soon for a rate */
	if (mono() - t->model.mono >= TOP_SPAN) {
		memset(&p, 0, sizeof(p));
		p.SHOW.what = SHOW_METRICS;
		if ((code = ask(t, MSG_SHOW, &p)) != GOING_ON)
			return (code);
		top_look(&t->model, &t->answers, mono());
		if (t->history_looks > 0) {
			t->history_looks--;
			if ((code = ask_history(t)) != GOING_ON)
				return (code);
		}
	}
	memset(&p, 0, sizeof(p));
	p.CLIENTS_REQ.query.max = TOP_CLIENTS;
	p.CLIENTS_REQ.query.order = t->ui.order;
	p.CLIENTS_REQ.query.family = t->ui.filter.family;
	p.CLIENTS_REQ.query.bits = t->ui.filter.bits;
	memcpy(p.CLIENTS_REQ.query.ip, t->ui.filter.ip,
	    sizeof(p.CLIENTS_REQ.query.ip));
	if ((code = ask(t, MSG_CLIENTS_REQ, &p)) != GOING_ON)
		return (code);
	top_clients(&t->model, &t->answers, mono());
	/* what was asked for may not be what is wanted now */
	top_arrange(&t->model, t->ui.order, &t->ui.filter);
	return (GOING_ON);
}

static int
deny(struct top *t)
{
	union msg_payload	 p;
	int			 code;

	memset(&p, 0, sizeof(p));
	p.DENY = t->denial;
	t->session.why = t->ui.message;	/* also when it is refused */
	code = ask(t, MSG_DENY, &p);
	t->session.why = t->ui.lost;
	if (code == GOING_ON)
		out_printable(t->ui.message, sizeof(t->ui.message),
		    t->answers.result.text[0] != '\0' ?
		    t->answers.result.text : "done");
	/* a refusal is no reason to hang up */
	return (code == CTL_NO_DAEMON ? code : GOING_ON);
}

/* All that is due, over a connection that is made if there is none. */
static int
turn(struct top *t)
{
	int	 code = GOING_ON;

	if (t->stale || (t->ui.paused && !t->deny))
		disconnect(t);
	if (t->ui.paused && !t->deny)
		return (GOING_ON);
	if (t->session.fd == -1)
		code = connect_daemon(t);
	if (t->deny && code == GOING_ON)
		code = deny(t);
	else if (t->deny)
		strlcpy(t->ui.message, "nobody was denied: no daemon",
		    sizeof(t->ui.message));
	t->deny = false;
	if (code == GOING_ON && !t->ui.paused)
		code = look(t);
	if (code != GOING_ON)
		disconnect(t);
	return (code);
}

/* Waits for what comes next: a look, or a key that wants something. */
static void
idle(struct top *t)
{
	struct pollfd	 none = { .fd = -1 };
	uint64_t	 now = mono();

	while (!t->quit && !t->deny && !t->at_once &&
	    (t->ui.paused || now < t->next)) {
		(void)wait_for(&none, t->ui.paused ? 1000 :
		    (int)((t->next - now) / 1000000) + 1, t);
		now = mono();
	}
	t->at_once = false;
	/* a rhythm; what was missed is not made up for */
	if (now >= t->next)
		t->next = t->next + NS > now ? t->next + NS : now + NS;
}

/* A look for those who read lines; true when it was the last. */
static bool
say(struct top *t)
{
	if (!t->model.rated)
		return (false);
	if (top_plain(stdout, t->form, &t->model) == -1 ||
	    fflush(stdout) == EOF) {
		/* who has read enough is no fault */
		if (errno == EPIPE &&
		    freopen("/dev/null", "w", stdout) == NULL)
			warn("/dev/null");
		return (true);
	}
	return (t->lines > 0 && --t->lines == 0);
}

static void
loop(struct top *t)
{
	char	 was[TOP_TEXT] = "";

	while (!t->quit) {
		idle(t);
		if (t->quit)
			break;
		if (turn(t) == GOING_ON) {
			t->ui.lost[0] = was[0] = '\0';
			if (!t->screen && say(t))
				break;
		} else if (!t->screen && !t->quit && strcmp(was,
		    t->ui.lost) != 0) {
			strlcpy(was, t->ui.lost, sizeof(was));
			warnx("%s", was);	/* once */
		}
		draw(t);
	}
}

static int
take_over_signals(void)
{
	static const int	 signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT
	};
	struct sigaction	 sa;
	size_t			 i;

	if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) == -1)
		return (-1);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], &sa, NULL) == -1)
			return (-1);
	return (0);
}

/* The first look has to succeed, as with any other command. */
static int
run(struct top *t, bool want_screen)
{
	int	 code;

	t->history = want_screen;
	if ((code = turn(t)) != GOING_ON)
		return (t->quit ? CTL_OK : code);
	t->next = mono() + NS;
	t->session.why = t->ui.lost;
	t->session.why_size = sizeof(t->ui.lost);
	t->screen = want_screen && screen_open();
	draw(t);
	loop(t);
	if (t->screen)
		screen_close();
	return (CTL_OK);
}

int
top_run(const struct ctl_options *opt, int argc, char **argv)
{
	const char	*bad = NULL;
	struct top	*t;
	int		 code;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		err(CTL_FAILED, NULL);
	if (argc > 0)
		t->lines = (uint64_t)strtonum(argv[0], 1, LINES_MAX, &bad);
	if (bad != NULL) {
		warnx("top takes a number of lines, 1 to %d", LINES_MAX);
		free(t);
		return (CTL_USAGE);
	}
	t->form = opt->form;
	top_ui_init(&t->ui);
	answers_init(&t->answers);
	session_init(&t->session, opt);
	t->session.wait = wait_for;
	t->session.wait_arg = t;
	if (take_over_signals() == -1)
		err(CTL_FAILED, NULL);
	code = run(t, argc == 0 && opt->form == OUT_TEXT &&
	    isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
	disconnect(t);
	answers_free(&t->answers);
	free(t);
	return (code);
}
