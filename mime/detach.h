/*
 * mime/detach.h - take a mail apart while it arrives.
 *
 * Bytes go in once, any split; out come the container (mime/index.h), the message's own header fields, and
 * at the end the facts from which rules decide. Nothing is decided here: from the container the mail can be
 * had back byte for byte (mime/reattach.h), without its attachments (mime/render.h), or file by file
 * (mime/file.h).
 *
 * Ambiguous MIME is refused, because two readers would see two mails (docs/attachments.md names the shapes).
 */
#ifndef SECUDOC_MIME_DETACH_H
#define SECUDOC_MIME_DETACH_H

#include "core/crypto.h"
#include "core/stream.h"
#include "mime/index.h"

/*
 * Called during push, in order; they must not call back into the same detach. Spans are borrowed during
 * the call. An error ends the mail: push returns it. Members may be NULL.
 */
struct mime_detach_events {
	void *ctx;
	/* a field of the message's own header (not of parts); raw_value as mime_field.value */
	enum err (*field)(void *ctx, struct span name, struct span raw_value);
	/* that header is complete; at most once, and always before finish returns */
	enum err (*head_end)(void *ctx);
};

struct mime_detach_opts {
	/*
	 * Stored mails, tests: LF ends a line as CRLF does, and a first line "From ..." of a mailbox file is
	 * passed over. Without it LF alone is content of bodies, and refused in headers and beside boundaries.
	 */
	bool lenient_line_ends;
};

struct mime_part_fact {
	enum mime_role role;
	uint64_t file_len; /* decoded bytes; 0 for MULTIPART */
};

struct mime_facts {
	enum mime_kind kind;
	const struct mime_part_fact *parts;
	uint32_t part_count;
	uint32_t attachment_count;
	uint64_t largest_attachment_bytes; /* decoded; 0 without any */
	uint64_t attachment_bytes;         /* decoded, all together */
	uint32_t received_count;           /* Received fields of the message */
	uint64_t mail_len;
	uint64_t header_len; /* the message's own, empty line included */
	struct mime_wire_facts wire;
	/* over the digests of the decoded leaf parts, in order: the same for a repeat whose wrapping differs */
	uint8_t content_sha256[SHA256_SIZE];
};

struct mime_detach;

/*
 * mime_detach_new() - opts and events are copied; opts may be NULL (strict); events may be NULL.
 * container takes the container from its first byte (offset 0) on; it is called from push and finish.
 * Returns ERR_TEMP without memory. The caller frees *ret.
 */
MUST_USE enum err mime_detach_new(const struct mime_detach_opts *opts,
    const struct mime_detach_events *events, struct sink container, struct mime_detach **ret);

/*
 * mime_detach_push() - take the next bytes; borrowed during the call; empty is fine.
 *
 * Returns ERR_OK, ERR_SYNTAX (ambiguous MIME: refuse the mail; the note is one clear sentence and holds no
 * content), ERR_LIMIT (a bound of mime/limits.h), ERR_TEMP (memory), or what the sink or a callback said.
 * After an error only mime_detach_free() may follow; the caller drops what the sink holds.
 *
 * Source: RFC 2045 section 5 and 6, RFC 2046 section 5.1, RFC 2183 section 2.
 */
MUST_USE enum err mime_detach_push(struct mime_detach *d, struct span in);

/*
 * mime_detach_finish() - the mail ends here. Writes the rest of the container, footer included.
 * The facts belong to d. Same errors as push. A mail of no bytes is ERR_SYNTAX.
 */
MUST_USE enum err mime_detach_finish(struct mime_detach *d, const struct mime_facts **ret_facts);

void mime_detach_free(struct mime_detach **d);

#endif
