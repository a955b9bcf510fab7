/* SPDX-License-Identifier: ISC */
/*
 * imsgev.c: a parent over a socketpair to an engine, or to a raw socket that
 * plays a hostile one.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include <atf-c.h>

#include "imsgev.h"

#define RUN_MAX		10000	/* a test that handles more is in a loop */

/* One end, and what happened to it. */
struct end {
	struct imsgev		 iev;
	unsigned int		 handled, ended;
	enum imsgev_end		 how;
	char			 why[200];
	union msg_payload	 last;
	int			 last_type, last_id, last_fd;
	unsigned int		 close_at, pause_at;
	bool			 release;	/* free this at the end */
	int			 feed;		/* write here on each */
	unsigned int		 stamp;		/* total, at the last */
};

static struct event_base	*base;
static unsigned int		 total;

static void
handler(struct imsgev *iev, struct imsg *imsg, const union msg_payload *p,
    void *arg)
{
	struct end	*e = arg;
	struct imsg_hdr	 hdr = { MSG_PONG, IMSG_HEADER_SIZE +
			    sizeof(struct msg_ping), 0, 1 };
	char		 buf[IMSG_HEADER_SIZE + sizeof(struct msg_ping)];

	ATF_REQUIRE(iev == &e->iev);
	ATF_REQUIRE_EQ(0, e->ended);
	ATF_REQUIRE_MSG(++total < RUN_MAX, "nobody else gets a turn");
	e->stamp = total;
	e->handled++;
	e->last_type = (int)imsg_get_type(imsg);
	e->last_id = (int)imsg_get_id(imsg);
	e->last_fd = imsg_get_fd(imsg);
	memcpy(&e->last, p, imsg_get_len(imsg));
	if (e->feed != -1) {
		memset(buf, 0, sizeof(buf));
		memcpy(buf, &hdr, sizeof(hdr));
		(void)send(e->feed, buf, sizeof(buf), MSG_DONTWAIT);
	}
	if (e->handled == e->pause_at)
		imsgev_pause(iev, true);
	if (e->handled == e->close_at) {
		imsgev_close(iev);
		if (e->release) {
			memset(e, 0xa5, sizeof(*e));
			free(e);
		}
	}
}

static void
ender(struct imsgev *iev, enum imsgev_end how, const char *why, void *arg)
{
	struct end	*e = arg;

	ATF_REQUIRE(iev == &e->iev);
	ATF_CHECK_EQ(-1, iev->fd);
	e->ended++;
	e->how = how;
	snprintf(e->why, sizeof(e->why), "%s", why);
	if (e->release) {
		memset(e, 0xa5, sizeof(*e));
		free(e);
	}
}

static void
start(struct end *e, int fd, enum proc_id self, enum proc_id peer)
{
	memset(e, 0, sizeof(*e));
	e->last_fd = e->feed = -1;
	ATF_REQUIRE_EQ(0, imsgev_init(&e->iev, base, fd, self, peer, handler,
	    ender, e));
}

static void
pair(int sp[2])
{
	if (base == NULL)
		ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sp));
}

/* A parent in *e, whose engine is the raw socket returned. */
static int
hostile(struct end *e)
{
	int	 sp[2];

	pair(sp);
	start(e, sp[0], PROC_PARENT, PROC_ENGINE);
	return (sp[1]);
}

static void
turn(void)
{
	ATF_REQUIRE(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) !=
	    -1);
}

static void
turns(void)
{
	int	 i;

	for (i = 0; i < 10; i++)
		turn();
}

/* Turns the loop, asleep between events, until the connection has ended. */
static void
until_ended(const struct end *e)
{
	while (e->ended == 0)
		ATF_REQUIRE_EQ(0, event_base_loop(base, EVLOOP_ONCE));
}

/* n messages in one write. */
static void
raw(int fd, uint32_t type, size_t len, unsigned int n)
{
	struct imsg_hdr	 hdr = { type, (uint32_t)(IMSG_HEADER_SIZE + len),
			    0, 1 };
	size_t		 one = IMSG_HEADER_SIZE + len;
	unsigned int	 i;
	char		*buf;

	ATF_REQUIRE((buf = calloc(n, one)) != NULL);
	for (i = 0; i < n; i++)
		memcpy(buf + i * one, &hdr, sizeof(hdr));
	ATF_REQUIRE_EQ((ssize_t)(n * one), write(fd, buf, n * one));
	free(buf);
}

#define PONGS(fd, n)	raw(fd, MSG_PONG, sizeof(struct msg_ping), n)

static void
finish(struct end *e)
{
	imsgev_close(&e->iev);
	imsgev_close(&e->iev);
	ATF_CHECK_EQ(-1, imsgev_send(&e->iev, MSG_PING, 0, -1, NULL));
	ATF_CHECK_EQ(ENOTCONN, errno);
}

static void
finish_base(void)
{
	event_base_free(base);
	base = NULL;
}

ATF_TC_WITHOUT_HEAD(there_and_back);
ATF_TC_BODY(there_and_back, tc)
{
	struct end	 parent, engine;
	struct msg_ping	 ping = { 42 };
	struct msg_peer	 peer = { PROC_CONTROL, 0 };
	int		 sp[2], p[2];

	pair(sp);
	start(&parent, sp[0], PROC_PARENT, PROC_ENGINE);
	start(&engine, sp[1], PROC_ENGINE, PROC_PARENT);
	ATF_REQUIRE_EQ(0, imsgev_send(&parent.iev, MSG_PING, 7, -1, &ping));
	turns();
	ATF_CHECK_EQ(1, engine.handled);
	ATF_CHECK_EQ(MSG_PING, engine.last_type);
	ATF_CHECK_EQ(7, engine.last_id);
	ATF_CHECK_EQ(42, engine.last.PING.seq);
	ATF_CHECK_EQ(0, event_pending(parent.iev.ev_write, EV_WRITE, NULL));
	ATF_REQUIRE_EQ(0, imsgev_send(&engine.iev, MSG_PONG, 8, -1, NULL));
	turns();
	ATF_CHECK_EQ(MSG_PONG, parent.last_type);
	ATF_CHECK_EQ(0, parent.last.PONG.seq);
	ATF_REQUIRE_EQ(0, pipe(p));
	ATF_REQUIRE_EQ(0, imsgev_send(&parent.iev, MSG_PEER, 0, p[1], &peer));
	turns();
	ATF_REQUIRE(engine.last_fd != -1);
	ATF_CHECK_EQ(1, write(engine.last_fd, "", 1));
	ATF_CHECK(fcntl(p[1], F_GETFD) == -1 || p[1] == engine.last_fd);
	close(engine.last_fd);
	close(p[0]);
	ATF_CHECK_EQ(-1, imsgev_send(&parent.iev, MSG_COUNT, 0, -1, NULL));
	ATF_CHECK_EQ(EINVAL, errno);
	finish(&parent);
	turns();
	ATF_CHECK_EQ(1, engine.ended);
	ATF_CHECK_EQ(IMSGEV_EOF, engine.how);
	ATF_CHECK_STREQ("closed by parent", engine.why);
	ATF_CHECK_EQ(0, parent.ended);
	finish_base();
}

/* A full queue drops the new message and closes its descriptor. */
ATF_TC_WITHOUT_HEAD(queue_is_bounded);
ATF_TC_BODY(queue_is_bounded, tc)
{
	struct end	 e;
	char		 c;
	int		 fd = hostile(&e), p[2];
	unsigned int	 n = 0;

	while (imsgev_send(&e.iev, MSG_PING, 0, -1, NULL) == 0)
		n++;
	ATF_CHECK_EQ(ENOBUFS, errno);
	ATF_CHECK_EQ(IMSGEV_QUEUE_MAX, n);
	ATF_REQUIRE_EQ(0, pipe(p));
	ATF_CHECK_EQ(-1, imsgev_send(&e.iev, MSG_PEER, 0, p[1], NULL));
	ATF_CHECK_EQ(ENOBUFS, errno);
	ATF_CHECK_EQ(0, read(p[0], &c, 1));
	close(p[0]);
	finish(&e);
	close(fd);
	finish_base();
}

/* Nothing blocks, nothing grows, nothing spins: the write event waits. */
ATF_TC_WITHOUT_HEAD(peer_does_not_read);
ATF_TC_BODY(peer_does_not_read, tc)
{
	struct end	 e;
	int		 fd = hostile(&e);
	struct timespec	 before, after;

	while (imsgev_send(&e.iev, MSG_CONFIG_OVERRIDE, 0, -1, NULL) == 0)
		turn();
	ATF_CHECK_EQ(ENOBUFS, errno);
	ATF_CHECK_EQ(IMSGEV_QUEUE_MAX, imsgbuf_queuelen(&e.iev.ibuf));
	clock_gettime(CLOCK_MONOTONIC, &before);
	ATF_CHECK_EQ(-1, imsgev_flush(&e.iev, 20));
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ATF_CHECK((after.tv_sec - before.tv_sec) * 1000 +
	    (after.tv_nsec - before.tv_nsec) / 1000000 >= 19);
	ATF_CHECK_EQ(0, e.ended);
	finish(&e);
	close(fd);
	/* And one that reads: out at once. */
	fd = hostile(&e);
	ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	ATF_CHECK_EQ(0, imsgev_flush(&e.iev, 0));
	finish(&e);
	close(fd);
	finish_base();
}

ATF_TC_WITHOUT_HEAD(close_in_mid_turn);
ATF_TC_BODY(close_in_mid_turn, tc)
{
	struct end	 e, *h;
	int		 fd = hostile(&e);

	e.close_at = 3;
	PONGS(fd, 10);
	turns();
	ATF_CHECK_EQ(3, e.handled);
	ATF_CHECK_EQ(0, e.ended);
	close(fd);
	/* The structure itself may go, from the handler or from the ender. */
	ATF_REQUIRE((h = malloc(sizeof(*h))) != NULL);
	fd = hostile(h);
	h->close_at = 3;
	h->release = true;
	PONGS(fd, 10);
	turns();
	close(fd);
	ATF_REQUIRE((h = malloc(sizeof(*h))) != NULL);
	fd = hostile(h);
	h->release = true;
	PONGS(fd, 3);
	raw(fd, MSG_COUNT, 4, 1);
	PONGS(fd, 3);
	turns();
	close(fd);
	ATF_CHECK_EQ(9, total);
	finish_base();
}

/* A flood from one peer leaves room for another's message. */
ATF_TC_WITHOUT_HEAD(turns_are_bounded);
ATF_TC_BODY(turns_are_bounded, tc)
{
	struct end	 e, other;
	int		 fd = hostile(&e), fd2 = hostile(&other);

	e.feed = fd;
	PONGS(fd, 200);
	PONGS(fd2, 1);
	turn();
	turn();
	ATF_CHECK_EQ(1, other.handled);
	ATF_CHECK(e.handled > IMSGEV_TURN_MAX);
	ATF_CHECK(other.stamp <= IMSGEV_TURN_MAX + 1);
	finish(&e);
	/* More than a share in one read: the rest needs no new input. */
	PONGS(fd2, IMSGEV_TURN_MAX + 10);
	turns();
	ATF_CHECK_EQ(1 + IMSGEV_TURN_MAX + 10, other.handled);
	finish(&other);
	close(fd);
	close(fd2);
	finish_base();
}

/* What a peer said before it left is heard, also when we can't answer. */
ATF_TC_WITHOUT_HEAD(last_words);
ATF_TC_BODY(last_words, tc)
{
	struct end	 e;
	int		 fd = hostile(&e), i;

	for (i = 0; i < 2; i++) {
		PONGS(fd, 100);
		raw(fd, MSG_LOG, sizeof(struct msg_log), 3);
		if (i == 1) {
			ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1,
			    NULL));
			/* The write is tried, and fails, first. */
			event_active(e.iev.ev_write, EV_WRITE, 0);
		}
		close(fd);
		turns();
		ATF_CHECK_EQ(103, e.handled);
		ATF_CHECK_EQ(1, e.ended);
		ATF_CHECK_EQ(IMSGEV_EOF, e.how);
		fd = hostile(&e);
	}
	/* One that only stopped listening counts as gone, soon. */
	ATF_REQUIRE_EQ(0, shutdown(fd, SHUT_RD));
	PONGS(fd, 2);
	ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	until_ended(&e);
	ATF_CHECK_EQ(2, e.handled);
	ATF_CHECK_EQ(IMSGEV_EOF, e.how);
	close(fd);
	/* Cut off in the middle. */
	fd = hostile(&e);
	ATF_REQUIRE_EQ(3, write(fd, "abc", 3));
	close(fd);
	turns();
	ATF_CHECK_EQ(IMSGEV_EOF, e.how);
	ATF_CHECK_STREQ("closed by engine in the middle of a message", e.why);
	finish_base();
}

/* One that is given up is heard out; how it ends is nobody's business. */
ATF_TC_WITHOUT_HEAD(heard_out);
ATF_TC_BODY(heard_out, tc)
{
	struct end	 e, *p;
	int		 fd = hostile(&e), sp[2];

	PONGS(fd, 100);
	raw(fd, MSG_LOG, sizeof(struct msg_log), 3);
	close(fd);
	imsgev_finish(&e.iev);
	ATF_CHECK_EQ(103, e.handled);
	ATF_CHECK_EQ(-1, e.iev.fd);
	imsgev_finish(&e.iev);
	/* also one that is still there, that breaks, … */
	fd = hostile(&e);
	PONGS(fd, 3);
	raw(fd, 9999, 0, 1);
	PONGS(fd, 3);
	imsgev_finish(&e.iev);
	ATF_CHECK_EQ(3, e.handled);
	ATF_CHECK_EQ(-1, e.iev.fd);
	close(fd);
	/* … or that never stops: there is a bound. */
	fd = hostile(&e);
	e.feed = fd;
	PONGS(fd, 1);
	imsgev_finish(&e.iev);
	ATF_CHECK_EQ(IMSGEV_QUEUE_MAX, e.handled);
	ATF_CHECK_EQ(-1, e.iev.fd);
	close(fd);
	/* The handler may close it and free what holds it. */
	pair(sp);
	ATF_REQUIRE((p = malloc(sizeof(*p))) != NULL);
	start(p, sp[0], PROC_PARENT, PROC_ENGINE);
	p->close_at = 2;
	p->release = true;
	PONGS(sp[1], 5);
	imsgev_finish(&p->iev);
	close(sp[1]);
	turns();
	ATF_CHECK_EQ(0, e.ended);
	finish_base();
}

ATF_TC_WITHOUT_HEAD(pause_holds_back);
ATF_TC_BODY(pause_holds_back, tc)
{
	struct end	 e;
	int		 fd = hostile(&e);

	e.pause_at = 2;
	PONGS(fd, 5);
	turns();
	ATF_CHECK_EQ(2, e.handled);
	imsgev_pause(&e.iev, false);	/* the rest is already inside */
	turns();
	ATF_CHECK_EQ(5, e.handled);
	/* While nobody reads, a failing write is the end. */
	imsgev_pause(&e.iev, true);
	ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	close(fd);
	turns();
	ATF_CHECK_EQ(1, e.ended);
	ATF_CHECK_EQ(IMSGEV_EOF, e.how);
	imsgev_pause(&e.iev, true);
	imsgev_pause(&e.iev, false);
	/* And so is a pause after one. */
	fd = hostile(&e);
	e.pause_at = 1;
	PONGS(fd, 5);
	ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	event_active(e.iev.ev_write, EV_WRITE, 0);
	close(fd);
	turns();
	ATF_CHECK_EQ(1, e.handled);
	ATF_CHECK_EQ(1, e.ended);
	finish_base();
}

static void
refused(uint32_t type, size_t len, const char *why)
{
	struct end	 e;
	char		 c;
	int		 fd = hostile(&e);

	PONGS(fd, 1);
	raw(fd, type, len, 1);
	PONGS(fd, 5);
	turns();
	ATF_CHECK_EQ(1, e.handled);
	ATF_CHECK_EQ(1, e.ended);
	ATF_CHECK_EQ(IMSGEV_BAD, e.how);
	ATF_CHECK_MSG(strcmp(why, e.why) == 0, "%s: %s", why, e.why);
	ATF_CHECK(read(fd, &c, 1) <= 0 && errno != EAGAIN);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(bad_messages);
ATF_TC_BODY(bad_messages, tc)
{
	char	 why[200];

	snprintf(why, sizeof(why), "bad length of PONG from engine (12, not "
	    "%zu)", sizeof(struct msg_ping));
	refused(MSG_PONG, 12, why);
	refused(7000, 0, "unknown type 7000 from engine");
	refused(MSG_PING, sizeof(struct msg_ping),
	    "bad sender of PING from engine");
	refused(MSG_STATS, sizeof(struct msg_stats),
	    "bad receiver of STATS from engine");
	refused(MSG_PONG, sizeof(union msg_payload) + 1,
	    "bad framing or descriptors from engine");
	finish_base();
}

/* Neither way between a client and anybody. */
ATF_TC_WITHOUT_HEAD(no_descriptors_with_clients);
ATF_TC_BODY(no_descriptors_with_clients, tc)
{
	struct imsgbuf	 ibuf;
	struct end	 e;
	char		 c;
	int		 sp[2], p[2];

	pair(sp);
	start(&e, sp[0], PROC_CONTROL, PROC_CLIENT);
	ATF_REQUIRE_EQ(0, pipe(p));
	ATF_CHECK_EQ(-1, imsgev_send(&e.iev, MSG_WAIT, 0, p[1], NULL));
	ATF_CHECK_EQ(0, read(p[0], &c, 1));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&ibuf, sp[1]));
	imsgbuf_allow_fdpass(&ibuf);
	ATF_REQUIRE_EQ(1, imsg_compose(&ibuf, MSG_SHOW, 0, 0, p[0], "\0\0\0",
	    4));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&ibuf));
	turns();
	ATF_CHECK_EQ(0, e.handled);
	ATF_CHECK_EQ(1, e.ended);
	ATF_CHECK_EQ(IMSGEV_BAD, e.how);
	imsgbuf_clear(&ibuf);
	close(sp[1]);
	/* and the client's own end */
	pair(sp);
	start(&e, sp[0], PROC_CLIENT, PROC_CONTROL);
	ATF_CHECK_EQ(-1, imsgev_send(&e.iev, MSG_SHOW, 0, dup(2), NULL));
	close(sp[1]);
	finish(&e);
	finish_base();
}

/* Between a write that failed and the end nothing more is sent. */
ATF_TC_WITHOUT_HEAD(write_failed);
ATF_TC_BODY(write_failed, tc)
{
	struct end	 e;
	int		 fd = hostile(&e);

	ATF_REQUIRE_EQ(0, shutdown(fd, SHUT_RD));
	ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	event_active(e.iev.ev_write, EV_WRITE, 0);
	turn();
	ATF_REQUIRE_EQ(0, e.ended);
	ATF_CHECK_EQ(-1, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	ATF_CHECK_EQ(ENOTCONN, errno);
	ATF_CHECK_EQ(-1, imsgev_flush(&e.iev, 1000));
	ATF_CHECK_EQ(ENOTCONN, errno);
	until_ended(&e);
	ATF_CHECK_EQ(-1, imsgev_flush(&e.iev, 1000));
	ATF_CHECK_EQ(ENOTCONN, errno);
	close(fd);
	/* it says so at once where it is waited for */
	fd = hostile(&e);
	ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	close(fd);
	ATF_CHECK_EQ(-1, imsgev_flush(&e.iev, 1000));
	ATF_CHECK_EQ(EPIPE, errno);
	finish(&e);
	finish_base();
}

/* A queue that the socket takes in part is written on later. */
ATF_TC_WITHOUT_HEAD(written_in_part);
ATF_TC_BODY(written_in_part, tc)
{
	struct end	 e;
	int		 fd = hostile(&e), small = 1;
	char		 buf[4096];
	unsigned int	 n;

	ATF_REQUIRE_EQ(0, setsockopt(e.iev.fd, SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof(small)));
	for (n = 0; n < 100; n++)
		ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	turns();
	ATF_CHECK(imsgbuf_queuelen(&e.iev.ibuf) > 0);
	while (imsgbuf_queuelen(&e.iev.ibuf) > 0) {
		ATF_REQUIRE(read(fd, buf, sizeof(buf)) > 0);
		turns();
	}
	ATF_CHECK_EQ(0, e.ended);
	close(fd);
	finish(&e);
	finish_base();
}

/* How the other side may go, and what is said of it. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	struct end	 e;
	int		 fd = hostile(&e), null;

	/* nothing there after all */
	event_active(e.iev.ev_read, EV_READ, 0);
	turns();
	ATF_CHECK_EQ(0, e.ended);
	/* with a message of ours unread */
	ATF_REQUIRE_EQ(0, imsgev_send(&e.iev, MSG_PING, 0, -1, NULL));
	ATF_REQUIRE_EQ(0, imsgev_flush(&e.iev, 1000));
	close(fd);
	turns();
	ATF_CHECK_EQ(1, e.ended);
	ATF_CHECK_EQ(IMSGEV_EOF, e.how);
	ATF_CHECK_STREQ("closed by engine", e.why);
	/* no socket at all */
	fd = hostile(&e);
	ATF_REQUIRE((null = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1);
	ATF_REQUIRE(dup2(null, e.iev.fd) != -1);
	event_active(e.iev.ev_read, EV_READ, 0);
	turns();
	ATF_CHECK_EQ(1, e.ended);
	ATF_CHECK_EQ(IMSGEV_ERROR, e.how);
	ATF_CHECK_EQ(0, strncmp(e.why, "engine: ", 8));
	close(null);
	close(fd);
	finish_base();
}

/* After a failure the descriptor is still the caller's. */
ATF_TC_WITHOUT_HEAD(init_fails);
ATF_TC_BODY(init_fails, tc)
{
	struct end	 e;
	int		 fd;

	ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE((fd = open("file", O_RDWR | O_CREAT, 0600)) != -1);
	ATF_CHECK_EQ(-1, imsgev_init(&e.iev, base, fd, PROC_PARENT,
	    PROC_ENGINE, handler, ender, &e));	/* epoll takes no files */
	ATF_CHECK(fcntl(fd, F_GETFD) != -1);
	ATF_CHECK_EQ(-1, e.iev.fd);
	imsgev_close(&e.iev);
	close(fd);
	finish_base();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, there_and_back);
	ATF_TP_ADD_TC(tp, queue_is_bounded);
	ATF_TP_ADD_TC(tp, peer_does_not_read);
	ATF_TP_ADD_TC(tp, close_in_mid_turn);
	ATF_TP_ADD_TC(tp, turns_are_bounded);
	ATF_TP_ADD_TC(tp, last_words);
	ATF_TP_ADD_TC(tp, write_failed);
	ATF_TP_ADD_TC(tp, written_in_part);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, heard_out);
	ATF_TP_ADD_TC(tp, pause_holds_back);
	ATF_TP_ADD_TC(tp, bad_messages);
	ATF_TP_ADD_TC(tp, no_descriptors_with_clients);
	ATF_TP_ADD_TC(tp, init_fails);
	return (atf_no_error());
}
