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

#include "clock.h"

#define MAX_DISPERSION	16.0	/* RFC 5905 7.2: MAXDISP, as good as unknown */
#define PRECISION_MIN	(-32)
#define PRECISION_MAX	(-6)
#define PRECISION_FINE	(-30)	/* when no two readings differ */
#define UPDATE_SPAN	1.0	/* seconds until the next clock_update */
#define DAY		86400
#define KERNEL_PHI	500e-6	/* Linux: growth of its error, s/s */
#define SLACK		2.0	/* seconds between looks that prove nothing */
#define NS_PER_S	1000000000

static double	 span(const struct timespec *, const struct timespec *);
static double	 resolution(const struct clock_state *);
static bool	 last_day_of_month(const struct timespec *);
static void	 set_unsync(struct clock_state *, const char *);
static void	 set_synced(struct clock_state *);
static void	 update_system(struct clock_state *, const struct timespec *,
		    const struct clock_kernel *);
static void	 update_kernel(struct clock_state *, const struct timespec *,
		    const struct clock_kernel *);
static void	 update_local(struct clock_state *, const struct timespec *);
static void	 fill_head(struct clock_state *);
static int64_t	 step_ns(const struct timespec *, const struct timespec *);

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

/*
 * RFC 8633 3.7: is tomorrow the first of a month (UTC)?  gmtime(3) would read
 * the time zone's files, which a locked-in process can't.
 */
static bool
last_day_of_month(const struct timespec *now)
{
	/* First days of the months of a year that begins with March */
	static const int16_t	 firsts[] = { 0, 31, 61, 92, 122, 153, 184,
				    214, 245, 275, 306, 337 };
	int64_t			 day, n;
	size_t			 i;

	day = now->tv_sec / DAY - (now->tv_sec % DAY < 0) + 1;
	day = (day - 11017) % 146097;	/* 2000-03-01; 400 years */
	if (day < 0)
		day += 146097;
	n = day / 36524;		/* centuries, the fourth a day longer */
	day -= (n < 3 ? n : 3) * 36524;
	day %= 1461;			/* four years */
	n = day / 365;			/* the fourth a day longer */
	day -= (n < 3 ? n : 3) * 365;
	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
		if (day == firsts[i])
			return (true);
	return (false);
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

static void
update_system(struct clock_state *clock, const struct timespec *now,
    const struct clock_kernel *kernel)
{
	clock->leap_near = false;
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
	clock->leap_near = kernel->insert || kernel->del || kernel->in_leap;
	if ((kernel->insert || kernel->del) && last_day_of_month(now))	/* S3 */
		clock->leap = kernel->insert ? NTP_LEAP_INSERT :
		    NTP_LEAP_DELETE;
	if (clock->root_delay / 2 + clock->root_dispersion >
	    clock->config.max_distance) {
		/* S2: the stratum stays, the clock is merely too uncertain */
		clock->leap = NTP_LEAP_UNSYNC;
		clock->why = "root distance is past clock.max_distance";
	}
	if (kernel->in_leap) {
		/* S4: 23:59:60 has no timestamp of its own */
		clock->leap = NTP_LEAP_UNSYNC;
		clock->why = "a leap second is being inserted";
	}
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
update_local(struct clock_state *clock, const struct timespec *now)
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
}

static void
fill_head(struct clock_state *clock)
{
	uint8_t		*p = clock->head;
	ntp_ts		 reference = 0;

	memset(p, 0, sizeof(clock->head));
	if (clock->ever_synced)
		reference = ntp_ts_from_timespec(&clock->reference);
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
	switch (clock->config.source) {
	case CLOCK_SYSTEM:
		update_system(clock, now, kernel);
		break;
	case CLOCK_LOCAL:
		update_local(clock, now);
		break;
	}
	/* H8: the clock was stepped back, which sets it as an update does */
	if (clock->ever_synced && span(&clock->reference, now) < 0)
		clock->reference = *now;
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

/* Nanoseconds from one reading to the next; 0 if the clock went back. */
static int64_t
step_ns(const struct timespec *from, const struct timespec *to)
{
	double		 seconds = span(from, to);

	if (seconds <= 0)
		return (0);
	if (seconds >= 1)
		return (NS_PER_S);
	return ((to->tv_sec != from->tv_sec ? NS_PER_S : 0) + to->tv_nsec -
	    from->tv_nsec);
}

int8_t
clock_measure_precision(const struct timespec *samples, size_t n)
{
	int64_t		 least = 0, step;
	double		 unit = NS_PER_S / 4294967296.0;
	int8_t		 precision = PRECISION_MIN;
	size_t		 i;

	/* The least is the one that nothing interrupted. */
	for (i = 1; i < n; i++) {
		step = step_ns(&samples[i - 1], &samples[i]);
		if (step > 0 && (least == 0 || step < least))
			least = step;
	}
	if (least == 0)
		return (PRECISION_FINE);
	while (precision < PRECISION_MAX && unit < (double)least) {
		unit *= 2;
		precision++;
	}
	return (precision);
}
