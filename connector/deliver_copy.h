/*
 * connector/deliver_copy.h - one claimed copy: one try, its results, its reports, one commit.
 */
#ifndef SECUDOC_CONNECTOR_DELIVER_COPY_H
#define SECUDOC_CONNECTOR_DELIVER_COPY_H

#include "connector/deliver_int.h"

/*
 * deliver_copy() - try the claim and write the result down. The claim stays the caller's.
 *
 * Returns what the try says about the tenant's server. Every recipient has a result in the store
 * when this returns, unless the store could not be written until env->abort_fd was readable: then
 * the claim stays ours and is given back when the process has gone, and what was delivered may be
 * delivered again.
 */
enum queue_done deliver_copy(const struct deliver_env *env, const struct store_claim *claim);

#endif
