/* SPDX-License-Identifier: ISC */
/*
 * Interleaved mode (RFC 9769) in the engine: the times at which the kernel
 * says that replies left, of those sources alone that ask for them.
 */

#include "engine.h"
#include "os.h"

#define STAMPS_MAX	64	/* read in one turn */
#define STAMPS_RATE	5000	/* asked for in a second */

void
engine_stamp_init(struct engine *e)
{
	limit_set(&e->stamps, STAMPS_RATE, STAMPS_MAX);
}

/*
 * Reply k, of message i, is to be stamped as it leaves.  Each costs about as
 * much as a reply, so there are only so many: who gets none has basic mode.
 */
void
engine_stamp_want(struct engine *e, struct engine_socket *s, unsigned int k,
    unsigned int i)
{
	struct engine_batch	*b = &e->batch;

	if (!limit_take(&e->stamps, &e->stamps_full, b->mono) ||
	    (!s->stamps && os_udp_stamps(s->fd) == -1))
		return;
	s->stamps = true;
	os_tx_stamp(&b->send[k].msg_hdr, b->control[i]);
	interleave_sent(&e->pending, &b->key[i], e->clients.epoch,
	    b->answer[i]);
	b->stamps = true;
}

/*
 * Takes what the kernel has given back.  Also what a predecessor asked for and
 * nobody waits for: it would fill the socket's buffer and keep us awake.
 */
void
engine_stamp_read(struct engine *e, struct engine_socket *s)
{
	struct timespec	 left;
	uint8_t		 packet[PAGE_STRIDE];
	ssize_t		 n;
	unsigned int	 i;

	for (i = 0; i < STAMPS_MAX; i++) {
		n = os_tx_stamp_read(s->fd, packet, sizeof(packet), &left);
		if (n == -1)
			return;
		if (n > 0)
			(void)interleave_stamped(&e->pending, &e->clients,
			    packet, (size_t)n, clock_smear(&e->clock,
			    ntp_ts_from_timespec(&left)));
	}
}
