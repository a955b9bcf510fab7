/* SPDX-License-Identifier: ISC */
/*
 * What a control child can do wrong with the history, which the parent keeps
 * for it.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hostile.h"
#include "history_file.h"

#define RUBBISH_TIMES	18	/* more than are allowed */

static void
history_part(uint32_t len)
{
	struct msg_history_part	 m;

	memset(&m, 0, sizeof(m));
	m.len = len;
	put_good(MSG_HISTORY_PART, &m);
}

static void
history_keep(uint32_t what, uint64_t size)
{
	struct msg_history_keep	 m;

	memset(&m, 0, sizeof(m));
	m.what = what;
	m.size = size;
	put_good(MSG_HISTORY_KEEP, &m);
}

/* More than a message holds. */
static void
history_long(void)
{
	history_part(MSG_HISTORY_PART_MAX + 1);
}

/* More than a file may have. */
static void
history_many(void)
{
	unsigned int	 i;

	for (i = 0; i <= HISTORY_FILE_MAX / MSG_HISTORY_PART_MAX; i++)
		history_part(MSG_HISTORY_PART_MAX);
}

/* Not what came before. */
static void
history_size(void)
{
	history_part(16);
	history_keep(HISTORY_REPLACE, 17);
}

static void
history_what(void)
{
	history_keep(HISTORY_ASIDE + 1, 0);
}

/* Three while one is written: the second waits. */
static void
history_twice(void)
{
	unsigned int	 i;

	for (i = 0; i < 3; i++)
		history_keep(HISTORY_APPEND, 0);
}

/* As often as it can, and says so. */
static void
history_rubbish(void)
{
	static const struct timespec	 pause = { 0, 60000000 };
	struct msg_history_part		 part;
	struct msg_log			 m;
	unsigned int			 i;

	memset(&part, 0, sizeof(part));
	for (i = 0; i < RUBBISH_TIMES; i++) {
		part.len = (uint32_t)snprintf((char *)part.data,
		    sizeof(part.data), "rubbish %u\n", i + 1);
		put_good(MSG_HISTORY_PART, &part);
		history_keep(HISTORY_REPLACE, part.len);
		nanosleep(&pause, NULL);
	}
	memset(&m, 0, sizeof(m));
	m.level = LEVEL_INFO;
	strlcpy(m.text, "that was all", sizeof(m.text));
	put_good(MSG_LOG, &m);
}

const struct crime	 history_crimes[] = {
	{ "history_long", AT_WORK, history_long },
	{ "history_many", AT_WORK, history_many },
	{ "history_size", AT_WORK, history_size },
	{ "history_what", AT_WORK, history_what },
	{ "history_twice", AT_WORK, history_twice },
	{ "history_rubbish", AT_WORK, history_rubbish },
	{ NULL, AT_WORK, NULL }
};
