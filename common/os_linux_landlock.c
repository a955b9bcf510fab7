/* SPDX-License-Identifier: ISC */
/* No paths, no TCP, nobody to signal: Landlock, see os_linux_sandbox.h. */

#include <sys/syscall.h>

#include <linux/landlock.h>
#include <stdint.h>
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

struct ruleset {
	uint64_t	 fs, net, scope;
};

bool
landlock_nothing(void)
{
	struct ruleset	 r;
	size_t		 len = sizeof(r.fs);
	long		 version;
	int		 fd;
	bool		 done;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return (false);
	memset(&r, 0, sizeof(r));
	r.fs = FS_V1;
	if (version >= 2)
		r.fs |= FS_V2_REFER;
	if (version >= 3)
		r.fs |= FS_V3_TRUNCATE;
	if (version >= 4) {
		r.net = NET_V4;
		len = sizeof(r.fs) + sizeof(r.net);
	}
	if (version >= 5)
		r.fs |= FS_V5_IOCTL;
	if (version >= 6) {
		r.scope = SCOPE_V6;
		len = sizeof(r);
	}
	/* A set without a single rule forbids all that it handles. */
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, len, 0);
	if (fd == -1)
		return (false);
	done = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close(fd);
	return (done);
}
