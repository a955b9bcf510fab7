/* SPDX-License-Identifier: ISC */
/* A connection to the daemon, and questions over it: see session.h. */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imsg.h"
#include "msg.h"
#include "ntpsctl.h"
#include "out.h"
#include "session.h"

#define SILENCE_MS	4000	/* without -t */
#define MARGIN_MS	1000	/* for all of an answer, over one silence */
#define WAIT_MS		60000	/* for an action that the daemon reports on */
#define BACKLOG_MS	20	/* before another try at a full backlog */

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

void
session_say(struct session *s, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	if (s->why != NULL)
		vsnprintf(s->why, s->why_size, fmt, ap);
	else
		vwarnx(fmt, ap);
	va_end(ap);
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
too_late(struct session *s)
{
	if (s->waited && now_ms() >= s->end) {
		session_say(s, "the daemon has not finished within %" PRId64
		    " s", (s->end - s->started) / 1000);
		return (CTL_FAILED);
	}
	session_say(s, "the daemon does not answer");
	return (CTL_NO_DAEMON);
}

static int
no_connection(struct session *s, int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		session_say(s, "no permission to use %s: be root or a member "
		    "of the socket's group", s->path);
		return (CTL_FAILED);
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		session_say(s, "no daemon at %s: is ntpsd running?", s->path);
		return (CTL_NO_DAEMON);
	default:
		session_say(s, "%s: %s", s->path, strerror(error));
		return (CTL_NO_DAEMON);
	}
}

/* As poll(2), for s->wait may have other things to do meanwhile. */
static int
session_poll_for(struct session *s, struct pollfd *pfd)
{
	int	 ms = remaining(s);

	if (s->wait != NULL)
		return (s->wait(pfd, ms, s->wait_arg));
	return (poll(pfd, 1, ms));
}

/* EINPROGRESS has passed: how did it end? */
static int
connect_finish(struct session *s)
{
	struct pollfd	 pfd = { .fd = s->fd, .events = POLLOUT };
	socklen_t	 len = sizeof(int);
	int		 error, n;

	while ((n = session_poll_for(s, &pfd)) == -1 && errno == EINTR)
		;
	if (n == SESSION_ENOUGH)
		return (CTL_FAILED);
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

void
session_init(struct session *s, const struct ctl_options *opt)
{
	memset(s, 0, sizeof(*s));
	s->path = opt->socket;
	s->timeout = opt->timeout;
	s->fd = -1;
}

void
session_patience(struct session *s)
{
	s->silence = s->timeout > 0 ? (int64_t)(s->timeout * 1000) :
	    SILENCE_MS;
	s->started = s->heard = now_ms();
	s->end = s->started + s->silence + MARGIN_MS;
	s->waited = false;
}

void
session_close(struct session *s)
{
	if (s->fd == -1)
		return;
	imsgbuf_clear(&s->ibuf);
	close(s->fd);
	s->fd = -1;
}

int
session_send(struct session *s, enum msg_type type, const void *data)
{
	if (imsg_compose(&s->ibuf, type, 0, 0, -1, data, msg_size(type)) ==
	    -1) {
		session_say(s, "imsg_compose: %s", strerror(errno));
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
	if (remaining(s) == 0)
		return (too_late(s));
	if ((n = session_poll_for(s, &pfd)) == SESSION_ENOUGH)
		return (CTL_FAILED);
	if (n == -1 && errno != EINTR) {
		session_say(s, "poll: %s", strerror(errno));
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
		session_say(s, "%s: %s", s->path, strerror(errno));
		return (CTL_FAILED);
	} else if (n != 1) {
		session_say(s, "the daemon closed the connection");
		return (CTL_FAILED);
	}
	return (GOING_ON);
}

int
session_pass(struct session *s, struct imsg *imsg, uint32_t *type,
    union msg_payload *p)
{
	enum msg_verdict	 verdict;

	*type = imsg_get_type(imsg);
	verdict = msg_check(imsg, PROC_CONTROL, PROC_CLIENT, p);
	imsg_free(imsg);
	if (verdict == MSG_OK)
		return (GOING_ON);
	session_say(s, "bad answer from the daemon: %s (%s)",
	    msg_name(*type), msg_strverdict(verdict));
	return (CTL_FAILED);
}

/* The next message, past the gate.  GOING_ON: it is in *type and *p. */
static int
session_next(struct session *s, uint32_t *type, union msg_payload *p)
{
	struct imsg	 imsg;
	ssize_t		 n;
	int		 code;

	while ((n = imsgbuf_get(&s->ibuf, &imsg)) == 0) {
		if ((code = session_exchange(s)) != GOING_ON)
			return (code);
	}
	if (n == -1) {
		session_say(s, "the daemon does not speak ntpsd's protocol");
		return (CTL_FAILED);
	}
	if ((code = session_pass(s, &imsg, type, p)) != GOING_ON)
		return (code);
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

int
session_judge(struct session *s, const struct msg_result *result)
{
	char	 shown[MSG_TEXT_MAX * 4];

	if (result->code == RESULT_OK || result->code == RESULT_NOTHING)
		return (CTL_OK);
	session_say(s, "%s", result->text[0] == '\0' ? "the daemon refused" :
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
	if ((code = session_send(s, MSG_HELLO, &hello)) != GOING_ON ||
	    (code = session_next(s, &type, &p)) != GOING_ON)
		return (code);
	if (type == MSG_RESULT) {
		code = session_judge(s, &p.RESULT);
		return (code == CTL_OK ? CTL_FAILED : code);
	}
	if (type != MSG_WELCOME) {
		session_say(s, "the daemon greets with %s", msg_name(type));
		return (CTL_FAILED);
	}
	if (p.WELCOME.catalogue != hello.catalogue) {
		session_say(s, "ntpsctl and ntpsd are of different versions");
		return (CTL_FAILED);
	}
	return (GOING_ON);
}

int
session_open(struct session *s)
{
	int	 code;

	session_patience(s);
	s->deaf = false;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (s->fd == -1) {
		session_say(s, "socket: %s", strerror(errno));
		return (CTL_FAILED);
	}
	if (imsgbuf_init(&s->ibuf, s->fd) == -1) {
		session_say(s, "imsgbuf_init: %s", strerror(errno));
		close(s->fd);
		s->fd = -1;
		return (CTL_FAILED);
	}
	if ((code = session_connect(s)) != GOING_ON)
		return (code);
	return (greet(s));
}

/* All answers to one message, to the result. */
static int
collect(struct session *s, enum msg_type request, uint32_t what,
    struct answers *a)
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
			session_say(s, "bad answer from the daemon: unfit %s",
			    msg_name(type));
			return (CTL_FAILED);
		}
	}
	a->result = p.RESULT;
	a->now = now_ns();
	if ((code = session_judge(s, &a->result)) != CTL_OK)
		return (code);
	if (!answers_complete(a, request, what)) {
		session_say(s, "bad answer from the daemon: incomplete");
		return (CTL_FAILED);
	}
	return (GOING_ON);
}

int
session_ask(struct session *s, enum msg_type type, const union msg_payload *p,
    struct answers *a)
{
	const void	*data = p;
	uint32_t	 what = type == MSG_SHOW ? p->SHOW.what : 0;
	int		 code;

	if (type == MSG_CLIENTS_REQ) {
		a->list = p->CLIENTS_REQ;
		data = &a->list;
	} else if (type == MSG_HISTORY_REQ) {
		a->history = p->HISTORY_REQ;
		data = &a->history;
	}
	do {
		if ((code = session_send(s, type, data)) != GOING_ON ||
		    (code = collect(s, type, what, a)) != GOING_ON)
			return (code);
		/* Each engine has sources of its own; a page is followed by
		 * the next. */
	} while ((type == MSG_CLIENTS_REQ && ++a->list.engine < a->engines) ||
	    (type == MSG_HISTORY_REQ && a->history.from != 0));
	return (GOING_ON);
}
