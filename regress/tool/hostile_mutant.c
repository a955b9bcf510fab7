/* SPDX-License-Identifier: ISC */
/*
 * A crime without end: mutated messages to the parent, and now and then to the
 * other child, until the parent ends it.  Some begin before they have said
 * HELLO or taken their configuration, and some do not read.
 *
 *	HOSTILE_RUDE	of 1000 messages, those that need not be passed (30)
 *	HOSTILE_SEED	of the random numbers; the parent chooses one and says
 *			so when there is none
 *
 * Each life has numbers of its own: its own number is the war file's size, to
 * which it adds an octet.
 */

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "hostile.h"
#include "hostile_mutate.h"

#define EARLY		4	/* one life in so many */
#define DEAF		16
#define PEER		8	/* one message in so many */

static struct mutator	 to_parent, to_peer;

static uint64_t
mutants_seed(void)
{
	const char	*war = getenv("HOSTILE_WAR");
	const char	*seed = getenv("HOSTILE_SEED");
	struct stat	 st;
	int		 fd;

	if (war == NULL || seed == NULL ||
	    (fd = open(war, O_WRONLY | O_APPEND | O_CLOEXEC)) == -1 ||
	    write(fd, "+", 1) != 1 || fstat(fd, &st) == -1)
		err(2, "mutants");
	close(fd);
	return (strtoull(seed, NULL, 10) + (uint64_t)st.st_size * 0x10001 +
	    me.id);
}

static bool
readable(int fd)
{
	struct pollfd	 pfd = { fd, POLLIN, 0 };

	return (poll(&pfd, 1, 0) == 1);
}

/* To the other child, as far as it takes it. */
static void
mutants_peer(void)
{
	static struct mutant	 out;

	/* The web child can do nothing without control, and leaves. */
	if (me.id == PROC_CONTROL && me.peer_id == PROC_WEB)
		return;
	if (to_peer.nmay == 0 || to_peer.to != me.peer_id)
		mutator_init(&to_peer, me.id == PROC_WEB ? PROC_CLIENT : me.id,
		    me.peer_id, ~to_parent.state);
	mutate(&to_peer, &out);
	while (mutant_send(&out, me.peer) == 0 && out.sent > 0)
		;
}

static void
mutants_without_end(void)
{
	static struct mutant	 out;
	int			 done;

	for (;;) {
		if (!me.deaf && readable(PARENT_FILENO))
			hostile_read();
		if (me.peer != -1 && mutator_pick(&to_parent, PEER) == 0)
			mutants_peer();
		mutate(&to_parent, &out);
		while ((done = mutant_send(&out, PARENT_FILENO)) == 0)
			;
		if (done == -1)
			idle();
	}
}

void
mutants(void)
{
	me.guilty = true;
	me.deaf = mutator_pick(&to_parent, DEAF) == 0;
	if (me.when == AT_HELLO)
		put_hello(msg_catalogue());
	mutants_without_end();
}

void
mutants_prepare(void)
{
	const char	*rude = getenv("HOSTILE_RUDE");

	mutator_init(&to_parent, me.id, PROC_PARENT, mutants_seed());
	if (rude != NULL)
		to_parent.rude = (unsigned int)strtoul(rude, NULL, 10);
	if (mutator_pick(&to_parent, EARLY) == 0)
		me.when = mutator_pick(&to_parent, 2) == 0 ? AT_BIRTH :
		    AT_HELLO;
}

const struct crime	 mutant_crimes[] = {
	{ "mutants", AT_WORK, mutants },
	{ NULL, AT_WORK, NULL }
};
