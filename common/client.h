/* SPDX-License-Identifier: ISC */
/*
 * What is remembered of one source, and K3: whether it speeds up when it is
 * refused.  Such a source (a client that tries again at once when no answer
 * comes) costs more limited than answered, so its limit is lifted: from then
 * on it has a bucket of LIMIT_LIFT times the rate (limit.h), never none.
 * Pure.  Averages of intervals are kept as logarithms, see client_log.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#define CLIENT_UNIT	4		/* intervals are in units of 2^4 ns */
#define CLIENT_OCTAVE	1024		/* a factor of 2 in a logarithm */

#define CLIENT_LIMITED		0x01	/* the last request was over it */
#define CLIENT_LIFTED		0x02	/* has the larger bucket */
#define CLIENT_GROWS		0x04	/* was seen to speed up when refused */
#define CLIENT_INTERLEAVED	0x08	/* uses interleaved mode, RFC 9769 */
#define CLIENT_SHOWN		0x0f	/* the ones above are for operators */
#define CLIENT_UNANSWERED	0x10	/* the last request got no answer */
#define CLIENT_MISSED		0x20	/* interleave.h: no match last time */

/* One cache line. */
struct client {
	uint8_t		 ip[16];	/* cut to the prefix; IPv4: 4, then 0 */
	uint64_t	 full;		/* limit.h; 0: never limited yet */
	uint64_t	 saved_receive;	/* as served; 0: none.  interleave.h */
	uint64_t	 saved_transmit; /* kernel's stamp; 0: none */
	uint32_t	 first;		/* units of 2^30 ns */
	uint32_t	 requests;	/* these stop at the greatest value */
	uint32_t	 drops;
	uint16_t	 interval;	/* logarithms: of the average, and of */
	uint16_t	 after_answer;	/* those that followed an answer, or */
	uint16_t	 after_refusal;	/* none, since it was first refused */
	uint16_t	 epoch;		/* of the saved pair: clients_step */
	uint8_t		 family;	/* 4, 6; 0: free */
	uint8_t		 version : 4, mode : 4;		/* of the last one */
	uint8_t		 flags;
	uint8_t		 answers : 4, refusals : 4;	/* see client.c */
};

/*
 * client_heard: another request, so many units after the last one; *same
 *	counts those that came at one time with it (they share a batch).
 * client_judged: what became of the request: within the limit or not,
 *	answered or not.  Here the limit is lifted, or is no longer.
 * client_grows: whether the source speeds up when it is refused; what it was
 *	taken for before while there is too little to tell.
 * client_interval: the average interval, ns; 0 for a single request.
 * client_log: log2(x + 1) in CLIENT_OCTAVEs, x below 2^48, by linear
 *	interpolation (at most 0.09 octaves off).  client_exp: its inverse.
 */
void		 client_heard(struct client *, uint64_t, uint8_t *);
void		 client_judged(struct client *, bool, bool);
bool		 client_grows(const struct client *);
uint64_t	 client_interval(const struct client *);
uint16_t	 client_log(uint64_t);
uint64_t	 client_exp(uint16_t);

#endif /* CLIENT_H */
