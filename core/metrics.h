/*
 * core/metrics.h - counters, gauges and times, summed over all role processes.
 *
 * The values live in one memory segment (memfd) that the supervisor makes and its children inherit. Each
 * child writes to a slot of its own, with atomics and no locks; the supervisor renders the sum without
 * asking anybody, also when a child hangs. A process that was handed no segment counts for itself, so
 * libraries and tests may count without any set-up.
 *
 * The list of metrics is fixed at compile time: one row in metrics.c each. Add a name here and its row
 * there; the names are a promise to operators and do not change.
 */
#ifndef SECUDOC_CORE_METRICS_H
#define SECUDOC_CORE_METRICS_H

#include "core/buf.h"

enum metric {
	/* receive */
	METRIC_SMTP_CONNECTIONS, /* gauge: open now */
	METRIC_SMTP_CONNECTIONS_TOTAL,
	METRIC_SMTP_CONNECTIONS_REFUSED, /* over a cap: 421 */
	METRIC_SMTP_TLS_FAILED,
	METRIC_SMTP_COMMANDS_REFUSED, /* 4xx and 5xx to any command */
	METRIC_MAIL_RECEIVED,         /* accepted with 250, repeats not counted */
	METRIC_MAIL_REPEATED,         /* accepted, known already: nothing new stored */
	METRIC_MAIL_REFUSED,          /* 5xx after the data */
	METRIC_MAIL_DEFERRED,         /* 4xx after the data */
	METRIC_MAIL_SECURED,          /* accepted, attachments taken out */
	METRIC_MAIL_PASSED,           /* accepted, untouched */
	METRIC_MAIL_BYTES,
	METRIC_FILES_DETACHED,
	METRIC_TRUST_REFUSED, /* tenant id, secret or sender domain wrong */
	METRIC_MARK_INVALID,
	METRIC_MAIL_LOOPED,     /* second return of one copy */
	METRIC_RECEIVE_SECONDS, /* histogram: end of data to 250 */
	/* deliver */
	METRIC_QUEUE_COPIES,         /* gauge: waiting or under way */
	METRIC_QUEUE_OLDEST_SECONDS, /* gauge: age of the oldest of them, 0 without any */
	METRIC_DELIVERED,            /* recipients accepted by the other side */
	METRIC_DELIVER_RETRIED,      /* attempts that end in "later" */
	METRIC_DELIVER_FAILED,       /* recipients refused for good */
	METRIC_DELIVER_BYTES,        /* rendered for tries, whatever became of them */
	METRIC_REPORTS_MADE,
	METRIC_DELIVER_CONNECTIONS, /* gauge */
	METRIC_DELIVER_SECONDS,     /* histogram: receipt to acceptance by the other side */
	METRIC_TRANSFERS_EXPIRED,
	/* web */
	METRIC_WEB_CONNECTIONS, /* gauge */
	METRIC_WEB_REQUESTS_2XX,
	METRIC_WEB_REQUESTS_3XX,
	METRIC_WEB_REQUESTS_4XX,
	METRIC_WEB_REQUESTS_5XX,
	METRIC_CODES_SENT,
	METRIC_CODES_WRONG,
	METRIC_DOWNLOADS,
	METRIC_DOWNLOAD_BYTES,
	METRIC_WEB_SECONDS, /* histogram */
	/* store */
	METRIC_STORE_COMMITS,
	METRIC_STORE_JOBS,           /* jobs in these commits */
	METRIC_STORE_COMMIT_SECONDS, /* histogram */
	/* serve */
	METRIC_CHILDREN_STARTED,
	METRIC_CHILDREN_FAILED,
	METRIC_CONFIG_RELOADS,
	METRIC_CONFIG_RELOADS_REFUSED,
	METRIC__COUNT
};

/* Any thread, at any time; never fails. */
void metric_add(enum metric m, int64_t n);      /* counters: n >= 0; gauges: either way */
void metric_set(enum metric m, int64_t value);  /* gauges */
void metric_time_ms(enum metric m, int64_t ms); /* histograms */

/* metric_value() - the sum over all slots; of a histogram the number of observations. */
int64_t metric_value(enum metric m);
/* metrics_render() - Prometheus text format 0.0.4. ERR_LIMIT, ERR_TEMP from out. */
MUST_USE enum err metrics_render(struct buf *out);

/*
 * Supervisor: metrics_create() makes the segment and gives its descriptor (close-on-exec; the caller
 * owns it and clears the flag for its children), or ERR_TEMP. metrics_slot_take() gives a free slot
 * number for a new child, or -1 when all are taken (the child then counts for itself); when a child is
 * gone, metrics_slot_drop() folds its counters and times into the supervisor's slot and forgets its
 * gauges. Child: metrics_attach() with what it inherited; ERR_TEMP, ERR_SYNTAX for another layout.
 * These four are called before threads start or by one thread.
 */
MUST_USE enum err metrics_create(int *ret_fd);
int metrics_slot_take(void);
void metrics_slot_drop(int slot);
MUST_USE enum err metrics_attach(int fd, int slot);

#endif
