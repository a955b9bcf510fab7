/* SPDX-License-Identifier: ISC */
/* interleave.c: I1 to I4 and S6, interleaved mode. */

#include <string.h>

#include <atf-c.h>

#include "interleave.h"
#include "ntp_reply.h"

#define SECOND	(UINT64_C(1) << 32)	/* of NTP time */
#define NOW	(UINT64_C(3908988800) << 32)
#define MS	(SECOND / 1000)
#define NS	1000000000ULL		/* of monotonic time */

static struct clients			 table;
static struct interleave_pending	 ring;
static struct client			*entry;
static struct client_key		 key;
static struct clock_state		 clock_;
static struct ntp_header		 reply;
static struct interleave		 il;
static uint8_t				 buf[NTP_PACKET_MAX];
static _Alignas(64) uint8_t		 mem[CLIENTS_HEAD +
					    sizeof(struct clients_set)];

static void
begin(void)
{
	memset(mem, 0, sizeof(mem));
	ATF_REQUIRE_EQ(0, clients_init(&table, mem, sizeof(mem),
	    (const uint8_t *)"sixteen octets.", 32, 64, 0));
	memset(&ring, 0, sizeof(ring));
	memset(&clock_, 0, sizeof(clock_));
	clock_.head[0] = 0;
}

/* A request and its reply, as the engine makes them. */
static void
ask_as(uint8_t first, ntp_ts origin, ntp_ts receive, ntp_ts transmit,
    ntp_ts at)
{
	struct ntp_request	 req;
	uint64_t		 evicted = 0;

	clients_key(&table, &key, (const uint8_t *)"\300\0\2\1", false);
	entry = clients_get(&table, &key, NS, &evicted);
	memset(buf, 0, sizeof(buf));
	buf[0] = first;
	ntp_put64(buf + NTP_OFF_ORIGIN, origin);
	ntp_put64(buf + NTP_OFF_RECEIVE, receive);
	ntp_put64(buf + NTP_OFF_TRANSMIT, transmit);
	ATF_REQUIRE_EQ(NTP_ANSWER, ntp_request_check(&req, buf,
	    NTP_HEADER_LEN, 1234, true));
	interleave_request(&il, entry, table.epoch, buf);
	ntp_reply_head(buf, &req, &clock_, at, 0);
	interleave_reply(&il, entry, table.epoch, buf);
	if (!il.interleaved) {
		ntp_reply_transmit(buf, &clock_, at + MS, 0);
		interleave_transmit(entry, buf);
	}
	if (il.stamp)
		interleave_sent(&ring, &key, table.epoch, buf);
	ntp_header_get(&reply, buf);
	ATF_CHECK(reply.transmit != reply.receive);
	ATF_CHECK(reply.transmit != reply.origin);
	ATF_CHECK(reply.receive != 0 && reply.transmit != 0);
}

static void
ask(ntp_ts origin, ntp_ts receive, ntp_ts transmit, ntp_ts at)
{
	ask_as(4 << 3 | NTP_MODE_CLIENT, origin, receive, transmit, at);
}

/* The reply that was sent last comes back with a stamp. */
static struct client *
stamped(size_t before, size_t after, ntp_ts stamp)
{
	uint8_t	 packet[200];

	memset(packet, 0x45, sizeof(packet));
	memcpy(packet + before, buf, NTP_HEADER_LEN);
	return (interleave_stamped(&ring, &table, packet,
	    before + NTP_HEADER_LEN + after, stamp));
}

ATF_TC(i1_third_reply);
ATF_TC_HEAD(i1_third_reply, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "I1: a pair that was asked for and stamped serves once");
}
ATF_TC_BODY(i1_third_reply, tc)
{
	ntp_ts	 rx;

	begin();
	/* the first: nothing is known, no stamp asked for */
	ask(0, 0, 11, NOW);
	ATF_CHECK_EQ(11, reply.origin);
	ATF_CHECK(!il.stamp && entry->flags == 0);
	/* the second wants the mode: basic, with a stamp */
	rx = reply.receive;
	ask(rx, 22, 12, NOW + SECOND);
	ATF_CHECK_EQ(12, reply.origin);
	ATF_CHECK(!il.interleaved && il.stamp);
	ATF_CHECK_EQ(CLIENT_INTERLEAVED, entry->flags);
	ATF_CHECK_EQ(entry, stamped(28, 0, NOW + SECOND + 2 * MS));
	/* the third gets the second's time of leaving */
	rx = reply.receive;
	ask(rx, 23, 13, NOW + 2 * SECOND);
	ATF_CHECK(il.interleaved && il.stamp);
	ATF_CHECK_EQ(23, reply.origin);
	ATF_CHECK_EQ(NOW + 2 * SECOND, reply.receive);
	ATF_CHECK_EQ(NOW + SECOND + 2 * MS, reply.transmit);
	/* and so on, found by the transmit timestamp of an earlier one */
	ATF_CHECK_EQ(entry, stamped(28, 0, NOW + 2 * SECOND + 5 * MS));
	/* the same request once more: the pair has served */
	ask(rx, 23, 13, NOW + 2 * SECOND + 10 * MS);
	ATF_CHECK(!il.interleaved);
	ATF_CHECK_EQ(13, reply.origin);
	ATF_CHECK_EQ(entry, stamped(28, 0, NOW + 2 * SECOND + 12 * MS));
	ask(reply.receive, 24, 14, NOW + 3 * SECOND);
	ATF_CHECK(il.interleaved);
	ATF_CHECK_EQ(NOW + 2 * SECOND + 12 * MS, reply.transmit);
	/* a pair without a stamp yet: basic */
	ask(reply.receive, 25, 15, NOW + 4 * SECOND);
	ATF_CHECK(!il.interleaved && il.stamp);
	ATF_CHECK_EQ(15, reply.origin);
}

/* Makes the source one that has a stamped pair. */
static void
interleaved(ntp_ts at)
{
	begin();
	ask(0, 0, 11, at);
	ask(reply.receive, 22, 12, at + SECOND);
	ATF_REQUIRE_EQ(entry, stamped(28, 0, at + SECOND + 2 * MS));
}

ATF_TC(i2_anything_else);
ATF_TC_HEAD(i2_anything_else, tc)
{
	atf_tc_set_md_var(tc, "descr", "I2: basic mode in all other cases");
}
ATF_TC_BODY(i2_anything_else, tc)
{
	ntp_ts	 rx;

	/* receive equals transmit */
	interleaved(NOW);
	rx = reply.receive;
	ask(rx, 33, 33, NOW + 2 * SECOND);
	ATF_CHECK(!il.interleaved);
	ATF_CHECK_EQ(33, reply.origin);
	/* an origin that is our transmit timestamp: a basic client */
	interleaved(NOW);
	ask(reply.transmit, 22, 33, NOW + 2 * SECOND);
	ATF_CHECK(!il.interleaved);
	/* an origin of 0 where nothing is saved */
	begin();
	ask(0, 22, 33, NOW);
	ATF_CHECK(!il.interleaved && !il.stamp);
	/* other versions and modes */
	interleaved(NOW);
	rx = reply.receive;
	ask_as(3 << 3 | NTP_MODE_CLIENT, rx, 22, 33, NOW + 2 * SECOND);
	ATF_CHECK(!il.interleaved && !il.stamp);
	interleaved(NOW);
	ask_as(4 << 3 | NTP_MODE_ACTIVE, reply.receive, 22, 33, NOW + SECOND);
	ATF_CHECK(!il.interleaved && !il.stamp);
	/* a reply that got lost ends nothing, a second match missing does */
	interleaved(NOW);
	ask(99, 22, 33, NOW + 2 * SECOND);
	ATF_CHECK(!il.interleaved && il.stamp);
	ask(reply.receive, 22, 34, NOW + 3 * SECOND);
	ATF_CHECK(il.stamp);
	ask(99, 22, 35, NOW + 4 * SECOND);
	ATF_CHECK(il.stamp);
	ask(99, 22, 36, NOW + 5 * SECOND);
	ATF_CHECK(!il.stamp);
	ATF_CHECK_EQ(0, entry->flags);
}

ATF_TC(i3_unique);
ATF_TC_HEAD(i3_unique, tc)
{
	atf_tc_set_md_var(tc, "descr", "I3: receive timestamps are unique for "
	    "a source, a transmit never equals a saved receive");
}
ATF_TC_BODY(i3_unique, tc)
{
	ntp_ts		 seen[100];
	uint8_t		 first[NTP_HEADER_LEN];
	unsigned int	 i, k;

	begin();
	for (i = 0; i < 100; i++) {
		/* the same stamp, or one before it, again and again */
		ask(0, 0, 11 + i, NOW - i % 3);
		seen[i] = reply.receive;
		for (k = 0; k < i; k++)
			ATF_CHECK(seen[k] != seen[i]);
		ATF_CHECK(reply.receive - (NOW - 2) < 1000);
	}
	/* neither 0, nor what the request says */
	begin();
	ask(0, 0, NOW, NOW);
	ATF_CHECK_EQ(NOW + 1, reply.receive);
	ask(0, 0, 5, UINT64_MAX);
	ask(0, 0, 6, UINT64_MAX);
	ATF_CHECK_EQ(1, reply.receive);
	/* nor the transmit timestamp that goes with it */
	interleaved(NOW);
	entry->saved_transmit = NOW + 2 * SECOND;
	ask(reply.receive, 44, 45, NOW + 2 * SECOND);
	ATF_CHECK(il.interleaved);
	ATF_CHECK_EQ(NOW + 2 * SECOND + 1, reply.receive);
	/* two of a batch: the first's transmit is not the other's receive */
	begin();
	ask(0, 0, 11, NOW);
	memcpy(first, buf, sizeof(first));
	ask(0, 0, 12, ntp_get64(first + NTP_OFF_TRANSMIT));
	interleave_transmit(entry, first);
	ATF_CHECK_EQ(entry->saved_receive + 1,
	    ntp_get64(first + NTP_OFF_TRANSMIT));
	/* and not 0 or the origin either */
	entry->saved_receive = UINT64_MAX;
	ntp_put64(first + NTP_OFF_TRANSMIT, UINT64_MAX);
	ntp_put64(first + NTP_OFF_ORIGIN, 1);
	interleave_transmit(entry, first);
	ATF_CHECK_EQ(2, ntp_get64(first + NTP_OFF_TRANSMIT));
}

ATF_TC(i4_s6_steps);
ATF_TC_HEAD(i4_s6_steps, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "I4, S6: a step of the clock voids all that is saved");
}
ATF_TC_BODY(i4_s6_steps, tc)
{
	ntp_ts		 rx;
	unsigned int	 i;

	interleaved(NOW);
	rx = reply.receive;
	clients_step(&table);
	ask(rx, 23, 13, NOW + 2 * SECOND);
	ATF_CHECK(!il.interleaved);
	/* a stamp on its way when the clock is stepped */
	interleaved(NOW);
	ask(reply.receive, 23, 13, NOW + 2 * SECOND);
	clients_step(&table);
	ATF_CHECK_EQ(NULL, stamped(28, 0, NOW + 2 * SECOND + MS));
	ATF_CHECK_EQ(0, entry->saved_transmit);
	/* one that was stamped by the clock as it is now, without our notice */
	interleaved(NOW);
	ask(reply.receive, 23, 13, NOW + 2 * SECOND);
	ATF_CHECK_EQ(NULL, stamped(28, 0, NOW + 3 * SECOND));
	interleaved(NOW);
	ask(reply.receive, 23, 13, NOW + 2 * SECOND);
	ATF_CHECK_EQ(NULL, stamped(28, 0, NOW + 2 * SECOND - 1));
	/* epochs come again: by then the sweep has been there */
	interleaved(NOW);
	rx = reply.receive;
	for (i = 0; i < 65536; i++) {
		clients_step(&table);
		if (i % 1000 == 0)
			clients_sweep(&table, NS, 1);
	}
	ATF_CHECK_EQ(entry->epoch, table.epoch);
	ATF_CHECK_EQ(0, entry->saved_receive);
	ask(rx, 23, 13, NOW + 2 * SECOND);
	ATF_CHECK(!il.interleaved);
	/* and then it works again */
	ask(reply.receive, 22, 12, NOW + 3 * SECOND);
	ATF_CHECK_EQ(entry, stamped(0, 0, NOW + 3 * SECOND + MS));
}

ATF_TC_WITHOUT_HEAD(i1_looped_packets);
ATF_TC_BODY(i1_looped_packets, tc)
{
	static const size_t	 trailers[] = { 0, 20, 24, 36 };
	static const size_t	 headers[] = { 0, 8, 28, 42, 48, 62, 66 };
	uint8_t			 whole[NTP_HEADER_LEN];
	unsigned int		 i, k;
	size_t			 n;

	for (i = 0; i < 4; i++)
		for (k = 0; k < 7; k++) {
			interleaved(NOW);
			ask(reply.receive, 23, 13, NOW + 2 * SECOND);
			ATF_CHECK_EQ(NULL, stamped(headers[k], trailers[i] +
			    8, NOW + 2 * SECOND + MS));
			ATF_CHECK_EQ(entry, stamped(headers[k], trailers[i],
			    NOW + 2 * SECOND + MS));
			ATF_CHECK_EQ(NOW + 2 * SECOND + MS,
			    entry->saved_transmit);
			/* once */
			ATF_CHECK_EQ(NULL, stamped(headers[k], trailers[i],
			    NOW + 2 * SECOND + MS));
		}
	/* too short, and what was never sent */
	ask(reply.receive, 23, 13, NOW + 5 * SECOND);
	memcpy(whole, buf, sizeof(whole));
	for (n = 0; n < sizeof(whole); n++)
		ATF_CHECK_EQ(NULL, interleave_stamped(&ring, &table, whole, n,
		    NOW + 5 * SECOND + MS));
	buf[NTP_OFF_RECEIVE]++;
	ATF_CHECK_EQ(NULL, stamped(28, 0, NOW + 5 * SECOND + MS));
	memset(buf, 0, NTP_HEADER_LEN);
	buf[0] = 4 << 3 | NTP_MODE_SERVER;
	ATF_CHECK_EQ(NULL, stamped(28, 0, NOW + 5 * SECOND + MS));
	memcpy(buf, whole, sizeof(whole));
	ATF_CHECK_EQ(entry, stamped(28, 0, NOW + 5 * SECOND + MS));
}

/* A stamp finds its source only where that is still there, and waits. */
ATF_TC_WITHOUT_HEAD(i4_evicted_or_later);
ATF_TC_BODY(i4_evicted_or_later, tc)
{
	struct client_key	 k;
	uint8_t			 first[NTP_HEADER_LEN];
	uint64_t		 evicted = 0;
	uint8_t			 i;

	/* a later request has another pair */
	interleaved(NOW);
	ask(reply.receive, 23, 13, NOW + 2 * SECOND);
	memcpy(first, buf, sizeof(first));
	ask(reply.receive, 24, 14, NOW + 2 * SECOND + MS);
	ATF_CHECK_EQ(NULL, interleave_stamped(&ring, &table, first,
	    sizeof(first), NOW + 2 * SECOND + 3 * MS));
	ATF_CHECK_EQ(0, entry->saved_transmit);
	ATF_CHECK_EQ(entry, stamped(28, 0, NOW + 2 * SECOND + 3 * MS));
	/* other sources took the place */
	ask(reply.receive, 25, 15, NOW + 4 * SECOND);
	for (i = 0; i < CLIENTS_WAYS; i++) {
		clients_key(&table, &k, (const uint8_t[4]){ 9, 9, 9, i },
		    false);
		clients_get(&table, &k, (2 + i) * NS, &evicted);
	}
	ATF_CHECK_EQ(1, evicted);
	ATF_CHECK_EQ(NULL, stamped(28, 0, NOW + 4 * SECOND + MS));
	/* the ring forgets the oldest */
	interleaved(NOW);
	ask(reply.receive, 23, 13, NOW + 2 * SECOND);
	memcpy(first, buf, sizeof(first));
	for (i = 0; i < INTERLEAVE_PENDING; i++) {
		ntp_put64(buf + NTP_OFF_TRANSMIT, NOW + 3 * SECOND + i);
		interleave_sent(&ring, &key, table.epoch, buf);
	}
	ATF_CHECK_EQ(NULL, interleave_stamped(&ring, &table, first,
	    sizeof(first), NOW + 2 * SECOND + MS));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, i1_third_reply);
	ATF_TP_ADD_TC(tp, i2_anything_else);
	ATF_TP_ADD_TC(tp, i3_unique);
	ATF_TP_ADD_TC(tp, i4_s6_steps);
	ATF_TP_ADD_TC(tp, i1_looped_packets);
	ATF_TP_ADD_TC(tp, i4_evicted_or_later);
	return (atf_no_error());
}
