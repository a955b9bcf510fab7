/* SPDX-License-Identifier: ISC */
/*
 * setleap: tells the kernel, word by word, what a time daemon would tell it:
 *	sync		the clock is right to within 0.01 s
 *	unsync		nobody disciplines it
 *	ins, del, none	the leap second at the end of this UTC day
 *	show		prints what the kernel says
 * It works in user-mode Linux alone, never on the machine's own kernel.
 */
#include <sys/timex.h>

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_ERROR	10000	/* microseconds */

static const struct word {
	const char	*name;
	int		 set, clear;	/* of the status */
} words[] = {
	{ "sync", 0, STA_UNSYNC },
	{ "unsync", STA_UNSYNC, 0 },
	{ "ins", STA_INS, STA_DEL },
	{ "del", STA_DEL, STA_INS },
	{ "none", 0, STA_INS | STA_DEL }
};

/* Whether this kernel's clock is nobody else's. */
static bool
user_mode_linux(void)
{
	char	 line[256];
	FILE	*f;
	bool	 found = false;

	if ((f = fopen("/proc/cpuinfo", "r")) == NULL)
		return (false);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, "vendor_id", 9) == 0 &&
		    strstr(line, "User Mode Linux") != NULL;
	fclose(f);
	return (found);
}

static void
show(void)
{
	static const char *const	 states[] = {
		"ok", "ins", "del", "oop", "wait", "error"
	};
	struct timex			 tx;
	int				 state;

	memset(&tx, 0, sizeof(tx));
	if ((state = adjtimex(&tx)) < 0 || state > TIME_ERROR)
		err(1, "adjtimex");
	printf("%s %s maxerror=%ld\n", states[state],
	    (tx.status & STA_UNSYNC) != 0 ? "unsync" : "sync", tx.maxerror);
}

static void
set(const struct word *w)
{
	struct timex	 tx;

	memset(&tx, 0, sizeof(tx));
	if (adjtimex(&tx) == -1)
		err(1, "adjtimex");
	tx.modes = ADJ_STATUS;
	tx.status = (tx.status & ~w->clear) | w->set;
	if (w->clear == STA_UNSYNC) {
		tx.modes |= ADJ_MAXERROR | ADJ_ESTERROR;
		tx.maxerror = tx.esterror = MAX_ERROR;
	}
	if (adjtimex(&tx) == -1)
		err(1, "adjtimex: %s", w->name);
}

int
main(int argc, char *argv[])
{
	size_t	 j;
	int	 i;

	if (!user_mode_linux())
		errx(1, "this is not user-mode Linux: its clock is not mine");
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "show") == 0) {
			show();
			continue;
		}
		for (j = 0; j < sizeof(words) / sizeof(words[0]); j++)
			if (strcmp(argv[i], words[j].name) == 0)
				break;
		if (j == sizeof(words) / sizeof(words[0]))
			errx(2, "usage: setleap sync|unsync|ins|del|none|show "
			    "...");
		set(&words[j]);
	}
	return (0);
}
