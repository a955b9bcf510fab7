/* SPDX-License-Identifier: ISC */
/*
 * The state page: what of an engine survives its death.  The parent makes it
 * (a sealed memfd) and the engine maps it.  It holds two copies of the
 * counters; the engine fills the one that is not current and then switches, so
 * that a death at any instruction leaves one whole batch or the next.  So do
 * the times of answers, in two copies that page_times.c keeps alike.
 *
 * And it holds the batch in hand, as a journal that costs no system call: the
 * kernel itself writes the length of each message that it delivers or sends,
 * where PAGE_PENDING stood.  A batch is settled as soon as the current copy of
 * the counters names it.  Requests stay as they came, the replies are written
 * elsewhere.  A dead engine may have left anything here: pointers are made
 * anew, no index and no length is believed.
 */
#ifndef PAGE_H
#define PAGE_H

#include <sys/socket.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "hist.h"
#include "event.h"
#include "mac.h"
#include "msg.h"
#include "ntp_packet.h"
#include "os.h"

#define PAGE_MAGIC	0x6e74707364303035ULL	/* "ntpsd005" */
#define PAGE_SOCKETS	MSG_SOCKETS_MAX	/* whose kernel drops we follow */

struct page_drops {
	uint32_t	 id;		/* of the listener; 0: free */
	uint32_t	 seen;		/* the kernel's count that is in ours */
};

struct page_copy {
	struct counters		 counters;
	uint64_t		 last_request;	/* ns since 1970, or 0 */
	struct addr		 last_source;
	struct msg_clock	 clock;
	struct clock_memory	 memory;
	struct msg_mirror	 mirror;
	struct page_drops	 drops[PAGE_SOCKETS];
	uint64_t		 batch;		/* number of the last settled */
};

/* How often a rule decided; `rule' says which one it was that did. */
struct page_hits {
	uint64_t		 rule;		/* a hash, or a serial number */
	uint64_t		 hits;
};

/* What was done with a key; sorted by id, as the keys are. */
struct page_key {
	uint32_t		 id;		/* 0: no more */
	uint32_t		 type;		/* enum mac_type */
	uint64_t		 good, bad;	/* requests */
	uint64_t		 last;		/* good one, ns, or 0 */
};

#define PAGE_BATCH	32		/* messages; bits of a uint32_t */
#define PAGE_PENDING	UINT32_MAX	/* length of what has none yet */

/* A stride that is no power of two keeps the buffers out of one cache set. */
#define PAGE_STRIDE	(NTP_PACKET_MAX + 64)

struct page_batch {
	uint64_t		 number;
	uint32_t		 listener;	/* id of its socket, */
	uint32_t		 v6;		/* and its family */
	uint32_t		 hand;		/* message at work + 1; or 0 */
	uint32_t		 replaying;	/* by a successor */
	uint32_t		 sent;		/* by a predecessor: bits */
	uint32_t		 skip;		/* it died on these: bits */
	uint32_t		 replies;	/* of reply and send in use */
	uint8_t			 reply[PAGE_BATCH];	/* its message */
	char			 kiss[PAGE_BATCH][4];	/* sent at once; or 0 */
	uint64_t		 took[PAGE_BATCH][TIMES_KINDS];	/* ns */
	struct mmsghdr		 send[PAGE_BATCH];
	struct mmsghdr		 msg[PAGE_BATCH];	/* as received */
	struct iovec		 iov[PAGE_BATCH];
	struct sockaddr_in6	 from[PAGE_BATCH];
	uint8_t			 control[PAGE_BATCH][OS_CONTROL_LEN]
				    __attribute__((__aligned__(16)));
	uint8_t			 packet[PAGE_BATCH][PAGE_STRIDE]
				    __attribute__((__aligned__(64)));
};

/* What became of a message that a predecessor read and did not settle. */
enum page_fate {
	PAGE_NONE,		/* there is none */
	PAGE_SENT,		/* it was answered */
	PAGE_KISSED,		/* by a kiss of death */
	PAGE_SKIP,		/* left alone: somebody died on it */
	PAGE_REPLAY		/* to be answered */
};

/*
 * How long answers took.  Of the two copies the one that is not current is
 * ahead of the other by the n times of the batch in hand, or, amid a commit,
 * behind it by some of them.
 */
struct page_times {
	struct hist		 hist[2][TIMES_KINDS];
	uint32_t		 n;
	uint16_t		 bucket[PAGE_BATCH][TIMES_KINDS];
};

struct state_page {
	uint64_t		 magic;
	uint64_t		 since;		/* ns since 1970 */
	uint32_t		 current;	/* 0 or 1 */
	uint32_t		 pad;
	struct page_copy	 copy[2];
	struct page_times	 times;		/* current counts here, too */
	/* counted in place: a death may cost one, and a commit costs nothing */
	struct page_hits	 rule[POLICY_RULES_MAX];
	struct page_hits	 denial[DENIALS_MAX];
	struct page_key		 key[MAC_KEYS_MAX];
	struct event_buffer	 events;
	struct page_batch	 batch;
};

/*
 * page_init: a new page, by the parent.
 * page_valid: whether an engine may go on with it.
 * page_current: the last whole copy; never NULL.
 * page_commit: makes *copy the current one.
 * page_stats: what SHOW_STATS tells of one engine.
 * page_times: and how long its answers took.
 * page_times_take: by a successor, before it commits: what no commit named
 *	is forgotten, for the batch is done again.
 * page_times_add: n messages were answered, as their `took' says; that counts
 *	as of the next commit.
 * page_times_follow: by page_commit, to bring the copy that it left up to date.
 * page_batch_init: pointers of all messages, ready to be received; forgets
 *	what they were, so the batch has to be settled.
 * page_batch_begin: a new batch from a listener, of which the first n messages
 *	were used since.
 * page_batch_hand: message i is looked at next; who dies now dies on it.
 * page_batch_reply: the k-th reply, to message i, is about to be sent.
 * page_batch_recover: what a predecessor left, by message, and how many there
 *	are.  Of one that crashed, the message in hand is skipped; all are, when
 *	that was a replay.  The page remembers, for it can happen again.
 * page_batch_repair: gives message i its pointers and bounds its lengths;
 *	false for one that no kernel wrote.
 */
void			 page_init(struct state_page *, uint64_t);
int			 page_valid(const struct state_page *);
const struct page_copy	*page_current(const struct state_page *);
void			 page_commit(struct state_page *,
			    const struct page_copy *);
void			 page_stats(const struct state_page *,
			    struct msg_stats *);
void			 page_times(const struct state_page *, enum times,
			    struct msg_times *);
void			 page_times_take(struct state_page *);
void			 page_times_add(struct state_page *, const uint8_t *,
			    unsigned int);
void			 page_times_follow(struct state_page *);
void			 page_batch_init(struct state_page *);
void			 page_batch_begin(struct state_page *, uint32_t, bool,
			    unsigned int);
unsigned int		 page_batch_recover(struct state_page *, bool,
			    enum page_fate *);
bool			 page_batch_repair(struct state_page *, unsigned int,
			    bool);

static inline void
page_batch_hand(struct state_page *page, unsigned int i)
{
	*(volatile uint32_t *)&page->batch.hand = i + 1;
}

/* In this order: whoever finds k replies finds what they are. */
static inline void
page_batch_reply(struct state_page *page, unsigned int k, unsigned int i)
{
	struct page_batch	*b = &page->batch;

	*(volatile uint8_t *)&b->reply[k] = (uint8_t)i;
	*(volatile unsigned int *)&b->send[k].msg_len = PAGE_PENDING;
	*(volatile uint32_t *)&b->replies = k + 1;
}

#endif /* PAGE_H */
