/* SPDX-License-Identifier: ISC */
/*
 * ntpsd: options, and which process this is to be.
 */

#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "ntpsd.h"

static void
usage(FILE *f)
{
	fprintf(f, "usage: ntpsd [-dnVv] [-D key=value] [-f file] [-S mode]\n");
}

/* Reloads find the file again wherever the daemon stands. */
static void
set_file(struct options *opt, const char *file)
{
	char	 cwd[PATH_MAX];

	if (*file == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		*cwd = '\0';
	if ((size_t)snprintf(opt->file, sizeof(opt->file), "%s%s%s", cwd,
	    *cwd ? "/" : "", file) >= sizeof(opt->file))
		errx(2, "-f %s: the path is too long", file);
}

static enum sandbox_mode
parse_sandbox(const char *mode)
{
	if (strcmp(mode, "0") == 0)
		return (SANDBOX_OFF);
	if (strcmp(mode, "1") == 0)
		return (SANDBOX_ON);
	if (strcmp(mode, "-1") == 0)
		return (SANDBOX_TRAP);
	errx(2, "-S %.32s: 0 (no sandbox), 1 (the default) or -1 (a child says "
	    "which system call it lacked)", mode);
}

static void
parse_options(struct options *opt, int argc, char *argv[])
{
	int	 c;

	memset(opt, 0, sizeof(*opt));
	opt->ready_fd = -1;
	opt->sandbox = SANDBOX_ON;
	set_file(opt, NTPSD_CONFIG);
	while ((c = getopt(argc, argv, "D:df:hnS:Vv")) != -1)
		switch (c) {
		case 'D':
			if (opt->noverrides == CONF_OVERRIDES_MAX)
				errx(2, "more than %d -D", CONF_OVERRIDES_MAX);
			if (strlen(optarg) >= MSG_TEXT_MAX)
				errx(2, "-D %.32s...: longer than %d octets",
				    optarg, MSG_TEXT_MAX - 1);
			opt->override[opt->noverrides++] = optarg;
			break;
		case 'd':
			opt->debug = true;
			break;
		case 'f':
			set_file(opt, optarg);
			opt->file_given = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'n':
			opt->check = true;
			break;
		case 'S':
			opt->sandbox = parse_sandbox(optarg);
			break;
		case 'V':
			printf("ntpsd %s\n", NTPSD_VERSION);
			exit(0);
		case 'v':
			opt->verbose++;
			break;
		default:
			usage(stderr);
			exit(2);
		}
	if (argc != optind) {
		usage(stderr);
		exit(2);
	}
#ifdef NTPSD_SANITIZE		/* a sanitizer does as it likes */
	opt->sandbox = SANDBOX_OFF;
#endif
}

/*
 * Goes to the background; whoever started us waits until service is up, so
 * that its exit status tells.
 */
static void
daemonize(struct options *opt)
{
	int	 fd[2];
	char	 ready;

	if (pipe(fd) == -1 || fcntl(fd[1], F_SETFD, FD_CLOEXEC) == -1)
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		break;
	default:
		close(fd[1]);
		_exit(read(fd[0], &ready, 1) == 1 ? 0 : 1);
	}
	close(fd[0]);
	if (setsid() == -1 || chdir("/") == -1)
		err(1, "cannot leave the terminal");
	opt->ready_fd = fd[1];
}

/* 0, 1 and 2 must be something: a socket there would get our messages. */
static void
sanitise_stdio(void)
{
	int	 fd;

	do
		if ((fd = open(_PATH_DEVNULL, O_RDWR)) == -1)
			_exit(1);
	while (fd <= STDERR_FILENO);
	close(fd);
}

static void
child_main(int argc, char *argv[])
{
	static struct child_args	 args;

	if (child_args_parse(&args, argc, argv) == -1)
		errx(2, "-x is for ntpsd's own use");
	switch (args.id) {
	case PROC_ENGINE:
		engine_main(&args);
	case PROC_CONTROL:
		control_main(&args);
	case PROC_CONFIG:
		config_main(&args);
	case PROC_QUERY:
		query_main(&args);
	case PROC_WEB:
		web_main(&args);
	default:
		errx(2, "-x is for ntpsd's own use");
	}
}

int
main(int argc, char *argv[], char *envp[])
{
	static struct options	 opt;

	sanitise_stdio();
	setproctitle_init(argc, argv, envp);
	if (argc > 1 && strcmp(argv[1], "-x") == 0)
		child_main(argc, argv);
	parse_options(&opt, argc, argv);
	if (!opt.debug && !opt.check)
		daemonize(&opt);
	return (parent_main(&opt));
}
