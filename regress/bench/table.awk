# SPDX-License-Identifier: ISC
#
# name=key=value lines of all rounds to a table: medians, and ratios to the
# floor paired round by round.

function median(v, n,   i, j, x) {
	if (n == 0)
		return -1
	for (i = 2; i <= n; i++) {
		x = v[i]
		for (j = i - 1; j > 0 && v[j] > x; j--)
			v[j + 1] = v[j]
		v[j + 1] = x
	}
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
function med(s, k,   v, i) {
	split("", v)
	for (i = 1; i <= count[s, k]; i++)
		v[i] = value[s, k, i]
	return median(v, count[s, k])
}
function ratio(s, k,   v, i, n) {
	split("", v)
	for (i = 1; i <= count[s, k] && i <= count["floor", k]; i++)
		if (value["floor", k, i] > 0)
			v[++n] = value[s, k, i] / value["floor", k, i]
	return median(v, n)
}
{ value[$1, $2, ++count[$1, $2]] = $3 }
END {
	n = split(names, name, " ")
	cpu = "server_cpu_ns_per_response"
	rate = "responses_per_s"
	if (t == "accuracy")
		printf "%-10s %10s %10s %10s %10s %10s %10s\n", "server", "T2-T1 p50", "T2-T1 p99", "T4-T3 p50", "T4-T3 p99", "offset p50", "offset p99"
	else
		printf "%-10s %8s %6s %9s %6s %8s %8s %6s\n", "server", "CPU ns", "ratio", "resp/s", "ratio", "p50 us", "p99 us", "lost%"
	for (i = 1; i <= n; i++) {
		s = name[i]
		if (count[s, rate] == 0)
			continue
		if (t == "accuracy")
			printf "%-10s %10d %10d %10d %10d %10d %10d\n", s, med(s, "t2_minus_t1_ns_p50"), med(s, "t2_minus_t1_ns_p99"), med(s, "t4_minus_t3_ns_p50"), med(s, "t4_minus_t3_ns_p99"), med(s, "abs_offset_ns_p50"), med(s, "abs_offset_ns_p99")
		else
			printf "%-10s %8d %6.2f %9d %6.2f %8.1f %8.1f %6.2f\n", s, med(s, cpu), ratio(s, cpu), med(s, rate), ratio(s, rate), med(s, "latency_us_p50"), med(s, "latency_us_p99"), 100 * med(s, "lost") / (med(s, "sent") + 1e-9)
	}
}
