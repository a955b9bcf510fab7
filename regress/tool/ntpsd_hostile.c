/* SPDX-License-Identifier: ISC */
/*
 * ntpsd with a child that breaks the rules, for regress/fault: the parent in
 * here is the real one.
 *
 *	HOSTILE_CHILD	engine, control, query, web or config
 *	HOSTILE_CRIME	one of the names in the table below
 *	HOSTILE_WAR	a file: a child that is born while it is there is
 *			hostile, any other is the real one
 *
 * A hostile child gives up its privileges like the real one and, unless its
 * crime is an earlier one, comes up like it, too: the crime is committed at
 * work.  After it the child goes on and answers pings, so that what ends it
 * is the parent's judgement.
 */

/* The program's own main file, with the children's names taken over. */
#define engine_main	hostile_engine
#define control_main	hostile_control
#define query_main	hostile_query
#define web_main	hostile_web
#define config_main	hostile_config
#include "ntpsd/ntpsd.c"
#undef engine_main
#undef control_main
#undef query_main
#undef web_main
#undef config_main

#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <stdarg.h>

#include "imsg.h"
#include "log.h"
#include "os.h"

void	engine_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	control_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	query_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	web_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	config_main(const struct child_args *)
	    __attribute__((__noreturn__));

#define FD_MARK		0x80000000U
#define FDS_MANY	250		/* the kernel takes 253 in a message */
#define RUBBISH_FDS	5

enum moment { AT_BIRTH, AT_HELLO, AT_WORK, AT_PEER };

static struct {
	enum proc_id	 id;
	struct imsgbuf	 ibuf;
	bool		 deaf;		/* does not read */
	bool		 mute;		/* says nothing more */
	bool		 stubborn;	/* does not leave */
	bool		 guilty;
	int		 peer;		/* a channel to another, or -1 */
} me = { .peer = -1 };

/* Waits for the end that the parent has in store. */
static void __attribute__((__noreturn__))
idle(void)
{
	for (;;)
		pause();
}

static void
put_octets(const void *data, size_t len, const int *fds, unsigned int nfds)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(FDS_MANY * sizeof(int))];
	} control;
	struct msghdr	 msg;
	struct iovec	 iov;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		control.hdr.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		control.hdr.cmsg_level = SOL_SOCKET;
		control.hdr.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.hdr), fds, nfds * sizeof(int));
	}
	/* Refused: the parent has closed, and our end is near. */
	if (sendmsg(PARENT_FILENO, &msg, MSG_NOSIGNAL) == -1)
		idle();
}

/* A message whose header says what it is told to say. */
static void
put(uint32_t type, uint32_t len, const void *data, size_t n, const int *fds,
    unsigned int nfds)
{
	struct imsg_hdr	 hdr;
	uint8_t		 buf[sizeof(hdr) + sizeof(union msg_payload)];

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = len;
	memset(buf, 0, sizeof(buf));
	memcpy(buf, &hdr, sizeof(hdr));
	if (data != NULL)
		memcpy(buf + sizeof(hdr), data, n);
	put_octets(buf, sizeof(hdr) + n, fds, nfds);
}

/* A message as it ought to be. */
static void
put_good(enum msg_type type, const void *data)
{
	size_t	 n = msg_size(type);

	put(type, (uint32_t)(sizeof(struct imsg_hdr) + n), data, n, NULL, 0);
}

#include "hostile_history.h"

static void
put_hello(uint64_t catalogue)
{
	struct msg_hello	 m;

	memset(&m, 0, sizeof(m));
	m.catalogue = catalogue;
	put_good(MSG_HELLO, &m);
}

static void
unknown_type(void)
{
	put(9999, sizeof(struct imsg_hdr), NULL, 0, NULL, 0);
}

static void
wrong_length(void)
{
	uint8_t	 three[3] = { 1, 2, 3 };

	put(MSG_PONG, sizeof(struct imsg_hdr) + sizeof(three), three,
	    sizeof(three), NULL, 0);
}

static void
short_header(void)
{
	put(MSG_PONG, 3, NULL, 0, NULL, 0);
}

static void
huge_length(void)
{
	put(MSG_PONG, FD_MARK - 1, NULL, 0, NULL, 0);
}

static void
wrong_sender(void)
{
	put_good(MSG_CONFIG_ITEM, NULL);
}

static void
wrong_receiver(void)
{
	put_good(me.id == PROC_ENGINE ? MSG_STATS : MSG_STATUS, NULL);
}

static void
unwanted_fd(void)
{
	int	 fd = STDIN_FILENO;

	put(MSG_PONG, (sizeof(struct imsg_hdr) + sizeof(struct msg_ping)) |
	    FD_MARK, NULL, sizeof(struct msg_ping), &fd, 1);
}

static void
many_fds(void)
{
	int		 fds[FDS_MANY];
	unsigned int	 i;

	for (i = 0; i < FDS_MANY; i++)
		fds[i] = STDIN_FILENO;
	for (i = 0; i < 3; i++)
		put(MSG_PONG, sizeof(struct imsg_hdr) +
		    sizeof(struct msg_ping), NULL, sizeof(struct msg_ping),
		    fds, FDS_MANY);
}

/* One with each message, none of them announced. */
static void
hidden_fds(void)
{
	unsigned int	 i;
	int		 fd = STDIN_FILENO;

	for (i = 0; i < 300; i++)
		put(MSG_PONG, sizeof(struct imsg_hdr) +
		    sizeof(struct msg_ping), NULL, sizeof(struct msg_ping),
		    &fd, 1);
}

static void
mark_without_fd(void)
{
	put(MSG_PONG, (sizeof(struct imsg_hdr) + sizeof(struct msg_ping)) |
	    FD_MARK, NULL, sizeof(struct msg_ping), NULL, 0);
}

static void
endless_text(void)
{
	struct msg_log	 m;

	memset(&m, 0, sizeof(m));
	m.level = LEVEL_INFO;
	memset(m.text, 'A', sizeof(m.text));
	put_good(MSG_LOG, &m);
}

static void
bad_level(void)
{
	struct msg_log	 m;

	memset(&m, 0, sizeof(m));
	m.level = 77;
	put_good(MSG_LOG, &m);
}

static void
bad_action(void)
{
	struct msg_action	 m;

	memset(&m, 0, sizeof(m));
	m.action = 77;
	put_good(MSG_ACTION, &m);
}

static void
two_hellos(void)
{
	put_hello(msg_catalogue());
}

static void
other_version(void)
{
	put_hello(msg_catalogue() ^ 1);
}

static void
hello_late(void)
{
	put_good(MSG_PONG, NULL);
}

static void
no_hello(void)
{
	me.mute = true;
}

/* Comes up, stays alive, and never takes its configuration. */
static void
never_ready(void)
{
	put_hello(msg_catalogue());
	me.deaf = true;
}

static void
wrong_ack(void)
{
	struct msg_generation	 m = { 99 };

	put_good(MSG_CONFIG_ACK, &m);
}

/* Half a message, and then nothing for ever. */
static void
half_message(void)
{
	put(MSG_PONG, sizeof(struct imsg_hdr) + sizeof(struct msg_ping), NULL,
	    1, NULL, 0);
	me.mute = true;
}

static void
drip(void)
{
	struct msg_log	 m;
	struct imsg_hdr	 hdr;
	size_t		 i;

	memset(&m, 0, sizeof(m));
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = MSG_LOG;
	hdr.len = sizeof(hdr) + sizeof(m);
	put_octets(&hdr, sizeof(hdr), NULL, 0);
	for (i = 0; i < sizeof(m); i++) {
		poll(NULL, 0, 1000);
		put_octets((const uint8_t *)&m + i, 1, NULL, 0);
	}
}

static void
never_reads(void)
{
	me.deaf = true;
}

static void
no_leaving(void)
{
	me.stubborn = true;
}

/* Is alive, but not on its channel. */
static void
hangs_up(void)
{
	close(PARENT_FILENO);
	idle();
}

/* Escape sequences, new lines and formats, more than anybody can read. */
static void
log_flood(void)
{
	struct msg_log	 m;
	unsigned int	 i;

	memset(&m, 0, sizeof(m));
	m.level = LEVEL_WARNING;
	for (i = 0; i < 20000; i++) {
		snprintf(m.text, sizeof(m.text),
		    "flood %u \033[2J\nntpsd: forged %%s%%n", i);
		put_good(MSG_LOG, &m);
	}
}

/* Faster than they can be read: many with each call. */
static void
message_flood(void)
{
	static struct {
		struct imsg_hdr	 hdr;
		struct msg_ping	 ping;
	} pong[1000];
	unsigned int	 i;

	for (i = 0; i < sizeof(pong) / sizeof(pong[0]); i++) {
		pong[i].hdr.type = MSG_PONG;
		pong[i].hdr.len = sizeof(pong[i]);
	}
	for (;;)
		put_octets(pong, sizeof(pong), NULL, 0);
}

/* Asks for more than anybody can do, and does not read the answers. */
static void
action_flood(void)
{
	struct imsg_hdr		 hdr;
	struct msg_action	 m;
	uint8_t			 buf[sizeof(hdr) + sizeof(m)];

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = MSG_ACTION;
	hdr.len = sizeof(buf);
	hdr.peerid = 1;
	memset(&m, 0, sizeof(m));
	m.action = ACTION_START;
	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), &m, sizeof(m));
	for (;;)
		put_octets(buf, sizeof(buf), NULL, 0);
}

/* Leaves in good order, but for what it leaves behind in the channel. */
static void
rubbish(void)
{
	unsigned int	 i;
	int		 fd = STDIN_FILENO;

	for (i = 0; i < RUBBISH_FDS; i++)
		put(MSG_PONG, sizeof(struct imsg_hdr) +
		    sizeof(struct msg_ping), NULL, sizeof(struct msg_ping),
		    &fd, 1);
	put(MSG_LOG, sizeof(struct imsg_hdr) + sizeof(struct msg_log), NULL,
	    sizeof(struct msg_log) / 2, NULL, 0);
	_exit(0);
}

/* No crime: what it has in its environment, a line each. */
static void
tells(void)
{
	struct msg_log	 m;
	size_t		 i;

	for (i = 0; environ[i] != NULL; i++) {
		memset(&m, 0, sizeof(m));
		m.level = LEVEL_INFO;
		strlcpy(m.text, environ[i], sizeof(m.text));
		put_good(MSG_LOG, &m);
	}
}

static void
exits(void)
{
	_exit(1);
}

static void
aborts(void)
{
	abort();
}

/* To control, which is no parent: it closes the channel and goes on. */
static void
lies_to_control(void)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = MSG_ACTION;
	hdr.len = sizeof(hdr);
	if (me.peer == -1)
		return;
	me.guilty = true;
	if (write(me.peer, &hdr, sizeof(hdr)) == -1)
		_exit(1);
}

/* To the other child, so often; one that hangs up has understood. */
static void
tell(enum msg_type type, const void *data, unsigned int times)
{
	struct imsg_hdr	 hdr;
	struct pollfd	 pfd = { me.peer, POLLOUT, 0 };
	uint8_t		 buf[sizeof(hdr) + sizeof(union msg_payload)];
	size_t		 len = sizeof(hdr) + msg_size(type), at;
	ssize_t		 n;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)len;
	hdr.peerid = 1;			/* the first question, client */
	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), data, len - sizeof(hdr));
	for (; times > 0; times--)
		for (at = 0; at < len; at += (size_t)n)
			if (poll(&pfd, 1, 1000) != 1 || (n = send(me.peer,
			    buf + at, len - at, MSG_NOSIGNAL)) <= 0)
				return;
}

/* Rows that nobody asked for, of sources that cannot be. */
static void
rows_unasked(void)
{
	static struct msg_clients	 m;
	struct msg_clients_end		 end;

	memset(&m, 0xff, sizeof(m));
	m.n = MSG_CLIENTS_MAX;
	tell(MSG_CLIENTS, &m, 3000);
	memset(&end, 0, sizeof(end));
	end.next = UINT64_MAX;
	tell(MSG_CLIENTS_END, &end, 3000);
}

static void
rows_many(void)
{
	static struct msg_clients	 m;

	m.n = MSG_CLIENTS_MAX + 1;
	tell(MSG_CLIENTS, &m, 1);
}

static void
hits_flood(void)
{
	static struct msg_hits	 m;

	memset(&m, 0xff, sizeof(m));
	tell(MSG_HITS, &m, 1000);
}

static void
keys_many(void)
{
	static struct msg_key_uses	 m;

	m.n = UINT32_MAX;
	tell(MSG_KEY_USES, &m, 1);
}

/* About all who there are, but the one of whom it would be believed. */
static void
slander(void)
{
	static const uint32_t	 procs[] = { PROC_PARENT, PROC_ENGINE,
				    PROC_CONTROL, PROC_CONFIG, PROC_CLIENT };
	struct msg_peer		 m;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < sizeof(procs) / sizeof(procs[0]); i++)
		for (m.index = 0; m.index < MSG_SLOTS_MAX; m.index++) {
			m.proc = procs[i];
			put_good(MSG_PEER_BROKE, &m);
		}
}

/* A message to the parent that wants an answer. */
static void
put_asking(enum msg_type type, const void *data)
{
	struct imsg_hdr	 hdr;
	uint8_t		 buf[sizeof(hdr) + sizeof(union msg_payload)];
	size_t		 n = msg_size(type);

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)(sizeof(hdr) + n);
	hdr.peerid = 1;
	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), data, n);
	put_octets(buf, sizeof(hdr) + n, NULL, 0);
}

/* As somebody signs who does not know the token: each kind, and a nonce. */
static void
forge(unsigned int kind, const uint8_t *nonce)
{
	static const char *const	 bodies[SIGNED_KINDS] = {
		[SIGNED_SERVICE] = "{\"action\": \"stop\"}",
		[SIGNED_POLICY] =
		    "{\"action\": \"deny\", \"prefix\": \"127.0.0.0/8\"}",
		[SIGNED_CONFIG] = "{\"enabled\": false}"
	};
	struct msg_signed		 m;

	memset(&m, 0, sizeof(m));
	m.kind = kind % SIGNED_KINDS;
	m.len = (uint32_t)strlen(bodies[m.kind]);
	memcpy(m.body, bodies[m.kind], m.len);
	if (nonce != NULL)
		memcpy(m.nonce, nonce, sizeof(m.nonce));
	mac_hmac("guessed", 7, m.nonce, sizeof(m.nonce), m.mac);
	put_asking(MSG_SIGNED, &m);
}

/* With no nonce, and then with one for each of 20 attempts. */
static void
forgeries(void)
{
	static const struct msg_none	 none;
	unsigned int			 i;

	for (i = 0; i < 3; i++)
		forge(i, NULL);
	for (i = 0; i < 20; i++)
		put_asking(MSG_NONCE_REQ, &none);
}

/* More than anybody can verify, and nobody reads what comes of it. */
static void
forgery_flood(void)
{
	for (;;)
		forge(0, NULL);
}

static void
bad_signed(void)
{
	struct msg_signed	 m;

	memset(&m, 0, sizeof(m));
	m.len = SIGNED_BODY_MAX + 1;
	put_asking(MSG_SIGNED, &m);
}

/* What only an operator may ask for. */
static void
acts(void)
{
	struct msg_action	 a;
	struct msg_setting	 s;
	struct msg_deny		 d;

	memset(&a, 0, sizeof(a));
	a.action = ACTION_STOP;
	tell(MSG_ACTION, &a, 1);
	memset(&s, 0, sizeof(s));
	strlcpy(s.key, "enabled", sizeof(s.key));
	strlcpy(s.value, "false", sizeof(s.value));
	tell(MSG_SETTING, &s, 1);
	memset(&d, 0, sizeof(d));
	d.kind = DENY_DENY;
	(void)prefix_parse(&d.from, "127.0.0.0/8");
	tell(MSG_DENY, &d, 1);
}

static void
bad_mirror(void)
{
	struct msg_mirror	 m;

	memset(&m, 0, sizeof(m));
	m.valid = 1;
	m.stratum = 17;
	tell(MSG_MIRROR, &m, 1);
}

/* To questions that nobody has put. */
static void
mode6_flood(void)
{
	static struct msg_mode6	 m;

	m.len = MSG_MODE6_MAX;
	for (m.token = 0; m.token < 3000; m.token++)
		tell(MSG_MODE6_REPLY, &m, 1);
	m.token = 0;
	tell(MSG_MODE6_REPLY, &m, 3000);
}

static void
mode6_long(void)
{
	static struct msg_mode6	 m;

	m.len = MSG_MODE6_MAX + 1;
	tell(MSG_MODE6_REPLY, &m, 1);
}

static void
want_many(void)
{
	struct msg_want	 m;
	unsigned int	 i;

	memset(&m, 0, sizeof(m));
	m.kind = FILE_POLICY;
	strlcpy(m.name, "/proc/self/exe", sizeof(m.name));
	for (i = 0; i < 1000; i++)
		put_good(MSG_CONFIG_WANT, &m);
}

static void
want_relative(void)
{
	struct msg_want	 m;

	memset(&m, 0, sizeof(m));
	m.kind = FILE_POLICY;
	strlcpy(m.name, "../../etc/passwd", sizeof(m.name));
	put_good(MSG_CONFIG_WANT, &m);
}

static void
put_blob(int fd, uint64_t size)
{
	struct msg_blob	 m;

	memset(&m, 0, sizeof(m));
	m.kind = BLOB_POLICY;
	m.size = size;
	put(MSG_CONFIG_BLOB, (sizeof(struct imsg_hdr) + sizeof(m)) | FD_MARK,
	    &m, sizeof(m), &fd, 1);
}

/* Could change after it was looked at. */
static void
blob_unsealed(void)
{
	put_blob(os_memory("blob", 4096), 4096);
}

static void
blob_size(void)
{
	put_blob(os_blob_make("blob", "rubbish", 7), 8);
}

static void
blob_twice(void)
{
	put_blob(os_blob_make("blob", "rubbish", 7), 7);
	put_blob(os_blob_make("blob", "rubbish", 7), 7);
}

static const struct crime {
	const char	*name;
	enum moment	 when;
	void		(*commit)(void);
} crimes[] = {
	{ "unknown_type", AT_WORK, unknown_type },
	{ "wrong_length", AT_WORK, wrong_length },
	{ "short_header", AT_WORK, short_header },
	{ "huge_length", AT_WORK, huge_length },
	{ "wrong_sender", AT_WORK, wrong_sender },
	{ "wrong_receiver", AT_WORK, wrong_receiver },
	{ "unwanted_fd", AT_WORK, unwanted_fd },
	{ "many_fds", AT_WORK, many_fds },
	{ "hidden_fds", AT_WORK, hidden_fds },
	{ "mark_without_fd", AT_WORK, mark_without_fd },
	{ "endless_text", AT_WORK, endless_text },
	{ "bad_level", AT_WORK, bad_level },
	{ "bad_action", AT_WORK, bad_action },
	{ "two_hellos", AT_WORK, two_hellos },
	{ "other_version", AT_HELLO, other_version },
	{ "hello_late", AT_HELLO, hello_late },
	{ "no_hello", AT_HELLO, no_hello },
	{ "never_ready", AT_HELLO, never_ready },
	{ "wrong_ack", AT_WORK, wrong_ack },
	{ "half_message", AT_WORK, half_message },
	{ "drip", AT_WORK, drip },
	{ "never_reads", AT_WORK, never_reads },
	{ "no_leaving", AT_WORK, no_leaving },
	{ "hangs_up", AT_WORK, hangs_up },
	{ "log_flood", AT_WORK, log_flood },
	{ "message_flood", AT_WORK, message_flood },
	{ "action_flood", AT_WORK, action_flood },
	{ "history_long", AT_WORK, history_long },
	{ "history_many", AT_WORK, history_many },
	{ "history_size", AT_WORK, history_size },
	{ "history_what", AT_WORK, history_what },
	{ "history_twice", AT_WORK, history_twice },
	{ "history_rubbish", AT_WORK, history_rubbish },
	{ "rubbish", AT_WORK, rubbish },
	{ "tells", AT_WORK, tells },
	{ "exits", AT_BIRTH, exits },
	{ "aborts", AT_WORK, aborts },
	{ "lies_to_control", AT_WORK, lies_to_control },
	{ "rows_unasked", AT_PEER, rows_unasked },
	{ "rows_many", AT_PEER, rows_many },
	{ "hits_flood", AT_PEER, hits_flood },
	{ "keys_many", AT_PEER, keys_many },
	{ "slander", AT_PEER, slander },
	{ "acts", AT_PEER, acts },
	{ "forgeries", AT_WORK, forgeries },
	{ "forgery_flood", AT_WORK, forgery_flood },
	{ "bad_signed", AT_WORK, bad_signed },
	{ "bad_mirror", AT_PEER, bad_mirror },
	{ "mode6_flood", AT_PEER, mode6_flood },
	{ "mode6_long", AT_PEER, mode6_long },
	{ "want_many", AT_WORK, want_many },
	{ "want_relative", AT_WORK, want_relative },
	{ "blob_unsealed", AT_WORK, blob_unsealed },
	{ "blob_size", AT_WORK, blob_size },
	{ "blob_twice", AT_WORK, blob_twice }
};

static const struct crime *
crime_of(enum proc_id id)
{
	const char	*child = getenv("HOSTILE_CHILD");
	const char	*name = getenv("HOSTILE_CRIME");
	const char	*war = getenv("HOSTILE_WAR");
	size_t		 i;

	if (child == NULL || name == NULL || war == NULL ||
	    strcmp(child, proc_name(id)) != 0 || access(war, F_OK) == -1)
		return (NULL);
	for (i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++)
		if (strcmp(name, crimes[i].name) == 0)
			return (&crimes[i]);
	errx(2, "%s: no such crime", name);
}

/* Good manners, as far as they go. */
static void
hostile_message(const struct crime *c, struct imsg *imsg)
{
	struct msg_ping		 ping;
	struct msg_generation	 g;
	struct msg_nonce	 nonce;
	uint32_t		 type = imsg_get_type(imsg);
	bool			 now = false;

	if (type == MSG_PING && imsg_get_data(imsg, &ping, sizeof(ping)) == 0)
		put_good(MSG_PONG, &ping);
	else if (type == MSG_CONFIG_END &&
	    imsg_get_data(imsg, &g, sizeof(g)) == 0)
		put_good(MSG_CONFIG_ACK, &g);
	else if (type == MSG_SHUTDOWN && !me.stubborn)
		_exit(0);
	else if (type == MSG_PEER)
		me.peer = imsg_get_fd(imsg);
	else if (type == MSG_NONCE &&
	    imsg_get_data(imsg, &nonce, sizeof(nonce)) == 0)
		forge(nonce.nonce[0], nonce.nonce);
	if (c->when == AT_PEER)
		now = type == MSG_PEER;
	else if (me.id == PROC_CONFIG)
		now = type == MSG_CONFIG_PARSE;
	else if (me.id == PROC_ENGINE)
		now = type == MSG_RUN || type == MSG_PEER;
	else
		now = type == MSG_CONFIG_COMMIT;
	if (now && !me.guilty && c->when >= AT_WORK) {
		me.guilty = c->commit != lies_to_control;
		c->commit();
	}
}

static void
hostile_read(const struct crime *c)
{
	struct imsg	 imsg;

	if (imsgbuf_read(&me.ibuf) != 1)
		_exit(0);
	while (!me.mute && imsgbuf_get(&me.ibuf, &imsg) > 0) {
		hostile_message(c, &imsg);
		imsg_free(&imsg);
	}
}

static void __attribute__((__noreturn__))
hostile_main(const struct child_args *args, const struct crime *c)
{
	struct pollfd	 pfd = { PARENT_FILENO, POLLIN, 0 };

	me.id = args->id;
	setproctitle("hostile %s", proc_name(args->id));
	priv_drop(&args->priv);
	if (imsgbuf_init(&me.ibuf, PARENT_FILENO) == -1 ||
	    fcntl(PARENT_FILENO, F_SETFL, 0) == -1)
		_exit(1);
	imsgbuf_allow_fdpass(&me.ibuf);
	if (c->when == AT_BIRTH)
		c->commit();
	if (c->when == AT_HELLO)
		c->commit();
	else
		put_hello(msg_catalogue());
	for (;;) {
		if (me.mute)
			idle();
		if (!me.deaf && poll(&pfd, 1, -1) == 1)
			hostile_read(c);
		else if (me.deaf) {
			poll(NULL, 0, 100);
			put_good(MSG_PONG, NULL);
		}
	}
}

void
hostile_engine(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_ENGINE);

	if (c != NULL)
		hostile_main(args, c);
	engine_main(args);
}

void
hostile_control(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_CONTROL);

	if (c != NULL)
		hostile_main(args, c);
	control_main(args);
}

void
hostile_query(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_QUERY);

	if (c != NULL)
		hostile_main(args, c);
	query_main(args);
}

void
hostile_web(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_WEB);

	if (c != NULL)
		hostile_main(args, c);
	web_main(args);
}

void
hostile_config(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_CONFIG);

	if (c != NULL)
		hostile_main(args, c);
	config_main(args);
}
