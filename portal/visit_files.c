/*
 * portal/visit_files.c - with a session: the files, each of them, and the end.
 */
#include "core/clock.h"
#include "core/metrics.h"
#include "portal/disposition.h"
#include "portal/file_list.h"
#include "portal/guard.h"
#include "portal/page.h"
#include "portal/reply.h"
#include "portal/session.h"
#include "portal/visit.h"

#include <stdio.h>
#include <stdlib.h>

#define FILES_MAX       100000u /* number in an address; mime allows 1000 parts */
#define DISPOSITION_MAX 2048u   /* two forms of a name of 240 bytes */
#define ETAG_SIZE       (HEX_SIZE(SHA256_SIZE) + 2)

/* How much of a file may go out, and for how long, before its link is looked at again. */
#define LIVE_BYTES (1u << 20)
#define LIVE_MS    1000

static enum err
show_files(struct visit *v)
{
	CLEANUP(files_free) struct files *files = NULL;
	CLEANUP(file_list_done) struct file_list list = { 0 };
	int64_t minutes = (v->session.expires_ms - v->now_ms + 59999) / 60000;
	char page[GUARD_TOKEN_SIZE], minutes_text[24];

	TRY(files_open(v->web->store, v->session.tenant_id, v->session.mail_id, &files));
	TRY(file_list_init(&list, files, v->language));
	guard_page_token(v->web->form_key, span_str(v->handle), v->now_ms, page);
	(void)snprintf(minutes_text, sizeof(minutes_text), "%lld", (long long)minutes);

	const struct template_value values[] = {
		TEMPLATE_SET("handle", span_str(v->handle)),
		TEMPLATE_SET("page", span_str(page)),
		TEMPLATE_SWITCH("one", list.count == 1),
		TEMPLATE_SET("minutes", span_str(minutes_text)),
		TEMPLATE_SWITCH("one_minute", minutes == 1),
		TEMPLATE_LIST("files", list.rows, list.count),
	};
	reply_page(v, 200, page_files,
	    &(struct template_view){ values, sizeof(values) / sizeof(values[0]) });
	return ERR_OK;
}

void
visit_files(struct visit *v)
{
	enum err err = show_files(v);

	if (err != ERR_OK)
		reply_err(v, "files-page", err);
}

/* --- one file --- */

struct download {
	struct store *store;
	struct store_session session;
	struct files *files;
	const struct file *file;
	uint64_t off, len;
	bool whole; /* wanted by GET, from the first byte to the last */
	/* while it runs: */
	struct sink out;
	uint64_t unasked_bytes; /* gone out since the link was looked at */
	int64_t asked_ms;
};

/*
 * A visitor may take hours over a file, on purpose too. What was revoked or has expired ends there as well:
 * the key in our memory is not the one that counts.
 */
static enum err
download_put(void *ctx, struct span in)
{
	struct download *d = ctx;
	int64_t mono_ms = clock_mono_ms();

	if (d->unasked_bytes >= LIVE_BYTES || mono_ms - d->asked_ms >= LIVE_MS) {
		TRY(store_download_live(d->store, &d->session, clock_now_ms()));
		d->unasked_bytes = 0;
		d->asked_ms = mono_ms;
	}
	d->unasked_bytes += in.len;
	return sink_put(d->out, in);
}

static enum err
download_produce(void *ctx, struct sink out)
{
	struct download *d = ctx;
	enum err err;

	d->out = out;
	d->asked_ms = clock_mono_ms(); /* the session was found just now */
	err = files_copy(d->files, d->file, d->off, d->len, (struct sink){ download_put, d });
	/* ERR_TEMP is most often the visitor, who went away */
	if (err == ERR_NOT_FOUND)
		log_err(LOG_INFO, NULL, "download-cut", err);
	else if (err != ERR_OK && err != ERR_TEMP)
		log_err(LOG_ERROR, NULL, "download", err);
	return err;
}

static void
download_done(void *ctx, uint64_t sent)
{
	struct download *d = ctx;
	enum err err;

	metric_add(METRIC_DOWNLOAD_BYTES, (int64_t)sent);
	if (d->whole && sent == d->len) {
		err = store_download_note(d->store, &d->session, d->file->part, true);
		if (err != ERR_OK)
			log_err(LOG_WARN, NULL, "download-note", err);
	}
	files_free(&d->files);
	free(d);
}

static bool
range_holds(const struct visit *v, const char *etag)
{
	struct span if_range;

	/* a date, or the tag of other bytes: the whole file (RFC 9110 section 13.1.5) */
	if (http_field_count(v->x, "If-Range") == 0)
		return true;
	return http_field(v->x, "If-Range", &if_range) &&
	    span_eq(span_trim(if_range), span_str(etag));
}

static enum http_range
wanted_range(const struct visit *v, const char *etag, struct download *d)
{
	struct span range;

	d->off = 0;
	d->len = d->file->len;
	if (!http_field(v->x, "Range", &range) || !range_holds(v, etag))
		return HTTP_RANGE_WHOLE;
	return http_range_parse(range, d->file->len, &d->off, &d->len);
}

static enum err
reply_range(struct visit *v, enum http_range range, const struct download *d)
{
	unsigned long long size = d->file->len, first = d->off, last = d->off + d->len - 1;
	struct span text = SPAN_NONE;

	if (range == HTTP_RANGE_PART)
		TRY(arena_printf(v->arena, &text, "bytes %llu-%llu/%llu", first, last, size));
	if (range == HTTP_RANGE_NEVER)
		TRY(arena_printf(v->arena, &text, "bytes */%llu", size));
	reply_guard(v, range == HTTP_RANGE_PART ? 206 : range == HTTP_RANGE_NEVER ? 416 : 200);
	if (text.len > 0)
		http_reply_field(v->x, "Content-Range", text);
	return ERR_OK;
}

/* Nothing about the answer comes from the mail but its name, escaped, and its bytes (P18). */
static void
reply_fields(struct visit *v, const char *etag, struct span disposition)
{
	http_reply_field(v->x, "Content-Type", SPAN("application/octet-stream"));
	http_reply_field(v->x, "Content-Disposition", disposition);
	http_reply_field(v->x, "Content-Security-Policy",
	    SPAN("sandbox; default-src 'none'; frame-ancestors 'none'"));
	http_reply_field(v->x, "Cache-Control", SPAN("private, no-store"));
	http_reply_field(v->x, "Accept-Ranges", SPAN("bytes"));
	http_reply_field(v->x, "ETag", span_str(etag));
	http_reply_field(v->x, "Vary", SPAN("Cookie"));
}

static enum err
download_begin(struct visit *v, struct download *d)
{
	CLEANUP(buf_done) struct buf disposition;
	char hex[HEX_SIZE(SHA256_SIZE)], etag[ETAG_SIZE];
	enum http_range range;

	(void)snprintf(
	    etag, sizeof(etag), "\"%s\"", hex_encode(span_of(d->file->sha256, SHA256_SIZE), hex));
	range = wanted_range(v, etag, d);
	d->whole = http_method(v->x) == HTTP_GET && d->off == 0 && d->len == d->file->len &&
	    range != HTTP_RANGE_NEVER;
	/* each range too: all but the first byte is as good as the file */
	if (http_method(v->x) == HTTP_GET && range != HTTP_RANGE_NEVER) {
		TRY(store_download_note(v->web->store, &v->session, d->file->part, false));
		metric_add(METRIC_DOWNLOADS, 1);
	}
	buf_init(&disposition, DISPOSITION_MAX);
	TRY(disposition_put(d->file->name, &disposition));
	TRY(reply_range(v, range, d));
	reply_fields(v, etag, buf_span(&disposition));
	if (range == HTTP_RANGE_NEVER)
		d->len = 0;
	return ERR_OK;
}

static enum err
download_find(struct visit *v, struct download *d)
{
	struct span number = v->path.items[2];
	uint64_t no;

	TRY(files_open(v->web->store, v->session.tenant_id, v->session.mail_id, &d->files));
	if (!span_take_u64(&number, FILES_MAX, &no) || number.len > 0 || no == 0)
		return err_set(ERR_NOT_FOUND, "odd number of a file");
	d->file = files_at(d->files, (size_t)no - 1);
	return d->file != NULL ? ERR_OK : err_set(ERR_NOT_FOUND, "no such file");
}

/* The last segment is for the visitor's eyes; which file it is says the number alone. */
void
visit_download(struct visit *v)
{
	struct download *d = calloc(1, sizeof(*d));
	enum err err = d == NULL ? err_set(ERR_TEMP, "no memory for a download") : ERR_OK;

	if (err == ERR_OK)
		err = download_find(v, d);
	if (err == ERR_OK) {
		d->store = v->web->store;
		d->session = v->session;
		err = download_begin(v, d);
	}
	if (err == ERR_OK) {
		http_reply_stream(v->x, d->len, download_produce, d, download_done);
		return;
	}
	if (d != NULL)
		files_free(&d->files);
	free(d);
	reply_err(v, "download", err);
}

void
visit_close(struct visit *v)
{
	enum err err = store_session_end(v->web->store, v->session_token);

	if (err != ERR_OK) {
		reply_err(v, "session-end", err);
		return;
	}
	reply_see(v, "/closed", NULL);
	session_cookie(v, v->handle, SPAN_NONE, 0);
}
