/* SPDX-License-Identifier: ISC */
/* The policy's rules: see policy.h. */
#include <stdio.h>
#include <string.h>

#include "policy_fields.h"

#define PLAIN		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"			\
			"abcdefghijklmnopqrstuvwxyz" "0123456789" "/._+- "

static const char	not_text[] = "has a text that cannot be";

_Static_assert(sizeof(struct policy_rule) == 2 * sizeof(struct prefix) +
    POLICY_FILE_MAX + 6 + POLICY_REASON_MAX + 2 + 8 + 8,
    "a rule has no hidden padding");

static const struct policy_field *
find_field(const char *name)
{
	size_t	 i;

	for (i = 0; name != NULL && i < POLICY_NFIELDS; i++)
		if (strcmp(name, policy_fields[i].name) == 0)
			return (&policy_fields[i]);
	return (NULL);
}

const char *
policy_rule_set(struct policy_rule *r, const char *name, const char *text)
{
	const struct policy_field	*f = find_field(name);

	return (f == NULL ? "is no field of a rule" : f->set(r, text));
}

const char *
policy_rule_allowed(const char *name, char *buf, size_t len)
{
	const struct policy_field	*f = find_field(name);
	size_t			 i;

	strlcpy(buf, f == NULL ? "" : f->allowed, len);
	for (i = 0; f == NULL && i < POLICY_NFIELDS; i++) {
		if (i > 0)
			strlcat(buf, ", ", len);
		strlcat(buf, policy_fields[i].name, len);
	}
	return (buf);
}

/* Text ends in a NUL, and nothing hides behind it. */
static bool
terminated(const char *text, size_t size)
{
	size_t	 len;

	for (len = strnlen(text, size); len < size; len++)
		if (text[len] != '\0')
			return (false);
	return (text[size - 1] == '\0');
}

/* Each field by itself, as what sets it leaves it. */
static const char *
check_fields(const struct policy_rule *r)
{
	if (!prefix_valid(&r->from))
		return ("comes from no address or prefix");
	if (!prefix_valid(&r->to))
		return ("goes to no address or prefix");
	if (r->to_port != 0 && (r->to.family == 0 ||
	    r->to.bits != prefix_bits(r->to.family)))
		return ("has a port without an address");
	if (!terminated(r->from_file, sizeof(r->from_file)) ||
	    !terminated(r->reason, sizeof(r->reason)) ||
	    (r->from_file[0] != '\0' &&
	    policy_path_check(r->from_file) != NULL) ||
	    (r->reason[0] != '\0' && policy_reason_check(r->reason) != NULL))
		return (not_text);
	if ((r->versions & ~POLICY_VERSIONS) != 0)
		return ("has a version that is not 1 to 4");
	if ((r->modes & ~POLICY_MODES) != 0)
		return ("has a mode that is not 0, 1 or 3");
	if (r->auth > POLICY_AUTH_NEVER || r->action >= POLICY_NACTIONS ||
	    r->rated > 1 || r->pad1 != 0 || r->pad2 != 0)
		return ("has a value that there is not");
	if (!policy_rate_ok(r->rate) || (!r->rated && r->rate > 0))
		return ("has a rate that is out of range");
	if (r->burst > POLICY_BURST_MAX)
		return ("has a burst that is out of range");
	return (NULL);
}

const char *
policy_rule_check(const struct policy_rule *r)
{
	const char	*why;

	if ((why = check_fields(r)) != NULL)
		return (why);
	if (r->action == POLICY_NONE)
		return ("has no action");
	if (r->from.family != 0 && r->from_file[0] != '\0')
		return ("has both from and from_file");
	if (r->action == POLICY_LIMIT && !r->rated)
		return ("has the action limit, but no rate");
	if (r->action != POLICY_LIMIT && r->rated)
		return ("has a rate, but not the action limit");
	if (r->action != POLICY_LIMIT && r->burst != 0)
		return ("has a burst, but not the action limit");
	if (r->reason[0] != '\0' && (r->action == POLICY_ALLOW ||
	    r->action == POLICY_LIMIT))
		return ("has a reason, but refuses nothing");
	return (NULL);
}

bool
policy_rule_final(const struct policy_rule *r)
{
	return (r->to.family == 0 && r->to_port == 0 && r->versions == 0 &&
	    r->modes == 0 && r->auth == POLICY_AUTH_ANY);
}

/* Appends as much of a value as YAML wants it to be written. */
static void
append(char *buf, size_t len, const char *value)
{
	size_t	 used;

	/* Colons, commas and brackets mean something; paths may have all. */
	if (value[strspn(value, PLAIN)] == '\0' &&
	    value[strlen(value) - 1] != ' ') {
		strlcat(buf, value, len);
		return;
	}
	strlcat(buf, "\"", len);
	for (; *value != '\0'; value++) {
		used = strlen(buf);
		snprintf(buf + used, len - used, *value == '"' ||
		    *value == '\\' ? "\\%c" : "%c", *value);
	}
	strlcat(buf, "\"", len);
}

void
policy_rule_format(const struct policy_rule *r, char *buf, size_t len)
{
	char	 value[POLICY_FILE_MAX];
	size_t	 i, n = 0;

	strlcpy(buf, "{", len);
	for (i = 0; i < POLICY_NFIELDS; i++) {
		policy_fields[i].format(r, value, sizeof(value));
		if (value[0] == '\0')
			continue;
		if (n++ > 0)
			strlcat(buf, ", ", len);
		strlcat(buf, policy_fields[i].name, len);
		strlcat(buf, ": ", len);
		append(buf, len, value);
	}
	strlcat(buf, "}", len);
}
