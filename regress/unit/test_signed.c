/* SPDX-License-Identifier: ISC */
/*
 * signed.c: what is signed and how, nonces that are good once and for a
 * while, attempts that are counted, and the token's file.
 */
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "signed.h"

#define TOKEN	"correct horse battery staple"
#define BODY	"{\"action\": \"restart\"}"
#define T0	5000		/* when the tests begin */

static struct signed_gate	 gate;
static struct signed_token	 token;
static uint8_t			 nonce[SIGNED_NONCE_LEN], mac[SIGNED_MAC_LEN];
static char			 err[128];

static void
start(void)
{
	memset(&gate, 0, sizeof(gate));
	ATF_REQUIRE_EQ(0, signed_token_read(TOKEN, strlen(TOKEN), &token, err,
	    sizeof(err)));
	memset(nonce, 0xa5, sizeof(nonce));
}

/* As whoever has that token signs it: by hand, from the description. */
static void
sign_as(const char *key, const char *method, const char *path,
    const char *body)
{
	uint8_t	 digest[32];
	char	 text[512];
	size_t	 n = 0, i;

	for (i = 0; i < sizeof(nonce); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%02x",
		    nonce[i]);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\n%s\n%s\n", method,
	    path);
	mac_sha256(body, strlen(body), digest);
	for (i = 0; i < sizeof(digest); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%02x",
		    digest[i]);
	mac_hmac(key, strlen(key), text, n, mac);
}

static void
sign(void)
{
	sign_as(TOKEN, "POST", "/api/v1/service/control", BODY);
}

static enum signed_verdict
judge(enum signed_kind kind, const char *body, uint64_t now)
{
	const struct signed_request	 r = { kind, nonce, mac, body,
					    strlen(body) };

	return (signed_judge(&gate, &token, &r, now));
}

ATF_TC_WITHOUT_HEAD(once);
ATF_TC_BODY(once, tc)
{
	start();
	sign();
	ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY, T0));
	signed_nonce(&gate, nonce, T0);
	ATF_CHECK_EQ(SIGNED_GOOD, judge(SIGNED_SERVICE, BODY, T0));
	ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY, T0));
	/* a nonce of zeroes is none, too */
	memset(nonce, 0, sizeof(nonce));
	sign();
	ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY, T0));
	memset(nonce, 1, sizeof(nonce));
	sign();
	signed_nonce(&gate, nonce, T0);
	signed_forget(&gate);
	ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY, T0));
}

/* As openssl dgst -sha256 -hmac makes it. */
ATF_TC_WITHOUT_HEAD(as_others_sign);
ATF_TC_BODY(as_others_sign, tc)
{
	start();
	memset(nonce, 0, sizeof(nonce));
	nonce[31] = 0x2a;
	ATF_REQUIRE(signed_hex("d4dc8934c4b181696a62c87f756b81b4"
	    "51cb34ada93a4511d373cf363dc827fa", mac));
	signed_nonce(&gate, nonce, T0);
	ATF_CHECK_EQ(SIGNED_GOOD, judge(SIGNED_POLICY,
	    "{\"action\":\"allow\"}", T0));
	ATF_REQUIRE(signed_hex("07e3bdc0151a155d81ac721013c871f2"
	    "5064943bbec23049eb4a7eb040855959", mac));
	signed_nonce(&gate, nonce, T0);
	ATF_CHECK_EQ(SIGNED_GOOD, judge(SIGNED_CONFIG, "", T0));
}

/* Whatever is another one's: the nonce is spent all the same. */
static void
wrong(enum signed_kind kind, const char *body)
{
	start();
	signed_nonce(&gate, nonce, T0);
	ATF_CHECK_EQ(SIGNED_WRONG, judge(kind, body, T0));
	sign();
	ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY, T0));
}

ATF_TC_WITHOUT_HEAD(only_what_was_signed);
ATF_TC_BODY(only_what_was_signed, tc)
{
	static const char	 path[] = "/api/v1/service/control";
	unsigned int		 i;

	memset(nonce, 0xa5, sizeof(nonce));
	sign();
	wrong(SIGNED_POLICY, BODY);
	sign();
	wrong(SIGNED_CONFIG, BODY);
	sign();
	wrong(SIGNED_SERVICE, "{\"action\": \"restarT\"}");
	sign();
	wrong(SIGNED_SERVICE, BODY " ");
	sign();
	wrong(SIGNED_SERVICE, "");
	sign_as(TOKEN "r", "POST", path, BODY);
	wrong(SIGNED_SERVICE, BODY);
	sign_as("", "POST", path, BODY);
	wrong(SIGNED_SERVICE, BODY);
	sign_as(TOKEN, "post", path, BODY);
	wrong(SIGNED_SERVICE, BODY);
	sign_as(TOKEN, "PATCH", path, BODY);
	wrong(SIGNED_SERVICE, BODY);
	sign_as(TOKEN, "POST", "/api/v1/service/control?", BODY);
	wrong(SIGNED_SERVICE, BODY);
	/* of another nonce */
	nonce[7] ^= 1;
	sign();
	wrong(SIGNED_SERVICE, BODY);
	for (i = 0; i < SIGNED_MAC_LEN; i++) {
		memset(nonce, 0xa5, sizeof(nonce));
		sign();
		mac[i] ^= 0x80;
		wrong(SIGNED_SERVICE, BODY);
	}
	/* one that is not there signs nothing */
	start();
	sign_as("", "POST", path, BODY);
	memset(&token, 0, sizeof(token));
	signed_nonce(&gate, nonce, T0);
	ATF_CHECK_EQ(SIGNED_WRONG, judge(SIGNED_SERVICE, BODY, T0));
}

ATF_TC_WITHOUT_HEAD(ages);
ATF_TC_BODY(ages, tc)
{
	start();
	sign();
	signed_nonce(&gate, nonce, T0);
	ATF_CHECK_EQ(SIGNED_GOOD, judge(SIGNED_SERVICE, BODY,
	    T0 + SIGNED_NONCE_MS - 1));
	signed_nonce(&gate, nonce, T0);
	ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY,
	    T0 + SIGNED_NONCE_MS));
	ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY, T0));
}

/* So many are outstanding; the oldest one makes room. */
ATF_TC_WITHOUT_HEAD(sixteen);
ATF_TC_BODY(sixteen, tc)
{
	unsigned int	 i;

	start();
	for (i = 0; i <= SIGNED_NONCES; i++) {
		nonce[0] = (uint8_t)i;
		signed_nonce(&gate, nonce, T0 + i);
	}
	for (i = 0; i <= SIGNED_NONCES; i++) {
		nonce[0] = (uint8_t)i;
		sign();
		ATF_CHECK_EQ_MSG(i == 0 ? SIGNED_SPENT : SIGNED_GOOD,
		    judge(SIGNED_SERVICE, BODY, T0 + SIGNED_NONCES), "%u", i);
	}
}

/* With a new nonce each. */
static void
renew(uint64_t now)
{
	nonce[0]++;
	sign();
	signed_nonce(&gate, nonce, now);
}

static enum signed_verdict
fail(uint64_t now)
{
	renew(now);
	return (judge(SIGNED_SERVICE, BODY "!", now));
}

static enum signed_verdict
succeed(uint64_t now)
{
	renew(now);
	return (judge(SIGNED_SERVICE, BODY, now));
}

ATF_TC_WITHOUT_HEAD(so_many_attempts);
ATF_TC_BODY(so_many_attempts, tc)
{
	uint64_t	 now = T0, i;

	start();
	for (i = 1; i < SIGNED_FAILURES; i++)
		ATF_CHECK_EQ(SIGNED_WRONG, fail(now++));
	/* a good one takes none of them back */
	ATF_CHECK_EQ(SIGNED_GOOD, succeed(now));
	ATF_CHECK_EQ(SIGNED_WRONG, fail(now));
	ATF_CHECK_EQ(SIGNED_SHUT, fail(now));
	ATF_CHECK_EQ(SIGNED_SHUT, succeed(now));
	ATF_CHECK_EQ(SIGNED_SHUT, succeed(now + SIGNED_WINDOW_MS - 1));
	now += SIGNED_WINDOW_MS;
	ATF_CHECK_EQ(SIGNED_GOOD, succeed(now));
	/* what is refused unseen keeps it shut no longer; and all is anew */
	for (i = 1; i < SIGNED_FAILURES; i++)
		ATF_CHECK_EQ(SIGNED_WRONG, fail(now));
	/* those of a window that is over do not count */
	now += SIGNED_WINDOW_MS;
	for (i = 1; i < SIGNED_FAILURES; i++)
		ATF_CHECK_EQ(SIGNED_WRONG, fail(now));
	ATF_CHECK_EQ(SIGNED_GOOD, succeed(now));
	ATF_CHECK_EQ(SIGNED_WRONG, fail(now));
	ATF_CHECK_EQ(SIGNED_SHUT, succeed(now));
	/* a nonce that is none is an attempt as well */
	start();
	for (i = 0; i < SIGNED_FAILURES; i++)
		ATF_CHECK_EQ(SIGNED_SPENT, judge(SIGNED_SERVICE, BODY, now));
	ATF_CHECK_EQ(SIGNED_SHUT, succeed(now));
}

ATF_TC_WITHOUT_HEAD(hexadecimal);
ATF_TC_BODY(hexadecimal, tc)
{
	char	 text[SIGNED_HEX_LEN + 2], back[SIGNED_HEX_LEN + 1];
	uint8_t	 octets[SIGNED_NONCE_LEN];

	memset(text, 0, sizeof(text));
	memset(text, '0', SIGNED_HEX_LEN);
	memcpy(text, "0123456789abcdef", 16);
	ATF_CHECK(signed_hex(text, octets));
	ATF_CHECK_EQ(0, memcmp(octets, "\001\043\105\147\211\253\315\357", 8));
	signed_hex_format(octets, back);
	ATF_CHECK_STREQ(text, back);
	text[15] = 'F';
	ATF_CHECK(!signed_hex(text, octets));
	text[15] = 'g';
	ATF_CHECK(!signed_hex(text, octets));
	text[15] = ' ';
	ATF_CHECK(!signed_hex(text, octets));
	text[15] = 'f';
	text[SIGNED_HEX_LEN] = '0';
	ATF_CHECK(!signed_hex(text, octets));
	text[SIGNED_HEX_LEN - 1] = '\0';
	ATF_CHECK(!signed_hex(text, octets));
	ATF_CHECK(!signed_hex("", octets));
}

static void
token_bad(const char *text, size_t len, const char *why)
{
	memset(&token, 0xff, sizeof(token));
	ATF_CHECK_EQ(-1, signed_token_read(text, len, &token, err,
	    sizeof(err)));
	ATF_CHECK_MSG(strstr(err, why) != NULL, "%s, not %s", err, why);
	ATF_CHECK(strstr(err, "allowed: ") != NULL);
	ATF_CHECK_EQ(0, token.len);
}

ATF_TC_WITHOUT_HEAD(token_file);
ATF_TC_BODY(token_file, tc)
{
	char	 text[SIGNED_TOKEN_MAX + 2];

	ATF_CHECK_EQ(0, signed_token_read("0123456789 abcde \t\r\n\n", 21,
	    &token, err, sizeof(err)));
	ATF_CHECK_EQ(16, token.len);
	ATF_CHECK_EQ(0, memcmp(token.text, "0123456789 abcde\0\0", 18));
	memset(text, 'x', sizeof(text));
	ATF_CHECK_EQ(0, signed_token_read(text, SIGNED_TOKEN_MAX, &token, err,
	    sizeof(err)));
	ATF_CHECK_EQ(SIGNED_TOKEN_MAX, token.len);
	token_bad(text, SIGNED_TOKEN_MAX + 1, "a token of 129 octets");
	token_bad(text, SIGNED_TOKEN_MIN - 1, "a token of 15 octets");
	token_bad("", 0, "a token of 0 octets");
	token_bad("\n \n", 3, "a token of 0 octets");
	token_bad("0123456789abcdef\nxyz", 20, "octet 17 is not printable");
	token_bad("0123456789abcdef\0\n", 18, "octet 17 is not printable");
	token_bad("0123456789abcde\303\251", 17, "octet 16 is not printable");
	/* none of it is said */
	ATF_CHECK(strstr(err, "6789") == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, once);
	ATF_TP_ADD_TC(tp, as_others_sign);
	ATF_TP_ADD_TC(tp, only_what_was_signed);
	ATF_TP_ADD_TC(tp, ages);
	ATF_TP_ADD_TC(tp, sixteen);
	ATF_TP_ADD_TC(tp, so_many_attempts);
	ATF_TP_ADD_TC(tp, hexadecimal);
	ATF_TP_ADD_TC(tp, token_file);
	return (atf_no_error());
}
