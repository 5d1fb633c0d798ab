/*
 * cli/listeners.h - the supervisor's listening sockets: opened once, inherited by each generation.
 *
 * A reload keeps the socket of every address that stays, so that no connection is refused in between, and
 * opens the ones that are new. The kernel's choice (port 0) stays too: it is kept by what was asked for.
 */
#ifndef SECUDOC_CLI_LISTENERS_H
#define SECUDOC_CLI_LISTENERS_H

#include "cli/roles.h"
#include "core/buf.h"

#define LISTENERS_MAX (2 * ROLE_LISTEN_MAX + 1)

struct listener {
	const char *section; /* "smtp", "web", "monitor" */
	char *endpoint;      /* as it was asked for; owned */
	int fd;
	bool borrowed; /* the same socket stands in an older generation */
};

struct listeners {
	struct listener items[LISTENERS_MAX];
	size_t count;
};

/*
 * listeners_open() - sockets for all addresses of config, taken from old where the same section asked
 * for the same address. patience_ms: how long to wait for an address that is still in use, for the
 * children of a supervisor that was killed take a moment to end. On error nothing stays open but old's.
 */
MUST_USE enum err listeners_open(const struct config *config, const struct listeners *old,
    int64_t patience_ms, struct listeners *ret);
/* listeners_adopt() - next owns what it shares with old; what old has beyond that is closed. */
void listeners_adopt(struct listeners *next, struct listeners *old);
void listeners_close(struct listeners *l); /* not the borrowed ones */
/* listeners_fds() - "3,4" for one section. */
MUST_USE enum err listeners_fds(const struct listeners *l, const char *section, struct buf *out);
int listeners_monitor(const struct listeners *l); /* -1 when there is none */
/*
 * listeners_publish() - run_dir/listeners.json: {"smtp":["127.0.0.1:25"],"web":[...],"monitor":"..."},
 * written aside and renamed, for tools that must find a port the kernel chose.
 */
MUST_USE enum err listeners_publish(const struct listeners *l, const char *run_dir);

#endif
