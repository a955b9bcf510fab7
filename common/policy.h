/* SPDX-License-Identifier: ISC */
/*
 * The policy's rules, of which the first that matches a request decides: as
 * text, as the YAML reader finds it, and as what travels between processes.
 * Pure.  policy_map.h finds the rule for a request.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prefix.h"

#define POLICY_RULES_MAX	256
#define POLICY_RULE_STRLEN	512	/* of a rule as text, NUL included */
#define POLICY_FILE_MAX		108	/* of a path, NUL included */
#define POLICY_REASON_MAX	16	/* of a reason, NUL included */
#define POLICY_RATE_MAX		1000000
#define POLICY_BURST_MAX	255
#define POLICY_ALLOWED_MAX	160	/* of policy_rule_allowed */

enum policy_action {
	POLICY_NONE,		/* not given yet */
	POLICY_ALLOW,		/* answered, within the limits of everybody */
	POLICY_DROP,		/* silence */
	POLICY_KOD_DENY,	/* kiss codes, RFC 5905 7.4 */
	POLICY_KOD_RSTR,
	POLICY_LIMIT,		/* answered within a limit of the rule's own */
	POLICY_NACTIONS
};

enum policy_auth { POLICY_AUTH_ANY, POLICY_AUTH_ONLY, POLICY_AUTH_NEVER };

/*
 * Zeroed before it is filled and without hidden padding: equal rules are equal
 * for memcmp(3).
 */
struct policy_rule {
	struct prefix	 from;		/* family 0 beside from_file */
	struct prefix	 to;		/* the local address */
	char		 from_file[POLICY_FILE_MAX];	/* "" or absolute */
	uint16_t	 to_port;	/* local; 0: any */
	uint8_t		 versions;	/* bits 1 to 4; 0: any */
	uint8_t		 modes;		/* bits 0, 1 and 3; 0: any */
	uint8_t		 auth;		/* enum policy_auth */
	uint8_t		 action;	/* enum policy_action */
	char		 reason[POLICY_REASON_MAX];	/* "" or a word */
	uint8_t		 rated;		/* 1: a rate was given */
	uint8_t		 pad1;
	double		 rate;		/* requests a second; 0: no limit */
	uint32_t	 burst;		/* of the limit; 0: not given */
	uint32_t	 pad2;
};

/*
 * policy_rule_set: one field of a rule from its text; NULL, or what is wrong,
 *	and then the rule is as it was.
 * policy_rule_allowed: what a field takes, in words; of NULL or what is no
 *	field, the fields' names.
 * policy_rule_check: whether the fields make a rule that text could have said,
 *	for one that is complete or comes from a hostile process; NULL, or what
 *	is wrong, to be put behind "the rule".
 * policy_rule_format: a checked rule as YAML, which reads back as the same.
 * policy_rule_final: whether the rule has no condition but where a request
 *	comes from: no later rule is asked there.
 */
const char	*policy_rule_set(struct policy_rule *, const char *,
		    const char *);
const char	*policy_rule_allowed(const char *, char *, size_t);
const char	*policy_rule_check(const struct policy_rule *);
void		 policy_rule_format(const struct policy_rule *, char *,
		    size_t);
bool		 policy_rule_final(const struct policy_rule *);

#endif /* POLICY_H */
