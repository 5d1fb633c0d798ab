/*
 * tests/store/test_state.c - the state tables, walked: every step is taken by the function that its row names, and
 * a crash just before or just after its commit leaves what the row says.
 */
#include "faults.h"

#include "store/state.h"

#include <sys/wait.h>

/* --- what a walk needs --- */

enum prepared { EMPTY, ACCEPTED, CLAIMED, DELIVERED, EXPIRED, RESTORED };

static void
accept_one(struct fix *f, bool secure)
{
	struct fix_sent sent = { 0 };

	assert_ok(fix_commit(
	    f, fix_receive(f), &(struct fix_mail){ .secure = secure, .life_ms = DAY_MS }, &sent));
}

/* The functions under test, in a process of their own; each runs against a freshly opened store. */
static bool
do_accept(struct fix *f)
{
	struct fix_sent sent = { 0 };

	return fix_commit(f, fix_open(f, STORE_RECEIVE),
		   &(struct fix_mail){ .secure = true, .life_ms = DAY_MS }, &sent) == ERR_OK;
}

static bool
claim_one(struct store *st, struct store_owner **o, struct store_claim **cl)
{
	struct store_claim_opts opts = { .max = 1 };
	size_t count = 0;

	return store_owner_new(st, o) == ERR_OK &&
	    store_queue_claim(st, *o, clock_now_ms(), &opts, cl, &count) == ERR_OK && count == 1;
}

static bool
do_claim(struct fix *f)
{
	struct store_owner *o = NULL;
	struct store_claim *cl = NULL;

	return claim_one(fix_open(f, STORE_DELIVER), &o, &cl);
}

/* The commit of the result is the second one: the claim's comes first. */
static bool
result(struct fix *f, enum store_result r)
{
	struct store *st = fix_open(f, STORE_DELIVER);
	struct store_owner *o = NULL;
	struct store_claim *cl = NULL;

	return claim_one(st, &o, &cl) && fix_result(st, o, cl, r) == ERR_OK;
}
static bool
do_delivered(struct fix *f)
{
	return result(f, STORE_RESULT_DELIVERED);
}
static bool
do_failed(struct fix *f)
{
	return result(f, STORE_RESULT_FAILED);
}
static bool
do_retry(struct fix *f)
{
	return result(f, STORE_RESULT_RETRY);
}
static bool
do_drop(struct fix *f)
{
	return store_queue_drop(fix_open(f, STORE_ADMIN), sql_int(f, "SELECT id FROM copy")) ==
	    ERR_OK;
}
static bool
do_housekeeping(struct fix *f)
{
	struct store_housekeeping did;
	bool more;

	return store_housekeeping(fix_open(f, STORE_DELIVER), &did, &more) == ERR_OK;
}
static bool
do_revoke(struct fix *f)
{
	return store_transfer_revoke(
		   fix_open(f, STORE_ADMIN), sql_int(f, "SELECT id FROM transfer")) == ERR_OK;
}
static bool
do_open(struct fix *f)
{
	struct store_options o = fix_options(f, STORE_WEB);
	struct store *st = NULL;

	return store_open(&o, &st) == ERR_OK;
}

/* The id goes onto the list as if the database had been brought back from before. */
static void
list_as_erased(struct fix *f)
{
	char line[32];

	(void)snprintf(
	    line, sizeof(line), "%019lld\n", (long long)sql_int(f, "SELECT id FROM mail"));
	tmpdir_write(&f->dir, "keys/erased", span_str(line));
}

static void
deliver_one(struct fix *f)
{
	struct store_owner *o = NULL;

	assert_ok(store_owner_new(fix_deliver(f), &o));
	assert_int_equal(fix_deliver_all(f->deliver, o), 1);
	store_owner_free(&o);
}

static const char *const columns[LIFE__COUNT] = {
	[LIFE_MAIL] = "SELECT state FROM mail",
	[LIFE_COPY] = "SELECT state FROM copy",
	[LIFE_RCPT] = "SELECT state FROM rcpt",
	[LIFE_TRANSFER] = "SELECT state FROM transfer",
};

/* One walk for each row of the table; commit: the how many-eth commit of the function is the step's. */
static const struct walk {
	enum life life;
	int from, to;
	enum prepared before;
	bool pass; /* a mail without links */
	bool (*step)(struct fix *);
	long commit;
	int crash_before; /* the state then: usually from */
} walks[] = {
	{ LIFE_MAIL, STATE_NONE, MAIL_OPEN, EMPTY, false, do_accept, 2, STATE_NONE },
	{ LIFE_MAIL, MAIL_OPEN, MAIL_HELD, ACCEPTED, false, do_delivered, 4, MAIL_OPEN },
	{ LIFE_MAIL, MAIL_OPEN, MAIL_DONE, ACCEPTED, true, do_delivered, 4, MAIL_OPEN },
	{ LIFE_MAIL, MAIL_HELD, MAIL_DONE, DELIVERED, false, do_revoke, 3, MAIL_HELD },
	{ LIFE_MAIL, MAIL_DONE, MAIL_ERASED, DELIVERED, true, do_housekeeping, 4, MAIL_DONE },
	{ LIFE_MAIL, MAIL_OPEN, MAIL_ERASED, RESTORED, true, do_open, 2, MAIL_OPEN },
	{ LIFE_MAIL, MAIL_HELD, MAIL_ERASED, RESTORED, false, do_open, 2, MAIL_HELD },
	{ LIFE_COPY, STATE_NONE, STORE_COPY_QUEUED, EMPTY, false, do_accept, 2, STATE_NONE },
	{ LIFE_COPY, STORE_COPY_QUEUED, STORE_COPY_CLAIMED, ACCEPTED, false, do_claim, 3,
	    STORE_COPY_QUEUED },
	{ LIFE_COPY, STORE_COPY_CLAIMED, STORE_COPY_QUEUED, ACCEPTED, false, do_retry, 4,
	    STORE_COPY_CLAIMED },
	{ LIFE_COPY, STORE_COPY_CLAIMED, STORE_COPY_DONE, ACCEPTED, false, do_delivered, 4,
	    STORE_COPY_CLAIMED },
	{ LIFE_COPY, STORE_COPY_QUEUED, STORE_COPY_DONE, ACCEPTED, false, do_drop, 3,
	    STORE_COPY_QUEUED },
	{ LIFE_RCPT, STATE_NONE, STORE_RCPT_PENDING, EMPTY, false, do_accept, 2, STATE_NONE },
	{ LIFE_RCPT, STORE_RCPT_PENDING, STORE_RCPT_DELIVERED, ACCEPTED, false, do_delivered, 4,
	    STORE_RCPT_PENDING },
	{ LIFE_RCPT, STORE_RCPT_PENDING, STORE_RCPT_FAILED, ACCEPTED, false, do_failed, 4,
	    STORE_RCPT_PENDING },
	{ LIFE_RCPT, STORE_RCPT_PENDING, STORE_RCPT_DROPPED, ACCEPTED, false, do_drop, 3,
	    STORE_RCPT_PENDING },
	{ LIFE_TRANSFER, STATE_NONE, STORE_TRANSFER_ACTIVE, EMPTY, false, do_accept, 2,
	    STATE_NONE },
	{ LIFE_TRANSFER, STORE_TRANSFER_ACTIVE, STORE_TRANSFER_EXPIRED, EXPIRED, false,
	    do_housekeeping, 3, STORE_TRANSFER_ACTIVE },
	{ LIFE_TRANSFER, STORE_TRANSFER_ACTIVE, STORE_TRANSFER_REVOKED, DELIVERED, false, do_revoke,
	    3, STORE_TRANSFER_ACTIVE },
};

static void
prepare(struct fix *f, const struct walk *w)
{
	fix_init(f);
	if (w->before != EMPTY)
		accept_one(f, !w->pass);
	if (w->before == DELIVERED || w->before == EXPIRED || (w->before == RESTORED && !w->pass))
		deliver_one(f);
	if (w->before == EXPIRED)
		fix_tick(DAY_MS);
	fix_close(f);
	if (w->before == RESTORED)
		list_as_erased(f);
}

/* crash: killed at the commit (FAULT_COMMIT), behind it (FAULT_COMMITTED), or not at all (0). */
static void
run(struct fix *f, const struct walk *w, unsigned crash)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (crash != 0)
			fault_arm(crash, w->commit, true);
		_exit(w->step(f) ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (crash == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		fail_msg(
		    "%s: the step was not taken", state_step_of(w->life, w->from, w->to)->event);
	if (crash != 0 && !WIFSIGNALED(status))
		fail_msg("%s: commit %ld never came", state_step_of(w->life, w->from, w->to)->event,
		    w->commit);
}

static void
check(struct fix *f, const struct walk *w, int want, const char *when)
{
	int64_t is = sql_int(f, columns[w->life]);

	if (is != want)
		fail_msg("%s, %s: %s, wanted %s", state_step_of(w->life, w->from, w->to)->event,
		    when, state_name(w->life, (int)is), state_name(w->life, want));
}

static void
walk(const struct walk *w)
{
	struct fix f;

	prepare(&f, w);
	if (w->from != STATE_NONE && w->from != w->crash_before)
		fail_msg("a walk that starts elsewhere");
	run(&f, w, FAULT_COMMIT);
	check(&f, w, w->crash_before, "crash before");
	check_consistent(&f);
	fix_done(&f);

	prepare(&f, w);
	run(&f, w, FAULT_COMMITTED);
	check(&f, w, w->to, "crash after");
	check_consistent(&f);
	fix_done(&f);

	prepare(&f, w);
	run(&f, w, 0);
	if (w->life != LIFE_TRANSFER || w->to != STORE_TRANSFER_EXPIRED)
		check(&f, w, w->to, "no crash");
	fix_done(&f);
}

static void
test_every_step_is_walked(void **state)
{
	(void)state;
	assert_int_equal(COUNT(walks), state_step_count);
	for (size_t i = 0; i < COUNT(walks); i++) {
		for (size_t k = 0; k < i; k++)
			assert_false(walks[k].life == walks[i].life &&
			    walks[k].from == walks[i].from && walks[k].to == walks[i].to);
		assert_non_null(state_step_of(walks[i].life, walks[i].from, walks[i].to));
		walk(&walks[i]);
	}
}

static void
test_rows_say_everything(void **state)
{
	(void)state;
	for (size_t i = 0; i < state_step_count; i++) {
		const struct state_step *s = &state_steps[i];

		assert_true(strlen(s->event) > 0 && strlen(s->commit) > 0);
		assert_true(strlen(s->crash_before) > 0 && strlen(s->crash_after) > 0);
		assert_true(s->from >= STATE_NONE && s->from < state_count(s->life));
		assert_true(s->to >= 0 && s->to < state_count(s->life));
	}
}

/* All that is not in the tables; final states have no way out. */
static void
test_illegal_steps(void **state)
{
	static const struct {
		enum life life;
		int state;
	} finals[] = { { LIFE_MAIL, MAIL_ERASED }, { LIFE_COPY, STORE_COPY_DONE },
		{ LIFE_RCPT, STORE_RCPT_DELIVERED }, { LIFE_RCPT, STORE_RCPT_FAILED },
		{ LIFE_RCPT, STORE_RCPT_DROPPED }, { LIFE_TRANSFER, STORE_TRANSFER_EXPIRED },
		{ LIFE_TRANSFER, STORE_TRANSFER_REVOKED } };
	size_t legal = 0;

	(void)state;
	for (int life = 0; life < LIFE__COUNT; life++)
		for (int from = STATE_NONE; from < state_count((enum life)life); from++)
			for (int to = STATE_NONE; to < state_count((enum life)life); to++)
				legal += state_step_of((enum life)life, from, to) != NULL;
	assert_int_equal(legal, state_step_count);
	for (size_t i = 0; i < COUNT(finals); i++)
		for (int to = STATE_NONE; to < state_count(finals[i].life); to++)
			assert_null(state_step_of(finals[i].life, finals[i].state, to));
	assert_string_equal(state_name(LIFE_MAIL, 9), "?");
	assert_string_equal(state_name(LIFE_MAIL, STATE_NONE), "none");
}

/* The database refuses them, too: each function in each state that is not its own. */
static void
test_functions_in_wrong_states(void **state)
{
	struct fix f;
	int64_t copy, transfer;

	(void)state;
	fix_init(&f);
	accept_one(&f, true);
	copy = sql_int(&f, "SELECT id FROM copy");
	transfer = sql_int(&f, "SELECT id FROM transfer");
	sql_run(&f, "UPDATE copy SET state = 1, owner = 5");
	assert_int_equal(store_queue_drop(fix_admin(&f), copy), ERR_DENIED);
	assert_int_equal(store_queue_retry(f.admin, copy), ERR_DENIED);
	sql_run(&f, "UPDATE copy SET state = 0, owner = 0");
	deliver_one(&f);
	assert_int_equal(store_queue_drop(f.admin, copy), ERR_DENIED);
	assert_int_equal(store_queue_retry(f.admin, copy), ERR_DENIED);
	assert_ok(store_transfer_revoke(f.admin, transfer));
	assert_int_equal(store_transfer_revoke(f.admin, transfer), ERR_DENIED);
	/* an expired transfer cannot be revoked, a revoked one does not expire */
	sql_run(&f, "UPDATE transfer SET state = 1");
	assert_int_equal(store_transfer_revoke(f.admin, transfer), ERR_DENIED);
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step_is_walked),
		cmocka_unit_test(test_rows_say_everything),
		cmocka_unit_test(test_illegal_steps),
		cmocka_unit_test(test_functions_in_wrong_states),
	};

	fault_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
