#! /bin/sh
# SPDX-License-Identifier: ISC
#
# install.sh install|uninstall: called by make, with the folders in the
# environment.  One list says what goes where, so that uninstall takes away
# what install put, and nothing else.

set -eu
cd "$(dirname "$0")/.."
: "${DESTDIR=}" "${OPENRC=}"

# mode, source, destination
files() {
	echo "755 ntpsd/ntpsd $SBINDIR/ntpsd"
	echo "755 ntpsctl/ntpsctl $SBINDIR/ntpsctl"
	for f in man/*.[578]; do
		echo "644 $f $MANDIR/man${f##*.}/${f##*/}"
	done
	# where these shells look, whether they are here or not
	share=${SHAREDIR%/ntpsd}
	echo "644 completion:bash $share/bash-completion/completions/ntpsctl"
	echo "644 completion:zsh $share/zsh/site-functions/_ntpsctl"
	echo "644 completion:fish $share/fish/vendor_completions.d/ntpsctl.fish"
	for f in ntpsd.yaml ntpsd.rules.yaml ntpsd.grafana.json; do
		echo "644 etc/$f $SHAREDIR/examples/$f"
	done
	for f in etc/schema/*.json; do
		echo "644 $f $SHAREDIR/schema/${f##*/}"
	done
	case $OS in
	linux)
		for f in ntpsd.service ntpsd-activated.service \
		    ntpsd-activated.socket; do
			echo "644 etc/$f $UNITDIR/systemd/system/$f"
		done
		echo "644 etc/ntpsd.sysusers $UNITDIR/sysusers.d/ntpsd.conf"
		echo "644 etc/ntpsd.tmpfiles $UNITDIR/tmpfiles.d/ntpsd.conf"
		echo "644 etc/ntpsd.sysctl $UNITDIR/sysctl.d/30-ntpsd.conf"
		echo "644 etc/ntpsd.logrotate $SYSCONFDIR/logrotate.d/ntpsd"
		for f in ntpsd.rsyslog ntpsd.apparmor; do
			echo "644 etc/$f $SHAREDIR/examples/$f"
		done
		# where OpenRC is not in charge, others would start the script
		if [ -n "$OPENRC" ]; then
			echo "755 etc/ntpsd.openrc $SYSCONFDIR/init.d/ntpsd"
		else
			echo "644 etc/ntpsd.openrc $SHAREDIR/examples/ntpsd.openrc"
		fi
		;;
	freebsd)	# untried
		echo "555 etc/ntpsd.rc.freebsd $PREFIX/etc/rc.d/ntpsd"
		;;
	openbsd)	# untried
		echo "555 etc/ntpsd.rc.openbsd $SYSCONFDIR/rc.d/ntpsd"
		;;
	esac
}

# the files in etc/ and man/ name the default folders
fill_in() {
	sed -e "s,/usr/local/sbin/,$SBINDIR/,g" \
	    -e "s,/usr/sbin/ntps,$SBINDIR/ntps,g" \
	    -e "s,/usr/local/share/ntpsd,$SHAREDIR,g" \
	    -e "s,/etc/ntpsd\.yaml,$SYSCONFDIR/ntpsd.yaml,g" "$1"
}

tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT

put() {
	case $2 in
	ntps*)	from=$2 ;;
	completion:*)
		ntpsctl/ntpsctl completion "${2#*:}" >"$tmp"
		from=$tmp
		;;
	*)	fill_in "$2" >"$tmp"; from=$tmp ;;
	esac
	install -d -m 755 "$DESTDIR${3%/*}"
	install -m "$1" "$from" "$DESTDIR$3"
	echo "$DESTDIR$3"
}

# user and groups, with whatever this system has for it
accounts() {
	if [ "$OS" = linux ] && command -v systemd-sysusers >/dev/null 2>&1
	then
		systemd-sysusers "$UNITDIR/sysusers.d/ntpsd.conf"
	fi
	for g in _ntpsd _ntpsctl; do
		grep -q "^$g:" /etc/group || add_group "$g"
	done
	id _ntpsd >/dev/null 2>&1 || add_user
	# the children are locked into this one
	[ -d /var/empty ] || install -d -m 755 /var/empty
	[ -d /var/lib/ntpsd ] || install -d -m 755 /var/lib/ntpsd
}

add_group() {
	echo "group $1"
	if command -v groupadd >/dev/null 2>&1; then
		case $OS in
		linux)	groupadd --system "$1" ;;
		*)	groupadd "$1" ;;
		esac
	elif command -v pw >/dev/null 2>&1; then
		pw groupadd "$1"
	else
		addgroup -S "$1"
	fi
}

add_user() {
	shell=/sbin/nologin
	[ -x "$shell" ] || shell=/usr/sbin/nologin
	echo "user _ntpsd"
	if command -v useradd >/dev/null 2>&1; then
		system=
		[ "$OS" != linux ] || system="--system -M"
		# shellcheck disable=SC2086
		useradd $system -g _ntpsd -d /nonexistent -s "$shell" \
		    -c "NTP server" _ntpsd
	elif command -v pw >/dev/null 2>&1; then
		pw useradd _ntpsd -g _ntpsd -d /nonexistent -s "$shell" \
		    -c "NTP server"
	else
		adduser -S -D -H -h /nonexistent -s "$shell" -G _ntpsd _ntpsd
	fi
}

conf=$DESTDIR$SYSCONFDIR/ntpsd.yaml
case $1 in
install)
	files | while read -r mode from to; do
		put "$mode" "$from" "$to"
	done
	# the operator's file stays as it is
	if [ ! -e "$conf" ]; then
		put 644 etc/ntpsd.yaml "$SYSCONFDIR/ntpsd.yaml"
	else
		echo "$conf is there and stays; see $SHAREDIR/examples"
	fi
	if [ -z "$DESTDIR" ] && [ "$(id -u)" -eq 0 ]; then
		accounts
	fi
	if [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; then
		echo "Now: systemctl daemon-reload &&" \
		    "systemctl enable --now ntpsd"
	fi
	;;
uninstall)
	# a configuration that nobody edited goes, too
	sample=$DESTDIR$SHAREDIR/examples/ntpsd.yaml
	if [ -e "$conf" ] && cmp -s "$sample" "$conf"; then
		rm -f "$conf"
	elif [ -e "$conf" ]; then
		echo "$conf was edited and stays"
	fi
	files | while read -r mode from to; do
		rm -f "$DESTDIR$to"
	done
	rmdir "$DESTDIR$SHAREDIR/examples" "$DESTDIR$SHAREDIR/schema" \
	    "$DESTDIR$SHAREDIR" 2>/dev/null || :
	[ -n "$DESTDIR" ] || echo "The user _ntpsd and the group _ntpsctl stay."
	;;
*)
	echo "usage: install.sh install|uninstall" >&2
	exit 1
	;;
esac
