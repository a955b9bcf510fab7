/* SPDX-License-Identifier: ISC */
/* Crimes against other children, and words about them. */

#include <string.h>
#include <unistd.h>

#include "hostile.h"

/* To control, which is no parent: it closes the channel and goes on. */
static void
lies_to_control(void)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = MSG_ACTION;
	hdr.len = sizeof(hdr);
	if (write(me.peer, &hdr, sizeof(hdr)) == -1)
		_exit(1);
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

const struct crime	 peer_crimes[] = {
	{ "lies_to_control", AT_PEER, lies_to_control },
	{ "rows_unasked", AT_PEER, rows_unasked },
	{ "rows_many", AT_PEER, rows_many },
	{ "hits_flood", AT_PEER, hits_flood },
	{ "keys_many", AT_PEER, keys_many },
	{ "slander", AT_PEER, slander },
	{ "acts", AT_PEER, acts },
	{ "bad_mirror", AT_PEER, bad_mirror },
	{ "mode6_flood", AT_PEER, mode6_flood },
	{ "mode6_long", AT_PEER, mode6_long },
	{ NULL, AT_WORK, NULL }
};
