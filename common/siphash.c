/* SPDX-License-Identifier: ISC */
/* SipHash-2-4: see siphash.h. */

#include <stddef.h>
#include <stdint.h>

#include "siphash.h"

struct state {
	uint64_t	 v0, v1, v2, v3;
};

static inline uint64_t
rotl(uint64_t x, unsigned int n)
{
	return (x << n | x >> (64 - n));
}

static inline uint64_t
get64le(const uint8_t *p)
{
	return ((uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	    (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56);
}

static inline void
sip_round(struct state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 = rotl(s->v2, 32);
}

static inline void
sip_word(struct state *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	sip_round(s);
	s->v0 ^= m;
}

void
siphash_key_set(struct siphash_key *key, const uint8_t *octets)
{
	key->k0 = get64le(octets);
	key->k1 = get64le(octets + 8);
}

uint64_t
siphash(const struct siphash_key *key, const void *data, size_t len)
{
	const uint8_t	*p = data;
	struct state	 s;
	uint64_t	 last = (uint64_t)len << 56;
	size_t		 i, left = len % 8;

	s.v0 = key->k0 ^ 0x736f6d6570736575ULL;
	s.v1 = key->k1 ^ 0x646f72616e646f6dULL;
	s.v2 = key->k0 ^ 0x6c7967656e657261ULL;
	s.v3 = key->k1 ^ 0x7465646279746573ULL;
	for (i = 0; i < len - left; i += 8)
		sip_word(&s, get64le(p + i));
	for (i = 0; i < left; i++)
		last |= (uint64_t)p[len - left + i] << (8 * i);
	sip_word(&s, last);
	s.v2 ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(&s);
	return (s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}
