/* SPDX-License-Identifier: ISC */
/*
 * The YAML reader: whatever it accepts survives the way through text and the
 * way through items, and whatever it refuses has a printable reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml_conf.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
through_text(const struct conf *conf, enum conf_key key)
{
	struct conf	 other;
	static char	 text[POLICY_RULES_MAX * POLICY_RULE_STRLEN];
	static char	 line[sizeof(text) + CONF_TEXT_MAX];
	char		 err[CONF_ERR_MAX];

	conf_init(&other);
	conf_format(conf, key, text, sizeof(text));
	require(strlen(text) < sizeof(text) - 1);
	snprintf(line, sizeof(line), "%s=%s", conf_rows[key].path, text);
	require(conf_override(&other, line, err, sizeof(err)) == 0);
	require(conf_equal(conf, &other, key));
}

static void
through_items(const struct conf *conf)
{
	struct conf		 other;
	struct conf_item	 item;
	char			 err[CONF_ERR_MAX];
	uint32_t		 n;
	int			 key;

	conf_init(&other);
	for (key = 0; key < CONF_NKEYS; key++) {
		for (n = 0; conf_item_get(conf, key, n, &item); n++)
			require(conf_item_set(&other, &item, err,
			    sizeof(err)) == 0);
		require(n > 0 || conf_rows[key].min == 0);
		require(conf_equal(conf, &other, key));
	}
	require(memcmp(conf, &other, sizeof(other)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf	 conf;
	char		 err[CONF_ERR_MAX] = "";
	const char	*p;
	int		 key;

	conf_init(&conf);
	if (yaml_conf_read(&conf, "fuzz", data, len, err, sizeof(err)) == -1) {
		require(strncmp(err, "fuzz:", 5) == 0);
		for (p = err; *p != '\0'; p++)
			require(*p >= ' ' && *p <= '~');
		return (0);
	}
	for (key = 0; key < CONF_NKEYS; key++)
		through_text(&conf, key);
	through_items(&conf);
	return (0);
}
