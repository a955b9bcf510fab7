/* SPDX-License-Identifier: ISC */
/*
 * What the operator has chosen in `ntpsctl top', and what a key changes about
 * it.  Pure.  A key is a character, or one of enum top_keys.
 */
#ifndef TOP_KEYS_H
#define TOP_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg.h"
#include "prefix.h"
#include "top_model.h"

#define TOP_TEXT	256
#define TOP_TYPED	64
#define TOP_DENY_FOR	3600	/* seconds */

enum top_keys {
	TOP_KEY_UP = 256, TOP_KEY_DOWN, TOP_KEY_BACKSPACE, TOP_KEY_ENTER,
	TOP_KEY_ESCAPE
};

enum top_prompt { TOP_PROMPT_NONE, TOP_PROMPT_FILTER, TOP_PROMPT_DENY };

enum top_want {
	TOP_WANT_NOTHING,
	TOP_WANT_QUIT,
	TOP_WANT_ASK,		/* another question has to be asked now */
	TOP_WANT_DENY		/* ui->deny has to be sent */
};

struct top_ui {
	uint32_t	 order;		/* enum clients_order */
	unsigned int	 span;		/* seconds of a column */
	bool		 paused, help;
	struct prefix	 filter;	/* family 0: none */
	struct prefix	 selected;	/* family 0: the first source */
	enum top_prompt	 prompt;
	char		 typed[TOP_TYPED];
	struct msg_deny	 deny;
	char		 message[TOP_TEXT];	/* until the next key */
	char		 lost[TOP_TEXT];	/* why there is no daemon */
};

/*
 * top_ui_init: as it is at the start.
 * top_key: what a key changes, and what has to follow.
 * top_selected: the row of the source that is selected; with none, 0.
 */
void		 top_ui_init(struct top_ui *);
enum top_want	 top_key(struct top_ui *, struct top_model *, int);
unsigned int	 top_selected(const struct top_ui *,
		    const struct top_model *);

#endif /* TOP_KEYS_H */
