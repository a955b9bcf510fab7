/* SPDX-License-Identifier: ISC */
/*
 * ntpcrowd: requests from many sources.  Each of n addresses, one after the
 * other from the first on, asks once in each round; a few requests at a time,
 * so that a small receive buffer holds them, and the next few when these are
 * answered or their time is up.
 *
 * Addresses of 127.0.0.0/8 are anybody's to ask from; others need a route of
 * type local.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "ntp_packet.h"
#include "regress/tool/asker.h"

#define BATCH_MAX	64

struct crowd {
	struct sockaddr_storage	 to;
	socklen_t		 to_len;
	int			 fd;
	struct addr		 first;
	unsigned int		 step;		/* log2: between two sources */
	uint64_t		 sources, rounds;
	unsigned int		 batch;
	int			 wait;		/* ms for an answer */
	uint64_t		 sent, answered, kisses;
};

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* The address so many steps after the first. */
static void
source(const struct crowd *c, uint64_t i, uint8_t *ip)
{
	unsigned int	 n = c->first.family == AF_INET6 ? 16 : 4;
	uint64_t	 more = i << c->step % 8;

	memcpy(ip, c->first.ip, n);
	n -= c->step / 8;
	while (n-- > 0 && more > 0) {
		more += ip[n];
		ip[n] = (uint8_t)more;
		more >>= 8;
	}
}

static void
crowd_send(struct crowd *c, uint64_t i)
{
	union {
		struct cmsghdr	 hdr;
		uint8_t		 buf[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	struct in_pktinfo	 v4;
	struct in6_pktinfo	 v6;
	struct msghdr		 h;
	struct iovec		 iov;
	uint8_t			 buf[NTP_HEADER_LEN];
	bool			 is6 = c->first.family == AF_INET6;

	memset(buf, 0, sizeof(buf));
	buf[0] = 4 << 3 | NTP_MODE_CLIENT;
	arc4random_buf(buf + NTP_OFF_TRANSMIT, 8);
	memset(&control, 0, sizeof(control));
	memset(&h, 0, sizeof(h));
	memset(&v4, 0, sizeof(v4));
	memset(&v6, 0, sizeof(v6));
	iov.iov_base = buf;
	iov.iov_len = sizeof(buf);
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	h.msg_name = &c->to;
	h.msg_namelen = c->to_len;
	h.msg_control = control.buf;
	h.msg_controllen = is6 ? CMSG_SPACE(sizeof(v6)) :
	    CMSG_SPACE(sizeof(v4));
	control.hdr.cmsg_level = is6 ? IPPROTO_IPV6 : IPPROTO_IP;
	control.hdr.cmsg_type = is6 ? IPV6_PKTINFO : IP_PKTINFO;
	control.hdr.cmsg_len = is6 ? CMSG_LEN(sizeof(v6)) :
	    CMSG_LEN(sizeof(v4));
	if (is6) {
		source(c, i, v6.ipi6_addr.s6_addr);
		memcpy(CMSG_DATA(&control.hdr), &v6, sizeof(v6));
	} else {
		source(c, i, (uint8_t *)&v4.ipi_spec_dst);
		memcpy(CMSG_DATA(&control.hdr), &v4, sizeof(v4));
	}
	while (sendmsg(c->fd, &h, 0) == -1)
		if (errno != EINTR && errno != EAGAIN && errno != ENOBUFS)
			err(2, "sendmsg");
	c->sent++;
}

/* Takes what comes until all are answered, or for so long. */
static void
crowd_read(struct crowd *c)
{
	struct pollfd	 pfd = { .fd = c->fd, .events = POLLIN };
	uint8_t		 buf[1024];
	int64_t		 end = now_ms() + c->wait, left;
	uint64_t	 due = c->sent;

	while (c->answered + c->kisses < due && (left = end - now_ms()) > 0) {
		if (poll(&pfd, 1, (int)left) == -1 && errno != EINTR)
			err(2, "poll");
		while (recv(c->fd, buf, sizeof(buf), 0) >= NTP_HEADER_LEN) {
			if ((buf[0] & 7) != NTP_MODE_SERVER)
				continue;
			if (buf[NTP_OFF_STRATUM] == 0)
				c->kisses++;
			else
				c->answered++;
		}
	}
}

static void
crowd_open(struct crowd *c, const struct addr *to)
{
	struct addr		 any;
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 on = 1;

	memset(&any, 0, sizeof(any));
	any.family = to->family;
	c->to_len = addr_to_sockaddr(to, &c->to);
	len = addr_to_sockaddr(&any, &ss);
	if ((c->fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1 ||
	    bind(c->fd, (struct sockaddr *)&ss, len) == -1)
		err(2, "socket");
#ifdef IPV6_FREEBIND
	/* IPv4 asks for no more than the route. */
	if (to->family == AF_INET6)
		setsockopt(c->fd, IPPROTO_IPV6, IPV6_FREEBIND, &on,
		    sizeof(on));
#endif
}

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "usage: ntpcrowd [-b batch] [-n sources] [-q rounds] "
	    "[-s bits] [-w ms] first to\n"
	    "-s: two sources are 2^bits addresses apart\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	static struct crowd	 c;
	struct addr		 to;
	uint64_t		 i, round;
	int			 ch;

	c.sources = c.rounds = 1;
	c.batch = 16;
	c.wait = 2000;
	while ((ch = getopt(argc, argv, "b:n:q:s:w:")) != -1)
		switch (ch) {
		case 'b':
			c.batch = (unsigned int)asker_number(optarg, BATCH_MAX);
			break;
		case 'n':
			c.sources = asker_number(optarg, 1U << 31);
			break;
		case 'q':
			c.rounds = asker_number(optarg, 1U << 20);
			break;
		case 's':
			c.step = (unsigned int)asker_number(optarg, 120);
			break;
		case 'w':
			c.wait = (int)asker_number(optarg, 60000);
			break;
		default:
			usage();
		}
	if (argc != optind + 2 || addr_parse(&c.first, argv[optind], 0) == -1 ||
	    addr_parse(&to, argv[optind + 1], 0) == -1 ||
	    to.family != c.first.family ||
	    (to.family == AF_INET && c.step > 24))
		usage();
	crowd_open(&c, &to);
	for (round = 0; round < c.rounds; round++)
		for (i = 0; i < c.sources; i++) {
			crowd_send(&c, i);
			if (c.sent % c.batch == 0)
				crowd_read(&c);
		}
	crowd_read(&c);
	printf("sent=%" PRIu64 "\nanswered=%" PRIu64 "\nkisses=%" PRIu64 "\n",
	    c.sent, c.answered, c.kisses);
	return (0);
}
