/* SPDX-License-Identifier: ISC */
/* Requests over HTTP that are signed: see signed.h. */

#include <stdio.h>
#include <string.h>

#include "signed.h"

/* nonce, method, path, digest, and a line end between each two */
#define TEXT_MAX	(2 * SIGNED_HEX_LEN + 64)

static const struct {
	const char	*method, *path;
} kinds[SIGNED_KINDS] = {
	[SIGNED_SERVICE] = { "POST", "/api/v1/service/control" },
	[SIGNED_POLICY] = { "POST", "/api/v1/policy" },
	[SIGNED_CONFIG] = { "PATCH", "/api/v1/config" }
};

const char *
signed_method(enum signed_kind kind)
{
	return (kinds[kind].method);
}

const char *
signed_path(enum signed_kind kind)
{
	return (kinds[kind].path);
}

void
signed_hex_format(const uint8_t octets[SIGNED_NONCE_LEN], char *out)
{
	static const char	 digits[] = "0123456789abcdef";
	unsigned int		 i;

	for (i = 0; i < SIGNED_NONCE_LEN; i++) {
		*out++ = digits[octets[i] >> 4];
		*out++ = digits[octets[i] & 0x0f];
	}
	*out = '\0';
}

bool
signed_hex(const char *text, uint8_t out[SIGNED_NONCE_LEN])
{
	static const char	 digits[] = "0123456789abcdef";
	unsigned int		 i;

	if (strlen(text) != SIGNED_HEX_LEN ||
	    strspn(text, digits) != SIGNED_HEX_LEN)
		return (false);
	for (i = 0; i < SIGNED_NONCE_LEN; i++)
		out[i] = (uint8_t)((strchr(digits, text[2 * i]) - digits) <<
		    4 | (strchr(digits, text[2 * i + 1]) - digits));
	return (true);
}

void
signed_nonce(struct signed_gate *g, const uint8_t octets[SIGNED_NONCE_LEN],
    uint64_t now)
{
	unsigned int	 i, oldest = 0;

	/* a free one is the oldest of all */
	for (i = 1; i < SIGNED_NONCES; i++)
		if (g->nonce[i].until < g->nonce[oldest].until)
			oldest = i;
	memcpy(g->nonce[oldest].octets, octets, SIGNED_NONCE_LEN);
	g->nonce[oldest].until = now + SIGNED_NONCE_MS;
}

/* Whether it was good until now; it is not any more. */
static bool
nonce_spend(struct signed_gate *g, const uint8_t *octets, uint64_t now)
{
	unsigned int	 i;
	bool		 good;

	for (i = 0; i < SIGNED_NONCES; i++)
		if (g->nonce[i].until != 0 && mac_same(g->nonce[i].octets,
		    octets, SIGNED_NONCE_LEN)) {
			good = now < g->nonce[i].until;
			memset(&g->nonce[i], 0, sizeof(g->nonce[i]));
			return (good);
		}
	return (false);
}

static bool
mac_good(const struct signed_token *token, const struct signed_request *r)
{
	uint8_t	 digest[MAC_SHA256_LEN], want[MAC_SHA256_LEN];
	char	 nonce[SIGNED_HEX_LEN + 1], body[SIGNED_HEX_LEN + 1];
	char	 text[TEXT_MAX];
	bool	 same;
	int	 n;

	mac_sha256(r->body, r->len, digest);
	signed_hex_format(digest, body);
	signed_hex_format(r->nonce, nonce);
	n = snprintf(text, sizeof(text), "%s\n%s\n%s\n%s", nonce,
	    kinds[r->kind].method, kinds[r->kind].path, body);
	mac_hmac(token->text, token->len, text, (size_t)n, want);
	same = mac_same(want, r->mac, SIGNED_MAC_LEN);
	/* it would make a forged request a good one */
	explicit_bzero(want, sizeof(want));
	return (same);
}

/* One more of this window, the last of which shuts the gate. */
static void
count_failure(struct signed_gate *g, uint64_t now)
{
	if (g->failures == 0 || now - g->window >= SIGNED_WINDOW_MS) {
		g->window = now;
		g->failures = 0;
	}
	if (++g->failures < SIGNED_FAILURES)
		return;
	g->failures = 0;
	g->shut = now + SIGNED_WINDOW_MS;
}

enum signed_verdict
signed_judge(struct signed_gate *g, const struct signed_token *token,
    const struct signed_request *r, uint64_t now)
{
	enum signed_verdict	 verdict = SIGNED_GOOD;

	if (now < g->shut)
		return (SIGNED_SHUT);
	if (!nonce_spend(g, r->nonce, now))
		verdict = SIGNED_SPENT;
	else if (token->len < SIGNED_TOKEN_MIN || !mac_good(token, r))
		verdict = SIGNED_WRONG;
	if (verdict != SIGNED_GOOD)
		count_failure(g, now);
	return (verdict);
}

void
signed_forget(struct signed_gate *g)
{
	memset(g->nonce, 0, sizeof(g->nonce));
}

int
signed_token_read(const char *text, size_t len, struct signed_token *token,
    char *err, size_t errlen)
{
	size_t	 i;

	memset(token, 0, sizeof(*token));
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL &&
	    text[len - 1] != '\0')
		len--;
	if (len < SIGNED_TOKEN_MIN || len > SIGNED_TOKEN_MAX) {
		snprintf(err, errlen, "a token of %zu octets; allowed: %d to "
		    "%d, on one line", len, SIGNED_TOKEN_MIN,
		    SIGNED_TOKEN_MAX);
		return (-1);
	}
	for (i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~') {
			snprintf(err, errlen, "octet %zu is not printable; "
			    "allowed: a token of printable ASCII on one line",
			    i + 1);
			return (-1);
		}
	token->len = (uint32_t)len;
	memcpy(token->text, text, len);
	return (0);
}

void
signed_token_forget(struct signed_token *token)
{
	explicit_bzero(token, sizeof(*token));
}
