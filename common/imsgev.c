/* SPDX-License-Identifier: ISC */
/*
 * The transport: see imsgev.h.
 *
 * A handler may close or free the connection that calls it, so each turn
 * leaves a flag on its stack for imsgev_close to set, and looks at nothing
 * else once it is set.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsgev.h"

#define WHY_MAX		160	/* octets of a reason, the NUL included */

static void	imsgev_readable(evutil_socket_t, short, void *);
static void	imsgev_writable(evutil_socket_t, short, void *);

int
imsgev_init(struct imsgev *iev, struct event_base *base, int fd,
    enum proc_id self, enum proc_id peer, imsgev_handler handler,
    imsgev_ender ender, void *arg)
{
	int	 saved;

	memset(iev, 0, sizeof(*iev));
	iev->fd = -1;
	if (imsgbuf_init(&iev->ibuf, fd) == -1 ||
	    imsgbuf_set_maxsize(&iev->ibuf, sizeof(union msg_payload)) == -1)
		goto fail;
	/* A client has no descriptor that we would want, nor we for it. */
	if (self != PROC_CLIENT && peer != PROC_CLIENT)
		imsgbuf_allow_fdpass(&iev->ibuf);
	iev->ev_read = event_new(base, fd, EV_READ | EV_PERSIST,
	    imsgev_readable, iev);
	iev->ev_write = event_new(base, fd, EV_WRITE | EV_PERSIST,
	    imsgev_writable, iev);
	if (iev->ev_read == NULL || iev->ev_write == NULL) {
		errno = ENOMEM;
		goto fail;
	}
	if (event_add(iev->ev_read, NULL) == -1)
		goto fail;
	iev->fd = fd;
	iev->self = self;
	iev->peer = peer;
	iev->handler = handler;
	iev->ender = ender;
	iev->arg = arg;
	iev->queue_max = IMSGEV_QUEUE_MAX;
	return (0);
fail:
	saved = errno;
	if (iev->ev_write != NULL)
		event_free(iev->ev_write);
	if (iev->ev_read != NULL)
		event_free(iev->ev_read);
	iev->ev_read = iev->ev_write = NULL;
	imsgbuf_clear(&iev->ibuf);
	errno = saved;
	return (-1);
}

void
imsgev_close(struct imsgev *iev)
{
	if (iev->fd == -1)
		return;
	if (iev->gone != NULL)
		*iev->gone = true;
	iev->gone = NULL;
	event_free(iev->ev_read);
	event_free(iev->ev_write);
	iev->ev_read = iev->ev_write = NULL;
	imsgbuf_clear(&iev->ibuf);
	close(iev->fd);
	iev->fd = -1;
}

/* The last word on a connection; why must not lie in iev. */
static void
imsgev_end(struct imsgev *iev, enum imsgev_end how, const char *why)
{
	imsgev_close(iev);
	iev->ender(iev, how, why, iev->arg);
}

static void
imsgev_end_errno(struct imsgev *iev, int error)
{
	char	 why[WHY_MAX];

	if (error == EBADMSG) {
		(void)snprintf(why, sizeof(why),
		    "bad framing or descriptors from %s",
		    proc_name(iev->peer));
		imsgev_end(iev, IMSGEV_BAD, why);
	} else if (error == ECONNRESET || error == EPIPE) {
		/* It left with messages of ours unread: that is no fault. */
		(void)snprintf(why, sizeof(why), "closed by %s",
		    proc_name(iev->peer));
		imsgev_end(iev, IMSGEV_EOF, why);
	} else {
		(void)snprintf(why, sizeof(why), "%s: %s",
		    proc_name(iev->peer), strerror(error));
		imsgev_end(iev, IMSGEV_ERROR, why);
	}
}

static void
imsgev_end_eof(struct imsgev *iev)
{
	char	 why[WHY_MAX];

	(void)snprintf(why, sizeof(why), "closed by %s%s",
	    proc_name(iev->peer),
	    iev->ibuf.r_len > 0 ? " in the middle of a message" : "");
	imsgev_end(iev, IMSGEV_EOF, why);
}

static void
imsgev_end_verdict(struct imsgev *iev, struct imsg *imsg,
    enum msg_verdict verdict)
{
	uint32_t	 type = imsg_get_type(imsg);
	const char	*what = msg_strverdict(verdict);
	const char	*peer = proc_name(iev->peer);
	char		 why[WHY_MAX];

	if (verdict == MSG_BAD_TYPE)
		(void)snprintf(why, sizeof(why), "%s %u from %s", what, type,
		    peer);
	else if (verdict == MSG_BAD_LENGTH)
		(void)snprintf(why, sizeof(why), "%s of %s from %s (%zu, not "
		    "%zu)", what, msg_name(type), peer, imsg_get_len(imsg),
		    msg_size(type));
	else
		(void)snprintf(why, sizeof(why), "%s of %s from %s", what,
		    msg_name(type), peer);
	imsgev_end(iev, IMSGEV_BAD, why);
}

/*
 * Hands out complete messages, as many as are left of this turn's share and
 * until a handler closes or pauses.  True: all of them, more can be read.
 */
static bool
imsgev_drain(struct imsgev *iev, const bool *gone, unsigned int *left)
{
	union msg_payload	 payload;
	struct imsg		 imsg;
	enum msg_verdict	 verdict;
	int			 n;

	while (event_pending(iev->ev_read, EV_READ, NULL)) {
		if (*left == 0) {
			/* Not EV_READ: first let others see their input. */
			event_active(iev->ev_read, 0, 0);
			return (false);
		}
		if ((n = imsgbuf_get(&iev->ibuf, &imsg)) == -1) {
			imsgev_end_errno(iev, errno);
			return (false);
		}
		if (n == 0)
			return (true);
		(*left)--;
		verdict = msg_check(&imsg, iev->peer, iev->self, &payload);
		if (verdict == MSG_OK)
			iev->handler(iev, &imsg, &payload, iev->arg);
		else
			imsgev_end_verdict(iev, &imsg, verdict);
		imsg_free(&imsg);
		if (*gone)
			return (false);
	}
	return (false);
}

/*
 * What was received before is handed out before more is read.  A turn that
 * used up its share continues without reading: libevent runs what a callback
 * activates before it polls again, so a peer that never stops sending would
 * keep everybody else out.
 */
static void
imsgev_turn(struct imsgev *iev, short what, const bool *gone)
{
	unsigned int	 left = IMSGEV_TURN_MAX;
	size_t		 had;

	if (!imsgev_drain(iev, gone, &left) || what == 0)
		return;
	had = iev->ibuf.r_len;
	switch (imsgbuf_read(&iev->ibuf)) {
	case -1:
		imsgev_end_errno(iev, errno);
		return;
	case 0:
		imsgev_end_eof(iev);
		return;
	}
	if (iev->ibuf.r_len > had)
		(void)imsgev_drain(iev, gone, &left);
	else if (iev->write_error != 0)
		imsgev_end_errno(iev, iev->write_error);
}

/* Nobody is to know how one ends that is closed anyway. */
static void
imsgev_end_untold(struct imsgev *iev, enum imsgev_end how, const char *why,
    void *arg)
{
	(void)iev;
	(void)how;
	(void)why;
	(void)arg;
}

void
imsgev_finish(struct imsgev *iev)
{
	unsigned int	 left = IMSGEV_QUEUE_MAX;
	bool		 gone = false;
	size_t		 had;

	if (iev->fd == -1)
		return;
	/* Within a turn of its own, nothing can be read. */
	if (iev->gone == NULL) {
		iev->gone = &gone;
		iev->ender = imsgev_end_untold;
		while (imsgev_drain(iev, &gone, &left)) {
			had = iev->ibuf.r_len;
			if (imsgbuf_read(&iev->ibuf) != 1 ||
			    iev->ibuf.r_len == had)
				break;
		}
		if (!gone)
			iev->gone = NULL;
	}
	if (!gone)
		imsgev_close(iev);
}

static void
imsgev_readable(evutil_socket_t fd, short what, void *arg)
{
	struct imsgev	*iev = arg;
	bool		 gone = false;

	(void)fd;
	iev->gone = &gone;
	imsgev_turn(iev, what, &gone);
	if (!gone)
		iev->gone = NULL;
}

/*
 * A peer that is gone may have left last words: they are read before the end.
 * The timer is for one that shut down its receiving side alone.
 */
static void
imsgev_writable(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval	 soon = { 0, 1000 };
	struct imsgev			*iev = arg;

	(void)fd;
	(void)what;
	if (iev->write_error == 0 && imsgbuf_write(&iev->ibuf) == -1)
		iev->write_error = errno;
	if (iev->write_error != 0) {
		event_del(iev->ev_write);
		if (!event_pending(iev->ev_read, EV_READ, NULL) ||
		    event_add(iev->ev_read, &soon) == -1)
			imsgev_end_errno(iev, iev->write_error);
	} else if (imsgbuf_queuelen(&iev->ibuf) == 0)
		event_del(iev->ev_write);
}

int
imsgev_send(struct imsgev *iev, enum msg_type type, uint32_t id, int msgfd,
    const void *data)
{
	static const union msg_payload	 zero;
	size_t				 size = msg_size(type);
	int				 saved;

	if (iev->fd == -1 || iev->write_error != 0)
		errno = ENOTCONN;
	else if (size == 0)
		errno = EINVAL;
	else if (imsgbuf_queuelen(&iev->ibuf) >= iev->queue_max)
		errno = ENOBUFS;
	else if (imsg_compose(&iev->ibuf, type, id, 0, msgfd,
	    data == NULL ? &zero : data, size) == 1)
		return (event_add(iev->ev_write, NULL));
	saved = errno;
	if (msgfd != -1)
		close(msgfd);
	errno = saved;
	return (-1);
}

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

int
imsgev_flush(struct imsgev *iev, int ms)
{
	struct pollfd	 pfd;
	int64_t		 end = now_ms() + ms, left;

	if (iev->fd == -1 || iev->write_error != 0) {
		errno = ENOTCONN;
		return (-1);
	}
	for (;;) {
		if (imsgbuf_write(&iev->ibuf) == -1)
			return (-1);
		if (imsgbuf_queuelen(&iev->ibuf) == 0)
			return (0);
		if ((left = end - now_ms()) <= 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
		pfd.fd = iev->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, (int)left) == -1 && errno != EINTR)
			return (-1);
	}
}

void
imsgev_pause(struct imsgev *iev, bool pause)
{
	if (iev->fd == -1)
		return;
	if (pause) {
		event_del(iev->ev_read);
		if (iev->write_error != 0)	/* nobody would see the end */
			event_active(iev->ev_write, EV_WRITE, 0);
	} else if (event_add(iev->ev_read, NULL) == 0)
		event_active(iev->ev_read, 0, 0);	/* what waits inside */
}
