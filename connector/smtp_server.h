/*
 * connector/smtp_server.h - accept connections within caps, one thread each.
 *
 * Caps: smtp.max_connections for all, smtp.max_connections_per_address for one peer; what is above
 * is told 421 and closed without a thread. The counts are shared between the accepting thread and
 * the sessions' ends, under one mutex; nothing else is.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_SERVER_H
#define SECUDOC_CONNECTOR_SMTP_SERVER_H

#include "connector/smtp_session.h"

/*
 * smtp_server_run() - until shared->stop_fd is readable and the last session has ended. Sets
 * *shared->stopping. ERR_TEMP: no memory to begin with. Blocking.
 */
MUST_USE enum err
smtp_server_run(const struct smtp_shared *shared, const int *listen_fds, size_t listen_count);

#endif
