/* SPDX-License-Identifier: ISC */
/*
 * For the tools that ask: octets in hexadecimal, and a symmetric key as
 * id:type:secret[:octets], where the secret is hexadecimal and octets is the
 * length of its MACs, key id included, instead of the usual one.
 */
#ifndef KEY_TEXT_H
#define KEY_TEXT_H

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mac.h"

static inline size_t
key_text_hex(uint8_t *to, size_t size, const char *text)
{
	unsigned int	 octet;
	size_t		 n;
	int		 used;

	for (n = 0; *text != '\0'; n++, text += 2)
		if (n == size || sscanf(text, "%2x%n", &octet, &used) != 1 ||
		    used != 2)
			errx(2, "not hex: %s", text);
		else
			to[n] = (uint8_t)octet;
	return (n);
}

/* The usual length of its MACs. */
static inline size_t
key_text_type(struct mac_key *key, const char *name)
{
	static const struct {
		const char	*name;
		size_t		 len;
		uint8_t		 type;
	} types[] = {
		{ "MD5", 20, MAC_MD5 },
		{ "SHA1", 24, MAC_SHA1 },
		{ "SHA256", 24, MAC_SHA256 },
		{ "AES128", 20, MAC_AES128 }
	};
	size_t		 i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(name, types[i].name) == 0) {
			key->type = types[i].type;
			return (types[i].len);
		}
	errx(2, "not a type of key: %s", name);
}

/* The length of its MACs; the text is cut up. */
static inline size_t
key_text_read(struct mac_key *key, char *text)
{
	char	*id = strsep(&text, ":"), *type = strsep(&text, ":");
	char	*secret = strsep(&text, ":");
	size_t	 len;

	if (secret == NULL)
		errx(2, "a key is id:type:secret");
	memset(key, 0, sizeof(*key));
	key->id = (uint32_t)strtoul(id, NULL, 10);
	len = key_text_type(key, type);
	key->len = (uint8_t)key_text_hex(key->secret, MAC_SECRET_MAX, secret);
	if (text != NULL)
		len = strtoul(text, NULL, 10);
	if (!mac_len_ok(key->type, len, 3))
		errx(2, "no %s key makes a MAC of %zu octets", type, len);
	return (len);
}

#endif /* KEY_TEXT_H */
