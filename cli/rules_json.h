/*
 * cli/rules_json.h - the answers of "rules explain" as JSON, and the words that it shares with the text.
 */
#ifndef SECUDOC_CLI_RULES_JSON_H
#define SECUDOC_CLI_RULES_JSON_H

#include "cli/rules_doubt.h"

/* rules_json_explain() - one object on stdout. ERR_LIMIT, ERR_TEMP. */
MUST_USE enum err rules_json_explain(const struct rules_source *s, const struct rules_answer *r,
    const struct rules_doubts *doubts, const char *path);

/* rules_verdict_word() - "routed", "maybe", "elsewhere", "not-routed", "no-recipient" */
const char *rules_verdict_word(const struct rules_tally *t);
const char *rules_kind_words(enum flow_attachment_kind kind); /* "picture in the text" */

#endif
