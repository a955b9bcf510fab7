/* SPDX-License-Identifier: ISC */
/*
 * Inside the configuration: what conf.c, conf_check.c, conf_number.c,
 * conf_text.c, conf_near.c and yaml_conf.c share.  Nobody else includes it.
 *
 * A value on its way in or out is a struct conf_item, whether it comes from
 * text or from another process, so each type has one check for both.
 */
#ifndef CONF_TYPES_H
#define CONF_TYPES_H

#include "conf.h"

#define CONF_QUOTE_MAX	64	/* characters of a stranger's text in errors */
#define CONF_QUOTE_SIZE	(CONF_QUOTE_MAX + sizeof("..."))

/*
 * What there is to know of a type.  Items come zeroed to parse and load.
 * parse: reads text; NULL, or what is wrong with it ("is not a number").
 * check: everything that the row and the type ask of a value, which may come
 *	from a hostile process; NULL or what is wrong.
 * format: a checked value as text that parse takes.
 * allowed: what check lets pass, in words.
 * load, store: between a checked item and its field in struct conf.
 * count: how many elements a list has, NULL if the type is not a list.
 * field: reads text into a field of an element; NULL if elements are not
 *	mappings.  It says what is wrong as parse does.
 * field_allowed: what it takes, in words; the fields for one it has not.
 */
struct conf_ops {
	const char	*(*parse)(const struct conf_row *, const char *,
			    struct conf_item *);
	const char	*(*check)(const struct conf_row *,
			    const struct conf_item *);
	void		 (*format)(const struct conf_row *,
			    const struct conf_item *, char *, size_t);
	void		 (*allowed)(const struct conf_row *, char *, size_t);
	void		 (*load)(const void *, struct conf_item *);
	void		 (*store)(void *, const struct conf_item *);
	uint32_t	 (*count)(const void *);
	const char	*(*field)(struct conf_item *, const char *,
			    const char *);
	const char	*(*field_allowed)(const char *, char *, size_t);
};

extern const struct conf_ops	conf_ops_bool, conf_ops_uint, conf_ops_count,
				conf_ops_size, conf_ops_mode, conf_ops_word,
				conf_ops_real, conf_ops_name, conf_ops_path,
				conf_ops_endpoint, conf_ops_refid,
				conf_ops_listen,
				conf_ops_address,
				conf_ops_prefix, conf_ops_policy;

/*
 * conf_all_of: whether text is not empty and made of a set of characters.
 * conf_is_list: whether a key takes a list.
 * conf_has_fields: whether that list's elements are mappings.
 * conf_terminated: whether text of a fixed size ends in a NUL with nothing
 *	behind it.
 * conf_is_address: whether a refid is written as an address.
 * conf_quote: len octets made printable and cut to CONF_QUOTE_MAX, in a
 *	buffer of CONF_QUOTE_SIZE.
 * conf_section: the first key under the mapping of a dotted path, or -1.
 * conf_suggest: what to say behind "no such key" of a key under a prefix
 *	("" or "clock."): a name that is alike, or those that there are.
 * conf_names: the names there are under a prefix, "a, b, c".
 */
bool		 conf_all_of(const char *, const char *);
bool		 conf_is_list(enum conf_key);
bool		 conf_has_fields(enum conf_key);
bool		 conf_terminated(const char *, size_t);
bool		 conf_is_address(const struct conf_refid *);
const char	*conf_quote(char *, size_t, const char *, size_t);
int		 conf_section(const char *);
const char	*conf_suggest(const char *, const char *, char *, size_t);
const char	*conf_names(const char *, char *, size_t);

#endif /* CONF_TYPES_H */
