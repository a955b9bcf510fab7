#! /bin/sh
# SPDX-License-Identifier: ISC
#
# check.sh kyuafile [test ...]: runs the tests under kyua, shows what failed,
# and ends with the line `N passed, N failed', in kyua's own numbers: an
# expected failure is a pass, a broken test is a failure.
#
# CHECK_TALLY names a file to which that line is added, CHECK_FAILED one to
# which is added what the failed tests had to say, in short; JOBS is how many
# tests run at a time.

set -u
cd "$(dirname "$0")/../.." || exit 1
kyuafile=$1
shift

command -v kyua >/dev/null 2>&1 || {
	echo "check: kyua is missing: make deps" >&2
	exit 1
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-check.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
nobody=
[ "$(id -u)" -ne 0 ] || nobody="-v unprivileged_user=nobody"

# a bare environment: what a report shows and a test does is the same anywhere.
# Debian's atf-sh would take bash, which needs twice as long to fork.
run_kyua() {
	# shellcheck disable=SC2086
	env -i PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" HOME="$dir" \
	    ATF_SHELL=/bin/sh TMPDIR="${TMPDIR:-/tmp}" LC_ALL=C TZ=UTC \
	    ${CI+"CI=$CI"} ${FAULT_LONG+"FAULT_LONG=$FAULT_LONG"} \
	    ${ASAN_OPTIONS+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
	    ${UBSAN_OPTIONS+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} \
	    ${LSAN_OPTIONS+"LSAN_OPTIONS=$LSAN_OPTIONS"} \
	    kyua -c none -v parallelism="$jobs" $nobody "$@"
}

# in_short: of each part of a report the first lines and the last
in_short() {
	awk 'function flush(i, from) {
		from = n > 45 ? n - 30 : 1
		for (i = 1; i <= n; i++)
			if (i <= 15 || i > from)
				print substr(line[i], 1, 160)
			else if (i == 16)
				print "[...]"
		n = 0
	}
	/^===> / { flush() }
	{ line[++n] = $0 }
	END { flush() }'
}

status=0
run_kyua test -k "$kyuafile" -r "$dir/results" "$@" </dev/null || status=$?

# Test cases: 4 total, 1 skipped, 1 expected failures, 0 broken, 1 failed
passed=0 failed=0 skipped=0
summary=$(run_kyua report -r "$dir/results" --results-filter=skipped 2>&1)
counts=$(printf '%s\n' "$summary" | sed -n 's/^Test cases: \([0-9]*\) total, \([0-9]*\) skipped, [0-9]* expected failures, \([0-9]*\) broken, \([0-9]*\) failed$/\1 \2 \3 \4/p')
if [ -n "$counts" ]; then
	# shellcheck disable=SC2086
	set -- $counts
	skipped=$2
	failed=$(($3 + $4))
	passed=$(($1 - skipped - failed))
fi
if [ "$failed" -gt 0 ]; then
	run_kyua report -r "$dir/results" --results-filter=broken,failed \
	    --verbose >"$dir/failed"
	cat "$dir/failed"
	[ -z "${CHECK_FAILED:-}" ] || in_short <"$dir/failed" >>"$CHECK_FAILED"
fi
if [ "$skipped" -gt 0 ]; then
	echo "$skipped skipped:"
	printf '%s\n' "$summary" | sed -n 's/  ->  skipped: /: /p'
fi
if [ $((passed + failed)) -eq 0 ]; then
	echo "check: no test ran" >&2
	failed=1
elif [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
	echo "check: kyua ended with status $status" >&2
	failed=1
fi

[ -z "${CHECK_TALLY:-}" ] || echo "$passed passed, $failed failed" >>"$CHECK_TALLY"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
