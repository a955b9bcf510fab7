#! /bin/sh
# SPDX-License-Identifier: ISC
#
# coverage.sh [file ...]: how much of what reads strangers' octets do the unit
# tests and the fuzz targets' corpus reach?  Prints a line for each file and
# each group of files, and fails where a group has fewer than WANT per cent of
# its branches.  Of a file that is named (common/json.c), those are listed that
# nothing took.  It all happens in a copy of the tree, with clang's coverage.

set -eu
cd "$(dirname "$0")/../.."
WANT=${WANT:-90}
show=$*
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
groups="ntp_packet ntp_reply mode6 mac keyfile leap json http yaml_conf conf"
groups="$groups policy prefix addr signed request history_file,history_read"
groups="$groups mirror interleave imsg imsgev msg answers"
cc=$(sed -n 's/^FUZZ_CC =[[:blank:]]*//p' config.mk)
cov=$("$cc" -print-prog-name=llvm-cov)
profdata=$("$cc" -print-prog-name=llvm-profdata)

dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-coverage.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# quiet command...: shows what it had to say only if it fails
quiet() {
	"$@" >"$dir/log" 2>&1 </dev/null || { cat "$dir/log"; exit 1; }
}

sh regress/tool/copy.sh "$dir/tree"
cd "$dir/tree"
flags="-O0 -g -fprofile-instr-generate -fcoverage-mapping"
quiet env CC="$cc" CFLAGS="$flags" ./configure
units=$(echo regress/unit/test_*.c | sed 's/\.c//g')
# shellcheck disable=SC2086
GNUMAKEFLAGS='' quiet "${MAKE:-make}" -f build.mk -j "$jobs" $units fuzzers \
    FUZZ_OBJ=common/common.a FUZZ_SAN= FUZZ_CFLAGS="\$(STD) $flags"

# each program adds up its runs in one file, named after its contents
export LLVM_PROFILE_FILE="$dir/profile/%m"
mkdir "$dir/here" "$dir/profile"
cd "$dir/here"
set --
for program in $units; do
	program=$dir/tree/$program
	set -- "$@" -object "$program"
	for name in $("$program" -l | sed -n 's/^ident: *//p'); do
		"$program" -r result -s "${program%/*}" "$name" \
		    >"$dir/log" 2>&1 </dev/null || {
			echo "${program##*/}: $name: $(cat result)"
		}
	done
done
for program in "$dir"/tree/regress/fuzz/fuzz_*.fuzz; do
	set -- "$@" -object "$program"
	name=${program##*/fuzz_}
	corpus=$dir/tree/regress/fuzz/corpus/${name%.fuzz}
	[ ! -d "$corpus" ] || quiet "$program" -runs=0 "$corpus"
done

cd "$dir/tree"
quiet "$profdata" merge -o "$dir/merged" "$dir"/profile/*
shift		# the first stands without -object
"$cov" export -format=lcov -instr-profile "$dir/merged" "$@" >"$dir/lcov" \
    2>"$dir/log" || { cat "$dir/log"; exit 1; }

awk -v want="$WANT" -v groups="$groups" -v show="$show" \
    -f regress/tool/coverage.awk "$dir/lcov"
