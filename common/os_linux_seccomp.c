/* SPDX-License-Identifier: ISC */
/* System calls that are allowed, as a filter in the kernel. */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "os_linux_sandbox.h"

#if defined(__x86_64__)
#define ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH	AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH	AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCH	AUDIT_ARCH_S390X
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW	0
#else
#define LOW	4
#endif

#define FILTER_MAX	512		/* instructions */

#define DATA(field)	((uint32_t)offsetof(struct seccomp_data, field))
#define LOAD(offset)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define EQUAL(k, t, f)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (t), (f))
#define BITS(k, t, f)	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (k), (t), (f))
#define RETURN(k)	BPF_STMT(BPF_RET | BPF_K, (k))

struct program {
	struct sock_filter	 insn[FILTER_MAX];
	unsigned short		 n;
	bool			 full;
};

static void
put(struct program *p, struct sock_filter insn)
{
	if (p->n == FILTER_MAX)
		p->full = true;
	else
		p->insn[p->n++] = insn;
}

/* The number of the call is loaded before, and after if it does not fit. */
static void
put_rule(struct program *p, const struct syscall_rule *r)
{
	uint32_t	 low = DATA(args) + r->arg * 8 + LOW;
	uint32_t	 value = r->test == ARG_SELF ? (uint32_t)getpid() :
			    r->value;

	if (r->test == ARG_ANY || r->test == ARG_REFUSED) {
		put(p, (struct sock_filter)EQUAL((uint32_t)r->nr, 0, 1));
		put(p, (struct sock_filter)RETURN(r->test == ARG_ANY ?
		    SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM));
		return;
	}
	put(p, (struct sock_filter)EQUAL((uint32_t)r->nr, 0, 4));
	/* What counts is an int: the kernel looks at the lower half alone. */
	put(p, (struct sock_filter)LOAD(low));
	if (r->test == ARG_LACKS)
		put(p, (struct sock_filter)BITS(value, 1, 0));
	else
		put(p, (struct sock_filter)EQUAL(value, 0, 1));
	put(p, (struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
	put(p, (struct sock_filter)LOAD(DATA(nr)));
}

bool
seccomp_allow(const struct syscall_rule *const *table, const size_t *nrows,
    size_t ntables, enum seccomp_else otherwise)
{
#ifdef ARCH
	static struct program	 p;
	struct sock_fprog	 prog;
	size_t			 t, i;

	p.n = 0;
	p.full = false;
	put(&p, (struct sock_filter)LOAD(DATA(arch)));
	put(&p, (struct sock_filter)EQUAL(ARCH, 1, 0));
	put(&p, (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS));
	put(&p, (struct sock_filter)LOAD(DATA(nr)));
	for (t = 0; t < ntables; t++)
		for (i = 0; i < nrows[t]; i++)
			put_rule(&p, &table[t][i]);
	put(&p, (struct sock_filter)RETURN(otherwise == ELSE_TRAP ?
	    SECCOMP_RET_TRAP : otherwise == ELSE_REFUSE ?
	    SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS));
	prog.len = p.n;
	prog.filter = p.insn;
	return (!p.full &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0);
#else
	(void)table;
	(void)nrows;
	(void)ntables;
	(void)otherwise;
	return (false);
#endif
}
