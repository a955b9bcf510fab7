/* SPDX-License-Identifier: ISC */
/* Texts in requests of browsers: no decoding leaves a control character. */
#include <string.h>

#include "fuzz.h"
#include "http.h"

static void
clean(const char *text, size_t size)
{
	CHECK(memchr(text, '\0', size) != NULL);
	for (; *text != '\0'; text++)
		CHECK((unsigned char)*text >= ' ' && *text != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char	 text[HTTP_TARGET_MAX], *rest = text, *key, *value;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, data, len);
	text[len] = '\0';
	(void)http_host_safe(text, "");
	CHECK(!http_host_safe(text, "") || http_host_safe(text, "b"));
	CHECK(http_accept(text, "text/plain", false) <= 1000 &&
	    http_accept(text, "a/b", true) <= 1000);
	while (http_query_next(&rest, &key, &value) == 1) {
		clean(key, sizeof(text));
		clean(value, sizeof(text));
	}
	memcpy(text, data, len);
	text[len] = '\0';
	if (http_decode(text, false))
		clean(text, sizeof(text));
	return (0);
}
