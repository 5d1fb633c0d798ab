/*
 * connector/smtp_tx.h - one mail transaction: sender, recipients, and the mail under way.
 *
 * A session has at most one. RSET, EHLO and the end of a mail free it; that is all they do. What it
 * holds lives in its arena.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_TX_H
#define SECUDOC_CONNECTOR_SMTP_TX_H

#include "connector/pipeline.h"
#include "connector/smtp_params.h"
#include "connector/smtp_path.h"
#include "core/arena.h"

struct smtp_tx {
	struct arena arena;
	struct pipeline_envelope envelope; /* rcpts points to rcpts below */
	struct store_rcpt_new *rcpts;
	struct span *canonical; /* of each recipient */
	size_t rcpt_max;
	int64_t deadline_ms;       /* of the whole mail, monotonic */
	uint64_t octets;           /* of content so far */
	struct pipeline *pipeline; /* from the first octet on */
};

/* ERR_TEMP: no memory. All is copied. */
MUST_USE enum err smtp_tx_new(const struct smtp_path *sender, const struct smtp_mail_params *params,
    size_t rcpt_max, int64_t deadline_ms, struct smtp_tx **ret);
void smtp_tx_free(struct smtp_tx **tx);

/*
 * smtp_tx_add() - one recipient more; one that is there already in another spelling (S11) is not
 * added again. ERR_LIMIT: rcpt_max are there; ERR_TEMP; ERR_SYNTAX: it has no canonical form.
 */
MUST_USE enum err smtp_tx_add(
    struct smtp_tx *tx, const struct smtp_path *rcpt, const struct smtp_rcpt_params *params);

#endif
