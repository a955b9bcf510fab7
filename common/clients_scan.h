/* SPDX-License-Identifier: ISC */
/*
 * What `show clients' tells: rows of the client table, the first so many of
 * an order, or a page in the order of the table.  A scan goes on in steps, so
 * that a large table never holds up the packets; what comes and goes
 * meanwhile is in it or is not, but never twice.  Pure.
 */
#ifndef CLIENTS_SCAN_H
#define CLIENTS_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "clients.h"

#define CLIENTS_ROWS_MAX	500

enum clients_order {
	CLIENTS_BY_PLACE,	/* a page of the table */
	CLIENTS_BY_REQUESTS,	/* most of them first */
	CLIENTS_BY_DROPS,
	CLIENTS_BY_LAST,	/* heard last first */
	CLIENTS_ORDER_COUNT
};

/* These two travel in messages: no pointers, no padding, zeroed. */
struct clients_query {
	uint8_t		 ip[16];	/* sources in this prefix */
	uint8_t		 family;	/* 4, 6; 0: all sources */
	uint8_t		 bits;
	uint8_t		 pad[2];
	uint32_t	 order;		/* enum clients_order */
	uint32_t	 max;		/* 1 to CLIENTS_ROWS_MAX rows */
	uint32_t	 pad2;
	uint64_t	 from;		/* BY_PLACE: 0, or the last's next */
};

struct client_row {
	uint8_t		 ip[16];
	uint8_t		 family;	/* 4, 6 */
	uint8_t		 bits;		/* of the prefix that is a source */
	uint8_t		 version, mode;
	uint32_t	 flags;		/* CLIENT_SHOWN of client.h */
	uint32_t	 requests, drops;
	uint64_t	 first, last;	/* age, ms */
	uint64_t	 interval;	/* average, ns; 0 for one request */
};

struct clients_pick {
	struct clients_query	 query;
	uint64_t		 now;
	uint64_t		 next;	/* place; 0 once the table has ended */
	struct client_row	*row;
	uint32_t		 rows;
	bool			 done;
};

/*
 * clients_pick_init: begins a scan into memory for query.max rows; -1 if the
 *	query makes no sense.  Ages are as of now.
 * clients_scan: goes through the next so many sets.  True: it is over, the
 *	rows are there in their order; BY_PLACE says in next where the page
 *	after this begins, 0 if there is none.
 * clients_row: one source's row.
 */
int	clients_pick_init(struct clients_pick *, const struct clients_query *,
	    struct client_row *, uint64_t);
bool	clients_scan(const struct clients *, struct clients_pick *, uint64_t);
void	clients_row(const struct clients *, const struct client *, uint64_t,
	    struct client_row *);

#endif /* CLIENTS_SCAN_H */
