#! /bin/sh
# SPDX-License-Identifier: ISC
#
# `make run': ntpsd in the foreground on 127.0.0.1:1123 and [::1]:1123, with its
# page on 127.0.0.1:8123, a control socket of its own, and everything it writes
# below ./run.

set -u
cd "$(dirname "$0")/../.." || exit 1

umask 022

# ./run, unless it can't be written, or the socket's path would be longer than
# the 107 octets that a UNIX socket has room for
dir=run
if ! mkdir -p run/empty 2>/dev/null || [ ! -w run ] ||
    [ "$(printf %s "$PWD/run/ntpsd.sock" | wc -c)" -gt 107 ]; then
	dir=$(mktemp -d /tmp/ntpsd-run.XXXXXX) && mkdir "$dir/empty" || exit 1
fi
here=$(cd "$dir" && pwd)

# only root can, and then must, lock the children up
set --
if [ "$(id -u)" -eq 0 ]; then
	user=nobody
	! id _ntpsd >/dev/null 2>&1 || user=_ntpsd
	chown 0:0 "$dir/empty" && chmod 755 "$dir/empty" || exit 1
	set -- -D chroot="$here/empty" -D user="$user"
fi

cat <<EOF
ntpsd answers on 127.0.0.1:1123 and [::1]:1123, and shows what it does at
http://127.0.0.1:8123/.  In another terminal:
    ./ntpsctl/ntpsctl query 127.0.0.1:1123
    ./ntpsctl/ntpsctl -s $dir/ntpsd.sock show status
Ctrl-C ends it.
EOF

# the machine's /etc/ntpsd.yaml is not this daemon's: -f /dev/null
set -- ./ntpsd/ntpsd -d -f /dev/null -D 'listen=127.0.0.1:1123 [::1]:1123' \
    -D clock.source=local -D control.socket="$here/ntpsd.sock" \
    -D state="$here" -D control.group= -D web.listen=127.0.0.1:8123 "$@"

# On a terminal the daemon gets a process group of its own, so that Ctrl-C
# reaches it alone: make would end with an error before the daemon has ended.
if [ -t 0 ] && [ -t 1 ]; then
	set -m
	"$@"
	exit $?
fi
exec "$@"
