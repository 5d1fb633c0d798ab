/*
 * rules/exo_json.h - plan and export as JSON.
 *
 * A plan has "SecuDocPlan": 1, an export "SecuDocExport": 1. Both have an array for each kind of
 * object (exo_kind_names().array), whose objects have parameters as keys. Foreign bytes: bounds on
 * size, depth (core/json.h), objects and members (rules/exo.h); keys that are not known are kept in
 * rules (a condition nobody knows must not be overlooked) and skipped elsewhere. A condition or
 * action that is $false is left out: that is how Get-TransportRule shows one that the rule does not
 * have.
 */
#ifndef SECUDOC_RULES_EXO_JSON_H
#define SECUDOC_RULES_EXO_JSON_H

#include "core/json.h"
#include "rules/exo.h"

enum exo_document { EXO_PLAN, EXO_EXPORT };

/*
 * exo_json_read() - ERR_SYNTAX with a note that names the place ("TransportRules[3].Priority"),
 * ERR_LIMIT, ERR_TEMP. An array that is missing is empty; an object without a name
 * (exo_kind_names().name_key) is ERR_SYNTAX, and so is a version other than 1. Rules of an export
 * are put into order of their Priority; two of the same, or some without, are ERR_SYNTAX.
 * *ret_document says which of the two it was.
 */
MUST_USE enum err exo_json_read(
    struct span text, struct arena *a, struct exo_state *ret, enum exo_document *ret_document);

/*
 * exo_json_write() - the arrays, as members of the object that is open in w. Secrets are written in
 * clear: the set-up script needs them, so the file is for its owner alone. What is read back is the
 * same.
 */
MUST_USE enum err exo_json_write(const struct exo_state *state, struct json_writer *w);

#endif
