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

static int
priv_limit(const struct priv *p)
{
	struct rlimit	 rl;

	rl.rlim_cur = rl.rlim_max = p->nofile;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		return (-1);
	rl.rlim_cur = rl.rlim_max = 0;
	if (setrlimit(RLIMIT_NPROC, &rl) == -1 ||
	    setrlimit(RLIMIT_CORE, &rl) == -1)
		return (-1);
#ifndef NTPSD_SANITIZE		/* a sanitizer's report goes to a file */
	if (setrlimit(RLIMIT_FSIZE, &rl) == -1)
		return (-1);
#endif
	return (0);
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
	if (os_not_dumpable() == -1 || priv_limit(p) == -1)
		missing |= LAYER_RLIMIT;
	if (os_die_with_parent() == -1)
		missing |= LAYER_DEATHSIG;
	return (missing);
}
