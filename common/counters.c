/* SPDX-License-Identifier: ISC */
/*
 * The table over the engine's counters, from counters.def, and what works on
 * all of them alike.
 */
#include <string.h>

#include "counters.h"

const struct counter_row counter_rows[] = {
#define CTR(field, metric, labels, help)				\
	{ #field, metric, labels, help, offsetof(struct counters, field) },
#include "counters.def"
#undef CTR
};

const size_t	counter_nrows = sizeof(counter_rows) / sizeof(counter_rows[0]);

uint64_t
counter_get(const struct counters *c, const struct counter_row *row)
{
	uint64_t	 v;

	memcpy(&v, (const char *)c + row->offset, sizeof(v));
	return (v);
}

/* Modulo 2^64, which at a million requests a second is 584,000 years off. */
void
counters_add(struct counters *sum, const struct counters *c)
{
#define CTR(field, metric, labels, help)	sum->field += c->field;
#include "counters.def"
#undef CTR
}

uint64_t
counters_sum(const struct counters *c, const char *prefix)
{
	uint64_t	 n, sum = 0;
	size_t		 i, len = strlen(prefix);

	for (i = 0; i < counter_nrows; i++)
		if (strncmp(counter_rows[i].name, prefix, len) == 0) {
			n = counter_get(c, &counter_rows[i]);
			sum = n > UINT64_MAX - sum ? UINT64_MAX : sum + n;
		}
	return (sum);
}
