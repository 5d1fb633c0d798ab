/*
 * rules/exo_int.h - what the files of rules/exo share, and their tests.
 */
#ifndef SECUDOC_RULES_EXO_INT_H
#define SECUDOC_RULES_EXO_INT_H

#include "rules/exo.h"

/*
 * exo_value_read() - texts as a value of the property's type; *ret_there is false when they say "no
 * value". More than one for a type that holds one is ERR_SYNTAX. The notes do not name the
 * parameter.
 */
MUST_USE enum err exo_value_read(const struct exo_property *p, const struct span *texts,
    size_t count, struct arena *a, struct exo_value *ret, bool *ret_there);

/* exo_size_print() - "35 MB" (blank " ") or "35MB" (blank ""); bytes when no unit divides. */
MUST_USE enum err exo_size_print(int64_t bytes, const char *blank, struct buf *out);

/* exo_unsafe() - control, line end, direction, invisible: not to reach a terminal as it is. */
bool exo_unsafe(uint32_t c);
/* exo_text_print() - a text as it is, what is unsafe as U+202E, what is no UTF-8 as "?". */
MUST_USE enum err exo_text_print(struct span s, struct buf *out);

/* exo_member_of() - the member of that parameter; an unknown one by its name; or NULL. */
struct exo_member *exo_member_of(const struct exo_object *o, const struct exo_property *property,
    bool exception, struct span name);

/* exo_put() - a value as a member; property NULL: an unknown parameter of that name. */
MUST_USE enum err exo_put(struct exo_object *o, const struct exo_property *property, bool exception,
    struct span name, const struct exo_value *value, struct arena *a);

#endif
