/* SPDX-License-Identifier: ISC */
/* The variables of the one association: a mirrored daemon, or the clock. */
#include <sys/types.h>
#include <sys/socket.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mode6_text.h"
#include "mode6_vars.h"
#include "ntp_packet.h"

#define MS		1e3
#define EMPTY_DISP	16.0	/* RFC 5905 7.2: of a sample not taken */

/* RFC 9327 4.2: the fields of the status word */
#define PEER_CONFIG	0x8000
#define PEER_REACH	0x1000
#define PEER_SELECTED	0x0600	/* the system peer */
#define ONE_EVENT	(1 << 4)
#define EVENT_MOBILIZE	1
#define EVENT_UNREACH	3
#define EVENT_SELECTED	10

static void
put_refid(struct mode6_reply *reply, const char *name, const void *base)
{
	const struct mode6_peer	*p = base;

	mode6_vars_refid(reply, name, p->refid, p->refid_text, p->stratum);
}

static void
put_host(struct mode6_reply *reply, const char *name, const void *base)
{
	const struct mode6_peer	*p = base;

	if (p->name[0] != '\0')
		mode6_text_str(reply, name, p->name);
}

/* Always eight: ntpq falls over a single one. */
static void
put_samples(struct mode6_reply *reply, const char *name,
    const struct mode6_peer *p, size_t offset, double empty)
{
	char	 buf[MODE6_SAMPLES * 12] = "";
	double	 d;
	size_t	 i, len = 0;

	for (i = 0; i < MODE6_SAMPLES; i++) {
		d = empty;
		if (i < p->nsamples)
			memcpy(&d, (const char *)&p->sample[i] + offset,
			    sizeof(d));
		if (!(fabs(d) < EMPTY_DISP))	/* NaN, too */
			d = EMPTY_DISP;
		len += (size_t)snprintf(buf + len, sizeof(buf) - len,
		    "%s%.2f", i == 0 ? "" : " ", d * MS);
	}
	mode6_text_word(reply, name, buf);
}

static void
put_delays(struct mode6_reply *reply, const char *name, const void *base)
{
	put_samples(reply, name, base, offsetof(struct mode6_sample, delay),
	    0);
}

static void
put_offsets(struct mode6_reply *reply, const char *name, const void *base)
{
	put_samples(reply, name, base, offsetof(struct mode6_sample, offset),
	    0);
}

static void
put_errors(struct mode6_reply *reply, const char *name, const void *base)
{
	put_samples(reply, name, base,
	    offsetof(struct mode6_sample, dispersion), EMPTY_DISP);
}

#define VAR(name, kind, field)						\
	{ name, kind, true, offsetof(struct mode6_peer, field), NULL, NULL }
#define FIXED(name, value)						\
	{ name, CONST, true, value, NULL, NULL }
#define CALLS(name, call)						\
	{ name, CALL, true, 0, call, NULL }

static const struct mode6_var	peer_vars[] = {
	VAR("srcadr", IP, addr),
	VAR("srcport", PORT, addr),
	CALLS("srchost", put_host),
	VAR("dstadr", IP, local),
	VAR("dstport", PORT, local),
	VAR("leap", U8, leap),
	VAR("stratum", U8, stratum),
	VAR("precision", I8, precision),
	VAR("rootdelay", MS3, root_delay),
	VAR("rootdisp", MS3, root_dispersion),
	CALLS("refid", put_refid),
	VAR("reftime", TS, reference),
	/* ntpq counts its `when' from the last of reftime and rec */
	VAR("rec", TS, receive),
	VAR("xmt", TS, transmit),
	VAR("reach", HEX8, reach),
	VAR("unreach", U32, unreach),
	FIXED("hmode", NTP_MODE_CLIENT),
	FIXED("pmode", NTP_MODE_SERVER),
	VAR("hpoll", U8, poll),
	VAR("ppoll", U8, poll),
	FIXED("headway", 0),
	FIXED("flash", 0),
	FIXED("keyid", 0),
	VAR("offset", MS6, offset),
	VAR("delay", MS6, delay),
	VAR("dispersion", MS6, dispersion),
	VAR("jitter", MS6, jitter),
	CALLS("filtdelay", put_delays),
	CALLS("filtoffset", put_offsets),
	CALLS("filtdisp", put_errors)
};

static const struct mode6_var	clock_vars[] = {
	VAR("device", NAME, name),
	VAR("stratum", U8, stratum),
	CALLS("refid", put_refid),
	VAR("poll", U8, poll)
};

#define NVARS(table)	(sizeof(table) / sizeof((table)[0]))

/*
 * The clock itself, in the manner of ntpd's reference clocks: an address that
 * ntpq takes as the sign of one, and shows the name instead.
 */
static void
clock_as_peer(struct mode6_peer *p, const struct mode6_view *v)
{
	static const uint8_t	 ip[4] = { 127, 127, 1, 0 };

	memset(p, 0, sizeof(*p));
	p->addr.family = AF_INET;
	p->addr.port = 123;
	memcpy(p->addr.ip, ip, sizeof(ip));
	strlcpy(p->name, v->source == MODE6_SOURCE_LOCAL ? "LOCAL(0)" :
	    "SYSTEM(0)", sizeof(p->name));
	p->selected = v->leap != NTP_LEAP_UNSYNC;
	p->leap = v->leap;
	p->stratum = v->stratum;
	if (v->stratum >= 1 && v->stratum < NTP_STRATUM_UNSYNC)
		p->stratum--;		/* whose time we serve is one above */
	memcpy(p->refid, v->refid, sizeof(p->refid));
	p->refid_text = v->refid_text;
	p->reach = p->selected ? 0xff : 0;
	p->poll = v->poll;
	p->precision = v->precision;
	p->root_dispersion = p->dispersion = v->root_dispersion;
	p->root_delay = v->root_delay;
	p->offset = v->offset;
	p->jitter = v->clock_jitter;
	p->reference = p->receive = p->transmit = v->reference;
}

void
mode6_peer_get(struct mode6_peer *p, const struct mode6_view *view)
{
	if (view->peer == NULL)
		clock_as_peer(p, view);
	else
		*p = *view->peer;
	p->name[sizeof(p->name) - 1] = '\0';
}

enum mode6_error
mode6_vars_peer(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_request *r)
{
	struct mode6_peer	 peer;

	mode6_peer_get(&peer, view);
	return (mode6_vars(reply, peer_vars, NVARS(peer_vars), &peer, r));
}

enum mode6_error
mode6_vars_clock(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_request *r)
{
	struct mode6_peer	 peer;

	mode6_peer_get(&peer, view);
	return (mode6_vars(reply, clock_vars, NVARS(clock_vars), &peer, r));
}

uint16_t
mode6_status_peer(const struct mode6_view *view)
{
	struct mode6_peer	 peer;
	unsigned int		 status = PEER_CONFIG | ONE_EVENT;

	mode6_peer_get(&peer, view);
	if (peer.reach != 0)
		status |= PEER_REACH;
	if (peer.selected)
		status |= PEER_SELECTED | EVENT_SELECTED;
	else if (peer.reach == 0 && peer.unreach > 0)
		status |= EVENT_UNREACH;
	else
		status |= EVENT_MOBILIZE;
	return ((uint16_t)status);
}
