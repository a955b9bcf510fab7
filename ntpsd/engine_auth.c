/* SPDX-License-Identifier: ISC */
/*
 * Symmetric authentication (RFC 5905 7.3): the keys, whether a request's MAC
 * is right, and the reply's own.
 */

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "log.h"
#include "os.h"

/* A key that stays keeps its counts. */
static void
auth_uses(struct engine *e)
{
	struct page_key	*old, *now = e->page->key;
	uint32_t	 i, j = 0, n = e->keys == NULL ? 0 : e->keys->n;

	if ((old = calloc(MAC_KEYS_MAX, sizeof(*old))) == NULL)
		fatal("keys");
	memcpy(old, now, MAC_KEYS_MAX * sizeof(*old));
	memset(now, 0, MAC_KEYS_MAX * sizeof(*now));
	for (i = 0; i < n; i++) {
		/* Both are sorted by id; what is not is a broken page. */
		while (j < MAC_KEYS_MAX && old[j].id != 0 &&
		    old[j].id < e->keys->key[i].id)
			j++;
		if (j < MAC_KEYS_MAX && old[j].id == e->keys->key[i].id)
			now[i] = old[j];
		now[i].id = e->keys->key[i].id;
		now[i].type = e->keys->key[i].type;
	}
	free(old);
}

/*
 * After each commit: a copy of the keys that no core file has, and that can be
 * wiped when they are changed.
 */
void
engine_auth_config(struct engine *e)
{
	struct engine_blob	*b = &e->blob[BLOB_KEYS];

	if (e->keys != NULL)
		os_secret_free(e->keys, mac_keys_size(e->keys->n));
	e->keys = NULL;
	if (b->mem != NULL) {
		if ((e->keys = os_secret_alloc(b->len)) == NULL)
			fatal("keys");
		memcpy(e->keys, b->mem, b->len);
		os_blob_unmap(b->mem, b->len);
		memset(b, 0, sizeof(*b));
	}
	if (e->running)
		auth_uses(e);
}

void
engine_auth_run(struct engine *e)
{
	auth_uses(e);
}

/* A2: whether message i, which has a MAC, is from somebody with the key. */
bool
engine_auth_verify(struct engine *e, unsigned int i)
{
	struct ntp_request	*req = &e->batch.request[i];
	const uint8_t		*packet = e->batch.packet[i];
	const struct mac_key	*key;
	struct page_key		*use;

	if (e->keys == NULL || (key = mac_keys_find(e->keys,
	    ntp_get32(packet + req->mac_off))) == NULL)
		return (false);
	use = &e->page->key[mac_keys_index(e->keys, key)];
	if (!mac_len_ok(key->type, req->mac_len, req->version) ||
	    !mac_verify(key, packet, req->mac_off, packet + req->mac_off,
	    req->mac_len)) {
		use->bad++;
		return (false);
	}
	use->good++;
	use->last = engine_batch_ns(&e->batch);
	e->batch.key_of[i] = key;
	e->work.counters.authenticated++;
	return (true);
}

/* A1: the reply in message i gets a MAC of the same key and length. */
void
engine_auth_sign(struct engine *e, unsigned int i)
{
	uint8_t	*packet = e->batch.answer[i];

	mac_sign(e->batch.key_of[i], packet, NTP_HEADER_LEN,
	    packet + NTP_HEADER_LEN, e->batch.request[i].mac_len);
}

void
engine_auth_tell(struct engine *e, uint32_t id)
{
	struct msg_key_uses	 m;
	uint32_t		 i = 0;

	while (i < MAC_KEYS_MAX && e->page->key[i].id != 0) {
		memset(&m, 0, sizeof(m));
		for (; m.n < MSG_KEYS_MAX && i < MAC_KEYS_MAX &&
		    e->page->key[i].id != 0; i++, m.n++) {
			m.key[m.n].id = e->page->key[i].id;
			m.key[m.n].type = e->page->key[i].type;
			m.key[m.n].good = e->page->key[i].good;
			m.key[m.n].bad = e->page->key[i].bad;
			m.key[m.n].last = e->page->key[i].last;
		}
		imsgev_send(&e->control, MSG_KEY_USES, id, -1, &m);
	}
}
