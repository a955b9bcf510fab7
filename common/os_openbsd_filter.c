/* SPDX-License-Identifier: ISC */
/*
 * os.h on OpenBSD: no program can be attached to a socket there.  One worker
 * serves, and the limits are its own.
 */

#include <errno.h>
#include <stdint.h>

#include "os.h"

int
os_udp_steer(int fd, int family, unsigned int workers,
    unsigned int prefix_bits, uint32_t multiplier)
{
	(void)fd;
	(void)family;
	(void)workers;
	(void)prefix_bits;
	(void)multiplier;
	errno = ENOTSUP;
	return (-1);
}

int
os_udp_filter(int fd, const struct prefix *prefix, unsigned int n,
    uint32_t leak)
{
	(void)fd;
	(void)prefix;
	(void)n;
	(void)leak;
	errno = ENOTSUP;
	return (-1);
}

int
os_udp_shut(int fd)
{
	(void)fd;
	errno = ENOTSUP;
	return (-1);
}

int
os_udp_unfilter(int fd)
{
	(void)fd;
	errno = ENOTSUP;
	return (-1);
}
