/* SPDX-License-Identifier: ISC */
/*
 * How a child gives up its privileges, in visible steps and for good.
 */
#ifndef PRIV_H
#define PRIV_H

#include <sys/types.h>
#include <sys/resource.h>

#include <stdbool.h>
#include <stdint.h>

struct priv {
	bool		 root;		/* uid, gid and chroot are to be used */
	uid_t		 uid;
	gid_t		 gid;
	const char	*chroot;
	unsigned int	 nofile;	/* descriptors it may have open */
	rlim_t		 fsize;		/* octets of a file it may write */
	rlim_t		 data;		/* octets of memory; 0: no limit */
};

/*
 * Leaves for the chroot and the uid, drops capabilities, forbids new ones,
 * limits resources.  Returns the LAYER_ bits (msg.h) that could not be had, as
 * without root; ends the process where a step fails that had to work.
 */
uint32_t	priv_drop(const struct priv *);

#endif /* PRIV_H */
