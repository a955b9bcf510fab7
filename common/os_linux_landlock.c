/* SPDX-License-Identifier: ISC */
/* Paths, TCP and signals: Landlock, see os_linux_sandbox.h. */

#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/landlock.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <paths.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os_linux_sandbox.h"

/* By the version in which it came; headers may be older than the kernel. */
#define FS_V1		((UINT64_C(1) << 13) - 1)
#define FS_V2_REFER	(UINT64_C(1) << 13)
#define FS_V3_TRUNCATE	(UINT64_C(1) << 14)
#define FS_V5_IOCTL	(UINT64_C(1) << 15)
#define NET_V4		UINT64_C(3)	/* bind and connect TCP */
#define SCOPE_V6	UINT64_C(3)	/* abstract sockets and signals */

#define FS_WRITE	(LANDLOCK_ACCESS_FS_WRITE_FILE | FS_V3_TRUNCATE)
#define FS_CHANGE	(FS_WRITE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
			    LANDLOCK_ACCESS_FS_MAKE_REG | \
			    LANDLOCK_ACCESS_FS_MAKE_SOCK)
#define FS_READ		(LANDLOCK_ACCESS_FS_READ_FILE | \
			    LANDLOCK_ACCESS_FS_READ_DIR)

struct ruleset {
	uint64_t	 fs, net, scope;
};

static long
landlock_version(void)
{
	return (syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION));
}

static uint64_t
all_of_fs(long version)
{
	uint64_t	 fs = FS_V1;

	if (version >= 2)
		fs |= FS_V2_REFER;
	if (version >= 3)
		fs |= FS_V3_TRUNCATE;
	if (version >= 5)
		fs |= FS_V5_IOCTL;
	return (fs);
}

/* From now on nothing of what the set handles, but by its rules. */
static bool
restrict_self(int fd)
{
	bool	 done = syscall(SYS_landlock_restrict_self, fd, 0) == 0;

	close(fd);
	return (done);
}

bool
landlock_nothing(void)
{
	struct ruleset	 r;
	size_t		 len = sizeof(r.fs);
	long		 version;
	int		 fd;

	if ((version = landlock_version()) < 1)
		return (false);
	memset(&r, 0, sizeof(r));
	r.fs = all_of_fs(version);
	if (version >= 4) {
		r.net = NET_V4;
		len = sizeof(r.fs) + sizeof(r.net);
	}
	if (version >= 6) {
		r.scope = SCOPE_V6;
		len = sizeof(r);
	}
	/* A set without a single rule forbids all that it handles. */
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, len, 0);
	return (fd != -1 && restrict_self(fd));
}

/* What is not there is not needed; what is there has to be had. */
static bool
permit(int set, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr	 a;
	struct stat				 st;
	bool					 done;

	memset(&a, 0, sizeof(a));
	if ((a.parent_fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return (true);
	a.allowed_access = access;
	if (fstat(a.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		a.allowed_access &= FS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE;
	done = syscall(SYS_landlock_add_rule, set,
	    LANDLOCK_RULE_PATH_BENEATH, &a, 0) == 0;
	close(a.parent_fd);
	return (done);
}

/*
 * The folder of the program that loads programs, and not that one alone: an
 * upgrade of the C library puts another one in its place.
 */
static bool
permit_loader(int set)
{
	const ElfW(Phdr)	*h = (const void *)getauxval(AT_PHDR);
	size_t			 i, n = getauxval(AT_PHNUM);
	uintptr_t		 base = 0;
	char			 path[PATH_MAX];

	for (i = 0; h != NULL && i < n; i++) {
		if (h[i].p_type == PT_PHDR)
			base = (uintptr_t)h - h[i].p_vaddr;
		else if (h[i].p_type == PT_INTERP)
			return (realpath((const char *)base + h[i].p_vaddr,
			    path) != NULL && permit(set, dirname(path),
			    LANDLOCK_ACCESS_FS_EXECUTE));
	}
	return (true);		/* there is none */
}

bool
landlock_parent(const char *const *folder)
{
	uint64_t	 fs;
	long		 version;
	int		 fd;
	bool		 done;

	if ((version = landlock_version()) < 1)
		return (false);
	fs = all_of_fs(version) & ~(FS_READ | FS_V5_IOCTL);
	fd = (int)syscall(SYS_landlock_create_ruleset, &fs, sizeof(fs), 0);
	if (fd == -1)
		return (false);
	done = permit(fd, "/proc/self/exe", LANDLOCK_ACCESS_FS_EXECUTE) &&
	    permit_loader(fd) && permit(fd, _PATH_DEVNULL, FS_WRITE & fs);
	for (; *folder != NULL && done; folder++)
		done = permit(fd, *folder, FS_CHANGE & fs);
	if (!done) {
		close(fd);
		return (false);
	}
	return (restrict_self(fd));
}
