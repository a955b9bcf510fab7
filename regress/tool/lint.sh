#! /bin/sh
# SPDX-License-Identifier: ISC
#
# `make lint': the rules that regress/lint checks decide the outcome; what
# formatters and checkers that happen to be here say is printed, no more.
# V=1 shows where the formatter differs.

set -u
cd "$(dirname "$0")/../.." || exit 1

# clang-format can't align declarations by tabs: blanks do not count
if command -v clang-format >/dev/null 2>&1; then
	for f in common/*.[ch] ntpsd/*.[ch] ntpsctl/*.[ch] regress/*/*.c; do
		[ -f "$f" ] || continue
		out=$(clang-format "$f" | diff -wB "$f" -) && continue
		echo "clang-format: $f:" \
		    "$(printf '%s\n' "$out" | grep -c '^[<>]') lines differ"
		[ -z "${V:-}" ] || printf '%s\n' "$out"
	done
fi
if command -v shellcheck >/dev/null 2>&1; then
	shellcheck -S warning configure .ci/run .ci/deps etc/install.sh \
	    regress/tool/*.sh
fi

exec sh regress/tool/check.sh regress/lint/Kyuafile
