/* SPDX-License-Identifier: ISC */
/* What no single key of the configuration can see: see conf_check in conf.h. */
#include <stdio.h>
#include <string.h>

#include "conf_types.h"

static int
check_listeners(const struct conf_listen *list, char *err, size_t len)
{
	char		 text[ADDR_STRLEN];
	uint32_t	 i, j;

	for (i = 1; i < list->n; i++)
		for (j = 0; j < i; j++)
			if (listen_spec_equal(&list->spec[i], &list->spec[j])) {
				snprintf(err, len, "%s is there twice; "
				    "allowed: each once",
				    listen_spec_format(&list->spec[i], text,
				    sizeof(text)));
				return (-1);
			}
	return (0);
}

/* RFC 8633 3.7.1: smeared time must not meet time that is not. */
static int
check_smear(const struct conf *conf, char *err, size_t len)
{
	const struct listen_spec	*spec;
	struct smear			 smear;
	char				 text[ADDR_STRLEN];
	uint32_t			 i;

	if (conf->leap_smear == SMEAR_NONE)
		return (0);
	smear.kind = (enum smear_kind)conf->leap_smear;
	smear.before = (int64_t)conf->leap_smear_before;
	smear.after = (int64_t)conf->leap_smear_after;
	if (!smear_ok(&smear)) {
		snprintf(err, len, "lasts too short; allowed: %d seconds or "
		    "more from leap.smear_before to leap.smear_after",
		    SMEAR_SPAN_MIN);
		return (-1);
	}
	if (conf->leap_file.text[0] == '\0') {
		strlcpy(err, "needs a list of leap seconds; allowed: with "
		    "leap.file", len);
		return (-1);
	}
	if (conf->leap_i_know)
		return (0);
	for (i = 0; i < conf->listen.n; i++) {
		spec = &conf->listen.spec[i];
		if (spec->addr.family != 0 && addr_is_private(&spec->addr))
			continue;
		snprintf(err, len, "%s may be public, where clients mix "
		    "servers; allowed: private addresses in listen, or "
		    "leap.i_know: true", listen_spec_format(spec, text,
		    sizeof(text)));
		return (-1);
	}
	return (0);
}

bool
conf_web_is_local(const struct conf *conf)
{
	const char	*text = conf->web_listen.text;
	struct addr	 addr;

	return (*text == '/' || (addr_parse(&addr, text, 0) == 0 &&
	    addr_is_loopback(&addr)));
}

int
conf_check(const struct conf *conf, enum conf_key *key, char *err, size_t len)
{
	*key = CONF_listen;
	if (check_listeners(&conf->listen, err, len) == -1)
		return (-1);
	*key = CONF_leap_smear;
	if (check_smear(conf, err, len) == -1)
		return (-1);
	*key = CONF_web_token_file;
	if (conf->web_token_file.text[0] != '\0' &&
	    conf->web_listen.text[0] != '\0' && !conf_web_is_local(conf)) {
		snprintf(err, len, "changes over HTTP with web.listen at %s; "
		    "allowed: a loopback address or a socket there, or no "
		    "token", conf->web_listen.text);
		return (-1);
	}
	*key = CONF_clock_refid;
	/* RFC 5905 7.3: at stratum 1 the refid is the source's four letters. */
	if (conf->clock_stratum == 1 && conf_is_address(&conf->clock_refid)) {
		snprintf(err, len, "%s is an address; allowed at stratum 1: "
		    "1 to 4 printable ASCII characters",
		    conf->clock_refid.text);
		return (-1);
	}
	return (0);
}
