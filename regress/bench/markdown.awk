# SPDX-License-Identifier: ISC
#
# test=name=key=value lines of all rounds to one Markdown table.  CPU is told
# as the median of the ratios to the floor, paired round by round; floor2 is
# the floor against itself, with the least and the most, which is the noise.

function sorted(v, n,   i, j, x) {
	for (i = 2; i <= n; i++) {
		x = v[i]
		for (j = i - 1; j > 0 && v[j] > x; j--)
			v[j + 1] = v[j]
		v[j + 1] = x
	}
}
function middle(v, n) {
	if (n == 0)
		return -1
	sorted(v, n)
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
function med(t, s, k,   v, i) {
	split("", v)
	for (i = 1; i <= count[t, s, k]; i++)
		v[i] = value[t, s, k, i]
	return middle(v, count[t, s, k])
}
# the median of the ratios; low and high are set to their limits
function ratio(t, s, k, of, kof,   v, i, n) {
	split("", v)
	n = 0
	for (i = 1; i <= count[t, s, k] && i <= count[of, "floor", kof]; i++)
		if (value[of, "floor", kof, i] > 0)
			v[++n] = value[t, s, k, i] / value[of, "floor", kof, i]
	if (n == 0)
		return -1
	sorted(v, n)
	low = v[1]
	high = v[n]
	return middle(v, n)
}
function cell(text) { printf " %s |", text }
function cpu_row(title, t,   i, r, s) {
	printf "| %s |", title
	for (i = 1; i <= shown; i++) {
		s = show[i]
		r = ratio(t, s, "server_cpu_ns_per_response", t, "server_cpu_ns_per_response")
		if (r < 0)
			cell("–")
		else if (s == "floor2")
			cell(sprintf("%.2f (%.2f–%.2f)", r, low, high))
		else
			cell(sprintf("%.2f", r))
	}
	print ""
}
function time_row(title, t, key,   i, a, b, s) {
	printf "| %s |", title
	for (i = 1; i <= shown; i++) {
		s = show[i]
		a = med(t, s, key "_p50")
		b = med(t, s, key "_p99")
		if (count[t, s, key "_p50"] == 0)
			cell("–")
		else
			cell(sprintf("%.1f / %.1f", a / 1000, b / 1000))
	}
	print ""
}
{
	value[$1, $2, $3, ++count[$1, $2, $3]] = $4
	seen[$1] = 1
}
END {
	n = split(names, name, " ")
	for (i = 1; i <= n; i++)
		if (name[i] != "floor" && name[i] !~ /-limit$/)
			show[++shown] = name[i]
	printf "| |"
	for (i = 1; i <= shown; i++)
		cell(show[i] == "floor2" ? "the floor again" : show[i])
	printf "\n|---|"
	for (i = 1; i <= shown; i++)
		printf "---|"
	print ""
	if (seen["closed"])
		cpu_row("CPU for a response, one source", "closed")
	if (seen["many"])
		cpu_row("the same, 50,000 sources", "many")
	if (seen["paced"])
		cpu_row("the same, 20,000 a second", "paced")
	if (seen["refused"]) {
		printf "| CPU for a refused request |"
		for (i = 1; i <= shown; i++) {
			r = ratio("refused", show[i] "-limit", "server_cpu_ns_per_request", "closed", "server_cpu_ns_per_response")
			cell(r < 0 ? "–" : sprintf("%.2f", r))
		}
		print ""
	}
	if (seen["closed"]) {
		printf "| lost of 256 outstanding, %% |"
		for (i = 1; i <= shown; i++)
			cell(sprintf("%.2f", 100 * med("closed", show[i], "lost") / (med("closed", show[i], "sent") + 1e-9)))
		print ""
	}
	if (seen["accuracy"])
		time_row("offset at 2,000 a second, median / p99, us", "accuracy", "abs_offset_ns")
	if (seen["acc50k"])
		time_row("T4−T3 at 50,000 a second, us", "acc50k", "abs_t4_minus_t3_ns")
	if (seen["accload"])
		time_row("T4−T3 at full load, us", "accload", "abs_t4_minus_t3_ns")
}
