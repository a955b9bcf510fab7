/* SPDX-License-Identifier: ISC */
/*
 * What a READ_MRU request asks for: its text taken apart.  For mode6*.c alone.
 */
#ifndef MODE6_ASK_H
#define MODE6_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "ntp_time.h"

#define MODE6_PRIORS		16	/* rows that a request may show */
#define MODE6_NONCE_DIGITS	16

/* A row that the client has. */
struct mode6_prior {
	struct addr	 addr;
	ntp_ts		 last;
	bool		 has_addr, has_last;
};

struct mode6_ask {
	bool		 bad;		/* a value that cannot be read */
	bool		 has_nonce;
	uint64_t	 nonce;
	uint32_t	 frags, limit, recent;	/* 0: not given */
	uint32_t	 mincount, mindrop, maxlstint, minlstint;
	uint32_t	 resall, resany;
	struct mode6_prior prior[MODE6_PRIORS];
};

void	mode6_ask_get(struct mode6_ask *, const uint8_t *, size_t);

#endif /* MODE6_ASK_H */
