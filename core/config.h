/*
 * core/config.h - the machine's configuration: one file, one table, one plain struct.
 *
 * The file is libconfuse's: sections and "name = value". Unknown names, odd values and double settings
 * stop the start with file, line and reason. What belongs to a tenant is not here (core/tenant.h).
 */
#ifndef SECUDOC_CORE_CONFIG_H
#define SECUDOC_CORE_CONFIG_H

#include "core/settings.h"

struct config {
	/* store */
	const char *database; /* "sqlite:PATH" */
	const char *containers_dir;
	const char *keys_dir;
	const char *run_dir;  /* wake-up socket, owner locks, pid file */
	int64_t sweep_age_ms; /* bytes without a row older than this are removed */

	/* log */
	int log_level; /* enum log_level */
	int log_form;  /* enum log_form */

	/* smtp: mail in */
	struct setting_list smtp_listen;
	const char *smtp_hostname;
	const char *smtp_cert; /* PEM chain, leaf first */
	const char *smtp_key;
	const char *smtp_client_ca; /* PEM roots that Exchange Online's certificate chains to */
	struct setting_list smtp_client_names;
	int64_t smtp_max_connections;
	int64_t smtp_max_connections_per_address;
	int64_t smtp_max_recipients;
	int64_t smtp_max_size;
	int64_t smtp_max_hops;
	int64_t smtp_command_timeout_ms;
	int64_t smtp_data_timeout_ms;  /* the whole of one message */
	int64_t smtp_repeat_window_ms; /* how long a mail is known as a repeat: 48 h */

	/* deliver: mail out */
	const char *deliver_hostname; /* EHLO; default smtp.hostname */
	const char *deliver_ca;       /* PEM roots; "" is the system's */
	int64_t deliver_threads;
	int64_t deliver_connections_per_tenant;
	int64_t deliver_connect_timeout_ms;
	int64_t deliver_reply_timeout_ms;
	int64_t deliver_retry_min_ms;
	int64_t deliver_retry_max_ms;
	int64_t deliver_give_up_ms; /* 24 h */
	int64_t deliver_idle_ms;    /* how long a pooled connection is kept */

	/* web */
	struct setting_list web_listen;
	const char *web_cert; /* "" with web_key "": plain HTTP behind a proxy */
	const char *web_key;
	int64_t web_max_connections;
	int64_t web_max_connections_per_address;
	int64_t web_timeout_ms;
	bool web_behind_proxy;     /* plain HTTP is wanted; X-Forwarded-For is believed */
	int64_t web_code_life_ms;  /* 10 min */
	int64_t web_code_attempts; /* 5 */
	int64_t web_session_life_ms;

	/* monitor: health and metrics, loopback only */
	const char *monitor_listen;

	/* serve */
	const char *user; /* to run as; "" stays as started */
	int64_t restart_min_ms;
	int64_t restart_max_ms;
	int64_t drain_ms; /* how long an old child may finish its work */

	struct arena arena; /* owns all of the above */
};

extern const struct setting config_table[];
extern const size_t config_table_count;

/*
 * config_load() - read and check a file. ERR_SYNTAX, ERR_LIMIT or ERR_NOT_FOUND with a note of the form
 * "FILE:LINE: reason", or "FILE: reason" when it is on no line. Wrong values come before missing ones. *ret
 * is set only on success; the caller ends it with config_free().
 */
MUST_USE enum err config_load(const char *path, struct config **ret);
/* config_parse() - the same from memory; name is what notes call it, dir what paths are relative to. */
MUST_USE enum err
config_parse(const char *name, struct span text, const char *dir, struct config **ret);
void config_free(struct config **c);
/* config_print_defaults() - a commented example file: each setting with help, bounds and default. */
MUST_USE enum err config_print_defaults(struct buf *out);

#endif
