/* SPDX-License-Identifier: ISC */
/* Crimes against the parent that any child can commit. */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

#define RUBBISH_FDS	5

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

const struct crime	 parent_crimes[] = {
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
	{ "rubbish", AT_WORK, rubbish },
	{ "tells", AT_WORK, tells },
	{ "exits", AT_BIRTH, exits },
	{ "aborts", AT_WORK, aborts },
	{ NULL, AT_WORK, NULL }
};
