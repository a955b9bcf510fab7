/* SPDX-License-Identifier: ISC */
/*
 * The engine: answers NTP.  engine.c talks to the parent and to control and
 * keeps the configuration; engine_io.c is the packet path.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <sys/socket.h>

#include <netinet/in.h>

#include <event2/event.h>

#include "child.h"
#include "clients.h"
#include "clock.h"
#include "conf.h"
#include "limit.h"
#include "ntp_reply.h"
#include "os.h"
#include "page.h"

#define ENGINE_BATCH	32	/* requests read in one call */
#define ENGINE_CHUNK	4	/* replies sent with one clock reading */
#define ENGINE_ROUNDS	8	/* batches before other events get a turn */
#define ENGINE_SOCKETS	(2 * PAGE_SOCKETS)	/* a reload: old and new */

/* A stride that is no power of two keeps the buffers out of one cache set. */
#define ENGINE_STRIDE	(NTP_PACKET_MAX + 64)

struct engine;

struct engine_socket {
	struct engine	*engine;
	struct event	*ev;
	int		 fd;		/* -1: this slot is free */
	uint32_t	 id;
	struct addr	 addr;
	bool		 v6;
	bool		 staged;	/* of a change not committed */
	bool		 keep;		/* named by the change under way */
};

/* The buffers of one recvmmsg, and what was learnt of each request. */
struct engine_batch {
	unsigned int		 used;	/* to be made ready again */
	struct mmsghdr		 msg[ENGINE_BATCH];
	struct iovec		 iov[ENGINE_BATCH];
	struct sockaddr_in6	 from[ENGINE_BATCH];
	struct ntp_request	 request[ENGINE_BATCH];
	struct client_key	 key[ENGINE_BATCH];
	uint8_t			 control[ENGINE_BATCH][OS_CONTROL_LEN]
				    __attribute__((__aligned__(16)));
	uint8_t			 packet[ENGINE_BATCH][ENGINE_STRIDE]
				    __attribute__((__aligned__(64)));
};

struct engine {
	struct child		 child;
	struct imsgev		 control;
	struct event		*tick;
	struct conf		 conf;
	struct conf		 staged;	/* the change under way */
	uint64_t		 generation;	/* of staged; 0: none */
	bool			 running;
	struct clock_state	 clock;
	struct state_page	*page;
	struct page_copy	 work;		/* becomes the page's */
	uint64_t		 random;	/* state of the generator */
	struct clients		 clients;
	size_t			 clients_len;	/* octets; 0: no table yet */
	struct limit		 limit;
	uint64_t		 leak;		/* a 32-bit draw below leaks */
	struct engine_socket	 sockets[ENGINE_SOCKETS];
	struct engine_batch	 batch;
};

/* engine.c */
struct engine_socket *engine_socket_find(struct engine *, uint32_t);

/* engine_limit.c */
void	engine_limit_config(struct engine *);
void	engine_limit_keys(struct engine *, bool, unsigned int);
bool	engine_limit_take(struct engine *, unsigned int, uint64_t);

/* engine_io.c */
uint64_t engine_random(struct engine *);
void	engine_io_init(struct engine *);
void	engine_clock_config(struct engine *);
void	engine_clock_now(struct engine *);
void	engine_publish(struct engine *);
void	engine_read(evutil_socket_t, short, void *);
void	engine_drain(struct engine *, struct engine_socket *);
void	engine_count_drops(struct engine *);

#endif /* ENGINE_H */
