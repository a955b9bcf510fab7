/* SPDX-License-Identifier: ISC */
/*
 * Control messages: only requests are answered, in fragments that fit and fit
 * together, with text that ntpq can take apart.  The first octet chooses the
 * view and how much room there is; "NONCE" in a message becomes a good one, so
 * that more than silence can be had of READ_MRU.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mode6.h"
#include "ntp_packet.h"

#define NROWS	300
#define NONCE	"NONCE===========NONCE="	/* as long as "nonce=" and 16 */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct mode6_row		 rows[NROWS];
static struct mode6_reply	 reply;
static const struct mode6_state	 state = { { 1, 2 } };
static const struct addr	 from = {
	.family = AF_INET, .port = 4000, .ip = { 192, 0, 2, 1 }
};
static const struct mode6_peer	 peer = {
	.addr = { .family = AF_INET6, .port = 123, .ip = { 32, 1 } },
	.selected = true, .stratum = 1, .refid = { 'G', '"', ',', 0 },
	.reach = 1, .offset = -1e300, .delay = 1e300, .nsamples = 9
};

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
make_view(struct mode6_view *view, uint8_t choice)
{
	size_t	 i;

	memset(view, 0, sizeof(*view));
	view->now = UINT64_C(0xe000000000000000);
	view->version = "ntpsd \"0.1\",\r\n";
	view->leap = choice & 3;
	view->stratum = choice >> 2 & 31;
	view->peer = choice & 0x80 ? &peer : NULL;
	view->row = rows;
	view->nrows = choice & 1 ? NROWS : choice & 7;
	for (i = 0; i < NROWS; i++) {
		rows[i].addr.family = i & 1 ? AF_INET6 : AF_INET;
		rows[i].addr.ip[3] = (uint8_t)i;
		rows[i].last = view->now - (((ntp_ts)NROWS - i) / 4 << 32);
		rows[i].count = (uint32_t)i;
		rows[i].restrictions = (uint16_t)(i << 4);
	}
}

/* Puts a nonce in NONCE's place. */
static void
put_nonce(uint8_t *packet, size_t len, const struct mode6_view *view)
{
	static const uint8_t	 ask[12] = { 0x16, MODE6_REQ_NONCE };
	struct mode6_request	 r;
	uint8_t			*p;
	size_t			 n = strlen(NONCE);

	if ((p = memmem(packet, len, NONCE, n)) == NULL)
		return;
	require(mode6_parse(&r, ask, sizeof(ask)) == 0);
	require(mode6_answer(&reply, view, &state, &r, &from, 1) == 1);
	require(reply.len == n + 2);
	memcpy(p, reply.data, n);
}

static void
check_text(void)
{
	bool	 quoted = false;
	size_t	 i;

	for (i = 0; i < reply.len; i++) {
		require((reply.data[i] >= ' ' && reply.data[i] <= '~') ||
		    (!quoted && (reply.data[i] == '\r' ||
		    reply.data[i] == '\n')));
		quoted ^= reply.data[i] == '"';
	}
	require(!quoted);
}

static void
check_fragments(const uint8_t *packet, unsigned int n)
{
	uint8_t		 buf[MODE6_FRAGMENT_LEN];
	uint8_t		*one;
	struct mode6_request again;
	unsigned int	 i;
	size_t		 len, count, at = 0, octets = 0;

	for (i = 0; i < n; i++) {
		len = mode6_fragment(&reply, i, buf);
		/* of its own size, so that reading past it is seen */
		require((one = malloc(len)) != NULL);
		memcpy(one, buf, len);
		count = (size_t)one[10] << 8 | one[11];
		require(len <= MODE6_FRAGMENT_LEN && len % 4 == 0);
		require(count <= MODE6_DATA_LEN && len >= 12 + count &&
		    len < 12 + count + 4);
		require(((size_t)one[8] << 8 | one[9]) == at);
		require(((one[1] & 0x20) != 0) == (i + 1 < n));
		require((one[1] & 0x80) != 0 && (one[1] & 0x1f) == packet[1]);
		require(one[0] == (packet[0] & 0x3f));
		require(memcmp(one + 2, packet + 2, 2) == 0);
		require(memcmp(one + 6, packet + 6, 2) == 0);
		if (one[1] & 0x40)
			require(n == 1 && count == 0 && one[4] >= 1 &&
			    one[4] <= 6 && one[5] == 0);
		/* F6: what we send is never answered */
		require(mode6_parse(&again, one, len) == -1);
		free(one);
		at += count;
		octets += len;
	}
	require(at == reply.len && octets == reply.octets);
	require(mode6_fragment(&reply, n, buf) == 0);
}

static void
check_answer(const struct mode6_view *view, const uint8_t *packet, size_t len,
    unsigned int room)
{
	struct mode6_request	 r;
	unsigned int		 n;

	if (mode6_parse(&r, packet, len) == -1)
		return;
	require((packet[0] & 7) == NTP_MODE_CONTROL && packet[1] < 0x20);
	require(len >= 12 && r.count <= len - 12 && r.count <= MODE6_DATA_LEN);
	memset(&reply, 0xff, sizeof(reply));	/* nothing of the last one */
	n = mode6_answer(&reply, view, &state, &r, &from, room);
	require(n <= room && n <= MODE6_FRAGMENTS);
	require(reply.octets <= n * (size_t)MODE6_FRAGMENT_LEN);
	if (n == 0) {
		require(reply.octets == 0);
		return;
	}
	check_fragments(packet, n);
	if (r.opcode != MODE6_READSTAT || r.association != 0)
		check_text();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mode6_view	 view;
	uint8_t			*packet;

	if (len < 2 || len > 2048)
		return (0);
	make_view(&view, data[0]);
	data++;
	len--;
	if ((packet = malloc(len)) == NULL)
		return (0);
	memcpy(packet, data, len);
	put_nonce(packet, len, &view);
	check_answer(&view, packet, len, data[-1] & 0x40 ?
	    MODE6_FRAGMENTS : data[-1] & 7);
	free(packet);
	return (0);
}
