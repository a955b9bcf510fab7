/* SPDX-License-Identifier: ISC */
/* Addresses: whatever is read is written in a form that reads back the same. */
#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
fuzz_addr(const char *text)
{
	struct sockaddr_storage	 ss;
	struct addr		 a, b;
	char			 buf[ADDR_STRLEN];
	socklen_t		 len;

	if (addr_parse(&a, text, 123) == -1)
		return;
	require(a.port != 0);
	require(addr_parse(&b, addr_format(&a, buf, sizeof(buf)), 0) == 0);
	require(addr_equal(&a, &b) && memcmp(&a, &b, sizeof(a)) == 0);
	require((len = addr_to_sockaddr(&a, &ss)) != 0);
	require(addr_from_sockaddr(&b, (struct sockaddr *)&ss, len) == 0);
	require(memcmp(&a, &b, sizeof(a)) == 0);
}

static void
fuzz_listen(const char *text)
{
	struct listen_spec	 a, b;
	char			 buf[ADDR_STRLEN];

	if (listen_spec_parse(&a, text, 123) == -1)
		return;
	require((a.addr.family == 0) == (a.ifname[0] != '\0'));
	require(!addr_is_multicast(&a.addr));
	require(listen_spec_parse(&b, listen_spec_format(&a, buf,
	    sizeof(buf)), 0) == 0);
	require(listen_spec_equal(&a, &b) && memcmp(&a, &b, sizeof(a)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char	*text;

	if ((text = strndup((const char *)data, len)) == NULL)
		return (0);
	fuzz_addr(text);
	fuzz_listen(text);
	free(text);
	return (0);
}
