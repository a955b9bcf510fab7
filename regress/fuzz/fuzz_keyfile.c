/* SPDX-License-Identifier: ISC */
/*
 * Fuzz target: any octets as a key file.  Keys that were read make a set that
 * is safe, and the same keys again when they are written down and read.  An
 * error has a place in the file, and leaves neither a key nor an octet of the
 * file in what it says.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyfile.h"

/* id, type, HEX: and two digits for each octet */
#define LINE_LEN	(10 + 1 + 6 + 1 + 4 + 2 * MAC_SECRET_MAX + 2)

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct mac_key		 keys[MAC_KEYS_MAX], again[MAC_KEYS_MAX];
static const struct mac_key	 zeroes[MAC_KEYS_MAX];
static char		 text[MAC_KEYS_MAX * LINE_LEN];
static char		 err[256];

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
check_error(const uint8_t *data, size_t size, uint32_t line, uint32_t column)
{
	uint32_t	 lines = 1;
	size_t		 i;

	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	require(line >= 1 && line <= lines);
	require(column >= 1 && column <= size + 1);
	require(strstr(err, "allowed: ") != NULL);
	require(strlen(err) < sizeof(err) - 1);
	/* none of these is in a message: it would be of the file */
	require(strpbrk(err, "BGJKOPQRTVWYZjqz\"#$%&'*+-/<=>?@[\\]^_`{|}~!"
	    "\t\n") == NULL);
	require(memcmp(keys, zeroes, sizeof(keys)) == 0);
}

static size_t
print_keys(unsigned int n)
{
	static const char *const	 types[] = { "", "MD5", "SHA1",
					    "SHA256", "AES128" };
	const struct mac_key		*k;
	unsigned int			 i;
	size_t				 len = 0;

	for (k = keys; k < keys + n; k++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%u %s HEX:", k->id, types[k->type]);
		for (i = 0; i < k->len; i++)
			len += (size_t)snprintf(text + len,
			    sizeof(text) - len, "%02x", k->secret[i]);
		text[len++] = '\n';
	}
	require(len < sizeof(text));
	return (len);
}

static void
check_keys(unsigned int n)
{
	struct mac_keys	*set;
	uint32_t	 line, column;
	unsigned int	 i, m;

	require((set = malloc(mac_keys_size(n))) != NULL);
	mac_keys_fill(set, keys, n);
	require(mac_keys_check(set, mac_keys_size(n)) == 0);
	for (i = 0; i < n; i++)
		require(mac_keys_find(set, keys[i].id) == &set->key[i]);
	free(set);
	require(keyfile_parse(text, print_keys(n), again, MAC_KEYS_MAX, &m,
	    &line, &column, err, sizeof(err)) == 0);
	require(m == n && memcmp(keys, again, n * sizeof(keys[0])) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t	 line, column;
	unsigned int	 n;

	memset(keys, 0xff, sizeof(keys));
	if (keyfile_parse((const char *)data, size, keys, MAC_KEYS_MAX, &n,
	    &line, &column, err, sizeof(err)) == -1) {
		require(n == 0);
		check_error(data, size, line, column);
	} else
		check_keys(n);
	return (0);
}
