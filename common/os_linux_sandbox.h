/* SPDX-License-Identifier: ISC */
/*
 * The parts of the sandbox on Linux, for os_linux_*.c alone.  Both need
 * no_new_privs, and last as long as the process and all that it would become.
 */
#ifndef OS_LINUX_SANDBOX_H
#define OS_LINUX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A system call that is allowed; a call may have several rows. */
struct syscall_rule {
	int		 nr;
	enum {
		ARG_ANY,
		ARG_IS,			/* argument `arg' is `value' */
		ARG_LACKS,		/* it has none of the bits of it */
		ARG_REFUSED,		/* not allowed, but not deadly: EPERM */
		ARG_SELF		/* it is our own pid */
	}		 test;
	unsigned int	 arg;
	uint32_t	 value;
};

/* What becomes of a call that is in no table. */
enum seccomp_else {
	ELSE_KILL,		/* it ends the process */
	ELSE_TRAP,		/* SIGSYS tells of it */
	ELSE_REFUSE		/* EPERM */
};

/*
 * seccomp_allow: nothing but the calls of these tables, each with so many
 *	rows.
 * landlock_nothing: no path can be opened, made, run or removed; where the
 *	kernel knows how, no TCP, and no process outside to signal.
 * landlock_parent: files can be written, made and removed in these folders
 *	alone, of which NULL ends the list and what is not there is none, and
 *	nothing be run but this program.
 */
bool	seccomp_allow(const struct syscall_rule *const *, const size_t *,
	    size_t, enum seccomp_else);
bool	landlock_nothing(void);
bool	landlock_parent(const char *const *);

#endif /* OS_LINUX_SANDBOX_H */
