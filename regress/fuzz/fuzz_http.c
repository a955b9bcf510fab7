/* SPDX-License-Identifier: ISC */
/*
 * Requests of browsers: the head in parts and at once is the same, what is
 * taken has bounds, and no decoding leaves a control character.
 */
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

static void
fuzz_texts(struct http_request *r)
{
	char	*rest = r->query, *key, *value;

	(void)http_host_safe(r->host, "");
	CHECK(!http_host_safe(r->host, "") || http_host_safe(r->host, "b"));
	CHECK(http_accept(r->accept, "text/plain", false) <=
	    1000 && http_accept(r->accept, "a/b", true) <= 1000);
	while (http_query_next(&rest, &key, &value) == 1) {
		clean(key, sizeof(r->query));
		clean(value, sizeof(r->query));
	}
}

static void
fuzz_head(const uint8_t *data, size_t len)
{
	struct http_request	 r;
	const char		*why = NULL;
	int			 status;

	status = http_head_parse(data, len, &r, &why);
	CHECK(status == 0 || (status >= 400 && status < 600 && why != NULL));
	if (status != 0)
		return;
	CHECK(len <= HTTP_HEAD_MAX && r.length <= HTTP_BODY_MAX && !r.coded);
	CHECK(r.path[0] == '/' && r.host[0] != '\0');
	clean(r.path, sizeof(r.path));
	clean(r.query, sizeof(r.query));
	CHECK(strlen(r.accept) < sizeof(r.accept));
	CHECK(strlen(r.signature) < sizeof(r.signature));
	fuzz_texts(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t	 part, seen = 0, again = 0;
	int	 n, m = 0;

	n = http_head_scan(data, len, &seen);
	for (part = 0; part <= len && m == 0; part++)
		m = http_head_scan(data, part, &again);
	CHECK(n == m && n <= (int)len);
	if (n > 0)
		fuzz_head(data, (size_t)n);
	fuzz_head(data, len);		/* whatever it is */
	return (0);
}
