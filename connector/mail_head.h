/*
 * connector/mail_head.h - the header fields of the mail that is coming in, kept until it is decided
 * upon.
 *
 * They are held together because which field is the tenant's secret is known only after the tenant
 * is. Bound: mime/limits.h bounds a header block, so memory is that and a word a field.
 */
#ifndef SECUDOC_CONNECTOR_MAIL_HEAD_H
#define SECUDOC_CONNECTOR_MAIL_HEAD_H

#include "core/arena.h"

struct mail_field {
	struct span name;
	struct span value; /* blanks and line ends off both ends; folding inside as it came */
};

struct mail_head {
	struct arena arena;
	struct mail_field *fields;
	size_t count, room;
};

void mail_head_init(struct mail_head *h);
void mail_head_done(struct mail_head *h);
/* mail_head_add() - copies. ERR_LIMIT, ERR_TEMP. */
MUST_USE enum err mail_head_add(struct mail_head *h, struct span name, struct span raw_value);
/* mail_head_find() - how many fields have this name (no case); *ret is the first one's value. */
size_t mail_head_find(const struct mail_head *h, struct span name, struct span *ret_value);
/* mail_head_plain() - the value is one line of printable ASCII: nothing folded, nothing hidden. */
bool mail_head_plain(struct span value);

#endif
