/* SPDX-License-Identifier: ISC */
/* top_page.c: whole screens of ntpsctl top. */

#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "client.h"
#include "ntpsctl/top_keys.h"
#include "ntpsctl/top_model.h"
#include "ntpsctl/top_page.h"

#define NS	1000000000ULL
#define T0	1700000000ULL		/* 2023-11-14 22:13:20 */

static struct top_model	 m;
static struct top_ui	 ui;
static struct page	 page;

static void
process(uint32_t proc, uint32_t pid, uint32_t state, const char *death)
{
	struct msg_process	*p = &m.process[m.nprocesses++];

	p->proc = proc;
	p->pid = pid;
	p->state = state;
	p->started = (T0 - 3700) * NS;
	p->restarts = death != NULL;
	if (death != NULL)
		strlcpy(p->last_death, death, sizeof(p->last_death));
}

static void
client(uint8_t last, uint32_t requests, uint32_t drops, uint64_t rate)
{
	static const uint8_t	 net[] = { 192, 0, 2 };
	struct top_client	*c = &m.client[m.nclients++];

	c->row.family = 4;
	c->row.bits = 32;
	memcpy(c->row.ip, net, sizeof(net));
	c->row.ip[3] = last;
	c->row.requests = requests;
	c->row.drops = drops;
	c->row.last = last * 1000;
	c->rate = rate;
	c->drops = drops > 0 ? rate / 2 : 0;
}

/* A daemon with a little of everything. */
static void
begin(void)
{
	struct top_second	*s;
	unsigned int		 i;

	memset(&m, 0, sizeof(m));
	top_ui_init(&ui);
	m.looked = m.rated = true;
	m.now = T0 * NS;
	strlcpy(m.status.version, "0.1.0", sizeof(m.status.version));
	m.status.started = (T0 - 3700) * NS;
	m.status.service = SERVICE_RUNNING;
	m.stats.answering = 1;
	m.stats.clock.synchronised = 1;
	m.stats.clock.stratum = 2;
	memcpy(m.stats.clock.refid, "LOCL", 4);
	m.stats.table.used = 3;
	m.rate.requests = 12345;
	m.rate.answered = 12000;
	m.rate.refused = 345;
	m.times[TIMES_PROCESSING] = (struct top_times){ 9, 12345, 67890 };
	for (i = 0; i < 40; i++) {
		s = &m.second[(T0 - i) % TOP_SECONDS];
		s->at = i >= 10 && i < 13 ? 0 : T0 - i;
		s->rate.requests = 12345 - i * 300;
		s->rate.refused = i == 0 ? 345 : i == 2 ? 1 : 0;
	}
	process(PROC_PARENT, 100, PROCESS_RUNNING, NULL);
	process(PROC_CONTROL, 101, PROCESS_RUNNING, NULL);
	process(PROC_ENGINE, 102, PROCESS_RUNNING, "signal 11");
	process(PROC_QUERY, 0, PROCESS_STOPPED, NULL);
	client(7, 4000000000U, 0, 12000);
	client(8, 1234, 345, 345);
	client(9, 1, 0, TOP_UNKNOWN);
	m.client[1].row.flags = CLIENT_LIMITED | CLIENT_GROWS;
}

static void
draw(unsigned int rows, unsigned int cols)
{
	page_size(&page, rows, cols);
	top_page(&page, &m, &ui);
}

static const char *
line(unsigned int row)
{
	static char	 buf[PAGE_COLS_MAX + 1];
	unsigned int	 col;

	for (col = 0; col < page.cols; col++)
		buf[col] = page_ascii(&page.cell[row][col]);
	while (col > 0 && buf[col - 1] == ' ')
		col--;
	buf[col] = '\0';
	return (buf);
}

/* Whether the page is what a file of regress/unit/top has. */
static void
check(const atf_tc_t *tc, const char *name)
{
	char		 path[1024], want[PAGE_COLS_MAX + 2];
	unsigned int	 row;
	FILE		*f;

	snprintf(path, sizeof(path), "%s/top/%s",
	    atf_tc_get_config_var(tc, "srcdir"), name);
	ATF_REQUIRE_MSG((f = fopen(path, "r")) != NULL, "%s", path);
	for (row = 0; row < page.rows; row++) {
		if (fgets(want, sizeof(want), f) == NULL)
			strlcpy(want, "(nothing)", sizeof(want));
		want[strcspn(want, "\n")] = '\0';
		if (strcmp(want, line(row)) == 0)
			continue;
		printf("%s, row %u: not %s\nbut         %s\n", name, row,
		    want, line(row));
		atf_tc_fail_nonfatal("%s, row %u", name, row);
	}
	ATF_CHECK_MSG(fgets(want, sizeof(want), f) == NULL,
	    "%s has more rows", name);
	fclose(f);
}

static enum page_style
style(unsigned int row, unsigned int col)
{
	return ((enum page_style)page.cell[row][col].style);
}

ATF_TC_WITHOUT_HEAD(screens);
ATF_TC_BODY(screens, tc)
{
	begin();
	draw(24, 80);
	check(tc, "80x24");
	ATF_CHECK_EQ(PAGE_REVERSE, style(0, 40));
	ATF_CHECK_EQ(PAGE_SERVED, style(4, 79));
	ATF_CHECK_EQ(PAGE_BAR, page.cell[4][79].ch);
	ATF_CHECK_EQ(1, page.cell[13][77].ch);	/* little is not nothing */
	ATF_CHECK_EQ(PAGE_REFUSED, style(13, 77));
	ATF_CHECK_EQ(PAGE_REVERSE, style(15, 0));	/* is selected */
	ATF_CHECK_EQ(PAGE_PLAIN, style(16, 0));
	ATF_CHECK_EQ(-1, page.cursor);
	draw(10, 40);
	check(tc, "40x10");
	draw(60, 200);
	check(tc, "200x60");
	ui.span = 10;
	draw(24, 80);
	check(tc, "80x24.tens");
}

ATF_TC_WITHOUT_HEAD(states);
ATF_TC_BODY(states, tc)
{
	begin();
	m.rated = false;
	m.nclients = 0;
	m.stats.answering = 0;
	m.process[1].state = PROCESS_WAITING;
	ui.paused = true;
	strlcpy(ui.message, "192.0.2.1 is denied", sizeof(ui.message));
	draw(24, 80);
	check(tc, "80x24.paused");
	ATF_CHECK_EQ(PAGE_ALARM, style(0, 40));
	ATF_CHECK_EQ(PAGE_REFUSED, style(20, 0));
	ATF_CHECK_EQ(PAGE_PLAIN, style(21, 0));
	ATF_CHECK_EQ(PAGE_PLAIN, style(22, 0));
	m.process[1].state = PROCESS_READY;
	draw(24, 80);
	ATF_CHECK_EQ(PAGE_PLAIN, style(20, 0));
	begin();
	strlcpy(ui.lost, "no daemon at sock: is ntpsd running?",
	    sizeof(ui.lost));
	draw(10, 40);
	check(tc, "40x10.lost");
	ATF_CHECK_EQ(PAGE_ALARM, style(0, 0));
	ATF_CHECK_EQ(PAGE_ALARM, style(0, 39));
}

ATF_TC_WITHOUT_HEAD(prompts);
ATF_TC_BODY(prompts, tc)
{
	begin();
	top_key(&ui, &m, 'j');
	top_key(&ui, &m, 'x');
	draw(10, 80);
	ATF_CHECK_STREQ("deny 192.0.2.8? y: for an hour, Y: until further "
	    "notice, else: no", line(9));
	ATF_CHECK_EQ(PAGE_REVERSE, style(7, 0));
	top_key(&ui, &m, 'n');
	draw(10, 80);
	ATF_CHECK_STREQ("nobody was denied", line(9));
	top_key(&ui, &m, '/');
	top_key(&ui, &m, '1');
	draw(10, 80);
	ATF_CHECK_STREQ("sources in prefix: 1", line(9));
	ATF_CHECK_EQ(20, page.cursor);
	top_key(&ui, &m, TOP_KEY_ENTER);
	draw(10, 80);
	ATF_CHECK(strstr(line(9), "allowed: an address or a pr") != NULL);
	draw(10, 5);
	ATF_CHECK_EQ(4, page.cursor);
	top_key(&ui, &m, TOP_KEY_ESCAPE);
	ATF_CHECK_EQ(NULL, prefix_parse(&ui.filter, "192.0.2.0/24"));
	ui.order = CLIENTS_BY_DROPS;
	draw(10, 80);
	ATF_CHECK_STREQ("in 192.0.2.0/24   requests    /s      drops    /s"
	    "  last  state", line(5));
	top_key(&ui, &m, 'h');
	draw(24, 80);
	check(tc, "80x24.help");
}

/* More sources than rows: the selected one is among those that are shown. */
ATF_TC_WITHOUT_HEAD(scrolled);
ATF_TC_BODY(scrolled, tc)
{
	uint8_t	 i;

	begin();
	for (i = 20; i < 60; i++)
		client(i, 1, 0, 0);
	for (i = 0; i < 20; i++)
		top_key(&ui, &m, 'j');
	draw(24, 80);
	ATF_CHECK(strncmp(line(18), "192.0.2.37 ", 11) != 0);
	ATF_CHECK_EQ(PAGE_REVERSE, style(17, 0));
	ATF_CHECK_MSG(strncmp(line(17), "192.0.2.37 ", 11) == 0, "%s",
	    line(17));
	/* IPv6 has the room that it takes, and others have less */
	m.client[0].row.family = 6;
	m.client[0].row.bits = 64;
	memset(m.client[0].row.ip + 4, 0x20, 4);
	memset(&ui.selected, 0, sizeof(ui.selected));
	draw(24, 80);
	ATF_CHECK_STREQ("c000:207:2020:2020::/64  4000000000 12.0k          0"
	    "     0   7 s", line(15));
	m.client[0].row.bits = 128;
	memset(m.client[0].row.ip, 0x20, 16);
	draw(24, 80);
	ATF_CHECK_STREQ("2020:2020:2020:2020:2020:2020:2020:2020     "
	    "4000000000 12.0k          0     0", line(15));
}

/* All of them at every size, and not a cell beside it. */
ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	unsigned int	 rows, cols, r, c;

	for (rows = 0; rows < 40; rows++)
		for (cols = 0; cols < 100; cols += cols < 20 ? 1 : 7) {
			begin();
			top_key(&ui, &m, rows % 3 == 0 ? 'x' : rows % 3 == 1 ?
			    '/' : 'h');
			ui.prompt = rows % 3 == 2 ? TOP_PROMPT_NONE :
			    ui.prompt;
			ui.help = rows % 6 == 5;
			memset(page.cell, 0x7f, sizeof(page.cell));
			draw(rows, cols);
			for (r = 0; r < 60; r++)
				for (c = 0; c < 120; c++)
					ATF_REQUIRE_EQ(r >= rows || c >= cols,
					    page.cell[r][c].ch == 0x7f);
			ATF_REQUIRE(page.cursor < (int)cols || cols == 0);
		}
	draw(5000, 5000);
	ATF_CHECK_EQ(PAGE_ROWS_MAX, page.rows);
	ATF_CHECK_EQ(PAGE_COLS_MAX, page.cols);
}

/* Whatever the daemon says, what a terminal gets is harmless. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	static const char	 bad[] =
				    "\033]0;x\007\033[2J\n\r\t\x9b%s%n\x7f";
	unsigned int		 i, row, col;
	unsigned char		 ch;

	for (i = 0; i < 4; i++) {
		begin();
		if (i & 1) {
			memset(&m.stats, 0xff, sizeof(m.stats));
			memset(&m.rate, 0xff, sizeof(m.rate));
			memset(m.times, 0xff, sizeof(m.times));
			memset(m.second, 0xfe, sizeof(m.second));
			memset(m.client, 0xff, sizeof(m.client));
			memset(m.process, 0xff, sizeof(m.process));
			memset(&m.status, 0xff, sizeof(m.status));
			for (row = 0; row < 40; row++)
				m.second[(T0 - row) % TOP_SECONDS].at =
				    T0 - row;
			m.nprocesses = MSG_SLOTS_MAX;
			m.nclients = TOP_CLIENTS;
			for (row = 0; row < MSG_SLOTS_MAX; row++)
				strlcpy(m.process[row].last_death, bad,
				    sizeof(m.process[row].last_death));
		}
		strlcpy(m.status.version, bad, sizeof(m.status.version));
		strlcpy(m.process[1].last_death, bad,
		    sizeof(m.process[1].last_death));
		strlcpy(ui.message, bad, sizeof(ui.message));
		if (i & 2)
			strlcpy(ui.lost, bad, sizeof(ui.lost));
		draw(100, 200);
		for (row = 0; row < page.rows; row++)
			for (col = 0; col < page.cols; col++) {
				ch = (unsigned char)page.cell[row][col].ch;
				ATF_REQUIRE((ch >= 1 && ch <= PAGE_BAR) ||
				    (ch >= ' ' && ch < 0x7f));
			}
		if (i == 0)
			ATF_CHECK(strncmp(line(0), "ntpsd \\^[]0;x\\a\\^[[2J",
			    21) == 0);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, screens);
	ATF_TP_ADD_TC(tp, states);
	ATF_TP_ADD_TC(tp, prompts);
	ATF_TP_ADD_TC(tp, scrolled);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, hostile);
	return (atf_no_error());
}
