/* SPDX-License-Identifier: ISC */
/*
 * floor: the least that a UDP server can do and still send a 48-octet NTP
 * reply.  No checks, limits or counters: the yardstick that a real server's
 * cost is divided by.
 *
 *	floor simple		recvfrom, sendto
 *	floor mmsg [-b N]	recvmmsg, sendmmsg, N messages a call (32)
 *	           [-t]		with the kernel's receive timestamps
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NTP_LEN		48
#define BATCH_MAX	256
#define EPOCH		2208988800ULL	/* 1900 to 1970, seconds */

static void
put_time(uint8_t *p, const struct timespec *ts)
{
	uint32_t	 v[2];

	v[0] = htonl((uint32_t)(ts->tv_sec + EPOCH));
	v[1] = htonl((uint32_t)(((uint64_t)ts->tv_nsec << 32) / 1000000000));
	memcpy(p, v, sizeof(v));
}

static void
reply(uint8_t *p, const struct timespec *rx)
{
	struct timespec	 now;

	clock_gettime(CLOCK_REALTIME, &now);
	memcpy(p + 24, p + 40, 8);		/* origin */
	p[0] = (p[0] & 0x38) | 4;
	p[1] = 2;
	p[3] = 0xe9;
	memset(p + 4, 0, 8);
	memcpy(p + 12, "LOCL", 4);
	put_time(p + 16, rx != NULL ? rx : &now);
	put_time(p + 32, rx != NULL ? rx : &now);
	put_time(p + 40, &now);
}

static void
simple(int fd)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	uint8_t			 buf[512];

	for (;;) {
		len = sizeof(ss);
		if (recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&ss,
		    &len) < NTP_LEN)
			continue;
		reply(buf, NULL);
		sendto(fd, buf, NTP_LEN, 0, (struct sockaddr *)&ss, len);
	}
}

static void
mmsg(int fd, int batch, int stamps)
{
	static struct mmsghdr		 mm[BATCH_MAX];
	static struct iovec		 iov[BATCH_MAX];
	static struct sockaddr_storage	 ss[BATCH_MAX];
	static uint8_t			 buf[BATCH_MAX][512];
	static char			 ctl[BATCH_MAX][128];
	struct cmsghdr			*c;
	struct timespec			*rx;
	int				 i, n, sent, on = 1;

	if (stamps && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on,
	    sizeof(on)) == -1)
		err(1, "SO_TIMESTAMPNS");
	for (;;) {
		for (i = 0; i < batch; i++) {
			iov[i] = (struct iovec){ buf[i], sizeof(buf[i]) };
			mm[i].msg_hdr = (struct msghdr){ &ss[i],
			    sizeof(ss[i]), &iov[i], 1, stamps ? ctl[i] : NULL,
			    stamps ? sizeof(ctl[i]) : 0, 0 };
		}
		n = recvmmsg(fd, mm, batch, MSG_WAITFORONE, NULL);
		for (i = 0; i < n; i++) {
			rx = NULL;
			if (stamps && (c = CMSG_FIRSTHDR(&mm[i].msg_hdr)))
				rx = (struct timespec *)(void *)CMSG_DATA(c);
			reply(buf[i], rx);
			iov[i].iov_len = NTP_LEN;
			mm[i].msg_hdr.msg_control = NULL;
			mm[i].msg_hdr.msg_controllen = 0;
		}
		for (i = 0; i < n; i += sent)
			if ((sent = sendmmsg(fd, mm + i, n - i, 0)) < 1)
				sent = 1;
	}
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in6	 sin6 = { .sin6_family = AF_INET };
	int			 fd, c, batch = 32, stamps = 0, on = 1;
	int			 rcvbuf = 4 << 20;
	const char		*mode = argc > 1 ? argv[1] : "";

	for (optind = 2; (c = getopt(argc, argv, "6b:t")) != -1;)
		if (c == '6')
			sin6.sin6_family = AF_INET6;
		else if (c == 'b')
			batch = atoi(optarg);
		else if (c == 't')
			stamps = 1;
		else
			return (2);
	if (batch < 1 || batch > BATCH_MAX)
		errx(2, "batch: 1 to %d", BATCH_MAX);
	if ((fd = socket(sin6.sin6_family, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf,
	    sizeof(rcvbuf)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	/* The port stands at the same place for both, and no address is all. */
	sin6.sin6_port = htons(123);
	if (bind(fd, (struct sockaddr *)&sin6, sin6.sin6_family == AF_INET6 ?
	    sizeof(sin6) : sizeof(struct sockaddr_in)) == -1)
		err(1, "bind");
	if (strcmp(mode, "simple") == 0)
		simple(fd);
	else if (strcmp(mode, "mmsg") == 0)
		mmsg(fd, batch, stamps);
	errx(2, "usage: floor simple | mmsg [-6t] [-b N]");
}
