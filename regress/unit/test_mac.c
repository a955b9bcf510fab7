/* SPDX-License-Identifier: ISC */
/*
 * mac.c: A1, digests as others make them; A2, what does not verify; key sets
 * and what is refused as one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "mac.h"
#include "ntp_packet.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define FIELD_LEN	28

/* A header, and the same with an extension field. */
static uint8_t	 packet[NTP_HEADER_LEN + FIELD_LEN];

static void
packet_set(void)
{
	unsigned int	 i;

	for (i = 0; i < NTP_HEADER_LEN; i++)
		packet[i] = (uint8_t)(i * 7 + 1);
	ntp_put32(packet + NTP_HEADER_LEN, 0x01040000 | FIELD_LEN);
	for (i = 0; i < FIELD_LEN - 4; i++)
		packet[NTP_HEADER_LEN + 4 + i] = (uint8_t)i;
}

static size_t
hex(const char *text, uint8_t *out)
{
	unsigned int	 octet;
	size_t		 n;

	for (n = 0; text[2 * n] != '\0'; n++) {
		ATF_REQUIRE(sscanf(text + 2 * n, "%2x", &octet) == 1);
		out[n] = (uint8_t)octet;
	}
	return (n);
}

static struct mac_key
make_key(uint32_t id, enum mac_type type, const char *secret)
{
	struct mac_key	 k;

	memset(&k, 0, sizeof(k));
	k.id = id;
	k.type = type;
	k.len = (uint8_t)strlen(secret);
	memcpy(k.secret, secret, k.len);
	return (k);
}

/* Signs as that, verifies, and neither reads nor writes past the ends. */
static void
check_mac(const struct mac_key *k, const uint8_t *p, size_t covered,
    const char *want_hex, size_t len)
{
	uint8_t	*copy, *trailer, want[MAC_LEN_MAX];

	ntp_put32(want, k->id);
	ATF_REQUIRE(hex(want_hex, want + 4) + 4 >= len);
	ATF_REQUIRE((copy = malloc(covered + 1)) != NULL);
	ATF_REQUIRE((trailer = malloc(len)) != NULL);
	memcpy(copy + 1, p, covered);
	mac_sign(k, copy + 1, covered, trailer, len);
	ATF_CHECK_EQ_MSG(0, memcmp(trailer, want, len), "type %u, %zu octets",
	    k->type, len);
	ATF_CHECK(mac_verify(k, copy + 1, covered, trailer, len));
	free(copy);
	free(trailer);
}

ATF_TC_WITHOUT_HEAD(a1_cmac_as_in_rfc4493);
ATF_TC_BODY(a1_cmac_as_in_rfc4493, tc)
{
	static const struct {
		size_t		 len;
		const char	*digest;
	} cases[] = {
		{ 0, "bb1d6929e95937287fa37d129b756746" },
		{ 16, "070a16b46b4d4144f79bdd9dd04a287c" },
		{ 40, "dfa66747de9ae63030ca32611497c827" },
		{ 64, "51f0bebf7e3b9d92fc49741779363cfe" }
	};
	uint8_t		 m[64];
	struct mac_key	 k = make_key(1, MAC_AES128, "");
	size_t		 i;

	k.len = (uint8_t)hex("2b7e151628aed2a6abf7158809cf4f3c", k.secret);
	hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
	    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
	    m);
	for (i = 0; i < N(cases); i++)
		check_mac(&k, m, cases[i].len, cases[i].digest, 20);
}

/* H(secret || packet), worked out by other libraries. */
ATF_TC_WITHOUT_HEAD(a1_digests_of_a_packet);
ATF_TC_BODY(a1_digests_of_a_packet, tc)
{
	static const struct {
		enum mac_type	 type;
		const char	*secret, *plain, *with_field;
	} cases[] = {
		{ MAC_MD5, "k",
		    "c8e2d970dac3a12d1f9cf1b06bd4ed71",
		    "5bb1228b790caed2deee8d14d52969c9" },
		{ MAC_SHA1, "k",
		    "45a89032f912311ce5b289c90c1c512a04057439",
		    "5f7b3b5fc0306d61125d1eb7648fa3dbc5b6df72" },
		{ MAC_SHA256, "k",
		    "e0620a8d121459395f72b8abab0ab00a"
		    "36ab89d1f18abdb25c2f858b3a634985",
		    "a189079803e1a87a5ccc4cd438ac9dbb"
		    "8fb3b076d56d54b5b663972364163240" },
		{ MAC_MD5, "chrony and others",
		    "10b3650c73bf0a228a1ce1f5818f402b",
		    "e4ab279007331be7bcaf8eff0d10a6a4" },
		{ MAC_SHA1, "chrony and others",
		    "c0f4a75383b4a58ccc12bbd959c074a4faa5857a",
		    "c4da33c5ccfaac011abc576d0d9ad336f03ea054" },
		{ MAC_SHA256, "chrony and others",
		    "c82445dba7b818658f314fcb0d3104b6"
		    "47f1d30144a9fb9d836389e4dcc00e9c",
		    "d6402b2f216149f5435c41050a2b5111"
		    "785e06059475ffa1de843ac0b985086f" },
		{ MAC_MD5, "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
		    "`abcdefghijklmnopqrstuvwxyz{|}~\x7f",
		    "2f4e24dbb64d22dfb002b409fe570bef",
		    "afd878a47221d99b36c961d3d236b4ba" },
		{ MAC_SHA1, "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
		    "`abcdefghijklmnopqrstuvwxyz{|}~\x7f",
		    "4c20a7be83bc1e7f72f74df450b4fee4768da331",
		    "d125591137b6610e99cdb6d265ccf74a718351ac" },
		{ MAC_SHA256, "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
		    "`abcdefghijklmnopqrstuvwxyz{|}~\x7f",
		    "587fa94772dcf0548f489ae321ae85bf"
		    "c7350c9c3debfd93e9f331a3b6a30165",
		    "06b5d77a6d74411b12d8b14f4f416dbe"
		    "726c6a51013964ec9a0ced919521d8e1" },
		{ MAC_AES128, "sixteen octets.!",
		    "6d9333b8843cd73549063eef9a4ec63c",
		    "8c432966143f976c146a14bf942f873e" }
	};
	struct mac_key	 k;
	size_t		 i, len, lengths = 0;

	packet_set();
	for (i = 0; i < N(cases); i++) {
		k = make_key(UINT32_MAX - (uint32_t)i, cases[i].type,
		    cases[i].secret);
		for (len = 0; len <= MAC_LEN_MAX; len++) {
			if (!mac_len_ok(k.type, len, 3))
				continue;
			check_mac(&k, packet, NTP_HEADER_LEN, cases[i].plain,
			    len);
			check_mac(&k, packet, sizeof(packet),
			    cases[i].with_field, len);
			lengths++;
		}
	}
	ATF_CHECK_EQ(N(cases) + 3, lengths);	/* two of SHA256 */
}

ATF_TC_WITHOUT_HEAD(a1_lengths);
ATF_TC_BODY(a1_lengths, tc)
{
	unsigned int	 type, version;
	size_t		 len;
	bool		 want;

	for (type = 0; type < 256; type++)
	for (version = 1; version <= 4; version++)
	for (len = 0; len <= 100; len++) {
		want = (type == MAC_MD5 && len == 20) ||
		    (type == MAC_AES128 && len == 20) ||
		    (type == MAC_SHA1 && len == 24) ||
		    (type == MAC_SHA256 && len == 24) ||
		    (type == MAC_SHA256 && len == 36 && version < 4);
		ATF_CHECK_EQ_MSG(want, mac_len_ok(type, len, version),
		    "type %u, version %u, %zu octets", type, version, len);
	}
}

/* Every bit of packet, trailer and key counts. */
ATF_TC_WITHOUT_HEAD(a2_bad_macs);
ATF_TC_BODY(a2_bad_macs, tc)
{
	uint8_t		 trailer[MAC_LEN_MAX];
	struct mac_key	 k;
	unsigned int	 type, bit;
	size_t		 len;

	packet_set();
	for (type = MAC_MD5; type <= MAC_AES128; type++)
	for (len = 20; len <= MAC_LEN_MAX; len += 4) {
		k = make_key(77, type, "sixteen octets.!");
		if (!mac_len_ok(type, len, 3))
			continue;
		mac_sign(&k, packet, sizeof(packet), trailer, len);
#define OK	mac_verify(&k, packet, sizeof(packet), trailer, len)
		ATF_REQUIRE(OK);
		for (bit = 0; bit < 8 * sizeof(packet); bit++) {
			packet[bit / 8] ^= 1 << bit % 8;
			ATF_CHECK(!OK);
			packet[bit / 8] ^= 1 << bit % 8;
		}
		for (bit = 0; bit < 8 * len; bit++) {
			trailer[bit / 8] ^= 1 << bit % 8;
			ATF_CHECK(!OK);
			trailer[bit / 8] ^= 1 << bit % 8;
		}
		for (bit = 0; bit < 8U * k.len; bit++) {
			k.secret[bit / 8] ^= 1 << bit % 8;
			ATF_CHECK(!OK);
			k.secret[bit / 8] ^= 1 << bit % 8;
		}
		k.id++;
		ATF_CHECK(!OK);
		k.id--;
		ATF_CHECK(OK);
#undef OK
		/* less or more than what was signed */
		ATF_CHECK(!mac_verify(&k, packet, sizeof(packet) - 4, trailer,
		    len));
		ATF_CHECK(!mac_verify(&k, packet + 4, sizeof(packet) - 4,
		    trailer, len));
	}
}

/* Also for every length of trailer that no type has, on a block of its own. */
ATF_TC_WITHOUT_HEAD(a2_no_such_length_or_type);
ATF_TC_BODY(a2_no_such_length_or_type, tc)
{
	struct mac_key	 k = make_key(1, MAC_SHA256, "sixteen octets.!");
	unsigned int	 type;
	uint8_t		*trailer;
	size_t		 len, i;

	packet_set();
	for (type = 0; type < 256; type++)
	for (len = 0; len <= 64; len++) {
		if (mac_len_ok(type, len, 3))
			continue;
		k.type = type;
		ATF_REQUIRE((trailer = malloc(len + 1)) != NULL);
		memset(trailer, 0xff, len + 1);
		mac_sign(&k, packet, sizeof(packet), trailer + 1, len);
		for (i = 1; i < len + 1; i++)
			ATF_CHECK_EQ(0, trailer[i]);
		ATF_CHECK(!mac_verify(&k, packet, sizeof(packet), trailer + 1,
		    len));
		free(trailer);
	}
}

/* A set of n keys, their ids 10, 20 and so on. */
static struct mac_keys *
make_set(uint32_t n, size_t *len)
{
	struct mac_keys	*set;
	struct mac_key	*keys;
	uint32_t	 i;

	ATF_REQUIRE((keys = calloc(n + 1, sizeof(*keys))) != NULL);
	for (i = 0; i < n; i++)
		keys[i] = make_key(10 * (i + 1), MAC_SHA1 + i % 3,
		    "sixteen octets.!");
	*len = mac_keys_size(n);
	ATF_REQUIRE((set = malloc(*len)) != NULL);
	memset(set, 0xff, *len);
	mac_keys_fill(set, keys, n);
	free(keys);
	return (set);
}

ATF_TC_WITHOUT_HEAD(a2_find_in_a_set);
ATF_TC_BODY(a2_find_in_a_set, tc)
{
	static const uint32_t	 sizes[] = { 0, 1, 2, 3, 4, 7, 8, 1023,
				    MAC_KEYS_MAX };
	const struct mac_key	*k;
	struct mac_keys		*set;
	uint32_t		 id;
	size_t			 i, len;

	for (i = 0; i < N(sizes); i++) {
		set = make_set(sizes[i], &len);
		ATF_REQUIRE_EQ(0, mac_keys_check(set, len));
		for (id = 0; id <= 10 * (sizes[i] + 2); id++) {
			k = mac_keys_find(set, id);
			if (id == 0 || id % 10 != 0 || id > 10 * sizes[i]) {
				ATF_CHECK_EQ(NULL, k);
				continue;
			}
			ATF_REQUIRE(k != NULL);
			ATF_CHECK_EQ(id, k->id);
			ATF_CHECK_EQ(id / 10 - 1, mac_keys_index(set, k));
		}
		ATF_CHECK_EQ(NULL, mac_keys_find(set, UINT32_MAX));
		free(set);
	}
}

ATF_TC_WITHOUT_HEAD(a_set_of_another_size);
ATF_TC_BODY(a_set_of_another_size, tc)
{
	struct mac_keys	*set, *cut;
	size_t		 len, n;

	set = make_set(3, &len);
	for (n = 0; n < len; n++) {
		ATF_REQUIRE((cut = malloc(n + 1)) != NULL);
		memcpy(cut, set, n);
		ATF_CHECK_EQ(-1, mac_keys_check(cut, n));
		free(cut);
	}
	ATF_CHECK_EQ(0, mac_keys_check(set, len));
	ATF_CHECK_EQ(-1, mac_keys_check(set, len + 4));
	for (n = 0; n < 32; n++) {
		set->n ^= 1U << n;
		ATF_CHECK_EQ(-1, mac_keys_check(set, len));
		set->n ^= 1U << n;
	}
	free(set);
	/* one more than there may be, and all there */
	set = make_set(MAC_KEYS_MAX + 1, &len);
	ATF_CHECK_EQ(-1, mac_keys_check(set, len));
	free(set);
	/* a size that is right modulo 2^32 */
	set = make_set(0, &len);
	set->n = UINT32_MAX;
	ATF_CHECK_EQ(-1, mac_keys_check(set, mac_keys_size(UINT32_MAX)));
	ATF_CHECK_EQ(-1, mac_keys_check(set, (uint32_t)
	    mac_keys_size(UINT32_MAX)));
	free(set);
}

ATF_TC_WITHOUT_HEAD(a_set_that_is_not_safe);
ATF_TC_BODY(a_set_that_is_not_safe, tc)
{
	struct mac_keys	*set, *off;
	struct mac_key	*k;
	size_t		 len;

	set = make_set(3, &len);
	k = &set->key[1];
#define BAD(field, value, was)						\
	do {								\
		field = value;						\
		ATF_CHECK_EQ_MSG(-1, mac_keys_check(set, len), "%s: %s",\
		    #field, #value);					\
		field = was;						\
		ATF_REQUIRE_EQ(0, mac_keys_check(set, len));		\
	} while (0)
	BAD(set->magic, 0, MAC_KEYS_MAGIC);
	BAD(set->pad[0], 1, 0);
	BAD(set->pad[1], 1, 0);
	/* order */
	BAD(k->id, 10, 20);
	BAD(k->id, 9, 20);
	BAD(k->id, 30, 20);
	BAD(k->id, 31, 20);
	BAD(k->id, 0, 20);
	BAD(set->key[0].id, 0, 10);
	/* types and lengths; the second is of type SHA256, the third AES128 */
	BAD(k->type, 0, MAC_SHA256);
	BAD(k->type, MAC_AES128 + 1, MAC_SHA256);
	BAD(k->type, 255, MAC_SHA256);
	BAD(k->len, 15, 16);	/* the last octet is not 0 */
	/* nothing hides in between */
	BAD(k->pad[0], 1, 0);
	BAD(k->pad[1], 1, 0);
	BAD(k->secret[16], 1, 0);
	BAD(k->secret[63], 1, 0);
#undef BAD
	set->key[2].id = UINT32_MAX;
	ATF_CHECK_EQ(0, mac_keys_check(set, len));
	ATF_REQUIRE((off = malloc(len + 1)) != NULL);
	memcpy((uint8_t *)off + 1, set, len);
	ATF_CHECK_EQ(-1, mac_keys_check((uint8_t *)off + 1, len));
	free(off);
	free(set);
}

/* At the end of a set, so that a sanitizer sees a look at what is behind. */
ATF_TC_WITHOUT_HEAD(lengths_of_secrets);
ATF_TC_BODY(lengths_of_secrets, tc)
{
	struct mac_keys	*set;
	struct mac_key	*k;
	unsigned int	 type, i;
	size_t		 len;
	bool		 good;

	set = make_set(3, &len);
	k = &set->key[2];
	for (type = MAC_MD5; type <= MAC_AES128; type++)
	for (i = 0; i < 256; i++) {
		k->type = type;
		k->len = i;
		memset(k->secret, 0, sizeof(k->secret));
		good = type == MAC_AES128 ? i == 16 : i >= 1 && i <= 64;
		ATF_CHECK_EQ_MSG(good ? 0 : -1, mac_keys_check(set, len),
		    "type %u, %u octets", type, i);
		memset(k->secret, 1, sizeof(k->secret));
		ATF_CHECK_EQ_MSG(good && i == 64 ? 0 : -1,
		    mac_keys_check(set, len), "type %u, %u octets", type, i);
	}
	free(set);
}

/* RFC 4231 4.3, 4.4 and 4.7, and FIPS 180-2 B.1. */
ATF_TC_WITHOUT_HEAD(sha256_and_hmac);
ATF_TC_BODY(sha256_and_hmac, tc)
{
	static const char	 what[] = "what do ya want for nothing?";
	static const char	 large[] = "Test Using Larger Than Block-Size "
				    "Key - Hash Key First";
	uint8_t			 key[131], text[50], got[32], want[32];

	mac_sha256("abc", 3, got);
	hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    want);
	ATF_CHECK_EQ(0, memcmp(got, want, sizeof(want)));
	mac_hmac("Jefe", 4, what, strlen(what), got);
	hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    want);
	ATF_CHECK(mac_same(got, want, sizeof(want)));
	memset(key, 0xaa, sizeof(key));
	memset(text, 0xdd, sizeof(text));
	mac_hmac(key, 20, text, sizeof(text), got);
	hex("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
	    want);
	ATF_CHECK(mac_same(got, want, sizeof(want)));
	mac_hmac(key, sizeof(key), large, strlen(large), got);
	hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    want);
	ATF_CHECK(mac_same(got, want, sizeof(want)));
	want[31] ^= 1;
	ATF_CHECK(!mac_same(got, want, sizeof(want)));
	ATF_CHECK(mac_same(got, want, sizeof(want) - 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a1_cmac_as_in_rfc4493);
	ATF_TP_ADD_TC(tp, a1_digests_of_a_packet);
	ATF_TP_ADD_TC(tp, a1_lengths);
	ATF_TP_ADD_TC(tp, a2_bad_macs);
	ATF_TP_ADD_TC(tp, a2_no_such_length_or_type);
	ATF_TP_ADD_TC(tp, a2_find_in_a_set);
	ATF_TP_ADD_TC(tp, a_set_of_another_size);
	ATF_TP_ADD_TC(tp, a_set_that_is_not_safe);
	ATF_TP_ADD_TC(tp, lengths_of_secrets);
	ATF_TP_ADD_TC(tp, sha256_and_hmac);

	return (atf_no_error());
}
