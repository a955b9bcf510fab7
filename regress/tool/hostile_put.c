/* SPDX-License-Identifier: ISC */
/* How a hostile child talks to the parent and to other children. */

#include <sys/socket.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

/* Waits for the end that the parent has in store. */
void
idle(void)
{
	for (;;)
		pause();
}

void
put_octets(const void *data, size_t len, const int *fds, unsigned int nfds)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(FDS_MANY * sizeof(int))];
	} control;
	struct msghdr	 msg;
	struct iovec	 iov;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		control.hdr.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.hdr), fds, nfds * sizeof(int));
	}
	/* Refused: the parent has closed, and our end is near. */
	if (sendmsg(PARENT_FILENO, &msg, MSG_NOSIGNAL) == -1)
		idle();
}

/* A message whose header says what it is told to say. */
void
put(uint32_t type, uint32_t len, const void *data, size_t n, const int *fds,
    unsigned int nfds)
{
	struct imsg_hdr	 hdr;
	uint8_t		 buf[sizeof(hdr) + sizeof(union msg_payload)];

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = len;
	memset(buf, 0, sizeof(buf));
	memcpy(buf, &hdr, sizeof(hdr));
	if (data != NULL)
		memcpy(buf + sizeof(hdr), data, n);
	put_octets(buf, sizeof(hdr) + n, fds, nfds);
}

/* A message as it ought to be. */
void
put_good(enum msg_type type, const void *data)
{
	size_t	 n = msg_size(type);

	put(type, (uint32_t)(sizeof(struct imsg_hdr) + n), data, n, NULL, 0);
}

/* A message to the parent that wants an answer. */
void
put_asking(enum msg_type type, const void *data)
{
	struct imsg_hdr	 hdr;
	uint8_t		 buf[sizeof(hdr) + sizeof(union msg_payload)];
	size_t		 n = msg_size(type);

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)(sizeof(hdr) + n);
	hdr.peerid = 1;
	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), data, n);
	put_octets(buf, sizeof(hdr) + n, NULL, 0);
}

void
put_hello(uint64_t catalogue)
{
	struct msg_hello	 m;

	memset(&m, 0, sizeof(m));
	m.catalogue = catalogue;
	put_good(MSG_HELLO, &m);
}

/* To the other child, so often; one that hangs up has understood. */
void
tell(enum msg_type type, const void *data, unsigned int times)
{
	struct imsg_hdr	 hdr;
	struct pollfd	 pfd = { me.peer, POLLOUT, 0 };
	uint8_t		 buf[sizeof(hdr) + sizeof(union msg_payload)];
	size_t		 len = sizeof(hdr) + msg_size(type), at;
	ssize_t		 n;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)len;
	hdr.peerid = 1;			/* the first question, client */
	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), data, len - sizeof(hdr));
	for (; times > 0; times--)
		for (at = 0; at < len; at += (size_t)n)
			if (poll(&pfd, 1, 1000) != 1 || (n = send(me.peer,
			    buf + at, len - at, MSG_NOSIGNAL)) <= 0)
				return;
}
