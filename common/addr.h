/* SPDX-License-Identifier: ISC */
/*
 * Addresses: one small value type for IPv4 and IPv6 endpoints, and for what
 * `listen` may name.  Pure: no resolver, no interface look-up.
 * Ports are in host order; ip holds 4 or 16 octets in network order.
 */
#ifndef ADDR_H
#define ADDR_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDR_STRLEN	72	/* "[" address "%" 15 more "]:" port NUL */
#define ADDR_IFNAMSIZ	16	/* IFNAMSIZ, the NUL included */

struct addr {
	uint8_t		 family;	/* AF_INET, AF_INET6; 0: none */
	uint8_t		 pad;
	uint16_t	 port;
	uint32_t	 scope;		/* IPv6 scope (interface index) or 0 */
	uint8_t		 ip[16];
};

/* What `listen` names: an address, or every address of an interface. */
struct listen_spec {
	struct addr	 addr;		/* family 0: both, on ifname */
	char		 ifname[ADDR_IFNAMSIZ];	/* "" or an interface */
};

int		 addr_from_sockaddr(struct addr *, const struct sockaddr *,
		    socklen_t);
socklen_t	 addr_to_sockaddr(const struct addr *,
		    struct sockaddr_storage *);
int		 addr_parse(struct addr *, const char *, uint16_t);
const char	*addr_format(const struct addr *, char *, size_t);
bool		 addr_equal(const struct addr *, const struct addr *);
bool		 addr_is_wildcard(const struct addr *);
bool		 addr_is_loopback(const struct addr *);
bool		 addr_is_multicast(const struct addr *);
bool		 addr_is_linklocal(const struct addr *);
bool		 addr_is_private(const struct addr *);

int		 listen_spec_parse(struct listen_spec *, const char *,
		    uint16_t);
const char	*listen_spec_format(const struct listen_spec *, char *,
		    size_t);
bool		 listen_spec_equal(const struct listen_spec *,
		    const struct listen_spec *);

#endif /* ADDR_H */
