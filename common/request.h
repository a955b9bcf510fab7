/* SPDX-License-Identifier: ISC */
/*
 * Requests that have arguments: from words, as of a command line, to the
 * message's payload, which is zero before.  false: a word is not understood,
 * and the text (at least REQUEST_WHY octets) says what is allowed.  What the
 * daemon knows better, it judges.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "msg.h"

#define REQUEST_WHY	512

#define CLIENTS_DEFAULT	20	/* rows of `show clients' */

bool	request_stats(int, char **, union msg_payload *, char *, size_t);
bool	request_metrics(int, char **, union msg_payload *, char *, size_t);
bool	request_set(int, char **, union msg_payload *, char *, size_t);
bool	request_unset(int, char **, union msg_payload *, char *, size_t);
bool	request_clients(int, char **, union msg_payload *, char *, size_t);
bool	request_history(int, char **, union msg_payload *, char *, size_t);
bool	request_deny(int, char **, union msg_payload *, char *, size_t);
bool	request_allow(int, char **, union msg_payload *, char *, size_t);
bool	request_forget(int, char **, union msg_payload *, char *, size_t);
bool	request_events(int, char **, union msg_payload *, char *, size_t);
bool	request_monitor(int, char **, union msg_payload *, char *, size_t);

#endif /* REQUEST_H */
