/*
 * connector/deliver_mail.c - from a claim to envelope, header changes, banner and bytes.
 */
#include "connector/deliver_mail.h"

#include "connector/marks.h"
#include "core/crypto.h"
#include "store/keys.h"

#include <stdlib.h>

#define HEAD_MAX  (16u << 10)
#define ARENA_MAX (MIME_INDEX_MEMORY_MAX + (256u << 10))

_Static_assert(
    (int)STORE_RET_FULL == (int)SMTP_RET_FULL && (int)STORE_RET_HDRS == (int)SMTP_RET_HDRS,
    "the store keeps RET as SMTP has it");
_Static_assert((int)STORE_NOTIFY_NEVER == (int)SMTP_NOTIFY_NEVER &&
	(int)STORE_NOTIFY_SUCCESS == (int)SMTP_NOTIFY_SUCCESS &&
	(int)STORE_NOTIFY_FAILURE == (int)SMTP_NOTIFY_FAILURE &&
	(int)STORE_NOTIFY_DELAY == (int)SMTP_NOTIFY_DELAY,
    "the store keeps NOTIFY as SMTP has it");

bool
deliver_field_dropped(const char *secret_header, bool edited, struct span name)
{
	if (span_istarts(name, SPAN("X-SecuDoc")))
		return true;
	if (secret_header != NULL && secret_header[0] != '\0' &&
	    span_ieq(name, span_str(secret_header)))
		return true;
	return edited &&
	    (span_ieq(name, SPAN("DKIM-Signature")) || span_istarts(name, SPAN("ARC-")));
}

static bool
drop_field(void *ctx, struct span name)
{
	const struct deliver_mail *m = ctx;

	return deliver_field_dropped(m->tenant->secret_header, m->plan.edit, name);
}

static enum err
put_mark(struct deliver_mail *m, struct store *st, const struct store_claim *claim)
{
	/* the time is that of the receipt, not of this try: a retry sends the same bytes */
	const struct mark mark = { .copy_id = claim->copy_id, .made_ms = claim->received_ms };
	uint8_t key[STORE_KEY_SIZE];
	enum err err;

	store_key_derive(st, "mark", claim->tenant_id, key);
	err = buf_put_str(&m->head, MARK_FIELD ": ");
	if (err == ERR_OK)
		err = mark_put(key, m->tenant->entra_id, &mark, claim->facts.message_id, &m->head);
	crypto_wipe(key, sizeof(key));
	return err == ERR_OK ? buf_put_str(&m->head, "\r\n") : err;
}

static enum err
build_head(struct deliver_mail *m, struct store *st, const struct store_claim *claim)
{
	TRY(buf_put(&m->head, claim->facts.received_field));
	if (m->tenant->mark_tokens.count > 0)
		TRY(buf_printf(&m->head, "X-SecuDoc: 1.0 %s\r\n", m->tenant->mark_tokens.items[0]));
	TRY(put_mark(m, st, claim));
	m->plan.head_add = buf_span(&m->head);
	return ERR_OK;
}

static enum err
build_banner(struct deliver_mail *m, const struct store_claim *claim)
{
	TRY(arena_printf(&m->arena, &m->link, "%s/t/%s", m->tenant->link_base, claim->token));
	m->banner = (struct mime_banner){
		.language = (enum tenant_language)m->tenant->language,
		.organisation = span_str(m->tenant->organisation),
		.expires_ms = claim->link_expires_ms,
		.url = m->link,
	};
	m->plan.banner = &m->banner;
	return ERR_OK;
}

static enum err
build_envelope(struct deliver_mail *m, const struct store_claim *claim)
{
	struct smtp_envelope_rcpt *rcpts =
	    arena_alloc(&m->arena, claim->rcpt_count * sizeof(*rcpts));

	if (rcpts == NULL)
		return ERR_TEMP;
	for (size_t i = 0; i < claim->rcpt_count; i++)
		rcpts[i] = (struct smtp_envelope_rcpt){
			.address = claim->rcpts[i].address,
			.notify = claim->rcpts[i].notify,
			.orcpt = claim->rcpts[i].orcpt,
		};
	m->envelope = (struct smtp_envelope){
		.sender = claim->facts.sender,
		.smtputf8 = claim->smtputf8,
		.body_8bit = claim->body_8bit,
		.needs_bdat = claim->needs_bdat,
		.ret = (enum smtp_ret)claim->ret,
		.envid = claim->facts.envid,
		/*
		 * edited mail is measured when it is written; dropped fields do not matter to an
		 * estimate
		 */
		.size = m->plan.edit ? 0 : m->index->mail_len + m->head.len,
		.rcpts = rcpts,
		.rcpt_count = claim->rcpt_count,
	};
	return ERR_OK;
}

enum err
deliver_mail_open(struct deliver_mail *m, struct store *st, const struct store_claim *claim,
    const struct tenant *tenant)
{
	*m = (struct deliver_mail){ .tenant = tenant };
	buf_init(&m->head, HEAD_MAX);
	arena_init(&m->arena, ARENA_MAX);
	m->plan.edit = claim->verdict == STORE_SECURE;
	m->plan.drop_field = drop_field;
	m->plan.ctx = m;
	TRY(store_reader_open(st, claim->tenant_id, claim->mail_id, &m->reader));
	TRY(mime_index_open(store_reader_source(m->reader), &m->arena, &m->index));
	TRY(build_head(m, st, claim));
	if (m->plan.edit)
		TRY(build_banner(m, claim));
	return build_envelope(m, claim);
}

void
deliver_mail_done(struct deliver_mail *m)
{
	store_reader_free(&m->reader);
	buf_done(&m->head);
	arena_done(&m->arena);
}

struct counted {
	struct deliver_mail *m;
	struct sink out;
};

static enum err
put_counted(void *ctx, struct span in)
{
	struct counted *c = ctx;

	c->m->bytes += in.len;
	return sink_put(c->out, in);
}

static enum err
write_body(void *ctx, struct sink out)
{
	struct deliver_mail *m = ctx;
	struct counted counted = { m, out };

	m->bytes = 0;
	return mime_render(m->index, &m->plan, (struct sink){ put_counted, &counted });
}

struct smtp_body
deliver_mail_body(struct deliver_mail *m)
{
	return (struct smtp_body){ write_body, m };
}

enum err
deliver_mail_header(const struct deliver_mail *m, struct buf *out)
{
	struct mime_pieces *it;
	struct mime_piece head;
	enum err err;

	if (m->index == NULL)
		return ERR_OK;
	it = malloc(sizeof(*it));
	if (it == NULL)
		return err_set(ERR_TEMP, "no memory for a walk over the pieces");
	mime_pieces_start(it, m->index, 0); /* the first piece of a mail is its own header */
	err = mime_pieces_next(it, &head);
	if (err == ERR_OK && head.kind == MIME_PIECE_HEAD && head.owner == 0)
		err = mime_piece_copy(m->index, &head, sink_buf(out));
	free(it);
	return err;
}
