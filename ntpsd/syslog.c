/* SPDX-License-Identifier: ISC */
/*
 * Where the parent's log lines go: stderr with -d, else the socket of
 * syslogd.  syslog(3) blocks when the reader stalls, so this writes without
 * blocking over a bounded queue, and tells how many lines it had to drop.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"

#define SYSLOG_PATH	"/dev/log"
#define SYSLOG_QUEUE	256		/* lines that may wait */
#define SYSLOG_LINE	(LOG_LINE_MAX + 80)
#define AGAIN_SOON_MS	10		/* tries while lines wait … */
#define AGAIN_MAX_MS	250		/* … ever less often in vain */

static struct {
	bool		 use_stderr;
	bool		 journal;	/* stderr is journald's socket */
	bool		 is_socket;
	struct event	*again;		/* to try once more */
	unsigned int	 again_ms;
	int		 fd;
	char		 line[SYSLOG_QUEUE][SYSLOG_LINE];
	unsigned int	 head, n;
	uint64_t	 lost;		/* in all */
	uint64_t	 untold;	/* of those, not yet said so */
} out = { .fd = -1 };

static int
syslog_priority(enum conf_level level)
{
	static const int	 pri[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
				    LOG_DEBUG };

	return (pri[level]);
}

static void
syslog_disconnect(void)
{
	if (out.fd != -1)
		close(out.fd);
	out.fd = -1;
}

static int
syslog_connect(void)
{
	struct sockaddr_un	 sun;

	if (out.fd != -1)
		return (0);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, SYSLOG_PATH, sizeof(sun.sun_path));
	out.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (out.fd == -1)
		return (-1);
	if (connect(out.fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		syslog_disconnect();
		return (-1);
	}
	return (0);
}

static void
syslog_format(char *line, size_t len, enum conf_level level, const char *text)
{
	char		 when[32];
	struct tm	 tm;
	time_t		 now = time(NULL);

	if (out.use_stderr) {
		/* journald reads the level from the line's head. */
		snprintf(when, sizeof(when), "<%d>", syslog_priority(level));
		snprintf(line, len, "%s%s\n", out.journal ? when : "ntpsd: ",
		    text);
		return;
	}
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	snprintf(line, len, "<%d>%s ntpsd[%ld]: %s",
	    LOG_DAEMON | syslog_priority(level), when, (long)getpid(), text);
}

/* A line to stderr, unless that would block: a pager or journald may stall. */
static bool
stderr_write(const char *line)
{
	struct pollfd	 pfd = { STDERR_FILENO, POLLOUT, 0 };
	ssize_t		 n;

	if (out.is_socket)
		n = send(STDERR_FILENO, line, strlen(line),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (poll(&pfd, 1, 0) != 1)
		return (false);
	else
		n = write(STDERR_FILENO, line, strlen(line));
	/* Any other error will not mend itself: the line is gone. */
	return (n != -1 || (errno != EAGAIN && errno != EINTR));
}

/* One line or datagram; false when it has to wait. */
static bool
syslog_write(const char *line)
{
	int	 attempt;

	if (out.use_stderr)
		return (stderr_write(line));
	for (attempt = 0; attempt < 2; attempt++) {
		if (syslog_connect() == -1)
			return (false);
		if (send(out.fd, line, strlen(line), MSG_NOSIGNAL) != -1)
			return (true);
		if (errno == EAGAIN || errno == ENOBUFS)
			return (false);
		syslog_disconnect();	/* it was restarted: once more */
	}
	return (false);
}

static void
syslog_pump(void)
{
	char		 line[SYSLOG_LINE], text[96];
	struct timeval	 wait = { 0, 0 };
	unsigned int	 waiting = out.n;

	while (out.n > 0 && syslog_write(out.line[out.head])) {
		out.head = (out.head + 1) % SYSLOG_QUEUE;
		out.n--;
	}
	if (out.n == 0 && out.untold > 0) {
		snprintf(text, sizeof(text), "%" PRIu64 " log lines were lost "
		    "while syslog did not take them", out.untold);
		syslog_format(line, sizeof(line), LEVEL_WARNING, text);
		if (syslog_write(line))
			out.untold = 0;
	}
	/* The socket holds few lines: a reader that takes some wants more. */
	if (out.n < waiting || out.again_ms == 0)
		out.again_ms = AGAIN_SOON_MS;
	else if ((out.again_ms *= 2) > AGAIN_MAX_MS)
		out.again_ms = AGAIN_MAX_MS;
	wait.tv_usec = (suseconds_t)out.again_ms * 1000;
	if ((out.n > 0 || out.untold > 0) && out.again != NULL)
		event_add(out.again, &wait);
}

static void
syslog_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	syslog_pump();
}

/* systemd names stderr's device and inode; it may be another's by now. */
static bool
is_journal(const char *stream, const struct stat *st)
{
	char	 ours[64];

	snprintf(ours, sizeof(ours), "%llu:%llu",
	    (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
	return (stream != NULL && strcmp(stream, ours) == 0);
}

int
syslog_open(struct event_base *base, bool use_stderr)
{
	struct stat	 st;

	out.use_stderr = use_stderr;
	memset(&st, 0, sizeof(st));
	out.is_socket = fstat(STDERR_FILENO, &st) == 0 && S_ISSOCK(st.st_mode);
	out.journal = is_journal(getenv("JOURNAL_STREAM"), &st);
	unsetenv("JOURNAL_STREAM");	/* not for the children */
	tzset();
	out.again = evtimer_new(base, syslog_again, NULL);
	return (out.again == NULL ? -1 : 0);
}

void
syslog_line(enum conf_level level, const char *text)
{
	unsigned int	 slot;

	if (out.n == SYSLOG_QUEUE) {
		out.lost++;
		out.untold++;
		return;
	}
	slot = (out.head + out.n) % SYSLOG_QUEUE;
	syslog_format(out.line[slot], sizeof(out.line[slot]), level, text);
	out.n++;
	syslog_pump();
}

uint64_t
syslog_lost(void)
{
	return (out.lost);
}
