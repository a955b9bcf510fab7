/* SPDX-License-Identifier: ISC */
/* Restart back-off: see backoff.h. */

#include <string.h>

#include "backoff.h"

unsigned int
backoff_next(struct backoff *b, uint64_t now, bool crash)
{
	if (!crash)
		return (0);
	if (b->ncrash > 0 && now - b->crash[b->ncrash - 1] >= BACKOFF_RESET)
		memset(b, 0, sizeof(*b));
	if (b->ncrash == BACKOFF_BURST) {
		if (b->delay != 0 || now - b->crash[0] < BACKOFF_WINDOW)
			b->delay = b->delay == 0 ? BACKOFF_FIRST :
			    b->delay >= BACKOFF_MAX / 2 ? BACKOFF_MAX :
			    b->delay * 2;
		memmove(b->crash, b->crash + 1,
		    sizeof(b->crash) - sizeof(b->crash[0]));
		b->ncrash--;
	}
	b->crash[b->ncrash++] = now;
	return (b->delay);
}
