/* SPDX-License-Identifier: ISC */
/*
 * The parent: owns what needs privilege, starts and watches the children,
 * never reads an octet that came from the network.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <paths.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"
#include "os.h"

#define DESCRIPTORS	1024	/* that we may want to have open */

static const int	 parent_signals[] = {
	SIGHUP, SIGTERM, SIGINT, SIGCHLD, SIGUSR1
};
#define NSIGNALS	(sizeof(parent_signals) / sizeof(parent_signals[0]))

uint64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

uint64_t
now_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static void
parent_log(enum conf_level level, const char *text, void *arg)
{
	struct parent	*p = arg;

	/* Whoever typed the command still reads its stderr. */
	if (!p->opt->debug && p->opt->ready_fd != -1 && level <= LEVEL_WARNING)
		fprintf(stderr, "ntpsd: %s\n", text);
	syslog_line(level, text);
	logfile_line(text);
}

void
parent_leave(struct parent *p, int code)
{
	struct proc	*proc;
	unsigned int	 i;

	if (p->leaving)
		return;
	p->leaving = true;
	p->exit_code = code;
	if (p->op.kind != OP_NONE) {	/* what is under way has no end now */
		event_del(p->op.timer);
		listen_close(&p->op.fresh);
		listen_web_drop(p);
		blobs_close(&p->op.blobs);
		p->op.kind = OP_NONE;
		p->op.config = NULL;
	}
	notify_stopping();
	for (i = 0; i < p->nslots; i++)
		event_del(p->slots[i].again);
	TAILQ_FOREACH(proc, &p->procs, entry)
		proc_leave(proc);
	parent_end(p);
}

/* When there is nobody left to wait for. */
void
parent_end(struct parent *p)
{
	if (p->leaving && TAILQ_EMPTY(&p->procs) && !store_busy(p))
		event_base_loopbreak(p->base);
}

/* What a client or a signal asks for. */
void
parent_action(struct parent *p, struct caller by, const struct msg_action *m)
{
	switch ((enum action)m->action) {
	case ACTION_START:
		service_start(p, by);
		break;
	case ACTION_STOP:
		service_stop(p, by);
		break;
	case ACTION_RESTART:
		service_restart(p, by);
		break;
	case ACTION_RELOAD:
		reload_begin(p, OP_RELOAD, by, NULL, 0);
		break;
	case ACTION_LOG:
		log_set_level((enum conf_level)m->level);
		proc_log_level(p);
		report_status(p);
		op_answer(p, by, RESULT_OK, "");
		break;
	}
}

/* A reload that a signal asked for; if not now, after what is under way. */
static void
parent_hup(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;

	(void)fd;
	(void)what;
	if (!p->hup || p->op.kind != OP_NONE || p->leaving)
		return;
	p->hup = false;
	reload_begin(p, OP_RELOAD, NOBODY, NULL, 0);
}

/* From the loop, so that it can be left again. */
static void
parent_startup(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	reload_begin(arg, OP_STARTUP, NOBODY, NULL, 0);
}

static void
parent_signal(evutil_socket_t sig, short what, void *arg)
{
	struct parent	*p = arg;

	(void)what;
	switch (sig) {
	case SIGCHLD:
		proc_reap(p);
		store_reap(p);
		break;
	case SIGHUP:
		log_info("SIGHUP: reloading");
		p->hup = true;
		parent_hup(-1, 0, p);
		break;
	case SIGUSR1:
		logfile_reopen();
		break;
	case SIGTERM:
	case SIGINT:
		log_info("%s: leaving", sig == SIGINT ? "SIGINT" : "SIGTERM");
		parent_leave(p, 0);
		break;
	}
}

/* Fed while our loop turns and each engine answers or was stopped. */
static void
parent_watchdog(struct parent *p, uint64_t now)
{
	uint64_t	 every = notify_watchdog_ms();
	unsigned int	 i;

	if (every == 0 || now - p->watchdog_ms < every / 3)
		return;
	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].id == PROC_ENGINE && p->slots[i].wanted &&
		    (p->slots[i].cur == NULL ||
		    now - p->slots[i].cur->heard_ms > SILENT_MS))
			return;
	p->watchdog_ms = now;
	notify_watchdog();
}

static void
parent_tick(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;
	uint64_t	 now = now_ms();

	(void)fd;
	(void)what;
	proc_tick(p, now);
	peers_retry(p);
	store_tick(p, now);
	inherit_store(p);
	p->last_tick_ms = now;
	parent_watchdog(p, now);
	report_status(p);
}

/* The children's user, never root; fills in uid and gid. */
static int
parent_user(struct parent *p, const char *name)
{
	struct passwd	*pw;

	if ((pw = getpwnam(name)) == NULL || pw->pw_uid == 0 ||
	    pw->pw_gid == 0)
		return (-1);
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	return (0);
}

/* It has to stay empty and ours: a chroot that others write to is none. */
static int
parent_chroot_check(const char *path, char *err, size_t len)
{
	struct stat	 st;

	if (stat(path, &st) == -1)
		snprintf(err, len, "chroot: %s: %s", path, strerror(errno));
	else if (!S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & 022) != 0)
		snprintf(err, len, "chroot: %s must be a folder of root's that "
		    "nobody else can write to", path);
	else
		return (0);
	return (-1);
}

/*
 * The config child runs before there is a configuration: as the user and in
 * the folder that the command line or the defaults name.
 */
static void
parent_first_privileges(struct parent *p)
{
	char		 err[CONF_ERR_MAX];
	const char	*o;
	unsigned int	 i;

	for (i = 0; i < p->opt->noverrides; i++) {
		o = p->opt->override[i];
		if (strncmp(o, "user=", 5) == 0 ||
		    strncmp(o, "chroot=", 7) == 0)
			/* What is wrong with it, the config child will say. */
			(void)conf_override(&p->conf, o, err, sizeof(err));
	}
	if (!p->root)
		return;
	if (strcmp(p->conf.chroot.text, conf_rows[CONF_chroot].def) == 0)
		mkdir(p->conf.chroot.text, 0755);	/* if it is missing */
	if (parent_user(p, p->conf.user.text) == -1 &&
	    parent_user(p, "nobody") == -1)
		fatalx("no user %s to run as", p->conf.user.text);
	if (parent_chroot_check(p->conf.chroot.text, err, sizeof(err)) == -1)
		fatalx("%s", err);
}

/*
 * Packets do not wait for what else the machine does, nor for what only shows
 * them.  Whoever has started us with a priority of his own has chosen.
 */
static void
parent_priority(struct parent *p)
{
	int	 nice = getpriority(PRIO_PROCESS, 0);

	p->nice = nice > 0 ? nice : 0;
	if (nice == 0)
		(void)setpriority(PRIO_PROCESS, 0, ENGINE_NICE);
	os_slice(ENGINE_SLICE);
}

/* In a child that is no engine: it has none of it. */
void
parent_yield(const struct parent *p)
{
	(void)setpriority(PRIO_PROCESS, 0, p->nice);
	os_slice(0);
}

/* Start-up worked: let go of the terminal. */
static void
parent_detach(struct parent *p)
{
	int	 null;

	if (p->opt->ready_fd == -1)
		return;
	if (write(p->opt->ready_fd, "", 1) == -1)
		log_warn("cannot tell that start-up is done");
	close(p->opt->ready_fd);
	p->opt->ready_fd = -1;
	if ((null = open(_PATH_DEVNULL, O_RDWR | O_CLOEXEC)) != -1) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
}

/* Everything came up for the first time. */
void
parent_ready(struct parent *p)
{
	char	 at[ADDR_STRLEN];
	struct listener	*l;

	TAILQ_FOREACH(l, &p->listeners, entry)
		if (!l->derived)
			log_info("listening on %s%s%s", addr_format(&l->addr,
			    at, sizeof(at)), *l->ifname ? " on " : "",
			    l->ifname);
	if (p->service == SERVICE_STOPPED)
		log_info("not serving until `ntpsctl start' (enabled: false)");
	notify_ready(p->service != SERVICE_STOPPED);
	happened(p, EVENT_STARTED, "ntpsd %s is up, and %s", NTPSD_VERSION,
	    p->service == SERVICE_STOPPED ? "waits for a start" : "serves");
	parent_detach(p);
}

static int
parent_prepare(struct parent *p, char *err, size_t len)
{
	const struct conf	*conf = &p->conf;

	struct listeners	 fresh = TAILQ_HEAD_INITIALIZER(fresh);

	if (p->root && parent_user(p, conf->user.text) == -1) {
		snprintf(err, len, getpwnam(conf->user.text) == NULL ?
		    "user: no user %s" : "user: %s is root, which the "
		    "children must not be", conf->user.text);
		return (-1);
	}
	if (p->root && parent_chroot_check(conf->chroot.text, err, len) == -1)
		return (-1);
	if ((conf->enabled || p->activated) &&
	    listen_open(p, conf, &fresh, err, len) == -1)
		return (-1);
	TAILQ_CONCAT(&p->listeners, &fresh, entry);
	p->workers = listen_workers(p, workers_of(conf));
	inherit_done(p);
	inherit_store(p);
	if (!conf->enabled)
		(void)inherit_shut(p);
	p->control_fd = listen_local(p, conf, CONF_control_socket, err, len);
	if (p->control_fd == -1 || listen_web(p, conf, err, len) == -1)
		return (-1);
	listen_web_take(p, conf);
	settings_prepare(p);
	listen_spares(p, conf->receive_buffer);
	if (p->root && os_caps_keep() == -1) {
		snprintf(err, len, "cannot give up capabilities: %s",
		    strerror(errno));
		return (-1);
	}
	return (fence_raise(p, err, len));
}

static void
parent_slot(struct parent *p, enum proc_id id, unsigned int index)
{
	if (slot_init(p, id, index) == -1)
		fatalx("no memory for %s %u", proc_name(id), index);
}

/* The first configuration is there: bind, give up privileges, fork. */
void
parent_configured(struct parent *p)
{
	char		 err[CONF_ERR_MAX];
	unsigned int	 i;

	if (p->opt->check) {
		printf("configuration OK\n");
		parent_leave(p, 0);
		return;
	}
	p->conf = p->op.conf;
	blobs_move(&p->blobs, &p->op.blobs);
	remote_take(p);
	p->generation = p->proposed = 1;
	if (p->opt->verbose == 0)
		log_set_level((enum conf_level)p->conf.log_level);
	logfile_open(p->conf.log_file.text);
	if (parent_prepare(p, err, sizeof(err)) == -1) {
		log_errorx("%s", err);
		parent_leave(p, 1);
		return;
	}
	parent_slot(p, PROC_CONTROL, 0);
	for (i = 0; i < p->workers; i++)
		parent_slot(p, PROC_ENGINE, i);
	parent_slot(p, PROC_QUERY, 0);
	parent_slot(p, PROC_WEB, 0);
	p->service = p->conf.enabled ? SERVICE_RUNNING : SERVICE_STOPPED;
	for (i = 0; i < p->nslots; i++)
		p->slots[i].wanted = p->slots[i].id == PROC_CONTROL ||
		    (p->slots[i].id == PROC_ENGINE && p->conf.enabled);
	op_timer(p, HELLO_MS + CONFIG_MS);
	optional_want(p);
	slots_fill(p);
}

static void
parent_events(struct parent *p)
{
	struct timeval	 tv = { 0, TICK_MS * 1000 };
	size_t		 i;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* log.file; write(2) says so as well */
	for (i = 0; i < NSIGNALS; i++)
		if ((p->signals[i] = evsignal_new(p->base, parent_signals[i],
		    parent_signal, p)) == NULL ||
		    event_add(p->signals[i], NULL) == -1)
			fatal("evsignal_new");
	p->tick = event_new(p->base, -1, EV_PERSIST, parent_tick, p);
	p->ev_hup = event_new(p->base, -1, 0, parent_hup, p);
	if (p->tick == NULL || p->ev_hup == NULL ||
	    event_add(p->tick, &tv) == -1)
		fatal("event_new");
}

/* Listeners, their spares, children: more than some soft limits. */
static void
parent_descriptors(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < rl.rlim_max &&
	    rl.rlim_cur < DESCRIPTORS) {
		rl.rlim_cur = rl.rlim_max < DESCRIPTORS ? rl.rlim_max :
		    DESCRIPTORS;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

int
parent_main(struct options *opt)
{
	static struct parent	 parent;
	struct parent		*p = &parent;
	struct timeval		 now = { 0, 0 };

	umask(022);
	p->opt = opt;
	p->root = geteuid() == 0;
	p->control_fd = p->web_fd = p->op.web_fd = -1;
	p->started = now_ns();
	p->last_tick_ms = now_ms();
	p->steering = arc4random();
	TAILQ_INIT(&p->procs);
	TAILQ_INIT(&p->listeners);
	conf_init(&p->conf);
	blobs_init(&p->blobs);
	parent_descriptors();
	if (opt->verbose > 0)
		log_set_level(LEVEL_DEBUG);
	parent_priority(p);
	parent_first_privileges(p);
	if ((p->base = event_base_new()) == NULL)
		fatal("event_base_new");
	if (!opt->check) {
		if (syslog_open(p->base, opt->debug) == -1)
			fatal("syslog");
		log_set_sink(parent_log, p);
	}
	notify_init();
	inherit_init(p);
	deny_init(p);
	reserve_init(p);
	parent_events(p);
	setproctitle("parent");
	if (event_base_once(p->base, -1, EV_TIMEOUT, parent_startup, p,
	    &now) == -1 || event_base_dispatch(p->base) == -1)
		fatal("the event loop failed");

	listen_web_close(p);
	/* Listeners close by themselves: the service manager may have them. */
	if (p->control_fd != -1 && p->control_given == -1)
		unlink(p->conf.control_socket.text);
	if (!opt->check)
		log_info("ended");
	return (p->exit_code);
}
