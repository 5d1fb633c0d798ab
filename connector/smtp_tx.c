/*
 * connector/smtp_tx.c - see smtp_tx.h.
 */
#include "connector/smtp_tx.h"

#include "connector/smtp_wire.h"

#include <stdlib.h>

#define TX_ARENA_BASE (16u << 10)

static enum err
fill(struct smtp_tx *tx, const struct smtp_path *sender, const struct smtp_mail_params *params)
{
	tx->rcpts = arena_alloc(&tx->arena, tx->rcpt_max * sizeof(*tx->rcpts));
	tx->canonical = arena_alloc(&tx->arena, tx->rcpt_max * sizeof(*tx->canonical));
	if (tx->rcpts == NULL || tx->canonical == NULL)
		return err_set(ERR_TEMP, "no memory for %zu recipients", tx->rcpt_max);
	if (!sender->null)
		TRY(arena_dup(&tx->arena, sender->address, &tx->envelope.sender));
	TRY(arena_dup(&tx->arena, params->envid, &tx->envelope.envid));
	tx->envelope.smtputf8 = params->smtputf8;
	tx->envelope.body_8bit = params->body_8bit;
	tx->envelope.ret = params->ret;
	tx->envelope.rcpts = tx->rcpts;
	return ERR_OK;
}

enum err
smtp_tx_new(const struct smtp_path *sender, const struct smtp_mail_params *params, size_t rcpt_max,
    int64_t deadline_ms, struct smtp_tx **ret)
{
	CLEANUP(smtp_tx_free) struct smtp_tx *tx = calloc(1, sizeof(*tx));

	if (tx == NULL)
		return err_set(ERR_TEMP, "no memory for a transaction");
	arena_init(&tx->arena,
	    TX_ARENA_BASE +
		rcpt_max *
		    (sizeof(*tx->rcpts) + sizeof(*tx->canonical) + 2 * ADDRESS_MAX +
			SMTP_ORCPT_MAX + 64));
	tx->rcpt_max = rcpt_max;
	tx->deadline_ms = deadline_ms;
	TRY(fill(tx, sender, params));
	*ret = tx;
	tx = NULL;
	return ERR_OK;
}

void
smtp_tx_free(struct smtp_tx **txp)
{
	struct smtp_tx *tx = *txp;

	if (tx == NULL)
		return;
	pipeline_free(&tx->pipeline);
	arena_done(&tx->arena);
	free(tx);
	*txp = NULL;
}

enum err
smtp_tx_add(struct smtp_tx *tx, const struct smtp_path *rcpt, const struct smtp_rcpt_params *params)
{
	CLEANUP(buf_done) struct buf canonical;
	size_t n = tx->envelope.rcpt_count;

	buf_init(&canonical, ADDRESS_MAX);
	TRY(address_canonical(rcpt->address, &canonical));
	for (size_t i = 0; i < n; i++)
		if (span_eq(tx->canonical[i], buf_span(&canonical)))
			return ERR_OK;
	if (n == tx->rcpt_max)
		return err_set(ERR_LIMIT, "more than %zu recipients", tx->rcpt_max);
	TRY(arena_dup(&tx->arena, buf_span(&canonical), &tx->canonical[n]));
	TRY(arena_dup(&tx->arena, rcpt->address, &tx->rcpts[n].address));
	TRY(arena_dup(&tx->arena, params->orcpt, &tx->rcpts[n].orcpt));
	tx->rcpts[n].notify = params->notify;
	tx->envelope.rcpt_count++;
	return ERR_OK;
}
