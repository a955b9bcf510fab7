/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: any octets as the answer of a mirrored daemon.  The first octet
 * says what is put right, so that the deeper checks are reached; what is taken
 * can be served: the clock says the same, or that it is not synchronised.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "clock.h"

#define RIGHT_ORIGIN	0x01
#define RIGHT_TIME	0x02
#define RIGHT_MODE	0x04
#define LATER		0x08	/* the clock is looked at much later */

static void	 check_clock(const struct clock_mirror *, bool);

static void
check_clock(const struct clock_mirror *m, bool later)
{
	struct clock_config	 config = { .source = CLOCK_MIRROR,
				    .stratum = 9, .refid = "FUZZ",
				    .max_distance = 1.5 };
	struct clock_state	 clock;
	struct timespec		 now = m->at;

	memset(&clock, 0, sizeof(clock));
	clock_init(&clock, &config, -20);
	clock_mirror_set(&clock, m);
	if (later)
		now.tv_sec += 3600;
	clock_update(&clock, &now, NULL);
	CHECK(clock.root_dispersion >= m->root_dispersion);
	if (m->stratum == NTP_STRATUM_UNSYNC) {
		CHECK(clock.leap == NTP_LEAP_UNSYNC && clock.why != NULL);
		CHECK(clock.head[NTP_OFF_STRATUM] == 0);
		return;
	}
	CHECK(clock.stratum == m->stratum);
	CHECK(memcmp(clock.refid, m->refid, sizeof(clock.refid)) == 0);
	CHECK(clock.leap == m->leap || clock.leap == NTP_LEAP_NONE ||
	    clock.root_delay / 2 + clock.root_dispersion > 1.5);
	CHECK(!ntp_ts_before(ntp_ts_from_timespec(&now),
	    ntp_get64(clock.head + NTP_OFF_REFERENCE)) ||
	    ntp_get64(clock.head + NTP_OFF_REFERENCE) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct clock_mirror	 m;
	enum mirror_verdict	 verdict;
	struct timespec		 now;
	uint8_t			 buf[512], how;
	int32_t			 sec;
	ntp_ts			 sent;

	if (len < 1 + sizeof(sec) || len > sizeof(buf))
		return (0);
	how = data[0];
	memcpy(&sec, data + 1, sizeof(sec));
	data += 1 + sizeof(sec);
	len -= 1 + sizeof(sec);
	now.tv_sec = (int64_t)sec * 2;	/* before 1970, and era 1 */
	now.tv_nsec = (uint32_t)sec % 1000000000;
	memset(buf, 0, sizeof(buf));
	sent = mirror_request(buf, (uint64_t)now.tv_nsec << 32);
	CHECK(sent != 0 && ntp_get64(buf + NTP_OFF_TRANSMIT) == sent);
	/* our own question is no answer */
	CHECK(mirror_check(buf, NTP_HEADER_LEN, sent, &m, &now) ==
	    MIRROR_MODE);

	memcpy(buf, data, len);
	if (len >= NTP_HEADER_LEN) {
		if (how & RIGHT_ORIGIN)
			ntp_put64(buf + NTP_OFF_ORIGIN, sent);
		if (how & RIGHT_TIME)
			ntp_put64(buf + NTP_OFF_TRANSMIT,
			    ntp_ts_from_timespec(&now));
		if (how & RIGHT_MODE)
			buf[0] = (buf[0] & 0xc0) | 4 << 3 | NTP_MODE_SERVER;
	}
	verdict = mirror_check(buf, len, sent, &m, &now);
	CHECK(strcmp(mirror_strverdict(verdict), "unknown verdict") != 0);
	CHECK(mirror_ok(&m));
	CHECK(m.valid == (verdict == MIRROR_GOOD));
	CHECK((len < NTP_HEADER_LEN) == (verdict == MIRROR_SHORT));
	CHECK(len < NTP_HEADER_LEN || verdict == MIRROR_MODE ||
	    verdict == MIRROR_VERSION || (verdict == MIRROR_ORIGIN) ==
	    (ntp_get64(buf + NTP_OFF_ORIGIN) != sent));
	if (verdict == MIRROR_GOOD)
		check_clock(&m, (how & LATER) != 0);
	return (0);
}
