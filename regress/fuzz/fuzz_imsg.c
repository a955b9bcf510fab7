/* SPDX-License-Identifier: ISC */
/*
 * Octets from a hostile peer through imsgbuf_read and imsgbuf_get.  The first
 * octet chooses how many go out at a time, the second how they are dotted
 * with descriptors and whether those are allowed.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define PAYLOAD_MAX	1000

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
send_chunk(int s, const uint8_t *data, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(3 * sizeof(int))];
	}		 control;
	struct msghdr	 msg;
	struct iovec	 iov;
	int		 fds[3] = { 2, 2, 2 };

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
		control.hdr.cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.hdr), fds,
		    (size_t)nfds * sizeof(int));
	}
	return (sendmsg(s, &msg, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1);
}

/* -1 when the connection would be closed. */
static int
receive(struct imsgbuf *ibuf, size_t *octets)
{
	struct imsg	 imsg;
	int		 n;

	if (imsgbuf_read(ibuf) != 1)
		return (-1);
	while ((n = imsgbuf_get(ibuf, &imsg)) > 0) {
		if ((size_t)n != imsg_get_len(&imsg) + IMSG_HEADER_SIZE ||
		    imsg_get_len(&imsg) > PAYLOAD_MAX)
			abort();
		*octets += (size_t)n;
		imsg_free(&imsg);
	}
	if (ibuf->r_len > 2 * (PAYLOAD_MAX + IMSG_HEADER_SIZE) ||
	    ibuf->r_nfds > 8)
		abort();
	return (n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct imsgbuf	 ibuf;
	size_t		 chunk, n, sent = 0, octets = 0;
	unsigned int	 dots;
	int		 sp[2], lowest, fd;

	if (len < 2)
		return (0);
	lowest = dup(2);
	close(lowest);
	chunk = (size_t)data[0] * 8 + 1;
	dots = data[1];
	data += 2;
	len -= 2;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sp) == -1 ||
	    imsgbuf_init(&ibuf, sp[1]) == -1 ||
	    imsgbuf_set_maxsize(&ibuf, PAYLOAD_MAX) == -1)
		abort();
	if (dots & 0x80)
		imsgbuf_allow_fdpass(&ibuf);
	while (sent < len) {
		n = len - sent < chunk ? len - sent : chunk;
		if (send_chunk(sp[0], data + sent, n, dots & 3) == -1)
			break;
		dots = dots >> 2 | (dots & 3) << 6;
		sent += n;
		if (receive(&ibuf, &octets) == -1)
			break;
	}
	if (octets > sent)
		abort();
	imsgbuf_clear(&ibuf);
	close(sp[0]);
	close(sp[1]);
	/* The lowest free descriptor moves up when one leaked. */
	if ((fd = dup(2)) != lowest)
		abort();
	close(fd);
	return (0);
}
