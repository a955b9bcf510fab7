#! /bin/sh
# SPDX-License-Identifier: ISC
#
# What those who look on cost the clients of NTP: rounds in which each kind of
# them has its turn beside the same load, on one daemon.  Medians are printed,
# and what they are of those without anybody; `again' is nobody once more, and
# shows how much is noise.  The onlookers' own programs are nice, for here they
# share the processors with the daemon, and elsewhere they would not.
#
# usage: bystanders.sh [-r rate] [-s seconds] [-n rounds] [kind ...]
#	-r	requests a second (20,000)
#	-s	of each turn (3)
#	-n	of all kinds (7)
#	kinds	logged	a monitor, and log.requests: info
#		deaf	a monitor that does not read
#		come	64 that connect, ask for 500 clients, and leave
#		half	16 that send half a greeting
#		web	10,000 connections with half a request
#		again	nobody

set -u
here=$(cd "$(dirname "$0")" && pwd)
rate=20000 seconds=3 rounds=7
while getopts n:r:s: c; do
	case $c in
	n) rounds=$OPTARG ;;
	r) rate=$OPTARG ;;
	s) seconds=$OPTARG ;;
	*) sed -n '10,20p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- logged deaf come half web again
. "$here/daemon.subr"

set -- none "$@"
port=$("$top/regress/tool/ntpask" -p)
start -D "listen=127.0.0.1:$port" -D "web.listen=$dir/web" \
    -D ratelimit.rate=1000000 -D ratelimit.burst=255
engine=$(engine)

# again command ...: and again, until it is ended
again() {
	trap 'kill $! 2>/dev/null; exit 0' TERM
	while :; do
		"$@" >/dev/null 2>&1 &
		wait $!
	done
}

# look kind: until look_end
look() {
	others=''
	case $1 in
	logged)
		ctl set log.requests info >/dev/null
		nice -n 19 "$top/ntpsctl/ntpsctl" -s "$dir/sock" monitor \
		    >/dev/null 2>&1 &
		;;
	deaf)
		# shellcheck disable=SC2216	# that is the point
		ctl monitor 2>/dev/null | sleep 600 &
		;;
	come)
		nice -n 19 "$top/regress/tool/unixtalk" -R -n 64 -c -t 300 \
		    "$dir/sock" >/dev/null &
		;;
	half)
		nice -n 19 "$top/regress/tool/unixtalk" -R -n 16 -H 3 \
		    -t 600000 "$dir/sock" >/dev/null &
		;;
	web)
		printf 'GET /api/v1/stats HTTP/1.1\r\nHost: loc' >"$dir/half"
		again nice -n 19 sh -c '"$0" -n 10000 -t 2 "$1" <"$2"' \
		    "$top/regress/tool/webtalk" "$dir/web" "$dir/half" &
		;;
	none|again)
		return
		;;
	*)
		echo "no kind is called $1" >&2
		exit 2
		;;
	esac
	others=$!
	sleep 0.5
}

look_end() {
	[ -z "$others" ] || kill "$others" 2>/dev/null
	others=
	ctl set log.requests off >/dev/null
	: >"$dir/log"
	sleep 0.5
}

round=0
while [ "$round" -lt "$rounds" ]; do
	for kind; do
		look "$kind"
		"$here/ntpload" -p "$port" -r "$rate" -b 8 -s 64 \
		    -d "$seconds" -P "$engine" 127.0.0.1 >"$dir/load"
		look_end
		sed -n "s/^server_cpu_ns_per_response=/$kind cpu_ns /p
		    s/^latency_us_p50=/$kind p50_us /p
		    s/^latency_us_p99=/$kind p99_us /p" "$dir/load"
		awk -F= -v kind="$kind" '$1 == "sent" { sent = $2 }
		    $1 == "valid" { print kind, "lost", sent - $2 }' "$dir/load"
	done
	round=$((round + 1))
done >"$dir/samples"

# kind, measure, value: medians, in the order of the kinds
sort -k 1,1 -k 2,2 -k 3,3n "$dir/samples" | awk -v kinds="$*" '
	{ v[$1, $2, n[$1, $2]++] = $3 }
	function median(k, m) { return v[k, m, int((n[k, m] - 1) / 2)] + 0 }
	function of(k, m,   none) {
		none = median("none", m)
		return none == 0 ? "-" : sprintf("%.3f", median(k, m) / none)
	}
	END {
		printf("%-8s %8s %6s %8s %6s %8s %6s %8s\n", "", "cpu ns", "",
		    "p50 us", "", "p99 us", "", "most lost")
		for (i = 1; i <= split(kinds, kind, " "); i++) {
			k = kind[i]
			printf("%-8s %8d %6s %8.1f %6s %8.1f %6s %8d\n", k,
			    median(k, "cpu_ns"), of(k, "cpu_ns"),
			    median(k, "p50_us"), of(k, "p50_us"),
			    median(k, "p99_us"), of(k, "p99_us"),
			    v[k, "lost", n[k, "lost"] - 1])
		}
	}'
