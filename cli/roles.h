/*
 * cli/roles.h - the roles a machine can play, and running one of them in this process.
 */
#ifndef SECUDOC_CLI_ROLES_H
#define SECUDOC_CLI_ROLES_H

#include "core/config.h"
#include "core/err.h"
#include "core/role.h"

enum role_id { ROLE_RECEIVE, ROLE_DELIVER, ROLE_WEB, ROLE__COUNT };

struct role {
	const char *name;   /* "receive": --role, logs, metrics */
	const char *listen; /* the section whose listen it accepts on; NULL: none */
	enum err (*run)(const struct role_env *env);
};

extern const struct role roles[ROLE__COUNT];

/* role_find() - by name; ROLE__COUNT when there is none. */
enum role_id role_find(const char *name);
/* role_endpoints() - the addresses a role listens on under this configuration; NULL: none. */
const struct setting_list *role_endpoints(enum role_id id, const struct config *config);
/* role_wanted() - web without an address to listen on is not started. */
bool role_wanted(enum role_id id, const struct config *config);

/*
 * What the supervisor hands its child through the environment; each is one variable. A child takes
 * them out of its environment at once.
 */
#define ROLE_ENV_FDS   "SECUDOC_FDS"      /* "3,4": listening sockets of this role */
#define ROLE_ENV_READY "SECUDOC_READY_FD" /* gets one byte when the role accepts */
#define ROLE_ENV_CONFIG \
	"SECUDOC_CONFIG_FD"                /* the configuration's text, as the supervisor read it */
#define ROLE_ENV_METRICS "SECUDOC_METRICS" /* "FD:SLOT" */
#define ROLE_ENV_SUPERVISOR \
	"SECUDOC_SUPERVISOR" /* its process id: the child ends when it is gone */

/*
 * role_main() - run one role in this process until SIGTERM or SIGINT; gives the exit code.
 *
 * Under a supervisor (see above) everything is inherited; alone, the role reads the file at config_path
 * and opens its own listeners. Steps, each fatal: configuration, descriptors, user, restrictions, run.
 */
int role_main(const char *config_path, enum role_id id);

#endif
