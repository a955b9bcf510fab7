#! /bin/sh
# SPDX-License-Identifier: ISC
#
# `make run': ntpsd in the foreground on 127.0.0.1:1123 and [::1]:1123, with a
# control socket of its own and everything below ./run.

set -u
cd "$(dirname "$0")/../.." || exit 1

umask 022
mkdir -p run/empty || exit 1

# the path of a UNIX socket has to fit 107 octets
sock=$PWD/run/ntpsd.sock
ask=run/ntpsd.sock
if [ "$(printf %s "$sock" | wc -c)" -gt 107 ]; then
	sock=$(mktemp -d /tmp/ntpsd.XXXXXX)/ntpsd.sock || exit 1
	ask=$sock
fi

# only root can, and then must, lock the children up
set --
if [ "$(id -u)" -eq 0 ]; then
	user=nobody
	! id _ntpsd >/dev/null 2>&1 || user=_ntpsd
	chown 0:0 run/empty && chmod 755 run/empty || exit 1
	set -- -D chroot="$PWD/run/empty" -D user="$user"
fi

cat <<EOF
ntpsd answers on 127.0.0.1:1123 and [::1]:1123.  In another terminal:
    ./ntpsctl/ntpsctl query 127.0.0.1:1123
    ./ntpsctl/ntpsctl -s $ask show status
Ctrl-C ends it.
EOF

# the machine's /etc/ntpsd.yaml is not this daemon's: -f /dev/null
set -- ./ntpsd/ntpsd -d -f /dev/null -D 'listen=127.0.0.1:1123 [::1]:1123' \
    -D clock.source=local -D control.socket="$sock" -D control.group= "$@"

# On a terminal the daemon gets a process group of its own, so that Ctrl-C
# reaches it alone: make would end with an error before the daemon has ended.
if [ -t 0 ] && [ -t 1 ]; then
	set -m
	"$@"
	exit $?
fi
exec "$@"
