/* SPDX-License-Identifier: ISC */
/* The files that a configuration names: see config.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "keyfile.h"
#include "leap.h"
#include "log.h"
#include "os.h"

#define SETTINGS_MAX	(64 * 1024)	/* octets */
#define PREFIXES_MAX	(48 * 1024 * 1024)
#define SLURP_STEP	(64 * 1024)

static int	settings_take(struct config *, char *, size_t, char *, size_t);
static int	prefixes_take(struct config *, char *, size_t, char *, size_t);
static int	keys_take(struct config *, char *, size_t, char *, size_t);
static int	leap_take(struct config *, char *, size_t, char *, size_t);
static int	token_take(struct config *, char *, size_t, char *, size_t);

/* Each kind of file: the key that names it, its limit, what reads it. */
static const struct {
	enum conf_key	 key;
	size_t		 max;		/* octets */
	int		(*take)(struct config *, char *, size_t, char *,
			    size_t);
} kinds[FILE_KINDS] = {
	[FILE_SETTINGS] = { CONF_state, SETTINGS_MAX, settings_take },
	[FILE_POLICY] = { CONF_policy, PREFIXES_MAX, prefixes_take },
	[FILE_KEYS] = { CONF_keys_file, KEYFILE_MAX, keys_take },
	[FILE_LEAP] = { CONF_leap_file, LEAP_FILE_MAX, leap_take },
	[FILE_TOKEN] = { CONF_web_token_file, SIGNED_TOKEN_FILE_MAX,
	    token_take }
};

/* One octet past the limit is enough to tell that it is too large. */
char *
config_slurp(int fd, const char *name, size_t max, size_t *len, char *err,
    size_t errlen)
{
	char	*buf = NULL, *more;
	size_t	 room = 0;
	ssize_t	 n;

	for (*len = 0; *len <= max; *len += (size_t)n) {
		if (*len == room) {
			room += room < SLURP_STEP ? SLURP_STEP : room;
			if (room > max + 1)
				room = max + 1;
			if ((more = realloc(buf, room + 1)) == NULL) {
				snprintf(err, errlen, "%.256s: out of memory",
				    name);
				goto fail;
			}
			buf = more;
		}
		n = read(fd, buf + *len, room - *len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1) {
			snprintf(err, errlen, "%.256s: %s", name,
			    strerror(errno));
			goto fail;
		} else if (n == 0) {
			buf[*len] = '\0';
			close(fd);
			return (buf);
		}
	}
	snprintf(err, errlen, "%.256s: larger than %zu octets", name, max);
fail:
	free(buf);
	close(fd);
	return (NULL);
}

/* "/etc/ntpsd.yaml:3:7: keys.file: ", or without a place */
static void
where_of(const struct config *cfg, enum conf_key key, char *buf, size_t len)
{
	const struct conf_where	*w = &cfg->conf.where[key];

	if (w->origin == CONF_FROM_FILE)
		snprintf(buf, len, "%.256s:%u:%u: %s", cfg->name, w->line,
		    w->column, conf_rows[key].path);
	else
		strlcpy(buf, conf_rows[key].path, len);
}

/* The key of "key=value" of len octets, or -1. */
static int
key_of(const char *line, size_t len)
{
	char	 path[CONF_TEXT_MAX];
	size_t	 n;

	for (n = 0; n < len && line[n] != '='; n++)
		;
	if (n == len || n >= sizeof(path))
		return (-1);
	memcpy(path, line, n);
	path[n] = '\0';
	return (conf_find(path));
}

static bool
is_setting(const struct config *cfg, const char *path)
{
	unsigned int	 i;

	for (i = 0; i < cfg->nsettings; i++)
		if (strcmp(cfg->setting[i].key, path) == 0)
			return (true);
	return (false);
}

/*
 * One line of the settings file.  What a later version, or a file that was
 * changed by hand, no longer allows must not keep the daemon from starting.
 */
static void
setting_line(struct config *cfg, const char *name, unsigned int number,
    const char *line)
{
	char	 why[CONF_ERR_MAX];
	int	 key;

	if (*line == '\0' || *line == '#')
		return;
	key = key_of(line, strlen(line));
	if (key != -1 && conf_rows[key].apply != CONF_SET)
		snprintf(why, sizeof(why), "%s cannot be set at run time",
		    conf_rows[key].path);
	else if (key != -1 && is_setting(cfg, conf_rows[key].path))
		return;			/* to be set anew, or unset */
	else if (key != -1 && cfg->conf.where[key].origin == CONF_FROM_COMMAND)
		return;			/* -D goes before it */
	else if (conf_assign(&cfg->conf, line, CONF_FROM_SETTING, why,
	    sizeof(why)) == 0)
		return;
	log_warnx("%s:%u: %s: left out", name, number, why);
}

static int
settings_take(struct config *cfg, char *text, size_t len, char *err,
    size_t errlen)
{
	char		*line, *rest = text;
	unsigned int	 number = 0;

	if (memchr(text, '\0', len) != NULL) {
		snprintf(err, errlen, "%s: has a NUL", cfg->want.name);
		return (-1);
	}
	while ((line = strsep(&rest, "\n")) != NULL)
		setting_line(cfg, cfg->want.name, ++number, line);
	return (0);
}

/* "ratelimit.rate, ratelimit.burst": what may be set. */
static void
settable(char *buf, size_t len)
{
	unsigned int	 key;

	buf[0] = '\0';
	for (key = 0; key < CONF_NKEYS; key++)
		if (conf_rows[key].apply == CONF_SET) {
			if (buf[0] != '\0')
				strlcat(buf, ", ", len);
			strlcat(buf, conf_rows[key].path, len);
		}
}

/* What ntpsctl asks to set or to unset, on top of the settings file. */
static int
setting_apply(struct config *cfg, const struct msg_setting *s, char *err,
    size_t len)
{
	char				 text[sizeof(s->key) + MSG_VALUE_MAX];
	char				 allowed[CONF_ERR_MAX - 128];
	int				 key = conf_find(s->key);

	if (key != -1 && conf_rows[key].apply != CONF_SET) {
		settable(allowed, sizeof(allowed));
		snprintf(err, len, "%s cannot be set at run time; allowed: %s",
		    s->key, allowed);
		return (-1);
	}
	if (key != -1 && cfg->conf.where[key].origin == CONF_FROM_COMMAND) {
		snprintf(err, len, "%s was fixed on the command line (-D)",
		    s->key);
		return (-1);
	}
	if (key != -1 && s->unset)
		return (0);
	snprintf(text, sizeof(text), "%s=%s", s->key, s->value);
	return (conf_assign(&cfg->conf, text, CONF_FROM_SETTING, err, len));
}

/* "name:line:column: why" of a file that the configuration names. */
static int
file_error(const struct config *cfg, uint32_t line, uint32_t column,
    const char *why, char *err, size_t len)
{
	if (line == 0)
		snprintf(err, len, "%s: %s", cfg->want.name, why);
	else
		snprintf(err, len, "%s:%u:%u: %s", cfg->want.name, line,
		    column, why);
	return (-1);
}

static int
blob_put(struct config *cfg, enum blob_kind kind, const char *name,
    const void *data, size_t size, char *err, size_t len)
{
	cfg->blob_size[kind] = size;
	cfg->blob[kind] = os_blob_make(name, data, size);
	if (cfg->blob[kind] != -1)
		return (0);
	snprintf(err, len, "%s: %s", name, strerror(errno));
	return (-1);
}

static int
keys_take(struct config *cfg, char *text, size_t size, char *err, size_t len)
{
	struct mac_key	*key;
	struct mac_keys	*set;
	uint32_t	 line, column;
	char		 why[CONF_ERR_MAX];
	unsigned int	 n = 0;
	int		 ret = -1;

	key = calloc(MAC_KEYS_MAX, sizeof(*key));
	set = calloc(1, mac_keys_size(MAC_KEYS_MAX));
	if (key == NULL || set == NULL)
		file_error(cfg, 0, 0, "out of memory", err, len);
	else if (keyfile_parse(text, size, key, MAC_KEYS_MAX, &n, &line,
	    &column, why, sizeof(why)) == -1)
		file_error(cfg, line, column, why, err, len);
	else if (n == 0)
		ret = 0;
	else {
		mac_keys_fill(set, key, n);
		ret = blob_put(cfg, BLOB_KEYS, "keys", set, mac_keys_size(n),
		    err, len);
	}
	freezero(key, MAC_KEYS_MAX * sizeof(*key));
	freezero(set, mac_keys_size(MAC_KEYS_MAX));
	return (ret);
}

static int
leap_take(struct config *cfg, char *text, size_t size, char *err, size_t len)
{
	struct leap_table	 table;
	uint32_t		 line, column;
	char			 why[CONF_ERR_MAX];

	if (leap_parse(text, size, &table, &line, &column, why,
	    sizeof(why)) == -1)
		return (file_error(cfg, line, column, why, err, len));
	return (blob_put(cfg, BLOB_LEAP, "leap seconds", &table,
	    sizeof(table), err, len));
}

/* For the parent alone. */
static int
token_take(struct config *cfg, char *text, size_t size, char *err, size_t len)
{
	char	 why[CONF_ERR_MAX];

	if (signed_token_read(text, size, &cfg->token, why, sizeof(why)) == -1)
		return (file_error(cfg, 0, 0, why, err, len));
	return (0);
}

static int
policy_add(void *arg, const struct prefix *prefix)
{
	struct config	*cfg = arg;

	return (policy_build_add(cfg->policy, cfg->want.index, prefix));
}

/* A rule's list of prefixes. */
static int
prefixes_take(struct config *cfg, char *text, size_t size, char *err,
    size_t len)
{
	if (cfg->policy == NULL &&
	    (cfg->policy = policy_build_new()) == NULL)
		return (file_error(cfg, 0, 0, "out of memory", err, len));
	return (prefix_list_parse(cfg->want.name, text, size, policy_add, cfg,
	    err, len));
}

/* The file to ask for is of this kind and has this name; false: none. */
static bool
want(struct config *cfg, enum config_file kind, uint32_t index,
    const char *name)
{
	cfg->want.kind = kind;
	cfg->want.index = index;
	strlcpy(cfg->want.name, name, sizeof(cfg->want.name));
	return (*name != '\0');
}

/* The settings come before all others: they may name those. */
bool
config_next(struct config *cfg)
{
	const struct conf_policy	*policy = &cfg->conf.policy;
	enum config_file		 last = cfg->want.kind;
	char				 name[CONF_TEXT_MAX + 16];
	uint32_t			 i;

	if (last == FILE_KINDS) {		/* none yet */
		snprintf(name, sizeof(name), "%s/settings",
		    cfg->conf.state.text);
		last = FILE_SETTINGS;
		if (want(cfg, last, 0, name))
			return (true);
	}
	if (last == FILE_SETTINGS &&
	    want(cfg, last = FILE_KEYS, 0, cfg->conf.keys_file.text))
		return (true);
	if (last == FILE_KEYS &&
	    want(cfg, last = FILE_LEAP, 0, cfg->conf.leap_file.text))
		return (true);
	if (last == FILE_LEAP &&
	    want(cfg, last = FILE_TOKEN, 0, cfg->conf.web_token_file.text))
		return (true);
	i = last == FILE_POLICY ? cfg->want.index + 1 : 0;
	for (; i < policy->n; i++)
		if (want(cfg, FILE_POLICY, i, policy->rule[i].from_file))
			return (true);
	return (false);
}

/* Each is tried, so that whoever asked hears of all that is wrong. */
static int
settings_done(struct config *cfg, char *err, size_t len)
{
	const struct msg_setting	*s;
	char				 why[CONF_ERR_MAX], *text;
	unsigned int			 i, refused = 0;
	size_t				 key;

	if (cfg->want.kind != FILE_SETTINGS)
		return (0);
	for (i = 0; i < cfg->nsettings; i++) {
		s = &cfg->setting[i];
		if (setting_apply(cfg, s, why, sizeof(why)) == 0)
			continue;
		if (refused++ == 0)
			strlcpy(err, why, len);
		key = strlen(s->key);
		text = strncmp(why, s->key, key) == 0 &&
		    strncmp(why + key, ": ", 2) == 0 ? why + key + 2 : why;
		config_refuse(cfg, s->key, text);
	}
	if (refused > 1)
		snprintf(why, sizeof(why), "; %u more %s refused", refused - 1,
		    refused == 2 ? "is" : "are");
	if (refused > 1)
		strlcat(err, why, len);
	return (refused == 0 ? 0 : -1);
}

int
config_file(struct config *cfg, int fd, char *err, size_t len)
{
	char	*text;
	size_t	 size;
	int	 ret;

	text = config_slurp(fd, cfg->want.name, kinds[cfg->want.kind].max,
	    &size, err, len);
	if (text == NULL)
		return (-1);
	ret = kinds[cfg->want.kind].take(cfg, text, size, err, len);
	freezero(text, size);		/* some hold keys */
	return (ret == -1 ? -1 : settings_done(cfg, err, len));
}

int
config_lacks(struct config *cfg, const struct msg_lack *lack, char *err,
    size_t len)
{
	char	 where[MSG_TEXT_MAX];

	if (cfg->want.kind == FILE_SETTINGS && lack->absent)
		return (settings_done(cfg, err, len));
	where_of(cfg, kinds[cfg->want.kind].key, where, sizeof(where));
	snprintf(err, len, "%.512s: %s: %s", where, cfg->want.name, lack->why);
	return (-1);
}

/* The rules' prefixes, those of the lists among them, as one map. */
int
config_built(struct config *cfg, char *err, size_t len)
{
	const struct conf_policy	*policy = &cfg->conf.policy;
	const struct policy_rule	*rule;
	struct policy_build		*b = cfg->policy;
	void				*image = NULL;
	size_t				 size;
	uint32_t			 i;

	if (policy->n == 0)
		return (0);
	if (b == NULL && (b = policy_build_new()) == NULL)
		goto fail;
	for (i = 0; i < policy->n; i++) {
		rule = &policy->rule[i];
		if ((rule->from_file[0] == '\0' &&
		    policy_build_add(b, i, &rule->from) == -1) ||
		    (policy_rule_final(rule) &&
		    policy_build_final(b, i) == -1))
			goto fail;
	}
	if (policy_build_finish(b, &image, &size) == -1)
		goto fail;
	if (blob_put(cfg, BLOB_POLICY, "policy", image, size, err, len) == -1)
		return (-1);
	free(image);
	return (0);
fail:
	snprintf(err, len, "policy: %s", strerror(errno));
	return (-1);
}
