/* SPDX-License-Identifier: ISC */
/*
 * The conversation with the daemon: connect, greet, ask once, collect the
 * answers.  The daemon is not trusted to be sane: each message passes the
 * gate, rows are bounded, and every wait has an end.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "imsg.h"
#include "msg.h"
#include "ntpsctl.h"
#include "out.h"

#define SILENCE_MS	4000	/* without -t */
#define MARGIN_MS	1000	/* for all of an answer, over one silence */
#define WAIT_MS		60000	/* for an action that the daemon reports on */
#define BACKLOG_MS	20	/* before another try at a full backlog */

#define GOING_ON	(-1)	/* not yet an exit code */

struct session {
	const char	*path;
	int		 fd;
	struct imsgbuf	 ibuf;
	int64_t		 silence;	/* all in ms */
	int64_t		 started, heard, end;
	bool		 waited;	/* the daemon said WAIT */
	bool		 deaf;		/* it does not read any more */
};

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static uint64_t
now_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/* Milliseconds that are left to wait, 0 when there are none. */
static int
remaining(const struct session *s)
{
	int64_t	 end = s->heard + s->silence;

	if (end > s->end)
		end = s->end;
	end -= now_ms();
	return (end > 0 ? (int)end : 0);
}

static int
too_late(const struct session *s)
{
	if (s->waited && now_ms() >= s->end) {
		warnx("the daemon has not finished within %" PRId64 " s",
		    (s->end - s->started) / 1000);
		return (CTL_FAILED);
	}
	warnx("the daemon does not answer");
	return (CTL_NO_DAEMON);
}

static int
no_connection(const struct session *s, int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		warnx("no permission to use %s: be root or a member of the "
		    "socket's group", s->path);
		return (CTL_FAILED);
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		warnx("no daemon at %s: is ntpsd running?", s->path);
		return (CTL_NO_DAEMON);
	default:
		warnx("%s: %s", s->path, strerror(error));
		return (CTL_NO_DAEMON);
	}
}

/* EINPROGRESS has passed: how did it end? */
static int
connect_finish(struct session *s)
{
	struct pollfd	 pfd = { .fd = s->fd, .events = POLLOUT };
	socklen_t	 len = sizeof(int);
	int		 error, n;

	while ((n = poll(&pfd, 1, remaining(s))) == -1 && errno == EINTR)
		;
	if (n == 0)
		return (too_late(s));
	if (n == -1 ||
	    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	return (error == 0 ? GOING_ON : no_connection(s, error));
}

static int
session_connect(struct session *s)
{
	struct sockaddr_un	 sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, s->path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		return (no_connection(s, ENAMETOOLONG));
	while (connect(s->fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		if (errno == EINPROGRESS || errno == EINTR)
			return (connect_finish(s));
		/* Linux: the backlog is full, and poll(2) won't tell when
		 * it no longer is */
		if (errno != EAGAIN)
			return (no_connection(s, errno));
		if (remaining(s) == 0)
			return (too_late(s));
		poll(NULL, 0, BACKLOG_MS);
	}
	return (GOING_ON);
}

static int
session_open(struct session *s, const struct ctl_options *opt)
{
	memset(s, 0, sizeof(*s));
	s->path = opt->socket;
	s->silence = opt->timeout > 0 ? (int64_t)(opt->timeout * 1000) :
	    SILENCE_MS;
	s->started = s->heard = now_ms();
	s->end = s->started + s->silence + MARGIN_MS;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (s->fd == -1) {
		warn("socket");
		return (CTL_FAILED);
	}
	if (imsgbuf_init(&s->ibuf, s->fd) == -1) {
		warn("imsgbuf_init");
		close(s->fd);
		s->fd = -1;
		return (CTL_FAILED);
	}
	return (session_connect(s));
}

static void
session_close(struct session *s)
{
	if (s->fd == -1)
		return;
	imsgbuf_clear(&s->ibuf);
	close(s->fd);
	s->fd = -1;
}

static int
session_send(struct session *s, uint32_t type, const void *data, size_t len)
{
	if (imsg_compose(&s->ibuf, type, 0, 0, -1, data, len) == -1) {
		warn("imsg_compose");
		return (CTL_FAILED);
	}
	return (GOING_ON);
}

/* Writes what waits, reads what came. */
static int
session_exchange(struct session *s)
{
	struct pollfd	 pfd = { .fd = s->fd, .events = POLLIN };
	int		 n;

	if (imsgbuf_queuelen(&s->ibuf) > 0 && !s->deaf)
		pfd.events |= POLLOUT;
	if ((n = remaining(s)) == 0)
		return (too_late(s));
	if ((n = poll(&pfd, 1, n)) == -1 && errno != EINTR) {
		warn("poll");
		return (CTL_FAILED);
	}
	if (n <= 0)
		return (GOING_ON);
	/* One that has closed may have said why before. */
	if (pfd.revents & POLLOUT && imsgbuf_write(&s->ibuf) == -1)
		s->deaf = true;
	if ((pfd.revents & (POLLIN | POLLHUP | POLLERR)) == 0)
		return (GOING_ON);
	if ((n = imsgbuf_read(&s->ibuf)) == -1 && errno != ECONNRESET) {
		warn("%s", s->path);
		return (CTL_FAILED);
	} else if (n != 1) {
		warnx("the daemon closed the connection");
		return (CTL_FAILED);
	}
	return (GOING_ON);
}

/* The next message, past the gate.  GOING_ON: it is in *type and *p. */
static int
session_next(struct session *s, uint32_t *type, union msg_payload *p)
{
	enum msg_verdict	 verdict;
	struct imsg		 imsg;
	ssize_t			 n;
	int			 code;

	while ((n = imsgbuf_get(&s->ibuf, &imsg)) == 0) {
		if ((code = session_exchange(s)) != GOING_ON)
			return (code);
	}
	if (n == -1) {
		warnx("the daemon does not speak ntpsd's protocol");
		return (CTL_FAILED);
	}
	*type = imsg_get_type(&imsg);
	verdict = msg_check(&imsg, PROC_CONTROL, PROC_CLIENT, p);
	imsg_free(&imsg);
	if (verdict != MSG_OK) {
		warnx("bad answer from the daemon: %s (%s)",
		    msg_name(*type), msg_strverdict(verdict));
		return (CTL_FAILED);
	}
	/* A stream of rows has to end in time too; only WAIT prolongs. */
	if (now_ms() >= s->end)
		return (too_late(s));
	s->heard = now_ms();
	if (*type == MSG_WAIT && !s->waited) {
		s->waited = true;
		if (s->end < s->started + WAIT_MS)
			s->end = s->started + WAIT_MS;
	}
	return (GOING_ON);
}

static int
judge_result(const struct msg_result *result)
{
	char	 shown[MSG_TEXT_MAX * 4];

	if (result->code == RESULT_OK || result->code == RESULT_NOTHING)
		return (CTL_OK);
	warnx("%s", result->text[0] == '\0' ? "the daemon refused" :
	    out_printable(shown, sizeof(shown), result->text));
	return (CTL_FAILED);
}

static int
greet(struct session *s)
{
	union msg_payload	 p;
	struct msg_hello	 hello;
	uint32_t		 type;
	int			 code;

	memset(&hello, 0, sizeof(hello));
	hello.catalogue = msg_catalogue();
	if ((code = session_send(s, MSG_HELLO, &hello, sizeof(hello))) !=
	    GOING_ON || (code = session_next(s, &type, &p)) != GOING_ON)
		return (code);
	if (type == MSG_RESULT) {
		code = judge_result(&p.RESULT);
		return (code == CTL_OK ? CTL_FAILED : code);
	}
	if (type != MSG_WELCOME) {
		warnx("the daemon greets with %s", msg_name(type));
		return (CTL_FAILED);
	}
	if (p.WELCOME.catalogue != hello.catalogue) {
		warnx("ntpsctl and ntpsd are of different versions");
		return (CTL_FAILED);
	}
	return (GOING_ON);
}

/* The request, before anybody is asked anything. */
static int
make_request(const struct command *cmd, int argc, char **argv,
    union msg_payload *p, struct answers *a)
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
	if (cmd->request == MSG_CLIENTS_REQ)
		a->list = p->CLIENTS_REQ;
	if (cmd->request == MSG_HISTORY_REQ)
		a->history = p->HISTORY_REQ;
	return (CTL_OK);
}

static int
collect(struct session *s, const struct command *cmd, struct answers *a)
{
	union msg_payload	 p;
	uint32_t		 type;
	int			 code;

	for (;;) {
		if ((code = session_next(s, &type, &p)) != GOING_ON)
			return (code);
		if (type == MSG_RESULT)
			break;
		if (!answers_keep(a, type, &p)) {
			warnx("bad answer from the daemon: unfit %s",
			    msg_name(type));
			return (CTL_FAILED);
		}
	}
	a->result = p.RESULT;
	a->now = now_ns();
	if ((code = judge_result(&a->result)) == CTL_OK &&
	    !answers_complete(a, cmd->request, cmd->what)) {
		warnx("bad answer from the daemon: incomplete");
		return (CTL_FAILED);
	}
	return (code);
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
	enum msg_verdict	 verdict;
	uint32_t		 type;
	ssize_t			 n;
	int			 code = GOING_ON;

	if (poll(&pfd, 1, 0) == 1 && imsgbuf_read(&s->ibuf) != 1) {
		warnx("the daemon closed the connection");
		return (CTL_FAILED);
	}
	while (code == GOING_ON && (n = imsgbuf_get(&s->ibuf, &imsg)) != 0) {
		if (n == -1) {
			warnx("the daemon does not speak ntpsd's protocol");
			return (CTL_FAILED);
		}
		type = imsg_get_type(&imsg);
		verdict = msg_check(&imsg, PROC_CONTROL, PROC_CLIENT, &p);
		imsg_free(&imsg);
		if (verdict != MSG_OK) {
			warnx("bad answer from the daemon: %s (%s)",
			    msg_name(type), msg_strverdict(verdict));
			return (CTL_FAILED);
		}
		code = type == MSG_RESULT ? judge_result(&p.RESULT) :
		    take(type, &p, arg);
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

	if ((code = session_open(&s, opt)) == GOING_ON &&
	    (code = greet(&s)) == GOING_ON &&
	    (code = session_send(&s, type, data, msg_size(type))) == GOING_ON)
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
	if ((code = make_request(cmd, argc, argv, &p, a)) != CTL_OK)
		return (code);
	if ((code = session_open(&s, opt)) == GOING_ON &&
	    (code = greet(&s)) == GOING_ON &&
	    (code = session_send(&s, cmd->request, &p,
	    msg_size(cmd->request))) == GOING_ON)
		code = collect(&s, cmd, a);
	/* Each engine has sources of its own. */
	while (code == CTL_OK && cmd->request == MSG_CLIENTS_REQ &&
	    ++a->list.engine < a->engines &&
	    (code = session_send(&s, cmd->request, &a->list,
	    sizeof(a->list))) == GOING_ON)
		code = collect(&s, cmd, a);
	/* A page is followed by the next. */
	while (code == CTL_OK && cmd->request == MSG_HISTORY_REQ &&
	    a->history.from != 0 && (code = session_send(&s, cmd->request,
	    &a->history, sizeof(a->history))) == GOING_ON)
		code = collect(&s, cmd, a);
	session_close(&s);
	return (code);
}
