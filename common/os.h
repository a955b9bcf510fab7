/* SPDX-License-Identifier: ISC */
/*
 * What differs between operating systems, and nothing else sees it: one
 * implementation file each (os_linux.c, os_openbsd.c).
 * Functions that return int give 0, or -1 with errno, unless they say more.
 */
#ifndef OS_H
#define OS_H

#include <sys/socket.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "addr.h"
#include "clock.h"
#include "prefix.h"

#define OS_CONTROL_LEN	192	/* control octets of a received packet */
#define OS_FILTER_MAX	16	/* prefixes of one filter */

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
 * os_udp_adopt: makes a bound socket that came from elsewhere like ours, with a
 *	buffer as above, and without a filter of its packets.
 * os_udp_device: the interface that it is limited to, "" for none; into
 *	ADDR_IFNAMSIZ octets.
 * os_port_holder: describes the process that holds the address, "chronyd
 *	(pid 7)"; false when that cannot be told.  Not one of our n sockets.
 * os_port_foreign: whether a socket other than our n overlaps the address.
 */
int	os_udp_socket(int, uint64_t);
int	os_udp_bind(int, const struct addr *, const char *);
int	os_udp_share(int, bool);
uint64_t os_udp_buffer(int);
int	os_udp_adopt(int, const struct addr *, uint64_t);
void	os_udp_device(int, char *);
uint32_t os_udp_drops(int);
bool	os_port_holder(const struct addr *, const int *, size_t, char *,
	    size_t);
bool	os_port_foreign(const struct addr *, const int *, size_t);

/*
 * Programs that the kernel runs for each packet; -1 where it has none.
 * os_udp_steer: of the sockets that share this one's address, in the order in
 *	which they were bound, each source's packets go to the one of the first
 *	`workers' that steer_index (steer.h) says.  Family, workers, bits of
 *	the prefix, multiplier.
 * os_udp_filter: drops packets from any of n prefixes, of this socket's
 *	family, but for a random share: leak of 2^32.  In place of the filter
 *	before; os_udp_drops counts what it drops.
 * os_udp_shut: drops all that comes, in place of a filter before.
 * os_udp_unfilter: without one again; -1 if there was none.
 */
int	os_udp_steer(int, int, unsigned int, unsigned int, uint32_t);
int	os_udp_filter(int, const struct prefix *, unsigned int, uint32_t);
int	os_udp_shut(int);
int	os_udp_unfilter(int);

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

/*
 * Transmit stamps, for some replies alone.
 * os_tx_stamp: asks for one for a message that os_rx_control has prepared,
 *	with a buffer of OS_CONTROL_LEN octets; -1 where there are none.
 * os_tx_stamp_read: the next packet that comes back, with its headers, and
 *	when it left; 0 for an error that is no stamp, -1 when there is none.
 */
int	os_tx_stamp(struct msghdr *, void *);
ssize_t	os_tx_stamp_read(int, void *, size_t, struct timespec *);

/* Memory */

/* Memory to share between parent and engines that nobody can resize. */
int	os_memory(const char *, size_t);

/*
 * Memory that the parent keeps and engines work in, one after the other.
 * os_memory_map: all of it, to read and write, from large pages where they can
 *	be had, which save look-ups in a large table; closes the descriptor.
 *	NULL with errno, also for memory of another size.
 * os_memory_fill: touches it, so that there is no page fault later.
 * os_memory_large: makes large pages of what was touched, where shared memory
 *	gets none by itself; they stay when it passes to another process.
 * os_memory_zero: what is mapped is zero again.
 * os_memory_clear: the same for a descriptor of so many octets.
 */
void	*os_memory_map(int, size_t);
int	os_memory_fill(void *, size_t);
void	os_memory_large(void *, size_t);
void	os_memory_zero(void *, size_t);
int	os_memory_clear(int, size_t);

/*
 * Blobs: memory that one process fills and others read, and that nobody can
 * change in between.
 * os_blob_make: one with these contents; a descriptor, or -1.
 * os_blob_size: octets of a descriptor that a stranger says is one; -1 with
 *	EINVAL if it is none, or larger than max.
 * os_blob_map, os_blob_unmap: its contents, to be read alone; NULL with errno.
 */
int	os_blob_make(const char *, const void *, size_t);
ssize_t	os_blob_size(int, size_t);
const void *os_blob_map(int, size_t);
void	os_blob_unmap(const void *, size_t);

/*
 * os_secret_alloc: zeroed memory for keys: not in a core file, not swapped out
 *	where that can be had; NULL with errno.
 * os_secret_free: wipes it and gives it back.
 */
void	*os_secret_alloc(size_t);
void	os_secret_free(void *, size_t);

/* Processors */

/*
 * os_cpus: how many the process may run on, at least 1.
 * os_pin: keeps the process on the index-th of those, counted round; -1: on
 *	any of them again.
 * os_slice: how many nanoseconds at a time this process asks of a processor
 *	that others want too, 0: as many as all; whoever asks for less gets it
 *	sooner, and as often.  Child processes inherit it.  Without effect where
 *	the kernel knows of no such thing.
 */
unsigned int	os_cpus(void);
int	os_pin(int);
void	os_slice(uint64_t);

/* Clock */

int	os_clock_kernel(struct clock_kernel *);

/*
 * Short waits, of some microseconds.
 * os_wait_set: makes them exact, as they are not for everybody; -1 where they
 *	cannot be had.
 * os_wait: waits so many nanoseconds, or less when a signal comes.
 */
int	os_wait_set(void);
void	os_wait(uint64_t);

#endif /* OS_H */
