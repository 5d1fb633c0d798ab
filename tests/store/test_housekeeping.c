/*
 * tests/store/test_housekeeping.c - expiry, destroyed keys that stay destroyed (P21), the sweep.
 */
#include "observe.h"

#include "store/container_int.h"
#include "store/erased.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store_housekeeping
rounds(struct fix *f)
{
	struct store_housekeeping sum = { 0 }, did;
	bool more;

	do {
		assert_ok(store_housekeeping(fix_deliver(f), &did, &more));
		sum.expired += did.expired;
		sum.erased += did.erased;
		sum.forgotten += did.forgotten;
		sum.swept += did.swept;
	} while (more);
	return sum;
}

static bool
has_file(const struct fix *f, int64_t id)
{
	char path[PATH_MAX];

	assert_ok(container_path(f->containers, id, path));
	return access(path, F_OK) == 0;
}

static bool
readable(struct fix *f, int64_t id)
{
	struct store_reader *r = NULL;
	enum err err = store_reader_open(fix_deliver(f), f->tenant_id, id, &r);

	store_reader_free(&r);
	assert_true(err == ERR_OK || err == ERR_NOT_FOUND);
	return err == ERR_OK;
}

static int64_t
send(struct fix *f, bool secure, int64_t life_ms)
{
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };

	assert_ok(fix_commit(f, fix_receive(f),
	    &(struct fix_mail){ .secure = secure, .life_ms = life_ms, .size = 100000 }, &sent));
	assert_ok(store_owner_new(fix_deliver(f), &o));
	assert_int_equal(fix_deliver_all(f->deliver, o), 1);
	store_owner_free(&o);
	return sent.mail_id;
}

static void
test_expiry(void **state)
{
	struct store_housekeeping did;
	struct fix f;
	int64_t pass, soon, late;

	(void)state;
	fix_init(&f);
	pass = send(&f, false, 0);
	soon = send(&f, true, 60000);
	late = send(&f, true, 10 * DAY_MS);
	did = rounds(&f);
	/* what was delivered unchanged is not needed any more; what links lead to is */
	assert_int_equal(did.expired, 0);
	assert_int_equal(did.erased, 1);
	assert_false(readable(&f, pass));
	assert_false(has_file(&f, pass));
	assert_true(readable(&f, soon) && readable(&f, late));

	fix_tick(60000);
	did = rounds(&f);
	assert_int_equal(did.expired, 1);
	assert_int_equal(did.erased, 1);
	assert_false(readable(&f, soon));
	assert_false(has_file(&f, soon));
	assert_true(readable(&f, late));
	assert_int_equal(
	    sql_int(&f, "SELECT COUNT(*) FROM mail WHERE sealed_key IS NULL AND facts IS NULL"), 2);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'erased'"), 1);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'expired'"), 1);
	/* again: nothing to do */
	did = rounds(&f);
	assert_int_equal(did.expired + did.erased, 0);
	fix_done(&f);
}

static void
test_expiry_waits_for_delivery(void **state)
{
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(
	    &f, fix_receive(&f), &(struct fix_mail){ .secure = true, .life_ms = 60000 }, &sent));
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	fix_tick(60000);
	assert_int_equal(rounds(&f).erased, 0);
	assert_true(readable(&f, sent.mail_id));
	assert_ok(fix_result(f.deliver, o, claims[0], STORE_RESULT_DELIVERED));
	store_claim_free(&claims[0]);
	store_owner_free(&o);
	assert_int_equal(rounds(&f).erased, 1);
	assert_false(readable(&f, sent.mail_id));
	fix_done(&f);
}

static void
test_revoked(void **state)
{
	struct fix f;
	int64_t id;

	(void)state;
	fix_init(&f);
	id = send(&f, true, 0);
	assert_ok(store_transfer_revoke(fix_admin(&f), sql_int(&f, "SELECT id FROM transfer")));
	assert_int_equal(rounds(&f).erased, 1);
	assert_false(readable(&f, id));
	assert_false(has_file(&f, id));
	fix_done(&f);
}

/* Copy the database away, or back. */
static void
backup(struct fix *f, bool restore)
{
	char command[9000];

	fix_close(f);
	sql_run(f, "PRAGMA wal_checkpoint(TRUNCATE)");
	if (!restore)
		(void)snprintf(command, sizeof(command), "cp '%s' '%s/db' && cp -r '%s' '%s/bytes'",
		    f->database + 7, f->dir.path, f->containers, f->dir.path);
	else
		(void)snprintf(command, sizeof(command),
		    "rm -rf '%s-wal' '%s-shm' '%s' && cp '%s/db' '%s' && cp -r '%s/bytes' '%s'",
		    f->database + 7, f->database + 7, f->containers, f->dir.path, f->database + 7,
		    f->dir.path, f->containers);
	assert_int_equal(system(command), 0);
}

static void
test_restored_backup(void **state)
{
	struct fix f;
	int64_t gone, kept;

	(void)state;
	fix_init(&f);
	gone = send(&f, true, 60000);
	kept = send(&f, true, 10 * DAY_MS);
	backup(&f, false);
	fix_tick(60000);
	assert_int_equal(rounds(&f).erased, 1);
	backup(&f, true);
	/* key and bytes are back on the disk */
	assert_true(has_file(&f, gone));
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE sealed_key IS NOT NULL"), 2);
	/* the list beside the keys is honoured before anything else can be done */
	assert_false(readable(&f, gone));
	assert_true(readable(&f, kept));
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE sealed_key IS NOT NULL"), 1);
	fix_done(&f);
}

static void
test_cut_list(void **state)
{
	char path[2 * TMPDIR_PATH_MAX];
	struct store *st = NULL;
	struct store_options o;
	struct fix f;

	(void)state;
	fix_init(&f);
	(void)send(&f, false, 0);
	assert_int_equal(rounds(&f).erased, 1);
	fix_close(&f);
	assert_int_equal(truncate(tmpdir_join(&f.dir, "keys/erased", path), 0), 0);
	o = fix_options(&f, STORE_DELIVER);
	assert_err(store_open(&o, &st), ERR_DENIED, "it was cut");
	fix_done(&f);
}

static void
test_torn_line(void **state)
{
	char path[2 * TMPDIR_PATH_MAX];
	struct fix f;
	int64_t a, b;
	int fd;

	(void)state;
	fix_init(&f);
	a = send(&f, false, 0);
	/* a crash left half a line of an append that nobody was told of */
	fd = open(tmpdir_join(&f.dir, "keys/erased", path), O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "00012", 5), 5);
	(void)close(fd);
	b = send(&f, true, 0);
	assert_int_equal(rounds(&f).erased, 1);
	assert_false(readable(&f, a));
	assert_true(readable(&f, b));
	fix_close(&f);
	assert_true(readable(&f, b));
	fix_done(&f);
}

static void
make_file(const struct fix *f, const char *name, int64_t age_ms)
{
	char path[2 * TMPDIR_PATH_MAX];
	int64_t at = START_MS - age_ms;
	struct timespec times[2] = { { at / 1000, 0 }, { at / 1000, 0 } };

	tmpdir_write(&f->dir, name, SPAN("bytes"));
	assert_int_equal(utimensat(AT_FDCWD, tmpdir_join(&f->dir, name, path), times, 0), 0);
}

static bool
there(const struct fix *f, const char *name)
{
	char path[2 * TMPDIR_PATH_MAX];

	return access(tmpdir_join(&f->dir, name, path), F_OK) == 0;
}

static void
test_sweep(void **state)
{
	struct fix f;
	int64_t id;

	(void)state;
	fix_init(&f);
	id = send(&f, true, 0);
	make_file(&f, "containers/ab/00000000000000ab", 2 * HOUR_MS);
	make_file(&f, "containers/ab/00000000000001ab", HOUR_MS / 2);
	make_file(&f, "containers/tmp/00000000000000cd", 2 * HOUR_MS);
	make_file(&f, "containers/tmp/00000000000001cd", 0);
	make_file(&f, "containers/ab/notes.txt", 2 * HOUR_MS);
	make_file(&f, "containers/ab/00000000000000zz", 2 * HOUR_MS);
	assert_int_equal(rounds(&f).swept, 2);
	assert_false(there(&f, "containers/ab/00000000000000ab"));
	assert_false(there(&f, "containers/tmp/00000000000000cd"));
	/* young ones may belong to a commit that is under way; others are not ours */
	assert_true(there(&f, "containers/ab/00000000000001ab"));
	assert_true(there(&f, "containers/tmp/00000000000001cd"));
	assert_true(there(&f, "containers/ab/notes.txt"));
	assert_true(there(&f, "containers/ab/00000000000000zz"));
	/* a file with a row stays, however old */
	fix_tick(5 * HOUR_MS);
	assert_int_equal(rounds(&f).swept, 2);
	assert_true(readable(&f, id));
	fix_done(&f);
}

static void
test_forgetting(void **state)
{
	struct fix_sent sent = { 0 };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(
	    fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .key = "k", .rcpts = 3 }, &sent));
	fix_tick(48 * HOUR_MS);
	assert_int_equal(rounds(&f).forgotten, 0);
	fix_tick(1);
	assert_int_equal(rounds(&f).forgotten, 3);
	fix_done(&f);
}

static void
test_roles(void **state)
{
	struct store_housekeeping did;
	struct fix f;
	bool more;

	(void)state;
	fix_init(&f);
	assert_int_equal(store_housekeeping(fix_receive(&f), &did, &more), ERR_DENIED);
	assert_int_equal(store_housekeeping(fix_web(&f), &did, &more), ERR_DENIED);
	assert_int_equal(store_housekeeping(fix_admin(&f), &did, &more), ERR_OK);
	fix_done(&f);
}

/* One tenant's chain takes no more lines; the other's keys are destroyed all the same. */
static void
test_forged_head_hurts_nobody_else(void **state)
{
	struct store_housekeeping did;
	struct store_owner *o = NULL;
	struct fix_sent ours = { 0 }, theirs = { 0 };
	char path[PATH_MAX];
	struct stat list;
	struct fix f;
	int64_t other;
	bool more;

	(void)state;
	fix_init(&f);
	other = fix_tenant_add(&f, "fabrikam", 2);
	assert_ok(fix_commit(
	    &f, fix_receive(&f), &(struct fix_mail){ .secure = true, .life_ms = HOUR_MS }, &ours));
	assert_ok(fix_commit(&f, f.receive,
	    &(struct fix_mail){ .tenant_id = other, .secure = true, .life_ms = HOUR_MS }, &theirs));
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_int_equal(fix_deliver_all(f.deliver, o), 2);
	store_owner_free(&o);
	sql_run(&f,
	    "UPDATE audit_head SET seq = seq + 1 WHERE tenant_id ="
	    " (SELECT id FROM tenant WHERE name = 'contoso')");
	fix_tick(HOUR_MS + 1);
	(void)snprintf(path, sizeof(path), "%s/" KEYS_ERASED, f.keys);
	for (int round = 0; round < 3; round++) {
		assert_err(store_housekeeping(f.deliver, &did, &more), ERR_TEMP, "not authentic");
		assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE state = 3"), 1);
		assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM transfer WHERE state = 1"), 1);
		/* what cannot be noted is not on the list, nor is anything on it twice */
		assert_int_equal(stat(path, &list), 0);
		assert_int_equal(list.st_size, 20);
	}
	assert_true(readable(&f, ours.mail_id));
	assert_int_equal(sql_int(&f, "SELECT tenant_id FROM mail WHERE sealed_key IS NULL"), other);
	sql_run(&f,
	    "UPDATE audit_head SET seq = seq - 1 WHERE tenant_id ="
	    " (SELECT id FROM tenant WHERE name = 'contoso')");
	assert_int_equal(rounds(&f).erased, 1);
	assert_false(readable(&f, ours.mail_id));
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forged_head_hurts_nobody_else),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_expiry_waits_for_delivery),
		cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_restored_backup),
		cmocka_unit_test(test_cut_list),
		cmocka_unit_test(test_torn_line),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_forgetting),
		cmocka_unit_test(test_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
