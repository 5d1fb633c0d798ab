/*
 * tests/store/test_queue.c - claims, results, owners that die, reports in the same commit, the administrator.
 */
#include "observe.h"

#include "store/audit.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_retry(void **state)
{
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	int64_t due;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_ok(store_queue_next_due(f.deliver, &due));
	assert_int_equal(due, 0);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	assert_ok(store_queue_next_due(f.deliver, &due));
	assert_int_equal(due, START_MS);
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_ok(store_queue_next_due(f.deliver, &due));
	assert_int_equal(due, 0);
	assert_ok(fix_result(f.deliver, o, claims[0], STORE_RESULT_RETRY));
	store_claim_free(&claims[0]);
	assert_ok(store_queue_next_due(f.deliver, &due));
	assert_int_equal(due, START_MS + 60000);
	fix_tick(59999);
	assert_int_equal(fix_claim(f.deliver, o, claims), 0);
	fix_tick(1);
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_int_equal(claims[0]->attempts, 1);
	assert_int_equal(claims[0]->first_try_ms, START_MS);
	store_claim_free(&claims[0]);
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_partial_results(void **state)
{
	static const enum store_result first[] = { STORE_RESULT_DELIVERED, STORE_RESULT_FAILED,
		STORE_RESULT_RETRY };
	struct store_rcpt_result rcpts[3];
	struct store_copy_result result = {
		.rcpts = rcpts, .rcpt_count = 3, .next_try_ms = START_MS
	};
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .rcpts = 3 }, &sent));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	for (int i = 0; i < 3; i++)
		rcpts[i] = (struct store_rcpt_result){ i, first[i], SPAN("words") };
	assert_ok(store_queue_result(f.deliver, o, claims[0], &result));
	/* it is not ours any more: a second answer changes nothing */
	assert_int_equal(store_queue_result(f.deliver, o, claims[0], &result), ERR_NOT_FOUND);
	store_claim_free(&claims[0]);
	/* only the one who is left comes again */
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_int_equal(claims[0]->rcpt_count, 1);
	assert_int_equal(claims[0]->rcpts[0].no, 2);
	assert_ok(fix_result(f.deliver, o, claims[0], STORE_RESULT_DELIVERED));
	store_claim_free(&claims[0]);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM rcpt WHERE state = 1"), 2);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM rcpt WHERE state = 2"), 1);
	assert_int_equal(sql_int(&f, "SELECT state FROM copy"), STORE_COPY_DONE);
	assert_int_equal(sql_int(&f, "SELECT state FROM mail"), 2);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'failed'"), 1);
	store_owner_free(&o);
	fix_done(&f);
}

/* A report to the sender, as deliver makes one. */
static struct store_mail_new
report_of(struct fix *f, struct store_rcpt_new *to)
{
	struct store_mail_new m = { .tenant_id = f->tenant_id,
		.verdict = STORE_PASS,
		.reason = "report",
		.origin = STORE_FROM_NOTICE,
		.automatic = true,
		.rcpts = to,
		.rcpt_count = 1,
		.received_ms = clock_now_ms() };

	*to = (struct store_rcpt_new){ .address = SPAN("anna@contoso.example") };
	assert_ok(store_container_new(f->deliver, f->tenant_id, &m.container));
	assert_ok(
	    sink_put(store_container_sink(m.container), SPAN("Your mail could not be delivered.")));
	return m;
}

static void
test_report_rides_on_the_result(void **state)
{
	struct store_rcpt_result rcpt = { 0, STORE_RESULT_FAILED, SPAN("550 no") };
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct store_rcpt_new to;
	struct store_mail_new report;
	struct store_copy_result result = {
		.rcpts = &rcpt, .rcpt_count = 1, .notices = &report, .notice_count = 1
	};
	struct fix_sent sent = { 0 };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	report = report_of(&f, &to);
	assert_ok(store_queue_result(f.deliver, o, claims[0], &result));
	/* the result is told twice: no second report */
	report = report_of(&f, &to);
	assert_int_equal(store_queue_result(f.deliver, o, claims[0], &result), ERR_NOT_FOUND);
	store_claim_free(&claims[0]);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM mail WHERE origin = 1"), 1);
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_int_equal(claims[0]->origin, STORE_FROM_NOTICE);
	assert_true(claims[0]->automatic);
	assert_int_equal(claims[0]->facts.sender.len, 0);
	store_claim_free(&claims[0]);
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_release(void **state)
{
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_ok(store_queue_release(f.deliver, o, claims[0]));
	store_claim_free(&claims[0]);
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_int_equal(claims[0]->attempts, 0);
	store_claim_free(&claims[0]);
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_recover(void **state)
{
	struct store_claim *claims[64], *second[64];
	struct store_owner *dead = NULL, *alive = NULL;
	struct fix_sent sent = { 0 };
	uint64_t freed;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &dead));
	assert_ok(store_owner_new(f.deliver, &alive));
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	assert_int_equal(fix_claim(f.deliver, dead, claims), 1);
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ 0 }, &sent));
	assert_int_equal(fix_claim(f.deliver, alive, second), 1);
	assert_ok(store_queue_recover(f.deliver, &freed));
	assert_int_equal(freed, 0);
	store_owner_free(&dead);
	assert_ok(store_queue_recover(f.deliver, &freed));
	assert_int_equal(freed, 1);
	/* the one that was away meanwhile has lost its claim, the other has not */
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM copy WHERE state = 0"), 1);
	assert_ok(fix_result(f.deliver, alive, second[0], STORE_RESULT_DELIVERED));
	assert_int_equal(
	    fix_result(f.deliver, alive, claims[0], STORE_RESULT_DELIVERED), ERR_NOT_FOUND);
	store_claim_free(&claims[0]);
	store_claim_free(&second[0]);
	store_owner_free(&alive);
	fix_done(&f);
}

/* A mail that ends whoever touches it: tried again at once three times, then less and less often. */
static void
test_recover_waits(void **state)
{
	static const struct {
		int64_t wait_ms;
		size_t due; /* after that time */
	} deaths[] = { { 0, 1 }, { 0, 1 }, { 0, 1 }, { 9999, 0 }, { 1, 1 }, { 9999, 0 }, { 1, 1 } };
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	uint64_t freed;
	bool claimed = true;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	for (size_t i = 0; i < COUNT(deaths); i++) {
		if (claimed) {
			assert_int_equal(claims[0]->attempts, i < 4 ? i : (i + 3) / 2);
			store_claim_free(&claims[0]);
			store_owner_free(&o);
			assert_ok(store_queue_recover(f.deliver, &freed));
			assert_int_equal(freed, 1);
			assert_ok(store_owner_new(f.deliver, &o));
		}
		fix_tick(deaths[i].wait_ms);
		assert_int_equal(fix_claim(f.deliver, o, claims), deaths[i].due);
		claimed = deaths[i].due == 1;
	}
	store_claim_free(&claims[0]);
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_owner_killed(void **state)
{
	struct fix_sent sent = { 0 };
	int ready[2], status;
	uint64_t freed;
	char byte;
	struct fix f;
	pid_t child;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	fix_close(&f);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct store_claim *claims[64];
		struct store_owner *o = NULL;

		if (store_owner_new(fix_deliver(&f), &o) != ERR_OK ||
		    fix_claim(f.deliver, o, claims) != 1 || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_true(child > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_ok(store_queue_recover(fix_deliver(&f), &freed));
	assert_int_equal(freed, 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_ok(store_queue_recover(f.deliver, &freed));
	assert_int_equal(freed, 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	fix_done(&f);
}

static void
test_tenants_in_turn(void **state)
{
	struct store_claim_opts opts = { .max = 4, .max_per_tenant = 2 };
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	size_t n, small = 0;
	int64_t other;
	struct fix f;

	(void)state;
	fix_init(&f);
	other = fix_tenant_add(&f, "fabrikam", 2);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	for (int i = 0; i < 20; i++)
		assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ .tenant_id = other }, &sent));
	/* the one mail behind twenty of another tenant's is in the first round (threat T10) */
	assert_ok(store_queue_claim(f.deliver, o, clock_now_ms(), &opts, claims, &n));
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		small += claims[i]->tenant_id == other;
		store_claim_free(&claims[i]);
	}
	assert_int_equal(small, 1);
	/* a tenant that is busy is left alone */
	opts.skip_tenants = &f.tenant_id;
	opts.skip_count = 1;
	assert_ok(store_queue_claim(f.deliver, o, clock_now_ms(), &opts, claims, &n));
	assert_int_equal(n, 0);
	/* and served again when it is not, round after round */
	opts.skip_count = 0;
	for (int left = 18; left > 0; left -= 2) {
		assert_ok(store_queue_claim(f.deliver, o, clock_now_ms(), &opts, claims, &n));
		assert_int_equal(n, 2);
		store_claim_free(&claims[0]);
		store_claim_free(&claims[1]);
	}
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_unreadable_mail(void **state)
{
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ 0 }, &sent));
	sql_run(
	    &f, "UPDATE mail SET facts = randomblob(200) WHERE id = (SELECT MIN(id) FROM mail)");
	/* it does not stand in the way of the other */
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_int_equal(claims[0]->mail_id, sent.mail_id);
	store_claim_free(&claims[0]);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'unreadable'"), 1);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM copy WHERE state = 2"), 1);
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_wrong_master_key_waits(void **state)
{
	static const char other_key[] =
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	struct fix_sent sent = { 0 };
	struct store *st = NULL;
	struct store_options so;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	fix_close(&f);
	tmpdir_write(&f.dir, "keys/master.key", span_str(other_key));
	so = fix_options(&f, STORE_DELIVER);
	assert_int_equal(store_open(&so, &st), ERR_DENIED);
	assert_int_equal(sql_int(&f, "SELECT state FROM copy"), STORE_COPY_QUEUED);
	fix_done(&f);
}

static void
test_administrator(void **state)
{
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct store_queue_row *rows;
	struct store_queue_detail d;
	struct store_queue_stats stats;
	struct fix_sent sent = { 0 };
	int64_t copy_id;
	struct arena a;
	size_t count;
	struct fix f;

	(void)state;
	fix_init(&f);
	arena_init(&a, 8u << 20);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .rcpts = 2 }, &sent));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	copy_id = claims[0]->copy_id;
	assert_int_equal(store_queue_drop(f.admin, copy_id), ERR_DENIED);
	assert_int_equal(store_queue_retry(f.admin, copy_id), ERR_DENIED);
	assert_ok(fix_result(f.deliver, o, claims[0], STORE_RESULT_RETRY));
	store_claim_free(&claims[0]);

	assert_ok(store_queue_list(f.admin, 0, 0, 10, &a, &rows, &count));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].copy_id, copy_id);
	assert_int_equal(rows[0].pending, 2);
	assert_int_equal(rows[0].attempts, 1);
	assert_ok(store_queue_list(f.admin, 12345, 0, 10, &a, &rows, &count));
	assert_int_equal(count, 0);
	assert_ok(store_queue_show(f.admin, copy_id, &a, &d));
	assert_int_equal(d.rcpt_count, 2);
	assert_span(d.rcpts[1].address, "r1@Fabrikam.example");
	assert_span(d.rcpts[1].reply, "550 5.1.1 no such user r0@fabrikam.example");
	assert_span(d.facts.subject, "Offerte");
	assert_int_equal(store_queue_show(f.admin, 5, &a, &d), ERR_NOT_FOUND);
	assert_ok(store_queue_stats(f.deliver, &stats));
	assert_int_equal(stats.queued, 1);
	assert_int_equal(stats.oldest_received_ms, START_MS);

	assert_int_equal(fix_claim(f.deliver, o, claims), 0);
	assert_ok(store_queue_retry(f.admin, copy_id));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_ok(fix_result(f.deliver, o, claims[0], STORE_RESULT_RETRY));
	store_claim_free(&claims[0]);
	assert_ok(store_queue_drop(f.admin, copy_id));
	assert_int_equal(store_queue_drop(f.admin, copy_id), ERR_DENIED);
	assert_int_equal(store_queue_retry(f.admin, 5), ERR_NOT_FOUND);
	assert_ok(store_queue_show(f.admin, copy_id, &a, &d));
	assert_int_equal(d.rcpts[0].state, STORE_RCPT_DROPPED);
	assert_int_equal(sql_int(&f, "SELECT state FROM mail"), 2);
	store_owner_free(&o);
	arena_done(&a);
	fix_done(&f);
}

static void
test_wake(void **state)
{
	struct fix_sent sent = { 0 };
	struct pollfd p = { .events = POLLIN };
	struct fix f;

	(void)state;
	fix_init(&f);
	store_wake(fix_receive(&f)); /* nobody is there: nothing happens */
	assert_ok(store_wake_listen(fix_deliver(&f), &p.fd));
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ 0 }, &sent));
	assert_int_equal(poll(&p, 1, 10000), 1);
	store_wake_drain(p.fd);
	assert_int_equal(poll(&p, 1, 0), 0);
	/* many wake-ups do not fill anything up */
	for (int i = 0; i < 5000; i++)
		store_wake(f.receive);
	store_wake_drain(p.fd);
	(void)close(p.fd);
	fix_done(&f);
}

/*
 * During a reload two delivers listen; a new generation that is given up again must not take the old one's
 * wake-ups with it.
 */
static void
test_wake_two_listeners(void **state)
{
	struct pollfd old = { .events = POLLIN }, next = { .events = POLLIN };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_wake_listen(fix_deliver(&f), &old.fd));
	assert_ok(store_wake_listen(f.deliver, &next.fd));
	store_wake(fix_receive(&f));
	assert_int_equal(poll(&old, 1, 0), 1);
	assert_int_equal(poll(&next, 1, 0), 1);
	store_wake_drain(old.fd);
	(void)close(next.fd);
	store_wake(f.receive); /* finds the name of the one that went */
	assert_int_equal(poll(&old, 1, 0), 1);
	store_wake_drain(old.fd);
	store_wake(f.receive);
	assert_int_equal(poll(&old, 1, 0), 1);
	(void)close(old.fd);
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_partial_results),
		cmocka_unit_test(test_report_rides_on_the_result),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_recover),
		cmocka_unit_test(test_recover_waits),
		cmocka_unit_test(test_owner_killed),
		cmocka_unit_test(test_tenants_in_turn),
		cmocka_unit_test(test_unreadable_mail),
		cmocka_unit_test(test_wrong_master_key_waits),
		cmocka_unit_test(test_administrator),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_wake_two_listeners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
