/* SPDX-License-Identifier: ISC */
/*
 * Address prefixes: 192.0.2.0/24, 2001:db8::/32, one address, or any; and
 * text files of them.  Pure: no resolver, no file.
 * The octets are in network order.
 */
#ifndef PREFIX_H
#define PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREFIX_STRLEN	50	/* an IPv6 address, "/128", NUL */
#define PREFIX_LIST_MAX	1000000	/* prefixes of a file */

/* Octets alone, no padding: equal prefixes are equal for memcmp(3). */
struct prefix {
	uint8_t		 family;	/* 4, 6; 0: any address of both */
	uint8_t		 bits;		/* of any: 0 */
	uint8_t		 ip[16];	/* zero behind bits */
};

/* Takes a prefix of a file; 0, or -1 with errno set, which ends the reading. */
typedef int	 prefix_list_fn(void *, const struct prefix *);

/*
 * prefix_parse: NULL, or what is wrong with the text ("has bits set behind
 *	its length"); *p is then as it was.
 * prefix_format: what prefix_parse reads back as the same; an address without
 *	a length if it is a single one, "-" if the prefix is not valid.
 * prefix_valid: whether text could have said it; for one from elsewhere.
 * prefix_bits: the bits of a family's addresses; 0 of anything else.
 * prefix_has: whether the address, of 4 or 16 octets, is one of its.
 * prefix_list_parse: a file of a prefix a line, in len octets without a NUL;
 *	blanks, empty lines and comments from `#' on are skipped, lines may end
 *	in CR LF, and prefixes may be repeated.  Each goes to the function.
 *	-1: err says "name:line:column: ..."; the columns are octets.
 */
const char	*prefix_parse(struct prefix *, const char *);
const char	*prefix_format(const struct prefix *, char *, size_t);
bool		 prefix_valid(const struct prefix *);
unsigned int	 prefix_bits(uint8_t);
bool		 prefix_has(const struct prefix *, uint8_t, const uint8_t *);
int		 prefix_list_parse(const char *, const char *, size_t,
		    prefix_list_fn *, void *, char *, size_t);

#endif /* PREFIX_H */
