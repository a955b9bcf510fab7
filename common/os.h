/* SPDX-License-Identifier: ISC */
/*
 * What differs between operating systems, and nothing else sees it: one
 * implementation file each (os_linux.c, os_openbsd.c).
 * Functions that return int give 0, or -1 with errno, unless they say more.
 */
#ifndef OS_H
#define OS_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "addr.h"
#include "clock.h"

#define OS_CONTROL_LEN	128	/* control octets of a received packet */

/* Privileges */

/*
 * os_exec_self: executes the running program anew, even when its file was
 *	replaced since; returns only on failure.
 * os_name: what ps(1) calls the process where it shows no arguments.
 * os_caps_keep: a root process keeps what the parent needs for its life
 *	(bind low ports, change uid and gid, chroot, kill); for the rest of
 *	its life and its children's.
 * os_caps_none: gives up every capability.
 * os_no_new_privs: no execve from here on gains a privilege.
 * os_die_with_parent: SIGKILL when the parent dies; call it after the last
 *	change of uid, which clears it.
 * os_not_dumpable: no core, and no ptrace by processes of the same uid.
 */
int	os_exec_self(char *const []);
void	os_name(const char *);
int	os_caps_keep(void);
int	os_caps_none(void);
int	os_no_new_privs(void);
int	os_die_with_parent(void);
int	os_not_dumpable(void);

/* Sockets */

/*
 * os_udp_socket: an unbound IPv4 or IPv6-only socket, with receive timestamps
 *	on and as large a receive buffer as can be had up to `buffer` octets.
 * os_udp_bind: binds it, even to an address that the machine lacks today;
 *	ifname limits it to an interface unless it is NULL or "".  Destination
 *	addresses are asked for where the bound address does not tell them.
 * os_udp_share: lets (or no longer lets) another socket of ours bind an
 *	address that overlaps.
 * os_udp_buffer: octets of receive buffer, as os_udp_socket counts them.
 * os_udp_drops: requests the kernel dropped at this socket since it was made.
 * os_port_holder: describes the process that holds the address, "chronyd
 *	(pid 7)"; false when that cannot be told.  Not one of our n sockets.
 * os_port_foreign: whether a socket other than our n overlaps the address.
 */
int	os_udp_socket(int, uint64_t);
int	os_udp_bind(int, const struct addr *, const char *);
int	os_udp_share(int, bool);
uint64_t os_udp_buffer(int);
uint32_t os_udp_drops(int);
bool	os_port_holder(const struct addr *, const int *, size_t, char *,
	    size_t);
bool	os_port_foreign(const struct addr *, const int *, size_t);

/* What came along with a packet. */
struct os_rx {
	struct timespec	 stamp;		/* of its arrival, if has_stamp */
	bool		 has_stamp;
	bool		 not_unicast;	/* broadcast or multicast destination */
	bool		 has_dst;
	const uint8_t	*dst;		/* 4 or 16 octets in the message */
};

/*
 * Reads the control part of a received message and turns it into the one that
 * sends the reply from the address the request came to.  The hot path.
 */
void	os_rx_control(struct msghdr *, struct os_rx *);

/* Memory */

/* A page shared between parent and engines that nobody can resize. */
int	os_state_page(const char *, size_t);

/* Asks for large pages, which save look-ups in a large table. */
void	os_huge_pages(void *, size_t);

/* Clock */

int	os_clock_kernel(struct clock_kernel *);

#endif /* OS_H */
