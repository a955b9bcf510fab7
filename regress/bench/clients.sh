#! /bin/sh
# SPDX-License-Identifier: ISC
#
# Two proofs about the table of sources, in a network namespace of its own
# (needs root).  Figures are printed; whoever runs it judges them.
#
# usage: clients.sh memory [sources]	resident memory of the engine before and
#					after so many sources (10,000,000)
#        clients.sh cpu [rounds [sources]]
#					CPU for each answer: so many sources
#					(50,000) against one, and the ratio, round
#					by round, each source asking at least once
#        clients.sh flood		a source at 100,000 a second, and another
#					at 100 a second that must lose nothing

set -u
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${CLIENTS_NS:-}" ]; then
	CLIENTS_NS=1 exec unshare -n "$0" "$@"
fi
ip link set lo up || exit 1
ip route add local 10.0.0.0/8 dev lo
ip -6 route add local 2001:db8::/32 dev lo
ip addr add 10.0.0.1/32 dev lo
. "$here/daemon.subr"

resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$(engine)/status"
}

# Sources behind a gateway: on loopback the kernel keeps a neighbour for each
# IPv6 source, which costs more than the request, and is like no network.
behind_gateway() {
	ip route del local 10.0.0.0/8 dev lo
	ip -6 route del local 2001:db8::/32 dev lo
	unshare -n sleep 3600 &
	gateway=$!
	others=$gateway
	while [ "$(readlink "/proc/$gateway/ns/net")" = \
	    "$(readlink /proc/self/ns/net)" ]; do
		sleep 0.1
	done
	ip link add s0 type veth peer name c0 netns "$gateway"
	ip addr add 10.255.0.1/30 dev s0
	ip -6 addr add fd00::1/64 dev s0 nodad
	ip link set s0 up
	nsenter -t "$gateway" -n sh -c '
		ip link set lo up
		ip addr add 10.255.0.2/30 dev c0
		ip -6 addr add fd00::2/64 dev c0 nodad
		ip link set c0 up
		ip route add local 10.0.0.0/8 dev lo
		ip -6 route add local 2001:db8::/32 dev lo'
	ip route add default via 10.255.0.2
	ip -6 route add default via fd00::2
}

case ${1:-} in
memory)
	n=${2:-10000000}
	start -D ratelimit.rate=100
	# what a first request brings is no growth by sources
	"$top/regress/tool/ntpcrowd" -n 1000 10.1.0.0 127.0.0.1:123 >/dev/null
	"$top/regress/tool/ntpcrowd" -n 1000 -s 64 '[2001:db8::]' '[::1]:123' \
	    >/dev/null
	before=$(resident)
	"$top/regress/tool/ntpcrowd" -b 64 -n $((n / 2)) 10.1.0.0 \
	    127.0.0.1:123 | tr '\n' ' '
	"$top/regress/tool/ntpcrowd" -b 64 -n $((n / 2)) -s 64 '[2001:db8::]' \
	    '[::1]:123' | tr '\n' ' '
	after=$(resident)
	echo
	echo "sources=$n kb_before=$before kb_after=$after" \
	    "clients=$(number_of clients) evictions=$(number_of evictions)" \
	    "unique_hour=$(number_of unique_hour)"
	;;
cpu)
	n=${3:-50000}
	# a load of 150,000 a second is the least that is expected
	secs=$((n / 150000 + 1))
	behind_gateway
	start -D ratelimit.rate=1000000 -D ratelimit.burst=255 \
	    -D ratelimit.ipv6_prefix=128
	round=0
	while [ "$round" -lt "${2:-5}" ]; do
		for host in 10.255.0.1 fd00::1; do
			base=10.1.0.0
			[ "$host" = fd00::1 ] && base=2001:db8::
			for addrs in 0 "$n"; do
				d=$secs
				[ "$addrs" -eq 0 ] && [ "$d" -gt 10 ] && d=10
				nsenter -t "$gateway" -n "$here/ntpload" \
				    --private --accept-unsync -s 16 \
				    -w 256 -b 32 -a "$addrs" \
				    --src-base "$base" -d "$d" --warmup 0.2 \
				    -P "$(engine)" "$host" |
				    sed -n 's/^received=/answers=/p
				    s/^server_cpu_ns_per_response=//p'
			done | tr '\n' ' ' |
			    awk -v h="$host" '{ print h, $0, $4 / $2 }'
		done
		round=$((round + 1))
	done
	echo "clients=$(number_of clients) evictions=$(number_of evictions)" \
	    "unique_hour=$(number_of unique_hour)"
	;;
flood)
	start
	"$top/regress/tool/ntpburst" -r 100000 -d 10 127.0.0.1:123 \
	    >"$dir/flood" &
	flood=$!
	sleep 1
	# the victim's address is the one that the flood has
	"$top/regress/tool/ntpburst" -r 90 -d 7 10.0.0.1:123 >"$dir/other" &
	other=$!
	"$top/regress/tool/ntpburst" -r 500 -d 7 -w 200 127.0.0.1:123 \
	    >"$dir/same"
	wait "$other"
	wait "$flood"
	for f in flood other same; do
		echo "$f: $(tr '\n' ' ' <"$dir/$f")"
	done
	echo "kernel_drops=$(number_of kernel_drops)" \
	    "leaked=$(number_of rate_leaked)" \
	    "refused=$(number_of drop_ratelimit)"
	;;
*)
	sed -n '5,15p' "$0" >&2
	exit 2
	;;
esac
