/* SPDX-License-Identifier: ISC */
/* Characters as UTF-8: see utf8.h. */

#include "utf8.h"

size_t
utf8_get(const unsigned char *p, uint32_t *ch)
{
	static const uint32_t	 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t			 i, n;
	uint32_t		 c;

	if (p[0] < 0x80) {
		*ch = p[0];
		return (1);
	} else if ((p[0] & 0xe0) == 0xc0) {
		n = 2;
		c = p[0] & 0x1f;
	} else if ((p[0] & 0xf0) == 0xe0) {
		n = 3;
		c = p[0] & 0x0f;
	} else if ((p[0] & 0xf8) == 0xf0) {
		n = 4;
		c = p[0] & 0x07;
	} else
		return (0);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return (0);
		c = c << 6 | (p[i] & 0x3f);
	}
	/* RFC 3629 3: neither overlong forms nor surrogates */
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return (0);
	*ch = c;
	return (n);
}

size_t
utf8_put(unsigned char *p, uint32_t c)
{
	size_t	 i, n;

	if (c < 0x80) {
		p[0] = (unsigned char)c;
		return (1);
	}
	n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (i = n - 1; i > 0; i--, c >>= 6)
		p[i] = (unsigned char)(0x80 | (c & 0x3f));
	p[0] = (unsigned char)((0xf00U >> n & 0xff) | c);
	return (n);
}
