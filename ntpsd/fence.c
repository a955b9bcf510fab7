/* SPDX-License-Identifier: ISC */
/*
 * What the parent itself may still do, once it has bound: write in a few
 * folders, and start nothing but this program.
 */

#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "ntpsd.h"
#include "os.h"
#include "sandbox.h"

static const char *
folder_of(const char *path, char *buf, size_t size)
{
	strlcpy(buf, path, size);
	return (dirname(buf));
}

/* For the life of the parent; -1: `sandbox' wants more than there is. */
int
fence_raise(struct parent *p, char *err, size_t len)
{
	const char	*folder[5];
	char		 control[CONF_TEXT_MAX], layers[256];
	size_t		 n = 0;

	folder[n++] = p->conf.state.text;
	folder[n++] = folder_of(p->conf.control_socket.text, control,
	    sizeof(control));
	if (*p->conf.log_file.text != '\0')
		folder[n++] = folder_of(p->conf.log_file.text, p->log_folder,
		    sizeof(p->log_folder));
	if (*p->conf.web_listen.text == '/')
		folder[n++] = folder_of(p->conf.web_listen.text,
		    p->web_folder, sizeof(p->web_folder));
	folder[n] = NULL;
	p->missing = os_no_new_privs() == -1 ? LAYER_NNP : 0;
	p->missing |= sandbox_enter_parent(folder, p->opt->sandbox);
	if (p->missing == 0 || p->conf.sandbox != SANDBOX_REQUIRED)
		return (0);
	snprintf(err, len, "sandbox: required, but of the parent is %s",
	    msg_layers(p->missing, layers, sizeof(layers)));
	return (-1);
}

/* Whether a file or a socket can be made there: what the start settled. */
bool
fence_admits(const struct parent *p, const char *path)
{
	char	 folder[CONF_TEXT_MAX], control[CONF_TEXT_MAX];

	if ((p->missing & LAYER_PATHS) != 0 || *path != '/')
		return (true);
	folder_of(path, folder, sizeof(folder));
	return (strcmp(folder, p->log_folder) == 0 ||
	    strcmp(folder, p->web_folder) == 0 ||
	    strcmp(folder, p->conf.state.text) == 0 ||
	    strcmp(folder, folder_of(p->conf.control_socket.text, control,
	    sizeof(control))) == 0);
}
