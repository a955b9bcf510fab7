/* SPDX-License-Identifier: ISC */
/*
 * What the engine knows of being overloaded: see engine_overload.c.  Only for
 * engine.h.
 */
#ifndef ENGINE_OVERLOAD_H
#define ENGINE_OVERLOAD_H

#include "heavy.h"
#include "limit.h"
#include "os.h"

/* A source of which the kernel drops most. */
struct engine_filtered {
	struct client_key	 key;
	uint64_t		 interval;	/* of the limit it has; ns */
	uint32_t		 seen;		/* got through, this second */
	uint32_t		 left;		/* seconds that it stays */
};

struct engine_overload {
	struct heavy		 heavy;		/* of the others, refused */
	struct engine_filtered	 source[OS_FILTER_MAX];
	unsigned int		 n;
	unsigned int		 share;		/* one in so many of theirs */
	uint64_t		 leak;		/* and of those: as engine's */
	bool			 noting;	/* who is refused */
	bool			 lacking;	/* the system has no filters */
	uint32_t		 full;		/* rounds, this second */
	uint64_t		 received;	/* at its beginning, and */
	uint64_t		 drops;		/* the kernel's */
	uint64_t		 seen;		/* with this filter in */
	int64_t			 due;		/* drops not yet told of */
	struct limit		 log;
	uint64_t		 log_full;
};

#endif /* ENGINE_OVERLOAD_H */
