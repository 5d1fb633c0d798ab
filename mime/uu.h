/*
 * mime/uu.h - is there a uuencoded file in a text?
 *
 * Before MIME files were sent inside the text, and mail readers still show them as attachments. A file begins
 * with "begin 644 name" on a line of its own, and a full line of 45 bytes or a last line that fits follows
 * (POSIX, uuencode). Push; any split of the input gives the same answer. Pure.
 */
#ifndef SECUDOC_MIME_UU_H
#define SECUDOC_MIME_UU_H

#include "core/buf.h"

/* Zeros are the start. */
struct mime_uu {
	uint32_t column;  /* of the line at hand; stops at UINT32_MAX */
	uint32_t want;    /* behind a begin line: the length that the first byte announces */
	bool text;        /* the line at hand is neither begin line nor data */
	bool after_begin; /* the line before was a begin line */
	bool found;
};

/* mime_uu_push() - decoded text; sets u->found for good. */
void mime_uu_push(struct mime_uu *u, struct span in);
/* mime_uu_end() - the text is over, its last line too; whether there was one. */
bool mime_uu_end(struct mime_uu *u);

#endif
