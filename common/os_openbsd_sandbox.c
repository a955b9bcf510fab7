/* SPDX-License-Identifier: ISC */
/* What each child may ask of OpenBSD: see sandbox.h. */

#include <unistd.h>

#include "sandbox.h"

/* No promise names a path, a process or a program; sockets are handed over. */
static const char *const	 promises[PROC_COUNT] = {
	[PROC_ENGINE] = "stdio inet recvfd",
	[PROC_CONTROL] = "stdio unix recvfd",
	[PROC_CONFIG] = "stdio recvfd sendfd",
	[PROC_QUERY] = "stdio inet recvfd"
};

uint32_t
sandbox_enter(enum proc_id id, enum sandbox_mode mode)
{
	uint32_t	 missing = 0;

	/* A broken promise is told by the kernel: there is nothing to trap. */
	if (mode == SANDBOX_OFF)
		return (LAYER_PATHS | LAYER_SYSCALLS);
	if (unveil("/", "") == -1 || unveil(NULL, NULL) == -1)
		missing |= LAYER_PATHS;
	if (pledge(promises[id], "") == -1)
		missing |= LAYER_SYSCALLS;
	return (missing);
}
