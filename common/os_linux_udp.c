/* SPDX-License-Identifier: ISC */
/* os.h on Linux: sockets, and who holds a port. */

#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os.h"

#define SEND_BUFFER	(1024 * 1024)	/* octets, as SO_SNDBUF counts them */

static int
udp_options(int fd, uint64_t buffer)
{
	int	 on = 1, octets;

	/* The kernel doubles the number, to allow for its own overhead. */
	octets = (int)(buffer / 2);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets,
	    sizeof(octets)) == -1 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets,
	    sizeof(octets)) == -1)
		return (-1);
	/* Room for the replies to a full receive buffer's bursts. */
	octets = SEND_BUFFER / 2;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &octets,
	    sizeof(octets)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets,
		    sizeof(octets));
	return (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)));
}

/* Destination addresses, where the bound one does not tell them. */
static int
udp_destination(int fd, const struct addr *addr)
{
	int	 on = 1, v6 = addr->family == AF_INET6;

	if (!addr_is_wildcard(addr))
		return (0);
	return (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof(on)));
}

int
os_udp_adopt(int fd, const struct addr *addr, uint64_t buffer)
{
	(void)os_udp_unfilter(fd);
	/* Perhaps it has more than we may ask for. */
	if (os_udp_buffer(fd) >= buffer)
		buffer = os_udp_buffer(fd);
	return (udp_options(fd, buffer) == -1 ? -1 :
	    udp_destination(fd, addr));
}

int
os_udp_socket(int family, uint64_t buffer)
{
	int	 fd, on = 1, saved;

	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if (udp_options(fd, buffer) == -1)
		goto fail;
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
	    &on, sizeof(on)) == -1)
		goto fail;
	return (fd);
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}

void
os_udp_device(int fd, char *name)
{
	socklen_t	 len = ADDR_IFNAMSIZ;

	memset(name, 0, ADDR_IFNAMSIZ);
	(void)getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len);
	name[ADDR_IFNAMSIZ - 1] = '\0';
}

/* Without CAP_NET_RAW a socket can be bound to a device once. */
static bool
udp_on_device(int fd, const char *ifname)
{
	char	 name[ADDR_IFNAMSIZ];

	os_udp_device(fd, name);
	return (strcmp(name, ifname) == 0);
}

int
os_udp_bind(int fd, const struct addr *addr, const char *ifname)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 on = 1, v6 = addr->family == AF_INET6;

	if (ifname != NULL && *ifname != '\0' && !udp_on_device(fd, ifname) &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname,
	    strlen(ifname) + 1) == -1)
		return (-1);
	if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    v6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof(on)) == -1)
		return (-1);
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

uint32_t
os_udp_drops(int fd)
{
	uint32_t	 info[SK_MEMINFO_VARS];
	socklen_t	 len = sizeof(info);

	memset(info, 0, sizeof(info));
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) == -1)
		return (0);
	return (info[SK_MEMINFO_DROPS]);
}

void
os_rx_control(struct msghdr *msg, struct os_rx *rx)
{
	struct cmsghdr		*c, *source = NULL;
	struct in_pktinfo	*v4;
	struct in6_pktinfo	*v6;

	rx->has_stamp = rx->not_unicast = rx->has_dst = false;
	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&rx->stamp, CMSG_DATA(c), sizeof(rx->stamp));
			rx->has_stamp = true;
		} else if (c->cmsg_level == IPPROTO_IP &&
		    c->cmsg_type == IP_PKTINFO) {
			v4 = (struct in_pktinfo *)(void *)CMSG_DATA(c);
			/* The local address differs from what was asked. */
			rx->not_unicast =
			    v4->ipi_spec_dst.s_addr != v4->ipi_addr.s_addr;
			rx->dst = (const uint8_t *)&v4->ipi_addr;
			rx->has_dst = true;
			/*
			 * The route chooses the interface, not the request;
			 * but a link-local address means nothing without one.
			 */
			if (rx->dst[0] != 169 || rx->dst[1] != 254)
				v4->ipi_ifindex = 0;
			source = c;
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			v6 = (struct in6_pktinfo *)(void *)CMSG_DATA(c);
			rx->not_unicast = v6->ipi6_addr.s6_addr[0] == 0xff;
			rx->dst = v6->ipi6_addr.s6_addr;
			rx->has_dst = true;
			if (!IN6_IS_ADDR_LINKLOCAL(&v6->ipi6_addr))
				v6->ipi6_ifindex = 0;
			source = c;
		}
	}
	msg->msg_control = source;
	msg->msg_controllen = source == NULL ? 0 :
	    CMSG_ALIGN(source->cmsg_len);
}

/* They come back as receive stamps do, for the socket has asked for those. */
int
os_tx_stamp(struct msghdr *msg, void *control)
{
	uint32_t	 what = SOF_TIMESTAMPING_TX_SOFTWARE;
	struct cmsghdr	*c;

	if (msg->msg_controllen > 0)
		memmove(control, msg->msg_control, msg->msg_controllen);
	c = (struct cmsghdr *)(void *)((char *)control + msg->msg_controllen);
	memset(c, 0, CMSG_SPACE(sizeof(what)));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_TIMESTAMPING;
	c->cmsg_len = CMSG_LEN(sizeof(what));
	memcpy(CMSG_DATA(c), &what, sizeof(what));
	msg->msg_control = control;
	msg->msg_controllen += CMSG_SPACE(sizeof(what));
	return (0);
}

ssize_t
os_tx_stamp_read(int fd, void *buf, size_t len, struct timespec *when)
{
	char		 control[512] __attribute__((__aligned__(16)));
	struct iovec	 iov = { buf, len };
	struct msghdr	 msg;
	struct cmsghdr	*c;
	ssize_t		 n;
	bool		 stamped = false;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	if ((n = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT)) == -1)
		return (-1);
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(when, CMSG_DATA(c), sizeof(*when));
			stamped = true;
		}
	return (stamped && (msg.msg_flags & MSG_TRUNC) == 0 ? n : 0);
}

static bool
is_ours(unsigned long inode, const int *ours, size_t n)
{
	struct stat	 st;
	size_t		 i;

	for (i = 0; i < n; i++)
		if (fstat(ours[i], &st) == 0 && st.st_ino == inode)
			return (true);
	return (false);
}

/*
 * The inode and owner of a UDP socket that overlaps addr and is not one of
 * ours, from one of /proc/net's files.
 */
static bool
udp_inode(bool v6, const struct addr *addr, const int *ours, size_t nours,
    unsigned long *inode, unsigned int *uid)
{
	FILE		*f;
	char		 line[512], hex[33];
	uint32_t	 words[4], any[4] = { 0, 0, 0, 0 };
	unsigned int	 port;
	size_t		 i, n = v6 ? 4 : 1;
	bool		 found = false;

	/* /proc/net leads there, where there is such a link. */
	f = fopen(v6 ? "/proc/self/net/udp6" : "/proc/self/net/udp", "re");
	if (f == NULL)
		return (false);
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, " %*d: %32[0-9A-F]:%X %*s %*s %*s %*s %*s "
		    "%u %*d %lu", hex, &port, uid, inode) != 4 ||
		    port != addr->port || strlen(hex) != n * 8)
			continue;
		for (i = 0; i < n; i++)
			if (sscanf(hex + i * 8, "%8X", &words[i]) != 1)
				break;
		found = i == n && !is_ours(*inode, ours, nours) &&
		    (addr_is_wildcard(addr) ||
		    memcmp(words, any, n * 4) == 0 ||
		    (v6 == (addr->family == AF_INET6) &&
		    memcmp(words, addr->ip, n * 4) == 0));
	}
	fclose(f);
	return (found);
}

bool
os_port_foreign(const struct addr *addr, const int *ours, size_t n)
{
	unsigned long	 inode;
	unsigned int	 uid;

	return (udp_inode(addr->family == AF_INET6, addr, ours, n, &inode,
	    &uid));
}

/* Whether one of the descriptors of process pid is the socket `link`. */
static bool
pid_has_link(const char *pid, const char *link)
{
	DIR		*dir;
	struct dirent	*de;
	char		 path[300], to[64];
	ssize_t		 n;
	bool		 found = false;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return (false);
	while (!found && (de = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), de->d_name, to, sizeof(to) - 1);
		if (n == -1)
			continue;
		to[n] = '\0';
		found = strcmp(to, link) == 0;
	}
	closedir(dir);
	return (found);
}

static void
pid_name(const char *pid, char *name, size_t len)
{
	FILE	*f;
	char	 path[300];

	strlcpy(name, "process", len);
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fgets(name, (int)len, f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

bool
os_port_holder(const struct addr *addr, const int *ours, size_t n, char *buf,
    size_t len)
{
	DIR		*dir;
	struct dirent	*de;
	char		 link[64], name[64];
	unsigned long	 inode = 0;
	unsigned int	 uid = 0;
	bool		 found = false;

	/* An IPv6 socket may hold the port for IPv4 too. */
	if (!udp_inode(addr->family == AF_INET6, addr, ours, n, &inode,
	    &uid) && !udp_inode(true, addr, ours, n, &inode, &uid))
		return (false);
	snprintf(link, sizeof(link), "socket:[%lu]", inode);
	if ((dir = opendir("/proc")) == NULL)
		return (false);
	while (!found && (de = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)de->d_name[0]) ||
		    !pid_has_link(de->d_name, link))
			continue;
		pid_name(de->d_name, name, sizeof(name));
		snprintf(buf, len, "%s (pid %s)", name, de->d_name);
		found = true;
	}
	closedir(dir);
	if (!found)
		snprintf(buf, len, "a process of uid %u", uid);
	return (true);
}
