/* SPDX-License-Identifier: ISC */
/*
 * ntpload - load generator and accuracy probe for NTP servers.
 *
 *   cc -O2 -Wall -Wextra -o ntpload ntpload.c
 *
 * One thread, N UDP sockets (one source port each), sendmmsg/recvmmsg batches.
 * Each request is a plain 48-byte NTP client packet whose transmit timestamp
 * is a fresh 64-bit random number; a response counts as valid only if it
 * carries that number back as its origin timestamp.
 *
 * Modes
 *   closed loop (default)  keep WINDOW requests outstanding: max throughput
 *   open loop   (-r RATE)  send on a fixed schedule, measure latency from the
 *                          scheduled send time (no coordinated omission)
 *   --accuracy             open loop, one packet at a time; compare the
 *                          server's T2/T3 with our T1/T4.  Only meaningful
 *                          when client and server share one system clock:
 *                          the true offset is then exactly 0.  With -b, and
 *                          -r RATE or -r 0 (closed loop), the same under load:
 *                          T1 is then common to a batch, so that only T4-T3
 *                          says something about the server.
 *
 * Server cost: with -P PID (repeatable) the CPU time of the server's threads
 * is read from /proc before and after the measured part, and divided by the
 * number of valid responses (server_cpu_ns_per_response).
 *
 * The target must be a loopback address, or with --private an RFC 1918 / ULA
 * address (for network namespaces).  Every run is bounded by -d seconds.
 *
 * Output: one key=value pair a line, on standard output.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NTP_LEN       48
#define NTP_EPOCH     2208988800ULL     /* 1900 -> 1970, seconds */
#define MAX_BATCH     256
#define MAX_SOCKETS   4096
#define MAX_PIDS      64
#define SLOT_BITS     18
#define NSLOTS        (1u << SLOT_BITS)
#define NS            1000000000LL

/* ------------------------------------------------------------ options -- */

static struct {
	const char *host;
	const char *port;
	int      sockets;
	unsigned addrs;             /* distinct source addresses, 0: kernel's */
	const char *src_base;
	unsigned window;
	unsigned batch;
	double   seconds, warmup;
	uint64_t rate;              /* requests/s, 0: closed loop */
	bool     rate_given;
	int      timeout_ms;
	int      version;
	int      cpu;
	bool     accuracy, user_t4, sleepy, private_ok, unsync_ok;
	long     pids[MAX_PIDS];
	int      npids;
	const char *label;
} opt = {
	.port = "123", .sockets = 8, .window = 256,
	.seconds = 3, .warmup = 0.5, .timeout_ms = 200, .version = 4, .cpu = -1,
};

static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("ntpload: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static void usage(FILE *f)
{
	fputs(
"usage: ntpload [options] ADDRESS\n"
"  -p, --port PORT      server port (123)\n"
"  -s, --sockets N      client sockets, each its own source port (8)\n"
"  -a, --addrs N        spread requests over N source addresses (0: off)\n"
"      --src-base ADDR  first of them (127.1.0.1; in a namespace any address\n"
"                       covered by a 'local' route)\n"
"  -w, --window W       closed loop: requests outstanding in all (256)\n"
"  -b, --batch B        most packets per sendmmsg/recvmmsg (32, with\n"
"                       --accuracy 1; at most 256)\n"
"  -r, --rate R         open loop: R requests/s (0: closed loop)\n"
"  -d, --duration S     measured seconds (3)\n"
"      --warmup S       unmeasured seconds before (0.5)\n"
"      --timeout MS     unanswered for this long is lost (200)\n"
"  -P, --pid PID        charge this process's CPU time to the server (repeat)\n"
"      --accuracy       measure T2-T1, T4-T3, offset (default rate 1000)\n"
"      --user-t4        take T4 in user space, not from the kernel\n"
"      --sleep          open loop: sleep between packets rather than spin\n"
"      --version-ntp V  NTP version in requests (4)\n"
"      --accept-unsync  count LI=3 / stratum 0 or 16 answers as valid\n"
"      --private        allow RFC 1918 / ULA targets (network namespaces)\n"
"      --cpu N          pin this process to CPU N\n"
"      --label TEXT     printed first as label=TEXT\n", f);
}

/* -------------------------------------------------------------- clocks -- */

static inline int64_t now_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static inline int64_t mono_ns(void) { return now_clock(CLOCK_MONOTONIC); }
static inline int64_t real_ns(void) { return now_clock(CLOCK_REALTIME); }

/* 64-bit NTP timestamp (network order in memory) to ns since 1970, for
 * instants within 68 years of `ref` (era-safe). */
static int64_t ntp_to_ns(const uint8_t *p, int64_t ref)
{
	uint32_t s, f;
	int32_t ds;
	int64_t ref_s = ref / NS;

	memcpy(&s, p, 4);
	memcpy(&f, p + 4, 4);
	ds = (int32_t)(ntohl(s) - (uint32_t)((uint64_t)ref_s + NTP_EPOCH));
	return (ref_s + ds) * NS +
	    (int64_t)(((uint64_t)ntohl(f) * NS + (1ULL << 31)) >> 32);
}

/* --------------------------------------------------------------- random -- */

static uint64_t rng_s[2];

static inline uint64_t rng(void)            /* xoroshiro128+ */
{
	uint64_t a = rng_s[0], b = rng_s[1], r = a + b;

	b ^= a;
	rng_s[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
	rng_s[1] = (b << 37) | (b >> 27);
	return r;
}

/* ------------------------------------------- log-linear latency histogram */

#define SUB 64                              /* buckets per power of two */
static uint64_t hist[64 * SUB];
static uint64_t hist_n;

static void hist_add(int64_t ns)
{
	uint64_t v = ns < 0 ? 0 : (uint64_t)ns;
	unsigned i, e;

	if (v < SUB) {
		i = v;
	} else {
		e = 63 - __builtin_clzll(v);            /* e >= 6 */
		i = (e - 5) * SUB + ((v >> (e - 6)) & (SUB - 1));
	}
	hist[i]++;
	hist_n++;
}

static double hist_pct(double p)
{
	uint64_t want = (uint64_t)(p / 100 * hist_n), seen = 0;
	unsigned i, e;

	for (i = 0; i < 64 * SUB; i++) {
		seen += hist[i];
		if (seen > want)
			break;
	}
	if (i < SUB)
		return i;
	e = i / SUB + 5;
	return (double)((uint64_t)(SUB + i % SUB) << (e - 6));
}

/* ----------------------------------------------------- process CPU time -- */

/* CPU ns of all live threads of a process (schedstat), or -1. */
static int64_t proc_cpu_ns(long pid)
{
	char path[300], buf[128];
	struct dirent *e;
	int64_t sum = 0;
	bool any = false;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%ld/task", pid);
	if (!(d = opendir(path)))
		return -1;
	while ((e = readdir(d))) {
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%ld/task/%s/schedstat",
		    pid, e->d_name);
		if ((f = fopen(path, "r"))) {
			if (fgets(buf, sizeof buf, f)) {
				sum += strtoll(buf, NULL, 10);
				any = true;
			}
			fclose(f);
		}
	}
	closedir(d);
	return any ? sum : -1;
}

/* utime + stime of a process from /proc/PID/stat, in ns (10 ms steps). */
static int64_t proc_stat_ns(long pid)
{
	char path[64], buf[1024], *p;
	unsigned long ut, st;
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	if (!(f = fopen(path, "r")))
		return -1;
	n = fread(buf, 1, sizeof buf - 1, f);
	fclose(f);
	buf[n] = 0;
	if (!(p = strrchr(buf, ')')) ||
	    sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
	    &ut, &st) != 2)
		return -1;
	return (int64_t)(ut + st) * (NS / sysconf(_SC_CLK_TCK));
}

static int64_t ksoftirqd_ns(void)
{
	char path[64], comm[32];
	struct dirent *e;
	int64_t sum = 0;
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d))) {
		long pid = strtol(e->d_name, NULL, 10);
		FILE *f;

		if (pid < 2 || pid > 2000)
			continue;
		snprintf(path, sizeof path, "/proc/%ld/comm", pid);
		if (!(f = fopen(path, "r")))
			continue;
		if (fgets(comm, sizeof comm, f) && !strncmp(comm, "ksoftirqd/", 10))
			sum += proc_cpu_ns(pid);
		fclose(f);
	}
	if (d)
		closedir(d);
	return sum;
}

static int64_t system_busy_ns(void)
{
	unsigned long u, n, s, idle, io, hi, si;
	FILE *f = fopen("/proc/stat", "r");
	int k;

	if (!f)
		return -1;
	k = fscanf(f, "cpu %lu %lu %lu %lu %lu %lu %lu", &u, &n, &s, &idle, &io,
	    &hi, &si);
	fclose(f);
	return k == 7 ? (int64_t)(u + n + s + hi + si) *
	    (NS / sysconf(_SC_CLK_TCK)) : -1;
}

struct usage {
	int64_t wall, server, server_ticks, self, softirqd, system;
};

static struct usage usage_now(void)
{
	struct usage u = { .wall = mono_ns() };
	struct rusage ru;

	for (int i = 0; i < opt.npids; i++) {
		int64_t a = proc_stat_ns(opt.pids[i]);
		int64_t b = proc_cpu_ns(opt.pids[i]);

		if (a < 0)
			die("server process %ld is gone", opt.pids[i]);
		u.server_ticks += a;
		u.server += b >= 0 ? b : a;
	}
	getrusage(RUSAGE_SELF, &ru);
	u.self = (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * NS +
	    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000;
	u.softirqd = ksoftirqd_ns();
	u.system = system_busy_ns();
	return u;
}

/* ------------------------------------------------------- sockets, slots -- */

struct slot {
	uint64_t nonce;
	int64_t  t0;            /* monotonic send (or scheduled send) time */
	int64_t  t1;            /* realtime just before the send (accuracy) */
	uint16_t sock;
	uint8_t  state;         /* 0 free/answered, 1 pending, 2 expired */
};

static struct slot slots[NSLOTS];
static uint64_t head, tail;     /* sequence numbers: next to send, oldest */
static int fds[MAX_SOCKETS];
static unsigned outstanding[MAX_SOCKETS];

static struct {
	uint64_t sent, received, valid, lost, late_dup, send_err;
	uint64_t bad_len, bad_mode, bad_origin, bad_stratum, kod, unsync;
} st;

static struct sample { int32_t t21, t43; } *samples;
static size_t nsamples, max_samples;

static struct sockaddr_storage dst;
static socklen_t dst_len;
static uint8_t src_base[16];

/* One static set of message headers, for sending and for receiving. */
static struct mmsghdr tx[MAX_BATCH], rx[MAX_BATCH];
static struct iovec tx_iov[MAX_BATCH], rx_iov[MAX_BATCH];
static uint8_t tx_buf[MAX_BATCH][NTP_LEN], rx_buf[MAX_BATCH][1024];
static union { char b[128]; struct cmsghdr h; } tx_ctl[MAX_BATCH], rx_ctl[MAX_BATCH];

static bool target_ok(void)
{
	if (dst.ss_family == AF_INET) {
		uint32_t a = ntohl(((struct sockaddr_in *)&dst)->sin_addr.s_addr);

		if (a >> 24 == 127)
			return true;
		return opt.private_ok && (a >> 24 == 10 || a >> 20 == 0xac1 ||
		    a >> 16 == 0xc0a8);
	} else {
		const uint8_t *a =
		    ((struct sockaddr_in6 *)&dst)->sin6_addr.s6_addr;

		if (!memcmp(a, &in6addr_loopback, 16))
			return true;
		return opt.private_ok && ((a[0] & 0xfe) == 0xfc ||
		    (a[0] == 0xfe && (a[1] & 0xc0) == 0x80));
	}
}

static void setup(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *ai;
	int e, one = 1, big = 4 << 20;

	if ((e = getaddrinfo(opt.host, opt.port, &hints, &ai)))
		die("%s port %s: %s", opt.host, opt.port, gai_strerror(e));
	memcpy(&dst, ai->ai_addr, ai->ai_addrlen);
	dst_len = ai->ai_addrlen;
	freeaddrinfo(ai);
	if (!target_ok())
		die("%s: only loopback targets (or private ones with --private)",
		    opt.host);
	if (opt.addrs) {
		const char *base = opt.src_base ? opt.src_base :
		    dst.ss_family == AF_INET ? "127.1.0.1" : "::1";

		if (inet_pton(dst.ss_family, base, src_base) != 1)
			die("bad --src-base %s", base);
	}
	if (getrandom(rng_s, sizeof rng_s, 0) != sizeof rng_s)
		die("getrandom: %s", strerror(errno));

	for (int i = 0; i < opt.sockets; i++) {
		int fd = socket(dst.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

		if (fd < 0)
			die("socket %d: %s", i, strerror(errno));
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big))
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big))
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof big);
		if (opt.accuracy && !opt.user_t4)
			setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
		if (opt.addrs) {
			if (dst.ss_family == AF_INET)
				setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one,
				    sizeof one);
			else
				setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &one,
				    sizeof one);
		} else if (connect(fd, (struct sockaddr *)&dst, dst_len)) {
			die("connect: %s", strerror(errno));
		}
		fds[i] = fd;
	}

	for (int i = 0; i < MAX_BATCH; i++) {
		struct msghdr *m = &tx[i].msg_hdr;

		tx_iov[i] = (struct iovec){ tx_buf[i], NTP_LEN };
		m->msg_iov = &tx_iov[i];
		m->msg_iovlen = 1;
		tx_buf[i][0] = (uint8_t)(opt.version << 3 | 3);
		tx_buf[i][2] = 6;                       /* poll */
		tx_buf[i][3] = 0xe9;                    /* precision */
		if (opt.addrs) {
			struct cmsghdr *c = &tx_ctl[i].h;

			m->msg_name = &dst;
			m->msg_namelen = dst_len;
			m->msg_control = tx_ctl[i].b;
			if (dst.ss_family == AF_INET) {
				m->msg_controllen =
				    CMSG_SPACE(sizeof(struct in_pktinfo));
				c->cmsg_level = IPPROTO_IP;
				c->cmsg_type = IP_PKTINFO;
				c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
			} else {
				m->msg_controllen =
				    CMSG_SPACE(sizeof(struct in6_pktinfo));
				c->cmsg_level = IPPROTO_IPV6;
				c->cmsg_type = IPV6_PKTINFO;
				c->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
			}
		}
		rx_iov[i] = (struct iovec){ rx_buf[i], sizeof rx_buf[i] };
		rx[i].msg_hdr.msg_iov = &rx_iov[i];
		rx[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Choose the source address of message i: base + (seq mod addrs). */
static void set_source(unsigned i, uint64_t seq)
{
	uint32_t k = seq % opt.addrs, a;

	if (dst.ss_family == AF_INET) {
		struct in_pktinfo *pi = (void *)CMSG_DATA(&tx_ctl[i].h);

		memcpy(&a, src_base, 4);
		pi->ipi_spec_dst.s_addr = htonl(ntohl(a) + k);
	} else {
		struct in6_pktinfo *pi = (void *)CMSG_DATA(&tx_ctl[i].h);

		memcpy(&pi->ipi6_addr, src_base, 16);
		memcpy(&a, src_base + 12, 4);
		a = htonl(ntohl(a) + k);
		memcpy(pi->ipi6_addr.s6_addr + 12, &a, 4);
	}
}

/* Send n requests on socket s; t0 is the time the latency counts from, `step`
 * its increment per packet (open loop). */
static void send_batch(int s, unsigned n, int64_t t0, double step)
{
	unsigned i;
	int k;

	for (i = 0; i < n; i++) {
		uint64_t seq = head + i;
		struct slot *sl = &slots[seq & (NSLOTS - 1)];

		sl->nonce = (rng() & ~(uint64_t)(NSLOTS - 1)) |
		    (seq & (NSLOTS - 1));
		sl->t0 = t0 + (int64_t)(step * i);
		sl->sock = (uint16_t)s;
		memcpy(tx_buf[i] + 40, &sl->nonce, 8);
		if (opt.addrs)
			set_source(i, seq);
	}
	if (opt.accuracy) {
		int64_t t1 = real_ns();

		for (i = 0; i < n; i++)
			slots[(head + i) & (NSLOTS - 1)].t1 = t1;
	}
	k = sendmmsg(fds[s], tx, n, 0);
	if (k < 0) {
		st.send_err++;
		if (errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED)
			die("sendmmsg: %s", strerror(errno));
		k = 0;
	}
	for (i = 0; i < (unsigned)k; i++)
		slots[(head + i) & (NSLOTS - 1)].state = 1;
	head += k;
	st.sent += k;
	outstanding[s] += k;
}

static void check(const uint8_t *p, unsigned len, int64_t t4m, int64_t t4r)
{
	struct slot *sl;
	uint64_t nonce;

	st.received++;
	if (len < NTP_LEN) {
		st.bad_len++;
		return;
	}
	memcpy(&nonce, p + 24, 8);
	sl = &slots[nonce & (NSLOTS - 1)];
	if (sl->nonce != nonce) {
		st.bad_origin++;
		return;
	}
	if (sl->state != 1) {
		st.late_dup++;
		return;
	}
	sl->state = 0;
	outstanding[sl->sock]--;
	if (len != NTP_LEN) {
		st.bad_len++;
		return;
	}
	if ((p[0] & 7) != 4 || (p[0] >> 3 & 7) != opt.version) {
		st.bad_mode++;
		return;
	}
	if (!opt.unsync_ok) {
		if (p[1] == 0) {
			st.kod++;
			return;
		}
		if (p[0] >> 6 == 3) {
			st.unsync++;
			return;
		}
		if (p[1] > 15) {
			st.bad_stratum++;
			return;
		}
	}
	st.valid++;
	hist_add(t4m - sl->t0);
	if (opt.accuracy && nsamples < max_samples) {
		int64_t t2 = ntp_to_ns(p + 32, sl->t1);
		int64_t t3 = ntp_to_ns(p + 40, sl->t1);
		int64_t a = t2 - sl->t1, b = t4r - t3;

		/* clamp to +-2 s: anything larger is simply wrong */
		a = a > 2 * NS ? 2 * NS : a < -2 * NS ? -2 * NS : a;
		b = b > 2 * NS ? 2 * NS : b < -2 * NS ? -2 * NS : b;
		samples[nsamples++] = (struct sample){ (int32_t)a, (int32_t)b };
	}
}

/* Receive whatever is there on socket s, at most one batch. */
static unsigned recv_batch(int s)
{
	unsigned i, n = opt.batch;
	int64_t t4m, t4r = 0;
	int k;

	if (opt.accuracy && !opt.user_t4)
		for (i = 0; i < n; i++) {
			rx[i].msg_hdr.msg_control = rx_ctl[i].b;
			rx[i].msg_hdr.msg_controllen = sizeof rx_ctl[i];
		}
	k = recvmmsg(fds[s], rx, n, MSG_DONTWAIT, NULL);
	if (k <= 0) {
		if (k < 0 && errno != EAGAIN && errno != EINTR &&
		    errno != ECONNREFUSED)
			die("recvmmsg: %s", strerror(errno));
		return 0;
	}
	if (opt.accuracy)
		t4r = real_ns();
	t4m = mono_ns();
	for (i = 0; i < (unsigned)k; i++) {
		if (opt.accuracy && !opt.user_t4) {
			struct msghdr *m = &rx[i].msg_hdr;
			struct cmsghdr *c;
			struct timespec ts;

			for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
				if (c->cmsg_level == SOL_SOCKET &&
				    c->cmsg_type == SO_TIMESTAMPNS) {
					memcpy(&ts, CMSG_DATA(c), sizeof ts);
					t4r = ts.tv_sec * NS + ts.tv_nsec;
				}
		}
		check(rx_buf[i], rx[i].msg_len, t4m, t4r);
	}
	return (unsigned)k;
}

/* Give up on requests older than the timeout. */
static void expire(int64_t now)
{
	while (tail < head) {
		struct slot *sl = &slots[tail & (NSLOTS - 1)];

		if (sl->state == 1) {
			if (now - sl->t0 < opt.timeout_ms * 1000000LL &&
			    head - tail < NSLOTS - MAX_BATCH)
				break;
			sl->state = 2;
			outstanding[sl->sock]--;
			st.lost++;
		}
		tail++;
	}
}

/* ---------------------------------------------------------------- loops -- */

static void closed_loop(int ep, int64_t end)
{
	unsigned per = opt.window / (unsigned)opt.sockets;
	struct epoll_event ev[64];
	int64_t now = mono_ns();
	unsigned spin = 0;

	if (!per)
		per = 1;
	while (now < end) {
		/* top up: sockets that just answered are below their share */
		if (spin == 0)
			for (int s = 0; s < opt.sockets; s++)
				while (outstanding[s] < per) {
					unsigned n = per - outstanding[s];
					uint64_t h = head;

					send_batch(s, n < opt.batch ? n : opt.batch,
					    now, 0);
					if (head == h)
						break;
				}
		int k = epoll_wait(ep, ev, 64, 10);

		now = mono_ns();
		for (int i = 0; i < k; i++) {
			int s = (int)ev[i].data.u32;
			unsigned n = recv_batch(s);

			while (n && outstanding[s] < per) {
				unsigned m = per - outstanding[s];
				uint64_t h = head;

				send_batch(s, m < opt.batch ? m : opt.batch, now, 0);
				if (head == h)
					break;
			}
		}
		now = mono_ns();
		expire(now);
		spin = k > 0 ? (spin + 1) & 255 : 0;
	}
}

static void open_loop(int ep, int64_t start, int64_t end)
{
	double step = 1e9 / (double)opt.rate;
	struct epoll_event ev[64];
	uint64_t done = 0;
	int s = 0;
	int64_t now;

	while ((now = mono_ns()) < end) {
		uint64_t due = (uint64_t)((double)(now - start) / step) + 1;

		if (due > done) {
			unsigned n = due - done > opt.batch ? opt.batch :
			    (unsigned)(due - done);

			send_batch(s, n, start + (int64_t)(step * (double)done),
			    step);
			done += n;
			if (++s == opt.sockets)
				s = 0;
		}
		if (opt.sleepy) {
			int64_t next = start + (int64_t)(step * (double)done);
			int64_t d = next - mono_ns();
			struct timespec ts = { 0, d < 0 ? 0 : d > 10000000 ?
			    10000000 : d };
			struct pollfd pf = { .fd = ep, .events = POLLIN };

			ppoll(&pf, 1, &ts, NULL);
		}
		int k = epoll_wait(ep, ev, 64, 0);

		for (int i = 0; i < k; i++)
			recv_batch((int)ev[i].data.u32);
		expire(now);
	}
}

static void drain(int ep)
{
	int64_t end = mono_ns() + opt.timeout_ms * 1000000LL;
	struct epoll_event ev[64];

	while (mono_ns() < end && tail < head) {
		int k = epoll_wait(ep, ev, 64, 5);

		for (int i = 0; i < k; i++)
			recv_batch((int)ev[i].data.u32);
		expire(mono_ns());
	}
	expire(INT64_MAX / 2);
}

/* --------------------------------------------------------------- report -- */

static int cmp_i32(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static void dist(const char *name, int32_t *v, size_t n)
{
	qsort(v, n, sizeof *v, cmp_i32);
	printf("%s_ns_min=%d\n%s_ns_p1=%d\n%s_ns_p50=%d\n%s_ns_p99=%d\n%s_ns_max=%d\n",
	    name, v[0], name, v[n / 100], name, v[n / 2], name,
	    v[n - 1 - n / 100], name, v[n - 1]);
}

static void report_accuracy(void)
{
	size_t n = nsamples, neg21 = 0, neg43 = 0;
	int32_t *v = malloc((n + 1) * sizeof *v);

	printf("accuracy_samples=%zu\n", n);
	if (!n || !v)
		return;
	for (size_t i = 0; i < n; i++) {
		neg21 += samples[i].t21 < 0;
		neg43 += samples[i].t43 < 0;
	}
	printf("t2_before_t1=%zu\nt4_before_t3=%zu\n", neg21, neg43);
	for (size_t i = 0; i < n; i++)
		v[i] = samples[i].t21;
	dist("t2_minus_t1", v, n);
	for (size_t i = 0; i < n; i++)
		v[i] = samples[i].t43;
	dist("t4_minus_t3", v, n);
	for (size_t i = 0; i < n; i++)
		v[i] = abs(v[i]);
	dist("abs_t4_minus_t3", v, n);
	for (size_t i = 0; i < n; i++)
		v[i] = (int32_t)(((int64_t)samples[i].t21 - samples[i].t43) / 2);
	dist("offset", v, n);
	for (size_t i = 0; i < n; i++)
		v[i] = abs(v[i]);
	dist("abs_offset", v, n);
	free(v);
}

static void report(const struct usage *a, const struct usage *b)
{
	double sec = (double)(b->wall - a->wall) / 1e9;
	double n = st.valid ? (double)st.valid : 1;

	if (opt.label)
		printf("label=%s\n", opt.label);
	printf("mode=%s\nseconds=%.3f\nsockets=%d\naddrs=%u\n",
	    opt.accuracy ? "accuracy" : opt.rate ? "paced" : "closed", sec,
	    opt.sockets, opt.addrs);
	if (opt.rate)
		printf("rate=%" PRIu64 "\n", opt.rate);
	else
		printf("window=%u\n", opt.window);
	printf("sent=%" PRIu64 "\nreceived=%" PRIu64 "\nvalid=%" PRIu64
	    "\nlost=%" PRIu64 "\n", st.sent, st.received, st.valid, st.lost);
	printf("late_or_dup=%" PRIu64 "\nbad_length=%" PRIu64 "\nbad_mode=%" PRIu64
	    "\nbad_origin=%" PRIu64 "\nbad_stratum=%" PRIu64 "\nunsync=%" PRIu64
	    "\nkod=%" PRIu64 "\nsend_errors=%" PRIu64 "\n", st.late_dup, st.bad_len,
	    st.bad_mode, st.bad_origin, st.bad_stratum, st.unsync, st.kod,
	    st.send_err);
	printf("responses_per_s=%.0f\n", (double)st.valid / sec);
	if (hist_n)
		printf("latency_us_p50=%.1f\nlatency_us_p99=%.1f\n"
		    "latency_us_p99.9=%.1f\n", hist_pct(50) / 1e3,
		    hist_pct(99) / 1e3, hist_pct(99.9) / 1e3);
	if (opt.npids) {
		printf("server_cpu_ns_per_response=%.0f\n",
		    (double)(b->server - a->server) / n);
		printf("server_cpu_ns_per_request=%.0f\n",
		    (double)(b->server - a->server) /
		    (st.sent ? (double)st.sent : 1));
		printf("server_cpu_ticks_ns_per_response=%.0f\n",
		    (double)(b->server_ticks - a->server_ticks) / n);
		printf("server_cpu_share=%.3f\n",
		    (double)(b->server - a->server) / 1e9 / sec);
	}
	printf("client_cpu_ns_per_response=%.0f\n",
	    (double)(b->self - a->self) / n);
	printf("ksoftirqd_cpu_ns_per_response=%.0f\n",
	    (double)(b->softirqd - a->softirqd) / n);
	printf("system_busy_ns_per_response=%.0f\n",
	    (double)(b->system - a->system) / n);
	if (opt.accuracy)
		report_accuracy();
}

/* ----------------------------------------------------------------- main -- */

static void parse(int argc, char **argv)
{
	enum { O_SRC = 256, O_WARM, O_TMO, O_ACC, O_UT4, O_SLEEP, O_VER, O_UNS,
	    O_PRIV, O_CPU, O_LABEL };
	static const struct option lo[] = {
		{ "port", 1, 0, 'p' }, { "sockets", 1, 0, 's' },
		{ "addrs", 1, 0, 'a' }, { "src-base", 1, 0, O_SRC },
		{ "window", 1, 0, 'w' }, { "batch", 1, 0, 'b' },
		{ "rate", 1, 0, 'r' }, { "duration", 1, 0, 'd' },
		{ "warmup", 1, 0, O_WARM }, { "timeout", 1, 0, O_TMO },
		{ "pid", 1, 0, 'P' }, { "accuracy", 0, 0, O_ACC },
		{ "user-t4", 0, 0, O_UT4 }, { "sleep", 0, 0, O_SLEEP },
		{ "version-ntp", 1, 0, O_VER }, { "accept-unsync", 0, 0, O_UNS },
		{ "private", 0, 0, O_PRIV }, { "cpu", 1, 0, O_CPU },
		{ "label", 1, 0, O_LABEL }, { "help", 0, 0, 'h' }, { 0, 0, 0, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "p:s:a:w:b:r:d:P:h", lo, NULL)) != -1)
		switch (c) {
		case 'p': opt.port = optarg; break;
		case 's': opt.sockets = atoi(optarg); break;
		case 'a': opt.addrs = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'w': opt.window = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'b': opt.batch = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'r':
			opt.rate = strtoull(optarg, NULL, 10);
			opt.rate_given = true;
			break;
		case 'd': opt.seconds = atof(optarg); break;
		case 'P':
			if (opt.npids == MAX_PIDS)
				die("too many -P");
			opt.pids[opt.npids++] = atol(optarg);
			break;
		case O_SRC: opt.src_base = optarg; break;
		case O_WARM: opt.warmup = atof(optarg); break;
		case O_TMO: opt.timeout_ms = atoi(optarg); break;
		case O_ACC: opt.accuracy = true; break;
		case O_UT4: opt.user_t4 = true; break;
		case O_SLEEP: opt.sleepy = true; break;
		case O_VER: opt.version = atoi(optarg); break;
		case O_UNS: opt.unsync_ok = true; break;
		case O_PRIV: opt.private_ok = true; break;
		case O_CPU: opt.cpu = atoi(optarg); break;
		case O_LABEL: opt.label = optarg; break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	if (optind != argc - 1) {
		usage(stderr);
		exit(2);
	}
	opt.host = argv[optind];
	if (opt.accuracy && !opt.rate_given)
		opt.rate = 1000;
	if (!opt.batch)
		opt.batch = opt.accuracy ? 1 : 32;
	if (opt.sockets < 1 || opt.sockets > MAX_SOCKETS)
		die("sockets: 1 to %d", MAX_SOCKETS);
	if (opt.batch < 1 || opt.batch > MAX_BATCH)
		die("batch: 1 to %d", MAX_BATCH);
	if (opt.window < 1 || opt.window > NSLOTS / 2)
		die("window: 1 to %u", NSLOTS / 2);
	if (opt.seconds <= 0 || opt.seconds > 3600 || opt.warmup < 0 ||
	    opt.warmup > 60)
		die("duration: over 0 to 3600 s; warmup: 0 to 60 s");
}

static void reset_stats(void)
{
	memset(&st, 0, sizeof st);
	memset(hist, 0, sizeof hist);
	hist_n = 0;
	nsamples = 0;
}

static void run_for(int ep, double sec)
{
	int64_t start = mono_ns(), end = start + (int64_t)(sec * 1e9);

	if (opt.rate)
		open_loop(ep, start, end);
	else
		closed_loop(ep, end);
}

int main(int argc, char **argv)
{
	struct usage before, after;
	struct rlimit rl;
	int ep;

	parse(argc, argv);
	if (opt.cpu >= 0) {
		cpu_set_t cs;

		CPU_ZERO(&cs);
		CPU_SET((size_t)opt.cpu, &cs);
		if (sched_setaffinity(0, sizeof cs, &cs))
			die("cannot pin to CPU %d: %s", opt.cpu, strerror(errno));
	}
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (!getrlimit(RLIMIT_NOFILE, &rl)) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	setup();
	if (opt.accuracy) {
		max_samples = opt.rate ?
		    (size_t)((double)opt.rate * opt.seconds) + 16 : 2000000;
		if (!(samples = calloc(max_samples, sizeof *samples)))
			die("out of memory");
	}
	if ((ep = epoll_create1(0)) < 0)
		die("epoll_create1: %s", strerror(errno));
	for (int i = 0; i < opt.sockets; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u32 = (uint32_t)i };

		if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &ev))
			die("epoll_ctl: %s", strerror(errno));
	}
	if (opt.warmup > 0) {
		run_for(ep, opt.warmup);
		drain(ep);
	}
	reset_stats();
	before = usage_now();
	run_for(ep, opt.seconds);
	after = usage_now();
	/* Answers still on their way belong to `valid`, so that `lost` is true;
	 * their CPU cost (a window's worth) is not counted either way. */
	drain(ep);
	report(&before, &after);
	return st.valid ? 0 : 1;
}
