/* SPDX-License-Identifier: ISC */
/*
 * The one-shot config child: parses what an operator wrote, far from the
 * parent's privileges, and sends typed items or one error.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "yaml_conf.h"

/* All of it or nothing: with a rule left out it would be another one. */
static void
config_tell(struct config *cfg, enum msg_type type, int fd, const void *data)
{
	if (imsgev_send(&cfg->child.parent, type, 0, fd, data) == -1)
		fatal("the parent's channel");
}

static void
config_fail(struct config *cfg, const struct msg_text *error)
{
	config_tell(cfg, MSG_CONFIG_ERROR, -1, error);
	child_leave(&cfg->child);
}

static int
config_read(struct config *cfg, char *err, size_t len)
{
	char		 why[CONF_ERR_MAX], *text;
	size_t		 size;
	unsigned int	 i;
	int		 ret;

	if (cfg->fd != -1) {
		text = config_slurp(cfg->fd, cfg->name, YAML_CONF_SIZE_MAX,
		    &size, err, len);
		cfg->fd = -1;
		if (text == NULL)
			return (-1);
		ret = yaml_conf_read(&cfg->conf, cfg->name, text, size, err,
		    len);
		free(text);
		if (ret == -1)
			return (-1);
	}
	for (i = 0; i < cfg->noverrides; i++)
		if (conf_override(&cfg->conf, cfg->override[i], why,
		    sizeof(why)) == -1) {
			snprintf(err, len, "-D %s: %s", cfg->override[i], why);
			return (-1);
		}
	return (0);
}

void
config_refuse(struct config *cfg, const char *key, const char *why)
{
	struct msg_refused	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.key, key, sizeof(m.key));
	strlcpy(m.why, why, sizeof(m.why));
	config_tell(cfg, MSG_REFUSED, -1, &m);
}

static void
config_send(struct config *cfg)
{
	struct msg_generation	 end;
	struct msg_blob		 blob;
	struct conf_item	 item;
	uint32_t		 key, i;

	for (key = 0; key < CONF_NKEYS; key++)
		for (i = 0; conf_item_get(&cfg->conf, (enum conf_key)key, i,
		    &item); i++)
			config_tell(cfg, MSG_CONFIG_ITEM, -1, &item);
	for (i = 0; i < BLOB_KINDS; i++) {
		if (cfg->blob[i] == -1)
			continue;
		memset(&blob, 0, sizeof(blob));
		blob.kind = i;
		blob.size = cfg->blob_size[i];
		config_tell(cfg, MSG_CONFIG_BLOB, cfg->blob[i], &blob);
		cfg->blob[i] = -1;
	}
	if (cfg->token.len > 0)
		config_tell(cfg, MSG_CONFIG_TOKEN, -1, &cfg->token);
	signed_token_forget(&cfg->token);
	memset(&end, 0, sizeof(end));
	config_tell(cfg, MSG_CONFIG_END, -1, &end);
	child_leave(&cfg->child);
}

/* Asks for the next file, or sends what there is when all have come. */
static void
config_step(struct config *cfg)
{
	enum conf_key	 key;
	struct msg_text	 error;
	char		 why[CONF_ERR_MAX];

	if (config_next(cfg)) {
		config_tell(cfg, MSG_CONFIG_WANT, -1, &cfg->want);
		return;
	}
	memset(&error, 0, sizeof(error));
	/* Also what the file's own check cannot see: more came after it. */
	if (conf_check(&cfg->conf, &key, why, sizeof(why)) == -1) {
		if (cfg->nsettings > 0)
			config_refuse(cfg, conf_rows[key].path, why);
		snprintf(error.text, sizeof(error.text), "%s: %s",
		    conf_rows[key].path, why);
		config_fail(cfg, &error);
	} else if (config_built(cfg, error.text, sizeof(error.text)) == -1)
		config_fail(cfg, &error);
	else
		config_send(cfg);
}

static void
config_parse(struct config *cfg)
{
	struct msg_text	 error;

	memset(&error, 0, sizeof(error));
	if (config_read(cfg, error.text, sizeof(error.text)) == -1)
		config_fail(cfg, &error);
	else
		config_step(cfg);
}

/* The answer to CONFIG_WANT: a descriptor, or why there is none. */
static void
config_answer(struct config *cfg, int fd, const struct msg_lack *lack)
{
	struct msg_text	 error;
	int		 ret;

	memset(&error, 0, sizeof(error));
	ret = lack != NULL ?
	    config_lacks(cfg, lack, error.text, sizeof(error.text)) :
	    config_file(cfg, fd, error.text, sizeof(error.text));
	if (ret == -1)
		config_fail(cfg, &error);
	else
		config_step(cfg);
}

static void
config_from_parent(struct imsgev *iev, struct imsg *imsg,
    const union msg_payload *p, void *arg)
{
	struct config	*cfg = arg;

	(void)iev;
	switch (imsg_get_type(imsg)) {
	case MSG_CONFIG_FILE:
		cfg->fd = imsg_get_fd(imsg);
		strlcpy(cfg->name, p->CONFIG_FILE.name, sizeof(cfg->name));
		break;
	case MSG_CONFIG_OVERRIDE:
		if (cfg->noverrides == CONF_OVERRIDES_MAX)
			fatalx("too many overrides");
		if ((cfg->override[cfg->noverrides++] =
		    strdup(p->CONFIG_OVERRIDE.text)) == NULL)
			fatal("override");
		break;
	case MSG_CONFIG_SETTING:
		if (cfg->nsettings == MSG_SETTINGS_MAX)
			fatalx("too many settings");
		cfg->setting[cfg->nsettings++] = p->CONFIG_SETTING;
		break;
	case MSG_CONFIG_PARSE:
		config_parse(cfg);
		break;
	case MSG_CONFIG_GIVE:
		config_answer(cfg, imsg_get_fd(imsg), NULL);
		break;
	case MSG_CONFIG_LACK:
		config_answer(cfg, -1, &p->CONFIG_LACK);
		break;
	case MSG_SHUTDOWN:
		child_leave(&cfg->child);
		break;
	default:
		fatalx("%s: %s", __func__, msg_name(imsg_get_type(imsg)));
	}
}

void
config_main(const struct child_args *args)
{
	static struct config	 cfg;
	unsigned int		 i;

	cfg.fd = -1;
	cfg.want.kind = FILE_KINDS;
	for (i = 0; i < BLOB_KINDS; i++)
		cfg.blob[i] = -1;
	conf_init(&cfg.conf);
	child_start(&cfg.child, args, config_from_parent, &cfg);
	child_run(&cfg.child);
	exit(0);
}
