/* SPDX-License-Identifier: ISC */
/* os.h on Linux: memory that processes share, and memory for keys. */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os.h"

int
os_memory(const char *name, size_t size)
{
	int	 fd, saved;

	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return (-1);
	if (ftruncate(fd, (off_t)size) == -1 || fcntl(fd, F_ADD_SEALS,
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

#define BLOB_SEALS	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE |	\
	F_SEAL_SEAL)

static int
blob_write(int fd, const void *data, size_t len)
{
	const char	*p = data;
	ssize_t		 n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

int
os_blob_make(const char *name, const void *data, size_t len)
{
	int	 fd, saved;

	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return (-1);
	if (blob_write(fd, data, len) == -1 ||
	    fcntl(fd, F_ADD_SEALS, BLOB_SEALS) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

ssize_t
os_blob_size(int fd, size_t max)
{
	struct stat	 st;
	int		 seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (seals == -1 || (seals & BLOB_SEALS) != BLOB_SEALS ||
	    fstat(fd, &st) == -1 || st.st_size <= 0 ||
	    (uintmax_t)st.st_size > max) {
		errno = EINVAL;
		return (-1);
	}
	return ((ssize_t)st.st_size);
}

const void *
os_blob_map(int fd, size_t len)
{
	void	*mem;

	mem = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (mem == MAP_FAILED)
		return (NULL);
	(void)madvise(mem, len, MADV_DONTDUMP);
	return (mem);
}

void
os_blob_unmap(const void *mem, size_t len)
{
	(void)munmap((void *)(uintptr_t)mem, len);
}

void *
os_secret_alloc(size_t len)
{
	void	*mem;

	mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return (NULL);
	(void)madvise(mem, len, MADV_DONTDUMP);
	(void)mlock(mem, len);
	return (mem);
}

void
os_secret_free(void *mem, size_t len)
{
	explicit_bzero(mem, len);
	(void)munmap(mem, len);
}

#ifndef MADV_COLLAPSE		/* Linux 6.1; glibc knows it later */
#define MADV_COLLAPSE	25
#endif
#define HUGE_PAGE	((size_t)2 * 1024 * 1024)
#define CLEAR_MAX	((size_t)32 * 1024 * 1024)

/* Large pages need an address that is a multiple of their size. */
static void *
memory_map_aligned(int fd, size_t len)
{
	size_t	 room = len + HUGE_PAGE, front;
	char	*mem;
	void	*at;

	mem = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		return (MAP_FAILED);
	front = (size_t)(-(uintptr_t)mem & (HUGE_PAGE - 1));
	at = mmap(mem + front, len, PROT_READ | PROT_WRITE, MAP_SHARED |
	    MAP_FIXED, fd, 0);
	if (at == MAP_FAILED)
		(void)munmap(mem, room);
	return (at);
}

void *
os_memory_map(int fd, size_t len)
{
	struct stat	 st;
	void		*mem = MAP_FAILED;

	if (fstat(fd, &st) == 0 && st.st_size == (off_t)len)
		mem = memory_map_aligned(fd, len);
	close(fd);
	if (mem == MAP_FAILED)
		return (NULL);
	(void)madvise(mem, len, MADV_HUGEPAGE);
	return (mem);
}

int
os_memory_fill(void *mem, size_t len)
{
	return (madvise(mem, len, MADV_POPULATE_WRITE));
}

void
os_memory_large(void *mem, size_t len)
{
	if (len >= HUGE_PAGE)
		(void)madvise(mem, len, MADV_COLLAPSE);
}

void
os_memory_zero(void *mem, size_t len)
{
	if (madvise(mem, len, MADV_REMOVE) == -1)
		memset(mem, 0, len);
}

/*
 * To have pages again that were given back takes ten times as long as to write
 * zeroes over them, and an engine is waited for meanwhile; but of very many,
 * even that does.
 */
int
os_memory_clear(int fd, size_t len)
{
	static const char	 zero[65536];
	size_t			 at, n;

	for (at = 0; len <= CLEAR_MAX && at < len; at += n) {
		n = len - at < sizeof(zero) ? len - at : sizeof(zero);
		if (pwrite(fd, zero, n, (off_t)at) != (ssize_t)n)
			break;
	}
	if (len <= CLEAR_MAX && at == len)
		return (0);
	return (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
	    (off_t)len));
}
