/* SPDX-License-Identifier: ISC */
/*
 * The web page's listener: made by the parent, served by the web child.  One
 * that a reload does not change stays as it is.
 */

#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "ntpsd.h"

#define WEB_BACKLOG	64
#define WEB_SNDBUF	(64 * 1024)	/* octets on their way to a browser */

/* What accepted sockets inherit; each is of use without the others. */
static void
web_options(int fd, bool tcp)
{
	int	 on = 1, octets = WEB_SNDBUF / 2;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof(octets));
	if (tcp)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
}

static int
web_bind(const char *text, char *err, size_t len)
{
	struct sockaddr_storage	 ss;
	struct addr		 addr;
	socklen_t		 slen;
	int			 fd, on = 1;

	if (addr_parse(&addr, text, 0) == -1)	/* conf.c has seen to that */
		return (-1);
	slen = addr_to_sockaddr(&addr, &ss);
	fd = socket(addr.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == -1 || (addr.family == AF_INET6 && setsockopt(fd,
	    IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1) ||
	    bind(fd, (struct sockaddr *)&ss, slen) == -1 ||
	    listen(fd, WEB_BACKLOG) == -1) {
		snprintf(err, len, "web.listen: %s: %s", text,
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	return (fd);
}

static void
web_close(int *fd, const char *text)
{
	if (*fd == -1)
		return;
	close(*fd);
	*fd = -1;
	if (*text == '/')
		unlink(text);
}

/* For a configuration to come: p->op.web_fd, unless it changes nothing. */
int
listen_web(struct parent *p, const struct conf *conf, char *err, size_t len)
{
	const char	*text = conf->web_listen.text;

	p->op.web_fd = -1;
	if (*text == '\0' || (p->web_fd != -1 && conf_equal(&p->conf, conf,
	    CONF_web_listen)))
		return (0);
	p->op.web_fd = *text == '/' ? listen_local(p, conf, CONF_web_listen,
	    err, len) : web_bind(text, err, len);
	if (p->op.web_fd == -1)
		return (-1);
	web_options(p->op.web_fd, *text != '/');
	return (0);
}

/* The configuration comes into force; p->conf is still the one before. */
void
listen_web_take(struct parent *p, const struct conf *conf)
{
	if (p->op.web_fd == -1 && *conf->web_listen.text != '\0')
		return;
	web_close(&p->web_fd, p->conf.web_listen.text);
	p->web_fd = p->op.web_fd;
	p->op.web_fd = -1;
	if (p->web_fd != -1)
		log_info("the page is at %s%s", *conf->web_listen.text == '/' ?
		    "" : "http://", conf->web_listen.text);
}

/* It does not. */
void
listen_web_drop(struct parent *p)
{
	web_close(&p->op.web_fd, p->op.conf.web_listen.text);
}

void
listen_web_close(struct parent *p)
{
	web_close(&p->web_fd, p->conf.web_listen.text);
}
