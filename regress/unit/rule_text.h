/* SPDX-License-Identifier: ISC */
/*
 * For tests: a rule that policy_rule_format wrote, read back by libyaml.
 */
#ifndef RULE_TEXT_H
#define RULE_TEXT_H

#include <stdbool.h>
#include <string.h>

#include <yaml.h>

#include "policy.h"

/* The next event's type, and the text if it is a scalar. */
static inline yaml_event_type_t
rule_text_event(yaml_parser_t *parser, char *text, size_t size)
{
	yaml_event_t		 event;
	yaml_event_type_t	 type;

	text[0] = '\0';
	if (!yaml_parser_parse(parser, &event))
		return (YAML_NO_EVENT);
	type = event.type;
	if (type == YAML_SCALAR_EVENT && strlcpy(text,
	    (const char *)event.data.scalar.value, size) >= size)
		type = YAML_NO_EVENT;
	yaml_event_delete(&event);
	return (type);
}

/* One mapping of scalars, and nothing else. */
static inline bool
rule_text_read(struct policy_rule *r, const char *yaml)
{
	yaml_parser_t	 parser;
	char		 key[64], value[256];
	bool		 ok;

	memset(r, 0, sizeof(*r));
	if (!yaml_parser_initialize(&parser))
		return (false);
	yaml_parser_set_input_string(&parser, (const uint8_t *)yaml,
	    strlen(yaml));
	ok = rule_text_event(&parser, key, sizeof(key)) ==
	    YAML_STREAM_START_EVENT &&
	    rule_text_event(&parser, key, sizeof(key)) ==
	    YAML_DOCUMENT_START_EVENT &&
	    rule_text_event(&parser, key, sizeof(key)) ==
	    YAML_MAPPING_START_EVENT;
	while (ok && rule_text_event(&parser, key, sizeof(key)) ==
	    YAML_SCALAR_EVENT)
		ok = rule_text_event(&parser, value, sizeof(value)) ==
		    YAML_SCALAR_EVENT &&
		    policy_rule_set(r, key, value) == NULL;
	ok = ok && rule_text_event(&parser, key, sizeof(key)) ==
	    YAML_DOCUMENT_END_EVENT;
	yaml_parser_delete(&parser);
	return (ok);
}

#endif /* RULE_TEXT_H */
