/*
 * store/store.h - the one place where the roles meet: mails, copies, links, tenants, keys and audit.
 *
 * A process opens the store once, in one role, and shares the handle between its threads: every function
 * of this folder may be called from any thread unless its header says otherwise. Writes go through one
 * writer thread a process, which commits many jobs at once (group commit): a function that writes returns
 * after its commit, or with an error and nothing changed. Reads go through a small pool of connections.
 *
 * Errors, for the whole folder:
 *   ERR_TEMP       nothing was changed; disk, memory or a lock said no; try again later
 *   ERR_UNCERTAIN  a commit was begun and its outcome is unknown; repeat it (every write here may be
 *                  repeated: mails by their repeat rows, results by the copy's state, the rest by its key)
 *   ERR_NOT_FOUND  there is no such row (for this tenant)
 *   ERR_DENIED     the role may not do this, or something stored is not authentic
 *   ERR_LIMIT      a bound of this folder was hit; the note names it
 *   ERR_SYNTAX     a value of the caller's is odd (names, addresses); the note says which
 *
 * Ids are ours: 63 bits, time-ordered (ms << 22 | random), never 0. Times are wall-clock milliseconds.
 */
#ifndef SECUDOC_STORE_STORE_H
#define SECUDOC_STORE_STORE_H

#include "core/config.h"
#include "core/err.h"
#include "core/span.h"

enum store_role {
	STORE_RECEIVE =
	    1, /* takes mail in; never opens master.key and cannot read a container back */
	STORE_DELIVER = 2, /* sends mail out, runs the timed jobs */
	STORE_WEB = 4,     /* links, codes, downloads; puts code mails in */
	STORE_ADMIN = 8,   /* the command line */
};

struct store;

struct store_options {
	const char *database;       /* "sqlite:PATH" */
	const char *containers_dir; /* made when missing, mode 0700 */
	const char *keys_dir;       /* must exist: "secudoc keys init" makes it */
	const char *run_dir;        /* made when missing */
	int64_t sweep_age_ms;
	int64_t repeat_window_ms;
	enum store_role role;
};

/* store_options_of() - the store's part of a configuration; points into c. */
struct store_options store_options_of(const struct config *c, enum store_role role);

/*
 * store_open() - open, bring the schema to this version, honour the list of erased keys (all roles but
 * STORE_RECEIVE: what the list names is destroyed again when a backup brought it back).
 * ERR_NOT_FOUND: keys or database folder missing (the note says "secudoc keys init"). ERR_DENIED: a master
 * key that is not this database's, key files
 * that others may read, a database newer than this program, an erased list shorter than the database knows.
 * The caller ends it with store_close(), after its own threads.
 */
MUST_USE enum err store_open(const struct store_options *options, struct store **ret);
void store_close(struct store **st);
enum store_role store_role(const struct store *st);

/* store_new_id() - a fresh id at the clock's time. */
int64_t store_new_id(void);

/*
 * Wake-up. Each deliver binds a datagram socket of its own in run_dir; whoever commits work sends one byte to
 * all of them (store_mail_commit() and friends do it themselves). A wake-up may be lost when no deliver is
 * there: it looks into the queue when it starts and at store_queue_next_due().
 */
MUST_USE enum err
store_wake_listen(struct store *st, int *ret_fd); /* non-blocking; caller closes */
void store_wake_drain(int fd);                    /* reads away what is there */
void store_wake(struct store *st);

/* What the writer did, for metrics. */
struct store_stats {
	uint64_t commits;
	uint64_t jobs;
	uint64_t commit_failures;
	uint64_t largest_batch;
	uint64_t commit_ms_total;
};
void store_stats(struct store *st, struct store_stats *ret);

/*
 * store_housekeeping() - the timed jobs of deliver: expired links lose their keys (key first, then bytes),
 * delivered mails without links too, old repeat rows, codes and sessions go, bytes without a row that are
 * older than sweep_age go. Bounded work a call; *ret_more: call again at once. Otherwise call it every
 * minute or so. Needs STORE_DELIVER or STORE_ADMIN. Safe to repeat after any error; an error of one job does
 * not keep the others from being done, nor one tenant's those of the other tenants.
 */
struct store_housekeeping {
	uint64_t expired;   /* links */
	uint64_t erased;    /* mails whose key was destroyed */
	uint64_t forgotten; /* repeat rows, codes, sessions */
	uint64_t swept;     /* files without a row */
};
MUST_USE enum err
store_housekeeping(struct store *st, struct store_housekeeping *ret_did, bool *ret_more);

#endif
