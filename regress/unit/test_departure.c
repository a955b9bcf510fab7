/* SPDX-License-Identifier: ISC */
/* departure.c: replies leave when their transmit timestamps say, about. */

#include <stdint.h>
#include <string.h>

#include <atf-c.h>

#include "departure.h"
#include "ntp_packet.h"

#define US(us)		((int64_t)(us) * 4294967 / 1000)
#define MS		1000000ULL	/* ns */
#define BEGAN		(UINT64_C(0xee00000000) << 24)
#define HEADERS		42		/* in front of what is given back */

struct cost {
	int64_t	 first, step;
};

static const struct cost lone = { US(7), 0 };
static const struct cost chunk = { US(6), US(3) };
static const struct cost full = { US(9), US(5) };

static uint64_t
noise(uint64_t *state)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (*state >> 33);
}

static void
reply(uint8_t *buf, ntp_ts transmit)
{
	memset(buf, 0, NTP_HEADER_LEN);
	buf[0] = 0x24;
	ntp_put64(buf + NTP_OFF_RECEIVE, transmit - US(20));
	ntp_put64(buf + NTP_OFF_TRANSMIT, transmit);
}

/*
 * One call; its sample, if it has one, comes back and is late by so much.
 * Whether it had one.
 */
static bool
call(struct departure *d, enum departure_case what, unsigned int n,
    const struct cost *cost, uint64_t mono, int64_t late)
{
	static ntp_ts		 began = BEGAN;
	struct departure_call	 c;
	uint8_t			 packet[HEADERS + NTP_HEADER_LEN];

	began += US(1000);
	departure_begin(d, &c, what, n, began, mono);
	if (c.sample == n)
		return (false);
	ATF_REQUIRE(c.sample < n);
	memset(packet, 0xff, HEADERS);
	reply(packet + HEADERS, departure_at(&c, c.sample));
	departure_sent(d, &c, c.sample, packet + HEADERS, NTP_HEADER_LEN);
	(void)departure_stamped(d, packet, sizeof(packet), began +
	    (ntp_ts)(cost->first + cost->step * (int64_t)c.sample + late));
	return (true);
}

/* So many ms of calls, 20 in each; every so many-th sample is an outlier. */
static unsigned int
calls(struct departure *d, enum departure_case what, unsigned int n,
    const struct cost *cost, uint64_t *mono, unsigned int ms,
    unsigned int outlier)
{
	uint64_t	 state = 1;
	unsigned int	 i, samples = 0;
	int64_t		 late;

	for (i = 0; i < ms * 20; i++) {
		*mono += MS / 20;
		late = (int64_t)(noise(&state) % 4295) - US(0.5);
		if (outlier > 0 && samples % outlier == outlier - 1)
			late = US(3000);
		samples += call(d, what, n, cost, *mono, late);
	}
	return (samples);
}

static void
check_near(const struct departure *d, enum departure_case what,
    const struct cost *cost, int64_t within)
{
	struct departure		 copy = *d;
	struct departure_call		 c;
	int64_t				 off;
	unsigned int			 i, n;

	n = what == DEPARTURE_LONE ? 1 : what == DEPARTURE_FULL ? 32 : 4;
	departure_begin(&copy, &c, what, n, BEGAN, 0);
	for (i = 0; i < n; i++) {
		off = (int64_t)(departure_at(&c, i) - BEGAN) -
		    cost->first - cost->step * (int64_t)i;
		ATF_CHECK_MSG(off >= -within && off <= within,
		    "case %d, reply %u: off by %lld ns", (int)what, i,
		    (long long)(off * 1000 / 4295));
	}
}

ATF_TC_WITHOUT_HEAD(converges);
ATF_TC_BODY(converges, tc)
{
	struct departure	 d;
	uint64_t		 mono = MS;

	memset(&d, 0, sizeof(d));
	ATF_CHECK(!departure_known(&d, DEPARTURE_LONE));
	(void)calls(&d, DEPARTURE_LONE, 1, &lone, &mono, 300, 0);
	(void)calls(&d, DEPARTURE_CHUNK, 4, &chunk, &mono, 500, 0);
	(void)calls(&d, DEPARTURE_FULL, 32, &full, &mono, 500, 0);
	check_near(&d, DEPARTURE_LONE, &lone, US(1));
	check_near(&d, DEPARTURE_CHUNK, &chunk, US(2));
	check_near(&d, DEPARTURE_FULL, &full, US(5));
	ATF_CHECK(departure_known(&d, DEPARTURE_LONE));
	ATF_CHECK(!departure_known(&d, DEPARTURE_NEXT));
}

/* One lone request in a second is all there is. */
ATF_TC_WITHOUT_HEAD(sparse);
ATF_TC_BODY(sparse, tc)
{
	struct departure	 d;
	uint64_t		 mono;
	unsigned int		 i;

	memset(&d, 0, sizeof(d));
	for (i = 1, mono = MS; i <= 60; i++, mono += 1000 * MS)
		ATF_CHECK(call(&d, DEPARTURE_LONE, 1, &lone, mono, 0));
	check_near(&d, DEPARTURE_LONE, &lone, US(1));
}

ATF_TC_WITHOUT_HEAD(outliers);
ATF_TC_BODY(outliers, tc)
{
	struct departure	 d;
	uint64_t		 mono = MS;

	memset(&d, 0, sizeof(d));
	/* one in ten was pre-empted for 3 ms */
	(void)calls(&d, DEPARTURE_LONE, 1, &lone, &mono, 3000, 10);
	check_near(&d, DEPARTURE_LONE, &lone, US(2));
	(void)calls(&d, DEPARTURE_FULL, 32, &full, &mono, 4000, 10);
	check_near(&d, DEPARTURE_FULL, &full, US(40));
}

ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	static const struct cost	 dear = { US(5000), US(90) };
	struct departure		 d;
	struct departure_call		 c;
	uint64_t			 mono = MS;

	memset(&d, 0, sizeof(d));
	(void)calls(&d, DEPARTURE_FULL, 32, &dear, &mono, 10000, 0);
	departure_begin(&d, &c, DEPARTURE_FULL, 32, BEGAN, mono);
	ATF_CHECK(departure_at(&c, 0) <= BEGAN + DEPARTURE_FIRST_MAX);
	ATF_CHECK(departure_at(&c, 0) >= BEGAN + DEPARTURE_FIRST_MAX / 2);
	ATF_CHECK(departure_at(&c, 31) <= BEGAN + DEPARTURE_FIRST_MAX +
	    31 * DEPARTURE_STEP_MAX);
	/* and back again, when the machine has recovered */
	(void)calls(&d, DEPARTURE_FULL, 32, &full, &mono, 60000, 0);
	check_near(&d, DEPARTURE_FULL, &full, US(5));
}

/* A step of the clock between a reading and its stamp teaches nothing. */
ATF_TC_WITHOUT_HEAD(clock_steps);
ATF_TC_BODY(clock_steps, tc)
{
	struct departure	 d, before;
	uint64_t		 mono = MS;
	unsigned int		 i;

	memset(&d, 0, sizeof(d));
	(void)calls(&d, DEPARTURE_LONE, 1, &lone, &mono, 300, 0);
	for (i = 0; i < 20; i++) {
		before = d;
		mono += 2000 * MS;
		ATF_CHECK(call(&d, DEPARTURE_LONE, 1, &lone, mono,
		    i % 2 == 0 ? -US(3600000000) : US(20000)));
		ATF_CHECK_EQ(0, memcmp(&before.cost[0].first,
		    &d.cost[0].first, sizeof(d.cost[0].first)));
	}
	check_near(&d, DEPARTURE_LONE, &lone, US(1));
}

/* Often at first, then one in a hundred, and at most 20 a second. */
ATF_TC_WITHOUT_HEAD(how_often);
ATF_TC_BODY(how_often, tc)
{
	struct departure	 d;
	uint64_t		 mono = MS;
	unsigned int		 n;

	memset(&d, 0, sizeof(d));
	n = calls(&d, DEPARTURE_LONE, 1, &lone, &mono, 1000, 0);
	ATF_CHECK_MSG(n >= 48 && n <= 80, "%u", n);
	n = calls(&d, DEPARTURE_LONE, 1, &lone, &mono, 10000, 0);
	ATF_CHECK_MSG(n >= 150 && n <= 201, "%u", n);
}

/* What nobody stamps is not asked for as if it had to be learnt. */
ATF_TC_WITHOUT_HEAD(unanswered);
ATF_TC_BODY(unanswered, tc)
{
	struct departure	 d;
	struct departure_call	 c;
	uint64_t		 mono = MS;
	unsigned int		 i, n = 0;

	memset(&d, 0, sizeof(d));
	for (i = 0; i < 20000; i++, mono += MS / 20) {
		departure_begin(&d, &c, DEPARTURE_FULL, 32, BEGAN, mono);
		n += c.sample < 32;
		departure_took(&d, &c, 32, BEGAN + 32 * (ntp_ts)US(5));
	}
	ATF_CHECK_MSG(n <= 40, "%u", n);
	/* and how long calls took is all there is to know */
	departure_begin(&d, &c, DEPARTURE_FULL, 32, BEGAN, mono);
	ATF_CHECK(departure_at(&c, 31) - BEGAN > (ntp_ts)US(31 * 4.5) &&
	    departure_at(&c, 31) - BEGAN < (ntp_ts)US(31 * 5.5));
}

ATF_TC_WITHOUT_HEAD(strangers);
ATF_TC_BODY(strangers, tc)
{
	struct departure	 d;
	struct departure_call	 c;
	uint8_t			 packet[NTP_HEADER_LEN + 20], *ntp = packet;
	unsigned int		 i;

	memset(&d, 0, sizeof(d));
	memset(packet, 0, sizeof(packet));
	/* nothing is waited for, so not this either */
	for (i = 0; i <= sizeof(packet); i++)
		ATF_CHECK(!departure_stamped(&d, packet, i, BEGAN));
	departure_begin(&d, &c, DEPARTURE_LONE, 1, BEGAN, MS);
	reply(ntp, BEGAN);
	departure_sent(&d, &c, 0, ntp, sizeof(packet));
	for (i = 0; i < sizeof(packet); i++)
		ATF_CHECK(!departure_stamped(&d, packet, i, BEGAN));
	ntp[NTP_OFF_TRANSMIT + 7] ^= 1;		/* of a predecessor */
	ATF_CHECK(!departure_stamped(&d, packet, sizeof(packet), BEGAN + 9));
	ntp[NTP_OFF_TRANSMIT + 7] ^= 1;
	ATF_CHECK(departure_stamped(&d, packet, sizeof(packet), BEGAN + 9));
	/* once */
	ATF_CHECK(!departure_stamped(&d, packet, sizeof(packet), BEGAN + 9));
	/* the oldest has been overwritten */
	departure_sent(&d, &c, 0, ntp, sizeof(packet));
	for (i = 0; i < DEPARTURE_PENDING; i++) {
		reply(ntp, BEGAN + 1 + i);
		departure_sent(&d, &c, 0, ntp, sizeof(packet));
	}
	reply(ntp, BEGAN);
	ATF_CHECK(!departure_stamped(&d, packet, sizeof(packet), BEGAN + 9));
	reply(ntp, BEGAN + 1);
	ATF_CHECK(departure_stamped(&d, packet, sizeof(packet), BEGAN + 9));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, converges);
	ATF_TP_ADD_TC(tp, sparse);
	ATF_TP_ADD_TC(tp, outliers);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, clock_steps);
	ATF_TP_ADD_TC(tp, how_often);
	ATF_TP_ADD_TC(tp, unanswered);
	ATF_TP_ADD_TC(tp, strangers);
	return (atf_no_error());
}
