/* SPDX-License-Identifier: ISC */
/* The heaviest sources: see heavy.h. */

#include <stdbool.h>
#include <string.h>

#include "heavy.h"

static bool
heavy_is(const struct heavy_entry *he, const struct client_key *key)
{
	return (he->count != 0 && he->key.hash == key->hash &&
	    he->key.family == key->family &&
	    memcmp(he->key.ip, key->ip, sizeof(key->ip)) == 0);
}

/* The source's entry, or else the lightest. */
static struct heavy_entry *
heavy_find(struct heavy *h, const struct client_key *key)
{
	/* The bits that choose a set in the client table are others. */
	uint8_t			*hint = &h->hint[key->hash >> 56];
	struct heavy_entry	*he = &h->entry[*hint % HEAVY_ENTRIES];
	unsigned int		 i;

	if (heavy_is(he, key))
		return (he);
	he = &h->entry[0];
	for (i = 0; i < HEAVY_ENTRIES; i++) {
		if (heavy_is(&h->entry[i], key)) {
			he = &h->entry[i];
			break;
		}
		if (h->entry[i].count < he->count)
			he = &h->entry[i];
	}
	*hint = (uint8_t)(he - h->entry);
	return (he);
}

void
heavy_add(struct heavy *h, const struct client_key *key)
{
	struct heavy_entry	*he = heavy_find(h, key);

	if (!heavy_is(he, key)) {
		he->key = *key;
		he->error = he->count;
	}
	if (he->count != UINT32_MAX)
		he->count++;
}

void
heavy_forget(struct heavy *h, const struct client_key *key)
{
	struct heavy_entry	*he = heavy_find(h, key);

	if (heavy_is(he, key))
		memset(he, 0, sizeof(*he));
}

void
heavy_decay(struct heavy *h)
{
	struct heavy_entry	*he;
	unsigned int		 i;

	for (i = 0; i < HEAVY_ENTRIES; i++) {
		he = &h->entry[i];
		he->count /= 2;
		/* rounded up: what is sure has to stay so */
		he->error -= he->error / 2;
		if (he->error > he->count)
			he->error = he->count;
	}
}

unsigned int
heavy_pick(const struct heavy *h, uint32_t least,
    const struct heavy_entry **out, unsigned int n)
{
	const struct heavy_entry	*he;
	unsigned int			 i, k, got = 0;

	for (i = 0; i < HEAVY_ENTRIES; i++) {
		he = &h->entry[i];
		if (he->count == 0 || heavy_sure(he) < least)
			continue;
		/* Insertion, from the lightest; the last one may fall out. */
		if (got < n)
			got++;
		else if (n == 0 || heavy_sure(out[n - 1]) >= heavy_sure(he))
			continue;
		for (k = got - 1; k > 0 &&
		    heavy_sure(out[k - 1]) < heavy_sure(he); k--)
			out[k] = out[k - 1];
		out[k] = he;
	}
	return (got);
}
