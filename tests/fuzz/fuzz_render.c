/*
 * Mails that our parser takes are written back: unchanged when nothing is asked for, and, when edited, as a
 * mail that the same parser takes, that has no attachment left, and whose bytes do not depend on the try.
 * The first byte chooses line ends and language.
 */
#include "../mime/trip.h"

#include "mime/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
pass(const struct trip *t, struct span mail)
{
	static const struct mime_render_plan nothing;
	struct buf out;

	buf_init(&out, TRIP_MAX);
	must(mime_render(t->ix, &nothing, sink_buf(&out)) == ERR_OK);
	must(span_eq(buf_span(&out), mail));
	buf_done(&out);
}

static void
read_again(struct span mail, bool lenient)
{
	static struct trip t;

	trip_detach(&t, mail, lenient, NULL, NULL);
	/* a mail at the bound of parts may grow past it */
	must(t.err == ERR_OK || t.err == ERR_LIMIT);
	if (t.err == ERR_OK)
		must(t.facts.attachment_count == 0);
	trip_done(&t);
}

/* Bytes of our own must not make the mail harder to carry than it was. */
static void
compare_lines(const struct mime_index *ix, struct span mail)
{
	struct span line;

	if (ix->wire.bare_cr || ix->wire.bare_lf || ix->wire.nul || ix->wire.long_line)
		return;
	while (span_take_until(&mail, '\n', &line)) {
		(void)span_take_byte(&mail, '\n');
		must(line.len > 0 && line.p[line.len - 1] == '\r' && line.len <= 999);
		must(span_find_byte(line, '\r') == line.len - 1);
	}
}

static void
edit(const struct trip *t, enum tenant_language language, bool lenient)
{
	struct mime_banner banner = {
		.language = language,
		.organisation = SPAN("Fuzz & Co"),
		.expires_ms = 1798070400000,
		.url = SPAN("https://secudoc.example.nl/t/abcdefghijklmnopqrstuvwxyz234567"),
	};
	/* a mailbox file's "From " line, which lenient parsing passes over, must stay the first one */
	struct mime_render_plan plan = { .edit = true,
		.banner = &banner,
		.head_add = lenient ? SPAN_NONE : SPAN("X-A: 1\r\n") };
	struct buf once, twice;

	buf_init(&once, TRIP_MAX);
	buf_init(&twice, TRIP_MAX);
	must(mime_render(t->ix, &plan, sink_buf(&once)) == ERR_OK);
	must(mime_render(t->ix, &plan, sink_buf(&twice)) == ERR_OK);
	must(span_eq(buf_span(&once), buf_span(&twice)));
	read_again(buf_span(&once), lenient);
	if (!lenient)
		compare_lines(t->ix, buf_span(&once));
	buf_done(&once);
	buf_done(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trip t;
	struct span mail = { data + 1, size - 1 };
	bool lenient;

	if (size < 2)
		return 0;
	lenient = data[0] & 1;
	trip_detach(&t, mail, lenient, NULL, NULL);
	if (t.err == ERR_OK) {
		pass(&t, mail);
		if (t.facts.attachment_count > 0)
			edit(&t, (enum tenant_language)((data[0] >> 1) % 3), lenient);
	}
	trip_done(&t);
	return 0;
}
