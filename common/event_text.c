/* SPDX-License-Identifier: ISC */
/* Events in words: see event.h. */

#include <sys/socket.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "event.h"

static const char *const	verdicts[EVENT_VERDICTS] = {
	[EVENT_ANSWERED] = "answered",
	[EVENT_MALFORMED] = "malformed",
	[EVENT_VERSION] = "version",
	[EVENT_MODE] = "mode",
	[EVENT_SOURCE] = "source",
	[EVENT_DESTINATION] = "destination",
	[EVENT_AUTH] = "auth",
	[EVENT_RATELIMIT] = "ratelimit",
	[EVENT_POLICY] = "policy",
	[EVENT_DENIED] = "denied",
	[EVENT_RELAYED] = "relayed",
	[EVENT_SEND_ERROR] = "send_error",
	[EVENT_SKIPPED] = "skipped"
};

static const char *const	kisses[EVENT_KISSES] = {
	[EVENT_RATE] = "RATE",
	[EVENT_DENY] = "DENY",
	[EVENT_RSTR] = "RSTR"
};

static const char *const	kinds[EVENT_KINDS] = {
	[EVENT_NONE] = "none",
	[EVENT_STARTED] = "started",
	[EVENT_SERVICE_STARTED] = "service_started",
	[EVENT_SERVICE_STOPPED] = "service_stopped",
	[EVENT_RELOADED] = "reloaded",
	[EVENT_RELOAD_FAILED] = "reload_failed",
	[EVENT_DIED] = "died",
	[EVENT_RESTARTED] = "restarted",
	[EVENT_UNSYNCHRONISED] = "unsynchronised",
	[EVENT_SYNCHRONISED] = "synchronised",
	[EVENT_RULE_HIT] = "rule_hit",
	[EVENT_LIMITED] = "limited",
	[EVENT_LEAP] = "leap",
	[EVENT_MONITORING] = "monitoring"
};

/* Drops, as the counters have them. */
#define DROPPED	((1U << (EVENT_DENIED + 1)) - 1 - (1U << EVENT_ANSWERED))

const char *
event_verdict_name(unsigned int verdict)
{
	return (verdict < EVENT_VERDICTS ? verdicts[verdict] : "unknown");
}

uint32_t
event_verdict_find(const char *word)
{
	unsigned int	 i;

	if (strcmp(word, "dropped") == 0)
		return (DROPPED);
	for (i = 0; i < EVENT_VERDICTS; i++)
		if (strcmp(word, verdicts[i]) == 0)
			return (1U << i);
	return (0);
}

const char *
event_kiss_name(unsigned int kiss)
{
	return (kiss < EVENT_KISSES ? kisses[kiss] : NULL);
}

const char *
event_kind_name(unsigned int kind)
{
	return (kind < EVENT_KINDS ? kinds[kind] : "unknown");
}

/* The rule's word, as an operator wrote it; NULL if there is none. */
const char *
event_reason(const struct event_request *e, char *buf, size_t size)
{
	size_t	 i;

	for (i = 0; i < sizeof(e->reason) && i + 1 < size &&
	    e->reason[i] != '\0'; i++)
		buf[i] = e->reason[i] > ' ' && e->reason[i] < 0x7f ?
		    e->reason[i] : '?';
	buf[i] = '\0';
	return (i == 0 ? NULL : buf);
}

/* The address alone: of a log's lines, many are of one source. */
static const char *
source_of(const struct event_request *e, bool port, char *buf, size_t size)
{
	struct prefix	 p;

	if (port || (e->source.family != AF_INET &&
	    e->source.family != AF_INET6))
		return (addr_format(&e->source, buf, size));
	memset(&p, 0, sizeof(p));
	p.family = e->source.family == AF_INET6 ? 6 : 4;
	p.bits = (uint8_t)prefix_bits(p.family);
	memcpy(p.ip, e->source.ip, p.bits / 8);
	return (prefix_format(&p, buf, size));
}

const char *
event_format(const struct event_request *e, bool all, char *buf, size_t size)
{
	char		 source[ADDR_STRLEN], reason[POLICY_REASON_MAX + 1];
	char		 took[24] = "", rule[16] = "";
	const char	*word, *kiss = event_kiss_name(e->kiss);

	source_of(e, all, source, sizeof(source));
	if (!all) {
		snprintf(buf, size, "request from %s version=%u", source,
		    e->version);
		return (buf);
	}
	word = event_reason(e, reason, sizeof(reason));
	if (e->rule != 0)
		snprintf(rule, sizeof(rule), " rule=%u", e->rule);
	if (e->took != EVENT_UNKNOWN)
		snprintf(took, sizeof(took), " took=%" PRIu32 "ns", e->took);
	snprintf(buf, size, "request from %s version=%u mode=%u verdict=%s"
	    "%s%s%s%s%s%s", source, e->version, e->mode,
	    event_verdict_name(e->verdict), kiss != NULL ? " kiss=" : "",
	    kiss != NULL ? kiss : "", rule, word != NULL ? " reason=" : "",
	    word != NULL ? word : "", took);
	return (buf);
}
