#! /bin/sh
# SPDX-License-Identifier: ISC
#
# deb.sh [folder]: builds a Debian package of the sources as they are here, in
# a copy of them, and leaves it in the folder, or here.  Its maintainer is who
# builds it: DEBFULLNAME and DEBEMAIL, or what git knows.

set -eu
to=$(cd "${1:-.}" && pwd)
cd "$(dirname "$0")/.."

for p in dpkg-buildpackage dh; do
	command -v "$p" >/dev/null || {
		echo "deb: $p is missing: apt-get install dpkg-dev debhelper" >&2
		exit 1
	}
done
dir=$(mktemp -d "${TMPDIR:-/tmp}/ntpsd-deb.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

sh regress/tool/copy.sh "$dir/ntpsd"
mv "$dir/ntpsd/etc/debian" "$dir/ntpsd/debian"
chmod 755 "$dir/ntpsd/debian/rules"

name=${DEBFULLNAME:-$(git config user.name || id -un)}
mail=${DEBEMAIL:-$(git config user.email || echo "$(id -un)@$(uname -n)")}
sed -i "s/@MAINTAINER@/$name <$mail>/" "$dir/ntpsd/debian/control"

# A changelog is due; the real one is git's.
version=$(sed -n 's/^VERSION=//p' configure)
when=$(git -c safe.directory='*' log -1 --format=%ct 2>/dev/null) ||
    when=$(date +%s)
cat >"$dir/ntpsd/debian/changelog" <<EOT
ntpsd ($version) unstable; urgency=medium

  * Version $version.

 -- $name <$mail>  $(LC_ALL=C date -u -R -d "@$when")
EOT

cd "$dir/ntpsd"
unset MAKEFLAGS MFLAGS MAKELEVEL
DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-} nocheck parallel=$(getconf _NPROCESSORS_ONLN)" \
    dpkg-buildpackage -b -us -uc >"$dir/log" 2>&1 || {
	tail -n 30 "$dir/log" >&2
	exit 1
}
cd "$to"
for f in "$dir"/ntpsd_*.deb; do
	mv "$f" .
	echo "$to/${f##*/}"
done
