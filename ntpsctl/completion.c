/* SPDX-License-Identifier: ISC */
/*
 * completion bash|zsh|fish: a script with which that shell completes ntpsctl's
 * commands, from the table of them.  Each script looks for the words before
 * the one under way, without options, and offers what may follow those.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "ntpsctl.h"

#define WORD_MAX	64

/* How a shell writes what may follow some words. */
struct shell {
	const char	*name;
	const char	*before, *after;	/* the whole script */
	void		(*begin)(const char *, bool);
	void		(*word)(const char *, int, const char *);
	void		(*end)(void);
};

/* Between single quotes; fish has its own way, and zsh splits at a colon. */
static void
put_quoted(const char *s, int len, const char *quote, bool colons)
{
	for (; len > 0 && *s != '\0'; s++, len--) {
		if (*s == '\'')
			fputs(quote, stdout);
		else {
			if (*s == ':' && colons)
				putchar('\\');
			putchar(*s);
		}
	}
}

/* ---- bash ---------------------------------------------------------------- */

static const char	bash_before[] =
"# bash completion of ntpsctl(8), made by `ntpsctl completion bash'\n"
"_ntpsctl()\n"
"{\n"
"	local cmd='' i words=''\n"
"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
"		case ${COMP_WORDS[i]} in\n"
"		-s|-t)	((i++)) ;;\n"
"		-*)	;;\n"
"		*)	cmd+=${cmd:+ }${COMP_WORDS[i]} ;;\n"
"		esac\n"
"	done\n"
"	case $cmd in\n";
static const char	bash_after[] =
"	esac\n"
"	COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
"}\n"
"complete -o default -F _ntpsctl ntpsctl\n";

static void
sh_begin(const char *context, bool rest)
{
	printf("\t'%s'", context);
	if (rest)
		printf("|'%s '*", context);
	printf(")\n\t\twords='");
}

static void
sh_word(const char *word, int len, const char *help)
{
	(void)help;
	printf("%.*s ", len, word);
}

static void
sh_end(void)
{
	puts("' ;;");
}

/* ---- zsh ----------------------------------------------------------------- */

static const char	zsh_before[] =
"#compdef ntpsctl\n"
"# zsh completion of ntpsctl(8), made by `ntpsctl completion zsh'\n"
"local cmd='' i\n"
"local -a list\n"
"for ((i = 2; i < CURRENT; i++)); do\n"
"	case ${words[i]} in\n"
"	(-s|-t)	((i++)) ;;\n"
"	(-*)	;;\n"
"	(*)	cmd+=${cmd:+ }${words[i]} ;;\n"
"	esac\n"
"done\n"
"case $cmd in\n";
static const char	zsh_after[] =
"(*)	_default; return ;;\n"
"esac\n"
"_describe -t commands 'ntpsctl command' list\n";

static void
zsh_begin(const char *context, bool rest)
{
	printf("('%s'", context);
	if (rest)
		printf("|'%s '*", context);
	printf(")\n\tlist=(\n");
}

static void
zsh_word(const char *word, int len, const char *help)
{
	printf("\t\t'");
	put_quoted(word, len, "", true);
	if (*help != '\0') {
		putchar(':');
		put_quoted(help, WORD_MAX, "'\\''", true);
	}
	puts("'");
}

static void
zsh_end(void)
{
	puts("\t) ;;");
}

/* ---- fish ---------------------------------------------------------------- */

static const char	fish_before[] =
"# fish completion of ntpsctl(8), made by `ntpsctl completion fish'\n"
"# whether the words so far are these, or, with a second word, begin so\n"
"function __ntpsctl_at\n"
"	set -l cmd\n"
"	set -l skip 0\n"
"	for w in (commandline -opc)[2..-1]\n"
"		if test $skip = 1\n"
"			set skip 0\n"
"			continue\n"
"		end\n"
"		switch $w\n"
"			case -s -t\n"
"				set skip 1\n"
"			case '-*'\n"
"			case '*'\n"
"				set cmd $cmd $w\n"
"		end\n"
"	end\n"
"	set cmd (string join ' ' -- $cmd)\n"
"	test \"$cmd\" = \"$argv[1]\"; and return 0\n"
"	test -n \"$argv[2]\"; and string match -q -- \"$argv[1] *\" \"$cmd\"\n"
"end\n"
"complete -c ntpsctl -f\n";

static char	fish_context[WORD_MAX];
static bool	fish_rest;

static void
fish_begin(const char *context, bool rest)
{
	strlcpy(fish_context, context, sizeof(fish_context));
	fish_rest = rest;
}

static void
fish_word(const char *word, int len, const char *help)
{
	printf("complete -c ntpsctl -n '__ntpsctl_at \"%s\"%s' -a '%.*s'",
	    fish_context, fish_rest ? " ..." : "", len, word);
	if (*help != '\0') {
		printf(" -d '");
		put_quoted(help, WORD_MAX, "\\'", false);
		putchar('\'');
	}
	putchar('\n');
}

static void
fish_end(void)
{
}

/* ---- what may follow ----------------------------------------------------- */

static const struct shell	 shells[] = {
	{ "bash", bash_before, bash_after, sh_begin, sh_word, sh_end },
	{ "zsh", zsh_before, zsh_after, zsh_begin, zsh_word, zsh_end },
	{ "fish", fish_before, "", fish_begin, fish_word, fish_end }
};

/* Words of a usage that stand for something else. */
static bool
is_placeholder(const char *word, size_t len)
{
	static const char	*names[] = { "N", "filter", "host", "key",
				    "port", "prefix", "time", "value", "word" };
	size_t			 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len &&
		    strncmp(names[i], word, len) == 0)
			return (true);
	return (false);
}

static void
put_settings(const struct shell *sh)
{
	unsigned int	 k;

	for (k = 0; k < CONF_NKEYS; k++)
		if (conf_rows[k].apply == CONF_SET)
			sh->word(conf_rows[k].path,
			    (int)strlen(conf_rows[k].path), "");
}

/* What may follow a whole command: the words of its usage. */
static void
put_arguments(const struct shell *sh, const struct command *cmd)
{
	const char	*p, *between = " []|:.";
	size_t		 len;

	if (cmd->max == 0)
		return;
	sh->begin(cmd->words, true);
	if (cmd->request == MSG_SETTING)
		put_settings(sh);
	for (p = cmd->args + strspn(cmd->args, between); *p != '\0';
	    p += strspn(p, between)) {
		len = strcspn(p, between);
		if (!is_placeholder(p, len))
			sh->word(p, (int)len, "");
		p += len;
	}
	sh->end();
}

/* The nth words of those commands that begin with context. */
static void
put_words(const struct shell *sh, const char *context)
{
	const struct command	*cmd;
	const char		*p, *last = "";
	size_t			 len, skip = strlen(context), lastlen = 0;

	sh->begin(context, false);
	for (cmd = commands; cmd->words != NULL; cmd++) {
		if (strncmp(cmd->words, context, skip) != 0 ||
		    (skip > 0 && cmd->words[skip] != ' '))
			continue;
		p = cmd->words + skip + (skip > 0);
		len = strcspn(p, " ");
		if (len == lastlen && strncmp(p, last, len) == 0)
			continue;
		sh->word(p, (int)len, p[len] == '\0' ? cmd->help : "");
		last = p;
		lastlen = len;
	}
	sh->end();
}

static void
put_script(const struct shell *sh)
{
	const struct command	*cmd;
	char			 first[WORD_MAX], last[WORD_MAX] = "";

	fputs(sh->before, stdout);
	put_words(sh, "");
	for (cmd = commands; cmd->words != NULL; cmd++) {
		strlcpy(first, cmd->words, sizeof(first));
		if (first[strcspn(first, " ")] != '\0') {
			first[strcspn(first, " ")] = '\0';
			if (strcmp(first, last) != 0)
				put_words(sh, first);
			strlcpy(last, first, sizeof(last));
		}
	}
	for (cmd = commands; cmd->words != NULL; cmd++)
		put_arguments(sh, cmd);
	fputs(sh->after, stdout);
}

int
completion_run(const struct ctl_options *opt, int argc, char **argv)
{
	size_t	 i;

	(void)opt;
	for (i = 0; argc == 1 && i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(argv[0], shells[i].name) == 0) {
			put_script(&shells[i]);
			return (CTL_OK);
		}
	fprintf(stderr, "ntpsctl: completion: for bash, zsh or fish\n");
	return (CTL_USAGE);
}
