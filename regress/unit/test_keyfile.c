/* SPDX-License-Identifier: ISC */
/* keyfile.c: key files as chrony has them, and every way to get one wrong. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "keyfile.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static struct mac_key	 keys[MAC_KEYS_MAX];
static unsigned int	 n;
static uint32_t		 line, column;
static char		 err[256];

/* On a copy of its own, so that a sanitizer sees reads past the end. */
static int
parse_n(const char *text, size_t len, unsigned int max)
{
	char	*copy;
	int	 ret;

	ATF_REQUIRE((copy = malloc(len + 1)) != NULL);
	memcpy(copy + 1, text, len);
	memset(keys, 0xff, sizeof(keys));
	n = line = column = 99;
	err[0] = '\0';
	ret = keyfile_parse(copy + 1, len, keys, max, &n, &line, &column, err,
	    sizeof(err));
	free(copy);
	return (ret);
}

static int
parse(const char *text)
{
	return (parse_n(text, strlen(text), MAC_KEYS_MAX));
}

static void
check_key(unsigned int i, uint32_t id, enum mac_type type,
    const char *secret, size_t len)
{
	struct mac_key	 want;

	memset(&want, 0, sizeof(want));
	want.id = id;
	want.type = type;
	want.len = (uint8_t)len;
	memcpy(want.secret, secret, len);
	ATF_REQUIRE(i < n);
	ATF_CHECK_MSG(memcmp(&want, &keys[i], sizeof(want)) == 0, "key %u", i);
}

static void
check_err_n(const char *text, size_t len, uint32_t want_line,
    uint32_t want_column, const char *want)
{
	size_t	 i;

	ATF_CHECK_EQ_MSG(-1, parse_n(text, len, MAC_KEYS_MAX), "%s", text);
	if (line != want_line || column != want_column ||
	    strcmp(err, want) != 0)
		atf_tc_fail_nonfatal("%s\n\tis %u:%u: %s\n\tnot %u:%u: %s",
		    text, line, column, err, want_line, want_column, want);
	/* nothing of the keys before it is left */
	ATF_CHECK_EQ(0, n);
	for (i = 0; i < sizeof(keys); i++)
		ATF_REQUIRE_EQ(0, ((const uint8_t *)keys)[i]);
}

static void
check_err(const char *text, uint32_t want_line, uint32_t want_column,
    const char *want)
{
	check_err_n(text, strlen(text), want_line, want_column, want);
}

ATF_TC_WITHOUT_HEAD(all_that_a_file_may_have);
ATF_TC_BODY(all_that_a_file_may_have, tc)
{
	ATF_REQUIRE_EQ_MSG(0, parse(
	    "# comments: k\xc3\xa9y\n"
	    "% of\n"
	    "\t ; every\n"
	    "! kind\r\n"
	    "\n"
	    " \t \n"
	    "\r\n"
	    "4294967295 SHA1 HEX:00fF10\n"
	    " 7\tmd5 \t plain#%;!text \r\n"
	    "00020 Sha256 ASCII:HEX:41\n"
	    "3 aes128 ASCII:sixteen.octets.!\n"
	    "1 AES128 HEX:000102030405060708090a0b0c0d0e0f\n"
	    "21 SHA256 HEXandmore\n"
	    "22 MD5 MD5"), "%u:%u: %s", line, column, err);
	ATF_REQUIRE_EQ(7, n);
	check_key(0, 1, MAC_AES128, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17",
	    16);
	check_key(1, 3, MAC_AES128, "sixteen.octets.!", 16);
	check_key(2, 7, MAC_MD5, "plain#%;!text", 13);
	check_key(3, 20, MAC_SHA256, "HEX:41", 6);
	check_key(4, 21, MAC_SHA256, "HEXandmore", 10);
	check_key(5, 22, MAC_MD5, "MD5", 3);
	check_key(6, UINT32_MAX, MAC_SHA1, "\x00\xff\x10", 3);
	ATF_CHECK_STREQ("", err);
}

ATF_TC_WITHOUT_HEAD(nothing);
ATF_TC_BODY(nothing, tc)
{
	static const char *const	 files[] = { "", "\n", "\r", "#", " ",
					    "\t\n\n", "# a\n; b" };
	size_t				 i;

	for (i = 0; i < N(files); i++) {
		ATF_CHECK_EQ(0, parse(files[i]));
		ATF_CHECK_EQ(0, n);
	}
	ATF_CHECK_EQ(0, keyfile_parse(NULL, 0, NULL, 0, &n, &line, &column,
	    err, sizeof(err)));
	ATF_CHECK_EQ(0, n);
}

ATF_TC_WITHOUT_HEAD(ids);
ATF_TC_BODY(ids, tc)
{
	static const char *const	 bad[] = { "0", "00", "-1", "+1", "1a",
					    "0x1", "4294967296", "1.0", "a",
					    "18446744073709551617", "'1'",
					    "99999999999999999999999999999" };
	char				 text[64];
	size_t				 i;

	for (i = 0; i < N(bad); i++) {
		snprintf(text, sizeof(text), "1 SHA1 a\n %s SHA1 b\n", bad[i]);
		check_err(text, 2, 2,
		    "not a key id; allowed: 1 to 4294967295");
	}
}

ATF_TC_WITHOUT_HEAD(md5_only_where_the_file_says_so);
ATF_TC_BODY(md5_only_where_the_file_says_so, tc)
{
	static const char	 want[] = "no type before the key; allowed: "
				    "MD5, SHA1, SHA256, AES128 (write MD5 if "
				    "that is meant)";

	check_err("1 secret\n", 1, 3, want);
	check_err("1  HEX:0011", 1, 4, want);
	check_err("1 SHA512", 1, 3, want);
	/* a type, and nothing behind it */
	check_err("1 SHA1 \n", 1, 8, "no key; allowed: id, type and key");
	check_err("1 MD5\r\n", 1, 6, "no key; allowed: id, type and key");
	check_err("\n1", 2, 2, "no type and no key; allowed: id, type and "
	    "key");
}

ATF_TC_WITHOUT_HEAD(types_that_are_not_taken);
ATF_TC_BODY(types_that_are_not_taken, tc)
{
	static const char *const	 bad[] = { "SHA384", "SHA512", "AES256",
					    "SHA3-256", "TIGER", "WHIRLPOOL",
					    "AES", "AES-128", "SHA-1", "SHA",
					    "MD", "MD55", "M", "secret" };
	char				 text[64];
	size_t				 i;

	for (i = 0; i < N(bad); i++) {
		snprintf(text, sizeof(text), "8 %s HEX:00112233", bad[i]);
		check_err(text, 1, 3, "not a type of key; allowed: MD5, SHA1, "
		    "SHA256, AES128");
	}
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	static const char *const	 types[] = { "", "MD5", "SHA1",
					    "SHA256", "AES128" };
	static const char *const	 forms[] = { "", "ASCII:", "HEX:" };
	char				 text[512], want[128];
	unsigned int			 type, form, len;
	int				 end;

	for (type = MAC_MD5; type <= MAC_AES128; type++)
	for (form = 0; form < N(forms); form++)
	for (len = 0; len < 130; len++) {
		if (len == 0 && form == 0)
			continue;	/* that is no key at all */
		end = snprintf(text, sizeof(text), "5 %s %s", types[type],
		    forms[form]);
		memset(text + end, '4', form == 2 ? 2 * len : len);
		text[end + (int)(form == 2 ? 2 * len : len)] = '\0';
		if (type == MAC_AES128 ? len == 16 : len > 0 && len <= 64) {
			ATF_REQUIRE_EQ_MSG(0, parse(text), "%s", text);
			ATF_CHECK_EQ(len, keys[0].len);
			ATF_CHECK_EQ(type, keys[0].type);
			continue;
		}
		snprintf(want, sizeof(want), type == MAC_AES128 ?
		    "an AES128 key of %u octets; allowed: 16" :
		    "a key of %u octets; allowed: 1 to 64", len);
		check_err(text, 1, (uint32_t)end + 1, want);
	}
}

ATF_TC_WITHOUT_HEAD(hexadecimal_digits);
ATF_TC_BODY(hexadecimal_digits, tc)
{
	static const char	 digit[] = "not a hexadecimal digit; allowed: "
				    "0 to 9, A to F, a to f";
	static const char	 odd[] = "an odd number of hexadecimal "
				    "digits; allowed: two for each octet";
	static const char	 small[] = "a prefix in small letters; "
				    "allowed: HEX: or ASCII:";

	check_err("1 MD5 HEX:001", 1, 11, odd);
	check_err("1 MD5 HEX:0", 1, 11, odd);
	check_err("1 MD5 HEX:0011g", 1, 15, digit);
	check_err("1 MD5 HEX:0x00", 1, 12, digit);
	check_err("1 MD5 HEX:/0", 1, 11, digit);
	check_err("1 MD5 HEX::0", 1, 11, digit);
	check_err("1 MD5 HEX:0@", 1, 12, digit);
	check_err("1 MD5 HEX:0G", 1, 12, digit);
	check_err("1 MD5 HEX:0`", 1, 12, digit);
	check_err("1 MD5 hex:00", 1, 7, small);
	check_err("1 MD5 Hex:00", 1, 7, small);
	check_err("1 MD5 ascii:00", 1, 7, small);
	ATF_REQUIRE_EQ(0, parse("1 SHA1 HEX:0123456789abcdefABCDEF"));
	check_key(0, 1, MAC_SHA1, "\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd"
	    "\xef", 11);
}

ATF_TC_WITHOUT_HEAD(one_key_to_a_line);
ATF_TC_BODY(one_key_to_a_line, tc)
{
	static const char	 want[] = "something after the key; allowed: "
				    "comments on a line of their own";

	check_err("1 MD5 a b", 1, 9, want);
	check_err("1 MD5 a\t# comment\n", 1, 9, want);
	check_err("1 MD5 HEX:00 11", 1, 14, want);
	check_err("1 SHA1 pass 2 SHA1 word", 1, 13, want);
}

ATF_TC_WITHOUT_HEAD(each_id_once);
ATF_TC_BODY(each_id_once, tc)
{
	check_err("# a\n5 MD5 a\n4 MD5 a\n6 MD5 a\n\n  05 SHA1 b\n", 6, 3,
	    "the key id of line 2 again; allowed: each id once");
	check_err("5 MD5 a\n4 MD5 a\n6 MD5 a\n6 MD5 a\n", 4, 1,
	    "the key id of line 3 again; allowed: each id once");
	check_err("5 MD5 a\n4 MD5 a\n6 MD5 a\n4 MD5 a\n", 4, 1,
	    "the key id of line 2 again; allowed: each id once");
}

ATF_TC_WITHOUT_HEAD(too_many);
ATF_TC_BODY(too_many, tc)
{
	static char	 text[(MAC_KEYS_MAX + 1) * 16];
	unsigned int	 i;
	size_t		 len = 0, less = 0;

	/* 7919 is a prime: the ids come in no order */
	for (i = 0; i <= MAC_KEYS_MAX; i++) {
		less = len;
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%u MD5 x\n", 1 + i * 7919 % 1031);
	}
	ATF_REQUIRE_EQ_MSG(0, parse_n(text, less, MAC_KEYS_MAX), "%s", err);
	ATF_REQUIRE_EQ(MAC_KEYS_MAX, n);
	for (i = 1; i < n; i++)
		ATF_CHECK(keys[i - 1].id < keys[i].id);
	check_err_n(text, len, 1025, 1, "too many keys; allowed: 1024");
	/* no more than there is room for, or than a set may have */
	ATF_CHECK_EQ(-1, parse_n(text, len, UINT32_MAX));
	ATF_CHECK_EQ(-1, parse_n("1 MD5 a\n2 MD5 b", 15, 1));
	ATF_CHECK_EQ(2, line);
	ATF_CHECK_STREQ("too many keys; allowed: 1", err);
	for (i = sizeof(keys[0]); i < sizeof(keys); i++)
		ATF_REQUIRE_EQ(0xff, ((const uint8_t *)keys)[i]);
	ATF_CHECK_EQ(-1, parse_n("1 MD5 a", 7, 0));
}

ATF_TC_WITHOUT_HEAD(a_file_that_is_too_large);
ATF_TC_BODY(a_file_that_is_too_large, tc)
{
	char	*text;

	ATF_REQUIRE((text = malloc(KEYFILE_MAX + 1)) != NULL);
	memset(text, '\n', KEYFILE_MAX + 1);
	memcpy(text + KEYFILE_MAX - 7, "1 MD5 a", 7);
	ATF_CHECK_EQ(0, parse_n(text, KEYFILE_MAX, MAC_KEYS_MAX));
	ATF_CHECK_EQ(1, n);
	check_err_n(text, KEYFILE_MAX + 1, 1, 1,
	    "a file of 262145 octets; allowed: up to 262144");
	/* one line of it: as a key and as a comment */
	memset(text, 'a', KEYFILE_MAX);
	check_err_n(text, KEYFILE_MAX, 1, 1,
	    "not a key id; allowed: 1 to 4294967295");
	memset(text, '#', KEYFILE_MAX);
	ATF_CHECK_EQ(0, parse_n(text, KEYFILE_MAX, MAC_KEYS_MAX));
	free(text);
}

/* Every octet, in a key and in a comment. */
ATF_TC_WITHOUT_HEAD(octets);
ATF_TC_BODY(octets, tc)
{
	char		 text[] = "1 MD5 a?b\n", comment[] = "#\xc3\xa9?b\n";
	char		 want[128];
	const char	*what;
	unsigned int	 c;

	for (c = 0; c < 256; c++) {
		text[7] = comment[3] = (char)c;
		what = c == 0 ? "a NUL" : c < 0x80 ? "a control character" :
		    "an octet that is not ASCII";
		snprintf(want, sizeof(want),
		    "%s; allowed: printable ASCII and blanks", what);
		if (c == '\n' || c == '\t' || c == ' ')
			continue;	/* fields and lines: above */
		if (c > ' ' && c < 0x7f)
			ATF_CHECK_EQ(0, parse_n(text, 10, 1));
		else
			check_err_n(text, 10, 1, 8, want);
		if (c >= ' ' && c != 0x7f)
			ATF_CHECK_EQ(0, parse_n(comment, 6, 1));
		else
			check_err_n(comment, 6, 1, 3, want);
	}
}

/* Whatever is wrong, and wherever: no octet of the file is in the error. */
ATF_TC_WITHOUT_HEAD(no_secret_is_told);
ATF_TC_BODY(no_secret_is_told, tc)
{
	/* the letter Q is in no message */
	static const char *const	 files[] = {
		"Q", "Q Q", "Q SHA1 Q", "1Q MD5 Q", "1 Q", "1 Q Q", "1 Q Q Q",
		"1 MD5 Q Q", "1 SHA1Q Q", "1 AES128 Q", "1 MD5 HEX:QQ",
		"1 MD5 HEX:Q", "1 MD5 hex:QQ", "1 MD5 \001Q", "1 MD5 \xffQ",
		"1 MD5 Q\n1 MD5 Q", "1 MD5 Q\nQ", "Q\1", "1 HEX:QQ Q",
		"1 AES128 HEX:00QQ00", "1 AES128 ASCII:QQQQQQQQ", "1 MD5Q Q Q",
		"# Q\n1 MD5 Q\n\n2 SHA512 Q"
	};
	size_t				 i;

	for (i = 0; i < N(files); i++) {
		ATF_CHECK_EQ_MSG(-1, parse(files[i]), "%s", files[i]);
		ATF_CHECK_EQ_MSG(NULL, strchr(err, 'Q'), "%s: %s", files[i],
		    err);
	}
}

/* An error that does not fit is cut, and ends in a NUL. */
ATF_TC_WITHOUT_HEAD(a_short_error);
ATF_TC_BODY(a_short_error, tc)
{
	char	 small[8];

	memset(small, 'x', sizeof(small));
	ATF_CHECK_EQ(-1, keyfile_parse("a", 1, keys, 1, &n, &line, &column,
	    small, sizeof(small)));
	ATF_CHECK_STREQ("not a k", small);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_that_a_file_may_have);
	ATF_TP_ADD_TC(tp, nothing);
	ATF_TP_ADD_TC(tp, ids);
	ATF_TP_ADD_TC(tp, md5_only_where_the_file_says_so);
	ATF_TP_ADD_TC(tp, types_that_are_not_taken);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, hexadecimal_digits);
	ATF_TP_ADD_TC(tp, one_key_to_a_line);
	ATF_TP_ADD_TC(tp, each_id_once);
	ATF_TP_ADD_TC(tp, too_many);
	ATF_TP_ADD_TC(tp, a_file_that_is_too_large);
	ATF_TP_ADD_TC(tp, octets);
	ATF_TP_ADD_TC(tp, no_secret_is_told);
	ATF_TP_ADD_TC(tp, a_short_error);

	return (atf_no_error());
}
