#include "core/log.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Room for the longest words, note and scopes with every byte escaped as \u00XX. Lines are far shorter in
 * practice: up to PIPE_BUF (4096) bytes a pipe takes in one piece, so those of several processes do not mix.
 */
#define LINE_BYTES  16384u
#define WORDS_BYTES 1024u
#define SCOPES_MAX  8u

static struct {
	char role[16];
	enum log_level level;
	bool json;
	int fd;
} state = { "secudoc", LOG_INFO, true, 2 };

void
log_init(const char *role, enum log_level level, enum log_form form, int fd)
{
	snprintf(state.role, sizeof(state.role), "%s", role);
	state.level = level;
	state.json = form == LOG_FORM_JSON || (form == LOG_FORM_AUTO && isatty(fd) == 0);
	state.fd = fd;
}

void
log_scope_str(
    struct log_scope *s, const struct log_scope *parent, const char *key, const char *value)
{
	s->parent = parent;
	s->key = key;
	snprintf(s->value, sizeof(s->value), "%s", value);
}

void
log_scope_id(struct log_scope *s, const struct log_scope *parent, const char *key, int64_t id)
{
	s->parent = parent;
	s->key = key;
	snprintf(s->value, sizeof(s->value), "%" PRId64, id);
}

bool
log_wants(enum log_level level)
{
	return level >= state.level;
}

static const char *
level_name(enum log_level level)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };

	return names[level];
}

/* One line's parts, so that both forms say the same. */
struct line {
	enum log_level level;
	const struct log_scope *scope;
	const char *event;
	const char *words; /* or NULL */
	const char *err;   /* or NULL */
	const char *note;  /* or NULL */
};

/* scopes_of() - the innermost SCOPES_MAX of a chain; written from the outside in, so read backwards. */
static size_t
scopes_of(const struct log_scope *scope, const struct log_scope *ret[SCOPES_MAX])
{
	size_t n = 0;

	for (; scope != NULL && n < SCOPES_MAX; scope = scope->parent)
		ret[n++] = scope;
	return n;
}

static enum err
json_form(const struct line *l, const char *time, struct buf *out)
{
	struct json_writer w;
	const struct log_scope *scopes[SCOPES_MAX];
	size_t n = scopes_of(l->scope, scopes);

	json_begin(&w, out);
	json_object(&w, NULL);
	json_put_str(&w, "time", span_str(time));
	json_put_str(&w, "level", span_str(level_name(l->level)));
	json_put_str(&w, "role", span_str(state.role));
	json_put_i64(&w, "pid", getpid());
	json_put_str(&w, "event", span_str(l->event));
	while (n > 0) {
		n--;
		json_put_str(&w, scopes[n]->key, span_str(scopes[n]->value));
	}
	if (l->words != NULL && l->words[0] != '\0')
		json_put_str(&w, "msg", span_str(l->words));
	if (l->err != NULL)
		json_put_str(&w, "err", span_str(l->err));
	if (l->note != NULL && l->note[0] != '\0')
		json_put_str(&w, "note", span_str(l->note));
	json_end(&w, '}');
	return json_finish(&w);
}

/* put_safe() - for a terminal: no escape sequence and no second line gets through; UTF-8 stays. */
static enum err
put_safe(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		uint8_t c = (uint8_t)*p;

		/* C1 controls are two bytes in UTF-8: C2 80..9F */
		bool c1 = c == 0xc2 && (uint8_t)p[1] >= 0x80 && (uint8_t)p[1] < 0xa0;
		if (c < 0x20 || c == 0x7f || c1)
			TRY(buf_printf(out, "\\x%02x", c));
		else
			TRY(buf_put_byte(out, c));
	}
	return ERR_OK;
}

static enum err
text_form(const struct line *l, const char *time, struct buf *out)
{
	const struct log_scope *scopes[SCOPES_MAX];
	size_t n = scopes_of(l->scope, scopes);

	/* 2026-11-21T20:30:46.123Z: on a terminal the time of day is enough */
	TRY(buf_printf(out, "%.12s %-5s %s", time + 11, level_name(l->level), state.role));
	while (n > 0) {
		n--;
		TRY(buf_printf(out, " %s=", scopes[n]->key));
		TRY(put_safe(out, scopes[n]->value));
	}
	TRY(buf_printf(out, " %s", l->event));
	if (l->words != NULL && l->words[0] != '\0') {
		TRY(buf_put_str(out, ": "));
		TRY(put_safe(out, l->words));
	}
	if (l->err != NULL)
		TRY(buf_printf(out, ": %s", l->err));
	if (l->note != NULL && l->note[0] != '\0') {
		TRY(buf_put_str(out, ": "));
		TRY(put_safe(out, l->note));
	}
	return ERR_OK;
}

static void
write_line(const struct line *l)
{
	CLEANUP(buf_done) struct buf out;
	char time[CLOCK_TEXT_SIZE];

	buf_init(&out, LINE_BYTES);
	clock_rfc3339(clock_now_ms(), time);
	enum err err = state.json ? json_form(l, time, &out) : text_form(l, time, &out);
	if (err != ERR_OK) {
		/* too long or no memory: the event's name is what matters most */
		buf_clear(&out);
		err = buf_printf(&out,
		    "{\"time\":\"%s\",\"level\":\"%s\",\"role\":\"%s\",\"event\":\"%s\","
		    "\"cut\":true}",
		    time, level_name(l->level), state.role, l->event);
	}
	if (err != ERR_OK || buf_put_byte(&out, '\n') != ERR_OK)
		return;
	/* one write a line, so that lines of threads and processes do not mix; a lost log line is not
	 * worth stopping mail for, so a full disk or a closed pipe is passed over */
	for (size_t at = 0; at < out.len;) {
		ssize_t n = write(state.fd, out.p + at, out.len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		at += (size_t)n;
	}
}

void
log_line(
    enum log_level level, const struct log_scope *scope, const char *event, const char *fmt, ...)
{
	char words[WORDS_BYTES];
	va_list args;

	if (!log_wants(level))
		return;
	int saved = errno;
	words[0] = '\0';
	va_start(args, fmt);
	if (fmt != NULL && vsnprintf(words, sizeof(words), fmt, args) < 0)
		words[0] = '\0';
	va_end(args);
	write_line(
	    &(struct line){ .level = level, .scope = scope, .event = event, .words = words });
	errno = saved;
}

void
log_err(enum log_level level, const struct log_scope *scope, const char *event, enum err err)
{
	char note[512];

	if (!log_wants(level))
		return;
	int saved = errno;
	/* copied: writing the line may set a note of its own */
	snprintf(note, sizeof(note), "%s", err_note());
	write_line(&(struct line){
	    .level = level, .scope = scope, .event = event, .err = err_name(err), .note = note });
	errno = saved;
}
