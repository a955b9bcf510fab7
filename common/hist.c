/* SPDX-License-Identifier: ISC */
/* Histograms of times: see hist.h. */

#include <math.h>
#include <stdint.h>

#include "hist.h"

#define STEPS		(1U << HIST_BITS)

uint64_t
hist_low(unsigned int i)
{
	if (i < 2 * STEPS)
		return (i);
	return ((uint64_t)(i % STEPS + STEPS) << (i / STEPS - 1));
}

uint64_t
hist_middle(unsigned int i)
{
	return (hist_low(i) + (hist_low(i + 1) - hist_low(i)) / 2);
}

double
hist_mean(const struct hist *h)
{
	return (h->n == 0 ? 0 : (double)h->sum / (double)h->n);
}

/* Goes by the buckets: n may be a stranger's. */
uint64_t
hist_quantile(const struct hist *h, double q)
{
	uint64_t	 seen = 0, rank;
	unsigned int	 i;
	double		 r;

	r = ceil(q * (double)h->n);
	rank = !(r >= 1) ? 1 : r < (double)h->n ? (uint64_t)r : h->n;
	for (i = 0; i < HIST_BUCKETS; i++)
		if ((seen += h->bucket[i]) >= rank && seen > 0)
			return (hist_middle(i));
	return (hist_max(h));
}

uint64_t
hist_min(const struct hist *h)
{
	unsigned int	 i;

	for (i = 0; i < HIST_BUCKETS; i++)
		if (h->bucket[i] > 0)
			return (hist_middle(i));
	return (0);
}

uint64_t
hist_max(const struct hist *h)
{
	unsigned int	 i;

	for (i = HIST_BUCKETS; i > 0; i--)
		if (h->bucket[i - 1] > 0)
			return (hist_middle(i - 1));
	return (0);
}

uint64_t
hist_upto(const struct hist *h, uint64_t ns)
{
	unsigned int	 i;
	uint64_t	 n = 0;

	for (i = 0; i < HIST_BUCKETS && hist_low(i + 1) - 1 <= ns; i++)
		n += h->bucket[i];
	return (n);
}

void
hist_merge(struct hist *to, const struct hist *h)
{
	unsigned int	 i;

	to->n += h->n;
	to->sum += h->sum;
	for (i = 0; i < HIST_BUCKETS; i++)
		to->bucket[i] += h->bucket[i];
}

static uint64_t
less(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : 0);
}

void
hist_sub(struct hist *to, const struct hist *h, const struct hist *before)
{
	unsigned int	 i;

	to->n = 0;
	to->sum = less(h->sum, before->sum);
	for (i = 0; i < HIST_BUCKETS; i++) {
		to->bucket[i] = less(h->bucket[i], before->bucket[i]);
		to->n += to->bucket[i];
	}
	hist_repair(to);
}

/* Sums that overflow are a stranger's: any number will do. */
void
hist_repair(struct hist *h)
{
	uint64_t	 n = 0, low = 0, high = 0;
	unsigned int	 i;

	for (i = 0; i < HIST_BUCKETS; i++) {
		n += h->bucket[i];
		low += h->bucket[i] * hist_low(i);
		high += h->bucket[i] * (hist_low(i + 1) - 1);
	}
	h->n = n;
	if (h->sum < low)
		h->sum = low;
	if (h->sum > high)
		h->sum = high;
}
