/* SPDX-License-Identifier: ISC */
/*
 * The list of most recently used sources, which ntpq reads in pieces and only
 * with a nonce, which shows that it gets what is sent to its address.  For
 * mode6*.c alone.
 */
#ifndef MODE6_MRU_H
#define MODE6_MRU_H

#include "mode6.h"

/*
 * mode6_mru_nonce: writes a nonce for an address.
 * mode6_mru_read: rows, oldest first, behind those that the request shows.
 */
void		 mode6_mru_nonce(struct mode6_reply *,
		    const struct mode6_view *, const struct mode6_state *,
		    const struct addr *);
enum mode6_error mode6_mru_read(struct mode6_reply *,
		    const struct mode6_view *, const struct mode6_state *,
		    const struct mode6_request *, const struct addr *);

#endif /* MODE6_MRU_H */
