/* SPDX-License-Identifier: ISC */
/*
 * The commands of ntpsctl: one table, from which come the recognition of
 * abbreviated words, the usage and the help.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ntpsctl.h"

#define COMMANDS_MAX	32
#define HELP_COLUMN	22

const struct command	commands[] = {
	{ "show status", MSG_SHOW, SHOW_STATUS, 0, show_status, NULL, NULL,
	    0, 0, "", "the daemon, its clock and its sockets" },
	{ "show stats", MSG_SHOW, SHOW_STATS, 0, show_stats,
	    request_stats, NULL, 0, 1, "[workers]",
	    "counters since the start" },
	{ "show processes", MSG_SHOW, SHOW_PROCESSES, 0, show_processes, NULL,
	    NULL, 0, 0, "", "the processes and what became of them" },
	{ "show config", MSG_SHOW, SHOW_CONFIG, 0, show_config, NULL, NULL,
	    0, 0, "", "every setting, and where it comes from" },
	{ "show policy", MSG_SHOW, SHOW_POLICY, 0, show_policy, NULL, NULL,
	    0, 0, "", "the rules, and how often each decided" },
	{ "show clients", MSG_CLIENTS_REQ, 0, 0, show_clients,
	    request_clients, NULL, 0, 5,
	    "[top N] [by requests|drops|last] [prefix]",
	    "the sources, and what they sent" },
	{ "show history", MSG_HISTORY_REQ, 0, 0, show_history,
	    request_history, NULL, 0, 4,
	    "[last time] [step second|minute|hour]",
	    "what was served when" },
	{ "show keys", MSG_SHOW, SHOW_KEYS, 0, show_keys, NULL, NULL,
	    0, 0, "", "the keys' ids and how they were used" },
	{ "show metrics", MSG_SHOW, SHOW_METRICS, 0, show_metrics,
	    request_metrics, NULL, 0, 1, "[openmetrics]",
	    "all that is measured, for Prometheus" },
	{ "show events", MSG_MONITOR, 0, 0, show_events, request_events, NULL,
	    0, 16, "[N] [filter ...]", "the last requests and what happened" },
	{ "monitor", MSG_NONE, 0, 0, NULL, NULL, monitor_run, 0, 16,
	    "[filter ...]", "the same, as it comes" },
	{ "top", MSG_NONE, 0, 0, NULL, NULL, top_run, 0, 1,
	    "[lines]", "a live page, or a line a second" },
	{ "deny", MSG_DENY, 0, 0, show_result, request_deny, NULL, 1, 5,
	    "prefix [for time] [reason word]", "answer a source no more" },
	{ "allow", MSG_DENY, 0, 0, show_result, request_allow, NULL, 1, 3,
	    "prefix [for time]", "answer it, whatever the policy says" },
	{ "forget", MSG_DENY, 0, 0, show_result, request_forget, NULL, 1, 1,
	    "prefix", "end what deny or allow began" },
	{ "start", MSG_ACTION, ACTION_START, 0, show_result, NULL, NULL,
	    0, 0, "", "open the ports and serve" },
	{ "stop", MSG_ACTION, ACTION_STOP, 0, show_result, NULL, NULL,
	    0, 0, "", "close the ports; the daemon stays" },
	{ "restart", MSG_ACTION, ACTION_RESTART, 0, show_result, NULL, NULL,
	    0, 0, "", "replace the engines, losing no request" },
	{ "reload", MSG_ACTION, ACTION_RELOAD, 0, show_result, NULL, NULL,
	    0, 0, "", "read the configuration again" },
	{ "set", MSG_SETTING, 0, 0, show_result, request_set, NULL,
	    2, 64, "key value ...", "change a setting, and keep it" },
	{ "unset", MSG_SETTING, 0, 0, show_result, request_unset, NULL,
	    1, 1, "key", "take back what was set" },
	{ "log verbose", MSG_ACTION, ACTION_LOG, LEVEL_DEBUG, show_result,
	    NULL, NULL, 0, 0, "", "log everything" },
	{ "log brief", MSG_ACTION, ACTION_LOG, LEVEL_INFO, show_result,
	    NULL, NULL, 0, 0, "", "log what an operator needs" },
	{ "check", MSG_SHOW, SHOW_STATUS, 0, show_check, NULL, NULL,
	    0, 0, "", "one line for a monitor; exit 4 without good time" },
	{ "query", MSG_NONE, 0, 0, NULL, NULL, query_run,
	    0, 1, "[host[:port]]", "ask an NTP server for the time" },
	{ "completion", MSG_NONE, 0, 0, NULL, NULL, completion_run,
	    1, 1, "bash|zsh|fish", "a script for a shell's completion" },
	{ "help", MSG_NONE, 0, 0, NULL, NULL, cmd_help,
	    0, 0, "", "this list" },
	{ NULL, MSG_NONE, 0, 0, NULL, NULL, NULL, 0, 0, NULL, NULL }
};

/* The nth word of a command and its length; NULL past the last. */
static const char *
word_at(const struct command *cmd, int n, size_t *len)
{
	const char	*p = cmd->words;

	*len = 0;
	for (; n > 0; n--) {
		if ((p = strchr(p, ' ')) == NULL)
			return (NULL);
		p++;
	}
	*len = strcspn(p, " ");
	return (p);
}

static bool
same_word(const struct command *a, const struct command *b, int n)
{
	const char	*p, *q;
	size_t		 plen, qlen;

	p = word_at(a, n, &plen);
	q = word_at(b, n, &qlen);
	return (p != NULL && q != NULL && plen == qlen &&
	    strncmp(p, q, plen) == 0);
}

/* Keeps those whose nth word begins with given, or is it if one is. */
static int
narrow(const struct command **cand, int ncand, int n, const char *given)
{
	const char	*word;
	size_t		 len, glen = strlen(given);
	bool		 exact = false;
	int		 i, kept = 0;

	for (i = 0; i < ncand; i++) {
		word = word_at(cand[i], n, &len);
		if (word != NULL && len == glen &&
		    strncmp(word, given, glen) == 0)
			exact = true;
	}
	for (i = 0; i < ncand; i++) {
		word = word_at(cand[i], n, &len);
		if (word != NULL && len >= glen && (!exact || len == glen) &&
		    strncmp(word, given, glen) == 0)
			cand[kept++] = cand[i];
	}
	return (kept);
}

/* Whether all of them have the same nth word. */
static bool
agree(const struct command **cand, int ncand, int n)
{
	int	 i;

	for (i = 1; i < ncand; i++) {
		if (!same_word(cand[0], cand[i], n))
			return (false);
	}
	return (true);
}

/* Adds each different nth word of the candidates to buf. */
static void
list_words(const struct command **cand, int ncand, int n, char *buf,
    size_t size)
{
	const char	*word;
	size_t		 used, len;
	int		 i, listed = 0;

	for (i = 0; i < ncand; i++) {
		if (i > 0 && same_word(cand[i - 1], cand[i], n))
			continue;
		if ((word = word_at(cand[i], n, &len)) == NULL)
			continue;
		used = strlen(buf);
		snprintf(buf + used, size - used, "%s%.*s",
		    listed++ > 0 ? ", " : "", (int)len, word);
	}
}

const struct command *
cmd_find(int argc, char **argv, int *used, char *err, size_t errsize)
{
	const struct command	*cand[COMMANDS_MAX], *cmd;
	char			 given[64];
	size_t			 len;
	int			 before, n, ncand = 0;

	for (cmd = commands; cmd->words != NULL && ncand < COMMANDS_MAX; cmd++)
		cand[ncand++] = cmd;
	for (n = 0; word_at(cand[0], n, &len) != NULL; n++) {
		if (n >= argc) {
			snprintf(err, errsize, "%.*s what? ",
			    (int)strcspn(cand[0]->words, " "),
			    cand[0]->words);
			list_words(cand, ncand, n, err, errsize);
			return (NULL);
		}
		out_printable(given, sizeof(given), argv[n]);
		before = ncand;
		if ((ncand = narrow(cand, ncand, n, argv[n])) == 0 &&
		    n == 0) {
			snprintf(err, errsize,
			    "there is no command \"%s\": try \"help\"", given);
			return (NULL);
		} else if (ncand == 0) {
			/* narrow() leaves what it does not keep in place */
			snprintf(err, errsize, "\"%s\" is none of ", given);
			list_words(cand, before, n, err, errsize);
			return (NULL);
		} else if (!agree(cand, ncand, n)) {
			snprintf(err, errsize, "\"%s\" is ambiguous: ",
			    given);
			list_words(cand, ncand, n, err, errsize);
			return (NULL);
		}
	}
	*used = n;
	return (cand[0]);
}

void
cmd_usage(FILE *f)
{
	fputs("usage: ntpsctl [-hjnV] [-s socket] [-t seconds] "
	    "command [argument ...]\n", f);
}

int
cmd_help(const struct ctl_options *opt, int argc, char **argv)
{
	const struct command	*cmd;
	char			 line[64];

	(void)opt;
	(void)argc;
	(void)argv;
	cmd_usage(stdout);
	fputs("Words may be cut short as long as they stay unambiguous.\n\n",
	    stdout);
	for (cmd = commands; cmd->words != NULL; cmd++) {
		snprintf(line, sizeof(line), "%s%s%s", cmd->words,
		    *cmd->args != '\0' ? " " : "", cmd->args);
		/* what is too long for its column has a line of its own */
		if (strlen(line) > HELP_COLUMN)
			printf("  %s\n%*s %s\n", line, HELP_COLUMN + 2, "",
			    cmd->help);
		else
			printf("  %-*s %s\n", HELP_COLUMN, line, cmd->help);
	}
	fputs("\n  -h  this list\n"
	    "  -j  answers in JSON\n"
	    "  -n  query: addresses only, no names\n"
	    "  -s  the daemon's socket (" NTPSD_SOCKET ")\n"
	    "  -t  seconds to wait for an answer\n"
	    "  -V  the version\n", stdout);
	return (CTL_OK);
}
