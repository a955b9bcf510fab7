/* SPDX-License-Identifier: ISC */
/* Interleaved mode: see interleave.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "interleave.h"

#define LEAVES_WITHIN	(UINT64_C(1) << 32)	/* a second */
#define SHUFFLED	(UINT64_C(1) << 12)	/* a microsecond */

void
interleave_request(struct interleave *il, struct client *c, uint16_t epoch,
    const uint8_t *buf)
{
	ntp_ts	 origin = ntp_get64(buf + NTP_OFF_ORIGIN);
	ntp_ts	 receive = ntp_get64(buf + NTP_OFF_RECEIVE);
	ntp_ts	 transmit = ntp_get64(buf + NTP_OFF_TRANSMIT);

	memset(il, 0, sizeof(*il));
	il->origin = transmit;
	/* Symmetric mode interleaves in another way (RFC 9769 3). */
	if ((buf[0] >> 3 & 7) != 4 || (buf[0] & 7) != NTP_MODE_CLIENT)
		return;
	if (origin != 0 && origin == c->saved_receive &&
	    epoch == c->epoch && receive != transmit) {
		c->flags |= CLIENT_INTERLEAVED;
		c->flags &= (uint8_t)~CLIENT_MISSED;
		if (c->saved_transmit != 0) {		/* I1 */
			il->interleaved = true;
			il->origin = receive;
			il->transmit = c->saved_transmit;
			c->saved_transmit = 0;
		}
	} else if ((c->flags & CLIENT_INTERLEAVED) != 0) {
		/* A reply that is lost costs one match, not the mode. */
		if ((c->flags & CLIENT_MISSED) != 0)
			c->flags &= (uint8_t)~(CLIENT_INTERLEAVED |
			    CLIENT_MISSED);
		else
			c->flags |= CLIENT_MISSED;
	}
	il->stamp = (c->flags & CLIENT_INTERLEAVED) != 0;
}

void
interleave_reply(const struct interleave *il, struct client *c, uint16_t epoch,
    uint8_t *buf)
{
	ntp_ts	 receive = ntp_get64(buf + NTP_OFF_RECEIVE);

	/*
	 * I3: else a later request could be taken to mean another reply.
	 * Stamps that are equal, or that the noise below the precision put out
	 * of order, go on from the last one, for that is the only one known.
	 * One that equals the origin or the transmit timestamp would leave the
	 * client in doubt of the mode.
	 */
	if (c->saved_receive != 0 && c->saved_receive - receive < SHUFFLED)
		receive = c->saved_receive + 1;
	while (receive == 0 || receive == il->origin ||
	    (il->interleaved && receive == il->transmit))
		receive++;
	ntp_put64(buf + NTP_OFF_RECEIVE, receive);
	c->saved_receive = receive;
	c->saved_transmit = 0;
	c->epoch = epoch;
	if (il->interleaved) {
		ntp_put64(buf + NTP_OFF_ORIGIN, il->origin);
		ntp_put64(buf + NTP_OFF_TRANSMIT, il->transmit);
	}
}

void
interleave_transmit(const struct client *c, uint8_t *buf)
{
	ntp_ts	 transmit = ntp_get64(buf + NTP_OFF_TRANSMIT);
	ntp_ts	 origin = ntp_get64(buf + NTP_OFF_ORIGIN);

	/* Of this reply, or of a later request in the same batch. */
	if (transmit != c->saved_receive)
		return;
	while (transmit == 0 || transmit == c->saved_receive ||
	    transmit == origin)
		transmit++;
	ntp_put64(buf + NTP_OFF_TRANSMIT, transmit);
}

void
interleave_sent(struct interleave_pending *p, const struct client_key *key,
    uint16_t epoch, const uint8_t *buf)
{
	struct interleave_waiting	*w;

	w = &p->waiting[p->next++ % INTERLEAVE_PENDING];
	w->origin = ntp_get64(buf + NTP_OFF_ORIGIN);
	w->transmit = ntp_get64(buf + NTP_OFF_TRANSMIT);
	w->receive = ntp_get64(buf + NTP_OFF_RECEIVE);
	w->key = *key;
	w->epoch = epoch;
}

/*
 * The one that an NTP packet at the end of some octets is; or NULL.  The
 * transmit timestamp alone would not do: those of a chunk share a reading of
 * the clock.
 */
static struct interleave_waiting *
find(struct interleave_pending *p, const uint8_t *ntp)
{
	ntp_ts		 transmit = ntp_get64(ntp + NTP_OFF_TRANSMIT);
	ntp_ts		 receive = ntp_get64(ntp + NTP_OFF_RECEIVE);
	ntp_ts		 origin = ntp_get64(ntp + NTP_OFF_ORIGIN);
	unsigned int	 i;

	if ((ntp[0] & 7) != NTP_MODE_SERVER || transmit == 0)
		return (NULL);
	for (i = 0; i < INTERLEAVE_PENDING; i++)
		if (p->waiting[i].transmit == transmit &&
		    p->waiting[i].receive == receive &&
		    p->waiting[i].origin == origin)
			return (&p->waiting[i]);
	return (NULL);
}

struct client *
interleave_stamped(struct interleave_pending *p, struct clients *t,
    const uint8_t *packet, size_t len, ntp_ts stamp)
{
	/* What may stand behind the header: the lengths of a MAC (A1). */
	static const uint8_t		 trailers[] = { 0, 20, 24, 36 };
	struct interleave_waiting	*w = NULL, found;
	struct client			*c;
	size_t				 i, need;

	for (i = 0; i < sizeof(trailers) && w == NULL; i++) {
		need = NTP_HEADER_LEN + (size_t)trailers[i];
		if (len >= need)
			w = find(p, packet + len - need);
	}
	if (w == NULL)
		return (NULL);
	found = *w;
	memset(w, 0, sizeof(*w));
	/*
	 * The entry may be another source's by now, the pair that of a later
	 * request, or the clock another one.  A reply does not leave before
	 * its request came, nor long after: that would be a step which has not
	 * been noticed yet.
	 */
	if (found.epoch != t->epoch || stamp == found.receive ||
	    stamp - found.receive >= LEAVES_WITHIN ||
	    (c = clients_find(t, &found.key)) == NULL ||
	    c->saved_receive != found.receive || c->epoch != found.epoch)
		return (NULL);
	c->saved_transmit = stamp == 0 ? 1 : stamp;
	return (c);
}
