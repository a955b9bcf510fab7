#! /bin/sh
# SPDX-License-Identifier: ISC
#
# asan.sh [test ...]: `make check' with the address and undefined behaviour
# sanitizers, in a copy of the tree.

set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-asan.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

sh regress/tool/copy.sh "$dir"
cd "$dir"
export ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
# ATF never frees its lists of tests
export LSAN_OPTIONS="suppressions=$dir/regress/tool/lsan.supp:print_suppressions=0"
# fortified functions would hide from the sanitizer what it looks for
CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
    -fno-sanitize-recover=all" \
    CPPFLAGS="-U_FORTIFY_SOURCE -DNTPSD_SANITIZE" ./configure
GNUMAKEFLAGS=--no-print-directory ${MAKE:-make} check TESTS="$*"
