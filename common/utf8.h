/* SPDX-License-Identifier: ISC */
/* Characters as UTF-8 (RFC 3629).  Pure. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_LEN_MAX	4	/* octets of a character */

/*
 * utf8_get: octets of the character at p, 0 if there is none; its number in
 *	*c.  Text that ends in a NUL is not read behind it.
 * utf8_put: writes the character, which is one, and returns its octets.
 */
size_t	utf8_get(const unsigned char *, uint32_t *);
size_t	utf8_put(unsigned char *, uint32_t);

#endif /* UTF8_H */
