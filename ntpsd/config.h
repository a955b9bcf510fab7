/* SPDX-License-Identifier: ISC */
/*
 * The one-shot config child.  config.c talks to the parent and reads the
 * configuration; config_files.c reads the files that it names, one after the
 * other, and builds what the engines get of them.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stddef.h>

#include "child.h"
#include "conf.h"
#include "policy_map.h"

struct config {
	struct child		 child;
	struct conf		 conf;
	int			 fd;		/* the file; -1: none */
	char			 name[MSG_TEXT_MAX];
	char			*override[CONF_OVERRIDES_MAX];
	unsigned int		 noverrides;
	struct msg_setting	 setting[MSG_SETTINGS_MAX];
	unsigned int		 nsettings;	/* of ntpsctl set and unset */
	struct signed_token	 token;		/* for requests over HTTP */
	struct msg_want		 want;		/* the file asked for */
	struct policy_build	*policy;	/* NULL: no rules yet */
	int			 blob[BLOB_KINDS];	/* -1: none */
	size_t			 blob_size[BLOB_KINDS];
};

/*
 * config_slurp: reads a file of at most max octets whole, with a NUL behind
 *	them, to be freed; NULL with err, which names it.  Closes fd.
 * config_next: the file to ask for after cfg->want; false when there is none.
 * config_file: takes the file that was asked for, closes fd.  -1 with err.
 * config_refuse: tells the parent of a setting that is not made, and why.
 * config_lacks: the file could not be opened.  -1 with err when that matters.
 * config_built: all files are there.  -1 with err.
 */
char	*config_slurp(int, const char *, size_t, size_t *, char *, size_t);
bool	 config_next(struct config *);
int	 config_file(struct config *, int, char *, size_t);
void	 config_refuse(struct config *, const char *, const char *);
int	 config_lacks(struct config *, const struct msg_lack *, char *,
	    size_t);
int	 config_built(struct config *, char *, size_t);

#endif /* CONFIG_H */
