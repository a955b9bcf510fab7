/* SPDX-License-Identifier: ISC */
/*
 * Reads a key file in chrony's format: a line for each key, with blanks
 * between id, type and key.
 *
 *	# comments start with one of # % ; !, on a line of their own
 *	1	SHA1	HEX:933f62be1d604e68a81b557f18cfa200483f5b70
 *	20	AES128	ASCII:sixteen.octets.!
 *	21	MD5	text
 *
 * Ids go from 1 to 4294967295, types are MD5, SHA1, SHA256 and AES128 in any
 * case.  The key is HEX: and an even number of hexadecimal digits, or text
 * with or without ASCII: before it, of printable ASCII without blanks.  Text
 * is text, also where it looks like hexadecimal digits, as with chrony
 * (ntpsec reads such text as digits from 21 characters on).  An AES128 key
 * has exactly 16 octets, the others have 1 to 64 (chrony warns of less than
 * 10, ntpsec takes up to 32).
 *
 * Unlike in chrony, a key without a type is no MD5 key but an error.
 *
 * Pure.  Errors never quote the file: what looks like a type may be a secret.
 */
#ifndef KEYFILE_H
#define KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#include "mac.h"

#define KEYFILE_MAX	(256 * 1024)	/* octets of a file */

/*
 * Reads the len octets of buf, which end in no NUL, into at most max keys (and
 * never more than MAC_KEYS_MAX).  0, with *n keys sorted by id; or -1, with
 * line, column and what is wrong there and what is allowed, and all of the
 * keys wiped.
 */
int	keyfile_parse(const char *, size_t, struct mac_key *, unsigned int,
	    unsigned int *, uint32_t *, uint32_t *, char *, size_t);

#endif /* KEYFILE_H */
