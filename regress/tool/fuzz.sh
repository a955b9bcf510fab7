#! /bin/sh
# SPDX-License-Identifier: ISC
#
# Runs every fuzz target that was built for FUZZ_TIME seconds, from its corpus
# in regress/fuzz/corpus/NAME (of fuzz_NAME), which stays as it is.  What a
# target fell over is kept in regress/fuzz/crash.

set -u
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

ran=0 status=0
for target in regress/fuzz/fuzz_*.fuzz; do
	[ -x "$target" ] || continue
	name=${target##*/fuzz_}
	name=${name%.fuzz}
	corpus=regress/fuzz/corpus/$name
	[ -d "$corpus" ] || echo "fuzz_$name: no $corpus"
	mkdir -p "$dir/$name" regress/fuzz/crash
	set -- "$dir/$name"
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
		status=1
	fi
	ran=$((ran + 1))
done
rmdir regress/fuzz/crash 2>/dev/null
[ "$ran" -gt 0 ] || { echo "fuzz: no target was built" >&2; exit 1; }
exit "$status"
