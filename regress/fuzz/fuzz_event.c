/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: any octets as a request's event, which becomes a line that is
 * safe to print; and as a filter and a stream of requests, of which what is
 * shown and what is left out add up.
 */
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "event.h"

static struct event_buffer	 buf;

static void	 check_lines(const struct event_request *);
static void	 check_stream(const struct event_filter *, uint32_t,
		    const uint8_t *, size_t);

static void
check_lines(const struct event_request *e)
{
	char		 text[EVENT_STRLEN];
	const char	*p;
	int		 all;

	for (all = 0; all < 2; all++) {
		event_format(e, all != 0, text, sizeof(text));
		CHECK(strncmp(text, "request from ", 13) == 0);
		for (p = text; *p != '\0'; p++)
			CHECK(*p >= ' ' && *p < 0x7f);
		/* nothing is cut off, but of what no message can hold */
		CHECK(!event_request_ok(e) || p < text + sizeof(text) - 1);
	}
}

static void
check_stream(const struct event_filter *f, uint32_t rate, const uint8_t *data,
    size_t len)
{
	struct event_request	 e;
	uint64_t		 mono = 1, came = 0, shown = 0, left = 0;
	uint32_t		 i;

	memset(&buf, 0, sizeof(buf));
	memset(&e, 0, sizeof(e));
	event_watch(&buf, 3, 1, f, rate);
	for (; len >= 8; data += 8, len -= 8) {
		mono += (uint64_t)data[0] << (data[1] & 31);
		came += event_match(f, false, data + 2, data[6],
		    (enum event_verdict)(data[7] % EVENT_VERDICTS));
		e.slots = event_choose(&buf, false, data + 2, data[6],
		    (enum event_verdict)(data[7] % EVENT_VERDICTS), mono,
		    data[1] * UINT32_C(0x01010101));
		CHECK(e.slots == 0 || e.slots == 8);
		if (e.slots != 0)
			event_put(&buf, &e);
		if (data[1] & 0x80)
			event_turn(&buf, (uint64_t)data[0] << (data[1] & 31));
		CHECK(event_buffer_ok(&buf));
		if ((data[1] & 0x60) != 0x60)
			continue;
		left += event_left_out(&buf, 3);
		for (i = 0; i < buf.n; i++)
			shown += buf.event[i].slots >> 3;
		event_emptied(&buf);
	}
	for (i = 0; i < buf.n; i++)
		shown += buf.event[i].slots >> 3;
	CHECK(came == shown + left + event_left_out(&buf, 3));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct event_request	 e;
	struct event_filter	 f;
	struct event_buffer	*b;

	if (len < sizeof(e) + sizeof(f) + 4)
		return (0);
	memcpy(&e, data, sizeof(e));
	data += sizeof(e);
	memcpy(&f, data, sizeof(f));
	data += sizeof(f);
	len -= sizeof(e) + sizeof(f);
	check_lines(&e);
	if (event_filter_ok(&f))
		check_stream(&f, 1 + (data[0] | data[1] << 8U), data + 4,
		    len - 4);
	/* A whole buffer of anything: the check reads within it. */
	if (len >= sizeof(*b) && (b = malloc(sizeof(*b))) != NULL) {
		memcpy(b, data, sizeof(*b));
		(void)event_buffer_ok(b);
		(void)event_left_out(b, 2);
		free(b);
	}
	return (0);
}
