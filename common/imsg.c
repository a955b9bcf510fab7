/* SPDX-License-Identifier: ISC */
/*
 * Messages over a UNIX stream socket: see imsg.h.
 *
 * What the other side sends is hostile until proven otherwise, so everything
 * is bounded: one receive buffer of twice the largest message, a handful of
 * descriptors that wait for their message, and both are freed when the peer
 * breaks a rule.  A descriptor travels with the first octet of its message,
 * so it is here before the message is complete.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define IMSG_FD_MARK	0x80000000U
#define IMSG_FDS_MAX	8	/* descriptors that may wait unclaimed */
#define IMSG_IOV_MAX	32	/* messages written by one call */

struct imsg_out {
	struct imsg_out	*next;
	int		 fd;		/* owned, -1: none or sent */
	size_t		 len, pos;
	uint8_t		 data[];
};

struct imsg_fd {
	struct imsg_fd	*next;
	int		 fd;
};

/* Room for one descriptor, aligned as cmsg(3) wants it. */
union imsg_control {
	struct cmsghdr	 hdr;
	uint8_t		 buf[CMSG_SPACE(sizeof(int))];
};

static void
close_keep_errno(int fd)
{
	int	 saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
}

int
imsgbuf_init(struct imsgbuf *ibuf, int fd)
{
	memset(ibuf, 0, sizeof(*ibuf));
	ibuf->fd = fd;
	ibuf->pid = getpid();
	ibuf->maxsize = MAX_IMSGSIZE;
	ibuf->w_tail = &ibuf->w_head;
	ibuf->r_fds_tail = &ibuf->r_fds;
	ibuf->r_buf = malloc((size_t)ibuf->maxsize * 2);
	return (ibuf->r_buf == NULL ? -1 : 0);
}

void
imsgbuf_allow_fdpass(struct imsgbuf *ibuf)
{
	ibuf->allow_fd = 1;
}

/* max is that of the payload, as in OpenBSD; the header comes on top. */
int
imsgbuf_set_maxsize(struct imsgbuf *ibuf, uint32_t max)
{
	uint8_t	*buf;

	if (max > IMSG_FD_MARK - 1 - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return (-1);
	}
	max += IMSG_HEADER_SIZE;
	if (ibuf->r_len > (size_t)max * 2) {
		errno = EBUSY;
		return (-1);
	}
	if (ibuf->r_pos > 0) {
		memmove(ibuf->r_buf, ibuf->r_buf + ibuf->r_pos, ibuf->r_len);
		ibuf->r_pos = 0;
	}
	if ((buf = realloc(ibuf->r_buf, (size_t)max * 2)) == NULL)
		return (-1);
	ibuf->r_buf = buf;
	ibuf->maxsize = max;
	return (0);
}

/* Takes the descriptor over, also when there is no place for it. */
static int
imsgbuf_keep_fd(struct imsgbuf *ibuf, int fd)
{
	struct imsg_fd	*entry;

	if (ibuf->r_nfds == IMSG_FDS_MAX) {
		close(fd);
		errno = EBADMSG;
		return (-1);
	}
	if ((entry = malloc(sizeof(*entry))) == NULL) {
		close_keep_errno(fd);
		return (-1);
	}
	entry->next = NULL;
	entry->fd = fd;
	*ibuf->r_fds_tail = entry;
	ibuf->r_fds_tail = &entry->next;
	ibuf->r_nfds++;
	return (0);
}

static int
imsgbuf_claim_fd(struct imsgbuf *ibuf)
{
	struct imsg_fd	*entry = ibuf->r_fds;
	int		 fd;

	if (entry == NULL)
		return (-1);
	fd = entry->fd;
	if ((ibuf->r_fds = entry->next) == NULL)
		ibuf->r_fds_tail = &ibuf->r_fds;
	ibuf->r_nfds--;
	free(entry);
	return (fd);
}

/* The kernel has installed whatever arrived: keep one or close them all. */
static int
imsgbuf_control(struct imsgbuf *ibuf, struct msghdr *msg)
{
	struct cmsghdr	*c;
	size_t		 i, n;
	int		 fd, first = -1, bad;

	bad = (msg->msg_flags & MSG_CTRUNC) != 0;
	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
			    sizeof(fd));
			if (first == -1)
				first = fd;
			else {
				close(fd);
				bad = 1;
			}
		}
	}
	if (bad) {
		close_keep_errno(first);
		errno = EBADMSG;
		return (-1);
	}
	return (first == -1 ? 0 : imsgbuf_keep_fd(ibuf, first));
}

/* 1: something was read, or nothing is there now; 0: end of file; -1. */
int
imsgbuf_read(struct imsgbuf *ibuf)
{
	union imsg_control	 control;
	struct msghdr		 msg;
	struct iovec		 iov;
	ssize_t			 n;

	if (ibuf->r_pos > 0) {
		memmove(ibuf->r_buf, ibuf->r_buf + ibuf->r_pos, ibuf->r_len);
		ibuf->r_pos = 0;
	}
	if (ibuf->r_len == (size_t)ibuf->maxsize * 2)
		return (1);	/* full of messages: get them first */
	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = ibuf->r_buf + ibuf->r_len;
	iov.iov_len = (size_t)ibuf->maxsize * 2 - ibuf->r_len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (ibuf->allow_fd) {	/* or the kernel drops them and says so */
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
	}
	if ((n = recvmsg(ibuf->fd, &msg, MSG_CMSG_CLOEXEC)) == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return (1);
		return (-1);
	}
	if (imsgbuf_control(ibuf, &msg) == -1)
		return (-1);
	ibuf->r_len += (size_t)n;
	return (n == 0 ? 0 : 1);
}

/* >0: the length of the message, to be freed with imsg_free; 0: none; -1. */
int
imsgbuf_get(struct imsgbuf *ibuf, struct imsg *imsg)
{
	uint32_t	 len;

	memset(imsg, 0, sizeof(*imsg));
	imsg->fd = -1;
	if (ibuf->r_len < IMSG_HEADER_SIZE)
		return (0);
	memcpy(&imsg->hdr, ibuf->r_buf + ibuf->r_pos, IMSG_HEADER_SIZE);
	len = imsg->hdr.len & ~IMSG_FD_MARK;
	if (len < IMSG_HEADER_SIZE || len > ibuf->maxsize) {
		errno = EBADMSG;
		return (-1);
	}
	if (ibuf->r_len < len)
		return (0);
	if ((imsg->hdr.len & IMSG_FD_MARK) && ibuf->r_fds == NULL) {
		errno = EBADMSG;
		return (-1);
	}
	if (len > IMSG_HEADER_SIZE) {
		if ((imsg->data = malloc(len - IMSG_HEADER_SIZE)) == NULL)
			return (-1);
		memcpy(imsg->data, ibuf->r_buf + ibuf->r_pos +
		    IMSG_HEADER_SIZE, len - IMSG_HEADER_SIZE);
	}
	if (imsg->hdr.len & IMSG_FD_MARK)
		imsg->fd = imsgbuf_claim_fd(ibuf);
	imsg->hdr.len = len;
	ibuf->r_pos += len;
	ibuf->r_len -= len;
	return ((int)len);
}

static void
imsgbuf_pop(struct imsgbuf *ibuf)
{
	struct imsg_out	*out = ibuf->w_head;

	if ((ibuf->w_head = out->next) == NULL)
		ibuf->w_tail = &ibuf->w_head;
	ibuf->w_queued--;
	close_keep_errno(out->fd);
	free(out);
}

/*
 * One call carries at most one descriptor, that of its first message, so that
 * it goes with that message's first octet.
 */
static ssize_t
imsgbuf_send(struct imsgbuf *ibuf)
{
	union imsg_control	 control;
	struct iovec		 iov[IMSG_IOV_MAX];
	struct imsg_out		*out;
	struct msghdr		 msg;
	size_t			 n = 0;

	memset(&msg, 0, sizeof(msg));
	for (out = ibuf->w_head; out != NULL && n < IMSG_IOV_MAX;
	    out = out->next) {
		if (n > 0 && out->fd != -1)
			break;
		iov[n].iov_base = out->data + out->pos;
		iov[n++].iov_len = out->len - out->pos;
	}
	msg.msg_iov = iov;
	msg.msg_iovlen = n;
	if (ibuf->w_head->fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		control.hdr.cmsg_len = CMSG_LEN(sizeof(int));
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.hdr), &ibuf->w_head->fd,
		    sizeof(int));
	}
	return (sendmsg(ibuf->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT));
}

/* Writes what the socket takes now: 0, or -1 when it never will. */
int
imsgbuf_write(struct imsgbuf *ibuf)
{
	struct imsg_out	*out;
	size_t		 left;
	ssize_t		 n;

	while (ibuf->w_head != NULL) {
		if ((n = imsgbuf_send(ibuf)) == -1) {
			if (errno == EINTR)
				continue;
			/* ENOBUFS: the kernel is short of memory just now. */
			return (errno == EAGAIN || errno == ENOBUFS ? 0 : -1);
		}
		if (n > 0) {
			close_keep_errno(ibuf->w_head->fd);
			ibuf->w_head->fd = -1;
		}
		for (left = (size_t)n; (out = ibuf->w_head) != NULL &&
		    left >= out->len - out->pos;) {
			left -= out->len - out->pos;
			imsgbuf_pop(ibuf);
		}
		if (out != NULL)
			out->pos += left;
	}
	return (0);
}

int
imsgbuf_flush(struct imsgbuf *ibuf)
{
	struct pollfd	 pfd;

	for (;;) {
		if (imsgbuf_write(ibuf) == -1)
			return (-1);
		if (ibuf->w_head == NULL)
			return (0);
		pfd.fd = ibuf->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return (-1);
	}
}

void
imsgbuf_clear(struct imsgbuf *ibuf)
{
	while (ibuf->w_head != NULL)
		imsgbuf_pop(ibuf);
	while (ibuf->r_fds != NULL)
		close_keep_errno(imsgbuf_claim_fd(ibuf));
	free(ibuf->r_buf);
	ibuf->r_buf = NULL;
	ibuf->r_pos = ibuf->r_len = 0;
	ibuf->fd = -1;
}

uint32_t
imsgbuf_queuelen(struct imsgbuf *ibuf)
{
	return (ibuf->w_queued);
}

int
imsg_compose(struct imsgbuf *ibuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t len)
{
	struct iovec	 iov;

	iov.iov_base = (void *)(uintptr_t)data;	/* only read from */
	iov.iov_len = len;
	return (imsg_composev(ibuf, type, id, pid, fd, &iov, 1));
}

/* 1: queued, and fd taken over; -1: it is still the caller's. */
int
imsg_composev(struct imsgbuf *ibuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int iovcnt)
{
	struct imsg_hdr	 hdr;
	struct imsg_out	*out;
	size_t		 len = IMSG_HEADER_SIZE;
	int		 i;

	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > ibuf->maxsize - len) {
			errno = ERANGE;
			return (-1);
		}
		len += iov[i].iov_len;
	}
	if (fd != -1 && !ibuf->allow_fd) {
		errno = EINVAL;
		return (-1);
	}
	if ((out = malloc(sizeof(*out) + len)) == NULL)
		return (-1);
	hdr.type = type;
	hdr.len = (uint32_t)len | (fd == -1 ? 0 : IMSG_FD_MARK);
	hdr.peerid = id;
	hdr.pid = (uint32_t)(pid == 0 ? ibuf->pid : pid);
	memcpy(out->data, &hdr, IMSG_HEADER_SIZE);
	for (len = IMSG_HEADER_SIZE, i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > 0)
			memcpy(out->data + len, iov[i].iov_base,
			    iov[i].iov_len);
		len += iov[i].iov_len;
	}
	out->next = NULL;
	out->fd = fd;
	out->len = len;
	out->pos = 0;
	*ibuf->w_tail = out;
	ibuf->w_tail = &out->next;
	ibuf->w_queued++;
	return (1);
}

uint32_t
imsg_get_type(struct imsg *imsg)
{
	return (imsg->hdr.type);
}

uint32_t
imsg_get_id(struct imsg *imsg)
{
	return (imsg->hdr.peerid);
}

size_t
imsg_get_len(struct imsg *imsg)
{
	return (imsg->hdr.len - IMSG_HEADER_SIZE);
}

pid_t
imsg_get_pid(struct imsg *imsg)
{
	return ((pid_t)imsg->hdr.pid);
}

int
imsg_get_data(struct imsg *imsg, void *data, size_t len)
{
	if (imsg_get_len(imsg) != len) {
		errno = EBADMSG;
		return (-1);
	}
	if (len > 0)
		memcpy(data, imsg->data, len);
	return (0);
}

/* The caller owns what it gets. */
int
imsg_get_fd(struct imsg *imsg)
{
	int	 fd = imsg->fd;

	imsg->fd = -1;
	return (fd);
}

void
imsg_free(struct imsg *imsg)
{
	close_keep_errno(imsg->fd);
	imsg->fd = -1;
	free(imsg->data);
	imsg->data = NULL;
}
