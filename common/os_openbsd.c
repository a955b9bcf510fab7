/* SPDX-License-Identifier: ISC */
/*
 * os.h on OpenBSD.  Untried: written from the manual pages, compiled and run
 * by nobody yet.  What the system does not have is reported as missing
 * (`ntpsctl show status'), never passed over.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os.h"

/* There is no name for the running file: the installed one is taken. */
int
os_exec_self(char *const argv[])
{
	return (execv(NTPSD_PATH, argv));
}

/* It is the file's name, which is right. */
void
os_name(const char *name)
{
	(void)name;
}

/* Root has no capabilities to choose from; a uid without them is all. */
int
os_caps_keep(void)
{
	return (0);
}

int
os_caps_none(void)
{
	return (0);
}

/* pledge(2) without "exec" and "id" will be what stands for this. */
int
os_no_new_privs(void)
{
	errno = ENOSYS;
	return (-1);
}

/* The channel's end is what a child notices. */
int
os_die_with_parent(void)
{
	errno = ENOSYS;
	return (-1);
}

/* A process that changed its uid dumps no core, and is not traced. */
int
os_not_dumpable(void)
{
	return (0);
}

static int
udp_options(int fd, uint64_t buffer)
{
	int	 on = 1, octets;

	/* Too much is an error here: halve until it fits. */
	for (octets = (int)buffer; octets > 8192; octets /= 2)
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets,
		    sizeof(octets)) == 0)
			break;
	return (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)));
}

int
os_udp_socket(int family, uint64_t buffer)
{
	int	 fd, saved;

	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if (udp_options(fd, buffer) == 0)
		return (fd);
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}

/* Destination addresses, where the bound one does not tell them. */
static int
udp_destination(int fd, const struct addr *addr)
{
	int	 on = 1, v6 = addr->family == AF_INET6;

	if (!addr_is_wildcard(addr))
		return (0);
	return (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    v6 ? IPV6_RECVPKTINFO : IP_RECVDSTADDR, &on, sizeof(on)));
}

int
os_udp_adopt(int fd, const struct addr *addr, uint64_t buffer)
{
	return (udp_options(fd, buffer) == -1 ? -1 :
	    udp_destination(fd, addr));
}

void
os_udp_device(int fd, char *name)
{
	(void)fd;
	*name = '\0';
}

int
os_udp_bind(int fd, const struct addr *addr, const char *ifname)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 on = 1;

	if (ifname != NULL && *ifname != '\0') {
		errno = EOPNOTSUPP;
		return (-1);
	}
	if (addr->family != AF_INET6)
		setsockopt(fd, SOL_SOCKET, SO_BINDANY, &on, sizeof(on));
	if (udp_destination(fd, addr) == -1)
		return (-1);
	len = addr_to_sockaddr(addr, &ss);
	return (bind(fd, (struct sockaddr *)&ss, len));
}

int
os_udp_share(int fd, bool share)
{
	int	 on = share;

	return (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)));
}

uint64_t
os_udp_buffer(int fd)
{
	int		 octets;
	socklen_t	 len = sizeof(octets);

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, &len) == -1)
		return (0);
	return ((uint64_t)octets);
}

/* Counted for the whole system alone (netstat -s). */
uint32_t
os_udp_drops(int fd)
{
	(void)fd;
	return (0);
}

/* fstat(1) finds it, for root, with libkvm; not worth that much. */
bool
os_port_holder(const struct addr *addr, const int *ours, size_t n, char *buf,
    size_t len)
{
	(void)addr;
	(void)ours;
	(void)n;
	(void)buf;
	(void)len;
	return (false);
}

/* Sockets of one uid share a port only if all of them say so. */
bool
os_port_foreign(const struct addr *addr, const int *ours, size_t n)
{
	(void)addr;
	(void)ours;
	(void)n;
	return (false);
}

void
os_rx_control(struct msghdr *msg, struct os_rx *rx)
{
	struct cmsghdr		*c, *source = NULL;
	struct in6_pktinfo	*v6;
	struct timeval		 tv;

	rx->has_stamp = rx->not_unicast = rx->has_dst = false;
	if (msg->msg_flags & (MSG_BCAST | MSG_MCAST))
		rx->not_unicast = true;
	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMP) {
			memcpy(&tv, CMSG_DATA(c), sizeof(tv));
			TIMEVAL_TO_TIMESPEC(&tv, &rx->stamp);
			rx->has_stamp = true;
		} else if (c->cmsg_level == IPPROTO_IP &&
		    c->cmsg_type == IP_RECVDSTADDR) {
			rx->dst = (const uint8_t *)CMSG_DATA(c);
			rx->has_dst = true;
			c->cmsg_type = IP_SENDSRCADDR;
			source = c;
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			v6 = (struct in6_pktinfo *)(void *)CMSG_DATA(c);
			rx->dst = v6->ipi6_addr.s6_addr;
			rx->has_dst = true;
			if (!IN6_IS_ADDR_LINKLOCAL(&v6->ipi6_addr))
				v6->ipi6_ifindex = 0;
			source = c;
		}
	}
	msg->msg_control = source;
	msg->msg_controllen = source == NULL ? 0 : CMSG_ALIGN(source->cmsg_len);
}

int
os_memory(const char *name, size_t size)
{
	char	 path[] = "/tmp/ntpsd.XXXXXXXXXX";
	int	 fd;

	(void)name;
	if ((fd = shm_mkstemp(path)) == -1)
		return (-1);
	shm_unlink(path);
	if (ftruncate(fd, (off_t)size) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

/* There are no seals: a reader takes a copy, which nobody else can change. */
int
os_blob_make(const char *name, const void *data, size_t len)
{
	int	 fd;

	if ((fd = os_memory(name, len)) == -1)
		return (-1);
	if (pwrite(fd, data, len, 0) != (ssize_t)len) {
		close(fd);
		return (-1);
	}
	return (fd);
}

ssize_t
os_blob_size(int fd, size_t max)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1 || st.st_size <= 0 ||
	    (uintmax_t)st.st_size > max) {
		errno = EINVAL;
		return (-1);
	}
	return ((ssize_t)st.st_size);
}

const void *
os_blob_map(int fd, size_t len)
{
	void	*mem;

	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON |
	    MAP_CONCEAL, -1, 0);
	if (mem == MAP_FAILED)
		return (NULL);
	if (pread(fd, mem, len, 0) != (ssize_t)len ||
	    mprotect(mem, len, PROT_READ) == -1) {
		munmap(mem, len);
		return (NULL);
	}
	return (mem);
}

void
os_blob_unmap(const void *mem, size_t len)
{
	munmap((void *)(uintptr_t)mem, len);
}

void *
os_secret_alloc(size_t len)
{
	void	*mem;

	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON |
	    MAP_CONCEAL, -1, 0);
	return (mem == MAP_FAILED ? NULL : mem);
}

void
os_secret_free(void *mem, size_t len)
{
	explicit_bzero(mem, len);
	munmap(mem, len);
}

void *
os_memory_map(int fd, size_t len)
{
	struct stat	 st;
	void		*mem = MAP_FAILED;

	if (fstat(fd, &st) == 0 && st.st_size == (off_t)len)
		mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	close(fd);
	return (mem == MAP_FAILED ? NULL : mem);
}

int
os_memory_fill(void *mem, size_t len)
{
	volatile char	*p = mem;
	size_t		 i;

	for (i = 0; i < len; i += 4096)
		p[i] = p[i];
	return (0);
}

void
os_memory_large(void *mem, size_t len)
{
	(void)mem;
	(void)len;
}

void
os_memory_zero(void *mem, size_t len)
{
	memset(mem, 0, len);
}

int
os_memory_clear(int fd, size_t len)
{
	if (ftruncate(fd, 0) == -1)
		return (-1);
	return (ftruncate(fd, (off_t)len));
}

/* The kernel tells nobody when a packet left. */
int
os_tx_stamp(struct msghdr *msg, void *control)
{
	(void)msg;
	(void)control;
	return (-1);
}

ssize_t
os_tx_stamp_read(int fd, void *buf, size_t len, struct timespec *when)
{
	(void)fd;
	(void)buf;
	(void)len;
	(void)when;
	return (-1);
}

/* Sleep ends with a tick of the clock, of 10 ms. */
int
os_wait_set(void)
{
	errno = ENOSYS;
	return (-1);
}

void
os_wait(uint64_t ns)
{
	(void)ns;
}

/* The kernel keeps no word on its clock's error. */
int
os_clock_kernel(struct clock_kernel *k)
{
	memset(k, 0, sizeof(*k));
	errno = ENOSYS;
	return (-1);
}

/* One engine: there is no steering of requests here. */
unsigned int
os_cpus(void)
{
	return (1);
}

int
os_pin(int index)
{
	(void)index;
	return (0);
}

void
os_slice(uint64_t ns)
{
	(void)ns;
}
