/* SPDX-License-Identifier: ISC */
/*
 * Reads a YAML configuration, by libyaml's events, into a struct conf.  Runs
 * in the one-shot config child only.
 */
#ifndef YAML_CONF_H
#define YAML_CONF_H

#include <stddef.h>

#include "conf.h"

#define YAML_CONF_SIZE_MAX	(1024 * 1024)	/* octets of a file */
#define YAML_CONF_DEPTH_MAX	16

/*
 * Reads buf (len octets) over the values of conf; name stands in errors.
 * 0, or -1 with "name:line:column: what, and what is allowed" in err; conf is
 * then in an unspecified state.
 */
int	yaml_conf_read(struct conf *, const char *, const void *, size_t,
	    char *, size_t);

#endif /* YAML_CONF_H */
