/* SPDX-License-Identifier: ISC */
/*
 * The leap second list: reads the file that IERS, NIST and the time zone
 * package give out, and answers what is asked of it.  Pure.
 * Times are seconds since 1970 without leap seconds, as CLOCK_REALTIME has
 * them; all functions take any `now`, and a table that leap_table_check let
 * pass.
 */
#ifndef LEAP_H
#define LEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEAP_MAX	128
#define LEAP_FILE_MAX	65536
#define LEAP_TIME_MAX	INT64_C(100000000000)	/* the year 5138 */

/*
 * One block without pointers: it travels between processes, and the receiver
 * checks it.  The first entry only says where the list begins, each later one
 * is a leap second: inserted if tai is one more than before, deleted if less.
 */
struct leap_table {
	int64_t		 expires;
	int64_t		 updated;	/* 0 if the file does not say */
	uint32_t	 n;
	uint32_t	 pad;
	struct {
		int64_t		 at;	/* 00:00:00 after the leap second */
		int32_t		 tai;	/* TAI - UTC from then on, seconds */
		int32_t		 pad;
	} entry[LEAP_MAX];
};

/*
 * leap_parse: reads len octets of a file; -1 with err saying what is wrong and
 *	what is allowed, and line and column, from 1, where; both are 0 for
 *	what is not at one place.  The table is empty then.
 * leap_table_check: 0 if the table is one that leap_parse could have made, else
 *	-1: times ascend, each at 00:00:00 on the first of a month, and tai
 *	goes by 1.
 * leap_pending: NTP_LEAP_INSERT or NTP_LEAP_DELETE on the UTC day that ends
 *	with a leap second, else NTP_LEAP_NONE (S3).
 * leap_next, leap_last: the first leap second that ends after now, the last
 *	that ended before or at it: its `at`, and 1 or -1; false if there is
 *	none.
 * leap_tai: TAI - UTC; not valid (and 0) before the list begins, and once it
 *	has expired.
 * leap_expired: whether there may be leap seconds that the list does not have.
 * leap_first_of_month: whether a day, counted from 1970-01-01, is the first of
 *	a month.
 */
int	leap_parse(const char *, size_t, struct leap_table *, uint32_t *,
	    uint32_t *, char *, size_t);
int	leap_table_check(const struct leap_table *);
uint8_t	leap_pending(const struct leap_table *, int64_t);
bool	leap_next(const struct leap_table *, int64_t, int64_t *, int *);
bool	leap_last(const struct leap_table *, int64_t, int64_t *, int *);
int	leap_tai(const struct leap_table *, int64_t, bool *);
bool	leap_expired(const struct leap_table *, int64_t);
bool	leap_first_of_month(int64_t);

#endif /* LEAP_H */
