/* SPDX-License-Identifier: ISC */
/* Numbers in few columns: see top_page.h. */
#include <inttypes.h>
#include <stdio.h>

#include "top_page.h"

const char *
short_number(uint64_t n, char *buf)
{
	static const char	 units[] = "kMGTPE";
	unsigned int		 i;
	double			 v = (double)n;

	if (n == TOP_UNKNOWN)
		return ("-");
	if (n < 10000) {
		snprintf(buf, SHORT_LEN, "%" PRIu64, n);
		return (buf);
	}
	for (i = 0, v /= 1000; v >= 999.5 && units[i + 1] != '\0'; i++)
		v /= 1000;
	snprintf(buf, SHORT_LEN, v < 99.95 ? "%.1f%c" : "%.0f%c", v,
	    units[i]);
	return (buf);
}

const char *
short_time(const struct top_times *t, uint64_t ns, char *buf)
{
	static const char *const	 units[] = { "us", "ms", "s" };
	unsigned int			 i;
	double				 v = (double)ns / 1e3;

	if (t->n == 0)
		return ("-");
	if (ns < 1000) {
		snprintf(buf, SHORT_LEN, "%" PRIu64 " ns", ns);
		return (buf);
	}
	for (i = 0; v >= 999.95 && i < 2; i++)
		v /= 1e3;
	snprintf(buf, SHORT_LEN, "%.1f %s", v, units[i]);
	return (buf);
}

const char *
short_age(uint64_t ms, char *buf)
{
	static const struct {
		uint64_t	 seconds;
		char		 unit;
	}		 units[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }
	};
	uint64_t	 s = ms / 1000;
	unsigned int	 i;

	for (i = 0; i < 3; i++)
		if (s >= units[i].seconds * 2) {
			s /= units[i].seconds;
			break;
		}
	if (s > 999)
		return ("long");
	snprintf(buf, SHORT_LEN, "%" PRIu64 " %c", s, i < 3 ? units[i].unit :
	    's');
	return (buf);
}

const char *
short_span(uint64_t s, char *buf)
{
	if (s >= 86400)
		snprintf(buf, SHORT_LEN, "%" PRIu64 "d %" PRIu64 "h",
		    s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(buf, SHORT_LEN, "%" PRIu64 "h %" PRIu64 "m",
		    s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(buf, SHORT_LEN, "%" PRIu64 "m %" PRIu64 "s",
		    s / 60, s % 60);
	else
		snprintf(buf, SHORT_LEN, "%" PRIu64 "s", s);
	return (buf);
}
