/*
 * The HTML scanner: any split gives the same references and the same place, and a banner put there becomes
 * the first thing of the body. The first byte chooses ISO 2022 and the split.
 */
#include "mime/html.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
	uint64_t hash;
	uint64_t count;
	uint64_t place;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
note_cid(void *ctx, struct span id)
{
	struct trace *t = ctx;

	must(id.len > 0 && id.len <= MIME_HTML_CID_MAX);
	for (size_t i = 0; i < id.len; i++)
		t->hash = t->hash * 31 + id.p[i];
	t->hash = t->hash * 31 + 256;
	t->count++;
}

static struct trace
scan(struct span in, size_t step, bool iso2022)
{
	struct trace t = { 0 };
	struct mime_html_events events = { &t, note_cid };
	struct mime_html h;
	uint64_t early = UINT64_MAX, size = in.len;

	mime_html_init(&h, iso2022, &events);
	while (in.len > 0) {
		mime_html_push(&h, span_upto(in, step));
		in = span_from(in, step);
		if (early == UINT64_MAX)
			(void)mime_html_place(&h, &early);
	}
	t.place = mime_html_finish(&h);
	must(t.place <= size);
	must(early == UINT64_MAX || early == t.place);
	return t;
}

static bool
equal(struct trace a, struct trace b)
{
	return a.hash == b.hash && a.count == b.count && a.place == b.place;
}

static void
insert(struct span in, uint64_t place, bool iso2022)
{
	static const char banner[] = "\r\n<div>x</div>\r\n";
	size_t len = sizeof(banner) - 1;
	uint8_t *text = malloc(in.len + len);
	struct trace t;

	must(text != NULL);
	memcpy(text, in.p, place);
	memcpy(text + place, banner, len);
	memcpy(text + place + len, in.p + place, in.len - place);
	t = scan(span_of(text, in.len + len), in.len + len, iso2022);
	must(t.place == place || t.place == place + 2);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data + 1, size - 1 };
	struct trace whole;
	bool iso2022;

	if (size == 0)
		return 0;
	iso2022 = data[0] & 1;
	whole = scan(in, in.len, iso2022);
	must(equal(whole, scan(in, 1, iso2022)));
	must(equal(whole, scan(in, (size_t)(data[0] >> 1) + 2, iso2022)));
	insert(in, whole.place, iso2022);
	return 0;
}
