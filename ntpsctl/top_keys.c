/* SPDX-License-Identifier: ISC */
/* What a key does in ntpsctl top: see top_keys.h. */
#include <stdio.h>
#include <string.h>

#include "msg.h"
#include "out.h"
#include "prefix.h"
#include "top_keys.h"

static const unsigned int	spans[] = { 1, 5, 10 };

#define NSPANS	(sizeof(spans) / sizeof(spans[0]))

void
top_ui_init(struct top_ui *ui)
{
	memset(ui, 0, sizeof(*ui));
	ui->order = CLIENTS_BY_REQUESTS;
	ui->span = spans[0];
}

unsigned int
top_selected(const struct top_ui *ui, const struct top_model *m)
{
	struct prefix	 p;
	unsigned int	 i;

	for (i = 0; i < m->nclients; i++) {
		top_prefix(&p, &m->client[i].row);
		if (memcmp(&p, &ui->selected, sizeof(p)) == 0)
			return (i);
	}
	return (0);
}

static void
move(struct top_ui *ui, const struct top_model *m, int by)
{
	unsigned int	 i = top_selected(ui, m);

	if (m->nclients == 0)
		return;
	if (by < 0 && i > 0)
		i--;
	else if (by > 0 && i + 1 < m->nclients)
		i++;
	top_prefix(&ui->selected, &m->client[i].row);
}

static void
next_span(struct top_ui *ui)
{
	size_t	 i;

	for (i = 0; i < NSPANS && spans[i] != ui->span; i++)
		;
	ui->span = spans[(i + 1) % NSPANS];
}

static enum top_want
set_order(struct top_ui *ui, struct top_model *m, uint32_t order)
{
	ui->order = order;
	top_arrange(m, order, &ui->filter);
	return (TOP_WANT_ASK);
}

/* The question names the source, for the rows below it go on moving. */
static void
ask_deny(struct top_ui *ui, const struct top_model *m)
{
	if (m->nclients == 0) {
		strlcpy(ui->message, "there is no source to deny",
		    sizeof(ui->message));
		return;
	}
	memset(&ui->deny, 0, sizeof(ui->deny));
	ui->deny.kind = DENY_DENY;
	strlcpy(ui->deny.reason, "top", sizeof(ui->deny.reason));
	top_prefix(&ui->deny.from, &m->client[top_selected(ui, m)].row);
	ui->prompt = TOP_PROMPT_DENY;
}

static enum top_want
key_deny(struct top_ui *ui, int key)
{
	ui->prompt = TOP_PROMPT_NONE;
	if (key != 'y' && key != 'Y') {
		strlcpy(ui->message, "nobody was denied", sizeof(ui->message));
		return (TOP_WANT_NOTHING);
	}
	ui->deny.seconds = key == 'y' ? TOP_DENY_FOR : 0;
	return (TOP_WANT_DENY);
}

static enum top_want
take_filter(struct top_ui *ui, struct top_model *m)
{
	const char	*bad;
	struct prefix	 p;

	memset(&p, 0, sizeof(p));
	if (ui->typed[0] != '\0' &&
	    (bad = prefix_parse(&p, ui->typed)) != NULL) {
		snprintf(ui->message, sizeof(ui->message),
		    "%s; allowed: an address or a prefix like 192.0.2.0/24",
		    bad);
		return (TOP_WANT_NOTHING);
	}
	ui->prompt = TOP_PROMPT_NONE;
	ui->filter = p;
	top_arrange(m, ui->order, &ui->filter);
	return (TOP_WANT_ASK);
}

static enum top_want
key_filter(struct top_ui *ui, struct top_model *m, int key)
{
	size_t	 len = strlen(ui->typed);

	if (key == TOP_KEY_ENTER)
		return (take_filter(ui, m));
	if (key == TOP_KEY_ESCAPE)
		ui->prompt = TOP_PROMPT_NONE;
	else if (key == TOP_KEY_BACKSPACE && len > 0)
		ui->typed[len - 1] = '\0';
	else if (key > ' ' && key < 0x7f && len + 1 < sizeof(ui->typed)) {
		ui->typed[len] = (char)key;
		ui->typed[len + 1] = '\0';
	}
	return (TOP_WANT_NOTHING);
}

static enum top_want
key_command(struct top_ui *ui, struct top_model *m, int key)
{
	switch (key) {
	case 'q':
		return (TOP_WANT_QUIT);
	case 'r':
		return (set_order(ui, m, CLIENTS_BY_REQUESTS));
	case 'd':
		return (set_order(ui, m, CLIENTS_BY_DROPS));
	case 'l':
		return (set_order(ui, m, CLIENTS_BY_LAST));
	case 'p':
	case ' ':
		ui->paused = !ui->paused;
		return (TOP_WANT_ASK);
	case '/':
		ui->typed[0] = '\0';
		ui->prompt = TOP_PROMPT_FILTER;
		break;
	case 't':
		next_span(ui);
		break;
	case 'x':
		ask_deny(ui, m);
		break;
	case 'k':
	case TOP_KEY_UP:
		move(ui, m, -1);
		break;
	case 'j':
	case TOP_KEY_DOWN:
		move(ui, m, 1);
		break;
	case 'h':
	case '?':
		ui->help = true;
		break;
	default:
		break;
	}
	return (TOP_WANT_NOTHING);
}

enum top_want
top_key(struct top_ui *ui, struct top_model *m, int key)
{
	ui->message[0] = '\0';
	if (ui->help) {
		ui->help = false;
		return (key == 'q' ? TOP_WANT_QUIT : TOP_WANT_NOTHING);
	}
	switch (ui->prompt) {
	case TOP_PROMPT_FILTER:
		return (key_filter(ui, m, key));
	case TOP_PROMPT_DENY:
		return (key_deny(ui, key));
	case TOP_PROMPT_NONE:
		break;
	}
	return (key_command(ui, m, key));
}
