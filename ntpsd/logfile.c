/* SPDX-License-Identifier: ISC */
/*
 * log.file: a file that gets the lines that syslog gets.  It never fails the
 * daemon: what cannot be written is counted, and said once in syslog.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"

static struct {
	char		 path[CONF_TEXT_MAX];	/* "": none */
	int		 fd;
	uint64_t	 lost;
	bool		 failing;	/* and that was said */
	bool		 torn;		/* its last line has no end */
} file = { .fd = -1 };

/* A plain file of nobody's choosing but the operator's; -1 with errno. */
static int
logfile_get(const char *path)
{
	struct stat	 st;
	int		 fd, error;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY |
	    O_NONBLOCK | O_CLOEXEC, 0640);
	if (fd == -1)
		return (-1);
	error = fstat(fd, &st) == -1 ? errno : S_ISREG(st.st_mode) ? 0 :
	    EINVAL;
	if (error == 0)
		return (fd);
	close(fd);
	errno = error;
	return (-1);
}

/* The old one stays until there is a new one: no line is lost between. */
void
logfile_reopen(void)
{
	int	 fd;

	if (file.path[0] == '\0')
		return;
	if ((fd = logfile_get(file.path)) == -1) {
		log_warn("log.file %s", file.path);
		return;
	}
	if (file.fd != -1)
		close(file.fd);
	file.fd = fd;
	file.failing = file.torn = false;
}

/* "" ends it. */
void
logfile_open(const char *path)
{
	if (file.fd != -1)
		close(file.fd);
	file.fd = -1;
	strlcpy(file.path, path, sizeof(file.path));
	logfile_reopen();
}

static void
logfile_stamp(char *buf, size_t len)
{
	struct timespec	 now;
	struct tm	 tm;
	size_t		 n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(buf, len, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, len - n, ".%06uZ",
	    (unsigned int)now.tv_nsec / 1000);
}

void
logfile_line(const char *text)
{
	char	 when[48], line[LOG_LINE_MAX + 96];
	ssize_t	 n;
	size_t	 len;
	char	*p;

	if (file.path[0] == '\0')
		return;
	logfile_stamp(when, sizeof(when));
	snprintf(line, sizeof(line), "%s%s ntpsd[%ld]: %s",
	    file.torn ? "\n" : "", when, (long)getpid(), text);
	len = strlen(line);
	/* Children's lines are safe by now; one of ours may quote a path. */
	for (p = line + file.torn; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	line[len++] = '\n';
	n = file.fd == -1 ? -1 : write(file.fd, line, len);
	if (n == (ssize_t)len) {
		file.failing = file.torn = false;
		return;
	}
	file.lost++;
	file.torn = file.torn || n > 0;
	if (file.fd == -1 || file.failing)
		return;
	file.failing = true;		/* first: this is a line as well */
	log_warnx("log.file %s: %s; lines are lost until it can be written",
	    file.path, n == -1 ? strerror(errno) : "no room");
}

uint64_t
logfile_lost(void)
{
	return (file.lost);
}
