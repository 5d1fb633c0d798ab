/*
 * tests/store/faults.h - the Nth operation on database or files fails, or ends the process.
 *
 * One counter over all kinds that are armed; set up before the stores are opened.
 */
#ifndef SECUDOC_TESTS_STORE_FAULTS_H
#define SECUDOC_TESTS_STORE_FAULTS_H

#include "observe.h"

#include "store/db.h"
#include "store/audit.h"
#include "store/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum fault_kind {
	FAULT_BEGIN = 1,
	FAULT_STEP = 2,
	FAULT_COMMIT = 4,    /* instead of the commit */
	FAULT_COMMITTED = 8, /* behind the commit */
	FAULT_OPEN = 16,
	FAULT_WRITE = 32,
	FAULT_SHORT_WRITE = 64, /* half is written, then there is no space */
	FAULT_SYNC = 128,
	FAULT_RENAME = 256,
	FAULT_UNLINK = 512,
	FAULT_ALL = 1023,
};

static _Atomic unsigned fault_kinds; /* armed */
static _Atomic long fault_left;      /* counts down to the one that fails */
static _Atomic bool fault_kills;     /* SIGKILL in place of an error */
static _Atomic bool fault_struck;

static inline void
fault_arm(unsigned kinds, long nth, bool kills)
{
	atomic_store(&fault_struck, false);
	atomic_store(&fault_left, nth);
	atomic_store(&fault_kills, kills);
	atomic_store(&fault_kinds, kinds);
}
static inline bool
fault_disarm(void)
{
	atomic_store(&fault_kinds, 0);
	return atomic_load(&fault_struck);
}

static inline bool
fault_now(enum fault_kind kind)
{
	if ((atomic_load(&fault_kinds) & kind) == 0 || atomic_fetch_sub(&fault_left, 1) != 1)
		return false;
	atomic_store(&fault_struck, true);
	if (atomic_load(&fault_kills))
		(void)kill(getpid(), SIGKILL);
	return true;
}

static inline enum err
fault_db(enum db_fault at)
{
	static const enum fault_kind kinds[] = { [DB_FAULT_BEGIN] = FAULT_BEGIN,
		[DB_FAULT_STEP] = FAULT_STEP,
		[DB_FAULT_COMMIT] = FAULT_COMMIT,
		[DB_FAULT_COMMITTED] = FAULT_COMMITTED };

	if (!fault_now(kinds[at]))
		return ERR_OK;
	return err_set(at == DB_FAULT_COMMITTED ? ERR_UNCERTAIN : ERR_TEMP, "made to fail");
}

static inline int
fault_io_open(const char *path, int flags, mode_t mode)
{
	if (fault_now(FAULT_OPEN)) {
		errno = EMFILE;
		return -1;
	}
	return open(path, flags, mode);
}
static inline ssize_t
fault_io_write(int fd, const void *p, size_t len)
{
	if (fault_now(FAULT_WRITE)) {
		errno = ENOSPC;
		return -1;
	}
	if (fault_now(FAULT_SHORT_WRITE)) {
		if (write(fd, p, len / 2) < 0)
			return -1;
		errno = ENOSPC;
		return -1;
	}
	return write(fd, p, len);
}
static inline int
fault_io_sync(int fd)
{
	if (fault_now(FAULT_SYNC)) {
		errno = EIO;
		return -1;
	}
	return fsync(fd);
}
static inline int
fault_io_rename(const char *from, const char *to)
{
	if (fault_now(FAULT_RENAME)) {
		errno = EIO;
		return -1;
	}
	return rename(from, to);
}
static inline int
fault_io_rename_new(const char *from, const char *to)
{
	if (fault_now(FAULT_RENAME)) {
		errno = EIO;
		return -1;
	}
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}
static inline int
fault_io_unlink(const char *path)
{
	if (fault_now(FAULT_UNLINK)) {
		errno = EIO;
		return -1;
	}
	return unlink(path);
}

static inline void
fault_install(void)
{
	static const struct io_calls calls = { fault_io_open, fault_io_write, fault_io_sync,
		fault_io_rename, fault_io_rename_new, fault_io_unlink };

	io_replace(&calls);
	db_fault_hook = fault_db;
}

/* Rows and bytes agree, and the audit chain is whole: true after any fault. */
static inline void
check_consistent(struct fix *f)
{
	struct store_audit_result r;

	assert_ok(store_audit_verify(fix_admin(f), f->tenant_id, &r));
	assert_int_equal(r.finding, STORE_AUDIT_OK);
	assert_int_equal(
	    sql_int(f, "SELECT COUNT(*) FROM rcpt WHERE copy_id NOT IN (SELECT id FROM copy)"), 0);
	assert_int_equal(sql_int(f,
			     "SELECT COUNT(*) FROM mail m WHERE (SELECT COUNT(*) FROM copy c WHERE"
			     " c.mail_id = m.id AND c.state < 2) <> m.open_copies"),
	    0);
	assert_int_equal(sql_int(f,
			     "SELECT COUNT(*) FROM copy c WHERE c.state < 2 AND NOT EXISTS"
			     " (SELECT 1 FROM rcpt r WHERE r.copy_id = c.id AND r.state = 0)"),
	    0);
	assert_int_equal(sql_int(f,
			     "SELECT COUNT(*) FROM mail m WHERE m.verdict = 1 AND NOT EXISTS"
			     " (SELECT 1 FROM transfer t WHERE t.mail_id = m.id)"),
	    0);
	assert_int_equal(sql_int(f,
			     "SELECT COUNT(*) FROM transfer t WHERE t.link_count <>"
			     " (SELECT COUNT(*) FROM link l WHERE l.transfer_id = t.id)"),
	    0);
}

/* Every mail with a key can be read in full. */
static inline void
check_readable(struct fix *f)
{
	sqlite3 *db = observe_open(f);
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM mail WHERE sealed_key IS NOT NULL",
			     -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct store_reader *r = NULL;
		uint8_t out[8192];
		struct source s;

		assert_ok(store_reader_open(
		    fix_deliver(f), f->tenant_id, sqlite3_column_int64(stmt, 0), &r));
		s = store_reader_source(r);
		for (uint64_t at = 0; at < s.len; at += sizeof(out)) {
			size_t n = s.len - at < sizeof(out) ? (size_t)(s.len - at) : sizeof(out);

			assert_ok(source_get(s, at, out, n));
			assert_int_equal(out[n - 1], fix_byte(at + n - 1));
		}
		store_reader_free(&r);
	}
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
}

#endif
