#! /bin/bash
# SPDX-License-Identifier: ISC
#
# ntpsd beside the floor and whatever other NTP servers are here: CPU time for
# each response, speed, latency, exactness.  Every round runs every server
# once, in a rotated order, so that noise hits all alike; the tables show
# medians over the rounds and, against the floor, the median of the ratios
# round by round.  Needs root, for a network namespace of its own.
#
# usage: run.sh [-r rounds] [-d seconds] [-t "test ..."] [-x name=command] ...
#               [-m file]
#	-x	another server, in the foreground on port 123 of 127.0.0.1
#	-m	the ratios once more, as one Markdown table for the README
# tests: closed    as fast as it goes, 256 requests outstanding, one source
#        many      the same from 50,000 source addresses
#        paced     20,000 requests a second
#        accuracy  2,000 a second: T2-T1, T4-T3 and the offset, ns (the true
#                  offset is 0: client and server share a clock)
#        acc50k    T4-T3 at 50,000 a second
#        accload   T4-T3 as fast as it goes (T2-T1 and offset mean nothing then)
#        refused   100,000 a second from a source that may send 100

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
peers=$top/regress/interop/peers

# A session of its own has its own share of the processor.
if [ -z "${BENCH_SESSION:-}" ]; then
	BENCH_SESSION=1 exec setsid -w "$here/run.sh" "$@"
fi
echo "${BENCH_NICE:--15}" 2>/dev/null >/proc/self/autogroup

rounds=7 seconds=1 names='' markdown=''
tests="closed many paced refused accuracy acc50k accload"
declare -A command
while getopts r:d:t:x:m: c; do
	case $c in
	r) rounds=$OPTARG ;;
	d) seconds=$OPTARG ;;
	t) tests=$OPTARG ;;
	m) markdown=$OPTARG ;;
	x) command[${OPTARG%%=*}]=${OPTARG#*=}; names="$names ${OPTARG%%=*}" ;;
	*) sed -n '5,24p' "$0" >&2; exit 2 ;;
	esac
done
[ "$(id -u)" = 0 ] || { echo "bench: needs root, for a network namespace" >&2; exit 1; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-bench.XXXXXX") || exit 1
ns=bench$$ server=
tree() {
	echo "$1"
	local k
	for k in $(cat /proc/"$1"/task/*/children 2>/dev/null); do tree "$k"; done
}
stop() {
	local pids p i alive
	pids=$(tree "$1")
	kill $pids 2>/dev/null
	wait "$1" 2>/dev/null
	for i in 1 2 3 4 5 6 7 8 9 10; do
		alive=
		for p in $pids; do [ -d "/proc/$p" ] && alive=1; done
		[ -z "$alive" ] && return
		sleep 0.1
	done
	kill -9 $pids 2>/dev/null
}
trap '[ -n "$server" ] && stop "$server"; ip netns del $ns 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
ip netns add $ns && ip -n $ns link set lo up || exit 1

mkdir -m 755 "$dir/empty"
chmod 755 "$dir"
ours=(-d -f /dev/null -D workers=1 -D ratelimit.rate=1000000 -D ratelimit.burst=255 -D clock.source=local -D user=nobody -D control.group=
    -D "control.socket=$dir/sock" -D "chroot=$dir/empty" -D "state=$dir")
cat >"$dir/chrony.conf" <<-EOF
	local stratum 2
	allow all
	port 123
	cmdport 0
	pidfile $dir/chronyd.pid
	driftfile $dir/chronyd.drift
EOF
{ cat "$dir/chrony.conf"; echo ratelimit; } >"$dir/chrony-limit.conf"
cat >"$dir/ntpsec.conf" <<-EOF
	unrestrict default limited kod
	disable monitor
	restrict default noquery nomodify
	refclock local stratum 2 prefer minpoll 4 maxpoll 4
	tos orphan 2 minclock 1 minsane 1
	disable ntp
	disable kernel
EOF
# a peer that was installed, or unpacked for the interoperability tests
find_peer() {
	command -v "$1" || ls "$peers"/*/usr/sbin/"$1" 2>/dev/null | head -n 1
}
tame="setpriv --bounding-set -sys_time --inh-caps -sys_time"
command[ntpsd]="$top/ntpsd/ntpsd ${ours[*]}"
command[floor]="$here/floor mmsg -b 32"
command[floor2]="${command[floor]}"	# the noise: the floor against itself
names="ntpsd floor floor2$names"
p=$(find_peer chronyd) && [ -n "$p" ] && names="$names chrony" &&
    command[chrony]="$p -x -d -L 1 -u root -f $dir/chrony.conf"
p=$(ls "$peers"/ntpsec/usr/sbin/ntpd 2>/dev/null || command -v ntpd) &&
    [ -n "$p" ] && names="$names ntpsec" &&
    command[ntpsec]="$tame $p -n -g -c $dir/ntpsec.conf -f $dir/drift -p $dir/pid"
p=$(command -v ntp-daemon) && names="$names ntpd-rs" &&
    command[ntpd-rs]="$p -c $dir/ntpd-rs.toml"
cat >"$dir/ntpd-rs.toml" <<-EOF
	[synchronization]
	local-stratum = 2
	[[server]]
	listen = "0.0.0.0:123"
EOF
# those that refuse run for that test alone
command[ntpsd-limit]="${command[ntpsd]//-D ratelimit.rate=1000000 -D ratelimit.burst=255/}"
case " $tests " in
*" refused "*)
	names="$names ntpsd-limit"
	[ -n "${command[chrony]:-}" ] && names="$names chrony-limit" &&
	    command[chrony-limit]=${command[chrony]/chrony.conf/chrony-limit.conf} ;;
esac
tests_of() {
	case $1 in
	*-limit) echo refused ;;
	*)	 echo "${tests/refused/}" ;;
	esac
}
mkdir -p /run/chrony

load() {
	ip netns exec $ns "$here/ntpload" --cpu 0 "$@" 127.0.0.1
}
arguments() {
	case $1 in
	closed)   echo "-s 16 -w 256 -b 32" ;;
	many)     echo "-s 16 -w 256 -b 32 -a 50000" ;;
	paced)    echo "-s 16 -b 8 -r 20000" ;;
	refused)  echo "-s 16 -b 32 -r 100000 --timeout 20" ;;
	accuracy) echo "--accuracy -s 4 -r 2000" ;;
	acc50k)   echo "--accuracy -s 16 -r 50000 -b 8" ;;
	accload)  echo "--accuracy -s 16 -r 0 -w 256 -b 32" ;;
	*)        echo "bench: no test $1" >&2; exit 2 ;;
	esac
}

for r in $(seq 1 "$rounds"); do
	set -- $names
	k=$(((r - 1) % $#))
	for s in "${@:$((k + 1))}" "${@:1:$k}"; do
		taskset -c 1 ip netns exec $ns bash -c "exec ${command[$s]}" \
		    >"$dir/$s.log" 2>&1 &
		server=$! up=
		for i in $(seq 1 40); do
			[ -d "/proc/$server" ] || break
			load --accept-unsync -w 1 -s 1 -d 0.02 --warmup 0 --timeout 50 \
			    >/dev/null 2>&1 && { up=1; break; }
			sleep 0.1
		done
		if [ -z "$up" ]; then
			echo "bench: round $r: $s does not answer:" >&2
			tail -n 3 "$dir/$s.log" >&2
			stop $server; server=
			continue
		fi
		pids=
		for p in $(tree $server); do pids="$pids -P $p"; done
		for t in $(tests_of "$s"); do
			load --accept-unsync $(arguments "$t") -d "$seconds" \
			    --warmup 0.2 $pids --label "$s" \
			    >"$dir/$s.$t.$r.out" 2>>"$dir/$s.log"
		done
		stop $server; server=
	done
	echo "round $r of $rounds" >&2
done

for t in $tests; do
	echo
	echo "$t"
	for s in $names; do
		cat "$dir/$s.$t."*.out 2>/dev/null | sed "s/^/$s=/"
	done | awk -F= -v t="$t" -v names="$names" -f "$here/table.awk"
done
[ -n "$markdown" ] || exit 0
for t in $tests; do
	for s in $names; do
		cat "$dir/$s.$t."*.out 2>/dev/null | sed "s/^/$t=$s=/"
	done
done | awk -F= -v names="$names" -f "$here/markdown.awk" >"$markdown"
