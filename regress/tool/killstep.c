/* SPDX-License-Identifier: ISC */
/*
 * killstep: ends an engine with a batch in its hands.  It waits until the
 * process has read requests, lets it go on for so many instructions, and then
 * sends it a signal.  A system call is one instruction.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's ptrace wants a pointer, or what looks like one */
#define NUMBER(n)	((void *)(uintptr_t)(n))

static pid_t	 pid;

/* Until it stops again; the signal that it stopped for. */
static int
stopped(void)
{
	int	 status;

	if (waitpid(pid, &status, __WALL) != pid)
		err(2, "waitpid");
	if (!WIFSTOPPED(status))
		errx(2, "it ended by itself");
	return (status >> 8);
}

/* At a stop of a system call: whether requests have just been read. */
static bool
has_read(void)
{
	static bool			 reads;
	struct __ptrace_syscall_info	 info;

	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, NUMBER(sizeof(info)),
	    &info) == -1)
		err(2, "PTRACE_GET_SYSCALL_INFO");
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		reads = info.entry.nr == SYS_recvmmsg;
	return (info.op == PTRACE_SYSCALL_INFO_EXIT && reads &&
	    info.exit.rval > 0);
}

static void
until_read(void)
{
	int	 sig, pass = 0;

	if (ptrace(PTRACE_SEIZE, pid, NULL,
	    NUMBER(PTRACE_O_TRACESYSGOOD)) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1)
		err(2, "PTRACE_SEIZE");
	for (;;) {
		sig = stopped();
		if (sig == (SIGTRAP | 0x80) && has_read())
			return;
		/* another signal is its own, an event is none */
		pass = (sig & 0x80) != 0 || sig >> 8 != 0 ? 0 : sig;
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NUMBER(pass)) == -1)
			err(2, "PTRACE_SYSCALL");
	}
}

int
main(int argc, char *argv[])
{
	long	 steps;
	int	 sig;

	if (argc != 4)
		errx(2, "usage: killstep pid signal instructions");
	pid = (pid_t)strtonum(argv[1], 1, INT32_MAX, NULL);
	sig = (int)strtonum(argv[2], 1, 64, NULL);
	steps = strtonum(argv[3], 0, 1000000, NULL);
	if (pid == 0 || sig == 0)
		errx(2, "no pid, or no signal");
	until_read();
	for (; steps > 0; steps--) {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1)
			err(2, "PTRACE_SINGLESTEP");
		(void)stopped();
	}
	if (sig == SIGKILL ? kill(pid, sig) == -1 :
	    ptrace(PTRACE_DETACH, pid, NULL, NUMBER(sig)) == -1)
		err(2, "signal");
	return (0);
}
