/*
 * core/json.h - JSON, over cJSON, which nobody else sees.
 *
 * Reading: json_parse() takes foreign bytes with bounds on size and depth and refuses duplicate keys
 * (two readers would disagree) and bytes behind the value. Getters answer "is there one of this type".
 * Writing: a small streaming writer onto a struct buf; strings are escaped, and invalid UTF-8 becomes
 * U+FFFD.
 */
#ifndef SECUDOC_CORE_JSON_H
#define SECUDOC_CORE_JSON_H

#include "core/buf.h"

struct json; /* a value inside a document; borrowed from it */

#define JSON_MAX_BYTES (8u << 20)
#define JSON_MAX_DEPTH 32u

/* ERR_SYNTAX with a note that says where; ERR_LIMIT; ERR_TEMP. The caller owns *ret. */
MUST_USE enum err json_parse(struct span text, struct json **ret);
void json_free(struct json **j);

const struct json *json_get(const struct json *object, const char *key); /* or NULL */
size_t json_count(const struct json *array_or_object);                   /* 0 for others */
const struct json *json_at(const struct json *array, size_t index);      /* or NULL */
/* json_key_at() - the name of an object's member; NULL beyond the end. */
const char *json_key_at(const struct json *object, size_t index);
bool json_str(const struct json *j, struct span *ret); /* false when NULL or another type */
bool json_i64(const struct json *j, int64_t *ret);     /* whole numbers up to 2^53 only */
bool json_bool(const struct json *j, bool *ret);
bool json_is_null(const struct json *j);
bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);

struct json_writer {
	struct buf *out;
	enum err err; /* the first failure; later calls do nothing */
	unsigned depth;
	bool comma;
};
void json_begin(struct json_writer *w, struct buf *out);
void
json_object(struct json_writer *w, const char *key); /* key NULL inside arrays and at the top */
void json_array(struct json_writer *w, const char *key);
void json_end(struct json_writer *w, char bracket); /* '}' or ']' */
void json_put_str(struct json_writer *w, const char *key, struct span value);
void json_put_i64(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);
MUST_USE enum err json_finish(struct json_writer *w);

#endif
