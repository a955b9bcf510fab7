/* SPDX-License-Identifier: ISC */
/*
 * Logging.  A line goes to the sink that the process set: the parent's is
 * syslog or stderr, a child's is a message to the parent.  Before there is a
 * sink it goes to stderr.
 */
#ifndef LOG_H
#define LOG_H

#include "conf.h"

#define LOG_LINE_MAX	1000	/* octets of a line, the NUL included */

typedef void	(*log_sink)(enum conf_level, const char *, void *);

#define LOG_PRINTF	__attribute__((__format__(printf, 1, 2)))

/* log_warn and fatal add strerror(errno); fatal ends the process with 1. */
void	log_init(const char *);
void	log_set_sink(log_sink, void *);
void	log_set_level(enum conf_level);
enum conf_level	log_get_level(void);
void	log_line(enum conf_level, const char *);
void	log_warn(const char *, ...) LOG_PRINTF;
void	log_warnx(const char *, ...) LOG_PRINTF;
void	log_errorx(const char *, ...) LOG_PRINTF;
void	log_info(const char *, ...) LOG_PRINTF;
void	log_debug(const char *, ...) LOG_PRINTF;
void	fatal(const char *, ...) LOG_PRINTF __attribute__((__noreturn__));
void	fatalx(const char *, ...) LOG_PRINTF __attribute__((__noreturn__));

#endif /* LOG_H */
