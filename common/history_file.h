/* SPDX-License-Identifier: ISC */
/*
 * The history as a file: minutes and hours; seconds are not kept.  It grows by
 * a record a minute, and is written anew as a whole at times.
 *
 *	file	"ntpsdhst", version (4 octets), record ...
 *	record	length of its body (2), kind (1), body, CRC-32 of all that (4)
 *	NAMES	names of counters, each with a NUL: the order of those of ROW
 *	ROW	step, start, covered, leap, stratum, synchronised, root
 *		dispersion, unique, times (6), counters
 *	TIMES	step, start, sum, n, (buckets left out, count) n times: the
 *		histogram of a minute, or of the hour so far without the minute
 *
 * Numbers of two or four octets have the lowest first; those of a body have 7
 * bits to an octet, lowest first, and the top bit while there are more.  Of two
 * rows of one step and start that follow each other, the later one counts.
 */
#ifndef HISTORY_FILE_H
#define HISTORY_FILE_H

#include "history.h"

#define HISTORY_VERSION		1
#define HISTORY_FILE_MAX	(2 * 1024 * 1024)	/* octets */
#define HISTORY_APPEND_MAX	(32 * 1024)		/* of one minute */

enum history_verdict {
	HISTORY_WHOLE,
	HISTORY_CUT,		/* its end is missing, as after a power cut */
	HISTORY_DAMAGED,
	HISTORY_FOREIGN,	/* something else */
	HISTORY_NEWER		/* of a version that we do not know */
};

/*
 * history_write: all of it; octets, or 0 if there is no room.
 * history_write_minute: the last whole minute, to be appended; 0: there is
 *	none, or no room.
 * history_read: into an empty history, all that is whole before what is not;
 *	*at is where that begins, or the end.  The minute and the hour that are
 *	not over go on where they were.
 * history_strverdict: in words, behind "is".
 */
size_t		 history_write(const struct history *, uint8_t *, size_t);
size_t		 history_write_minute(const struct history *, uint8_t *,
		    size_t);
enum history_verdict history_read(struct history *, const uint8_t *, size_t,
		    size_t *);
const char	*history_strverdict(enum history_verdict);

/* For history_file.c and history_read.c alone. */
#define HISTORY_MAGIC		"ntpsdhst"
#define HISTORY_MAGIC_LEN	8
#define HISTORY_RECORD_HEAD	3	/* octets before the body */
#define HISTORY_BODY_MAX	16384

enum { HISTORY_NAMES = 1, HISTORY_ROW, HISTORY_TIMES };

uint32_t	 history_crc(const uint8_t *, size_t);

#endif /* HISTORY_FILE_H */
