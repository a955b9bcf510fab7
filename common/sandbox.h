/* SPDX-License-Identifier: ISC */
/*
 * The last fence of a process: what it may ask of the kernel, and which paths.
 * A child has no path at all, no socket of its own making, no program to run
 * and nobody to signal; the parent writes in few folders and runs itself
 * alone.  One implementation for each system: os_linux_sandbox.c
 * (Landlock, and a table of system calls), os_openbsd_sandbox.c.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdint.h>

#include "msg.h"

enum sandbox_mode {
	SANDBOX_OFF,
	SANDBOX_ON,		/* a forbidden call ends a child */
	SANDBOX_TRAP		/* it says which one, and then ends */
};

/*
 * sandbox_enter: for the life of the process, and the last step before its
 *	work: what it needs from then on is in its row.  Returns the LAYER_ bits
 *	(msg.h) that could not be had.
 * sandbox_enter_parent: the same for the parent, when it has bound and before
 *	it starts those children that stay: it makes, writes and removes files
 *	in these folders alone (NULL ends the list) from then on, and starts
 *	nothing but this program.  What else it asks for is refused.
 */
uint32_t	sandbox_enter(enum proc_id, enum sandbox_mode);
uint32_t	sandbox_enter_parent(const char *const *, enum sandbox_mode);

#endif /* SANDBOX_H */
