/* SPDX-License-Identifier: ISC */
/*
 * A clock that says what a mirrored daemon says: rows S1 to S5, H8, H9 and
 * H10 of the protocol table.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "clock.h"

#define PRECISION	(-24)
#define START		INT64_C(1700000000)	/* 2023-11-14, no month's end */
#define LEAP		INT64_C(1483228800)	/* 2017-01-01 */
#define CLOSE(a, b)	(fabs((a) - (b)) < 1e-9)

static const struct clock_config config = {
	.source = CLOCK_MIRROR, .stratum = 9, .refid = "LOCL",
	.max_distance = 1.5
};
static struct clock_state	 clock_;
static struct ntp_header	 head;

static void
start(void)
{
	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &config, PRECISION);
}

static void
update_kernel(int64_t sec, const struct clock_kernel *kernel)
{
	struct timespec	 now = { .tv_sec = sec };
	uint8_t		 buf[NTP_HEADER_LEN] = { 0 };

	clock_update(&clock_, &now, kernel);
	memcpy(buf, clock_.head, sizeof(clock_.head));
	ntp_header_get(&head, buf);
	/* H8 */
	ATF_CHECK(head.reference == 0 || !ntp_ts_before(
	    ntp_ts_from_timespec(&now), head.reference));
}

static void
update(int64_t sec)
{
	update_kernel(sec, NULL);
}

/* The mirrored daemon answers. */
static void
answer(int64_t at, int64_t reference, double dispersion, uint8_t leap)
{
	struct clock_mirror	 m = { .valid = true, .stratum = 3,
				    .refid = { 192, 0, 2, 1 },
				    .root_delay = 0.25 };

	m.leap = leap;
	m.root_dispersion = dispersion;
	m.reference.tv_sec = reference;
	m.at.tv_sec = at;
	if (leap == NTP_LEAP_UNSYNC)
		m.stratum = NTP_STRATUM_UNSYNC;
	clock_mirror_set(&clock_, &m);
}

static int64_t
reference(void)
{
	return (ntp_ts_to_ns(head.reference, START * 1000000000) /
	    1000000000);
}

static void
check_unsync(const char *why)
{
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, head.leap);
	ATF_CHECK_EQ(0, head.stratum);
	ATF_CHECK_EQ(0, memcmp(head.refid, "INIT", 4));
	ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) >= 16);
	ATF_CHECK_STREQ(why, clock_.why);
}

ATF_TC_WITHOUT_HEAD(s1_never_heard);
ATF_TC_BODY(s1_never_heard, tc)
{
	static const struct clock_mirror	 nothing;
	struct clock_mirror			 m = nothing;

	start();
	update(START);
	check_unsync("the mirrored daemon has not answered yet");
	ATF_CHECK_EQ(0, head.reference);
	/* the kernel's word is not what was asked for */
	update_kernel(START + 1, &(struct clock_kernel){ .valid = true });
	check_unsync("the mirrored daemon has not answered yet");
	answer(START, 0, 16, NTP_LEAP_UNSYNC);		/* nonsense */
	update(START + 2);
	check_unsync("the mirrored daemon has not answered yet");
	answer(START, 0, 0, NTP_LEAP_UNSYNC);
	update(START + 3);
	check_unsync("the mirrored daemon is not synchronised");
	ATF_CHECK_EQ(0, head.reference);
	clock_mirror_set(&clock_, &nothing);
	update(START + 4);
	check_unsync("the mirrored daemon has not answered yet");
	m.valid = true;		/* stratum 0 */
	clock_mirror_set(&clock_, &m);
	update(START + 5);
	check_unsync("the mirrored daemon has not answered yet");
}

ATF_TC_WITHOUT_HEAD(h10_the_same_clock);
ATF_TC_BODY(h10_the_same_clock, tc)
{
	struct clock_mirror	 m = { .valid = true, .stratum = 1,
				    .refid = "GPS", .reference = { START, 0 },
				    .at = { START, 0 } };

	start();
	answer(START, START - 30, 0.125, 0);
	update(START + 1);
	ATF_CHECK_EQ(0, head.leap);
	ATF_CHECK_EQ(3, head.stratum);	/* not one more: it is our clock */
	ATF_CHECK_EQ(0, memcmp(head.refid, "\xc0\0\2\1", 4));
	ATF_CHECK(CLOSE(ntp_short_to_seconds(head.root_delay), 0.25));
	ATF_CHECK(CLOSE(clock_.root_dispersion, 0.125 + 15e-6));
	ATF_CHECK_EQ(START - 30, reference());
	ATF_CHECK(clock_.why == NULL);
	clock_mirror_set(&clock_, &m);
	update(START + 2);
	ATF_CHECK_EQ(1, head.stratum);
	ATF_CHECK_EQ(0, memcmp(head.refid, "GPS\0", 4));
	ATF_CHECK_EQ(0, head.root_delay);
}

ATF_TC_WITHOUT_HEAD(s2_silence);
ATF_TC_BODY(s2_silence, tc)
{
	double	 was;
	int64_t	 i;

	start();
	answer(START, START - 30, 0.125, 0);
	update(START);
	/* H9: 0.125 + 0.125 of delay leave 1.25 s, for 83333 s */
	for (i = 1; i <= 83000; i += 100) {
		was = clock_.root_dispersion;
		update(START + i);
		ATF_CHECK(clock_.root_dispersion >= was + (i == 1 ? 1 : 100) *
		    14.99e-6);
		ATF_CHECK(CLOSE(clock_.root_dispersion, 0.125 + i * 15e-6));
		/* what is served covers the second until the next update */
		ATF_CHECK(ntp_short_to_seconds(head.root_dispersion) >=
		    clock_.root_dispersion + 15e-6);
	}
	ATF_CHECK_EQ(0, head.leap);
	update(START + 83400);
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, head.leap);
	ATF_CHECK_EQ(3, head.stratum);
	ATF_CHECK_EQ(START - 30, reference());
	ATF_CHECK(clock_.why != NULL &&
	    strstr(clock_.why, "clock.max_distance") != NULL);
	/* it says itself that it is lost, then is there again */
	answer(START + 83401, START - 30, 0, NTP_LEAP_UNSYNC);
	update(START + 83401);
	check_unsync("the mirrored daemon is not synchronised");
	answer(START + 83500, START + 83490, 0.125, 0);
	update(START + 83501);
	ATF_CHECK_EQ(0, head.leap);
	ATF_CHECK_EQ(START + 83490, reference());
	ATF_CHECK(CLOSE(clock_.root_dispersion, 0.125 + 15e-6));
}

ATF_TC_WITHOUT_HEAD(h8_h9_steps);
ATF_TC_BODY(h8_h9_steps, tc)
{
	double	 was;

	start();
	answer(START, START - 30, 0.125, 0);
	update(START + 10);
	was = clock_.root_dispersion;
	/* a step back takes no growth back, and the reference with it */
	update(START - 3600);
	ATF_CHECK(clock_.root_dispersion >= was);
	ATF_CHECK_EQ(START - 3600, reference());
	update(START - 3590);
	ATF_CHECK(clock_.root_dispersion >= was + 149e-6);
	ATF_CHECK_EQ(START - 3600, reference());
	/* the same answer once more is no update of the clock */
	answer(START - 3580, START - 3620, 0.125, 0);
	update(START - 3579);
	ATF_CHECK_EQ(START - 3620, reference());
	answer(START - 3570, START - 3620, 0.126, 0);
	update(START - 3569);
	ATF_CHECK_EQ(START - 3620, reference());
	/* an answer that does not tell */
	answer(START - 3560, 0, 0.126, 0);
	update(START - 3560);
	ATF_CHECK_EQ(0, head.reference);
	ATF_CHECK_EQ(0, head.leap);
	update(INT64_MAX);
	update(INT64_MIN + 64);
	answer(START, START - 1, 0.125, 0);
	update(START);
	ATF_CHECK_EQ(0, head.leap);
	ATF_CHECK(CLOSE(clock_.root_dispersion, 0.125));
}

ATF_TC_WITHOUT_HEAD(s3_s4_leap);
ATF_TC_BODY(s3_s4_leap, tc)
{
	struct clock_kernel	 in = { .valid = true, .in_leap = true };
	struct timespec		 now = { LEAP - 1, 500000000 };

	start();
	/* some announce it a month ahead */
	answer(LEAP - 86401, LEAP - 86401, 0.1, NTP_LEAP_INSERT);
	update(LEAP - 86401);
	ATF_CHECK_EQ(NTP_LEAP_NONE, head.leap);
	update(LEAP - 86400);
	ATF_CHECK_EQ(NTP_LEAP_INSERT, head.leap);
	answer(LEAP - 10, LEAP - 10, 0.1, NTP_LEAP_DELETE);
	update(LEAP - 10);
	ATF_CHECK_EQ(NTP_LEAP_DELETE, head.leap);
	/* the kernel may not have been told yet, or see it as late as we */
	update(LEAP - 1);
	ATF_CHECK(clock_stale(&clock_, &now));
	update_kernel(LEAP - 1, &in);
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, head.leap);
	ATF_CHECK_EQ(3, head.stratum);
	update(LEAP);
	ATF_CHECK_EQ(NTP_LEAP_NONE, head.leap);
}

ATF_TC_WITHOUT_HEAD(s5_smear);
ATF_TC_BODY(s5_smear, tc)
{
	static const struct leap_table	 table = {
		.expires = INT64_C(1900000000), .n = 2,
		.entry = { { INT64_C(1435708800), 36, 0 }, { LEAP, 37, 0 } }
	};
	struct clock_config		 smeared = config;

	smeared.leap = &table;
	memset(&clock_, 0, sizeof(clock_));
	clock_init(&clock_, &smeared, PRECISION);
	/* a list without a smear does not gainsay the daemon */
	answer(LEAP - 100, LEAP - 110, 0.1, NTP_LEAP_NONE);
	update(LEAP - 100);
	ATF_CHECK_EQ(NTP_LEAP_NONE, head.leap);
	smeared.smear = (struct smear){ SMEAR_LINEAR, SMEAR_SIDE,
	    SMEAR_SIDE };
	clock_init(&clock_, &smeared, PRECISION);
	answer(LEAP - 100, LEAP - 110, 0.1, NTP_LEAP_INSERT);
	update(LEAP - 100);
	ATF_CHECK_EQ(NTP_LEAP_NONE, head.leap);
	ATF_CHECK_EQ(254, head.refid[0]);
	ATF_CHECK_EQ(3, head.stratum);
	ATF_CHECK(clock_.smear_offset < -490000000);
	ATF_CHECK(CLOSE(clock_.root_dispersion, 0.1));
	/* on its day, before the window too */
	update(LEAP - 86400);
	ATF_CHECK_EQ(NTP_LEAP_NONE, head.leap);
	ATF_CHECK_EQ(192, head.refid[0]);
}

/* A reload keeps the answer, another source does not. */
ATF_TC_WITHOUT_HEAD(reload);
ATF_TC_BODY(reload, tc)
{
	struct clock_config	 local = config;

	start();
	answer(START, START - 30, 0.125, 0);
	update(START);
	clock_init(&clock_, &config, PRECISION);
	update(START + 1);
	ATF_CHECK_EQ(3, head.stratum);
	local.source = CLOCK_LOCAL;
	clock_init(&clock_, &local, PRECISION);
	update(START + 2);
	ATF_CHECK_EQ(9, head.stratum);
	clock_init(&clock_, &config, PRECISION);
	update(START + 3);
	check_unsync("the mirrored daemon has not answered yet");
	ATF_CHECK_EQ(0, head.reference);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, s1_never_heard);
	ATF_TP_ADD_TC(tp, h10_the_same_clock);
	ATF_TP_ADD_TC(tp, s2_silence);
	ATF_TP_ADD_TC(tp, h8_h9_steps);
	ATF_TP_ADD_TC(tp, s3_s4_leap);
	ATF_TP_ADD_TC(tp, s5_smear);
	ATF_TP_ADD_TC(tp, reload);

	return (atf_no_error());
}
