/* SPDX-License-Identifier: ISC */
/*
 * Asking a mirrored daemon: what of its answers is believed.  Rows H2, H8,
 * H10 and H11 of the protocol table.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "mirror.h"

#define START		INT64_C(1700000000)
#define SENT		UINT64_C(0x0123456789abcdef)
#define CLOSE(a, b)	(fabs((a) - (b)) < 1e-9)

static struct ntp_header	 h;
static struct clock_mirror	 m;
static struct timespec		 now;

static ntp_ts
ntp(int64_t sec, long nsec)
{
	struct timespec	 t = { .tv_sec = sec, .tv_nsec = nsec };

	return (ntp_ts_from_timespec(&t));
}

/* What a good daemon answers; a test spoils one thing of it. */
static void
good_answer(void)
{
	memset(&h, 0, sizeof(h));
	h.version = 4;
	h.mode = NTP_MODE_SERVER;
	h.stratum = 2;
	h.precision = -25;
	h.root_delay = 0x8000;		/* 0.5 s */
	h.root_dispersion = 0x4000;	/* 0.25 s */
	memcpy(h.refid, "\xc0\x00\x02\x01", 4);
	h.reference = ntp(START - 100, 250000000);
	h.origin = SENT;
	h.receive = ntp(START, 400000000);
	h.transmit = ntp(START, 499900000);
	now.tv_sec = START;
	now.tv_nsec = 500000000;
}

static enum mirror_verdict
check_len(size_t len)
{
	uint8_t			 buf[NTP_HEADER_LEN + 20] = { 0 };
	enum mirror_verdict	 verdict;

	ntp_header_put(buf, &h);
	memset(&m, 0xa5, sizeof(m));
	verdict = mirror_check(buf, len, SENT, &m, &now);
	ATF_CHECK(strcmp(mirror_strverdict(verdict), "unknown verdict") != 0);
	ATF_CHECK_EQ(verdict == MIRROR_GOOD, m.valid);
	ATF_CHECK(mirror_ok(&m));
	return (verdict);
}

static enum mirror_verdict
check(void)
{
	return (check_len(NTP_HEADER_LEN));
}

ATF_TC_WITHOUT_HEAD(h2_the_request_tells_nothing);
ATF_TC_BODY(h2_the_request_tells_nothing, tc)
{
	uint8_t	 buf[NTP_HEADER_LEN], want[NTP_HEADER_LEN] = { 0 };

	want[0] = 4 << 3 | 3;
	want[NTP_OFF_PRECISION] = 32;
	ntp_put64(want + NTP_OFF_TRANSMIT, SENT);
	memset(buf, 0xa5, sizeof(buf));
	ATF_CHECK_EQ(SENT, mirror_request(buf, SENT));
	ATF_CHECK_EQ(0, memcmp(buf, want, sizeof(buf)));
	/* H11: an all-zero timestamp is never sent */
	ATF_CHECK_EQ(1, mirror_request(buf, 0));
	ATF_CHECK_EQ(1, ntp_get64(buf + NTP_OFF_TRANSMIT));
}

ATF_TC_WITHOUT_HEAD(a_good_answer);
ATF_TC_BODY(a_good_answer, tc)
{
	good_answer();
	h.leap = NTP_LEAP_DELETE;
	ATF_CHECK_EQ(MIRROR_GOOD, check());
	ATF_CHECK_EQ(NTP_LEAP_DELETE, m.leap);
	ATF_CHECK_EQ(2, m.stratum);
	ATF_CHECK_EQ(0, memcmp(m.refid, "\xc0\x00\x02\x01", 4));
	ATF_CHECK(CLOSE(m.root_delay, 0.5));
	ATF_CHECK(CLOSE(m.root_dispersion, 0.25));
	ATF_CHECK(m.reference.tv_sec == START - 100 &&
	    m.reference.tv_nsec == 250000000);
	ATF_CHECK(m.at.tv_sec == START && m.at.tv_nsec == 500000000);
	h.version = 3;
	ATF_CHECK_EQ(MIRROR_GOOD, check());
	ATF_CHECK_EQ(MIRROR_GOOD, check_len(NTP_HEADER_LEN + 20));
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	size_t	 len;
	int	 i;

#define REFUSED(change, verdict)					\
	do {								\
		good_answer();						\
		change;							\
		ATF_CHECK_EQ_MSG(verdict, check(), "%s", #change);	\
		ATF_CHECK_EQ_MSG(0, m.stratum, "%s", #change);		\
	} while (0)

	good_answer();
	for (len = 0; len < NTP_HEADER_LEN; len++)
		ATF_CHECK_EQ(MIRROR_SHORT, check_len(len));
	for (i = 0; i < 8; i++)
		if (i != NTP_MODE_SERVER)
			REFUSED(h.mode = i, MIRROR_MODE);
	for (i = 0; i < 8; i++)
		if (i != 3 && i != 4)
			REFUSED(h.version = i, MIRROR_VERSION);
	REFUSED(h.origin ^= 1, MIRROR_ORIGIN);
	REFUSED(h.origin = 0, MIRROR_ORIGIN);
	REFUSED(h.origin ^= UINT64_C(1) << 63, MIRROR_ORIGIN);
	REFUSED(h.transmit = 0, MIRROR_TRANSMIT);
	REFUSED(h.stratum = 17, MIRROR_STRATUM);
	REFUSED(h.stratum = 255, MIRROR_STRATUM);
	REFUSED(h.stratum = 0, MIRROR_STRATUM);	/* no kiss, no LI 3 */
	REFUSED(h.root_delay = 16 << 16, MIRROR_ROOT);
	REFUSED(h.root_dispersion = 16 << 16, MIRROR_ROOT);
	REFUSED(h.root_delay = UINT32_MAX, MIRROR_ROOT);
	good_answer();
	h.root_delay = h.root_dispersion = (16 << 16) - 1;
	ATF_CHECK_EQ(MIRROR_GOOD, check());
}

/* It is the clock that we serve, or what it says is not true of ours. */
ATF_TC_WITHOUT_HEAD(another_clock);
ATF_TC_BODY(another_clock, tc)
{
	good_answer();
	h.transmit = ntp(START, 400001000);
	ATF_CHECK_EQ(MIRROR_GOOD, check());
	h.transmit = ntp(START, 599999000);
	ATF_CHECK_EQ(MIRROR_GOOD, check());
	REFUSED(h.transmit = ntp(START, 399999000), MIRROR_OFFSET);
	REFUSED(h.transmit = ntp(START, 600001000), MIRROR_OFFSET);
	REFUSED(h.transmit = ntp(START + 3600, 0), MIRROR_OFFSET);
	REFUSED(h.transmit = 1, MIRROR_OFFSET);
}

ATF_TC_WITHOUT_HEAD(kiss_codes);
ATF_TC_BODY(kiss_codes, tc)
{
	good_answer();
	h.leap = NTP_LEAP_UNSYNC;
	h.stratum = 0;
	h.transmit = 0;			/* not to be used */
	memcpy(h.refid, "RATE", 4);
	ATF_CHECK_EQ(MIRROR_KISS, check());
	ATF_CHECK_EQ(0, memcmp(m.refid, "RATE", 4));
	memcpy(h.refid, "DENY", 4);
	h.leap = 0;
	ATF_CHECK_EQ(MIRROR_KISS, check());
	ATF_CHECK_EQ(0, memcmp(m.refid, "DENY", 4));
	/* one that somebody else made up */
	h.origin++;
	ATF_CHECK_EQ(MIRROR_ORIGIN, check());
}

static void
check_unsync(void)
{
	ATF_CHECK_EQ(MIRROR_GOOD, check());
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, m.leap);
	ATF_CHECK_EQ(NTP_STRATUM_UNSYNC, m.stratum);
	ATF_CHECK(m.at.tv_sec == START);
}

ATF_TC_WITHOUT_HEAD(s1_not_synchronised);
ATF_TC_BODY(s1_not_synchronised, tc)
{
	static const char *const refids[] = { "INIT", "STEP", "\0\0\0\0" };
	size_t			 i;

	for (i = 0; i < 3; i++) {
		good_answer();
		h.leap = NTP_LEAP_UNSYNC;
		h.stratum = 0;
		h.root_dispersion = UINT32_MAX;
		h.reference = 0;
		memcpy(h.refid, refids[i], 4);
		check_unsync();
	}
	good_answer();
	h.leap = NTP_LEAP_UNSYNC;	/* it lost its source */
	check_unsync();
	good_answer();
	h.stratum = 16;
	check_unsync();
	good_answer();
	h.stratum = 0;			/* its two words disagree */
	memcpy(h.refid, "INIT", 4);
	ATF_CHECK_EQ(MIRROR_STRATUM, check());
}

static void
check_refid(int stratum, const char *refid, const char *want)
{
	good_answer();
	h.stratum = (uint8_t)stratum;
	memcpy(h.refid, refid, 4);
	if (want == NULL) {
		ATF_CHECK_EQ(MIRROR_REFID, check());
		return;
	}
	ATF_CHECK_EQ(MIRROR_GOOD, check());
	ATF_CHECK_EQ(0, memcmp(m.refid, want, 4));
}

ATF_TC_WITHOUT_HEAD(h10_refid);
ATF_TC_BODY(h10_refid, tc)
{
	check_refid(1, "GPS\0", "GPS\0");
	check_refid(1, "PPS ", "PPS ");
	check_refid(1, "X\0\0\0", "X\0\0\0");
	check_refid(1, "DCFa", "DCFa");
	check_refid(1, "\x7f\x7f\x01\x01", "LOCL");
	check_refid(1, "\x7f\x00\x00\x01", NULL);
	check_refid(1, "\0\0\0\0", NULL);
	check_refid(1, "\0GPS", NULL);
	check_refid(1, "G\0PS", NULL);
	check_refid(1, "GPS\n", NULL);
	check_refid(2, "\x7f\x7f\x01\x01", "\x7f\x7f\x01\x01");
	check_refid(15, "\0\0\0\0", "\0\0\0\0");
	check_refid(2, "RATE", "RATE");		/* an address like any */
}

static void
check_reference(ntp_ts reference, int64_t sec, long nsec)
{
	h.reference = reference;
	ATF_CHECK_EQ(MIRROR_GOOD, check());
	ATF_CHECK_EQ_MSG(sec, m.reference.tv_sec, "%lld, not %lld",
	    (long long)m.reference.tv_sec, (long long)sec);
	ATF_CHECK_EQ_MSG(nsec, m.reference.tv_nsec, "%ld, not %ld",
	    m.reference.tv_nsec, nsec);
}

ATF_TC_WITHOUT_HEAD(h8_reference);
ATF_TC_BODY(h8_reference, tc)
{
	int64_t	 era = INT64_C(2085978496);

	good_answer();
	check_reference(ntp(START, 499999999), START, 499999999);
	check_reference(ntp(START, 0), START, 0);
	check_reference(ntp(START, 0) - 1, START, 0);
	check_reference(ntp(START - 86400, 1), START - 86400, 1);
	/* never after the answer, 0 where it does not say */
	check_reference(ntp(START, 600000000), START, 500000000);
	check_reference(ntp(START + 1000, 0), START, 500000000);
	check_reference(0, 0, 0);
	/* across the era */
	now.tv_sec = era + 10;
	h.transmit = ntp(era + 10, 500000000);
	check_reference(ntp(era - 10, 250000000), era - 10, 250000000);
	check_reference(ntp(era, 1), era, 1);
	now.tv_sec = era;
	h.transmit = ntp(era, 500000000);
	check_reference(UINT64_MAX, era, 0);
}

/* What comes from another process is looked at again. */
ATF_TC_WITHOUT_HEAD(what_is_no_answer);
ATF_TC_BODY(what_is_no_answer, tc)
{
	struct clock_mirror	 x;
	int			 i;

	for (i = 0; i < 16; i++) {
		good_answer();
		ATF_CHECK_EQ(MIRROR_GOOD, check());
		x = m;
		switch (i) {
		case 0: x.leap = 4; break;
		case 1: x.leap = NTP_LEAP_UNSYNC; break;	/* stratum 2 */
		case 2: x.stratum = 0; break;
		case 3: x.stratum = 16; break;
		case 4: x.root_delay = NAN; break;
		case 5: x.root_delay = -1; break;
		case 6: x.root_delay = 16; break;
		case 7: x.root_dispersion = INFINITY; break;
		case 8: x.root_dispersion = -1e-9; break;
		case 9: x.reference.tv_nsec = -1; break;
		case 10: x.reference.tv_nsec = 1000000000; break;
		case 11: x.at.tv_nsec = -1; break;
		case 12: x.at.tv_nsec = 1000000000; break;
		case 13: x.stratum = 1; break;		/* of that refid */
		case 14: x.stratum = 255; break;
		case 15: x.root_dispersion = NAN; break;
		}
		ATF_CHECK_MSG(!mirror_ok(&x), "case %d", i);
		x.valid = false;
		ATF_CHECK(mirror_ok(&x));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, h2_the_request_tells_nothing);
	ATF_TP_ADD_TC(tp, a_good_answer);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, another_clock);
	ATF_TP_ADD_TC(tp, kiss_codes);
	ATF_TP_ADD_TC(tp, s1_not_synchronised);
	ATF_TP_ADD_TC(tp, h10_refid);
	ATF_TP_ADD_TC(tp, h8_reference);
	ATF_TP_ADD_TC(tp, what_is_no_answer);

	return (atf_no_error());
}
