/* SPDX-License-Identifier: ISC */
/*
 * Symmetric keys and the MACs made with them (RFC 5905 7.3, RFC 8573): four
 * octets of key id and a digest behind a packet.  And, for requests over HTTP
 * (signed.h), SHA-256 and HMAC (RFC 2104) with it.  The one place that
 * includes nettle.  Pure.
 *
 * A key set is one block without pointers: a process builds it, seals it, and
 * hands it to another, which checks it before it uses it.  Both are of one
 * machine and one program, so that numbers are in host order.
 */
#ifndef MAC_H
#define MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAC_KEYS_MAX	1024
#define MAC_SECRET_MAX	64	/* octets of a secret */
#define MAC_AES128_LEN	16	/* of one for AES128, no more and no less */
#define MAC_LEN_MAX	36	/* key id and the longest digest */
#define MAC_SHA256_LEN	32	/* octets of a digest, of an HMAC */
#define MAC_KEYS_MAGIC	0x4b455953U

/* 0 is none */
enum mac_type {
	MAC_MD5 = 1,
	MAC_SHA1,
	MAC_SHA256,
	MAC_AES128
};

/* Zeroed before it is filled: padding and the end of the secret are 0. */
struct mac_key {
	uint32_t	 id;		/* 1 to 2^32 - 1 */
	uint8_t		 type;
	uint8_t		 len;		/* octets of the secret, from 1 */
	uint8_t		 pad[2];
	uint8_t		 secret[MAC_SECRET_MAX];
};

struct mac_keys {
	uint32_t	 magic;
	uint32_t	 n;
	uint32_t	 pad[2];
	struct mac_key	 key[];		/* by id, none twice */
};

/*
 * mac_keys_fill: writes a set of n keys, sorted by id, into mac_keys_size(n)
 *	octets.
 * mac_keys_check: 0 if the len octets are a set that the functions below may
 *	be given, and nothing but that set; -1 otherwise.
 * mac_keys_find: the key of that id, or NULL.
 * mac_keys_index: where in the set a key of it stands, from 0, for counters.
 * mac_len_ok: whether a key of that type makes MACs of len octets, key id
 *	included, for packets of that version.  A digest of SHA256 is cut to 20
 *	octets, because what is longer than 24 would be an extension field in
 *	version 4 (RFC 7822); earlier versions also have the whole of it.
 * mac_verify: whether the trailer, a key id and digest of len octets, is that
 *	of the key for the covered octets of a packet.  In constant time.
 * mac_sign: writes such a trailer; zeroes, which verify with no key, if
 *	mac_len_ok says no.
 * mac_sha256: the digest of some octets.
 * mac_hmac: the HMAC-SHA-256 of a key for some octets.
 * mac_same: whether two texts of that length are the same, in constant time.
 */
void		 mac_keys_fill(struct mac_keys *, const struct mac_key *,
		    uint32_t);
int		 mac_keys_check(const void *, size_t);
const struct mac_key *mac_keys_find(const struct mac_keys *, uint32_t);
bool		 mac_len_ok(unsigned int, size_t, unsigned int);
bool		 mac_verify(const struct mac_key *, const uint8_t *, size_t,
		    const uint8_t *, size_t);
void		 mac_sign(const struct mac_key *, const uint8_t *, size_t,
		    uint8_t *, size_t);
void		 mac_sha256(const void *, size_t, uint8_t [MAC_SHA256_LEN]);
void		 mac_hmac(const void *, size_t, const void *, size_t,
		    uint8_t [MAC_SHA256_LEN]);
bool		 mac_same(const uint8_t *, const uint8_t *, size_t);

static inline size_t
mac_keys_size(uint32_t n)
{
	return (sizeof(struct mac_keys) + n * sizeof(struct mac_key));
}

static inline uint32_t
mac_keys_index(const struct mac_keys *keys, const struct mac_key *key)
{
	return ((uint32_t)(key - keys->key));
}

#endif /* MAC_H */
