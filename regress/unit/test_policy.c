/* SPDX-License-Identifier: ISC */
/* policy.c, policy_fields.c: K6, the rules as text. */

#include <math.h>
#include <string.h>

#include <atf-c.h>

#include "policy.h"
#include "regress/unit/rule_text.h"

/* A rule of these fields: "name", "text", ..., NULL. */
static struct policy_rule
rule(const char *const *f)
{
	struct policy_rule	 r;
	const char		*why;

	memset(&r, 0, sizeof(r));
	for (; *f != NULL; f += 2) {
		why = policy_rule_set(&r, f[0], f[1]);
		ATF_REQUIRE_MSG(why == NULL, "%s: %s %s", f[0], f[1], why);
	}
	return (r);
}

#define RULE(...)	rule((const char *const []){ __VA_ARGS__, NULL })

/* A complete rule is written as `want`, and YAML reads that as the same. */
static void
written(struct policy_rule r, const char *want)
{
	struct policy_rule	 again;
	char			 buf[POLICY_RULE_STRLEN];

	ATF_CHECK_EQ_MSG(NULL, policy_rule_check(&r), "%s: %s", want,
	    policy_rule_check(&r));
	policy_rule_format(&r, buf, sizeof(buf));
	ATF_CHECK_STREQ(want, buf);
	ATF_CHECK_MSG(rule_text_read(&again, buf), "%s", buf);
	ATF_CHECK_EQ_MSG(0, memcmp(&r, &again, sizeof(r)), "%s", buf);
}

ATF_TC_WITHOUT_HEAD(k6_rules);
ATF_TC_BODY(k6_rules, tc)
{
	written(RULE("from", "192.0.2.0/24", "action", "drop", "reason",
	    "abuse"), "{from: 192.0.2.0/24, action: drop, reason: abuse}");
	written(RULE("action", "allow"), "{from: any, action: allow}");
	written(RULE("from", "any", "version", "1", "action", "kod deny",
	    "reason", "old-1_2"), "{from: any, version: 1, action: kod deny, "
	    "reason: old-1_2}");
	written(RULE("from", "2001:db8::/32", "to", "any", "version", "4, 1",
	    "mode", "3,1,0", "auth", "true", "action", "kod rstr"),
	    "{from: \"2001:db8::/32\", version: \"1,4\", mode: \"0,1,3\", "
	    "auth: true, action: kod rstr}");
	written(RULE("from_file", "/etc/ntpsd/bad.list", "to", "192.0.2.1:123",
	    "auth", "false", "action", "drop"),
	    "{from_file: /etc/ntpsd/bad.list, to: \"192.0.2.1:123\", "
	    "auth: false, action: drop}");
	written(RULE("to", "[2001:db8::1]:1123", "action", "limit", "rate",
	    "0.5", "burst", "255"), "{from: any, to: \"[2001:db8::1]:1123\", "
	    "action: limit, rate: 0.5, burst: 255}");
	written(RULE("to", "[::1]", "action", "limit", "rate", "0"),
	    "{from: any, to: \"::1\", action: limit, rate: 0}");
	written(RULE("to", "10.0.0.0/8", "action", "limit", "rate", "1e6"),
	    "{from: any, to: 10.0.0.0/8, action: limit, rate: 1000000}");
	written(RULE("action", "limit", "rate", "0.1"),
	    "{from: any, action: limit, rate: 0.1}");
	written(RULE("action", "limit", "rate", "0.30000000000000004"),
	    "{from: any, action: limit, rate: 0.30000000000000004}");
}

/* Whatever a path may have in it, YAML gets it back. */
ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	struct policy_rule	 r, again;
	char			 path[POLICY_FILE_MAX] = "/";
	char			 buf[POLICY_RULE_STRLEN];
	int			 c, n;

	written(RULE("from_file", "/a: b, #c]} \"\\'", "action", "drop"),
	    "{from_file: \"/a: b, #c]} \\\"\\\\'\", action: drop}");
	written(RULE("from_file", "/a b", "action", "drop"),
	    "{from_file: /a b, action: drop}");
	written(RULE("from_file", "/a ", "action", "drop"),
	    "{from_file: \"/a \", action: drop}");
	written(RULE("from_file", "/..a/b../...", "action", "drop"),
	    "{from_file: /..a/b../..., action: drop}");
	for (c = ' '; c <= '~'; c++) {
		/* the longest rule there can be */
		memset(path + 1, c, sizeof(path) - 2);
		r = RULE("from_file", c == '.' ? "/" : path, "to",
		    "[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
		    "version", "1,2,3,4", "mode", "0,1,3", "auth", "false",
		    "action", "limit", "rate", "0.10000000000000002", "burst",
		    "255");
		policy_rule_format(&r, buf, sizeof(buf));
		ATF_CHECK_MSG(rule_text_read(&again, buf), "%s", buf);
		ATF_CHECK_EQ(0, memcmp(&r, &again, sizeof(r)));
	}
	/* room for less: cut, and terminated */
	for (n = 1; n < 250; n++) {
		memset(buf, 'x', sizeof(buf));
		policy_rule_format(&r, buf, (size_t)n);
		ATF_CHECK_EQ(n - 1, (int)strlen(buf));
		ATF_CHECK_EQ('x', buf[n]);
	}
}

static void
refused(const char *field, const char *text, const char *want)
{
	struct policy_rule	 r, old;
	const char		*why;

	memset(&r, 0xa5, sizeof(r));
	old = r;
	why = policy_rule_set(&r, field, text);
	ATF_REQUIRE_MSG(why != NULL, "%s: %s is taken", field, text);
	ATF_CHECK_STREQ(want, why);
	ATF_CHECK_EQ(0, memcmp(&r, &old, sizeof(r)));
}

ATF_TC_WITHOUT_HEAD(refused_addresses);
ATF_TC_BODY(refused_addresses, tc)
{
	char	 path[POLICY_FILE_MAX + 1];

	refused("from", "192.0.2.1/24", "has bits set behind its length");
	refused("from", "192.0.2.1:123", "is not an address or prefix");
	refused("from", "", "is not an address or prefix");
	refused("from_file", "", "is not an absolute path");
	refused("from_file", "bad.list", "is not an absolute path");
	refused("from_file", "/etc/../x", "goes up with `..'");
	refused("from_file", "/etc/..", "goes up with `..'");
	refused("from_file", "/etc/a\nb",
	    "has a character that is not printable ASCII");
	refused("from_file", "/\303\266",
	    "has a character that is not printable ASCII");
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	refused("from_file", path, "is too long");
	refused("to", "192.0.2.0/24:123",
	    "has a port behind what is not a single address");
	refused("to", "any:123",
	    "has a port behind what is not a single address");
	refused("to", "192.0.2.1:", "has a port that is not 1 to 65535");
	refused("to", "192.0.2.1:0", "has a port that is not 1 to 65535");
	refused("to", "192.0.2.1:65536", "has a port that is not 1 to 65535");
	refused("to", "192.0.2.1:0123", "has a port that is not 1 to 65535");
	refused("to", "192.0.2.1:+1", "has a port that is not 1 to 65535");
	refused("to", "[::1]:99999", "has a port that is not 1 to 65535");
	refused("to", "[::1]x", "has more than a port behind the `]'");
	refused("to", "[::1", "has no `]'");
	refused("to", "[192.0.2.1]:1", "has brackets around no IPv6 address");
	refused("to", "[::/0]", "has brackets around no IPv6 address");
	refused("to", "[any]", "has brackets around no IPv6 address");
	refused("to", "eth0", "is not an address or prefix");
	refused("to", "0000000000000000000000000000000000000000000000000000"
	    "000000000000000000", "is too long");
}

ATF_TC_WITHOUT_HEAD(refused_values);
ATF_TC_BODY(refused_values, tc)
{
	static const char	 no_digit[] =
				    "is not a number, or a list of them, "
				    "that there can be";

	refused("version", "", no_digit);
	refused("version", "1,", no_digit);
	refused("version", "9", no_digit);
	refused("version", "0", "is out of range");
	refused("version", "5", "is out of range");
	refused("version", "12", "is not numbers with commas between");
	refused("version", "1 2", "is not numbers with commas between");
	refused("version", "1,1", "says a number twice");
	refused("mode", "2", "is out of range");
	refused("mode", "6", "is out of range");
	refused("auth", "yes", "is neither true nor false");
	refused("action", "", "is no action");
	refused("action", "kod", "is no action");
	refused("action", "kod  deny", "is no action");
	refused("action", "DROP", "is no action");
	refused("reason", "", "is not a word");
	refused("reason", "two words", "is not a word");
	refused("reason", "Abuse", "is not a word");
	refused("reason", "-v", "starts with `-'");
	refused("reason", "sixteen-letters-", "is too long");
	refused("rate", "", "is not a number");
	refused("rate", " 1", "is not a number");
	refused("rate", "1/s", "is not a number");
	refused("rate", "1.2.3", "is not a number");
	refused("rate", "inf", "is not a number");
	refused("rate", "0x10", "is not a number");
	refused("rate", "1e999", "is out of range");
	refused("rate", "-1", "is out of range");
	refused("rate", "-0", "is out of range");
	refused("rate", "1000000.1", "is out of range");
	refused("burst", "0", "is out of range");
	refused("burst", "256", "is out of range");
	refused("burst", "4294967297", "is out of range");
	refused("burst", "18446744073709551617", "is out of range");
	refused("burst", "-1", "is not a whole number");
	refused("burst", "1.0", "is not a whole number");
	refused("form", "any", "is no field of a rule");
	refused("", "", "is no field of a rule");
}

ATF_TC_WITHOUT_HEAD(allowed);
ATF_TC_BODY(allowed, tc)
{
	static const char	 names[] = "from, from_file, to, version, "
				    "mode, auth, action, reason, rate, burst";
	char			 buf[POLICY_ALLOWED_MAX];
	char			 field[16];
	const char		*p;

	ATF_CHECK_STREQ(names, policy_rule_allowed(NULL, buf, sizeof(buf)));
	ATF_CHECK_STREQ(names, policy_rule_allowed("x", buf, sizeof(buf)));
	for (p = names; *p != '\0'; p += strspn(p, ", ")) {
		ATF_REQUIRE(strcspn(p, ",") < sizeof(field));
		memset(field, 0, sizeof(field));
		memcpy(field, p, strcspn(p, ","));
		policy_rule_allowed(field, buf, sizeof(buf));
		ATF_CHECK(buf[0] != '\0' && strcmp(buf, names) != 0);
		ATF_CHECK(strlen(buf) < sizeof(buf) - 1);
		p += strlen(field);
	}
}

static void
wrong(struct policy_rule r, const char *want)
{
	const char	*why = policy_rule_check(&r);

	ATF_REQUIRE_MSG(why != NULL, "nothing %s", want);
	ATF_CHECK_STREQ(want, why);
}

ATF_TC_WITHOUT_HEAD(combinations);
ATF_TC_BODY(combinations, tc)
{
	wrong(RULE("from", "::1"), "has no action");
	wrong(RULE("from", "::1", "from_file", "/x", "action", "drop"),
	    "has both from and from_file");
	wrong(RULE("action", "limit"), "has the action limit, but no rate");
	wrong(RULE("action", "limit", "burst", "1"),
	    "has the action limit, but no rate");
	wrong(RULE("action", "drop", "rate", "0"),
	    "has a rate, but not the action limit");
	wrong(RULE("action", "allow", "burst", "1"),
	    "has a burst, but not the action limit");
	wrong(RULE("action", "allow", "reason", "x"),
	    "has a reason, but refuses nothing");
	wrong(RULE("action", "limit", "rate", "1", "reason", "x"),
	    "has a reason, but refuses nothing");
}

#define HOSTILE(change, want)						\
	do {								\
		struct policy_rule	 r = RULE("action", "limit",	\
					    "rate", "1");		\
									\
		change;							\
		wrong(r, want);						\
	} while (0)

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	HOSTILE(r.from.family = 5, "comes from no address or prefix");
	HOSTILE(r.from.ip[0] = 1, "comes from no address or prefix");
	HOSTILE(r.to.bits = 1, "goes to no address or prefix");
	HOSTILE(r.to_port = 1, "has a port without an address");
	HOSTILE((r.to.family = 4, r.to.bits = 31, r.to_port = 1),
	    "has a port without an address");
	HOSTILE(memset(r.from_file, '/', sizeof(r.from_file)),
	    "has a text that cannot be");
	HOSTILE(r.from_file[107] = '/', "has a text that cannot be");
	HOSTILE(r.from_file[0] = 'x', "has a text that cannot be");
	HOSTILE(memset(r.reason, 'a', sizeof(r.reason)),
	    "has a text that cannot be");
	HOSTILE(r.reason[1] = 'a', "has a text that cannot be");
	HOSTILE(r.reason[0] = '\033', "has a text that cannot be");
	HOSTILE(r.versions = 1, "has a version that is not 1 to 4");
	HOSTILE(r.versions = 0x20, "has a version that is not 1 to 4");
	HOSTILE(r.modes = 4, "has a mode that is not 0, 1 or 3");
	HOSTILE(r.modes = 0x80, "has a mode that is not 0, 1 or 3");
	HOSTILE(r.auth = 3, "has a value that there is not");
	HOSTILE(r.action = POLICY_NACTIONS, "has a value that there is not");
	HOSTILE(r.rated = 2, "has a value that there is not");
	HOSTILE(r.pad1 = 1, "has a value that there is not");
	HOSTILE(r.pad2 = 1, "has a value that there is not");
	HOSTILE(r.rate = (double)NAN, "has a rate that is out of range");
	HOSTILE(r.rate = (double)INFINITY, "has a rate that is out of range");
	HOSTILE(r.rate = -1, "has a rate that is out of range");
	HOSTILE(r.rate = -0.0, "has a rate that is out of range");
	HOSTILE(r.rate = 1e300, "has a rate that is out of range");
	HOSTILE(r.rated = 0, "has a rate that is out of range");
	HOSTILE(r.burst = 256, "has a burst that is out of range");
}

ATF_TC_WITHOUT_HEAD(final);
ATF_TC_BODY(final, tc)
{
	struct policy_rule	 r;

	r = RULE("from", "::1", "action", "drop", "reason", "x");
	ATF_CHECK(policy_rule_final(&r));
	r = RULE("from_file", "/x", "action", "limit", "rate", "1");
	ATF_CHECK(policy_rule_final(&r));
	r = RULE("to", "::1", "action", "drop");
	ATF_CHECK(!policy_rule_final(&r));
	r = RULE("to", "0.0.0.0/0", "action", "drop");
	ATF_CHECK(!policy_rule_final(&r));
	r = RULE("version", "1,2,3,4", "action", "drop");
	ATF_CHECK(!policy_rule_final(&r));
	r = RULE("mode", "3", "action", "drop");
	ATF_CHECK(!policy_rule_final(&r));
	r = RULE("auth", "false", "action", "drop");
	ATF_CHECK(!policy_rule_final(&r));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, k6_rules);
	ATF_TP_ADD_TC(tp, paths);
	ATF_TP_ADD_TC(tp, refused_addresses);
	ATF_TP_ADD_TC(tp, refused_values);
	ATF_TP_ADD_TC(tp, allowed);
	ATF_TP_ADD_TC(tp, combinations);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, final);
	return (atf_no_error());
}
