/* SPDX-License-Identifier: ISC */
/*
 * The times of answers in the state page: wherever an engine dies, as many are
 * counted as answers, and each once when its successor has done its part.
 *
 * A child counts and commits under a debugger; what is in the page between two
 * of its instructions is what a death there would leave.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "ntpsd/page.h"

#define MESSAGES	5	/* of a batch that is stepped through */

static struct state_page	*page;
static struct state_page	 left;		/* by a death */
static struct hist		 want[TIMES_KINDS];
static uint64_t			 answered;	/* of want */

static void
page_map(void)
{
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(page != MAP_FAILED);
	page_init(page, 1);
	page_batch_init(page);
	memset(want, 0, sizeof(want));
	answered = 0;
}

/* A new batch: how long each of its messages took is known. */
static void
batch_begin(struct state_page *p)
{
	unsigned int	 i, kind;

	page_batch_begin(p, 1, false, 0);
	for (i = 0; i < PAGE_BATCH; i++)
		for (kind = 0; kind < TIMES_KINDS; kind++)
			p->batch.took[i][kind] = (uint64_t)random() <<
			    (unsigned int)random() % 8;
}

/* All of message but the first n are sent in a second call. */
static void
batch_end(struct state_page *p, const uint8_t *message, unsigned int n,
    unsigned int all)
{
	struct page_copy	 copy = *page_current(p);

	page_times_add(p, message, n);
	page_times_add(p, message + n, all - n);
	copy.counters.answered += all;
	copy.batch = p->batch.number;
	page_commit(p, &copy);
}

/* To what there has to be, the times of these. */
static void
expect(const struct state_page *p, const uint8_t *message, unsigned int n)
{
	unsigned int	 kind;

	answered += n;
	for (; n > 0; n--, message++)
		for (kind = 0; kind < TIMES_KINDS; kind++)
			hist_add(&want[kind], p->batch.took[*message][kind]);
}

static bool
counted(const struct state_page *p)
{
	struct msg_times	 m;
	unsigned int		 kind;

	for (kind = 0; kind < TIMES_KINDS; kind++) {
		page_times(p, (enum times)kind, &m);
		if (m.kind != kind || m.hist.n != answered ||
		    memcmp(&m.hist, &want[kind], sizeof(m.hist)) != 0)
			return (false);
	}
	return (page_current(p)->counters.answered == answered);
}

/* Whether both copies have the same. */
static bool
alike(const struct state_page *p)
{
	return (memcmp(p->times.hist[0], p->times.hist[1],
	    sizeof(p->times.hist[0])) == 0);
}

/* Whether as many times are told as answers. */
static bool
as_many(const struct state_page *p)
{
	struct msg_times	 m;
	unsigned int		 kind;

	for (kind = 0; kind < TIMES_KINDS; kind++) {
		page_times(p, (enum times)kind, &m);
		if (m.hist.n != page_current(p)->counters.answered)
			return (false);
		hist_repair(&m.hist);
		if (m.hist.n != page_current(p)->counters.answered)
			return (false);
	}
	return (true);
}

/* As a successor, which counts what was sent if no commit named the batch. */
static void
succeed(struct state_page *p, const uint8_t *message, unsigned int n)
{
	page_times_take(p);
	if (page_current(p)->batch != p->batch.number)
		batch_end(p, message, 1, n);
}

static const uint8_t	 sent[MESSAGES] = { 0, 2, 3, 7, 31 };

static void
work_batch(void)
{
	batch_end(page, sent, 3, MESSAGES);
}

static void
work_take(void)
{
	succeed(page, sent, MESSAGES);
}

/* Dies after each instruction of work; how many there were. */
static unsigned int
step_through(void (*work)(void))
{
	unsigned int	 steps = 0;
	pid_t		 pid;
	int		 status;

	if ((pid = fork()) == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(1);
		raise(SIGSTOP);
		work();
		raise(SIGSTOP);
		_exit(0);
	}
	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		atf_tc_skip("ptrace is not allowed here");
	/* it ends with us, also when we fail */
	ATF_REQUIRE(ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    (void *)(uintptr_t)PTRACE_O_EXITKILL) == 0);
	do {
		left = *page;
		ATF_REQUIRE_MSG(as_many(&left), "after %u instructions", steps);
		succeed(&left, sent, MESSAGES);
		ATF_REQUIRE_MSG(counted(&left) && alike(&left),
		    "wrong, dead after %u instructions", steps);
		ATF_REQUIRE(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0);
		ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
		ATF_REQUIRE(WIFSTOPPED(status));
		steps++;
	} while (WSTOPSIG(status) == SIGTRAP);
	ATF_CHECK_EQ(WSTOPSIG(status), SIGSTOP);
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_CHECK(counted(page) && alike(page));
	return (steps);
}

ATF_TC_WITHOUT_HEAD(batches);
ATF_TC_BODY(batches, tc)
{
	uint8_t		 message[PAGE_BATCH];
	unsigned int	 i, n, round;

	page_map();
	srandom(1);
	for (round = 0; round < 300; round++) {
		batch_begin(page);
		n = (unsigned int)random() % (PAGE_BATCH + 1);
		for (i = 0; i < n; i++)
			message[i] = (uint8_t)((i * 5 + round) % PAGE_BATCH);
		expect(page, message, n);
		ATF_CHECK_EQ(counted(page), n == 0);
		batch_end(page, message, n / 3, n);
		ATF_REQUIRE(counted(page));
		ATF_REQUIRE(alike(page));
	}
}

ATF_TC_WITHOUT_HEAD(nothing_before_a_commit);
ATF_TC_BODY(nothing_before_a_commit, tc)
{
	page_map();
	batch_begin(page);
	batch_end(page, sent, 3, MESSAGES);
	expect(page, sent, MESSAGES);
	batch_begin(page);
	page_times_add(page, sent, MESSAGES);
	ATF_CHECK(counted(page));
	ATF_CHECK(!alike(page));
	page_times_take(page);
	ATF_CHECK(counted(page));
	ATF_CHECK(alike(page));
}

ATF_TC_WITHOUT_HEAD(death_at_every_instruction);
ATF_TC_BODY(death_at_every_instruction, tc)
{
	unsigned int	 round;

	page_map();
	srandom(2);
	for (round = 0; round < 2; round++) {
		batch_begin(page);
		expect(page, sent, MESSAGES);
		ATF_CHECK(step_through(work_batch) > MESSAGES * 10);
	}
}

/* The successor dies too, and its successor finds what both have left. */
ATF_TC_WITHOUT_HEAD(death_of_a_successor);
ATF_TC_BODY(death_of_a_successor, tc)
{
	page_map();
	srandom(3);
	batch_begin(page);
	page_times_add(page, sent, MESSAGES - 2);
	expect(page, sent, MESSAGES);
	ATF_CHECK(step_through(work_take) > MESSAGES * 10);
}

/* Whatever was left, nothing outside is touched. */
ATF_TC_WITHOUT_HEAD(nonsense);
ATF_TC_BODY(nonsense, tc)
{
	static const uint8_t	 far[PAGE_BATCH + 2] = { 255, 32, 128 };
	struct msg_times	 m;

	page_map();
	memset(&page->times, 0xff, sizeof(page->times));
	page_times_add(page, far, PAGE_BATCH);
	page_times_follow(page);
	page_times_take(page);
	page_init(page, 1);
	memset(page->batch.took, 0xff, sizeof(page->batch.took));
	batch_end(page, far, 2, PAGE_BATCH + 2);
	page_times(page, TIMES_WORK, &m);
	ATF_CHECK_EQ(m.hist.n, PAGE_BATCH);
	ATF_CHECK_EQ(m.hist.bucket[HIST_BUCKETS - 1], PAGE_BATCH);
	ATF_CHECK_EQ(m.hist.sum, PAGE_BATCH * HIST_MAX);
	page->current = UINT32_MAX;
	page_times(page, TIMES_WORK, &m);
	page_times_add(page, far, 1);
	page_times_follow(page);
	page_times_take(page);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, batches);
	ATF_TP_ADD_TC(tp, nothing_before_a_commit);
	ATF_TP_ADD_TC(tp, death_at_every_instruction);
	ATF_TP_ADD_TC(tp, death_of_a_successor);
	ATF_TP_ADD_TC(tp, nonsense);
	return (atf_no_error());
}
