/* SPDX-License-Identifier: ISC */
/*
 * The configuration's table: every key's default, limits and round trips, and
 * that no item from a hostile process gets past the table.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "conf.h"

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

static const struct conf_where	 somewhere = { CONF_FROM_FILE, 7, 12 };

static int
set(struct conf *conf, enum conf_key key, const char *text)
{
	char	 err[CONF_ERR_MAX];

	return (conf_set(conf, key, 0, text, &somewhere, err, sizeof(err)));
}

static void
refused(enum conf_key key, const char *text, const char *expected)
{
	struct conf	 conf, before;
	char		 err[CONF_ERR_MAX] = "";

	conf_init(&conf);
	before = conf;
	ATF_CHECK_EQ_MSG(conf_set(&conf, key, 0, text, &somewhere, err,
	    sizeof(err)), -1, "%s: %s", conf_rows[key].path, text);
	if (expected != NULL)
		ATF_CHECK_STREQ(err, expected);
	ATF_CHECK_MSG(strstr(err, "allowed: ") != NULL, "%s", err);
	ATF_CHECK_MSG(memcmp(&conf, &before, sizeof(conf)) == 0, "%s: %s",
	    conf_rows[key].path, text);
}

/* Text in, text out, and through items into a second conf. */
static void
accepted(enum conf_key key, const char *text, const char *expected)
{
	struct conf	 conf, other;
	struct conf_item item;
	char		 out[8192], again[8192], line[8192 + 64];
	char		 err[CONF_ERR_MAX] = "";
	uint32_t	 n;

	conf_init(&conf);
	conf_init(&other);
	snprintf(line, sizeof(line), "%s=%s", conf_rows[key].path, text);
	ATF_REQUIRE_EQ_MSG(conf_override(&conf, line, err, sizeof(err)), 0,
	    "%s", err);
	conf_format(&conf, key, out, sizeof(out));
	if (expected != NULL)
		ATF_CHECK_STREQ(out, expected);

	snprintf(line, sizeof(line), "%s=%s", conf_rows[key].path, out);
	ATF_REQUIRE_EQ_MSG(conf_override(&other, line, err, sizeof(err)), 0,
	    "%s", err);
	ATF_CHECK(conf_equal(&conf, &other, key));
	ATF_CHECK_STREQ(conf_format(&other, key, again, sizeof(again)), out);

	conf_init(&other);
	for (n = 0; conf_item_get(&conf, key, n, &item); n++)
		ATF_REQUIRE_EQ_MSG(conf_item_set(&other, &item, err,
		    sizeof(err)), 0, "%s", err);
	ATF_CHECK(n > 0 || *out == '\0');
	ATF_CHECK(conf_equal(&conf, &other, key));
	if (n == 0)		/* an empty list has no item */
		return;
	ATF_CHECK_MSG(memcmp(&conf, &other, sizeof(conf)) == 0, "%s", line);
}

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	struct conf	 conf;
	enum conf_key	 key;
	char		 err[CONF_ERR_MAX] = "", allowed[CONF_ERR_MAX];
	int		 n;

	conf_init(&conf);
	ATF_CHECK_EQ_MSG(conf_check(&conf, &key, err, sizeof(err)), 0, "%s",
	    err);
	for (n = 0; n < CONF_NKEYS; n++) {
		accepted(n, conf_rows[n].def, conf_rows[n].def);
		ATF_CHECK_EQ(conf_find(conf_rows[n].path), n);
		ATF_CHECK_EQ(conf.where[n].origin, CONF_FROM_DEFAULT);
		ATF_CHECK(strlen(conf_allowed(n, allowed, sizeof(allowed))) >
		    0);
	}
	ATF_CHECK(conf.enabled);
	ATF_CHECK_STREQ(conf.user.text, "_ntpsd");
	ATF_CHECK_EQ(conf.listen.n, 2);
	ATF_CHECK_EQ(conf.listen.spec[0].addr.family, AF_INET);
	ATF_CHECK_EQ(conf.listen.spec[1].addr.family, AF_INET6);
	ATF_CHECK_EQ(conf.receive_buffer, 4 * 1024 * 1024);
	ATF_CHECK_EQ(conf.clock_source, CLOCK_SYSTEM);
	ATF_CHECK_EQ(conf.log_level, LEVEL_INFO);
	ATF_CHECK_EQ(conf.clock_stratum, 2);
	ATF_CHECK_EQ(conf.clock_max_distance, 1.5);
	ATF_CHECK(memcmp(conf.clock_refid.octets, "LOCL", 4) == 0);
	ATF_CHECK_EQ(conf.control_mode, 0660);
}

static void
limit(enum conf_key key, double value, bool good)
{
	struct conf_item	 item;
	struct conf		 conf;
	char			 text[64], err[CONF_ERR_MAX];

	conf_init(&conf);
	memset(&item, 0, sizeof(item));
	item.key = key;
	if (conf_rows[key].type == CONF_REAL) {
		item.v.real = value;
		snprintf(text, sizeof(text), "%.17g", value);
	} else {
		item.v.u = (uint64_t)(int64_t)value;
		snprintf(text, sizeof(text), conf_rows[key].type == CONF_MODE
		    && value >= 0 ? "%llo" : "%lld", (long long)value);
	}
	if (good)
		accepted(key, text, NULL);
	else
		refused(key, text, NULL);
	ATF_CHECK_EQ_MSG(conf_item_set(&conf, &item, err, sizeof(err)),
	    good ? 0 : -1, "%s: %s", conf_rows[key].path, text);
}

ATF_TC_WITHOUT_HEAD(count);
ATF_TC_BODY(count, tc)
{
	static const char *const	 bad[] = {
		"0", "00", "01", "17", "-1", "+1", "1.5", "autox", "", "2 ",
		"18446744073709551617"
	};
	struct conf			 conf;
	struct conf_item		 item;
	char				 err[CONF_ERR_MAX], text[32];
	size_t				 i;

	conf_init(&conf);
	ATF_CHECK_EQ(conf.workers, 0);
	ATF_CHECK_EQ(set(&conf, CONF_workers, "16"), 0);
	ATF_CHECK_EQ(conf.workers, 16);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(conf_set(&conf, CONF_workers, 0, bad[i],
		    &somewhere, err, sizeof(err)), -1, "%s", bad[i]);
	ATF_CHECK_EQ(conf.workers, 16);
	ATF_CHECK_EQ(set(&conf, CONF_workers, "auto"), 0);
	ATF_CHECK_EQ(conf.workers, 0);
	ATF_CHECK_STREQ(conf_format(&conf, CONF_workers, text, sizeof(text)),
	    "auto");
	ATF_REQUIRE(conf_item_get(&conf, CONF_workers, 0, &item));
	ATF_CHECK_EQ(conf_item_set(&conf, &item, err, sizeof(err)), 0);
	item.v.u = 17;
	ATF_CHECK_EQ(conf_item_set(&conf, &item, err, sizeof(err)), -1);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	const struct conf_row	*row;
	int			 n, numeric = 0;
	double			 step;

	for (n = 0; n < CONF_NKEYS; n++) {
		row = &conf_rows[n];
		if (row->type != CONF_UINT && row->type != CONF_SIZE &&
		    row->type != CONF_MODE && row->type != CONF_REAL)
			continue;
		numeric++;
		step = row->type == CONF_REAL ? 1e-6 : 1;
		limit(n, row->min, true);
		limit(n, row->max, true);
		limit(n, row->min - step, false);
		limit(n, row->max + step, false);
	}
	ATF_CHECK(numeric >= 4);
}

ATF_TC_WITHOUT_HEAD(text_limits);
ATF_TC_BODY(text_limits, tc)
{
	const struct conf_row	*row;
	char			 text[CONF_TEXT_MAX + 8];
	int			 n, texts = 0;

	for (n = 0; n < CONF_NKEYS; n++) {
		row = &conf_rows[n];
		if (row->type != CONF_NAME && row->type != CONF_PATH)
			continue;
		texts++;
		ATF_REQUIRE(row->max < CONF_TEXT_MAX);
		memset(text, 'a', sizeof(text));
		text[0] = row->type == CONF_PATH ? '/' : 'a';
		text[(size_t)row->max + 1] = '\0';
		refused(n, text, NULL);
		text[(size_t)row->max] = '\0';
		accepted(n, text, text);
		text[(size_t)row->min] = '\0';
		accepted(n, text, text);
		if (row->min > 0)
			refused(n, "", NULL);
		memset(text, 'a', sizeof(text));
		text[0] = '/';
		text[sizeof(text) - 1] = '\0';
		refused(n, text, NULL);
	}
	ATF_CHECK(texts >= 4);
}

ATF_TC_WITHOUT_HEAD(bools);
ATF_TC_BODY(bools, tc)
{
	accepted(CONF_enabled, "true", "true");
	accepted(CONF_enabled, "false", "false");
	refused(CONF_enabled, "yes",
	    "`yes' is neither true nor false; allowed: true or false");
	refused(CONF_enabled, "True", NULL);
	refused(CONF_enabled, "1", NULL);
	refused(CONF_enabled, "", NULL);
}

ATF_TC_WITHOUT_HEAD(uints);
ATF_TC_BODY(uints, tc)
{
	accepted(CONF_clock_stratum, "007", "7");
	refused(CONF_clock_stratum, "17",
	    "17 is out of range; allowed: 1 to 15");
	refused(CONF_clock_stratum, "-1",
	    "-1 is out of range; allowed: 1 to 15");
	refused(CONF_clock_stratum, "18446744073709551618",	/* 2^64 + 2 */
	    "18446744073709551618 is out of range; allowed: 1 to 15");
	refused(CONF_clock_stratum, "2x",
	    "`2x' is not a whole number; allowed: 1 to 15");
	refused(CONF_clock_stratum, "+2", NULL);
	refused(CONF_clock_stratum, " 2", NULL);
	refused(CONF_clock_stratum, "2.0", NULL);
	refused(CONF_clock_stratum, "0x2", NULL);
	refused(CONF_clock_stratum, "--2", NULL);
	refused(CONF_clock_stratum, "-", NULL);
	refused(CONF_clock_stratum, "", NULL);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	struct conf	 conf;

	conf_init(&conf);
	ATF_REQUIRE_EQ(set(&conf, CONF_receive_buffer, "65K"), 0);
	ATF_CHECK_EQ(conf.receive_buffer, 65 * 1024);
	accepted(CONF_receive_buffer, "1G", "1G");
	accepted(CONF_receive_buffer, "1024M", "1G");
	accepted(CONF_receive_buffer, "65536", "64K");
	accepted(CONF_receive_buffer, "65537", "65537");
	accepted(CONF_receive_buffer, "1025K", "1025K");
	refused(CONF_receive_buffer, "4m", "`4m' is not a size; allowed: "
	    "64K to 1G octets, K, M and G taken as units");
	refused(CONF_receive_buffer, "1025M", NULL);
	refused(CONF_receive_buffer, "4MB", NULL);
	refused(CONF_receive_buffer, "4 M", NULL);
	refused(CONF_receive_buffer, "4 ", NULL);
	refused(CONF_receive_buffer, "-4M", NULL);
	refused(CONF_receive_buffer, "M", NULL);
	refused(CONF_receive_buffer, "", NULL);
	/* 2^64 + 64K in three ways that could wrap */
	refused(CONF_receive_buffer, "17179869185G", NULL);
	refused(CONF_receive_buffer, "18014398509482048K", NULL);
	refused(CONF_receive_buffer, "18446744073709617152", NULL);
}

ATF_TC_WITHOUT_HEAD(modes);
ATF_TC_BODY(modes, tc)
{
	accepted(CONF_control_mode, "0660", "0660");
	accepted(CONF_control_mode, "660", "0660");
	accepted(CONF_control_mode, "0o660", "0660");
	accepted(CONF_control_mode, "0", "0000");
	refused(CONF_control_mode, "0680",
	    "0680 is not an octal number; allowed: 0000 to 0777, octal");
	refused(CONF_control_mode, "1000", NULL);
	refused(CONF_control_mode, "2000000000000000000660", NULL);
	refused(CONF_control_mode, "0o", NULL);
	refused(CONF_control_mode, "-1", NULL);
	refused(CONF_control_mode, "rw-rw----", NULL);
	refused(CONF_control_mode, "", NULL);
}

ATF_TC_WITHOUT_HEAD(reals);
ATF_TC_BODY(reals, tc)
{
	accepted(CONF_clock_max_distance, "0.1", "0.1");
	accepted(CONF_clock_max_distance, "10", "10");
	accepted(CONF_clock_max_distance, "1e1", "10");
	accepted(CONF_clock_max_distance, ".5", "0.5");
	accepted(CONF_clock_max_distance, "0.30000000000000004", NULL);
	refused(CONF_clock_max_distance, "17",
	    "17 is out of range; allowed: 0.001 to 16");
	refused(CONF_clock_max_distance, "1.5s",
	    "`1.5s' is not a number; allowed: 0.001 to 16");
	refused(CONF_clock_max_distance, "nan", NULL);
	refused(CONF_clock_max_distance, "inf", NULL);
	refused(CONF_clock_max_distance, "1e999", NULL);
	refused(CONF_clock_max_distance, "0x1", NULL);
	refused(CONF_clock_max_distance, " 1", NULL);
	refused(CONF_clock_max_distance, "1,5", NULL);
	refused(CONF_clock_max_distance, "1.5.1", NULL);
	refused(CONF_clock_max_distance, "e", NULL);
	refused(CONF_clock_max_distance, "-1", NULL);
	refused(CONF_clock_max_distance, "", NULL);
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	static const char *const	 levels[] = {
		[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning",
		[LEVEL_INFO] = "info", [LEVEL_DEBUG] = "debug"
	};
	struct conf			 conf;
	size_t				 n;

	for (n = 0; n < NITEMS(levels); n++) {
		conf_init(&conf);
		ATF_REQUIRE_EQ(set(&conf, CONF_log_level, levels[n]), 0);
		ATF_CHECK_EQ(conf.log_level, n);
		accepted(CONF_log_level, levels[n], levels[n]);
	}
	accepted(CONF_clock_source, "local", "local");
	refused(CONF_clock_source, "sytem",
	    "`sytem' is not a word it knows; allowed: system, local, mirror");
	refused(CONF_clock_source, "", NULL);
	refused(CONF_clock_source, "0", NULL);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	accepted(CONF_user, "Az09_.-", "Az09_.-");
	accepted(CONF_control_group, "", "");
	refused(CONF_user, "-x", "`-x' starts with `-'; allowed: 1 to 31 of "
	    "letters, digits, `_', `.' and `-', the first not `-'");
	refused(CONF_user, "a b", NULL);
	refused(CONF_user, "a/b", NULL);
	refused(CONF_user, "a\n", NULL);
	refused(CONF_user, "\303\251", NULL);
}

ATF_TC_WITHOUT_HEAD(paths);
ATF_TC_BODY(paths, tc)
{
	accepted(CONF_chroot, "/", "/");
	accepted(CONF_chroot, "/a..b/..c/d../...", "/a..b/..c/d../...");
	accepted(CONF_chroot, "/a b", "/a b");
	refused(CONF_chroot, "var/empty", "`var/empty' is not an absolute "
	    "path; allowed: an absolute path of 1 to 107 octets, without "
	    "`..'");
	refused(CONF_chroot, "/..", NULL);
	refused(CONF_chroot, "/var/../etc", NULL);
	refused(CONF_chroot, "/var/..", NULL);
	refused(CONF_chroot, "/.../..", NULL);
	refused(CONF_chroot, "/../..", NULL);
	refused(CONF_chroot, "/a\nb", NULL);
	refused(CONF_chroot, "/a\177b", NULL);
}

ATF_TC_WITHOUT_HEAD(refids);
ATF_TC_BODY(refids, tc)
{
	static const struct {
		const char	*text, *shown;
		uint8_t		 octets[4];
	}		 t[] = {
		{ "GPS", "GPS", { 'G', 'P', 'S', 0 } },
		{ "~!1.", "~!1.", { '~', '!', '1', '.' } },
		{ "a:b", "a:b", { 'a', ':', 'b', 0 } },
		{ "192.0.2.7", "192.0.2.7", { 192, 0, 2, 7 } },
		/* md5sum of the 16 octets of each */
		{ "2001:DB8:0::7", "2001:db8::7", { 0xe1, 0xb2, 0xc2, 0x9d } },
		{ "::1", "::1", { 0xcf, 0x40, 0x4d, 0xc8 } },
	};
	struct conf	 conf;
	size_t		 n;

	for (n = 0; n < NITEMS(t); n++) {
		conf_init(&conf);
		ATF_REQUIRE_EQ(set(&conf, CONF_clock_refid, t[n].text), 0);
		ATF_CHECK_STREQ(conf.clock_refid.text, t[n].shown);
		ATF_CHECK_MSG(memcmp(conf.clock_refid.octets, t[n].octets,
		    4) == 0, "%s", t[n].text);
		accepted(CONF_clock_refid, t[n].text, t[n].shown);
	}
	refused(CONF_clock_refid, "", NULL);
	refused(CONF_clock_refid, "ABCDE", "`ABCDE' is too long; allowed: "
	    "1 to 4 printable ASCII characters without quotes and "
	    "backslashes, or an IPv4 or IPv6 address");
	refused(CONF_clock_refid, "192.0.2", NULL);
	refused(CONF_clock_refid, "A B", NULL);
	refused(CONF_clock_refid, "A\"", NULL);
	refused(CONF_clock_refid, "A'", NULL);
	refused(CONF_clock_refid, "A\\", NULL);
	refused(CONF_clock_refid, "A\177", NULL);
	refused(CONF_clock_refid, "\303\251", NULL);
	refused(CONF_clock_refid, "fe80::1%2", NULL);
}

ATF_TC_WITHOUT_HEAD(listens);
ATF_TC_BODY(listens, tc)
{
	struct conf	 conf, before;
	char		 line[4096] = "listen=", err[CONF_ERR_MAX], one[32];
	int		 n;

	accepted(CONF_listen, "192.0.2.1,eth0:1123 , [::1]",
	    "192.0.2.1:123 eth0:1123 [::1]:123");
	accepted(CONF_listen, "\teth0 ", "eth0:123");
	refused(CONF_listen, "1.2.3", "1.2.3 is not an address or interface "
	    "to listen on; allowed: 1 to 32 unicast addresses or interfaces, "
	    "each with an optional :port");
	refused(CONF_listen, "", NULL);
	refused(CONF_listen, "224.0.1.1", NULL);

	conf_init(&conf);
	before = conf;
	ATF_CHECK_EQ(conf_override(&conf, "listen= ,", err, sizeof(err)), -1);
	ATF_CHECK_EQ(conf_override(&conf, "listen=eth0 *", err,
	    sizeof(err)), -1);
	for (n = 0; n <= CONF_LISTEN_MAX; n++) {
		if (n == CONF_LISTEN_MAX)
			accepted(CONF_listen, line + strlen("listen="), NULL);
		snprintf(one, sizeof(one), "127.0.0.%d ", n + 1);
		strlcat(line, one, sizeof(line));
	}
	ATF_CHECK_EQ(conf_override(&conf, line, err, sizeof(err)), -1);
	ATF_CHECK_STREQ(err, "listen: 127.0.0.33 is one too many; allowed: 1 "
	    "to 32 unicast addresses or interfaces, each with an optional "
	    ":port");
	ATF_CHECK(memcmp(&conf, &before, sizeof(conf)) == 0);
}

/* Over a network, anybody could answer in the daemon's place. */
ATF_TC_WITHOUT_HEAD(mirrors);
ATF_TC_BODY(mirrors, tc)
{
	accepted(CONF_clock_mirror, "127.0.0.1", "127.0.0.1:123");
	accepted(CONF_clock_mirror, "127.9.8.7:1", "127.9.8.7:1");
	accepted(CONF_clock_mirror, "::1", "[::1]:123");
	accepted(CONF_clock_mirror, "[::1]:11123", "[::1]:11123");
	refused(CONF_clock_mirror, "192.0.2.1:123", "`192.0.2.1:123' is not "
	    "a loopback address; allowed: a loopback address, with an "
	    "optional :port");
	refused(CONF_clock_mirror, "localhost", "`localhost' is not an "
	    "address; allowed: a loopback address, with an optional :port");
	refused(CONF_clock_mirror, "0.0.0.0", NULL);
	refused(CONF_clock_mirror, "128.0.0.1", NULL);
	refused(CONF_clock_mirror, "::", NULL);
	refused(CONF_clock_mirror, "::2", NULL);
	refused(CONF_clock_mirror, "::ffff:127.0.0.1", NULL);
	refused(CONF_clock_mirror, "127.0.0.1:0", NULL);
	refused(CONF_clock_mirror, "127.0.0.1 127.0.0.2", NULL);
	refused(CONF_clock_mirror, "lo", NULL);
	refused(CONF_clock_mirror, "", NULL);
}

ATF_TC_WITHOUT_HEAD(endpoints);
ATF_TC_BODY(endpoints, tc)
{
	accepted(CONF_web_listen, "", "");
	accepted(CONF_web_listen, "127.0.0.1:8123", "127.0.0.1:8123");
	accepted(CONF_web_listen, "[0::1]:80", "[::1]:80");
	accepted(CONF_web_listen, "0.0.0.0:65535", "0.0.0.0:65535");
	accepted(CONF_web_listen, "/run/ntpsd/web.sock",
	    "/run/ntpsd/web.sock");
	refused(CONF_web_listen, "127.0.0.1", "127.0.0.1 is neither an "
	    "address and port nor an absolute path; allowed: address:port, the "
	    "absolute path of a socket, or nothing");
	refused(CONF_web_listen, "127.0.0.1:0", NULL);
	refused(CONF_web_listen, "127.0.0.1:65536", NULL);
	refused(CONF_web_listen, "localhost:80", NULL);
	refused(CONF_web_listen, "8123", NULL);
	refused(CONF_web_listen, "224.0.0.1:80", NULL);
	refused(CONF_web_listen, "run/web.sock", NULL);
	refused(CONF_web_listen, "/run/../web.sock", NULL);
	refused(CONF_web_listen, "/a\nb", NULL);
}

ATF_TC_WITHOUT_HEAD(prefixes);
ATF_TC_BODY(prefixes, tc)
{
	struct conf	 conf;
	char		 line[2048] = "ntpq.allow=", err[CONF_ERR_MAX], one[32];
	int		 n;

	accepted(CONF_ntpq_allow, "127.0.0.0/8,::1 , 10.0.0.1/32",
	    "127.0.0.0/8 ::1 10.0.0.1");
	accepted(CONF_ntpq_allow, "any", "any");
	accepted(CONF_ntpq_allow, " , ", "");
	refused(CONF_ntpq_allow, "10.0.0.1/8", "`10.0.0.1/8' has bits set "
	    "behind its length; allowed: 0 to 64 addresses, prefixes like "
	    "192.0.2.0/24, or any");
	refused(CONF_ntpq_allow, "localhost", NULL);
	refused(CONF_ntpq_allow, "::ffff:10.0.0.1", NULL);
	refused(CONF_ntpq_allow, "", NULL);

	for (n = 0; n <= CONF_PREFIXES_MAX; n++) {
		if (n == CONF_PREFIXES_MAX)
			accepted(CONF_ntpq_allow, line + strlen("ntpq.allow="),
			    NULL);
		snprintf(one, sizeof(one), "10.0.0.%d ", n);
		strlcat(line, one, sizeof(line));
	}
	conf_init(&conf);
	ATF_CHECK_EQ(conf_override(&conf, line, err, sizeof(err)), -1);
	ATF_CHECK_STREQ(err, "ntpq.allow: 10.0.0.64 is one too many; allowed: "
	    "0 to 64 addresses, prefixes like 192.0.2.0/24, or any");
	ATF_CHECK_EQ(conf.ntpq_allow.n, 0);
}

#define RULES	"up to 256 rules like {from: 192.0.2.0/24, action: drop}, "  \
		"of from, from_file, to, version, mode, auth, action, "	     \
		"reason, rate, burst"

/* The policy as text, the way -D has it. */
ATF_TC_WITHOUT_HEAD(policies);
ATF_TC_BODY(policies, tc)
{
	accepted(CONF_policy, "", "");
	accepted(CONF_policy, "{from: any, action: drop}",
	    "{from: any, action: drop}");
	accepted(CONF_policy, " {action: allow} , {  from: 10.0.0.0/8,"
	    "action: drop , reason: old }",
	    "{from: any, action: allow} "
	    "{from: 10.0.0.0/8, action: drop, reason: old}");
	accepted(CONF_policy, "{version: \"2,1\", mode: 3, auth: false, "
	    "to: \"[::1]:123\", action: kod rstr}",
	    "{from: any, to: \"[::1]:123\", version: \"1,2\", mode: 3, "
	    "auth: false, action: kod rstr}");
	accepted(CONF_policy, "{action: limit, rate: .25, burst: 255}",
	    "{from: any, action: limit, rate: 0.25, burst: 255}");
	/* what would end a value, a rule or the list elsewhere */
	accepted(CONF_policy, "{from_file: \"/a, b: {c} d\", action: drop} "
	    "{from_file: \"/e\\\"f}\\\\\", action: drop}",
	    "{from_file: \"/a, b: {c} d\", action: drop} "
	    "{from_file: \"/e\\\"f}\\\\\", action: drop}");
	refused(CONF_policy, "drop", "`drop' is not a rule in braces; allowed: "
	    RULES);
	refused(CONF_policy, "{from: any}", "`{from: any}' has no action; "
	    "allowed: " RULES);
	refused(CONF_policy, "{action: drop, from}", "`{action: drop, from}' "
	    "has a field without a value; allowed: " RULES);
	refused(CONF_policy, "{from: any, action: dorp}", "`{from: any, "
	    "action: dorp}' is no action; allowed: " RULES);
	refused(CONF_policy, "{colour: red, action: drop}", NULL);
	refused(CONF_policy, "{from_file: \"/x\\\", action: drop}", NULL);
	refused(CONF_policy, "{", NULL);
	refused(CONF_policy, "{}", NULL);
	refused(CONF_policy, "{from: any, action: drop", NULL);
	refused(CONF_policy, "{from: 1.2.3, action: drop}", NULL);
	refused(CONF_policy, "{from: any, from_file: /x}", NULL);
	refused(CONF_policy, "{from: ::1, from_file: /x, action: drop}", NULL);
	refused(CONF_policy, "{action: limit}", NULL);
	refused(CONF_policy, "{action: drop, rate: 1}", NULL);
	refused(CONF_policy, "{action: drop, burst: 1}", NULL);
	refused(CONF_policy, "{action: allow, reason: x}", NULL);
}

ATF_TC_WITHOUT_HEAD(many_policies);
ATF_TC_BODY(many_policies, tc)
{
	static char	 line[POLICY_RULES_MAX * 64] = "policy=", out[32768];
	struct conf	 conf;
	char		 err[CONF_ERR_MAX] = "", one[64];
	int		 n;

	conf_init(&conf);
	for (n = 0; n < POLICY_RULES_MAX; n++) {
		snprintf(one, sizeof(one), "{from: 10.0.%d.0/24, action: "
		    "drop}%s", n, n % 2 == 0 ? " " : ",");
		strlcat(line, one, sizeof(line));
	}
	ATF_CHECK_EQ_MSG(conf_override(&conf, line, err, sizeof(err)), 0,
	    "%s", err);
	ATF_CHECK_EQ(conf.policy.n, POLICY_RULES_MAX);
	ATF_CHECK_EQ(conf.policy.rule[255].from.ip[2], 255);
	conf_format(&conf, CONF_policy, out, sizeof(out));
	ATF_CHECK_STREQ(out + strlen(out) - 36,
	    " {from: 10.0.255.0/24, action: drop}");
	strlcat(line, " {action: drop}", sizeof(line));
	ATF_CHECK_EQ(conf_override(&conf, line, err, sizeof(err)), -1);
	ATF_CHECK_STREQ(err, "policy: `{action: drop}' is one too many; "
	    "allowed: " RULES);
	ATF_CHECK_EQ(conf.policy.n, POLICY_RULES_MAX);
}

/* Whose word a value is: show config tells, and set goes by it. */
ATF_TC_WITHOUT_HEAD(origins);
ATF_TC_BODY(origins, tc)
{
	static const enum conf_origin	 t[] = {
		CONF_FROM_SETTING, CONF_FROM_COMMAND, CONF_FROM_DEFAULT
	};
	static const struct conf_where	 zero;
	struct conf			 conf, before;
	char				 err[CONF_ERR_MAX];
	size_t				 n;

	conf_init(&conf);
	for (n = 0; n < NITEMS(t); n++) {
		ATF_REQUIRE_EQ(set(&conf, CONF_clock_stratum, "9"), 0);
		ATF_CHECK_EQ(conf.where[CONF_clock_stratum].line, 7);
		ATF_REQUIRE_EQ(conf_assign(&conf, "clock.stratum=5", t[n], err,
		    sizeof(err)), 0);
		ATF_CHECK_EQ(conf.clock_stratum, 5);
		ATF_CHECK_EQ(conf.where[CONF_clock_stratum].origin, t[n]);
		/* no place of the file's is left */
		ATF_CHECK_EQ(conf.where[CONF_clock_stratum].line, 0);
		ATF_CHECK_EQ(conf.where[CONF_clock_stratum].column, 0);
		/* a list that is empty has one as well */
		ATF_REQUIRE_EQ(conf_assign(&conf, "ntpq.allow=::1", t[n], err,
		    sizeof(err)), 0);
		ATF_CHECK_EQ(conf.where[CONF_ntpq_allow].origin, t[n]);
		ATF_CHECK_EQ(conf.ntpq_allow.n, 1);
		conf.where[CONF_ntpq_allow] = zero;
		ATF_REQUIRE_EQ(conf_assign(&conf, "ntpq.allow=", t[n], err,
		    sizeof(err)), 0);
		ATF_CHECK_EQ(conf.where[CONF_ntpq_allow].origin, t[n]);
		ATF_CHECK_EQ(conf.ntpq_allow.n, 0);
		ATF_REQUIRE_EQ(conf_assign(&conf, "listen=lo eth0", t[n], err,
		    sizeof(err)), 0);
		ATF_CHECK_EQ(conf.where[CONF_listen].origin, t[n]);
		/* what is refused is nobody's */
		before = conf;
		ATF_CHECK_EQ(conf_assign(&conf, "clock.stratum=77",
		    CONF_FROM_COMMAND, err, sizeof(err)), -1);
		ATF_CHECK_STREQ(err, "clock.stratum: 77 is out of range; "
		    "allowed: 1 to 15");
		ATF_CHECK_EQ(conf_assign(&conf, "listen=eth1 *",
		    CONF_FROM_COMMAND, err, sizeof(err)), -1);
		ATF_CHECK(memcmp(&conf, &before, sizeof(conf)) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(list_index);
ATF_TC_BODY(list_index, tc)
{
	struct conf	 conf;
	char		 err[CONF_ERR_MAX], text[256];
	struct conf_where w = { CONF_FROM_FILE, 3, 4 };

	conf_init(&conf);
	ATF_CHECK_EQ(conf_set(&conf, CONF_listen, 0, "a", &somewhere, err,
	    sizeof(err)), 0);
	ATF_CHECK_EQ(conf.listen.n, 1);
	ATF_CHECK_EQ(conf_set(&conf, CONF_listen, 2, "c", &w, err,
	    sizeof(err)), -1);
	ATF_CHECK_EQ(conf_set(&conf, CONF_listen, 1, "b", &w, err,
	    sizeof(err)), 0);
	ATF_CHECK_EQ(conf_set(&conf, CONF_listen, 1, "b", &w, err,
	    sizeof(err)), -1);
	ATF_CHECK_STREQ(conf_format(&conf, CONF_listen, text, sizeof(text)),
	    "a:123 b:123");
	ATF_CHECK_EQ(conf.where[CONF_listen].line, 7);
	ATF_CHECK_EQ(conf.where[CONF_listen].column, 12);
	ATF_CHECK_EQ(conf_set(&conf, CONF_user, 1, "b", &w, err,
	    sizeof(err)), -1);
}

ATF_TC_WITHOUT_HEAD(overrides);
ATF_TC_BODY(overrides, tc)
{
	static const char *const	 t[][2] = {
		{ "clock.stratum=17",
		    "clock.stratum: 17 is out of range; allowed: 1 to 15" },
		{ "clock.stratm=2",
		    "clock.stratm: no such key; did you mean clock.stratum?" },
		{ "stratum=2",
		    "stratum: no such key; did you mean clock.stratum?" },
		{ "\033x=2", "\\033x: no such key" },
		{ "=2", ": no such key" },
		{ "clock.stratum",
		    "clock.stratum: has no value; allowed: key=value" },
	};
	struct conf			 conf, before;
	char				 err[CONF_ERR_MAX], longer[4096];
	size_t				 n;

	conf_init(&conf);
	before = conf;
	for (n = 0; n < NITEMS(t); n++) {
		ATF_CHECK_EQ(conf_override(&conf, t[n][0], err, sizeof(err)),
		    -1);
		ATF_CHECK_STREQ(err, t[n][1]);
	}
	memset(longer, 'x', sizeof(longer));
	longer[4000] = '=';
	longer[4095] = '\0';
	ATF_CHECK_EQ(conf_override(&conf, longer, err, sizeof(err)), -1);
	ATF_CHECK(strlen(err) < 100);
	ATF_CHECK(memcmp(&conf, &before, sizeof(conf)) == 0);
	ATF_CHECK_EQ(conf_override(&conf, "clock.stratum=3", err,
	    sizeof(err)), 0);
	ATF_CHECK_EQ(conf.clock_stratum, 3);
	ATF_CHECK_EQ(conf.where[CONF_clock_stratum].origin,
	    CONF_FROM_COMMAND);
}

ATF_TC_WITHOUT_HEAD(quoting);
ATF_TC_BODY(quoting, tc)
{
	char	 text[256], expected[CONF_ERR_MAX];

	refused(CONF_enabled, "a\n\033\\\377", "`a\\012\\033\\134\\377' is "
	    "neither true nor false; allowed: true or false");
	memset(text, 'a', sizeof(text));
	text[64] = '\0';
	snprintf(expected, sizeof(expected), "`%s' is neither true nor false;"
	    " allowed: true or false", text);
	refused(CONF_enabled, text, expected);
	snprintf(expected, sizeof(expected), "`%s...' is neither true nor "
	    "false; allowed: true or false", text);
	text[64] = 'a';
	text[255] = '\0';
	refused(CONF_enabled, text, expected);
}

ATF_TC_WITHOUT_HEAD(near);
ATF_TC_BODY(near, tc)
{
	static const char *const	 t[][2] = {
		{ "usr", "user" }, { "liisten", "listen" },
		{ "clock.startum", "clock.stratum" },
		{ "stratum", "clock.stratum" }, { "mode", "control.mode" },
		{ "clock.refid", "clock.refid" },
	};
	static const char *const	 none[] = {
		"", "zzzzzz", "clock", "u", "ratum", ".stratum",
		"clock.strxxxm",
	};
	char				 longer[500];
	const char			*found;
	size_t				 n;

	for (n = 0; n < NITEMS(t); n++) {
		found = conf_near(t[n][0]);
		ATF_REQUIRE_MSG(found != NULL, "%s", t[n][0]);
		ATF_CHECK_STREQ(found, t[n][1]);
	}
	for (n = 0; n < NITEMS(none); n++)
		ATF_CHECK_MSG(conf_near(none[n]) == NULL, "%s", none[n]);
	memset(longer, 'u', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ATF_CHECK(conf_near(longer) == NULL);
}

ATF_TC_WITHOUT_HEAD(checks);
ATF_TC_BODY(checks, tc)
{
	static const struct {
		const char	*set[5], *err;
		enum conf_key	 key;
	}		 t[] = {
		{ { "listen=[::1]:123 eth0 [::1]" },
		    "[::1]:123 is there twice; allowed: each once",
		    CONF_listen },
		{ { "listen=192.0.2.1 192.0.2.1:123" },
		    "192.0.2.1:123 is there twice; allowed: each once",
		    CONF_listen },
		{ { "listen=eth0 eth1 eth0:123" },
		    "eth0:123 is there twice; allowed: each once",
		    CONF_listen },
		{ { "listen=eth0 eth0:124 eth1 0.0.0.0 [::] 127.0.0.1" },
		    NULL, 0 },
		{ { "clock.stratum=1", "clock.refid=192.0.2.1" },
		    "192.0.2.1 is an address; allowed at stratum 1: 1 to 4 "
		    "printable ASCII characters", CONF_clock_refid },
		{ { "clock.stratum=1", "clock.refid=::1" },
		    "::1 is an address; allowed at stratum 1: 1 to 4 "
		    "printable ASCII characters", CONF_clock_refid },
		{ { "clock.stratum=1", "clock.refid=GPS" }, NULL, 0 },
		{ { "clock.stratum=1", "clock.refid=1.2" }, NULL, 0 },
		{ { "clock.stratum=2", "clock.refid=::1" }, NULL, 0 },
		/* S5: smeared time, and who could get it */
		{ { "leap.smear=linear", "leap.smear_before=900",
		    "leap.smear_after=1099" }, "lasts too short; allowed: 2000 "
		    "seconds or more from leap.smear_before to "
		    "leap.smear_after", CONF_leap_smear },
		{ { "leap.smear=cosine" }, "needs a list of leap seconds; "
		    "allowed: with leap.file", CONF_leap_smear },
		{ { "leap.smear=cosine", "leap.i_know=true" }, "needs a list "
		    "of leap seconds; allowed: with leap.file",
		    CONF_leap_smear },
		{ { "leap.smear=linear", "leap.file=/x" }, "0.0.0.0:123 may "
		    "be public, where clients mix servers; allowed: private "
		    "addresses in listen, or leap.i_know: true",
		    CONF_leap_smear },
		{ { "leap.smear=linear", "leap.file=/x",
		    "listen=10.0.0.1 [2001:db8::1]:1123" }, "[2001:db8::1]:1123"
		    " may be public, where clients mix servers; allowed: "
		    "private addresses in listen, or leap.i_know: true",
		    CONF_leap_smear },
		/* whatever its addresses are, and will be */
		{ { "leap.smear=linear", "leap.file=/x", "listen=lo" },
		    "lo:123 may be public, where clients mix servers; "
		    "allowed: private addresses in listen, or leap.i_know: "
		    "true", CONF_leap_smear },
		{ { "leap.smear=linear", "leap.file=/x",
		    "listen=10.0.0.1 [fd00::1] 127.0.0.1 169.254.1.1" },
		    NULL, 0 },
		{ { "leap.smear=linear", "leap.file=/x", "leap.i_know=true" },
		    NULL, 0 },
		{ { "leap.smear=linear", "leap.file=/x", "leap.i_know=true",
		    "leap.smear_before=2000", "leap.smear_after=0" },
		    NULL, 0 },
		{ { "leap.smear_before=1", "leap.smear_after=0" }, NULL, 0 },
		{ { "leap.smear=none", "leap.i_know=true" }, NULL, 0 },
		/* changes over HTTP are for this machine alone */
		{ { "web.token_file=/x", "web.listen=192.0.2.1:80" },
		    "changes over HTTP with web.listen at 192.0.2.1:80; "
		    "allowed: a loopback address or a socket there, or no "
		    "token", CONF_web_token_file },
		{ { "web.token_file=/x", "web.listen=0.0.0.0:80" },
		    "changes over HTTP with web.listen at 0.0.0.0:80; "
		    "allowed: a loopback address or a socket there, or no "
		    "token", CONF_web_token_file },
		{ { "web.token_file=/x", "web.listen=[2001:db8::1]:80" },
		    "changes over HTTP with web.listen at [2001:db8::1]:80; "
		    "allowed: a loopback address or a socket there, or no "
		    "token", CONF_web_token_file },
		{ { "web.token_file=/x", "web.listen=127.0.0.1:80" },
		    NULL, 0 },
		{ { "web.token_file=/x", "web.listen=127.255.0.1:80" },
		    NULL, 0 },
		{ { "web.token_file=/x", "web.listen=[::1]:80" }, NULL, 0 },
		{ { "web.token_file=/x", "web.listen=/run/web" }, NULL, 0 },
		{ { "web.token_file=/x" }, NULL, 0 },
		{ { "web.listen=192.0.2.1:80" }, NULL, 0 },
	};
	struct conf	 conf;
	enum conf_key	 key;
	char		 err[CONF_ERR_MAX];
	size_t		 n, i;
	int		 ret;

	for (n = 0; n < NITEMS(t); n++) {
		conf_init(&conf);
		for (i = 0; i < NITEMS(t[n].set) && t[n].set[i] != NULL; i++)
			ATF_REQUIRE_EQ(conf_override(&conf, t[n].set[i], err,
			    sizeof(err)), 0);
		ret = conf_check(&conf, &key, err, sizeof(err));
		ATF_CHECK_EQ_MSG(ret, t[n].err == NULL ? 0 : -1, "%s (%zu)",
		    t[n].set[0], n);
		if (t[n].err == NULL || ret == 0)
			continue;
		ATF_CHECK_STREQ(err, t[n].err);
		ATF_CHECK_EQ(key, t[n].key);
	}
}

/* An item that is good but for what the test then changes in it. */
static struct conf_item
item_of(enum conf_key key)
{
	struct conf		 conf;
	struct conf_item	 item;

	conf_init(&conf);
	ATF_REQUIRE(conf_item_get(&conf, key, 0, &item));
	return (item);
}

static void
hostile(const struct conf_item *item, const char *what)
{
	struct conf	 conf, before;
	char		 err[CONF_ERR_MAX] = "";

	conf_init(&conf);
	before = conf;
	ATF_CHECK_EQ_MSG(conf_item_set(&conf, item, err, sizeof(err)), -1,
	    "%s", what);
	ATF_CHECK_MSG(strstr(err, "allowed: ") != NULL, "%s: %s", what, err);
	ATF_CHECK_MSG(memcmp(&conf, &before, sizeof(conf)) == 0, "%s", what);
}

#define HOSTILE(k, change) do {						\
	struct conf_item	 item = item_of(k);			\
									\
	change;								\
	hostile(&item, #change);					\
} while (0)

ATF_TC_WITHOUT_HEAD(hostile_numbers);
ATF_TC_BODY(hostile_numbers, tc)
{
	HOSTILE(CONF_enabled, item.key = CONF_NKEYS);
	HOSTILE(CONF_enabled, item.key = UINT32_MAX);
	HOSTILE(CONF_enabled, item.index = 1);
	HOSTILE(CONF_enabled, item.where.origin = CONF_FROM_COMMAND + 1);
	HOSTILE(CONF_enabled, item.v.u = 2);
	HOSTILE(CONF_enabled, item.v.u = UINT64_MAX);
	HOSTILE(CONF_clock_source, item.v.u = CLOCK_MIRROR + 1);
	HOSTILE(CONF_log_level, item.v.u = UINT64_MAX);
	HOSTILE(CONF_clock_stratum, item.v.u = UINT64_MAX);
	HOSTILE(CONF_receive_buffer, item.v.u = UINT64_MAX);
	HOSTILE(CONF_control_mode, item.v.u = 01000);
	HOSTILE(CONF_clock_max_distance, item.v.real = NAN);
	HOSTILE(CONF_clock_max_distance, item.v.real = INFINITY);
	HOSTILE(CONF_clock_max_distance, item.v.real = -INFINITY);
	HOSTILE(CONF_clock_max_distance, item.v.real = 0);
}

ATF_TC_WITHOUT_HEAD(hostile_texts);
ATF_TC_BODY(hostile_texts, tc)
{
	HOSTILE(CONF_user, memset(item.v.text, 'a', CONF_TEXT_MAX));
	HOSTILE(CONF_user, memset(item.v.text, 'a', 32));
	HOSTILE(CONF_user, memset(item.v.text, 0, CONF_TEXT_MAX));
	HOSTILE(CONF_user, item.v.text[0] = '-');
	HOSTILE(CONF_user, item.v.text[1] = '/');
	HOSTILE(CONF_user, item.v.text[CONF_TEXT_MAX - 1] = 'x');
	HOSTILE(CONF_user, item.v.text[20] = 'x');
	HOSTILE(CONF_chroot, memset(item.v.text + 1, 'a', CONF_TEXT_MAX - 1));
	HOSTILE(CONF_chroot, item.v.text[0] = 'x');
	HOSTILE(CONF_chroot, item.v.text[1] = '\n');
	HOSTILE(CONF_chroot, memcpy(item.v.text, "/..", 4));
	HOSTILE(CONF_clock_refid, item.v.refid.octets[0] ^= 1);
	HOSTILE(CONF_clock_refid, item.v.refid.text[0] = '\n');
	HOSTILE(CONF_clock_refid, item.v.refid.text[0] = '\0');
	HOSTILE(CONF_clock_refid, item.v.refid.text[40] = 'x');
	HOSTILE(CONF_clock_refid, memset(item.v.refid.text, 'a', 48));
	HOSTILE(CONF_clock_refid, memset(&item.v, 'a', sizeof(item.v)));
	HOSTILE(CONF_clock_refid, memcpy(item.v.refid.text, "::1", 4));
}

ATF_TC_WITHOUT_HEAD(hostile_listeners);
ATF_TC_BODY(hostile_listeners, tc)
{
	HOSTILE(CONF_listen, item.index = 1);	/* 2 is the next */
	HOSTILE(CONF_listen, item.index = 3);
	HOSTILE(CONF_listen, item.index = CONF_LISTEN_MAX);
	HOSTILE(CONF_listen, item.index = UINT32_MAX);
	HOSTILE(CONF_listen, item.v.listen.addr.family = 0);
	HOSTILE(CONF_listen, item.v.listen.addr.family = AF_UNIX);
	HOSTILE(CONF_listen, item.v.listen.addr.pad = 1);
	HOSTILE(CONF_listen, item.v.listen.addr.port = 0);
	HOSTILE(CONF_listen, item.v.listen.addr.scope = 1);
	HOSTILE(CONF_listen, item.v.listen.addr.ip[0] = 224);
	HOSTILE(CONF_listen, memset(item.v.listen.addr.ip, 255, 4));
	HOSTILE(CONF_listen, item.v.listen.addr.ip[4] = 1);
	HOSTILE(CONF_listen, memset(item.v.listen.ifname, 'a', 16));
	HOSTILE(CONF_listen, item.v.listen.ifname[0] = 'a');
	HOSTILE(CONF_listen, item.v.listen.ifname[5] = 'a');
	HOSTILE(CONF_listen, item.v.listen.addr.family = 0;
	    item.v.listen.ifname[0] = '1');
	HOSTILE(CONF_listen, item.v.listen.addr.family = 0;
	    item.v.listen.ifname[0] = '/');
	HOSTILE(CONF_listen, item.v.listen.addr.family = 0;
	    item.v.listen.ifname[0] = 'a'; item.v.listen.addr.ip[0] = 1);
	HOSTILE(CONF_listen, item.v.listen.addr.family = AF_INET6;
	    item.v.listen.addr.ip[10] = item.v.listen.addr.ip[11] = 255);
}

ATF_TC_WITHOUT_HEAD(hostile_mirrors);
ATF_TC_BODY(hostile_mirrors, tc)
{
	HOSTILE(CONF_clock_mirror, item.index = 1);
	HOSTILE(CONF_clock_mirror, item.v.addr.family = 0);
	HOSTILE(CONF_clock_mirror, item.v.addr.family = AF_UNIX);
	HOSTILE(CONF_clock_mirror, item.v.addr.family = AF_INET6);
	HOSTILE(CONF_clock_mirror, item.v.addr.pad = 1);
	HOSTILE(CONF_clock_mirror, item.v.addr.port = 0);
	HOSTILE(CONF_clock_mirror, item.v.addr.scope = 1);
	HOSTILE(CONF_clock_mirror, item.v.addr.ip[0] = 10);
	HOSTILE(CONF_clock_mirror, item.v.addr.ip[4] = 1);
}

/* Of lists that are empty by default, so without an item to start with. */
static struct conf_item
item_from(enum conf_key key, const char *text)
{
	struct conf		 conf;
	struct conf_item	 item;

	conf_init(&conf);
	ATF_REQUIRE_EQ(set(&conf, key, text), 0);
	ATF_REQUIRE(conf_item_get(&conf, key, 0, &item));
	return (item);
}

#define HOSTILE_FROM(k, text, change) do {				\
	struct conf_item	 item = item_from(k, text);		\
									\
	change;								\
	hostile(&item, #change);					\
} while (0)

ATF_TC_WITHOUT_HEAD(hostile_prefixes);
ATF_TC_BODY(hostile_prefixes, tc)
{
	static const char	 net[] = "10.0.0.0/8";

	HOSTILE_FROM(CONF_ntpq_allow, net, item.index = 1);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.index = CONF_PREFIXES_MAX);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.index = UINT32_MAX);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.v.prefix.family = 0);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.v.prefix.family = 5);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.v.prefix.bits = 33);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.v.prefix.bits = 255);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.v.prefix.ip[1] = 1);
	HOSTILE_FROM(CONF_ntpq_allow, net, item.v.prefix.ip[15] = 1);
}

ATF_TC_WITHOUT_HEAD(hostile_policies);
ATF_TC_BODY(hostile_policies, tc)
{
	static const char	 any[] = "{action: drop, reason: x}";
	static const char	 file[] = "{from_file: /x, action: drop}";
	static const char	 limit_rule[] = "{action: limit, rate: 1}";

	HOSTILE_FROM(CONF_policy, any, item.index = 1);
	HOSTILE_FROM(CONF_policy, any, item.index = POLICY_RULES_MAX);
	HOSTILE_FROM(CONF_policy, any, item.index = UINT32_MAX);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.action = POLICY_NONE);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.action = POLICY_NACTIONS);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.action = 255);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.auth = 3);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.versions = 1);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.modes = 4);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.to_port = 123);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.from.bits = 1);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.to.family = 9);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.pad1 = 1);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.pad2 = 1);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.rated = 1);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.rate = 1);
	HOSTILE_FROM(CONF_policy, any, item.v.rule.reason[0] = '\n');
	HOSTILE_FROM(CONF_policy, any, item.v.rule.reason[5] = 'x');
	HOSTILE_FROM(CONF_policy, any, memset(item.v.rule.reason, 'x',
	    sizeof(item.v.rule.reason)));
	HOSTILE_FROM(CONF_policy, file, item.v.rule.from_file[0] = 'x');
	HOSTILE_FROM(CONF_policy, file, item.v.rule.from_file[1] = '\n');
	HOSTILE_FROM(CONF_policy, file, memset(item.v.rule.from_file + 1, 'x',
	    sizeof(item.v.rule.from_file) - 1));
	HOSTILE_FROM(CONF_policy, file, item.v.rule.from.family = 4);
	HOSTILE_FROM(CONF_policy, limit_rule, item.v.rule.rated = 0);
	HOSTILE_FROM(CONF_policy, limit_rule, item.v.rule.rate = NAN);
	HOSTILE_FROM(CONF_policy, limit_rule, item.v.rule.rate = -0.0);
	HOSTILE_FROM(CONF_policy, limit_rule, item.v.rule.rate = 1e7);
	HOSTILE_FROM(CONF_policy, limit_rule, item.v.rule.burst = 256);
}

ATF_TC_WITHOUT_HEAD(items);
ATF_TC_BODY(items, tc)
{
	struct conf		 conf;
	struct conf_item	 item;
	int			 n;

	conf_init(&conf);
	for (n = 0; n < CONF_NKEYS; n++) {
		memset(&item, 0xa5, sizeof(item));
		if (conf_rows[n].min == 0 && *conf_rows[n].def == '\0' &&
		    conf_rows[n].type >= CONF_LISTEN) {
			ATF_CHECK(!conf_item_get(&conf, n, 0, &item));
			continue;
		}
		ATF_REQUIRE(conf_item_get(&conf, n, 0, &item));
		ATF_CHECK_EQ(item.key, (uint32_t)n);
		ATF_CHECK_EQ(conf_item_get(&conf, n, 1, &item),
		    n == CONF_listen);
		ATF_CHECK(!conf_item_get(&conf, n, 2, &item));
	}
	/* An octet that was not set would carry memory to another process. */
	memset(&item, 0xa5, sizeof(item));
	ATF_REQUIRE(conf_item_get(&conf, CONF_enabled, 0, &item));
	ATF_CHECK_EQ(item.v.text[CONF_TEXT_MAX - 1], 0);
}

ATF_TC_WITHOUT_HEAD(equal);
ATF_TC_BODY(equal, tc)
{
	static const char *const	 other[CONF_NKEYS] = {
		[CONF_enabled] = "false", [CONF_user] = "x",
		[CONF_workers] = "3", [CONF_pin_workers] = "true",
		[CONF_chroot] = "/x", [CONF_listen] = "0.0.0.0",
		[CONF_receive_buffer] = "1M", [CONF_symmetric] = "false",
		[CONF_clock_source] = "local", [CONF_clock_stratum] = "3",
		[CONF_clock_refid] = "X", [CONF_clock_max_distance] = "1",
		[CONF_ratelimit_rate] = "7.5", [CONF_ratelimit_burst] = "9",
		[CONF_ratelimit_leak] = "0",
		[CONF_ratelimit_ipv4_prefix] = "24",
		[CONF_ratelimit_ipv6_prefix] = "56",
		[CONF_clients_memory] = "1M",
		[CONF_log_level] = "debug", [CONF_control_socket] = "/x",
		[CONF_control_group] = "", [CONF_control_mode] = "0600",
		[CONF_control_clients] = "1",
		[CONF_state] = "/x", [CONF_sandbox] = "required",
		[CONF_policy] = "{from: any, action: drop}",
		[CONF_interleaved] = "false", [CONF_gather] = "100",
		[CONF_clock_mirror] = "127.0.0.1:1",
		[CONF_clock_mirror_interval] = "1",
		[CONF_leap_file] = "/x", [CONF_leap_smear] = "linear",
		[CONF_leap_smear_before] = "1", [CONF_leap_smear_after] = "1",
		[CONF_leap_i_know] = "true", [CONF_keys_file] = "/x",
		[CONF_ratelimit_kod] = "0", [CONF_overload] = "false",
		[CONF_ntpq_allow] = "127.0.0.0/8", [CONF_ntpq_rate] = "512",
		[CONF_ntpq_total] = "512",
		[CONF_log_requests] = "info", [CONF_log_request_rate] = "1",
		[CONF_log_file] = "/x",
		[CONF_web_listen] = "[::1]:80", [CONF_web_host] = "x",
		[CONF_web_token_file] = "/x"
	};
	struct conf			 a, b;
	int				 n, i;

	for (n = 0; n < CONF_NKEYS; n++) {
		ATF_REQUIRE_MSG(other[n] != NULL, "add %s to this test",
		    conf_rows[n].path);
		conf_init(&a);
		conf_init(&b);
		ATF_REQUIRE_EQ(set(&b, n, conf_rows[n].type >= CONF_LISTEN ?
		    other[n] : conf_rows[n].def), 0);
		if (conf_rows[n].type < CONF_LISTEN)
			ATF_CHECK(conf_equal(&a, &b, n));
		ATF_REQUIRE_EQ(set(&b, n, other[n]), 0);
		for (i = 0; i < CONF_NKEYS; i++)
			ATF_CHECK_EQ_MSG(conf_equal(&a, &b, i), i != n, "%s",
			    conf_rows[i].path);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, count);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, text_limits);
	ATF_TP_ADD_TC(tp, bools);
	ATF_TP_ADD_TC(tp, uints);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, modes);
	ATF_TP_ADD_TC(tp, reals);
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, paths);
	ATF_TP_ADD_TC(tp, refids);
	ATF_TP_ADD_TC(tp, listens);
	ATF_TP_ADD_TC(tp, mirrors);
	ATF_TP_ADD_TC(tp, prefixes);
	ATF_TP_ADD_TC(tp, policies);
	ATF_TP_ADD_TC(tp, many_policies);
	ATF_TP_ADD_TC(tp, origins);
	ATF_TP_ADD_TC(tp, list_index);
	ATF_TP_ADD_TC(tp, overrides);
	ATF_TP_ADD_TC(tp, quoting);
	ATF_TP_ADD_TC(tp, near);
	ATF_TP_ADD_TC(tp, checks);
	ATF_TP_ADD_TC(tp, hostile_numbers);
	ATF_TP_ADD_TC(tp, hostile_texts);
	ATF_TP_ADD_TC(tp, hostile_listeners);
	ATF_TP_ADD_TC(tp, hostile_mirrors);
	ATF_TP_ADD_TC(tp, hostile_prefixes);
	ATF_TP_ADD_TC(tp, hostile_policies);
	ATF_TP_ADD_TC(tp, items);
	ATF_TP_ADD_TC(tp, equal);
	ATF_TP_ADD_TC(tp, endpoints);
	return (atf_no_error());
}
