/* SPDX-License-Identifier: ISC */
/*
 * freeport [n]: prints n UDP ports that are free just now on 127.0.0.1 and,
 * where there is IPv6, on ::1.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A socket bound to the port on ::1; -1 if it is taken, -2 without IPv6. */
static int
bind6(in_port_t port)
{
	struct sockaddr_in6	 sin6;
	int			 fd;

	if ((fd = socket(AF_INET6, SOCK_DGRAM, 0)) == -1)
		return (-2);
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_addr = in6addr_loopback;
	if (bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == -1) {
		close(fd);
		return (-2);
	}
	sin6.sin6_port = port;
	close(fd);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (fd != -1 && bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == 0)
		return (fd);
	if (fd != -1)
		close(fd);
	return (-1);
}

/* Keeps what it found until the end, so that no port comes twice. */
static in_port_t
free_port(void)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 fd;

	do {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
		    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
		    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
			err(1, "cannot find a free port");
	} while (bind6(sin.sin_port) == -1);
	return (ntohs(sin.sin_port));
}

int
main(int argc, char *argv[])
{
	int	 n = argc > 1 ? atoi(argv[1]) : 1;

	while (n-- > 0)
		printf("%u\n", (unsigned int)free_port());
	return (0);
}
