/* SPDX-License-Identifier: ISC */
/*
 * policy: what the policy costs for each request, and what its map costs to
 * build and to check.
 *
 *	policy [-n lookups]
 *
 * For 1, 1,000 and 100,000 random prefixes of each family: addresses that no
 * prefix has for the most part (random), and addresses of which each has one
 * (inside), one by one and in batches that are prefetched.  The addresses are
 * made beforehand and never repeat soon.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy_map.h"

#define NADDR	(1 << 20)
#define BATCH	32

struct target {
	uint8_t	 ip[16];
};

static struct prefix	 prefix[100000];
static struct target	 target[NADDR];

static uint64_t
rnd(void)
{
	static uint64_t	 x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (x * 0x2545f4914f6cdd1d);
}

static void
rnd_ip(uint8_t *ip, int v6)
{
	uint64_t	 r[2] = { rnd(), rnd() };

	memcpy(ip, r, 16);
	if (v6)
		ip[0] = 0x20 | (ip[0] & 0x1f);	/* 2000::/3 */
	else
		memset(ip + 4, 0, 12);
}

/* CPU time, so that others on the machine count for less. */
static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (ts.tv_sec + ts.tv_nsec / 1e9);
}

static void
make_prefixes(size_t n, int v6)
{
	struct prefix	*p;
	unsigned int	 i;

	for (p = prefix; p < prefix + n; p++) {
		memset(p, 0, sizeof(*p));
		p->family = v6 ? 6 : 4;
		p->bits = v6 ? (rnd() % 2 ? 48 : 32 + rnd() % 33) :
		    (rnd() % 2 ? 24 : 16 + rnd() % 17);
		rnd_ip(p->ip, v6);
		for (i = p->bits; i < 128; i++)
			p->ip[i / 8] &= ~(0x80 >> i % 8);
	}
}

static void
make_targets(size_t n, int v6, int inside)
{
	struct prefix	*p;
	size_t		 i;
	unsigned int	 b;

	for (i = 0; i < NADDR; i++) {
		rnd_ip(target[i].ip, v6);
		p = &prefix[rnd() % n];
		for (b = 0; inside && b < p->bits; b++) {
			target[i].ip[b / 8] &= ~(0x80 >> b % 8);
			target[i].ip[b / 8] |= p->ip[b / 8] & 0x80 >> b % 8;
		}
	}
}

/* One batch of requests: how many the rule matches. */
static unsigned int
match(const void *image, const struct policy_rule *rule, int v6,
    const struct target *t, int prefetch)
{
	struct policy_request	 q = { .v6 = v6, .version = 4, .mode = 3 };
	unsigned int		 hits = 0;
	int			 i;

	for (i = 0; prefetch && i < BATCH; i++)
		policy_map_prefetch_entry(image, v6, t[i].ip);
	for (i = 0; prefetch && i < BATCH; i++)
		policy_map_prefetch_node(image, v6, t[i].ip);
	for (i = 0; i < BATCH; i++) {
		q.src = q.dst = t[i].ip;
		hits += policy_match(image, rule, 1, &q) == 0;
	}
	return (hits);
}

/* Nanoseconds for each. */
static double
lookups(const void *image, const struct policy_rule *rule, int v6, long n,
    int prefetch, unsigned int *hits)
{
	double	 t = now();
	long	 i;

	*hits = 0;
	for (i = 0; i < n; i += BATCH)
		*hits += match(image, rule, v6, &target[i % NADDR], prefetch);
	return ((now() - t) * 1e9 / i);
}

static void
run(size_t n, int v6, long count)
{
	struct policy_build	*b = policy_build_new();
	struct policy_rule	 rule = { .action = POLICY_DROP };
	double			 t[3], ns[4];
	unsigned int		 hits[4];
	size_t			 i, len;
	void			*image;

	make_prefixes(n, v6);
	t[0] = now();
	if (b == NULL || policy_build_final(b, 0) == -1)
		err(1, "policy_build");
	for (i = 0; i < n; i++)
		if (policy_build_add(b, 0, &prefix[i]) == -1)
			err(1, "policy_build_add");
	if (policy_build_finish(b, &image, &len) == -1)
		err(1, "policy_build_finish");
	t[1] = now();
	if (policy_map_check(image, len) == -1)
		errx(1, "policy_map_check");
	t[2] = now();
	policy_build_free(b);
	for (i = 0; i < 4; i++) {
		if (i % 2 == 0)
			make_targets(n, v6, i == 2);
		ns[i] = lookups(image, &rule, v6, count, i % 2, &hits[i]);
	}
	printf("IPv%d %7zu %8zu %8.1f %8.2f %8.1f %7.1f %4.0f%% %8.1f %7.1f"
	    " %4.0f%%\n", v6 ? 6 : 4, n, len / 1024, (t[1] - t[0]) * 1e3,
	    (t[2] - t[1]) * 1e3, ns[0], ns[1], 100.0 * hits[0] / count, ns[2],
	    ns[3], 100.0 * hits[2] / count);
	free(image);
}

int
main(int argc, char *argv[])
{
	static const size_t	 sizes[] = { 1, 1000, 10000, 100000 };
	long			 count = 5000000;
	size_t			 i;
	int			 c, v6;

	while ((c = getopt(argc, argv, "n:")) != -1) {
		if (c != 'n' || (count = atol(optarg)) < 1)
			errx(2, "usage: policy [-n lookups]");
	}
	printf("%-4s %7s %8s %8s %8s %8s %7s %5s %8s %7s %5s\n", "", "n",
	    "KB", "build/ms", "check/ms", "random", "batch", "hits", "inside",
	    "batch", "hits");
	for (v6 = 0; v6 < 2; v6++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			run(sizes[i], v6, count);
	return (0);
}
