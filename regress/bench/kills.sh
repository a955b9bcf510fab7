#! /bin/bash
# SPDX-License-Identifier: ISC
#
# An engine that dies again and again under load: what became of the requests,
# and how long nobody was answered.  Figures are printed; the exit status is 1
# if the counters do not add up.  Needs root, for a receive buffer of 4M.
#
# usage: kills.sh [-a] [-b octets] [-r rate] [-s signal | restart] [deaths]
#	-a	as fast as they come up, which keeps a processor busy with looking
#		for them; the default is five a second
#	-b	of the receive buffer (4M); stock kernels give 212992
#	-s	KILL (the default), SEGV, or restart for `ntpsctl restart'
#	-r	requests a second (10,000)

set -u
here=$(cd "$(dirname "$0")" && pwd)
signal=KILL rate=10000 buffer=4M pause=0.2
while getopts ab:r:s: c; do
	case $c in
	a) pause=0 ;;
	b) buffer=$OPTARG ;;
	r) rate=$OPTARG ;;
	s) signal=$OPTARG ;;
	*) sed -n '8,13p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
deaths=${1:-1000}
. "$here/daemon.subr"

port=$("$top/regress/tool/ntpask" -p)
start -D "listen=127.0.0.1:$port" -D "receive_buffer=$buffer" \
    -D ratelimit.rate=1000000 -D ratelimit.burst=255
"$top/regress/tool/ntpburst" -r "$rate" -d $((deaths / 3 + 60)) \
    -k "$deaths" "127.0.0.1:$port" >"$dir/burst" &
burst=$!
others=$burst

# A pause without a process, whose birth and end would keep the successor off
# its processor.
mkfifo "$dir/never"
exec 3<>"$dir/never"
rest() {
	read -r -t "$pause" <&3
}

done=0
while [ "$done" -lt "$deaths" ] && kill -0 "$burst"; do
	if [ "$signal" = restart ]; then
		ctl restart >"$dir/said" || { cat "$dir/said"; exit 2; }
		done=$((done + 1))
		rest
		continue
	fi
	pid=$(engine)
	[ -n "$pid" ] && [ "$pid" != "${last:-}" ] || continue
	kill -"$signal" "$pid" && done=$((done + 1))
	rest
	last=$pid
done
kill "$burst"
wait "$burst"
others=
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
