/* SPDX-License-Identifier: ISC */
/*
 * The parent changes state in one step at a time: start-up, reload, start,
 * stop, restart.  Whoever asks while one is under way is told so.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "ntpsd.h"

static const char	*op_names[] = {
	"nothing", "start-up", "reload", "start", "stop", "restart"
};

static void
op_expired(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;

	(void)fd;
	(void)what;
	if (p->op.kind == OP_RELOAD || p->op.kind == OP_STARTUP)
		reload_deadline(p);
	else
		service_deadline(p);
}

/* Tells whoever asked, if anybody did. */
void
op_answer(struct parent *p, struct caller by, enum result_code code,
    const char *text)
{
	struct msg_result	 m;
	struct proc		*proc;

	if (by.id == 0 || (proc = proc_of(p, by.proc, 0)) == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.code = code;
	strlcpy(m.text, text, sizeof(m.text));
	proc_send(proc, MSG_RESULT, by.id, -1, &m);
}

/* Of what he asked for, that is not done; the answer comes behind it. */
void
op_refused(struct parent *p, struct caller by, const struct msg_refused *m)
{
	struct proc	*proc;

	/* ntpsctl asks for one thing, and is told what is wrong with it */
	if (by.id != 0 && by.proc == PROC_WEB &&
	    (proc = proc_of(p, by.proc, 0)) != NULL)
		proc_send(proc, MSG_REFUSED, by.id, -1, m);
}

bool
op_begin(struct parent *p, enum op_kind kind, struct caller by)
{
	char	 text[64];

	if (p->op.kind != OP_NONE || p->leaving) {
		snprintf(text, sizeof(text), "busy with a %s",
		    p->leaving ? "shutdown" : op_names[p->op.kind]);
		if (by.id == 0)
			log_warnx("%s refused: %s", op_names[kind], text);
		op_answer(p, by, RESULT_BUSY, text);
		return (false);
	}
	if (p->op.timer == NULL && (p->op.timer = evtimer_new(p->base,
	    op_expired, p)) == NULL)
		fatal("evtimer_new");
	p->op.kind = kind;
	p->op.by = by;
	p->op.slot = NULL;
	p->op.config = NULL;
	p->op.have_conf = false;
	TAILQ_INIT(&p->op.fresh);
	p->op.web_fd = -1;
	blobs_init(&p->op.blobs);
	return (true);
}

void
op_timer(struct parent *p, unsigned int ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(p->op.timer, &tv);
}

/* Ends the change under way; the text goes to the log and to who asked. */
void
op_done(struct parent *p, enum result_code code, const char *fmt, ...)
{
	char		 text[MSG_TEXT_MAX];
	enum op_kind	 kind = p->op.kind;
	struct caller	 by = p->op.by;
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	event_del(p->op.timer);
	p->op.kind = OP_NONE;
	signed_token_forget(&p->op.token);
	if (code == RESULT_FAILED)
		log_errorx("%s failed: %s", op_names[kind], text);
	else if (code == RESULT_OK)
		log_info("%s", text);
	report_status(p);
	op_answer(p, by, code, text);
	if (p->hup)		/* not from here: who called goes on */
		event_active(p->ev_hup, 0, 0);
}
