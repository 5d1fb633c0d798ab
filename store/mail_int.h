/*
 * store/mail_int.h - a mail on its way into a commit: prepared by its thread, inserted by the writer.
 *
 * All that costs (hashing, sealing, syncing of bytes) is done before the writer's turn.
 */
#ifndef SECUDOC_STORE_MAIL_INT_H
#define SECUDOC_STORE_MAIL_INT_H

#include "store/mail.h"
#include "store/store_int.h"

struct mail_work;

/* mail_work_new() - takes mail->container, whatever the answer. mail stays the caller's until the end. */
MUST_USE enum err
mail_work_new(struct store *st, const struct store_mail_new *mail, struct mail_work **ret);
/* mail_work_insert() - inside a job. */
MUST_USE enum err mail_work_insert(struct db_conn *c, struct mail_work *w);
/* mail_work_settle() - what the commit said: decides what becomes of the container's bytes. */
void mail_work_settle(struct mail_work *w, enum err commit);
const struct store_mail_done *mail_work_done(const struct mail_work *w); /* after ERR_OK */
void mail_work_free(struct mail_work **w);

#define MAIL_FLAG_SMTPUTF8  1
#define MAIL_FLAG_8BIT      2
#define MAIL_FLAG_BDAT      4
#define MAIL_FLAG_AUTOMATIC 8

#endif
