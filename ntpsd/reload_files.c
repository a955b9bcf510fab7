/* SPDX-License-Identifier: ISC */
/*
 * What goes with a configuration: the files that it names, which the parent
 * opens for the config child; what that child built of them, which goes to the
 * engines unseen; and the file that keeps what was set at run time.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"
#include "os.h"

#define WANTS_MAX	512	/* of one reading */
#define SETTINGS	"settings"
#define SETTINGS_NEW	"settings.new"

/* Files */

/* What is wrong with a file that is open, or NULL. */
static const char *
file_unfit(int fd, enum config_file kind)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return (strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ("is no regular file");
	if ((kind == FILE_KEYS || kind == FILE_TOKEN) &&
	    (st.st_mode & 027) != 0)
		return ("others can read it, or its group can write it; "
		    "allowed: mode 0640 or less");
	if (kind == FILE_SETTINGS && (st.st_mode & 022) != 0)
		return ("others can write it; allowed: mode 0644 or less");
	return (NULL);
}

/* The config child asks for a file that the configuration names. */
void
files_give(struct proc *proc, const struct msg_want *want)
{
	struct parent	*p = proc->parent;
	struct msg_lack	 lack;
	const char	*why;
	int		 fd;

	if (p->op.wants++ == WANTS_MAX || want->name[0] != '/') {
		proc_kill(proc, "asked for too many files");
		return;
	}
	memset(&lack, 0, sizeof(lack));
	fd = open(want->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1) {
		lack.absent = errno == ENOENT;
		why = strerror(errno);
	} else
		why = file_unfit(fd, (enum config_file)want->kind);
	if (why == NULL) {
		proc_send(proc, MSG_CONFIG_GIVE, 0, fd, want);
		return;
	}
	if (fd != -1)
		close(fd);
	strlcpy(lack.why, why, sizeof(lack.why));
	proc_send(proc, MSG_CONFIG_LACK, 0, -1, &lack);
}

/* Settings */

/* While we still may: the folder of the default, if it is missing. */
void
settings_prepare(struct parent *p)
{
	if (p->root && p->conf.where[CONF_state].origin == CONF_FROM_DEFAULT)
		mkdir(p->conf.state.text, 0755);
}

static int
settings_fill(int fd, const struct conf *conf)
{
	/* a list of listeners is the longest: shown, each has its port */
	char		 value[CONF_LISTEN_MAX * (ADDR_STRLEN + 1)];
	unsigned int	 key;

	if (dprintf(fd, "# Written by ntpsd; `ntpsctl set' and `unset' change "
	    "it.\n") < 0)
		return (-1);
	for (key = 0; key < CONF_NKEYS; key++)
		if (conf->where[key].origin == CONF_FROM_SETTING &&
		    dprintf(fd, "%s=%s\n", conf_rows[key].path,
		    conf_format(conf, key, value, sizeof(value))) < 0)
			return (-1);
	return (fsync(fd));
}

/* All of them anew: the old file stays whole until the new one is. */
int
settings_write(struct parent *p, const struct conf *conf, char *err,
    size_t len)
{
	const char	*folder = p->conf.state.text;
	int		 dir, fd = -1, ret = -1;

	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		goto done;
	if (unlinkat(dir, SETTINGS_NEW, 0) == -1 && errno != ENOENT)
		goto done;
	fd = openat(dir, SETTINGS_NEW, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1 || settings_fill(fd, conf) == -1 ||
	    renameat(dir, SETTINGS_NEW, dir, SETTINGS) == -1)
		goto done;
	(void)fsync(dir);
	ret = 0;
done:
	if (ret == -1)
		snprintf(err, len, "state: a setting cannot be kept in %s: %s",
		    folder, strerror(errno));
	if (fd != -1)
		close(fd);
	if (dir != -1)
		close(dir);
	return (ret);
}

/* Blobs */

void
blobs_init(struct blobs *b)
{
	unsigned int	 i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < BLOB_KINDS; i++)
		b->fd[i] = -1;
}

void
blobs_close(struct blobs *b)
{
	unsigned int	 i;

	for (i = 0; i < BLOB_KINDS; i++)
		if (b->fd[i] != -1)
			close(b->fd[i]);
	blobs_init(b);
}

void
blobs_move(struct blobs *to, struct blobs *from)
{
	blobs_close(to);
	*to = *from;
	blobs_init(from);
}

/* From the config child; fd is taken over.  -1: it is not what it says. */
int
blobs_take(struct blobs *b, int fd, const struct msg_blob *m)
{
	if (b->fd[m->kind] != -1 ||
	    os_blob_size(fd, BLOB_MAX) != (ssize_t)m->size) {
		close(fd);
		return (-1);
	}
	b->fd[m->kind] = fd;
	b->size[m->kind] = m->size;
	return (0);
}

void
blobs_send(struct proc *proc, const struct blobs *b)
{
	struct msg_blob	 m;
	unsigned int	 i;

	for (i = 0; i < BLOB_KINDS; i++) {
		if (b->fd[i] == -1)
			continue;
		memset(&m, 0, sizeof(m));
		m.kind = i;
		m.size = b->size[i];
		proc_send_fd(proc, MSG_CONFIG_BLOB, b->fd[i], &m);
	}
}
