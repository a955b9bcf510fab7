/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: any octets as a request, answered by a clock in any state.  The
 * first octets of the input set the clock, the time and the randomness, the
 * rest is the packet.  What must hold of every reply is asserted here:
 *
 *	F12 it is not longer than the request, F6 fed back it is dropped,
 *	F3 to F5 its mode and version, H1 the origin, H4 the poll,
 *	H5 and H6 the order of the timestamps, H8 the reference, H11 no zeroes,
 *	S5 the smear of the receive timestamp.
 *
 * cc -fsanitize=fuzzer,address,undefined -Icommon regress/fuzz/fuzz_packet.c
 *     common/ntp_time.c common/ntp_packet.c common/ntp_reply.c
 *     common/clock*.c common/leap.c common/mirror.c common/smear.c -lmd -lm
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "ntp_reply.h"

/* How the input begins; the rest of it is the packet. */
struct setting {
	int64_t		 update[2], rx, tx;	/* seconds */
	uint32_t	 update_ns[2], rx_ns, tx_ns;
	uint64_t	 random[2];
	double		 max_error[2], max_distance;
	uint16_t	 port;
	int8_t		 precision;
	uint8_t		 stratum, source, flags[2], symmetric, leap;
	struct {
		int64_t		 reference, at;
		uint32_t	 ns;
		uint16_t	 delay, dispersion;	/* 1/4096 s */
		uint8_t		 leap, stratum, refid[4];
	} mirror;
};

static void	 make_clock(struct clock_state *, const struct setting *);
static void	 make_leap(struct clock_config *, const struct setting *);
static void	 make_mirror(struct clock_mirror *, const struct setting *);
static ntp_ts	 stamp(int64_t, uint32_t);
static void	 check_reply(const struct ntp_header *,
		    const struct ntp_header *);

static ntp_ts
stamp(int64_t sec, uint32_t nsec)
{
	struct timespec	 t = { .tv_sec = sec, .tv_nsec = nsec % 1000000000 };

	return (ntp_ts_from_timespec(&t));
}

/* A leap second at a midnight near the updates. */
static void
make_leap(struct clock_config *config, const struct setting *set)
{
	static struct leap_table	 table;
	int64_t				 day = set->update[1] / 10 / 86400;

	memset(&table, 0, sizeof(table));
	for (; day > -200000 && day < 200000; day++)
		if (leap_first_of_month(day))
			break;
	table.n = 2;
	table.expires = set->leap & 4 ? 0 : LEAP_TIME_MAX;
	table.entry[0].at = -INT64_C(86400) * 365 * 570 - 86400 * 138;
	while (!leap_first_of_month(table.entry[0].at / 86400))
		table.entry[0].at -= 86400;
	table.entry[1].at = day * 86400;
	table.entry[1].tai = set->leap & 8 ? 1 : -1;
	if (leap_table_check(&table) == -1)
		return;
	config->leap = &table;
	config->smear.kind = (enum smear_kind)((set->leap & 3) % 3);
	config->smear.before = set->leap & 16 ? 1 : SMEAR_SIDE;
	config->smear.after = set->leap & 32 ? SMEAR_SIDE_MAX : SMEAR_SIDE;
	CHECK(smear_ok(&config->smear));
}

/* What a mirrored daemon said; it may be nonsense. */
static void
make_mirror(struct clock_mirror *m, const struct setting *set)
{
	memset(m, 0, sizeof(*m));
	m->valid = set->mirror.leap & 4;
	m->leap = set->mirror.leap & 3;
	m->stratum = set->mirror.stratum % 20;
	memcpy(m->refid, set->mirror.refid, sizeof(m->refid));
	m->root_delay = set->mirror.delay / 4096.0;
	m->root_dispersion = set->mirror.dispersion / 4096.0;
	m->reference.tv_sec = set->mirror.reference / 10;
	m->at.tv_sec = set->mirror.at / 10;
	m->at.tv_nsec = set->mirror.ns % 1000000001;
}

/* A clock that was looked at twice. */
static void
make_clock(struct clock_state *clock, const struct setting *set)
{
	struct clock_config	 config = { .refid = "FUZZ" };
	struct clock_kernel	 kernel;
	struct clock_mirror	 mirror;
	struct timespec		 now;
	int			 i;

	config.source = (enum clock_source)(set->source % 3);
	config.stratum = 1 + set->stratum % 15;
	config.max_distance = set->max_distance;
	if (set->source & 128)
		make_leap(&config, set);
	memset(clock, 0, sizeof(*clock));
	clock_init(clock, &config, set->precision);
	make_mirror(&mirror, set);
	clock_mirror_set(clock, &mirror);
	for (i = 0; i < 2; i++) {
		kernel.valid = set->flags[i] & 1;
		kernel.unsync = set->flags[i] & 2;
		kernel.insert = set->flags[i] & 4;
		kernel.del = set->flags[i] & 8;
		kernel.in_leap = set->flags[i] & 16;
		kernel.max_error = set->max_error[i];
		/* a tenth of what time_t holds, 29 billion years */
		now.tv_sec = set->update[i] / 10;
		now.tv_nsec = set->update_ns[i] % 1000000000;
		clock_update(clock, &now, set->flags[i] & 32 ? NULL : &kernel);
	}
}

static void
check_reply(const struct ntp_header *req, const struct ntp_header *reply)
{
	CHECK(reply->version == req->version);
	CHECK(req->version >= 1 && req->version <= 4);
	switch (req->mode) {
	case NTP_MODE_UNSPEC:
	case NTP_MODE_CLIENT:
		CHECK(req->mode == NTP_MODE_CLIENT || req->version == 1);
		CHECK(reply->mode == NTP_MODE_SERVER);
		break;
	case NTP_MODE_ACTIVE:
		CHECK(reply->mode == NTP_MODE_PASSIVE);
		break;
	default:
		CHECK(!"a mode that is never answered");
	}
	CHECK(reply->stratum < NTP_STRATUM_UNSYNC);
	CHECK(reply->stratum != 0 || (reply->leap == NTP_LEAP_UNSYNC &&
	    memcmp(reply->refid, "INIT", 4) == 0));
	CHECK(reply->poll == req->poll);
	CHECK(reply->precision >= -32 && reply->precision <= -6);
	CHECK(reply->origin == req->transmit);
	CHECK(reply->receive != 0 && reply->transmit != 0);
	CHECK(ntp_ts_diff(reply->transmit, reply->receive) > 0);
	CHECK(reply->transmit != reply->origin);
	CHECK(reply->reference == 0 ||
	    !ntp_ts_before(reply->receive, reply->reference));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clock_state	 clock;
	struct ntp_header	 req_header, reply_header;
	struct ntp_request	 req;
	struct setting		 set;
	uint8_t			 buf[NTP_HEADER_LEN];
	ntp_ts			 rx;

	if (size < sizeof(set))
		return (0);
	memcpy(&set, data, sizeof(set));
	data += sizeof(set);
	size -= sizeof(set);
	make_clock(&clock, &set);
	if (ntp_request_check(&req, data, size, set.port, set.symmetric & 1) !=
	    NTP_ANSWER)
		return (0);

	CHECK(size >= NTP_HEADER_LEN);
	memcpy(buf, data, sizeof(buf));
	ntp_header_get(&req_header, buf);
	rx = stamp(set.rx, set.rx_ns);
	ntp_reply_head(buf, &req, &clock, rx, set.random[0]);
	ntp_reply_transmit(buf, &clock, stamp(set.tx, set.tx_ns),
	    set.random[1]);
	ntp_header_get(&reply_header, buf);
	check_reply(&req_header, &reply_header);
	CHECK(((reply_header.receive ^ clock_smear(&clock, rx)) &
	    ~clock.random_mask) == 0);
	CHECK(ntp_request_check(&req, buf, sizeof(buf), set.port, true) ==
	    NTP_DROP_MODE);
	return (0);
}
