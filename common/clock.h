/* SPDX-License-Identifier: ISC */
/*
 * What a server says of its clock: leap, stratum, reference, root delay and
 * dispersion (RFC 5905 7.3, 11.2), from the kernel's word or from the
 * configuration.  Pure: times and the kernel's word are arguments; the
 * structure is filled once a second, not for each packet.
 * Times are CLOCK_REALTIME, spans are seconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "conf.h"
#include "ntp_packet.h"

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
 *	known of the clock is kept, unless the source changed; what is served
 *	changes with the clock_update that has to follow.
 * clock_update: brings the state to `now`; kernel may be NULL for a source
 *	that does not ask it.  Cheap; call it when the second changes, and
 *	whenever the clock was stepped.
 * clock_stale: whether an update is due: the second changed, or a leap second
 *	may have begun, during which it does not.
 * clock_remember, clock_recall: takes along what a successor has to know; one
 *	that does not fit the source or the time is ignored.
 * clock_measure_precision: log2 of the time that reading the clock takes,
 *	from samples of back-to-back readings, nanoseconds; -32 to -6.
 */
void	clock_init(struct clock_state *, const struct clock_config *, int8_t);
void	clock_update(struct clock_state *, const struct timespec *,
	    const struct clock_kernel *);
bool	clock_stale(const struct clock_state *, const struct timespec *);
void	clock_remember(const struct clock_state *, struct clock_memory *);
void	clock_recall(struct clock_state *, const struct clock_memory *,
	    const struct timespec *);
int8_t	clock_measure_precision(const struct timespec *, size_t);

#endif /* CLOCK_H */
