/*
 * store/reader.c - random access into a container, two frames of memory.
 *
 * Files are read frame by frame as they are asked for; a container in a row is held as it was stored (at
 * most one frame). Two frames are kept open: mime reads index and content in turn.
 */
#include "store/container.h"

#include "store/container_int.h"
#include "store/frames.h"
#include "store/io.h"
#include "store/store_int.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CACHE_FRAMES 2u

struct cached {
	uint64_t number;
	bool valid;
	uint64_t used;  /* when, in reads */
	uint8_t *plain; /* STORE_FRAME_SIZE and room for the tag */
};

struct store_reader {
	struct frames frames;
	struct frames_layout layout;
	struct buf row; /* stored bytes, when there is no file */
	int fd;         /* -1: row */
	char path[PATH_MAX];
	uint64_t reads;
	struct cached cache[CACHE_FRAMES];
};

/* What the mail's row says. */
struct stored {
	uint8_t sealed_key[SEALED_KEY_SIZE];
	uint64_t bytes;
	bool is_file;
};

static enum err
read_row(struct store *st, int64_t tenant_id, int64_t mail_id, struct stored *ret, struct buf *row)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	struct span key;
	bool have;

	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_MAIL_OPEN, DB_ARGS(db_int(tenant_id), db_int(mail_id)), &rows));
	TRY(db_next(&rows, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no mail %lld with a key", (long long)mail_id);
	key = db_get_bytes(&rows, 0);
	if (key.len != SEALED_KEY_SIZE)
		return err_set(ERR_DENIED, "key of mail %lld is odd", (long long)mail_id);
	memcpy(ret->sealed_key, key.p, key.len);
	ret->bytes = (uint64_t)db_get_int(&rows, 1);
	ret->is_file = db_is_null(&rows, 2);
	return ret->is_file ? ERR_OK : buf_put(row, db_get_bytes(&rows, 2));
}

static enum err
stored_get(struct store_reader *r, uint64_t off, uint8_t *out, size_t len)
{
	enum err err;

	if (r->fd < 0) {
		if (off > r->row.len || len > r->row.len - off)
			return err_set(ERR_DENIED, "container in its row is too short");
		memcpy(out, r->row.p + off, len);
		return ERR_OK;
	}
	err = io_read_at(r->fd, off, out, len, r->path);
	return err == ERR_NOT_FOUND ? ERR_DENIED : err; /* cut while we had it open */
}

static enum err
frame_load(struct store_reader *r, uint64_t number, struct cached *into)
{
	uint64_t off;
	size_t len;

	into->valid = false;
	frames_place(&r->layout, number, &off, &len);
	TRY(stored_get(r, off, into->plain, len));
	TRY(frame_open(&r->frames, number, number == r->layout.count - 1, span_of(into->plain, len),
	    into->plain));
	into->number = number;
	into->valid = true;
	return ERR_OK;
}

static enum err
frame_get(struct store_reader *r, uint64_t number, struct cached **ret)
{
	struct cached *oldest = &r->cache[0];

	r->reads++;
	for (size_t i = 0; i < CACHE_FRAMES; i++) {
		struct cached *c = &r->cache[i];

		if (c->valid && c->number == number) {
			c->used = r->reads;
			*ret = c;
			return ERR_OK;
		}
		if (c->used < oldest->used)
			oldest = c;
	}
	TRY(frame_load(r, number, oldest));
	oldest->used = r->reads;
	*ret = oldest;
	return ERR_OK;
}

static enum err
source_read(void *ctx, uint64_t off, uint8_t *out, size_t len)
{
	struct store_reader *r = ctx;

	if (off > r->layout.plain_size || len > r->layout.plain_size - off)
		return err_set(ERR_NOT_FOUND, "container ends at %llu",
		    (unsigned long long)r->layout.plain_size);
	while (len > 0) {
		size_t at = (size_t)(off % STORE_FRAME_SIZE);
		size_t n = STORE_FRAME_SIZE - at < len ? STORE_FRAME_SIZE - at : len;
		struct cached *c;

		TRY(frame_get(r, off / STORE_FRAME_SIZE, &c));
		memcpy(out, c->plain + at, n);
		out += n;
		off += n;
		len -= n;
	}
	return ERR_OK;
}

static enum err
file_open(struct store *st, struct store_reader *r, int64_t mail_id, uint64_t want_bytes)
{
	struct stat sb;
	enum err err;

	TRY(container_path(st->containers_dir, mail_id, r->path));
	err = io_open(r->path, O_RDONLY, 0, &r->fd);
	if (err != ERR_OK)
		return ERR_TEMP; /* there is a row, so this is trouble of ours, not an answer */
	if (fstat(r->fd, &sb) != 0 || (uint64_t)sb.st_size != want_bytes)
		return err_set(ERR_DENIED, "container %lld has not its size", (long long)mail_id);
	return ERR_OK;
}

static enum err
prove(struct store_reader *r, int64_t mail_id)
{
	uint8_t header[FRAMES_HEADER_SIZE];
	struct cached *last;

	TRY(stored_get(r, 0, header, sizeof(header)));
	TRY(frames_check_header(header, mail_id));
	return frame_get(r, r->layout.count - 1, &last);
}

static enum err
reader_fill(struct store *st, int64_t tenant_id, int64_t mail_id, struct store_reader *r)
{
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];
	struct stored stored = { .bytes = 0 };

	TRY(read_row(st, tenant_id, mail_id, &stored, &r->row));
	TRY(message_key_open(
	    st, tenant_id, mail_id, span_of(stored.sealed_key, SEALED_KEY_SIZE), key));
	frames_init(&r->frames, key, mail_id, tenant_id);
	TRY(frames_layout_of(stored.bytes, &r->layout));
	if (stored.is_file)
		TRY(file_open(st, r, mail_id, stored.bytes));
	else if (r->row.len != stored.bytes)
		return err_set(ERR_DENIED, "container %lld has not its size", (long long)mail_id);
	for (size_t i = 0; i < CACHE_FRAMES; i++) {
		r->cache[i].plain = malloc(FRAME_STORED_MAX);
		if (r->cache[i].plain == NULL)
			return err_set(ERR_TEMP, "no memory for frames");
	}
	return prove(r, mail_id);
}

enum err
store_reader_open(struct store *st, int64_t tenant_id, int64_t mail_id, struct store_reader **ret)
{
	struct store_reader *r = calloc(1, sizeof(*r));
	enum err err;

	if (r == NULL)
		return err_set(ERR_TEMP, "no memory for a reader");
	r->fd = -1;
	buf_init(&r->row, FRAMES_HEADER_SIZE + FRAME_STORED_MAX);
	err = reader_fill(st, tenant_id, mail_id, r);
	if (err != ERR_OK) {
		store_reader_free(&r);
		return err;
	}
	*ret = r;
	return ERR_OK;
}

struct source
store_reader_source(struct store_reader *r)
{
	return (struct source){ source_read, r, r->layout.plain_size };
}

void
store_reader_free(struct store_reader **rp)
{
	struct store_reader *r = *rp;

	if (r == NULL)
		return;
	for (size_t i = 0; i < CACHE_FRAMES; i++) {
		if (r->cache[i].plain != NULL)
			crypto_wipe(r->cache[i].plain, FRAME_STORED_MAX);
		free(r->cache[i].plain);
	}
	frames_done(&r->frames);
	buf_done(&r->row);
	io_close(&r->fd);
	free(r);
	*rp = NULL;
}
