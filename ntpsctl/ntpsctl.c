/* SPDX-License-Identifier: ISC */
/*
 * ntpsctl: shows and steers a running ntpsd.  Options, the way from a command
 * to its answer, and the exit code.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ntpsctl.h"

#define TIMEOUT_MAX	3600.0

/*
 * Makes sure that no socket becomes descriptor 0, 1 or 2, where stdio would
 * write to it.  Opened read-only, so that writing to a closed standard output
 * still fails.
 */
static void
hold_standard_descriptors(void)
{
	int	 fd;

	do {
		if ((fd = open("/dev/null", O_RDONLY)) == -1)
			return;
	} while (fd <= STDERR_FILENO);
	close(fd);
}

static double
parse_timeout(const char *arg)
{
	char	*end;
	double	 v;

	errno = 0;
	v = strtod(arg, &end);
	if (end == arg || *end != '\0' || errno != 0 || !isfinite(v) ||
	    v < 0.001 || v > TIMEOUT_MAX)
		errx(CTL_USAGE, "-t takes seconds, 0.001 to %.0f",
		    TIMEOUT_MAX);
	return (v);
}

static const char *
parse_socket(const char *arg)
{
	struct sockaddr_un	 sun;

	if (*arg == '\0' || strlen(arg) >= sizeof(sun.sun_path))
		errx(CTL_USAGE, "-s takes a path of 1 to %zu octets",
		    sizeof(sun.sun_path) - 1);
	return (arg);
}

/* What could not be written was not said. */
static int
finish(int code)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		warn("standard output");
		return (CTL_FAILED);
	}
	return (code);
}

static const char *
user_name(uint32_t uid)
{
	const struct passwd	*pw = getpwuid(uid);

	return (pw != NULL ? pw->pw_name : NULL);
}

static int
ask_and_print(const struct ctl_options *opt, const struct command *cmd,
    int argc, char **argv)
{
	struct answers	*answers;
	int		 code;

	if ((answers = calloc(1, sizeof(*answers))) == NULL)
		err(CTL_FAILED, NULL);
	if ((code = client_ask(opt, cmd, argc, argv, answers)) == CTL_OK) {
		answers->user = user_name;
		code = cmd->print(stdout, opt->form, answers);
	}
	answers_free(answers);
	free(answers);
	return (code);
}

static int
run(const struct ctl_options *opt, int argc, char **argv)
{
	const struct command	*cmd;
	char			 why[512];
	int			 used;

	if ((cmd = cmd_find(argc, argv, &used, why, sizeof(why))) == NULL) {
		warnx("%s", why);
		return (CTL_USAGE);
	}
	argc -= used;
	argv += used;
	if (argc < cmd->min || argc > cmd->max) {
		fprintf(stderr, "usage: ntpsctl %s%s%s\n", cmd->words,
		    *cmd->args != '\0' ? " " : "", cmd->args);
		return (CTL_USAGE);
	}
	if (cmd->request == MSG_SHOW && cmd->what == SHOW_METRICS &&
	    opt->form == OUT_JSON) {
		warnx("show metrics has formats of its own; in JSON there are "
		    "show status, show stats and show processes");
		return (CTL_USAGE);
	}
	if (cmd->run != NULL)
		return (cmd->run(opt, argc, argv));
	return (ask_and_print(opt, cmd, argc, argv));
}

int
main(int argc, char **argv)
{
	struct ctl_options	 opt = { .socket = NTPSD_SOCKET };
	int			 ch;

	hold_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	while ((ch = getopt(argc, argv, "+hjnVs:t:")) != -1) {
		switch (ch) {
		case 'h':
			return (finish(cmd_help(&opt, 0, NULL)));
		case 'j':
			opt.form = OUT_JSON;
			break;
		case 'n':
			opt.numeric = true;
			break;
		case 's':
			opt.socket = parse_socket(optarg);
			break;
		case 't':
			opt.timeout = parse_timeout(optarg);
			break;
		case 'V':
			puts("ntpsctl " NTPSD_VERSION);
			return (finish(CTL_OK));
		default:
			cmd_usage(stderr);
			return (CTL_USAGE);
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 0) {
		cmd_usage(stderr);
		return (CTL_USAGE);
	}
	return (finish(run(&opt, argc, argv)));
}
