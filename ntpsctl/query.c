/* SPDX-License-Identifier: ISC */
/*
 * `query': a client that asks an NTP server once, in the data-minimised form
 * (everything zero but version, mode and a random transmit timestamp, which
 * is what the reply has to bring back), and shows what it said.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <err.h>
#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "ntp_packet.h"
#include "ntp_time.h"
#include "ntpsctl.h"
#include "out.h"

#define TRIES		3
#define TRY_MS		1000	/* without -t */
#define ADDRESSES_MAX	8	/* of a name's */
#define HOST_MAX	256
#define PRECISION_NONE	0x20	/* data minimisation: 32, says nothing */

struct attempt {
	ntp_ts	 cookie;	/* transmit timestamp of the request */
	ntp_ts	 t1;		/* when it was sent */
};

struct exchange {
	struct attempt		 tries[TRIES];
	unsigned int		 ntries;
	struct ntp_header	 reply;
	ntp_ts			 t1, t4;
};

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static ntp_ts
now_ntp(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (ntp_ts_from_timespec(&ts));
}

/* Splits "host", "host:port", "::1", "[::1]" and "[::1]:port". */
static int
split(const char *arg, char *host, size_t size, char *port, size_t portsize)
{
	const char	*rest, *errstr;
	size_t		 len;

	if (*arg == '[') {
		arg++;
		len = strcspn(arg, "]");
		if (arg[len] != ']')
			return (-1);
		rest = arg + len + 1;
	} else if ((rest = strchr(arg, ':')) == NULL ||
	    strchr(rest + 1, ':') != NULL) {
		len = strlen(arg);
		rest = arg + len;
	} else
		len = (size_t)(rest - arg);
	if (len == 0 || len >= size)
		return (-1);
	memcpy(host, arg, len);
	host[len] = '\0';
	if (*rest == '\0')
		rest = ":123";
	if (*rest != ':')
		return (-1);
	strtonum(rest + 1, 1, UINT16_MAX, &errstr);
	if (errstr != NULL || strlcpy(port, rest + 1, portsize) >= portsize)
		return (-1);
	return (0);
}

static int
open_socket(const struct addrinfo *ai)
{
	int	 s, on = 1;

	if ((s = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1)
		return (-1);
	/* connected: the kernel drops what comes from elsewhere */
	if (connect(s, ai->ai_addr, ai->ai_addrlen) == -1) {
		close(s);
		return (-1);
	}
#ifdef SO_TIMESTAMPNS
	/* without it the clock is read late, which is worse, not wrong */
	(void)setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
#else
	(void)on;
#endif
	return (s);
}

static int
send_request(int s, struct exchange *x)
{
	struct attempt	*try = &x->tries[x->ntries];
	uint8_t		 buf[NTP_HEADER_LEN];

	memset(buf, 0, sizeof(buf));
	buf[0] = 4 << 3 | NTP_MODE_CLIENT;
	buf[NTP_OFF_PRECISION] = PRECISION_NONE;
	do
		arc4random_buf(&try->cookie, sizeof(try->cookie));
	while (try->cookie == 0);
	ntp_put64(buf + NTP_OFF_TRANSMIT, try->cookie);
	x->ntries++;
	try->t1 = now_ntp();
	return (send(s, buf, sizeof(buf), 0) == -1 ? -1 : 0);
}

/* When the kernel got the packet, or now. */
static ntp_ts
receive_time(struct msghdr *msg)
{
#ifdef SO_TIMESTAMPNS
	struct timespec	 ts;
	struct cmsghdr	*c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS &&
		    c->cmsg_len >= CMSG_LEN(sizeof(ts))) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			return (ntp_ts_from_timespec(&ts));
		}
	}
#else
	(void)msg;
#endif
	return (now_ntp());
}

/* 1: the reply is in; 0: something else came, or nothing; -1: an error. */
static int
receive_reply(int s, struct exchange *x)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[256];
	}			 control;
	uint8_t			 buf[NTP_PACKET_MAX];
	struct iovec		 iov = { buf, sizeof(buf) };
	struct msghdr		 msg;
	unsigned int		 i;
	ssize_t			 n;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	if ((n = recvmsg(s, &msg, 0)) == -1)
		return (errno == EAGAIN || errno == EINTR ? 0 : -1);
	x->t4 = receive_time(&msg);
	if (n < NTP_HEADER_LEN)
		return (0);
	ntp_header_get(&x->reply, buf);
	/* RFC 5905 has servers answer in the request's version; some don't. */
	if (x->reply.mode != NTP_MODE_SERVER)
		return (0);
	/* a late answer to an earlier try is as good */
	for (i = 0; i < x->ntries; i++) {
		if (x->reply.origin == x->tries[i].cookie) {
			x->t1 = x->tries[i].t1;
			return (1);
		}
	}
	return (0);
}

static int
await_reply(int s, struct exchange *x, int ms)
{
	struct pollfd	 pfd = { .fd = s, .events = POLLIN };
	int64_t		 end = now_ms() + ms, left;
	int		 n;

	while ((left = end - now_ms()) > 0) {
		if ((n = poll(&pfd, 1, (int)left)) == -1 && errno != EINTR)
			return (-1);
		if (n > 0 && (n = receive_reply(s, x)) != 0)
			return (n);
	}
	return (0);
}

/* 1: answered; 0: in vain, and why. */
static int
ask(const struct addrinfo *ai, int try_ms, const char *name,
    struct exchange *x, char *why, size_t size)
{
	int	 n = 0, s;

	memset(x, 0, sizeof(*x));
	if ((s = open_socket(ai)) == -1) {
		snprintf(why, size, "%s: %s", name, strerror(errno));
		return (0);
	}
	while (n == 0 && x->ntries < TRIES) {
		if ((n = send_request(s, x)) == 0)
			n = await_reply(s, x, try_ms);
	}
	if (n == 0)
		snprintf(why, size, "no answer from %s within %g s", name,
		    TRIES * try_ms / 1000.0);
	else if (n == -1 && errno == ECONNREFUSED)
		snprintf(why, size, "%s refuses: nothing listens there",
		    name);
	else if (n == -1)
		snprintf(why, size, "%s: %s", name, strerror(errno));
	close(s);
	return (n == 1);
}

/*
 * RFC 5905 7.4: stratum 0 with four capitals is a kiss code; INIT and STEP
 * say no more than "not synchronised", and then 0 is how 16 travels.
 */
static bool
is_kiss(const struct ntp_header *h)
{
	int	 i;

	if (h->stratum != 0 || memcmp(h->refid, "INIT", 4) == 0 ||
	    memcmp(h->refid, "STEP", 4) == 0)
		return (false);
	for (i = 0; i < 4; i++) {
		if (h->refid[i] < 'A' || h->refid[i] > 'Z')
			return (false);
	}
	return (true);
}

/* Nanoseconds since 1970, 0 for the unknown time; the era is today's. */
static uint64_t
unix_time(ntp_ts t)
{
	struct timespec	 ts;
	int64_t		 ns;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t == 0)
		return (0);
	ns = ntp_ts_to_ns(t, (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
	return (ns > 0 ? (uint64_t)ns : 0);
}

static int
print_reply(const struct ctl_options *opt, const char *server,
    const struct exchange *x)
{
	const struct ntp_header	*h = &x->reply;
	struct out		 o;
	char			 refid[16];
	double			 offset = NAN, delay = NAN;
	unsigned int		 stratum = h->stratum;
	bool			 kiss = is_kiss(h);

	if (stratum == 0 && !kiss)
		stratum = NTP_STRATUM_UNSYNC;
	if (!kiss && h->receive != 0 && h->transmit != 0) {
		/* RFC 5905 8 */
		offset = (ntp_ts_diff(h->receive, x->t1) +
		    ntp_ts_diff(h->transmit, x->t4)) / 2;
		delay = ntp_ts_diff(x->t4, x->t1) -
		    ntp_ts_diff(h->transmit, h->receive);
	}
	text_refid(h->refid, stratum, refid, sizeof(refid));
	out_begin(&o, stdout, opt->form, "query", 1);
	out_str(&o, "server", server);
	out_str(&o, "kiss_of_death", kiss ? refid : NULL);
	out_u64(&o, "stratum", stratum);
	out_str(&o, "leap", text_leap(h->leap));
	out_str(&o, "refid", refid);
	out_i64(&o, "precision", h->precision);
	out_seconds(&o, "root_delay", ntp_short_to_seconds(h->root_delay));
	out_seconds(&o, "root_dispersion",
	    ntp_short_to_seconds(h->root_dispersion));
	out_time(&o, "reference_time", unix_time(h->reference));
	out_offset(&o, "offset", offset);
	out_offset(&o, "delay", delay);
	if (out_end(&o) == -1 || kiss)
		return (CTL_FAILED);
	return (stratum >= NTP_STRATUM_UNSYNC || h->leap == NTP_LEAP_UNSYNC ?
	    CTL_NO_TIME : CTL_OK);
}

static int
query_addresses(const struct ctl_options *opt, const struct addrinfo *ai)
{
	struct exchange	 x;
	struct addr	 addr;
	char		 name[ADDR_STRLEN], why[ADDRESSES_MAX][160];
	unsigned int	 i, n;
	int		 try_ms = TRY_MS;

	if (opt->timeout > 0)
		try_ms = (int)ceil(opt->timeout * 1000 / TRIES);
	for (n = 0; ai != NULL && n < ADDRESSES_MAX; ai = ai->ai_next) {
		if (addr_from_sockaddr(&addr, ai->ai_addr,
		    ai->ai_addrlen) == -1)
			continue;
		addr_format(&addr, name, sizeof(name));
		if (ask(ai, try_ms, name, &x, why[n], sizeof(why[n])))
			return (print_reply(opt, name, &x));
		n++;
	}
	for (i = 0; i < n; i++)
		warnx("%s", why[i]);
	return (CTL_FAILED);
}

int
query_run(const struct ctl_options *opt, int argc, char **argv)
{
	const char	*arg = argc > 0 ? argv[0] : "127.0.0.1";
	struct addrinfo	 hints, *res;
	char		 host[HOST_MAX], port[8], shown[HOST_MAX];
	int		 code;

	out_printable(shown, sizeof(shown), arg);
	if (split(arg, host, sizeof(host), port, sizeof(port)) == -1) {
		warnx("\"%s\" is not host, host:port or [address]:port",
		    shown);
		return (CTL_USAGE);
	}
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_DGRAM;
	hints.ai_flags = AI_NUMERICSERV | (opt->numeric ? AI_NUMERICHOST : 0);
	if ((code = getaddrinfo(host, port, &hints, &res)) != 0) {
		warnx("%s: %s", shown, gai_strerror(code));
		return (CTL_FAILED);
	}
	code = query_addresses(opt, res);
	freeaddrinfo(res);
	return (code);
}
