/* SPDX-License-Identifier: ISC */
/*
 * The state of the clock that replies are made from.  Spans between times are
 * doubles throughout, so that no step of the clock can overflow anything.
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "clock_leap.h"

#define MAX_DISPERSION	16.0	/* RFC 5905 7.2: MAXDISP, as good as unknown */
#define PRECISION_MIN	(-32)
#define PRECISION_MAX	(-6)
#define UPDATE_SPAN	1.0	/* seconds until the next clock_update */
#define DAY		86400
#define KERNEL_PHI	500e-6	/* Linux: growth of its error, s/s */
#define SLACK		2.0	/* seconds between looks that prove nothing */
#define NS_PER_S	1000000000

static double	 span(const struct timespec *, const struct timespec *);
static double	 resolution(const struct clock_state *);
static uint8_t	 kernel_leap(const struct clock_kernel *);
static void	 set_unsync(struct clock_state *, const char *);
static void	 set_synced(struct clock_state *);
static void	 check_distance(struct clock_state *);
static void	 update_system(struct clock_state *, const struct timespec *,
		    const struct clock_kernel *);
static void	 update_kernel(struct clock_state *, const struct timespec *,
		    const struct clock_kernel *);
static void	 update_local(struct clock_state *, const struct timespec *,
		    const struct clock_kernel *);
static void	 update_mirror(struct clock_state *, const struct timespec *);
static void	 fill_head(struct clock_state *);

static double
span(const struct timespec *from, const struct timespec *to)
{
	return ((double)to->tv_sec - (double)from->tv_sec +
	    ((double)to->tv_nsec - (double)from->tv_nsec) * 1e-9);
}

static double
resolution(const struct clock_state *clock)
{
	return (1.0 / (double)(UINT64_C(1) << -clock->precision));
}

static uint8_t
kernel_leap(const struct clock_kernel *kernel)
{
	if (kernel == NULL || !kernel->valid)
		return (NTP_LEAP_NONE);
	if (kernel->insert)
		return (NTP_LEAP_INSERT);
	return (kernel->del ? NTP_LEAP_DELETE : NTP_LEAP_NONE);
}

/*
 * S1, S2.  The refid is INIT even for a clock that had been synchronised
 * before: stratum 16 travels as 0, and with stratum 0 clients read the refid
 * as a kiss code (RFC 5905 7.4), of which INIT is the one for this.
 */
static void
set_unsync(struct clock_state *clock, const char *why)
{
	clock->why = why;
	clock->leap = NTP_LEAP_UNSYNC;
	clock->stratum = NTP_STRATUM_UNSYNC;
	memcpy(clock->refid, "INIT", sizeof(clock->refid));
	clock->root_delay = 0;
	clock->root_dispersion = MAX_DISPERSION;
	clock->last_max_error = INFINITY;	/* what comes is an update */
}

static void
set_synced(struct clock_state *clock)
{
	clock->why = NULL;
	clock->leap = NTP_LEAP_NONE;
	clock->stratum = clock->config.stratum;
	memcpy(clock->refid, clock->config.refid, sizeof(clock->refid));
	clock->root_delay = 0;
}

/* S2: the stratum stays, the clock is merely too uncertain. */
static void
check_distance(struct clock_state *clock)
{
	if (clock->root_delay / 2 + clock->root_dispersion >
	    clock->config.max_distance) {
		clock->leap = NTP_LEAP_UNSYNC;
		clock->why = "root distance is past clock.max_distance";
	}
}

static void
update_system(struct clock_state *clock, const struct timespec *now,
    const struct clock_kernel *kernel)
{
	if (kernel == NULL || !kernel->valid) {
		set_unsync(clock,
		    "the kernel does not tell the state of its clock");
		return;
	}
	if (kernel->unsync) {
		set_unsync(clock,
		    "the kernel says that its clock is not synchronised");
		return;
	}
	set_synced(clock);
	update_kernel(clock, now, kernel);
	check_distance(clock);
	clock_leap_say(clock, now, kernel_leap(kernel));
}

/*
 * Root dispersion and reference time of a clock that the kernel vouches for.
 * The kernel lets its maximum error grow (by 500 ppm, on Linux) until the
 * daemon that disciplines the clock lowers it, which is the update.  After a
 * long time without a look, less growth than that shows an update too.
 */
static void
update_kernel(struct clock_state *clock, const struct timespec *now,
    const struct clock_kernel *kernel)
{
	double		 dispersion, elapsed, error, expected, grown;

	/* so written that NaN is caught, too */
	error = kernel->max_error >= 0 ? kernel->max_error : MAX_DISPERSION;
	dispersion = error + resolution(clock);
	elapsed = span(&clock->updated, now);
	expected = clock->last_max_error;
	if (elapsed > SLACK)
		expected += (elapsed - SLACK) * KERNEL_PHI;
	if (error < expected) {
		clock->reference = *now;
		clock->ever_synced = true;
	} else {
		/* H9, even where the kernel's word does not grow */
		grown = clock->root_dispersion +
		    (elapsed > 0 ? elapsed : 0) * CLOCK_PHI;
		if (dispersion < grown)
			dispersion = grown;
	}
	clock->root_dispersion = dispersion;
	clock->last_max_error = error;
}

/*
 * Updates are aligned to whole multiples, so that all engines say the same,
 * before and after a restart.
 */
static void
update_local(struct clock_state *clock, const struct timespec *now,
    const struct clock_kernel *kernel)
{
	time_t		 past = now->tv_sec % CLOCK_LOCAL_UPDATE;

	if (past < 0)
		past += CLOCK_LOCAL_UPDATE;
	set_synced(clock);
	clock->reference.tv_sec = now->tv_sec - past;
	clock->reference.tv_nsec = 0;
	clock->ever_synced = true;
	clock->root_dispersion = resolution(clock) +
	    CLOCK_PHI * span(&clock->reference, now);
	if (clock->config.leap != NULL)
		clock_leap_say(clock, now, kernel_leap(kernel));
}

/*
 * The mirrored daemon disciplines this machine's clock, so what it says of its
 * own is true of ours, its stratum too.  While it is silent, the dispersion
 * grows (H9).
 */
static void
update_mirror(struct clock_state *clock, const struct timespec *now)
{
	const struct clock_mirror	*m = &clock->mirror;
	double				 age = span(&m->at, now), grown = 0;
	double				 elapsed = span(&clock->updated, now);

	if (!m->valid) {
		set_unsync(clock, "the mirrored daemon has not answered yet");
		return;
	}
	if (m->leap == NTP_LEAP_UNSYNC) {
		set_unsync(clock, "the mirrored daemon is not synchronised");
		return;
	}
	set_synced(clock);
	clock->stratum = m->stratum;
	memcpy(clock->refid, m->refid, sizeof(clock->refid));
	clock->root_delay = m->root_delay;
	if (clock->mirror_new) {
		clock->reference = m->reference;
		clock->ever_synced = m->reference.tv_sec != 0 ||
		    m->reference.tv_nsec != 0;
	} else		/* a step back takes no growth back */
		grown = clock->root_dispersion +
		    (elapsed > 0 ? elapsed : 0) * CLOCK_PHI;
	clock->mirror_new = false;
	clock->root_dispersion = m->root_dispersion +
	    (age > 0 ? age : 0) * CLOCK_PHI;
	if (clock->root_dispersion < grown)
		clock->root_dispersion = grown;
	check_distance(clock);
	clock_leap_say(clock, now, m->leap);
}

static void
fill_head(struct clock_state *clock)
{
	uint8_t		*p = clock->head;
	ntp_ts		 reference = 0;

	memset(p, 0, sizeof(clock->head));
	if (clock->ever_synced)
		reference = ntp_ts_from_timespec(&clock->reference) +
		    clock->reference_shift;
	p[0] = clock->leap << 6;
	/* RFC 5905 7.3: stratum 16 travels as 0 */
	p[NTP_OFF_STRATUM] = clock->stratum < NTP_STRATUM_UNSYNC ?
	    clock->stratum : 0;
	p[NTP_OFF_PRECISION] = (uint8_t)clock->precision;
	ntp_put32(p + NTP_OFF_ROOT_DELAY,
	    ntp_short_from_seconds(clock->root_delay));
	/* H9: these octets serve until the next update, so does the bound */
	ntp_put32(p + NTP_OFF_ROOT_DISP, ntp_short_from_seconds(
	    clock->root_dispersion + CLOCK_PHI * UPDATE_SPAN));
	memcpy(p + NTP_OFF_REFID, clock->refid, sizeof(clock->refid));
	ntp_put64(p + NTP_OFF_REFERENCE, reference);
}

void
clock_init(struct clock_state *clock, const struct clock_config *config,
    int8_t precision)
{
	/* What was learnt from one source says nothing of another. */
	if (clock->stratum == 0 || clock->config.source != config->source) {
		memset(clock, 0, sizeof(*clock));
		set_unsync(clock, "the clock has not been looked at yet");
	}
	clock->config = *config;
	clock->reference_known.tv_sec = INT64_MIN;	/* smeared anew */
	if (precision < PRECISION_MIN)
		precision = PRECISION_MIN;
	if (precision > PRECISION_MAX)
		precision = PRECISION_MAX;
	clock->precision = precision;
	clock->random_mask = (UINT64_C(1) << (precision - PRECISION_MIN)) - 1;
	fill_head(clock);
}

void
clock_update(struct clock_state *clock, const struct timespec *now,
    const struct clock_kernel *kernel)
{
	clock_leap_look(clock, now, kernel);
	switch (clock->config.source) {
	case CLOCK_SYSTEM:
		update_system(clock, now, kernel);
		break;
	case CLOCK_LOCAL:
		update_local(clock, now, kernel);
		break;
	case CLOCK_MIRROR:
		update_mirror(clock, now);
		break;
	}
	/* H8: the clock was stepped back, which sets it as an update does */
	if (clock->ever_synced && span(&clock->reference, now) < 0)
		clock->reference = *now;
	clock_leap_reference(clock, now);
	clock->updated = *now;
	fill_head(clock);
}

bool
clock_stale(const struct clock_state *clock, const struct timespec *now)
{
	if (now->tv_sec != clock->updated.tv_sec)
		return (true);
	/* An inserted second repeats the last one of the day (S4). */
	return (clock->leap_near && now->tv_sec % DAY == DAY - 1);
}

void
clock_mirror_set(struct clock_state *clock, const struct clock_mirror *m)
{
	if (!mirror_ok(m))
		return;
	clock->mirror = *m;
	clock->mirror_new = true;
}

void
clock_remember(const struct clock_state *clock, struct clock_memory *m)
{
	memset(m, 0, sizeof(*m));
	m->reference = clock->reference;
	m->updated = clock->updated;
	m->root_dispersion = clock->root_dispersion;
	m->last_max_error = clock->last_max_error;
	m->source = clock->config.source;
	m->ever_synced = clock->ever_synced;
}

void
clock_recall(struct clock_state *clock, const struct clock_memory *m,
    const struct timespec *now)
{
	/* It lay where a broken process could write. */
	if (m->ever_synced != 1 || m->source != clock->config.source ||
	    m->reference.tv_nsec < 0 || m->reference.tv_nsec >= NS_PER_S ||
	    m->updated.tv_nsec < 0 || m->updated.tv_nsec >= NS_PER_S ||
	    span(&m->reference, now) < 0 || span(&m->updated, now) < 0 ||
	    !(m->root_dispersion >= 0) || !(m->last_max_error >= 0))
		return;
	clock->reference = m->reference;
	clock->updated = m->updated;
	clock->root_dispersion = m->root_dispersion;
	clock->last_max_error = m->last_max_error;
	clock->ever_synced = true;
}
