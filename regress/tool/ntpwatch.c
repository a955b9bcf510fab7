/* SPDX-License-Identifier: ISC */
/*
 * ntpwatch [-i ms] to seconds: asks a server of this machine again and again
 * and prints a line for each answer, of these fields:
 *	1	seconds since the first request, by the monotonic clock
 *	2	the served time (receive timestamp), seconds since 1970
 *	3, 4	by how much served time has gone ahead of the monotonic clock
 *		since the first request: at least, at most
 *	5	leap indicator
 *	6	stratum
 *	7	reference id, hexadecimal
 *	8	reference timestamp, hexadecimal
 *	9	its age at the transmit timestamp, seconds
 *	10	root dispersion, seconds
 *	11	"ok", or what is wrong with the order of the timestamps
 * A request that is not answered within a second is left out.
 */
#include <sys/socket.h>

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "ntp_packet.h"
#include "ntp_time.h"

#define NS_PER_S	INT64_C(1000000000)
#define PATIENCE	1000	/* ms */

struct sample {
	int64_t		 before, after;	/* monotonic ns, around the request */
	struct timespec	 real;		/* the machine's clock, after it */
	struct ntp_header h;
};

static int64_t
mono_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec * NS_PER_S + ts.tv_nsec);
}

/* True when the answer to this very request has come. */
static bool
ask(int fd, struct sample *s)
{
	uint8_t		 buf[NTP_HEADER_LEN];
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	uint64_t	 nonce;

	arc4random_buf(&nonce, sizeof(nonce));
	memset(buf, 0, sizeof(buf));
	buf[0] = 4 << 3 | NTP_MODE_CLIENT;
	ntp_put64(buf + NTP_OFF_TRANSMIT, nonce);
	s->before = mono_ns();
	if (send(fd, buf, sizeof(buf), 0) != sizeof(buf))
		err(1, "send");
	while (poll(&pfd, 1, PATIENCE) == 1) {
		if (recv(fd, buf, sizeof(buf), 0) != sizeof(buf))
			err(1, "recv");
		s->after = mono_ns();
		clock_gettime(CLOCK_REALTIME, &s->real);
		ntp_header_get(&s->h, buf);
		if (s->h.origin == nonce)
			return (true);
	}
	return (false);
}

static const char *
order(const struct ntp_header *h)
{
	if (h->receive == 0 || h->transmit == 0)
		return ("zero");
	if (ntp_ts_before(h->transmit, h->receive))
		return ("transmit-before-receive");
	if (h->reference != 0 && ntp_ts_before(h->receive, h->reference))
		return ("reference-after-receive");
	return ("ok");
}

static void
print(const struct sample *s, const struct sample *first)
{
	const struct ntp_header	*h = &s->h;
	double			 served, ago;

	/* the era is the one that the machine's clock is in */
	ago = ntp_ts_diff(h->receive, ntp_ts_from_timespec(&s->real));
	served = ntp_ts_diff(h->receive, first->h.receive);
	printf("%.6f %.6f %.6f %.6f %u %u %08" PRIx32 " %016" PRIx64
	    " %.6f %.6f %s\n",
	    (double)(s->before - first->before) * 1e-9,
	    (double)s->real.tv_sec + (double)s->real.tv_nsec * 1e-9 + ago,
	    served - (double)(s->after - first->before) * 1e-9,
	    served - (double)(s->before - first->after) * 1e-9,
	    h->leap, h->stratum, ntp_get32(h->refid), h->reference,
	    h->reference == 0 ? 0 : ntp_ts_diff(h->transmit, h->reference),
	    ntp_short_to_seconds(h->root_dispersion), order(h));
}

int
main(int argc, char *argv[])
{
	struct sockaddr_storage	 ss;
	struct sample		 first, s;
	struct addr		 to;
	socklen_t		 len;
	int64_t			 end, pause = 10;
	bool			 any = false;
	int			 ch, fd;

	while ((ch = getopt(argc, argv, "i:")) != -1)
		if (ch != 'i' || (pause = atoi(optarg)) < 1)
			errx(2, "usage: ntpwatch [-i ms] to seconds");
	argv += optind;
	if (argc - optind != 2 || addr_parse(&to, argv[0], 123) == -1)
		errx(2, "usage: ntpwatch [-i ms] to seconds");
	len = addr_to_sockaddr(&to, &ss);
	if ((fd = socket(to.family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "%s", argv[0]);
	end = mono_ns() + atoi(argv[1]) * NS_PER_S;
	while (mono_ns() < end) {
		if (ask(fd, &s)) {
			if (!any)
				first = s;
			any = true;
			print(&s, &first);
		}
		usleep((useconds_t)pause * 1000);
	}
	return (any ? 0 : 1);
}
