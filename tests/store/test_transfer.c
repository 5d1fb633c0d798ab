/*
 * tests/store/test_transfer.c - links, codes, sessions, revoking; and guessing in parallel (threat P3).
 */
#include "observe.h"

#include "store/audit.h"

#include <pthread.h>

#define CODE_LIFE    (10 * 60 * 1000LL)
#define SESSION_LIFE HOUR_MS

static struct store_link
find(struct fix *f, const char *token, struct arena *a)
{
	struct store_link l;

	arena_init_secret(a, 8u << 20);
	assert_ok(store_link_find(fix_web(f), span_str(token), clock_now_ms(), a, &l));
	return l;
}

static enum store_code_new
new_code(struct fix *f, const struct store_link *l, int rcpt_no, char code[STORE_CODE_SIZE])
{
	enum store_code_new made;

	assert_ok(store_code_new(fix_web(f), l, rcpt_no, clock_now_ms(), CODE_LIFE, &made, code));
	return made;
}

static struct store_code_tried
try_code(struct fix *f, const struct store_link *l, int rcpt_no, const char *code)
{
	struct store_code_tried t;

	assert_ok(store_code_try(
	    fix_web(f), l, rcpt_no, span_str(code), clock_now_ms(), 5, SESSION_LIFE, &t));
	return t;
}

/* A code that is surely not the given one. */
static void
other_code(const char *code, char out[STORE_CODE_SIZE])
{
	memcpy(out, code, STORE_CODE_SIZE);
	out[0] = out[0] == '9' ? '0' : (char)(out[0] + 1);
}

static void
test_link(void **state)
{
	struct fix_sent sent = { 0 };
	struct store_link l;
	struct arena a;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(
	    &f, fix_receive(&f), &(struct fix_mail){ .secure = true, .rcpts = 3 }, &sent));
	l = find(&f, sent.tokens[1], &a);
	assert_int_equal(l.state, STORE_LINK_ACTIVE);
	assert_int_equal(l.tenant_id, f.tenant_id);
	assert_int_equal(l.mail_id, sent.mail_id);
	assert_int_equal(l.rcpt_no, 1);
	assert_int_equal(l.rcpt_count, 1);
	assert_span(l.rcpts[0].address, "r1@Fabrikam.example");
	assert_span(l.facts.subject, "Offerte");
	assert_int_equal(l.expires_ms, START_MS + 30 * DAY_MS);
	arena_done(&a);
	/* looking changes nothing (threat P1) */
	for (int i = 0; i < 20; i++) {
		l = find(&f, sent.tokens[1], &a);
		arena_done(&a);
	}
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM code"), 0);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM session"), 0);
	fix_done(&f);
}

static void
test_unknown_links(void **state)
{
	static const char *const tokens[] = { "", "x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"' OR 1=1 --",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	struct fix_sent sent = { 0 };
	struct store_link l;
	char upper[STORE_TOKEN_SIZE];
	struct arena a;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .secure = true }, &sent));
	arena_init(&a, 1u << 20);
	for (size_t i = 0; i < COUNT(tokens); i++)
		assert_int_equal(
		    store_link_find(fix_web(&f), span_str(tokens[i]), clock_now_ms(), &a, &l),
		    ERR_NOT_FOUND);
	/* the shared link of a mail with a link each is none */
	assert_int_equal(
	    store_link_find(f.web, span_str(sent.shared_token), clock_now_ms(), &a, &l),
	    ERR_NOT_FOUND);
	/* one spelling only */
	memcpy(upper, sent.tokens[0], sizeof(upper));
	for (char *c = upper; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	assert_int_equal(
	    store_link_find(f.web, span_str(upper), clock_now_ms(), &a, &l), ERR_NOT_FOUND);
	arena_done(&a);
	fix_done(&f);
}

static void
test_token_is_not_stored(void **state)
{
	struct fix_sent sent = { 0 };
	struct buf file;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .secure = true }, &sent));
	fix_close(&f);
	sql_run(&f, "PRAGMA wal_checkpoint(TRUNCATE)");
	buf_init(&file, 64u << 20);
	assert_true(file_read(f.database + strlen("sqlite:"), &file));
	/* nor is anything of the mail */
	assert_int_equal(span_find(buf_span(&file), span_str(sent.tokens[0])), file.len);
	assert_int_equal(span_find(buf_span(&file), SPAN("fabrikam.example")), file.len);
	assert_int_equal(span_find(buf_span(&file), SPAN("Fabrikam")), file.len);
	assert_int_equal(span_find(buf_span(&file), SPAN("Offerte")), file.len);
	assert_int_equal(span_find(buf_span(&file), SPAN("anna@")), file.len);
	/* the search itself finds what is there */
	assert_true(span_find(buf_span(&file), SPAN("attachment")) < file.len);
	buf_done(&file);
	fix_done(&f);
}

static void
test_shared_link(void **state)
{
	struct fix_sent sent = { 0 };
	struct store_code_tried t;
	struct store_session s;
	struct store_link l;
	char code[STORE_CODE_SIZE];
	struct arena a;
	struct fix f;
	int no;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f),
	    &(struct fix_mail){ .secure = true, .shared = true, .rcpts = 3 }, &sent));
	l = find(&f, sent.shared_token, &a);
	assert_int_equal(l.rcpt_no, STORE_RCPT_SHARED);
	assert_int_equal(l.rcpt_count, 3);
	assert_ok(store_link_rcpt_find(&l, SPAN("R2@FABRIKAM.example"), &no));
	assert_int_equal(no, 2);
	assert_int_equal(store_link_rcpt_find(&l, SPAN("r9@fabrikam.example"), &no), ERR_NOT_FOUND);
	assert_int_equal(store_link_rcpt_find(&l, SPAN("no address"), &no), ERR_NOT_FOUND);
	/* a code belongs to its recipient */
	assert_int_equal(new_code(&f, &l, 2, code), STORE_CODE_MADE);
	assert_int_equal(try_code(&f, &l, 1, code).answer, STORE_CODE_NONE);
	t = try_code(&f, &l, 2, code);
	assert_int_equal(t.answer, STORE_CODE_RIGHT);
	assert_ok(store_session_find(f.web, span_str(t.session), clock_now_ms(), &s));
	assert_int_equal(s.rcpt_no, 2);
	arena_done(&a);
	fix_done(&f);
}

static void
test_code_life(void **state)
{
	char code[STORE_CODE_SIZE], newer[STORE_CODE_SIZE], wrong[STORE_CODE_SIZE];
	struct fix_sent sent = { 0 };
	struct store_code_tried t;
	struct store_link l;
	struct arena a;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .secure = true }, &sent));
	l = find(&f, sent.tokens[0], &a);
	assert_int_equal(try_code(&f, &l, 0, "000000").answer, STORE_CODE_NONE);

	/* a newer one voids the older */
	assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_MADE);
	do
		assert_int_equal(new_code(&f, &l, 0, newer), STORE_CODE_MADE);
	while (strcmp(code, newer) == 0);
	assert_int_equal(try_code(&f, &l, 0, code).answer, STORE_CODE_WRONG);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM code WHERE code_hash IS NOT NULL"), 1);

	/* used once, it is gone */
	assert_int_equal(try_code(&f, &l, 0, newer).answer, STORE_CODE_RIGHT);
	assert_int_equal(try_code(&f, &l, 0, newer).answer, STORE_CODE_NONE);

	/* it expires at its minute */
	fix_tick(HOUR_MS);
	assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_MADE);
	fix_tick(CODE_LIFE);
	assert_int_equal(try_code(&f, &l, 0, code).answer, STORE_CODE_NONE);

	/* five attempts, then not even the right one helps */
	assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_MADE);
	other_code(code, wrong);
	for (int left = 4; left >= 0; left--) {
		t = try_code(&f, &l, 0, wrong);
		assert_int_equal(t.answer, STORE_CODE_WRONG);
		assert_int_equal(t.attempts_left, left);
	}
	assert_int_equal(try_code(&f, &l, 0, code).answer, STORE_CODE_NONE);
	arena_done(&a);
	fix_done(&f);
}

static void
test_code_shapes(void **state)
{
	static const char *const odd[] = { "", "12345", "1234567", " 123456", "abcdef",
		"\xd9\xa1\xd9\xa2" };
	struct fix_sent sent = { 0 };
	char code[STORE_CODE_SIZE];
	struct store_link l;
	struct arena a;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .secure = true }, &sent));
	l = find(&f, sent.tokens[0], &a);
	for (size_t i = 0; i < COUNT(odd); i++) {
		assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_MADE);
		assert_int_equal(strspn(code, "0123456789"), STORE_CODE_DIGITS);
		assert_int_equal(try_code(&f, &l, 0, odd[i]).answer, STORE_CODE_WRONG);
		fix_tick(HOUR_MS);
	}
	arena_done(&a);
	fix_done(&f);
}

static void
test_code_quota(void **state)
{
	struct fix_sent sent = { 0 };
	char code[STORE_CODE_SIZE];
	struct store_link l, other;
	struct arena a, b;
	struct fix f;
	unsigned made = 0;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(
	    &f, fix_receive(&f), &(struct fix_mail){ .secure = true, .rcpts = 2 }, &sent));
	l = find(&f, sent.tokens[0], &a);
	other = find(&f, sent.tokens[1], &b);
	for (unsigned i = 0; i < STORE_CODES_PER_HOUR; i++)
		assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_MADE);
	assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_TOO_MANY);
	assert_string_equal(code, "");
	/* other recipients are untouched (threat P5) */
	assert_int_equal(new_code(&f, &other, 1, code), STORE_CODE_MADE);
	/* the day's bound */
	for (int hour = 0; hour < 24; hour++) {
		fix_tick(HOUR_MS);
		while (new_code(&f, &l, 0, code) == STORE_CODE_MADE)
			made++;
	}
	assert_in_range(made, STORE_CODES_PER_DAY - STORE_CODES_PER_HOUR, STORE_CODES_PER_DAY);
	arena_done(&a);
	arena_done(&b);
	fix_done(&f);
}

/* --- guessing in parallel --- */

#define GUESSERS 8
#define GUESSES  25

struct guesser {
	struct fix *f;
	const struct store_link *l;
	const char *wrong;
	unsigned counted, none, errors;
};

static void *
guess(void *arg)
{
	struct guesser *g = arg;

	for (int i = 0; i < GUESSES; i++) {
		struct store_code_tried t;

		if (store_code_try(g->f->web, g->l, 0, span_str(g->wrong), clock_now_ms(), 5,
			SESSION_LIFE, &t) != ERR_OK) {
			g->errors++;
			continue;
		}
		g->counted += t.answer == STORE_CODE_WRONG;
		g->none += t.answer == STORE_CODE_NONE;
	}
	return NULL;
}

static void
test_parallel_guessing(void **state)
{
	struct guesser guessers[GUESSERS];
	pthread_t threads[GUESSERS];
	struct fix_sent sent = { 0 };
	char code[STORE_CODE_SIZE], wrong[STORE_CODE_SIZE];
	unsigned counted = 0, none = 0;
	struct store_link l;
	struct arena a;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .secure = true }, &sent));
	l = find(&f, sent.tokens[0], &a);
	assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_MADE);
	other_code(code, wrong);
	for (size_t i = 0; i < GUESSERS; i++) {
		guessers[i] = (struct guesser){ &f, &l, wrong, 0, 0, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, guess, &guessers[i]), 0);
	}
	for (size_t i = 0; i < GUESSERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(guessers[i].errors, 0);
		counted += guessers[i].counted;
		none += guessers[i].none;
	}
	/* five in all, whoever asked */
	assert_int_equal(counted, 5);
	assert_int_equal(none, GUESSERS * GUESSES - 5);
	assert_int_equal(try_code(&f, &l, 0, code).answer, STORE_CODE_NONE);
	/* and each of them can be seen */
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM audit WHERE event = 'code-wrong'"), 5);
	assert_int_equal(sql_int(&f,
			     "SELECT COUNT(*) FROM audit WHERE event = 'code-refused'"
			     " AND reason = 'no-live-code'"),
	    GUESSERS * GUESSES - 5 + 1);
	arena_done(&a);
	fix_done(&f);
}

/* --- sessions and ends --- */

static struct store_code_tried
log_in(struct fix *f, const char *token, struct store_link *l, struct arena *a)
{
	char code[STORE_CODE_SIZE];
	struct store_code_tried t;

	*l = find(f, token, a);
	assert_int_equal(new_code(f, l, l->rcpt_no, code), STORE_CODE_MADE);
	t = try_code(f, l, l->rcpt_no, code);
	assert_int_equal(t.answer, STORE_CODE_RIGHT);
	return t;
}

static void
test_session(void **state)
{
	struct fix_sent sent = { 0 };
	struct store_code_tried t;
	struct store_session s;
	struct store_link l;
	struct arena a;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .secure = true }, &sent));
	t = log_in(&f, sent.tokens[0], &l, &a);
	assert_ok(store_session_find(f.web, span_str(t.session), clock_now_ms(), &s));
	assert_int_equal(s.mail_id, sent.mail_id);
	assert_int_equal(s.tenant_id, f.tenant_id);
	assert_int_equal(s.link_id, l.id);
	assert_ok(store_download_note(f.web, &s, 2, true));
	assert_int_equal(sql_int(&f,
			     "SELECT COUNT(*) FROM audit WHERE event = 'downloaded' AND number = 2"
			     " AND address_hash IS NOT NULL"),
	    1);
	assert_int_equal(store_session_find(f.web, SPAN(""), clock_now_ms(), &s), ERR_NOT_FOUND);
	assert_int_equal(
	    store_session_find(f.web, span_str(sent.tokens[0]), clock_now_ms(), &s), ERR_NOT_FOUND);
	assert_int_equal(
	    store_session_find(f.web, span_str(t.session), clock_now_ms() + SESSION_LIFE, &s),
	    ERR_NOT_FOUND);
	assert_ok(store_session_end(f.web, span_str(t.session)));
	assert_ok(store_session_end(f.web, span_str(t.session)));
	assert_int_equal(
	    store_session_find(f.web, span_str(t.session), clock_now_ms(), &s), ERR_NOT_FOUND);
	arena_done(&a);
	fix_done(&f);
}

static void
test_revoke(void **state)
{
	char code[STORE_CODE_SIZE];
	struct fix_sent sent = { 0 };
	struct store_code_tried t;
	struct store_session s;
	struct store_link l, gone;
	struct arena a, b;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(
	    &f, fix_receive(&f), &(struct fix_mail){ .secure = true, .rcpts = 2 }, &sent));
	t = log_in(&f, sent.tokens[0], &l, &a);
	assert_ok(store_transfer_revoke(fix_admin(&f), l.transfer_id));
	assert_int_equal(store_transfer_revoke(f.admin, l.transfer_id), ERR_DENIED);
	assert_int_equal(store_transfer_revoke(f.admin, 99), ERR_NOT_FOUND);
	assert_int_equal(
	    store_session_find(f.web, span_str(t.session), clock_now_ms(), &s), ERR_NOT_FOUND);
	gone = find(&f, sent.tokens[1], &b);
	assert_int_equal(gone.state, STORE_LINK_REVOKED);
	assert_int_equal(gone.rcpt_count, 0);
	assert_int_equal(gone.facts.subject.len, 0);
	/* with the link that was read before */
	assert_int_equal(new_code(&f, &l, 0, code), STORE_CODE_LINK_GONE);
	assert_int_equal(try_code(&f, &l, 0, "123456").answer, STORE_CODE_GONE);
	arena_done(&a);
	arena_done(&b);
	fix_done(&f);
}

static void
test_expiry_by_the_clock(void **state)
{
	struct fix_sent sent = { 0 };
	struct store_code_tried t;
	struct store_session s;
	struct store_link l;
	struct arena a, b;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(
	    &f, fix_receive(&f), &(struct fix_mail){ .secure = true, .life_ms = 60000 }, &sent));
	t = log_in(&f, sent.tokens[0], &l, &a);
	fix_tick(59999);
	assert_ok(store_session_find(f.web, span_str(t.session), clock_now_ms(), &s));
	fix_tick(1);
	/* housekeeping has not come by yet */
	assert_int_equal(
	    store_session_find(f.web, span_str(t.session), clock_now_ms(), &s), ERR_NOT_FOUND);
	assert_int_equal(find(&f, sent.tokens[0], &b).state, STORE_LINK_EXPIRED);
	assert_int_equal(try_code(&f, &l, 0, "123456").answer, STORE_CODE_GONE);
	arena_done(&a);
	arena_done(&b);
	fix_done(&f);
}

static void
test_admin_views(void **state)
{
	struct store_transfer_row *rows;
	struct store_transfer_detail d;
	struct fix_sent sent = { 0 };
	struct arena a;
	size_t count;
	struct fix f;
	int64_t other;

	(void)state;
	fix_init(&f);
	arena_init(&a, 8u << 20);
	other = fix_tenant_add(&f, "fabrikam", 2);
	assert_ok(fix_commit(
	    &f, fix_receive(&f), &(struct fix_mail){ .secure = true, .rcpts = 2 }, &sent));
	assert_ok(fix_commit(
	    &f, f.receive, &(struct fix_mail){ .secure = true, .tenant_id = other }, &sent));
	assert_ok(fix_commit(&f, f.receive, &(struct fix_mail){ .secure = false }, &sent));
	assert_ok(store_transfer_list(f.admin, 0, 0, 100, &a, &rows, &count));
	assert_int_equal(count, 2);
	assert_ok(store_transfer_list(f.admin, f.tenant_id, 0, 100, &a, &rows, &count));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].link_count, 2);
	assert_ok(store_transfer_show(f.admin, rows[0].id, &a, &d));
	assert_int_equal(d.link_count, 2);
	assert_span(d.links[0].address, "r0@Fabrikam.example");
	assert_span(d.facts.subject, "Offerte");
	assert_int_equal(store_transfer_show(f.admin, 5, &a, &d), ERR_NOT_FOUND);
	arena_done(&a);
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_unknown_links),
		cmocka_unit_test(test_token_is_not_stored),
		cmocka_unit_test(test_shared_link),
		cmocka_unit_test(test_code_life),
		cmocka_unit_test(test_code_shapes),
		cmocka_unit_test(test_code_quota),
		cmocka_unit_test(test_parallel_guessing),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_expiry_by_the_clock),
		cmocka_unit_test(test_admin_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
