/*
 * tests/store/test_kill.c - kill -9: between any two operations, and in the middle of work.
 *
 * What was acknowledged is there exactly once; what was not can be sent again and is then there exactly once.
 */
#include "faults.h"

#include <sys/wait.h>

/* Wait for a child; true when it was killed, false when it came to its end. */
static bool
was_killed(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return true;
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

/* A child leaves without running what its parent has set up for its own end. */
static _Noreturn void
child_end(bool good)
{
	if (!good)
		fprintf(stderr, "child: %s\n", err_note());
	_exit(good ? 0 : 1);
}

/* Each test further on in time than the one before: ids of this process are never behind the clock then. */
static void
begin(struct fix *f)
{
	static int64_t days;

	fix_init(f);
	fix_tick(++days * DAY_MS);
}

static int64_t
mails_of(struct fix *f)
{
	return sql_int(f, "SELECT COUNT(*) FROM mail");
}

/* --- between any two operations of accepting --- */

static bool
accept_killed_at(struct fix *f, long nth, uint64_t size)
{
	struct fix_sent sent = { 0 };
	char key[32];
	pid_t child;

	(void)snprintf(key, sizeof(key), "mail-%llu-%ld", (unsigned long long)size, nth);
	fix_tick(1); /* processes that are forks of each other take their ids from the time */
	child = fork();
	if (child == 0) {
		struct store *st = fix_open(f, STORE_RECEIVE);

		fault_arm(FAULT_ALL, nth, true);
		child_end(
		    fix_commit(f, st,
			&(struct fix_mail){ .key = key, .size = size, .secure = true, .rcpts = 2 },
			&sent) == ERR_OK);
	}
	assert_true(child > 0);
	if (was_killed(child)) {
		/* Exchange tries again */
		assert_ok(fix_commit(f, fix_receive(f),
		    &(struct fix_mail){ .key = key, .size = size, .secure = true, .rcpts = 2 },
		    &sent));
		assert_true(sent.done.new_count == 2 || sent.done.new_count == 0);
		fix_close(f);
		return true;
	}
	return false;
}

static void
test_accept_killed_anywhere(void **state)
{
	static const uint64_t sizes[] = { 1000, 200000 };
	struct fix f;
	int64_t mails = 0;

	(void)state;
	begin(&f);
	fix_close(&f);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		long n = 1;

		while (accept_killed_at(&f, n, sizes[i]))
			n++;
		mails += n;
		assert_true(n > 10);
	}
	assert_int_equal(mails_of(&f), mails);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM rcpt"), 2 * mails);
	check_consistent(&f);
	check_readable(&f);
	fix_done(&f);
}

/* --- between any two operations of delivering --- */

static bool
deliver_killed_at(struct fix *f, long nth)
{
	pid_t child;

	fix_tick(1); /* processes that are forks of each other take their ids from the time */
	child = fork();
	if (child == 0) {
		struct store *st = fix_open(f, STORE_DELIVER);
		struct store_claim_opts opts = { .max = 1 };
		struct store_owner *o = NULL;
		struct store_claim *cl;
		uint64_t freed;
		size_t count = 0;
		bool good;

		fault_arm(FAULT_ALL, nth, true);
		good = store_owner_new(st, &o) == ERR_OK &&
		    store_queue_recover(st, &freed) == ERR_OK &&
		    store_queue_claim(st, o, clock_now_ms(), &opts, &cl, &count) == ERR_OK;
		if (good && count == 1)
			good = fix_result(st, o, cl, STORE_RESULT_DELIVERED) == ERR_OK;
		child_end(good);
	}
	assert_true(child > 0);
	return was_killed(child);
}

static void
test_deliver_killed_anywhere(void **state)
{
	struct store_owner *o = NULL;
	struct fix_sent sent = { 0 };
	uint64_t freed;
	struct fix f;

	(void)state;
	begin(&f);
	for (int i = 0; i < 100; i++)
		assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ 0 }, &sent));
	fix_close(&f);
	for (long n = 1; deliver_killed_at(&f, n); n++)
		;
	assert_ok(store_queue_recover(fix_deliver(&f), &freed));
	fix_tick(600000); /* what ended many owners waits a while */
	assert_ok(store_owner_new(f.deliver, &o));
	(void)fix_deliver_all(f.deliver, o);
	store_owner_free(&o);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM copy WHERE state = 2"), 100);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM rcpt WHERE state = 1"), 100);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'delivered'"), 100);
	check_consistent(&f);
	fix_done(&f);
}

/* --- between any two operations of destroying --- */

static bool
erase_killed_at(struct fix *f, long nth)
{
	pid_t child = fork();

	if (child == 0) {
		struct store *st = fix_open(f, STORE_DELIVER);
		struct store_housekeeping did;
		bool more;

		fault_arm(FAULT_ALL, nth, true);
		child_end(store_housekeeping(st, &did, &more) == ERR_OK);
	}
	assert_true(child > 0);
	return was_killed(child);
}

static void
test_erase_killed_anywhere(void **state)
{
	struct fix f;

	(void)state;
	begin(&f);
	fix_close(&f);
	for (long n = 1;; n++) {
		struct store_owner *o = NULL;
		struct fix_sent sent = { 0 };
		bool killed;

		assert_ok(fix_commit(&f, fix_receive(&f),
		    &(struct fix_mail){ .secure = true, .life_ms = 1000, .size = 100000 }, &sent));
		assert_ok(store_owner_new(fix_deliver(&f), &o));
		assert_int_equal(fix_deliver_all(f.deliver, o), 1);
		store_owner_free(&o);
		fix_close(&f);
		fix_tick(1000);
		killed = erase_killed_at(&f, n);
		/* whatever happened, the next rounds finish it */
		for (bool more = true; more;) {
			struct store_housekeeping did;

			assert_ok(store_housekeeping(fix_deliver(&f), &did, &more));
		}
		assert_int_equal(
		    sql_int(&f, "SELECT COUNT(*) FROM mail WHERE sealed_key IS NOT NULL"), 0);
		fix_close(&f);
		if (!killed)
			break;
	}
	check_consistent(&f);
	fix_done(&f);
}

/* --- in the middle of work: acknowledged mails are counted on a pipe --- */

static _Noreturn void
work(struct fix *f, int round, int ack_fd)
{
	struct store *st = fix_open(f, STORE_RECEIVE);

	for (uint32_t i = 0;; i++) {
		struct fix_sent sent = { 0 };
		char key[32];

		(void)snprintf(key, sizeof(key), "%d-%u", round, i);
		if (fix_commit(f, st,
			&(struct fix_mail){ .key = key, .size = i % 3 == 0 ? 100000 : 500 },
			&sent) != ERR_OK)
			child_end(false);
		if (write(ack_fd, &i, sizeof(i)) != sizeof(i))
			child_end(false);
	}
}

static void
test_killed_in_the_middle(void **state)
{
	struct fix f;
	int64_t mails = 0;

	(void)state;
	begin(&f);
	fix_close(&f);
	for (int round = 0; round < 8; round++) {
		uint32_t last = 0, seen = 0, more;
		struct fix_sent sent;
		int ack[2];
		pid_t child;

		fix_tick(1);
		assert_int_equal(pipe(ack), 0);
		child = fork();
		if (child == 0)
			work(&f, round, ack[1]);
		assert_true(child > 0);
		(void)close(ack[1]);
		for (int i = 0; i < 3 + round * 4; i++)
			assert_int_equal(read(ack[0], &last, sizeof(last)), sizeof(last));
		assert_int_equal(kill(child, SIGKILL), 0);
		while (read(ack[0], &more, sizeof(more)) == sizeof(more))
			last = more;
		assert_true(was_killed(child));
		(void)close(ack[0]);
		/* all acknowledged ones are known as repeats, and the one after them may be either */
		for (uint32_t i = 0; i <= last + 1; i++) {
			char key[32];

			(void)snprintf(key, sizeof(key), "%d-%u", round, i);
			assert_ok(fix_commit(&f, fix_receive(&f),
			    &(struct fix_mail){ .key = key, .size = i % 3 == 0 ? 100000 : 500 },
			    &sent));
			if (i <= last)
				assert_int_equal(sent.done.new_count, 0);
			seen++;
		}
		mails += seen;
		fix_close(&f);
	}
	assert_int_equal(mails_of(&f), mails);
	check_consistent(&f);
	check_readable(&f);
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept_killed_anywhere),
		cmocka_unit_test(test_deliver_killed_anywhere),
		cmocka_unit_test(test_erase_killed_anywhere),
		cmocka_unit_test(test_killed_in_the_middle),
	};

	fault_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
