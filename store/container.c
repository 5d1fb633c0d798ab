/*
 * store/container.c - writing a container.
 *
 * Up to one frame stays in memory; when more comes, full frames go to a file in containers_dir/tmp. The
 * last frame is sealed by finish, which knows that it is the last.
 */
#include "store/container.h"

#include "store/container_int.h"
#include "store/frames.h"
#include "store/io.h"
#include "store/key_cache.h"
#include "store/limits.h"
#include "store/store_int.h"
#include "store/tenant_int.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum stage { STAGE_OPEN, STAGE_FINISHED, STAGE_BROKEN };

struct store_container {
	struct store *st;
	int64_t id, tenant_id;
	uint8_t key[STORE_KEY_SIZE];
	uint8_t sealed_key[SEALED_KEY_SIZE];
	struct frames frames;
	enum stage stage;
	struct buf pending;   /* plaintext of the frame that is being filled; at last the row */
	uint64_t frame_count; /* written */
	uint64_t stored_size;
	int fd;              /* -1: all in memory so far */
	char path[PATH_MAX]; /* of the file, wherever it is now; "" none */
	bool keep;
};

/* --- names --- */

enum err
container_folders_make(const char *containers_dir)
{
	char tmp[PATH_MAX], path[PATH_MAX];
	struct stat sb;

	if (snprintf(tmp, sizeof(tmp), "%s/tmp", containers_dir) >= (int)sizeof(tmp))
		return err_set(ERR_LIMIT, "containers_dir is too long");
	/* it comes last: with it all are there */
	if (stat(tmp, &sb) == 0)
		return ERR_OK;
	TRY(io_mkdir(containers_dir, 0700));
	for (unsigned i = 0; i < CONTAINER_FOLDERS; i++) {
		(void)snprintf(path, sizeof(path), "%.*s/%02x", PATH_MAX - 8, containers_dir, i);
		TRY(io_mkdir(path, 0700));
	}
	TRY(io_mkdir(tmp, 0700));
	return io_sync_folder(containers_dir);
}

enum err
container_path(const char *containers_dir, int64_t id, char out[PATH_MAX])
{
	/* the low bits are the random ones */
	if (snprintf(out, PATH_MAX, "%s/%02x/%016llx", containers_dir, (unsigned)(id & 0xff),
		(unsigned long long)id) >= PATH_MAX)
		return err_set(ERR_LIMIT, "containers_dir is too long");
	return ERR_OK;
}

/* --- keys --- */

/* What a sealed message key is bound to: its tenant and its mail. */
static struct span
key_binding(int64_t tenant_id, int64_t mail_id, uint8_t out[64])
{
	int n = snprintf(
	    (char *)out, 64, "mail-key %lld %lld", (long long)tenant_id, (long long)mail_id);

	return span_of(out, (size_t)n);
}

static enum err
unseal_key(struct store *st, int64_t tenant_id, int64_t mail_id, struct span sealed,
    uint8_t ret_key[STORE_KEY_SIZE])
{
	CLEANUP(key_wipe) uint8_t private_key[X25519_SIZE];
	uint8_t binding[64];
	enum err err = tenant_private_key(st, tenant_id, private_key);

	/* a tenant's key that does not open is the wrong master key: trouble of ours, no word on this mail */
	if (err == ERR_DENIED && st->keys.has_master)
		return ERR_TEMP;
	TRY(err);
	if (sealed.len != SEALED_KEY_SIZE ||
	    seal_open(private_key, key_binding(tenant_id, mail_id, binding), sealed, ret_key) !=
		ERR_OK)
		return err_set(ERR_DENIED, "key of mail %lld is not authentic", (long long)mail_id);
	return ERR_OK;
}

enum err
message_key_open(struct store *st, int64_t tenant_id, int64_t mail_id, struct span sealed,
    uint8_t ret_key[STORE_KEY_SIZE])
{
	bool keeps = st->role == STORE_DELIVER;

	if (keeps && key_cache_get(st->opened, mail_id, sealed, ret_key))
		return ERR_OK;
	TRY(unseal_key(st, tenant_id, mail_id, sealed, ret_key));
	if (keeps)
		key_cache_put(st->opened, mail_id, sealed, ret_key);
	return ERR_OK;
}

void
message_token(const uint8_t key[STORE_KEY_SIZE], int rcpt_no, char ret[STORE_TOKEN_SIZE])
{
	CLEANUP(key_wipe) uint8_t token[STORE_KEY_SIZE];

	key_expand(key, "link", rcpt_no, token);
	(void)base32_encode(span_of(token, 20), ret); /* 160 bits */
}

/* --- life --- */

enum err
store_container_new(struct store *st, int64_t tenant_id, struct store_container **ret)
{
	struct store_container *c;
	uint8_t public_key[X25519_SIZE], binding[64];
	enum err err;

	TRY(tenant_public_key(st, tenant_id, public_key));
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_set(ERR_TEMP, "no memory for a container");
	c->st = st;
	c->id = store_new_id();
	c->tenant_id = tenant_id;
	c->fd = -1;
	buf_init(&c->pending, FRAMES_HEADER_SIZE + FRAME_STORED_MAX);
	crypto_random(c->key, sizeof(c->key));
	err = seal(public_key, key_binding(tenant_id, c->id, binding),
	    span_of(c->key, STORE_KEY_SIZE), c->sealed_key);
	frames_init(&c->frames, c->key, c->id, tenant_id);
	if (err != ERR_OK) {
		store_container_free(&c);
		return err;
	}
	*ret = c;
	return ERR_OK;
}

void
store_container_free(struct store_container **cp)
{
	struct store_container *c = *cp;

	if (c == NULL)
		return;
	io_close(&c->fd);
	if (c->path[0] != '\0' && !c->keep && io_unlink(c->path) != ERR_OK)
		c->path[0] = '\0'; /* left for the sweep */
	frames_done(&c->frames);
	buf_done_secret(&c->pending);
	crypto_wipe(c->key, sizeof(c->key));
	free(c);
	*cp = NULL;
}

/* --- bytes --- */

static enum err
file_open(struct store_container *c)
{
	uint8_t header[FRAMES_HEADER_SIZE];
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/tmp/%016llx", c->st->containers_dir,
		(unsigned long long)c->id) >= (int)sizeof(path))
		return err_set(ERR_LIMIT, "containers_dir is too long");
	TRY(io_open(path, O_WRONLY | O_CREAT | O_EXCL, 0600, &c->fd));
	memcpy(c->path, path, sizeof(path));
	frames_header(c->id, header);
	c->stored_size = sizeof(header);
	return io_write(c->fd, span_of(header, sizeof(header)), c->path);
}

static enum err
file_frame(struct store_container *c, bool final)
{
	size_t len = c->pending.len;

	if (c->fd < 0)
		TRY(file_open(c));
	TRY(buf_reserve(&c->pending, AEAD_TAG_SIZE));
	frame_seal(&c->frames, c->frame_count, final, buf_span(&c->pending), c->pending.p);
	TRY(io_write(c->fd, span_of(c->pending.p, len + AEAD_TAG_SIZE), c->path));
	c->frame_count++;
	c->stored_size += len + AEAD_TAG_SIZE;
	buf_clear(&c->pending);
	return ERR_OK;
}

static enum err
take(struct store_container *c, struct span in)
{
	while (in.len > 0) {
		struct span piece;

		/* a full frame goes only when more comes: the last one is sealed as the last */
		if (c->pending.len == STORE_FRAME_SIZE)
			TRY(file_frame(c, false));
		piece = span_upto(in, STORE_FRAME_SIZE - c->pending.len);
		TRY(buf_put(&c->pending, piece));
		in = span_from(in, piece.len);
	}
	return ERR_OK;
}

static enum err
sink_take(void *ctx, struct span in)
{
	struct store_container *c = ctx;
	enum err err;

	assert(c->stage != STAGE_FINISHED);
	if (c->stage == STAGE_BROKEN)
		return err_set(ERR_TEMP, "container broke before");
	err = take(c, in);
	if (err != ERR_OK) {
		c->stage = STAGE_BROKEN;
		return err == ERR_LIMIT ? err
					: ERR_TEMP; /* of no other kind to the reader of a mail */
	}
	return ERR_OK;
}

struct sink
store_container_sink(struct store_container *c)
{
	return (struct sink){ sink_take, c };
}

/* finish_row() - the one frame, with its header, in memory. */
static enum err
finish_row(struct store_container *c)
{
	size_t len = c->pending.len;

	TRY(buf_reserve(&c->pending, FRAMES_HEADER_SIZE + AEAD_TAG_SIZE));
	frame_seal(&c->frames, 0, true, buf_span(&c->pending), c->pending.p);
	memmove(c->pending.p + FRAMES_HEADER_SIZE, c->pending.p, len + AEAD_TAG_SIZE);
	frames_header(c->id, c->pending.p);
	c->pending.len = FRAMES_HEADER_SIZE + len + AEAD_TAG_SIZE;
	c->stored_size = c->pending.len;
	return ERR_OK;
}

static enum err
finish_file(struct store_container *c)
{
	char path[PATH_MAX], *slash;

	TRY(file_frame(c, true));
	TRY(io_sync(c->fd, c->path));
	io_close(&c->fd);
	TRY(container_path(c->st->containers_dir, c->id, path));
	/* ids of two processes could meet by chance: then this one is tried again, and the other keeps its bytes */
	TRY(io_rename_new(c->path, path));
	memcpy(c->path, path, sizeof(path));
	slash = strrchr(path, '/');
	*slash = '\0';
	return io_sync_folder(path);
}

enum err
store_container_finish(struct store_container *c)
{
	enum err err;

	if (c->stage == STAGE_FINISHED)
		return ERR_OK;
	if (c->stage == STAGE_BROKEN)
		return err_set(ERR_TEMP, "container broke before");
	err = c->fd < 0 ? finish_row(c) : finish_file(c);
	c->stage = err == ERR_OK ? STAGE_FINISHED : STAGE_BROKEN;
	return err == ERR_OK ? ERR_OK : ERR_TEMP;
}

/* --- what the accepting commit takes --- */

int64_t
store_container_mail_id(const struct store_container *c)
{
	return c->id;
}

void
store_container_token(const struct store_container *c, int rcpt_no, char ret[STORE_TOKEN_SIZE])
{
	message_token(c->key, rcpt_no, ret);
}

int64_t
container_tenant_id(const struct store_container *c)
{
	return c->tenant_id;
}

const uint8_t *
container_key(const struct store_container *c)
{
	return c->key;
}

const uint8_t *
container_sealed_key(const struct store_container *c)
{
	return c->sealed_key;
}

struct span
container_row(const struct store_container *c)
{
	assert(c->stage == STAGE_FINISHED);
	return c->path[0] == '\0' ? buf_span(&c->pending) : SPAN_NONE;
}

uint64_t
container_stored_size(const struct store_container *c)
{
	return c->stored_size;
}

void
container_keep(struct store_container *c)
{
	c->keep = true;
}
