#! /bin/sh
# SPDX-License-Identifier: ISC
#
# manual.sh [file]: writes the members of etc/schema into man/ntpsctl-json.5,
# or the whole manual into another file.

set -eu
cd "$(dirname "$0")/../.."
man=man/ntpsctl-json.5
to=${1:-$man}

[ -x regress/tool/schemadoc ] ||
    { echo "manual: not built: make tests" >&2; exit 1; }
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
{
	sed '/^\.\\" from here on/q' $man
	regress/tool/schemadoc -m etc/schema/*.json
	sed -n '/^\.\\" up to here/,$p' $man
} >"$tmp"
cat "$tmp" >"$to"
