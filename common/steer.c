/* SPDX-License-Identifier: ISC */
/*
 * See steer.h.  os_linux_filter.c has the same steps as instructions for the
 * kernel, which has no division but a slow one: the upper half of the hash is
 * scaled to the number of workers.
 */

#include "ntp_packet.h"
#include "steer.h"

static uint32_t
mix(uint32_t h, uint32_t by)
{
	h *= by;
	return (h ^ h >> 16);
}

unsigned int
steer_index(const uint8_t *ip, bool v6, unsigned int workers,
    unsigned int bits, uint32_t multiplier)
{
	uint32_t	 mask, h = 0;
	unsigned int	 i, words = v6 ? 4 : 1;

	multiplier |= 1;		/* an even one would lose bits */
	for (i = 0; i < words && (mask = steer_mask(i, bits)) != 0; i++)
		h = mix(h ^ (ntp_get32(ip + 4 * i) & mask), multiplier);
	/* once is not enough: networks a power of two apart would cluster */
	h = mix(mix(h, STEER_MIX), multiplier) * STEER_MIX;
	return ((h >> 16) * workers >> 16);
}
