/* SPDX-License-Identifier: ISC */
/* What each process may ask of Linux: see sandbox.h. */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "os_linux_sandbox.h"
#include "sandbox.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define ANY(name)	{ SYS_##name, ARG_ANY, 0, 0 }
#define IS(name, arg, value)	{ SYS_##name, ARG_IS, (arg), (uint32_t)(value) }
#define LACKS(name, arg, bits)	{ SYS_##name, ARG_LACKS, (arg), (bits) }
#define REFUSED(name)	{ SYS_##name, ARG_REFUSED, 0, 0 }
#define SELF(name, arg)	{ SYS_##name, ARG_SELF, (arg), 0 }

/*
 * What every process does: its events, its channels, memory that is never
 * executable, the clocks, and to end itself by abort(3) as well.
 */
static const struct syscall_rule	 everybody[] = {
	ANY(epoll_pwait),
#ifdef SYS_epoll_wait
	ANY(epoll_wait),
#endif
#ifdef SYS_epoll_pwait2
	ANY(epoll_pwait2),
#endif
	ANY(epoll_ctl),
	ANY(read),
	ANY(write),
	ANY(readv),
	ANY(writev),
	ANY(sendmsg),
	ANY(recvmsg),
	ANY(close),
	ANY(ppoll),
#ifdef SYS_poll
	ANY(poll),
#endif
	ANY(clock_gettime),
	ANY(gettimeofday),
	ANY(clock_nanosleep),
	ANY(getpid),
	ANY(gettid),
	ANY(getrandom),
	ANY(sysinfo),			/* qsort(3) asks how much memory */
	ANY(brk),
	ANY(munmap),
	ANY(mremap),
	ANY(madvise),
	LACKS(mmap, 2, PROT_EXEC),
	LACKS(mprotect, 2, PROT_EXEC),
	ANY(futex),
	ANY(rt_sigprocmask),
	ANY(rt_sigaction),
	ANY(rt_sigreturn),
	ANY(restart_syscall),
	SELF(tgkill, 0),
	ANY(exit),
	ANY(exit_group),
	ANY(fstat),
	IS(newfstatat, 3, AT_EMPTY_PATH),
	IS(fcntl, 1, F_GETFL),
	IS(fcntl, 1, F_SETFL),
	IS(fcntl, 1, F_GETFD),
	IS(fcntl, 1, F_SETFD)
};

/* Its packets, its clock, its memory, and the filters of its own sockets. */
static const struct syscall_rule	 engine[] = {
	ANY(recvmmsg),
	ANY(sendmmsg),
	ANY(adjtimex),			/* without the right to set it */
	IS(clock_adjtime, 0, CLOCK_REALTIME),
	IS(getsockopt, 2, SO_MEMINFO),
	IS(setsockopt, 2, SO_ATTACH_FILTER),
	IS(setsockopt, 2, SO_DETACH_FILTER),
	IS(prctl, 0, PR_SET_TIMERSLACK),
	IS(fcntl, 1, F_GET_SEALS),
	ANY(fallocate),
	ANY(mlock),
	IS(sched_getaffinity, 0, 0),
	IS(sched_setaffinity, 0, 0)
};

static const struct syscall_rule	 control[] = {
	ANY(accept4),
	IS(getsockopt, 2, SO_PEERCRED)
};

/* The files that it is given, and the tables that it makes of them. */
static const struct syscall_rule	 config[] = {
	ANY(lseek),
	ANY(memfd_create),
	ANY(ftruncate),
	IS(fcntl, 1, F_ADD_SEALS)
};

static const struct syscall_rule	 query[] = {
	ANY(sendto),
	ANY(recvfrom)
};

/*
 * Browsers, whose connections others have bound.  evhttp(3) has the address of
 * each printed, for which the C library would ask a socket for the name of an
 * interface if it is a link-local one; it prints a number without.
 */
static const struct syscall_rule	 web[] = {
	ANY(accept4),
	ANY(shutdown),
	IS(ioctl, 1, FIONREAD),
	REFUSED(socket)
};

/*
 * The parent's filter is its children's as well, who add their own: so this is
 * what they need, also to become what they are, and what the parent does.  No
 * argument is looked at that a child's own row does not look at again.  What
 * is not here is refused, not deadly: an unusual module of the C library that
 * looks up a user is not to end the service.
 */
static const struct syscall_rule	 parent[] = {
	/* files and folders */
	ANY(openat), ANY(newfstatat), ANY(statx), ANY(fsync), ANY(ftruncate),
	ANY(lseek), ANY(pread64), ANY(pwrite64), ANY(getdents64), ANY(mkdirat),
	ANY(unlinkat), ANY(renameat2), ANY(readlinkat), ANY(faccessat),
	ANY(faccessat2), ANY(statfs), ANY(umask), ANY(getcwd), ANY(ioctl),
#ifdef SYS_renameat
	ANY(renameat),
#endif
#ifdef SYS_open
	ANY(open), ANY(stat), ANY(lstat), ANY(access), ANY(mkdir),
	ANY(unlink), ANY(rename), ANY(readlink),
#endif
	/* descriptors */
	ANY(fcntl), ANY(dup), ANY(dup3), ANY(pipe2), ANY(close_range),
	ANY(epoll_create1), ANY(eventfd2), ANY(timerfd_create),
	ANY(timerfd_settime), ANY(memfd_create), ANY(fallocate),
#ifdef SYS_dup2
	ANY(dup2), ANY(pipe), ANY(epoll_create), ANY(select),
#endif
	ANY(pselect6),
	/* sockets; what is said on them is the children's affair */
	ANY(socket), ANY(socketpair), ANY(bind), ANY(listen), ANY(connect),
	ANY(accept4), ANY(shutdown), ANY(getsockname), ANY(getpeername),
	ANY(getsockopt),
	ANY(setsockopt), ANY(sendto), ANY(recvfrom), ANY(sendmmsg),
	ANY(recvmmsg),
	/* children, from fork to main() to their own fence */
	ANY(clone), ANY(clone3), ANY(execve), ANY(wait4), ANY(waitid),
	ANY(kill), ANY(tgkill), ANY(set_tid_address), ANY(set_robust_list),
	ANY(rseq), ANY(mmap), ANY(mprotect), ANY(mlock), ANY(sigaltstack),
	ANY(setsid), ANY(chdir), ANY(fchdir), ANY(chroot), ANY(prctl),
	ANY(seccomp), ANY(landlock_create_ruleset), ANY(landlock_add_rule),
	ANY(landlock_restrict_self), ANY(capget), ANY(capset), ANY(uname),
	ANY(setuid), ANY(setgid), ANY(setgroups), ANY(setresuid),
	ANY(setresgid), ANY(setregid), ANY(getuid), ANY(geteuid),
	ANY(getgid), ANY(getegid), ANY(getresuid), ANY(getresgid),
	ANY(getgroups), ANY(getppid), ANY(prlimit64), ANY(setpriority),
	ANY(getpriority), ANY(sched_getaffinity), ANY(sched_setaffinity),
	ANY(sched_getattr), ANY(sched_setattr), ANY(sched_yield),
	ANY(getrusage), ANY(nanosleep),
#ifdef SYS_arch_prctl
	ANY(arch_prctl),
#endif
#ifdef SYS_fork
	ANY(fork), ANY(vfork),
#endif
#ifdef SYS_getrlimit
	ANY(getrlimit),
#endif
#ifdef SYS_setrlimit
	ANY(setrlimit),
#endif
	/* the kernel's clock, to be read */
	ANY(adjtimex), ANY(clock_adjtime), ANY(clock_getres)
};

#define ROW(table)	{ (table), NELEM(table) }

static const struct {
	const struct syscall_rule	*rule;
	size_t				 n;
}				 rows[PROC_COUNT] = {
	[PROC_PARENT] = ROW(parent),
	[PROC_ENGINE] = ROW(engine),
	[PROC_CONTROL] = ROW(control),
	[PROC_CONFIG] = ROW(config),
	[PROC_QUERY] = ROW(query),
	[PROC_WEB] = ROW(web)
};

static void
trapped(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	fatalx("the sandbox has no system call %d", info->si_syscall);
}

static uint32_t
enter(enum proc_id id, enum sandbox_mode mode, enum seccomp_else otherwise)
{
	const struct syscall_rule	*table[2];
	size_t				 n[2];
	struct sigaction		 sa;

	if (mode == SANDBOX_TRAP) {
		memset(&sa, 0, sizeof(sa));
		sa.sa_sigaction = trapped;
		sa.sa_flags = SA_SIGINFO | SA_NODEFER;
		sigaction(SIGSYS, &sa, NULL);
	}
	table[0] = everybody;
	n[0] = NELEM(everybody);
	table[1] = rows[id].rule;
	n[1] = rows[id].n;
	return (seccomp_allow(table, n, 2, mode == SANDBOX_TRAP ? ELSE_TRAP :
	    otherwise) ? 0 : LAYER_SYSCALLS);
}

uint32_t
sandbox_enter(enum proc_id id, enum sandbox_mode mode)
{
	uint32_t	 missing = 0;

	if (mode == SANDBOX_OFF)
		return (LAYER_PATHS | LAYER_SYSCALLS);
	if (!landlock_nothing())
		missing |= LAYER_PATHS;
	return (missing | enter(id, mode, ELSE_KILL));
}

uint32_t
sandbox_enter_parent(const char *const *folders, enum sandbox_mode mode)
{
	uint32_t	 missing = 0;

	if (mode == SANDBOX_OFF)
		return (LAYER_PATHS | LAYER_SYSCALLS);
	if (!landlock_parent(folders))
		missing |= LAYER_PATHS;
	return (missing | enter(PROC_PARENT, mode, ELSE_REFUSE));
}
