#! /bin/sh
# SPDX-License-Identifier: ISC
#
# An engine that dies again and again under load: what became of the requests,
# and how long nobody was answered.  Figures are printed; the exit status is 1
# if the counters do not add up.  Needs root, for a receive buffer of 4M.
#
# usage: kills.sh [-b octets] [-r rate] [-s signal | restart] [deaths]
#	-b	of the receive buffer (4M); stock kernels give 212992
#	-s	KILL (the default), SEGV, or restart for `ntpsctl restart'
#	-r	requests a second (10,000)

set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
signal=KILL rate=10000 buffer=4M
while getopts b:r:s: c; do
	case $c in
	b) buffer=$OPTARG ;;
	r) rate=$OPTARG ;;
	s) signal=$OPTARG ;;
	*) sed -n '8,11p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
deaths=${1:-1000}
dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-kills.XXXXXX") || exit 2
mkdir -m 755 "$dir/empty" && chmod 755 "$dir"
burst='' daemon=''
trap 'kill $burst $daemon 2>/dev/null; wait; rm -rf "$dir"' EXIT
port=$("$top/regress/tool/ntpask" -p)

ctl() {
	"$top/ntpsctl/ntpsctl" -s "$dir/sock" "$@"
}
# the pid of an engine that runs
engine() {
	ctl -j show processes | tr '{' '\n' | sed -n \
	    's/.*"engine 0", "pid": \([0-9]*\).*"running".*/\1/p'
}
number_of() {
	ctl -j show stats | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"
}

"$top/ntpsd/ntpsd" -d -f /dev/null -D clock.source=local -D user=nobody \
    -D control.group= -D "control.socket=$dir/sock" -D "state=$dir" \
    -D "chroot=$dir/empty" -D "listen=127.0.0.1:$port" -D "receive_buffer=$buffer" \
    -D ratelimit.rate=1000000 -D ratelimit.burst=255 >"$dir/log" 2>&1 &
daemon=$!
until grep -q 'is ready$' "$dir/log"; do
	[ -d "/proc/$daemon" ] || { cat "$dir/log"; exit 2; }
	sleep 0.1
done
"$top/regress/tool/ntpburst" -r "$rate" -d $((deaths / 5 + 60)) \
    -k "$deaths" "127.0.0.1:$port" >"$dir/burst" &
burst=$!

done=0
while [ "$done" -lt "$deaths" ] && kill -0 "$burst"; do
	if [ "$signal" = restart ]; then
		ctl restart >"$dir/said" || { cat "$dir/said"; exit 2; }
		done=$((done + 1))
		continue
	fi
	pid=$(engine)
	[ -n "$pid" ] && [ "$pid" != "${last:-}" ] || continue
	kill -"$signal" "$pid" && done=$((done + 1))
	last=$pid
done
kill "$burst"
wait "$burst"
burst=
echo "deaths=$done"
cat "$dir/burst"
until [ -n "$(engine)" ]; do
	sleep 0.1
done
sum=0
for c in answered send_errors skipped relayed $(ctl -j show stats |
    tr ',' '\n' | sed -n 's/.*"\(drop_[a-z]*\)".*/\1/p'); do
	sum=$((sum + $(number_of "$c")))
done
for c in received answered skipped stamps_kernel kernel_drops; do
	echo "counted_$c=$(number_of $c)"
done
[ "$sum" -eq "$(number_of received)" ] || {
	echo "the counters make $sum"
	exit 1
}
