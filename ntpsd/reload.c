/* SPDX-License-Identifier: ISC */
/*
 * Reading a configuration, at start-up and at a reload.  A reload is a
 * transaction: parse in the config child, check, bind, send to every child,
 * and commit once all have acknowledged.  Until then nothing has changed.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIBBSD_OPENBSD_VIS	/* libbsd's header warns unless one chooses */
#include <vis.h>

#include "log.h"
#include "ntpsd.h"

static void	 reload_fail(struct parent *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

static bool
reloading(const struct parent *p)
{
	return (p->op.kind == OP_RELOAD || p->op.kind == OP_STARTUP);
}

/* Whether a child takes part in the transaction under way. */
static bool
takes_part(const struct parent *p, const struct proc *proc)
{
	return (proc->slot != NULL && p->op.kind == OP_RELOAD &&
	    p->op.have_conf && proc->asked == p->proposed &&
	    proc->state != STATE_LEAVING);
}

static void
reload_fail(struct parent *p, const char *fmt, ...)
{
	struct msg_generation	 g = { p->proposed };
	struct proc		*proc;
	char			 text[MSG_TEXT_MAX];
	va_list			 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (p->op.config != NULL)
		proc_leave(p->op.config);
	p->op.config = NULL;
	if (p->op.kind == OP_STARTUP) {
		log_errorx("%s", text);
		parent_leave(p, 1);
		return;
	}
	TAILQ_FOREACH(proc, &p->procs, entry)
		if (takes_part(p, proc))
			proc_send(proc, MSG_CONFIG_ABORT, 0, -1, &g);
	listen_close(&p->op.fresh);
	listen_web_drop(p);
	blobs_close(&p->op.blobs);
	p->reloads_failed++;
	happened(p, EVENT_RELOAD_FAILED, "%s", text);
	notify_ready(p->service != SERVICE_STOPPED);
	op_done(p, RESULT_FAILED, "%s", text);
}

/* A socket to the mirrored daemon: the query child can make none. */
static void
conf_send_mirror(struct proc *proc, const struct addr *addr)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd;

	len = addr_to_sockaddr(addr, &ss);
	fd = socket(addr->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&ss, len) == -1) {
		/* as good as a daemon that does not answer */
		log_warn("clock.mirror");
		if (fd != -1)
			close(fd);
		return;
	}
	proc_send(proc, MSG_QUERY_SOCKET, 0, fd, NULL);
}

/* The parts of a configuration that every child gets. */
static void
conf_send_items(struct proc *proc, const struct conf *conf,
    const struct blobs *blobs, uint64_t generation)
{
	struct msg_generation	 g = { generation };
	struct conf_item	 item;
	uint32_t		 key, i;

	proc->asked = generation;
	proc_send(proc, MSG_CONFIG_BEGIN, 0, -1, &g);
	for (key = 0; key < CONF_NKEYS; key++)
		for (i = 0; conf_item_get(conf, (enum conf_key)key, i, &item);
		    i++)
			proc_send(proc, MSG_CONFIG_ITEM, 0, -1, &item);
	if (proc->id == PROC_ENGINE)
		blobs_send(proc, blobs);
	if (proc->id == PROC_QUERY && conf->clock_source == CLOCK_MIRROR)
		conf_send_mirror(proc, &conf->clock_mirror);
}

/* A listener the engine is to have: by descriptor, or by name if it has it. */
static void
conf_send_listener(struct proc *proc, const struct listener *l, bool known)
{
	struct msg_listener	 m;

	if (proc->index >= l->nfd)	/* one engine too many: it leaves */
		return;
	memset(&m, 0, sizeof(m));
	m.id = l->id;
	m.dropped = l->dropped[proc->index];
	m.addr = l->addr;
	if (known)
		proc_send(proc, MSG_LISTENER_KEEP, 0, -1, &m);
	else
		proc_send_fd(proc, MSG_LISTENER, l->fd[proc->index], &m);
}

/* The configuration in force, to a child that has none or an older one. */
void
conf_send(struct proc *proc)
{
	struct parent		*p = proc->parent;
	struct msg_generation	 g = { p->generation };
	struct listener		*l;

	deny_send(proc);
	conf_send_items(proc, &p->conf, &p->blobs, p->generation);
	if (proc->id == PROC_ENGINE)
		TAILQ_FOREACH(l, &p->listeners, entry)
			conf_send_listener(proc, l, false);
	if (proc->id == PROC_WEB && p->web_fd != -1)
		proc_send_fd(proc, MSG_WEB_LISTENER, p->web_fd, NULL);
	proc_send(proc, MSG_CONFIG_END, 0, -1, &g);
	proc_send(proc, MSG_CONFIG_COMMIT, 0, -1, &g);
}

/* setting: so many to make or take back with it, all of them or none. */
void
reload_begin(struct parent *p, enum op_kind kind, struct caller by,
    const struct msg_setting *setting, unsigned int n)
{
	if (!op_begin(p, kind, by))
		return;
	if (kind == OP_RELOAD)
		notify_reloading();
	conf_init(&p->op.conf);
	p->op.wants = 0;
	p->op.refused = 0;
	p->op.nsettings = n;
	if (n > 0)
		memcpy(p->op.setting, setting, n * sizeof(*setting));
	op_timer(p, kind == OP_STARTUP ? HELLO_MS + CONFIG_MS : CONFIG_MS);
	p->op.config = proc_spawn(p, PROC_CONFIG, 0, NULL);
	if (p->op.config == NULL)
		reload_fail(p, "cannot start the config child");
}

/* The config child is up: hand it the file and the overrides. */
static void
reload_feed(struct proc *proc)
{
	struct parent		*p = proc->parent;
	struct msg_config_file	 file;
	struct msg_text		 text;
	unsigned int		 i;
	int			 fd;

	fd = open(p->opt->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && (errno != ENOENT || p->opt->file_given)) {
		reload_fail(p, "%s: %s", p->opt->file, strerror(errno));
		return;
	}
	p->file_found = fd != -1;
	if (fd != -1) {
		memset(&file, 0, sizeof(file));
		strlcpy(file.name, p->opt->file, sizeof(file.name));
		proc_send(proc, MSG_CONFIG_FILE, 0, fd, &file);
	}
	for (i = 0; i < p->opt->noverrides; i++) {
		memset(&text, 0, sizeof(text));
		strlcpy(text.text, p->opt->override[i], sizeof(text.text));
		proc_send(proc, MSG_CONFIG_OVERRIDE, 0, -1, &text);
	}
	for (i = 0; i < p->op.nsettings; i++)
		proc_send(proc, MSG_CONFIG_SETTING, 0, -1, &p->op.setting[i]);
	proc_send(proc, MSG_CONFIG_PARSE, 0, -1, NULL);
}

/* What became of the settings that came along, for whoever asked. */
static const char *
reload_result(const struct parent *p, char *buf, size_t len)
{
	char		 value[MSG_VALUE_MAX];
	size_t		 used = 0;
	unsigned int	 i;
	int		 key;

	for (i = 0; i < p->op.nsettings && used < len; i++)
		if ((key = conf_find(p->op.setting[i].key)) != -1)
			used += (size_t)snprintf(buf + used, len - used,
			    "%s%s is now %s", used == 0 ? "" : ", ",
			    conf_rows[key].path, conf_format(&p->conf, key,
			    value, sizeof(value)));
	return (used == 0 ? "configuration reloaded" : buf);
}

/* To whoever asked for it, if he can be told of each. */
static void
reload_refused(struct proc *proc, const struct msg_refused *m)
{
	struct parent	*p = proc->parent;

	if (p->op.refused++ > p->op.nsettings)
		proc_kill(proc, "refused more than there was");
	else
		op_refused(p, p->op.by, m);
}

static void
reload_commit(struct parent *p)
{
	struct msg_generation	 g = { p->proposed };
	struct listeners	 gone = TAILQ_HEAD_INITIALIZER(gone);
	struct listener		*l, *next;
	struct proc		*proc;
	char			 text[MSG_TEXT_MAX];
	bool			 enable, level, file;

	enable = p->conf.enabled != p->op.conf.enabled;
	level = p->conf.log_level != p->op.conf.log_level;
	file = !conf_equal(&p->conf, &p->op.conf, CONF_log_file);
	listen_web_take(p, &p->op.conf);
	p->conf = p->op.conf;
	blobs_move(&p->blobs, &p->op.blobs);
	remote_take(p);
	p->generation = p->proposed;
	TAILQ_FOREACH(proc, &p->procs, entry)
		if (takes_part(p, proc))
			proc_send(proc, MSG_CONFIG_COMMIT, 0, -1, &g);
	TAILQ_FOREACH_SAFE(l, &p->listeners, entry, next)
		if (!l->keep) {
			TAILQ_REMOVE(&p->listeners, l, entry);
			TAILQ_INSERT_TAIL(&gone, l, entry);
		}
	TAILQ_CONCAT(&p->listeners, &p->op.fresh, entry);
	listen_close(&gone);
	workers_want(p);
	if (level) {
		log_set_level((enum conf_level)p->conf.log_level);
		proc_log_level(p);
	}
	if (file)
		logfile_open(p->conf.log_file.text);
	p->reloaded = now_ns();
	p->reloads_ok++;
	notify_ready(p->service != SERVICE_STOPPED);
	report_all(p);
	optional_want(p);
	op_done(p, RESULT_OK, "%s", reload_result(p, text, sizeof(text)));
	happened(p, EVENT_RELOADED, "%s", reload_result(p, text,
	    sizeof(text)));
	if (enable && p->conf.enabled && p->service == SERVICE_STOPPED)
		service_start(p, NOBODY);
	else if (enable && !p->conf.enabled && p->service == SERVICE_RUNNING)
		service_stop(p, NOBODY);
}

/* Whether it does, and is waited for: nothing of NTP waits for the page. */
static bool
has_a_say(const struct parent *p, const struct proc *proc)
{
	return (proc->id != PROC_WEB && takes_part(p, proc));
}

/* All that take part acknowledged; one that died since has its successor. */
void
reload_check(struct parent *p)
{
	struct proc	*proc;
	char		 err[CONF_ERR_MAX];

	if (p->op.kind != OP_RELOAD || !p->op.have_conf)
		return;
	TAILQ_FOREACH(proc, &p->procs, entry)
		if (has_a_say(p, proc) && proc->generation != p->proposed)
			return;
	/* A setting that would be lost with the daemon is none. */
	if (p->op.nsettings > 0 && settings_write(p, &p->op.conf, err,
	    sizeof(err)) == -1)
		reload_fail(p, "%s", err);
	else
		reload_commit(p);
}

/* Asks a child whether it takes the configuration that is on its way. */
void
reload_propose(struct proc *proc)
{
	struct parent		*p = proc->parent;
	struct msg_generation	 g = { p->proposed };
	struct listener		*l;

	if (p->op.kind != OP_RELOAD || !p->op.have_conf)
		return;
	conf_send_items(proc, &p->op.conf, &p->op.blobs, g.generation);
	if (proc->id == PROC_ENGINE) {
		TAILQ_FOREACH(l, &p->listeners, entry)
			if (l->keep)
				conf_send_listener(proc, l, true);
		TAILQ_FOREACH(l, &p->op.fresh, entry)
			conf_send_listener(proc, l, false);
	}
	if (proc->id == PROC_WEB && p->op.web_fd != -1)
		proc_send_fd(proc, MSG_WEB_LISTENER, p->op.web_fd, NULL);
	proc_send(proc, MSG_CONFIG_END, 0, -1, &g);
}

/* The new configuration is whole. */
static void
reload_whole(struct parent *p)
{
	enum conf_key	 key;
	struct proc	*proc;
	char		 err[CONF_ERR_MAX];
	uint32_t	 k;
	bool		 serve;

	proc_leave(p->op.config);	/* as it does, if it is honest */
	p->op.config = NULL;
	if (conf_check(&p->op.conf, &key, err, sizeof(err)) == -1) {
		reload_fail(p, "%s: %s", conf_rows[key].path, err);
		return;
	}
	if (p->op.kind == OP_STARTUP) {
		p->op.have_conf = true;
		parent_configured(p);
		return;
	}
	for (k = 0; k < CONF_NKEYS; k++)
		if (conf_rows[k].apply == CONF_RESTART &&
		    !conf_equal(&p->conf, &p->op.conf, (enum conf_key)k)) {
			reload_fail(p, "%s cannot change while ntpsd runs; "
			    "restart the daemon for it", conf_rows[k].path);
			return;
		}
	if (!fence_admits(p, p->op.conf.log_file.text) ||
	    !fence_admits(p, p->op.conf.web_listen.text)) {
		reload_fail(p, "%s can change its folder only when the daemon "
		    "is restarted", fence_admits(p, p->op.conf.log_file.text) ?
		    "web.listen" : "log.file");
		return;
	}
	/* A socket unit's are open also while the service is stopped. */
	serve = p->service == SERVICE_RUNNING || p->activated ||
	    (p->op.conf.enabled && !p->conf.enabled);
	if ((serve && listen_open(p, &p->op.conf, &p->op.fresh, err,
	    sizeof(err)) == -1) ||
	    listen_web(p, &p->op.conf, err, sizeof(err)) == -1) {
		reload_fail(p, "%s", err);
		return;
	}
	p->op.have_conf = true;
	p->proposed++;
	log_debug("configuration %llu is proposed to the children",
	    (unsigned long long)p->proposed);
	TAILQ_FOREACH(proc, &p->procs, entry)
		if (proc->slot != NULL && proc->state != STATE_BORN &&
		    proc->state != STATE_LEAVING)
			reload_propose(proc);
	op_timer(p, CONFIG_MS);
	reload_check(p);
}

/* From the config child; imsg is NULL when it has just said HELLO. */
void
reload_from_config(struct proc *proc, struct imsg *imsg,
    const union msg_payload *m)
{
	struct parent	*p = proc->parent;
	char		 err[CONF_ERR_MAX], text[4 * MSG_TEXT_MAX + 1];

	if (!reloading(p) || p->op.config != proc) {
		if (proc->id == PROC_CONFIG)
			proc_kill(proc, "came too late");
		return;
	}
	if (imsg == NULL) {
		reload_feed(proc);
		return;
	}
	switch (imsg_get_type(imsg)) {
	case MSG_CONFIG_ITEM:
		if (conf_item_set(&p->op.conf, &m->CONFIG_ITEM, err,
		    sizeof(err)) == -1)
			proc_kill(proc, "sent a bad item: %s", err);
		break;
	case MSG_CONFIG_WANT:
		files_give(proc, &m->CONFIG_WANT);
		break;
	case MSG_CONFIG_BLOB:
		if (blobs_take(&p->op.blobs, imsg_get_fd(imsg),
		    &m->CONFIG_BLOB) == -1)
			proc_kill(proc, "sent a bad blob");
		break;
	case MSG_CONFIG_TOKEN:
		p->op.token = m->CONFIG_TOKEN;
		break;
	case MSG_REFUSED:
		reload_refused(proc, &m->REFUSED);
		break;
	case MSG_CONFIG_ERROR:
		/* It quotes a file that anybody may have had a hand in. */
		strvis(text, m->CONFIG_ERROR.text, VIS_CSTYLE | VIS_NL |
		    VIS_TAB | VIS_NOSLASH);
		reload_fail(p, "%s", text);
		break;
	case MSG_CONFIG_END:
		reload_whole(p);
		break;
	}
}

void
reload_config_gone(struct proc *proc, const char *how)
{
	struct parent	*p = proc->parent;

	if (!reloading(p) || p->op.config != proc)
		return;
	p->op.config = NULL;
	reload_fail(p, "the configuration could not be read: the config child "
	    "%s", how);
}

/*
 * A child died.  If it crashed over a configuration that it was asked to take,
 * so would its successor: the old one stays.  One that was killed says nothing
 * of the configuration.
 */
void
reload_died(struct proc *proc, const char *how, bool crash)
{
	struct parent	*p = proc->parent;

	if (crash && proc->verdict[0] == '\0' && has_a_say(p, proc) &&
	    proc->generation != p->proposed)
		reload_fail(p, "%s did not take the configuration: it died "
		    "(%s)", proc_label(proc), how);
	else
		reload_check(p);
}

void
reload_deadline(struct parent *p)
{
	struct proc	*proc;

	if (p->op.kind == OP_STARTUP && p->op.have_conf) {
		log_errorx("the children did not come up in time");
		parent_leave(p, 1);
		return;
	}
	TAILQ_FOREACH(proc, &p->procs, entry)
		if (has_a_say(p, proc) && proc->generation != p->proposed)
			proc_kill(proc, "did not take the configuration");
	reload_fail(p, p->op.config != NULL ?
	    "the config child did not read the configuration in time" :
	    "not every child took the configuration in time");
}
