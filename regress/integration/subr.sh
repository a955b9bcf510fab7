# SPDX-License-Identifier: ISC
#
# What the tests in this folder share: daemons that live in the test's own
# folder, waiting for a condition, counters, and an end to every process that
# a test started, also when it failed.  A program reads it with
#	. "$(atf_get_srcdir)/subr.sh"
# and each of its tests has a cleanup part that calls `cleanup'.
#
# ./ctl, ./ask and ./control are there after ntpsd_start: atf_check runs programs only.

top=$(cd "$(atf_get_srcdir)/../.." && pwd)
ntpsd=$top/ntpsd/ntpsd
ntpsctl=$top/ntpsctl/ntpsctl
ntpask=$top/regress/tool/ntpask
ntpburst=$top/regress/tool/ntpburst
ntpctrl=$top/regress/tool/ntpctrl
ntpfake=$top/regress/tool/ntpfake
ntpwatch=$top/regress/tool/ntpwatch
ntpcrowd=$top/regress/tool/ntpcrowd
ntpnag=$top/regress/tool/ntpnag
unixtalk=$top/regress/tool/unixtalk
in_ns=		# words that put a command into the test's network namespace

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# test_case name description [root | user | ''] [seconds]: with its cleanup part
test_case() {
	atf_test_case "$1" cleanup
	case ${3:-} in
	root)	who="atf_set require.user root" ;;
	user)	who="atf_set require.user unprivileged" ;;
	*)	who=: ;;
	esac
	who="atf_set timeout ${4:-60}; $who"
	eval "$1_head() { atf_set descr \"$2\"; $who; }"
	eval "$1_cleanup() { cleanup; }"
}

# unsanitized why: a sanitizer has memory of its own, and much of it
unsanitized() {
	! grep -q fsanitize "$top/config.mk" || atf_skip "sanitized: $1"
}

# ---- waiting ----------------------------------------------------------------

# read_uptime: seconds since the machine started, in $uptime, without a process
read_uptime() {
	read -r uptime uptime_idle </proc/uptime
	uptime=${uptime%.*}
}

# wait_for seconds command [argument ...]: until it succeeds
wait_for() {
	read_uptime
	wait_end=$((uptime + $1 + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		read_uptime
		[ "$uptime" -lt "$wait_end" ] || return 1
		sleep 0.05
	done
}

# must seconds command [argument ...]: or the test has failed
must() {
	wait_for "$@" && return
	for must_log in *.log; do
		[ ! -s "$must_log" ] || { echo "$must_log:"; tail "$must_log"; }
	done
	atf_fail "in vain for $1 s: $(shift; echo "$*")"
}

# logged regex [log]
logged() {
	grep -q -e "$1" "${2:-ntpsd}.log"
}

# alive pid: a zombie is not
alive() {
	read -r alive_stat 2>/dev/null <"/proc/$1/stat" || return 1
	case ${alive_stat##*) } in
	[ZX]*)	return 1 ;;
	esac
}

dead() {
	! alive "$1"
}

# ---- processes --------------------------------------------------------------

# When the process started, so that nobody takes a later one for it.
start_of() {
	read -r start_stat 2>/dev/null <"/proc/$1/stat" || return 1
	# shellcheck disable=SC2086
	set -- ${start_stat##*) }
	echo "${20}"
}

# watch pid ...: cleanup ends it
watch() {
	for watch_pid; do
		echo "$watch_pid $(start_of "$watch_pid")" >>pids
	done
}

children_of() {
	grep -ls "^PPid:[[:blank:]]*$1$" /proc/[0-9]*/status |
	    sed 's,^/proc/\([0-9]*\)/status$,\1,'
}

cleanup() {
	# one that went to the background unexpectedly tells its pid itself
	for left_sock in sock*; do
		[ ! -S "$left_sock" ] || "$ntpsctl" -t 1 -s "$left_sock" -j \
		    show status 2>/dev/null |
		    sed -n 's/.*"pid": \([0-9]*\).*/\1/p' >left
		[ ! -s left ] || watch "$(cat left)"
	done
	[ -s pids ] || return 0
	while read -r pid start; do
		[ "$(start_of "$pid")" != "$start" ] || {
			children_of "$pid"
			echo "$pid"
		}
	done <pids >left
	while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || :
	done <left
}

# ---- users ------------------------------------------------------------------

# as_nobody word ...: with no right but a stranger's
as_nobody() {
	setpriv --reuid="$(id -u nobody)" --regid="$(id -g nobody)" \
	    --clear-groups "$@"
}

# ---- a network of the test's own --------------------------------------------

# ns_start: a network namespace with lo, and a veth pair e0 (192.0.2.1/24,
# 2001:db8::1/64, 2001:db8::2/64, a link-local address) and e1
ns_start() {
	command -v unshare >/dev/null && command -v nsenter >/dev/null &&
	    command -v ip >/dev/null || atf_skip "needs unshare, nsenter, ip"
	unshare -n sh -c '
	set -e
	ip link set lo up
	ip link add e0 type veth peer name e1
	for i in e0 e1; do
		echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad
	done
	# e1 is where the cable ends, and hears nothing
	echo 1 >/proc/sys/net/ipv6/conf/e1/disable_ipv6
	ip addr add 192.0.2.1/24 brd + dev e0
	ip addr add 2001:db8::1/64 dev e0 nodad
	ip addr add 2001:db8::2/64 dev e0 nodad
	ip link set e0 up
	ip link set e1 up
	ip route add 224.0.0.0/4 dev e0
	echo >ns.ready
	exec sleep 300' 2>ns.err &
	ns_pid=$!
	watch "$ns_pid"
	wait_for 5 [ -e ns.ready ] ||
	    atf_skip "no network namespace: $(cat ns.err)"
	in_ns="nsenter -t $ns_pid -n"
}

# ns_index interface: its number there
ns_index() {
	$in_ns ip -o link show dev "$1" | sed 's/:.*//'
}

# ---- daemons ----------------------------------------------------------------

# shim name word ...: a program of that name that runs these words
shim() {
	shim_name=$1
	shift
	echo '#! /bin/sh' >"$shim_name"
	echo "exec $in_ns \"$1\" $2 \"\$@\"" >>"$shim_name"
	[ -x "$shim_name" ] || chmod +x "$shim_name"
}

pick_port() {
	[ -x "$ntpsd" ] && [ -x "$ntpask" ] || atf_fail "not built: make tests"
	port=$("$ntpask" -p)
}

# Options that let a daemon run anywhere and touch nothing outside this folder.
base_options() {
	[ -n "${port:-}" ] || pick_port
	# source= leaves the clock to the file
	base="-f /dev/null ${source--D clock.source=local} -D control.group="
	# the tests' clients all have one address; rate= leaves it to the file
	base="$base ${rate--D ratelimit.rate=0}"
	# one engine, for most tests look into it; workers= leaves it to the file
	base="$base ${workers--D workers=1}"
	base="$base -D control.socket=$PWD/sock -D state=$PWD"
	if is_root; then
		mkdir -p empty
		chmod 755 empty
		base="$base -D user=nobody -D chroot=$PWD/empty"
	fi
	shim ctl "$ntpsctl" "-s $PWD/sock"
	shim ask "$ntpask"
	shim control "$ntpctrl"
	shim crowd "$ntpcrowd"
}

# ntpsd_spawn name [option ...]: in the foreground, with name.log
ntpsd_spawn() {
	spawn_name=$1
	shift
	# here and now, or a predecessor's lines might be read as its own
	: >"$spawn_name.log"
	# shellcheck disable=SC2086
	$in_ns "$ntpsd" -d $base "$@" >"$spawn_name.log" 2>&1 &
	pid=$!
	watch "$pid"
}

is_up() {
	logged ' is ready$' "$1" || dead "$pid"
}

# ntpsd_start [option ...]: one that is ready, on 127.0.0.1 and, where there
# is IPv6, ::1; a -D listen= or -f of the test's counts instead
ntpsd_start() {
	base_options
	start_listen="127.0.0.1:$port"
	! has_ipv6 || start_listen="$start_listen [::1]:$port"
	case "$*" in
	*listen=*|*-f*)	ntpsd_spawn ntpsd "$@" ;;
	*)		ntpsd_spawn ntpsd -D "listen=$start_listen" "$@" ;;
	esac
	must 10 is_up ntpsd
	logged ' is ready$' || { cat ntpsd.log; atf_fail "ntpsd ended"; }
}

has_ipv6() {
	# shellcheck disable=SC2086
	$in_ns cat /proc/net/if_inet6 2>/dev/null | grep -q .
}

# ended status [pid]: the daemon ends by itself, with that status
ended() {
	ended_pid=${2:-$pid}
	must 10 dead "$ended_pid"
	ended_status=0
	wait "$ended_pid" || ended_status=$?
	[ "$ended_status" -eq "$1" ] || {
		cat ./*.log
		atf_fail "ended with $ended_status instead of $1"
	}
}

# ntpsd_stop: it leaves in good order
ntpsd_stop() {
	kill -TERM "$pid"
	ended 0
}

# pick pattern key word ...: what that key says in each object of the answer
# to `ntpsctl -j word ...' that has the pattern
pick() {
	pick_row=$1 pick_key=$2
	shift 2
	"$ntpsctl" -s "$PWD/sock" -j "$@" |
	    awk -v RS='{' -v row="$pick_row" -v key="\"$pick_key\": " '
	$0 ~ row && (at = index($0, key)) > 0 {
		value = substr($0, at + length(key))
		sub(/^"/, "", value)
		sub(/[",}].*/, "", value)
		print value
	}'
}

# field process name: of `show processes', "engine 0" "pid" say
field() {
	pick "\"name\": \"$1\"" "$2" show processes
}

# is_field process name value
is_field() {
	[ "$(field "$1" "$2")" = "$3" ]
}

# replaced process pid: another one runs in its place
replaced() {
	is_field "$1" state running && ! is_field "$1" pid "$2"
}

# ---- counters ---------------------------------------------------------------

# each counter and its value, a line each
counters() {
	"$ntpsctl" -s "$PWD/sock" -j show stats | awk -v RS='[,{}]' '
	{ gsub(/[ "\n]/, "") }
	/^(received|answered|send_errors|skipped|relayed|drop_[a-z]+|kod_[a-z]+|authenticated|interleaved|rate_lea[a-z]+|rate_lifted|v[1-4]|ipv[46]|stamps_[a-z]+|receive_errors|filtered|kernel_drops):/ {
		sub(":", " ")
		print
	}'
}

counter() {
	counters | awk -v name="$1" '$1 == name { print $2 }'
}

# all_timed: as many times are told as answers, all at one look
all_timed() {
	./ctl show metrics | awk '
	$1 == "ntp_server_responses_sent_total" { answered = $2 }
	$1 == "ntp_server_processing_seconds_count" { processing = $2 }
	$1 == "ntp_server_work_seconds_count" { work = $2 }
	END {
		exit (answered == "" || processing != answered ||
		    work != answered)
	}'
}

# rows_timed step: each row of the history has as many times as answers
rows_timed() {
	./ctl -j show history step "$1" | tr '{' '\n' | sed -n \
	    's/.*"answered": \([0-9]*\),.*"timed": \([0-9]*\),.*/\1 \2/p' |
	    awk '$1 != $2 { exit 1 } $1 > 0 { any = 1 } END { exit !any }'
}

# number_of name: any number of `show stats', also what is no counter
number_of() {
	./ctl -j show stats | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"
}

# counted: what changed since `counters >before', by name, "answered=1 received=1"
counted() {
	counters | awk '
	BEGIN {
		while ((getline <"before") > 0)
			before[$1] = $2
		close("before")
	}
	{ print >"before" }
	$2 != before[$1] {
		# few change: each goes to its place
		for (i = changed++; i > 0 && name[i - 1] > $1; i--)
			name[i] = name[i - 1]
		name[i] = $1
		by[$1] = $2 - before[$1]
	}
	END {
		for (i = 0; i < changed; i++)
			printf("%s%s=%d", (i > 0 ? " " : ""), name[i],
			    by[name[i]])
		exit NR < 15
	}' || atf_fail "these are not all counters"
}

# ---- load -------------------------------------------------------------------

# burst_start address [rate]: so many requests a second, or, without a rate, as
# many as the kernel's queues hold of half a second: a busy machine may pause
# us for longer than one would think, and loopback has room for 1,000 packets
burst_start() {
	buffer=$(./ctl -j show status |
	    sed -n 's/.*"buffer": \([0-9]*\), "wanted".*/\1/p')
	rate=250
	[ "$buffer" -lt 1000000 ] || rate=2000
	rate=${2:-$rate}
	counters >before
	"$ntpburst" -r "$rate" -d 40 "$1" >burst.log &
	burst=$!
	watch "$burst"
	more_requests
}

more_requests() {
	have=$(counter received)
	must 10 grown "$have"
}

grown() {
	[ "$(counter received)" -ge $(($1 + rate / 50)) ]
}

# burst_end family: each request was answered, exactly once, and counted
burst_end() {
	kill -TERM "$burst"
	status=0
	wait "$burst" || status=$?
	cat burst.log
	for line in lost=0 duplicates=0 strays=0 refused=0; do
		grep -qx "$line" burst.log ||
		    atf_fail "not $line; counted $(counted)"
	done
	[ "$status" -eq 0 ] || atf_fail "ntpburst ended with $status"
	sent=$(sed -n 's/^sent=//p' burst.log)
	[ "$sent" -ge $((rate / 5)) ] || atf_fail "that was no load"
	grep -qx "answered=$sent" burst.log || atf_fail "not all answered"
	got=$(counted)
	want="answered=$sent $1=$sent received=$sent stamps_kernel=$sent"
	want="$want v4=$sent"
	[ "$got" = "$want" ] || atf_fail "counted $got, not $want"
}

# ---- one request ------------------------------------------------------------

# said name value: as `ask >said' has printed it
said() {
	while read -r said_line; do
		[ "$said_line" != "$1=$2" ] || return 0
	done <said
	cat said
	atf_fail "$asked: not $1=$2"
}

# family_of address
family_of() {
	case $1 in
	\[*)	echo ipv6 ;;
	*)	echo ipv4 ;;
	esac
}

ask() {
	asked="ask $*"
	[ -e before ] || counters >before
	./ask "$@" >said || atf_fail "$asked: failed"
}

# answers version mode [option ...] to [field=value ...]: exactly one answer,
# with these, that is right in all that every answer has to be, and counted
answers() {
	want_version=$1
	want_mode=$2
	shift 2
	ask "$@"
	said result answer
	said replies 1
	said version "$want_version"
	said mode "$want_mode"
	said length 48				# F12
	said origin_is ours			# H1
	said times ok				# H5, H6
	said reference_is past			# H8
	got=$(counted)
	case $* in
	*'['*)	want_family=ipv6 ;;
	*)	want_family=ipv4 ;;
	esac
	want="answered=1 $want_family=1 received=1 stamps_kernel=1"
	want="$want v$want_version=1"
	[ "$got" = "$want" ] || atf_fail "$asked: counted $got, not $want"
}

# drops reason sentinel [option ...] to [field=value ...]: no answer, and the
# one counter goes up by one; the rest is the sentinel's
drops() {
	want_reason=$1
	want_family=$(family_of "$2")
	sentinel=$2
	shift 2
	ask -s "$sentinel" "$@"
	said result none
	got=$(counted)
	want="answered=1 drop_$want_reason=1 $want_family=2 received=2"
	want="$want stamps_kernel=1 v4=${drops_v4:-1}"
	[ "$got" = "$want" ] || atf_fail "$asked: counted $got, not $want"
}

# ---- leap seconds -----------------------------------------------------------

# leap_list expiry [first-of-month ...]: a list as IERS gives it out, in which a
# second is inserted before each of these days; with a - in front of the day,
# one is deleted
leap_list() {
	list_expiry=$1
	shift
	list_tai=37
	{
		echo "#$ 2025-01-01"
		echo "#@ $list_expiry"
		echo "2017-01-01 $list_tai"
		for list_day; do
			case $list_day in
			-*)	list_tai=$((list_tai - 1)) ;;
			*)	list_tai=$((list_tai + 1)) ;;
			esac
			echo "${list_day#-} $list_tai"
		done
	} | while read -r list_line; do
		list_date=$(echo "$list_line" |
		    sed 's/.*\([0-9]\{4\}-[0-9][0-9]-[0-9][0-9]\).*/\1/')
		# seconds since 1900
		list_ntp=$(($(date -u -d "$list_date" +%s) + 2208988800))
		echo "$list_line" | sed "s/$list_date/$list_ntp/"
	done >leap.lines
	# of the digits of all numbers, in their order, as five words
	list_hash=$(tr -cd 0-9 <leap.lines | sha1sum |
	    sed 's/ .*//; s/......../& /g; s/ *$//')
	cat leap.lines
	printf '#h\t%s\n' "$list_hash"
}
