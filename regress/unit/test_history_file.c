/* SPDX-License-Identifier: ISC */
/* history_file.c, history_read.c: what was written reads back the same. */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "history_file.h"

#define NS	1000000000ULL
#define BEGIN	(1700000000ULL - 1700000000ULL % 3600)

static struct history	 h, back;
static struct counters	 told;
static struct hist	 times;
static uint64_t		 wall, mono;
static uint8_t		 file[HISTORY_FILE_MAX], copy[HISTORY_FILE_MAX];

static void
begin(void)
{
	memset(&h, 0, sizeof(h));
	memset(&told, 0, sizeof(told));
	memset(&times, 0, sizeof(times));
	wall = BEGIN;
	mono = NS;
	srandom(11);
}

static unsigned int
second(struct history *to)
{
	struct history_look	 look;
	unsigned int		 i, n = (unsigned int)random() % 5;

	memset(&look, 0, sizeof(look));
	look.stratum = 1 + (uint32_t)(wall / 60 % 16);
	look.leap = (uint32_t)(wall % 4);
	look.synchronised = (uint32_t)(wall / 7 % 2);
	look.root_dispersion = wall * 1000;
	look.unique_minute = wall % 99;
	look.unique_hour = wall % 999;
	told.received += n;
	told.bytes_in += 48 * n;
	told.kernel_drops += n == 4;
	for (i = 0; i < n; i++)
		hist_add(&times, (uint64_t)random() % 1000000);
	history_told(to, 0, true, 1, &told, &times);
	wall++;
	mono += NS;
	return (history_tick(to, wall, mono, &look));
}

static void
seconds(struct history *to, unsigned int n)
{
	while (n-- > 0)
		second(to);
}

static enum history_verdict
read_back(const uint8_t *p, size_t len, size_t *at)
{
	memset(&back, 0, sizeof(back));
	return (history_read(&back, p, len, at));
}

static bool
same_rows(const struct history *a, const struct history *b,
    enum history_step step)
{
	struct history_row	 x, y;
	uint64_t		 i = history_first(a, step);
	uint64_t		 k = history_first(b, step);

	for (; i < history_end(a, step); i++, k++)
		if (!history_get(a, step, i, &x) ||
		    !history_get(b, step, k, &y) ||
		    memcmp(&x, &y, sizeof(x)) != 0)
			return (false);
	return (k == history_end(b, step));
}

ATF_TC_WITHOUT_HEAD(reads_back);
ATF_TC_BODY(reads_back, tc)
{
	size_t	 len, at;

	begin();
	seconds(&h, 7 * 3600 + 1234);
	ATF_REQUIRE((len = history_write(&h, file, sizeof(file))) > 0);
	ATF_CHECK_EQ(HISTORY_WHOLE, read_back(file, len, &at));
	ATF_CHECK_EQ(len, at);
	ATF_CHECK(same_rows(&h, &back, HISTORY_MINUTE));
	/* the sources of the hour so far come with the next look */
	back.open[HISTORY_HOUR].row.unique = h.open[HISTORY_HOUR].row.unique;
	ATF_CHECK(same_rows(&h, &back, HISTORY_HOUR));
	ATF_CHECK_EQ(0, history_end(&back, HISTORY_SECOND));
	/* and is written the same */
	ATF_CHECK_EQ(len, history_write(&back, copy, sizeof(copy)));
	ATF_CHECK_EQ(0, memcmp(file, copy, len));
}

ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	size_t	 len, at;

	begin();
	ATF_REQUIRE((len = history_write(&h, file, sizeof(file))) > 0);
	ATF_CHECK_EQ(HISTORY_WHOLE, read_back(file, len, &at));
	ATF_CHECK_EQ(0, history_write_minute(&h, copy, sizeof(copy)));
	ATF_CHECK_EQ(HISTORY_CUT, read_back(file, 0, &at));
}

ATF_TC_WITHOUT_HEAD(full_fits);
ATF_TC_BODY(full_fits, tc)
{
	struct history_row	*r;
	unsigned int		 i, step;
	size_t			 len, at;

	/* every number as large as it can be */
	begin();
	for (step = HISTORY_MINUTE; step < HISTORY_STEPS; step++)
		for (i = 0; i < 2000; i++) {
			r = history_at(&h, (enum history_step)step, i);
			memset(r, 0xff, sizeof(*r));
			r->start = UINT64_MAX / 2;
			r->start -= r->start % 3600;
			r->start += i * history_length(
			    (enum history_step)step);
			r->covered = 60;
			r->leap = 3;
			r->stratum = 16;
			r->synchronised = 1;
			h.put[step]++;
		}
	for (i = 0; i < HIST_BUCKETS; i++)
		h.open[HISTORY_HOUR].times.bucket[i] = UINT32_MAX;
	h.open[HISTORY_MINUTE].row.covered = 1;
	h.open[HISTORY_HOUR].row.covered = 1;
	len = history_write(&h, file, sizeof(file));
	ATF_CHECK(len > 0 && len < HISTORY_FILE_MAX / 2 + HISTORY_FILE_MAX / 4);
	ATF_CHECK_EQ(HISTORY_WHOLE, read_back(file, len, &at));
	for (i = 0; i < HIST_BUCKETS; i++)
		h.minute_times.bucket[i] = UINT64_MAX;
	len = history_write_minute(&h, file, HISTORY_APPEND_MAX);
	ATF_CHECK(len > 0);
	/* no room for it is none at all */
	for (at = 0; at < len; at++)
		ATF_REQUIRE_EQ(0, history_write_minute(&h, copy, at));
}

/* As the daemon does it: a file, and a minute appended to it at a time. */
static size_t
keep(unsigned int n)
{
	size_t	 len = history_write(&h, file, sizeof(file));

	while (n-- > 0)
		if (second(&h) & 1 << HISTORY_MINUTE)
			len += history_write_minute(&h, file + len,
			    sizeof(file) - len);
	return (len);
}

ATF_TC_WITHOUT_HEAD(appended);
ATF_TC_BODY(appended, tc)
{
	size_t	 len, at;

	begin();
	seconds(&h, 3600 + 754);
	len = keep(66);
	/* up to the last whole minute, no more */
	ATF_CHECK_EQ(HISTORY_WHOLE, read_back(file, len, &at));
	ATF_CHECK_EQ(history_end(&h, HISTORY_MINUTE) - 1,
	    history_end(&back, HISTORY_MINUTE));
	begin();
	seconds(&h, 3600 + 754);
	len = keep(27 * 60 - 754 % 60 + 1);
	ATF_CHECK_EQ(HISTORY_WHOLE, read_back(file, len, &at));
	/* that minute is not over when it is read, but so it was */
	h.open[HISTORY_MINUTE].row.covered = 0;
	ATF_CHECK(same_rows(&h, &back, HISTORY_MINUTE));
}

/* What second() just gave to h. */
static void
same_second(struct history *to)
{
	struct history_look	 look;
	struct history_row	*row = &h.open[HISTORY_SECOND].row;

	memset(&look, 0, sizeof(look));
	look.leap = row->leap;
	look.stratum = row->stratum;
	look.synchronised = row->synchronised;
	look.root_dispersion = row->root_dispersion;
	look.unique_minute = row->unique;
	look.unique_hour = h.open[HISTORY_HOUR].row.unique;
	history_told(to, 0, true, 1, &told, &times);
	history_tick(to, wall, mono, &look);
}

/* A life with restarts, in good order, has the rows of one without. */
ATF_TC_WITHOUT_HEAD(goes_on);
ATF_TC_BODY(goes_on, tc)
{
	static struct history	 other;
	unsigned int		 i, n;
	size_t			 len, at;

	for (n = 17; n < 4000; n = n * 2 + 13) {
		begin();
		memset(&other, 0, sizeof(other));
		for (i = 0; i < 3 * 3600; i++) {
			if (i % n == 0) {
				len = history_write(&other, file,
				    sizeof(file));
				ATF_REQUIRE_EQ(HISTORY_WHOLE, read_back(file,
				    len, &at));
				memcpy(back.source, other.source,
				    sizeof(back.source));
				back.last = other.last;
				other = back;
			}
			second(&h);
			same_second(&other);
		}
		ATF_CHECK_MSG(same_rows(&h, &other, HISTORY_MINUTE),
		    "minutes, restarted every %u s", n);
		ATF_CHECK_MSG(same_rows(&h, &other, HISTORY_HOUR),
		    "hours, restarted every %u s", n);
	}
}

ATF_TC_WITHOUT_HEAD(cut_at_each_octet);
ATF_TC_BODY(cut_at_each_octet, tc)
{
	enum history_verdict	 v;
	size_t			 len, cut, at, before = 0;
	uint64_t		 rows, had = 0;

	begin();
	seconds(&h, 3600 + 700);
	len = keep(200);
	for (cut = 0; cut < len; cut++) {
		v = read_back(file, cut, &at);
		ATF_REQUIRE(at <= cut && at >= before);
		/* where a record ends it is whole, only shorter */
		ATF_REQUIRE(v == HISTORY_CUT || (v == HISTORY_WHOLE &&
		    at == cut));
		rows = history_end(&back, HISTORY_MINUTE) +
		    history_end(&back, HISTORY_HOUR);
		ATF_REQUIRE(rows + 1 >= had);
		had = rows > had ? rows : had;
		before = at;
		/* room that the file system made, and never filled */
		memset(copy, 0, 64);
		memcpy(copy, file, cut);
		memset(copy + cut, 0, 64);
		if (at == cut)
			ATF_REQUIRE_EQ(HISTORY_CUT, read_back(copy, cut + 64,
			    &at));
	}
	ATF_CHECK(had > 14);
}

ATF_TC_WITHOUT_HEAD(damaged_at_each_octet);
ATF_TC_BODY(damaged_at_each_octet, tc)
{
	struct history_row	 a, b;
	enum history_verdict	 v;
	uint64_t		 k;
	size_t			 len, i, at;

	begin();
	seconds(&h, 700);
	len = keep(200);
	for (i = 0; i < len; i++) {
		file[i] ^= 1 << i % 8;
		v = read_back(file, len, &at);
		file[i] ^= 1 << i % 8;
		ATF_REQUIRE(v != HISTORY_WHOLE && at <= i);
		if (i < HISTORY_MAGIC_LEN)
			ATF_REQUIRE_EQ(HISTORY_FOREIGN, v);
		/* what was read before it is right; the last may be older */
		for (k = 0; k + 1 < history_end(&back, HISTORY_MINUTE); k++) {
			ATF_REQUIRE(history_get(&back, HISTORY_MINUTE, k, &a));
			ATF_REQUIRE(history_get(&h, HISTORY_MINUTE, k, &b));
			ATF_REQUIRE_EQ(0, memcmp(&a, &b, sizeof(a)));
		}
	}
}

ATF_TC_WITHOUT_HEAD(foreign_and_newer);
ATF_TC_BODY(foreign_and_newer, tc)
{
	static const uint8_t	 text[] = "clock.stratum=5\nlog.level=debug\n";
	size_t			 len, at;

	ATF_CHECK_EQ(HISTORY_FOREIGN, read_back(text, sizeof(text), &at));
	ATF_CHECK_EQ(HISTORY_FOREIGN, read_back(text, 3, &at));
	begin();
	seconds(&h, 100);
	len = history_write(&h, file, sizeof(file));
	file[8] = HISTORY_VERSION + 1;
	ATF_CHECK_EQ(HISTORY_NEWER, read_back(file, len, &at));
	ATF_CHECK_EQ(0, history_end(&back, HISTORY_MINUTE));
	file[8] = 0;
	ATF_CHECK_EQ(HISTORY_DAMAGED, read_back(file, len, &at));
}

static size_t
close_record(size_t from, size_t len)
{
	uint32_t	 crc;
	unsigned int	 i;

	file[from] = (len - from - 3) & 0xff;
	file[from + 1] = (uint8_t)((len - from - 3) >> 8);
	crc = history_crc(file + from, len - from);
	for (i = 0; i < 4; i++)
		file[len++] = crc >> 8 * i & 0xff;
	return (len);
}

/* A file of a version with other counters: by their names, in its order. */
ATF_TC_WITHOUT_HEAD(other_counters);
ATF_TC_BODY(other_counters, tc)
{
	static const char	 names[] = "answered\0was_once\0received";
	static const uint8_t	 row[] = { HISTORY_MINUTE, 120, 60, 0, 2, 1, 7,
				    8, 0, 0, 0, 0, 0, 0, 5, 6, 9 };
	struct history_row	 r;
	size_t			 len, from, at;

	memcpy(file, HISTORY_MAGIC "\1\0\0\0", 12);
	from = 12;
	file[from + 2] = HISTORY_NAMES;
	memcpy(file + from + 3, names, sizeof(names));
	len = close_record(from, from + 3 + sizeof(names));
	from = len;
	file[from + 2] = HISTORY_ROW;
	memcpy(file + from + 3, row, sizeof(row));
	len = close_record(from, from + 3 + sizeof(row));
	ATF_CHECK_EQ(HISTORY_WHOLE, read_back(file, len, &at));
	ATF_REQUIRE(history_get(&back, HISTORY_MINUTE, 0, &r));
	ATF_CHECK_EQ(120, r.start);
	ATF_CHECK_EQ(5, r.counters.answered);
	ATF_CHECK_EQ(9, r.counters.received);
	ATF_CHECK_EQ(0, r.counters.drop_policy);
	ATF_CHECK_EQ(7, r.root_dispersion);
	ATF_CHECK_EQ(8, r.unique);
}

/* A record of that type and body behind a good file: is it taken? */
static enum history_verdict
with_record(uint8_t type, const uint8_t *body, size_t n)
{
	size_t			 len, end, at;
	enum history_verdict	 verdict;

	begin();
	len = history_write(&h, file, sizeof(file));
	file[len + 2] = type;
	memcpy(file + len + HISTORY_RECORD_HEAD, body, n);
	end = close_record(len, len + HISTORY_RECORD_HEAD + n);
	verdict = read_back(file, end, &at);
	ATF_CHECK_EQ(verdict == HISTORY_WHOLE ? end : len, at);
	return (verdict);
}

#define RECORD(type, ...)						\
	with_record(type, (const uint8_t []){ __VA_ARGS__ },		\
	    sizeof((const uint8_t []){ __VA_ARGS__ }))
#define ALL_BITS	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

/* Well summed, and still nothing that we would write. */
ATF_TC_WITHOUT_HEAD(unfit_times);
ATF_TC_BODY(unfit_times, tc)
{
	ATF_CHECK_EQ(HISTORY_WHOLE, RECORD(HISTORY_TIMES, 1, 0, 0, 0));
	ATF_CHECK_EQ(HISTORY_WHOLE, RECORD(HISTORY_TIMES, 2, 0, 0, 1, 0, 9));
	/* of seconds, of an unknown step, not from the minute's begin */
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 0, 0, 0, 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 3, 0, 0, 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 1, 7, 0, 0));
	/* too short, too long */
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 1, 0, 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 1, 0, 0, 0, 0));
	/* a place that is none, a number and a count that can't be */
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 1, 0, 0, 1,
	    HIST_BUCKETS % 128 | 128, HIST_BUCKETS / 128, 1));
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 1, 0, ALL_BITS, 2,
	    0));
	ATF_CHECK_EQ(HISTORY_WHOLE, RECORD(HISTORY_TIMES, 1, 0, ALL_BITS, 1,
	    0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_TIMES, 1, 0, 0, 1, 0,
	    ALL_BITS, 1));
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(9, 0));
}

/* step, start, covered, and no more than that */
static enum history_verdict
with_row(uint8_t step, uint8_t start, uint8_t covered, size_t more)
{
	uint8_t	 body[1000] = { step, start, covered };

	ATF_REQUIRE(counter_nrows < 900);
	return (with_record(HISTORY_ROW, body, 14 + counter_nrows + more));
}

ATF_TC_WITHOUT_HEAD(unfit_rows);
ATF_TC_BODY(unfit_rows, tc)
{
	uint8_t	 names[2 * 300];
	size_t	 i;

	ATF_CHECK_EQ(HISTORY_WHOLE, with_row(1, 0, 1, 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, with_row(0, 0, 1, 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, with_row(1, 7, 1, 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, with_row(1, 0, 0, 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, with_row(1, 0, 1, 1));
	ATF_CHECK_EQ(HISTORY_DAMAGED, with_row(1, 0, 1, (size_t)-1));
	/* names of counters: one has no end, there are too many */
	ATF_CHECK_EQ(HISTORY_WHOLE, RECORD(HISTORY_NAMES, 'a', 0, 'b', 0));
	ATF_CHECK_EQ(HISTORY_DAMAGED, RECORD(HISTORY_NAMES, 'a', 0, 'b'));
	for (i = 0; i < sizeof(names); i++)
		names[i] = i % 2 == 0 ? 'x' : '\0';
	ATF_CHECK_EQ(HISTORY_WHOLE, with_record(HISTORY_NAMES, names, 512));
	ATF_CHECK_EQ(HISTORY_DAMAGED, with_record(HISTORY_NAMES, names, 514));
}

ATF_TC_WITHOUT_HEAD(checksum);
ATF_TC_BODY(checksum, tc)
{
	/* the check value that is published for CRC-32/ISO-HDLC */
	ATF_CHECK_EQ(0xcbf43926, history_crc((const uint8_t *)"123456789", 9));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reads_back);
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, full_fits);
	ATF_TP_ADD_TC(tp, appended);
	ATF_TP_ADD_TC(tp, goes_on);
	ATF_TP_ADD_TC(tp, cut_at_each_octet);
	ATF_TP_ADD_TC(tp, damaged_at_each_octet);
	ATF_TP_ADD_TC(tp, foreign_and_newer);
	ATF_TP_ADD_TC(tp, other_counters);
	ATF_TP_ADD_TC(tp, unfit_times);
	ATF_TP_ADD_TC(tp, unfit_rows);
	ATF_TP_ADD_TC(tp, checksum);
	return (atf_no_error());
}
