/* SPDX-License-Identifier: ISC */
/* The metrics: the table, and what Prometheus and OpenMetrics read of it. */
#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "hist.h"
#include "metrics.h"

#define LINES_MAX	1024
#define NS		UINT64_C(1000000000)

static struct msg_status	 status;
static struct msg_stats		 stats;
static struct msg_process	 process[4];
static struct hist		 processing, work;

static const char *const	 not_ours[] = { "_total", "_bucket", "_sum",
				    "_count", "_info" };

/* Everything that it can show, with a number of its own in each counter. */
static void
fill(struct metrics_view *v)
{
	uint64_t	 n = UINT64_MAX;

	memset(v, 0, sizeof(*v));
	v->now = 1700000000 * NS;
	v->status = &status;
	v->stats = &stats;
	v->process = process;
	v->nprocesses = 4;
	v->processing = &processing;
	v->work = &work;
	status.started = v->now - 1500000001;
	status.service = SERVICE_RUNNING;
	snprintf(status.version, sizeof(status.version), "a\"b\\c\nd\033");
#define CTR(field, metric, labels, help)	stats.counters.field = n--;
#include "counters.def"
#undef CTR
	stats.answering = 1;
	stats.clock.synchronised = 1;
	stats.clock.root_delay = 0.25;
	stats.clock.leap_expires = 1800000000;
	stats.table.unique_hour = 77;
	process[1].proc = PROC_ENGINE;
	process[1].state = PROCESS_RUNNING;
	process[1].restarts = 3;
	process[2].proc = PROC_ENGINE;
	process[2].index = 1;
	process[2].restarts = 4;
	process[2].planned = 5;
	process[3].proc = PROC_ENGINE;	/* the reserve is not one of them */
	process[3].state = PROCESS_READY;
}

/* As it is written; to be freed. */
static char *
written(enum metrics_form form)
{
	struct metrics_view	 v;
	char			*buf, *copy;
	size_t			 size;
	FILE			*f;

	fill(&v);
	ATF_REQUIRE((f = open_memstream(&buf, &size)) != NULL);
	ATF_CHECK_EQ(0, metrics_write(f, form, &v));
	fclose(f);
	ATF_REQUIRE((copy = strdup(buf)) != NULL);
	free(buf);
	return (copy);
}

static void
has_line(enum metrics_form form, const char *line)
{
	char	*s = written(form), *p;
	char	 all[512];

	snprintf(all, sizeof(all), "\n%s\n", line);
	p = strstr(s, all);
	ATF_CHECK_MSG(p != NULL, "no %s", line);
	ATF_CHECK_MSG(p == NULL || strstr(p + 1, all) == NULL, "twice: %s",
	    line);
	free(s);
}

static void
both_have(const char *line)
{
	has_line(METRICS_PROMETHEUS, line);
	has_line(METRICS_OPENMETRICS, line);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	/* the first row of counters.def */
	both_have("ntp_server_received_packets_total 18446744073709551615");
	both_have("ntp_uptime_seconds 1.500000001");
	both_have("ntp_server_service_state{state=\"running\"} 1");
	both_have("ntp_server_service_state{state=\"stopped\"} 0");
	both_have("ntp_system_root_delay_seconds 0.250000000");
	both_have("ntp_system_root_distance_seconds 0.125000000");
	both_have("ntp_system_leap_list_expiry_timestamp_seconds "
	    "1800000000.000000000");
	both_have("ntp_server_unique_clients{window=\"hour\"} 77");
	both_have("ntp_server_engine_restarts_total 7");
	both_have("ntp_server_process_up{process=\"engine 0\"} 1");
	both_have("ntp_server_process_up{process=\"engine 1\"} 0");
	both_have("ntp_server_process_restarts_total{process=\"engine 1\","
	    "cause=\"death\"} 4");
	both_have("ntp_server_process_restarts_total{process=\"engine 1\","
	    "cause=\"command\"} 5");
}

ATF_TC_WITHOUT_HEAD(label_escaped);
ATF_TC_BODY(label_escaped, tc)
{
	both_have("ntp_server_build_info{version=\"a\\\"b\\\\c\\nd?\"} 1");
}

/* Each counter under its own name, whatever stands between rows of a family. */
ATF_TC_WITHOUT_HEAD(every_counter);
ATF_TC_BODY(every_counter, tc)
{
	const struct counter_row	*r;
	struct metrics_view		 v;
	char				 line[256];

	fill(&v);
	for (r = counter_rows; r < counter_rows + counter_nrows; r++) {
		snprintf(line, sizeof(line), "ntp_server_%s%s%s%s %" PRIu64,
		    r->metric, *r->labels != '\0' ? "{" : "", r->labels,
		    *r->labels != '\0' ? "}" : "",
		    counter_get(&stats.counters, r));
		both_have(line);
	}
}

/* received = accepted + denied + ignored + limited + skipped + relayed */
ATF_TC_WITHOUT_HEAD(sorts_of_requests);
ATF_TC_BODY(sorts_of_requests, tc)
{
	static const char *const	 names[] = { "accepted", "denied",
					    "ignored", "rate_limited" };
	const struct counters		*c = &stats.counters;
	struct metrics_view		 v;
	struct metric_value		 value;
	uint64_t			 sum = 0;
	size_t				 i;

	fill(&v);
	stats.counters.kod_rate = 5;		/* is none of these */
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ATF_REQUIRE(metrics_find(&v, names[i], &value));
		ATF_CHECK_EQ(value.kind, METRIC_COUNT);
		sum += value.u.count;
	}
	ATF_CHECK_EQ(sum, c->answered + c->send_errors + c->drop_malformed +
	    c->drop_version + c->drop_mode + c->drop_source +
	    c->drop_destination + c->drop_auth + c->drop_ratelimit +
	    c->drop_policy);
	ATF_CHECK(!metrics_find(&v, "accept", &value));
}

/* What no engine vouches for is not called good. */
ATF_TC_WITHOUT_HEAD(no_answer_is_unsynchronised);
ATF_TC_BODY(no_answer_is_unsynchronised, tc)
{
	struct metrics_view	 v;
	struct metric_value	 value;

	fill(&v);
	ATF_REQUIRE(metrics_find(&v, "synchronised", &value));
	ATF_CHECK_EQ(1, value.u.count);
	stats.answering = 0;
	ATF_REQUIRE(metrics_find(&v, "synchronised", &value));
	ATF_CHECK_EQ(0, value.u.count);
}

ATF_TC_WITHOUT_HEAD(heads);
ATF_TC_BODY(heads, tc)
{
	has_line(METRICS_PROMETHEUS, "# HELP ntp_server_received_bytes_total "
	    "Octets of NTP received\n"
	    "# TYPE ntp_server_received_bytes_total counter");
	has_line(METRICS_OPENMETRICS, "# TYPE ntp_server_received_bytes "
	    "counter\n# UNIT ntp_server_received_bytes bytes\n"
	    "# HELP ntp_server_received_bytes Octets of NTP received");
	has_line(METRICS_PROMETHEUS, "# TYPE ntp_server_build_info gauge");
	has_line(METRICS_OPENMETRICS, "# HELP ntp_server_build "
	    "The version of the daemon");
	has_line(METRICS_PROMETHEUS, "# HELP ntp_server_dropped_packets_total "
	    "Requests dropped, by reason");
}

/* The name of the line's family, without what samples add to it. */
static void
family_of(const char *line, char *buf, size_t size)
{
	size_t	 i, len, n;

	if (strncmp(line, "# ", 2) == 0)
		line += 7;		/* "# TYPE ", "# HELP " */
	len = strcspn(line, " {");
	ATF_REQUIRE(len < size);
	memcpy(buf, line, len);
	buf[len] = '\0';
	for (i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++) {
		n = strlen(not_ours[i]);
		if (len > n && strcmp(buf + len - n, not_ours[i]) == 0)
			buf[len - n] = '\0';
	}
}

static unsigned int
split(char *s, char **lines)
{
	unsigned int	 n = 0;
	char		*p;

	for (p = strtok(s, "\n"); p != NULL; p = strtok(NULL, "\n")) {
		ATF_REQUIRE(n < LINES_MAX);
		lines[n++] = p;
	}
	return (n);
}

/* A family stands in one place, its head first; no series is there twice. */
static void
check_order(enum metrics_form form)
{
	char		*s = written(form), *line[LINES_MAX];
	char		 family[128], other[128], before[128] = "";
	unsigned int	 i, j, n;
	size_t		 len;

	ATF_CHECK_EQ('\n', s[strlen(s) - 1]);
	n = split(s, line);
	ATF_CHECK_EQ(form == METRICS_OPENMETRICS,
	    strcmp(line[n - 1], "# EOF") == 0);
	if (form == METRICS_OPENMETRICS)
		n--;
	for (i = 0; i < n; i++) {
		family_of(line[i], family, sizeof(family));
		ATF_CHECK_MSG(strncmp(family, "ntp_", 4) == 0, "%s", line[i]);
		if (strcmp(family, before) != 0) {
			ATF_CHECK_MSG(*line[i] == '#', "%s", line[i]);
			for (j = 0; j < i; j++) {
				family_of(line[j], other, sizeof(other));
				ATF_CHECK_MSG(strcmp(family, other) != 0,
				    "apart: %s", line[i]);
			}
		}
		strlcpy(before, family, sizeof(before));
		/* a head has its help, a sample its value */
		len = strcspn(line[i], " ");
		for (j = 0; j < i && *line[i] != '#'; j++)
			ATF_CHECK_MSG(strncmp(line[i], line[j], len + 1) != 0 ||
			    strchr(line[i], '{') != NULL, "twice: %s", line[i]);
		for (j = 0; j < i; j++)
			ATF_CHECK_MSG(strcmp(line[i], line[j]) != 0,
			    "twice: %s", line[i]);
		ATF_CHECK_MSG(line[i][strlen(line[i]) - 1] != ' ', "empty: %s",
		    line[i]);
	}
	free(s);
}

ATF_TC_WITHOUT_HEAD(families_together);
ATF_TC_BODY(families_together, tc)
{
	check_order(METRICS_PROMETHEUS);
	check_order(METRICS_OPENMETRICS);
}

/* OpenMetrics: a counter's samples end in _total; a unit ends the name. */
ATF_TC_WITHOUT_HEAD(openmetrics_names);
ATF_TC_BODY(openmetrics_names, tc)
{
	char		*s = written(METRICS_OPENMETRICS), *line[LINES_MAX];
	char		 name[128], word[128];
	unsigned int	 i, n, units = 0, counters = 0;

	n = split(s, line);
	for (i = 0; i + 1 < n; i++) {
		if (sscanf(line[i], "# UNIT %127s %127s", name, word) == 2) {
			units++;
			ATF_CHECK_MSG(strlen(name) > strlen(word) + 1 &&
			    strcmp(name + strlen(name) - strlen(word), word) ==
			    0, "%s", line[i]);
		} else if (sscanf(line[i], "# TYPE %127s %127s", name,
		    word) == 2 && strcmp(word, "counter") == 0) {
			counters++;
			strlcat(name, "_total", sizeof(name));
			while (*line[i + 1] == '#')
				i++;
			ATF_CHECK_MSG(strncmp(line[i + 1], name,
			    strlen(name)) == 0, "%s", line[i + 1]);
		}
	}
	ATF_CHECK(units > 8);
	ATF_CHECK(counters > 20);
	free(s);
}

ATF_TC_WITHOUT_HEAD(times);
ATF_TC_BODY(times, tc)
{
	struct hist	*h = &processing;

	both_have("ntp_server_work_seconds_count 0");
	hist_add(h, 1023);
	hist_add(h, 1024);
	hist_add(h, 5 * NS);
	both_have("ntp_server_processing_seconds_bucket{le=\"0.000001024\"} 1");
	both_have("ntp_server_processing_seconds_bucket{le=\"0.000002048\"} 2");
	both_have("ntp_server_processing_seconds_bucket{le=\"1.073741824\"} 2");
	both_have("ntp_server_processing_seconds_bucket{le=\"+Inf\"} 3");
	both_have("ntp_server_processing_seconds_count 3");
	both_have("ntp_server_processing_seconds_sum 5.000002047");
	has_line(METRICS_PROMETHEUS,
	    "# TYPE ntp_server_processing_seconds histogram");
}

/* Nothing in the table needs escaping, and nothing lacks its help. */
ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	const struct metric_row	*r, *end;
	const char		*p;

	end = metric_rows + metric_nrows;
	for (r = metric_rows; r < end; r++) {
		for (p = r->metric; *p != '\0'; p++)
			ATF_CHECK_MSG(islower((unsigned char)*p) || *p == '_',
			    "%s", r->metric);
		ATF_CHECK_MSG(strpbrk(r->help, "\\\"\n") == NULL, "%s",
		    r->help);
		/* one with labels has siblings, and a FAM row */
		ATF_CHECK_MSG((*r->labels != '\0') == (*r->help == '\0'),
		    "%s", r->name);
	}
}

/* What a full disk takes away is not left out in silence. */
ATF_TC_WITHOUT_HEAD(failed_write);
ATF_TC_BODY(failed_write, tc)
{
	struct metrics_view	 v;
	FILE			*f;

	fill(&v);
	if ((f = fopen("/dev/full", "w")) == NULL)
		atf_tc_skip("no /dev/full");
	ATF_CHECK_EQ(-1, metrics_write(f, METRICS_PROMETHEUS, &v));
	fclose(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, label_escaped);
	ATF_TP_ADD_TC(tp, every_counter);
	ATF_TP_ADD_TC(tp, sorts_of_requests);
	ATF_TP_ADD_TC(tp, no_answer_is_unsynchronised);
	ATF_TP_ADD_TC(tp, heads);
	ATF_TP_ADD_TC(tp, families_together);
	ATF_TP_ADD_TC(tp, openmetrics_names);
	ATF_TP_ADD_TC(tp, times);
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, failed_write);
	return (atf_no_error());
}
