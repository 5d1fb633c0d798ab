/*
 * cli/supervisor.h - "secudoc serve": one child a role, restarted, reloaded and stopped.
 *
 * The supervisor opens the listeners, keeps the configuration's text and holds no keys, no database and no
 * mail. It handles events, one at a time: a child ended, a child is ready, a signal, a time is up.
 *
 *   SIGTERM, SIGINT  stop: children finish their work (serve.drain), then everything ends with exit code 0
 *   SIGHUP           reload: a second generation of children starts with the new file and certificates on
 *                    the same listeners; when all are ready the first is drained. When the file is bad or
 *                    one of them does not come up, the second generation is dropped and the first stays
 *   a child ends     it is started again after a growing pause (serve.restart_min .. serve.restart_max)
 *   we are killed    the kernel tells the children (PR_SET_PDEATHSIG); they drain and end
 *
 * run_dir/listeners.json names the addresses; /healthz and /metrics answer on monitor.listen; the service
 * manager is told through $NOTIFY_SOCKET.
 */
#ifndef SECUDOC_CLI_SUPERVISOR_H
#define SECUDOC_CLI_SUPERVISOR_H

/* supervisor_main() - until stopped; gives the exit code. */
int supervisor_main(const char *config_path);

#endif
