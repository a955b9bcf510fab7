/* SPDX-License-Identifier: ISC */
/* Mutated messages: see hostile_mutate.h. */

#include <sys/socket.h>

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "hostile_mutate.h"

#define FD_MARK		0x80000000U
#define FDS_MANY	250		/* the kernel takes 253 in a message */
#define RUDE		30		/* of 1000: some 30 messages a life */
#define DRIP_MAX	256		/* octets that go out one by one */

/* splitmix64 */
static uint64_t
mutator_next(struct mutator *m)
{
	uint64_t	 z = m->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31);
}

uint32_t
mutator_pick(struct mutator *m, uint32_t n)
{
	return ((uint32_t)((mutator_next(m) >> 32) * n >> 32));
}

static bool
one_in(struct mutator *m, uint32_t n)
{
	return (mutator_pick(m, n) == 0);
}

/* Whether a good one of the type would get through the gate. */
static bool
mutator_may(const struct mutator *m, uint32_t type)
{
	static union msg_payload	 zero, out;
	struct imsg			 imsg;
	enum msg_verdict		 verdict;

	memset(&imsg, 0, sizeof(imsg));
	imsg.fd = -1;
	imsg.hdr.type = type;
	imsg.hdr.len = (uint32_t)(sizeof(imsg.hdr) + msg_size(type));
	imsg.data = &zero;
	verdict = msg_check(&imsg, m->from, m->to, &out);
	return (verdict == MSG_OK || verdict == MSG_BAD_FD ||
	    verdict == MSG_BAD_CONTENT);
}

/* A child may send those, but for some the time has to be right. */
static bool
ends_somebody(const struct mutator *m, uint32_t type)
{
	switch (type) {
	case MSG_HELLO:
		return (m->from != PROC_CLIENT);
	case MSG_CONFIG_ACK: case MSG_CONFIG_END: case MSG_CONFIG_ERROR:
	case MSG_CONFIG_BLOB: case MSG_REFUSED: case MSG_PEER_BROKE:
	case MSG_HISTORY_KEEP: case MSG_HISTORY_PART:
		return (true);
	}
	return (false);
}

void
mutator_init(struct mutator *m, enum proc_id from, enum proc_id to,
    uint64_t seed)
{
	uint32_t	 type;
	int		 ends;

	memset(m, 0, sizeof(*m));
	m->state = seed;
	m->from = from;
	m->to = to;
	m->rude = RUDE;
	m->tame = true;
	for (ends = 0; ends < 2; ends++)
		for (type = MSG_NONE + 1; type < MSG_COUNT; type++) {
			if (!mutator_may(m, type) ||
			    ends_somebody(m, type) != (ends == 1))
				continue;
			m->may[m->nmay++] = type;
			m->nharmless += ends == 0;
		}
}

/* Good ones */

static void
good_item(struct mutator *m, struct conf_item *item)
{
	static struct conf	 conf;
	enum conf_key		 key = mutator_pick(m, CONF_NKEYS);

	if (conf.ratelimit_burst == 0)
		conf_init(&conf);
	(void)conf_item_get(&conf, key, 0, item);
	item->key = key;
}

static void
good_want(struct mutator *m, struct msg_want *want)
{
	static const char *const	 names[] = {
		"/dev/null", "/etc/passwd", "/etc/shadow", "/proc/self/exe",
		"/nowhere"
	};

	want->kind = mutator_pick(m, FILE_KINDS);
	strlcpy(want->name, names[mutator_pick(m, sizeof(names) /
	    sizeof(names[0]))], sizeof(want->name));
}

/* TEST-NET-1 (RFC 5737): nobody who asks is denied. */
static void
good_deny(struct mutator *m, struct msg_deny *deny)
{
	memset(deny, 0, sizeof(*deny));
	deny->kind = mutator_pick(m, DENY_FORGET + 1);
	(void)prefix_parse(&deny->from, "192.0.2.0/24");
	deny->from.ip[3] = (uint8_t)mutator_pick(m, 256);
	deny->from.bits = 32;
	strlcpy(deny->reason, "mutant", sizeof(deny->reason));
}

static void
good(struct mutator *m, uint32_t type, union msg_payload *p)
{
	memset(p, 0, msg_size(type));
	switch (type) {
	case MSG_HELLO:
		p->HELLO.catalogue = msg_catalogue();
		break;
	case MSG_LOG:
	case MSG_LOG_REQUEST:
		p->LOG.level = mutator_pick(m, LEVEL_DEBUG + 1);
		strlcpy(p->LOG.text, "a mutant's line", sizeof(p->LOG.text));
		break;
	case MSG_ACTION:
		p->ACTION.action = mutator_pick(m, ACTION_LOG + 1);
		p->ACTION.level = mutator_pick(m, LEVEL_DEBUG + 1);
		break;
	case MSG_SETTING:
		strlcpy(p->SETTING.key, "ratelimit.burst",
		    sizeof(p->SETTING.key));
		strlcpy(p->SETTING.value, "9", sizeof(p->SETTING.value));
		break;
	case MSG_DENY:
		good_deny(m, &p->DENY);
		break;
	case MSG_CONFIG_ITEM:
		good_item(m, &p->CONFIG_ITEM);
		break;
	case MSG_CONFIG_WANT:
		good_want(m, &p->CONFIG_WANT);
		break;
	case MSG_SHOW:
		p->SHOW.what = mutator_pick(m, SHOW_METRICS + 1);
		break;
	case MSG_MONITOR:
		p->MONITOR.what = mutator_pick(m, 4);
		p->MONITOR.last = mutator_pick(m, MONITOR_LAST_MAX + 1);
		break;
	}
}

/* What a child or client may ask for, and the others would suffer from. */
static void
tame(struct mutator *m, uint32_t type, union msg_payload *p)
{
	if (type == MSG_DENY && (p->DENY.from.bits < 8 ||
	    p->DENY.from.ip[0] == 127))
		good_deny(m, &p->DENY);
	if (!m->tame)
		return;
	if (type == MSG_ACTION && p->ACTION.action <= ACTION_RELOAD)
		p->ACTION.action = one_in(m, 8) ? ACTION_RELOAD : ACTION_LOG;
	if (type == MSG_PEER_BROKE && (p->PEER.proc == PROC_ENGINE ||
	    p->PEER.proc == PROC_QUERY || p->PEER.proc == PROC_WEB))
		p->PEER.proc = PROC_PARENT;
}

/* Bad ones */

static uint64_t
odd_number(struct mutator *m)
{
	static const uint64_t	 odd[] = {
		0, 1, 2, 3, 4, 5, 8, 16, 17, 31, 32, 33, 64, 65, 127, 128, 129,
		255, 256, 512, 513, 1023, 1024, 1025, 8192, 8193, 65535, 65536,
		INT32_MAX, 0x80000000, UINT32_MAX, INT64_MAX,
		(uint64_t)INT64_MAX + 1, UINT64_MAX
	};

	return (one_in(m, 4) ? mutator_next(m) :
	    odd[mutator_pick(m, sizeof(odd) / sizeof(odd[0]))]);
}

static double
odd_double(struct mutator *m)
{
	static const double	 odd[] = {
		NAN, INFINITY, -INFINITY, -0.0, -1e-9, 1e308, 5e-324, -1e308
	};

	return (odd[mutator_pick(m, sizeof(odd) / sizeof(odd[0]))]);
}

/* One field of the content, wherever fields may lie. */
static void
spoil_field(struct mutator *m, uint8_t *data, size_t size)
{
	uint64_t	 v = odd_number(m);
	double		 d = odd_double(m);
	/* enums and lengths stand in front */
	size_t		 span = size > 16 && one_in(m, 2) ? 16 : size;
	size_t		 at = mutator_pick(m, (uint32_t)span), left;

	switch (mutator_pick(m, 7)) {
	case 0:
		data[at] ^= (uint8_t)(1 << mutator_pick(m, 8));
		break;
	case 1:
		data[at] = (uint8_t)v;
		break;
	case 2:
	case 3:
		at &= ~(size_t)3;
		memcpy(data + at, &v, size - at < 4 ? size - at : 4);
		break;
	case 4:
		at &= ~(size_t)7;
		memcpy(data + at, &v, size - at < 8 ? size - at : 8);
		break;
	case 5:
		at &= ~(size_t)7;
		memcpy(data + at, &d, size - at < 8 ? size - at : 8);
		break;
	case 6:				/* text without an end */
		left = size - at;
		memset(data + at, one_in(m, 2) ? 'A' : 0xff, one_in(m, 2) ?
		    left : mutator_pick(m, (uint32_t)left + 1));
		break;
	}
}

/* What comes before the content, and how much of it does. */
static void
spoil_frame(struct mutator *m, struct mutant *out)
{
	struct imsg_hdr	 hdr;
	size_t		 i, n;

	memcpy(&hdr, out->buf, sizeof(hdr));
	switch (mutator_pick(m, 12)) {
	case 0:
		hdr.type = (uint32_t)odd_number(m);
		break;
	case 1:
		hdr.len += mutator_pick(m, 2) ? 1 : UINT32_MAX;
		break;
	case 2:
		hdr.len = mutator_pick(m, sizeof(hdr));
		break;
	case 3:
		hdr.len = (uint32_t)odd_number(m);
		break;
	case 4:				/* more, and it says so */
		n = 1 + mutator_pick(m, MUTANT_RUBBISH);
		hdr.len += (uint32_t)n;
		out->len += n;
		break;
	case 5:				/* the rest never comes */
		out->len = mutator_pick(m, (uint32_t)out->len) + 1;
		break;
	case 6:
		hdr.len ^= FD_MARK;
		break;
	case 7:
		hdr.len |= FD_MARK;
		out->nfds = 1;
		break;
	case 8:
		out->nfds = 1 + mutator_pick(m, 2);
		break;
	case 9:
		out->nfds = FDS_MANY - mutator_pick(m, 10);
		break;
	case 10:			/* something between two messages */
		n = 1 + mutator_pick(m, MUTANT_RUBBISH);
		memcpy(out->buf, &hdr, sizeof(hdr));
		memmove(out->buf + n, out->buf, out->len);
		out->len += n;
		for (i = 0; i < n; i++)
			out->buf[i] = (uint8_t)mutator_next(m);
		return;
	case 11:
		break;
	}
	memcpy(out->buf, &hdr, sizeof(hdr));
}

static void
in_pieces(struct mutator *m, struct mutant *out)
{
	if (!one_in(m, 32))
		return;
	out->piece = out->len <= DRIP_MAX ? 1 : out->len / 8;
}

void
mutate(struct mutator *m, struct mutant *out)
{
	static union msg_payload	 p;
	struct imsg_hdr			 hdr;
	size_t				 size;
	unsigned int			 times;
	bool				 rude;

	rude = mutator_pick(m, 1000) < m->rude;
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = !rude ? m->may[mutator_pick(m, m->nharmless)] :
	    one_in(m, 2) ? mutator_pick(m, MSG_COUNT + 1) :
	    m->may[mutator_pick(m, m->nmay)];
	size = msg_size(hdr.type);
	hdr.len = (uint32_t)(sizeof(hdr) + size);
	hdr.peerid = (uint32_t)odd_number(m);
	hdr.pid = (uint32_t)odd_number(m);
	good(m, hdr.type, &p);
	for (times = mutator_pick(m, 4); times > 0 && size > 0; times--)
		spoil_field(m, (uint8_t *)&p, size);
	if (!rude && !msg_content_ok((enum msg_type)hdr.type, &p))
		good(m, hdr.type, &p);
	tame(m, hdr.type, &p);
	out->len = sizeof(hdr) + size;
	out->sent = out->piece = out->nfds = 0;
	/* Else the daemon would serve as it says, on this machine's ports. */
	if (hdr.type == MSG_CONFIG_END) {
		hdr.len++;
		out->len++;
	}
	if (hdr.type == MSG_CONFIG_BLOB) {
		hdr.len |= FD_MARK;
		out->nfds = 1;
	}
	memcpy(out->buf, &hdr, sizeof(hdr));
	memcpy(out->buf + sizeof(hdr), &p, size);
	memset(out->buf + sizeof(hdr) + size, 0, MUTANT_RUBBISH);
	if (rude && hdr.type != MSG_CONFIG_END)
		spoil_frame(m, out);
	in_pieces(m, out);
}

/* One call: -1, or so many octets. */
static ssize_t
mutant_piece(const struct mutant *out, int fd)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(FDS_MANY * sizeof(int))];
	} control;
	struct msghdr	 msg;
	struct iovec	 iov;
	size_t		 left = out->len - out->sent;
	unsigned int	 i;
	int		 any = STDIN_FILENO;

	memset(&msg, 0, sizeof(msg));
	iov.iov_base = (void *)(uintptr_t)(out->buf + out->sent);
	iov.iov_len = out->piece != 0 && out->piece < left ? out->piece : left;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (out->nfds > 0 && out->sent == 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(out->nfds * sizeof(int));
		control.hdr.cmsg_len = CMSG_LEN(out->nfds * sizeof(int));
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		for (i = 0; i < out->nfds; i++)
			memcpy(CMSG_DATA(&control.hdr) + i * sizeof(int),
			    &any, sizeof(any));
	}
	return (sendmsg(fd, &msg, MSG_NOSIGNAL));
}

int
mutant_send(struct mutant *out, int fd)
{
	ssize_t	 n;

	n = mutant_piece(out, fd);
	if (n == -1)
		return (errno == EAGAIN || errno == EINTR ||
		    errno == ETOOMANYREFS ? 0 : -1);
	out->sent += (size_t)n;
	return (out->sent == out->len);
}
