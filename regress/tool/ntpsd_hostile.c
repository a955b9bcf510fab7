/* SPDX-License-Identifier: ISC */
/*
 * ntpsd with a child that breaks the rules, for regress/fault: the parent in
 * here is the real one (but see hostile_judge.h for mutated messages).
 *
 *	HOSTILE_CHILD	engine, control, query, web or config
 *	HOSTILE_CRIME	one of the names in the tables of hostile_*.c
 *	HOSTILE_WAR	a file: a child that is born while it is there is
 *			hostile, any other is the real one
 *
 * A hostile child gives up its privileges like the real one and, unless its
 * crime is an earlier one, comes up like it, too: the crime is committed at
 * work.  After it the child goes on and answers pings, so that what ends it
 * is the parent's judgement.
 */

/* The program's own main file, with the children's names taken over. */
#define engine_main	hostile_engine
#define control_main	hostile_control
#define query_main	hostile_query
#define web_main	hostile_web
#define config_main	hostile_config
#define parent_main	hostile_parent
#include "ntpsd/ntpsd.c"
#undef engine_main
#undef control_main
#undef query_main
#undef web_main
#undef config_main
#undef parent_main

#include <poll.h>
#include <signal.h>

#include "hostile.h"
#include "hostile_judge.h"

void	engine_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	control_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	query_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	web_main(const struct child_args *)
	    __attribute__((__noreturn__));
void	config_main(const struct child_args *)
	    __attribute__((__noreturn__));
int	parent_main(struct options *);

struct hostile	 me = { .peer = -1 };

static const struct crime *const	 tables[] = {
	config_crimes, history_crimes, mutant_crimes, parent_crimes,
	peer_crimes, web_crimes
};

static const struct crime *
crime_of(enum proc_id id)
{
	const char	*child = getenv("HOSTILE_CHILD");
	const char	*name = getenv("HOSTILE_CRIME");
	const char	*war = getenv("HOSTILE_WAR");
	const struct crime *c;
	size_t		 i;

	if (child == NULL || name == NULL || war == NULL ||
	    strcmp(child, proc_name(id)) != 0 || access(war, F_OK) == -1)
		return (NULL);
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (c = tables[i]; c->name != NULL; c++)
			if (strcmp(name, c->name) == 0)
				return (c);
	errx(2, "%s: no such crime", name);
}

/* Good manners, as far as they go. */
static void
hostile_message(struct imsg *imsg)
{
	struct msg_ping		 ping;
	struct msg_generation	 g;
	struct msg_nonce	 nonce;
	struct msg_peer		 peer;
	uint32_t		 type = imsg_get_type(imsg);
	bool			 now = false;

	if (type == MSG_PING && imsg_get_data(imsg, &ping, sizeof(ping)) == 0)
		put_good(MSG_PONG, &ping);
	else if (type == MSG_CONFIG_END &&
	    imsg_get_data(imsg, &g, sizeof(g)) == 0)
		put_good(MSG_CONFIG_ACK, &g);
	else if (type == MSG_SHUTDOWN && !me.stubborn)
		_exit(0);
	else if (type == MSG_PEER &&
	    imsg_get_data(imsg, &peer, sizeof(peer)) == 0) {
		me.peer = imsg_get_fd(imsg);
		me.peer_id = peer.proc;
	} else if (type == MSG_NONCE &&
	    imsg_get_data(imsg, &nonce, sizeof(nonce)) == 0)
		forge(nonce.nonce[0], nonce.nonce);
	if (me.when == AT_PEER)
		now = type == MSG_PEER;
	else if (me.id == PROC_CONFIG)
		now = type == MSG_CONFIG_PARSE;
	else if (me.id == PROC_ENGINE)
		now = type == MSG_RUN || type == MSG_PEER;
	else
		now = type == MSG_CONFIG_COMMIT;
	if (now && !me.guilty && me.when >= AT_WORK) {
		me.guilty = true;
		me.crime->commit();
	}
}

void
hostile_read(void)
{
	struct imsg	 imsg;

	if (imsgbuf_read(&me.ibuf) != 1)
		_exit(0);
	while (!me.mute && imsgbuf_get(&me.ibuf, &imsg) > 0) {
		hostile_message(&imsg);
		imsg_free(&imsg);
	}
}

static void __attribute__((__noreturn__))
hostile_main(const struct child_args *args, const struct crime *c)
{
	struct pollfd	 pfd = { PARENT_FILENO, POLLIN, 0 };

	me.id = args->id;
	me.crime = c;
	me.when = c->when;
	if (c->commit == mutants)
		mutants_prepare();
	setproctitle("hostile %s", proc_name(args->id));
	priv_drop(&args->priv);
	if (imsgbuf_init(&me.ibuf, PARENT_FILENO) == -1 ||
	    fcntl(PARENT_FILENO, F_SETFL, 0) == -1)
		_exit(1);
	imsgbuf_allow_fdpass(&me.ibuf);
	if (me.when == AT_BIRTH)
		c->commit();
	if (me.when == AT_HELLO)
		c->commit();
	else
		put_hello(msg_catalogue());
	for (;;) {
		if (me.mute)
			idle();
		if (!me.deaf && poll(&pfd, 1, -1) == 1)
			hostile_read();
		else if (me.deaf) {
			poll(NULL, 0, 100);
			put_good(MSG_PONG, NULL);
		}
	}
}

void
hostile_engine(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_ENGINE);

	if (c != NULL)
		hostile_main(args, c);
	engine_main(args);
}

void
hostile_control(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_CONTROL);

	if (c != NULL)
		hostile_main(args, c);
	control_main(args);
}

void
hostile_query(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_QUERY);

	if (c != NULL)
		hostile_main(args, c);
	query_main(args);
}

void
hostile_web(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_WEB);

	if (c != NULL)
		hostile_main(args, c);
	web_main(args);
}

void
hostile_config(const struct child_args *args)
{
	const struct crime	*c = crime_of(PROC_CONFIG);

	if (c != NULL)
		hostile_main(args, c);
	config_main(args);
}

int
hostile_parent(struct options *opt)
{
	judge_init();
	return (parent_main(opt));
}
