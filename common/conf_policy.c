/* SPDX-License-Identifier: ISC */
/*
 * The configuration's types for whom to answer: prefixes, and the rules of
 * policy, whose elements are mappings.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "conf_types.h"

/* PREFIX: item->v.prefix, one element */

static const char *
parse_prefix(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	(void)row;
	return (prefix_parse(&item->v.prefix, text));
}

static const char *
check_prefix(const struct conf_row *row, const struct conf_item *item)
{
	(void)row;
	return (prefix_valid(&item->v.prefix) ? NULL : "is not a prefix");
}

static void
format_prefix(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	prefix_format(&item->v.prefix, buf, len);
}

static void
allowed_prefix(const struct conf_row *row, char *buf, size_t len)
{
	snprintf(buf, len, "%.0f to %.0f addresses, prefixes like "
	    "192.0.2.0/24, or any", row->min, row->max);
}

static uint32_t
count_prefix(const void *field)
{
	const struct conf_prefixes	*list = field;

	return (list->n);
}

static void
load_prefix(const void *field, struct conf_item *item)
{
	const struct conf_prefixes	*list = field;

	item->v.prefix = list->prefix[item->index];
}

static void
store_prefix(void *field, const struct conf_item *item)
{
	struct conf_prefixes	*list = field;

	if (item->index == 0)
		memset(list, 0, sizeof(*list));
	list->prefix[item->index] = item->v.prefix;
	list->n = item->index + 1;
}

/* POLICY: item->v.rule, one element */

static const char *
field_policy(struct conf_item *item, const char *name, const char *text)
{
	return (policy_rule_set(&item->v.rule, name, text));
}

/* Takes the backslashes out of what is in quotes, and returns its end. */
static char *
unquote(char *s)
{
	char	*to = s, *end;

	for (; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		*to++ = *s;
	}
	end = *s == '\0' ? s : s + 1;
	*to = '\0';
	return (end);
}

/* Cuts the next "name: value" off "a: 1, b: \"2, 3\""; false at the end. */
static bool
next_field(char **rest, char **name, char **value)
{
	char	*p = *rest, *end;

	p += strspn(p, " ,");
	if (*p == '\0' || (end = strstr(p, ": ")) == NULL)
		return (false);
	*end = '\0';
	*name = p;
	p = end + 2 + strspn(end + 2, " ");
	if (*p == '"') {
		*value = p + 1;
		*rest = unquote(p + 1);
		return (true);
	}
	*value = p;
	end = p + strcspn(p, ",");
	*rest = *end == '\0' ? end : end + 1;
	while (end > p && end[-1] == ' ')
		end--;
	*end = '\0';
	return (true);
}

/* The form that format gives: {from: 192.0.2.0/24, action: drop}. */
static const char *
parse_policy(const struct conf_row *row, const char *text,
    struct conf_item *item)
{
	char		 copy[POLICY_RULE_STRLEN], *rest, *name, *value;
	const char	*why;
	size_t		 len = strlen(text);

	(void)row;
	if (len < 2 || len >= sizeof(copy) || text[0] != '{' ||
	    text[len - 1] != '}')
		return ("is not a rule in braces");
	memcpy(copy, text + 1, len - 2);
	copy[len - 2] = '\0';
	rest = copy;
	while (next_field(&rest, &name, &value))
		if ((why = policy_rule_set(&item->v.rule, name, value)) != NULL)
			return (why);
	return (rest[strspn(rest, " ,")] == '\0' ? NULL :
	    "has a field without a value");
}

static const char *
check_policy(const struct conf_row *row, const struct conf_item *item)
{
	(void)row;
	return (policy_rule_check(&item->v.rule));
}

static void
format_policy(const struct conf_row *row, const struct conf_item *item,
    char *buf, size_t len)
{
	(void)row;
	policy_rule_format(&item->v.rule, buf, len);
}

static void
allowed_policy(const struct conf_row *row, char *buf, size_t len)
{
	char	 fields[CONF_ERR_MAX / 2];

	snprintf(buf, len, "up to %.0f rules like {from: 192.0.2.0/24, action: "
	    "drop}, of %s", row->max, policy_rule_allowed(NULL, fields,
	    sizeof(fields)));
}

static uint32_t
count_policy(const void *field)
{
	const struct conf_policy	*list = field;

	return (list->n);
}

static void
load_policy(const void *field, struct conf_item *item)
{
	const struct conf_policy	*list = field;

	item->v.rule = list->rule[item->index];
}

static void
store_policy(void *field, const struct conf_item *item)
{
	struct conf_policy	*list = field;

	if (item->index == 0)
		memset(list, 0, sizeof(*list));
	list->rule[item->index] = item->v.rule;
	list->n = item->index + 1;
}

const struct conf_ops	conf_ops_prefix = {
	parse_prefix, check_prefix, format_prefix, allowed_prefix,
	load_prefix, store_prefix, count_prefix, NULL, NULL
};
const struct conf_ops	conf_ops_policy = {
	parse_policy, check_policy, format_policy, allowed_policy,
	load_policy, store_policy, count_policy, field_policy,
	policy_rule_allowed
};
