/*
 * mime/entity.h - what the Content-* fields of one part say, and whether all readers agree on it.
 *
 * Fields are given one by one; at the end of the header they are resolved. Two readers that understand a
 * header differently see two mails, so what is ambiguous and matters for the structure is ERR_SYNTAX:
 *   - a second, different Content-Type, Content-Transfer-Encoding, Content-Disposition or Content-ID
 *   - a multipart whose boundary is missing, empty, too long, there twice, written with RFC 2231 or an
 *     encoded word, or stands behind a parameter that some readers stop at (comments are among those)
 *   - a multipart with a transfer encoding, or something that is almost a multipart
 *   - the same file name parameter twice
 * What is merely broken makes a part an attachment, which is the safe side (mime/role.h).
 *
 * Source: RFC 2045 sections 5, 6 and 7, RFC 2046 section 5.1.1, RFC 2183.
 */
#ifndef SECUDOC_MIME_ENTITY_H
#define SECUDOC_MIME_ENTITY_H

#include "core/buf.h"
#include "mime/index.h"

enum mime_disposition {
	MIME_DISPOSITION_NONE,
	MIME_DISPOSITION_INLINE,
	MIME_DISPOSITION_ATTACHMENT, /* and all that is not known: RFC 2183 section 2.8 */
};

/* Words are lower case and NUL-terminated; empty when not given. Too long a word counts as not given. */
struct mime_entity {
	char type[MIME_WORD_MAX + 1];
	char subtype[MIME_WORD_MAX + 1];
	char charset[MIME_WORD_MAX + 1];
	char content_id[MIME_WORD_MAX + 1];   /* as written, without <> */
	char start[MIME_WORD_MAX + 1];        /* of multipart/related, without <> */
	char word[MIME_WORD_MAX + 1];         /* report-type, smime-type or calendar method */
	char boundary[MIME_MAX_BOUNDARY + 1]; /* of any multipart */
	char name[MIME_NAME_MAX + 1];         /* label; empty when none */
	bool named;                           /* some name parameter is there */
	bool bare_type; /* the field is there, but does not begin with type/subtype */
	bool odd;       /* type, encoding or disposition cannot be relied on */
	bool encoding_known;
	enum mime_cte cte;
	enum mime_disposition disposition;
	/* private: raw fields until mime_entity_end() */
	struct buf raw_type, raw_encoding, raw_disposition, raw_id;
	bool have_type, have_encoding, have_disposition, have_id;
};

void mime_entity_init(struct mime_entity *e);
void mime_entity_done(struct mime_entity *e);

/* mime_entity_field() - take a header field; those that mean nothing here are passed over. */
MUST_USE enum err mime_entity_field(struct mime_entity *e, struct span name, struct span value);

/*
 * mime_entity_end() - resolve. in_digest: the type when none is given is message/rfc822 (RFC 2046 section
 * 5.1.5), else text/plain. The raw fields are freed.
 */
MUST_USE enum err mime_entity_end(struct mime_entity *e, bool in_digest);

bool mime_entity_is(const struct mime_entity *e, const char *type, const char *subtype);

#endif
