/* SPDX-License-Identifier: ISC */
/*
 * imsg: messages with an optional descriptor over a UNIX stream socket, with
 * the interface that OpenBSD's libutil has today.  Debian has no package of
 * it.  The wire format is OpenBSD's: a header in host order, the length's top
 * bit telling that a descriptor belongs to the message.
 */
#ifndef IMSG_H
#define IMSG_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384

struct imsg_hdr {
	uint32_t	 type;
	uint32_t	 len;		/* header included; top bit: fd mark */
	uint32_t	 peerid;
	uint32_t	 pid;
};

struct imsg_out;			/* a message waiting to be written */
struct imsg_fd;				/* a descriptor before its message */

struct imsgbuf {
	int		 fd;		/* not owned */
	pid_t		 pid;
	uint32_t	 maxsize;	/* of a message, header included */
	int		 allow_fd;
	struct imsg_out	*w_head, **w_tail;
	uint32_t	 w_queued;	/* messages */
	struct imsg_fd	*r_fds, **r_fds_tail;
	unsigned int	 r_nfds;
	uint8_t		*r_buf;
	size_t		 r_pos, r_len;
};

struct imsg {
	struct imsg_hdr	 hdr;
	int		 fd;		/* -1, or owned by the imsg */
	void		*data;		/* hdr.len - IMSG_HEADER_SIZE octets */
};

int	 imsgbuf_init(struct imsgbuf *, int);
void	 imsgbuf_allow_fdpass(struct imsgbuf *);
int	 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t);
int	 imsgbuf_read(struct imsgbuf *);
int	 imsgbuf_write(struct imsgbuf *);
int	 imsgbuf_flush(struct imsgbuf *);
void	 imsgbuf_clear(struct imsgbuf *);
uint32_t imsgbuf_queuelen(struct imsgbuf *);
int	 imsgbuf_get(struct imsgbuf *, struct imsg *);
int	 imsg_compose(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
	    const void *, size_t);
int	 imsg_composev(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
	    const struct iovec *, int);
uint32_t imsg_get_type(struct imsg *);
uint32_t imsg_get_id(struct imsg *);
size_t	 imsg_get_len(struct imsg *);
pid_t	 imsg_get_pid(struct imsg *);
int	 imsg_get_data(struct imsg *, void *, size_t);
int	 imsg_get_fd(struct imsg *);
void	 imsg_free(struct imsg *);

#endif /* IMSG_H */
