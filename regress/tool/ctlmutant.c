/* SPDX-License-Identifier: ISC */
/*
 * ctlmutant: mutated messages to the control socket, as many as -n says, over
 * several connections at a time.  On each, the next message waits for the
 * answer to the one before; where none comes, it does not.  Then it tells how
 * many went out, how many were answered, and how many connections they took.
 */
#include <sys/socket.h>
#include <sys/un.h>

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

#include "hostile_mutate.h"
#include "imsg.h"
#include "msg.h"

#define CONNS		8
#define PATIENCE_MS	20	/* for an answer */
#define SILENCES	3	/* in a row, and the connection is given up */
#define RUDE		100	/* of 1000 messages */

struct conn {
	struct imsgbuf	 ibuf;
	struct mutant	 out;
	int64_t		 since;		/* ms, when it was sent */
	unsigned int	 silences;
	bool		 waits;
};

static struct mutator	 mutator;
static struct conn	 conns[CONNS];
static struct pollfd	 pfds[CONNS];
static uint64_t		 sent, answered, opened, closed;

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static void
conn_open(unsigned int i, const struct sockaddr_un *to)
{
	static const struct msg_hello	 zero;
	struct msg_hello		 hello = zero;
	struct conn			*c = &conns[i];

	memset(c, 0, sizeof(*c));
	if ((pfds[i].fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) ==
	    -1 || connect(pfds[i].fd, (const struct sockaddr *)to,
	    sizeof(*to)) == -1)
		err(2, "%s", to->sun_path);
	pfds[i].events = POLLIN;
	if (imsgbuf_init(&c->ibuf, pfds[i].fd) == -1 ||
	    imsgbuf_set_maxsize(&c->ibuf, sizeof(union msg_payload)) == -1)
		err(2, NULL);
	opened++;
	hello.catalogue = msg_catalogue();
	if (mutator_pick(&mutator, 8) != 0)
		(void)(imsg_compose(&c->ibuf, MSG_HELLO, 0, 0, -1, &hello,
		    sizeof(hello)) == 1 && imsgbuf_write(&c->ibuf));
}

static void
conn_close(unsigned int i)
{
	imsgbuf_clear(&conns[i].ibuf);
	close(pfds[i].fd);
	pfds[i].fd = -1;
}

/* The last message of an answer: not of an endless one. */
static bool
is_last(uint32_t type)
{
	return (type == MSG_RESULT || type == MSG_WELCOME ||
	    type == MSG_CLIENTS_END || type == MSG_HISTORY_END);
}

static void
conn_read(unsigned int i)
{
	struct conn	*c = &conns[i];
	struct imsg	 imsg;

	if (imsgbuf_read(&c->ibuf) != 1) {
		closed++;
		conn_close(i);
		return;
	}
	while (imsgbuf_get(&c->ibuf, &imsg) > 0) {
		if (is_last(imsg_get_type(&imsg)) && c->waits) {
			answered++;
			c->waits = false;
			c->silences = 0;
		}
		imsg_free(&imsg);
	}
}

static void
conn_write(unsigned int i)
{
	struct conn	*c = &conns[i];
	int		 done;

	mutate(&mutator, &c->out);
	while ((done = mutant_send(&c->out, pfds[i].fd)) == 0)
		;
	if (done == -1) {
		closed++;
		conn_close(i);
		return;
	}
	sent++;
	c->waits = true;
	c->since = now_ms();
}

static void
talk(const struct sockaddr_un *to, uint64_t n)
{
	unsigned int	 i;
	int64_t		 now;

	while (sent < n) {
		for (i = 0; i < CONNS; i++) {
			if (pfds[i].fd == -1)
				conn_open(i, to);
			if (!conns[i].waits)
				conn_write(i);
		}
		if (poll(pfds, CONNS, PATIENCE_MS) == -1 && errno != EINTR)
			err(2, "poll");
		now = now_ms();
		for (i = 0; i < CONNS; i++) {
			if (pfds[i].fd != -1 && pfds[i].revents != 0)
				conn_read(i);
			if (pfds[i].fd == -1 || !conns[i].waits ||
			    now - conns[i].since < PATIENCE_MS)
				continue;
			conns[i].waits = false;
			if (++conns[i].silences == SILENCES)
				conn_close(i);
		}
	}
}

static uint64_t
number(const char *text)
{
	const char	*why;
	long long	 v;

	v = strtonum(text, 0, UINT32_MAX, &why);
	if (why != NULL)
		errx(2, "%s is %s", text, why);
	return ((uint64_t)v);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_un	 to;
	uint64_t		 n = 1000, seed = arc4random();
	unsigned int		 i;
	int			 ch;

	while ((ch = getopt(argc, argv, "n:s:")) != -1)
		switch (ch) {
		case 'n': n = number(optarg); break;
		case 's': seed = number(optarg); break;
		default: argc = 0;
		}
	if (argc != optind + 1)
		errx(2, "usage: ctlmutant [-n messages] [-s seed] path");
	memset(&to, 0, sizeof(to));
	to.sun_family = AF_UNIX;
	if (strlcpy(to.sun_path, argv[optind], sizeof(to.sun_path)) >=
	    sizeof(to.sun_path))
		errx(2, "the path is too long");
	printf("seed=%" PRIu64 "\n", seed);
	fflush(stdout);
	mutator_init(&mutator, PROC_CLIENT, PROC_CONTROL, seed);
	mutator.rude = RUDE;
	for (i = 0; i < CONNS; i++)
		pfds[i].fd = -1;
	talk(&to, n);
	printf("sent=%" PRIu64 "\nanswered=%" PRIu64 "\nconnections=%" PRIu64
	    "\nclosed=%" PRIu64 "\n", sent, answered, opened, closed);
	return (0);
}
