/* SPDX-License-Identifier: ISC */
/*
 * The list of most recently used sources, a piece at a time: see mode6_mru.h.
 * ntpq shows the newest rows that it has; since rows are sorted by when they
 * were last heard, what it lacks is what stands behind them.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mode6_ask.h"
#include "mode6_mru.h"
#include "mode6_text.h"

#define SLOT		8	/* seconds that have the same nonce */
#define SLOTS		(MODE6_NONCE_LIFE / SLOT + 1)
#define TAG_MAX		20	/* "first.4294967295" */
#define TAIL_LEN	64	/* now= and last.newest= with their gaps */

static uint64_t	 nonce_of(const struct mode6_state *, const struct addr *,
		    ntp_ts, uint32_t);
static bool	 nonce_good(const struct mode6_state *, const struct addr *,
		    ntp_ts, uint64_t);
static bool	 same_ip(const struct addr *, const struct addr *);
static bool	 is_wanted(const struct mode6_row *, const struct mode6_ask *,
		    ntp_ts);
static size_t	 lower_bound(const struct mode6_view *, ntp_ts);
static size_t	 resume(struct mode6_reply *, const struct mode6_view *,
		    const struct mode6_ask *);
static bool	 put_row(struct mode6_reply *, const struct mode6_row *,
		    unsigned int);
static void	 put_rows(struct mode6_reply *, const struct mode6_view *,
		    const struct mode6_ask *);
static void	 put_named(struct mode6_reply *, const struct mode6_view *,
		    const struct mode6_ask *);

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
	char	 buf[MODE6_NONCE_DIGITS + 1];

	snprintf(buf, sizeof(buf), "%016" PRIx64, nonce_of(state, from,
	    view->now, 0));
	mode6_text_word(reply, "nonce", buf);
}

/* A source is known by its address; its port is the last that it used. */
static bool
same_ip(const struct addr *a, const struct addr *b)
{
	return (a->family == b->family && a->scope == b->scope &&
	    memcmp(a->ip, b->ip, sizeof(a->ip)) == 0);
}

static bool
is_wanted(const struct mode6_row *row, const struct mode6_ask *ask, ntp_ts now)
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
    const struct mode6_ask *ask)
{
	const struct mode6_prior	*prior, *newest = NULL;
	size_t			 i, row;

	for (i = 0; i < MODE6_PRIORS; i++) {
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
    const struct mode6_ask *ask)
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
    const struct mode6_ask *ask)
{
	unsigned int	 n;
	size_t		 i;

	for (n = 0; n < MODE6_PRIORS; n++) {
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
	struct mode6_ask	 ask;

	mode6_ask_get(&ask, r->data, r->count);
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
