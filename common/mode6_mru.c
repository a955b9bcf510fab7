/* SPDX-License-Identifier: ISC */
/*
 * The list of most recently used sources, a piece at a time: see mode6_mru.h.
 * ntpq shows the newest rows that it has; since rows are sorted by when they
 * were last heard, what it lacks is what stands behind them.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mode6_mru.h"
#include "mode6_text.h"

#define PRIORS		16	/* rows that a request may show */
#define NONCE_DIGITS	16
#define SLOT		8	/* seconds that have the same nonce */
#define SLOTS		(MODE6_NONCE_LIFE / SLOT + 1)
#define TAG_MAX		20	/* "first.4294967295" */
#define TAIL_LEN	64	/* now= and last.newest= with their gaps */

struct prior {
	struct addr	 addr;
	ntp_ts		 last;
	bool		 has_addr, has_last;
};

/* What a request asks for. */
struct ask {
	bool		 bad;		/* a value that cannot be read */
	bool		 has_nonce;
	uint64_t	 nonce;
	uint32_t	 frags, limit, recent;
	uint32_t	 mincount, mindrop, maxlstint, minlstint;
	uint32_t	 resall, resany;
	struct prior	 prior[PRIORS];
};

static uint64_t	 nonce_of(const struct mode6_state *, const struct addr *,
		    ntp_ts, uint32_t);
static bool	 nonce_good(const struct mode6_state *, const struct addr *,
		    ntp_ts, uint64_t);
static int	 get_number(uint32_t *, const char *);
static int	 get_hex(uint64_t *, const char *, size_t, size_t);
static int	 get_bits(uint32_t *, const char *);
static int	 get_ts(ntp_ts *, const char *);
static int	 get_addr(struct addr *, const char *);
static int	 get_nonce(struct ask *, const char *);
static int	 get_prior(struct ask *, const char *, const char *);
static int	 get_parameter(struct ask *, const char *, const char *);
static void	 get_ask(struct ask *, const uint8_t *, size_t);
static bool	 same_ip(const struct addr *, const struct addr *);
static bool	 is_wanted(const struct mode6_row *, const struct ask *,
		    ntp_ts);
static size_t	 lower_bound(const struct mode6_view *, ntp_ts);
static size_t	 resume(struct mode6_reply *, const struct mode6_view *,
		    const struct ask *);
static bool	 put_row(struct mode6_reply *, const struct mode6_row *,
		    unsigned int);
static void	 put_rows(struct mode6_reply *, const struct mode6_view *,
		    const struct ask *);
static void	 put_named(struct mode6_reply *, const struct mode6_view *,
		    const struct ask *);

/*
 * The hash of address, port and time, so many slots ago: to be had only from
 * here, and of use only to whoever gets what is sent there.
 */
static uint64_t
nonce_of(const struct mode6_state *state, const struct addr *from, ntp_ts now,
    uint32_t ago)
{
	uint32_t	 slot = ((uint32_t)(now >> 32) - ago * SLOT) / SLOT;
	uint8_t		 buf[1 + sizeof(from->port) + sizeof(from->ip) +
			    sizeof(slot)];

	memset(buf, 0, sizeof(buf));
	buf[0] = from->family;
	memcpy(buf + 1, &from->port, sizeof(from->port));
	memcpy(buf + 3, from->ip, from->family == AF_INET ? 4 : 16);
	memcpy(buf + 19, &slot, sizeof(slot));
	return (siphash(&state->key, buf, sizeof(buf)));
}

static bool
nonce_good(const struct mode6_state *state, const struct addr *from,
    ntp_ts now, uint64_t nonce)
{
	uint32_t	 i;
	bool		 good = false;

	for (i = 0; i < SLOTS; i++)
		good |= nonce_of(state, from, now, i) == nonce;
	return (good);
}

void
mode6_mru_nonce(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_state *state, const struct addr *from)
{
	char	 buf[NONCE_DIGITS + 1];

	snprintf(buf, sizeof(buf), "%016" PRIx64, nonce_of(state, from,
	    view->now, 0));
	mode6_text_word(reply, "nonce", buf);
}

static int
get_number(uint32_t *n, const char *s)
{
	uint64_t	 v = 0;

	if (*s == '\0')
		return (-1);
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return (-1);
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX)
			return (-1);
	}
	*n = (uint32_t)v;
	return (0);
}

/* All of len octets, max of them at most. */
static int
get_hex(uint64_t *n, const char *s, size_t len, size_t max)
{
	static const char	 digits[] = "0123456789abcdef0123456789ABCDEF";
	const char		*digit;
	uint64_t		 v = 0;
	size_t			 i;

	if (len == 0 || len > max)
		return (-1);
	for (i = 0; i < len; i++) {
		if (s[i] == '\0' || (digit = strchr(digits, s[i])) == NULL)
			return (-1);
		v = v << 4 | (uint64_t)((digit - digits) & 15);
	}
	*n = v;
	return (0);
}

static int
get_bits(uint32_t *n, const char *s)
{
	uint64_t	 v;

	if (strncmp(s, "0x", 2) != 0 ||
	    get_hex(&v, s + 2, strlen(s + 2), 8) == -1)
		return (-1);
	*n = (uint32_t)v;
	return (0);
}

static int
get_ts(ntp_ts *ts, const char *s)
{
	uint64_t	 seconds, fraction;
	const char	*dot;

	if (strncmp(s, "0x", 2) != 0 || (dot = strchr(s, '.')) == NULL)
		return (-1);
	if (get_hex(&seconds, s + 2, (size_t)(dot - s) - 2, 8) == -1 ||
	    get_hex(&fraction, dot + 1, strlen(dot + 1), 8) == -1)
		return (-1);
	*ts = seconds << 32 | fraction;
	return (0);
}

/*
 * "192.0.2.1:123" or "[2001:db8::1%2]:123", port 0 too.  Not addr_parse, which
 * asks the kernel for the number of a scope's name.
 */
static int
get_addr(struct addr *a, const char *s)
{
	char		 ip[ADDR_STRLEN];
	const char	*port;
	uint32_t	 n = 0, scope = 0;
	size_t		 len;
	char		*p;

	memset(a, 0, sizeof(*a));
	a->family = *s == '[' ? AF_INET6 : AF_INET;
	if (*s == '[')
		s++;
	len = strcspn(s, a->family == AF_INET6 ? "]" : ":");
	if (len >= sizeof(ip))
		return (-1);
	memcpy(ip, s, len);
	ip[len] = '\0';
	port = s + len;
	if (a->family == AF_INET6 && *port++ != ']')
		return (-1);
	if (*port != '\0' && (*port != ':' ||
	    get_number(&n, port + 1) == -1 || n > UINT16_MAX))
		return (-1);
	if (a->family == AF_INET6 && (p = strchr(ip, '%')) != NULL) {
		*p = '\0';
		if (get_number(&scope, p + 1) == -1)
			return (-1);
	}
	a->port = (uint16_t)n;
	a->scope = scope;
	return (inet_pton(a->family, ip, a->ip) == 1 ? 0 : -1);
}

static int
get_nonce(struct ask *ask, const char *value)
{
	/* a nonce of another form is a bad nonce rather than a bad value */
	if (strlen(value) == NONCE_DIGITS && get_hex(&ask->nonce, value,
	    NONCE_DIGITS, NONCE_DIGITS) == 0)
		ask->has_nonce = true;
	return (0);
}

/* "addr.N" and "last.N" */
static int
get_prior(struct ask *ask, const char *name, const char *value)
{
	struct prior	*prior;
	uint32_t	 n;

	if (get_number(&n, name + 5) == -1 || n >= PRIORS)
		return (0);		/* more than we take notice of */
	prior = &ask->prior[n];
	if (*name == 'a') {
		prior->has_addr = true;
		return (get_addr(&prior->addr, value));
	}
	prior->has_last = true;
	return (get_ts(&prior->last, value));
}

/* What is not known, laddr for one, is ignored as ntpd does. */
static int
get_parameter(struct ask *ask, const char *name, const char *value)
{
	const struct {
		const char	*name;
		uint32_t	*n;
	} numbers[] = {
		{ "frags", &ask->frags }, { "limit", &ask->limit },
		{ "recent", &ask->recent }, { "mincount", &ask->mincount },
		{ "mindrop", &ask->mindrop },
		{ "maxlstint", &ask->maxlstint },
		{ "minlstint", &ask->minlstint }
	};
	size_t	 i;

	if (strcmp(name, "nonce") == 0)
		return (get_nonce(ask, value));
	if (strncmp(name, "addr.", 5) == 0 || strncmp(name, "last.", 5) == 0)
		return (get_prior(ask, name, value));
	if (strcmp(name, "resall") == 0)
		return (get_bits(&ask->resall, value));
	if (strcmp(name, "resany") == 0)
		return (get_bits(&ask->resany, value));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0)
			return (get_number(numbers[i].n, value));
	return (0);
}

/* Copies up to a comma, without blanks; false at the end of the data. */
static bool
next_item(const uint8_t **at, const uint8_t *end, char *buf, size_t size)
{
	const uint8_t	*p = *at;
	size_t		 n = 0;

	if (p == end)
		return (false);
	for (; p < end && *p != ','; p++)
		if (*p > ' ' && n < size - 1)
			buf[n++] = (char)*p;
	buf[n] = '\0';
	*at = p < end ? p + 1 : p;
	return (true);
}

static void
get_ask(struct ask *ask, const uint8_t *data, size_t len)
{
	const uint8_t	*at = data;
	char		 buf[TAG_MAX + ADDR_STRLEN], *value;

	memset(ask, 0, sizeof(*ask));
	while (next_item(&at, data + len, buf, sizeof(buf))) {
		if ((value = strchr(buf, '=')) == NULL)
			continue;
		*value++ = '\0';
		if (get_parameter(ask, buf, value) == -1)
			ask->bad = true;
	}
}

/* A source is known by its address; its port is the last that it used. */
static bool
same_ip(const struct addr *a, const struct addr *b)
{
	return (a->family == b->family && a->scope == b->scope &&
	    memcmp(a->ip, b->ip, sizeof(a->ip)) == 0);
}

static bool
is_wanted(const struct mode6_row *row, const struct ask *ask, ntp_ts now)
{
	double	 quiet = ntp_ts_diff(now, row->last);

	if (row->count < ask->mincount || row->drops < ask->mindrop)
		return (false);
	if ((row->restrictions & ask->resall) != ask->resall)
		return (false);
	if (ask->resall == 0 && ask->resany != 0 &&
	    (row->restrictions & ask->resany) == 0)
		return (false);
	return ((ask->maxlstint == 0 || quiet <= ask->maxlstint) &&
	    (ask->minlstint == 0 || quiet >= ask->minlstint));
}

/* The first row that was not last heard before a time. */
static size_t
lower_bound(const struct mode6_view *view, ntp_ts last)
{
	size_t	 low = 0, high = view->nrows, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (ntp_ts_before(view->row[middle].last, last))
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

/*
 * The row to go on with.  ntpq asserts that the answer names one of the rows
 * that it showed.  If all of them have been heard again or are gone, the time
 * of the newest still says what it lacks, so that no list has to be begun
 * anew; rows of just that time come twice then, which ntpq sorts out.
 */
static size_t
resume(struct mode6_reply *reply, const struct mode6_view *view,
    const struct ask *ask)
{
	const struct prior	*prior, *newest = NULL;
	size_t			 i, row;

	for (i = 0; i < PRIORS; i++) {
		prior = &ask->prior[i];
		if (!prior->has_addr || !prior->has_last)
			continue;
		if (newest == NULL)
			newest = prior;
		for (row = lower_bound(view, prior->last); row < view->nrows &&
		    view->row[row].last == prior->last; row++)
			if (same_ip(&view->row[row].addr, &prior->addr))
				break;
		if (row < view->nrows && view->row[row].last == prior->last) {
			mode6_text_ts(reply, "last.older", prior->last);
			mode6_text_addr(reply, "addr.older", &prior->addr);
			return (row + 1);
		}
	}
	if (newest != NULL) {
		mode6_text_ts(reply, "last.older", newest->last);
		mode6_text_addr(reply, "addr.older", &newest->addr);
		return (lower_bound(view, newest->last));
	}
	if (ask->recent != 0 && ask->recent < view->nrows)
		return (view->nrows - ask->recent);
	return (0);
}

/* All of a row, or nothing of it and false. */
static bool
put_row(struct mode6_reply *reply, const struct mode6_row *row,
    unsigned int n)
{
	static const char *const	 names[] = { "addr", "last", "first",
					    "ct", "mv", "rs", "dr" };
	char				 tag[7][TAG_MAX];
	size_t				 i, len = reply->len;
	unsigned int			 column = reply->column;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		snprintf(tag[i], sizeof(tag[i]), "%s.%u", names[i], n);
	reply->room -= TAIL_LEN;
	mode6_text_addr(reply, tag[0], &row->addr);
	mode6_text_ts(reply, tag[1], row->last);
	mode6_text_ts(reply, tag[2], row->first);
	mode6_text_u64(reply, tag[3], row->count);
	mode6_text_u64(reply, tag[4], (row->version & 7U) << 3 |
	    (row->mode & 7U));
	mode6_text_hex(reply, tag[5], row->restrictions);
	mode6_text_u64(reply, tag[6], row->drops);
	reply->room += TAIL_LEN;
	if (!reply->full)
		return (true);
	reply->full = false;
	reply->len = len;
	reply->column = column;
	return (false);
}

static void
put_rows(struct mode6_reply *reply, const struct mode6_view *view,
    const struct ask *ask)
{
	const struct mode6_row	*newest = NULL;
	unsigned int		 n = 0;
	size_t			 i;

	for (i = resume(reply, view, ask); i < view->nrows; i++) {
		if (!is_wanted(&view->row[i], ask, view->now))
			continue;
		if (n == ask->limit || !put_row(reply, &view->row[i], n))
			return;
		newest = &view->row[i];
		n++;
	}
	mode6_text_ts(reply, "now", view->now);
	if (newest != NULL)
		mode6_text_ts(reply, "last.newest", newest->last);
}

/* limit=1 is ntpd's way to ask for the rows of certain addresses alone. */
static void
put_named(struct mode6_reply *reply, const struct mode6_view *view,
    const struct ask *ask)
{
	unsigned int	 n;
	size_t		 i;

	for (n = 0; n < PRIORS; n++) {
		if (!ask->prior[n].has_addr)
			continue;
		for (i = 0; i < view->nrows; i++)
			if (same_ip(&view->row[i].addr, &ask->prior[n].addr))
				break;
		if (i < view->nrows)
			put_row(reply, &view->row[i], n);
	}
	mode6_text_ts(reply, "now", view->now);
}

enum mode6_error
mode6_mru_read(struct mode6_reply *reply, const struct mode6_view *view,
    const struct mode6_state *state, const struct mode6_request *r,
    const struct addr *from)
{
	struct ask	 ask;

	get_ask(&ask, r->data, r->count);
	if (!ask.has_nonce || !nonce_good(state, from, view->now, ask.nonce))
		return (MODE6_SILENCE);
	/* not MODE6_ERR_VALUE: ntpq would ask the same again, for ever */
	if (ask.bad)
		return (MODE6_ERR_FORMAT);
	if (ask.frags == 0 && ask.limit == 0)
		return (MODE6_ERR_VALUE);
	if (ask.frags != 0 && ask.frags * (uint64_t)MODE6_DATA_LEN <
	    reply->room)
		reply->room = ask.frags * (size_t)MODE6_DATA_LEN;
	mode6_mru_nonce(reply, view, state, from);
	if (ask.limit == 1)
		put_named(reply, view, &ask);
	else {
		if (ask.limit == 0)
			ask.limit = UINT32_MAX;
		put_rows(reply, view, &ask);
	}
	mode6_text_end(reply);
	return (MODE6_OK);
}
