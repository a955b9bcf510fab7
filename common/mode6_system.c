/* SPDX-License-Identifier: ISC */
/* The system's variables in control messages. */
#include <string.h>

#include "mode6_text.h"
#include "mode6_vars.h"
#include "ntp_packet.h"

#define MS		1e3
#define KILO		1024

/* RFC 9327 4.1: events of the status word */
#define ONE_EVENT	(1 << 4)
#define EVENT_SYNC	5
#define EVENT_RESTART	6

/* What is summed up for ntpq's `sysstats' and `monstats'. */
static uint64_t
uptime(const struct mode6_view *v)
{
	return (v->uptime);
}

static uint64_t
received(const struct mode6_view *v)
{
	return (v->counters.received);
}

static uint64_t
this_version(const struct mode6_view *v)
{
	return (v->counters.v4);
}

static uint64_t
old_versions(const struct mode6_view *v)
{
	return (v->counters.v1 + v->counters.v2 + v->counters.v3);
}

static uint64_t
version1(const struct mode6_view *v)
{
	return (v->counters.v1);
}

static uint64_t
bad_format(const struct mode6_view *v)
{
	return (v->counters.drop_malformed);
}

static uint64_t
kods(const struct mode6_view *v)
{
	return (v->counters.kod_rate + v->counters.kod_deny +
	    v->counters.kod_rstr);
}

static uint64_t
bad_auth(const struct mode6_view *v)
{
	return (v->counters.drop_auth);
}

static uint64_t
declined(const struct mode6_view *v)
{
	return (v->counters.drop_version + v->counters.drop_mode);
}

static uint64_t
restricted(const struct mode6_view *v)
{
	return (v->counters.drop_source + v->counters.drop_destination +
	    v->counters.drop_policy);
}

static uint64_t
limited(const struct mode6_view *v)
{
	return (v->counters.drop_ratelimit);
}

static uint64_t
none(const struct mode6_view *v)
{
	(void)v;
	return (0);
}

static uint64_t
processed(const struct mode6_view *v)
{
	return (v->counters.answered);
}

static uint64_t
evictions(const struct mode6_view *v)
{
	return (v->counters.evictions);
}

static uint64_t
kilobytes(const struct mode6_view *v)
{
	return (v->mru_mem / KILO);
}

static uint64_t
max_kilobytes(const struct mode6_view *v)
{
	return (v->mru_max_mem / KILO);
}

static uint64_t
mru_enabled(const struct mode6_view *v)
{
	return (v->mru_max > 0);
}

static void
put_refid(struct mode6_reply *reply, const char *name, const void *base)
{
	const struct mode6_view	*v = base;

	mode6_vars_refid(reply, name, v->refid, v->refid_text, v->stratum);
}

static void
put_root_distance(struct mode6_reply *reply, const char *name,
    const void *base)
{
	const struct mode6_view	*v = base;

	mode6_text_real(reply, name, (v->root_delay / 2 +
	    v->root_dispersion) * MS, 3);
}

static void
put_peer_id(struct mode6_reply *reply, const char *name, const void *base)
{
	struct mode6_peer	 peer;

	mode6_peer_get(&peer, base);
	mode6_text_u64(reply, name, peer.selected ? MODE6_ASSOCIATION : 0);
}

static void
put_peer_addr(struct mode6_reply *reply, const char *name, const void *base)
{
	struct mode6_peer	 peer;

	mode6_peer_get(&peer, base);
	mode6_text_addr(reply, name, &peer.addr);
}

static void
put_peer_mode(struct mode6_reply *reply, const char *name, const void *base)
{
	struct mode6_peer	 peer;

	mode6_peer_get(&peer, base);
	mode6_text_u64(reply, name, peer.selected ? NTP_MODE_CLIENT : 0);
}

static void
put_tai(struct mode6_reply *reply, const char *name, const void *base)
{
	const struct mode6_view	*v = base;

	if (v->tai != 0)
		mode6_text_u64(reply, name, v->tai);
}

static void
put_oldest(struct mode6_reply *reply, const char *name, const void *base)
{
	const struct mode6_view	*v = base;
	double			 age = 0;

	if (v->nrows > 0)
		age = ntp_ts_diff(v->now, v->row[0].last);
	mode6_text_u64(reply, name, age > 0 ? (uint64_t)age : 0);
}

#define VAR(name, kind, usual, field)					\
	{ name, kind, usual, offsetof(struct mode6_view, field), NULL, NULL }
#define CALLS(name, usual, call)					\
	{ name, CALL, usual, 0, call, NULL }
#define SUMS(name, sum)							\
	{ name, SUM, false, 0, NULL, sum }
/* ntpq wants these since a reset and since the start: the same here */
#define STAT(name, sum)		SUMS(name, sum), SUMS(name "_r", sum)
#define UNKNOWN(name)		{ name, ABSENT, false, 0, NULL, NULL }

static const struct mode6_var	system_vars[] = {
	VAR("leap", U8, true, leap),
	VAR("stratum", U8, true, stratum),
	VAR("precision", I8, true, precision),
	VAR("rootdelay", MS3, true, root_delay),
	VAR("rootdisp", MS3, true, root_dispersion),
	CALLS("rootdist", true, put_root_distance),
	CALLS("refid", true, put_refid),
	VAR("reftime", TS, true, reference),
	VAR("clock", TS, true, now),
	CALLS("peer", true, put_peer_id),
	VAR("tc", U8, true, poll),
	VAR("mintc", U8, true, min_poll),
	VAR("offset", MS6, true, offset),
	VAR("frequency", PPM3, true, frequency),
	VAR("sys_jitter", MS6, true, system_jitter),
	VAR("clk_jitter", MS6, true, clock_jitter),
	VAR("clk_wander", PPM6, true, wander),
	VAR("version", TEXT, true, version),
	VAR("processor", TEXT, true, processor),
	VAR("system", TEXT, true, system),
	CALLS("tai", true, put_tai),
	CALLS("peeradr", false, put_peer_addr),
	CALLS("peermode", false, put_peer_mode),
	UNKNOWN("leapsec"),
	UNKNOWN("expire"),
	UNKNOWN("authdelay"),

	VAR("ss_uptime", U64, false, uptime),
	VAR("ss_numctlreq", U64, false, requests),
	STAT("ss_reset", uptime),
	STAT("ss_received", received),
	STAT("ss_thisver", this_version),
	STAT("ss_oldver", old_versions),
	STAT("ss_ver1", version1),
	UNKNOWN("ss_ver1client"), UNKNOWN("ss_ver1client_r"),
	UNKNOWN("ss_ver1zero"), UNKNOWN("ss_ver1zero_r"),
	UNKNOWN("ss_ver1symm"), UNKNOWN("ss_ver1symm_r"),
	STAT("ss_badformat", bad_format),
	STAT("ss_badauth", bad_auth),
	STAT("ss_declined", declined),
	STAT("ss_restricted", restricted),
	STAT("ss_limited", limited),
	STAT("ss_kodsent", kods),
	STAT("ss_processed", processed),

	SUMS("mru_enabled", mru_enabled),
	UNKNOWN("mru_hashslots"),
	VAR("mru_depth", U64, false, mru_depth),
	VAR("mru_deepest", U64, false, mru_deepest),
	VAR("mru_maxdepth", U64, false, mru_max),
	VAR("mru_mindepth", U64, false, mru_max),
	/* a source leaves when another takes its place, however old */
	SUMS("mru_maxage", none),
	SUMS("mru_minage", none),
	SUMS("mru_mem", kilobytes),
	SUMS("mru_maxmem", max_kilobytes),
	UNKNOWN("mru_exists"),
	UNKNOWN("mru_new"),
	SUMS("mru_recycleold", evictions),
	UNKNOWN("mru_recyclefull"),
	UNKNOWN("mru_none"),
	CALLS("mru_oldest_age", false, put_oldest)
};

#define NVARS	(sizeof(system_vars) / sizeof(system_vars[0]))

_Static_assert(NVARS <= MODE6_VARS_MAX, "MODE6_VARS_MAX");

enum mode6_error
mode6_vars_system(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_request *r)
{
	return (mode6_vars(reply, system_vars, NVARS, view, r));
}

uint16_t
mode6_status_system(const struct mode6_view *view)
{
	unsigned int	 source = view->source, event = EVENT_SYNC;

	if (view->leap == NTP_LEAP_UNSYNC) {
		source = MODE6_SOURCE_NONE;
		event = EVENT_RESTART;
	}
	return ((uint16_t)((view->leap & 3U) << 14 | (source & 0x3f) << 8 |
	    ONE_EVENT | event));
}
