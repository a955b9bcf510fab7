/* SPDX-License-Identifier: ISC */
/* sandbox.h, and its parts on Linux: each case in a process of its own. */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "os_linux_sandbox.h"
#include "sandbox.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* How a process ends that does this: 0, or 128 and the signal. */
static int
fate(void (*what)(void))
{
	int	 status;
	pid_t	 pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
			_exit(99);
		what();
		_exit(0);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	return (WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status));
}

#define MUST(what)	do { if (!(what)) _exit(__LINE__ % 100); } while (0)
#define REFUSED(what)	MUST((what) == -1 && (errno == EACCES || \
			    errno == EPERM))

static void
paths(void)
{
	struct sockaddr_in	 sin = { .sin_family = AF_INET };
	char			*argv[] = { NULL };
	int			 fd, s;

	MUST((s = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	MUST(close(open("here", O_WRONLY | O_CREAT, 0600)) == 0);
	MUST((fd = open("here", O_RDWR)) != -1);
	MUST(landlock_nothing());
	REFUSED(open("here", O_RDONLY));
	REFUSED(open("here", O_WRONLY));
	REFUSED(open(".", O_RDONLY | O_DIRECTORY));
	REFUSED(mkdir("folder", 0700));
	REFUSED(unlink("here"));
	REFUSED(rename("here", "there"));
	REFUSED(symlink("here", "there"));
	REFUSED(truncate("here", 0));
	REFUSED(execv("/bin/sh", argv));
	REFUSED(kill(getppid(), 0));
	REFUSED(bind(s, (struct sockaddr *)&sin, sizeof(sin)));
	/* what was open is still ours */
	MUST(write(fd, "x", 1) == 1);
	MUST(kill(getpid(), 0) == 0);
}

ATF_TC_WITHOUT_HEAD(landlock);
ATF_TC_BODY(landlock, tc)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 6)
		atf_tc_skip("this kernel's Landlock is old, or there is none");
	ATF_CHECK_EQ(0, fate(paths));
}

static const char	*srcdir;

/* The parent writes where it may, reads, and runs itself and nothing else. */
static void
some_paths(void)
{
	static const char *const	 folders[] = { "mine", "absent", NULL };
	char				*argv[] = { NULL };

	MUST(mkdir("mine", 0700) == 0 && mkdir("other", 0700) == 0);
	MUST(close(open("other/there", O_WRONLY | O_CREAT, 0600)) == 0);
	MUST(landlock_parent(folders));
	MUST(close(open("mine/new", O_WRONLY | O_CREAT, 0600)) == 0);
	MUST(rename("mine/new", "mine/newer") == 0);
	MUST(truncate("mine/newer", 3) == 0);
	MUST(unlink("mine/newer") == 0);
	MUST(close(open("other/there", O_RDONLY)) == 0);
	MUST(close(open("/dev/null", O_RDWR)) == 0);
	REFUSED(open("other/there", O_WRONLY));
	REFUSED(open("other/new", O_WRONLY | O_CREAT, 0600));
	REFUSED(truncate("other/there", 0));
	REFUSED(unlink("other/there"));
	REFUSED(mkdir("mine/folder", 0700));
	REFUSED(symlink("x", "mine/link"));
	REFUSED(execv("/bin/sh", argv));
	MUST(freopen("/dev/null", "w", stdout) != NULL);
	/* what a sanitizer has to say of a list of tests takes a program */
	MUST(setenv("ASAN_OPTIONS", "detect_leaks=0", 1) == 0);
	execl("/proc/self/exe", "test_sandbox", "-s", srcdir, "-l", NULL);
	_exit(1);
}

ATF_TC_WITHOUT_HEAD(landlock_parent);
ATF_TC_BODY(landlock_parent, tc)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 3)
		atf_tc_skip("this kernel's Landlock is old, or there is none");
	srcdir = atf_tc_get_config_var(tc, "srcdir");
	ATF_CHECK_EQ(0, fate(some_paths));
}

static const struct syscall_rule	 few[] = {
	{ SYS_exit_group, ARG_ANY, 0, 0 },
	{ SYS_getppid, ARG_ANY, 0, 0 },
	{ SYS_fcntl, ARG_IS, 1, F_GETFL },
	{ SYS_fcntl, ARG_IS, 1, F_GETFD },
	{ SYS_mprotect, ARG_LACKS, 2, PROT_EXEC | PROT_WRITE },
	{ SYS_tgkill, ARG_SELF, 0, 0 }
};

static void
fence(enum seccomp_else otherwise)
{
	const struct syscall_rule *const	 table[] = { few };
	const size_t				 n[] = { NELEM(few) };

	MUST(seccomp_allow(table, n, 1, otherwise));
}

static void
allowed(void)
{
	pid_t	 self = getpid();

	fence(ELSE_KILL);
	MUST(getppid() > 0);
	MUST(fcntl(0, F_GETFL) != -2);
	MUST(fcntl(0, F_GETFD) != -2);
	MUST(mprotect(NULL, 4096, PROT_READ) != -2);
	MUST(syscall(SYS_tgkill, self, 1 << 30, 0) == -1);
}

static void	 by_number(void) { fence(ELSE_KILL); (void)getuid(); }
static void	 by_value(void)
{
	fence(ELSE_KILL);
	(void)fcntl(0, F_DUPFD, 9);
}
static void	 by_bits(void)
{
	fence(ELSE_KILL);
	(void)mprotect(NULL, 4096, PROT_READ | PROT_EXEC);
}
static void	 by_pid(void)
{
	pid_t	 parent = getppid();

	fence(ELSE_KILL);
	(void)syscall(SYS_tgkill, parent, parent, 0);
}
static void	 trapped(void) { fence(ELSE_TRAP); (void)getuid(); }

static void	 refused(void)
{
	fence(ELSE_REFUSE);
	REFUSED(syscall(SYS_getuid));
}

ATF_TC_WITHOUT_HEAD(seccomp);
ATF_TC_BODY(seccomp, tc)
{
#ifdef NTPSD_SANITIZE
	atf_tc_skip("a sanitizer asks for more than the few calls");
#endif
	ATF_CHECK_EQ(0, fate(allowed));
	ATF_CHECK_EQ(128 + SIGSYS, fate(by_number));
	ATF_CHECK_EQ(128 + SIGSYS, fate(by_value));
	ATF_CHECK_EQ(128 + SIGSYS, fate(by_bits));
	ATF_CHECK_EQ(128 + SIGSYS, fate(by_pid));
	ATF_CHECK_EQ(128 + SIGSYS, fate(trapped));
	ATF_CHECK_EQ(0, fate(refused));
}

static enum proc_id	 role;

static void
enter(void)
{
	MUST(sandbox_enter(role, SANDBOX_ON) == 0);
}
static void
opens(void)
{
	enter();
	(void)open("/etc/passwd", O_RDONLY);
}
static void
makes_socket(void)
{
	enter();
	(void)socket(AF_INET, SOCK_DGRAM, 0);
}
static void
lacks_socket(void)
{
	enter();
	MUST(socket(AF_UNIX, SOCK_DGRAM, 0) == -1 && errno == EPERM);
}
/* abort(3) must end in SIGABRT, not in a call that is missing */
static void
aborts(void)
{
	enter();
	abort();
}
static void
allocates(void)
{
	char	*p;

	enter();
	MUST((p = malloc(50 << 20)) != NULL);
	memset(p, 1, 50 << 20);
	MUST((p = realloc(p, 60 << 20)) != NULL);
	free(p);
}

/* Of every child, also the one that lives too briefly to be looked at. */
ATF_TC_WITHOUT_HEAD(rows);
ATF_TC_BODY(rows, tc)
{
	static const enum proc_id	 all[] = { PROC_ENGINE, PROC_CONTROL,
					    PROC_CONFIG, PROC_QUERY,
					    PROC_WEB };
	size_t				 i;

#ifdef NTPSD_SANITIZE
	atf_tc_skip("a sanitizer has no filter of system calls");
#endif
	for (i = 0; i < NELEM(all); i++) {
		role = all[i];
		ATF_CHECK_EQ(0, fate(enter));
		ATF_CHECK_EQ(0, fate(allocates));
		ATF_CHECK_EQ(128 + SIGSYS, fate(opens));
		/* the C library may ask for one, but does not get it */
		if (role == PROC_WEB)
			ATF_CHECK_EQ(0, fate(lacks_socket));
		else
			ATF_CHECK_EQ(128 + SIGSYS, fate(makes_socket));
		ATF_CHECK_EQ(128 + SIGABRT, fate(aborts));
	}
}

ATF_TC_WITHOUT_HEAD(off);
ATF_TC_BODY(off, tc)
{
	ATF_CHECK_EQ(LAYER_PATHS | LAYER_SYSCALLS,
	    sandbox_enter(PROC_ENGINE, SANDBOX_OFF));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, landlock);
	ATF_TP_ADD_TC(tp, landlock_parent);
	ATF_TP_ADD_TC(tp, seccomp);
	ATF_TP_ADD_TC(tp, rows);
	ATF_TP_ADD_TC(tp, off);
	return (atf_no_error());
}
