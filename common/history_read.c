/* SPDX-License-Identifier: ISC */
/* The history as a file, read: see history_file.h. */

#include <string.h>

#include "history_file.h"

#define HEAD_LEN	(HISTORY_MAGIC_LEN + 4)
#define RECORD_MORE	(HISTORY_RECORD_HEAD + 4)	/* and the CRC */
#define NAMES_MAX	256			/* counters of a file */
#define COVERED_MAX	(UINT32_MAX / HISTORY_MINUTES)
#define COUNT_MAX	(UINT32_MAX * UINT64_C(3600))	/* of a bucket */

struct reader {
	struct history	*h;
	const uint8_t	*p, *end;	/* of the body */
	bool		 bad;		/* it ended too soon, or is no number */
	unsigned int	 nnames;
	size_t		 name[NAMES_MAX];	/* row of counter_rows */
	struct hist	 minute, hour;	/* histograms that were read */
	uint64_t	 minute_start, hour_start;
	struct hist	 one;
};

static uint64_t
get_number(struct reader *r)
{
	uint64_t	 n = 0;
	unsigned int	 shift;
	uint8_t		 octet;

	for (shift = 0; shift < 64; shift += 7) {
		if (r->p == r->end)
			break;
		octet = *r->p++;
		if (shift == 63 && octet > 1)
			break;
		n |= (uint64_t)(octet & 0x7f) << shift;
		if (octet < 0x80)
			return (n);
	}
	r->bad = true;
	return (0);
}

/* One that is at most so much. */
static uint32_t
get_small(struct reader *r, uint32_t max)
{
	uint64_t	 n = get_number(r);

	if (n > max) {
		r->bad = true;
		return (0);
	}
	return ((uint32_t)n);
}

/* A counter that there is no more is left out. */
static void
read_names(struct reader *r)
{
	const uint8_t	*nul;
	size_t		 i;

	for (r->nnames = 0; r->p < r->end; r->p = nul + 1) {
		nul = memchr(r->p, '\0', (size_t)(r->end - r->p));
		if (nul == NULL || r->nnames == NAMES_MAX) {
			r->bad = true;
			return;
		}
		for (i = 0; i < counter_nrows; i++)
			if (strcmp(counter_rows[i].name,
			    (const char *)r->p) == 0)
				break;
		r->name[r->nnames++] = i;
	}
}

static void
read_row(struct reader *r)
{
	struct history_row	 row;
	enum history_step	 step;
	struct history		*h = r->h;
	uint64_t		 n;
	unsigned int		 i;

	memset(&row, 0, sizeof(row));
	step = (enum history_step)get_small(r, HISTORY_HOUR);
	row.start = get_number(r);
	row.covered = get_small(r, COVERED_MAX);
	row.leap = get_small(r, 3);
	row.stratum = get_small(r, 16);
	row.synchronised = get_small(r, 1);
	row.root_dispersion = get_number(r);
	row.unique = get_number(r);
	row.times.n = get_number(r);
	row.times.mean = get_number(r);
	row.times.p50 = get_number(r);
	row.times.p95 = get_number(r);
	row.times.p99 = get_number(r);
	row.times.max = get_number(r);
	for (i = 0; i < r->nnames && !r->bad; i++) {
		n = get_number(r);
		if (r->name[i] < counter_nrows)
			memcpy((char *)&row.counters +
			    counter_rows[r->name[i]].offset, &n, sizeof(n));
	}
	if (r->bad || r->p != r->end || step == HISTORY_SECOND ||
	    row.covered == 0 || row.start % history_length(step) != 0) {
		r->bad = true;
		return;
	}
	if (h->put[step] > 0 &&
	    history_at(h, step, h->put[step] - 1)->start == row.start)
		h->put[step]--;
	history_put(h, step, &row);
}

/* One joins its hour's, but for the last minute's, which may come again. */
static void
take_times(struct reader *r, enum history_step step, uint64_t start)
{
	uint64_t	 hour = start - start % history_length(HISTORY_HOUR);

	if (r->minute.n > 0 && (step == HISTORY_HOUR ||
	    r->minute_start != start)) {
		hist_merge(&r->hour, &r->minute);
		memset(&r->minute, 0, sizeof(r->minute));
	}
	if (hour != r->hour_start) {
		memset(&r->hour, 0, sizeof(r->hour));
		r->hour_start = hour;
	}
	if (step == HISTORY_HOUR)
		r->hour = r->one;
	else {
		r->minute = r->one;
		r->minute_start = start;
	}
}

static void
read_times(struct reader *r)
{
	enum history_step	 step;
	uint64_t		 start, i = 0;
	uint32_t		 n;

	memset(&r->one, 0, sizeof(r->one));
	step = (enum history_step)get_small(r, HISTORY_HOUR);
	start = get_number(r);
	r->one.sum = get_number(r);
	for (n = get_small(r, HIST_BUCKETS); n > 0 && !r->bad; n--) {
		i += get_small(r, HIST_BUCKETS);
		if (i >= HIST_BUCKETS) {
			r->bad = true;
			break;
		}
		r->one.bucket[i] = get_number(r);
		if (r->one.bucket[i++] > COUNT_MAX)
			r->bad = true;
	}
	if (r->bad || r->p != r->end || step == HISTORY_SECOND ||
	    start % history_length(step) != 0) {
		r->bad = true;
		return;
	}
	hist_repair(&r->one);
	take_times(r, step, start);
}

static bool
all_zero(const uint8_t *p, size_t len)
{
	for (; len > 0; p++, len--)
		if (*p != 0)
			return (false);
	return (true);
}

/* A record; the octets that it has, or 0 and why it is none. */
static size_t
read_record(struct reader *r, const uint8_t *p, size_t len,
    enum history_verdict *verdict)
{
	size_t		 body;
	uint32_t	 crc;

	/* A file system may have made room and not filled it. */
	*verdict = len < RECORD_MORE || all_zero(p, len) ? HISTORY_CUT :
	    HISTORY_DAMAGED;
	if (*verdict == HISTORY_CUT)
		return (0);
	body = p[0] | (size_t)p[1] << 8;
	if (body > HISTORY_BODY_MAX)
		return (0);
	if (body + RECORD_MORE > len) {
		*verdict = HISTORY_CUT;
		return (0);
	}
	r->p = p + HISTORY_RECORD_HEAD;
	r->end = r->p + body;
	crc = r->end[0] | (uint32_t)r->end[1] << 8 |
	    (uint32_t)r->end[2] << 16 | (uint32_t)r->end[3] << 24;
	if (crc != history_crc(p, HISTORY_RECORD_HEAD + body))
		return (0);
	switch (p[2]) {
	case HISTORY_NAMES:
		read_names(r);
		break;
	case HISTORY_ROW:
		read_row(r);
		break;
	case HISTORY_TIMES:
		read_times(r);
		break;
	default:
		return (0);
	}
	return (r->bad ? 0 : body + RECORD_MORE);
}

/* The last minute may go on, and its hour, which is the sum of its minutes. */
static void
reopen(struct reader *r)
{
	struct history		*h = r->h;
	struct history_open	*minute = &h->open[HISTORY_MINUTE];
	struct history_open	*hour = &h->open[HISTORY_HOUR];
	struct history_row	 row;
	uint64_t		 i, start;

	if (h->put[HISTORY_MINUTE] == 0)
		return;
	row = *history_at(h, HISTORY_MINUTE, h->put[HISTORY_MINUTE] - 1);
	start = row.start - row.start % history_length(HISTORY_HOUR);
	if (h->put[HISTORY_HOUR] > 0 && history_at(h, HISTORY_HOUR,
	    h->put[HISTORY_HOUR] - 1)->start == start)
		return;			/* that hour is over */
	for (i = h->put[HISTORY_MINUTE]; i > history_first(h, HISTORY_MINUTE);
	    i--)
		if (history_at(h, HISTORY_MINUTE, i - 1)->start - start >=
		    history_length(HISTORY_HOUR))
			break;
	hour->row = row;
	hour->row.start = start;
	hour->row.covered = 0;
	memset(&hour->row.times, 0, sizeof(hour->row.times));
	memset(&hour->row.counters, 0, sizeof(hour->row.counters));
	for (; i < h->put[HISTORY_MINUTE]; i++) {
		hour->row.covered += history_at(h, HISTORY_MINUTE, i)->covered;
		counters_add(&hour->row.counters,
		    &history_at(h, HISTORY_MINUTE, i)->counters);
	}
	h->put[HISTORY_MINUTE]--;
	minute->row = row;
	if (r->minute.n > 0 && r->minute_start == row.start)
		minute->times = r->minute;
	if (r->hour_start == start) {
		hour->times = r->hour;
		hist_merge(&hour->times, &r->minute);
	}
}

enum history_verdict
history_read(struct history *h, const uint8_t *p, size_t len, size_t *at)
{
	struct reader		 r;
	enum history_verdict	 verdict = HISTORY_WHOLE;
	uint32_t		 version;
	size_t			 n;

	*at = 0;
	if (memcmp(p, HISTORY_MAGIC, len < HISTORY_MAGIC_LEN ? len :
	    HISTORY_MAGIC_LEN) != 0)
		return (all_zero(p, len) ? HISTORY_CUT : HISTORY_FOREIGN);
	if (len < HEAD_LEN)
		return (HISTORY_CUT);
	version = p[8] | (uint32_t)p[9] << 8 | (uint32_t)p[10] << 16 |
	    (uint32_t)p[11] << 24;
	if (version != HISTORY_VERSION)
		return (version > HISTORY_VERSION ? HISTORY_NEWER :
		    HISTORY_DAMAGED);
	memset(&r, 0, sizeof(r));
	r.h = h;
	for (*at = HEAD_LEN; *at < len; *at += n)
		if ((n = read_record(&r, p + *at, len - *at, &verdict)) == 0)
			break;
	if (*at == len)
		verdict = HISTORY_WHOLE;
	reopen(&r);
	return (verdict);
}

const char *
history_strverdict(enum history_verdict verdict)
{
	static const char	*words[] = {
		[HISTORY_WHOLE] = "whole",
		[HISTORY_CUT] = "cut off",
		[HISTORY_DAMAGED] = "damaged",
		[HISTORY_FOREIGN] = "no history",
		[HISTORY_NEWER] = "of a newer version of ntpsd"
	};

	return (words[verdict]);
}
