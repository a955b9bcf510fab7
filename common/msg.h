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
#include "conf.h"
#include "counters.h"

struct imsg;

enum proc_id {
	PROC_PARENT,
	PROC_ENGINE,
	PROC_CONTROL,
	PROC_CONFIG,
	PROC_CLIENT,		/* ntpsctl */
	PROC_COUNT
};

#define P_PARENT	(1U << PROC_PARENT)
#define P_ENGINE	(1U << PROC_ENGINE)
#define P_CONTROL	(1U << PROC_CONTROL)
#define P_CONFIG	(1U << PROC_CONFIG)
#define P_CLIENT	(1U << PROC_CLIENT)
#define P_CHILDREN	(P_ENGINE | P_CONTROL | P_CONFIG)

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
#define LAYER_ALL	0x3f

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
	uint32_t	 index;		/* which engine, if one */
};

struct msg_text {
	char		 text[MSG_TEXT_MAX];
};

struct msg_config_file {
	char		 name[MSG_TEXT_MAX];	/* for errors */
};

struct msg_generation {
	uint64_t	 generation;
};

struct msg_listener {
	uint32_t	 id;		/* of the listener, for its life */
	uint32_t	 pad;
	struct addr	 addr;		/* as bound */
};

struct msg_page {
	uint64_t	 size;
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
	uint64_t	 log_level;
	uint32_t	 pid;
	uint32_t	 uid;		/* who started the daemon */
	char		 version[32];
	char		 file[256];	/* configuration file, "" for none */
};

enum process_state {
	PROCESS_STARTING, PROCESS_RUNNING, PROCESS_STOPPING, PROCESS_WAITING,
	PROCESS_STOPPED
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
	RESULT_BUSY
};

struct msg_result {
	uint32_t	 code;		/* enum result_code */
	uint32_t	 pad;
	char		 text[MSG_TEXT_MAX];	/* for the operator */
};

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
};

struct msg_stats {
	uint32_t	 engines;	/* how many are summed */
	uint32_t	 answering;	/* of those, how many answered */
	uint64_t	 since;		/* counters count since */
	uint64_t	 last_request;	/* time of the last one, or 0 */
	struct addr	 last_source;
	struct counters	 counters;
	struct msg_clock clock;
};

enum show { SHOW_STATUS, SHOW_STATS, SHOW_PROCESSES, SHOW_CONFIG };

/*
 * Answered by: STATUS, then SOCKET rows and STATS (SHOW_STATUS); STATS;
 * PROCESS rows; CONFIG_VALUE items, and RESULT last in each case.
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
const char	*msg_strverdict(enum msg_verdict);
uint64_t	 msg_catalogue(void);
const char	*proc_name(uint32_t);

#endif /* MSG_H */
