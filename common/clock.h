/* SPDX-License-Identifier: ISC */
/*
 * What a server says of its clock: leap, stratum, reference, root delay and
 * dispersion (RFC 5905 7.3, 11.2), from the kernel's word, from that of the
 * daemon that is mirrored, or from the configuration.  Pure: times and words
 * are arguments; the structure is filled once a second, not for each packet.
 * Times are CLOCK_REALTIME, spans are seconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "conf.h"
#include "leap.h"
#include "mirror.h"
#include "ntp_packet.h"
#include "smear.h"

#define CLOCK_PHI		15e-6	/* RFC 5905: frequency tolerance */
#define CLOCK_LOCAL_UPDATE	64	/* seconds between local "updates" */

/* The kernel's word on the clock, as adjtimex(2) gives it. */
struct clock_kernel {
	bool		 valid;		/* the call worked */
	bool		 unsync;	/* STA_UNSYNC, or TIME_ERROR */
	bool		 insert, del;	/* a leap second is announced */
	bool		 in_leap;	/* TIME_OOP: inside it */
	double		 max_error;	/* seconds */
};

struct clock_config {
	enum clock_source source;
	uint8_t		 stratum;	/* 1 to 15 */
	uint8_t		 refid[4];
	double		 max_distance;	/* seconds */
	/* Checked, and there as long as the state; NULL: the kernel's word. */
	const struct leap_table *leap;
	struct smear	 smear;		/* smear_ok; needs the table */
};

/* Zeroed before first use, then kept between updates. */
struct clock_state {
	struct clock_config	 config;
	int8_t			 precision;	/* log2 seconds, measured */
	uint8_t			 leap;
	uint8_t			 stratum;	/* 1 to 16 */
	uint8_t			 refid[4];
	double			 root_delay;
	/* At `updated`; head claims what it is a second later. */
	double			 root_dispersion;
	struct timespec		 reference;	/* valid if ever_synced */
	struct timespec		 updated;
	bool			 ever_synced;
	const char		*why;	/* why not synchronised, or NULL */
	double			 last_max_error;	/* to see an update */
	bool			 leap_near;	/* announced, or now */
	bool			 in_leap;	/* inside an inserted second */
	bool			 leap_expired;	/* the list: so not believed */
	bool			 smearing;	/* S5, as of smear_base: */
	int64_t			 smear_offset;	/* ns */
	double			 smear_rate;
	struct timespec		 smear_base;
	ntp_ts			 smear_from;	/* smear_base */
	uint64_t		 smear_shift;	/* smear_offset, 2^-32 s */
	struct timespec		 reference_known;	/* as smeared by: */
	uint64_t		 reference_shift;	/* 2^-32 s */
	struct clock_mirror	 mirror;
	bool			 mirror_new;	/* not yet in what is served */
	bool			 apart_known;	/* S6, see clock_stepped: */
	uint64_t		 apart, apart_at;	/* ns */
	/* The first 24 octets of a reply; version, mode and poll left 0. */
	uint8_t			 head[NTP_OFF_ORIGIN];
	uint64_t		 random_mask;	/* bits below the precision */
};

/* What of the state has to survive a process, to be true to H8 and H9. */
struct clock_memory {
	struct timespec	 reference;
	struct timespec	 updated;
	double		 root_dispersion;
	double		 last_max_error;
	uint32_t	 source;	/* enum clock_source */
	uint32_t	 ever_synced;	/* 0: nothing to recall */
};

/*
 * clock_init: sets configuration and precision.  Again after a reload: what is
 *	known is kept, unless the source changed; clock_update has to follow.
 * clock_update: brings the state to `now`; kernel may be NULL for a source
 *	that does not ask it (no leap second is noticed then).  Cheap; call it
 *	when the second changes, and whenever the clock was stepped.
 * clock_stale: whether an update is due: the second changed, or a leap second
 *	may have begun, during which it does not.
 * clock_stepped: S6, whether the clock was stepped since the last call, from
 *	both clocks, read together; for each batch and once a second.
 * clock_mirror_set: what the mirrored daemon said; nonsense is ignored.
 * clock_remember, clock_recall: takes along what a successor has to know; one
 *	that does not fit the source or the time is ignored.
 * clock_smear: S5, a time of the machine's clock as it is served.
 * clock_measure_precision: log2 of the time that reading the clock takes,
 *	from samples of back-to-back readings, nanoseconds; -32 to -6.
 */
void	clock_init(struct clock_state *, const struct clock_config *, int8_t);
void	clock_update(struct clock_state *, const struct timespec *,
	    const struct clock_kernel *);
bool	clock_stale(const struct clock_state *, const struct timespec *);
bool	clock_stepped(struct clock_state *, const struct timespec *, uint64_t);
void	clock_mirror_set(struct clock_state *, const struct clock_mirror *);
void	clock_remember(const struct clock_state *, struct clock_memory *);
void	clock_recall(struct clock_state *, const struct clock_memory *,
	    const struct timespec *);
int8_t	clock_measure_precision(const struct timespec *, size_t);

static inline ntp_ts
clock_smear(const struct clock_state *clock, ntp_ts ts)
{
	if (!clock->smearing)
		return (ts);
	return (ts + clock->smear_shift + (uint64_t)(int64_t)(
	    clock->smear_rate * (double)(int64_t)(ts - clock->smear_from)));
}

#endif /* CLOCK_H */
