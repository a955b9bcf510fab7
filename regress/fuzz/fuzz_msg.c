/* SPDX-License-Identifier: ISC */
/*
 * Any type and payload through the gate.  What passes is used as a handler
 * would: text as strings, enums as indices.
 */

#include <stdlib.h>
#include <string.h>

#include "imsg.h"
#include "msg.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define TEXT(s) do {							\
	if (strnlen((s), sizeof(s)) == sizeof(s))			\
		abort();						\
} while (0)

static void
use(uint32_t type, const union msg_payload *p)
{
	switch (type) {
	case MSG_LOG:
		TEXT(p->LOG.text);
		break;
	case MSG_CONFIG_FILE:
		TEXT(p->CONFIG_FILE.name);
		break;
	case MSG_CONFIG_OVERRIDE:
	case MSG_CONFIG_ERROR:
		TEXT(p->CONFIG_ERROR.text);
		break;
	case MSG_CONFIG_ITEM:
	case MSG_CONFIG_VALUE:
		if (conf_rows[p->CONFIG_ITEM.key].type == CONF_PATH)
			TEXT(p->CONFIG_ITEM.v.text);
		break;
	case MSG_STATUS:
		TEXT(p->STATUS.version);
		TEXT(p->STATUS.file);
		break;
	case MSG_PROCESS:
		TEXT(p->PROCESS.last_death);
		if (*proc_name(p->PROCESS.proc) == 'u' ||
		    p->PROCESS.slot >= MSG_SLOTS_MAX)
			abort();
		break;
	case MSG_SOCKET:
		TEXT(p->SOCKET.ifname);
		break;
	case MSG_RESULT:
		TEXT(p->RESULT.text);
		break;
	case MSG_STATS:
		TEXT(p->STATS.clock.why);
		if (!(p->STATS.clock.root_delay >= 0))
			abort();
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	union msg_payload	*p;
	struct imsg		 imsg;
	size_t			 size;
	unsigned int		 from, to, verdict;

	if (len < 2)
		return (0);
	memset(&imsg, 0, sizeof(imsg));
	imsg.hdr.type = data[0] % (MSG_COUNT + 1);
	imsg.fd = data[1] & 1 ? 0 : -1;
	/* Else a fuzzer would seldom find a length that fits. */
	size = data[1] & 2 ? len - 2 : msg_size(imsg.hdr.type);
	imsg.hdr.len = (uint32_t)(IMSG_HEADER_SIZE + size);
	if ((imsg.data = calloc(1, size + 1)) == NULL ||
	    (p = malloc(sizeof(*p))) == NULL)
		abort();
	memcpy(imsg.data, data + 2, len - 2 < size ? len - 2 : size);
	for (from = 0; from <= PROC_COUNT; from++)
		for (to = 0; to <= PROC_COUNT; to++) {
			verdict = msg_check(&imsg, from, to, p);
			if (verdict > MSG_BAD_CONTENT)
				abort();
			if (verdict == MSG_OK)
				use(imsg.hdr.type, p);
		}
	free(p);
	free(imsg.data);
	return (0);
}
