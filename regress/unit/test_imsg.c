/* SPDX-License-Identifier: ISC */
/* imsg.c: framing, descriptors and bounds, between honest and hostile ends. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "imsg.h"

#define MARK	0x80000000U

static struct imsgbuf	 a, b;
static int		 sa, sb;
static char		 big[MAX_IMSGSIZE];

static void
setup(void)
{
	int	 sp[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sp));
	sa = sp[0];
	sb = sp[1];
	ATF_REQUIRE_EQ(0, imsgbuf_init(&a, sa));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&b, sb));
	imsgbuf_allow_fdpass(&a);
	imsgbuf_allow_fdpass(&b);
}

static void
teardown(void)
{
	imsgbuf_clear(&a);
	imsgbuf_clear(&b);
	close(sa);
	close(sb);
}

static int
open_fds(void)
{
	int	 fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}

/* What a hostile peer does: octets with any number of descriptors. */
static void
raw(const void *data, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(100 * sizeof(int))];
	}		 control;
	struct msghdr	 msg;
	struct iovec	 iov;
	int		 i, fd = STDERR_FILENO;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = memmove(big, data, len);
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
		control.hdr.cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		for (i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(&control.hdr) + (size_t)i *
			    sizeof(int), &fd, sizeof(fd));
	}
	ATF_REQUIRE_EQ((ssize_t)len, sendmsg(sa, &msg, MSG_NOSIGNAL));
}

static void
raw_header(uint32_t len, int nfds)
{
	struct imsg_hdr	 hdr = { 7, len, 0, 1 };

	raw(&hdr, sizeof(hdr), nfds);
}

/* The next message of b, with both ends at work for it. */
static void
next(struct imsg *imsg)
{
	int	 n;

	while ((n = imsgbuf_get(&b, imsg)) == 0) {
		ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	}
	ATF_REQUIRE(n > 0);
}

static void
refused(void)
{
	struct imsg	 imsg;

	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	errno = 0;
	ATF_CHECK_EQ(-1, imsgbuf_get(&b, &imsg));
	ATF_CHECK_EQ(EBADMSG, errno);
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static char	 out[MAX_IMSGSIZE], in[MAX_IMSGSIZE];
	struct iovec	 iov[2] = { { out, 3 }, { out + 3, 4 } };
	struct imsg	 imsg;
	size_t		 i, len[] = { 0, 1, 1000, 16000,
			    MAX_IMSGSIZE - IMSG_HEADER_SIZE };

	setup();
	for (i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + i / 256);
	for (i = 0; i < sizeof(len) / sizeof(len[0]); i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, 5 + (uint32_t)i, 9, 0, -1,
		    out, len[i]));
	ATF_REQUIRE_EQ(1, imsg_composev(&a, 99, 8, 4321, -1, iov, 2));
	ATF_CHECK_EQ(6, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	for (i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		next(&imsg);
		ATF_CHECK_EQ(5 + i, imsg_get_type(&imsg));
		ATF_CHECK_EQ(9, imsg_get_id(&imsg));
		ATF_CHECK_EQ(getpid(), imsg_get_pid(&imsg));
		ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
		ATF_REQUIRE_EQ(len[i], imsg_get_len(&imsg));
		ATF_CHECK_EQ(-1, imsg_get_data(&imsg, in, len[i] + 1));
		ATF_CHECK_EQ(EBADMSG, errno);
		ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, in, len[i]));
		ATF_CHECK_EQ(0, memcmp(in, out, len[i]));
		imsg_free(&imsg);
	}
	next(&imsg);
	ATF_CHECK_EQ(4321, imsg_get_pid(&imsg));
	ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, in, 7));
	ATF_CHECK_EQ(0, memcmp(in, out, 7));
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, imsgbuf_get(&b, &imsg));
	ATF_CHECK_EQ(1, imsgbuf_read(&b));	/* EAGAIN is no error */
	teardown();
}

/* Each descriptor belongs to its own message and is closed once it left. */
ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	struct imsg	 imsg;
	char		 c;
	int		 i, fd, p[4][2], before = open_fds();

	setup();
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(0, pipe(p[i]));
		ATF_REQUIRE_EQ(1, imsg_compose(&a, (uint32_t)i, 0, 0,
		    i % 2 ? p[i][1] : -1, "x", 1));
	}
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_CHECK(fcntl(p[0][1], F_GETFD) != -1);
	ATF_CHECK_EQ(-1, fcntl(p[1][1], F_GETFD));
	ATF_CHECK_EQ(-1, fcntl(p[3][1], F_GETFD));
	for (i = 0; i < 4; i++) {
		next(&imsg);
		fd = imsg_get_fd(&imsg);
		ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
		imsg_free(&imsg);
		ATF_REQUIRE_EQ(i % 2 == 1, fd != -1);
		if (fd == -1)
			continue;
		ATF_CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		c = (char)i;
		ATF_REQUIRE_EQ(1, write(fd, &c, 1));
		ATF_REQUIRE_EQ(1, read(p[i][0], &c, 1));
		ATF_CHECK_EQ(i, c);
		close(fd);
		close(p[i][0]);
	}
	for (i = 0; i < 4; i += 2) {
		close(p[i][0]);
		close(p[i][1]);
	}
	/* Nobody took it: imsg_free and imsgbuf_clear close it. */
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, dup(0), "", 0));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	next(&imsg);
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, dup(0), "", 0));
	teardown();
	ATF_CHECK_EQ(before, open_fds());
}

/* A message in single octets: not there before the last one. */
ATF_TC_WITHOUT_HEAD(octet_by_octet);
ATF_TC_BODY(octet_by_octet, tc)
{
	struct { struct imsg_hdr hdr; char data[5]; }	 m = {
	    { 3, IMSG_HEADER_SIZE + 5, 0, 1 }, "four" };
	struct imsg	 imsg;
	size_t		 i, len = IMSG_HEADER_SIZE + 5;

	setup();
	for (i = 0; i < len; i++) {
		ATF_REQUIRE_EQ(0, imsgbuf_get(&b, &imsg));
		raw((char *)&m + i, 1, 0);
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	}
	ATF_REQUIRE_EQ((int)len, imsgbuf_get(&b, &imsg));
	ATF_CHECK_STREQ("four", (char *)imsg.data);
	imsg_free(&imsg);
	teardown();
}

/* The half that came stays, and costs no more than its octets. */
ATF_TC_WITHOUT_HEAD(half_for_ever);
ATF_TC_BODY(half_for_ever, tc)
{
	struct imsg	 imsg;
	int		 i;

	setup();
	raw_header(MAX_IMSGSIZE, 0);
	raw(big, MAX_IMSGSIZE / 2, 0);
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
		ATF_REQUIRE_EQ(0, imsgbuf_get(&b, &imsg));
	}
	ATF_CHECK_EQ(IMSG_HEADER_SIZE + MAX_IMSGSIZE / 2, b.r_len);
	close(sa);
	ATF_CHECK_EQ(0, imsgbuf_read(&b));
	sa = -1;
	teardown();
}

/* Reading without getting: full, not larger, and nothing is lost. */
ATF_TC_WITHOUT_HEAD(receive_buffer_is_bounded);
ATF_TC_BODY(receive_buffer_is_bounded, tc)
{
	struct imsg	 imsg;
	uint32_t	 i;

	setup();
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&b, 100));
	for (i = 0; i < 50; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, i, 0, 0, -1, big, 61));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	for (i = 0; i < 10; i++)
		ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_CHECK_EQ(2 * (100 + IMSG_HEADER_SIZE), b.r_len);
	for (i = 0; i < 50; i++) {
		next(&imsg);
		ATF_CHECK_EQ(i, imsg_get_type(&imsg));
		imsg_free(&imsg);
	}
	teardown();
}

ATF_TC_WITHOUT_HEAD(garbage_length);
ATF_TC_BODY(garbage_length, tc)
{
	uint32_t	 len[] = { 0, 1, 15, MAX_IMSGSIZE + 1, 0x7fffffff,
			    0xffffffff, MARK, MARK | 15,
			    MARK | (MAX_IMSGSIZE + 1) };
	struct imsg	 imsg;
	size_t		 i;

	for (i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		setup();
		raw_header(len[i], 0);
		refused();
		teardown();
	}
	setup();
	raw_header(MAX_IMSGSIZE, 0);
	ATF_REQUIRE_EQ(1, imsgbuf_read(&b));
	ATF_CHECK_EQ(0, imsgbuf_get(&b, &imsg));
	teardown();
}

ATF_TC_WITHOUT_HEAD(mark_without_descriptor);
ATF_TC_BODY(mark_without_descriptor, tc)
{
	setup();
	raw_header(MARK | IMSG_HEADER_SIZE, 0);
	refused();
	teardown();
}

/* It is not the message's, so it waits; but only so many may. */
ATF_TC_WITHOUT_HEAD(descriptor_without_mark);
ATF_TC_BODY(descriptor_without_mark, tc)
{
	struct imsg	 imsg;
	unsigned int	 i;
	int		 before = open_fds();

	setup();
	for (i = 1; i <= 8; i++) {
		raw_header(IMSG_HEADER_SIZE, 1);
		next(&imsg);
		ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
		imsg_free(&imsg);
		ATF_CHECK_EQ(i, b.r_nfds);
		ATF_CHECK_EQ(before + 2 + (int)i, open_fds());
	}
	raw_header(IMSG_HEADER_SIZE, 1);
	errno = 0;
	ATF_CHECK_EQ(-1, imsgbuf_read(&b));
	ATF_CHECK_EQ(EBADMSG, errno);
	ATF_CHECK_EQ(before + 2 + 8, open_fds());
	teardown();
	ATF_CHECK_EQ(before, open_fds());
}

/* Several in one go, a hundred, or one where none is wanted: none stays. */
ATF_TC_WITHOUT_HEAD(too_many_descriptors);
ATF_TC_BODY(too_many_descriptors, tc)
{
	int	 i, nfds[] = { 2, 3, 100, 1 }, before = open_fds();

	for (i = 0; i < 4; i++) {
		setup();
		b.allow_fd = i < 3;
		raw_header(MARK | IMSG_HEADER_SIZE, nfds[i]);
		errno = 0;
		ATF_CHECK_EQ(-1, imsgbuf_read(&b));
		ATF_CHECK_EQ(EBADMSG, errno);
		ATF_CHECK_EQ(before + 2, open_fds());
		teardown();
	}
	ATF_CHECK_EQ(before, open_fds());
}

/* The queue waits, whole and in order, for a peer that does not read. */
ATF_TC_WITHOUT_HEAD(peer_does_not_read);
ATF_TC_BODY(peer_does_not_read, tc)
{
	struct imsg	 imsg;
	uint32_t	 i, n = 200, left;
	int		 fd, small = 1;

	setup();
	/* So small that a message takes several calls. */
	ATF_REQUIRE_EQ(0, setsockopt(sa, SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof(small)));
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, i, 0, 0,
		    i % 7 ? -1 : dup(0), big, 5000 + i));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	left = imsgbuf_queuelen(&a);
	ATF_CHECK(left > 0);
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_CHECK_EQ(left, imsgbuf_queuelen(&a));
	for (i = 0; i < n; i++) {
		next(&imsg);
		ATF_CHECK_EQ(i, imsg_get_type(&imsg));
		ATF_CHECK_EQ(5000 + i, imsg_get_len(&imsg));
		fd = imsg_get_fd(&imsg);
		ATF_CHECK_EQ(i % 7 == 0, fd != -1);
		if (fd != -1)
			close(fd);
		imsg_free(&imsg);
		ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	}
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	teardown();
}

ATF_TC_WITHOUT_HEAD(peer_is_gone);
ATF_TC_BODY(peer_is_gone, tc)
{
	struct imsg	 imsg;

	setup();
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, "bye", 4));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	close(sa);
	next(&imsg);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, imsgbuf_read(&b));
	ATF_REQUIRE_EQ(1, imsg_compose(&b, 1, 0, 0, -1, "", 0));
	ATF_CHECK_EQ(-1, imsgbuf_write(&b));	/* and no SIGPIPE */
	ATF_CHECK_EQ(EPIPE, errno);
	sa = -1;
	teardown();
}

ATF_TC_WITHOUT_HEAD(largest);
ATF_TC_BODY(largest, tc)
{
	struct iovec	 iov[2] = { { big, 1 }, { big, SIZE_MAX } };
	struct imsg	 imsg;

	setup();
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&a, 1000));
	ATF_CHECK_EQ(-1, imsg_compose(&a, 1, 0, 0, -1, big, 1001));
	ATF_CHECK_EQ(ERANGE, errno);
	ATF_CHECK_EQ(-1, imsg_composev(&a, 1, 0, 0, -1, iov, 2));
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, big, 1000));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&b, 1000));
	next(&imsg);
	ATF_CHECK_EQ(1000, imsg_get_len(&imsg));
	imsg_free(&imsg);
	raw_header(IMSG_HEADER_SIZE + 1001, 0);
	refused();
	ATF_CHECK_EQ(-1, imsgbuf_set_maxsize(&a, UINT32_MAX));
	ATF_CHECK_EQ(-1, imsgbuf_set_maxsize(&a, MARK - 1));
	/* Descriptors only where they were allowed; else still the caller's. */
	a.allow_fd = 0;
	ATF_CHECK_EQ(-1, imsg_compose(&a, 1, 0, 0, 0, big, 1));
	ATF_CHECK(fcntl(0, F_GETFD) != -1);
	teardown();
}

/* Another size than the peer has used so far. */
ATF_TC_WITHOUT_HEAD(size_changes);
ATF_TC_BODY(size_changes, tc)
{
	struct imsg	 imsg;
	int		 i;

	setup();
	for (i = 0; i < 2; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, big, 3000));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&a));
	next(&imsg);
	imsg_free(&imsg);
	/* what is there has to fit, and goes on behind what was taken */
	ATF_CHECK_EQ(-1, imsgbuf_set_maxsize(&b, 1000));
	ATF_CHECK_EQ(EBUSY, errno);
	ATF_CHECK_EQ(0, imsgbuf_set_maxsize(&b, 3000));
	next(&imsg);
	ATF_CHECK_EQ(3000, imsg_get_len(&imsg));
	imsg_free(&imsg);
	teardown();
}

ATF_TC_WITHOUT_HEAD(socket_fails);
ATF_TC_BODY(socket_fails, tc)
{
	setup();
	close(sb);
	ATF_REQUIRE_EQ(1, imsg_compose(&a, 1, 0, 0, -1, "", 0));
	ATF_CHECK_EQ(-1, imsgbuf_flush(&a));
	ATF_CHECK_EQ(EPIPE, errno);
	ATF_CHECK_EQ(-1, imsgbuf_read(&b));
	ATF_CHECK_EQ(EBADF, errno);
	sb = -1;
	teardown();
}

/* More than the socket holds, to a reader that is another process. */
ATF_TC_WITHOUT_HEAD(flush_waits);
ATF_TC_BODY(flush_waits, tc)
{
	struct imsg	 imsg;
	uint32_t	 i;
	pid_t		 pid;
	int		 n, status;

	setup();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		close(sa);
		fcntl(sb, F_SETFL, 0);		/* as ntpsctl has it */
		for (i = 0; i < 500;) {
			if ((n = imsgbuf_get(&b, &imsg)) == -1 ||
			    (n == 0 && imsgbuf_read(&b) != 1))
				_exit(1);
			if (n > 0 && imsg_get_type(&imsg) != i++)
				_exit(2);
			imsg_free(&imsg);
		}
		n = imsgbuf_read(&b);
		close(sb);
		_exit(n == 0 ? 0 : 3);
	}
	for (i = 0; i < 500; i++)
		ATF_REQUIRE_EQ(1, imsg_compose(&a, i, 0, 0, -1, big, 5000));
	ATF_CHECK_EQ(0, imsgbuf_flush(&a));
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&a));
	teardown();
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, octet_by_octet);
	ATF_TP_ADD_TC(tp, half_for_ever);
	ATF_TP_ADD_TC(tp, receive_buffer_is_bounded);
	ATF_TP_ADD_TC(tp, garbage_length);
	ATF_TP_ADD_TC(tp, mark_without_descriptor);
	ATF_TP_ADD_TC(tp, descriptor_without_mark);
	ATF_TP_ADD_TC(tp, too_many_descriptors);
	ATF_TP_ADD_TC(tp, peer_does_not_read);
	ATF_TP_ADD_TC(tp, peer_is_gone);
	ATF_TP_ADD_TC(tp, largest);
	ATF_TP_ADD_TC(tp, size_changes);
	ATF_TP_ADD_TC(tp, socket_fails);
	ATF_TP_ADD_TC(tp, flush_waits);
	return (atf_no_error());
}
