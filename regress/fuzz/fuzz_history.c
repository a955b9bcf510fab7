/* SPDX-License-Identifier: ISC */
/*
 * The history's file.  The first octet chooses: any octets as a file, whole or
 * behind a good head and with checksums that are made to fit; or a history that
 * the input tells second by second.  Whatever was read is written, and that
 * reads back the same; what is read of a part of a file is a part of it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fuzz/fuzz.h"
#include "history_file.h"

#define STEPS_MAX	256

static struct history	 h, back;
static uint8_t		 file[HISTORY_FILE_MAX], again[HISTORY_FILE_MAX];

static void
same_rows(enum history_step step)
{
	struct history_row	 a, b;
	uint64_t		 i;

	for (i = 0; history_get(&h, step, history_first(&h, step) + i, &a);
	    i++) {
		CHECK(history_get(&back, step, history_first(&back, step) + i,
		    &b));
		CHECK(memcmp(&a, &b, sizeof(a)) == 0);
	}
	CHECK(!history_get(&back, step, history_first(&back, step) + i, &b));
}

/* Writes h, reads it, and writes that. */
static void
round_trip(size_t cut)
{
	size_t	 len, at, n;

	CHECK((len = history_write(&h, file, sizeof(file))) > 0);
	memset(&back, 0, sizeof(back));
	CHECK(history_read(&back, file, len, &at) == HISTORY_WHOLE);
	CHECK(at == len);
	same_rows(HISTORY_MINUTE);
	CHECK((n = history_write(&back, again, sizeof(again))) == len);
	CHECK(memcmp(file, again, len) == 0);
	cut %= len;
	memset(&back, 0, sizeof(back));
	CHECK(history_read(&back, file, cut, &at) <= HISTORY_CUT && at <= cut);
	CHECK(history_end(&back, HISTORY_MINUTE) <=
	    history_end(&h, HISTORY_MINUTE));
}

/* Records of the input, each with a length, a kind and a good checksum. */
static size_t
records(const uint8_t *data, size_t len)
{
	size_t		 n, from, size, at;
	uint32_t	 crc;
	unsigned int	 i;

	/* head and names are good ones */
	memset(&h, 0, sizeof(h));
	size = history_write(&h, file, sizeof(file));
	while (len > 3 && size < sizeof(file) - 1024) {
		n = data[0] + (data[1] & 1) * 256U;
		if (n > len - 3)
			n = len - 3;
		from = size;
		file[size++] = n & 0xff;
		file[size++] = (uint8_t)(n >> 8);
		file[size++] = 1 + data[2] % 4;
		memcpy(file + size, data + 3, n);
		size += n;
		crc = history_crc(file + from, size - from);
		for (i = 0; i < 4; i++)
			file[size++] = crc >> 8 * i & 0xff;
		data += 3 + n;
		len -= 3 + n;
	}
	(void)history_read(&h, file, size, &at);
	CHECK(at <= size);
	return (size);
}

static void
told(const uint8_t *data, size_t len)
{
	struct history_look	 look;
	struct counters		 c;
	struct hist		 t;
	uint64_t		 wall = 1000000, mono = 1;
	size_t			 size = 0;
	unsigned int		 closed, steps = 0;

	memset(&c, 0, sizeof(c));
	memset(&t, 0, sizeof(t));
	memset(&look, 0, sizeof(look));
	for (; len >= 4 && steps++ < STEPS_MAX; data += 4, len -= 4) {
		if (data[0] == 255)	/* it begins anew */
			memset(&c, 0, sizeof(c));
		c.received += data[1];
		c.answered += data[1] / 2;
		hist_add(&t, (uint64_t)data[2] << data[3] % 32);
		look.stratum = data[3] % 17;
		history_told(&h, data[0] % 40, data[0] & 1, data[0] & 64, &c,
		    &t);
		/* the wall clock does as it likes, the other goes on */
		wall += data[2] < 200 ? 1 + data[2] % 64 :
		    data[2] % 2 ? 3600 : wall > 5000 ? (uint64_t)-4000 : 0;
		mono += (uint64_t)data[3] * 40000000;
		closed = history_tick(&h, wall, mono, &look);
		CHECK(closed < 1 << HISTORY_STEPS);
		if (closed & 1 << HISTORY_MINUTE)
			CHECK((size = history_write_minute(&h, again,
			    HISTORY_APPEND_MAX)) > 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t	 at, cut;

	if (len < 3 || len > 65536)
		return (0);
	memset(&h, 0, sizeof(h));
	cut = data[1] * 256U + data[2];
	switch (data[0] % 3) {
	case 0:
		(void)history_read(&h, data + 3, len - 3, &at);
		CHECK(at <= len - 3);
		break;
	case 1:
		records(data + 3, len - 3);
		break;
	case 2:
		told(data + 3, len - 3);
		break;
	}
	round_trip(cut);
	return (0);
}
