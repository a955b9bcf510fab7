/* SPDX-License-Identifier: ISC */
/* What is shown of rules and of keys; see show.c. */
#include <stdio.h>
#include <string.h>

#include "msg.h"
#include "out.h"
#include "show.h"

static void
put_rules(struct out *o, const struct answers *a)
{
	const struct conf_policy	*list = &a->conf.policy;
	char				 buf[POLICY_RULE_STRLEN];
	uint32_t			 i;

	out_table(o, "policy");
	for (i = 0; i < list->n; i++) {
		out_row(o);
		out_u64(o, "rule", i + 1);
		out_u64(o, "hits", a->hits.rule[i]);
		policy_rule_format(&list->rule[i], buf, sizeof(buf));
		out_str(o, "text", buf);
		out_row_end(o);
	}
	out_table_end(o);
}

static void
put_denials(struct out *o, const struct answers *a)
{
	const struct msg_denial	*d;
	char			 buf[PREFIX_STRLEN];
	unsigned int		 i;

	out_table(o, "run_time");
	for (i = 0; i < a->ndenied; i++) {
		d = &a->denied[i];
		out_row(o);
		out_str(o, "source", prefix_format(&d->from, buf,
		    sizeof(buf)));
		out_str(o, "action", d->kind == DENIAL_ALLOW ? "allow" :
		    "deny");
		out_u64(o, "hits", a->hits.denial[d->slot]);
		out_time(o, "until", d->until);
		out_str(o, "reason", *d->reason != '\0' ? d->reason : NULL);
		out_row_end(o);
	}
	out_table_end(o);
}

int
show_policy(FILE *f, enum out_form form, const struct answers *a)
{
	struct out	 o;

	out_begin(&o, f, form, "policy", 1);
	put_denials(&o, a);
	put_rules(&o, a);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}

int
show_keys(FILE *f, enum out_form form, const struct answers *a)
{
	static const char *const	 types[] = {
		[MAC_MD5] = "MD5", [MAC_SHA1] = "SHA1",
		[MAC_SHA256] = "SHA256", [MAC_AES128] = "AES128"
	};
	const struct key_use		*k;
	struct out			 o;

	out_begin(&o, f, form, "keys", 1);
	out_table(&o, "keys");
	for (k = a->keys; k < a->keys + a->nkeys; k++) {
		out_row(&o);
		out_u64(&o, "id", k->id);
		out_str(&o, "type", k->type <= MAC_AES128 ? types[k->type] :
		    NULL);
		out_u64(&o, "good", k->good);
		out_u64(&o, "bad", k->bad);
		out_time(&o, "last_used", k->last);
		out_row_end(&o);
	}
	out_table_end(&o);
	return (out_end(&o) == -1 ? CTL_FAILED : CTL_OK);
}
