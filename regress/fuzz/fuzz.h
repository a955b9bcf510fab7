/* SPDX-License-Identifier: ISC */
/* What every fuzz target needs: its entry, and a check that NDEBUG keeps. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
			    __LINE__, #cond);				\
			abort();					\
		}							\
	} while (0)

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#endif /* FUZZ_H */
