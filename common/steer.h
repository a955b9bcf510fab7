/* SPDX-License-Identifier: ISC */
/*
 * Which of several workers a source belongs to: by its prefix alone, the one
 * that limits use, so that all of a source meet the same client table.  The
 * kernel decides with a program that os_udp_steer builds from the same parts;
 * steer_index says what it decides.  Whoever does not know the multiplier
 * cannot tell which sources share a worker.  Pure.
 */
#ifndef STEER_H
#define STEER_H

#include <stdbool.h>
#include <stdint.h>

#define STEER_WORKERS_MAX	65536	/* the scaling stays within 32 bits */
#define STEER_MIX		0x9e3779b1U	/* 2^32 over the golden ratio */

/*
 * What is left of word i of an address (32 bits, the first is 0) in a prefix
 * of so many bits; 0: this word and those behind it count for nothing.
 */
static inline uint32_t
steer_mask(unsigned int i, unsigned int bits)
{
	if (bits <= 32 * i)
		return (0);
	bits -= 32 * i;
	return (bits >= 32 ? UINT32_MAX : ~(UINT32_MAX >> bits));
}

/* The worker, from 0, of an address of 4 octets (v6 false) or 16. */
unsigned int	steer_index(const uint8_t *, bool, unsigned int,
		    unsigned int, uint32_t);

#endif /* STEER_H */
