/* SPDX-License-Identifier: ISC */
/* Which variables a control message asks for: see mode6_vars.h. */
#include <stdio.h>
#include <string.h>

#include "mode6_text.h"
#include "mode6_vars.h"
#include "ntp_packet.h"

#define MS	1e3

static void	 put_number(struct mode6_reply *, const struct mode6_var *,
		    const void *);
static void	 put_real(struct mode6_reply *, const struct mode6_var *,
		    const void *);
static void	 put(struct mode6_reply *, const struct mode6_var *,
		    const void *);
static bool	 next_name(const uint8_t **, const uint8_t *,
		    const uint8_t **, size_t *);

static void
put_number(struct mode6_reply *reply, const struct mode6_var *var,
    const void *field)
{
	uint64_t	 u64;
	uint32_t	 u32;
	uint8_t		 u8 = *(const uint8_t *)field;

	switch (var->kind) {
	case U8:
		mode6_text_u64(reply, var->name, u8);
		break;
	case I8:
		mode6_text_i64(reply, var->name, (int8_t)u8);
		break;
	case HEX8:
		mode6_text_hex(reply, var->name, u8);
		break;
	case U32:
		memcpy(&u32, field, sizeof(u32));
		mode6_text_u64(reply, var->name, u32);
		break;
	default:
		memcpy(&u64, field, sizeof(u64));
		if (var->kind == TS)
			mode6_text_ts(reply, var->name, u64);
		else
			mode6_text_u64(reply, var->name, u64);
		break;
	}
}

static void
put_real(struct mode6_reply *reply, const struct mode6_var *var,
    const void *field)
{
	double	 d;

	memcpy(&d, field, sizeof(d));
	if (var->kind == MS3 || var->kind == MS6)
		d *= MS;
	mode6_text_real(reply, var->name, d,
	    var->kind == MS3 || var->kind == PPM3 ? 3 : 6);
}

static void
put(struct mode6_reply *reply, const struct mode6_var *var, const void *base)
{
	const void	*field = (const char *)base + var->offset;
	const char	*text;
	struct addr	 addr;

	switch (var->kind) {
	case ABSENT:
		break;
	case U8: case I8: case HEX8: case U32: case U64: case TS:
		put_number(reply, var, field);
		break;
	case MS3: case MS6: case PPM3: case PPM6:
		put_real(reply, var, field);
		break;
	case TEXT:
		memcpy(&text, field, sizeof(text));
		mode6_text_str(reply, var->name, text);
		break;
	case NAME:
		mode6_text_str(reply, var->name, field);
		break;
	case IP: case PORT:
		memcpy(&addr, field, sizeof(addr));
		if (var->kind == IP)
			mode6_text_ip(reply, var->name, &addr);
		else
			mode6_text_u64(reply, var->name, addr.port);
		break;
	case CONST:
		mode6_text_u64(reply, var->name, var->offset);
		break;
	case CALL:
		var->call(reply, var->name, base);
		break;
	case SUM:
		mode6_text_u64(reply, var->name, var->sum(base));
		break;
	}
}

void
mode6_vars_refid(struct mode6_reply *reply, const char *name,
    const uint8_t *refid, bool text, unsigned int stratum)
{
	char	 buf[16];

	if (text || stratum <= 1 || stratum >= NTP_STRATUM_UNSYNC)
		snprintf(buf, sizeof(buf), "%.4s", (const char *)refid);
	else
		snprintf(buf, sizeof(buf), "%u.%u.%u.%u", refid[0], refid[1],
		    refid[2], refid[3]);
	mode6_text_word(reply, name, buf);
}

static bool
blank(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* The next of "name, name=value, ..."; a value is of no interest here. */
static bool
next_name(const uint8_t **at, const uint8_t *end, const uint8_t **name,
    size_t *len)
{
	const uint8_t	*p = *at, *last;

	while (p < end && (blank(*p) || *p == ','))
		p++;
	if (p == end)
		return (false);
	*name = last = p;
	while (last < end && *last != ',' && *last != '=')
		last++;
	for (p = last; p < end && *p != ','; p++)
		;
	*at = p;
	while (last > *name && blank(last[-1]))
		last--;
	*len = (size_t)(last - *name);
	return (true);
}

enum mode6_error
mode6_vars(struct mode6_reply *reply, const struct mode6_var *table, size_t n,
    const void *base, const struct mode6_request *r)
{
	const uint8_t	*at = r->data, *end = r->data + r->count, *name;
	bool		 named = false, done[MODE6_VARS_MAX] = { false };
	size_t		 i, len;

	while (next_name(&at, end, &name, &len)) {
		for (i = 0; i < n; i++)
			if (strlen(table[i].name) == len &&
			    memcmp(table[i].name, name, len) == 0)
				break;
		if (i == n)
			return (MODE6_ERR_VARIABLE);
		named = true;
		if (done[i])
			continue;
		done[i] = true;
		put(reply, &table[i], base);
	}
	for (i = 0; i < n && !named; i++)
		if (table[i].usual)
			put(reply, &table[i], base);
	return (MODE6_OK);
}
