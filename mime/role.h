/*
 * mime/role.h - what a part is for us: the decision table of docs/attachments.md. Pure.
 *
 * Asked once for each part, at the end of its header, in message order. When in doubt a part is an
 * attachment: the recipient then gets it by the link, and nothing leaves unprotected.
 */
#ifndef SECUDOC_MIME_ROLE_H
#define SECUDOC_MIME_ROLE_H

#include "mime/entity.h"

enum mime_form {
	MIME_FORM_MIXED, /* mixed, parallel, digest, form-data */
	MIME_FORM_ALTERNATIVE,
	MIME_FORM_RELATED,
	MIME_FORM_REPORT,
};

/* An open multipart, as far as its children's roles depend on it. */
struct mime_level {
	enum mime_form form;
	bool digest;    /* children without a type are messages */
	bool editable;  /* the mail's own text may stand in it */
	bool root_seen; /* mixed: the text was there; related: the root was */
	uint32_t children;
	char start[MIME_WORD_MAX + 1]; /* related: Content-ID of its root; empty: the first child */
};

struct mime_verdict {
	enum mime_role role;
	bool body_place; /* the mail's own text may stand here or below */
	bool picture;    /* ATTACHMENT, but PICTURE once some HTML refers to its Content-ID */
	bool invitation; /* makes the whole mail a calendar mail */
};

/* mime_role_decide() - parent NULL for the message itself; its counters are moved on. */
struct mime_verdict mime_role_decide(const struct mime_entity *e, struct mime_level *parent);

/* mime_role_level() - the level that a part with role MULTIPART opens; v is what was decided for it. */
void
mime_role_level(const struct mime_entity *e, const struct mime_verdict *v, struct mime_level *ret);

/* mime_role_kind() - what the message's own type makes the mail. */
enum mime_kind mime_role_kind(const struct mime_entity *root);

#endif
