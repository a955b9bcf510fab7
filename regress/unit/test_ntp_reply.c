/* SPDX-License-Identifier: ISC */
/*
 * From request to reply: rows F1 to F6, F12, H1 to H8, H11 and A1 to A6 of
 * the protocol table.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "mac.h"
#include "ntp_reply.h"

#define ERA1_UNIX	INT64_C(2085978496)	/* 2036-02-07 06:28:16 UTC */
#define NOW		(UINT64_C(3908988800) << 32)	/* in 2023 */
#define MICROSECOND	4295		/* 2^-32 s */

static struct clock_state	 clock_;
static struct ntp_header	 reply;
static uint8_t			 buf[NTP_PACKET_MAX];

/* A clock with a precision, set an hour before the reply. */
static void
clock_set(int8_t precision)
{
	struct clock_config	 config = { .source = CLOCK_SYSTEM,
				    .stratum = 2, .refid = "TEST",
				    .max_distance = 1 };
	struct clock_kernel	 kernel = { .valid = true, .max_error = .25 };
	struct timespec		 now = { .tv_sec = 1700000000 - 3600 };

	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, precision);
	clock_update(&clock_, &now, &kernel);
}

static enum ntp_verdict
judge(struct ntp_request *req, size_t len, uint16_t port, bool symmetric)
{
	enum ntp_verdict	 verdict;
	uint8_t			*copy;

	/* on a copy of its own, so that a sanitizer sees reads past the end */
	ATF_REQUIRE((copy = malloc(len == 0 ? 1 : len)) != NULL);
	memcpy(copy, buf, len);
	verdict = ntp_request_check(req, copy, len, port, symmetric);
	free(copy);
	return (verdict);
}

/* The verdict on a packet whose first octet and length are given. */
static enum ntp_verdict
verdict(unsigned int version, unsigned int mode, size_t len, uint16_t port,
    bool symmetric, uint8_t *reply_mode)
{
	struct ntp_request	 req;
	enum ntp_verdict	 v;

	buf[0] = version << 3 | mode;
	v = judge(&req, len, port, symmetric);
	*reply_mode = req.reply_mode;
	return (v);
}

/* Makes a reply to what is in buf, and reads it. */
static void
answer(ntp_ts rx, ntp_ts tx, uint64_t random)
{
	struct ntp_request	 req;

	ATF_REQUIRE_EQ(judge(&req, NTP_HEADER_LEN, 50000, true), NTP_ANSWER);
	ntp_reply_head(buf, &req, &clock_, rx, random);
	ntp_reply_transmit(buf, &clock_, tx, random >> 32 | random << 32);
	ntp_header_get(&reply, buf);
}

static void
request(uint8_t first, ntp_ts transmit)
{
	memset(buf, 0, sizeof(buf));
	buf[0] = first;
	ntp_put64(buf + NTP_OFF_TRANSMIT, transmit);
}

ATF_TC_WITHOUT_HEAD(f1_lengths);
ATF_TC_BODY(f1_lengths, tc)
{
	size_t	 len;
	uint8_t	 mode;

	request(0, 0);
	for (len = 0; len < NTP_HEADER_LEN; len++) {
		ATF_CHECK_EQ(verdict(4, 3, len, 1, true, &mode),
		    NTP_DROP_MALFORMED);
		/* whatever the first octet says */
		ATF_CHECK_EQ(verdict(7, 3, len, 1, true, &mode),
		    NTP_DROP_MALFORMED);
	}
	ATF_CHECK_EQ(verdict(4, 3, 48, 1, true, &mode), NTP_ANSWER);
	for (len = 49; len <= NTP_PACKET_MAX; len++)
		if (len % 4 != 0) {
			ATF_CHECK_EQ(verdict(4, 3, len, 1, true, &mode),
			    NTP_DROP_MALFORMED);
		}
	/* F6, F7: queries are shorter, and counted for what they are */
	for (len = 1; len <= NTP_PACKET_MAX; len++) {
		ATF_CHECK_EQ(verdict(2, 6, len, 1, true, &mode),
		    NTP_DROP_MODE);
		ATF_CHECK_EQ(verdict(2, 7, len, 1, true, &mode),
		    NTP_DROP_MODE);
	}
}

ATF_TC_WITHOUT_HEAD(f2_f3_versions);
ATF_TC_BODY(f2_f3_versions, tc)
{
	unsigned int	 version;
	uint8_t		 mode;

	request(0, 0);
	for (version = 0; version < 8; version++) {
		if (version < 1 || version > 4) {
			ATF_CHECK_EQ(verdict(version, 3, 48, 1, true, &mode),
			    NTP_DROP_VERSION);
			continue;
		}
		ATF_CHECK_EQ(verdict(version, 3, 48, 1, true, &mode),
		    NTP_ANSWER);
		ATF_CHECK_EQ(mode, NTP_MODE_SERVER);
		clock_set(-24);
		answer(NOW, NOW + MICROSECOND, 0);
		ATF_CHECK_EQ(reply.version, version);
		ATF_CHECK_EQ(reply.mode, NTP_MODE_SERVER);
	}
}

ATF_TC_WITHOUT_HEAD(f4_version1_mode0);
ATF_TC_BODY(f4_version1_mode0, tc)
{
	unsigned int	 version;
	uint8_t		 mode;

	request(0, 0);
	ATF_CHECK_EQ(verdict(1, 0, 48, 123, true, &mode), NTP_DROP_MODE);
	ATF_CHECK_EQ(verdict(1, 0, 48, 124, true, &mode), NTP_ANSWER);
	ATF_CHECK_EQ(mode, NTP_MODE_SERVER);
	for (version = 2; version <= 4; version++)
		ATF_CHECK_EQ(verdict(version, 0, 48, 124, true, &mode),
		    NTP_DROP_MODE);
}

ATF_TC_WITHOUT_HEAD(f5_symmetric);
ATF_TC_BODY(f5_symmetric, tc)
{
	unsigned int	 version;
	uint8_t		 mode;

	request(0, 0);
	for (version = 1; version <= 4; version++) {
		ATF_CHECK_EQ(verdict(version, 1, 48, 123, true, &mode),
		    NTP_ANSWER);
		ATF_CHECK_EQ(mode, NTP_MODE_PASSIVE);
		ATF_CHECK_EQ(verdict(version, 1, 48, 123, false, &mode),
		    NTP_DROP_MODE);
	}
}

/* Also of F12, F2 and F4: no reply has mode 0, 1 or 3, or is longer. */
ATF_TC_WITHOUT_HEAD(f6_every_first_octet_and_length);
ATF_TC_BODY(f6_every_first_octet_and_length, tc)
{
	static const uint16_t	 ports[] = { 1, 123, 65535 };
	struct ntp_request	 req;
	unsigned int		 first, i, answered = 0, macs = 0;
	size_t			 len;

	clock_set(-24);
	for (first = 0; first < 256; first++)
	for (len = 0; len <= 128; len++)
	for (i = 0; i < 6; i++) {
		request(first, NOW);
		/* an extension field that fills what is left */
		if (len > NTP_HEADER_LEN)
			ntp_put32(buf + NTP_HEADER_LEN, len - NTP_HEADER_LEN);
		if (judge(&req, len, ports[i / 2], i % 2) != NTP_ANSWER)
			continue;
		if (req.mac_len != 0) {		/* F12 of these is below */
			macs++;
			continue;
		}
		answered++;
		if (len < NTP_HEADER_LEN)
			atf_tc_fail("F12: octet %u, length %zu", first, len);
		ntp_reply_head(buf, &req, &clock_, NOW, 0);
		ntp_reply_transmit(buf, &clock_, NOW, 0);
		ntp_header_get(&reply, buf);
		ATF_CHECK_EQ(reply.version, first >> 3 & 7);
		ATF_CHECK(reply.mode == NTP_MODE_SERVER ||
		    (reply.mode == NTP_MODE_PASSIVE && (first & 7) == 1));
		if (judge(&req, NTP_HEADER_LEN, ports[i / 2], true) !=
		    NTP_DROP_MODE)
			atf_tc_fail("fed back: octet %u, length %zu", first,
			    len);
	}
	/* 4 LI; no or (v4) 15 lengths of field; modes 3 and 1; mode 0 of v1 */
	ATF_CHECK_EQ(answered, 4 * ((4 + 15) * (6 + 3) + 4));
	/* 20 and 24 octets, in v1 to v3 also 36 */
	ATF_CHECK_EQ(macs, 4 * ((3 * 3 + 2) * (6 + 3) + 3 * 4));
}

/* The way of a request with a MAC, through fields too, and of its reply. */
static void
check_authenticated(const struct mac_key *k, unsigned int version,
    size_t covered, size_t maclen)
{
	struct ntp_request	 req;

	request(version << 3 | NTP_MODE_CLIENT, NOW);
	memset(buf + NTP_HEADER_LEN, 0x55, covered - NTP_HEADER_LEN);
	if (covered > NTP_HEADER_LEN)
		ntp_put32(buf + NTP_HEADER_LEN, 0x01040000 |
		    (uint32_t)(covered - NTP_HEADER_LEN));
	mac_sign(k, buf, covered, buf + covered, maclen);
	ATF_REQUIRE_EQ(judge(&req, covered + maclen, 1, true), NTP_ANSWER);
	ATF_REQUIRE_EQ(req.mac_off, covered);
	ATF_REQUIRE_EQ(req.mac_len, maclen);
	ATF_CHECK(mac_len_ok(k->type, req.mac_len, version));
	ATF_CHECK(mac_verify(k, buf, req.mac_off, buf + req.mac_off,
	    req.mac_len));
	/* A2: the extension field is covered */
	buf[covered - 1] ^= 1;
	ATF_CHECK(!mac_verify(k, buf, req.mac_off, buf + req.mac_off,
	    req.mac_len));
	ntp_reply_head(buf, &req, &clock_, NOW, 0);
	ntp_reply_transmit(buf, &clock_, NOW, 0);
	mac_sign(k, buf, NTP_HEADER_LEN, buf + NTP_HEADER_LEN, req.mac_len);
	ATF_CHECK(mac_verify(k, buf, NTP_HEADER_LEN, buf + NTP_HEADER_LEN,
	    maclen));
}

ATF_TC_WITHOUT_HEAD(a1_a2_authenticated);
ATF_TC_BODY(a1_a2_authenticated, tc)
{
	struct mac_key	 k = { .id = 0x01020304, .len = 16,
			    .secret = "sixteen octets." };
	unsigned int	 version, n = 0;
	size_t		 len, fields;

	clock_set(-24);
	for (k.type = MAC_MD5; k.type <= MAC_AES128; k.type++)
	for (version = 1; version <= 4; version++)
	for (len = 0; len <= MAC_LEN_MAX; len += 4) {
		if (!mac_len_ok(k.type, len, version))
			continue;
		n++;
		check_authenticated(&k, version, NTP_HEADER_LEN, len);
		for (fields = 16; fields < 256 && version == 4; fields += 4)
			check_authenticated(&k, version, NTP_HEADER_LEN +
			    fields, len);
	}
	ATF_CHECK_EQ(4 * 4 + 3, n);
}

/* No MAC is where none was found: the caller asks for nothing else. */
ATF_TC_WITHOUT_HEAD(a2_no_mac_no_length);
ATF_TC_BODY(a2_no_mac_no_length, tc)
{
	struct ntp_request	 req;
	size_t			 len;

	for (len = 0; len <= 128; len++) {
		request(0x23, NOW);
		memset(&req, 0xff, sizeof(req));
		if (judge(&req, len, 1, true) == NTP_ANSWER &&
		    len != NTP_HEADER_LEN)
			ATF_CHECK(len == 48 + 20 || len == 48 + 24);
		else
			ATF_CHECK(req.mac_off == 0 && req.mac_len == 0);
		ATF_CHECK_EQ(req.mac_len == 0, req.mac_off == 0);
	}
}

ATF_TC_WITHOUT_HEAD(a2_a6_trailers);
ATF_TC_BODY(a2_a6_trailers, tc)
{
	uint8_t	 mode;

	request(0, 0);
	memset(buf + 48, 0xff, 100);
	/* A2: that such a MAC is bad is found out with the keys */
	ATF_CHECK_EQ(verdict(4, 3, 48 + 20, 1, true, &mode), NTP_ANSWER);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 24, 1, true, &mode), NTP_ANSWER);
	ATF_CHECK_EQ(verdict(3, 3, 48 + 36, 1, true, &mode), NTP_ANSWER);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 36, 1, true, &mode),
	    NTP_DROP_MALFORMED);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 8, 1, true, &mode),
	    NTP_DROP_MALFORMED);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 12, 1, true, &mode),
	    NTP_DROP_MALFORMED);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 28, 1, true, &mode),
	    NTP_DROP_MALFORMED);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 4, 1, true, &mode),
	    NTP_DROP_MALFORMED);
	memset(buf + 48, 0, 100);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 4, 1, true, &mode), NTP_DROP_AUTH);
	ATF_CHECK_EQ(verdict(4, 3, 48 + 28, 1, true, &mode),
	    NTP_DROP_MALFORMED);
	buf[51] = 28;
	ATF_CHECK_EQ(verdict(4, 3, 48 + 28, 1, true, &mode), NTP_ANSWER);
	/* what can't be answered anyhow is not called malformed */
	ATF_CHECK_EQ(verdict(4, 4, 48 + 8, 1, true, &mode), NTP_DROP_MODE);
	ATF_CHECK_EQ(verdict(5, 3, 48 + 8, 1, true, &mode), NTP_DROP_VERSION);
}

ATF_TC_WITHOUT_HEAD(h1_origin_is_the_transmit_timestamp);
ATF_TC_BODY(h1_origin_is_the_transmit_timestamp, tc)
{
	static const ntp_ts	 ts[] = { 0, 1, UINT64_MAX, NOW, NOW + 1,
				    UINT64_C(0x8000000000000000),
				    UINT64_C(0x0123456789abcdef) };
	size_t			 i;

	clock_set(-20);
	for (i = 0; i < sizeof(ts) / sizeof(ts[0]); i++) {
		request(0x23, ts[i]);
		answer(NOW, NOW + MICROSECOND, UINT64_MAX);
		ATF_CHECK_EQ(reply.origin, ts[i]);
		ATF_CHECK(reply.transmit != ts[i]);
	}
}

ATF_TC_WITHOUT_HEAD(h2_data_minimised);
ATF_TC_BODY(h2_data_minimised, tc)
{
	clock_set(-24);
	request(0x23, UINT64_C(0xdeadbeef01234567));
	buf[NTP_OFF_PRECISION] = 32;
	answer(NOW, NOW + 100 * MICROSECOND, 0);
	ATF_CHECK_EQ(reply.leap, 0);
	ATF_CHECK_EQ(reply.version, 4);
	ATF_CHECK_EQ(reply.mode, NTP_MODE_SERVER);
	ATF_CHECK_EQ(reply.stratum, 2);
	ATF_CHECK_EQ(reply.poll, 0);
	ATF_CHECK_EQ(reply.precision, -24);
	ATF_CHECK_EQ(reply.root_delay, 0);
	ATF_CHECK(reply.root_dispersion > 65536 / 4 &&
	    reply.root_dispersion < 65536 / 4 + 10);
	ATF_CHECK_EQ(memcmp(reply.refid, "TEST", 4), 0);
	ATF_CHECK_EQ(reply.reference, NOW - (UINT64_C(3600) << 32));
	ATF_CHECK_EQ(reply.origin, UINT64_C(0xdeadbeef01234567));
	ATF_CHECK_EQ(reply.receive, NOW);
	ATF_CHECK_EQ(reply.transmit, (NOW + 100 * MICROSECOND) &
	    ~UINT64_C(0xff));
}

/* Nothing of the request but version, poll and transmit comes back. */
ATF_TC_WITHOUT_HEAD(h3_h4_leap_and_poll);
ATF_TC_BODY(h3_h4_leap_and_poll, tc)
{
	struct ntp_header	 plain;
	int			 leap, poll;

	clock_set(-24);
	request(0x23, NOW);
	answer(NOW, NOW, 0);
	plain = reply;
	for (leap = 0; leap < 4; leap++)
		for (poll = -128; poll < 128; poll++) {
			memset(buf, 0xff, sizeof(buf));
			buf[0] = leap << 6 | 0x23;
			buf[NTP_OFF_POLL] = (uint8_t)poll;
			ntp_put64(buf + NTP_OFF_TRANSMIT, NOW);
			answer(NOW, NOW, 0);
			ATF_CHECK_EQ(reply.poll, poll);
			reply.poll = 0;
			ATF_CHECK_EQ(memcmp(&reply, &plain, sizeof(reply)), 0);
		}
}

/* Every order of the timestamps, with every kind of random bits. */
static void
check_order(ntp_ts origin, ntp_ts rx, ntp_ts tx)
{
	static const uint64_t	 randoms[] = { 0, UINT64_MAX, UINT32_MAX,
				    UINT64_MAX << 32,
				    UINT64_C(0x5555555555555555) };
	size_t			 i;

	for (i = 0; i < sizeof(randoms) / sizeof(randoms[0]); i++) {
		request(0x23, origin);
		answer(rx, tx, randoms[i]);
		if (ntp_ts_diff(reply.transmit, reply.receive) <= 0 ||
		    reply.transmit == origin || reply.transmit == 0 ||
		    reply.receive == 0 || reply.origin != origin)
			atf_tc_fail("precision %d, origin %016llx, rx %016llx, "
			    "tx %016llx, random %zu", clock_.precision,
			    (unsigned long long)origin, (unsigned long long)rx,
			    (unsigned long long)tx, i);
		ATF_CHECK(reply.reference == 0 ||
		    !ntp_ts_before(reply.receive, reply.reference));
	}
}

ATF_TC_WITHOUT_HEAD(h5_h6_h11_order_of_timestamps);
ATF_TC_BODY(h5_h6_h11_order_of_timestamps, tc)
{
	static const int8_t	 precisions[] = { -32, -31, -25, -20, -6 };
	static const ntp_ts	 bases[] = { NOW, 0, UINT64_MAX,
				    UINT64_C(0x7fffffffffffffff) };
	static const int64_t	 steps[] = { 0, 1, -1, 2, -2, 255, 256,
				    -MICROSECOND, MICROSECOND,
				    INT64_C(3600) * -4294967296,
				    INT64_C(3600) * 4294967296,
				    INT64_MAX, INT64_MAX - 1, INT64_MIN };
	const size_t		 n = sizeof(steps) / sizeof(steps[0]);
	size_t			 p, b, i, j;

	for (p = 0; p < sizeof(precisions); p++) {
		clock_set(precisions[p]);
		for (b = 0; b < sizeof(bases) / sizeof(bases[0]); b++)
			for (i = 0; i < n; i++)
				for (j = 0; j < n; j++)
					check_order(bases[b] +
					    (uint64_t)steps[j], bases[b],
					    bases[b] + (uint64_t)steps[i]);
	}
}

ATF_TC_WITHOUT_HEAD(h6_stepped_back);
ATF_TC_BODY(h6_stepped_back, tc)
{
	clock_set(-24);
	request(0x23, 0);
	answer(NOW, NOW - (UINT64_C(3600) << 32), UINT64_MAX);
	ATF_CHECK(ntp_ts_before(reply.receive, reply.transmit));
	ATF_CHECK(ntp_ts_diff(reply.transmit, reply.receive) < 1e-7);
}

ATF_TC_WITHOUT_HEAD(h5_h7_random_bits_and_no_others);
ATF_TC_BODY(h5_h7_random_bits_and_no_others, tc)
{
	ntp_ts	 rx = NOW + 0x12345678, tx = rx + 50 * MICROSECOND;
	int	 p;

	for (p = -32; p <= -18; p++) {
		clock_set(p);
		request(0x23, 0);
		answer(rx, tx, 0);
		ATF_CHECK_EQ(reply.receive, rx & ~clock_.random_mask);
		ATF_CHECK_EQ(reply.transmit, tx & ~clock_.random_mask);
		request(0x23, 0);
		answer(rx, tx, UINT64_MAX);
		ATF_CHECK_EQ(reply.receive, rx | clock_.random_mask);
		ATF_CHECK_EQ(reply.transmit, tx | clock_.random_mask);
	}
}

ATF_TC_WITHOUT_HEAD(h8_reference_is_not_after_receive);
ATF_TC_BODY(h8_reference_is_not_after_receive, tc)
{
	ntp_ts	 reference = NOW - (UINT64_C(3600) << 32);

	clock_set(-24);
	request(0x23, 0);
	answer(reference, NOW, 0);
	ATF_CHECK_EQ(reply.reference, reference);
	/* waited in the socket's buffer while the clock was updated */
	request(0x23, 0);
	answer(reference - 1000 * MICROSECOND, NOW, 0x5a5a5a5a5a5a5a5a);
	ATF_CHECK_EQ(reply.reference, reply.receive);
	ATF_CHECK(ntp_ts_diff(reply.receive, reference) < -0.0009);

	/* never synchronised: 0 is no time, so not one to compare */
	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &(struct clock_config){ .source = CLOCK_SYSTEM },
	    -24);
	request(0x23, 0);
	answer(NOW, NOW, 0);
	ATF_CHECK_EQ(reply.reference, 0);
	ATF_CHECK_EQ(reply.leap, NTP_LEAP_UNSYNC);
	ATF_CHECK_EQ(reply.stratum, 0);
}

ATF_TC_WITHOUT_HEAD(h11_across_the_era);
ATF_TC_BODY(h11_across_the_era, tc)
{
	struct timespec	 rx = { ERA1_UNIX - 1, 999999000 };
	struct timespec	 tx = { ERA1_UNIX, 0 };
	struct clock_kernel kernel = { .valid = true, .max_error = .01 };

	clock_set(-32);
	clock_update(&clock_, &(struct timespec){ .tv_sec = ERA1_UNIX - 10 },
	    &kernel);
	request(0x23, 0);
	answer(ntp_ts_from_timespec(&rx), ntp_ts_from_timespec(&tx), 0);
	ATF_CHECK_EQ(reply.reference >> 32, UINT32_MAX - 9U);
	ATF_CHECK_EQ(reply.receive >> 32, UINT32_MAX);
	ATF_CHECK_EQ(reply.transmit, 1);
	/* the origin is the one instant, too; both in era 1; set in era 0 */
	request(0x23, 1);
	rx = (struct timespec){ ERA1_UNIX, 0 };
	answer(ntp_ts_from_timespec(&rx), ntp_ts_from_timespec(&tx), 0);
	ATF_CHECK_EQ(reply.reference >> 32, UINT32_MAX - 9U);
	ATF_CHECK_EQ(reply.receive, 1);
	ATF_CHECK_EQ(reply.transmit, 2);
	/* bits below the precision that would make it 0 */
	clock_set(-24);
	request(0x23, 0);
	answer(ntp_ts_from_timespec(&rx), ntp_ts_from_timespec(&tx), 0);
	ATF_CHECK_EQ(reply.receive, 1);
	ATF_CHECK_EQ(reply.transmit, 2);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, f1_lengths);
	ATF_TP_ADD_TC(tp, f2_f3_versions);
	ATF_TP_ADD_TC(tp, f4_version1_mode0);
	ATF_TP_ADD_TC(tp, f5_symmetric);
	ATF_TP_ADD_TC(tp, f6_every_first_octet_and_length);
	ATF_TP_ADD_TC(tp, a1_a2_authenticated);
	ATF_TP_ADD_TC(tp, a2_no_mac_no_length);
	ATF_TP_ADD_TC(tp, a2_a6_trailers);
	ATF_TP_ADD_TC(tp, h1_origin_is_the_transmit_timestamp);
	ATF_TP_ADD_TC(tp, h2_data_minimised);
	ATF_TP_ADD_TC(tp, h3_h4_leap_and_poll);
	ATF_TP_ADD_TC(tp, h5_h6_h11_order_of_timestamps);
	ATF_TP_ADD_TC(tp, h6_stepped_back);
	ATF_TP_ADD_TC(tp, h5_h7_random_bits_and_no_others);
	ATF_TP_ADD_TC(tp, h8_reference_is_not_after_receive);
	ATF_TP_ADD_TC(tp, h11_across_the_era);

	return (atf_no_error());
}
