/* SPDX-License-Identifier: ISC */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of a short input
 * that nobody without the key can find collisions for.  Pure.
 */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t	 k0, k1;
};

/* Of len octets.  The key's octets are read in little-endian order. */
void		 siphash_key_set(struct siphash_key *, const uint8_t *);
uint64_t	 siphash(const struct siphash_key *, const void *, size_t);

#endif /* SIPHASH_H */
