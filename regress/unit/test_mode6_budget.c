/* SPDX-License-Identifier: ISC */
/* mode6_budget.c: octets a second, for each source and in all. */
#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>

#include <string.h>

#include "mode6.h"
#include "mode6_budget.h"

#define SECOND	1000000000ULL

static struct mode6_budget	 budget;

static struct addr
source(unsigned int n)
{
	struct addr	 a;

	memset(&a, 0, sizeof(a));
	a.family = AF_INET;
	a.port = 1000;
	a.ip[0] = 10;
	a.ip[2] = (uint8_t)(n >> 8);
	a.ip[3] = (uint8_t)n;
	return (a);
}

/* Octets that a source gets in answers of 1,000. */
static uint64_t
drain(const struct addr *a, uint64_t now)
{
	uint64_t	 sum = 0;

	while (sum < 10000000 && mode6_budget_take(&budget, a, 1000, now))
		sum += 1000;
	return (sum);
}

ATF_TC_WITHOUT_HEAD(of_a_source);
ATF_TC_BODY(of_a_source, tc)
{
	struct addr	 a = source(1), b = source(2);

	mode6_budget_init(&budget, 2000, 10000, 0, 0);
	ATF_CHECK_EQ(10000, drain(&a, SECOND));
	/* whatever the port */
	a.port = 9;
	ATF_CHECK(!mode6_budget_take(&budget, &a, 1, SECOND));
	ATF_CHECK(mode6_budget_take(&budget, &a, 0, SECOND));
	ATF_CHECK_EQ(10000, drain(&b, SECOND));
	ATF_CHECK_EQ(2000, drain(&a, 2 * SECOND));
	ATF_CHECK_EQ(10000, drain(&a, 100 * SECOND));
	/* refused whole, and nothing is gone */
	ATF_CHECK(!mode6_budget_take(&budget, &b, 10001, 100 * SECOND));
	ATF_CHECK(mode6_budget_take(&budget, &b, 10000, 100 * SECOND));
}

ATF_TC_WITHOUT_HEAD(in_all);
ATF_TC_BODY(in_all, tc)
{
	struct addr	 a;
	uint64_t	 sum = 0;
	unsigned int	 i;

	mode6_budget_init(&budget, 2000, 10000, 5000, 25000);
	for (i = 0; i < 100; i++) {
		a = source(i);
		sum += drain(&a, SECOND);
	}
	ATF_CHECK_EQ(25000, sum);
	for (i = 0; i < 100; i++) {
		a = source(1000 + i);
		sum += drain(&a, 2 * SECOND);
	}
	ATF_CHECK_EQ(30000, sum);
}

ATF_TC_WITHOUT_HEAD(many_sources);
ATF_TC_BODY(many_sources, tc)
{
	struct addr	 a;
	uint64_t	 sum = 0;
	unsigned int	 i;

	mode6_budget_init(&budget, 2000, 10000, 0, 0);
	for (i = 0; i < 10000; i++) {
		a = source(i);
		sum += drain(&a, SECOND);
	}
	/* as much as the table has sources, not as much as came */
	ATF_CHECK_EQ(MODE6_BUDGET_SOURCES * 10000, sum);
	/* and once it is paid back a newcomer has all */
	a = source(20000);
	ATF_CHECK_EQ(10000, drain(&a, 7 * SECOND));
}

ATF_TC_WITHOUT_HEAD(one_ipv6_network);
ATF_TC_BODY(one_ipv6_network, tc)
{
	struct addr	 a;

	mode6_budget_init(&budget, 2000, 10000, 0, 0);
	ATF_REQUIRE_EQ(0, addr_parse(&a, "2001:db8:1:2::1", 123));
	ATF_CHECK_EQ(10000, drain(&a, SECOND));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "2001:db8:1:2:ffff::", 123));
	ATF_CHECK_EQ(0, drain(&a, SECOND));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "2001:db8:1:3::1", 123));
	ATF_CHECK_EQ(10000, drain(&a, SECOND));
}

ATF_TC_WITHOUT_HEAD(fragments);
ATF_TC_BODY(fragments, tc)
{
	struct addr	 a = source(1);

	mode6_budget_init(&budget, 480, 480 * 3 + 479, 0, 0);
	ATF_CHECK_EQ(3, mode6_budget_fragments(&budget, &a, SECOND));
	ATF_CHECK(mode6_budget_take(&budget, &a, 960, SECOND));
	ATF_CHECK_EQ(1, mode6_budget_fragments(&budget, &a, SECOND));
	ATF_CHECK(mode6_budget_take(&budget, &a, 480, SECOND));
	ATF_CHECK_EQ(0, mode6_budget_fragments(&budget, &a, SECOND));
	ATF_CHECK_EQ(3, mode6_budget_fragments(&budget, &a, 100 * SECOND));
	mode6_budget_init(&budget, 0, 0, 0, 0);
	ATF_CHECK_EQ(MODE6_FRAGMENTS, mode6_budget_fragments(&budget, &a, 0));
	ATF_CHECK(drain(&a, 0) >= 10000000);
	mode6_budget_init(&budget, MODE6_SOURCE_RATE, MODE6_SOURCE_BURST,
	    MODE6_TOTAL_RATE, MODE6_TOTAL_BURST);
	ATF_CHECK_EQ(MODE6_FRAGMENTS, mode6_budget_fragments(&budget, &a, 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, of_a_source);
	ATF_TP_ADD_TC(tp, in_all);
	ATF_TP_ADD_TC(tp, many_sources);
	ATF_TP_ADD_TC(tp, one_ipv6_network);
	ATF_TP_ADD_TC(tp, fragments);
	return (atf_no_error());
}
