/* SPDX-License-Identifier: ISC */
/* The counters' table: one row for each field, each reaching its own field. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include <atf-c.h>

#include "counters.h"

ATF_TC_WITHOUT_HEAD(every_field_has_its_row);
ATF_TC_BODY(every_field_has_its_row, tc)
{
	struct counters	 c;
	uint64_t	 v = 0x0101010101010101;
	size_t		 n = 0;

	ATF_CHECK_EQ(counter_nrows * sizeof(uint64_t), sizeof(c));
#define CTR(field, m, l, h)						\
	memset(&c, 0, sizeof(c));					\
	c.field = v + n;						\
	ATF_REQUIRE(n < counter_nrows);					\
	ATF_CHECK_STREQ(counter_rows[n].name, #field);			\
	ATF_CHECK_STREQ(counter_rows[n].metric, m);		\
	ATF_CHECK_STREQ(counter_rows[n].labels, l);		\
	ATF_CHECK_STREQ(counter_rows[n].help, h);			\
	ATF_CHECK_EQ(counter_get(&c, &counter_rows[n]), v + n);		\
	n++;
#include "counters.def"
#undef CTR
	ATF_CHECK_EQ(n, counter_nrows);
}

ATF_TC_WITHOUT_HEAD(add);
ATF_TC_BODY(add, tc)
{
	struct counters	 sum, c;
	uint64_t	 v = 1;

#define CTR(field, metric, labels, help)				\
	c.field = v;							\
	sum.field = v++ << 40;
#include "counters.def"
#undef CTR
	counters_add(&sum, &c);
	v = 1;
#define CTR(field, metric, labels, help)				\
	ATF_CHECK_EQ_MSG(sum.field, (v << 40) + v, #field);		\
	ATF_CHECK_EQ_MSG(c.field, v, #field);				\
	v++;
#include "counters.def"
#undef CTR
}

/* A metric and its labels name one time series: no two rows may share it. */
ATF_TC_WITHOUT_HEAD(series_are_unique);
ATF_TC_BODY(series_are_unique, tc)
{
	const struct counter_row	*a, *b;
	const char			*p;
	size_t				 i, j;

	for (i = 0; i < counter_nrows; i++) {
		a = &counter_rows[i];
		for (p = a->metric; *p != '\0'; p++)
			ATF_CHECK_MSG(islower((unsigned char)*p) || *p == '_',
			    "%s", a->metric);
		ATF_CHECK_MSG(strlen(a->metric) > 6 && strcmp(a->metric +
		    strlen(a->metric) - 6, "_total") == 0, "%s", a->metric);
		for (j = 0; j < i; j++) {
			b = &counter_rows[j];
			ATF_CHECK_MSG(strcmp(a->metric, b->metric) != 0 ||
			    strcmp(a->labels, b->labels) != 0, "%s and %s",
			    a->name, b->name);
		}
	}
}

ATF_TC_WITHOUT_HEAD(sum_by_name);
ATF_TC_BODY(sum_by_name, tc)
{
	struct counters	 c;

	memset(&c, 0, sizeof(c));
	ATF_CHECK_EQ(0, counters_sum(&c, "drop_"));
	c.received = 100;
	c.drop_ratelimit = 1;
	c.drop_policy = 2;
	ATF_CHECK_EQ(3, counters_sum(&c, "drop_"));
	ATF_CHECK_EQ(103, counters_sum(&c, ""));
	c.drop_policy = UINT64_MAX;
	ATF_CHECK_EQ(UINT64_MAX, counters_sum(&c, "drop_"));
	ATF_CHECK_EQ(0, counters_sum(&c, "no such"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_field_has_its_row);
	ATF_TP_ADD_TC(tp, add);
	ATF_TP_ADD_TC(tp, sum_by_name);
	ATF_TP_ADD_TC(tp, series_are_unique);
	return (atf_no_error());
}
