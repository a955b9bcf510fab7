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

/* Tells the client that asked, if one did. */
void
op_answer(struct parent *p, uint32_t id, enum result_code code,
    const char *text)
{
	struct msg_result	 m;
	struct proc		*control;

	if (id == 0 || (control = proc_of(p, PROC_CONTROL, 0)) == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.code = code;
	strlcpy(m.text, text, sizeof(m.text));
	proc_send(control, MSG_RESULT, id, -1, &m);
}

bool
op_begin(struct parent *p, enum op_kind kind, uint32_t id)
{
	char	 text[64];

	if (p->op.kind != OP_NONE || p->leaving) {
		snprintf(text, sizeof(text), "busy with a %s",
		    p->leaving ? "shutdown" : op_names[p->op.kind]);
		if (id == 0)
			log_warnx("%s refused: %s", op_names[kind], text);
		op_answer(p, id, RESULT_BUSY, text);
		return (false);
	}
	if (p->op.timer == NULL && (p->op.timer = evtimer_new(p->base,
	    op_expired, p)) == NULL)
		fatalx("evtimer_new");
	p->op.kind = kind;
	p->op.id = id;
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
	uint32_t	 id = p->op.id;
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	event_del(p->op.timer);
	p->op.kind = OP_NONE;
	if (code == RESULT_FAILED)
		log_errorx("%s failed: %s", op_names[kind], text);
	else if (code == RESULT_OK)
		log_info("%s", text);
	report_status(p);
	op_answer(p, id, code, text);
	if (p->hup)		/* not from here: who called goes on */
		event_active(p->ev_hup, 0, 0);
}
