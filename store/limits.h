/*
 * store/limits.h - the bounds of this folder, each with its reason.
 */
#ifndef SECUDOC_STORE_LIMITS_H
#define SECUDOC_STORE_LIMITS_H

/* Jobs in one commit: enough to fill the time of a sync, few enough that a caller never waits long. */
#define STORE_BATCH_MAX 64u

/* Read connections a process keeps; a read is short, so a few serve many threads. */
#define STORE_READERS 6u

/* How long a connection waits for another process's write lock; a batch takes milliseconds. */
#define STORE_BUSY_MS 15000

/* A container up to this many bytes is a column of the mail's row: one sync for a small mail. */
#define STORE_ROW_MAX 65536u

/* The sealed facts of a mail: headers are bounded at 256 KiB by mime; we keep a few of them. */
#define STORE_FACTS_MAX (512u << 10)

/* A remote server's reply that is kept; RFC 5321 lines are 512 bytes, some servers say more. */
#define STORE_REPLY_MAX 4096u

/* One tenant's settings as JSON. */
#define STORE_SETTINGS_MAX (1u << 20)

/* Claims at once; more would wait in the claiming process instead of in the queue. */
#define STORE_CLAIM_MAX 64u

/* Tenants that one claim looks at; the next claim goes on behind the last. */
#define STORE_CLAIM_TENANTS 1000u

/* Reports that may ride on one result. */
#define STORE_NOTICES_MAX 4u

/* Rows that one round of housekeeping takes in one commit. */
#define STORE_ROUND_MAX 256u

/* Folders of containers that one round of the sweep looks into, of 256. */
#define STORE_SWEEP_FOLDERS 16u

/* Memory of one listing for the administrator. */
#define STORE_LIST_MAX 10000u

/* The day's codes are counted, so they are kept that long. */
#define STORE_CODE_KEEP_MS (24 * 3600 * 1000LL)

#endif
