/* SPDX-License-Identifier: ISC */
/*
 * The state page: whatever is being written when an engine dies, its
 * successor finds one whole copy.
 *
 * One child commits under a debugger that looks at the page after every
 * single instruction; others commit without end and are killed at moments that
 * nobody chose.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "ntpsd/page.h"

static struct state_page	*page;

static void
page_map(void)
{
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(page != MAP_FAILED);
	page_init(page, 1);
}

/* A copy in which every octet says which one it is. */
static void
fill(struct page_copy *copy, unsigned int n)
{
	memset(copy, (int)(n & 0xff), sizeof(*copy));
}

/* Which copy this is, or -1 if it is a mixture. */
static int
whole(const struct page_copy *copy)
{
	const uint8_t	*p = (const uint8_t *)copy;
	size_t		 i;

	for (i = 1; i < sizeof(*copy); i++)
		if (p[i] != p[0])
			return (-1);
	return (p[0]);
}

/*
 * A child commits copy 2, one instruction at a time; what is in the page
 * between two of them is what a death there would leave.  Returns how many
 * instructions there were.
 */
static unsigned int
step_through(void)
{
	struct page_copy	 copy;
	unsigned int		 steps = 0;
	pid_t			 pid;
	int			 status, now, last = 1;

	fill(&copy, 2);
	if ((pid = fork()) == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(1);
		raise(SIGSTOP);
		page_commit(page, &copy);
		raise(SIGSTOP);
		_exit(0);
	}
	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		atf_tc_skip("ptrace is not allowed here");
	do {
		now = whole(page_current(page));
		ATF_CHECK_MSG(page_valid(page) && now >= last && now <= 2,
		    "after %u instructions: %d", steps, now);
		last = now;
		ATF_REQUIRE(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0);
		ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
		ATF_REQUIRE(WIFSTOPPED(status));
		steps++;
	} while (WSTOPSIG(status) == SIGTRAP);
	ATF_CHECK_EQ(WSTOPSIG(status), SIGSTOP);
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_CHECK_EQ(whole(page_current(page)), 2);
	return (steps);
}

ATF_TC_WITHOUT_HEAD(fresh);
ATF_TC_BODY(fresh, tc)
{
	static struct state_page	 p;
	struct page_copy		 zero;

	memset(&zero, 0, sizeof(zero));
	memset(&p, 0xff, sizeof(p));
	ATF_CHECK(!page_valid(&p));
	page_init(&p, 12345);
	ATF_CHECK(page_valid(&p));
	ATF_CHECK_EQ(p.since, 12345);
	ATF_CHECK_EQ(memcmp(page_current(&p), &zero, sizeof(zero)), 0);
}

/* An engine can write anything into it. */
ATF_TC_WITHOUT_HEAD(spoilt);
ATF_TC_BODY(spoilt, tc)
{
	static struct state_page	 p;
	struct msg_stats		 m;

	page_init(&p, 1);
	p.magic++;
	ATF_CHECK(!page_valid(&p));
	page_init(&p, 1);
	p.current = 2;
	ATF_CHECK(!page_valid(&p));
	/* Nothing outside of it is read all the same. */
	p.current = UINT32_MAX;
	ATF_CHECK(page_current(&p) == &p.copy[0] ||
	    page_current(&p) == &p.copy[1]);
	page_stats(&p, &m);
}

ATF_TC_WITHOUT_HEAD(commits_follow_one_another);
ATF_TC_BODY(commits_follow_one_another, tc)
{
	static struct state_page	 p;
	const struct page_copy		*before;
	struct page_copy		 copy;
	unsigned int			 i;

	page_init(&p, 1);
	for (i = 1; i < 200; i++) {
		before = page_current(&p);
		fill(&copy, i);
		page_commit(&p, &copy);
		ATF_CHECK_EQ(whole(page_current(&p)), (int)i);
		ATF_CHECK(page_current(&p) != before);
		ATF_CHECK_EQ(whole(before), (int)i - 1);
		ATF_CHECK(page_valid(&p));
	}
}

ATF_TC_WITHOUT_HEAD(stats);
ATF_TC_BODY(stats, tc)
{
	static struct state_page	 p;
	struct page_copy		 copy;
	struct msg_stats		 m;

	memset(&copy, 0, sizeof(copy));
	copy.counters.received = 7;
	copy.counters.answered = 5;
	copy.last_request = 99;
	copy.last_source.family = 2;
	copy.last_source.port = 1234;
	copy.clock.stratum = 3;
	page_init(&p, 4711);
	page_commit(&p, &copy);
	page_stats(&p, &m);
	ATF_CHECK_EQ(m.engines, 1);
	ATF_CHECK_EQ(m.answering, 0);
	ATF_CHECK_EQ(m.since, 4711);
	ATF_CHECK_EQ(m.last_request, 99);
	ATF_CHECK_EQ(m.counters.received, 7);
	ATF_CHECK_EQ(m.counters.answered, 5);
	ATF_CHECK_EQ(memcmp(&m.last_source, &copy.last_source,
	    sizeof(m.last_source)), 0);
	ATF_CHECK_EQ(m.clock.stratum, 3);
}

ATF_TC_WITHOUT_HEAD(death_at_every_instruction);
ATF_TC_BODY(death_at_every_instruction, tc)
{
	struct page_copy	 copy;
	uint32_t		 parity;

	page_map();
	for (parity = 0; parity < 2; parity++) {
		page_init(page, 1);
		page->current = parity;
		fill(&copy, 1);
		page_commit(page, &copy);
		ATF_CHECK(step_through() > 10);
	}
}

/* Death at any moment, in a page that the next engine goes on with. */
ATF_TC_WITHOUT_HEAD(death_at_any_moment);
ATF_TC_BODY(death_at_any_moment, tc)
{
	struct page_copy	 copy;
	unsigned int		 round, i;
	volatile uint32_t	*done;
	uint32_t		 at;
	pid_t			 pid;
	int			 now, status;

	page_map();
	done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(done != MAP_FAILED);
	for (round = 0; round < 500; round++) {
		*done = 0;
		if ((pid = fork()) == 0)
			for (i = 1;; i++) {
				fill(&copy, i);
				page_commit(page, &copy);
				*done = i;
			}
		ATF_REQUIRE(pid > 0);
		while (*done < round)
			(void)poll(NULL, 0, 0);
		kill(pid, SIGKILL);
		ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
		at = *done;
		now = whole(page_current(page));
		ATF_CHECK(page_valid(page));
		/* The last one that was finished, or the one after it. */
		ATF_CHECK_MSG(now == (int)((at + 1) & 0xff) ||
		    (at > 0 && now == (int)(at & 0xff)) ||
		    (at == 0 && now >= 0), "round %u: %d after %u", round,
		    now, at);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fresh);
	ATF_TP_ADD_TC(tp, spoilt);
	ATF_TP_ADD_TC(tp, commits_follow_one_another);
	ATF_TP_ADD_TC(tp, stats);
	ATF_TP_ADD_TC(tp, death_at_every_instruction);
	ATF_TP_ADD_TC(tp, death_at_any_moment);
	return (atf_no_error());
}
