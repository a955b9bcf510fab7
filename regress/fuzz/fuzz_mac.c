/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: any octets as a packet with a MAC, and as a set of keys.  The
 * first octets of the input are a key and choices, the rest is both.
 *
 *	A1 what was signed verifies, A2 with any bit flipped it does not, a MAC
 *	that is found in a packet is its end; a set that is checked gives each
 *	of its keys, and for other ids nothing.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mac.h"
#include "ntp_reply.h"

/* How the input begins. */
struct setting {
	struct mac_key	 key;
	uint32_t	 id, flip;
	uint8_t		 n, maclen, version;
};

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

/* As a key file would have made it. */
static void
make_good(struct mac_key *k, uint32_t id)
{
	k->id = id;
	k->type = MAC_MD5 + k->type % 4;
	k->len = k->type == MAC_AES128 ? MAC_AES128_LEN :
	    1 + k->len % MAC_SECRET_MAX;
	memset(k->pad, 0, sizeof(k->pad));
	memset(k->secret + k->len, 0, MAC_SECRET_MAX - k->len);
}

/* Signs the packet in front of the trailer, and looks at every octet of it. */
static void
check_signed(const struct mac_key *k, uint8_t *packet, size_t covered,
    uint8_t *trailer, size_t len, uint32_t flip)
{
	struct mac_key	 other = *k;
	size_t		 bit, bits = 8 * (covered + len);
	uint8_t		*octet;

	mac_sign(k, packet, covered, trailer, len);
	require(mac_verify(k, packet, covered, trailer, len));
	bit = flip % bits;
	octet = bit / 8 < covered ? packet + bit / 8 :
	    trailer + (bit / 8 - covered);
	*octet ^= 1 << bit % 8;
	require(!mac_verify(k, packet, covered, trailer, len));
	*octet ^= 1 << bit % 8;
	other.secret[flip % other.len] ^= 1;
	require(!mac_verify(&other, packet, covered, trailer, len));
	require(mac_verify(k, packet, covered, trailer, len));
}

/* Any octets, any length of MAC; nothing is written or read behind it. */
static void
fuzz_sign(const struct setting *set, const uint8_t *data, size_t size)
{
	uint8_t		*packet, *trailer;
	struct mac_key	 k = set->key;
	size_t		 len = set->maclen % (2 * MAC_LEN_MAX);

	make_good(&k, set->id);
	require((packet = malloc(size + 1)) != NULL);
	require((trailer = malloc(len + 1)) != NULL);
	memcpy(packet, data, size);
	if (mac_len_ok(k.type, len, set->version))
		check_signed(&k, packet, size, trailer, len, set->flip);
	mac_sign(&k, packet, size, trailer, len);
	require(mac_verify(&k, packet, size, trailer, len) ==
	    mac_len_ok(k.type, len, 3));
	free(packet);
	free(trailer);
}

/* The octets as a packet: what is found as its MAC can be signed. */
static void
fuzz_packet(const struct setting *set, const uint8_t *data, size_t size)
{
	struct ntp_request	 req;
	struct mac_key		 k = set->key;
	uint8_t			*packet;
	enum ntp_verdict	 verdict;

	require((packet = malloc(size + 1)) != NULL);
	memcpy(packet, data, size);
	if (size > 0)
		packet[0] = (1 + set->version % 4) << 3 | NTP_MODE_CLIENT;
	verdict = ntp_request_check(&req, packet, size, 1024, true);
	if (verdict != NTP_ANSWER)
		require(req.mac_off == 0 && req.mac_len == 0);
	if (verdict == NTP_ANSWER && req.mac_len != 0) {
		make_good(&k, 1 + set->id % UINT32_MAX);
		require(req.mac_off >= NTP_HEADER_LEN);
		require(req.mac_off + req.mac_len == size);
		require(req.mac_len == 20 || req.mac_len == 24 ||
		    (req.mac_len == 36 && req.version < 4));
		/* nobody guesses one */
		require(!mac_verify(&k, packet, req.mac_off,
		    packet + req.mac_off, req.mac_len));
		if (mac_len_ok(k.type, req.mac_len, req.version)) {
			check_signed(&k, packet, req.mac_off,
			    packet + req.mac_off, req.mac_len, set->flip);
			/* a MAC is where it was, whatever it is */
			require(ntp_request_check(&req, packet, size, 1024,
			    true) == NTP_ANSWER && req.mac_len != 0);
		}
	}
	free(packet);
}

/* Uses a set as the engine would, if it is one. */
static bool
use_set(const void *mem, size_t len, uint32_t id)
{
	const struct mac_keys	*set = mem;
	const struct mac_key	*k;
	uint8_t			 trailer[MAC_LEN_MAX];
	uint32_t		 i;

	if (mac_keys_check(mem, len) == -1)
		return (false);
	require(set->n <= MAC_KEYS_MAX && len == mac_keys_size(set->n));
	for (i = 0; i < set->n; i++) {
		k = mac_keys_find(set, set->key[i].id);
		require(k == &set->key[i] && mac_keys_index(set, k) == i);
		mac_sign(k, trailer, 0, trailer, 20);
	}
	k = mac_keys_find(set, id);
	require(k == NULL || k->id == id);
	require(mac_keys_find(set, 0) == NULL);
	return (true);
}

/* The octets as a set, as they are and with their worst faults mended. */
static void
fuzz_set(const struct setting *set, const uint8_t *data, size_t size)
{
	struct mac_keys	*keys;
	uint32_t	 i, id = 0, n;
	uint8_t		*octets;

	require((keys = malloc(size + sizeof(*keys))) != NULL);
	memcpy(keys, data, size);
	use_set(keys, size, set->id);
	n = (uint32_t)(size / sizeof(keys->key[0]));
	if (n > MAC_KEYS_MAX)
		n = MAC_KEYS_MAX;
	memmove(keys->key, data, n * sizeof(keys->key[0]));
	keys->magic = MAC_KEYS_MAGIC;
	keys->n = n;
	keys->pad[0] = keys->pad[1] = 0;
	for (i = 0; i < n; i++) {
		id += 1 + keys->key[i].id % 1000;
		make_good(&keys->key[i], id);
	}
	require(use_set(keys, mac_keys_size(n), set->id % (id + 10)));
	/* one octet of it is another: if it is still a set, it is safe */
	octets = (uint8_t *)keys;
	octets[set->flip % mac_keys_size(n)] ^= set->n;
	use_set(keys, mac_keys_size(n), set->id % (id + 10));
	free(keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct setting	 set;

	if (size < sizeof(set))
		return (0);
	memcpy(&set, data, sizeof(set));
	data += sizeof(set);
	size -= sizeof(set);
	fuzz_sign(&set, data, size);
	fuzz_packet(&set, data, size);
	fuzz_set(&set, data, size);
	return (0);
}
