/* SPDX-License-Identifier: ISC */
/*
 * udphold address:port: holds a UDP port as a daemon does that shares it
 * (SO_REUSEPORT), says "ready" and waits to be ended.
 */

#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "addr.h"

int
main(int argc, char *argv[])
{
	struct sockaddr_storage	 ss;
	struct addr		 addr;
	socklen_t		 len;
	int			 fd, on = 1;

	if (argc != 2 || addr_parse(&addr, argv[1], 0) == -1)
		errx(2, "usage: udphold address:port");
	len = addr_to_sockaddr(&addr, &ss);
	if ((fd = socket(ss.ss_family, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == -1)
		err(1, "SO_REUSEPORT");
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "%s", argv[1]);
	printf("ready\n");
	fflush(stdout);
	pause();
	return (0);
}
