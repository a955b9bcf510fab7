/* SPDX-License-Identifier: ISC */
/*
 * The message catalogue (msg.def) and its gate.  One check of type, sender,
 * receiver, length, descriptor and content runs before any handler, so a
 * handler only handles.  Payloads are fixed-size structs, zeroed before they
 * are filled; text in them always ends in a NUL, which the gate verifies.
 * Times are CLOCK_REALTIME in nanoseconds since 1970 unless named mono.
 */
#ifndef MSG_H
#define MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "clients_scan.h"
#include "conf.h"
#include "counters.h"
#include "denials.h"
#include "hist.h"
#include "event.h"
#include "history.h"
#include "signed.h"

struct imsg;

enum proc_id {
	PROC_PARENT,
	PROC_ENGINE,
	PROC_CONTROL,
	PROC_CONFIG,
	PROC_QUERY,
	PROC_WEB,
	PROC_CLIENT,		/* ntpsctl, and the web child to control */
	PROC_COUNT
};

#define P_PARENT	(1U << PROC_PARENT)
#define P_ENGINE	(1U << PROC_ENGINE)
#define P_CONTROL	(1U << PROC_CONTROL)
#define P_CONFIG	(1U << PROC_CONFIG)
#define P_QUERY		(1U << PROC_QUERY)
#define P_WEB		(1U << PROC_WEB)
#define P_CLIENT	(1U << PROC_CLIENT)
#define P_CONFIGURED	(P_ENGINE | P_CONTROL | P_QUERY | P_WEB)
#define P_CHILDREN	(P_CONFIGURED | P_CONFIG)

#define MSG_FD		0x1	/* a descriptor comes along */

#define MSG_TEXT_MAX	1024
#define MSG_SLOTS_MAX	32	/* rows of `show processes', the parent's too */
#define MSG_SOCKETS_MAX	64	/* listeners */

enum msg_type {
	MSG_NONE,
#define MSG(name, payload, from, to, flags)	MSG_##name,
#include "msg.def"
#undef MSG
	MSG_COUNT
};

struct msg_none {
	uint32_t	 zero;
};

/* Layers of the sandbox; a bit set in `missing` is one that is not on. */
#define LAYER_CHROOT	0x01
#define LAYER_UID	0x02
#define LAYER_CAPS	0x04
#define LAYER_NNP	0x08	/* no_new_privs */
#define LAYER_RLIMIT	0x10
#define LAYER_DEATHSIG	0x20
#define LAYER_PATHS	0x40	/* nothing of the file system */
#define LAYER_SYSCALLS	0x80	/* those of its row alone */
#define LAYER_ALL	0xff

struct msg_hello {
	uint64_t	 catalogue;	/* msg_catalogue() of the sender */
	uint32_t	 missing;	/* LAYER_ bits, from a child */
	uint32_t	 flags;		/* WELCOME: HELLO_MAY_CHANGE */
};
#define HELLO_MAY_CHANGE	0x1	/* this client may start, stop … */

struct msg_log {
	uint32_t	 level;		/* enum conf_level */
	char		 text[MSG_TEXT_MAX];
};

struct msg_ping {
	uint64_t	 seq;
};

struct msg_level {
	uint32_t	 level;		/* enum conf_level */
};

struct msg_peer {
	uint32_t	 proc;		/* who is at the other end */
	uint32_t	 index;		/* which engine, or enum web_peer */
};

/* The two channels of the web child and control. */
enum web_peer { WEB_QUESTIONS, WEB_EVENTS, WEB_PEERS };

struct msg_text {
	char		 text[MSG_TEXT_MAX];
};

struct msg_config_file {
	char		 name[MSG_TEXT_MAX];	/* for errors */
};

/* A setting to make or, without a value, to take back: `ntpsctl set'. */
#define MSG_VALUE_MAX	512
#define MSG_SETTINGS_MAX 16	/* made together, or none of them */
struct msg_setting {
	uint32_t	 unset;		/* 0 or 1 */
	uint32_t	 pad;
	char		 key[CONF_TEXT_MAX];	/* a dotted path */
	char		 value[MSG_VALUE_MAX];
};

/* One that is not made, and why; what came of all is said behind it. */
struct msg_refused {
	char		 key[CONF_TEXT_MAX];
	char		 why[CONF_ERR_MAX];	/* and what is allowed */
};

/* Files beside the configuration's own, which the parent opens. */
enum config_file {
	FILE_SETTINGS,		/* what was set at run time */
	FILE_POLICY,		/* a list of prefixes; index: the rule */
	FILE_KEYS,
	FILE_LEAP,
	FILE_TOKEN,
	FILE_KINDS
};

struct msg_want {
	uint32_t	 kind;		/* enum config_file */
	uint32_t	 index;
	char		 name[CONF_TEXT_MAX];
};

struct msg_lack {
	uint32_t	 absent;	/* 1: there is no such file */
	uint32_t	 pad;
	char		 why[128];
};

/* What is built outside of the engine: os_blob_make. */
enum blob_kind { BLOB_POLICY, BLOB_KEYS, BLOB_LEAP, BLOB_KINDS };
#define BLOB_MAX	(64 * 1024 * 1024)	/* octets of one */

struct msg_blob {
	uint32_t	 kind;		/* enum blob_kind */
	uint32_t	 pad;
	uint64_t	 size;
};

struct msg_generation {
	uint64_t	 generation;
};

struct msg_listener {
	uint32_t	 id;		/* of the listener, for its life */
	uint32_t	 dropped;	/* packets, before it had this id */
	struct addr	 addr;		/* as bound */
};

struct msg_page {
	uint64_t	 size;
	uint32_t	 index;		/* STATE_PAGE: of the engine's place */
	uint32_t	 pad;
};

struct msg_run {
	uint32_t	 crashed;	/* 1: who ran before crashed or hung */
};

enum service_state { SERVICE_STOPPED, SERVICE_RUNNING, SERVICE_STOPPING };

struct msg_status {
	uint64_t	 started;	/* when the daemon started */
	uint64_t	 reloaded;	/* last successful reload, or 0 */
	uint32_t	 service;	/* enum service_state */
	uint32_t	 nsockets;
	uint32_t	 nprocesses;
	uint32_t	 missing;	/* LAYER_ bits missing in some child */
	uint64_t	 reloads_ok, reloads_failed;
	uint64_t	 log_lost;	/* lines that syslog did not take */
	uint64_t	 log_suppressed; /* lines over a child's allowance */
	uint64_t	 changes_signed, changes_refused; /* over HTTP */
	uint64_t	 log_level;
	uint32_t	 pid;
	uint32_t	 uid;		/* who started the daemon */
	char		 version[32];
	char		 file[256];	/* configuration file, "" for none */
};

enum process_state {
	PROCESS_STARTING, PROCESS_RUNNING, PROCESS_STOPPING, PROCESS_WAITING,
	PROCESS_STOPPED, PROCESS_READY	/* in reserve */
};

struct msg_process {
	uint32_t	 slot;		/* row in the table */
	uint32_t	 proc;		/* enum proc_id */
	uint32_t	 index;
	uint32_t	 pid;		/* 0: none now */
	uint32_t	 uid;
	uint32_t	 state;		/* enum process_state */
	uint32_t	 missing;	/* LAYER_ bits */
	uint32_t	 pad;
	uint64_t	 started;
	uint64_t	 restarts;	/* unplanned ones */
	uint64_t	 planned;	/* by `ntpsctl restart' */
	char		 last_death[64];	/* how, or "" */
};

struct msg_socket {
	uint32_t	 slot;
	uint32_t	 id;
	struct addr	 addr;
	char		 ifname[ADDR_IFNAMSIZ];
	uint64_t	 buffer;	/* octets the kernel granted */
	uint64_t	 wanted;	/* octets the configuration asks for */
};

enum action {
	ACTION_START, ACTION_STOP, ACTION_RESTART, ACTION_RELOAD, ACTION_LOG
};

struct msg_action {
	uint32_t	 action;	/* enum action */
	uint32_t	 level;		/* enum conf_level, of ACTION_LOG */
};

enum result_code {
	RESULT_OK, RESULT_NOTHING,	/* done; nothing to do */
	RESULT_FAILED, RESULT_REFUSED,	/* refused: no permission */
	RESULT_BUSY,
	/* of what was asked for over HTTP: */
	RESULT_OFF,		/* nobody may change anything that way */
	RESULT_UNSIGNED,	/* the signature is no good */
	RESULT_LIMITED,		/* too many were none */
	RESULT_INVALID		/* signed, but not understood */
};

struct msg_result {
	uint32_t	 code;		/* enum result_code */
	uint32_t	 pad;
	char		 text[MSG_TEXT_MAX];	/* for the operator */
};

struct msg_nonce {
	uint32_t	 good;		/* 0: nothing can be changed */
	uint32_t	 pad;
	uint8_t		 nonce[SIGNED_NONCE_LEN];
};

struct msg_signed {
	uint32_t	 kind;		/* enum signed_kind */
	uint32_t	 len;		/* octets of the body */
	uint8_t		 nonce[SIGNED_NONCE_LEN];
	uint8_t		 mac[SIGNED_MAC_LEN];
	char		 body[SIGNED_BODY_MAX];	/* no NUL behind it */
};

#define MSG_REASON_MAX	16	/* of why a source is denied, with the NUL */
#define DENY_SECONDS_MAX (10 * 366 * 86400U)

struct msg_denial {
	uint32_t	 slot;		/* place in the parent's list */
	uint32_t	 kind;		/* enum denial_kind */
	uint64_t	 serial;	/* never the same for two rules */
	uint64_t	 until;		/* 0: until further notice */
	struct prefix	 from;
	char		 reason[MSG_REASON_MAX];
	uint8_t		 pad[6];
};

enum deny_kind { DENY_DENY, DENY_ALLOW, DENY_FORGET };

struct msg_deny {
	uint32_t	 kind;		/* enum deny_kind */
	uint32_t	 pad;
	uint64_t	 seconds;	/* 0: until further notice */
	struct prefix	 from;
	char		 reason[MSG_REASON_MAX];
	uint8_t		 pad2[6];
};

enum leap_list { LEAP_LIST_NONE, LEAP_LIST_GOOD, LEAP_LIST_EXPIRED };

/* What the engine says of the clock it serves (see clock.h). */
struct msg_clock {
	uint32_t	 leap;		/* 0 to 3 */
	uint32_t	 stratum;	/* 1 to 16 */
	int32_t		 precision;	/* log2 seconds */
	uint32_t	 source;	/* enum clock_source */
	uint8_t		 refid[4];
	uint32_t	 synchronised;	/* 0 or 1 */
	double		 root_delay;	/* seconds */
	double		 root_dispersion;	/* seconds, now */
	uint64_t	 reference;	/* last update of the clock, or 0 */
	char		 why[64];	/* why it is not synchronised, or "" */
	uint32_t	 leap_list;	/* enum leap_list */
	int32_t		 leap_delta;	/* of the next one: 1, -1, 0: none */
	int64_t		 leap_next;	/* seconds since 1970, the one after */
	int64_t		 leap_expires;	/* of the list, seconds since 1970 */
	uint32_t	 smear;		/* enum smear_kind */
	int32_t		 tai;		/* TAI - UTC, seconds; 0: not known */
	double		 smear_offset;	/* seconds added to the clock now */
};

/* What the mirrored daemon last said: struct clock_mirror on its way. */
struct msg_mirror {
	uint32_t	 valid;		/* 0 or 1 */
	uint32_t	 leap, stratum;
	uint8_t		 refid[4];
	double		 root_delay, root_dispersion;	/* seconds, at `at` */
	int64_t		 reference;	/* ns since 1970, or 0 */
	int64_t		 at;
};

#define MSG_MODE6_MAX	576	/* octets: a header, 468 of data, a MAC */

/* A control message that an engine hands on, or a part of its answer. */
struct msg_mode6 {
	uint32_t	 token;		/* of the question, in both */
	uint32_t	 len;
	struct addr	 from;		/* who asks */
	uint8_t		 data[MSG_MODE6_MAX];
};

/* The table of sources; `unique' are estimates, see unique.h. */
struct msg_table {
	uint64_t	 used, capacity;
	uint64_t	 since;		/* when it began, empty */
	uint64_t	 unique_minute, unique_hour;
};

struct msg_stats {
	uint32_t	 engines;	/* how many are summed */
	uint32_t	 answering;	/* of those, how many answered */
	uint32_t	 engine;	/* 1 + whose they are; 0: all */
	uint32_t	 pad;
	uint64_t	 since;		/* counters count since */
	uint64_t	 last_request;	/* time of the last one, or 0 */
	struct addr	 last_source;
	struct counters	 counters;
	struct msg_clock clock;
	struct msg_table table;
	uint64_t	 events_missed;	/* by slow monitors; of all alone */
};

#define MSG_CLIENTS_MAX	32	/* rows of one message */

struct msg_clients_req {
	struct clients_query query;
	uint32_t	 engine;	/* which one's, from a client */
	uint32_t	 pad;
};

struct msg_clients {
	uint32_t	 n, pad;
	struct client_row row[MSG_CLIENTS_MAX];
};

struct msg_clients_end {
	uint64_t	 next;		/* where the next page begins, or 0 */
	uint32_t	 engines;	/* there are so many to ask */
	uint32_t	 pad;
};

#define MSG_HISTORY_PART_MAX	8192	/* octets */
#define MSG_HISTORY_MAX		32	/* rows of one message */

struct msg_history_part {
	uint32_t	 len, pad;
	uint8_t		 data[MSG_HISTORY_PART_MAX];
};

enum history_keep {
	HISTORY_APPEND,		/* the parts, to the file */
	HISTORY_REPLACE,	/* it, by the parts */
	HISTORY_ASIDE		/* it is no good: give it another name */
};

struct msg_history_keep {
	uint32_t	 what;		/* enum history_keep */
	uint32_t	 done;		/* in the answer: 0 or 1 */
	uint64_t	 size;		/* of all parts */
};

struct msg_history_req {
	uint32_t	 step;		/* enum history_step */
	uint32_t	 pad;
	uint64_t	 last;		/* seconds up to now */
	uint64_t	 from;		/* as HISTORY_END said; 0: by `last' */
};

struct msg_history {
	uint32_t	 n, pad;
	struct history_row row[MSG_HISTORY_MAX];
};

struct msg_history_end {
	uint64_t	 next;		/* where the next page begins, or 0 */
};

/* What an engine tells besides times and counters; STATS comes last. */
#define ASK_HITS	0x1
#define ASK_KEYS	0x2
#define ASK_ALL		0x3

/* How long answers took: since the request arrived, since it was read. */
enum times { TIMES_PROCESSING, TIMES_WORK, TIMES_KINDS };

struct msg_times {
	uint32_t	 kind;		/* enum times */
	uint32_t	 pad;
	struct hist	 hist;		/* of all answers, ns */
};

struct msg_ask {
	uint32_t	 what;		/* ASK_ bits */
	uint32_t	 pad;
};

/* How often each rule decided, by its number. */
struct msg_hits {
	uint64_t	 rule[POLICY_RULES_MAX];
	uint64_t	 denial[DENIALS_MAX];
};

#define MSG_KEYS_MAX	32	/* keys of one message */

struct msg_key_uses {
	uint32_t	 n, pad;
	struct {
		uint32_t	 id;
		uint32_t	 type;		/* enum mac_type */
		uint64_t	 good, bad;	/* requests */
		uint64_t	 last;		/* good one, or 0 */
	} key[MSG_KEYS_MAX];
};

/* Whom an engine tells of requests, and of which. */
struct msg_watch {
	uint32_t	 slot;		/* of EVENT_SLOTS */
	uint32_t	 rate;		/* requests a second, at most */
	uint64_t	 serial;	/* of the watcher; 0: none */
	struct event_filter filter;
};

/* Requests since the last message; what is left out is counted. */
struct msg_events {
	uint32_t	 n, pad;
	uint64_t	 serial[EVENT_SLOTS];
	uint64_t	 left_out[EVENT_SLOTS];	/* to a client: the first */
	uint64_t	 missed;	/* by a client that was too slow */
	struct event_request event[EVENT_MAX];
};

#define NOTES_LIMITED	4	/* sources of one message */

/* What an engine noticed in the last second; no message if it is nothing. */
struct msg_notes {
	uint32_t	 synchronised;	/* 0 or 1 */
	uint32_t	 leap;		/* 0 to 3 */
	char		 why[64];	/* why it is not synchronised, or "" */
	uint8_t		 rule[POLICY_RULES_MAX / 8];	/* hit first: bits */
	uint32_t	 nlimited, pad;
	uint64_t	 more;		/* sources limited, besides these: */
	struct addr	 limited[NOTES_LIMITED];
};

#define MONITOR_REQUESTS	0x1
#define MONITOR_LIFECYCLE	0x2
#define MONITOR_LAST_MAX	500

/* The last so many events, and RESULT; or all from now on without an end. */
struct msg_monitor {
	uint32_t	 what;		/* MONITOR_ bits */
	uint32_t	 last;		/* 0: from now on */
	struct event_filter filter;	/* of requests */
};

enum show {
	SHOW_STATUS, SHOW_STATS, SHOW_PROCESSES, SHOW_CONFIG, SHOW_POLICY,
	SHOW_KEYS, SHOW_WORKERS, SHOW_METRICS
};

/*
 * Answered by: STATUS, then SOCKET rows and STATS (SHOW_STATUS); STATS, or one
 * for each engine (SHOW_WORKERS);
 * PROCESS rows; CONFIG_VALUE items; HITS of each engine, then the policy's
 * CONFIG_VALUE items and DENIED rows; KEY_USES; STATUS, PROCESS rows and STATS
 * (SHOW_METRICS); and RESULT last in each case.
 */
struct msg_show {
	uint32_t	 what;		/* enum show */
};

union msg_payload {
#define MSG(name, payload, from, to, flags)	payload name;
#include "msg.def"
#undef MSG
};

enum msg_verdict {
	MSG_OK, MSG_BAD_TYPE, MSG_BAD_SENDER, MSG_BAD_RECEIVER, MSG_BAD_LENGTH,
	MSG_BAD_FD, MSG_BAD_CONTENT
};

/*
 * msg_check: the gate.  The verdict on a message that came from a process of
 *	kind `from` to one of kind `to`.  On MSG_OK the payload has been copied
 *	to *payload (aligned); the descriptor stays with the imsg.
 * msg_content_ok: the gate's check of content alone.
 * msg_size: octets of a type's payload; types that do not exist have 0.
 * msg_name: "HELLO", or "unknown".  msg_strverdict: in words.
 * msg_layers: which LAYER_ bits are set, "missing: chroot, own uid", or
 *	"complete"; in the buffer or static.
 * msg_catalogue: a hash over msg.def, the payloads' sizes and the tables that
 *	they are numbered by (counters.def, conf.def), the same in two programs
 *	only when they understand each other.
 * proc_name: "engine".
 */
enum msg_verdict msg_check(struct imsg *, enum proc_id, enum proc_id,
		    union msg_payload *);
bool		 msg_content_ok(enum msg_type, const union msg_payload *);
size_t		 msg_size(uint32_t);
const char	*msg_name(uint32_t);
const char	*msg_layers(uint32_t, char *, size_t);
const char	*msg_strverdict(enum msg_verdict);
uint64_t	 msg_catalogue(void);
const char	*proc_name(uint32_t);

#endif /* MSG_H */
