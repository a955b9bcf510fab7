/* SPDX-License-Identifier: ISC */
/*
 * ntpctrl: sends one control message (mode 6) and prints what comes back, put
 * together from its fragments, a field a line.  The message is READVAR of the
 * system, version 2; field=value changes it.
 *
 * With -d it sends as many as -r says for so many seconds, and tells how many
 * octets came back, and for how long they did.
 */
#include <sys/socket.h>

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

#include "addr.h"
#include "mode6.h"
#include "ntp_packet.h"

#define PACKET_MAX	2048
#define MORE		0x20
#define LINGER_MS	50	/* after the last fragment: for one too many */

struct control {
	unsigned int	 version, mode, opcode, sequence, association;
	const char	*data;
	size_t		 pad;		/* octets of nothing behind it */
};

struct answer {
	unsigned int	 n;		/* fragments */
	size_t		 octets, longest;
	bool		 echoed, last, refused;
	size_t		 len;
	uint16_t	 status;
	uint8_t		 opcode;
	uint8_t		 data[UINT16_MAX + 1];
	bool		 seen[UINT16_MAX + 1];
};

static struct answer	 ans;

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static unsigned int
number(const char *text, long long max)
{
	const char	*why;
	long long	 v;

	v = strtonum(text, 0, max, &why);
	if (why != NULL)
		errx(2, "%s is %s", text, why);
	return ((unsigned int)v);
}

static void
put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8 & 0xff;
	p[1] = v & 0xff;
}

static unsigned int
get16(const uint8_t *p)
{
	return ((unsigned int)p[0] << 8 | p[1]);
}

static void
set_field(struct control *c, char *word)
{
	char	*value;

	if ((value = strchr(word, '=')) == NULL)
		errx(2, "no value: %s", word);
	*value++ = '\0';
	if (strcmp(word, "version") == 0)
		c->version = number(value, 7);
	else if (strcmp(word, "mode") == 0)
		c->mode = number(value, 7);
	else if (strcmp(word, "opcode") == 0)	/* with R, E and M */
		c->opcode = number(value, 255);
	else if (strcmp(word, "sequence") == 0)
		c->sequence = number(value, UINT16_MAX);
	else if (strcmp(word, "association") == 0)
		c->association = number(value, UINT16_MAX);
	else if (strcmp(word, "data") == 0)
		c->data = value;
	else if (strcmp(word, "pad") == 0)
		c->pad = number(value, 1024);
	else
		errx(2, "no such field: %s", word);
}

static size_t
make(const struct control *c, uint8_t *buf)
{
	size_t	 count = strlen(c->data);

	if (count > MODE6_DATA_LEN)
		errx(2, "too much data");
	memset(buf, 0, PACKET_MAX);
	buf[0] = (uint8_t)(c->version << 3 | c->mode);
	buf[1] = (uint8_t)c->opcode;
	put16(buf + 2, c->sequence);
	put16(buf + 6, c->association);
	put16(buf + 10, (unsigned int)count);
	memcpy(buf + MODE6_HEADER_LEN, c->data, count);
	return (MODE6_HEADER_LEN + ((count + 3) & ~(size_t)3) + c->pad);
}

static int
open_socket(const struct addr *to, const char *from)
{
	struct sockaddr_storage	 ss;
	struct addr		 a;
	socklen_t		 len;
	int			 fd;

	if ((fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1)
		err(1, "socket");
	if (from != NULL) {
		if (addr_parse(&a, from, 0) == -1)
			errx(2, "no address: %s", from);
		len = addr_to_sockaddr(&a, &ss);
		if (bind(fd, (struct sockaddr *)&ss, len) == -1)
			err(1, "bind");
	}
	len = addr_to_sockaddr(to, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "connect");
	return (fd);
}

static void
take(const struct control *c, const uint8_t *buf, size_t len)
{
	unsigned int	 offset, count;

	ans.n++;
	ans.octets += len;
	if (len > ans.longest)
		ans.longest = len;
	if (len < MODE6_HEADER_LEN)
		errx(1, "a fragment of %zu octets", len);
	offset = get16(buf + 8);
	count = get16(buf + 10);
	ans.echoed = (ans.n == 1 || ans.echoed) &&
	    buf[0] == (c->version << 3 | NTP_MODE_CONTROL) &&
	    (buf[1] & 0x9f) == (0x80 | c->opcode) &&
	    get16(buf + 2) == c->sequence &&
	    get16(buf + 6) == c->association;
	ans.opcode = buf[1];
	ans.status = (uint16_t)get16(buf + 4);
	if (len != MODE6_HEADER_LEN + ((count + 3) & ~3U) ||
	    offset + count > UINT16_MAX)
		errx(1, "a fragment whose count is wrong");
	memcpy(ans.data + offset, buf + MODE6_HEADER_LEN, count);
	memset(ans.seen + offset, true, count);
	if ((buf[1] & MORE) == 0) {
		ans.last = true;
		ans.len = offset + count;
	}
}

/* Takes in what has come. */
static void
receive(int fd, const struct control *c)
{
	uint8_t	 buf[PACKET_MAX];
	ssize_t	 n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0)
		take(c, buf, (size_t)n);
	if (errno == ECONNREFUSED)
		ans.refused = true;
}

static void
wait_until(int fd, const struct control *c, int64_t end, bool all)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	int64_t		 left;

	while ((left = end - now_ms()) > 0 && !ans.refused) {
		if (poll(&pfd, 1, (int)left) == -1 && errno != EINTR)
			err(1, "poll");
		receive(fd, c);
		if (!all && ans.last && end - now_ms() > LINGER_MS)
			end = now_ms() + LINGER_MS;
	}
}

static void
print(void)
{
	size_t	 i;
	bool	 whole = ans.last;

	for (i = 0; i < ans.len; i++)
		whole = whole && ans.seen[i];
	printf("result=%s\nfragments=%u\n", ans.n > 0 ? "answer" :
	    ans.refused ? "refused" : "none", ans.n);
	if (ans.n == 0)
		return;
	printf("octets=%zu\nlongest=%zu\nechoed=%s\nwhole=%s\n", ans.octets,
	    ans.longest, ans.echoed ? "yes" : "no", whole ? "yes" : "no");
	printf("error=%u\nstatus=%04x\n", ans.opcode & 0x40 ? ans.status >> 8 :
	    0U, ans.status);
	printf("len=%zu\ndata=%.*s\n", ans.len, (int)ans.len, ans.data);
}

/* So many a second, whether answers come or not. */
static void
flood(int fd, const struct control *c, unsigned int seconds, unsigned int rate,
    int ms)
{
	uint8_t		 buf[PACKET_MAX];
	size_t		 len = make(c, buf);
	int64_t		 start = now_ms(), now;
	uint64_t	 sent = 0, due;

	while ((now = now_ms()) < start + (int64_t)seconds * 1000) {
		due = (uint64_t)(now - start) * rate / 1000 + 1;
		for (; sent < due; sent++)
			if (send(fd, buf, len, 0) == -1 &&
			    errno != ECONNREFUSED && errno != EAGAIN &&
			    errno != ENOBUFS)
				err(1, "send");
		wait_until(fd, c, now + 2, true);
	}
	wait_until(fd, c, now_ms() + ms, true);
	printf("sent=%" PRIu64 "\nfragments=%u\noctets=%zu\nms=%" PRId64 "\n",
	    sent, ans.n, ans.octets, now_ms() - start);
}

int
main(int argc, char *argv[])
{
	struct control	 c = { .version = 2, .mode = NTP_MODE_CONTROL,
			    .opcode = MODE6_READVAR, .sequence = 1,
			    .data = "" };
	struct addr	 to;
	const char	*from = NULL;
	uint8_t		 buf[PACKET_MAX];
	unsigned int	 seconds = 0, rate = 1000;
	size_t		 len;
	int		 ch, fd, i, ms = 2000;

	while ((ch = getopt(argc, argv, "d:f:r:t:")) != -1)
		switch (ch) {
		case 'd': seconds = number(optarg, 60); break;
		case 'f': from = optarg; break;
		case 'r': rate = number(optarg, 1000000); break;
		case 't': ms = (int)number(optarg, 60000); break;
		default: errx(2, "see the source");
		}
	if (optind == argc || addr_parse(&to, argv[optind], 123) == -1)
		errx(2, "usage: ntpctrl [-d seconds] [-f from] [-r rate] "
		    "[-t ms] to [field=value ...]");
	for (i = optind + 1; i < argc; i++)
		set_field(&c, argv[i]);
	fd = open_socket(&to, from);
	if (seconds > 0) {
		flood(fd, &c, seconds, rate, ms);
		return (0);
	}
	len = make(&c, buf);
	if (send(fd, buf, len, 0) != (ssize_t)len)
		err(1, "send");
	wait_until(fd, &c, now_ms() + ms, false);
	print();
	return (0);
}
