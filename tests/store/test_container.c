/*
 * tests/store/test_container.c - containers: frames cut, moved, swapped, flipped, taken from elsewhere (P20).
 */
#include "observe.h"

#include "store/container_int.h"
#include "store/frames.h"
#include "store/store_int.h"
#include "support/alloc.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAMES 4
#define SIZE   ((FRAMES - 1) * (uint64_t)STORE_FRAME_SIZE + 1000)

struct file {
	char path[PATH_MAX];
	struct buf bytes;
};

static void
load(const struct fix *f, int64_t id, struct file *file)
{
	assert_ok(container_path(f->containers, id, file->path));
	buf_init(&file->bytes, 16u << 20);
	assert_true(file_read(file->path, &file->bytes));
}

static void
save(const struct file *file, const uint8_t *p, size_t len)
{
	int fd = open(file->path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, len), len);
	assert_int_equal(close(fd), 0);
}

static int64_t
make(struct fix *f, uint64_t size)
{
	struct fix_sent sent = { 0 };

	assert_ok(fix_commit(
	    f, fix_receive(f), &(struct fix_mail){ .secure = true, .size = size }, &sent));
	return sent.mail_id;
}

/* The whole content, or the first error. */
static enum err
read_all(struct fix *f, int64_t id)
{
	struct store_reader *r = NULL;
	uint8_t piece[8192];
	struct source s;
	enum err err = store_reader_open(fix_deliver(f), f->tenant_id, id, &r);

	if (err != ERR_OK)
		return err;
	s = store_reader_source(r);
	for (uint64_t at = 0; at < s.len && err == ERR_OK; at += sizeof(piece)) {
		size_t n = s.len - at < sizeof(piece) ? (size_t)(s.len - at) : sizeof(piece);

		err = source_get(s, at, piece, n);
		for (size_t i = 0; i < n && err == ERR_OK; i++)
			assert_int_equal(piece[i], fix_byte(at + i));
	}
	store_reader_free(&r);
	return err;
}

static uint8_t *
frame(struct buf *b, size_t no)
{
	return b->p + FRAMES_HEADER_SIZE + no * FRAME_STORED_MAX;
}

static void
test_swapped_frames(void **state)
{
	uint8_t *keep = malloc(FRAME_STORED_MAX);
	struct file file;
	struct fix f;
	int64_t id;

	(void)state;
	fix_init(&f);
	id = make(&f, SIZE);
	load(&f, id, &file);
	assert_int_equal(read_all(&f, id), ERR_OK);
	/* two frames trade places */
	memcpy(keep, frame(&file.bytes, 0), FRAME_STORED_MAX);
	memcpy(frame(&file.bytes, 0), frame(&file.bytes, 1), FRAME_STORED_MAX);
	memcpy(frame(&file.bytes, 1), keep, FRAME_STORED_MAX);
	save(&file, file.bytes.p, file.bytes.len);
	assert_int_equal(read_all(&f, id), ERR_DENIED);
	/* one is repeated over another */
	memcpy(frame(&file.bytes, 0), keep, FRAME_STORED_MAX);
	save(&file, file.bytes.p, file.bytes.len);
	assert_int_equal(read_all(&f, id), ERR_DENIED);
	buf_done(&file.bytes);
	free(keep);
	fix_done(&f);
}

static void
test_cut(void **state)
{
	struct file file;
	char sql[200];
	struct fix f;
	int64_t id;

	(void)state;
	fix_init(&f);
	id = make(&f, SIZE);
	load(&f, id, &file);
	for (size_t keep = 0; keep < FRAMES; keep++) {
		size_t len = FRAMES_HEADER_SIZE + keep * FRAME_STORED_MAX;

		save(&file, file.bytes.p, len);
		assert_int_equal(read_all(&f, id), ERR_DENIED);
		/* also when the row was made to agree: then the final flag does not */
		(void)snprintf(sql, sizeof(sql), "UPDATE mail SET stored_bytes = %zu", len);
		sql_run(&f, sql);
		assert_int_equal(read_all(&f, id), ERR_DENIED);
		(void)snprintf(
		    sql, sizeof(sql), "UPDATE mail SET stored_bytes = %zu", file.bytes.len);
		sql_run(&f, sql);
	}
	save(&file, file.bytes.p, file.bytes.len - 1);
	assert_int_equal(read_all(&f, id), ERR_DENIED);
	save(&file, file.bytes.p, file.bytes.len);
	assert_int_equal(read_all(&f, id), ERR_OK);
	/* no file at all is trouble of ours, no word on the mail */
	assert_int_equal(unlink(file.path), 0);
	assert_int_equal(read_all(&f, id), ERR_TEMP);
	buf_done(&file.bytes);
	fix_done(&f);
}

static void
test_grown(void **state)
{
	struct file file;
	char sql[200];
	struct fix f;
	size_t whole;
	int64_t id;

	(void)state;
	fix_init(&f);
	id = make(&f, 2 * (uint64_t)STORE_FRAME_SIZE);
	load(&f, id, &file);
	whole = file.bytes.len;
	/* the first frame once more behind the last */
	assert_ok(buf_reserve(&file.bytes, FRAME_STORED_MAX));
	memcpy(file.bytes.p + whole, frame(&file.bytes, 0), FRAME_STORED_MAX);
	save(&file, file.bytes.p, whole + FRAME_STORED_MAX);
	(void)snprintf(
	    sql, sizeof(sql), "UPDATE mail SET stored_bytes = %zu", whole + FRAME_STORED_MAX);
	sql_run(&f, sql);
	assert_int_equal(read_all(&f, id), ERR_DENIED);
	buf_done(&file.bytes);
	fix_done(&f);
}

static void
test_flipped_bits(void **state)
{
	static const size_t places[] = { 0, 4, 8, 15, 16, 17, 100,
		FRAMES_HEADER_SIZE + STORE_FRAME_SIZE, FRAMES_HEADER_SIZE + FRAME_STORED_MAX - 1,
		FRAMES_HEADER_SIZE + FRAME_STORED_MAX };
	struct file file;
	struct fix f;
	int64_t id;

	(void)state;
	fix_init(&f);
	id = make(&f, SIZE);
	load(&f, id, &file);
	for (size_t i = 0; i <= COUNT(places); i++) {
		size_t at = i < COUNT(places) ? places[i] : file.bytes.len - 1;

		file.bytes.p[at] ^= 1;
		save(&file, file.bytes.p, file.bytes.len);
		if (read_all(&f, id) != ERR_DENIED)
			fail_msg("bit at %zu was not noticed", at);
		file.bytes.p[at] ^= 1;
	}
	buf_done(&file.bytes);
	fix_done(&f);
}

static void
test_another_containers_frames(void **state)
{
	struct file a, b;
	struct fix f;
	int64_t id_a, id_b;

	(void)state;
	fix_init(&f);
	id_a = make(&f, SIZE);
	id_b = make(&f, SIZE);
	load(&f, id_a, &a);
	load(&f, id_b, &b);
	/* a whole other container, its frames under the right header, one of its frames */
	save(&a, b.bytes.p, b.bytes.len);
	assert_int_equal(read_all(&f, id_a), ERR_DENIED);
	memcpy(b.bytes.p, a.bytes.p, FRAMES_HEADER_SIZE);
	save(&a, b.bytes.p, b.bytes.len);
	assert_int_equal(read_all(&f, id_a), ERR_DENIED);
	memcpy(frame(&a.bytes, 1), frame(&b.bytes, 1), FRAME_STORED_MAX);
	save(&a, a.bytes.p, a.bytes.len);
	assert_int_equal(read_all(&f, id_a), ERR_DENIED);
	buf_done(&a.bytes);
	buf_done(&b.bytes);
	fix_done(&f);
}

static void
test_rows_cannot_be_exchanged(void **state)
{
	int64_t a, b, other;
	struct store_reader *r = NULL;
	struct fix f;

	(void)state;
	fix_init(&f);
	a = make(&f, 100);
	b = make(&f, 100);
	assert_int_equal(read_all(&f, a), ERR_OK);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE container IS NULL"), 0);
	/* another tenant does not get it, whatever it knows */
	other = fix_tenant_add(&f, "fabrikam", 2);
	assert_int_equal(store_reader_open(fix_deliver(&f), other, a, &r), ERR_NOT_FOUND);
	/* the content of one mail in the row of another */
	sql_run(&f,
	    "UPDATE mail SET container = (SELECT container FROM mail ORDER BY id DESC LIMIT 1)");
	assert_int_equal(read_all(&f, a), ERR_DENIED);
	assert_int_equal(read_all(&f, b), ERR_OK);
	/* with its key, too: the key is bound to its mail */
	sql_run(&f,
	    "UPDATE mail SET sealed_key = (SELECT sealed_key FROM mail ORDER BY id DESC LIMIT 1)");
	assert_int_equal(read_all(&f, a), ERR_DENIED);
	fix_done(&f);
}

static void
test_random_access(void **state)
{
	struct store_reader *r = NULL;
	uint8_t out[3 * 4096];
	struct source s;
	struct fix f;
	int64_t id;

	(void)state;
	fix_init(&f);
	id = make(&f, SIZE);
	assert_ok(store_reader_open(fix_deliver(&f), f.tenant_id, id, &r));
	s = store_reader_source(r);
	assert_int_equal(s.len, SIZE);
	/* across each frame's border, backwards and forwards */
	for (uint64_t at = 0; at + sizeof(out) <= SIZE; at += 60001) {
		uint64_t places[] = { at, SIZE - sizeof(out) - at };

		for (size_t k = 0; k < COUNT(places); k++) {
			assert_ok(source_get(s, places[k], out, sizeof(out)));
			for (size_t i = 0; i < sizeof(out); i++)
				assert_int_equal(out[i], fix_byte(places[k] + i));
		}
	}
	assert_ok(source_get(s, SIZE, out, 0));
	assert_int_equal(source_get(s, SIZE, out, 1), ERR_NOT_FOUND);
	assert_int_equal(source_get(s, SIZE - 1, out, 2), ERR_NOT_FOUND);
	assert_int_equal(source_get(s, UINT64_MAX, out, 2), ERR_NOT_FOUND);
	store_reader_free(&r);
	fix_done(&f);
}

static void
test_memory_is_flat(void **state)
{
	struct store_container *c = NULL;
	struct store_reader *r = NULL;
	struct fix_sent sent = { 0 };
	struct fix f;
	uint8_t out[100];

	(void)state;
	fix_init(&f);
	assert_ok(store_container_new(fix_receive(&f), f.tenant_id, &c));
	alloc_watch();
	assert_ok(fix_fill(c, 20u << 20));
	assert_ok(store_container_finish(c));
	if (alloc_peak_bytes() > 256 * 1024)
		fail_msg("%zu bytes to write 20 MiB", alloc_peak_bytes());
	store_container_free(&c);

	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ .size = 20u << 20 }, &sent));
	(void)fix_deliver(&f);
	alloc_watch();
	assert_ok(store_reader_open(f.deliver, f.tenant_id, sent.mail_id, &r));
	for (uint64_t at = 0; at < (20u << 20) - sizeof(out); at += 50000)
		assert_ok(source_get(store_reader_source(r), at, out, sizeof(out)));
	if (alloc_peak_bytes() > 256 * 1024 + 64 * 1024)
		fail_msg("%zu bytes to read 20 MiB", alloc_peak_bytes());
	store_reader_free(&r);
	fix_done(&f);
}

static unsigned
files_in(const char *folder)
{
	char command[800];
	unsigned n = 0;
	FILE *p;

	(void)snprintf(command, sizeof(command), "find '%.600s' -type f | wc -l", folder);
	p = popen(command, "r");
	assert_non_null(p);
	assert_int_equal(fscanf(p, "%u", &n), 1);
	(void)pclose(p);
	return n;
}

static void
test_nothing_is_left_behind(void **state)
{
	struct store_container *c = NULL;
	struct fix_sent sent = { 0 };
	struct fix f;

	(void)state;
	fix_init(&f);
	/* begun and dropped, finished and dropped */
	assert_ok(store_container_new(fix_receive(&f), f.tenant_id, &c));
	assert_ok(fix_fill(c, SIZE));
	assert_int_equal(files_in(f.containers), 1);
	store_container_free(&c);
	assert_int_equal(files_in(f.containers), 0);
	assert_ok(store_container_new(f.receive, f.tenant_id, &c));
	assert_ok(fix_fill(c, SIZE));
	assert_ok(store_container_finish(c));
	store_container_free(&c);
	assert_int_equal(files_in(f.containers), 0);
	/* a repeat drops its bytes, a mail keeps them, a small one has none */
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ .size = SIZE, .key = "k" }, &sent));
	assert_int_equal(files_in(f.containers), 1);
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ .size = SIZE, .key = "k" }, &sent));
	assert_int_equal(files_in(f.containers), 1);
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ .size = 65536 }, &sent));
	assert_int_equal(files_in(f.containers), 1);
	fix_done(&f);
}

static void
test_layouts(void **state)
{
	static const struct {
		uint64_t stored;
		enum err want;
		uint64_t count, plain;
	} cases[] = {
		{ 0, ERR_DENIED, 0, 0 },
		{ 16, ERR_DENIED, 0, 0 },
		{ 31, ERR_DENIED, 0, 0 },
		{ 32, ERR_OK, 1, 0 },
		{ 33, ERR_OK, 1, 1 },
		{ 16 + 65552, ERR_OK, 1, 65536 },
		{ 16 + 65552 + 1, ERR_DENIED, 0, 0 },
		{ 16 + 65552 + 16, ERR_DENIED, 0, 0 },
		{ 16 + 65552 + 17, ERR_OK, 2, 65537 },
		{ 16 + 2 * 65552, ERR_OK, 2, 131072 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct frames_layout l = { 0, 0 };
		enum err err = frames_layout_of(cases[i].stored, &l);

		if (err != cases[i].want || l.count != cases[i].count ||
		    l.plain_size != cases[i].plain)
			fail_msg("%llu bytes: %s, %llu frames, %llu plain",
			    (unsigned long long)cases[i].stored, err_name(err),
			    (unsigned long long)l.count, (unsigned long long)l.plain_size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_swapped_frames),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_grown),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_another_containers_frames),
		cmocka_unit_test(test_rows_cannot_be_exchanged),
		cmocka_unit_test(test_random_access),
		cmocka_unit_test(test_memory_is_flat),
		cmocka_unit_test(test_nothing_is_left_behind),
		cmocka_unit_test(test_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
