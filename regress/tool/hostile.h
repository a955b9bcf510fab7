/* SPDX-License-Identifier: ISC */
/*
 * For the files of ntpsd_hostile: what a hostile child is, how it talks, and
 * which crimes there are.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../ntpsd/child.h"
#include "imsg.h"
#include "msg.h"

#define FD_MARK		0x80000000U
#define FDS_MANY	250		/* the kernel takes 253 in a message */

enum moment { AT_BIRTH, AT_HELLO, AT_WORK, AT_PEER };

struct crime {
	const char	*name;		/* NULL ends a table */
	enum moment	 when;
	void		(*commit)(void);
};

extern const struct crime	 config_crimes[], history_crimes[],
				 mutant_crimes[], parent_crimes[],
				 peer_crimes[], web_crimes[];

struct hostile {
	enum proc_id	 id;
	const struct crime *crime;
	enum moment	 when;
	struct imsgbuf	 ibuf;
	bool		 deaf;		/* does not read */
	bool		 mute;		/* says nothing more */
	bool		 stubborn;	/* does not leave */
	bool		 guilty;
	int		 peer;		/* a channel to another, or -1 */
	enum proc_id	 peer_id;	/* who that is */
};

extern struct hostile		 me;

/*
 * idle: waits for the end that the parent has in store.
 * put_octets: to the parent, with so many descriptors.
 * put: a message whose header says what it is told to say.
 * put_good: one as it ought to be; put_asking: one that wants an answer.
 * tell: to the other child, so often; one that hangs up has understood.
 * hostile_read: what the parent has sent, with good manners, as far as they go.
 * mutants: see hostile_mutant.c; mutants_prepare: before privileges fall.
 * forge: a change over HTTP, of a kind, with that nonce or none.
 */
void	 idle(void) __attribute__((__noreturn__));
void	 put_octets(const void *, size_t, const int *, unsigned int);
void	 put(uint32_t, uint32_t, const void *, size_t, const int *,
	    unsigned int);
void	 put_good(enum msg_type, const void *);
void	 put_asking(enum msg_type, const void *);
void	 put_hello(uint64_t);
void	 tell(enum msg_type, const void *, unsigned int);
void	 hostile_read(void);
void	 mutants(void);
void	 mutants_prepare(void);
void	 forge(unsigned int, const uint8_t *);

#endif /* HOSTILE_H */
