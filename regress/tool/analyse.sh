#! /bin/sh
# SPDX-License-Identifier: ISC
#
# analyse.sh [part ...]: what analysers say of the sources, and valgrind of
# short runs.  The parts are gcc, cppcheck, tidy and valgrind; without one, all.
# Each is to have nothing to say.  JOBS is how many files are looked at at a
# time.

set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-analyse.XXXXXX") || exit 1
chmod 755 "$dir"
pid=		# of a daemon that runs
trap '[ -z "$pid" ] || kill -KILL "$pid"; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# value name: what configure found
value() {
	sed -n "s/^$1 =[[:blank:]]*//p" config.mk
}

# what the daemon and its tool are made of on this system
sources() {
	printf '%s\n' common/*.c ntpsd/*.c ntpsctl/*.c |
	    grep -v -e '^common/os_' -e '^ntpsd/web_page\.c$'
	value OS_OBJ | tr ' ' '\n' | sed 's/\.o$/.c/'
}

cat >"$dir/names.h" <<END
#define NTPSD_VERSION	"0"
#define NTPSD_CONFIG	"/etc/ntpsd.yaml"
END
# without the optimiser, <features.h> has something to say of fortifying
flags="$(value STD) $(value CPPFLAGS) $(value CURSES_CPPFLAGS) -O1
    -I$top/common -include $dir/names.h"

# It loses sight of what a list's member points to: what is no finding stands
# in gcc.supp, a regular expression a line.
analyse_gcc() {
	grep -v -e '^#' -e '^$' regress/tool/gcc.supp >"$dir/supp"
	# shellcheck disable=SC2086
	sources | xargs -n 1 -P "$jobs" gcc $flags -fanalyzer \
	    -fdiagnostics-plain-output -S -o /dev/null 2>"$dir/err" ||
	    { cat "$dir/err"; return 1; }
	grep ' warning: ' "$dir/err" | grep -v -f "$dir/supp" >"$dir/found" ||
	    return 0
	cat "$dir/err"
	return 1
}

analyse_cppcheck() {
	sources >"$dir/files"
	cppcheck -q -j "$jobs" --error-exitcode=1 --std=c11 \
	    --enable=warning,performance,portability \
	    --library=posix,gnu,bsd -D__linux__ -D_GNU_SOURCE -Icommon \
	    --include=/usr/include/bsd/sys/queue.h \
	    --include=/usr/include/bsd/sys/time.h \
	    --suppressions-list=regress/tool/cppcheck.supp \
	    --template='{file}:{line}: {severity}: {message} [{id}]' \
	    --file-list="$dir/files"
}

# Two numbers as arguments that one might exchange, and an snprintf whose value
# nobody looks at, are no findings; of the functions of C11's Annex K, which
# memcpy is to give way to, there are none.
checks='-*,bugprone-*,cert-*,clang-analyzer-*'
checks=$checks,-bugprone-easily-swappable-parameters
checks=$checks,-bugprone-narrowing-conversions,-cert-err33-c
checks=$checks,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling

analyse_tidy() {
	# the flags are in a file: xargs adds the sources at the end
	# shellcheck disable=SC2086
	printf '%s\n' $flags >"$dir/compile_flags.txt"
	sources | xargs -n 4 -P "$jobs" clang-tidy --quiet -p "$dir" \
	    --checks="$checks" --warnings-as-errors='*' 2>"$dir/err" ||
	    { grep -v ' warnings generated\.$' "$dir/err"; return 1; }
}

# ---- valgrind ---------------------------------------------------------------

# A child is run anew from /proc/self/exe, which is valgrind; what that has to
# say it writes to a file; and it takes its time, so the daemon's has to pass
# more slowly.
write_shim() {
	cat <<'END'
#include <sys/resource.h>
#include <sys/syscall.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int
execv(const char *path, char *const argv[])
{
	if (strcmp(path, "/proc/self/exe") == 0)
		path = getenv("SHIM_PROGRAM");
	return (execve(path, argv, environ));
}

int
setrlimit(__rlimit_resource_t what, const struct rlimit *rl)
{
	if (what == RLIMIT_FSIZE || what == RLIMIT_DATA)
		return (0);
	return ((int)syscall(SYS_prlimit64, 0, what, rl, NULL));
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	long long	 ns;

	if (syscall(SYS_clock_gettime, clock, ts) == -1)
		return (-1);
	if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE) {
		ns = (ts->tv_sec * 1000000000LL + ts->tv_nsec) / 10;
		ts->tv_sec = ns / 1000000000;
		ts->tv_nsec = ns % 1000000000;
	}
	return (0);
}
END
}

# in the place of this shell
memcheck() {
	exec valgrind -q --vgdb=no --trace-children=yes --track-fds=yes \
	    --leak-check=full --show-leak-kinds=definite \
	    --errors-for-leak-kinds=definite --error-exitcode=99 \
	    --log-file="$dir/vg/%p" "$@"
}

# findings: what the logs have beside the descriptors at the end
findings() {
	awk '{ sub(/^==[0-9]*== ?/, "") }
	/^(FILE DESC|Open )/	{ descriptor = 1 }
	!descriptor && NF > 0	{ print }
	NF == 0			{ descriptor = 0 }' "$dir"/vg/*
}

# left_open: the descriptors at the end that were not there at the start
left_open() {
	awk '{ sub(/^==[0-9]*== ?/, "") }
	/^Open /		{ block = ""; descriptor = 1 }
	/inherited from parent/	{ descriptor = 0 }
	descriptor		{ block = block FILENAME ": " $0 "\n" }
	NF == 0 && descriptor	{ printf("%s", block); descriptor = 0 }' \
	    "$dir"/vg/*
}

# descriptors pid ...: how many each has
descriptors() {
	for p in "$@"; do
		set -- "/proc/$p/fd"/*
		printf ' %d' $#
	done
}

# no_more pid ...: descriptors than $before, each of them
no_more() {
	now=$(descriptors "$@")
	# shellcheck disable=SC2086
	set -- $now
	for had in $before; do
		[ "$1" -le "$had" ] || return 1
		shift
	done
}

# within seconds command ...: until it succeeds
within() {
	n=$(($1 * 10))
	shift
	until "$@"; do
		n=$((n - 1))
		[ "$n" -gt 0 ] || return 1
		sleep 0.1
	done
}

ctl() {
	"$top/ntpsctl/ntpsctl" -t 60 -s "$dir/sock" "$@"
}

get() {
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' \
	    "$1" | "$top/regress/tool/webtalk" -t 60 "127.0.0.1:$web"
}

# what an operator and clients do
a_round() {
	"$top/ntpsctl/ntpsctl" -n -t 60 query "127.0.0.1:$port" &&
	for what in status stats clients history config policy events metrics; do
		ctl show "$what" || return 1
	done &&
	get /metrics && get /api/v1/status && get / &&
	ctl deny 192.0.2.0/24 for 1h && ctl forget 192.0.2.0/24 &&
	ctl reload && ctl restart && ctl stop && ctl start
}

# pids name: of the process of that name
pids() {
	ctl -j show processes | tr '{' '\n' |
	    sed -n "/\"name\": \"$1\"/s/.*\"pid\": \([0-9]*\),.*/\1/p"
}

# the processes that stay, by their pids
staying() {
	echo "$pid"
	pids control
	pids web
}

has_reserve() { [ -n "$(pids reserve)" ]; }

all_ended() {
	[ "$(grep -c 'Alarm clock' "$dir/log")" -ge 3 ]
}

daemon_rounds() {
	within 60 grep -q ' is ready$' "$dir/log" &&
	a_round >"$dir/said" 2>&1 || { cat "$dir/said"; return 1; }
	# shellcheck disable=SC2046
	set -- $(staying)
	[ $# -eq 3 ] || { echo "these are not three: $*"; return 1; }
	# to whom the parent has a channel as well
	within 60 has_reserve || { echo "no reserve"; return 1; }
	before=$(descriptors "$@")
	a_round >"$dir/said" 2>&1 || { cat "$dir/said"; return 1; }
	within 60 no_more "$@" ||
	    { echo "descriptors before:$before, now:$now"; return 1; }
	# of their own accord children don't leave, and say nothing if killed
	shift
	# shellcheck disable=SC2046
	set -- "$@" $(pids 'engine 0')
	kill -ALRM "$@"
	within 60 all_ended
}

valgrind_daemon() {
	write_shim >"$dir/shim.c"
	gcc -D_GNU_SOURCE -shared -fPIC -o "$dir/shim.so" "$dir/shim.c" ||
	    return 1
	port=$(regress/tool/ntpask -p)
	web=$(regress/tool/ntpask -p)
	mkdir -p "$dir/empty" "$dir/state"
	chmod 755 "$dir/empty"
	: >"$dir/log"
	set --
	[ "$(id -u)" -ne 0 ] ||
		set -- -D user=nobody -D chroot="$dir/empty"
	LD_PRELOAD="$dir/shim.so" SHIM_PROGRAM="$top/ntpsd/ntpsd" \
	    memcheck ntpsd/ntpsd -d -v -S 0 -f /dev/null \
	    -D clock.source=local -D control.group= -D workers=1 \
	    -D control.socket="$dir/sock" -D state="$dir/state" \
	    -D listen="127.0.0.1:$port" -D web.listen="127.0.0.1:$web" "$@" \
	    >"$dir/log" 2>&1 &
	pid=$!
	daemon_rounds
	status=$?
	kill -TERM "$pid"
	wait "$pid" || status=$?
	pid=
	[ "$status" -eq 0 ] || cat "$dir/log"
	return "$status"
}

valgrind_unit() {
	mkdir -p "$dir/here"
	for program in imsg imsgev; do
		program=$top/regress/unit/test_$program
		for name in $("$program" -l | sed -n 's/^ident: *//p'); do
			(cd "$dir/here" && memcheck "$program" -r result \
			    -s "${program%/*}" "$name") >"$dir/said" 2>&1 ||
				echo "${program##*/}: $name: $(cat "$dir/said")"
		done
	done
	left_open
}

analyse_valgrind() {
	mkdir "$dir/vg"
	valgrind_unit
	findings
	rm -f "$dir"/vg/*
	valgrind_daemon
	status=$?
	findings
	return "$status"
}

# ---- all of them ------------------------------------------------------------

[ $# -gt 0 ] || set -- gcc cppcheck tidy valgrind
unclean=0
for part; do
	began=$(date +%s)
	if "analyse_$part" >"$dir/out" 2>&1 && [ ! -s "$dir/out" ]; then
		echo "analyse: $part: clean, $(($(date +%s) - began)) s"
	else
		cat "$dir/out"
		echo "analyse: $part: not clean, $(($(date +%s) - began)) s"
		unclean=1
	fi
done
exit "$unclean"
