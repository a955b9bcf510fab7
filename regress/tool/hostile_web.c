/* SPDX-License-Identifier: ISC */
/* What a web child can do wrong with changes over HTTP. */

#include <string.h>

#include "hostile.h"
#include "mac.h"

/* As somebody signs who does not know the token: each kind, and a nonce. */
void
forge(unsigned int kind, const uint8_t *nonce)
{
	static const char *const	 bodies[SIGNED_KINDS] = {
		[SIGNED_SERVICE] = "{\"action\": \"stop\"}",
		[SIGNED_POLICY] =
		    "{\"action\": \"deny\", \"prefix\": \"127.0.0.0/8\"}",
		[SIGNED_CONFIG] = "{\"enabled\": false}"
	};
	struct msg_signed		 m;

	memset(&m, 0, sizeof(m));
	m.kind = kind % SIGNED_KINDS;
	m.len = (uint32_t)strlen(bodies[m.kind]);
	memcpy(m.body, bodies[m.kind], m.len);
	if (nonce != NULL)
		memcpy(m.nonce, nonce, sizeof(m.nonce));
	mac_hmac("guessed", 7, m.nonce, sizeof(m.nonce), m.mac);
	put_asking(MSG_SIGNED, &m);
}

/* With no nonce, and then with one for each of 20 attempts. */
static void
forgeries(void)
{
	static const struct msg_none	 none;
	unsigned int			 i;

	for (i = 0; i < 3; i++)
		forge(i, NULL);
	for (i = 0; i < 20; i++)
		put_asking(MSG_NONCE_REQ, &none);
}

/* More than anybody can verify, and nobody reads what comes of it. */
static void
forgery_flood(void)
{
	for (;;)
		forge(0, NULL);
}

static void
bad_signed(void)
{
	struct msg_signed	 m;

	memset(&m, 0, sizeof(m));
	m.len = SIGNED_BODY_MAX + 1;
	put_asking(MSG_SIGNED, &m);
}

const struct crime	 web_crimes[] = {
	{ "forgeries", AT_WORK, forgeries },
	{ "forgery_flood", AT_WORK, forgery_flood },
	{ "bad_signed", AT_WORK, bad_signed },
	{ NULL, AT_WORK, NULL }
};
