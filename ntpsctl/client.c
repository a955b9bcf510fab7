/* SPDX-License-Identifier: ISC */
/* One question to the daemon, or a stream from it: see ntpsctl.h. */
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"
#include "msg.h"
#include "ntpsctl.h"
#include "session.h"

/* The request, before anybody is asked anything. */
static int
make_request(const struct command *cmd, int argc, char **argv,
    union msg_payload *p)
{
	char	 why[REQUEST_WHY];

	memset(p, 0, sizeof(*p));
	if (cmd->request == MSG_SHOW)
		p->SHOW.what = cmd->what;
	else if (cmd->request == MSG_ACTION) {
		p->ACTION.action = cmd->what;
		p->ACTION.level = cmd->level;
	}
	if (cmd->fill != NULL && !cmd->fill(argc, argv, p, why, sizeof(why))) {
		warnx("%s", why);
		return (CTL_USAGE);
	}
	return (CTL_OK);
}

static volatile sig_atomic_t	 enough;

static void
on_signal(int sig)
{
	(void)sig;
	enough = 1;
}

/*
 * Waits for the daemon, a second at most, which also bounds what a signal that
 * comes just before has to wait; true when it is time to end.
 */
static bool
stream_wait(struct session *s)
{
	struct pollfd	 pfd[2] = {
		{ .fd = s->fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 }
	};

	if (imsgbuf_queuelen(&s->ibuf) > 0)
		pfd[0].events |= POLLOUT;
	if (poll(pfd, 2, 1000) == -1)
		pfd[0].revents = pfd[1].revents = 0;
	if (pfd[0].revents & POLLOUT)
		(void)imsgbuf_write(&s->ibuf);
	return (enough || (pfd[1].revents & (POLLERR | POLLHUP)) != 0);
}

static int
stream_read(struct session *s, client_taker take, void *arg)
{
	struct pollfd		 pfd = { .fd = s->fd, .events = POLLIN };
	union msg_payload	 p;
	struct imsg		 imsg;
	uint32_t		 type;
	ssize_t			 n;
	int			 code = GOING_ON;

	if (poll(&pfd, 1, 0) == 1 && imsgbuf_read(&s->ibuf) != 1) {
		session_say(s, "the daemon closed the connection");
		return (CTL_FAILED);
	}
	while (code == GOING_ON && (n = imsgbuf_get(&s->ibuf, &imsg)) != 0) {
		if (n == -1) {
			session_say(s,
			    "the daemon does not speak ntpsd's protocol");
			return (CTL_FAILED);
		}
		if ((code = session_pass(s, &imsg, &type, &p)) == GOING_ON)
			code = type == MSG_RESULT ?
			    session_judge(s, &p.RESULT) : take(type, &p, arg);
	}
	return (code);
}

/* Until a signal, or until nobody reads what is said. */
static int
stream(struct session *s, client_taker take, void *arg)
{
	struct sigaction	 sa;
	int			 code;
	bool			 end;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;	/* it interrupts a write that waits, */
	sa.sa_flags = SA_RESETHAND;	/* and a second one ends us anyhow */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	do {
		end = stream_wait(s);
		code = stream_read(s, take, arg);
		if (code == GOING_ON)
			code = take(MSG_NONE, NULL, arg);
	} while (code == GOING_ON && !end);
	return (code == GOING_ON ? CTL_OK : code);
}

int
client_stream(const struct ctl_options *opt, enum msg_type type,
    const void *data, client_taker take, void *arg)
{
	struct session	 s;
	int		 code;

	session_init(&s, opt);
	if ((code = session_open(&s)) == GOING_ON &&
	    (code = session_send(&s, type, data)) == GOING_ON)
		code = stream(&s, take, arg);
	session_close(&s);
	return (code);
}

int
client_ask(const struct ctl_options *opt, const struct command *cmd, int argc,
    char **argv, struct answers *a)
{
	struct session		 s;
	union msg_payload	 p;
	int			 code;

	answers_init(a);
	a->word = argc > 0 ? argv[0] : NULL;
	if ((code = make_request(cmd, argc, argv, &p)) != CTL_OK)
		return (code);
	session_init(&s, opt);
	if ((code = session_open(&s)) == GOING_ON)
		code = session_ask(&s, (enum msg_type)cmd->request, &p, a);
	session_close(&s);
	return (code == GOING_ON ? CTL_OK : code);
}
