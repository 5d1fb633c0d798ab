/*
 * core/log.h - one line an event, written by processes, never by libraries.
 *
 * JSON lines, or a human form when stderr is a terminal. A line is: time, level, process role, the ids of
 * its scopes (session, mail, tenant ...), a stable event name, words. Content stays out: no mail text, no
 * file names, no addresses above debug level; ids tie lines together. Values are escaped here, by the form
 * that is written. Each failure is logged once, by the process that decides what to do about it.
 * Thread-safe after log_init().
 */
#ifndef SECUDOC_CORE_LOG_H
#define SECUDOC_CORE_LOG_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_form { LOG_FORM_AUTO, LOG_FORM_JSON, LOG_FORM_TEXT };

/* A scope names the object a line is about; scopes chain from the line outwards. Lives on its owner. */
struct log_scope {
	const struct log_scope *parent; /* or NULL */
	const char *key;                /* "session", "mail", "tenant", ... */
	char value[48];
};

/* log_init() - role is shown in each line; fd is usually 2. Call before threads start. */
void log_init(const char *role, enum log_level level, enum log_form form, int fd);
void log_scope_id(struct log_scope *s, const struct log_scope *parent, const char *key, int64_t id);
void log_scope_str(
    struct log_scope *s, const struct log_scope *parent, const char *key, const char *value);

bool log_wants(enum log_level level);
/* log_line() - fmt may be NULL where the event says all. Longer than about 1000 bytes is cut. */
void log_line(enum log_level level, const struct log_scope *scope, const char *event,
    const char *fmt, ...) PRINTF_LIKE(4, 5);
/* log_err() - the same with the error's name and the thread's note in fields of their own. */
void log_err(enum log_level level, const struct log_scope *scope, const char *event, enum err err);

#endif
