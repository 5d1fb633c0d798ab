#include "core/json.h"

#include "core/utf8.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53: cJSON holds numbers as double */

/* A struct json is a cJSON that nobody else may look into. */
static const cJSON *
inside(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static const struct json *
outside(const cJSON *j)
{
	return (const struct json *)(const void *)j;
}

/*
 * A first reading before cJSON's: it bounds the depth (cJSON recurses, up to 1000 deep) and refuses what
 * cJSON lets through: NUL and raw control characters in strings, \u0000 (would cut a C string), bytes
 * that are not UTF-8.
 */
static enum err
scan_string(struct span *s, size_t whole)
{
	while (s->len > 0 && s->p[0] != '"') {
		size_t at = whole - s->len;

		if (s->p[0] < 0x20)
			return err_set(
			    ERR_SYNTAX, "JSON: control character in a string at byte %zu", at);
		if (span_starts(*s, SPAN("\\u0000")))
			return err_set(ERR_SYNTAX, "JSON: NUL in a string at byte %zu", at);
		size_t n = s->p[0] == '\\' ? 2 : utf8_length(*s);
		if (n == 0)
			return err_set(ERR_SYNTAX, "JSON: not UTF-8 at byte %zu", at);
		*s = span_from(*s, n);
	}
	return span_take_byte(s, '"') ? ERR_OK : err_set(ERR_SYNTAX, "JSON: string without end");
}

static enum err
scan(struct span s)
{
	size_t whole = s.len, depth = 0;

	while (s.len > 0) {
		uint8_t c = s.p[0];

		s = span_from(s, 1);
		if (c == '"')
			TRY(scan_string(&s, whole));
		else if (c == '\0' || c >= 0x80)
			return err_set(ERR_SYNTAX, "JSON: stray byte at %zu", whole - s.len - 1);
		else if ((c == '{' || c == '[') && ++depth > JSON_MAX_DEPTH)
			return err_set(ERR_LIMIT, "JSON: deeper than %u", JSON_MAX_DEPTH);
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return ERR_OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two members of one name: one reader takes the first, another the last. */
static enum err
no_doubles(const cJSON *j)
{
	size_t n = 0;

	for (const cJSON *i = j->child; i != NULL; i = i->next) {
		TRY(no_doubles(i));
		n++;
	}
	if (!cJSON_IsObject(j) || n < 2)
		return ERR_OK;
	char **names = calloc(n, sizeof(*names));
	if (names == NULL)
		return err_set(ERR_TEMP, "no memory for JSON");
	n = 0;
	for (const cJSON *i = j->child; i != NULL; i = i->next)
		names[n++] = i->string;
	qsort(names, n, sizeof(*names), by_name);
	enum err err = ERR_OK;
	for (size_t i = 1; i < n && err == ERR_OK; i++) {
		if (strcmp(names[i - 1], names[i]) == 0) {
			char name[64];

			err = err_set(ERR_SYNTAX, "JSON: \"%s\" twice in one object",
			    span_printable(span_str(names[i]), name, sizeof(name)));
		}
	}
	free(names);
	return err;
}

enum err
json_parse(struct span text, struct json **ret)
{
	const char *end = NULL;

	if (text.len > JSON_MAX_BYTES)
		return err_set(
		    ERR_LIMIT, "JSON of %zu bytes, %u allowed", text.len, JSON_MAX_BYTES);
	if (text.len == 0)
		return err_set(ERR_SYNTAX, "JSON: empty");
	TRY(scan(text));

	cJSON *j = cJSON_ParseWithLengthOpts((const char *)text.p, text.len, &end, 0);
	if (j == NULL) {
		/* cJSON has one answer for both: where it stopped inside the text, it was the text */
		size_t at = end == NULL ? 0 : (size_t)(end - (const char *)text.p);
		return err_set(ERR_SYNTAX, "JSON: wrong at byte %zu", at);
	}
	struct span rest = span_trim(span_from(text, (size_t)(end - (const char *)text.p)));
	enum err err = rest.len > 0 ? err_set(ERR_SYNTAX, "JSON: %zu bytes after its end", rest.len)
				    : no_doubles(j);
	if (err != ERR_OK) {
		cJSON_Delete(j);
		return err;
	}
	*ret = (struct json *)(void *)j;
	return ERR_OK;
}

void
json_free(struct json **j)
{
	cJSON_Delete((cJSON *)(void *)*j);
	*j = NULL;
}

const struct json *
json_get(const struct json *object, const char *key)
{
	if (!json_is_object(object))
		return NULL;
	return outside(cJSON_GetObjectItemCaseSensitive(inside(object), key));
}

size_t
json_count(const struct json *array_or_object)
{
	if (!json_is_object(array_or_object) && !json_is_array(array_or_object))
		return 0;
	return (size_t)cJSON_GetArraySize(inside(array_or_object));
}

const struct json *
json_at(const struct json *array, size_t index)
{
	if ((!json_is_array(array) && !json_is_object(array)) || index > INT32_MAX)
		return NULL;
	return outside(cJSON_GetArrayItem(inside(array), (int)index));
}

const char *
json_key_at(const struct json *object, size_t index)
{
	const struct json *member = json_is_object(object) ? json_at(object, index) : NULL;

	return member == NULL ? NULL : inside(member)->string;
}

bool
json_str(const struct json *j, struct span *ret)
{
	if (j == NULL || !cJSON_IsString(inside(j)))
		return false;
	*ret = span_str(inside(j)->valuestring);
	return true;
}

bool
json_i64(const struct json *j, int64_t *ret)
{
	if (j == NULL || !cJSON_IsNumber(inside(j)))
		return false;
	double value = inside(j)->valuedouble;
	if (!(value >= -WHOLE_MAX && value <= WHOLE_MAX) || (double)(int64_t)value < value ||
	    (double)(int64_t)value > value)
		return false;
	*ret = (int64_t)value;
	return true;
}

bool
json_bool(const struct json *j, bool *ret)
{
	if (j == NULL || !cJSON_IsBool(inside(j)))
		return false;
	*ret = cJSON_IsTrue(inside(j)) != 0;
	return true;
}

bool
json_is_null(const struct json *j)
{
	return j != NULL && cJSON_IsNull(inside(j));
}

bool
json_is_object(const struct json *j)
{
	return j != NULL && cJSON_IsObject(inside(j));
}

bool
json_is_array(const struct json *j)
{
	return j != NULL && cJSON_IsArray(inside(j));
}

void
json_begin(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out, .err = ERR_OK };
}

static void
put(struct json_writer *w, struct span s)
{
	if (w->err == ERR_OK)
		w->err = buf_put(w->out, s);
}

static void
put_text(struct json_writer *w, struct span s)
{
	put(w, SPAN("\""));
	while (s.len > 0 && w->err == ERR_OK) {
		uint8_t c = s.p[0];
		size_t n = utf8_length(s);

		if (c == '"' || c == '\\')
			w->err = buf_printf(w->out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			w->err = buf_printf(w->out, "\\u%04x", c);
		else if (n == 0)
			put(w, SPAN("\xef\xbf\xbd"));
		else
			put(w, span_upto(s, n));
		s = span_from(s, n == 0 ? 1 : n);
	}
	put(w, SPAN("\""));
}

static void
before_value(struct json_writer *w, const char *key)
{
	if (w->comma)
		put(w, SPAN(","));
	w->comma = true;
	if (key != NULL) {
		put_text(w, span_str(key));
		put(w, SPAN(":"));
	}
}

static void
open_bracket(struct json_writer *w, const char *key, struct span bracket)
{
	before_value(w, key);
	put(w, bracket);
	w->depth++;
	w->comma = false;
}

void
json_object(struct json_writer *w, const char *key)
{
	open_bracket(w, key, SPAN("{"));
}

void
json_array(struct json_writer *w, const char *key)
{
	open_bracket(w, key, SPAN("["));
}

void
json_end(struct json_writer *w, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	assert(w->depth > 0);
	w->depth--;
	w->comma = true;
	put(w, span_of(&bracket, 1));
}

void
json_put_str(struct json_writer *w, const char *key, struct span value)
{
	before_value(w, key);
	put_text(w, value);
}

void
json_put_i64(struct json_writer *w, const char *key, int64_t value)
{
	before_value(w, key);
	if (w->err == ERR_OK)
		w->err = buf_printf(w->out, "%" PRId64, value);
}

void
json_put_bool(struct json_writer *w, const char *key, bool value)
{
	before_value(w, key);
	put(w, value ? SPAN("true") : SPAN("false"));
}

void
json_put_null(struct json_writer *w, const char *key)
{
	before_value(w, key);
	put(w, SPAN("null"));
}

enum err
json_finish(struct json_writer *w)
{
	assert(w->depth == 0);
	return w->err;
}
