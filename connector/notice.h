/*
 * connector/notice.h - a report made ready for the store: written, taken apart and encrypted like
 * any mail.
 *
 * It goes the way of all mail: container, commit, queue, deliver. Its sender is the null
 * reverse-path and it is marked automatic, so nothing is ever sent in answer to it. Its Message-ID,
 * which is also its key for repeats, follows from what it reports on: the same report cannot be
 * stored twice.
 */
#ifndef SECUDOC_CONNECTOR_NOTICE_H
#define SECUDOC_CONNECTOR_NOTICE_H

#include "connector/report.h"
#include "store/mail.h"

struct notice {
	struct store_mail_new mail; /* give it to the store, which takes the container */
	struct store_rcpt_new rcpt;
	struct arena arena;
};

/*
 * notice_new() - write r as a mail of tenant t. Whoever gives ->mail to the store calls
 * notice_taken() before, or notice_free() drops the container. ERR_TEMP and the like: nothing is
 * left behind.
 */
MUST_USE enum err
notice_new(struct store *st, int64_t tenant_id, const struct report *r, struct notice **ret);
/* notice_taken() - the mail as it goes to the store; the container is the store's from here on. */
struct store_mail_new notice_taken(struct notice *n);
void notice_free(struct notice **n);

#endif
