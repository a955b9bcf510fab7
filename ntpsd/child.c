/* SPDX-License-Identifier: ISC */
/* What all children have in common: see child.h. */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "os.h"

/* Descriptors that a child may have open. */
static const unsigned int	 child_nofile[PROC_COUNT] = {
	[PROC_ENGINE] = 2 * MSG_SOCKETS_MAX + 16,
	[PROC_CONTROL] = 256 + 32,
	[PROC_CONFIG] = 16,
	[PROC_QUERY] = MSG_SLOTS_MAX + 16,
	[PROC_WEB] = 256 + 32
};

/* Octets of a file, or of memory that is like one, that it may write. */
static const rlim_t		 child_fsize[PROC_COUNT] = {
	[PROC_CONFIG] = BLOB_MAX
};

/* By how much it gives way to the engines: they serve, it shows. */
static const int		 child_nice[PROC_COUNT] = {
	[PROC_CONTROL] = 5,
	[PROC_WEB] = 10
};

/* Octets of memory, where strangers have a say in how much it is. */
static const rlim_t		 child_data[PROC_COUNT] = {
	[PROC_WEB] = 32 * 1024 * 1024
};

#define CHILD_ARGC	10
#define LEAVE_MS	200	/* for the last words to the parent */

/*
 * The words: ntpsd -x engine -u uid -g gid -c chroot -S mode; uid 0: not root.
 */
char **
child_args_format(const struct child_args *args)
{
	static char	 uid[16], gid[16], name[16], mode[16];
	static char	 prog[] = "ntpsd", x[] = "-x", u[] = "-u", g[] = "-g",
			    c[] = "-c", root[PATH_MAX], s[] = "-S";
	static char	*argv[] = { prog, x, name, u, uid, g, gid, c, root, s,
			    mode, NULL };

	strlcpy(name, proc_name(args->id), sizeof(name));
	snprintf(uid, sizeof(uid), "%u",
	    args->priv.root ? (unsigned int)args->priv.uid : 0);
	snprintf(gid, sizeof(gid), "%u",
	    args->priv.root ? (unsigned int)args->priv.gid : 0);
	strlcpy(root, args->priv.root ? args->priv.chroot : "/", sizeof(root));
	snprintf(mode, sizeof(mode), "%u", (unsigned int)args->sandbox);
	return (argv);
}

int
child_args_parse(struct child_args *args, int argc, char **argv)
{
	const char	*e[3] = { NULL, NULL, NULL };
	uint32_t	 id;

	memset(args, 0, sizeof(*args));
	if (argc != CHILD_ARGC + 1 || strcmp(argv[1], "-x") != 0)
		return (-1);
	for (id = 0; id < PROC_COUNT; id++)
		if (strcmp(argv[2], proc_name(id)) == 0)
			args->id = (enum proc_id)id;
	args->priv.uid = (uid_t)strtonum(argv[4], 0, UINT32_MAX - 1, &e[0]);
	args->priv.gid = (gid_t)strtonum(argv[6], 0, UINT32_MAX - 1, &e[1]);
	args->priv.chroot = argv[8];
	args->sandbox = (enum sandbox_mode)strtonum(argv[10], SANDBOX_OFF,
	    SANDBOX_TRAP, &e[2]);
	args->priv.root = args->priv.uid != 0;
	args->priv.nofile = child_nofile[args->id];
	args->priv.fsize = child_fsize[args->id];
	args->priv.data = child_data[args->id];
	return (e[0] || e[1] || e[2] ? -1 : 0);
}

static void
child_log(enum conf_level level, const char *text, void *arg)
{
	struct child	*c = arg;
	struct msg_log	 m;

	memset(&m, 0, sizeof(m));
	m.level = level;
	strlcpy(m.text, text, sizeof(m.text));
	imsgev_send(&c->parent, MSG_LOG, 0, -1, &m);
	/* Perhaps the last words of fatal(): nobody else writes them out. */
	if (level == LEVEL_ERROR)
		imsgev_flush(&c->parent, LEAVE_MS);
}

/* Signals are for the parent, also those that a terminal sends to all. */
static void
child_ignore_signals(void)
{
	static const int	 ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE,
				    SIGUSR1, SIGUSR2 };
	size_t			 i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

static void
child_from_parent(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct child	*c = arg;

	switch (imsg_get_type(imsg)) {
	case MSG_PING:
		imsgev_send(iev, MSG_PONG, 0, -1, &p->PING);
		break;
	case MSG_LOG_LEVEL:
		log_set_level((enum conf_level)p->LOG_LEVEL.level);
		break;
	default:
		c->handler(iev, imsg, p, c->arg);
		break;
	}
}

/* Without a parent there is nothing to serve for, and nobody to tell. */
static void
child_orphaned(struct imsgev *iev, enum imsgev_end end, const char *why,
    void *arg)
{
	(void)iev;
	(void)end;
	(void)why;
	(void)arg;
	_exit(end == IMSGEV_EOF ? 0 : 1);
}

void
child_start(struct child *c, const struct child_args *args,
    imsgev_handler handler, void *arg)
{
	struct msg_hello	 m;

	memset(c, 0, sizeof(*c));
	c->args = args;
	c->handler = handler;
	c->arg = arg;
	os_name("ntpsd");
	/* an engine is told later which one it is */
	setproctitle("%s", args->id == PROC_ENGINE ? "reserve" :
	    proc_name(args->id));
	log_init("ntpsd");
	child_ignore_signals();

	if ((c->base = event_base_new()) == NULL)
		fatal("event_base_new");
	if (imsgev_init(&c->parent, c->base, PARENT_FILENO, args->id,
	    PROC_PARENT, child_from_parent, child_orphaned, c) == -1)
		fatal("the parent's channel");
	log_set_sink(child_log, c);
	/* more than there is to give away is no failure */
	(void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) +
	    child_nice[args->id]);
	c->missing = priv_drop(&args->priv);	/* no way back */
	c->missing |= sandbox_enter(args->id, args->sandbox);

	memset(&m, 0, sizeof(m));
	m.catalogue = msg_catalogue();
	m.missing = c->missing;
	if (imsgev_send(&c->parent, MSG_HELLO, 0, -1, &m) == -1)
		fatal("hello");
}

void
child_run(struct child *c)
{
	event_base_dispatch(c->base);
	imsgev_flush(&c->parent, LEAVE_MS);
}

void
child_leave(struct child *c)
{
	event_base_loopbreak(c->base);
}

void
child_conf_item(struct conf *staged, uint64_t generation,
    const struct conf_item *item)
{
	char	 err[CONF_ERR_MAX];

	if (generation == 0)
		fatalx("an item outside of a configuration");
	if (conf_item_set(staged, item, err, sizeof(err)) == -1)
		fatalx("configuration item: %s", err);
}

uint64_t
child_mono(void)
{
	struct timespec	 mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	return ((uint64_t)mono.tv_sec * 1000000000 + (uint64_t)mono.tv_nsec);
}
