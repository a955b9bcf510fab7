/* SPDX-License-Identifier: ISC */
/* What each process may ask of OpenBSD: see sandbox.h. */

#include <paths.h>
#include <unistd.h>

#include "sandbox.h"

/* No promise names a path, a process or a program; sockets are handed over. */
static const char *const	 promises[PROC_COUNT] = {
	[PROC_ENGINE] = "stdio inet recvfd",
	[PROC_CONTROL] = "stdio unix recvfd",
	[PROC_CONFIG] = "stdio recvfd sendfd",
	[PROC_QUERY] = "stdio inet recvfd",
	[PROC_WEB] = "stdio inet unix recvfd"
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

uint32_t
sandbox_enter_parent(const char *const *folder, enum sandbox_mode mode)
{
	uint32_t	 missing = 0;

	if (mode == SANDBOX_OFF)
		return (LAYER_PATHS | LAYER_SYSCALLS);
	/* reading and running: what is run is this program, by its path */
	if (unveil("/", "rx") == -1 || unveil(_PATH_DEVNULL, "rw") == -1)
		missing |= LAYER_PATHS;
	for (; *folder != NULL; folder++)
		if (unveil(*folder, "rwc") == -1)
			missing |= LAYER_PATHS;
	if (unveil(NULL, NULL) == -1)
		missing |= LAYER_PATHS;
	if (pledge("stdio rpath wpath cpath fattr inet unix sendfd recvfd "
	    "proc exec id getpw", NULL) == -1)
		missing |= LAYER_SYSCALLS;
	return (missing);
}
