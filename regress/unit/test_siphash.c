/* SPDX-License-Identifier: ISC */
/* siphash.c against the vectors that its authors published. */

#include <atf-c.h>

#include "siphash.h"

/* Of the octets 0, 1, 2 …, len of them, under the key 0, 1, … 15. */
static uint64_t
of_length(size_t len)
{
	struct siphash_key	 key;
	uint8_t			 octets[64];
	uint8_t			 i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = i;
	siphash_key_set(&key, octets);
	return (siphash(&key, octets, len));
}

ATF_TC_WITHOUT_HEAD(published_vectors);
ATF_TC_BODY(published_vectors, tc)
{
	ATF_CHECK_EQ(0x726fdb47dd0e0e31ULL, of_length(0));
	ATF_CHECK_EQ(0x74f839c593dc67fdULL, of_length(1));
	ATF_CHECK_EQ(0x93f5f5799a932462ULL, of_length(8));
	ATF_CHECK_EQ(0xa129ca6149be45e5ULL, of_length(15));
}

ATF_TC_WITHOUT_HEAD(each_octet_counts);
ATF_TC_BODY(each_octet_counts, tc)
{
	struct siphash_key	 key = { 1, 2 }, other = { 1, 3 };
	uint8_t			 octets[16] = { 0 };
	uint64_t		 was = siphash(&key, octets, sizeof(octets));
	unsigned int		 i;

	for (i = 0; i < sizeof(octets); i++) {
		octets[i] ^= 1;
		ATF_CHECK(siphash(&key, octets, sizeof(octets)) != was);
		octets[i] ^= 1;
	}
	ATF_CHECK(siphash(&other, octets, sizeof(octets)) != was);
	ATF_CHECK(siphash(&key, octets, 15) != was);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, published_vectors);
	ATF_TP_ADD_TC(tp, each_octet_counts);
	return (atf_no_error());
}
