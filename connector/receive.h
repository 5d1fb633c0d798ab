/*
 * connector/receive.h - the role "receive": SMTP in from Exchange Online.
 *
 * Accepts on the inherited listeners (or opens smtp.listen itself), one thread a connection with
 * hard caps, hands each mail to connector/pipeline.h. Stop: no new connections; sessions between
 * two mails get 421 at once, a mail being received is finished first.
 */
#ifndef SECUDOC_CONNECTOR_RECEIVE_H
#define SECUDOC_CONNECTOR_RECEIVE_H

#include "core/err.h"
#include "core/role.h"

/* receive_run() - until env->stop_fd is readable and the last session ended. Blocking. */
MUST_USE enum err receive_run(const struct role_env *env);

#endif
