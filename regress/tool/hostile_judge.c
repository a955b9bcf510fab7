/* SPDX-License-Identifier: ISC */
/* The parent's side of mutated messages: see hostile_judge.h. */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <paths.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile_judge.h"

/* The back-off, for those that are not in haste. */
#define backoff_next	backoff_patient
#include "../../common/backoff.c"
#undef backoff_next
unsigned int	 backoff_next(struct backoff *, uint64_t, bool);

#include "../../ntpsd/child.h"
#include "../../ntpsd/ntpsd.h"
#include "log.h"
#include "os.h"

static pid_t	 judged_fork(struct parent *, int, enum proc_id);
static int	 judged_kill(pid_t, int);
static pid_t	 judged_wait(pid_t, int *, int);
static void	 judged_message(struct imsgev *, struct imsg *,
		    const union msg_payload *, void *);
static void	 judged_lost(struct imsgev *, enum imsgev_end, const char *,
		    void *);

/* The children as the parent sees them, with a judge at his side. */
#define fork()			judged_fork(p, sv[1], id)
#define kill			judged_kill
#define waitpid			judged_wait
#define imsgev_init(iev, base, fd, self, peer, handler, ender, arg)	\
	imsgev_init(iev, base, fd, self, peer,				\
	    (handler) == proc_message ? judged_message : NULL,		\
	    (ender) == proc_lost ? judged_lost : NULL, arg)
#include "../../ntpsd/proc.c"
#undef fork
#undef kill
#undef waitpid
#undef imsgev_init

#define HOSTILES	64	/* pids; more do not live at a time */
#define TELL_EVERY	500

static struct {
	uint64_t	 passed, refused, lives;
	uint64_t	 inside;	/* HOSTILE_INSIDE */
	uint64_t	 seed;
	enum proc_id	 kind;
	bool		 mutants, haste;
	pid_t		 pid[HOSTILES];
} judge;

unsigned int
backoff_next(struct backoff *b, uint64_t now, bool crash)
{
	return (judge.haste ? 0 : backoff_patient(b, now, crash));
}

static void
judge_tell(void)
{
	fprintf(stderr, "mutants: judged=%" PRIu64 " passed=%" PRIu64
	    " refused=%" PRIu64 " lives=%" PRIu64 "\n", judge.passed +
	    judge.refused, judge.passed, judge.refused, judge.lives);
}

void
judge_init(void)
{
	const char	*inside = getenv("HOSTILE_INSIDE");
	const char	*crime = getenv("HOSTILE_CRIME");
	const char	*child = getenv("HOSTILE_CHILD");
	char		 seed[32];

	judge.haste = getenv("HOSTILE_HASTE") != NULL;
	judge.mutants = crime != NULL && strcmp(crime, "mutants") == 0;
	if (!judge.mutants)
		return;
	while (judge.kind < PROC_COUNT && (child == NULL ||
	    strcmp(child, proc_name(judge.kind)) != 0))
		judge.kind++;
	if (inside != NULL)
		judge.inside = strtoull(inside, NULL, 10);
	if (getenv("HOSTILE_SEED") == NULL) {
		snprintf(seed, sizeof(seed), "%u", arc4random());
		setenv("HOSTILE_SEED", seed, 1);
	}
	judge.seed = strtoull(getenv("HOSTILE_SEED"), NULL, 10);
	fprintf(stderr, "mutants: HOSTILE_SEED=%" PRIu64 "\n", judge.seed);
	atexit(judge_tell);
}

uint64_t
judge_seed(void)
{
	return (judge.seed);
}

bool
judge_war(void)
{
	const char	*war = getenv("HOSTILE_WAR");

	return (judge.mutants && war != NULL && access(war, F_OK) == 0);
}

bool
inside_wanted(void)
{
	return (judge.passed + judge.refused < judge.inside && judge_war());
}

static pid_t
judged_fork(struct parent *p, int fd, enum proc_id id)
{
	bool	 inside = inside_wanted();
	pid_t	 pid;

	pid = inside ? inside_birth(p, fd, id) : fork();
	if (pid > 0 && (inside || (id == judge.kind && judge_war())))
		judge.pid[judge.lives++ % HOSTILES] = pid;
	return (pid);
}

static int
judged_kill(pid_t pid, int sig)
{
	return (inside_kill(pid) ? 0 : kill(pid, sig));
}

static pid_t
judged_wait(pid_t pid, int *status, int options)
{
	pid_t	 got = inside_wait(pid, status);

	return (got == -2 ? waitpid(pid, status, options) : got);
}

static bool
judge_hears(const struct proc *proc)
{
	unsigned int	 i;

	for (i = 0; i < HOSTILES && judge.mutants; i++)
		if (judge.pid[i] == proc->pid)
			return (proc->verdict[0] == '\0');
	return (false);
}

static void
judge_counts(uint64_t *n)
{
	uint64_t	 sum;

	++*n;
	sum = judge.passed + judge.refused;
	if (sum % TELL_EVERY == 0)
		judge_tell();
	if (sum == judge.inside)
		inside_end();
}

static void
judged_message(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	uint32_t	 type = imsg_get_type(imsg);

	/* those are good manners, and seldom anything else */
	if (judge_hears(arg) && type != MSG_HELLO && type != MSG_CONFIG_ACK)
		judge_counts(&judge.passed);
	proc_message(iev, imsg, p, arg);
}

static void
judged_lost(struct imsgev *iev, enum imsgev_end end, const char *why, void *arg)
{
	if (end == IMSGEV_BAD && judge_hears(arg))
		judge_counts(&judge.refused);
	proc_lost(iev, end, why, arg);
}
