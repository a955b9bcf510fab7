/* SPDX-License-Identifier: ISC */
/* mode6.c: control messages octet by octet, their variables and fragments. */
#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mode6.h"
#include "mode6_text.h"
#include "ntp_packet.h"

#define TEXT_MAX	(MODE6_DATA_MAX + 1)

static struct mode6_reply	 reply;
static struct mode6_state	 state = { { 1, 2 } };
static char			 text[TEXT_MAX];

static const struct addr	 from = {
	.family = AF_INET, .port = 40000, .ip = { 192, 0, 2, 1 }
};
static const struct mode6_peer	 peer = {
	.addr = { .family = AF_INET, .port = 11123, .ip = { 127, 0, 0, 1 } },
	.selected = true, .stratum = 2, .refid = { 192, 0, 2, 77 },
	.reach = 0377, .poll = 6, .precision = -24, .delay = 43e-6,
	.offset = -12.1e-6, .jitter = 7e-6, .dispersion = 0.9e-3,
	.reference = UINT64_C(0xe000000080000000),
	.receive = UINT64_C(0xe000000a00000000), .nsamples = 1,
	.sample = { { 0.0015, -0.002, 0.25 } }
};
static const struct mode6_view	 good = {
	.now = UINT64_C(0xe000000c40000000), .version = "ntpsd 0.1",
	.system = "Linux/6.1.0", .processor = "x86_64", .uptime = 4711,
	.counters = { .received = 100, .answered = 90, .v1 = 1, .v2 = 2,
	    .v3 = 3, .v4 = 94, .drop_ratelimit = 7,
	    .evictions = 12 },
	.source = MODE6_SOURCE_NTP, .stratum = 3, .refid = { 127, 0, 0, 1 },
	.precision = -25, .poll = 6, .min_poll = 4, .root_delay = 0.0125,
	.root_dispersion = 0.003, .offset = -12.1e-6, .frequency = -12.345,
	.reference = UINT64_C(0xe000000a00000001), .tai = 37, .peer = &peer,
	.mru_max = 4096, .mru_max_mem = 1 << 20
};

static size_t
make(uint8_t *packet, uint8_t opcode, uint16_t association, const char *data)
{
	size_t	 len = strlen(data);

	memset(packet, 0, MODE6_FRAGMENT_LEN);
	packet[0] = 0x16;		/* version 2, mode 6: as ntpq does */
	packet[1] = opcode;
	packet[2] = 0xab;
	packet[3] = 0xcd;
	packet[6] = association >> 8;
	packet[7] = association & 0xff;
	packet[10] = (uint8_t)(len >> 8);
	packet[11] = (uint8_t)len;
	memcpy(packet + 12, data, len);
	return (12 + ((len + 3) & ~(size_t)3));
}

/* Fragments; their data is put together in text. */
static unsigned int
ask(const struct mode6_view *view, uint8_t opcode, uint16_t association,
    const char *data)
{
	struct mode6_request	 r;
	uint8_t			 packet[MODE6_FRAGMENT_LEN];
	uint8_t			 buf[MODE6_FRAGMENT_LEN];
	unsigned int		 i, n;
	size_t			 len, at = 0, count, octets = 0;
	bool			 last = false;

	len = make(packet, opcode, association, data);
	ATF_REQUIRE_EQ(0, mode6_parse(&r, packet, len));
	n = mode6_answer(&reply, view, &state, &r, &from, MODE6_FRAGMENTS);
	for (i = 0; i < n; i++) {
		len = mode6_fragment(&reply, i, buf);
		octets += len;
		ATF_CHECK(len <= MODE6_FRAGMENT_LEN && len % 4 == 0);
		ATF_CHECK_EQ(at, ((size_t)buf[8] << 8 | buf[9]));
		count = (size_t)buf[10] << 8 | buf[11];
		ATF_CHECK_EQ(12 + ((count + 3) & ~(size_t)3), len);
		ATF_CHECK_EQ(i + 1 < n, (buf[1] & 0x20) != 0);
		ATF_CHECK(mode6_is_fragment(buf, len, &last));
		ATF_CHECK_EQ(i + 1 == n, last);
		memcpy(text + at, buf + 12, count);
		at += count;
	}
	text[at] = '\0';
	ATF_CHECK_EQ(octets, reply.octets);
	ATF_CHECK_EQ(0, mode6_fragment(&reply, n, buf));
	return (n);
}

static void
has(const char *item)
{
	ATF_CHECK_MSG(strstr(text, item) != NULL, "no %s in %s", item, text);
}

static void
has_not(const char *item)
{
	ATF_CHECK_MSG(strstr(text, item) == NULL, "%s in %s", item, text);
}

ATF_TC(reads_requests);
ATF_TC_HEAD(reads_requests, tc)
{
	atf_tc_set_md_var(tc, "descr", "F6, F7: which control messages are "
	    "requests (RFC 9327 2)");
}
ATF_TC_BODY(reads_requests, tc)
{
	struct mode6_request	 r;
	uint8_t			 packet[1024];
	size_t			 len;
	unsigned int		 i;

	memset(packet, 0, sizeof(packet));
	len = make(packet, MODE6_READVAR, 0x1234, "leap");
	ATF_REQUIRE_EQ(0, mode6_parse(&r, packet, len));
	ATF_CHECK_EQ(2, r.version);
	ATF_CHECK_EQ(MODE6_READVAR, r.opcode);
	ATF_CHECK_EQ(0xabcd, r.sequence);
	ATF_CHECK_EQ(0x1234, r.association);
	ATF_CHECK_EQ(4, r.count);
	ATF_CHECK_EQ(0, memcmp("leap", r.data, 4));
	/* a MAC behind it is of no interest, more than a MAC is */
	ATF_CHECK_EQ(0, mode6_parse(&r, packet, len + 24));
	ATF_CHECK_EQ(0, mode6_parse(&r, packet, len + MODE6_MAC_MAX));
	ATF_CHECK_EQ(-1, mode6_parse(&r, packet, len + MODE6_MAC_MAX + 4));

	for (i = 0; i < len; i++)
		ATF_CHECK_EQ_MSG(-1, mode6_parse(&r, packet, i), "%u", i);
	ATF_CHECK_EQ(-1, mode6_parse(&r, packet, len + 1));
	for (i = 0; i < 8; i++) {
		packet[0] = (uint8_t)(i << 3 | 6);
		ATF_CHECK_EQ_MSG(i >= 1 && i <= 4 ? 0 : -1,
		    mode6_parse(&r, packet, len), "version %u", i);
		packet[0] = (uint8_t)(0x20 | i);
		ATF_CHECK_EQ_MSG(i == 6 ? 0 : -1,
		    mode6_parse(&r, packet, len), "mode %u", i);
	}
	packet[0] = 0x26;
	for (i = 0x20; i <= 0x80; i <<= 1) {
		packet[1] = (uint8_t)(i | MODE6_READVAR);
		ATF_CHECK_EQ_MSG(-1, mode6_parse(&r, packet, len),
		    "R, E or M: %02x", i);
	}
	packet[1] = MODE6_READVAR;
	packet[9] = 1;
	ATF_CHECK_EQ_MSG(-1, mode6_parse(&r, packet, len), "an offset");
	packet[9] = 0;
	packet[11] = 5;
	ATF_CHECK_EQ_MSG(-1, mode6_parse(&r, packet, len), "a long count");
	packet[10] = 468 >> 8;
	packet[11] = 468 & 0xff;
	ATF_CHECK_EQ(0, mode6_parse(&r, packet, 480));
	packet[11]++;
	ATF_CHECK_EQ_MSG(-1, mode6_parse(&r, packet, 484), "469");
}

ATF_TC(read_status);
ATF_TC_HEAD(read_status, tc)
{
	atf_tc_set_md_var(tc, "descr", "READSTAT to the octet (RFC 9327 3, "
	    "4.1, 4.2)");
}
ATF_TC_BODY(read_status, tc)
{
	/* version 2; response, opcode 1; sequence; LI 0, ntp, one event,
	 * clock_sync; association 0, offset 0, count 4; association 1:
	 * configured, reachable, system peer, one event, sys_peer */
	static const uint8_t	 synced[] = {
		0x16, 0x81, 0xab, 0xcd, 0x06, 0x15, 0, 0, 0, 0, 0, 4,
		0, 1, 0x96, 0x1a
	};
	/* LI 3, no source, one event, restart; mobilized only */
	static const uint8_t	 unsynced[] = {
		0x16, 0x81, 0xab, 0xcd, 0xc0, 0x16, 0, 0, 0, 0, 0, 4,
		0, 1, 0x80, 0x11
	};
	struct mode6_view	 view = good;
	uint8_t			 buf[MODE6_FRAGMENT_LEN];

	ATF_CHECK_EQ(1, ask(&view, MODE6_READSTAT, 0, ""));
	ATF_CHECK_EQ(sizeof(synced), mode6_fragment(&reply, 0, buf));
	ATF_CHECK_EQ(0, memcmp(synced, buf, sizeof(synced)));
	view.peer = NULL;
	view.leap = NTP_LEAP_UNSYNC;
	view.stratum = NTP_STRATUM_UNSYNC;
	ATF_CHECK_EQ(1, ask(&view, MODE6_READSTAT, 0, ""));
	ATF_CHECK_EQ(sizeof(unsynced), mode6_fragment(&reply, 0, buf));
	ATF_CHECK_EQ(0, memcmp(unsynced, buf, sizeof(unsynced)));
	/* of the association: its variables, all of them */
	ATF_CHECK(ask(&good, MODE6_READSTAT, 1, "leap") >= 1);
	ATF_CHECK_EQ(0x961a, reply.status);
	has("srcadr=127.0.0.1");
}

ATF_TC(errors);
ATF_TC_HEAD(errors, tc)
{
	atf_tc_set_md_var(tc, "descr", "error responses (RFC 9327 4.4); "
	    "nothing is ever written");
}
ATF_TC_BODY(errors, tc)
{
	struct mode6_view	 view = good;
	uint8_t			 want[12] = { 0x16, 0xc0, 0xab, 0xcd };
	uint8_t			 buf[MODE6_FRAGMENT_LEN];
	unsigned int		 opcode, error;

	for (opcode = 0; opcode < 32; opcode++) {
		switch (opcode) {
		case MODE6_READSTAT:
		case MODE6_READVAR:
		case MODE6_REQ_NONCE:
			ATF_CHECK(ask(&good, (uint8_t)opcode, 0, "") > 0);
			ATF_CHECK(!reply.error);
			continue;
		case MODE6_READ_MRU:
			ATF_CHECK_EQ(0, ask(&good, (uint8_t)opcode, 0, ""));
			continue;
		case MODE6_READCLOCK:	/* our source is a daemon here */
			error = 4;
			break;
		case MODE6_WRITEVAR:
		case MODE6_WRITECLOCK:
		case MODE6_CONFIGURE:
		case MODE6_SAVECONFIG:
		case MODE6_READ_ORDLIST:
			error = 1;
			break;
		default:
			error = 3;
			break;
		}
		ATF_CHECK_EQ(1, ask(&good, (uint8_t)opcode, 0, "leap=3"));
		ATF_CHECK_EQ(12, mode6_fragment(&reply, 0, buf));
		want[1] = (uint8_t)(0xc0 | opcode);
		want[4] = (uint8_t)error;
		ATF_CHECK_EQ_MSG(0, memcmp(want, buf, 12), "%u", opcode);
	}
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 2, ""));
	ATF_CHECK_EQ(0x0400, reply.status);
	mode6_fragment(&reply, 0, buf);
	ATF_CHECK_EQ(2, buf[6] << 8 | buf[7]);
	view.peer = NULL;
	ATF_CHECK_EQ(1, ask(&view, MODE6_READCLOCK, 2, ""));
	ATF_CHECK_EQ(0x0400, reply.status);
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0, "leap,no_such"));
	ATF_CHECK_EQ(0x0500, reply.status);
	ATF_CHECK_EQ(0, reply.len);
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 1, "lea"));
	ATF_CHECK_EQ(0x0500, reply.status);
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 1, "leapx"));
	ATF_CHECK_EQ(0x0500, reply.status);
}

ATF_TC_WITHOUT_HEAD(version_is_echoed);
ATF_TC_BODY(version_is_echoed, tc)
{
	struct mode6_request	 r;
	uint8_t			 packet[MODE6_FRAGMENT_LEN];
	uint8_t			 buf[MODE6_FRAGMENT_LEN];
	uint8_t			 v;

	for (v = 1; v <= 4; v++) {
		make(packet, MODE6_READSTAT, 0, "");
		packet[0] = (uint8_t)(0xc0 | v << 3 | 6);
		ATF_REQUIRE_EQ(0, mode6_parse(&r, packet, 12));
		ATF_CHECK_EQ(1, mode6_answer(&reply, &good, &state, &r, &from,
		    1));
		mode6_fragment(&reply, 0, buf);
		/* the leap indicator is in the status word instead */
		ATF_CHECK_EQ(v << 3 | 6, buf[0]);
	}
}

ATF_TC(system_variables);
ATF_TC_HEAD(system_variables, tc)
{
	atf_tc_set_md_var(tc, "descr", "what `ntpq -c rv' reads");
}
ATF_TC_BODY(system_variables, tc)
{
	static const char *const	 items[] = {
		"leap=0,", "stratum=3,", "precision=-25,",
		"rootdelay=12.500,", "rootdisp=3.000,", "rootdist=9.250,",
		"refid=127.0.0.1,", "reftime=0xe000000a.00000001,",
		"clock=0xe000000c.40000000,", "peer=1,", "tc=6,", "mintc=4,",
		"offset=-0.012100,", "frequency=-12.345,",
		"sys_jitter=0.000000,", "clk_jitter=0.000000,",
		"clk_wander=0.000000,", "version=\"ntpsd 0.1\",",
		"processor=\"x86_64\",", "system=\"Linux/6.1.0\",",
		"tai=37\r\n"
	};
	const char			*line, *end;
	struct mode6_view		 view = good;
	size_t				 i;

	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0, ""));
	ATF_CHECK_EQ(0x0615, reply.status);
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		has(items[i]);
	has_not("ss_");
	ask(&good, MODE6_READVAR, 0, "peeradr,peermode");
	ATF_CHECK_STREQ("peeradr=127.0.0.1:11123, peermode=3\r\n", text);
	ask(&good, MODE6_READVAR, 0, "");
	/* lines for a terminal */
	for (line = text; (end = strstr(line, "\r\n")) != NULL; line = end + 2)
		ATF_CHECK_MSG(end - line <= 72, "%.*s", (int)(end - line),
		    line);
	ATF_CHECK_STREQ("", line);

	view.leap = NTP_LEAP_UNSYNC;
	view.stratum = NTP_STRATUM_UNSYNC;
	memcpy(view.refid, "INIT", 4);
	view.peer = NULL;
	view.tai = 0;
	ATF_CHECK(ask(&view, MODE6_READVAR, 0, "") > 0);
	ATF_CHECK_EQ(0xc016, reply.status);
	has("leap=3,");
	has("refid=INIT,");
	has("peer=0,");
	has_not("tai=");
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0, "tai,leap"));
	ATF_CHECK_STREQ("tai=37, leap=0\r\n", text);
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0,
	    ", tai = 5 ,\r\n\tleap ,,"));
	ATF_CHECK_STREQ("tai=37, leap=0\r\n", text);
	/* each once, so that an answer has a bound */
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0, "tc,tc,tc,leap,tc"));
	ATF_CHECK_STREQ("tc=6, leap=0\r\n", text);
	/* what ntpd has and we don't is left out */
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0, "leapsec,tc,mru_new"));
	ATF_CHECK_STREQ("tc=6\r\n", text);
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0, "leapsec"));
	ATF_CHECK_STREQ("", text);
	ATF_CHECK(!reply.error);
	ATF_CHECK_EQ(12, reply.octets);
	/* nothing but commas is nothing */
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 0, ", ,"));
	has("tai=37");
}

ATF_TC(statistics);
ATF_TC_HEAD(statistics, tc)
{
	atf_tc_set_md_var(tc, "descr", "`ntpq -c sysstats', `-c monstats'");
}
ATF_TC_BODY(statistics, tc)
{
	struct mode6_view	 view = good;
	struct mode6_row	 row;

	memset(&row, 0, sizeof(row));
	row.last = good.now - (UINT64_C(90) << 32);
	view.row = &row;
	view.nrows = view.mru_depth = view.mru_deepest = 1;
	view.mru_mem = 2048;
	ask(&view, MODE6_READVAR, 0, "ss_uptime,ss_reset,ss_reset_r,"
	    "ss_received,ss_received_r,ss_thisver,ss_oldver,ss_ver1,"
	    "ss_badformat,ss_badauth,ss_declined,ss_restricted,ss_limited,"
	    "ss_kodsent,ss_processed,ss_processed_r,ss_ver1zero");
	has("ss_uptime=4711,");
	has("ss_reset=4711,");
	has("ss_reset_r=4711,");
	has("ss_received=100,");
	has("ss_received_r=100,");
	has("ss_thisver=94,");
	has("ss_oldver=6,");
	has("ss_ver1=1,");
	has("ss_limited=7,");
	has("ss_processed_r=90\r\n");
	ask(&view, MODE6_READVAR, 0, "mru_enabled,mru_depth,mru_deepest,"
	    "mru_maxdepth,mru_mindepth,mru_maxage,mru_minage,mru_mem,"
	    "mru_maxmem,mru_recycleold,mru_oldest_age,mru_hashslots");
	ATF_CHECK_STREQ("mru_enabled=1, mru_depth=1, mru_deepest=1, "
	    "mru_maxdepth=4096,\r\nmru_mindepth=4096, mru_maxage=0, "
	    "mru_minage=0, mru_mem=2,\r\nmru_maxmem=1024, "
	    "mru_recycleold=12, "
	    "mru_oldest_age=90\r\n", text);
}

ATF_TC(peer_variables);
ATF_TC_HEAD(peer_variables, tc)
{
	atf_tc_set_md_var(tc, "descr", "what `ntpq -p' reads");
}
ATF_TC_BODY(peer_variables, tc)
{
	static const char *const	 items[] = {
		"srcadr=127.0.0.1,", "srcport=11123,", "dstadr=0.0.0.0,",
		"leap=0,", "stratum=2,", "precision=-24,", "rootdelay=0.000,",
		"refid=192.0.2.77,", "reftime=0xe0000000.80000000,",
		"rec=0xe000000a.00000000,", "reach=0xff,", "unreach=0,",
		"hmode=3,", "pmode=4,", "hpoll=6,", "ppoll=6,", "headway=0,",
		"flash=0,", "keyid=0,", "offset=-0.012100,",
		"delay=0.043000,", "dispersion=0.900000,", "jitter=0.007000,",
		"filtdelay=1.50 0.00 0.00 0.00 0.00 0.00 0.00 0.00,",
		"filtoffset=-2.00 0.00 ", "filtdisp=250.00 16000.00 "
	};
	struct mode6_view	 view = good;
	struct mode6_peer	 wild = peer;
	size_t			 i;

	ATF_CHECK_EQ(2, ask(&good, MODE6_READVAR, 1, ""));
	ATF_CHECK_EQ(0x961a, reply.status);
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		has(items[i]);
	has_not("srchost");
	ATF_CHECK_EQ(1, ask(&good, MODE6_READVAR, 1, "reach,hmode"));
	ATF_CHECK_STREQ("reach=0xff, hmode=3\r\n", text);

	view.peer = &wild;
	wild.selected = false;
	wild.reach = 0;
	wild.unreach = 9;
	wild.nsamples = 255;
	wild.sample[3].delay = NAN;
	wild.sample[7].delay = -INFINITY;
	wild.addr.family = AF_INET6;
	wild.addr.scope = 2;
	ask(&view, MODE6_READVAR, 1, "srcadr,filtdelay");
	ATF_CHECK_EQ(0x8013, reply.status);
	has("srcadr=7f00:1::%2");
	has("0.00 16000.00 0.00 0.00 0.00 16000.00");
}

ATF_TC_WITHOUT_HEAD(the_clock_is_a_peer);
ATF_TC_BODY(the_clock_is_a_peer, tc)
{
	struct mode6_view	 view = good;

	view.peer = NULL;
	view.source = MODE6_SOURCE_LOCAL;
	memcpy(view.refid, "LOCL", 4);
	view.refid_text = true;
	ATF_CHECK(ask(&view, MODE6_READVAR, 1, "") > 0);
	ATF_CHECK_EQ(0x961a, reply.status);
	/* the signs by which ntpq knows a reference clock */
	has("srcadr=127.127.1.0,");
	has("srchost=\"LOCAL(0)\",");
	has("stratum=2,");
	has("refid=LOCL,");
	has("reach=0xff,");
	ATF_CHECK_EQ(1, ask(&view, MODE6_READCLOCK, 1, ""));
	ATF_CHECK_EQ(0, reply.status);
	ATF_CHECK_STREQ("device=\"LOCAL(0)\", stratum=2, refid=LOCL, "
	    "poll=6\r\n", text);
	ATF_CHECK_EQ(1, ask(&view, MODE6_READCLOCK, 0, "poll"));
	ATF_CHECK_STREQ("poll=6\r\n", text);
}

ATF_TC_WITHOUT_HEAD(hostile_values);
ATF_TC_BODY(hostile_values, tc)
{
	struct mode6_view	 view = good;
	char			 longest[1000];

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	view.version = "a\"b\\c\r\nd\x7f\xc3\xa9, e=f";
	view.system = NULL;
	view.processor = longest;
	ask(&view, MODE6_READVAR, 0, "version,system");
	ATF_CHECK_STREQ("version=\"a.b.c..d..., e=f\", system=\"\"\r\n", text);
	ask(&view, MODE6_READVAR, 0, "processor");
	ATF_CHECK_EQ(MODE6_STR_MAX + strlen("processor=\"\"\r\n"),
	    strlen(text));
	view.offset = NAN;
	view.frequency = INFINITY;
	view.root_delay = -1e300;
	memcpy(view.refid, ",=\"\n", 4);
	view.refid_text = true;
	ask(&view, MODE6_READVAR, 0, "offset,frequency,rootdelay,refid");
	ATF_CHECK_STREQ("offset=0.000000, frequency=1000000000000.000,\r\n"
	    "rootdelay=-1000000000000.000, refid=....\r\n", text);
	/* an unfinished refid */
	memcpy(view.refid, "GPS\0", 4);
	view.refid_text = false;
	view.stratum = 1;
	ask(&view, MODE6_READVAR, 0, "refid");
	ATF_CHECK_STREQ("refid=GPS\r\n", text);
}

ATF_TC_WITHOUT_HEAD(too_few_fragments);
ATF_TC_BODY(too_few_fragments, tc)
{
	struct mode6_request	 r;
	uint8_t			 packet[MODE6_FRAGMENT_LEN];
	size_t			 len;

	len = make(packet, MODE6_READVAR, 1, "");
	ATF_REQUIRE_EQ(0, mode6_parse(&r, packet, len));
	ATF_CHECK_EQ(2, mode6_answer(&reply, &good, &state, &r, &from, 2));
	/* half an answer would be worse than none */
	ATF_CHECK_EQ(0, mode6_answer(&reply, &good, &state, &r, &from, 1));
	ATF_CHECK_EQ(0, reply.octets);
	ATF_CHECK_EQ(0, mode6_answer(&reply, &good, &state, &r, &from, 0));
	ATF_CHECK_EQ(2, mode6_answer(&reply, &good, &state, &r, &from,
	    1000000));
}

ATF_TC(no_fragments);
ATF_TC_HEAD(no_fragments, tc)
{
	atf_tc_set_md_var(tc, "descr", "F6: what an engine sends for nobody");
}
ATF_TC_BODY(no_fragments, tc)
{
	uint8_t	 buf[MODE6_FRAGMENT_LEN + 4];
	size_t	 len;
	bool	 last;

	memset(buf, 0, sizeof(buf));
	buf[0] = 0x16;
	buf[1] = 0x80 | MODE6_READVAR;
	for (len = 0; len <= sizeof(buf); len++)
		ATF_CHECK_EQ_MSG(len >= 12 && len <= 480 && len % 4 == 0,
		    mode6_is_fragment(buf, len, &last), "%zu octets", len);
	buf[1] = MODE6_READVAR;
	ATF_CHECK_MSG(!mode6_is_fragment(buf, 12, &last), "a request");
	buf[1] |= 0x80;
	for (buf[0] = 0; buf[0] < 8; buf[0]++)
		ATF_CHECK_EQ_MSG(buf[0] == 6, mode6_is_fragment(buf, 12,
		    &last), "mode %u", buf[0]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reads_requests);
	ATF_TP_ADD_TC(tp, read_status);
	ATF_TP_ADD_TC(tp, errors);
	ATF_TP_ADD_TC(tp, version_is_echoed);
	ATF_TP_ADD_TC(tp, system_variables);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, statistics);
	ATF_TP_ADD_TC(tp, peer_variables);
	ATF_TP_ADD_TC(tp, the_clock_is_a_peer);
	ATF_TP_ADD_TC(tp, hostile_values);
	ATF_TP_ADD_TC(tp, too_few_fragments);
	ATF_TP_ADD_TC(tp, no_fragments);
	return (atf_no_error());
}
