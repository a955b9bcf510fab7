#! /bin/sh
# SPDX-License-Identifier: ISC
#
# A daemon under load for as long as one likes, while somebody reloads and
# restarts it, kills each kind of its processes but the parent, and looks on and
# leaves.  A line of figures a minute; exit status 1 if a request was lost, or
# answered twice but for one a kill of an engine, or if memory or descriptors
# grew.  What a process has is compared with what one of the same age had in the
# first half of the time, and the parent with itself.  Needs root, for a receive
# buffer of 4M.
#
# usage: soak.sh [-g kilobytes] [-r rate] [seconds]
#	-g	of memory that are no growth (1024)
#	-r	requests a second (20,000)

set -u
here=$(cd "$(dirname "$0")" && pwd)
rate=20000 slack=1024
while getopts g:r: c; do
	case $c in
	g) slack=$OPTARG ;;
	r) rate=$OPTARG ;;
	*) sed -n '12,14p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
seconds=${1:-3600}
. "$here/daemon.subr"

tool=$top/regress/tool
port=$("$tool/ntpask" -p)
start -D "listen=127.0.0.1:$port" -D receive_buffer=4M \
    -D ratelimit.rate=1000000 -D ratelimit.burst=255 \
    -D ntpq.allow=127.0.0.1 -D "web.listen=$dir/web"
printf 'GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n' >"$dir/stats"
printf 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n' >"$dir/events"

clock() {
	read -r up rest </proc/uptime
	echo "${up%.*}"
}

# name_of pid: engine, control, ... of a child; the parent's is parent
name_of() {
	{ tr '\0' '\n' <"/proc/$1/cmdline"; } 2>/dev/null |
	    sed -n '1s/^ntpsd: \([a-z]*\).*/\1/p'
}
children() { cat "/proc/$daemon/task/$daemon/children"; }
# child name: the pid of the first of that name
child() {
	for p in $(children); do
		[ "$(name_of "$p")" != "$1" ] || { echo "$p"; return; }
	done
}

# sample: a line for each process: time name pid age KB descriptors
sample() {
	t=$(($(clock) - began))
	for p in "$daemon" $(children); do
		name=$(name_of "$p")
		born=$(sed 's/.*) //' "/proc/$p/stat" 2>/dev/null |
		    cut -d' ' -f20)
		kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' \
		    "/proc/$p/status" 2>/dev/null)
		# shellcheck disable=SC2012
		fds=$(ls "/proc/$p/fd" 2>/dev/null | wc -l)
		[ -z "$name" ] || [ -z "$born" ] || [ -z "$kb" ] ||
		    [ "$fds" -eq 0 ] ||
		    echo "$t $name $p $((t + began - born / hz)) $kb $fds"
	done >>"$dir/samples"
}

# kill_one name: counted in $kills if it is an engine that served
kill_one() {
	victim=$(child "$1")
	[ -n "$victim" ] && kill -KILL "$victim" 2>/dev/null || return 0
	deaths=$((deaths + 1))
	[ "$1" != engine ] || kills=$((kills + 1))
}

# onlook command ...: for three seconds, beside all else
onlook() {
	"$@" >/dev/null 2>&1 &
	onlookers="$onlookers $!"
	onlooks=$((onlooks + 1))
}

# change word: a reload or restart; control may just have been killed
change() {
	if ctl -t 5 "$1" >/dev/null 2>&1; then
		changes=$((changes + 1))
	else
		refused=$((refused + 1))
	fi
}

# The config child is there for some hundredths of a second.
kill_config() {
	ctl -t 5 reload >/dev/null 2>&1 &
	reload=$! tries=0
	until p=$(child config) && [ -n "$p" ] || [ "$tries" -eq 20 ]; do
		tries=$((tries + 1))
	done
	[ -z "$p" ] || ! kill -KILL "$p" 2>/dev/null || deaths=$((deaths + 1))
	wait "$reload"
}

step() {
	case $((steps % 12)) in
	0)	change reload ;;
	1)	kill_one engine ;;
	2)	onlook timeout 3 "$top/ntpsctl/ntpsctl" -s "$dir/sock" \
		    monitor ;;
	3)	kill_one control ;;
	4)	onlook "$tool/webtalk" -t 3 "$dir/web" <"$dir/stats" ;;
	5)	change restart ;;
	6)	kill_one query ;;
	7)	kill_config ;;
	8)	kill_one web ;;
	9)	onlook "$tool/webtalk" -n 20 -t 3 "$dir/web" <"$dir/events" ;;
	10)	kill_one reserve ;;
	11)	onlook "$tool/unixtalk" -n 20 -c -t 300 "$dir/sock" ;;
	esac
	steps=$((steps + 1))
	[ $((steps % 4)) -ne 0 ] || sample
	sleep 0.7
}

# figure name: of what ntpburst has printed
figure() { sed -n "s/^$1=//p" "$dir/burst"; }
last_of() { awk -v n="$1" '$2 == n { l = $5 "/" $6 } END { print l }' \
    "$dir/samples"; }

names="parent engine control query web"
# descriptors: name and number, of each at the last sample
descriptors() {
	for n in $names; do
		l=$(last_of "$n")
		printf '%s %s ' "$n" "${l#*/}"
	done
}

# span seconds: of load, and a line
span() {
	kills=0 deaths=0 changes=0 refused=0 onlooks=0 onlookers=
	"$tool/ntpburst" -r "$rate" -d "$1" "127.0.0.1:$port" >"$dir/burst" &
	burst=$!
	others=$burst
	until=$(($(clock) + $1))
	while [ "$(clock)" -lt "$until" ]; do
		step
	done
	wait "$burst"
	others=
	for o in $onlookers; do
		wait "$o"
	done
	lost=$((lost + $(figure lost))) sent=$((sent + $(figure sent)))
	twice=$((twice + $(figure duplicates))) all_kills=$((all_kills + kills))
	printf '%5d %9d %5d %6d %8d %6d %7d %7d %8d  %s\n' \
	    $(($(clock) - began)) "$(figure sent)" "$(figure lost)" \
	    "$(figure duplicates)" "$(figure silence_us)" "$deaths" \
	    "$changes" "$refused" "$onlooks" "$(for n in $names; do
	    printf '%s %s ' "$n" "$(last_of "$n")"; done)"
}

# growth: what is more than it was, a line each
growth() {
	awk -v slack="$slack" -v onlookers=45 '
	{ last = $1; line[NR] = $0 }
	END {
		for (i = 1; i <= NR; i++) {
			split(line[i], f)
			half = f[1] > last / 2 ? 2 : 1
			# age to the power of two; the parent has but one
			for (a = 0; f[4] >= 2 ^ (a + 1); a++)
				;
			if (f[2] == "parent") {
				half = f[1] > last / 4 ? 2 : 1
				a = 0
			}
			k = f[2] " " a
			if (f[5] > kb[k, half]) kb[k, half] = f[5]
			if (f[6] > fd[f[2], half]) fd[f[2], half] = f[6]
			names[f[2]] = keys[k] = 1
		}
		for (k in keys)
			if (kb[k, 1] && kb[k, 2] > kb[k, 1] + slack)
				print k ":", kb[k, 1], "to", kb[k, 2], "KB"
		for (n in names)
			if (fd[n, 1] && fd[n, 2] > fd[n, 1] + onlookers)
				print n ":", fd[n, 1], "to", fd[n, 2], \
				    "descriptors"
	}' "$dir/samples"
}

# as_before: nobody has more descriptors than at first
as_before() {
	sample
	last=$(descriptors)
	[ "$(printf '%s\n%s\n' "$first" "$last" | awk '
	    { for (i = 1; i < NF; i += 2)
		if (NR == 1) had[$i] = $(i + 1)
		else if ($(i + 1) > had[$i]) more++ }
	    END { print more + 0 }')" -eq 0 ]
}
hz=$(getconf CLK_TCK)
began=$(clock) steps=0 lost=0 sent=0 twice=0 all_kills=0
sleep 2
sample
first=$(descriptors)
printf '%5s %9s %5s %6s %8s %6s %7s %7s %8s  %s\n' s sent lost twice \
    gap_us deaths changes refused onlooks 'KB/descriptors'
left=$seconds
while [ "$left" -gt 0 ]; do
	span $((left < 60 ? left : 60))
	left=$((left - 60))
done

# what is under way comes to its end
i=0 grown=$(growth)
until as_before; do
	[ "$i" -lt 20 ] || { grown="$grown descriptors:$last"; break; }
	sleep 0.5
	i=$((i + 1))
done
echo "sent=$sent lost=$lost twice=$twice kills_of_engines=$all_kills"
echo "kernel_drops=$(number_of kernel_drops)"
echo "descriptors: $first; at the end: $last"
[ -z "$grown" ] || echo "grown: $grown"
[ "$lost" -eq 0 ] && [ "$twice" -le "$all_kills" ] && [ -z "$grown" ]
