/* SPDX-License-Identifier: ISC */
/*
 * The policy's rules and lists of prefixes: what is accepted, as text or from
 * another process, is written in a form that reads back as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "regress/unit/rule_text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
printable(const char *s)
{
	for (; *s != '\0'; s++)
		require(*s >= ' ' && *s <= '~');
}

static void
round_trip(const struct policy_rule *r)
{
	struct policy_rule	 again;
	char			 buf[POLICY_RULE_STRLEN];
	const char		*why;

	if ((why = policy_rule_check(r)) != NULL) {
		printable(why);
		return;
	}
	policy_rule_format(r, buf, sizeof(buf));
	printable(buf);
	require(strlen(buf) < sizeof(buf) - 1);
	require(rule_text_read(&again, buf));
	require(memcmp(r, &again, sizeof(again)) == 0);
}

/* Lines of "field text". */
static void
fuzz_fields(char *text)
{
	struct policy_rule	 r, old;
	char			*line, *value, buf[POLICY_ALLOWED_MAX];
	const char		*why;

	memset(&r, 0, sizeof(r));
	while ((line = strsep(&text, "\n")) != NULL) {
		value = line;
		strsep(&value, " ");
		if (value == NULL)
			continue;
		old = r;
		if ((why = policy_rule_set(&r, line, value)) != NULL) {
			printable(why);
			require(memcmp(&r, &old, sizeof(r)) == 0);
		}
		policy_rule_allowed(line, buf, sizeof(buf));
		printable(buf);
		round_trip(&r);
	}
	/* each field by itself is good: only together they may not be */
	if (r.action == POLICY_NONE)
		r.action = POLICY_DROP;
	if (r.action == POLICY_LIMIT)
		memset(r.reason, 0, sizeof(r.reason));
	else {
		r.rated = 0;
		r.rate = 0;
		r.burst = 0;
	}
	if (r.from_file[0] != '\0')
		memset(&r.from, 0, sizeof(r.from));
	if (r.action == POLICY_ALLOW)
		memset(r.reason, 0, sizeof(r.reason));
	require(policy_rule_check(&r) == NULL ||
	    (r.action == POLICY_LIMIT && !r.rated));
	round_trip(&r);
}

static int
add(void *arg, const struct prefix *p)
{
	struct prefix	 again;
	char		 buf[PREFIX_STRLEN];

	(*(size_t *)arg)++;
	require(prefix_valid(p));
	require(prefix_parse(&again, prefix_format(p, buf, sizeof(buf))) ==
	    NULL);
	require(memcmp(p, &again, sizeof(again)) == 0);
	require(prefix_has(p, p->family, p->ip));
	return (0);
}

static void
fuzz_list(const uint8_t *data, size_t len)
{
	char	*copy, err[256] = "";
	size_t	 n = 0, lines = 1, i;
	int	 ret;

	if ((copy = malloc(len > 0 ? len : 1)) == NULL)
		return;
	memcpy(copy, data, len);
	for (i = 0; i < len; i++)
		lines += copy[i] == '\n';
	ret = prefix_list_parse("fuzz", copy, len, add, &n, err, sizeof(err));
	require(n <= lines);
	require((ret == -1) == (strncmp(err, "fuzz:", 5) == 0));
	require(ret == 0 || ret == -1);
	printable(err);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct policy_rule	 r;
	char			*text;

	memset(&r, 0, sizeof(r));
	memcpy(&r, data, len < sizeof(r) ? len : sizeof(r));
	round_trip(&r);
	fuzz_list(data, len);
	if ((text = strndup((const char *)data, len)) == NULL)
		return (0);
	fuzz_fields(text);
	free(text);
	return (0);
}
