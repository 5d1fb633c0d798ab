/*
 * core/settings.h - settings as one table: name, type, default, bounds, help.
 *
 * The machine's file (core/config.h) and the tenant rows (core/tenant.h) are described by tables of the
 * same kind, so that they are checked, printed and documented by the same code. A table row says where
 * its value lives in a plain struct. Values and lists point into an arena that the struct's owner holds.
 */
#ifndef SECUDOC_CORE_SETTINGS_H
#define SECUDOC_CORE_SETTINGS_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/buf.h"

enum setting_type {
	SETTING_STR,      /* const char * */
	SETTING_LIST,     /* struct setting_list: strings */
	SETTING_BOOL,     /* bool */
	SETTING_INT,      /* int64_t, min..max, plain */
	SETTING_SIZE,     /* int64_t bytes; "64 KiB", "150 MiB", "1 KB" (1000), plain bytes */
	SETTING_DURATION, /* int64_t ms; "30 d", "24 h", "10 min", "5 s", "200 ms" */
	SETTING_CHOICE,   /* int: index into choices */
	SETTING_ENDPOINT, /* const char *: "host:port", "[v6]:port"; port 0 is the kernel's choice */
	SETTING_ENDPOINTS, /* struct setting_list of them */
	SETTING_PATH, /* const char *: absolute path; relative ones are taken from the file's folder */
	SETTING_DOMAINS,  /* struct setting_list of domain names, "*.x" is all below x */
	SETTING_ADDRESS,  /* const char *: a mailbox */
	SETTING_PATTERNS, /* struct setting_list of mailboxes, "@domain" or "*@domain" */
};

struct setting_list {
	const char **items;
	size_t count;
};

struct setting {
	const char *name; /* "smtp.listen" */
	enum setting_type type;
	size_t offset;    /* of the value in the struct */
	const char *def;  /* as it would be written; NULL: required */
	int64_t min, max; /* value, or count of a list, or length of a string; 0,0: none */
	const char *const *choices; /* NULL-terminated */
	bool secret;                /* shown as ******** wherever it is shown */
	const char *help;           /* one or two sentences for the administrator */
};

/* setting_find() - the row called name, or NULL. */
const struct setting *setting_find(const struct setting *table, size_t count, struct span name);
/* settings_defaults() - all defaults into the struct at base; required ones stay zero. */
MUST_USE enum err settings_defaults(
    const struct setting *table, size_t count, void *base, const char *dir, struct arena *a);
/*
 * setting_assign() - one value from text; for lists values has one item each. dir is what relative
 * paths are taken from (NULL: refused). ERR_SYNTAX with a note that names the setting, the value and what
 * is allowed.
 */
MUST_USE enum err setting_assign(const struct setting *s, void *base, const char *const *values,
    size_t value_count, const char *dir, struct arena *a);
/* setting_format() - the value as it would be written, secrets masked unless reveal. */
MUST_USE enum err
setting_format(const struct setting *s, const void *base, bool reveal, struct buf *out);
/* setting_is_list() - whether its value is a struct setting_list. */
bool setting_is_list(enum setting_type type);
/* setting_format_bounds() - "64 KiB to 2 GiB", "1 to 16 items", "opt-out, opt-in"; "" when free. */
MUST_USE enum err setting_format_bounds(const struct setting *s, struct buf *out);
/* settings_print_markdown() - a table for the manual. */
MUST_USE enum err
settings_print_markdown(const struct setting *table, size_t count, struct buf *out);

#endif
