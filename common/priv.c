/* SPDX-License-Identifier: ISC */
/* Giving up privileges: see priv.h. */

#include <sys/resource.h>
#include <sys/types.h>

#include <grp.h>
#include <unistd.h>

#include "log.h"
#include "msg.h"
#include "os.h"
#include "priv.h"

static void
priv_leave_root(const struct priv *p)
{
	uid_t	 r, e, s;
	gid_t	 rg, eg, sg;

	if (p->uid == 0 || p->gid == 0)
		fatalx("refusing to run as uid or gid 0");
	if (chroot(p->chroot) == -1 || chdir("/") == -1)
		fatal("chroot %s", p->chroot);
	if (setgroups(1, &p->gid) == -1 ||
	    setresgid(p->gid, p->gid, p->gid) == -1 ||
	    setresuid(p->uid, p->uid, p->uid) == -1)
		fatal("cannot become uid %u", (unsigned int)p->uid);
	if (getresuid(&r, &e, &s) == -1 || getresgid(&rg, &eg, &sg) == -1 ||
	    r != p->uid || e != p->uid || s != p->uid || rg != p->gid ||
	    eg != p->gid || sg != p->gid || setuid(0) == 0)
		fatalx("privileges did not fall");
}

/* At most n of a resource, or what is allowed if that is less. */
static bool
priv_limit(int resource, rlim_t n)
{
	struct rlimit	 rl;

	if (getrlimit(resource, &rl) == -1)
		return (false);
	rl.rlim_cur = rl.rlim_max = rl.rlim_max < n ? rl.rlim_max : n;
	return (setrlimit(resource, &rl) == 0);
}

/* Each is tried, whatever became of the one before. */
static bool
priv_limits(const struct priv *p)
{
	bool	 all = os_not_dumpable() == 0;

	all &= priv_limit(RLIMIT_NOFILE, p->nofile);
	all &= priv_limit(RLIMIT_NPROC, 0);
	all &= priv_limit(RLIMIT_CORE, 0);
#ifndef NTPSD_SANITIZE		/* a sanitizer's report goes to a file */
	all &= priv_limit(RLIMIT_FSIZE, p->fsize);
	if (p->data != 0)
		all &= priv_limit(RLIMIT_DATA, p->data);
#endif
	return (all);
}

uint32_t
priv_drop(const struct priv *p)
{
	uint32_t	 missing = 0;

	if (p->root)
		priv_leave_root(p);
	else
		missing |= LAYER_CHROOT | LAYER_UID;
	if (os_caps_none() == -1)
		missing |= LAYER_CAPS;
	if (os_no_new_privs() == -1)
		missing |= LAYER_NNP;
	if (!priv_limits(p))
		missing |= LAYER_RLIMIT;
	if (os_die_with_parent() == -1)
		missing |= LAYER_DEATHSIG;
	return (missing);
}
