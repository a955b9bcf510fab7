/* SPDX-License-Identifier: ISC */
/*
 * The times at which the kernel says that replies left: of those sources that
 * ask for them, in interleaved mode (RFC 9769), and of some replies from which
 * it is learnt when the others leave.
 */

#include "engine.h"
#include "os.h"

#define STAMPS_MAX	64	/* read in one turn */
#define STAMPS_RATE	5000	/* asked for in a second */
#define STAMPS_LOOKS	8	/* for one, by batches after it was sent */

void
engine_stamp_init(struct engine *e)
{
	limit_set(&e->stamps, STAMPS_RATE, STAMPS_MAX);
}

/*
 * Reply k of the batch, i of a call, is to be stamped as it leaves.  Each costs
 * about as much as a reply, so there are only so many: a source that gets none
 * has basic mode.
 */
void
engine_stamp_want(struct engine *e, struct engine_socket *s,
    const struct departure_call *call, unsigned int k, unsigned int i)
{
	struct engine_batch	*b = &e->batch;
	unsigned int		 m = b->reply[k];
	bool			 source;

	source = b->interleave[m].stamp &&
	    limit_take(&e->stamps, &e->stamps_full, b->mono);
	if ((!source && i != call->sample) ||
	    os_tx_stamp(&b->send[k].msg_hdr, b->control[m]) == -1)
		return;
	s->due = STAMPS_LOOKS;
	if (source)
		interleave_sent(&e->pending, &b->key[m], e->clients.epoch,
		    b->answer[m]);
	departure_sent(&e->departure, call, i, b->answer[m],
	    b->iov[m].iov_len);
}

/*
 * Takes what the kernel has given back.  Also what a predecessor asked for and
 * nobody waits for: it would fill the socket's buffer and keep us awake.  A
 * driver may stamp a reply some time after it was sent, so batches look for it
 * until it is there, and not for ever.
 */
void
engine_stamp_read(struct engine *e, struct engine_socket *s)
{
	struct timespec	 left;
	ntp_ts		 ts;
	uint8_t		 packet[PAGE_STRIDE];
	ssize_t		 n;
	unsigned int	 i;

	for (i = 0; i < STAMPS_MAX; i++) {
		n = os_tx_stamp_read(s->fd, packet, sizeof(packet), &left);
		if (n == -1)
			break;
		if (n == 0)
			continue;
		ts = ntp_ts_from_timespec(&left);
		(void)departure_stamped(&e->departure, packet, (size_t)n, ts);
		(void)interleave_stamped(&e->pending, &e->clients, packet,
		    (size_t)n, clock_smear(&e->clock, ts));
	}
	s->due = i == 0 && s->due > 0 ? s->due - 1 : 0;
}
