/*
 * tests/store/test_faults.c - every operation fails once: nothing is lost, nothing is half, nothing is twice.
 */
#include "faults.h"

static const struct {
	const char *name;
	unsigned kinds;
} kinds[] = {
	{ "begin", FAULT_BEGIN },
	{ "step", FAULT_STEP },
	{ "commit", FAULT_COMMIT },
	{ "after commit", FAULT_COMMITTED },
	{ "open", FAULT_OPEN },
	{ "write", FAULT_WRITE },
	{ "short write", FAULT_SHORT_WRITE },
	{ "sync", FAULT_SYNC },
	{ "rename", FAULT_RENAME },
	{ "unlink", FAULT_UNLINK },
};

static unsigned
files_in(const char *folder)
{
	char command[800];
	unsigned n = 0;
	FILE *p;

	(void)snprintf(command, sizeof(command), "find '%.600s' -type f | wc -l", folder);
	p = popen(command, "r");
	assert_non_null(p);
	assert_int_equal(fscanf(p, "%u", &n), 1);
	(void)pclose(p);
	return n;
}

static void
open_all(struct fix *f)
{
	fix_init(f);
	(void)fix_receive(f);
	(void)fix_deliver(f);
	(void)fix_web(f);
}

/* --- accepting --- */

/* One mail under a name of its own: tried with the fault, then again as Exchange does. */
static bool
accept_with_fault(struct fix *f, unsigned fault, long nth, unsigned number)
{
	struct fix_sent first = { 0 }, again = { 0 };
	struct fix_mail m = { .secure = true, .rcpts = 2, .size = 200000 };
	unsigned files = files_in(f->containers);
	char key[32];
	enum err err;
	bool struck;

	(void)snprintf(key, sizeof(key), "mail-%u", number);
	m.key = key;
	fault_arm(fault, nth, false);
	err = fix_commit(f, f->receive, &m, &first);
	struck = fault_disarm();
	if (err == ERR_TEMP && fault != FAULT_UNLINK)
		assert_int_equal(files_in(f->containers), files);
	assert_true(err == ERR_OK || (struck && (err == ERR_TEMP || err == ERR_UNCERTAIN)));
	assert_ok(fix_commit(f, f->receive, &m, &again));
	if (err == ERR_OK || err == ERR_UNCERTAIN)
		assert_int_equal(again.done.new_count, 0);
	else
		assert_int_equal(again.done.new_count, 2);
	return struck;
}

static void
test_accept(void **state)
{
	struct fix f;
	unsigned mails = 0;

	(void)state;
	open_all(&f);
	for (size_t k = 0; k < COUNT(kinds); k++) {
		long n = 1;

		while (accept_with_fault(&f, kinds[k].kinds, n, mails++))
			n++;
		/* the fault does strike there at all (nothing is unlinked when all goes well) */
		if (n == 1 && kinds[k].kinds != FAULT_UNLINK)
			fail_msg("%s never happened", kinds[k].name);
	}
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail"), mails);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM rcpt"), 2 * mails);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'accepted'"), mails);
	assert_int_equal(files_in(f.containers), mails);
	check_consistent(&f);
	check_readable(&f);
	fix_done(&f);
}

/* --- claiming and results --- */

static bool
deliver_with_fault(struct fix *f, struct store_owner *o, unsigned fault, long nth)
{
	struct store_claim_opts opts = { .max = 1 };
	struct store_claim *cl = NULL;
	struct fix_sent sent = { 0 };
	size_t count = 0;
	enum err err;
	bool struck;

	assert_ok(fix_commit(f, f->receive, &(struct fix_mail){ .rcpts = 2 }, &sent));
	fault_arm(fault, nth, false);
	err = store_queue_claim(f->deliver, o, clock_now_ms(), &opts, &cl, &count);
	if (err == ERR_OK && count == 1)
		err = fix_result(f->deliver, o, cl, STORE_RESULT_DELIVERED);
	struck = fault_disarm();
	assert_true(err == ERR_OK || (struck && (err == ERR_TEMP || err == ERR_UNCERTAIN)));
	if (count == 1 && err != ERR_OK) {
		enum err again = fix_result(f->deliver, o, cl, STORE_RESULT_DELIVERED);

		assert_int_equal(again, err == ERR_UNCERTAIN ? ERR_NOT_FOUND : ERR_OK);
	}
	store_claim_free(&cl);
	return struck;
}

static void
test_deliver(void **state)
{
	static const unsigned some[] = { FAULT_BEGIN, FAULT_STEP, FAULT_COMMIT, FAULT_COMMITTED };
	struct store_owner *o = NULL;
	struct fix f;
	int64_t mails;

	(void)state;
	open_all(&f);
	assert_ok(store_owner_new(f.deliver, &o));
	for (size_t k = 0; k < COUNT(some); k++)
		for (long n = 1; deliver_with_fault(&f, o, some[k], n); n++)
			;
	/* no claim that an error left behind needs the end of the process */
	(void)fix_deliver_all(f.deliver, o);
	store_owner_free(&o);
	mails = sql_int(&f, "SELECT COUNT(*) FROM mail");
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM copy WHERE state = 2"), mails);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE state = 2"), mails);
	assert_int_equal(
	    sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'delivered'"), 2 * mails);
	check_consistent(&f);
	fix_done(&f);
}

/* --- reports with a result --- */

static bool
report_with_fault(struct fix *f, struct store_owner *o, unsigned fault, long nth)
{
	struct store_rcpt_result rcpt = { 0, STORE_RESULT_FAILED, SPAN("550 no") };
	struct store_rcpt_new to = { .address = SPAN("anna@contoso.example") };
	struct store_mail_new report = { .tenant_id = f->tenant_id,
		.reason = "report",
		.origin = STORE_FROM_NOTICE,
		.rcpts = &to,
		.rcpt_count = 1 };
	struct store_copy_result result = {
		.rcpts = &rcpt, .rcpt_count = 1, .notices = &report, .notice_count = 1
	};
	struct store_claim *claims[64];
	struct fix_sent sent = { 0 };
	bool struck;
	enum err err, again = ERR_OK;

	assert_ok(fix_commit(f, f->receive, &(struct fix_mail){ 0 }, &sent));
	assert_int_equal(fix_claim(f->deliver, o, claims), 1);
	assert_ok(store_container_new(f->deliver, f->tenant_id, &report.container));
	assert_ok(fix_fill(report.container, 100000));
	fault_arm(fault, nth, false);
	err = store_queue_result(f->deliver, o, claims[0], &result);
	struck = fault_disarm();
	if (err != ERR_OK) {
		assert_ok(store_container_new(f->deliver, f->tenant_id, &report.container));
		assert_ok(fix_fill(report.container, 100000));
		again = store_queue_result(f->deliver, o, claims[0], &result);
	}
	assert_int_equal(again, err == ERR_UNCERTAIN ? ERR_NOT_FOUND : ERR_OK);
	store_claim_free(&claims[0]);
	/* the report is delivered before the next round */
	assert_int_equal(fix_deliver_all(f->deliver, o), 1);
	return struck;
}

static void
test_report(void **state)
{
	struct store_owner *o = NULL;
	struct fix f;

	(void)state;
	open_all(&f);
	assert_ok(store_owner_new(f.deliver, &o));
	for (size_t k = 0; k < COUNT(kinds); k++)
		for (long n = 1; report_with_fault(&f, o, kinds[k].kinds, n); n++)
			;
	store_owner_free(&o);
	/* one for each mail that failed */
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE origin = 1"),
	    sql_int(&f, "SELECT COUNT(*) FROM mail WHERE origin = 0"));
	check_consistent(&f);
	check_readable(&f);
	fix_done(&f);
}

/* --- expiry --- */

static bool
expire_with_fault(struct fix *f, struct store_owner *o, unsigned fault, long nth)
{
	struct store_housekeeping did;
	struct fix_sent sent = { 0 };
	bool struck, more;
	enum err err;

	assert_ok(fix_commit(f, f->receive,
	    &(struct fix_mail){ .secure = true, .size = 100000, .life_ms = 1000 }, &sent));
	assert_int_equal(fix_deliver_all(f->deliver, o), 1);
	fix_tick(HOUR_MS);
	fault_arm(fault, nth, false);
	err = store_housekeeping(f->deliver, &did, &more);
	struck = fault_disarm();
	assert_true(err == ERR_OK || struck);
	do
		assert_ok(store_housekeeping(f->deliver, &did, &more));
	while (more);
	return struck;
}

static void
test_expire(void **state)
{
	struct store_owner *o = NULL;
	struct store_housekeeping did;
	struct fix f;
	bool more;

	(void)state;
	open_all(&f);
	assert_ok(store_owner_new(f.deliver, &o));
	for (size_t k = 0; k < COUNT(kinds); k++)
		for (long n = 1; expire_with_fault(&f, o, kinds[k].kinds, n); n++)
			;
	store_owner_free(&o);
	/* one more round over the files for those whose unlink failed; real ages are younger than ours */
	fix_tick(100 * DAY_MS);
	do
		assert_ok(store_housekeeping(f.deliver, &did, &more));
	while (more);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE sealed_key IS NOT NULL"), 0);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE state <> 3"), 0);
	assert_int_equal(files_in(f.containers), 0);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'expired'"),
	    sql_int(&f, "SELECT COUNT(*) FROM mail"));
	check_consistent(&f);
	fix_done(&f);
}

/* --- codes --- */

static void
test_codes(void **state)
{
	static const unsigned some[] = { FAULT_BEGIN, FAULT_STEP, FAULT_COMMIT };
	struct fix_sent sent = { 0 };
	struct store_link l;
	struct arena a;
	struct fix f;

	(void)state;
	open_all(&f);
	arena_init(&a, 64u << 20);
	assert_ok(fix_commit(
	    &f, f.receive, &(struct fix_mail){ .secure = true, .life_ms = 9000 * DAY_MS }, &sent));
	assert_ok(store_link_find(f.web, span_str(sent.tokens[0]), clock_now_ms(), &a, &l));
	for (size_t k = 0; k < COUNT(some); k++) {
		bool struck = true;

		for (long n = 1; struck; n++) {
			char code[STORE_CODE_SIZE];
			struct store_code_tried t;
			enum store_code_new made;
			enum err err;

			fix_tick(HOUR_MS * 3);
			assert_ok(store_code_new(f.web, &l, 0, clock_now_ms(), 60000, &made, code));
			assert_int_equal(made, STORE_CODE_MADE);
			fault_arm(some[k], n, false);
			err = store_code_try(
			    f.web, &l, 0, span_str(code), clock_now_ms(), 5, 1000, &t);
			struck = fault_disarm();
			/* an attempt that failed on our side is not counted and uses nothing up */
			assert_true(err == ERR_OK || (struck && err == ERR_TEMP));
			if (err != ERR_OK)
				assert_ok(store_code_try(
				    f.web, &l, 0, span_str(code), clock_now_ms(), 1, 1000, &t));
			assert_int_equal(t.answer, STORE_CODE_RIGHT);
		}
	}
	arena_done(&a);
	check_consistent(&f);
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_deliver),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_expire),
		cmocka_unit_test(test_codes),
	};

	fault_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
