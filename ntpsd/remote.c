/* SPDX-License-Identifier: ISC */
/*
 * Changes that are asked for over HTTP.  The web child hands on what a page
 * signed with the token; whether it was signed is decided here, and only then
 * is the body looked at.  What it asks for goes the way that ntpsctl's
 * requests go.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "ntpsd.h"
#include "request.h"

#define TELL_MS		10000	/* between two lines about bad signatures */
#define ARGS_MAX	5	/* prefix for time reason word */

/* Only a page that no other machine can ask for, with a token. */
static bool
remote_on(const struct parent *p)
{
	return (p->remote.token.len > 0 && conf_web_is_local(&p->conf));
}

/* The token that came with a configuration is in force from now on. */
void
remote_take(struct parent *p)
{
	if (memcmp(&p->remote.token, &p->op.token, sizeof(p->op.token)) != 0)
		signed_forget(&p->remote.gate);
	signed_token_forget(&p->remote.token);
	p->remote.token = p->op.token;
	signed_token_forget(&p->op.token);
}

void
remote_nonce(struct proc *proc, uint32_t id)
{
	struct parent		*p = proc->parent;
	struct msg_nonce	 m;

	memset(&m, 0, sizeof(m));
	if (remote_on(p)) {
		m.good = 1;
		arc4random_buf(m.nonce, sizeof(m.nonce));
		signed_nonce(&p->remote.gate, m.nonce, now_ms());
	}
	proc_send(proc, MSG_NONCE, id, -1, &m);
}

/* Not each of a flood of them, but the one that shuts the gate. */
static void
remote_tell(struct parent *p, enum signed_verdict verdict)
{
	struct remote	*r = &p->remote;
	uint64_t	 now = now_ms();
	bool		 shut = verdict != SIGNED_SHUT && now < r->gate.shut;

	r->untold++;
	if (!shut && r->told_ms != 0 && now - r->told_ms < TELL_MS)
		return;
	log_warnx("over HTTP: %u request%s with a bad signature or nonce%s",
	    r->untold, r->untold == 1 ? "" : "s", shut ?
	    "; none is looked at for a minute" : "");
	r->told_ms = now;
	r->untold = 0;
}

static void
remote_bad(struct parent *p, struct caller by, enum signed_verdict verdict)
{
	p->remote.bad++;
	remote_tell(p, verdict);
	if (verdict == SIGNED_SHUT)
		op_answer(p, by, RESULT_LIMITED, "too many signatures were "
		    "wrong; try again in a minute");
	else if (verdict == SIGNED_SPENT)
		op_answer(p, by, RESULT_UNSIGNED, "the nonce was used, or is "
		    "older than 30 s; ask for another one");
	else
		op_answer(p, by, RESULT_UNSIGNED, "the signature is not that "
		    "of the token for this request");
}

/* One member of what was asked for, and what is wrong with it. */
static void
remote_refuse(struct parent *p, struct caller by, const char *key,
    const char *why)
{
	struct msg_refused	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.key, key, sizeof(m.key));
	strlcpy(m.why, why, sizeof(m.why));
	op_refused(p, by, &m);
}

/*
 * Whether the object has no member but those, each of them a string or null,
 * and the first so many of them for sure.
 */
static bool
remote_has(struct parent *p, struct caller by, const struct json *j,
    const char *const *names, unsigned int needed)
{
	const struct json_member	*m;
	char				 why[128], allowed[64] = "";
	unsigned int			 i, n, bad = 0;

	for (n = 0; names[n] != NULL; n++) {
		strlcat(allowed, n == 0 ? "" : ", ", sizeof(allowed));
		strlcat(allowed, names[n], sizeof(allowed));
		m = json_find(j, names[n]);
		if (n >= needed || (m != NULL && m->kind == JSON_STRING))
			continue;
		remote_refuse(p, by, names[n], "is missing; allowed: a "
		    "string");
		bad++;
	}
	for (m = j->member; m < j->member + j->n; m++) {
		for (i = 0; i < n && strcmp(m->name, names[i]) != 0; i++)
			;
		if (i == n)
			snprintf(why, sizeof(why), "is not known; allowed: %s",
			    allowed);
		else if (m->kind != JSON_STRING && m->kind != JSON_NULL)
			snprintf(why, sizeof(why), "is %s; allowed: a string",
			    json_kind_name(m->kind));
		else
			continue;
		remote_refuse(p, by, m->name, why);
		bad++;
	}
	if (bad > 0)
		op_answer(p, by, RESULT_INVALID, "the body is not understood");
	return (bad == 0);
}

/* The string of that name, or NULL; for a function that takes words. */
static char *
remote_word(const struct json *j, const char *name)
{
	const struct json_member	*m = json_find(j, name);

	return (m == NULL || m->kind == JSON_NULL ? NULL :
	    (char *)(uintptr_t)m->text);
}

static bool
remote_asks(const struct json *j, const char *action)
{
	const char	*word = remote_word(j, "action");

	return (word != NULL && strcmp(word, action) == 0);
}

static void
remote_service(struct parent *p, struct caller by, const struct json *j)
{
	static const char *const	 names[] = { "action", NULL };
	static const char *const	 actions[] = {
		[ACTION_START] = "start", [ACTION_STOP] = "stop",
		[ACTION_RESTART] = "restart", [ACTION_RELOAD] = "reload"
	};
	struct msg_action		 m;

	if (!remote_has(p, by, j, names, 1))
		return;
	memset(&m, 0, sizeof(m));
	for (; m.action <= ACTION_RELOAD; m.action++)
		if (remote_asks(j, actions[m.action])) {
			parent_action(p, by, &m);
			return;
		}
	remote_refuse(p, by, "action", "is not known; allowed: start, stop, "
	    "restart, reload");
	op_answer(p, by, RESULT_INVALID, "there is no such action");
}

static void
remote_policy(struct parent *p, struct caller by, const struct json *j)
{
	static const char *const	 names[] = {
		"action", "prefix", "for", "reason", NULL
	};
	static const struct {
		const char	*name;
		bool		(*request)(int, char **, union msg_payload *,
				    char *, size_t);
	} actions[] = {
		{ "deny", request_deny },
		{ "allow", request_allow },
		{ "forget", request_forget }
	};
	union msg_payload	 m;
	char			*args[ARGS_MAX], *word, why[REQUEST_WHY];
	unsigned int		 i;
	int			 n = 0;

	if (!remote_has(p, by, j, names, 2))
		return;
	args[n++] = remote_word(j, "prefix");
	for (i = 2; names[i] != NULL; i++)
		if ((word = remote_word(j, names[i])) != NULL) {
			args[n++] = (char *)(uintptr_t)names[i];
			args[n++] = word;
		}
	memset(&m, 0, sizeof(m.DENY));
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!remote_asks(j, actions[i].name))
			continue;
		if (actions[i].request(n, args, &m, why, sizeof(why)))
			deny_request(p, by, &m.DENY);
		else
			op_answer(p, by, RESULT_INVALID, why);
		return;
	}
	remote_refuse(p, by, "action", "is not known; allowed: deny, allow, "
	    "forget");
	op_answer(p, by, RESULT_INVALID, "there is no such action");
}

/* A value as ntpsctl has it: the elements of a list have blanks between. */
static bool
remote_setting(const struct json_member *m, struct msg_setting *s)
{
	const char	*text = m->text;
	unsigned int	 i;
	bool		 fits = true;

	memset(s, 0, sizeof(*s));
	s->unset = m->kind == JSON_NULL;
	fits = strlcpy(s->key, m->name, sizeof(s->key)) < sizeof(s->key);
	if (m->kind != JSON_STRINGS)
		return (strlcpy(s->value, text, sizeof(s->value)) <
		    sizeof(s->value) && fits);
	for (i = 0; i < m->n; i++, text += strlen(text) + 1) {
		if (i > 0)
			strlcat(s->value, " ", sizeof(s->value));
		fits = strlcat(s->value, text, sizeof(s->value)) <
		    sizeof(s->value) && fits;
	}
	return (fits);
}

static void
remote_config(struct parent *p, struct caller by, const struct json *j)
{
	struct msg_setting	 setting[MSG_SETTINGS_MAX];
	unsigned int		 i, bad = 0;

	if (j->n == 0 || j->n > MSG_SETTINGS_MAX) {
		op_answer(p, by, RESULT_INVALID, j->n == 0 ?
		    "no setting; allowed: 1 to 16" :
		    "too many settings; allowed: 1 to 16");
		return;
	}
	for (i = 0; i < j->n; i++)
		if (!remote_setting(&j->member[i], &setting[i])) {
			remote_refuse(p, by, setting[i].key, "is too long; "
			    "allowed: a value of up to 511 octets");
			bad++;
		}
	if (bad > 0)
		op_answer(p, by, RESULT_INVALID, "a setting is too long");
	else
		reload_begin(p, OP_RELOAD, by, setting, j->n);
}

/* From the web child, which may have thought it up. */
void
remote_signed(struct proc *proc, uint32_t id, const struct msg_signed *m)
{
	struct parent			*p = proc->parent;
	const struct caller		 by = { proc->id, id };
	const struct signed_request	 r = { (enum signed_kind)m->kind,
					    m->nonce, m->mac, m->body, m->len };
	enum signed_verdict		 verdict;
	struct json			 j;
	char				 err[JSON_ERR_MAX];

	if (!remote_on(p)) {
		op_answer(p, by, RESULT_OFF, "nothing can be changed here; "
		    "allowed: with web.token_file");
		return;
	}
	verdict = signed_judge(&p->remote.gate, &p->remote.token, &r,
	    now_ms());
	if (verdict != SIGNED_GOOD) {
		remote_bad(p, by, verdict);
		return;
	}
	p->remote.good++;
	log_info("over HTTP: %s %s, signed", signed_method(r.kind),
	    signed_path(r.kind));
	if (json_parse(&j, m->body, m->len, err, sizeof(err)) == -1)
		op_answer(p, by, RESULT_INVALID, err);
	else if (r.kind == SIGNED_SERVICE)
		remote_service(p, by, &j);
	else if (r.kind == SIGNED_POLICY)
		remote_policy(p, by, &j);
	else
		remote_config(p, by, &j);
}
