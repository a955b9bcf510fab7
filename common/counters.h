/* SPDX-License-Identifier: ISC */
/*
 * The engine's counters, one row each in counters.def.  All count since the
 * daemon started and survive an engine's death in the state page.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct counters {
#define CTR(field, metric, labels, help)	uint64_t field;
#include "counters.def"
#undef CTR
};

struct counter_row {
	const char	*name;		/* as ntpsctl shows it */
	const char	*metric;	/* Prometheus, without the prefix */
	const char	*labels;
	const char	*help;
	size_t		 offset;	/* in struct counters */
};

extern const struct counter_row	counter_rows[];
extern const size_t		counter_nrows;

/* counters_sum: of all whose names begin so; 2^64-1 if it is more. */
uint64_t	counter_get(const struct counters *,
		    const struct counter_row *);
void		counters_add(struct counters *, const struct counters *);
uint64_t	counters_sum(const struct counters *, const char *);

#endif /* COUNTERS_H */
