/* SPDX-License-Identifier: ISC */
/* The kiss-o'-death of K1 and K6. */

#include <string.h>

#include <atf-c.h>

#include "ntp_reply.h"

static uint8_t			 buf[NTP_PACKET_MAX];
static struct ntp_header	 kod;

/* The KoD to a request all of whose fields are set. */
static void
make(uint8_t version, uint8_t mode, ntp_ts transmit, const char *code)
{
	struct ntp_request	 req;

	memset(buf, 0xa5, sizeof(buf));
	buf[0] = version << 3 | mode;
	ntp_put64(buf + NTP_OFF_TRANSMIT, transmit);
	ATF_REQUIRE_EQ(NTP_ANSWER, ntp_request_check(&req, buf,
	    NTP_HEADER_LEN, 1234, true));
	ntp_reply_kod(buf, &req, code, 9);
	ntp_header_get(&kod, buf);
}

static void
check(uint8_t version, uint8_t mode, uint8_t reply_mode, const char *code)
{
	struct ntp_request	 req;
	ntp_ts			 transmit = 0x123456789abcdef0;

	make(version, mode, transmit, code);
	ATF_CHECK_EQ(NTP_LEAP_UNSYNC, kod.leap);
	ATF_CHECK_EQ(version, kod.version);
	ATF_CHECK_EQ(reply_mode, kod.mode);
	ATF_CHECK_EQ(0, kod.stratum);
	ATF_CHECK_EQ(9, kod.poll);
	ATF_CHECK_EQ(0, memcmp(kod.refid, code, 4));
	ATF_CHECK_EQ(0, kod.root_delay);
	ATF_CHECK_EQ(0, kod.root_dispersion);
	/* no time of ours, but the client knows it for its own */
	ATF_CHECK_EQ(0, kod.reference);
	ATF_CHECK_EQ(transmit, kod.origin);
	ATF_CHECK_EQ(transmit, kod.receive);
	ATF_CHECK_EQ(transmit, kod.transmit);
	/* nothing behind the header was touched (F12) */
	ATF_CHECK_EQ(0xa5, buf[NTP_HEADER_LEN]);
	/* F6: fed back it is dropped */
	ATF_CHECK_EQ(NTP_DROP_MODE, ntp_request_check(&req, buf,
	    NTP_HEADER_LEN, 1234, true));
}

ATF_TC(k1_rate);
ATF_TC_HEAD(k1_rate, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "K1: a RATE KoD has LI 3, stratum 0 and times of no use");
}
ATF_TC_BODY(k1_rate, tc)
{
	uint8_t	 version;

	for (version = 1; version <= 4; version++) {
		check(version, NTP_MODE_CLIENT, NTP_MODE_SERVER, "RATE");
		check(version, NTP_MODE_ACTIVE, NTP_MODE_PASSIVE, "RATE");
	}
	check(1, NTP_MODE_UNSPEC, NTP_MODE_SERVER, "RATE");
}

ATF_TC(k6_deny);
ATF_TC_HEAD(k6_deny, tc)
{
	atf_tc_set_md_var(tc, "descr", "K6: a DENY KoD is made the same way");
}
ATF_TC_BODY(k6_deny, tc)
{
	check(4, NTP_MODE_CLIENT, NTP_MODE_SERVER, "DENY");
	check(3, NTP_MODE_CLIENT, NTP_MODE_SERVER, "RSTR");
	/* H1: also an origin of 0 */
	make(4, NTP_MODE_CLIENT, 0, "DENY");
	ATF_CHECK_EQ(0, kod.origin);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, k1_rate);
	ATF_TP_ADD_TC(tp, k6_deny);
	return (atf_no_error());
}
