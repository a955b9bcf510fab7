/* SPDX-License-Identifier: ISC */
/*
 * ntpask: sends one crafted UDP packet and prints what comes back, a field a
 * line.  Without -s it waits for the answer until the deadline.  With -s it
 * also asks the sentinel, a plain request to the same listener: replies leave
 * in the order in which requests came, so once the sentinel is answered,
 * silence is proof that the packet was dropped, and no time was lost.
 *
 * The packet is a request of version 4, all zero but for a random transmit
 * timestamp; field=value changes it, in the order given.  mac=key, as in
 * key_text.h, appends a MAC of all that stands there by then, and then the
 * answer's MAC is judged; flip=n turns over a bit of octet n, from the end if
 * n is negative.  An address without a port has port 0: any, or with -r, port
 * 0 indeed.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
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
#include "os.h"
#include "regress/tool/key_text.h"

#define PACKET_MAX	4096
#define SLACK		1e-5	/* s: precision's noise, and two readings */

struct packet {
	uint8_t	 octets[PACKET_MAX];
	size_t	 len;
	size_t	 mac_len;		/* 0: without a MAC */
	struct mac_key key;
};

struct reply {
	unsigned int	 n;		/* how many came */
	bool		 refused;
	struct packet	 packet;
	ntp_ts		 t1, t4;
};

static const struct field {
	const char	*name;
	size_t		 offset, octets;
	unsigned int	 shift, mask;	/* of part of an octet */
} fields[] = {
	{ "li", 0, 1, 6, 3 },
	{ "version", 0, 1, 3, 7 },
	{ "mode", 0, 1, 0, 7 },
	{ "stratum", NTP_OFF_STRATUM, 1, 0, 0xff },
	{ "poll", NTP_OFF_POLL, 1, 0, 0xff },
	{ "precision", NTP_OFF_PRECISION, 1, 0, 0xff },
	{ "root_delay", NTP_OFF_ROOT_DELAY, 4, 0, 0 },
	{ "root_dispersion", NTP_OFF_ROOT_DISP, 4, 0, 0 },
	{ "refid", NTP_OFF_REFID, 4, 0, 0 },
	{ "reference", NTP_OFF_REFERENCE, 8, 0, 0 },
	{ "origin", NTP_OFF_ORIGIN, 8, 0, 0 },
	{ "receive", NTP_OFF_RECEIVE, 8, 0, 0 },
	{ "transmit", NTP_OFF_TRANSMIT, 8, 0, 0 },
	{ NULL, 0, 0, 0, 0 }
};

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "usage: ntpask [-r] [-f from] [-s sentinel] [-t ms] "
	    "to [field=value ...]\n"
	    "       ntpask -c count to      ask, and close at once\n"
	    "       ntpask -k               how the kernel calls its clock\n"
	    "       ntpask -p               name a free port\n"
	    "fields: flip hex len mac tail");
	for (const struct field *f = fields; f->name != NULL; f++)
		fprintf(stderr, " %s", f->name);
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

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static uint64_t
parse_value(const char *text)
{
	uint64_t	 v;
	char		*end;

	if (strcmp(text, "now") == 0)
		return (now_ntp());
	if (strcmp(text, "random") == 0) {
		arc4random_buf(&v, sizeof(v));
		return (v);
	}
	errno = 0;
	v = strtoull(text, &end, 0);
	if (*text == '\0' || *end != '\0' || errno != 0)
		errx(2, "not a number: %s", text);
	return (v);
}

static void
put_field(struct packet *p, const struct field *f, uint64_t v)
{
	uint8_t	*to = p->octets + f->offset;
	size_t	 i;

	if (f->mask != 0) {
		*to = (uint8_t)((*to & ~(f->mask << f->shift)) |
		    (v & f->mask) << f->shift);
		return;
	}
	for (i = f->octets; i > 0; i--, v >>= 8)
		to[i - 1] = (uint8_t)v;
}

static void
append_mac(struct packet *p, char *key)
{
	p->mac_len = key_text_read(&p->key, key);
	if (p->len + p->mac_len > PACKET_MAX)
		errx(2, "len is at most %d", PACKET_MAX);
	mac_sign(&p->key, p->octets, p->len, p->octets + p->len, p->mac_len);
	p->len += p->mac_len;
}

static void
flip_bit(struct packet *p, const char *text)
{
	long	 at = strtol(text, NULL, 10);

	if (at < 0)
		at += (long)p->len;
	if (at < 0 || (size_t)at >= p->len)
		errx(2, "no octet %s", text);
	p->octets[at] ^= 1;
}

/* What is no field of the header; false if the word is not such a thing. */
static bool
set_other(struct packet *p, const char *word, char *value)
{
	if (strcmp(word, "hex") == 0) {
		memset(p, 0, sizeof(*p));
		p->len = key_text_hex(p->octets, PACKET_MAX, value);
	} else if (strcmp(word, "tail") == 0)
		p->len += key_text_hex(p->octets + p->len,
		    PACKET_MAX - p->len, value);
	else if (strcmp(word, "len") == 0) {
		if ((p->len = parse_value(value)) > PACKET_MAX)
			errx(2, "len is at most %d", PACKET_MAX);
	} else if (strcmp(word, "mac") == 0)
		append_mac(p, value);
	else if (strcmp(word, "flip") == 0)
		flip_bit(p, value);
	else
		return (false);
	return (true);
}

static void
set_field(struct packet *p, char *word)
{
	const struct field	*f;
	char			*value;

	if ((value = strchr(word, '=')) == NULL)
		usage();
	*value++ = '\0';
	if (set_other(p, word, value))
		return;
	for (f = fields; f->name != NULL; f++)
		if (strcmp(word, f->name) == 0)
			break;
	if (f->name == NULL)
		usage();
	put_field(p, f, parse_value(value));
}

static void
packet_plain(struct packet *p)
{
	memset(p, 0, sizeof(*p));
	p->octets[0] = 4 << 3 | NTP_MODE_CLIENT;
	p->len = NTP_HEADER_LEN;
	do
		arc4random_buf(p->octets + NTP_OFF_TRANSMIT, 8);
	while (ntp_get64(p->octets + NTP_OFF_TRANSMIT) == 0);
}

/*
 * Connected, so that a reply from another address than the one asked is none,
 * and a closed port shows.
 */
static int
open_socket(const struct addr *to, const struct addr *from)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd, on = 1;

	if ((fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) == -1)
		err(1, "SO_BROADCAST");
	if (from != NULL) {
		len = addr_to_sockaddr(from, &ss);
		if (bind(fd, (struct sockaddr *)&ss, len) == -1)
			err(1, "bind");
	}
	len = addr_to_sockaddr(to, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "connect");
	return (fd);
}

/* A packet with a source that no socket can have; nothing comes back to us. */
static void
send_raw(const struct addr *to, const struct addr *from,
    const struct packet *p)
{
	struct sockaddr_storage	 ss;
	struct iphdr		 ip;
	struct udphdr		 udp;
	uint8_t			 buf[sizeof(ip) + sizeof(udp) + PACKET_MAX];
	size_t			 len = sizeof(ip) + sizeof(udp) + p->len;
	int			 fd;

	memset(&ip, 0, sizeof(ip));
	memset(&udp, 0, sizeof(udp));
	ip.version = 4;
	ip.ihl = 5;
	ip.ttl = 64;
	ip.protocol = IPPROTO_UDP;
	memcpy(&ip.saddr, from->ip, 4);
	memcpy(&ip.daddr, to->ip, 4);
	udp.source = htons(from->port);
	udp.dest = htons(to->port);
	udp.len = htons((uint16_t)(sizeof(udp) + p->len));
	memcpy(buf, &ip, sizeof(ip));
	memcpy(buf + sizeof(ip), &udp, sizeof(udp));
	memcpy(buf + sizeof(ip) + sizeof(udp), p->octets, p->len);
	if ((fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)) == -1)
		err(1, "raw socket");
	addr_to_sockaddr(to, &ss);
	if (sendto(fd, buf, len, 0, (struct sockaddr *)&ss,
	    sizeof(struct sockaddr_in)) != (ssize_t)len)
		err(1, "sendto");
	close(fd);
}

static void
send_packet(int fd, const struct packet *p)
{
	if (send(fd, p->octets, p->len, 0) != (ssize_t)p->len)
		err(1, "send");
}

/* Takes in what has come. */
static void
receive(int fd, struct reply *r)
{
	struct packet	 p;
	ssize_t		 n;

	for (;;) {
		n = recv(fd, p.octets, sizeof(p.octets), 0);
		if (n == -1 && errno == ECONNREFUSED) {
			r->refused = true;
			continue;
		}
		if (n == -1)
			return;
		r->t4 = now_ntp();
		if (r->n++ == 0) {
			r->packet = p;
			r->packet.len = (size_t)n;
		}
	}
}

/* Until the sentinel or, where there is none, the packet is answered. */
static bool
wait_for(int fd, int sentinel, struct reply *r, struct reply *s, int ms)
{
	struct pollfd	 pfd[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = sentinel, .events = POLLIN }
	};
	int64_t		 end = now_ms() + ms, left;

	while ((left = end - now_ms()) > 0) {
		if (poll(pfd, 2, (int)left) == -1 && errno != EINTR)
			err(1, "poll");
		if (sentinel != -1)
			receive(sentinel, s);
		if (fd != -1)
			receive(fd, r);
		if (sentinel != -1 ? s->n > 0 || s->refused :
		    r->n > 0 || r->refused)
			return (true);
	}
	return (false);
}

static void
print_fields(const struct packet *p)
{
	const struct field	*f;
	uint64_t		 v;
	size_t			 i;

	for (f = fields; f->name != NULL && p->len >= NTP_HEADER_LEN; f++) {
		for (v = 0, i = 0; i < f->octets; i++)
			v = v << 8 | p->octets[f->offset + i];
		if (f->mask == 0)
			printf("%s=%0*" PRIx64 "\n", f->name,
			    (int)f->octets * 2, v);
		else if (f->offset == NTP_OFF_PRECISION)
			printf("%s=%d\n", f->name, (int8_t)v);
		else
			printf("%s=%u\n", f->name,
			    (unsigned int)v >> f->shift & f->mask);
	}
	printf("packet=");
	for (i = 0; i < p->len; i++)
		printf("%02x", p->octets[i]);
	printf("\n");
}

/* Judges the reply's times by ours: both are of one machine. */
static void
print_times(const struct reply *r, const struct packet *sent)
{
	struct ntp_header	 h;
	const char		*what = "ok";

	if (r->packet.len < NTP_HEADER_LEN)
		return;
	ntp_header_get(&h, r->packet.octets);
	if (h.receive == 0 || h.transmit == 0)
		what = "zero";
	else if (!ntp_ts_before(h.receive, h.transmit))
		what = "transmit is not after receive";
	else if (h.transmit == h.origin)
		what = "transmit is origin";
	else if (ntp_ts_diff(h.receive, r->t1) < -SLACK)
		what = "received before it was sent";
	else if (ntp_ts_diff(r->t4, h.transmit) < -SLACK)
		what = "sent after it was received";
	printf("times=%s\n", what);
	printf("reference_is=%s\n", h.reference == 0 ? "zero" :
	    ntp_ts_before(h.receive, h.reference) ? "future" : "past");
	printf("origin_is=%s\n", h.origin == ntp_get64(sent->octets +
	    NTP_OFF_TRANSMIT) ? "ours" : "another");
}

/* A1: of the same key and length as ours, behind nothing but a header. */
static void
print_mac(const struct packet *p, const struct packet *sent)
{
	const char	*what = "right";

	if (sent->mac_len == 0)
		return;
	if (p->len <= NTP_HEADER_LEN)
		what = "none";
	else if (p->len != NTP_HEADER_LEN + sent->mac_len)
		what = "of another length";
	else if (ntp_get32(p->octets + NTP_HEADER_LEN) != sent->key.id)
		what = "of another key";
	else if (!mac_verify(&sent->key, p->octets, NTP_HEADER_LEN,
	    p->octets + NTP_HEADER_LEN, sent->mac_len))
		what = "wrong";
	printf("mac=%s\n", what);
}

static int
ask(const struct addr *to, const struct addr *from,
    const struct addr *sentinel, bool raw, int ms, const struct packet *p)
{
	static struct reply	 r, s;
	struct packet		 plain;
	int			 fd = -1, sfd = -1;

	if (!raw)
		fd = open_socket(to, from);
	if (sentinel != NULL)
		sfd = open_socket(sentinel, NULL);
	r.t1 = now_ntp();
	if (raw)
		send_raw(to, from, p);
	else
		send_packet(fd, p);
	if (sfd != -1) {
		packet_plain(&plain);
		send_packet(sfd, &plain);
	}
	if ((fd != -1 || sfd != -1) && !wait_for(fd, sfd, &r, &s, ms) &&
	    sfd != -1)
		errx(1, "the sentinel was not answered");
	if (s.refused)
		errx(1, "the sentinel was refused");
	printf("result=%s\n", r.n > 0 ? "answer" :
	    r.refused ? "refused" : "none");
	printf("replies=%u\n", r.n);
	if (r.n == 0)
		return (0);
	printf("length=%zu\n", r.packet.len);
	print_fields(&r.packet);
	print_times(&r, p);
	print_mac(&r.packet, p);
	return (0);
}

/* Asks from sockets that are gone when the answer comes. */
static int
ask_and_leave(const struct addr *to, unsigned int n)
{
	struct packet	 p;
	int		 fd;

	for (; n > 0; n--) {
		packet_plain(&p);
		fd = open_socket(to, NULL);
		send_packet(fd, &p);
		close(fd);
	}
	return (0);
}

static int
try_port(int family, uint16_t port)
{
	struct sockaddr_storage	 ss;
	struct addr		 a;
	socklen_t		 len;
	int			 fd, on = 1, r;

	memset(&a, 0, sizeof(a));
	a.family = (uint8_t)family;
	a.port = port;
	if ((fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return (errno == EAFNOSUPPORT ? 0 : -1);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	len = addr_to_sockaddr(&a, &ss);
	r = bind(fd, (struct sockaddr *)&ss, len);
	close(fd);
	return (r);
}

/*
 * Below the range from which the kernel takes ports by itself: nobody's
 * client gets it between our look and the daemon's bind.
 */
static int
free_port(void)
{
	uint16_t	 port;
	int		 i;

	for (i = 0; i < 1000; i++) {
		port = (uint16_t)(10000 + arc4random_uniform(20000));
		if (try_port(AF_INET, port) == 0 &&
		    try_port(AF_INET6, port) == 0) {
			printf("%u\n", port);
			return (0);
		}
	}
	errx(1, "no free port");
}

/* What decides whether a server may say that it is synchronised. */
static int
kernel_clock(void)
{
	struct clock_kernel	 k;

	if (os_clock_kernel(&k) == -1)
		err(1, "the kernel's clock state");
	printf("%s\n", k.unsync ? "unsynchronised" : "synchronised");
	return (0);
}

/* Also what addr_parse has reasons to refuse: port 0, multicast scopes. */
static void
parse_addr(struct addr *a, const char *text)
{
	struct addrinfo	 hints, *res;
	char		 host[ADDR_STRLEN], *port;

	if (strlcpy(host, text, sizeof(host)) >= sizeof(host))
		errx(2, "no address: %s", text);
	if (host[0] == '[' && (port = strchr(host, ']')) != NULL)
		*port++ = '\0';
	else
		port = host + strcspn(host, ":");
	if (*port == ':')
		*port++ = '\0';
	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	hints.ai_socktype = SOCK_DGRAM;
	if (getaddrinfo(host + (host[0] == '['), *port != '\0' ? port : "0",
	    &hints, &res) != 0)
		errx(2, "no address: %s", text);
	if (addr_from_sockaddr(a, res->ai_addr, res->ai_addrlen) == -1)
		err(2, "%s", text);
	freeaddrinfo(res);
}

int
main(int argc, char *argv[])
{
	struct addr	 to, from, sentinel;
	struct packet	 packet;
	bool		 raw = false, have_from = false, have_s = false;
	unsigned int	 count = 0;
	int		 ch, i, ms = 2000;

	while ((ch = getopt(argc, argv, "c:f:kprs:t:")) != -1)
		switch (ch) {
		case 'c':
			count = (unsigned int)parse_value(optarg);
			break;
		case 'f':
			parse_addr(&from, optarg);
			have_from = true;
			break;
		case 'k':
			return (kernel_clock());
		case 'p':
			return (free_port());
		case 'r':
			raw = true;
			break;
		case 's':
			parse_addr(&sentinel, optarg);
			have_s = true;
			break;
		case 't':
			ms = (int)parse_value(optarg);
			break;
		default:
			usage();
		}
	if (optind == argc || (raw && !have_from))
		usage();
	parse_addr(&to, argv[optind]);
	if (raw && (to.family != AF_INET || from.family != AF_INET))
		errx(2, "-r knows IPv4 alone");
	if (count > 0)
		return (ask_and_leave(&to, count));
	packet_plain(&packet);
	for (i = optind + 1; i < argc; i++)
		set_field(&packet, argv[i]);
	return (ask(&to, have_from ? &from : NULL, have_s ? &sentinel : NULL,
	    raw, ms, &packet));
}
