/*
 * mime/render.h - the mail that goes back, streamed from the container.
 *
 * Two forms of one mail. Not edited: the original, byte for byte, but for fields added and dropped at the
 * top of the header. Edited: in addition all parts with the role ATTACHMENT are gone (delimiter line,
 * header and body), so is a multipart that keeps no leaf, and a banner stands at the top of each BODY_HTML
 * and BODY_PLAIN, written in that part's own transfer encoding and charset without touching its other
 * bytes. The closed list of changes is in docs/attachments.md.
 *
 * A mail without such a text part gets one: multipart/alternative with the banner in both forms, as the
 * first part of the top multipart (the last, if that is multipart/alternative), or as the body when the
 * file was the body: then, and only then, the message's own Content-* fields are replaced.
 *
 * Memory is constant but for the message's own header, which is held whole (at most the limit of
 * mime/limits.h). The same index and plan give the same bytes, so that a retry sends what the first try
 * sent. What is added has CRLF line ends, lines of at most 76 bytes in quoted-printable and base64 and 998
 * elsewhere, and is 7-bit unless the part is declared 8bit or binary and the mail has 8-bit bytes already:
 * editing never asks more of the next server than the mail did (wire facts of the index).
 */
#ifndef SECUDOC_MIME_RENDER_H
#define SECUDOC_MIME_RENDER_H

#include "core/stream.h"
#include "mime/banner.h"

struct mime_index;

/* Plain data, borrowed during the call. */
struct mime_render_plan {
	bool edit;
	struct span
	    head_add; /* whole fields ending in CRLF, put before the first field; may be empty */
	/* fields of the message's own header that are deleted; name without colon; NULL: none */
	bool (*drop_field)(void *ctx, struct span name);
	void *ctx;
	const struct mime_banner *banner; /* required with edit */
};

/*
 * mime_render() - put the whole mail into out.
 *
 * Errors: ERR_SYNTAX (edit without a part to take out, a banner that mime_banner_check() refuses, head_add
 * that is not fields, a container that does not fit its index), ERR_LIMIT, ERR_TEMP, and those of source and
 * sink. On error out holds a part
 * of the mail: the caller breaks off the transfer.
 */
MUST_USE enum err
mime_render(const struct mime_index *index, const struct mime_render_plan *plan, struct sink out);

#endif
