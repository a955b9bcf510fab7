/* SPDX-License-Identifier: ISC */
/* Symmetric keys and their MACs: see mac.h. */

#include <string.h>

#include <nettle/cmac.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "mac.h"
#include "ntp_packet.h"

/* Octets of a MAC: key id and digest. */
#define MAC_LEN_16	(NTP_MAC_KEYID + 16)
#define MAC_LEN_20	(NTP_MAC_KEYID + 20)
#define MAC_LEN_32	(NTP_MAC_KEYID + 32)

/* What a digest is made in, and what is wiped afterwards. */
union state {
	struct md5_ctx		 md5;
	struct sha1_ctx		 sha1;
	struct sha256_ctx	 sha256;
	struct cmac_aes128_ctx	 cmac;
};

_Static_assert(sizeof(struct mac_key) == 8 + MAC_SECRET_MAX &&
    sizeof(struct mac_keys) == 16, "no padding but that which has a name");
_Static_assert(MAC_AES128_LEN == AES128_KEY_SIZE, "AES128 takes one length");
_Static_assert(MAC_SHA256_LEN == SHA256_DIGEST_SIZE, "a digest's length");
_Static_assert(MAC_LEN_MAX == MAC_LEN_32, "SHA256 has the longest digest");

void
mac_keys_fill(struct mac_keys *keys, const struct mac_key *key, uint32_t n)
{
	memset(keys, 0, sizeof(*keys));
	keys->magic = MAC_KEYS_MAGIC;
	keys->n = n;
	if (n > 0)
		memcpy(keys->key, key, n * sizeof(*key));
}

static bool
all_zero(const uint8_t *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (p[i] != 0)
			return (false);
	return (true);
}

static bool
key_ok(const struct mac_key *k)
{
	if (k->id == 0 || k->type < MAC_MD5 || k->type > MAC_AES128)
		return (false);
	if (k->len == 0 || k->len > MAC_SECRET_MAX)
		return (false);
	if (k->type == MAC_AES128 && k->len != MAC_AES128_LEN)
		return (false);
	return (all_zero(k->pad, sizeof(k->pad)) &&
	    all_zero(k->secret + k->len, MAC_SECRET_MAX - k->len));
}

int
mac_keys_check(const void *mem, size_t len)
{
	const struct mac_keys	*keys = mem;
	uint32_t		 i;

	if ((uintptr_t)mem % _Alignof(struct mac_keys) != 0 ||
	    len < sizeof(*keys) || keys->magic != MAC_KEYS_MAGIC ||
	    keys->pad[0] != 0 || keys->pad[1] != 0 ||
	    keys->n > MAC_KEYS_MAX || len != mac_keys_size(keys->n))
		return (-1);
	for (i = 0; i < keys->n; i++)
		if (!key_ok(&keys->key[i]) ||
		    (i > 0 && keys->key[i - 1].id >= keys->key[i].id))
			return (-1);
	return (0);
}

const struct mac_key *
mac_keys_find(const struct mac_keys *keys, uint32_t id)
{
	uint32_t	 from = 0, to = keys->n, middle;

	while (from < to) {
		middle = (from + to) / 2;
		if (keys->key[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == keys->n || keys->key[from].id != id)
		return (NULL);
	return (&keys->key[from]);
}

bool
mac_len_ok(unsigned int type, size_t len, unsigned int version)
{
	switch (type) {
	case MAC_MD5:
	case MAC_AES128:
		return (len == MAC_LEN_16);
	case MAC_SHA1:
		return (len == MAC_LEN_20);
	case MAC_SHA256:
		return (len == MAC_LEN_20 || (len == MAC_LEN_32 &&
		    version < 4));
	default:
		return (false);
	}
}

/*
 * The first outlen octets of the digest, at most all of it.  RFC 5905 7.3: the
 * secret goes before what is hashed; RFC 8573 has a MAC proper.
 */
static void
digest(const struct mac_key *key, const uint8_t *p, size_t len, uint8_t *out,
    size_t outlen)
{
	union state	 st;

	switch (key->type) {
	case MAC_MD5:
		md5_init(&st.md5);
		md5_update(&st.md5, key->len, key->secret);
		md5_update(&st.md5, len, p);
		md5_digest(&st.md5, outlen, out);
		break;
	case MAC_SHA1:
		sha1_init(&st.sha1);
		sha1_update(&st.sha1, key->len, key->secret);
		sha1_update(&st.sha1, len, p);
		sha1_digest(&st.sha1, outlen, out);
		break;
	case MAC_SHA256:
		sha256_init(&st.sha256);
		sha256_update(&st.sha256, key->len, key->secret);
		sha256_update(&st.sha256, len, p);
		sha256_digest(&st.sha256, outlen, out);
		break;
	case MAC_AES128:
		cmac_aes128_set_key(&st.cmac, key->secret);
		cmac_aes128_update(&st.cmac, len, p);
		cmac_aes128_digest(&st.cmac, outlen, out);
		break;
	}
	explicit_bzero(&st, sizeof(st));
}

bool
mac_verify(const struct mac_key *key, const uint8_t *packet, size_t covered,
    const uint8_t *trailer, size_t len)
{
	uint8_t		 want[MAC_LEN_MAX];
	bool		 same;

	/* the version has been looked at; any that makes this length does */
	if (!mac_len_ok(key->type, len, 3) || ntp_get32(trailer) != key->id)
		return (false);
	len -= NTP_MAC_KEYID;
	digest(key, packet, covered, want, len);
	same = memeql_sec(want, trailer + NTP_MAC_KEYID, len);
	/* it would make a forged packet a good one */
	explicit_bzero(want, sizeof(want));
	return (same);
}

void
mac_sign(const struct mac_key *key, const uint8_t *packet, size_t covered,
    uint8_t *trailer, size_t len)
{
	if (!mac_len_ok(key->type, len, 3)) {
		memset(trailer, 0, len);
		return;
	}
	ntp_put32(trailer, key->id);
	digest(key, packet, covered, trailer + NTP_MAC_KEYID,
	    len - NTP_MAC_KEYID);
}

void
mac_sha256(const void *p, size_t len, uint8_t out[MAC_SHA256_LEN])
{
	struct sha256_ctx	 ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, len, p);
	sha256_digest(&ctx, MAC_SHA256_LEN, out);
}

void
mac_hmac(const void *key, size_t keylen, const void *p, size_t len,
    uint8_t out[MAC_SHA256_LEN])
{
	struct hmac_sha256_ctx	 ctx;

	hmac_sha256_set_key(&ctx, keylen, key);
	hmac_sha256_update(&ctx, len, p);
	hmac_sha256_digest(&ctx, MAC_SHA256_LEN, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

bool
mac_same(const uint8_t *a, const uint8_t *b, size_t len)
{
	return (memeql_sec(a, b, len));
}
