/* SPDX-License-Identifier: ISC */
/*
 * os.h on Linux: programs that the kernel runs for each packet, in the classic
 * form, which needs no privilege.  Whatever a program sees of a packet begins
 * behind the IP header or later, so addresses are found from the network
 * header on.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "os.h"
#include "steer.h"

#define SOURCE_V4	(SKF_NET_OFF + 12)
#define SOURCE_V6	(SKF_NET_OFF + 8)
#define WHOLE		UINT32_MAX	/* octets of a packet to accept */
#define PREFIX_OPS	12		/* at most, for one prefix */
#define PROGRAM_MAX	(OS_FILTER_MAX * PREFIX_OPS + 16)

struct program {
	struct sock_filter	 op[PROGRAM_MAX];
	unsigned short		 n;
};

static void
put(struct program *p, unsigned int code, uint32_t k)
{
	struct sock_filter	*op = &p->op[p->n++];

	op->code = (uint16_t)code;
	op->jt = op->jf = 0;
	op->k = k;
}

/* Goes on if the accumulator is k, or else at `to'. */
static void
put_equal(struct program *p, uint32_t k, unsigned int to)
{
	unsigned int	 at = p->n;

	put(p, BPF_JMP | BPF_JEQ | BPF_K, k);
	p->op[at].jf = (uint8_t)(to - at - 1);
}

/* Word i of the source address, cut by mask, into the accumulator. */
static void
put_source(struct program *p, bool v6, unsigned int i, uint32_t mask)
{
	put(p, BPF_LD | BPF_W | BPF_ABS,
	    (uint32_t)(v6 ? SOURCE_V6 : SOURCE_V4) + 4 * i);
	if (mask != UINT32_MAX)
		put(p, BPF_ALU | BPF_AND | BPF_K, mask);
}

static int
attach(int fd, int option, struct program *p)
{
	struct sock_fprog	 prog;

	memset(&prog, 0, sizeof(prog));
	prog.len = p->n;
	prog.filter = p->op;
	return (setsockopt(fd, SOL_SOCKET, option, &prog, sizeof(prog)));
}

static void
put_mix(struct program *p, uint32_t by)
{
	put(p, BPF_ALU | BPF_MUL | BPF_K, by);
	put(p, BPF_MISC | BPF_TAX, 0);
	put(p, BPF_ALU | BPF_RSH | BPF_K, 16);
	put(p, BPF_ALU | BPF_XOR | BPF_X, 0);
}

/* steer_index, step by step; the hash is in X while a word is fetched. */
int
os_udp_steer(int fd, int family, unsigned int workers,
    unsigned int prefix_bits, uint32_t multiplier)
{
	struct program	 p;
	uint32_t	 mask;
	bool		 v6 = family == AF_INET6;
	unsigned int	 i;

	if (workers == 0 || workers > STEER_WORKERS_MAX || prefix_bits == 0 ||
	    prefix_bits > (v6 ? 128 : 32)) {
		errno = EINVAL;
		return (-1);
	}
	p.n = 0;
	put(&p, BPF_LDX | BPF_W | BPF_IMM, 0);
	for (i = 0; i < 4 && (mask = steer_mask(i, prefix_bits)) != 0; i++) {
		put_source(&p, v6, i, mask);
		put(&p, BPF_ALU | BPF_XOR | BPF_X, 0);
		put_mix(&p, multiplier | 1);
		put(&p, BPF_MISC | BPF_TAX, 0);
	}
	put_mix(&p, STEER_MIX);
	put_mix(&p, multiplier | 1);
	put(&p, BPF_ALU | BPF_MUL | BPF_K, STEER_MIX);
	put(&p, BPF_ALU | BPF_RSH | BPF_K, 16);
	put(&p, BPF_ALU | BPF_MUL | BPF_K, workers);
	put(&p, BPF_ALU | BPF_RSH | BPF_K, 16);
	put(&p, BPF_RET | BPF_A, 0);
	return (attach(fd, SO_ATTACH_REUSEPORT_CBPF, &p));
}

/* A source in the prefix gets to the jump at the end, any other behind it. */
static void
put_prefix(struct program *p, bool v6, const struct prefix *prefix)
{
	uint32_t	 mask, word;
	unsigned int	 i, end = p->n + 1, words = v6 ? 4 : 1;

	for (i = 0; i < words && (mask = steer_mask(i, prefix->bits)) != 0; i++)
		end += mask == UINT32_MAX ? 2 : 3;
	for (i = 0; i < words && (mask = steer_mask(i, prefix->bits)) != 0;
	    i++) {
		memcpy(&word, prefix->ip + 4 * i, sizeof(word));
		put(p, BPF_LD | BPF_MEM, i);
		if (mask != UINT32_MAX)
			put(p, BPF_ALU | BPF_AND | BPF_K, mask);
		put_equal(p, ntohl(word) & mask, end);
	}
	put(p, BPF_JMP | BPF_JA, 0);
}

/*
 * Words of the source address are fetched once, which is what costs.  All
 * jumps that put_prefix has left lead to the draw at the end.
 */
int
os_udp_filter(int fd, const struct prefix *prefix, unsigned int n,
    uint32_t leak)
{
	struct program	 p;
	bool		 v6 = n > 0 && prefix[0].family == 6;
	unsigned int	 i;

	if (n == 0 || n > OS_FILTER_MAX) {
		errno = EINVAL;
		return (-1);
	}
	p.n = 0;
	for (i = 0; i < (v6 ? 4 : 1); i++) {
		put_source(&p, v6, i, UINT32_MAX);
		put(&p, BPF_ST, i);
	}
	for (i = 0; i < n; i++)
		put_prefix(&p, v6, &prefix[i]);
	put(&p, BPF_RET | BPF_K, WHOLE);
	for (i = 0; i < p.n; i++)
		if (p.op[i].code == (BPF_JMP | BPF_JA))
			p.op[i].k = p.n - i - 1;
	put(&p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF +
	    SKF_AD_RANDOM));
	put(&p, BPF_JMP | BPF_JGE | BPF_K, leak);
	p.op[p.n - 1].jt = 1;
	put(&p, BPF_RET | BPF_K, WHOLE);
	put(&p, BPF_RET | BPF_K, 0);
	return (attach(fd, SO_ATTACH_FILTER, &p));
}

int
os_udp_shut(int fd)
{
	struct program	 p;

	p.n = 0;
	put(&p, BPF_RET | BPF_K, 0);
	return (attach(fd, SO_ATTACH_FILTER, &p));
}

int
os_udp_unfilter(int fd)
{
	int	 none = 0;

	return (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none,
	    sizeof(none)));
}
