/* SPDX-License-Identifier: ISC */
/*
 * The batch in the state page: what a successor finds of it, whatever the
 * predecessor left, and that it believes nothing of that.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "common/os.h"
#include "ntpsd/page.h"

static struct state_page	 page;
static struct page_batch	*b = &page.batch;
static enum page_fate		 fate[PAGE_BATCH];

/* What a kernel does when it delivers message i. */
static void
deliver(unsigned int i, unsigned int len)
{
	struct sockaddr_in	*sin = (void *)&b->from[i];

	sin->sin_family = AF_INET;
	sin->sin_port = htons(1000);
	memset(b->packet[i], (int)i, len < NTP_PACKET_MAX ? len :
	    NTP_PACKET_MAX);
	b->msg[i].msg_hdr.msg_namelen = sizeof(*sin);
	b->msg[i].msg_hdr.msg_controllen = 0;
	b->msg[i].msg_len = len;
}

/* A batch of n messages, nothing done with it yet. */
static void
batch_of(unsigned int n)
{
	unsigned int	 i;

	page_init(&page, 1);
	page_batch_init(&page);
	page_batch_begin(&page, 7, false, 0);
	for (i = 0; i < n; i++)
		deliver(i, 48);
}

/* Reply k is handed to the kernel, and perhaps sent. */
static void
reply(unsigned int k, unsigned int i, bool sent)
{
	page_batch_reply(&page, k, i);
	if (sent)
		b->send[k].msg_len = 48;
}

static unsigned int
fates(enum page_fate which)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < PAGE_BATCH; i++)
		n += fate[i] == which;
	return (n);
}

static void
settle(void)
{
	struct page_copy	 copy = *page_current(&page);

	copy.batch = b->number;
	page_commit(&page, &copy);
}

ATF_TC_WITHOUT_HEAD(nothing_in_hand);
ATF_TC_BODY(nothing_in_hand, tc)
{
	batch_of(0);
	ATF_CHECK_EQ(page_batch_recover(&page, false, fate), 0);
	ATF_CHECK_EQ(fates(PAGE_NONE), PAGE_BATCH);
	/* a page that no engine has had yet */
	page_init(&page, 1);
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 0);
}

ATF_TC_WITHOUT_HEAD(settled);
ATF_TC_BODY(settled, tc)
{
	batch_of(5);
	settle();
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 0);
	ATF_CHECK_EQ(fates(PAGE_NONE), PAGE_BATCH);
	/* and one after it, of which the kernel has delivered a part */
	page_batch_begin(&page, 7, false, 5);
	deliver(0, 48);
	ATF_CHECK_EQ(page_batch_recover(&page, false, fate), 1);
	ATF_CHECK_EQ(fate[0], PAGE_REPLAY);
}

ATF_TC_WITHOUT_HEAD(all_but_what_was_sent);
ATF_TC_BODY(all_but_what_was_sent, tc)
{
	batch_of(6);
	reply(0, 1, true);	/* 0 was refused */
	reply(1, 2, true);
	reply(2, 4, false);
	memcpy(b->kiss[5], "RATE", 4);
	ATF_CHECK_EQ(page_batch_recover(&page, false, fate), 6);
	ATF_CHECK_EQ(fate[0], PAGE_REPLAY);
	ATF_CHECK_EQ(fate[1], PAGE_SENT);
	ATF_CHECK_EQ(fate[2], PAGE_SENT);
	ATF_CHECK_EQ(fate[3], PAGE_REPLAY);
	ATF_CHECK_EQ(fate[4], PAGE_REPLAY);
	ATF_CHECK_EQ(fate[5], PAGE_KISSED);
	ATF_CHECK_EQ(fates(PAGE_NONE), PAGE_BATCH - 6);
	/* What the batch before has sent says nothing. */
	settle();
	page_batch_begin(&page, 7, false, 6);
	deliver(1, 48);
	deliver(5, 48);
	ATF_CHECK_EQ(page_batch_recover(&page, false, fate), 2);
	ATF_CHECK_EQ(fates(PAGE_REPLAY), 2);
}

ATF_TC_WITHOUT_HEAD(one_in_hand);
ATF_TC_BODY(one_in_hand, tc)
{
	batch_of(4);
	page_batch_hand(&page, 2);
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 4);
	ATF_CHECK_EQ(fates(PAGE_REPLAY), 3);
	ATF_CHECK_EQ(fate[2], PAGE_SKIP);
	/* SIGKILL is no message's fault, */
	batch_of(4);
	page_batch_hand(&page, 2);
	ATF_CHECK_EQ(page_batch_recover(&page, false, fate), 4);
	ATF_CHECK_EQ(fates(PAGE_REPLAY), 4);
	/* nor is a death before any was looked at, or after it was sent */
	batch_of(4);
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 4);
	ATF_CHECK_EQ(fates(PAGE_REPLAY), 4);
	batch_of(4);
	page_batch_hand(&page, 2);
	reply(0, 2, true);
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 4);
	ATF_CHECK_EQ(fates(PAGE_SKIP), 0);
	ATF_CHECK_EQ(fate[2], PAGE_SENT);
}

/* Who replays may die as well: what was found out before is not forgotten. */
ATF_TC_WITHOUT_HEAD(again);
ATF_TC_BODY(again, tc)
{
	batch_of(8);
	reply(0, 0, true);
	page_batch_hand(&page, 1);
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 8);
	page_batch_hand(&page, 3);
	reply(0, 2, true);
	reply(1, 3, false);
	ATF_CHECK_EQ(page_batch_recover(&page, false, fate), 8);
	ATF_CHECK_EQ(fate[0], PAGE_SENT);
	ATF_CHECK_EQ(fate[1], PAGE_SKIP);
	ATF_CHECK_EQ(fate[2], PAGE_SENT);
	ATF_CHECK_EQ(fates(PAGE_REPLAY), 5);
	/* A crash ends it: none of the others is tried again. */
	reply(0, 7, true);
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 8);
	ATF_CHECK_EQ(fates(PAGE_SENT), 3);
	ATF_CHECK_EQ(fates(PAGE_SKIP), 5);
	/* The next batch is a new one. */
	settle();
	page_batch_init(&page);
	page_batch_begin(&page, 7, false, 0);
	deliver(0, 48);
	page_batch_hand(&page, 4);
	ATF_CHECK_EQ(page_batch_recover(&page, true, fate), 1);
	ATF_CHECK_EQ(fate[0], PAGE_REPLAY);
}

ATF_TC_WITHOUT_HEAD(init_is_settled_throughout);
ATF_TC_BODY(init_is_settled_throughout, tc)
{
	uint64_t	 number;

	batch_of(32);
	settle();
	number = b->number;
	page_batch_init(&page);
	ATF_CHECK_EQ(b->number, number);
	ATF_CHECK_EQ(page_batch_recover(&page, false, fate), 0);
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	batch_of(3);
	b->msg[0].msg_len = NTP_PACKET_MAX + 1;
	b->msg[1].msg_len = UINT32_MAX - 1;
	ATF_CHECK(page_batch_repair(&page, 0, false));
	ATF_CHECK(page_batch_repair(&page, 1, false));
	ATF_CHECK(b->msg[0].msg_hdr.msg_flags & MSG_TRUNC);
	ATF_CHECK_EQ(b->msg[0].msg_len, NTP_PACKET_MAX + 1);
	ATF_CHECK(b->msg[1].msg_hdr.msg_flags & MSG_TRUNC);
	ATF_CHECK_EQ(b->msg[1].msg_len, UINT16_MAX);
	/* another family than the listener's; control that runs out of it */
	ATF_CHECK(!page_batch_repair(&page, 2, true));
	b->msg[2].msg_hdr.msg_controllen = OS_CONTROL_LEN + 1;
	ATF_CHECK(!page_batch_repair(&page, 2, false));
	ATF_CHECK_EQ(b->msg[2].msg_hdr.msg_controllen, 0);
}

/* Control messages as a kernel writes them are kept. */
ATF_TC_WITHOUT_HEAD(control);
ATF_TC_BODY(control, tc)
{
	struct cmsghdr	*c = (struct cmsghdr *)(void *)b->control[0];
	struct msghdr	*h = &b->msg[0].msg_hdr;
	struct timespec	 ts = { 12345, 678 };
	struct os_rx	 rx;

	batch_of(1);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_TIMESTAMPNS;
	c->cmsg_len = CMSG_LEN(sizeof(ts));
	memcpy(CMSG_DATA(c), &ts, sizeof(ts));
	h->msg_controllen = CMSG_SPACE(sizeof(ts));
	h->msg_control = NULL;
	ATF_CHECK(page_batch_repair(&page, 0, false));
	os_rx_control(h, &rx);
	ATF_CHECK(rx.has_stamp);
	ATF_CHECK_EQ(rx.stamp.tv_sec, 12345);
	h->msg_control = b->control[0];
	h->msg_controllen = CMSG_SPACE(sizeof(ts));
	c->cmsg_len = CMSG_SPACE(sizeof(ts)) + 1;
	ATF_CHECK(!page_batch_repair(&page, 0, false));
	c->cmsg_len = 0;
	h->msg_controllen = CMSG_SPACE(sizeof(ts));
	ATF_CHECK(!page_batch_repair(&page, 0, false));
	c->cmsg_len = SIZE_MAX - 7;
	h->msg_controllen = CMSG_SPACE(sizeof(ts));
	ATF_CHECK(!page_batch_repair(&page, 0, false));
}

/* Control of a kernel's form now and then, or nobody would look further. */
static void
spoil(void)
{
	struct cmsghdr	*c;
	unsigned int	 i;

	arc4random_buf(b, sizeof(*b));
	for (i = 0; i < PAGE_BATCH; i++) {
		c = (struct cmsghdr *)(void *)b->control[i];
		if (arc4random_uniform(2) == 0)
			b->from[i].sin6_family = AF_INET;
		if (arc4random_uniform(2) == 0)
			b->msg[i].msg_hdr.msg_controllen =
			    arc4random_uniform(OS_CONTROL_LEN + 2);
		c->cmsg_len = arc4random_uniform(OS_CONTROL_LEN);
		c->cmsg_level = arc4random_uniform(2) ? SOL_SOCKET : IPPROTO_IP;
		c->cmsg_type = arc4random_uniform(2) ? SCM_TIMESTAMPNS :
		    IP_PKTINFO;
		if (arc4random_uniform(4) == 0)
			b->reply[i] = (uint8_t)arc4random_uniform(PAGE_BATCH);
	}
	b->replies = arc4random_uniform(4) ? arc4random_uniform(40) :
	    arc4random();
	b->hand = arc4random_uniform(40);
}

ATF_TC_WITHOUT_HEAD(anything);
ATF_TC_BODY(anything, tc)
{
	struct msghdr	*h;
	struct os_rx	 rx;
	unsigned int	 round, i, n, sound = 0;
	bool		 ok;

	for (round = 0; round < 20000; round++) {
		page_init(&page, 1);
		spoil();
		n = page_batch_recover(&page, round & 1, fate);
		ATF_REQUIRE_EQ(n, PAGE_BATCH - fates(PAGE_NONE));
		for (i = 0; i < PAGE_BATCH; i++) {
			ATF_REQUIRE(fate[i] <= PAGE_REPLAY);
			if (fate[i] == PAGE_NONE)
				continue;
			ok = page_batch_repair(&page, i, false);
			sound += ok;
			h = &b->msg[i].msg_hdr;
			ATF_REQUIRE(h->msg_name == &b->from[i]);
			ATF_REQUIRE_EQ(h->msg_namelen,
			    sizeof(struct sockaddr_in));
			ATF_REQUIRE(h->msg_control == b->control[i]);
			ATF_REQUIRE(h->msg_controllen <= OS_CONTROL_LEN);
			ATF_REQUIRE(ok || h->msg_controllen == 0);
			ATF_REQUIRE(h->msg_iov == &b->iov[i]);
			ATF_REQUIRE_EQ(h->msg_iovlen, 1);
			ATF_REQUIRE(b->iov[i].iov_base == b->packet[i]);
			ATF_REQUIRE(b->msg[i].msg_len <= NTP_PACKET_MAX ||
			    (h->msg_flags & MSG_TRUNC) != 0);
			os_rx_control(h, &rx);
			ATF_REQUIRE(h->msg_controllen <= OS_CONTROL_LEN);
		}
		page_batch_init(&page);
		ATF_REQUIRE(b->replies == 0 && b->sent == 0 && b->skip == 0);
	}
	ATF_CHECK(sound > 10000);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_in_hand);
	ATF_TP_ADD_TC(tp, settled);
	ATF_TP_ADD_TC(tp, all_but_what_was_sent);
	ATF_TP_ADD_TC(tp, one_in_hand);
	ATF_TP_ADD_TC(tp, again);
	ATF_TP_ADD_TC(tp, init_is_settled_throughout);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, control);
	ATF_TP_ADD_TC(tp, anything);
	return (atf_no_error());
}
