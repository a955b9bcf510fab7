/* SPDX-License-Identifier: ISC */
/*
 * Children as the parent sees them: birth, messages, pings, death.  A child
 * is hostile: a bad message ends that child, never the parent.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "ntpsd.h"
#include "os.h"

static void	proc_message(struct imsgev *, struct imsg *,
		    const union msg_payload *, void *);
static void	proc_lost(struct imsgev *, enum imsgev_end, const char *,
		    void *);
static void	proc_died(struct proc *);

struct proc *
proc_of(struct parent *p, enum proc_id id, unsigned int index)
{
	unsigned int	 i;

	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].id == id && p->slots[i].index == index)
			return (p->slots[i].cur);
	return (NULL);
}

/* For the log; until the next call. */
const char *
proc_label(const struct proc *proc)
{
	static char	 buf[32];

	if (proc->id == PROC_ENGINE && proc->slot == NULL)
		return ("reserve");
	snprintf(buf, sizeof(buf), "%s %u", proc_name(proc->id), proc->index);
	return (buf);
}

void
proc_send(struct proc *proc, enum msg_type type, uint32_t id, int fd,
    const void *data)
{
	if (imsgev_send(&proc->iev, type, id, fd, data) == 0 ||
	    errno == ENOTCONN)		/* its death is on its way */
		return;
	/* A queue this long is a child that does not read. */
	if (errno == ENOBUFS)
		proc_kill(proc, "does not take messages");
	else
		proc_kill(proc, "cannot be sent a message (%s)",
		    strerror(errno));
}

/* A descriptor of ours goes along as a copy: sending one gives it away. */
void
proc_send_fd(struct proc *proc, enum msg_type type, int fd, const void *data)
{
	int	 copy;

	if ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		proc_kill(proc, "cannot be given a descriptor");
	else
		proc_send(proc, type, 0, copy, data);
}

/* Ends a child that broke a rule; its death is handled when it is reaped. */
void
proc_kill(struct proc *proc, const char *fmt, ...)
{
	va_list	 ap;

	if (proc->verdict[0] == '\0') {
		va_start(ap, fmt);
		vsnprintf(proc->verdict, sizeof(proc->verdict), fmt, ap);
		va_end(ap);
		log_warnx("%s (pid %ld) %s: killing it", proc_label(proc),
		    (long)proc->pid, proc->verdict);
	}
	if (!proc->dead)		/* else the pid is somebody's */
		kill(proc->pid, SIGKILL);
}

/* Asks a child to leave; proc_tick ends one that does not. */
void
proc_leave(struct proc *proc)
{
	if (proc->state == STATE_LEAVING)
		return;
	proc->state = STATE_LEAVING;
	proc->leave_ms = now_ms();
	proc_send(proc, MSG_SHUTDOWN, 0, -1, NULL);
	if (proc->slot != NULL)
		report_process(proc->slot);
}

/* After fork: nothing here may come back. */
static void
proc_exec(struct parent *p, int fd, enum proc_id id)
{
	struct child_args	 args;
	char			**argv;
	sigset_t		 none;
	int			 null, sig;

	memset(&args, 0, sizeof(args));
	args.id = id;
	args.priv.root = p->root;
	args.priv.uid = p->uid;
	args.priv.gid = p->gid;
	args.priv.chroot = p->conf.chroot.text;
	args.sandbox = p->opt->sandbox;
	argv = child_args_format(&args);
	if (id != PROC_ENGINE)
		parent_yield(p);
	for (sig = 1; sig < NSIG; sig++)
		if (sig != SIGPIPE)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if ((null = open(_PATH_DEVNULL, O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    (!p->opt->debug && dup2(null, STDERR_FILENO) == -1))
		_exit(1);
	/* dup2 to itself would leave it close-on-exec */
	if (fd == PARENT_FILENO ? fcntl(fd, F_SETFD, 0) == -1 :
	    dup2(fd, PARENT_FILENO) == -1)
		_exit(1);
	closefrom(PARENT_FILENO + 1);
	os_exec_self(argv);
	dprintf(STDERR_FILENO, "ntpsd: cannot execute itself: %s\n",
	    strerror(errno));
	_exit(1);
}

struct proc *
proc_spawn(struct parent *p, enum proc_id id, unsigned int index,
    struct slot *slot)
{
	struct proc	*proc;
	sigset_t	 all, old;
	int		 sv[2];

	if ((proc = calloc(1, sizeof(*proc))) == NULL)
		return (NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == -1) {
		log_warn("socketpair");
		free(proc);
		return (NULL);
	}
	proc->parent = p;
	proc->id = id;
	proc->index = index;
	proc->slot = slot;
	proc->born_ms = proc->heard_ms = now_ms();
	proc->started = now_ns();
	if (imsgev_init(&proc->iev, p->base, sv[0], PROC_PARENT, id,
	    proc_message, proc_lost, proc) == -1) {
		log_warn("imsgev_init");
		close(sv[0]);
		close(sv[1]);
		free(proc);
		return (NULL);
	}
	/* Until it is another program, a signal to it would be one to us. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	if ((proc->pid = fork()) == 0)
		proc_exec(p, sv[1], id);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(sv[1]);
	if (proc->pid == -1) {
		log_warn("fork");
		imsgev_close(&proc->iev);
		free(proc);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&p->procs, proc, entry);
	return (proc);
}

static void
proc_hello(struct proc *proc, const struct msg_hello *m)
{
	struct msg_level	 level;

	if (proc->state == STATE_LEAVING)
		return;			/* asked to leave before it came up */
	if (proc->state != STATE_BORN) {
		proc_kill(proc, "said HELLO twice");
		return;
	}
	if (m->catalogue != msg_catalogue()) {
		proc_kill(proc, "has another version's messages");
		return;
	}
	proc->missing = m->missing & LAYER_ALL;
	proc->heard_ms = now_ms();
	proc->state = STATE_GREETED;
	memset(&level, 0, sizeof(level));
	level.level = log_get_level();
	proc_send(proc, MSG_LOG_LEVEL, 0, -1, &level);
	if (proc->slot != NULL)
		slot_greeted(proc);
	else if (proc->id == PROC_CONFIG)
		reload_from_config(proc, NULL, NULL);
	else
		report_reserve(proc->parent);
}

static void
proc_acked(struct proc *proc, uint64_t generation)
{
	if (proc->parent->leaving)
		return;
	if (proc->state == STATE_BORN || generation > proc->asked ||
	    generation <= proc->generation) {
		proc_kill(proc, "acknowledged what it was not sent");
		return;
	}
	proc->generation = generation;
	if (proc->state == STATE_GREETED) {
		proc->state = STATE_READY;
		slot_ready(proc);
	} else
		reload_check(proc->parent);
}

static void
proc_message(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct proc	*proc = arg;
	struct caller	 by = { proc->id, imsg_get_id(imsg) };
	uint32_t	 type = imsg_get_type(imsg);

	(void)iev;
	if (proc->verdict[0] != '\0')
		return;			/* condemned: not heard any more */
	if (proc->state == STATE_BORN && type != MSG_HELLO && type != MSG_LOG) {
		proc_kill(proc, "did not say HELLO first");
		return;
	}
	switch (type) {
	case MSG_HELLO:
		proc_hello(proc, &p->HELLO);
		break;
	case MSG_LOG:
		proc_log(proc, &p->LOG);
		break;
	case MSG_LOG_REQUEST:
		proc_log_request(proc, &p->LOG_REQUEST);
		break;
	case MSG_PONG:
		proc->heard_ms = now_ms();
		break;
	case MSG_CONFIG_ACK:
		proc_acked(proc, p->CONFIG_ACK.generation);
		break;
	case MSG_PEER_BROKE:
		peers_denounced(proc, &p->PEER_BROKE);
		break;
	case MSG_ACTION:
		parent_action(proc->parent, by, &p->ACTION);
		break;
	case MSG_DENY:
		deny_request(proc->parent, by, &p->DENY);
		break;
	case MSG_HISTORY_PART:
		store_part(proc, &p->HISTORY_PART);
		break;
	case MSG_HISTORY_KEEP:
		store_keep(proc, &p->HISTORY_KEEP);
		break;
	case MSG_NONCE_REQ:
		remote_nonce(proc, imsg_get_id(imsg));
		break;
	case MSG_SIGNED:
		remote_signed(proc, imsg_get_id(imsg), &p->SIGNED);
		break;
	case MSG_SETTING:
		reload_begin(proc->parent, OP_RELOAD, by, &p->SETTING, 1);
		break;
	default:			/* the gate lets nothing else through */
		reload_from_config(proc, imsg, p);
		break;
	}
}

static void
proc_lost(struct imsgev *iev, enum imsgev_end end, const char *why, void *arg)
{
	struct proc	*proc = arg;

	(void)iev;
	proc->silent = true;
	/* A closed channel is a death on its way; anything else is a crime. */
	if (end == IMSGEV_BAD)
		proc_kill(proc, "sent a %s", why);
	else if (end == IMSGEV_ERROR)
		proc_kill(proc, "lost its channel (%s)", why);
	else if (proc->leave_ms == 0)
		proc->leave_ms = now_ms();
	if (proc->dead)
		proc_died(proc);
}

/* Dead, and all that it had to say was heard. */
static void
proc_died(struct proc *proc)
{
	struct parent	*p = proc->parent;
	char		 how[64];
	bool		 crash = true;
	int		 status = proc->status;

	if (WIFSIGNALED(status)) {
		snprintf(how, sizeof(how), "killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
		crash = WTERMSIG(status) != SIGKILL;
	} else if (WEXITSTATUS(status) == 0) {
		strlcpy(how, "left", sizeof(how));
		crash = false;
	} else
		snprintf(how, sizeof(how), "exited with %d",
		    WEXITSTATUS(status));
	/* Nor does one that we had to end get to try again at once for ever. */
	if (proc->verdict[0] != '\0') {
		strlcpy(how, proc->verdict, sizeof(how));
		crash = true;
	}
	/*
	 * One that never came up, or that we had to end, would do the same
	 * again at once.
	 */
	if (proc->state == STATE_BORN || proc->verdict[0] != '\0')
		crash = true;
	proc_tell_suppressed(proc);
	TAILQ_REMOVE(&p->procs, proc, entry);
	imsgev_close(&proc->iev);
	if (proc->slot != NULL)
		slot_died(proc, how, crash);
	else if (proc->id == PROC_CONFIG)
		reload_config_gone(proc, how);
	else
		reserve_died(proc, how);
	reload_died(proc, how, crash);
	free(proc);
	parent_end(p);
}

void
proc_reap(struct parent *p)
{
	struct proc	*proc, *next;

	TAILQ_FOREACH_SAFE(proc, &p->procs, entry, next) {
		if (proc->dead || waitpid(proc->pid, &proc->status, WNOHANG) !=
		    proc->pid)
			continue;
		proc->dead = true;
		proc->leave_ms = now_ms();
		/* Its last words may still be in the channel. */
		if (proc->silent)
			proc_died(proc);
	}
}

/* The time that we were stopped counts for nothing. */
static void
proc_forgive(struct proc *proc, uint64_t now, uint64_t gap)
{
	uint64_t	*times[] = { &proc->heard_ms, &proc->born_ms,
			    &proc->leave_ms };
	size_t		 i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (*times[i] != 0)
			*times[i] = *times[i] + gap < now ?
			    *times[i] + gap : now;
}

/* Twice a second: pings, and an end for those that are silent. */
void
proc_tick(struct parent *p, uint64_t now)
{
	struct proc	*proc, *next;
	struct msg_ping	 ping = { now };
	bool		 late = now - p->last_tick_ms > 2 * TICK_MS;

	TAILQ_FOREACH_SAFE(proc, &p->procs, entry, next) {
		proc_tell_suppressed(proc);
		if (late)	/* we were stopped, not they */
			proc_forgive(proc, now, now - p->last_tick_ms);
		if (proc->dead) {
			/* Somebody else holds its end of the channel. */
			if (now - proc->leave_ms > TICK_MS)
				proc_died(proc);
			continue;
		}
		if (proc->verdict[0] != '\0')
			continue;
		if (proc->leave_ms != 0 && now - proc->leave_ms > LEAVE_MS)
			proc_kill(proc, "did not leave in time");
		else if ((proc->state == STATE_BORN ||
		    (proc->state == STATE_GREETED && proc->slot != NULL)) &&
		    now - proc->born_ms > HELLO_MS)
			proc_kill(proc, "did not come up in time");
		else if (proc->state != STATE_BORN && proc->id != PROC_CONFIG &&
		    proc->leave_ms == 0) {
			if (now - proc->heard_ms > SILENT_MS)
				proc_kill(proc, "was silent for %d s",
				    SILENT_MS / 1000);
			else
				proc_send(proc, MSG_PING, 0, -1, &ping);
		}
	}
}
