/* SPDX-License-Identifier: ISC */
/*
 * inject: what a process that somebody broke into could do.  It makes a running
 * process ask the kernel for something, as if the process's own code did, and
 * says what came of it: "killed by signal 31", "refused: Permission denied",
 * or "done".
 *
 * usage: inject list | pid attempt parent
 */
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __x86_64__
int
main(void)
{
	errx(3, "this machine's registers are not known here");
}
#else

#define SCRATCH		1024		/* below the stack's red zone */
#define NUMBER(n)	((void *)(uintptr_t)(n))
#define PATH(text)	{ (text), sizeof(text) }

/* Arguments that are known later: no call here has them as they are. */
#define BUF		(-1000001L)
#define PARENT		(-1000002L)

/* One call: its number, what lies in the buffer, its arguments. */
static const struct attempt {
	const char	*name;
	long		 nr;
	struct {
		const void	*data;
		size_t		 len;
	}		 buf;
	long		 arg[6];
} attempts[] = {
	{ "read_file", SYS_openat, PATH("/etc/passwd"),
	    { AT_FDCWD, BUF, O_RDONLY } },
	{ "read_folder", SYS_openat, PATH("/"),
	    { AT_FDCWD, BUF, O_RDONLY | O_DIRECTORY } },
	{ "write_file", SYS_openat, PATH("/written"),
	    { AT_FDCWD, BUF, O_WRONLY | O_CREAT, 0600 } },
	{ "make_folder", SYS_mkdirat, PATH("/made"),
	    { AT_FDCWD, BUF, 0700 } },
	{ "remove_file", SYS_unlinkat, PATH("/etc/passwd"),
	    { AT_FDCWD, BUF, 0 } },
	{ "exec", SYS_execve, PATH("/bin/sh"), { BUF, 0, 0 } },
	{ "socket", SYS_socket, { NULL, 0 }, { AF_INET, SOCK_STREAM, 0 } },
	{ "unix_socket", SYS_socket, { NULL, 0 },
	    { AF_UNIX, SOCK_STREAM, 0 } },
	{ "netlink", SYS_socket, { NULL, 0 }, { AF_NETLINK, SOCK_RAW, 0 } },
	{ "connect", SYS_connect, { "\2\0\0\7\177\0\0\1\0\0\0\0\0\0\0", 16 },
	    { 3, BUF, 16 } },
	{ "listen", SYS_listen, { NULL, 0 }, { 3, 5 } },
	{ "ptrace", SYS_ptrace, { NULL, 0 },
	    { PTRACE_ATTACH, PARENT, 0, 0 } },
	{ "read_memory", SYS_process_vm_readv,
	    { "\0\0\1\0\0\0\0\0\10\0\0\0\0\0\0\0", 16 },
	    { PARENT, BUF, 1, BUF, 1, 0 } },
	{ "signal_parent", SYS_kill, { NULL, 0 }, { PARENT, 0 } },
	{ "mount", SYS_mount, PATH("none"), { BUF, BUF, BUF, 0, 0 } },
	{ "fork", SYS_clone, { NULL, 0 }, { SIGCHLD, 0, 0, 0, 0 } },
	{ "raise_limit", SYS_prlimit64,
	    { "\377\377\0\0\0\0\0\0\377\377\0\0\0\0\0\0", 16 },
	    { 0, RLIMIT_NPROC, BUF, 0 } },
	{ "become_root", SYS_setresuid, { NULL, 0 }, { 0, 0, 0 } },
	{ "chroot", SYS_chroot, PATH("/"), { BUF } },
	{ "set_clock", SYS_clock_settime, { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    16 }, { 1, BUF } },
	{ "module", SYS_init_module, PATH("none"), { BUF, 1, BUF } },
	{ "bpf", SYS_bpf, PATH("none"), { 0, BUF, 4 } },
	{ "executable", SYS_mmap, { NULL, 0 },
	    { 0, 4096, 7, 0x22, -1, 0 } }
};

static pid_t	 pid;

static int
stopped(void)
{
	int	 status;

	if (waitpid(pid, &status, __WALL) != pid)
		err(2, "waitpid");
	if (WIFSIGNALED(status)) {
		printf("killed by signal %d\n", WTERMSIG(status));
		exit(0);
	}
	if (!WIFSTOPPED(status))
		errx(2, "it ended by itself");
	return (status >> 8);
}

static const struct attempt *
find(const char *name)
{
	size_t	 i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (strcmp(name, attempts[i].name) == 0)
			return (&attempts[i]);
	errx(2, "%s: there is no such attempt", name);
}

static void
list(void)
{
	size_t	 i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		printf("%s\n", attempts[i].name);
}

static void
poke(unsigned long at, const void *data, size_t len)
{
	char	 padded[SCRATCH / 2] = "";
	long	 word;
	size_t	 i;

	memcpy(padded, data, len);
	for (i = 0; i < len; i += sizeof(word)) {
		memcpy(&word, padded + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, pid, NUMBER(at + i),
		    NUMBER(word)) == -1)
			err(2, "PTRACE_POKEDATA");
	}
}

/* Where it sleeps in a system call, the one instruction before is the call. */
static void
prepare(struct user_regs_struct *r, const struct attempt *a, pid_t parent)
{
	unsigned long long	*reg[6] = { &r->rdi, &r->rsi, &r->rdx, &r->r10,
				    &r->r8, &r->r9 };
	unsigned long		 buf;
	unsigned int		 i;

	if ((ptrace(PTRACE_PEEKTEXT, pid, NUMBER(r->rip - 2), NULL) & 0xffff) !=
	    0x050f)
		errx(2, "it does not sleep in a system call");
	buf = ((unsigned long)r->rsp - SCRATCH) & ~15UL;
	poke(buf, a->buf.data, a->buf.len);
	for (i = 0; i < 6; i++)
		*reg[i] = a->arg[i] == BUF ? buf : a->arg[i] == PARENT ?
		    (unsigned long long)parent : (unsigned long long)a->arg[i];
	r->rax = (unsigned long long)a->nr;
	r->orig_rax = ~0ULL;		/* nothing is to be started again */
	r->rip -= 2;
}

int
main(int argc, char *argv[])
{
	struct user_regs_struct	 before, r;
	const struct attempt	*a;
	long			 ret;

	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		list();
		return (0);
	}
	if (argc != 4)
		errx(2, "usage: inject list | pid attempt parent");
	pid = (pid_t)strtol(argv[1], NULL, 10);
	a = find(argv[2]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NUMBER(PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEEXEC)) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1)
		err(2, "ptrace");
	(void)stopped();
	if (ptrace(PTRACE_GETREGS, pid, NULL, &before) == -1)
		err(2, "PTRACE_GETREGS");
	r = before;
	prepare(&r, a, (pid_t)strtol(argv[3], NULL, 10));
	if (ptrace(PTRACE_SETREGS, pid, NULL, &r) == -1 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1)
		err(2, "cannot make it ask");
	if (stopped() >> 8 != 0) {
		printf("done\n");	/* a fork or an exec */
		ptrace(PTRACE_CONT, pid, NULL, NUMBER(SIGKILL));
		return (0);
	}
	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) == -1)
		err(2, "PTRACE_GETREGS");
	ret = (long)r.rax;
	if (ret < 0 && ret > -4096)
		printf("refused: %s\n", strerror((int)-ret));
	else
		printf("done\n");
	/* As if it had been interrupted by a signal. */
	before.rax = (unsigned long long)-EINTR;
	before.orig_rax = ~0ULL;
	ptrace(PTRACE_SETREGS, pid, NULL, &before);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return (0);
}
#endif
