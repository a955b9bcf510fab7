/* SPDX-License-Identifier: ISC */
/*
 * The history's file, which is root's.  Control gives its octets in messages,
 * and the parent lets a process of its own write them that does nothing else:
 * it waits for the disk in our place, and control never has a descriptor that
 * it could write to later.  The parent does not look at the octets; it only
 * counts them.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history_file.h"
#include "log.h"
#include "ntpsd.h"
#include "os.h"

#define HISTORY_NAME	"history"
#define HISTORY_NEW	"history.new"
#define HISTORY_DAMAGE	"history.damaged"
#define STORE_TOKENS	8	/* times to write, and one more */
#define STORE_EVERY_MS	15000	/* after so long */
#define STORE_HUNG_MS	30000	/* for one to end */

/* How a writer may end, besides an errno, which is less. */
#define STORE_UNFIT	200	/* what is there is not ours to write to */

/* Reading */

/* What is wrong with a file that is open, or NULL. */
static const char *
store_unfit(int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return (strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ("is no regular file");
	if (st.st_uid != geteuid())
		return ("belongs to somebody else");
	if ((st.st_mode & 022) != 0)
		return ("others can write it");
	return (NULL);
}

static void
store_forget(struct store *s)
{
	free(s->part);
	s->part = NULL;
	s->len = 0;
}

/* A new control child said HELLO: what its predecessors left. */
void
store_greeted(struct proc *proc)
{
	struct parent	*p = proc->parent;
	const char	*why;
	char		 path[CONF_TEXT_MAX + sizeof(HISTORY_NAME)];
	int		 fd;

	store_forget(&p->store);
	p->store.pending = false;
	snprintf(path, sizeof(path), "%s/%s", p->conf.state.text,
	    HISTORY_NAME);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
	    O_NOFOLLOW);
	if (fd == -1 && errno == ENOENT)
		return;
	why = fd == -1 ? strerror(errno) : store_unfit(fd);
	if (fd == -1 && errno == ELOOP)
		why = "is a symbolic link";
	if (why == NULL) {
		proc_send(proc, MSG_HISTORY_FILE, 0, fd, NULL);
		return;
	}
	log_warnx("history: %s: %s: it is not read", path, why);
	if (fd != -1)
		close(fd);
}

/* Writing: what the process of its own does; an errno, or STORE_UNFIT */

/* Nothing is put in the place of what we would not have made. */
static int
writer_look(int dir)
{
	struct stat	 st;

	if (fstatat(dir, HISTORY_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT ? 0 : errno);
	return (S_ISREG(st.st_mode) && st.st_uid == geteuid() ? 0 :
	    STORE_UNFIT);
}

static int
writer_octets(int fd, const uint8_t *p, size_t len)
{
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) == -1)
			return (errno);
	return (fsync(fd) == -1 ? errno : 0);
}

static int
writer_append(int dir, const struct store *s)
{
	struct stat	 st;
	int		 fd, error;

	fd = openat(dir, HISTORY_NAME, O_WRONLY | O_APPEND | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (fd == -1)
		return (errno == ELOOP ? STORE_UNFIT : errno);
	if (store_unfit(fd) != NULL || fstat(fd, &st) == -1)
		return (STORE_UNFIT);
	if (st.st_size + (off_t)s->len > HISTORY_FILE_MAX)
		return (EFBIG);
	error = writer_octets(fd, s->part, s->len);
	/* Half a record would be in the way of the next one. */
	if (error != 0 && ftruncate(fd, st.st_size) == -1)
		return (errno);
	return (error);
}

static int
writer_replace(int dir, const struct store *s)
{
	int	 fd, error;

	if ((error = writer_look(dir)) != 0)
		return (error);
	if (unlinkat(dir, HISTORY_NEW, 0) == -1 && errno != ENOENT)
		return (errno);
	fd = openat(dir, HISTORY_NEW, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd == -1)
		return (errno);
	if ((error = writer_octets(fd, s->part, s->len)) == 0 &&
	    renameat(dir, HISTORY_NEW, dir, HISTORY_NAME) == -1)
		error = errno;
	if (error != 0)		/* a full disk is not to hold it */
		(void)unlinkat(dir, HISTORY_NEW, 0);
	return (error);
}

static int
writer_aside(int dir)
{
	int	 error;

	if ((error = writer_look(dir)) != 0)
		return (error);
	return (renameat(dir, HISTORY_NAME, dir, HISTORY_DAMAGE) == -1 ?
	    errno : 0);
}

/* After fork: nothing here may come back. */
static void __attribute__((__noreturn__))
writer(struct parent *p)
{
	const struct store	*s = &p->store;
	sigset_t		 none;
	int			 sig, dir, error;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, sig == SIGXFSZ || sig == SIGPIPE ? SIG_IGN :
		    SIG_DFL);
	closefrom(STDERR_FILENO + 1);	/* the sockets are not ours to hold */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setproctitle("history");
	parent_yield(p);
	(void)os_die_with_parent();
	(void)os_caps_none();
	dir = open(p->conf.state.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		_exit(errno);
	if (s->what == HISTORY_APPEND)
		error = writer_append(dir, s);
	else if (s->what == HISTORY_REPLACE)
		error = writer_replace(dir, s);
	else
		error = writer_aside(dir);
	if (error == 0 && s->what != HISTORY_APPEND)
		(void)fsync(dir);
	_exit(error);
}

/* What the parent does */

static void
store_answer(struct parent *p, enum history_keep what, bool done)
{
	struct proc		*control = proc_of(p, PROC_CONTROL, 0);
	struct msg_history_keep	 m;

	/* A successor of the one that asked takes no harm by it. */
	if (control == NULL || control->state != STATE_RUNNING)
		return;
	memset(&m, 0, sizeof(m));
	m.what = what;
	m.done = done;
	proc_send(control, MSG_HISTORY_KEPT, 0, -1, &m);
}

/* Not each minute: once, until it works again. */
static void
store_told(struct parent *p, int error)
{
	struct store	*s = &p->store;

	if (error == 0 && s->failed)
		log_info("history: it is kept again");
	else if (error != 0 && !s->failed)
		log_warnx("history: it cannot be kept in %s: %s",
		    p->conf.state.text, error == STORE_UNFIT ? "what is there "
		    "as " HISTORY_NAME " is no file of ours" : error < 0 ?
		    "the writer was killed" : strerror(error));
	s->failed = error != 0;
	if (error == 0 && s->what == HISTORY_ASIDE)
		log_warnx("history: the file is set aside as %s/%s",
		    p->conf.state.text, HISTORY_DAMAGE);
}

static void
store_write(struct parent *p)
{
	struct store	*s = &p->store;
	sigset_t	 all, old;

	s->pending = false;
	/* Until it has let go of our handlers, a signal to it is one to us. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	if ((s->pid = fork()) == 0)
		writer(p);
	sigprocmask(SIG_SETMASK, &old, NULL);
	s->since_ms = now_ms();
	store_forget(s);
	if (s->pid == -1) {
		s->pid = 0;
		store_told(p, errno);
		store_answer(p, s->what, false);
	}
}

/* Some octets, in memory until all are there. */
void
store_part(struct proc *proc, const struct msg_history_part *m)
{
	struct store	*s = &proc->parent->store;

	if (s->pending || s->len + m->len > HISTORY_FILE_MAX) {
		proc_kill(proc, "sent more history than there may be");
		return;
	}
	if (s->part == NULL && (s->part = malloc(HISTORY_FILE_MAX)) == NULL) {
		log_warn("history");
		return;
	}
	memcpy(s->part + s->len, m->data, m->len);
	s->len += m->len;
}

/* One that asks all the time is not served all the time. */
static bool
store_allowed(struct store *s)
{
	uint64_t	 now = now_ms();
	uint64_t	 least = (STORE_TOKENS - 1) * STORE_EVERY_MS;

	if (now > s->next_ms + least || s->next_ms == 0)
		s->next_ms = now > least ? now - least : 1;
	if (s->next_ms > now)
		return (false);
	s->next_ms += STORE_EVERY_MS;
	return (true);
}

void
store_keep(struct proc *proc, const struct msg_history_keep *m)
{
	struct parent	*p = proc->parent;
	struct store	*s = &p->store;

	if (s->pending || s->len != m->size) {
		proc_kill(proc, "sent %s", s->pending ? "history twice" :
		    "a part of the history");
		return;
	}
	if (!store_allowed(s)) {
		store_forget(s);
		store_answer(p, (enum history_keep)m->what, false);
		return;
	}
	s->pending = true;
	s->next = (enum history_keep)m->what;
	store_next(p);
}

/* The one that waits, as soon as there is no other. */
void
store_next(struct parent *p)
{
	struct store	*s = &p->store;

	if (!s->pending || s->pid != 0)
		return;
	s->what = s->next;
	store_write(p);
}

bool
store_busy(const struct parent *p)
{
	return (p->store.pid != 0);
}

/* Something has died: was it the writer? */
void
store_reap(struct parent *p)
{
	struct store	*s = &p->store;
	int		 status;

	if (s->pid == 0 || waitpid(s->pid, &status, WNOHANG) != s->pid)
		return;
	s->pid = 0;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	store_told(p, status);
	store_answer(p, s->what, status == 0);
	store_next(p);
	parent_end(p);
}

/* A disk that never answers is not waited for, least of all at the end. */
void
store_tick(struct parent *p, uint64_t now)
{
	struct store	*s = &p->store;

	if (s->pid != 0 && now - s->since_ms > (p->leaving ? LEAVE_MS :
	    STORE_HUNG_MS)) {
		kill(s->pid, SIGKILL);
		if (p->leaving) {
			log_warnx("history: it was not written in time");
			s->pid = 0;
			parent_end(p);
		}
	}
}
