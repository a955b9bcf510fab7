/* SPDX-License-Identifier: ISC */
/*
 * ntpburst: so many requests a second for so long, whether answers come or
 * not, each with a transmit timestamp of its own: a tag of the run above, its
 * number below.  Then it waits for stragglers and accounts for each request.
 * SIGTERM ends the sending early.  Exit status 1 if a request was lost or
 * answered twice.  -k says how often the server is killed meanwhile: of so
 * many silences, the longest ones, median and 99th percentile are shown.
 * -f is the address to send from.
 */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "ntp_packet.h"
#include "regress/tool/asker.h"

#define BATCH		32
#define LINGER_MS	100	/* for a second answer to come */
#define BUFFER		(4 * 1024 * 1024)

struct burst {
	int		 fd;
	uint32_t	 tag;
	uint64_t	 rate, total;	/* a second; requests in all */
	uint64_t	 sent, answered, duplicates, strays, refused;
	uint64_t	 unsync;	/* answered with leap indicator 3 */
	int64_t		*when;		/* ns: request i left … */
	uint8_t		*seen;		/* … and was answered so often */
	int64_t		 worst;		/* ns for an answer */
	int64_t		 last, gap;	/* ns: last answer; longest silence */
	uint64_t	 kills;
	uint32_t	*silence;	/* us before each answer */
};

static volatile sig_atomic_t	 enough;

static void
on_signal(int sig)
{
	(void)sig;
	enough = 1;
}

static int64_t
now_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
}

static void
burst_open(struct burst *b, const struct addr *from, const struct addr *to)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 size = BUFFER;

	if ((b->fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1)
		err(2, "socket");
	/* What we have no room for would count as lost. */
#ifdef SO_RCVBUFFORCE
	if (setsockopt(b->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
#endif
		setsockopt(b->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (from->family != 0) {
		len = addr_to_sockaddr(from, &ss);
		if (bind(b->fd, (struct sockaddr *)&ss, len) == -1)
			err(2, "bind");
	}
	len = addr_to_sockaddr(to, &ss);
	if (connect(b->fd, (struct sockaddr *)&ss, len) == -1)
		err(2, "connect");
}

static void
burst_send(struct burst *b)
{
	uint8_t	 buf[NTP_HEADER_LEN];

	memset(buf, 0, sizeof(buf));
	buf[0] = 4 << 3 | NTP_MODE_CLIENT;
	ntp_put64(buf + NTP_OFF_TRANSMIT, (uint64_t)b->tag << 32 | b->sent);
	for (;;) {
		b->when[b->sent] = now_ns();
		if (send(b->fd, buf, sizeof(buf), 0) == sizeof(buf))
			break;
		/* an ICMP error of an earlier one: this one did not go */
		if (errno == ECONNREFUSED)
			b->refused++;
		else if (errno != EINTR && errno != EAGAIN && errno != ENOBUFS)
			err(2, "send");
	}
	b->sent++;
}

static void
burst_take(struct burst *b, const uint8_t *buf, size_t len)
{
	uint64_t	 origin, i;
	int64_t		 now = now_ns();

	if (len != NTP_HEADER_LEN || (buf[0] & 7) != NTP_MODE_SERVER) {
		b->strays++;
		return;
	}
	origin = ntp_get64(buf + NTP_OFF_ORIGIN);
	i = origin & UINT32_MAX;
	if (origin >> 32 != b->tag || i >= b->sent) {
		b->strays++;
		return;
	}
	if (b->seen[i]++ > 0) {
		b->duplicates++;
		return;
	}
	if (b->last != 0)
		b->silence[b->answered] = (uint32_t)((now - b->last) / 1000);
	b->answered++;
	if (buf[0] >> 6 == NTP_LEAP_UNSYNC)
		b->unsync++;
	if (now - b->when[i] > b->worst)
		b->worst = now - b->when[i];
	if (b->last != 0 && now - b->last > b->gap)
		b->gap = now - b->last;
	b->last = now;
}

static void
burst_read(struct burst *b)
{
	uint8_t	 buf[1024];
	ssize_t	 n;

	for (;;) {
		if ((n = recv(b->fd, buf, sizeof(buf), 0)) >= 0)
			burst_take(b, buf, (size_t)n);
		else if (errno == ECONNREFUSED)
			b->refused++;
		else if (errno != EINTR)
			return;
	}
}

/* Reads until there is something to send at `until`. */
static void
burst_wait(struct burst *b, int64_t until)
{
	struct pollfd	 pfd = { .fd = b->fd, .events = POLLIN };
	struct timespec	 ts;
	int64_t		 left;

	if ((left = until - now_ns()) < 0)
		left = 0;
	ts.tv_sec = left / 1000000000;
	ts.tv_nsec = left % 1000000000;
	if (ppoll(&pfd, 1, &ts, NULL) == -1 && errno != EINTR)
		err(2, "ppoll");
	burst_read(b);
}

/* Request i is due at start + i / rate, answers or no answers. */
static void
burst_run(struct burst *b)
{
	int64_t		 start = now_ns();
	uint64_t	 due;
	int		 n;

	while (b->sent < b->total && !enough) {
		due = (uint64_t)(now_ns() - start) * b->rate / 1000000000 + 1;
		if (due > b->total)
			due = b->total;
		for (n = 0; n < BATCH && b->sent < due; n++)
			burst_send(b);
		burst_wait(b, start + (int64_t)(b->sent * 1000000000 /
		    b->rate));
	}
}

static void
burst_stragglers(struct burst *b, int64_t ms)
{
	int64_t	 end = now_ns() + ms * 1000000;

	while (b->answered < b->sent && now_ns() < end)
		burst_wait(b, end);
	end = now_ns() + LINGER_MS * 1000000;
	while (now_ns() < end)
		burst_wait(b, end);
}

static int
longer(const void *a, const void *b)
{
	const uint32_t	*x = a, *y = b;

	return (*x < *y ? 1 : *x > *y ? -1 : 0);
}

static void
burst_silences(struct burst *b)
{
	uint64_t	 n = b->kills < b->answered ? b->kills : b->answered;

	if (n == 0)
		return;
	qsort(b->silence, b->answered, sizeof(*b->silence), longer);
	printf("silences=%" PRIu64 "\nsilences_p50_us=%" PRIu32
	    "\nsilences_p99_us=%" PRIu32 "\n", n, b->silence[n / 2],
	    b->silence[n / 100]);
}

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr,
	    "usage: ntpburst [-d seconds] [-f from] [-k kills] [-r rate] "
	    "[-w ms] to\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	struct burst	 b;
	struct addr	 from, to;
	uint64_t	 seconds = 1, wait = 3000, lost;
	int		 ch;

	memset(&b, 0, sizeof(b));
	memset(&from, 0, sizeof(from));
	b.rate = 10000;
	while ((ch = getopt(argc, argv, "d:f:k:r:w:")) != -1)
		switch (ch) {
		case 'd':
			seconds = asker_number(optarg, 3600);
			break;
		case 'f':
			if (addr_parse(&from, optarg, 0) == -1)
				usage();
			break;
		case 'k':
			b.kills = asker_number(optarg, 1000000);
			break;
		case 'r':
			b.rate = asker_number(optarg, 1000000);
			break;
		case 'w':
			wait = asker_number(optarg, 60000);
			break;
		default:
			usage();
		}
	if (argc != optind + 1 || addr_parse(&to, argv[optind], 0) == -1 ||
	    (from.family != 0 && from.family != to.family))
		usage();
	b.total = b.rate * seconds;
	if (b.total > UINT32_MAX)
		errx(2, "too many requests");
	b.when = calloc(b.total, sizeof(*b.when));
	b.seen = calloc(b.total, sizeof(*b.seen));
	b.silence = calloc(b.total, sizeof(*b.silence));
	if (b.when == NULL || b.seen == NULL || b.silence == NULL)
		err(2, NULL);
	b.tag = arc4random() | 1;	/* a timestamp of 0 would be none */
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	burst_open(&b, &from, &to);
	burst_run(&b);
	burst_stragglers(&b, (int64_t)wait);
	lost = b.sent - b.answered;
	printf("sent=%" PRIu64 "\nanswered=%" PRIu64 "\nlost=%" PRIu64
	    "\nduplicates=%" PRIu64 "\nstrays=%" PRIu64 "\nrefused=%" PRIu64
	    "\nunsync=%" PRIu64 "\nworst_us=%" PRId64 "\nsilence_us=%" PRId64
	    "\n", b.sent, b.answered, lost, b.duplicates, b.strays, b.refused,
	    b.unsync, b.worst / 1000, b.gap / 1000);
	burst_silences(&b);
	free(b.silence);
	free(b.when);
	free(b.seen);
	return (lost > 0 || b.duplicates > 0 || b.strays > 0);
}
