/* SPDX-License-Identifier: ISC */
/*
 * The message catalogue as a table, and the gate: see msg.h.
 */

#include <sys/socket.h>

#include <math.h>
#include <string.h>

#include "imsg.h"
#include "msg.h"

#define FNV_BASIS	0xcbf29ce484222325ULL
#define FNV_PRIME	0x100000001b3ULL

#define TEXT_OK(array)	(memchr((array), '\0', sizeof(array)) != NULL)

struct msg_row {
	const char	*name;
	size_t		 size;
	uint32_t	 from, to;	/* P_ bits */
	uint32_t	 flags;
};

static const struct msg_row	msg_rows[MSG_COUNT] = {
#define MSG(name, payload, from, to, flags)				\
	[MSG_##name] = { #name, sizeof(payload), from, to, flags },
#include "msg.def"
#undef MSG
};

static const char *const	proc_names[PROC_COUNT] = {
	[PROC_PARENT] = "parent",
	[PROC_ENGINE] = "engine",
	[PROC_CONTROL] = "control",
	[PROC_CONFIG] = "config",
	[PROC_QUERY] = "query",
	[PROC_WEB] = "web",
	[PROC_CLIENT] = "client"
};

static bool
level_ok(uint64_t level)
{
	return (level <= LEVEL_DEBUG);
}

static bool
missing_ok(uint32_t missing)
{
	return ((missing & ~(uint32_t)LAYER_ALL) == 0);
}

static bool
addr_ok(const struct addr *a)
{
	return (a->family == 0 || a->family == AF_INET ||
	    a->family == AF_INET6);
}

/* Spans of time: neither negative, nor infinite, nor not a number. */
static bool
span_ok(double d)
{
	return (isfinite(d) && d >= 0);
}

/* A program of another version is let through, to be told so. */
static bool
hello_ok(const struct msg_hello *m)
{
	return (m->catalogue != msg_catalogue() ||
	    (missing_ok(m->missing) && m->flags <= HELLO_MAY_CHANGE));
}

/* Ranges are for conf_item_set; here, what makes a value safe to look at. */
static bool
item_ok(const struct conf_item *m)
{
	if (m->key >= CONF_NKEYS || m->index >= CONF_INDEX_MAX ||
	    m->where.origin > CONF_FROM_COMMAND)
		return (false);
	switch (conf_rows[m->key].type) {
	case CONF_BOOL:
		return (m->v.u <= 1);
	case CONF_REAL:
		return (span_ok(m->v.real));
	case CONF_NAME:
	case CONF_PATH:
	case CONF_ENDPOINT:
		return (TEXT_OK(m->v.text));
	case CONF_REFID:
		return (TEXT_OK(m->v.refid.text));
	case CONF_ADDRESS:
		return (addr_ok(&m->v.addr));
	case CONF_LISTEN:
		return (addr_ok(&m->v.listen.addr) &&
		    TEXT_OK(m->v.listen.ifname));
	case CONF_PREFIX:
		return (prefix_valid(&m->v.prefix));
	case CONF_POLICY:
		return (policy_rule_check(&m->v.rule) == NULL);
	case CONF_UINT:
	case CONF_COUNT:
	case CONF_SIZE:
	case CONF_MODE:
	case CONF_WORD:
		break;
	}
	return (true);
}

static bool
status_ok(const struct msg_status *m)
{
	return (m->service <= SERVICE_STOPPING && missing_ok(m->missing) &&
	    level_ok(m->log_level) && TEXT_OK(m->version) &&
	    TEXT_OK(m->file));
}

static bool
process_ok(const struct msg_process *m)
{
	return (m->slot < MSG_SLOTS_MAX && m->proc < PROC_COUNT &&
	    m->state <= PROCESS_READY && missing_ok(m->missing) &&
	    TEXT_OK(m->last_death));
}

static bool
clock_ok(const struct msg_clock *m)
{
	return (m->leap <= 3 && m->stratum <= 16 &&
	    m->precision >= INT8_MIN && m->precision <= INT8_MAX &&
	    m->source <= CLOCK_MIRROR && m->synchronised <= 1 &&
	    span_ok(m->root_delay) && span_ok(m->root_dispersion) &&
	    m->leap_list <= LEAP_LIST_EXPIRED && m->leap_delta >= -1 &&
	    m->leap_delta <= 1 && m->smear <= SMEAR_COSINE &&
	    isfinite(m->smear_offset) && TEXT_OK(m->why));
}

static bool
denial_ok(const struct msg_denial *m)
{
	return (m->slot < DENIALS_MAX && m->kind <= DENIAL_ALLOW &&
	    prefix_valid(&m->from) && (m->kind == DENIAL_NONE ||
	    m->from.family != 0) && TEXT_OK(m->reason));
}

/* clients_pick_init says more; here, what makes it safe to look at. */
static bool
clients_query_ok(const struct clients_query *q)
{
	return (q->order < CLIENTS_ORDER_COUNT && q->max <= CLIENTS_ROWS_MAX &&
	    (q->family == 0 || q->family == 4 || q->family == 6) &&
	    q->bits <= 128);
}

static bool
mirror_msg_ok(const struct msg_mirror *m)
{
	return (m->valid <= 1 && m->leap <= 3 && m->stratum <= 16 &&
	    span_ok(m->root_delay) && span_ok(m->root_dispersion) &&
	    m->reference >= 0 && m->at >= 0);
}

static bool
history_ok(const struct msg_history *m)
{
	uint32_t	 i;

	if (m->n > MSG_HISTORY_MAX)
		return (false);
	for (i = 0; i < m->n; i++)
		if (m->row[i].leap > 3 || m->row[i].stratum > 16 ||
		    m->row[i].synchronised > 1)
			return (false);
	return (true);
}

/* No default: a new row of msg.def has to say here what makes it good. */
static bool
events_ok(const struct msg_events *m)
{
	uint32_t	 i;

	if (m->n > EVENT_MAX)
		return (false);
	for (i = 0; i < m->n; i++)
		if (!event_request_ok(&m->event[i]))
			return (false);
	return (true);
}

static bool
notes_ok(const struct msg_notes *m)
{
	uint32_t	 i;

	if (m->synchronised > 1 || m->leap > 3 || !TEXT_OK(m->why) ||
	    m->nlimited > NOTES_LIMITED)
		return (false);
	for (i = 0; i < m->nlimited; i++)
		if (!addr_ok(&m->limited[i]))
			return (false);
	return (true);
}

bool
msg_content_ok(enum msg_type type, const union msg_payload *p)
{
	switch (type) {
	case MSG_HELLO:
		return (hello_ok(&p->HELLO));
	case MSG_WELCOME:
		return (hello_ok(&p->WELCOME));
	case MSG_LOG:
		return (level_ok(p->LOG.level) && TEXT_OK(p->LOG.text));
	case MSG_LOG_LEVEL:
		return (level_ok(p->LOG_LEVEL.level));
	case MSG_PEER:
	case MSG_PEER_BROKE:
		return (p->PEER.proc < PROC_COUNT &&
		    p->PEER.index < MSG_SLOTS_MAX);
	case MSG_CONFIG_FILE:
		return (TEXT_OK(p->CONFIG_FILE.name));
	case MSG_CONFIG_OVERRIDE:
	case MSG_CONFIG_ERROR:
		return (TEXT_OK(p->CONFIG_ERROR.text));
	case MSG_CONFIG_ITEM:
	case MSG_CONFIG_VALUE:
		return (item_ok(&p->CONFIG_ITEM));
	case MSG_CONFIG_SETTING:
	case MSG_SETTING:
		return (p->SETTING.unset <= 1 && TEXT_OK(p->SETTING.key) &&
		    TEXT_OK(p->SETTING.value));
	case MSG_NONCE:
		return (p->NONCE.good <= 1);
	case MSG_SIGNED:
		return (p->SIGNED.kind < SIGNED_KINDS &&
		    p->SIGNED.len <= SIGNED_BODY_MAX);
	case MSG_CONFIG_TOKEN:
		return (p->CONFIG_TOKEN.len <= SIGNED_TOKEN_MAX);
	case MSG_REFUSED:
		return (TEXT_OK(p->REFUSED.key) && TEXT_OK(p->REFUSED.why));
	case MSG_CONFIG_WANT:
	case MSG_CONFIG_GIVE:
		return (p->CONFIG_WANT.kind < FILE_KINDS &&
		    TEXT_OK(p->CONFIG_WANT.name));
	case MSG_CONFIG_LACK:
		return (p->CONFIG_LACK.absent <= 1 &&
		    TEXT_OK(p->CONFIG_LACK.why));
	case MSG_CONFIG_BLOB:
		return (p->CONFIG_BLOB.kind < BLOB_KINDS &&
		    p->CONFIG_BLOB.size <= BLOB_MAX);
	case MSG_LISTENER:
	case MSG_LISTENER_KEEP:
		return (addr_ok(&p->LISTENER.addr));
	case MSG_STATUS:
		return (status_ok(&p->STATUS));
	case MSG_PROCESS:
		return (process_ok(&p->PROCESS));
	case MSG_SOCKET:
		return (p->SOCKET.slot < MSG_SOCKETS_MAX &&
		    addr_ok(&p->SOCKET.addr) && TEXT_OK(p->SOCKET.ifname));
	case MSG_ACTION:
		return (p->ACTION.action <= ACTION_LOG &&
		    level_ok(p->ACTION.level));
	case MSG_RESULT:
		return (p->RESULT.code <= RESULT_INVALID &&
		    TEXT_OK(p->RESULT.text));
	case MSG_TIMES:
		return (p->TIMES.kind < TIMES_KINDS);
	case MSG_STATS:
		return (addr_ok(&p->STATS.last_source) &&
		    clock_ok(&p->STATS.clock));
	case MSG_SHOW:
		return (p->SHOW.what <= SHOW_METRICS);
	case MSG_DENIAL:
	case MSG_DENIED:
		return (denial_ok(&p->DENIAL));
	case MSG_DENY:
		return (p->DENY.kind <= DENY_FORGET && p->DENY.seconds <=
		    DENY_SECONDS_MAX && prefix_valid(&p->DENY.from) &&
		    TEXT_OK(p->DENY.reason));
	case MSG_MODE6_REQ:
	case MSG_MODE6_REPLY:
		return (p->MODE6_REQ.len <= MSG_MODE6_MAX &&
		    addr_ok(&p->MODE6_REQ.from));
	case MSG_CLIENTS_REQ:
		return (clients_query_ok(&p->CLIENTS_REQ.query));
	case MSG_CLIENTS:
		return (p->CLIENTS.n <= MSG_CLIENTS_MAX);
	case MSG_CLIENTS_END:
		return (p->CLIENTS_END.engines <= MSG_SLOTS_MAX);
	case MSG_HISTORY_PART:
		return (p->HISTORY_PART.len <= MSG_HISTORY_PART_MAX);
	case MSG_HISTORY_KEEP:
	case MSG_HISTORY_KEPT:
		return (p->HISTORY_KEEP.what <= HISTORY_ASIDE &&
		    p->HISTORY_KEEP.done <= 1);
	case MSG_HISTORY_REQ:
		return (p->HISTORY_REQ.step < HISTORY_STEPS);
	case MSG_HISTORY:
		return (history_ok(&p->HISTORY));
	case MSG_MIRROR:
		return (mirror_msg_ok(&p->MIRROR));
	case MSG_RUN:
		return (p->RUN.crashed <= 1);
	case MSG_STATS_REQ:
		return (p->STATS_REQ.what <= ASK_ALL);
	case MSG_KEY_USES:
		return (p->KEY_USES.n <= MSG_KEYS_MAX);
	case MSG_LOG_REQUEST:
		return (level_ok(p->LOG_REQUEST.level) &&
		    TEXT_OK(p->LOG_REQUEST.text));
	case MSG_WATCH:
		return (p->WATCH.slot < EVENT_SLOTS &&
		    p->WATCH.rate <= EVENT_RATE_MAX &&
		    event_filter_ok(&p->WATCH.filter));
	case MSG_EVENTS:
		return (events_ok(&p->EVENTS));
	case MSG_NOTES:
		return (notes_ok(&p->NOTES));
	case MSG_HAPPENED:
		return (p->HAPPENED.kind < EVENT_KINDS &&
		    TEXT_OK(p->HAPPENED.text));
	case MSG_MONITOR:
		return (p->MONITOR.what <= (MONITOR_REQUESTS |
		    MONITOR_LIFECYCLE) &&
		    p->MONITOR.last <= MONITOR_LAST_MAX &&
		    event_filter_ok(&p->MONITOR.filter));
	case MSG_STATE_PAGE:
		return (p->STATE_PAGE.index < MSG_SLOTS_MAX);
	case MSG_PING: case MSG_PONG:
	case MSG_CONFIG_BEGIN: case MSG_CONFIG_END: case MSG_CONFIG_ACK:
	case MSG_CONFIG_COMMIT: case MSG_CONFIG_ABORT:
	case MSG_SHUTDOWN: case MSG_CONFIG_PARSE: case MSG_NONCE_REQ:
	case MSG_CONTROL_LISTENER: case MSG_WAIT: case MSG_HITS:
	case MSG_QUERY_SOCKET: case MSG_WEB_LISTENER: case MSG_HISTORY_FILE:
	case MSG_HISTORY_END: case MSG_CLIENT_TABLE:
		return (true);		/* any number, or nothing */
	case MSG_NONE: case MSG_COUNT:
		break;
	}
	return (false);
}

enum msg_verdict
msg_check(struct imsg *imsg, enum proc_id from, enum proc_id to,
    union msg_payload *payload)
{
	const struct msg_row	*row;
	uint32_t		 type = imsg_get_type(imsg);

	if (msg_size(type) == 0)
		return (MSG_BAD_TYPE);
	row = &msg_rows[type];
	if (from >= PROC_COUNT || !(row->from & (1U << from)))
		return (MSG_BAD_SENDER);
	if (to >= PROC_COUNT || !(row->to & (1U << to)))
		return (MSG_BAD_RECEIVER);
	if (imsg_get_data(imsg, payload, row->size) == -1)
		return (MSG_BAD_LENGTH);
	if ((imsg->fd != -1) != ((row->flags & MSG_FD) != 0))
		return (MSG_BAD_FD);
	if (!msg_content_ok((enum msg_type)type, payload))
		return (MSG_BAD_CONTENT);
	return (MSG_OK);
}

size_t
msg_size(uint32_t type)
{
	return (type < MSG_COUNT ? msg_rows[type].size : 0);
}

const char *
msg_name(uint32_t type)
{
	return (msg_size(type) == 0 ? "unknown" : msg_rows[type].name);
}

const char *
msg_strverdict(enum msg_verdict verdict)
{
	switch (verdict) {
	case MSG_OK:
		return ("good");
	case MSG_BAD_TYPE:
		return ("unknown type");
	case MSG_BAD_SENDER:
		return ("bad sender");
	case MSG_BAD_RECEIVER:
		return ("bad receiver");
	case MSG_BAD_LENGTH:
		return ("bad length");
	case MSG_BAD_FD:
		return ("bad descriptor");
	case MSG_BAD_CONTENT:
		return ("bad content");
	}
	return ("unknown verdict");
}

static uint64_t
fnv_octets(uint64_t hash, const void *data, size_t len)
{
	const uint8_t	*p = data;

	while (len-- > 0)
		hash = (hash ^ *p++) * FNV_PRIME;
	return (hash);
}

static uint64_t
fnv_text(uint64_t hash, const char *text)
{
	return (fnv_octets(hash, text, strlen(text) + 1));
}

static uint64_t
fnv_number(uint64_t hash, uint64_t n)
{
	return (fnv_octets(hash, &n, sizeof(n)));
}

/* Whoever connects has us compare it: it is made once. */
uint64_t
msg_catalogue(void)
{
	static uint64_t		 hash;
	const struct msg_row	*row;
	const char *const	*word;
	uint32_t		 type;
	size_t			 i;

	if (hash != 0)
		return (hash);
	hash = FNV_BASIS;
	for (type = MSG_NONE + 1; type < MSG_COUNT; type++) {
		row = &msg_rows[type];
		hash = fnv_text(hash, row->name);
		hash = fnv_number(hash, row->size);
		hash = fnv_number(hash, row->from);
		hash = fnv_number(hash, row->to);
		hash = fnv_number(hash, row->flags);
	}
	for (i = 0; i < counter_nrows; i++)
		hash = fnv_text(hash, counter_rows[i].name);
	for (i = 0; i < CONF_NKEYS; i++) {
		hash = fnv_text(hash, conf_rows[i].path);
		hash = fnv_number(hash, conf_rows[i].type);
		for (word = conf_rows[i].words; word != NULL && *word != NULL;
		    word++)
			hash = fnv_text(hash, *word);
	}
	return (hash);
}

const char *
proc_name(uint32_t proc)
{
	return (proc < PROC_COUNT ? proc_names[proc] : "unknown");
}

const char *
msg_layers(uint32_t missing, char *buf, size_t len)
{
	static const struct {
		uint32_t	 bit;
		const char	*name;
	}		 layers[] = {
		{ LAYER_CHROOT, "chroot" },
		{ LAYER_UID, "own uid" },
		{ LAYER_CAPS, "capabilities dropped" },
		{ LAYER_NNP, "no_new_privs" },
		{ LAYER_RLIMIT, "resource limits" },
		{ LAYER_DEATHSIG, "death signal" },
		{ LAYER_PATHS, "closed paths" },
		{ LAYER_SYSCALLS, "system call filter" }
	};
	const char	*sep = "missing: ";
	size_t		 i;

	if ((missing & LAYER_ALL) == 0)
		return ("complete");
	buf[0] = '\0';
	for (i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		if ((missing & layers[i].bit) == 0)
			continue;
		strlcat(buf, sep, len);
		strlcat(buf, layers[i].name, len);
		sep = ", ";
	}
	return (buf);
}
