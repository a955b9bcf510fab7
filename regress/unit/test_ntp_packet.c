/* SPDX-License-Identifier: ISC */
/*
 * The header as octets, and what follows it: rows A1 to A6 of the protocol
 * table.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "ntp_packet.h"

static uint8_t	 packet[NTP_PACKET_MAX];

/* A packet whose trailer is `left` octets, all 0xff. */
static size_t
packet_with(size_t left)
{
	memset(packet, 0, sizeof(packet));
	memset(packet + NTP_HEADER_LEN, 0xff, left);
	return (NTP_HEADER_LEN + left);
}

/* Puts an extension field at off, returns the offset behind it. */
static size_t
put_field(size_t off, uint16_t type, uint16_t len)
{
	ntp_put32(packet + off, (uint32_t)type << 16 | len);
	return (off + len);
}

/* On a copy of its own, so that a sanitizer sees reads past the end. */
static void
check(size_t len, unsigned int version, enum ntp_trailer want, size_t want_off)
{
	size_t		 off = 0;
	enum ntp_trailer got;
	uint8_t		*copy;

	ATF_REQUIRE((copy = malloc(len)) != NULL);
	memcpy(copy, packet, len);
	got = ntp_trailer_parse(copy, len, version, &off);
	free(copy);
	if (got != want || off != want_off)
		atf_tc_fail_nonfatal("v%u, %zu octets: %d at %zu, not %d at "
		    "%zu", version, len, got, off, want, want_off);
}

ATF_TC_WITHOUT_HEAD(header_octet_by_octet);
ATF_TC_BODY(header_octet_by_octet, tc)
{
	uint8_t		 in[NTP_HEADER_LEN], out[NTP_HEADER_LEN];
	struct ntp_header h;
	size_t		 i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = 0x80 + i;
	in[0] = 0xe3;
	ntp_header_get(&h, in);
	ATF_CHECK_EQ(h.leap, 3);
	ATF_CHECK_EQ(h.version, 4);
	ATF_CHECK_EQ(h.mode, 3);
	ATF_CHECK_EQ(h.stratum, 0x81);
	ATF_CHECK_EQ(h.poll, -126);
	ATF_CHECK_EQ(h.precision, -125);
	ATF_CHECK_EQ(h.root_delay, 0x84858687U);
	ATF_CHECK_EQ(h.root_dispersion, 0x88898a8bU);
	ATF_CHECK_EQ(memcmp(h.refid, "\x8c\x8d\x8e\x8f", 4), 0);
	ATF_CHECK_EQ(h.reference, UINT64_C(0x9091929394959697));
	ATF_CHECK_EQ(h.origin, UINT64_C(0x98999a9b9c9d9e9f));
	ATF_CHECK_EQ(h.receive, UINT64_C(0xa0a1a2a3a4a5a6a7));
	ATF_CHECK_EQ(h.transmit, UINT64_C(0xa8a9aaabacadaeaf));
	memset(out, 0, sizeof(out));
	ntp_header_put(out, &h);
	ATF_CHECK_EQ(memcmp(in, out, sizeof(in)), 0);
}

ATF_TC_WITHOUT_HEAD(header_first_octet_all_values);
ATF_TC_BODY(header_first_octet_all_values, tc)
{
	uint8_t		 in[NTP_HEADER_LEN] = { 0 }, out[NTP_HEADER_LEN];
	struct ntp_header h;
	int		 b;

	for (b = 0; b < 256; b++) {
		in[0] = b;
		ntp_header_get(&h, in);
		ntp_header_put(out, &h);
		ATF_CHECK_EQ(memcmp(in, out, sizeof(in)), 0);
		ATF_CHECK_EQ(h.leap * 64 + h.version * 8 + h.mode, b);
	}
}

/* What no field explains, for every version and length of all-ones. */
ATF_TC_WITHOUT_HEAD(a1_a2_a4_trailer_lengths);
ATF_TC_BODY(a1_a2_a4_trailer_lengths, tc)
{
	enum ntp_trailer want;
	unsigned int	 version;
	size_t		 left;

	for (version = 1; version <= 4; version++)
		for (left = 0; left <= 80; left += 4) {
			want = NTP_TRAILER_BAD;
			if (left == 0)
				want = NTP_TRAILER_NONE;
			else if (left == 20 || left == 24)
				want = NTP_TRAILER_MAC;
			else if (left == 36 && version < 4)
				want = NTP_TRAILER_MAC;
			check(packet_with(left), version, want,
			    NTP_HEADER_LEN);
		}
}

/* RFC 7822: behind fields, what is left decides, not what it looks like. */
ATF_TC_WITHOUT_HEAD(a1_mac_behind_fields);
ATF_TC_BODY(a1_mac_behind_fields, tc)
{
	static const size_t	 lens[] = { 20, 24 };
	size_t			 i, at, field;

	for (i = 0; i < 2; i++)
	for (field = 16; field <= 64; field += 4) {
		packet_with(0);
		at = put_field(NTP_HEADER_LEN, 0x0104, field);
		/* a key id that could be the start of a field */
		put_field(at, 0x0204, lens[i]);
		check(at + lens[i], 4, NTP_TRAILER_MAC, at);
		at = put_field(at, 0x0204, 28);
		check(at + lens[i], 4, NTP_TRAILER_MAC, at);
	}
}

/* SHA256 in full: a MAC in v3, and in v4 a field or nothing. */
ATF_TC_WITHOUT_HEAD(a1_36_octets);
ATF_TC_BODY(a1_36_octets, tc)
{
	const size_t	 len = NTP_HEADER_LEN + 36;
	unsigned int	 version;
	uint32_t	 id;

	for (id = 0; id <= 0x20000; id++) {
		packet_with(36);
		ntp_put32(packet + NTP_HEADER_LEN, id);
		for (version = 1; version < 4; version++)
			check(len, version, NTP_TRAILER_MAC, NTP_HEADER_LEN);
		if ((id & 0xffff) == 36)
			check(len, 4, NTP_TRAILER_NONE, len);
		else if ((id & 0xffff) == 16)
			check(len, 4, NTP_TRAILER_MAC, NTP_HEADER_LEN + 16);
		else
			check(len, 4, NTP_TRAILER_BAD, NTP_HEADER_LEN +
			    ((id & 0xffff) % 4 == 0 && (id & 0xffff) > 16 &&
			    (id & 0xffff) < 36 ? id & 0xffff : 0));
	}
}

ATF_TC_WITHOUT_HEAD(a3_crypto_nak);
ATF_TC_BODY(a3_crypto_nak, tc)
{
	unsigned int	 version;
	size_t		 i, len;

	for (version = 1; version <= 4; version++) {
		len = packet_with(4);
		memset(packet + NTP_HEADER_LEN, 0, 4);
		check(len, version, NTP_TRAILER_NAK, NTP_HEADER_LEN);
		for (i = 0; i < 4; i++) {
			packet_with(0);
			packet[NTP_HEADER_LEN + i] = 1;
			check(len, version, NTP_TRAILER_BAD, NTP_HEADER_LEN);
		}
	}
	/* behind a field, too */
	packet_with(0);
	len = put_field(NTP_HEADER_LEN, 0x0104, 32);
	check(len + 4, 4, NTP_TRAILER_NAK, len);
}

/* Whatever they say of themselves, and also behind a field. */
ATF_TC_WITHOUT_HEAD(a4_8_or_12_octets);
ATF_TC_BODY(a4_8_or_12_octets, tc)
{
	size_t		 at, left;
	uint32_t	 flen;

	for (flen = 0; flen <= UINT16_MAX; flen++)
	for (left = 8; left <= 12; left += 4) {
		packet_with(0);
		put_field(NTP_HEADER_LEN, 0, flen);
		check(NTP_HEADER_LEN + left, 4, NTP_TRAILER_BAD,
		    NTP_HEADER_LEN);
		at = put_field(NTP_HEADER_LEN, 0x0104, 28);
		put_field(at, 0, flen);
		check(at + left, 4, NTP_TRAILER_BAD, at);
	}
}

ATF_TC_WITHOUT_HEAD(a5_every_type_of_field);
ATF_TC_BODY(a5_every_type_of_field, tc)
{
	uint32_t	 type;

	for (type = 0; type <= UINT16_MAX; type++) {
		packet_with(28);
		put_field(NTP_HEADER_LEN, type, 28);
		check(NTP_HEADER_LEN + 28, 4, NTP_TRAILER_NONE,
		    NTP_HEADER_LEN + 28);
	}
}

ATF_TC_WITHOUT_HEAD(a5_fields_are_skipped);
ATF_TC_BODY(a5_fields_are_skipped, tc)
{
	size_t		 len, n, at;

	for (len = 16; len <= 256; len += 4) {
		if (len == 20 || len == 24)
			continue;
		packet_with(len);
		put_field(NTP_HEADER_LEN, 0x1234, len);
		check(NTP_HEADER_LEN + len, 4, NTP_TRAILER_NONE,
		    NTP_HEADER_LEN + len);
	}
	/* several, of the least length but for the last */
	for (n = 0; n < 20; n++) {
		size_t	 i;

		packet_with(400);
		at = NTP_HEADER_LEN;
		for (i = 0; i < n; i++)
			at = put_field(at, i, 16);
		at = put_field(at, 0, 28);
		check(at, 4, NTP_TRAILER_NONE, at);
		check(at + 20, 4, NTP_TRAILER_MAC, at);
		check(at + 24, 4, NTP_TRAILER_MAC, at);
		check(at + 4, 4, NTP_TRAILER_BAD, at);
		check(at + 8, 4, NTP_TRAILER_BAD, at);
		check(at + 12, 4, NTP_TRAILER_BAD, at);
	}
	/* before v4 there are no fields, and so no MAC behind one */
	for (n = 1; n < 4; n++)
		for (len = 28; len <= 256; len += 4) {
			packet_with(len);
			put_field(NTP_HEADER_LEN, 0, len);
			check(NTP_HEADER_LEN + len, n, len == 36 ?
			    NTP_TRAILER_MAC : NTP_TRAILER_BAD, NTP_HEADER_LEN);
			put_field(NTP_HEADER_LEN, 0, len - 20);
			check(NTP_HEADER_LEN + len, n, len == 36 ?
			    NTP_TRAILER_MAC : NTP_TRAILER_BAD, NTP_HEADER_LEN);
		}
}

ATF_TC_WITHOUT_HEAD(a6_field_lengths);
ATF_TC_BODY(a6_field_lengths, tc)
{
	enum ntp_trailer want;
	uint32_t	 flen;

	/* every length, with 64 octets there: the rest is zeroes */
	for (flen = 0; flen <= UINT16_MAX; flen++) {
		packet_with(0);
		put_field(NTP_HEADER_LEN, 0x0204, flen);
		want = NTP_TRAILER_BAD;
		if (flen == 64)
			want = NTP_TRAILER_NONE;
		else if (flen == 40 || flen == 44)
			want = NTP_TRAILER_MAC;
		else if (flen == 60)
			want = NTP_TRAILER_NAK;
		check(NTP_HEADER_LEN + 64, 4, want,
		    flen >= 16 && flen <= 64 && flen % 4 == 0 ?
		    NTP_HEADER_LEN + flen : NTP_HEADER_LEN);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, header_octet_by_octet);
	ATF_TP_ADD_TC(tp, header_first_octet_all_values);
	ATF_TP_ADD_TC(tp, a1_a2_a4_trailer_lengths);
	ATF_TP_ADD_TC(tp, a1_mac_behind_fields);
	ATF_TP_ADD_TC(tp, a1_36_octets);
	ATF_TP_ADD_TC(tp, a3_crypto_nak);
	ATF_TP_ADD_TC(tp, a4_8_or_12_octets);
	ATF_TP_ADD_TC(tp, a5_every_type_of_field);
	ATF_TP_ADD_TC(tp, a5_fields_are_skipped);
	ATF_TP_ADD_TC(tp, a6_field_lengths);

	return (atf_no_error());
}
