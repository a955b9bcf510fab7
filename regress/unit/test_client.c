/* SPDX-License-Identifier: ISC */
/*
 * client.c: K3, sources that send more when they are refused, among those
 * that do not.  Each is played against a limit as the engine keeps it.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "clients.h"
#include "limit.h"

#define SECOND	1000000000ULL
#define MS	1000000ULL
#define US	1000ULL

/* A source: when its next request comes, after n of them. */
typedef uint64_t (*sender)(bool answered, unsigned int n);

struct play {
	double		 rate;
	unsigned int	 burst;
	unsigned int	 leak;		/* one in so many; 0: none */
	unsigned int	 answered, refused;	/* how it went */
	unsigned int	 lifted;	/* requests that came while it was */
	bool		 grew;		/* ever */
	uint64_t	 took;		/* ns */
};

static struct clients		 table;
static struct client		*entry;
static struct limit		 limit, lifted;
static uint64_t			 random_;
static _Alignas(64) uint8_t	 mem[CLIENTS_HEAD +
				    sizeof(struct clients_set)];

static uint64_t
draw(void)
{
	random_ ^= random_ << 13;
	random_ ^= random_ >> 7;
	random_ ^= random_ << 17;
	return (random_);
}

/* One request, as engine_limit_take judges it. */
static bool
judge(struct play *p, uint64_t now)
{
	struct client_key	 k;
	uint64_t		 evicted = 0;
	bool			 within, answered;

	clients_key(&table, &k, (const uint8_t *)"\300\0\2\1", false);
	entry = clients_get(&table, &k, now, &evicted);
	within = limit_take((entry->flags & CLIENT_LIFTED) != 0 ? &lifted :
	    &limit, &entry->full, now);
	answered = within || (p->leak != 0 && draw() % p->leak == 0);
	client_judged(entry, within, answered);
	if (answered)
		p->answered++;
	else
		p->refused++;
	p->lifted += (entry->flags & CLIENT_LIFTED) != 0;
	p->grew |= (entry->flags & CLIENT_GROWS) != 0;
	return (answered);
}

static void
begin(const struct play *p)
{
	memset(mem, 0, sizeof(mem));
	ATF_REQUIRE_EQ(0, clients_init(&table, mem, sizeof(mem),
	    (const uint8_t *)"sixteen octets.", 32, 64, 0));
	limit_set(&limit, p->rate, p->burst);
	limit_lift(&lifted, &limit);
	random_ = 88172645463325252ULL;
}

/* Goes on from a time; tells the time of the next request. */
static uint64_t
play(struct play *p, sender s, unsigned int requests, uint64_t now)
{
	uint64_t	 from = now;
	unsigned int	 n;

	p->answered = p->refused = p->lifted = p->grew = 0;
	for (n = 1; n <= requests; n++)
		now += s(judge(p, now), n);
	p->took = now - from;
	return (now);
}

static uint64_t
flood(bool answered, unsigned int n)
{
	(void)answered;
	(void)n;
	return (10 * US);
}

/* With a gap as chance has it, ten to one. */
static uint64_t
uneven_flood(bool answered, unsigned int n)
{
	(void)answered;
	(void)n;
	return (3 * US + draw() % (100 * US));
}

/* 32 at one time, as one recvmmsg gives them. */
static uint64_t
batched_flood(bool answered, unsigned int n)
{
	(void)answered;
	return (n % 32 == 0 ? 320 * US : 0);
}

static uint64_t
honest(bool answered, unsigned int n)
{
	(void)answered;
	(void)n;
	return (64 * SECOND);
}

static uint64_t
impatient(bool answered, unsigned int n)
{
	(void)n;
	return (answered ? SECOND : 10 * MS);
}

static uint64_t
iburst(bool answered, unsigned int n)
{
	(void)answered;
	return (n % 8 == 0 ? 64 * SECOND : 2 * MS);
}

/* In turn a short interval and a long one, whatever we do. */
static uint64_t
alternating(bool answered, unsigned int n)
{
	(void)answered;
	return (n % 2 == 0 ? SECOND : 10 * MS);
}

ATF_TC(k3_steady_flood);
ATF_TC_HEAD(k3_steady_flood, tc)
{
	atf_tc_set_md_var(tc, "descr", "K3: a flood is not lifted");
}
ATF_TC_BODY(k3_steady_flood, tc)
{
	static const sender	 kinds[] = { flood, uneven_flood,
				    batched_flood };
	static const unsigned int leaks[] = { 0, 2, 16 };
	struct play		 p = { .rate = 100, .burst = 5 };
	unsigned int		 i, k;

	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++) {
			p.leak = leaks[k];
			begin(&p);
			play(&p, kinds[i], 1000000, SECOND);
			ATF_CHECK_MSG(!p.grew, "flood %u, leak %u", i, p.leak);
			ATF_CHECK_EQ(0, p.lifted);
			ATF_CHECK(p.refused > 400000);
		}
	/* what an operator sees of it: the interval */
	p.leak = 0;
	begin(&p);
	play(&p, flood, 100000, SECOND);
	ATF_CHECK(client_interval(entry) > 9 * US);
	ATF_CHECK(client_interval(entry) < 11 * US);
	ATF_CHECK_EQ(CLIENT_LIMITED, entry->flags & CLIENT_SHOWN);
	begin(&p);
	play(&p, batched_flood, 100000, SECOND);
	ATF_CHECK(client_interval(entry) > 8 * US);
	ATF_CHECK(client_interval(entry) < 12 * US);
}

ATF_TC(k3_honest);
ATF_TC_HEAD(k3_honest, tc)
{
	atf_tc_set_md_var(tc, "descr", "K3: one request in 64 s is left alone");
}
ATF_TC_BODY(k3_honest, tc)
{
	struct play	 p = { .rate = 100, .burst = 5 };
	uint64_t	 now;

	begin(&p);
	now = play(&p, honest, 1000, SECOND);
	ATF_CHECK_EQ(0, p.refused);
	ATF_CHECK_EQ(0, entry->flags);
	ATF_CHECK(client_interval(entry) > 63 * SECOND);
	ATF_CHECK(client_interval(entry) < 65 * SECOND);
	/* who was honest and turns into a flood is one */
	now = play(&p, flood, 100000, now);
	ATF_CHECK(!p.grew);
	/* and so after an hour of honesty */
	now = play(&p, honest, 60, now);
	ATF_CHECK_EQ(0, entry->flags);
	play(&p, flood, 100000, now);
	ATF_CHECK(!p.grew);
}

ATF_TC(k3_impatient);
ATF_TC_HEAD(k3_impatient, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "K3: a limit that makes traffic grow is lifted");
}
ATF_TC_BODY(k3_impatient, tc)
{
	static const unsigned int leaks[] = { 0, 16 };
	struct play		 p = { .rate = 0.125, .burst = 2 };
	uint64_t		 now;
	unsigned int		 i;

	for (i = 0; i < 2; i++) {
		p.leak = leaks[i];
		begin(&p);
		/* seen within 20 answers from the bucket */
		now = play(&p, impatient, 16000, SECOND);
		ATF_CHECK_MSG(p.grew && p.lifted > 0, "leak %u", p.leak);
		/* then an hour has 3600 requests, not 300,000 */
		now = play(&p, impatient, 3600, now);
		ATF_CHECK(p.took > 3000 * SECOND);
		ATF_CHECK(p.refused < 600);
		ATF_CHECK((entry->flags & CLIENT_GROWS) != 0);
		/* looked at anew now and then, with the same outcome */
		now = play(&p, impatient, 2 * 65536, now);
		ATF_CHECK(p.refused > 100 && p.refused < 2 * 15000);
		ATF_CHECK((entry->flags & CLIENT_LIFTED) != 0);
		/* a quicker one is not helped by it: back to the others */
		now = play(&p, flood, 10000000, now);
		ATF_CHECK_EQ(0, entry->flags & CLIENT_LIFTED);
	}
}

/* A client that is answered at twice the limit's rate is left where it is. */
ATF_TC_WITHOUT_HEAD(k3_below_the_factor);
ATF_TC_BODY(k3_below_the_factor, tc)
{
	struct play	 p = { .rate = 100, .burst = 5 };

	begin(&p);
	play(&p, alternating, 100000, SECOND);
	ATF_CHECK(!p.grew);
	ATF_CHECK_EQ(0, p.refused);
}

ATF_TC(k3_bursts);
ATF_TC_HEAD(k3_bursts, tc)
{
	atf_tc_set_md_var(tc, "descr", "K3: a burst is no growth");
}
ATF_TC_BODY(k3_bursts, tc)
{
	struct play	 p = { .rate = 100 };
	unsigned int	 leak;

	/* whether the last of them is answered or not */
	for (p.burst = 2; p.burst < 9; p.burst++)
		for (leak = 0; leak < 17; leak++) {
			p.leak = leak;
			begin(&p);
			play(&p, iburst, 8 * 2000, SECOND);
			ATF_CHECK_MSG(!p.grew, "burst %u, leak %u", p.burst,
			    leak);
		}
}

ATF_TC(k3_alternating);
ATF_TC_HEAD(k3_alternating, tc)
{
	atf_tc_set_md_var(tc, "descr", "K3: taking turns is no growth");
}
ATF_TC_BODY(k3_alternating, tc)
{
	struct play	 p = { .burst = 1 };
	unsigned int	 i;

	/* limits that each second of them passes, or fewer; never in step */
	for (i = 1; i < 40; i++) {
		p.rate = 0.0531 * i;
		p.leak = i % 4 == 0 ? 16 : 0;
		begin(&p);
		play(&p, alternating, 20000, SECOND);
		ATF_CHECK_MSG(!p.grew, "rate %g, leak %u", p.rate, p.leak);
		ATF_CHECK(p.rate > 1.9 || p.refused > 0);
	}
}

/* Whatever a source does: no more than the larger bucket. */
static uint64_t
pretender(bool answered, unsigned int n)
{
	(void)n;
	if ((entry->flags & CLIENT_LIFTED) != 0)
		return (100 * US);
	return (answered ? 20 * MS : 100 * US);
}

ATF_TC(k3_pretender);
ATF_TC_HEAD(k3_pretender, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "K3: to pretend growth gives no more than the larger bucket");
}
ATF_TC_BODY(k3_pretender, tc)
{
	struct play	 p = { .rate = 10, .burst = 5 };
	double		 seconds;

	begin(&p);
	play(&p, pretender, 1000000, SECOND);
	seconds = (double)p.took / 1e9;
	ATF_CHECK(p.grew);
	ATF_CHECK(p.answered < 10 * LIMIT_LIFT * seconds + 10);
	/* and that part of the time */
	ATF_CHECK(p.answered < 10 * LIMIT_LIFT * seconds / 2);
}

static void
outcome(struct client *c, bool answered, uint64_t interval)
{
	uint8_t	 same = 0;

	client_judged(c, answered, answered);
	client_heard(c, interval >> CLIENT_UNIT, &same);
}

/* Pauses, however long, after less than three in four answers. */
ATF_TC_WITHOUT_HEAD(k3_pauses);
ATF_TC_BODY(k3_pauses, tc)
{
	struct client	 c;
	unsigned int	 i;

	memset(&c, 0, sizeof(c));
	c.requests = 1;
	for (i = 0; i < 1000; i++) {
		outcome(&c, false, 2 * MS);
		outcome(&c, true, i % 3 == 0 ? 2 * MS : 1000 * SECOND);
		ATF_REQUIRE(!client_grows(&c));
	}
	ATF_CHECK_EQ(15, c.answers);
	ATF_CHECK(c.refusals > 13);
	/* of more, it is another matter */
	for (i = 0; i < 1000 && (c.flags & CLIENT_LIFTED) == 0; i++) {
		outcome(&c, false, 2 * MS);
		outcome(&c, true, i % 32 == 0 ? 2 * MS : 1000 * SECOND);
	}
	ATF_CHECK_EQ(CLIENT_LIFTED | CLIENT_GROWS,
	    c.flags & (CLIENT_LIFTED | CLIENT_GROWS));
}

/* A lifted source is judged by one period of refusals, not by all of them. */
ATF_TC_WITHOUT_HEAD(k3_periods);
ATF_TC_BODY(k3_periods, tc)
{
	struct client	 c;
	unsigned int	 i, k;

	memset(&c, 0, sizeof(c));
	c.requests = 1;
	c.flags = CLIENT_LIFTED | CLIENT_GROWS;
	for (i = 0; i < 20; i++) {
		for (k = 0; k < 6; k++)
			outcome(&c, false, 2 * MS);
		for (k = 0; k < 14; k++)
			outcome(&c, true, SECOND);
		ATF_CHECK_EQ(0, c.refusals);
		ATF_CHECK((c.flags & CLIENT_LIFTED) != 0);
	}
	for (i = 0; i < 16; i++) {
		outcome(&c, false, 2 * MS);
		outcome(&c, true, SECOND);
	}
	ATF_CHECK_EQ(0, c.flags & CLIENT_LIFTED);
}

ATF_TC_WITHOUT_HEAD(hysteresis);
ATF_TC_BODY(hysteresis, tc)
{
	struct client	 c;

	memset(&c, 0, sizeof(c));
	c.answers = c.refusals = 15;
	c.after_refusal = 10 * CLIENT_OCTAVE;
	c.after_answer = 12 * CLIENT_OCTAVE;
	ATF_CHECK(!client_grows(&c));
	c.after_answer++;
	ATF_CHECK(client_grows(&c));
	c.flags = CLIENT_GROWS;
	c.after_answer = 11 * CLIENT_OCTAVE + 1;
	ATF_CHECK(client_grows(&c));
	c.after_answer--;
	ATF_CHECK(!client_grows(&c));
	/* the other way round it is not */
	c.after_answer = 0;
	ATF_CHECK(!client_grows(&c));
	/* too little to tell: as before */
	c.refusals = 7;
	ATF_CHECK(client_grows(&c));
	c.flags = 0;
	c.after_answer = UINT16_MAX;
	ATF_CHECK(!client_grows(&c));
	c.refusals = 15;
	c.answers = 11;
	ATF_CHECK(!client_grows(&c));
}

ATF_TC_WITHOUT_HEAD(logarithms);
ATF_TC_BODY(logarithms, tc)
{
	uint64_t	 x, y;
	unsigned int	 i;

	ATF_CHECK_EQ(0, client_log(0));
	ATF_CHECK_EQ(CLIENT_OCTAVE, client_log(1));
	ATF_CHECK_EQ(47 * CLIENT_OCTAVE, client_log((1ULL << 47) - 1));
	for (i = 0; i <= UINT16_MAX; i++)
		(void)client_exp((uint16_t)i);
	random_ = 1;
	for (i = 0; i < 100000; i++) {
		x = draw() >> (16 + draw() % 48);
		y = client_exp(client_log(x));
		ATF_CHECK_MSG(y <= x && x - y <= x / 1000 + 1,
		    "%llu: %llu", (unsigned long long)x,
		    (unsigned long long)y);
		ATF_CHECK(client_log(x) <= client_log(x + 1));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, k3_steady_flood);
	ATF_TP_ADD_TC(tp, k3_honest);
	ATF_TP_ADD_TC(tp, k3_impatient);
	ATF_TP_ADD_TC(tp, k3_below_the_factor);
	ATF_TP_ADD_TC(tp, k3_bursts);
	ATF_TP_ADD_TC(tp, k3_alternating);
	ATF_TP_ADD_TC(tp, k3_pretender);
	ATF_TP_ADD_TC(tp, k3_pauses);
	ATF_TP_ADD_TC(tp, k3_periods);
	ATF_TP_ADD_TC(tp, hysteresis);
	ATF_TP_ADD_TC(tp, logarithms);
	return (atf_no_error());
}
