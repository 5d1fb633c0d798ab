/*
 * cli/config_text.h - the configuration as one text that supervisor and children share.
 *
 * The supervisor reads the file once for each generation and keeps the text in a memory file that its
 * children inherit. A child that is restarted hours later so runs with the configuration that was accepted,
 * not with whatever an administrator is typing into the file at that moment.
 */
#ifndef SECUDOC_CLI_CONFIG_TEXT_H
#define SECUDOC_CLI_CONFIG_TEXT_H

#include "core/config.h"

#define CONFIG_TEXT_MAX (1u << 20)

/* config_text_open() - the file's text in a sealed memfd (close-on-exec, the caller's). */
MUST_USE enum err config_text_open(const char *path, int *ret_fd);
/* config_text_load_fd() - parse it; path gives notes their name and relative paths their folder. */
MUST_USE enum err config_text_load_fd(const char *path, int fd, struct config **ret);

#endif
