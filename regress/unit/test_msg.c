/* SPDX-License-Identifier: ISC */
/* msg.c: the gate's verdict on every row of the catalogue. */

#include <sys/socket.h>

#include <math.h>
#include <string.h>

#include <atf-c.h>

#include "imsg.h"
#include "msg.h"

static const struct row {
	const char	*name;
	size_t		 size;
	uint32_t	 from, to, flags;
} rows[] = {
	{ "unknown", 0, 0, 0, 0 },
#define MSG(name, payload, from, to, flags)				\
	{ #name, sizeof(payload), from, to, flags },
#include "msg.def"
#undef MSG
};

static union msg_payload	 in, out;

static enum msg_verdict
gate_len(uint32_t type, unsigned int from, unsigned int to, size_t len,
    bool fd)
{
	static uint8_t	 octets[sizeof(in) + 1];
	struct imsg	 imsg;

	memcpy(octets, &in, sizeof(in));
	imsg.hdr.type = type;
	imsg.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + len);
	imsg.fd = fd ? 0 : -1;
	imsg.data = octets;
	memset(&out, 0xa5, sizeof(out));
	return (msg_check(&imsg, from, to, &out));
}

/* The verdict on `in` from somebody to somebody who may, with all it needs. */
static enum msg_verdict
gate(uint32_t type)
{
	unsigned int	 from, to;

	for (from = 0; !(rows[type].from & (1U << from));)
		from++;
	for (to = 0; !(rows[type].to & (1U << to));)
		to++;
	return (gate_len(type, from, to, rows[type].size,
	    rows[type].flags & MSG_FD));
}

ATF_TC_WITHOUT_HEAD(who_to_whom);
ATF_TC_BODY(who_to_whom, tc)
{
	const struct row	*r;
	enum msg_verdict	 want;
	unsigned int		 type, from, to;

	memset(&in, 0, sizeof(in));
	for (type = 0; type < MSG_COUNT; type++)
		for (from = 0; from <= PROC_COUNT; from++)
			for (to = 0; to <= PROC_COUNT; to++) {
				r = &rows[type];
				want = type == 0 ? MSG_BAD_TYPE :
				    !(r->from & 1U << from) ? MSG_BAD_SENDER :
				    !(r->to & 1U << to) ? MSG_BAD_RECEIVER :
				    MSG_OK;
				ATF_CHECK_EQ_MSG(want, gate_len(type, from,
				    to, r->size, r->flags & MSG_FD),
				    "%s from %u to %u", r->name, from, to);
				if (want == MSG_OK)
					ATF_CHECK_EQ(0, memcmp(&in, &out,
					    r->size));
			}
}

ATF_TC_WITHOUT_HEAD(length_and_descriptor);
ATF_TC_BODY(length_and_descriptor, tc)
{
	unsigned int	 type, from, to;
	size_t		 size;
	bool		 fd;

	memset(&in, 0, sizeof(in));
	for (type = 1; type < MSG_COUNT; type++) {
		for (from = 0; !(rows[type].from & (1U << from));)
			from++;
		for (to = 0; !(rows[type].to & (1U << to));)
			to++;
		size = rows[type].size;
		fd = rows[type].flags & MSG_FD;
		ATF_CHECK_EQ(size, msg_size(type));
		ATF_CHECK_STREQ(rows[type].name, msg_name(type));
		ATF_CHECK_EQ(MSG_BAD_LENGTH,
		    gate_len(type, from, to, size + 1, fd));
		ATF_CHECK_EQ(MSG_BAD_LENGTH,
		    gate_len(type, from, to, size - 1, fd));
		ATF_CHECK_EQ(MSG_BAD_LENGTH, gate_len(type, from, to, 0, fd));
		ATF_CHECK_EQ(MSG_BAD_FD, gate_len(type, from, to, size, !fd));
		/* The first thing wrong is what is said. */
		ATF_CHECK_EQ(MSG_BAD_LENGTH,
		    gate_len(type, from, to, 0, !fd));
		ATF_CHECK_EQ(MSG_BAD_SENDER,
		    gate_len(type, PROC_COUNT, PROC_COUNT, 0, !fd));
		ATF_CHECK_EQ(MSG_BAD_RECEIVER,
		    gate_len(type, from, PROC_COUNT, 0, !fd));
	}
}

ATF_TC_WITHOUT_HEAD(unknown_types);
ATF_TC_BODY(unknown_types, tc)
{
	uint32_t	 i, type[] = { 0, MSG_COUNT, MSG_COUNT + 1,
			    0x7fffffff, 0x80000000, 0xffffffff };

	for (i = 0; i < sizeof(type) / sizeof(type[0]); i++) {
		ATF_CHECK_EQ(MSG_BAD_TYPE, gate_len(type[i], 0, 1, 4, false));
		ATF_CHECK_EQ(0, msg_size(type[i]));
		ATF_CHECK_STREQ("unknown", msg_name(type[i]));
	}
}

/* Text needs a NUL, be it the last octet. */
#define TEXT(type, field) do {						\
	memset(&in.type.field, 'x', sizeof(in.type.field));		\
	ATF_CHECK_EQ_MSG(MSG_BAD_CONTENT, gate(MSG_##type), #type);	\
	in.type.field[sizeof(in.type.field) - 1] = '\0';		\
	ATF_CHECK_EQ_MSG(MSG_OK, gate(MSG_##type), #type);		\
	memset(&in, 0, sizeof(in));					\
} while (0)

ATF_TC_WITHOUT_HEAD(text_ends);
ATF_TC_BODY(text_ends, tc)
{
	memset(&in, 0, sizeof(in));
	TEXT(LOG, text);
	TEXT(CONFIG_FILE, name);
	TEXT(CONFIG_OVERRIDE, text);
	TEXT(CONFIG_ERROR, text);
	TEXT(STATUS, version);
	TEXT(STATUS, file);
	TEXT(PROCESS, last_death);
	TEXT(SOCKET, ifname);
	TEXT(RESULT, text);
	TEXT(CONFIG_SETTING, key);
	TEXT(CONFIG_SETTING, value);
	TEXT(SETTING, key);
	TEXT(SETTING, value);
	TEXT(CONFIG_WANT, name);
	TEXT(CONFIG_GIVE, name);
	TEXT(CONFIG_LACK, why);
	TEXT(DENIAL, reason);
	TEXT(DENIED, reason);
	TEXT(DENY, reason);
	TEXT(STATS, clock.why);
	TEXT(REFUSED, key);
	TEXT(REFUSED, why);
}

#define RANGE(type, field, last, bad) do {				\
	in.type.field = (last);						\
	ATF_CHECK_EQ_MSG(MSG_OK, gate(MSG_##type), #type "." #field);	\
	in.type.field = (bad);						\
	ATF_CHECK_EQ_MSG(MSG_BAD_CONTENT, gate(MSG_##type),		\
	    #type "." #field);						\
	memset(&in, 0, sizeof(in));					\
} while (0)

ATF_TC_WITHOUT_HEAD(numbers_in_range);
ATF_TC_BODY(numbers_in_range, tc)
{
	memset(&in, 0, sizeof(in));
	RANGE(LOG, level, LEVEL_DEBUG, LEVEL_DEBUG + 1);
	RANGE(LOG_LEVEL, level, LEVEL_DEBUG, UINT32_MAX);
	RANGE(PEER, proc, PROC_COUNT - 1, PROC_COUNT);
	RANGE(LISTENER, addr.family, AF_INET, AF_UNIX);
	RANGE(LISTENER_KEEP, addr.family, AF_INET6, 255);
	RANGE(STATUS, service, SERVICE_STOPPING, SERVICE_STOPPING + 1);
	RANGE(STATUS, missing, LAYER_ALL, LAYER_ALL + 1);
	RANGE(STATUS, log_level, LEVEL_DEBUG, 1ULL << 32);
	RANGE(PROCESS, slot, MSG_SLOTS_MAX - 1, MSG_SLOTS_MAX);
	RANGE(PROCESS, proc, PROC_COUNT - 1, PROC_COUNT);
	RANGE(PROCESS, state, PROCESS_READY, PROCESS_READY + 1);
	RANGE(PROCESS, missing, LAYER_ALL, 0x80000000);
	RANGE(SOCKET, slot, MSG_SOCKETS_MAX - 1, MSG_SOCKETS_MAX);
	RANGE(SOCKET, addr.family, AF_INET6, AF_INET6 + 1);
	RANGE(ACTION, action, ACTION_LOG, ACTION_LOG + 1);
	RANGE(ACTION, level, LEVEL_DEBUG, LEVEL_DEBUG + 1);
	RANGE(RESULT, code, RESULT_INVALID, RESULT_INVALID + 1);
	RANGE(CONFIG_TOKEN, len, SIGNED_TOKEN_MAX, SIGNED_TOKEN_MAX + 1);
	RANGE(NONCE, good, 1, 2);
	RANGE(SIGNED, kind, SIGNED_KINDS - 1, SIGNED_KINDS);
	RANGE(SIGNED, len, SIGNED_BODY_MAX, SIGNED_BODY_MAX + 1);
	RANGE(SHOW, what, SHOW_METRICS, SHOW_METRICS + 1);
	RANGE(SETTING, unset, 1, 2);
	RANGE(CONFIG_WANT, kind, FILE_KINDS - 1, FILE_KINDS);
	RANGE(CONFIG_LACK, absent, 1, 2);
	RANGE(CONFIG_BLOB, kind, BLOB_KINDS - 1, BLOB_KINDS);
	RANGE(CONFIG_BLOB, size, BLOB_MAX, BLOB_MAX + 1);
	RANGE(DENIAL, slot, DENIALS_MAX - 1, DENIALS_MAX);
	RANGE(DENIAL, kind, DENIAL_NONE, DENIAL_ALLOW);	/* of no source */
	RANGE(DENIAL, from.family, 4, 5);
	RANGE(DENY, kind, DENY_FORGET, DENY_FORGET + 1);
	RANGE(DENY, seconds, DENY_SECONDS_MAX, DENY_SECONDS_MAX + 1);
	RANGE(DENY, from.family, 6, 7);
	RANGE(DENY, from.bits, 0, 1);
	RANGE(RUN, crashed, 1, 2);
	RANGE(STATS_REQ, what, ASK_ALL, ASK_ALL + 1);
	RANGE(KEY_USES, n, MSG_KEYS_MAX, MSG_KEYS_MAX + 1);
	RANGE(STATS, last_source.family, AF_INET, 1);
	RANGE(STATS, clock.leap, 3, 4);
	RANGE(STATS, clock.stratum, 16, 17);
	RANGE(STATS, clock.precision, INT8_MIN, INT8_MIN - 1);
	RANGE(STATS, clock.precision, INT8_MAX, INT8_MAX + 1);
	RANGE(STATS, clock.source, CLOCK_MIRROR, CLOCK_MIRROR + 1);
	RANGE(STATS, clock.synchronised, 1, 2);
	RANGE(STATS, clock.leap_list, LEAP_LIST_EXPIRED, LEAP_LIST_EXPIRED + 1);
	RANGE(STATS, clock.leap_delta, -1, -2);
	RANGE(STATS, clock.leap_delta, 1, 2);
	RANGE(STATS, clock.smear, SMEAR_COSINE, SMEAR_COSINE + 1);
	RANGE(STATS, clock.smear_offset, -0.5, (double)NAN);
	RANGE(STATS, clock.root_delay, 1e9, -1e-9);
	RANGE(STATS, clock.root_delay, 0, (double)NAN);
	RANGE(STATS, clock.root_dispersion, 16, (double)INFINITY);
	RANGE(STATS, clock.root_dispersion, 0, -1);
}

/* The messages that carry an item are checked alike. */
ATF_TC_WITHOUT_HEAD(items);
ATF_TC_BODY(items, tc)
{
	unsigned int	 key;

	memset(&in, 0, sizeof(in));
	RANGE(CONFIG_ITEM, key, CONF_NKEYS - 1, CONF_NKEYS);
	RANGE(CONFIG_ITEM, index, CONF_INDEX_MAX - 1, CONF_INDEX_MAX);
	RANGE(CONFIG_ITEM, where.origin, CONF_FROM_COMMAND,
	    CONF_FROM_COMMAND + 1);
	RANGE(CONFIG_VALUE, key, CONF_NKEYS - 1, UINT32_MAX);
	in.CONFIG_ITEM.key = CONF_listen;
	in.CONFIG_ITEM.v.listen.addr.family = 77;
	ATF_CHECK_EQ(MSG_BAD_CONTENT, gate(MSG_CONFIG_ITEM));
	in.CONFIG_ITEM.key = CONF_clock_max_distance;
	in.CONFIG_ITEM.v.real = (double)NAN;
	ATF_CHECK_EQ(MSG_BAD_CONTENT, gate(MSG_CONFIG_ITEM));
	for (key = 0; key < CONF_NKEYS; key++) {
		memset(&in, 0, sizeof(in));
		memset(&in.CONFIG_ITEM.v, 'x', sizeof(in.CONFIG_ITEM.v));
		in.CONFIG_ITEM.key = key;
		if (conf_rows[key].type == CONF_LISTEN)
			in.CONFIG_ITEM.v.listen.addr.family = AF_INET;
		switch (conf_rows[key].type) {
		case CONF_UINT:
		case CONF_COUNT:
		case CONF_SIZE:
		case CONF_MODE:
		case CONF_WORD:
		case CONF_REAL:		/* "xxxxxxxx" is a large number */
			ATF_CHECK_EQ(MSG_OK, gate(MSG_CONFIG_ITEM));
			break;
		default:
			ATF_CHECK_EQ_MSG(MSG_BAD_CONTENT,
			    gate(MSG_CONFIG_ITEM), "%s", conf_rows[key].path);
		}
	}
}

/* A stranger's hello passes, to be answered; one of our own has to be good. */
ATF_TC_WITHOUT_HEAD(hello);
ATF_TC_BODY(hello, tc)
{
	memset(&in, 0xff, sizeof(in));
	ATF_CHECK_EQ(MSG_OK, gate(MSG_HELLO));
	ATF_CHECK_EQ(MSG_OK, gate(MSG_WELCOME));
	in.HELLO.catalogue = msg_catalogue();
	ATF_CHECK_EQ(MSG_BAD_CONTENT, gate(MSG_HELLO));
	ATF_CHECK_EQ(MSG_BAD_CONTENT, gate(MSG_WELCOME));
	in.HELLO.missing = LAYER_ALL;
	ATF_CHECK_EQ(MSG_BAD_CONTENT, gate(MSG_HELLO));
	in.HELLO.flags = HELLO_MAY_CHANGE;
	ATF_CHECK_EQ(MSG_OK, gate(MSG_HELLO));
	ATF_CHECK_EQ(MSG_OK, gate(MSG_WELCOME));
}

static uint64_t
fnv(uint64_t h, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 i;

	for (i = 0; i < len; i++) {
		h ^= p[i];
		h *= 1099511628211ULL;
	}
	return (h);
}

/* Names, sizes, directions and flags count; addresses in memory don't. */
ATF_TC_WITHOUT_HEAD(catalogue);
ATF_TC_BODY(catalogue, tc)
{
	const char *const	*word;
	uint64_t		 h = 14695981039346656037ULL, n[4];
	unsigned int		 type;

	for (type = 1; type < MSG_COUNT; type++) {
		h = fnv(h, rows[type].name, strlen(rows[type].name) + 1);
		n[0] = rows[type].size;
		n[1] = rows[type].from;
		n[2] = rows[type].to;
		n[3] = rows[type].flags;
		h = fnv(h, n, sizeof(n));
	}
	/* the tables that numbers in messages stand for */
#define CTR(field, metric, labels, help)				\
	h = fnv(h, #field, sizeof(#field));
#include "counters.def"
#undef CTR
	for (type = 0; type < CONF_NKEYS; type++) {
		h = fnv(h, conf_rows[type].path,
		    strlen(conf_rows[type].path) + 1);
		n[0] = conf_rows[type].type;
		h = fnv(h, n, sizeof(n[0]));
		for (word = conf_rows[type].words; word != NULL &&
		    *word != NULL; word++)
			h = fnv(h, *word, strlen(*word) + 1);
	}
	ATF_CHECK_EQ(h, msg_catalogue());
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	unsigned int	 v;

	ATF_CHECK_STREQ("parent", proc_name(PROC_PARENT));
	ATF_CHECK_STREQ("engine", proc_name(PROC_ENGINE));
	ATF_CHECK_STREQ("control", proc_name(PROC_CONTROL));
	ATF_CHECK_STREQ("config", proc_name(PROC_CONFIG));
	ATF_CHECK_STREQ("client", proc_name(PROC_CLIENT));
	ATF_CHECK_STREQ("unknown", proc_name(PROC_COUNT));
	ATF_CHECK_STREQ("unknown", proc_name(UINT32_MAX));
	for (v = MSG_OK; v < MSG_BAD_CONTENT; v++)
		ATF_CHECK(strcmp(msg_strverdict(v),
		    msg_strverdict(v + 1)) != 0);
	ATF_CHECK_STREQ("bad length", msg_strverdict(MSG_BAD_LENGTH));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, who_to_whom);
	ATF_TP_ADD_TC(tp, length_and_descriptor);
	ATF_TP_ADD_TC(tp, unknown_types);
	ATF_TP_ADD_TC(tp, text_ends);
	ATF_TP_ADD_TC(tp, numbers_in_range);
	ATF_TP_ADD_TC(tp, items);
	ATF_TP_ADD_TC(tp, hello);
	ATF_TP_ADD_TC(tp, catalogue);
	ATF_TP_ADD_TC(tp, words);
	return (atf_no_error());
}
