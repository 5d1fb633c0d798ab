/*
 * connector/notice.c - report_write() into mime/detach into a container.
 */
#include "connector/notice.h"

#include "mime/detach.h"

#include <stdlib.h>

#define NOTICE_ARENA 4096u

static enum err
push(void *ctx, struct span in)
{
	return mime_detach_push(ctx, in);
}

static enum err
write_container(const struct report *r, struct store_container *c)
{
	struct mime_detach *d = NULL;
	const struct mime_facts *facts;
	enum err err = mime_detach_new(NULL, NULL, store_container_sink(c), &d);

	if (err == ERR_OK)
		err = report_write(r, (struct sink){ push, d });
	if (err == ERR_OK)
		err = mime_detach_finish(d, &facts);
	mime_detach_free(&d);
	return err == ERR_OK ? store_container_finish(c) : err;
}

static bool
has_utf8(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] >= 0x80)
			return true;
	return false;
}

static enum err
fill(struct notice *n, int64_t tenant_id, const struct report *r)
{
	char id[320];
	struct span message_id;

	TRY(arena_dup(&n->arena, r->to, &n->rcpt.address));
	n->rcpt.notify = STORE_NOTIFY_NEVER;
	TRY(arena_printf(&n->arena, &message_id, "<%s>", report_message_id(r, id, sizeof(id))));
	n->mail.tenant_id = tenant_id;
	n->mail.verdict = STORE_PASS;
	n->mail.reason = "report";
	n->mail.origin = STORE_FROM_NOTICE;
	n->mail.smtputf8 = has_utf8(r->to) || has_utf8(span_str(r->from));
	n->mail.automatic = true;
	n->mail.facts.message_id = message_id;
	n->mail.rcpts = &n->rcpt;
	n->mail.rcpt_count = 1;
	n->mail.received_ms = r->now_ms;
	n->mail.message_key = message_id;
	n->mail.content_digest = SPAN("report"); /* the key alone says which report this is */
	return ERR_OK;
}

enum err
notice_new(struct store *st, int64_t tenant_id, const struct report *r, struct notice **ret)
{
	struct notice *n = calloc(1, sizeof(*n));
	enum err err;

	if (n == NULL)
		return err_set(ERR_TEMP, "no memory for a report");
	arena_init(&n->arena, NOTICE_ARENA);
	err = fill(n, tenant_id, r);
	if (err == ERR_OK)
		err = store_container_new(st, tenant_id, &n->mail.container);
	if (err == ERR_OK)
		err = write_container(r, n->mail.container);
	if (err != ERR_OK) {
		notice_free(&n);
		return err;
	}
	*ret = n;
	return ERR_OK;
}

struct store_mail_new
notice_taken(struct notice *n)
{
	struct store_mail_new mail = n->mail;

	n->mail.container = NULL;
	return mail;
}

void
notice_free(struct notice **n)
{
	if (*n == NULL)
		return;
	store_container_free(&(*n)->mail.container);
	arena_done(&(*n)->arena);
	free(*n);
	*n = NULL;
}
