/* SPDX-License-Identifier: ISC */
/* For the tools that ask: a number of the command line, and a socket. */
#ifndef ASKER_H
#define ASKER_H

#include <sys/socket.h>

#include <err.h>
#include <stdint.h>
#include <stdlib.h>

#include "addr.h"

/* From 1 to max, or the tool ends. */
static inline uint64_t
asker_number(const char *text, long long max)
{
	const char	*why;
	long long	 v;

	v = strtonum(text, 1, max, &why);
	if (why != NULL)
		errx(2, "%s is %s", text, why);
	return ((uint64_t)v);
}

/* A UDP socket that asks `to', of an address of its own unless that is NULL. */
static inline int
asker_socket(const struct addr *from, const struct addr *to, int flags)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd;

	fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC | flags, 0);
	if (fd == -1)
		err(2, "socket");
	if (from != NULL) {
		len = addr_to_sockaddr(from, &ss);
		if (bind(fd, (struct sockaddr *)&ss, len) == -1)
			err(2, "bind");
	}
	len = addr_to_sockaddr(to, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) == -1)
		err(2, "connect");
	return (fd);
}

#endif /* ASKER_H */
