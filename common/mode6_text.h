/* SPDX-License-Identifier: ISC */
/*
 * Writes "name=value" items into an answer to a control message, in lines that
 * are short enough for a terminal.  What finds no room is left out whole and
 * sets reply->full.  For mode6*.c alone.
 */
#ifndef MODE6_TEXT_H
#define MODE6_TEXT_H

#include "mode6.h"

#define MODE6_STR_MAX	128	/* octets of a string that are shown */

/*
 * mode6_text_end: closes the last line.
 * mode6_text_str: in quotes; what could end them, or is no printable ASCII,
 *	is shown as a dot.
 * mode6_text_word: without quotes; commas and `=' are dots, too.
 * mode6_text_real: with so many decimals; what is no number is 0, what is too
 *	large saturates.
 * mode6_text_ts: 0xSSSSSSSS.FFFFFFFF
 * mode6_text_ip: an address without its port; mode6_text_addr: with it.
 */
void	mode6_text_end(struct mode6_reply *);
void	mode6_text_str(struct mode6_reply *, const char *, const char *);
void	mode6_text_word(struct mode6_reply *, const char *, const char *);
void	mode6_text_u64(struct mode6_reply *, const char *, uint64_t);
void	mode6_text_i64(struct mode6_reply *, const char *, int64_t);
void	mode6_text_hex(struct mode6_reply *, const char *, uint64_t);
void	mode6_text_real(struct mode6_reply *, const char *, double, int);
void	mode6_text_ts(struct mode6_reply *, const char *, ntp_ts);
void	mode6_text_ip(struct mode6_reply *, const char *,
	    const struct addr *);
void	mode6_text_addr(struct mode6_reply *, const char *,
	    const struct addr *);

#endif /* MODE6_TEXT_H */
