/* SPDX-License-Identifier: ISC */
/* The history as a file, written: see history_file.h. */

#include <string.h>

#include "history_file.h"

/* What is being written; full: it did not fit. */
struct writer {
	uint8_t		*p;
	size_t		 len, size;
	size_t		 record;	/* where the one under way begins */
	bool		 full;
};

/* Bit by bit of four: the table of a step, for the polynomial 0x04c11db7. */
uint32_t
history_crc(const uint8_t *p, size_t len)
{
	static const uint32_t	 table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
	};
	uint32_t		 crc = UINT32_MAX;

	for (; len > 0; p++, len--) {
		crc ^= *p;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return (~crc);
}

static void
put_octet(struct writer *w, unsigned int octet)
{
	if (w->len < w->size)
		w->p[w->len++] = (uint8_t)octet;
	else
		w->full = true;
}

static void
put_u32(struct writer *w, uint32_t n)
{
	unsigned int	 i;

	for (i = 0; i < 4; i++)
		put_octet(w, n >> 8 * i & 0xff);
}

static void
put_number(struct writer *w, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		put_octet(w, (unsigned int)(n & 0x7f) | 0x80);
	put_octet(w, (unsigned int)n);
}

static void
record_begin(struct writer *w, unsigned int kind)
{
	w->record = w->len;
	put_octet(w, 0);
	put_octet(w, 0);
	put_octet(w, kind);
}

static void
record_end(struct writer *w)
{
	size_t	 body = w->len - w->record - HISTORY_RECORD_HEAD;

	if (w->full)
		return;
	if (body > HISTORY_BODY_MAX) {
		w->full = true;
		return;
	}
	w->p[w->record] = body & 0xff;
	w->p[w->record + 1] = (uint8_t)(body >> 8);
	put_u32(w, history_crc(w->p + w->record, w->len - w->record));
}

static void
put_head(struct writer *w)
{
	const char	*p;
	size_t		 i;

	for (i = 0; i < HISTORY_MAGIC_LEN; i++)
		put_octet(w, (uint8_t)HISTORY_MAGIC[i]);
	put_u32(w, HISTORY_VERSION);
	record_begin(w, HISTORY_NAMES);
	for (i = 0; i < counter_nrows; i++) {
		for (p = counter_rows[i].name; *p != '\0'; p++)
			put_octet(w, (uint8_t)*p);
		put_octet(w, 0);
	}
	record_end(w);
}

static void
put_row(struct writer *w, enum history_step step, const struct history_row *r)
{
	size_t	 i;

	record_begin(w, HISTORY_ROW);
	put_number(w, step);
	put_number(w, r->start);
	put_number(w, r->covered);
	put_number(w, r->leap);
	put_number(w, r->stratum);
	put_number(w, r->synchronised);
	put_number(w, r->root_dispersion);
	put_number(w, r->unique);
	put_number(w, r->times.n);
	put_number(w, r->times.mean);
	put_number(w, r->times.p50);
	put_number(w, r->times.p95);
	put_number(w, r->times.p99);
	put_number(w, r->times.max);
	for (i = 0; i < counter_nrows; i++)
		put_number(w, counter_get(&r->counters, &counter_rows[i]));
	record_end(w);
}

static void
put_times(struct writer *w, enum history_step step, uint64_t start,
    const struct hist *h)
{
	unsigned int	 i, n = 0, last = 0;

	for (i = 0; i < HIST_BUCKETS; i++)
		n += h->bucket[i] > 0;
	if (n == 0)
		return;
	record_begin(w, HISTORY_TIMES);
	put_number(w, step);
	put_number(w, start);
	put_number(w, h->sum);
	put_number(w, n);
	for (i = 0; i < HIST_BUCKETS; i++) {
		if (h->bucket[i] == 0)
			continue;
		put_number(w, i - last);
		put_number(w, h->bucket[i]);
		last = i + 1;
	}
	record_end(w);
}

size_t
history_write(const struct history *h, uint8_t *p, size_t size)
{
	const struct history_open	*minute = &h->open[HISTORY_MINUTE];
	const struct history_open	*hour = &h->open[HISTORY_HOUR];
	struct writer			 w = { p, 0, size, 0, false };
	struct history_row		 row;
	struct hist			 before;
	uint64_t			 i;

	put_head(&w);
	/* The hour that is not over yet is the sum of its minutes. */
	for (i = history_first(h, HISTORY_HOUR); i < h->put[HISTORY_HOUR]; i++)
		if (history_get(h, HISTORY_HOUR, i, &row))
			put_row(&w, HISTORY_HOUR, &row);
	for (i = history_first(h, HISTORY_MINUTE); history_get(h,
	    HISTORY_MINUTE, i, &row); i++)
		put_row(&w, HISTORY_MINUTE, &row);
	hist_sub(&before, &hour->times, &minute->times);
	if (hour->row.covered > 0)
		put_times(&w, HISTORY_HOUR, hour->row.start, &before);
	if (minute->row.covered > 0)
		put_times(&w, HISTORY_MINUTE, minute->row.start,
		    &minute->times);
	return (w.full ? 0 : w.len);
}

size_t
history_write_minute(const struct history *h, uint8_t *p, size_t size)
{
	struct writer		 w = { p, 0, size, 0, false };
	struct history_row	 row;
	uint64_t		 put = h->put[HISTORY_MINUTE];

	if (put == 0 || !history_get(h, HISTORY_MINUTE, put - 1, &row))
		return (0);
	put_row(&w, HISTORY_MINUTE, &row);
	put_times(&w, HISTORY_MINUTE, row.start, &h->minute_times);
	return (w.full ? 0 : w.len);
}
