/*
 * mime/index.c, mime/file.c, mime/insert.c, mime/writer.c: what is read back, from any place, and that damage is
 * found.
 *
 * Expected values are written out; for quoted-printable and base64 bodies they follow from RFC 2045.
 */
#include "mime/file.h"
#include "mime/limits.h"

#include "support/alloc.h"
#include "support/unit.h"

#include "mime/mail_text.h"
#include "mime/trip.h"

#include <stdio.h>

static void
detach(struct trip *t, struct buf *mail, const char *text)
{
	buf_clear(mail);
	mail_text(mail, text);
	trip_detach(t, buf_span(mail), false, NULL, NULL);
	assert_ok(t->err);
}

#define SAMPLE                                                                        \
	"From: a@b\nContent-Type: multipart/mixed; boundary=m\n\npreamble\n--m\n"     \
	"Content-Type: text/plain\n\nhello\n--m\nContent-Type: A/B; name=\"x.bin\"\n" \
	"Content-Transfer-Encoding: base64\nContent-ID: < i@d >\n\nQUJD\nREVG\nGHI\n--m--\nepilogue\n"

static void
numbers_pieces_in_order(void **state)
{
	static const struct {
		enum mime_piece_kind kind;
		uint32_t owner;
		const char *text;
	} want[] = {
		{ MIME_PIECE_HEAD, 0,
		    "From: a@b\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" },
		{ MIME_PIECE_RAW, 0, "preamble" },
		{ MIME_PIECE_DELIM, 1, "\r\n--m\r\n" },
		{ MIME_PIECE_HEAD, 1, "Content-Type: text/plain\r\n\r\n" },
		{ MIME_PIECE_RAW, 1, "hello" },
		{ MIME_PIECE_DELIM, 2, "\r\n--m\r\n" },
		{ MIME_PIECE_HEAD, 2,
		    "Content-Type: A/B; name=\"x.bin\"\r\n"
		    "Content-Transfer-Encoding: base64\r\nContent-ID: < i@d >\r\n\r\n" },
		{ MIME_PIECE_CODED, 2, "QUJD\r\nREVG\r\n" },
		{ MIME_PIECE_RAW, 2, "GHI" },
		{ MIME_PIECE_CLOSE, 0, "\r\n--m--\r\n" },
		{ MIME_PIECE_RAW, 0, "epilogue\r\n" },
	};
	static struct mime_pieces it;
	static struct trip t;
	struct mime_piece piece;
	struct buf mail, text;

	(void)state;
	buf_init(&mail, 65536);
	buf_init(&text, 65536);
	detach(&t, &mail, SAMPLE);
	assert_int_equal(t.ix->piece_count, COUNT(want));
	for (uint32_t first = 0; first <= COUNT(want); first++) {
		mime_pieces_start(&it, t.ix, first);
		for (size_t i = first; i < COUNT(want); i++) {
			assert_ok(mime_pieces_next(&it, &piece));
			assert_int_equal(piece.kind, want[i].kind);
			assert_int_equal(piece.owner, want[i].owner);
			assert_int_equal(piece.mail_len, strlen(want[i].text));
			buf_clear(&text);
			assert_ok(mime_piece_copy(t.ix, &piece, sink_buf(&text)));
			assert_span(buf_span(&text), want[i].text);
		}
		assert_int_equal(mime_pieces_next(&it, &piece), ERR_NOT_FOUND);
	}
	assert_int_equal(t.ix->parts[0].first_piece, 0);
	assert_int_equal(t.ix->parts[1].first_piece, 2);
	assert_int_equal(t.ix->parts[2].first_piece, 5);
	trip_done(&t);
	buf_done(&mail);
	buf_done(&text);
}

static void
describes_parts(void **state)
{
	static struct trip t;
	const struct mime_part *p;
	uint8_t sha256[SHA256_SIZE];
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	detach(&t, &mail, SAMPLE);
	assert_int_equal(t.ix->part_count, 3);
	p = &t.ix->parts[2];
	assert_span(p->type, "a");
	assert_span(p->subtype, "b");
	assert_span(p->name, "x.bin");
	assert_span(p->content_id, "i@d");
	assert_int_equal(p->parent, 0);
	assert_int_equal(p->depth, 1);
	assert_int_equal(p->cte, MIME_CTE_BASE64);
	assert_true(p->named);
	assert_false(p->disposition_attachment);
	assert_int_equal(p->insert_off, MIME_NO_INSERT);
	assert_int_equal(p->file_len, 8); /* "GHI" without padding: two bytes */
	sha256_of(SPAN("ABCDEF\x18\x72"), sha256);
	assert_memory_equal(p->sha256, sha256, sizeof(sha256));
	assert_int_equal(t.ix->parts[0].parent, MIME_NO_PART);
	assert_int_equal(t.ix->parts[1].insert_off, 0);
	assert_true(mime_part_inside(t.ix, 2, 0));
	assert_true(mime_part_inside(t.ix, 2, 2));
	assert_false(mime_part_inside(t.ix, 2, 1));
	assert_false(mime_part_inside(t.ix, 0, 2));
	trip_done(&t);
	buf_done(&mail);
}

/* ---- files ---- */

static const struct {
	const char *name, *encoding, *body, *want;
} files[] = {
	{ "identity", "7bit", "abc\ndef\n", "abc\r\ndef" },
	{ "canonical", "base64", "QUJD\nREVG\nR0g=\n", "ABCDEFGH" },
	{ "spoiled in the middle", "base64", "QUJD\nREVG\nUV J\nR0hJ\nUw==\n", "ABCDEFQRHR R" },
	{ "spoiled at once", "base64", "!QUJD\nREVG\n", "ABCDEF" },
	{ "quoted-printable", "quoted-printable", "a=\nb=3D \nc\n", "ab=\r\nc" },
	{ "nothing", "base64", "", "" },
};

/* Every range of every file. */
static void
copies_every_range(void **state)
{
	static struct trip t;
	struct buf mail, whole, got;
	char text[1024];

	(void)state;
	buf_init(&mail, 65536);
	buf_init(&whole, 65536);
	buf_init(&got, 65536);
	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(text, sizeof(text),
		    "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: a/b\n"
		    "Content-Transfer-Encoding: %s\n\n%s--m--\n",
		    files[i].encoding, files[i].body);
		detach(&t, &mail, text);
		buf_clear(&whole);
		assert_ok(mime_file_copy(t.ix, 1, 0, t.ix->parts[1].file_len, sink_buf(&whole)));
		if (i != 2) /* its bits are checked by the digest below */
			assert_span(buf_span(&whole), files[i].want);
		for (size_t off = 0; off <= whole.len; off++)
			for (size_t len = 0; off + len <= whole.len; len++) {
				buf_clear(&got);
				assert_ok(mime_file_copy(t.ix, 1, off, len, sink_buf(&got)));
				assert_true(span_eq(buf_span(&got),
				    span_upto(span_from(buf_span(&whole), off), len)));
			}
		assert_err(mime_file_copy(t.ix, 1, 0, whole.len + 1, sink_buf(&got)), ERR_NOT_FOUND,
		    "end");
		assert_err(mime_file_copy(t.ix, 1, whole.len + 1, 0, sink_buf(&got)), ERR_NOT_FOUND,
		    "end");
		assert_err(
		    mime_file_copy(t.ix, 1, UINT64_MAX, 1, sink_buf(&got)), ERR_NOT_FOUND, "end");
		trip_done(&t);
	}
	buf_done(&mail);
	buf_done(&whole);
	buf_done(&got);
}

/* ---- the place of a banner ---- */

static const struct {
	const char *name, *mail;
	uint64_t off, resume; /* raw */
	uint32_t column;
	const char *quantum; /* its bytes, "|" where the banner goes; "" between quanta */
} places[] = {
	{ "text", "\nhello", 0, 0, 0, "" },
	{ "text in base64", "Content-Transfer-Encoding: base64\n\naGVsbG8=\n", 0, 0, 0, "" },
	{ "text in quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n=41\n", 0, 0,
	    0, "" },
	{ "empty text", "\n", 0, 0, 0, "" },
	{ "HTML", "Content-Type: text/html\n\n<html>\n<body>x", 14, 14, 6, "" },
	{ "HTML, tag ends a line", "Content-Type: text/html\n\n<body>\nx", 6, 6, 6, "" },
	{ "HTML in quoted-printable",
	    "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
	    "<bo=\ndy a=3D\"b\">x",
	    17, 17, 11, "" },
	{ "escaped end of the tag",
	    "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
	    "<body=3Ex",
	    8, 8, 8, "" },
	/* "<body>x", "a<body>"..., at each place of a quantum */
	{ "HTML in base64, between quanta",
	    "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
	    "PGJvZHk+eHl6\n",
	    8, 8, 8, "" },
	{ "HTML in base64, inside a quantum",
	    "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
	    "PGJvZHkgPnh5\n",
	    8, 12, 8, ">|xy" },
	{ "two bytes in",
	    "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
	    "PGJvZHkgID54\n",
	    8, 12, 8, " >|x" },
	{ "quantum across lines",
	    "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
	    "PGJvZHkgPn\nh5\n",
	    8, 14, 8, ">|xy" },
	{ "padding behind it",
	    "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
	    "PGJvZHkgPg==\n",
	    8, 12, 8, ">|" },
	{ "no padding behind it",
	    "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
	    "PGJvZHkgPg",
	    8, 10, 8, ">|" },
	{ "second line",
	    "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
	    "PGJv\nZHkgPnh5\n",
	    10, 14, 4, ">|xy" },
};

static void
show_quantum(const struct mime_insert *at, char out[8])
{
	size_t n = 0;

	for (uint8_t i = 0; i <= at->quantum_len; i++) {
		if (i == at->quantum_split && at->quantum_len > 0)
			out[n++] = '|';
		if (i < at->quantum_len)
			out[n++] = (char)at->quantum[i];
	}
	out[n] = '\0';
}

static void
finds_the_place_of_a_banner(void **state)
{
	static struct trip t;
	struct mime_insert at;
	char quantum[8];
	struct buf mail;

	(void)state;
	buf_init(&mail, 65536);
	for (size_t i = 0; i < COUNT(places); i++) {
		detach(&t, &mail, places[i].mail);
		assert_ok(mime_insert_find(t.ix, 0, &at));
		show_quantum(&at, quantum);
		if (at.raw_off != places[i].off || at.raw_resume != places[i].resume ||
		    at.column != places[i].column || strcmp(quantum, places[i].quantum) != 0)
			fail_msg("%s: %u to %u, column %u, \"%s\"", places[i].name,
			    (unsigned)at.raw_off, (unsigned)at.raw_resume, at.column, quantum);
		trip_done(&t);
	}
	buf_done(&mail);
}

/* ---- damage ---- */

/* Read everything there is; the mail's bytes are then in out. */
static enum err
read_all(struct span container, struct buf *out)
{
	struct arena arena;
	struct mime_index *ix;
	uint64_t count = 0;
	enum err err;

	arena_init(&arena, MIME_INDEX_MEMORY_MAX);
	err = mime_index_open(source_span(&container), &arena, &ix);
	if (err == ERR_OK)
		err = mime_reattach(ix, sink_buf(out));
	for (uint32_t i = 0; err == ERR_OK && i < ix->part_count; i++)
		if (ix->parts[i].role != MIME_ROLE_MULTIPART)
			err =
			    mime_file_copy(ix, i, 0, ix->parts[i].file_len, sink_counting(&count));
	arena_done(&arena);
	return err;
}

/*
 * Ciphers find damage before we do (store); here each bit of the container is turned over, and whatever is
 * read, nothing is followed out of bounds. What is found says so.
 */
static void
survives_every_bit(void **state)
{
	static struct trip t;
	struct buf mail, copy, out;
	size_t found = 0;

	(void)state;
	buf_init(&mail, 65536);
	buf_init(&copy, 1u << 20);
	buf_init(&out, 1u << 20);
	detach(&t, &mail, SAMPLE);
	for (size_t bit = 0; bit < t.container.len * 8; bit++) {
		enum err err;

		buf_clear(&copy);
		buf_clear(&out);
		assert_ok(buf_put(&copy, buf_span(&t.container)));
		copy.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		err = read_all(buf_span(&copy), &out);
		if (err == ERR_DENIED)
			assert_non_null(strstr(err_note(), "damaged"));
		found += err != ERR_OK;
	}
	assert_true(found > 200);
	trip_done(&t);
	buf_done(&mail);
	buf_done(&copy);
	buf_done(&out);
}

static void
refuses_every_cut(void **state)
{
	static struct trip t;
	struct buf mail, out;

	(void)state;
	buf_init(&mail, 65536);
	buf_init(&out, 1u << 20);
	detach(&t, &mail, SAMPLE);
	assert_ok(read_all(buf_span(&t.container), &out));
	assert_true(span_eq(buf_span(&out), buf_span(&mail)));
	for (size_t len = 0; len < t.container.len; len++)
		assert_err(
		    read_all(span_upto(buf_span(&t.container), len), &out), ERR_DENIED, "damaged");
	assert_ok(buf_put_byte(&t.container, 0));
	assert_err(read_all(buf_span(&t.container), &out), ERR_DENIED, "damaged");
	trip_done(&t);
	buf_done(&mail);
	buf_done(&out);
}

/* A mail whose index has many chunks: pieces are found from every number. */
static void
walks_many_chunks(void **state)
{
	static struct mime_pieces it, other;
	static struct trip t;
	struct mime_piece a, b;
	struct buf mail;

	(void)state;
	buf_init(&mail, 1u << 24);
	mail_text(&mail, "Content-Type: multipart/mixed; boundary=m\n\n");
	for (unsigned i = 0; i + 1 < MIME_MAX_PARTS; i++)
		mail_text(&mail,
		    "--m\nContent-Type: application/x-a-rather-long-type; name=abcdefghijkl.xyz\n\nx\n");
	trip_detach(&t, buf_span(&mail), false, NULL, NULL);
	assert_ok(t.err);
	assert_true(t.ix->chunk_count > 10);
	mime_pieces_start(&it, t.ix, 0);
	for (uint32_t i = 0; i < t.ix->piece_count; i++) {
		assert_ok(mime_pieces_next(&it, &a));
		mime_pieces_start(&other, t.ix, i);
		assert_ok(mime_pieces_next(&other, &b));
		assert_int_equal(a.off, b.off);
		assert_int_equal(a.owner, b.owner);
	}
	trip_done(&t);
	buf_done(&mail);
}

static enum err
no_bytes(void *ctx, uint64_t off, uint8_t *out, size_t len)
{
	(void)ctx;
	(void)off;
	memset(out, 0, len);
	return err_set(ERR_TEMP, "disk gone");
}

static void
passes_on_what_the_source_says(void **state)
{
	struct source gone = { no_bytes, NULL, 1000 };
	struct mime_index *ix;
	struct arena arena;

	(void)state;
	arena_init(&arena, MIME_INDEX_MEMORY_MAX);
	assert_err(mime_index_open(gone, &arena, &ix), ERR_TEMP, "disk gone");
	arena_done(&arena);
}

static void
survives_without_memory(void **state)
{
	static struct trip t;
	struct buf mail;
	uint64_t count = 0;
	struct mime_insert at;

	(void)state;
	buf_init(&mail, 65536);
	detach(&t, &mail, SAMPLE);
	alloc_fail_at(1);
	assert_int_equal(mime_reattach(t.ix, sink_counting(&count)), ERR_TEMP);
	alloc_fail_at(1);
	assert_int_equal(mime_file_copy(t.ix, 2, 0, 1, sink_counting(&count)), ERR_TEMP);
	alloc_fail_at(1);
	assert_int_equal(mime_insert_find(t.ix, 1, &at), ERR_TEMP);
	alloc_fail_at(0);
	trip_done(&t);
	buf_done(&mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_pieces_in_order),
		cmocka_unit_test(describes_parts),
		cmocka_unit_test(copies_every_range),
		cmocka_unit_test(finds_the_place_of_a_banner),
		cmocka_unit_test(survives_every_bit),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(walks_many_chunks),
		cmocka_unit_test(passes_on_what_the_source_says),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
