/* SPDX-License-Identifier: ISC */
/*
 * Inside the policy's rules: the table of their fields.  policy.c alone
 * includes it.  A new field is its functions, their row in the table, and what
 * policy_rule_check asks of it.
 */
#ifndef POLICY_FIELDS_H
#define POLICY_FIELDS_H

#include "policy.h"

#define POLICY_VERSIONS	0x1eU	/* 1 to 4, as bits */
#define POLICY_MODES	0x0bU	/* those that are ever answered (F4, F5) */
#define POLICY_NFIELDS	10

/*
 * What there is to know of a field.
 * set: reads its text; NULL or what is wrong.
 * format: its text in a checked rule; "" if it need not be written.
 */
struct policy_field {
	const char	*name, *allowed;
	const char	*(*set)(struct policy_rule *, const char *);
	void		 (*format)(const struct policy_rule *, char *, size_t);
};

extern const struct policy_field policy_fields[POLICY_NFIELDS];

/*
 * policy_path_check, policy_reason_check: NULL, or what is wrong with a path
 *	or a reason that is not empty.
 * policy_rate_ok: whether a rate is in range.
 */
const char	*policy_path_check(const char *);
const char	*policy_reason_check(const char *);
bool		 policy_rate_ok(double);

#endif /* POLICY_FIELDS_H */
