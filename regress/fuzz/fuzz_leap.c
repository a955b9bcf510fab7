/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: any octets as a leap second list.  A list that is taken passes
 * the check of its receiver, reads back the same when it is written anew, and
 * its answers agree with each other; one that is refused says where and why.
 * The last eight octets are also a time to ask about.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "clock.h"

#define NTP(t)	((long long)(t) + 2208988800LL)
#define DAY	86400

static void
check_refusal(const char *buf, size_t len, uint32_t line, uint32_t column,
    const char *err)
{
	size_t	 i, lines = 1;

	for (i = 0; i < len; i++)
		lines += buf[i] == '\n';
	CHECK(strstr(err, "allowed: ") != NULL);
	CHECK(line <= lines && column <= len + 1);
	CHECK((line == 0) == (column == 0));
}

static void
check_again(const struct leap_table *table)
{
	static char		 text[LEAP_FILE_MAX];
	struct leap_table	 again;
	char			 err[256];
	uint32_t		 i, line, column;
	size_t			 used;

	used = (size_t)snprintf(text, sizeof(text), "#$ %lld\n#@ %lld\n",
	    NTP(table->updated), NTP(table->expires));
	for (i = 0; i < table->n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%lld\t%d\t# %u\n", NTP(table->entry[i].at),
		    table->entry[i].tai, i);
	CHECK(leap_parse(text, used, &again, &line, &column, err,
	    sizeof(err)) == 0 || table->updated > table->expires);
	CHECK(table->updated > table->expires ||
	    memcmp(table, &again, sizeof(again)) == 0);
}

static void
check_answers(const struct leap_table *table, int64_t now)
{
	int64_t	 next, last;
	int	 up, down, tai;
	bool	 has_next, has_last, valid;
	uint8_t	 leap = leap_pending(table, now);

	has_next = leap_next(table, now, &next, &up);
	has_last = leap_last(table, now, &last, &down);
	CHECK(!has_next || (next > now && next % DAY == 0 &&
	    (up == 1 || up == -1)));
	CHECK(!has_last || (last <= now && (down == 1 || down == -1)));
	CHECK((leap != NTP_LEAP_NONE) == (has_next && now >= next - DAY));
	CHECK(leap == NTP_LEAP_NONE || (leap == NTP_LEAP_INSERT) == (up > 0));
	CHECK(has_next || has_last || table->n == 1);
	tai = leap_tai(table, now, &valid);
	CHECK(valid || tai == 0);
	CHECK(valid == (now < table->expires && now >= table->entry[0].at));
}

/* The clock at that time, with and without a smear. */
static void
check_clock(const struct leap_table *table, int64_t now)
{
	struct clock_config	 config = { .source = CLOCK_LOCAL,
				    .stratum = 1, .refid = "FUZZ",
				    .max_distance = 1 };
	struct clock_state	 clock;
	struct timespec		 t = { .tv_sec = now };
	ntp_ts			 ts = ntp_ts_from_timespec(&t);
	int			 kind;

	config.leap = table;
	config.smear.before = config.smear.after = SMEAR_SIDE;
	for (kind = SMEAR_NONE; kind <= SMEAR_COSINE; kind++) {
		config.smear.kind = (enum smear_kind)kind;
		memset(&clock, 0, sizeof(clock));
		clock_init(&clock, &config, -20);
		clock_update(&clock, &t, NULL);
		CHECK(kind != SMEAR_NONE || (!clock.smearing &&
		    (clock.leap_expired ||
		    clock.leap == leap_pending(table, now))));
		CHECK(kind == SMEAR_NONE || clock.leap == NTP_LEAP_NONE);
		CHECK(ntp_ts_diff(clock_smear(&clock, ts), ts) <= 1 &&
		    ntp_ts_diff(clock_smear(&clock, ts), ts) >= -1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct leap_table	 table;
	char			 err[256];
	uint32_t		 i, line, column;
	int64_t			 now = 0;

	if (leap_parse((const char *)data, len, &table, &line, &column, err,
	    sizeof(err)) == -1) {
		check_refusal((const char *)data, len, line, column, err);
		CHECK(table.n == 0);
		return (0);
	}
	CHECK(leap_table_check(&table) == 0);
	if (len >= sizeof(now))
		memcpy(&now, data + len - sizeof(now), sizeof(now));
	check_again(&table);
	check_answers(&table, now);
	check_answers(&table, table.expires);
	for (i = 0; i < table.n; i++) {
		check_answers(&table, table.entry[i].at);
		check_answers(&table, table.entry[i].at - 1);
		check_answers(&table, table.entry[i].at - DAY);
		check_clock(&table, table.entry[i].at - 1);
		check_clock(&table, table.entry[i].at);
	}
	return (0);
}
