/*
 * store/container.h - one encrypted container a mail: bytes in once, random access back.
 *
 * The container is a byte space that the caller fills through a sink (mime/detach) and reads through a
 * source (mime/index). Up to 64 KiB in total it becomes a column of the mail's row; beyond, a file that is
 * written aside, synced, renamed and its folder synced before the commit that names it. Bytes first, row
 * second: a file without a row is swept, a row without bytes does not happen.
 *
 * Format. A header of 16 bytes ("SDC1", 4 zero bytes, the container's id big-endian), then frames: 64 KiB of
 * plaintext each (the last one shorter, down to 0 only for an empty container), AES-256-GCM under
 * HKDF(message key, "frames"), nonce = frame number, and as associated data: format, container id, tenant id,
 * frame number, final flag. So a frame that is cut, moved, repeated, or taken from another container does
 * not open, and neither does a container that lost its tail.
 *
 * The message key is random, lives in this object only, and goes into the row sealed to the tenant's
 * public key. The id of the container is the id of the mail and of the key.
 */
#ifndef SECUDOC_STORE_CONTAINER_H
#define SECUDOC_STORE_CONTAINER_H

#include "core/stream.h"
#include "store/store.h"

#define STORE_FRAME_SIZE 65536u
/* a link token as text: 160 bits in base32, with its NUL */
#define STORE_TOKEN_SIZE  33u
#define STORE_RCPT_SHARED (-1) /* the number of "no recipient in particular": the shared link */
#define STORE_RCPT_UNCHANGED \
	(-2) /* and of "no link": the copy of those who get the mail as it came */

/* --- writing: one thread at a time --- */

struct store_container;

/* ERR_NOT_FOUND: no such tenant. All roles. The caller owns *ret until store_mail_commit() takes it. */
MUST_USE enum err
store_container_new(struct store *st, int64_t tenant_id, struct store_container **ret);
/* The sink answers ERR_TEMP when the disk does; the container can then only be freed. */
struct sink store_container_sink(struct store_container *c);
int64_t store_container_mail_id(const struct store_container *c);
/* store_container_token() - the link token of recipient rcpt_no (index in store_mail_new.rcpts). */
void
store_container_token(const struct store_container *c, int rcpt_no, char ret[STORE_TOKEN_SIZE]);
/*
 * store_container_finish() - the last frame, and everything synced. Slow for large mails; call it before
 * store_mail_commit(), which otherwise does it itself.
 */
MUST_USE enum err store_container_finish(struct store_container *c);
/* Removes what was not committed; wipes the key. */
void store_container_free(struct store_container **c);

/* --- reading: one thread at a time for one reader --- */

struct store_reader;

/*
 * store_reader_open() - DELIVER, WEB, ADMIN. Opens the message key with the tenant's private key and
 * proves the last frame. Memory: two frames. ERR_NOT_FOUND: no such mail of this tenant, or its key was
 * destroyed. ERR_DENIED: not authentic, or the role has no key. ERR_TEMP: the file cannot be read.
 */
MUST_USE enum err
store_reader_open(struct store *st, int64_t tenant_id, int64_t mail_id, struct store_reader **ret);
/* Valid as long as the reader; get() answers ERR_DENIED for a frame that is not authentic. */
struct source store_reader_source(struct store_reader *r);
void store_reader_free(struct store_reader **r);

#endif
