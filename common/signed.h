/* SPDX-License-Identifier: ISC */
/*
 * Requests over HTTP that change something, as whoever has the token signs
 * them.  The web child hands them on; it neither knows the token nor is it
 * believed.  The signature is HMAC-SHA-256, with the token for a key, of
 *
 *	nonce "\n" method "\n" path "\n" SHA-256 of the body
 *
 * where nonce and digest are 64 hexadecimal digits in lower case.  A nonce is
 * good for one attempt, be it right or wrong, and for a short time.  Attempts
 * that fail are counted: too many, and for a while none is looked at.
 *
 * Pure: times are monotonic milliseconds, and random octets come from outside.
 */
#ifndef SIGNED_H
#define SIGNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mac.h"

#define SIGNED_NONCE_LEN	32	/* octets */
#define SIGNED_MAC_LEN		MAC_SHA256_LEN
#define SIGNED_HEX_LEN		64	/* digits of either */
#define SIGNED_NONCES		16	/* outstanding at once */
#define SIGNED_NONCE_MS		30000	/* that one is good for */
#define SIGNED_BODY_MAX		4096	/* octets */
#define SIGNED_FAILURES		10	/* within a window */
#define SIGNED_WINDOW_MS	60000	/* and that long none is looked at */
#define SIGNED_TOKEN_MIN	16	/* octets */
#define SIGNED_TOKEN_MAX	128
#define SIGNED_TOKEN_FILE_MAX	4096	/* octets, with white space behind */

/* What can be asked for: each has one method and one path. */
enum signed_kind {
	SIGNED_SERVICE,		/* start, stop, restart, reload */
	SIGNED_POLICY,		/* deny, allow, forget */
	SIGNED_CONFIG,		/* settings to make and to take back */
	SIGNED_KINDS
};

/* Zeroed before it is filled. */
struct signed_token {
	uint32_t	 len;		/* 0: none, nothing is allowed */
	char		 text[SIGNED_TOKEN_MAX];	/* no NUL behind it */
};

struct signed_request {
	enum signed_kind kind;
	const uint8_t	*nonce, *mac;	/* SIGNED_NONCE_LEN, SIGNED_MAC_LEN */
	const char	*body;
	size_t		 len;
};

/* What the verifier remembers; zeroes to begin with. */
struct signed_gate {
	struct {
		uint8_t		 octets[SIGNED_NONCE_LEN];
		uint64_t	 until;		/* 0: free */
	}		 nonce[SIGNED_NONCES];
	uint64_t	 window;	/* when this one began */
	unsigned int	 failures;	/* in it */
	uint64_t	 shut;		/* nothing is looked at until then */
};

enum signed_verdict {
	SIGNED_GOOD,
	SIGNED_SPENT,		/* the nonce was used, or is none, or old */
	SIGNED_WRONG,		/* not with this token, or not this request */
	SIGNED_SHUT		/* too many failed */
};

/*
 * signed_method, signed_path: of a kind.
 * signed_nonce: takes a new nonce in; the oldest one makes room.
 * signed_judge: the verdict on a request; its nonce is spent then.
 * signed_forget: no nonce is outstanding; for when the token changes.
 * signed_hex: 64 digits in lower case, as 32 octets; false for other text.
 * signed_hex_format: the other way, into SIGNED_HEX_LEN + 1 octets.
 * signed_token_read: the token in a file's octets.  -1 with err, which does
 *	not quote them.
 * signed_token_forget: leaves no octet of it.
 */
const char	*signed_method(enum signed_kind);
const char	*signed_path(enum signed_kind);
void		 signed_nonce(struct signed_gate *,
		    const uint8_t [SIGNED_NONCE_LEN], uint64_t);
enum signed_verdict signed_judge(struct signed_gate *,
		    const struct signed_token *, const struct signed_request *,
		    uint64_t);
void		 signed_forget(struct signed_gate *);
bool		 signed_hex(const char *, uint8_t [SIGNED_NONCE_LEN]);
void		 signed_hex_format(const uint8_t [SIGNED_NONCE_LEN], char *);
int		 signed_token_read(const char *, size_t,
		    struct signed_token *, char *, size_t);
void		 signed_token_forget(struct signed_token *);

#endif /* SIGNED_H */
