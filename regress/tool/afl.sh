#! /bin/sh
# SPDX-License-Identifier: ISC
#
# afl.sh [target ...]: the fuzz targets under AFL++ (package afl++), FUZZ_TIME
# seconds each, in a copy of the tree.  A target is "packet", for
# regress/fuzz/fuzz_packet.c; without one, all.  What a target fell over is kept
# in regress/fuzz/crash.  JOBS is how many run at a time.

set -eu
cd "$(dirname "$0")/../.."
top=$PWD
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
command -v afl-clang-fast >/dev/null 2>&1 || {
	echo "afl: no afl-clang-fast: apt-get install afl++" >&2
	exit 1
}

# one target: in the copy, where it was built
if [ -n "${AFL_COPY:-}" ]; then
	cd "$AFL_COPY"
	corpus=regress/fuzz/corpus/$1
	[ -d "$corpus" ] || {
		corpus=seed
		mkdir -p seed
		echo >seed/line
	}
	AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 \
	    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
	    afl-fuzz -i "$corpus" -o "out/$1" -m none -V "${FUZZ_TIME:-10}" \
	    -- "./regress/fuzz/fuzz_$1.fuzz" >"out/$1.log" 2>&1 </dev/null || {
		tail -n 20 "out/$1.log"
		echo "fuzz_$1: AFL++ did not run"
		exit 1
	}
	stats=out/$1/default/fuzzer_stats
	fell=0
	for f in "out/$1"/default/crashes/id* "out/$1"/default/hangs/id*; do
		[ -e "$f" ] || continue
		fell=$((fell + 1))
		mkdir -p "$top/regress/fuzz/crash"
		cp "$f" "$top/regress/fuzz/crash/$1-afl-$fell"
	done
	echo "fuzz_$1: $(sed -n 's/^execs_done *: //p' "$stats") runs"
	[ "$fell" -eq 0 ] || {
		echo "fuzz_$1: failed $fell times, see regress/fuzz/crash"
		exit 1
	}
	exit 0
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-afl.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
sh regress/tool/copy.sh "$dir"
mkdir "$dir/out"
if [ $# -eq 0 ]; then
	for f in regress/fuzz/fuzz_*.c; do
		f=${f#regress/fuzz/fuzz_}
		set -- "$@" "${f%.c}"
	done
fi
(
	cd "$dir"
	FUZZ_CC=afl-clang-fast ./configure >/dev/null
	for t; do
		echo "regress/fuzz/fuzz_$t.fuzz"
	done | AFL_QUIET=1 xargs ${MAKE:-make} -s -j "$jobs" -f build.mk
)
printf '%s\n' "$@" | AFL_COPY=$dir xargs -n 1 -P "$jobs" \
    sh regress/tool/afl.sh
