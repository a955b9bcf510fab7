/* SPDX-License-Identifier: ISC */
/* Whom the engine answers: the policy's rules and those of run time. */

#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "policy_map.h"

#define FNV_BASIS	0xcbf29ce484222325ULL
#define FNV_PRIME	0x100000001b3ULL

/* What tells a rule from another one; never 0. */
static uint64_t
rule_hash(const struct policy_rule *rule)
{
	const uint8_t	*p = (const uint8_t *)rule;
	uint64_t	 hash = FNV_BASIS;
	size_t		 i;

	for (i = 0; i < sizeof(*rule); i++)
		hash = (hash ^ p[i]) * FNV_PRIME;
	return (hash | 1);
}

/* A rule that stays keeps its hits, also when its number changes. */
static void
policy_hits(struct engine *e)
{
	struct page_hits	 old[POLICY_RULES_MAX];
	struct page_hits	*now = e->page->rule;
	unsigned int		 i, j;

	memcpy(old, now, sizeof(old));
	memset(now, 0, sizeof(old));
	memset(e->rule_told, 0, sizeof(e->rule_told));
	for (i = 0; i < e->conf.policy.n; i++) {
		now[i].rule = rule_hash(&e->conf.policy.rule[i]);
		for (j = 0; j < POLICY_RULES_MAX; j++)
			if (old[j].rule == now[i].rule) {
				now[i].hits = old[j].hits;
				e->rule_told[i] = now[i].hits > 0;
				old[j].rule = 0;
				break;
			}
	}
}

/* A rule of run time keeps its hits as long as it is the same one. */
static void
denial_hits(struct engine *e)
{
	struct page_hits	*h;
	unsigned int		 i;

	for (i = 0; i < DENIALS_MAX; i++) {
		h = &e->page->denial[i];
		if (h->rule != e->denial_serial[i]) {
			h->rule = e->denial_serial[i];
			h->hits = 0;
		}
	}
}

void
engine_policy_init(struct engine *e)
{
	uint8_t	 key[16];

	arc4random_buf(key, sizeof(key));
	siphash_key_set(&e->denials.key, key);
	explicit_bzero(key, sizeof(key));
}

static void
policy_switch(struct engine *e)
{
	e->policy_on = e->conf.policy.n > 0 || e->denials.nbits[0] > 0 ||
	    e->denials.nbits[1] > 0;
}

/* After each commit. */
void
engine_policy_config(struct engine *e)
{
	const struct policy_rule	*r;
	unsigned int			 i;

	for (i = 0; i < e->conf.policy.n; i++) {
		r = &e->conf.policy.rule[i];
		limit_set(&e->rule_limit[i], r->rate, r->burst != 0 ?
		    r->burst : (unsigned int)e->conf.ratelimit_burst);
	}
	if (e->running)
		policy_hits(e);
	policy_switch(e);
}

/* The page is ours alone from now on. */
void
engine_policy_run(struct engine *e)
{
	policy_hits(e);
	denial_hits(e);
}

void
engine_policy_denial(struct engine *e, const struct msg_denial *m)
{
	denials_put(&e->denials, m->slot, &m->from,
	    (enum denial_kind)m->kind);
	e->denial_serial[m->slot] = m->serial;
	memcpy(e->denial_reason[m->slot], m->reason, sizeof(m->reason));
	if (e->running)
		denial_hits(e);
	policy_switch(e);
}

void
engine_policy_tell(struct engine *e, uint32_t id)
{
	struct msg_hits	 m;
	unsigned int	 i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < POLICY_RULES_MAX; i++)
		m.rule[i] = e->page->rule[i].hits;
	for (i = 0; i < DENIALS_MAX; i++)
		m.denial[i] = e->page->denial[i].hits;
	imsgev_send(&e->control, MSG_HITS, id, -1, &m);
}

/* The nodes of the map that a batch needs, asked for all at once. */
void
engine_policy_prefetch(struct engine *e, bool v6, unsigned int n)
{
	const void			*map = e->blob[BLOB_POLICY].mem;
	const struct sockaddr_in	*v4;
	const uint8_t			*ip[ENGINE_BATCH];
	unsigned int			 i;

	for (i = 0; i < n; i++) {
		v4 = (const void *)&e->batch.from[i];
		ip[i] = v6 ? e->batch.from[i].sin6_addr.s6_addr :
		    (const uint8_t *)&v4->sin_addr;
		policy_map_prefetch_entry(map, v6, ip[i]);
	}
	for (i = 0; i < n; i++)
		policy_map_prefetch_node(map, v6, ip[i]);
}

/* -1: no rule of run time, 0: denied, 1: allowed */
static int
denial_verdict(struct engine *e, unsigned int i, bool v6, const uint8_t *ip)
{
	int	 n;

	if (e->denials.nbits[v6] == 0 ||
	    (n = denials_find(&e->denials, v6, ip)) == -1)
		return (-1);
	e->page->denial[n].hits++;
	e->batch.fate[i].rule = (uint16_t)(n + 1);
	return (e->denials.rule[n].kind == DENIAL_ALLOW);
}

/*
 * K6, K7: whether message i may go on, and to which limit.  What is refused
 * is counted, and answered with a kiss of death where the rule wants one.
 */
bool
engine_policy(struct engine *e, const struct engine_socket *s, unsigned int i,
    const struct os_rx *rx, const struct limit **limit)
{
	struct policy_request		 req;
	const struct sockaddr_in	*v4 = (const void *)&e->batch.from[i];
	int				 n;

	req.v6 = s->v6;
	req.src = s->v6 ? e->batch.from[i].sin6_addr.s6_addr :
	    (const uint8_t *)&v4->sin_addr;
	if ((n = denial_verdict(e, i, s->v6, req.src)) != -1) {
		if (n == 1)
			return (true);
		e->work.counters.drop_policy++;
		engine_fate(e, i, EVENT_DENIED);
		return (false);
	}
	if (e->conf.policy.n == 0)
		return (true);
	req.dst = rx->has_dst ? rx->dst : s->addr.ip;
	req.dst_port = s->addr.port;
	req.version = e->batch.request[i].version;
	req.mode = e->batch.request[i].mode;
	req.has_mac = e->batch.request[i].mac_len != 0;
	n = policy_match(e->blob[BLOB_POLICY].mem, e->conf.policy.rule,
	    e->conf.policy.n, &req);
	if (n == -1)
		return (true);
	e->page->rule[n].hits++;
	e->batch.fate[i].rule = (uint16_t)(n + 1);
	switch ((enum policy_action)e->conf.policy.rule[n].action) {
	case POLICY_LIMIT:
		*limit = &e->rule_limit[n];
		return (true);
	case POLICY_DROP:
		break;
	case POLICY_KOD_DENY:
		e->work.counters.kod_deny += engine_kod(e, s, i, "DENY",
		    NULL);
		break;
	case POLICY_KOD_RSTR:
		e->work.counters.kod_rstr += engine_kod(e, s, i, "RSTR",
		    NULL);
		break;
	default:
		return (true);
	}
	e->work.counters.drop_policy++;
	engine_fate(e, i, EVENT_POLICY);
	return (false);
}
