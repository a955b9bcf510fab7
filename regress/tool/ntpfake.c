/* SPDX-License-Identifier: ISC */
/*
 * ntpfake file: a server of NTP that says whatever it is told, on a port of
 * 127.0.0.1 whose number it prints first, and then a line for each request.
 * The file is read anew for each of them; it has words with blanks between:
 *
 *	leap=0 stratum=2 refid=192.0.2.7 delay=0 dispersion=0 offset=0 ago=10
 *	mode=4 version=4 len=48 kind=good
 *
 * refid is an address or up to four characters; delay, dispersion, offset and
 * ago, the age of the reference time, are seconds.  Kinds: good; silence;
 * origin, which is not that of the request; forged_origin and forged_port, of
 * stratum 9, come before a good one.  A file that is not there: silence.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ntp_packet.h"
#include "ntp_time.h"

#define FORGED_STRATUM	9
#define FILE_MAX	1024
#define PACKET_MAX	1024

struct say {
	unsigned int	 leap, stratum, mode, version;
	double		 delay, dispersion, offset, ago;
	size_t		 len;
	uint8_t		 refid[4];
	char		 kind[32];
};

static double
number(const char *text)
{
	char	*end;
	double	 v = strtod(text, &end);

	if (*text == '\0' || *end != '\0')
		errx(1, "not a number: %s", text);
	return (v);
}

static void
set_refid(struct say *s, const char *text)
{
	struct in_addr	 in;

	memset(s->refid, 0, sizeof(s->refid));
	if (inet_pton(AF_INET, text, &in) == 1)
		memcpy(s->refid, &in, sizeof(s->refid));
	else
		memcpy(s->refid, text, strnlen(text, sizeof(s->refid)));
}

static void
set_word(struct say *s, char *word)
{
	char	*value;

	if ((value = strchr(word, '=')) == NULL)
		errx(1, "no value: %s", word);
	*value++ = '\0';
	if (strcmp(word, "leap") == 0)
		s->leap = (unsigned int)number(value);
	else if (strcmp(word, "stratum") == 0)
		s->stratum = (unsigned int)number(value);
	else if (strcmp(word, "mode") == 0)
		s->mode = (unsigned int)number(value);
	else if (strcmp(word, "version") == 0)
		s->version = (unsigned int)number(value);
	else if (strcmp(word, "refid") == 0)
		set_refid(s, value);
	else if (strcmp(word, "delay") == 0)
		s->delay = number(value);
	else if (strcmp(word, "dispersion") == 0)
		s->dispersion = number(value);
	else if (strcmp(word, "offset") == 0)
		s->offset = number(value);
	else if (strcmp(word, "ago") == 0)
		s->ago = number(value);
	else if (strcmp(word, "len") == 0)
		s->len = (size_t)number(value);
	else if (strcmp(word, "kind") == 0)
		strlcpy(s->kind, value, sizeof(s->kind));
	else
		errx(1, "no such word: %s", word);
	if (s->len > PACKET_MAX)
		errx(1, "len is at most %d", PACKET_MAX);
}

static void
read_say(struct say *s, const char *file)
{
	char	 text[FILE_MAX], *word, *last;
	FILE	*fp;
	size_t	 n;

	memset(s, 0, sizeof(*s));
	s->stratum = 2;
	s->mode = NTP_MODE_SERVER;
	s->version = 4;
	s->len = NTP_HEADER_LEN;
	s->ago = 10;
	set_refid(s, "192.0.2.7");
	strlcpy(s->kind, "silence", sizeof(s->kind));
	if ((fp = fopen(file, "r")) == NULL)
		return;
	strlcpy(s->kind, "good", sizeof(s->kind));
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	fclose(fp);
	for (word = strtok_r(text, " \n", &last); word != NULL;
	    word = strtok_r(NULL, " \n", &last))
		set_word(s, word);
}

static ntp_ts
now_and(double seconds)
{
	struct timespec	 now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (ntp_ts_from_timespec(&now) +
	    (uint64_t)(int64_t)(seconds * 4294967296.0));
}

static void
answer(int fd, const struct say *s, ntp_ts origin, unsigned int stratum,
    const struct sockaddr_in *to)
{
	struct ntp_header	 h;
	uint8_t			 buf[PACKET_MAX];

	memset(buf, 0, sizeof(buf));
	memset(&h, 0, sizeof(h));
	h.leap = (uint8_t)s->leap;
	h.version = (uint8_t)s->version;
	h.mode = (uint8_t)s->mode;
	h.stratum = (uint8_t)stratum;
	h.precision = -24;
	h.root_delay = ntp_short_from_seconds(s->delay);
	h.root_dispersion = ntp_short_from_seconds(s->dispersion);
	memcpy(h.refid, s->refid, sizeof(h.refid));
	h.origin = origin;
	h.receive = h.transmit = now_and(s->offset);
	h.reference = now_and(s->offset - s->ago);
	ntp_header_put(buf, &h);
	if (sendto(fd, buf, s->len, 0, (const struct sockaddr *)to,
	    sizeof(*to)) == -1)
		warn("sendto");
}

static int
open_socket(void)
{
	struct sockaddr_in	 sin;
	int			 fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "socket");
	return (fd);
}

static void
serve(int fd, int other, const char *file)
{
	struct sockaddr_in	 from;
	socklen_t		 len = sizeof(from);
	struct say		 s;
	uint8_t			 buf[PACKET_MAX];
	ssize_t			 n;
	ntp_ts			 origin;

	n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);
	if (n < NTP_HEADER_LEN)
		return;
	origin = ntp_get64(buf + NTP_OFF_TRANSMIT);
	read_say(&s, file);
	if (strcmp(s.kind, "origin") == 0)
		origin++;
	else if (strcmp(s.kind, "forged_origin") == 0)
		answer(fd, &s, origin + 1, FORGED_STRATUM, &from);
	else if (strcmp(s.kind, "forged_port") == 0)
		answer(other, &s, origin, FORGED_STRATUM, &from);
	if (strcmp(s.kind, "silence") != 0)
		answer(fd, &s, origin, s.stratum, &from);
	printf("%s version=%u mode=%u stratum=%u\n", s.kind, buf[0] >> 3 & 7U,
	    buf[0] & 7U, s.stratum);
	fflush(stdout);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 fd, other;

	if (argc != 2)
		errx(2, "usage: ntpfake file");
	fd = open_socket();
	other = open_socket();
	if (getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "getsockname");
	printf("%u\n", ntohs(sin.sin_port));
	fflush(stdout);
	for (;;)
		serve(fd, other, argv[1]);
}
