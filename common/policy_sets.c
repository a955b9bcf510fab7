/* SPDX-License-Identifier: ISC */
/* Sets of rules, for the policy's builder: see policy_sets.h. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy_sets.h"

#define NHASH		(2 * POLICY_SETS_MAX)
#define GROW_MIN	1024

int
policy_too_big(void)
{
	errno = E2BIG;
	return (-1);
}

int
policy_grow(void *array, size_t have, size_t n, size_t *size, size_t each)
{
	size_t	 more = *size == 0 ? GROW_MIN : *size;
	void	*p, *q;

	if (n <= *size - have)
		return (0);
	if (have + n > POLICY_MAP_MAX / each)
		return (policy_too_big());
	while (more < have + n)
		more *= 2;
	memcpy(&p, array, sizeof(p));
	if ((q = reallocarray(p, more, each)) == NULL)
		return (-1);
	memcpy(array, &q, sizeof(q));
	*size = more;
	return (0);
}

/* The number of the set of these rules, which is new if need be. */
static int
intern(struct policy_sets *t, const uint16_t *rule, size_t n, uint16_t *set)
{
	uint64_t	 hash = 0xcbf29ce484222325;	/* FNV-1a */
	uint32_t	 s, *place;
	size_t		 i;

	for (i = 0; i < n; i++)
		hash = (hash ^ rule[i]) * 0x100000001b3;
	for (i = hash >> 32;; i++) {
		place = &t->hash[i % NHASH];
		if (*place == 0)
			break;
		s = *place - 1;
		if (t->begin[s + 1] - t->begin[s] == n && memcmp(rule,
		    t->rule + t->begin[s], n * sizeof(*rule)) == 0) {
			*set = (uint16_t)s;
			return (0);
		}
	}
	if (t->nsets == POLICY_SETS_MAX)
		return (policy_too_big());
	if (policy_grow(&t->rule, t->nrules, n, &t->size, sizeof(*rule)) == -1)
		return (-1);
	memcpy(t->rule + t->nrules, rule, n * sizeof(*rule));
	t->nrules += n;
	*set = (uint16_t)t->nsets++;
	t->begin[t->nsets] = (uint32_t)t->nrules;
	*place = t->nsets;
	return (0);
}

int
policy_sets_add(struct policy_sets *t, uint16_t *set, uint16_t rule)
{
	uint16_t	 got[POLICY_RULES_MAX];
	const uint16_t	*old = t->rule + t->begin[*set];
	size_t		 i, n = t->begin[*set + 1] - t->begin[*set], len;

	if (t->memo && t->memo_set == *set && t->memo_rule == rule) {
		*set = t->memo_result;
		return (0);
	}
	for (i = 0; i < n && old[i] < rule; i++)
		got[i] = old[i];
	if ((i < n && old[i] == rule) || (i > 0 && t->final[got[i - 1]]))
		return (0);
	len = i + 1;
	got[i] = rule;
	if (!t->final[rule])
		for (; i < n; i++)
			got[len++] = old[i];
	t->memo_set = *set;
	t->memo_rule = rule;
	t->memo = intern(t, got, len, set) == 0;
	t->memo_result = *set;
	return (t->memo ? 0 : -1);
}

int
policy_sets_init(struct policy_sets *t)
{
	uint16_t	 set = 0;

	t->begin = calloc(POLICY_SETS_MAX + 1, sizeof(*t->begin));
	t->hash = calloc(NHASH, sizeof(*t->hash));
	if (t->begin == NULL || t->hash == NULL || policy_grow(&t->rule, 0, 1,
	    &t->size, sizeof(*t->rule)) == -1)
		return (-1);
	return (intern(t, &set, 0, &set));
}

void
policy_sets_clear(struct policy_sets *t)
{
	free(t->rule);
	free(t->begin);
	free(t->hash);
	t->rule = NULL;
	t->begin = t->hash = NULL;
	t->nrules = t->size = t->nsets = 0;
	t->memo = false;
}
