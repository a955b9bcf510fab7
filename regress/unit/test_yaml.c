/* SPDX-License-Identifier: ISC */
/*
 * The YAML reader: what it takes, and where and how it says that it does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "yaml_conf.h"

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))
#define TOP		"enabled, user, chroot, sandbox, state, listen, " \
			"workers, pin_workers, receive_buffer, "	\
			"symmetric, "					\
			"gather, policy, interleaved, clock, leap, "	\
			"keys, ratelimit, overload, clients, ntpq, log, "\
			"control, web"
#define NAME31		"1 to 31 of letters, digits, `_', `.' and "	\
			"`-', the first not `-'"
#define LISTEN32	"1 to 32 unicast addresses or interfaces, "	\
			"each with an optional :port"
#define CLOCK		"a mapping with the keys source, stratum, "	\
			"refid, max_distance, mirror, "			\
			"mirror_interval"

static int
read_text(struct conf *conf, const char *text, char *err, size_t len)
{
	conf_init(conf);
	return (yaml_conf_read(conf, "f", text, strlen(text), err, len));
}

static void
refused_octets(const void *buf, size_t len, const char *expected)
{
	struct conf	 conf;
	char		 err[CONF_ERR_MAX] = "";

	conf_init(&conf);
	ATF_CHECK_EQ_MSG(yaml_conf_read(&conf, "f", buf, len, err,
	    sizeof(err)), -1, "not refused: %.*s", (int)len,
	    (const char *)buf);
	if (expected != NULL)
		ATF_CHECK_STREQ(err, expected);
	else		/* the words are somebody else's to check */
		ATF_CHECK_MSG(strstr(err, "allowed: ") != NULL, "%s", err);
}

static void
refused(const char *text, const char *expected)
{
	refused_octets(text, strlen(text), expected);
}

static void
accepted(const char *text, struct conf *conf)
{
	char	 err[CONF_ERR_MAX] = "";

	ATF_CHECK_EQ_MSG(read_text(conf, text, err, sizeof(err)), 0, "%s: %s",
	    text, err);
}

ATF_TC_WITHOUT_HEAD(nothing_is_all_defaults);
ATF_TC_BODY(nothing_is_all_defaults, tc)
{
	static const char *const	 t[] = {
		"", "\n", "# a comment\n", "---\n", "--- # c\n...\n", "{}\n",
		"\xef\xbb\xbf", "clock: {}\n", "%YAML 1.1\n---\n", "\r\n",
	};
	struct conf			 conf, defaults;
	char				 err[CONF_ERR_MAX];
	size_t				 n;

	conf_init(&defaults);
	for (n = 0; n < NITEMS(t); n++) {
		accepted(t[n], &conf);
		ATF_CHECK_MSG(memcmp(&conf, &defaults, sizeof(conf)) == 0,
		    "%s", t[n]);
	}
	ATF_CHECK_EQ(yaml_conf_read(&conf, "f", NULL, 0, err, sizeof(err)),
	    0);
}

/* The elements of a list like policy are mappings. */
ATF_TC_WITHOUT_HEAD(rules);
ATF_TC_BODY(rules, tc)
{
	struct conf	 conf;

	accepted("policy: []\n", &conf);
	ATF_CHECK_EQ(conf.policy.n, 0);
	refused("policy: [{from: any, action: drp}]\n", "f:1:30: policy: "
	    "action: `drp' is no action; allowed: allow, drop, kod deny, kod "
	    "rstr or limit");
	refused("policy:\n  - {from: any, action: drop, from: ::1}\n",
	    "f:2:31: policy: from is given twice; allowed: once");
	refused("policy: [drop]\n", NULL);
	refused("policy: {from: any}\n", NULL);
	refused("policy: [[{from: any, action: drop}]]\n", NULL);
	refused("policy: [{from: [any], action: drop}]\n", NULL);
	refused("policy: [{from: {a: b}, action: drop}]\n", NULL);
	refused("policy: [{from: any}]\n", NULL);
	refused("policy: [{}]\n", NULL);
	refused("policy: [{from: any, action: drop, colour: red}]\n", NULL);
	refused("policy: [{from: any, \"x\\0\": red}]\n", NULL);
	refused("policy: [{from: any, action: \"drop\\0\"}]\n", NULL);
	refused("policy: [{from: any, abcdefghijklmnopqrstuvwxyz123456: 1}]\n",
	    NULL);
	refused("policy: [&a {from: any, action: drop}]\n", NULL);
	refused("policy: [{from: &a any, action: drop}]\n", NULL);
	refused("policy: [~]\n", NULL);
	/* a stranger's name is shown as one */
	refused("policy: [{\"a\\e[0m\": 1}]\n", "f:1:21: policy: a\\033[0m: "
	    "`1' is no field of a rule; allowed: from, from_file, to, "
	    "version, mode, auth, action, reason, rate, burst");
	refused("policy: [{from: ~, action: drop}]\n", NULL);
	refused("policy: [{from: any, action: drop,\n", NULL);
}

ATF_TC_WITHOUT_HEAD(every_key);
ATF_TC_BODY(every_key, tc)
{
	struct conf	 conf;
	char		 text[1024];
	int		 n;

	accepted("enabled: false\n"
	    "user: \"ntp\"\n"
	    "chroot: '/var/ntp'\n"
	    "listen: [\"192.0.2.1\", 'eth0:1123',\n"
	    "  \"[fe80::1%2]:123\"]\n"
	    "receive_buffer: 1M\n"
	    "symmetric: \"false\"\n"
	    "workers: 3\n"
	    "pin_workers: true\n"
	    "sandbox: required\n"
	    "gather: 50\n"
	    "overload: false\n"
	    "clock:\n"
	    "  source: local\n"
	    "  stratum: \"7\"\n"
	    "  refid: 192.0.2.9\n"
	    "  max_distance: 2.5\n"
	    "  mirror: \"[::1]:99\"\n"
	    "  mirror_interval: 0.5\n"
	    "ratelimit:\n"
	    "  {rate: 0.25, burst: 1, leak: 0, ipv4_prefix: 24,\n"
	    "  ipv6_prefix: 48, kod: 1.5}\n"
	    "clients: {memory: 64K}\n"
	    "log: {level: debug, requests: info, request_rate: 9,\n"
	    "  file: /tmp/log}\n"
	    "state: /tmp/state\n"
	    "interleaved: false\n"
	    "leap: {file: /tmp/leap, smear: cosine, smear_before: 3600,\n"
	    "  smear_after: 7200, i_know: true}\n"
	    "keys: {file: \"/tmp/keys\"}\n"
	    "ntpq: {allow: [127.0.0.1, 10.0.0.0/8], rate: 600,\n"
	    "  total: 700}\n"
	    "policy:\n"
	    "  - {from: 192.0.2.0/24, action: drop, reason: abuse}\n"
	    "  - from_file: /tmp/list\n"
	    "    version: \"1,2\"\n"
	    "    action: limit\n"
	    "    rate: 0.5\n"
	    "  - {\"from\": any, to: \"[::1]:123\", action: kod deny}\n"
	    "control:\n"
	    "  socket: /tmp/sock\n"
	    "  group: \"\"\n"
	    "  mode: 0o600\n"
	    "  clients: 3\n"
	    "web: {listen: '[::1]:80', host: page, "
	    "token_file: /tmp/token}\n", &conf);
	ATF_CHECK(!conf.enabled);
	ATF_CHECK_STREQ(conf.user.text, "ntp");
	ATF_CHECK_STREQ(conf.chroot.text, "/var/ntp");
	ATF_CHECK_STREQ(conf_format(&conf, CONF_listen, text, sizeof(text)),
	    "192.0.2.1:123 eth0:1123 [fe80::1%2]:123");
	ATF_CHECK_EQ(conf.receive_buffer, 1024 * 1024);
	ATF_CHECK(!conf.symmetric);
	ATF_CHECK_EQ(conf.workers, 3);
	ATF_CHECK(conf.pin_workers);
	ATF_CHECK_EQ(conf.sandbox, SANDBOX_REQUIRED);
	ATF_CHECK_EQ(conf.gather, 50);
	ATF_CHECK(!conf.overload);
	ATF_CHECK_EQ(conf.clock_source, CLOCK_LOCAL);
	ATF_CHECK_EQ(conf.clock_stratum, 7);
	ATF_CHECK_STREQ(conf.clock_refid.text, "192.0.2.9");
	ATF_CHECK_EQ(conf.clock_max_distance, 2.5);
	ATF_CHECK_EQ(conf.ratelimit_rate, 0.25);
	ATF_CHECK_EQ(conf.ratelimit_burst, 1);
	ATF_CHECK_EQ(conf.ratelimit_leak, 0);
	ATF_CHECK_EQ(conf.ratelimit_ipv4_prefix, 24);
	ATF_CHECK_EQ(conf.ratelimit_ipv6_prefix, 48);
	ATF_CHECK_EQ(conf.clients_memory, 64 * 1024);
	ATF_CHECK_EQ(conf.log_level, LEVEL_DEBUG);
	ATF_CHECK_EQ(conf.log_requests, REQUESTS_INFO);
	ATF_CHECK_EQ(conf.log_request_rate, 9);
	ATF_CHECK_STREQ(conf.log_file.text, "/tmp/log");
	ATF_CHECK_STREQ(conf.control_socket.text, "/tmp/sock");
	ATF_CHECK_STREQ(conf.control_group.text, "");
	ATF_CHECK_EQ(conf.control_mode, 0600);
	ATF_CHECK_EQ(conf.control_clients, 3);
	ATF_CHECK_STREQ(conf.web_listen.text, "[::1]:80");
	ATF_CHECK_STREQ(conf.web_host.text, "page");
	ATF_CHECK_STREQ(conf.web_token_file.text, "/tmp/token");
	ATF_CHECK_STREQ(conf_format(&conf, CONF_clock_mirror, text,
	    sizeof(text)), "[::1]:99");
	ATF_CHECK_EQ(conf.clock_mirror_interval, 0.5);
	ATF_CHECK_EQ(conf.ratelimit_kod, 1.5);
	ATF_CHECK_STREQ(conf.state.text, "/tmp/state");
	ATF_CHECK(!conf.interleaved);
	ATF_CHECK_STREQ(conf.leap_file.text, "/tmp/leap");
	ATF_CHECK_EQ(conf.leap_smear, SMEAR_COSINE);
	ATF_CHECK_EQ(conf.leap_smear_before, 3600);
	ATF_CHECK_EQ(conf.leap_smear_after, 7200);
	ATF_CHECK(conf.leap_i_know);
	ATF_CHECK_STREQ(conf.keys_file.text, "/tmp/keys");
	ATF_CHECK_STREQ(conf_format(&conf, CONF_ntpq_allow, text,
	    sizeof(text)), "127.0.0.1 10.0.0.0/8");
	ATF_CHECK_EQ(conf.ntpq_rate, 600);
	ATF_CHECK_EQ(conf.ntpq_total, 700);
	ATF_CHECK_STREQ(conf_format(&conf, CONF_policy, text, sizeof(text)),
	    "{from: 192.0.2.0/24, action: drop, reason: abuse} "
	    "{from_file: /tmp/list, version: \"1,2\", action: limit, "
	    "rate: 0.5} "
	    "{from: any, to: \"[::1]:123\", action: kod deny}");
	for (n = 0; n < CONF_NKEYS; n++)
		ATF_CHECK_EQ_MSG(conf.where[n].origin, CONF_FROM_FILE, "%s",
		    conf_rows[n].path);
	ATF_CHECK_EQ(conf.where[CONF_listen].line, 4);
	ATF_CHECK_EQ(conf.where[CONF_listen].column, 10);
	ATF_CHECK_EQ(conf.where[CONF_clock_refid].line, 16);
	ATF_CHECK_EQ(conf.where[CONF_clock_refid].column, 10);
	ATF_CHECK_EQ(conf.where[CONF_log_level].line, 24);
	ATF_CHECK_EQ(conf.where[CONF_log_level].column, 14);
}

ATF_TC_WITHOUT_HEAD(listen_forms);
ATF_TC_BODY(listen_forms, tc)
{
	struct conf	 conf;
	char		 text[1024];

	accepted("listen: eth0\n", &conf);
	ATF_CHECK_STREQ(conf_format(&conf, CONF_listen, text, sizeof(text)),
	    "eth0:123");
	accepted("listen:\n- eth0\n- ::1\nuser: x\n", &conf);
	ATF_CHECK_STREQ(conf_format(&conf, CONF_listen, text, sizeof(text)),
	    "eth0:123 [::1]:123");
	ATF_CHECK_STREQ(conf.user.text, "x");
}

ATF_TC_WITHOUT_HEAD(byte_order_mark);
ATF_TC_BODY(byte_order_mark, tc)
{
	struct conf	 conf;

	accepted("\xef\xbb\xbfuser: x\nenabled: false\n", &conf);
	ATF_CHECK_STREQ(conf.user.text, "x");
	ATF_CHECK(!conf.enabled);
	refused("\xef\xbb\xbfuser: -x\n", "f:1:7: user: `-x' starts with "
	    "`-'; allowed: " NAME31);
}

ATF_TC_WITHOUT_HEAD(bad_values);
ATF_TC_BODY(bad_values, tc)
{
	refused("clock:\n  stratum: 17\n", "f:2:12: clock.stratum: 17 is out "
	    "of range; allowed: 1 to 15");
	refused("\n# c\nclock: {stratum: 2, source: sytem}\n", "f:3:29: "
	    "clock.source: `sytem' is not a word it knows; allowed: system, "
	    "local, mirror");
	refused("user: a\nenabled: yes\n", "f:2:10: enabled: `yes' is neither "
	    "true nor false; allowed: true or false");
	refused("user: \"a\\nb\\e[31m\"\n", "f:1:7: user: `a\\012b\\033[31m' "
	    "is not a name; allowed: " NAME31);
	refused("user: \"a\\0b\"\n", "f:1:7: user: has a NUL; allowed: "
	    NAME31);
	refused("user: \"\"\n", "f:1:7: user: `' is empty; allowed: " NAME31);
	refused("listen: [eth0, \"*\"]\n", "f:1:16: listen: `*' is not an "
	    "address or interface to listen on; allowed: " LISTEN32);
	refused("listen: eth0 eth1\n", "f:1:9: listen: `eth0 eth1' is not an "
	    "address or interface to listen on; allowed: " LISTEN32);
	/* Columns count characters rather than octets. */
	refused("{ \"log\": {}, # \xc3\xa9\n chroot: \"/\xc3\xa9\", user: -}",
	    "f:2:22: user: `-' starts with `-'; allowed: " NAME31);
}

ATF_TC_WITHOUT_HEAD(no_value);
ATF_TC_BODY(no_value, tc)
{
	refused("user:\n", "f:1:6: user: has no value; allowed: " NAME31);
	refused("user: ~\n", "f:1:7: user: has no value; allowed: " NAME31);
	refused("user: null\n", "f:1:7: user: has no value; allowed: "
	    NAME31);
	refused("listen: [a, ~]\n", "f:1:13: listen: has no value; allowed: "
	    LISTEN32);
	refused("clock:\n", "f:1:7: clock: has no value; allowed: " CLOCK);
}

ATF_TC_WITHOUT_HEAD(wrong_shape);
ATF_TC_BODY(wrong_shape, tc)
{
	refused("user: {a: b}\n", "f:1:7: user: cannot be a mapping; "
	    "allowed: " NAME31);
	refused("clock:\n  stratum: [1]\n", "f:2:12: clock.stratum: cannot "
	    "be a list; allowed: 1 to 15");
	refused("clock: 5\n", "f:1:8: clock: cannot be a single value; "
	    "allowed: " CLOCK);
	refused("clock: [5]\n", "f:1:8: clock: cannot be a list; allowed: "
	    CLOCK);
	refused("listen: []\n", "f:1:10: listen: is an empty list; allowed: "
	    LISTEN32);
	refused("listen: [a, [b]]\n", "f:1:13: listen: cannot be a list; "
	    "allowed: " LISTEN32);
	refused("listen: [{a: b}]\n", "f:1:10: listen: cannot be a mapping; "
	    "allowed: " LISTEN32);
	refused("[a]\n", "f:1:1: the file cannot be a list; allowed: "
	    "`key: value' with the keys " TOP);
	refused("foo\n", "f:1:1: the file cannot be a single value; allowed: "
	    "`key: value' with the keys " TOP);
	refused("~\n", "f:1:1: the file has no value; allowed: "
	    "`key: value' with the keys " TOP);
	refused("? [a]\n: b\n", "f:1:3: a key cannot be a list; allowed: "
	    "`key: value' with the keys " TOP);
	refused("log: {? {a: b} : c}\n", "f:1:9: a key cannot be a mapping; "
	    "allowed: `key: value' with the keys level, requests, "
	    "request_rate, file");
}

ATF_TC_WITHOUT_HEAD(unknown_keys);
ATF_TC_BODY(unknown_keys, tc)
{
	char	 text[400], expected[CONF_ERR_MAX];

	refused("user: a\nclok: {stratum: 2}\n", "f:2:1: clok: no such key; "
	    "did you mean clock?");
	refused("clock: {stratm: 2}\n", "f:1:9: clock.stratm: no such key; "
	    "did you mean stratum?");
	refused("stratum: 2\n", "f:1:1: stratum: no such key; did you mean "
	    "clock: {stratum: ...}?");
	refused("clock.stratum: 2\n", "f:1:1: clock.stratum: no such key; did "
	    "you mean clock: {stratum: ...}?");
	refused("clock: {level: info}\n", "f:1:9: clock.level: no such key; "
	    "did you mean log: {level: ...} at the top?");
	refused("clock: {source.x: info}\n", "f:1:9: clock.source.x: no such "
	    "key; did you mean source?");
	refused("zzzzz: 1\n", "f:1:1: zzzzz: no such key; allowed: " TOP);
	refused("lxx: 1\n", "f:1:1: lxx: no such key; allowed: " TOP);
	refused("log: {zzzzz: 1}\n", "f:1:7: log.zzzzz: no such key; allowed: "
	    "level, requests, request_rate, file");
	refused("log: {level: info, ? \"\" : 1}\n", "f:1:22: log.(empty): no "
	    "such key; allowed: level, requests, request_rate, file");
	refused("\"\\e\\\\\xc3\xa9\": 1\n", "f:1:1: \\033\\134\\303\\251: no "
	    "such key; allowed: " TOP);
	refused("\"user\\0\": 1\n", "f:1:1: user\\000: no such key; did you "
	    "mean user?");
	memset(text, 'x', sizeof(text));
	memcpy(text + 300, ": 1\n", 5);
	snprintf(expected, sizeof(expected), "f:1:1: %.64s...: no such key; "
	    "allowed: " TOP, text);
	refused(text, expected);
}

ATF_TC_WITHOUT_HEAD(given_twice);
ATF_TC_BODY(given_twice, tc)
{
	struct conf	 conf;

	refused("user: a\n\nuser: a\n", "f:3:1: user: is given twice, on "
	    "line 1 first; allowed: once");
	refused("clock: {stratum: 2}\nclock: {refid: A}\n", "f:2:1: clock: is "
	    "given twice, on line 1 first; allowed: once");
	refused("clock: {}\nuser: a\nclock: {}\n", "f:3:1: clock: is given "
	    "twice, on line 1 first; allowed: once");
	refused("clock:\n  stratum: 2\n  refid: A\n  stratum: 2\n", "f:4:3: "
	    "clock.stratum: is given twice, on line 2 first; allowed: once");
	accepted("log: {level: info}\nclock: {source: local}\nuser: x\n",
	    &conf);
}

ATF_TC_WITHOUT_HEAD(extras);
ATF_TC_BODY(extras, tc)
{
	refused("user: &x b\n", "f:1:7: user: cannot have an anchor; allowed: "
	    NAME31);
	refused("user: *x\n", "f:1:7: user: cannot be an alias; allowed: "
	    NAME31);
	refused("user: !!str b\n", "f:1:7: user: cannot have a tag; allowed: "
	    NAME31);
	refused("user: ! b\n", "f:1:7: user: cannot have a tag; allowed: "
	    NAME31);
	refused("clock: &c {}\n", "f:1:8: clock: cannot have an anchor; "
	    "allowed: " CLOCK);
	refused("listen: !x [a]\n", "f:1:9: listen: cannot have a tag; "
	    "allowed: " LISTEN32);
	refused("&a user: b\n", "f:1:1: a key cannot have an anchor; allowed: "
	    "`key: value' with the keys " TOP);
	refused("--- !x {}\n", "f:1:5: the file cannot have a tag; allowed: "
	    "`key: value' with the keys " TOP);
	refused("<<: *a\n", "f:1:1: <<: no such key; allowed: " TOP);
	refused("user: a\n---\nuser: b\n", "f:2:1: a second document; "
	    "allowed: one");
	refused("--- \n---\n", "f:2:1: a second document; allowed: one");
}

ATF_TC_WITHOUT_HEAD(not_text);
ATF_TC_BODY(not_text, tc)
{
	refused("user: \xff\n", "f:1:7: invalid leading UTF-8 octet; allowed: "
	    "printable UTF-8 text");
	refused("user: a\n# \xc3\xa9 \001\n", "f:2:5: control characters are "
	    "not allowed; allowed: printable UTF-8 text");
	refused("# \xc3\xa9\n#\xc3(\n", "f:2:3: invalid trailing UTF-8 octet; "
	    "allowed: printable UTF-8 text");
	refused_octets("\xff\xfeu\0s\0", 6, "f:1:1: invalid leading UTF-8 "
	    "octet; allowed: printable UTF-8 text");
	refused_octets("user: a\n\0", 9, "f:2:1: control characters are not "
	    "allowed; allowed: printable UTF-8 text");
}

ATF_TC_WITHOUT_HEAD(not_yaml);
ATF_TC_BODY(not_yaml, tc)
{
	static const char	 from[] = "f:2:1: ", to[] = "; allowed: YAML";
	struct conf		 conf;
	char			 err[CONF_ERR_MAX] = "";

	/* The words between are libyaml's. */
	ATF_CHECK_EQ(read_text(&conf, "clock: {stratum: 2\n", err,
	    sizeof(err)), -1);
	ATF_CHECK_MSG(strncmp(err, from, strlen(from)) == 0, "%s", err);
	ATF_CHECK_MSG(strlen(err) > strlen(from) + strlen(to) &&
	    strcmp(err + strlen(err) - strlen(to), to) == 0, "%s", err);
	ATF_CHECK_EQ(read_text(&conf, "user: a\n\tb: c\n", err,
	    sizeof(err)), -1);
	ATF_CHECK_MSG(strncmp(err, from, strlen(from)) == 0, "%s", err);
}

ATF_TC_WITHOUT_HEAD(cross_checks);
ATF_TC_BODY(cross_checks, tc)
{
	refused("user: a\nlisten: [\"[::1]:1\", \"[::1]:1\"]\n", "f:2:10: "
	    "listen: [::1]:1 is there twice; allowed: each once");
	refused("clock: {stratum: 1, refid: 192.0.2.1}\n", "f:1:28: "
	    "clock.refid: 192.0.2.1 is an address; allowed at stratum 1: 1 "
	    "to 4 printable ASCII characters");
}

ATF_TC_WITHOUT_HEAD(size);
ATF_TC_BODY(size, tc)
{
	struct conf	 conf;
	char		 err[CONF_ERR_MAX] = "", *buf;

	ATF_REQUIRE((buf = malloc(YAML_CONF_SIZE_MAX + 1)) != NULL);
	memset(buf, '\n', YAML_CONF_SIZE_MAX + 1);
	conf_init(&conf);
	ATF_CHECK_EQ_MSG(yaml_conf_read(&conf, "f", buf, YAML_CONF_SIZE_MAX,
	    err, sizeof(err)), 0, "%s", err);
	refused_octets(buf, YAML_CONF_SIZE_MAX + 1, "f:1:1: the file has "
	    "1048577 octets; allowed: up to 1048576");
	/* Nesting costs nothing: it is refused before it is followed. */
	memset(buf, '[', YAML_CONF_SIZE_MAX);
	refused_octets(buf, YAML_CONF_SIZE_MAX, "f:1:1: the file cannot be a "
	    "list; allowed: `key: value' with the keys " TOP);
	memset(buf, '{', YAML_CONF_SIZE_MAX);
	refused_octets(buf, YAML_CONF_SIZE_MAX, "f:1:2: a key cannot be a "
	    "mapping; allowed: `key: value' with the keys " TOP);
	free(buf);
}

ATF_TC_WITHOUT_HEAD(too_many_listeners);
ATF_TC_BODY(too_many_listeners, tc)
{
	struct conf	 conf;
	char		 text[2048] = "listen:\n", one[32];
	int		 n;

	for (n = 0; n <= CONF_LISTEN_MAX; n++) {
		if (n == CONF_LISTEN_MAX) {
			accepted(text, &conf);
			ATF_CHECK_EQ(conf.listen.n, CONF_LISTEN_MAX);
		}
		snprintf(one, sizeof(one), "- e%d\n", n);
		strlcat(text, one, sizeof(text));
	}
	refused(text, "f:34:3: listen: `e32' is one too many; allowed: "
	    LISTEN32);
}

ATF_TC_WITHOUT_HEAD(short_error_buffer);
ATF_TC_BODY(short_error_buffer, tc)
{
	struct conf	 conf;
	char		 err[8] = "";

	ATF_CHECK_EQ(read_text(&conf, "clock: 5\n", err, sizeof(err)), -1);
	ATF_CHECK_STREQ(err, "f:1:8: ");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_is_all_defaults);
	ATF_TP_ADD_TC(tp, rules);
	ATF_TP_ADD_TC(tp, every_key);
	ATF_TP_ADD_TC(tp, listen_forms);
	ATF_TP_ADD_TC(tp, byte_order_mark);
	ATF_TP_ADD_TC(tp, bad_values);
	ATF_TP_ADD_TC(tp, no_value);
	ATF_TP_ADD_TC(tp, wrong_shape);
	ATF_TP_ADD_TC(tp, unknown_keys);
	ATF_TP_ADD_TC(tp, given_twice);
	ATF_TP_ADD_TC(tp, extras);
	ATF_TP_ADD_TC(tp, not_text);
	ATF_TP_ADD_TC(tp, not_yaml);
	ATF_TP_ADD_TC(tp, cross_checks);
	ATF_TP_ADD_TC(tp, size);
	ATF_TP_ADD_TC(tp, too_many_listeners);
	ATF_TP_ADD_TC(tp, short_error_buffer);
	return (atf_no_error());
}
