/* SPDX-License-Identifier: ISC */
/* Logging: see log.h. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static struct {
	const char	*name;
	log_sink	 sink;
	void		*arg;
	enum conf_level	 level;
} logger = { "ntpsd", NULL, NULL, LEVEL_INFO };

void
log_init(const char *name)
{
	logger.name = name;
}

void
log_set_sink(log_sink sink, void *arg)
{
	logger.sink = sink;
	logger.arg = arg;
}

void
log_set_level(enum conf_level level)
{
	logger.level = level;
}

enum conf_level
log_get_level(void)
{
	return (logger.level);
}

void
log_line(enum conf_level level, const char *text)
{
	if (level > logger.level)
		return;
	if (logger.sink != NULL)
		logger.sink(level, text, logger.arg);
	else
		fprintf(stderr, "%s: %s\n", logger.name, text);
}

static void	 vlog(enum conf_level, int, const char *, va_list)
		    __attribute__((__format__(printf, 3, 0)));

static void
vlog(enum conf_level level, int error, const char *fmt, va_list ap)
{
	char	 text[LOG_LINE_MAX];
	int	 n;

	if (level > logger.level)
		return;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (error != 0 && n >= 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s",
		    strerror(error));
	log_line(level, text);
}

#define LOG_BODY(level, error) do {					\
	va_list	 ap;							\
	va_start(ap, fmt);						\
	vlog((level), (error), fmt, ap);				\
	va_end(ap);							\
} while (0)

void
log_warn(const char *fmt, ...)
{
	LOG_BODY(LEVEL_WARNING, errno);
}

void
log_warnx(const char *fmt, ...)
{
	LOG_BODY(LEVEL_WARNING, 0);
}

void
log_errorx(const char *fmt, ...)
{
	LOG_BODY(LEVEL_ERROR, 0);
}

void
log_info(const char *fmt, ...)
{
	LOG_BODY(LEVEL_INFO, 0);
}

void
log_debug(const char *fmt, ...)
{
	LOG_BODY(LEVEL_DEBUG, 0);
}

void
fatal(const char *fmt, ...)
{
	LOG_BODY(LEVEL_ERROR, errno);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	LOG_BODY(LEVEL_ERROR, 0);
	exit(1);
}
