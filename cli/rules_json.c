/* cli/rules_json.c - see rules_json.h. */
#include "cli/rules_json.h"

#include "cli/admin.h"
#include "cli/flow_type.h"
#include "connector/smtp_replies.h"

#define MASKED_BYTES (64u << 10)

const char *
rules_verdict_word(const struct rules_tally *t)
{
	if (t->recipients == 0)
		return "no-recipient";
	if (t->routed > 0)
		return "routed";
	if (t->maybe > 0)
		return "maybe";
	return t->elsewhere > 0 ? "elsewhere" : "not-routed";
}

const char *
rules_kind_words(enum flow_attachment_kind kind)
{
	switch (kind) {
	case FLOW_FILE:
		return "file";
	case FLOW_EMBEDDED:
		return "picture in the text";
	case FLOW_MESSAGE:
		return "attached message";
	case FLOW_TNEF:
		return "winmail.dat";
	default:
		return "content that may or may not count";
	}
}

static void
put(struct json_writer *w, const char *key, const char *text)
{
	json_put_str(w, key, span_str(text));
}

static void
put_list(struct json_writer *w, const char *key, const struct span *items, size_t count)
{
	json_array(w, key);
	for (size_t i = 0; i < count; i++)
		json_put_str(w, NULL, items[i]);
	json_end(w, ']');
}

static void
put_attachments(struct json_writer *w, const struct flow_eml *e)
{
	static const char *const kinds[] = { [FLOW_FILE] = "file",
		[FLOW_EMBEDDED] = "embedded",
		[FLOW_MESSAGE] = "message",
		[FLOW_TNEF] = "tnef",
		[FLOW_UNSURE] = "unsure" };

	json_array(w, "attachments");
	for (size_t i = 0; i < e->mail.attachment_count; i++) {
		json_object(w, NULL);
		put(w, "kind", kinds[e->mail.attachments[i].kind]);
		json_put_i64(w, "size", (int64_t)e->mail.attachments[i].size_bytes);
		json_put_str(w, "name", e->attachment_names[i]);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static void
put_types(struct json_writer *w, const struct flow_eml *e)
{
	json_object(w, "types");
	for (int t = 0; t < FLOW_TYPES; t++) {
		json_object(w, flow_type_name(t));
		put(w, "answer", rules_yes_no(e->mail.types[t]));
		put(w, "why", e->types_why[t]);
		json_end(w, '}');
	}
	json_end(w, '}');
}

static void
put_mail(struct json_writer *w, const struct flow_eml *e)
{
	const struct smtp_answer *a = smtp_answer(smtp_reply_for(e->refused));

	json_put_str(w, "from", e->mail.from);
	json_put_str(w, "envelope_from", e->mail.envelope_from);
	put_list(w, "to", e->mail.recipients, e->mail.recipient_count);
	json_put_i64(w, "size", (int64_t)e->mail.size_bytes);
	put_attachments(w, e);
	put_types(w, e);
	if (e->refused == ERR_OK) {
		json_put_null(w, "refused");
		return;
	}
	json_object(w, "refused");
	json_put_i64(w, "code", a->code);
	put(w, "status", a->status);
	json_put_str(w, "why", e->refused_note);
	json_end(w, '}');
}

static void
put_masked(struct json_writer *w, const struct rules_source *s, const char *key, struct span text)
{
	CLEANUP(buf_done_secret) struct buf masked;

	buf_init(&masked, MASKED_BYTES);
	if (w->err == ERR_OK)
		w->err = rules_mask(s, text, &masked);
	json_put_str(w, key, buf_span(&masked));
}

static void
put_check(struct json_writer *w, const struct rules_source *s, const struct flow_check *c)
{
	json_object(w, NULL);
	json_put_str(w, "name", c->name);
	json_put_bool(w, "exception", c->exception);
	put(w, "answer", rules_yes_no(c->answer));
	if (c->fact != NULL) {
		put(w, "fact", c->fact->id);
		put(w, "standing", flow_standing_name(c->fact->standing));
		put(w, "sentence", c->fact->sentence);
		put(w, "source", c->fact->source);
	}
	if (c->also != NULL)
		put(w, "also", c->also->id);
	put_masked(w, s, "asked", c->asked);
	put_masked(w, s, "detail", c->detail);
	json_end(w, '}');
}

static void
put_doubts(struct json_writer *w, const struct rules_source *s, const struct rules_doubts *doubts)
{
	json_array(w, "depends_on");
	for (size_t i = 0; i < doubts->count; i++) {
		const struct rules_doubt *d = &doubts->items[i];

		json_object(w, NULL);
		json_put_str(w, "rule", flow_rule_name(d->rule));
		json_put_str(w, "check", d->check->name);
		put(w, "fact", d->check->fact->id);
		put(w, "pass", d->back ? "second" : "first");
		put_masked(w, s, "detail", d->check->detail);
		json_put_str(w, "give", d->give);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static void
put_rule(struct json_writer *w, const struct rules_source *s, const struct flow_rule_result *r)
{
	static const char *const skips[] = { [FLOW_ASKED] = "asked",
		[FLOW_DISABLED] = "disabled",
		[FLOW_AUDIT] = "audit",
		[FLOW_STOPPED] = "stopped" };

	json_object(w, NULL);
	json_put_str(w, "name", flow_rule_name(r->rule));
	put(w, "asked", skips[r->skip]);
	put(w, "fires", rules_yes_no(r->fires));
	json_array(w, "checks");
	for (size_t i = 0; i < r->check_count; i++)
		put_check(w, s, &r->checks[i]);
	json_end(w, ']');
	json_end(w, '}');
}

/* Values stay out: one of them is the tenant's secret. */
static void
put_fields(struct json_writer *w, const struct rules_source *s, const struct flow_copy *copy)
{
	json_array(w, "headers");
	for (size_t i = 0; i < copy->field_count; i++) {
		if (!rules_is_ours(s, copy->fields[i].name))
			continue;
		json_object(w, NULL);
		json_put_str(w, "name", copy->fields[i].name);
		json_put_bool(w, "certain", !copy->fields[i].uncertain);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static void
put_copy(struct json_writer *w, const struct rules_source *s, const struct flow_copy *copy)
{
	put_list(w, "recipients", copy->recipients, copy->recipient_count);
	put(w, "routed", rules_yes_no(copy->routed));
	put(w, "brought", rules_yes_no(rules_brought(s, copy)));
	json_put_str(w, "connector", copy->routed == RULE_NO ? SPAN_NONE : copy->connector);
	json_put_bool(w, "connector_sure", copy->connector_sure);
	put(w, "altered", rules_yes_no(copy->altered));
	put(w, "spam_check_skipped", rules_yes_no(copy->spam_check_skipped));
	put_fields(w, s, copy);
	json_array(w, "rules");
	for (size_t i = 0; i < copy->result_count; i++)
		put_rule(w, s, &copy->results[i]);
	json_end(w, ']');
	json_array(w, "facts");
	for (size_t i = 0; i < copy->fact_count; i++)
		put(w, NULL, copy->facts[i]->id);
	json_end(w, ']');
}

static void
put_copies(struct json_writer *w, const struct rules_source *s, const struct rules_answer *r)
{
	json_array(w, "copies");
	for (size_t i = 0; i < r->first.count; i++) {
		const struct flow_outcome *second = &r->returns[i].outcome;

		json_object(w, NULL);
		put_copy(w, s, &r->first.copies[i]);
		json_array(w, "second_pass");
		for (size_t k = 0; k < second->count; k++) {
			json_object(w, NULL);
			put_copy(w, s, &second->copies[k]);
			json_end(w, '}');
		}
		json_end(w, ']');
		json_end(w, '}');
	}
	json_end(w, ']');
}

enum err
rules_json_explain(const struct rules_source *s, const struct rules_answer *r,
    const struct rules_doubts *doubts, const char *path)
{
	CLEANUP(buf_done) struct buf out = { 0 };
	struct json_writer w;

	buf_init(&out, RULES_ANSWER_BYTES);
	json_begin(&w, &out);
	json_object(&w, NULL);
	put(&w, "file", path);
	put(&w, "verdict", rules_verdict_word(&r->tally));
	put(&w, "reason", r->tally.reason);
	put(&w, "routed_again", rules_yes_no(r->tally.again));
	put_doubts(&w, s, doubts);
	put_mail(&w, &r->eml);
	put_copies(&w, s, r);
	json_end(&w, '}');
	TRY(json_finish(&w));
	if (fwrite(out.p, 1, out.len, stdout) != out.len || putchar('\n') == EOF)
		return err_set(ERR_TEMP, "stdout cannot be written");
	return ERR_OK;
}
