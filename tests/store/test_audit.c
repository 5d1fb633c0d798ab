/*
 * tests/store/test_audit.c - the chain: edits, deletions, new orders, cut tails, databases set back (P22).
 */
#include "observe.h"

#include "store/audit.h"

#include <unistd.h>

#define LINES 10

static void
add(struct fix *f, int64_t tenant_id, const char *event)
{
	assert_ok(store_audit_add(fix_receive(f), tenant_id,
	    &(struct store_audit_line){ .event = event,
		.reason = "some-reason",
		.address = SPAN("piet@fabrikam.example"),
		.mail_id = 7 }));
}

static void
add_lines(struct fix *f)
{
	for (int i = 0; i < LINES; i++)
		add(f, f->tenant_id, "refused");
}

static struct store_audit_result
verify(struct fix *f, int64_t tenant_id)
{
	struct store_audit_result r;

	assert_ok(store_audit_verify(fix_admin(f), tenant_id, &r));
	return r;
}

static void
test_good_chain(void **state)
{
	struct store_audit_result r;
	struct fix f;

	(void)state;
	fix_init(&f);
	r = verify(&f, f.tenant_id);
	assert_int_equal(r.finding, STORE_AUDIT_OK);
	assert_int_equal(r.lines, 0);
	add_lines(&f);
	add(&f, 0, "refused");
	r = verify(&f, f.tenant_id);
	assert_int_equal(r.finding, STORE_AUDIT_OK);
	assert_int_equal(r.lines, LINES);
	assert_int_equal(verify(&f, 0).lines, 1);
	fix_done(&f);
}

static void
test_tampering(void **state)
{
	static const struct {
		const char *name, *sql;
		enum store_audit_finding want;
		int64_t seq;
	} cases[] = {
		{ "event edited", "UPDATE audit SET event = 'accepted' WHERE seq = 4",
		    STORE_AUDIT_CHANGED, 4 },
		{ "reason edited", "UPDATE audit SET reason = '' WHERE seq = 4",
		    STORE_AUDIT_CHANGED, 4 },
		{ "back-dated", "UPDATE audit SET time_ms = time_ms - 1 WHERE seq = 4",
		    STORE_AUDIT_CHANGED, 4 },
		{ "another mail", "UPDATE audit SET mail_id = 8 WHERE seq = 4", STORE_AUDIT_CHANGED,
		    4 },
		{ "number edited", "UPDATE audit SET number = 8 WHERE seq = 4", STORE_AUDIT_CHANGED,
		    4 },
		{ "address taken away", "UPDATE audit SET address_hash = NULL WHERE seq = 4",
		    STORE_AUDIT_CHANGED, 4 },
		{ "another address", "UPDATE audit SET address_hash = zeroblob(32) WHERE seq = 4",
		    STORE_AUDIT_CHANGED, 4 },
		{ "mac edited", "UPDATE audit SET mac = zeroblob(32) WHERE seq = 4",
		    STORE_AUDIT_CHANGED, 4 },
		{ "line deleted", "DELETE FROM audit WHERE seq = 4", STORE_AUDIT_MISSING, 4 },
		{ "first deleted", "DELETE FROM audit WHERE seq = 1", STORE_AUDIT_MISSING, 1 },
		{ "deleted and renumbered",
		    "DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = seq - 1 WHERE seq > 4;",
		    STORE_AUDIT_CHANGED, 4 },
		{ "two trade places",
		    "UPDATE audit SET seq = 100 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;"
		    "UPDATE audit SET seq = 5 WHERE seq = 100;",
		    STORE_AUDIT_CHANGED, 4 },
		{ "tail cut", "DELETE FROM audit WHERE seq > 7", STORE_AUDIT_CUT, 8 },
		{ "last cut", "DELETE FROM audit WHERE seq = 10", STORE_AUDIT_CUT, 10 },
		{ "all cut", "DELETE FROM audit", STORE_AUDIT_CUT, 1 },
		{ "tail cut and head made to fit",
		    "DELETE FROM audit WHERE seq > 7; UPDATE audit_head SET seq = 7,"
		    " mac = (SELECT mac FROM audit WHERE seq = 7);",
		    STORE_AUDIT_HEAD, 7 },
		{ "head deleted", "DELETE FROM audit_head", STORE_AUDIT_HEAD, 10 },
		{ "line added by hand",
		    "INSERT INTO audit SELECT tenant_id, 11, time_ms, event, reason, mail_id, transfer_id, copy_id,"
		    " number, address_hash, mac FROM audit WHERE seq = 10",
		    STORE_AUDIT_CHANGED, 11 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_audit_result r;
		struct fix f;

		fix_init(&f);
		add_lines(&f);
		sql_run(&f, cases[i].sql);
		r = verify(&f, f.tenant_id);
		if (r.finding != cases[i].want || r.seq != cases[i].seq)
			fail_msg("%s: %s at %lld", cases[i].name,
			    store_audit_finding_name(r.finding), (long long)r.seq);
		fix_done(&f);
	}
}

static void
test_all_gone(void **state)
{
	struct fix f;

	(void)state;
	fix_init(&f);
	add_lines(&f);
	assert_int_equal(verify(&f, f.tenant_id).finding, STORE_AUDIT_OK);
	/* chain and head: only the copy beside the keys is left to tell */
	sql_run(&f, "DELETE FROM audit; DELETE FROM audit_head;");
	assert_int_equal(verify(&f, f.tenant_id).finding, STORE_AUDIT_HEAD);
	fix_done(&f);
}

/* A database set back to an older, authentic state, on which new lines grow. */
static void
test_set_back(void **state)
{
	char keep[700], command[9000];
	struct store_housekeeping did;
	struct store_audit_result r;
	struct fix f;
	bool more;

	(void)state;
	fix_init(&f);
	add_lines(&f);
	fix_close(&f);
	(void)snprintf(keep, sizeof(keep), "%.500s/old.db", f.dir.path);
	(void)snprintf(command, sizeof(command), "VACUUM INTO '%s'", keep);
	sql_run(&f, command);
	add_lines(&f);
	assert_ok(store_housekeeping(fix_deliver(&f), &did, &more)); /* copies the heads */
	fix_close(&f);
	(void)snprintf(command, sizeof(command), "rm -f '%s-wal' '%s-shm' && cp '%s' '%s'",
	    f.database + 7, f.database + 7, keep, f.database + 7);
	assert_int_equal(system(command), 0);
	r = verify(&f, f.tenant_id);
	assert_int_equal(r.finding, STORE_AUDIT_CUT);
	assert_int_equal(r.seq, LINES + 1);
	/* growing over it again, at another time, hides nothing */
	fix_tick(1);
	add_lines(&f);
	add_lines(&f);
	assert_ok(store_housekeeping(fix_deliver(&f), &did, &more));
	r = verify(&f, f.tenant_id);
	assert_int_equal(r.finding, STORE_AUDIT_CHANGED);
	assert_int_equal(r.seq, 2 * LINES);
	fix_done(&f);
}

static void
test_no_line_on_a_forged_head(void **state)
{
	struct fix f;

	(void)state;
	fix_init(&f);
	add_lines(&f);
	sql_run(&f, "UPDATE audit_head SET seq = 5");
	assert_err(store_audit_add(
		       fix_receive(&f), f.tenant_id, &(struct store_audit_line){ .event = "x" }),
	    ERR_TEMP, "not authentic");
	/* another tenant's chain is not troubled */
	add(&f, fix_tenant_add(&f, "fabrikam", 2), "refused");
	fix_done(&f);
}

static void
test_words_and_addresses(void **state)
{
	static const char *const bad[] = { "", "two words", "semi;colon", "\xc3\xa9", NULL };
	struct store_audit_row *rows;
	struct arena a;
	size_t count;
	struct fix f;

	(void)state;
	fix_init(&f);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(store_audit_add(fix_receive(&f), f.tenant_id,
				     &(struct store_audit_line){ .event = bad[i] }),
		    ERR_SYNTAX);
	/* what is no address is audited without one */
	assert_ok(store_audit_add(f.receive, f.tenant_id,
	    &(struct store_audit_line){ .event = "refused", .address = SPAN("<<>>") }));
	add(&f, f.tenant_id, "refused");
	arena_init(&a, 1u << 20);
	assert_ok(store_audit_list(fix_admin(&f), f.tenant_id, 0, 0, 100, &a, &rows, &count));
	assert_int_equal(count, 2);
	assert_false(rows[0].has_address);
	assert_true(rows[1].has_address);
	assert_string_equal(rows[1].reason, "some-reason");
	assert_ok(store_audit_list(f.admin, f.tenant_id, 7, 0, 100, &a, &rows, &count));
	assert_int_equal(count, 1);
	assert_ok(store_audit_list(f.admin, f.tenant_id, 0, 1, 100, &a, &rows, &count));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].seq, 2);
	arena_done(&a);
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_chain),
		cmocka_unit_test(test_tampering),
		cmocka_unit_test(test_all_gone),
		cmocka_unit_test(test_set_back),
		cmocka_unit_test(test_no_line_on_a_forged_head),
		cmocka_unit_test(test_words_and_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
