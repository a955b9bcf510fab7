#! /bin/sh
# SPDX-License-Identifier: ISC
#
# fuzz.sh [target]: runs every fuzz target that was built, or that one, for
# FUZZ_TIME seconds, from its corpus in regress/fuzz/corpus/NAME (of fuzz_NAME),
# which stays as it is.  What a target fell over is kept in regress/fuzz/crash.
# JOBS is how many run at a time.

set -u
cd "$(dirname "$0")/../.." || exit 1

if [ $# -eq 0 ]; then
	set -- regress/fuzz/fuzz_*.fuzz
	[ -x "$1" ] || { echo "fuzz: no target was built" >&2; exit 1; }
	jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
	mkdir -p regress/fuzz/crash
	status=0
	printf '%s\n' "$@" | xargs -n 1 -P "$jobs" \
	    sh regress/tool/fuzz.sh || status=1
	rmdir regress/fuzz/crash 2>/dev/null
	exit "$status"
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

target=$1
name=${target##*/fuzz_}
name=${name%.fuzz}
corpus=regress/fuzz/corpus/$name
mkdir -p "$dir/new"
set -- "$dir/new"
[ ! -d "$corpus" ] || set -- "$@" "$corpus"
if "./$target" -max_total_time="${FUZZ_TIME:-10}" -timeout=5 \
    -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="regress/fuzz/crash/$name-" "$@" \
    >"$dir/log" 2>&1 </dev/null; then
	echo "fuzz_$name: $(sed -n \
	    's/^stat::number_of_executed_units: *//p' "$dir/log") runs"
else
	cat "$dir/log"
	echo "fuzz_$name: failed, see regress/fuzz/crash"
	exit 1
fi
