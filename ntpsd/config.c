/* SPDX-License-Identifier: ISC */
/*
 * The one-shot config child: parses what an operator wrote, far from the
 * parent's privileges, and sends typed items or one error.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "conf.h"
#include "log.h"
#include "yaml_conf.h"

struct config {
	struct child	 child;
	struct conf	 conf;
	int		 fd;
	char		 name[MSG_TEXT_MAX];
	char		*override[CONF_OVERRIDES_MAX];
	unsigned int	 noverrides;
	char		*text;			/* the file's */
	size_t		 len;
};

/* Reads the file whole; one octet past the limit is enough to tell. */
static int
config_slurp(struct config *cfg, char *err, size_t len)
{
	ssize_t	 n;

	if ((cfg->text = malloc(YAML_CONF_SIZE_MAX + 1)) == NULL) {
		snprintf(err, len, "%.256s: out of memory", cfg->name);
		return (-1);
	}
	while (cfg->len <= YAML_CONF_SIZE_MAX) {
		n = read(cfg->fd, cfg->text + cfg->len,
		    YAML_CONF_SIZE_MAX + 1 - cfg->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			snprintf(err, len, "%.256s: %s", cfg->name,
			    strerror(errno));
			return (-1);
		}
		if (n == 0)
			return (0);
		cfg->len += (size_t)n;
	}
	snprintf(err, len, "%.256s: larger than %d octets", cfg->name,
	    YAML_CONF_SIZE_MAX);
	return (-1);
}

static int
config_read(struct config *cfg, char *err, size_t len)
{
	enum conf_key	 key;
	char		 why[CONF_ERR_MAX];
	unsigned int	 i;

	if (cfg->fd != -1 && (config_slurp(cfg, err, len) == -1 ||
	    yaml_conf_read(&cfg->conf, cfg->name, cfg->text, cfg->len, err,
	    len) == -1))
		return (-1);
	for (i = 0; i < cfg->noverrides; i++)
		if (conf_override(&cfg->conf, cfg->override[i], why,
		    sizeof(why)) == -1) {
			snprintf(err, len, "-D %s: %s", cfg->override[i], why);
			return (-1);
		}
	/* Also what the file's own check cannot see: overrides came after. */
	if (conf_check(&cfg->conf, &key, why, sizeof(why)) == -1) {
		snprintf(err, len, "%s: %s", conf_rows[key].path, why);
		return (-1);
	}
	return (0);
}

static void
config_parse(struct config *cfg)
{
	struct imsgev		*parent = &cfg->child.parent;
	struct msg_generation	 end;
	struct msg_text		 error;
	struct conf_item	 item;
	uint32_t		 key, i;

	memset(&error, 0, sizeof(error));
	memset(&end, 0, sizeof(end));
	if (config_read(cfg, error.text, sizeof(error.text)) == -1) {
		imsgev_send(parent, MSG_CONFIG_ERROR, 0, -1, &error);
		child_leave(&cfg->child);
		return;
	}
	for (key = 0; key < CONF_NKEYS; key++)
		for (i = 0; conf_item_get(&cfg->conf, (enum conf_key)key, i,
		    &item); i++)
			imsgev_send(parent, MSG_CONFIG_ITEM, 0, -1, &item);
	imsgev_send(parent, MSG_CONFIG_END, 0, -1, &end);
	child_leave(&cfg->child);
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
		if (cfg->noverrides == CONF_OVERRIDES_MAX || (cfg->override[
		    cfg->noverrides++] = strdup(p->CONFIG_OVERRIDE.text)) ==
		    NULL)
			fatalx("too many overrides");
		break;
	case MSG_CONFIG_PARSE:
		config_parse(cfg);
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

	cfg.fd = -1;
	conf_init(&cfg.conf);
	child_start(&cfg.child, args, config_from_parent, &cfg);
	child_run(&cfg.child);
	exit(0);
}
