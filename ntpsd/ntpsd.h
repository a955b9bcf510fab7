/* SPDX-License-Identifier: ISC */
/*
 * The parent: what it knows of itself, its children and its sockets.
 * Included by the parent's files alone.  Times named _ms are monotonic
 * milliseconds; others are CLOCK_REALTIME nanoseconds.
 */
#ifndef NTPSD_H
#define NTPSD_H

#include <sys/queue.h>
#include <sys/types.h>

#include <event2/event.h>

#include <stdbool.h>
#include <stdint.h>

#include "backoff.h"
#include "conf.h"
#include "imsgev.h"
#include "page.h"
#include "sandbox.h"

#ifndef NTPSD_CONFIG		/* configure knows better */
#define NTPSD_CONFIG	"/etc/ntpsd.yaml"
#endif
#define LISTENERS_MAX	MSG_SOCKETS_MAX
#define SPARES		16	/* unbound sockets of each family */
#define INHERITED_MAX	512	/* sockets that came with us */

#define ENGINE_NICE	-10	/* of engines, and of who replaces them */
#define ENGINE_SLICE	100000	/* ns: their turns on a processor are short */

#define TICK_MS		500	/* pings, watchdog, status */
#define SILENT_MS	2000	/* a child that does not answer pings */
#define HELLO_MS	10000	/* for a new child to come up */
#define CONFIG_MS	5000	/* for children to take a configuration */
#define LEAVE_MS	2000	/* for a child to leave when asked */

struct options {
	bool		 debug;			/* -d */
	bool		 check;			/* -n */
	unsigned int	 verbose;		/* -v */
	enum sandbox_mode sandbox;		/* -S */
	bool		 file_given;		/* -f */
	char		 file[256];		/* absolute */
	char		*override[CONF_OVERRIDES_MAX];
	unsigned int	 noverrides;
	int		 ready_fd;		/* tells the shell's process */
};

struct parent;
struct slot;

enum proc_state {
	STATE_BORN,		/* forked, nothing heard */
	STATE_GREETED,		/* said HELLO, has a configuration on its way */
	STATE_READY,		/* took the configuration */
	STATE_RUNNING,		/* at work */
	STATE_LEAVING		/* asked to leave */
};

/* Lines that one child may log, by class; see parent_log_allowed. */
struct allowance {
	uint64_t	 since_ms;
	unsigned int	 used, suppressed;
};

/* A child as the parent sees it. */
struct proc {
	TAILQ_ENTRY(proc) entry;
	struct parent	*parent;
	struct slot	*slot;			/* NULL: the config child, */
						/* the reserve */
	struct imsgev	 iev;
	pid_t		 pid;
	enum proc_id	 id;
	unsigned int	 index;
	enum proc_state	 state;
	uint64_t	 asked;			/* last configuration sent, */
	uint64_t	 generation;		/* and the last acknowledged */
	uint64_t	 born_ms, heard_ms, leave_ms;
	uint64_t	 started;
	uint32_t	 missing;		/* LAYER_ bits */
	char		 verdict[64];		/* why the parent ended it */
	uint32_t	 peers;			/* engine: P_ bits it knows */
	bool		 ran;			/* engine: told to run */
	bool		 silent;		/* its channel has ended */
	bool		 dead;			/* reaped, with this status */
	int		 status;
	struct allowance allowance[3];		/* info and less, warnings, */
						/* the log of requests */
};
TAILQ_HEAD(procs, proc);

/* A place for a child that is always to be filled. */
struct slot {
	struct parent	*parent;
	enum proc_id	 id;
	unsigned int	 index;
	bool		 wanted;		/* to be filled */
	struct proc	*cur, *next;		/* next: waits to take over */
	struct backoff	 backoff;
	struct event	*again;			/* the restart that waits */
	uint64_t	 restarts, planned;
	char		 last_death[64];
	bool		 crashed;		/* the last one that ran */
	bool		 died;			/* and has no successor yet */
	int		 page_fd;		/* -1: no engine's slot */
	struct state_page *page;
	int		 table_fd;		/* the client table; -1: none */
	size_t		 table_len;
};

struct listener {
	TAILQ_ENTRY(listener) entry;
	uint32_t	 id;
	struct addr	 addr;
	char		 ifname[ADDR_IFNAMSIZ];
	int		 fd[CONF_WORKERS_MAX];	/* one for each engine */
	uint32_t	 dropped[CONF_WORKERS_MAX]; /* before it had its id */
	uint32_t	 mark[CONF_WORKERS_MAX]; /* see notify_store; 0: none */
	unsigned int	 nfd;
	bool		 keep;			/* by the change under way */
	bool		 derived;		/* of a wildcard listener */
};
TAILQ_HEAD(listeners, listener);

/* A socket that came with us, and that no listener has taken yet. */
struct inherited {
	int		 fd;			/* -1: taken */
	uint32_t	 mark;			/* 0: of a socket unit */
	struct addr	 addr;
	char		 ifname[ADDR_IFNAMSIZ];
};

/* A rule of run time. */
struct denial {
	struct msg_denial m;			/* kind DENIAL_NONE: free */
	uint64_t	 end_ms;		/* 0: until further notice */
};

enum op_kind {
	OP_NONE, OP_STARTUP, OP_RELOAD, OP_START, OP_STOP, OP_RESTART
};

/* What was built for the engines; the parent does not look inside. */
struct blobs {
	int		 fd[BLOB_KINDS];	/* -1: none */
	uint64_t	 size[BLOB_KINDS];
};

/* Whoever asks for a change, and is told what came of it. */
struct caller {
	enum proc_id	 proc;			/* PROC_CONTROL, PROC_WEB */
	uint32_t	 id;			/* as it numbers them; 0: */
						/* nobody */
};
#define NOBODY	((struct caller){ PROC_PARENT, 0 })

/* The one change of state that may be under way. */
struct op {
	enum op_kind	 kind;
	struct caller	 by;
	struct slot	*slot;			/* OP_RESTART: at this one */
	struct event	*timer;
	/* OP_STARTUP, OP_RELOAD */
	struct proc	*config;		/* the config child */
	struct msg_setting setting[MSG_SETTINGS_MAX]; /* to be made by it */
	unsigned int	 nsettings;
	unsigned int	 refused;		/* of them */
	struct conf	 conf;			/* what it has sent so far */
	struct blobs	 blobs;
	unsigned int	 wants;			/* files it has asked for */
	struct signed_token token;
	bool		 have_conf;
	struct listeners fresh;			/* bound, not yet committed */
	int		 web_fd;		/* the same; -1: none */
};

#define HAPPENED	64	/* events kept for a new control child */

/* The engine without a place: see reserve.c. */
struct reserve {
	struct proc	*proc;			/* NULL: none now */
	struct event	*ev;			/* the start that waits */
	struct backoff	 backoff;
};

struct spare {
	int		 fd[SPARES];
	unsigned int	 n;
};

/* Changes over HTTP: see remote.c. */
struct remote {
	struct signed_token token;		/* none: there are none */
	struct signed_gate gate;
	uint64_t	 good, bad;		/* signatures */
	uint64_t	 told_ms;		/* the last line about bad */
	unsigned int	 untold;		/* ones, and those since */
};

/* The history on its way to its file: see store.c. */
struct store {
	uint8_t		*part;			/* what control sent so far */
	size_t		 len;
	bool		 pending;		/* that is all, and is next */
	enum history_keep next;
	pid_t		 pid;			/* who writes; 0: nobody */
	enum history_keep what;			/* what that one does */
	uint64_t	 since_ms;
	uint64_t	 next_ms;		/* see store_allowed */
	bool		 failed;		/* the last time; it was said */
};

struct parent {
	struct options	*opt;
	struct event_base *base;
	struct event	*signals[6];
	struct event	*tick;
	struct conf	 conf;
	struct blobs	 blobs;
	uint64_t	 generation;		/* of conf; 0: none yet */
	uint64_t	 proposed;		/* the last one tried */
	struct op	 op;
	enum service_state service;
	struct procs	 procs;
	struct slot	 slots[MSG_SLOTS_MAX - 2]; /* rows for us and the */
	unsigned int	 nslots;		/* reserve are left */
	struct reserve	 reserve;
	struct listeners listeners;
	uint32_t	 last_listener;
	unsigned int	 workers;		/* engines at work */
	uint32_t	 steering;		/* a random number */
	int		 control_fd;		/* the listener */
	int		 web_fd;		/* the page's; -1: none */
	struct spare	 spare4, spare6;
	struct inherited *inherited;
	size_t		 ninherited;
	uint32_t	 last_mark;
	bool		 activated;		/* a socket unit listens */
	int		 control_given;		/* by it; -1: none */
	struct denial	 denial[DENIALS_MAX];
	uint64_t	 denials;		/* ever made */
	struct event	*ev_deny;		/* when the next one ends */
	struct store	 store;
	struct remote	 remote;
	bool		 root;
	int		 nice;			/* of who has less of a hurry */
	uint32_t	 missing;		/* LAYER_ bits, of our own */
	char		 log_folder[CONF_TEXT_MAX]; /* of log.file at first, */
	char		 web_folder[CONF_TEXT_MAX]; /* and of web.listen */
	uid_t		 uid;			/* the children's */
	gid_t		 gid;
	uint64_t	 started, reloaded;
	uint64_t	 reloads_ok, reloads_failed;
	uint64_t	 log_suppressed;
	uint64_t	 last_tick_ms, watchdog_ms;
	struct msg_status sent;			/* to control */
	struct event_happened happened[HAPPENED];
	uint64_t	 nhappened;		/* ever */
	struct event	*ev_hup;
	bool		 hup;			/* came during another change */
	bool		 file_found;
	bool		 leaving;
	int		 exit_code;
};

/* parent.c */
int		 parent_main(struct options *);
void		 parent_leave(struct parent *, int);
void		 parent_end(struct parent *);
void		 parent_action(struct parent *, struct caller,
		    const struct msg_action *);
void		 parent_configured(struct parent *);
void		 parent_ready(struct parent *);
void		 parent_yield(const struct parent *);
uint64_t	 now_ms(void);
uint64_t	 now_ns(void);

/* fence.c: what the parent may still do */
int		 fence_raise(struct parent *, char *, size_t);
bool		 fence_admits(const struct parent *, const char *);

/* op.c: one change at a time */
bool		 op_begin(struct parent *, enum op_kind, struct caller);
void		 op_timer(struct parent *, unsigned int);
void		 op_done(struct parent *, enum result_code, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
void		 op_answer(struct parent *, struct caller, enum result_code,
		    const char *);
void		 op_refused(struct parent *, struct caller,
		    const struct msg_refused *);

/* proc.c */
struct proc	*proc_spawn(struct parent *, enum proc_id, unsigned int,
		    struct slot *);
void		 proc_send(struct proc *, enum msg_type, uint32_t, int,
		    const void *);
void		 proc_send_fd(struct proc *, enum msg_type, int, const void *);
void		 proc_kill(struct proc *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
void		 proc_leave(struct proc *);
void		 proc_reap(struct parent *);
void		 proc_tick(struct parent *, uint64_t);
const char	*proc_label(const struct proc *);
struct proc	*proc_of(struct parent *, enum proc_id, unsigned int);

/* proc_log.c: what children say */
void		 proc_log(struct proc *, const struct msg_log *);
void		 proc_log_request(struct proc *, const struct msg_log *);
void		 proc_log_level(struct parent *);
void		 proc_tell_suppressed(struct proc *);

/* service.c: slots and what they do for service */
int		 slot_init(struct parent *, enum proc_id, unsigned int);
void		 slot_greeted(struct proc *);
void		 slot_ready(struct proc *);
void		 slot_died(struct proc *, const char *, bool);
void		 slot_fill(struct slot *);
void		 slot_forget(const struct slot *);
void		 slots_fill(struct parent *);
bool		 service_settled(const struct parent *);
void		 service_start(struct parent *, struct caller);
void		 service_stop(struct parent *, struct caller);
void		 service_restart(struct parent *, struct caller);
void		 service_deadline(struct parent *);

/* reserve.c: an engine that waits for a place */
void		 reserve_init(struct parent *);
void		 reserve_want(struct parent *);
void		 reserve_dismiss(struct parent *);
struct proc	*reserve_take(struct slot *);
void		 reserve_died(struct proc *, const char *);

/* optional.c */
void		 optional_want(struct parent *);

/* workers.c */
unsigned int	 workers_of(const struct conf *);
void		 workers_want(struct parent *);
void		 workers_none(struct parent *);

/* peers.c */
void		 peers_join(struct proc *);
void		 peers_retry(struct parent *);
void		 peers_denounced(struct proc *, const struct msg_peer *);

/* reload.c */
void		 reload_begin(struct parent *, enum op_kind, struct caller,
		    const struct msg_setting *, unsigned int);
void		 reload_from_config(struct proc *, struct imsg *,
		    const union msg_payload *);
void		 reload_config_gone(struct proc *, const char *);
void		 reload_check(struct parent *);
void		 reload_died(struct proc *, const char *, bool);
void		 reload_deadline(struct parent *);
void		 reload_propose(struct proc *);
void		 conf_send(struct proc *);

/* reload_files.c: what goes with a configuration */
void		 files_give(struct proc *, const struct msg_want *);
void		 settings_prepare(struct parent *);
int		 settings_write(struct parent *, const struct conf *, char *,
		    size_t);
void		 blobs_init(struct blobs *);
void		 blobs_close(struct blobs *);
void		 blobs_move(struct blobs *, struct blobs *);
int		 blobs_take(struct blobs *, int, const struct msg_blob *);
void		 blobs_send(struct proc *, const struct blobs *);

/* deny.c */
void		 deny_init(struct parent *);
void		 deny_request(struct parent *, struct caller,
		    const struct msg_deny *);
void		 deny_send(struct proc *);

/* remote.c: changes over HTTP */
void		 remote_take(struct parent *);
void		 remote_nonce(struct proc *, uint32_t);
void		 remote_signed(struct proc *, uint32_t,
		    const struct msg_signed *);

/* store.c: the history's file */
void		 store_greeted(struct proc *);
void		 store_part(struct proc *, const struct msg_history_part *);
void		 store_keep(struct proc *, const struct msg_history_keep *);
void		 store_next(struct parent *);
bool		 store_busy(const struct parent *);
void		 store_reap(struct parent *);
void		 store_tick(struct parent *, uint64_t);

/* listen.c */
int		 listen_open(struct parent *, const struct conf *,
		    struct listeners *, char *, size_t);
void		 listen_close(struct listeners *);
unsigned int	 listen_workers(struct parent *, unsigned int);
void		 listen_spares(struct parent *, uint64_t);

/* inherit.c: sockets that came with us */
void		 inherit_init(struct parent *);
size_t		 inherit_ours(const struct parent *, const struct addr *,
		    int *);
bool		 inherit_socket(struct parent *, struct listener *, uint64_t);
void		 inherit_done(struct parent *);
void		 inherit_store(struct parent *);
int		 inherit_listen(struct parent *, const struct conf *, char *,
		    size_t);
const char	*inherit_shut(struct parent *);
void		 inherit_reopen(struct parent *);

/* listen_local.c: UNIX sockets, for the group and with the mode of control's */
int		 listen_local(struct parent *, const struct conf *,
		    enum conf_key, char *, size_t);

/* listen_web.c */
int		 listen_web(struct parent *, const struct conf *, char *,
		    size_t);
void		 listen_web_take(struct parent *, const struct conf *);
void		 listen_web_drop(struct parent *);
void		 listen_web_close(struct parent *);

/* report.c: what control is told */
void		 report_status(struct parent *);
void		 report_all(struct parent *);
void		 report_process(struct slot *);
void		 report_reserve(struct parent *);
void		 report_catch_up(struct parent *, struct proc *);

/* happened.c: events of the daemon's life, for control */
void		 happened(struct parent *, enum event_kind, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
void		 happened_catch_up(struct parent *, struct proc *);

/* logfile.c: a file beside syslog */
void		 logfile_open(const char *);
void		 logfile_reopen(void);
void		 logfile_line(const char *);
uint64_t	 logfile_lost(void);

/* syslog.c */
int		 syslog_open(struct event_base *, bool);
void		 syslog_line(enum conf_level, const char *);
uint64_t	 syslog_lost(void);

/* notify.c */
void		 notify_init(void);
void		 notify_ready(bool);
void		 notify_reloading(void);
void		 notify_stopping(void);
void		 notify_status(const char *);
uint64_t	 notify_watchdog_ms(void);
void		 notify_watchdog(void);
int		 notify_store(int, uint32_t);
void		 notify_unstore(uint32_t);
void		 notify_barrier(void);

#endif /* NTPSD_H */
