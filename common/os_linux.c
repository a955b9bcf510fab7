/* SPDX-License-Identifier: ISC */
/* os.h on Linux: privileges and the clock. */

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timex.h>

#include <linux/capability.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os.h"

#define CAP_BIT(cap)	(1U << (cap))
#define CAPS_PARENT	(CAP_BIT(CAP_NET_BIND_SERVICE) |		\
	CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) |			\
	CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_KILL))

int
os_exec_self(char *const argv[])
{
	return (execv("/proc/self/exe", argv));
}

/* It would be "exe" after os_exec_self. */
void
os_name(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

static int
caps_set(uint32_t caps)
{
	struct __user_cap_header_struct	 hdr;
	struct __user_cap_data_struct	 data[2];

	memset(&hdr, 0, sizeof(hdr));
	memset(data, 0, sizeof(data));
	hdr.version = _LINUX_CAPABILITY_VERSION_3;
	data[0].effective = data[0].permitted = caps;
	return ((int)syscall(SYS_capset, &hdr, data));
}

int
os_caps_keep(void)
{
	struct __user_cap_header_struct	 hdr;
	struct __user_cap_data_struct	 data[2];
	int				 cap;

	memset(&hdr, 0, sizeof(hdr));
	hdr.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &hdr, data) == -1)
		return (-1);
	/*
	 * An execve by uid 0 gets what the bounding set holds: without this
	 * the children would be born with everything.
	 */
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != -1; cap++) {
		if (cap < 32 && (CAPS_PARENT & CAP_BIT(cap)))
			continue;
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    (data[0].permitted & CAP_BIT(CAP_SETPCAP)))
			return (-1);
	}
	/* A container may have given us less than we would keep. */
	return (caps_set(CAPS_PARENT & data[0].permitted));
}

int
os_caps_none(void)
{
	struct __user_cap_header_struct	 hdr;
	struct __user_cap_data_struct	 data[2];

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 &&
	    errno != EINVAL)
		return (-1);
	/* Whoever has none may not be allowed the call either. */
	memset(&hdr, 0, sizeof(hdr));
	hdr.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &hdr, data) == 0 &&
	    (data[0].permitted | data[1].permitted | data[0].inheritable |
	    data[1].inheritable) == 0)
		return (0);
	return (caps_set(0));
}

int
os_no_new_privs(void)
{
	return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int
os_die_with_parent(void)
{
	return (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
}

int
os_not_dumpable(void)
{
	return (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

unsigned int
os_cpus(void)
{
	cpu_set_t	 set;
	int		 n;

	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return (1);
	n = CPU_COUNT(&set);
	return (n > 0 ? (unsigned int)n : 1);
}

int
os_pin(int index)
{
	static cpu_set_t	 all;	/* as we were born */
	cpu_set_t		 one;
	int			 cpu, n;

	if (CPU_COUNT(&all) == 0 &&
	    sched_getaffinity(0, sizeof(all), &all) == -1)
		return (-1);
	n = CPU_COUNT(&all);
	if (index < 0 || n == 0)
		return (sched_setaffinity(0, sizeof(all), &all));
	index %= n;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && index-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return (sched_setaffinity(0, sizeof(one), &one));
}

/* As far as it is needed here; the C library has none. */
struct sched_words {
	uint32_t	 size;
	uint32_t	 policy;
	uint64_t	 flags;
	int32_t		 nice;
	uint32_t	 priority;
	uint64_t	 runtime;	/* of the usual policy: the slice */
	uint64_t	 deadline;
	uint64_t	 period;
};

/* Linux 6.12 is the first that listens. */
void
os_slice(uint64_t ns)
{
	struct sched_words	 w;

	memset(&w, 0, sizeof(w));
	if (syscall(SYS_sched_getattr, 0, &w, sizeof(w), 0) == -1 ||
	    w.policy != SCHED_OTHER)
		return;			/* that is the operator's choice */
	w.size = sizeof(w);
	w.flags = 0;
	w.runtime = ns;
	(void)syscall(SYS_sched_setattr, 0, &w, 0);
}

/* Without this the kernel may add 50 us, to save wake-ups. */
int
os_wait_set(void)
{
	return (prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0));
}

void
os_wait(uint64_t ns)
{
	struct timespec	 t;

	t.tv_sec = (time_t)(ns / 1000000000);
	t.tv_nsec = (long)(ns % 1000000000);
	(void)nanosleep(&t, NULL);
}

int
os_clock_kernel(struct clock_kernel *k)
{
	struct timex	 tx;
	int		 state;

	memset(k, 0, sizeof(*k));
	memset(&tx, 0, sizeof(tx));
	if ((state = adjtimex(&tx)) == -1)
		return (-1);
	k->valid = true;
	k->unsync = state == TIME_ERROR || (tx.status & STA_UNSYNC) != 0;
	k->insert = state == TIME_INS;
	k->del = state == TIME_DEL;
	k->in_leap = state == TIME_OOP;
	k->max_error = (double)tx.maxerror / 1e6;
	return (0);
}
