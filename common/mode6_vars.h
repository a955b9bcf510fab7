/* SPDX-License-Identifier: ISC */
/*
 * The variables that control messages read: tables say which there are, what
 * they are read from and how they are written.  Names are ntpd's.  For
 * mode6*.c alone.
 */
#ifndef MODE6_VARS_H
#define MODE6_VARS_H

#include "mode6.h"

#define MODE6_ASSOCIATION	1	/* the only one that we have */
#define MODE6_VARS_MAX		128	/* of a table */

enum mode6_kind {
	ABSENT,		/* known to ntpd, not to us: left out, no error */
	U8, I8, HEX8, U32, U64,
	MS3, MS6,	/* a double in seconds, shown in ms */
	PPM3, PPM6,
	TS,
	TEXT,		/* const char * */
	NAME,		/* char [] */
	IP,		/* struct addr */
	PORT,		/* of a struct addr */
	CONST,		/* the offset is the value */
	CALL, SUM
};

struct mode6_var {
	const char	*name;
	enum mode6_kind	 kind;
	bool		 usual;		/* shown if no name is given */
	size_t		 offset;	/* in the view or in the peer */
	void		(*call)(struct mode6_reply *, const char *,
			    const void *);
	uint64_t	(*sum)(const struct mode6_view *);
};

/*
 * mode6_vars: writes the variables of a table, from a base, that a request
 *	names, each once, or the usual ones if it names none.
 * mode6_vars_refid: characters at stratum 0, 1 and 16, an address between
 *	them (RFC 5905 7.3), unless characters were chosen.
 * mode6_status_system, mode6_status_peer: the status words.
 * mode6_peer_get: a copy of the peer, which may be the clock.
 */
enum mode6_error mode6_vars(struct mode6_reply *, const struct mode6_var *,
		    size_t, const void *, const struct mode6_request *);
void		 mode6_vars_refid(struct mode6_reply *, const char *,
		    const uint8_t *, bool, unsigned int);
enum mode6_error mode6_vars_system(struct mode6_reply *,
		    const struct mode6_view *, const struct mode6_request *);
enum mode6_error mode6_vars_peer(struct mode6_reply *,
		    const struct mode6_view *, const struct mode6_request *);
enum mode6_error mode6_vars_clock(struct mode6_reply *,
		    const struct mode6_view *, const struct mode6_request *);
uint16_t	 mode6_status_system(const struct mode6_view *);
uint16_t	 mode6_status_peer(const struct mode6_view *);
void		 mode6_peer_get(struct mode6_peer *,
		    const struct mode6_view *);

#endif /* MODE6_VARS_H */
