/* SPDX-License-Identifier: ISC */
/* Rules of run time: see denials.h. */

#include <string.h>

#include "denials.h"

/* The address cut to bits, the rest 0, and the family: what is hashed. */
static void
make_prefix(struct prefix *p, bool v6, const uint8_t *ip, unsigned int bits)
{
	unsigned int	 whole = bits / 8;

	memset(p, 0, sizeof(*p));
	p->family = v6 ? 6 : 4;
	p->bits = (uint8_t)bits;
	memcpy(p->ip, ip, whole);
	if (bits % 8 != 0)
		p->ip[whole] = ip[whole] & (uint8_t)(0xff00U >> bits % 8);
}

/* The place of a prefix in the hash, or the free one where it would go. */
static unsigned int
place(const struct denials *d, const struct prefix *p)
{
	unsigned int	 i;

	i = (unsigned int)siphash(&d->key, (const uint8_t *)p, sizeof(*p)) &
	    (DENIALS_SLOTS - 1);
	/* It ends: there are more slots than rules. */
	while (d->slot[i] != 0 && memcmp(&d->rule[d->slot[i] - 1].from, p,
	    sizeof(*p)) != 0)
		i = (i + 1) & (DENIALS_SLOTS - 1);
	return (i);
}

void
denials_put(struct denials *d, unsigned int n, const struct prefix *from,
    enum denial_kind kind)
{
	bool		 used[2][129] = { { false } };
	const struct prefix *p;
	unsigned int	 i, f;
	int		 bits;

	memset(&d->rule[n], 0, sizeof(d->rule[n]));
	d->rule[n].kind = kind;
	if (kind != DENIAL_NONE)
		d->rule[n].from = *from;
	memset(d->slot, 0, sizeof(d->slot));
	for (i = 0; i < DENIALS_MAX; i++) {
		if (d->rule[i].kind == DENIAL_NONE)
			continue;
		p = &d->rule[i].from;
		d->slot[place(d, p)] = (uint16_t)(i + 1);
		used[p->family == 6][p->bits] = true;
	}
	for (f = 0; f < 2; f++) {
		d->nbits[f] = 0;
		for (bits = 128; bits >= 0; bits--)
			if (used[f][bits])
				d->bits[f][d->nbits[f]++] = (uint8_t)bits;
	}
}

int
denials_find(const struct denials *d, bool v6, const uint8_t *ip)
{
	struct prefix	 p;
	unsigned int	 i, at;

	for (i = 0; i < d->nbits[v6]; i++) {
		make_prefix(&p, v6, ip, d->bits[v6][i]);
		at = place(d, &p);
		if (d->slot[at] != 0)
			return (d->slot[at] - 1);
	}
	return (-1);
}
