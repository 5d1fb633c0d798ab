/*
 * rules/flow_run.c - one pass: rules in order over the branches of a mail, which then are its copies.
 */
#include "rules/flow_int.h"

#include <assert.h>
#include <stdlib.h>

static enum err
check_bounds(const struct flow_mail *mail)
{
	if (mail->recipient_count > FLOW_MAX_RECIPIENTS)
		return err_set(ERR_LIMIT, "%zu recipients, %u allowed", mail->recipient_count,
		    FLOW_MAX_RECIPIENTS);
	if (mail->attachment_count > FLOW_MAX_ATTACHMENTS)
		return err_set(ERR_LIMIT, "%zu attachments, %u allowed", mail->attachment_count,
		    FLOW_MAX_ATTACHMENTS);
	if (mail->field_count > FLOW_MAX_FIELDS)
		return err_set(
		    ERR_LIMIT, "%zu fields, %u allowed", mail->field_count, FLOW_MAX_FIELDS);
	return ERR_OK;
}

static enum err
first_branch(struct flow_pass *pass, size_t rule_count)
{
	const struct flow_mail *mail = pass->mail;
	struct flow_branch *b;

	TRY(flow_alloc(pass->a, mail->recipient_count, sizeof(*pass->branches), &pass->branches));
	b = &pass->branches[0];
	TRY(flow_alloc(pass->a, mail->recipient_count, sizeof(*b->recipients), &b->recipients));
	TRY(flow_alloc(pass->a, rule_count, sizeof(*b->results), &b->results));
	TRY(flow_alloc(pass->a, mail->field_count, sizeof(*b->fields), &b->fields));
	for (size_t i = 0; i < mail->recipient_count; i++)
		b->recipients[b->recipient_count++] = i;
	for (size_t i = 0; i < mail->field_count; i++)
		b->fields[b->field_count++] = mail->fields[i];
	pass->count = 1;
	return ERR_OK;
}

static int
by_first_recipient(const void *a, const void *b)
{
	const struct flow_branch *x = a, *y = b;

	return x->recipients[0] < y->recipients[0] ? -1 : 1;
}

static enum err
copy_of(struct flow_pass *pass, struct flow_branch *b, size_t rule_count, struct flow_copy *ret)
{
	struct span *recipients;

	TRY(flow_settle(pass, b, rule_count));
	TRY(flow_alloc(pass->a, b->recipient_count, sizeof(*recipients), &recipients));
	for (size_t i = 0; i < b->recipient_count; i++)
		recipients[i] = pass->mail->recipients[b->recipients[i]];
	*ret = (struct flow_copy){ .recipients = recipients,
		.recipient_count = b->recipient_count,
		.results = b->results,
		.result_count = rule_count,
		.routed = b->routed,
		.connector = b->connector,
		.connector_sure = b->connector_sure,
		.fields = b->fields,
		.field_count = b->field_count,
		.spam_check_skipped = b->spam_check_skipped,
		.altered = b->altered };
	return flow_cite_copy(pass->mail, pass->count, pass->a, ret);
}

enum err
flow_run(const struct flow_rules *rules, const struct flow_world *world,
    const struct flow_mail *mail, struct arena *a, struct flow_outcome *ret)
{
	struct flow_pass pass = { .world = world, .mail = mail, .a = a };
	struct flow_copy *copies;

	assert(rules != NULL && world != NULL);
	TRY(check_bounds(mail));
	if (mail->recipient_count == 0) {
		*ret = (struct flow_outcome){ NULL, 0 };
		return ERR_OK;
	}
	TRY(first_branch(&pass, rules->count));
	for (size_t i = 0; i < rules->count; i++)
		TRY(flow_step(&pass, &rules->items[i], i, rules->count));
	qsort(pass.branches, pass.count, sizeof(*pass.branches), by_first_recipient);
	TRY(flow_alloc(a, pass.count, sizeof(*copies), &copies));
	for (size_t i = 0; i < pass.count; i++)
		TRY(copy_of(&pass, &pass.branches[i], rules->count, &copies[i]));
	*ret = (struct flow_outcome){ copies, pass.count };
	return ERR_OK;
}
