/*
 * connector/deliver_mail.h - a claimed copy as a mail that can be sent: opened, planned, rendered
 * on demand.
 *
 * The changes are the closed list of promise 3. Put in front: the stored Received, X-SecuDoc,
 * X-SecuDoc-Mark. Left out: incoming X-SecuDoc* and the tenant's secret header; and, only when the
 * body was edited, every DKIM-Signature and ARC-* of the first pass, which no longer fit. The same
 * claim gives the same bytes at each try.
 */
#ifndef SECUDOC_CONNECTOR_DELIVER_MAIL_H
#define SECUDOC_CONNECTOR_DELIVER_MAIL_H

#include "connector/smtp_client.h"
#include "core/tenant.h"
#include "mime/index.h"
#include "mime/render.h"
#include "store/queue.h"

struct deliver_mail {
	struct store_reader *reader;
	struct mime_index *index;
	struct buf head; /* fields put in front */
	struct span link;
	struct mime_banner banner;
	struct mime_render_plan plan;
	struct smtp_envelope envelope;
	const struct tenant *tenant;
	uint64_t bytes; /* written by the last rendering */
	struct arena arena;
};

/*
 * deliver_mail_open() - claim and tenant are borrowed until deliver_mail_done(), which also ends a
 * failed open. Errors: those of the store and of mime_index_open(); ERR_TEMP.
 */
MUST_USE enum err deliver_mail_open(struct deliver_mail *m, struct store *st,
    const struct store_claim *claim, const struct tenant *tenant);
void deliver_mail_done(struct deliver_mail *m);
/* deliver_mail_body() - for smtp_client_send(); renders anew each time. */
struct smtp_body deliver_mail_body(struct deliver_mail *m);

/* deliver_mail_header() - append the original's own header block. */
MUST_USE enum err deliver_mail_header(const struct deliver_mail *m, struct buf *out);
/* deliver_field_dropped() - is this field of the original left out? Pure; for tests. */
bool deliver_field_dropped(const char *secret_header, bool edited, struct span name);

#endif
