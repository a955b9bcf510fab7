/* SPDX-License-Identifier: ISC */
/*
 * ntpxleave: a client of interleaved mode (RFC 9769).  It makes the exchanges
 * that the steps name, one after the other on one socket, and says of each
 * answer which mode it is in and what is wrong with it, a line each, such as
 * "next interleaved".
 *
 *	basic	no origin
 *	next	the last answer's receive timestamp for an origin, and when
 *		that answer came
 *	again	origin and receive timestamp of the last request
 *	same	as next, with a receive timestamp that equals the transmit one
 *	old	as next, of the answer before the last one
 *	wrong	as next, and one unit off
 *	v3, active
 *		as next, in version 3, or in symmetric active mode
 *	many	some hundred requests, in trains that the kernel receives at
 *		one instant
 *	wait:F	not an exchange: until there is a file F
 *
 * Exit status 1 if something was wrong, or if two answers had the same receive
 * timestamp.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/udp.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "mac.h"
#include "ntp_packet.h"
#include "ntp_time.h"
#include "regress/tool/asker.h"
#include "regress/tool/key_text.h"

#define PACKET_MAX	(NTP_HEADER_LEN + MAC_LEN_MAX)
#define SLACK		1e-5	/* s: precision's noise, and two readings */
#define WAIT_MS		5000
#define TRAINS		8
#define TRAIN		60	/* requests; some kernels take no more */
#define RECEIVED_MAX	4096

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif

/* An exchange, as the next one needs it. */
struct exchange {
	ntp_ts	 origin, asked_receive, asked_transmit;	/* the request */
	ntp_ts	 receive, transmit;			/* the answer */
	ntp_ts	 arrived;
	bool	 interleaved;
};

struct xleave {
	int		 fd;
	struct mac_key	 key;
	size_t		 mac_len;	/* 0: without */
	struct exchange	 last, before;
	ntp_ts		 received[RECEIVED_MAX];
	unsigned int	 n;
	bool		 bad;
};

static const char *const	 steps[] = {
	"basic", "next", "again", "same", "old", "wrong", "v3", "active",
	"many", NULL
};

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "usage: ntpxleave [-f from] [-k key] to step ...\n"
	    "steps: wait:file");
	for (const char *const *s = steps; *s != NULL; s++)
		fprintf(stderr, " %s", *s);
	fprintf(stderr, "\n");
	exit(2);
}

static ntp_ts
now_ntp(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (ntp_ts_from_timespec(&ts));
}

/* The request's octets. */
static size_t
request(const struct xleave *x, uint8_t *buf, unsigned int version,
    unsigned int mode, const struct exchange *e)
{
	memset(buf, 0, NTP_HEADER_LEN);
	buf[0] = (uint8_t)(version << 3 | mode);
	ntp_put64(buf + NTP_OFF_ORIGIN, e->origin);
	ntp_put64(buf + NTP_OFF_RECEIVE, e->asked_receive);
	ntp_put64(buf + NTP_OFF_TRANSMIT, e->asked_transmit);
	if (x->mac_len > 0)
		mac_sign(&x->key, buf, NTP_HEADER_LEN, buf + NTP_HEADER_LEN,
		    x->mac_len);
	return (NTP_HEADER_LEN + x->mac_len);
}

static void
answer(struct xleave *x, uint8_t *buf, struct exchange *e)
{
	struct pollfd	 pfd = { .fd = x->fd, .events = POLLIN };
	ssize_t		 n;

	if (poll(&pfd, 1, WAIT_MS) != 1)
		errx(1, "no answer");
	n = recv(x->fd, buf, PACKET_MAX, 0);
	e->arrived = now_ntp();
	if (n == -1)
		err(1, "recv");
	if ((size_t)n != NTP_HEADER_LEN + x->mac_len)
		errx(1, "an answer of %zd octets", n);
	if (x->mac_len > 0 && !mac_verify(&x->key, buf, NTP_HEADER_LEN,
	    buf + NTP_HEADER_LEN, x->mac_len))
		errx(1, "an answer with a wrong MAC");
	e->receive = ntp_get64(buf + NTP_OFF_RECEIVE);
	e->transmit = ntp_get64(buf + NTP_OFF_TRANSMIT);
	if (x->n == RECEIVED_MAX)
		errx(2, "too many exchanges");
	x->received[x->n++] = e->receive;
}

/* I1: what an interleaved answer says of the one before it. */
static const char *
judge_interleaved(const struct exchange *e, const struct exchange *last)
{
	if (!ntp_ts_before(last->receive, e->transmit))
		return ("that left before its request came");
	if (ntp_ts_diff(e->transmit, last->arrived) > SLACK)
		return ("that left after it had arrived");
	/* what was foretold is hardly ever right to the last bit */
	if (!last->interleaved && e->transmit == last->transmit)
		return ("that left as it was said, not as it was seen");
	if (!last->interleaved &&
	    ntp_ts_diff(last->transmit, e->transmit) > 0.1)
		return ("that left long before it was said");
	return (NULL);
}

static const char *
judge(struct exchange *e, const struct exchange *last, const uint8_t *buf)
{
	ntp_ts	 origin = ntp_get64(buf + NTP_OFF_ORIGIN);

	e->interleaved = origin == e->asked_receive &&
	    origin != e->asked_transmit;
	if (!e->interleaved && origin != e->asked_transmit)
		return ("with an origin from nowhere");
	if (e->receive == 0 || e->transmit == 0)
		return ("with a timestamp of zero");
	if (e->receive == origin || e->receive == e->transmit)
		return ("with a receive timestamp that is another one, too");
	if (ntp_ts_diff(e->arrived, e->receive) < -SLACK)
		return ("that came before its request");
	if (e->interleaved)
		return (judge_interleaved(e, last));
	if (!ntp_ts_before(e->receive, e->transmit) ||
	    ntp_ts_diff(e->arrived, e->transmit) < -SLACK)
		return ("with a wrong transmit timestamp");
	return (NULL);
}

static void
exchange(struct xleave *x, const char *step)
{
	struct exchange	 e;
	uint8_t		 buf[PACKET_MAX];
	const char	*why;
	bool		 active = strcmp(step, "active") == 0;
	size_t		 len;

	memset(&e, 0, sizeof(e));
	arc4random_buf(&e.asked_transmit, sizeof(e.asked_transmit));
	if (strcmp(step, "basic") != 0) {
		e.origin = x->last.receive;
		e.asked_receive = x->last.arrived;
	}
	if (strcmp(step, "again") == 0) {
		e.origin = x->last.origin;
		e.asked_receive = x->last.asked_receive;
	} else if (strcmp(step, "same") == 0)
		e.asked_receive = e.asked_transmit;
	else if (strcmp(step, "old") == 0)
		e.origin = x->before.receive;
	else if (strcmp(step, "wrong") == 0)
		e.origin++;
	len = request(x, buf, strcmp(step, "v3") == 0 ? 3 : 4,
	    active ? NTP_MODE_ACTIVE : NTP_MODE_CLIENT, &e);
	if (send(x->fd, buf, len, 0) != (ssize_t)len)
		err(1, "send");
	answer(x, buf, &e);
	why = judge(&e, &x->last, buf);
	if ((buf[0] & 7) != (active ? NTP_MODE_PASSIVE : NTP_MODE_SERVER))
		why = "in another mode";
	printf("%s %s%s%s\n", step, e.interleaved ? "interleaved" : "basic",
	    why != NULL ? ", " : "", why != NULL ? why : "");
	fflush(stdout);
	x->bad |= why != NULL;
	x->before = x->last;
	x->last = e;
}

/*
 * Requests that leave as one packet, which the kernel cuts up behind the clock
 * reading that they all share.  Where it can't, they go one by one.
 */
static void
train(struct xleave *x)
{
	uint8_t		 buf[TRAIN * PACKET_MAX];
	struct exchange	 e;
	size_t		 len = 0, each = NTP_HEADER_LEN + x->mac_len, at;
	int		 size = (int)each;
	unsigned int	 i;

	memset(&e, 0, sizeof(e));
	for (i = 0; i < TRAIN; i++) {
		arc4random_buf(&e.asked_transmit, sizeof(e.asked_transmit));
		len += request(x, buf + len, 4, NTP_MODE_CLIENT, &e);
	}
	if (setsockopt(x->fd, IPPROTO_UDP, UDP_SEGMENT, &size,
	    sizeof(size)) == 0) {
		if (send(x->fd, buf, len, 0) != (ssize_t)len)
			err(1, "send");
		size = 0;
		setsockopt(x->fd, IPPROTO_UDP, UDP_SEGMENT, &size,
		    sizeof(size));
	} else
		for (at = 0; at < len; at += each)
			if (send(x->fd, buf + at, each, 0) != (ssize_t)each)
				err(1, "send");
	for (i = 0; i < TRAIN; i++)
		answer(x, buf, &e);
	x->last = e;
}

static void
wait_for_file(const char *name)
{
	static const struct timespec	 pause_ns = { 0, 10000000 };

	while (access(name, F_OK) == -1)
		nanosleep(&pause_ns, NULL);
}

static void
step(struct xleave *x, const char *name)
{
	const char *const	*s;
	unsigned int		 i;

	if (strncmp(name, "wait:", 5) == 0) {
		wait_for_file(name + 5);
		return;
	}
	for (s = steps; *s != NULL && strcmp(*s, name) != 0; s++)
		;
	if (*s == NULL)
		usage();
	if (strcmp(name, "many") != 0)
		exchange(x, name);
	else
		for (i = 0; i < TRAINS; i++)
			train(x);
}

static int
ts_cmp(const void *a, const void *b)
{
	const ntp_ts	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

/* I3: the receive timestamps of one source are all different. */
static void
judge_all(struct xleave *x)
{
	unsigned int	 i, same = 0;

	qsort(x->received, x->n, sizeof(x->received[0]), ts_cmp);
	for (i = 1; i < x->n; i++)
		same += x->received[i] == x->received[i - 1];
	if (same == 0)
		return;
	printf("%u of %u receive timestamps are another's, too\n", same,
	    x->n);
	x->bad = true;
}

int
main(int argc, char *argv[])
{
	static struct xleave	 x;
	struct addr		 to, from;
	bool			 have_from = false;
	int			 ch;

	while ((ch = getopt(argc, argv, "f:k:")) != -1)
		switch (ch) {
		case 'f':
			if (addr_parse(&from, optarg, 0) == -1)
				usage();
			have_from = true;
			break;
		case 'k':
			x.mac_len = key_text_read(&x.key, optarg);
			break;
		default:
			usage();
		}
	if (argc - optind < 2 || addr_parse(&to, argv[optind], 0) == -1)
		usage();
	x.fd = asker_socket(have_from ? &from : NULL, &to, 0);
	for (optind++; optind < argc; optind++)
		step(&x, argv[optind]);
	judge_all(&x);
	return (x.bad);
}
