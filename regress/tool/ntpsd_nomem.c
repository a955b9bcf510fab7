/* SPDX-License-Identifier: ISC */
/*
 * ntpsd to which the n-th allocation of memory is refused, once, for
 * regress/fault: also those of libraries, for theirs end up in here as well.
 *
 *	ntpsd_nomem -A who n	the n-th of parent, config, engine, control,
 *				query or web, from now on; 0: none
 *	ntpsd_nomem -A		how many were refused since, and where
 *
 * NOMEM_FILE names the file over which they talk.  Processes of one kind count
 * together.
 */

/* The program's own main file, with another name for its main. */
int	 ntpsd_main(int, char *[], char *[]);

#define main	ntpsd_main
#include "ntpsd/ntpsd.c"
#undef main

#include <sys/mman.h>

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdint.h>

#include "msg.h"

struct nomem {
	_Atomic uint32_t	 who;
	_Atomic int32_t		 left;		/* allocations until then */
	_Atomic uint32_t	 refused;
	uint32_t		 size;		/* of what was refused, */
	char			 module[32];	/* and the caller's place */
	uint64_t		 offset;
};

int	 main(int, char *[], char *[]);
void	*malloc(size_t);
void	*calloc(size_t, size_t);
void	*realloc(void *, size_t);
void	*aligned_alloc(size_t, size_t);
int	 posix_memalign(void **, size_t, size_t);

static struct nomem	*nomem;
static uint32_t		 self;
static bool		 names;		/* the C library looks one up */

static struct nomem *
nomem_map(int flags)
{
	const char	*file = getenv("NOMEM_FILE");
	void		*page;
	int		 fd;

	if (file == NULL || (fd = open(file, flags | O_RDWR, 0644)) == -1)
		return (NULL);
	if (ftruncate(fd, sizeof(struct nomem)) == -1)
		err(1, "%s", file);
	page = mmap(NULL, sizeof(struct nomem), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		err(1, "%s", file);
	close(fd);
	return (page);
}

static uint32_t
nomem_who(const char *name)
{
	uint32_t	 id;

	for (id = 0; id < PROC_COUNT; id++)
		if (strcmp(name, proc_name(id)) == 0)
			return (id);
	errx(2, "%s: no such process", name);
}

/* Before main: what runs before this is the system's, not ours. */
static void __attribute__((__constructor__))
nomem_init(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "-A") == 0)
		return;
	self = argc > 2 && strcmp(argv[1], "-x") == 0 ? nomem_who(argv[2]) :
	    PROC_PARENT;
	nomem = nomem_map(0);
}

static bool
nomem_refuses(size_t size, const void *caller)
{
	Dl_info	 info;
	char	*name;

	if (nomem == NULL || names || nomem->who != self ||
	    nomem->left <= 0 ||
	    atomic_fetch_sub(&nomem->left, 1) != 1)
		return (false);
	nomem->size = (uint32_t)size;
	if (dladdr(caller, &info) != 0) {
		name = strrchr(info.dli_fname, '/');
		strlcpy(nomem->module, name == NULL ? info.dli_fname :
		    name + 1, sizeof(nomem->module));
		nomem->offset = (uint64_t)((uintptr_t)caller -
		    (uintptr_t)info.dli_fbase);
	}
	nomem->refused++;
	errno = ENOMEM;
	return (true);
}

/* The function of that name behind ours: the system's, or a sanitizer's. */
static void
nomem_next(const char *name, void *function, size_t size)
{
	void	*next = dlsym(RTLD_NEXT, name);

	memcpy(function, &next, size);
}

#define NEXT(fn)	do {						\
	if (next == NULL)						\
		nomem_next((fn), &next, sizeof(next));			\
} while (0)

void *
malloc(size_t size)
{
	static void	*(*next)(size_t);

	NEXT("malloc");
	if (nomem_refuses(size, __builtin_return_address(0)))
		return (NULL);
	return (next(size));
}

void *
calloc(size_t n, size_t size)
{
	static void	*(*next)(size_t, size_t);

	NEXT("calloc");
	if (nomem_refuses(n * size, __builtin_return_address(0)))
		return (NULL);
	return (next(n, size));
}

void *
realloc(void *p, size_t size)
{
	static void	*(*next)(void *, size_t);

	NEXT("realloc");
	if (size > 0 && nomem_refuses(size, __builtin_return_address(0)))
		return (NULL);
	return (next(p, size));
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	static void	*(*next)(size_t, size_t);

	NEXT("aligned_alloc");
	if (nomem_refuses(size, __builtin_return_address(0)))
		return (NULL);
	return (next(alignment, size));
}

int
posix_memalign(void **p, size_t alignment, size_t size)
{
	static int	(*next)(void **, size_t, size_t);

	NEXT("posix_memalign");
	if (nomem_refuses(size, __builtin_return_address(0)))
		return (ENOMEM);
	return (next(p, alignment, size));
}

/*
 * glibc 2.36 itself aborts, or worse, when it has no memory for these; no
 * caller could do anything about it.
 */
#define LOOKUP(type, function, key)					\
struct type *								\
function(key k)								\
{									\
	static struct type	*(*next)(key);				\
	struct type		*found;					\
									\
	NEXT(#function);						\
	names = true;							\
	found = next(k);						\
	names = false;							\
	return (found);							\
}
LOOKUP(passwd, getpwnam, const char *)
LOOKUP(passwd, getpwuid, uid_t)
LOOKUP(group, getgrnam, const char *)

static int
nomem_control(int argc, char *argv[])
{
	struct nomem	*m = nomem_map(O_CREAT);

	if (m == NULL)
		err(1, "NOMEM_FILE");
	if (argc == 4) {
		m->left = 0;
		m->refused = 0;
		m->who = nomem_who(argv[2]);
		m->left = atoi(argv[3]);
	} else if (m->refused > 0)
		printf("%u: %u octets at %s+0x%llx\n", (unsigned)m->refused,
		    m->size, m->module, (unsigned long long)m->offset);
	else
		printf("0\n");
	return (0);
}

int
main(int argc, char *argv[], char *envp[])
{
	if (argc > 1 && strcmp(argv[1], "-A") == 0)
		return (nomem_control(argc, argv));
	return (ntpsd_main(argc, argv, envp));
}
