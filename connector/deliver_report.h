/*
 * connector/deliver_report.h - the reports that one try gives birth to.
 */
#ifndef SECUDOC_CONNECTOR_DELIVER_REPORT_H
#define SECUDOC_CONNECTOR_DELIVER_REPORT_H

#include "connector/deliver_int.h"
#include "connector/deliver_mail.h"
#include "connector/notice.h"

#define DELIVER_REPORTS_MAX 3u /* failed, expired, passed on */

/* What became of a claim: results[i] is of claim->rcpts[i]. */
struct deliver_try {
	const struct store_claim *claim;
	const struct tenant *tenant; /* NULL: unknown */
	const struct deliver_mail *mail;
	const struct smtp_result *results;
	bool expired; /* what would be tried again is given up instead */
	bool server_has_dsn;
	int64_t now_ms;
};

/* deliver_try_failed() - is recipient i given up for good with this try? */
bool deliver_try_failed(const struct deliver_try *t, size_t i);

/*
 * deliver_reports() - write the reports that are due to the sender, none for automatic mail, null
 * senders and recipients with NOTIFY=NEVER. *ret_count of them in ret; the caller ends each with
 * notice_free(). On an error there are none.
 */
MUST_USE enum err deliver_reports(const struct deliver_env *env, const struct deliver_try *t,
    struct notice *ret[DELIVER_REPORTS_MAX], size_t *ret_count);

#endif
