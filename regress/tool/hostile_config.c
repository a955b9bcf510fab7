/* SPDX-License-Identifier: ISC */
/* What a config child can do wrong: files, and what it makes of them. */

#include <string.h>

#include "hostile.h"
#include "os.h"

static void
want_many(void)
{
	struct msg_want	 m;
	unsigned int	 i;

	memset(&m, 0, sizeof(m));
	m.kind = FILE_POLICY;
	strlcpy(m.name, "/proc/self/exe", sizeof(m.name));
	for (i = 0; i < 1000; i++)
		put_good(MSG_CONFIG_WANT, &m);
}

static void
want_relative(void)
{
	struct msg_want	 m;

	memset(&m, 0, sizeof(m));
	m.kind = FILE_POLICY;
	strlcpy(m.name, "../../etc/passwd", sizeof(m.name));
	put_good(MSG_CONFIG_WANT, &m);
}

static void
put_blob(int fd, uint64_t size)
{
	struct msg_blob	 m;

	memset(&m, 0, sizeof(m));
	m.kind = BLOB_POLICY;
	m.size = size;
	put(MSG_CONFIG_BLOB, (sizeof(struct imsg_hdr) + sizeof(m)) | FD_MARK,
	    &m, sizeof(m), &fd, 1);
}

/* Could change after it was looked at. */
static void
blob_unsealed(void)
{
	put_blob(os_memory("blob", 4096), 4096);
}

static void
blob_size(void)
{
	put_blob(os_blob_make("blob", "rubbish", 7), 8);
}

static void
blob_twice(void)
{
	put_blob(os_blob_make("blob", "rubbish", 7), 7);
	put_blob(os_blob_make("blob", "rubbish", 7), 7);
}

const struct crime	 config_crimes[] = {
	{ "want_many", AT_WORK, want_many },
	{ "want_relative", AT_WORK, want_relative },
	{ "blob_unsealed", AT_WORK, blob_unsealed },
	{ "blob_size", AT_WORK, blob_size },
	{ "blob_twice", AT_WORK, blob_twice },
	{ NULL, AT_WORK, NULL }
};
