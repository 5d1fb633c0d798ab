/*
 * tests/store/test_mail.c - accepting a mail, and what of it comes back out.
 */
#include "fixture.h"

#include "store/audit.h"

static void
check_content(struct store *st, int64_t tenant_id, int64_t mail_id, uint64_t size)
{
	struct store_reader *r = NULL;
	uint8_t piece[5000];
	struct source s;

	assert_ok(store_reader_open(st, tenant_id, mail_id, &r));
	s = store_reader_source(r);
	assert_int_equal(s.len, size);
	for (uint64_t at = 0; at < size; at += sizeof(piece)) {
		size_t n = size - at < sizeof(piece) ? (size_t)(size - at) : sizeof(piece);

		assert_ok(source_get(s, at, piece, n));
		for (size_t i = 0; i < n; i++)
			if (piece[i] != fix_byte(at + i))
				fail_msg("byte %llu of %llu differs", (unsigned long long)(at + i),
				    (unsigned long long)size);
	}
	store_reader_free(&r);
}

static void
test_round_trip(void **state)
{
	static const uint64_t sizes[] = { 1, 65535, 65536, 65537, 131072, 1000000 };
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct fix_sent sent = { 0 };

		assert_ok(fix_commit(&f, fix_receive(&f),
		    &(struct fix_mail){ .size = sizes[i], .secure = true }, &sent));
		assert_int_equal(sent.done.new_count, 1);
		assert_int_equal(sent.done.mail_id, sent.mail_id);
		check_content(fix_deliver(&f), f.tenant_id, sent.mail_id, sizes[i]);
		assert_int_equal(fix_claim(f.deliver, o, claims), 1);
		assert_int_equal(claims[0]->mail_id, sent.mail_id);
		assert_string_equal(claims[0]->token, sent.tokens[0]);
		assert_ok(fix_result(f.deliver, o, claims[0], STORE_RESULT_DELIVERED));
		store_claim_free(&claims[0]);
	}
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_claim_has_everything(void **state)
{
	struct fix_sent sent = { 0 };
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .rcpts = 3 }, &sent));
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	assert_int_equal(claims[0]->rcpt_count, 3);
	assert_span(claims[0]->rcpts[1].address, "r1@Fabrikam.example");
	assert_span(claims[0]->rcpts[1].orcpt, "rfc822;r@fabrikam.example");
	assert_int_equal(claims[0]->rcpts[1].notify, STORE_NOTIFY_FAILURE);
	assert_span(claims[0]->facts.sender, "anna@contoso.example");
	assert_span(claims[0]->facts.envid, "QQ314159");
	assert_span(claims[0]->facts.received_field, "Received: from x\r\n");
	assert_span(claims[0]->facts.extra, "extra");
	assert_string_equal(claims[0]->reason, "no-attachment");
	assert_string_equal(claims[0]->token, "");
	assert_int_equal(claims[0]->ret, STORE_RET_HDRS);
	assert_int_equal(claims[0]->tenant_id, f.tenant_id);
	assert_int_equal(claims[0]->attempts, 0);
	assert_int_equal(claims[0]->first_try_ms, 0);
	/* nobody else gets it meanwhile */
	{
		struct store_claim *more[64];

		assert_int_equal(fix_claim(f.deliver, o, more), 0);
	}
	store_claim_free(&claims[0]);
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_repeats(void **state)
{
	struct fix_sent a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
	struct fix_mail m = { .key = "network-id-1", .rcpts = 2 };
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(fix_commit(&f, fix_receive(&f), &m, &a));
	assert_int_equal(a.done.new_count, 2);
	/* the same again: known, nothing stored */
	assert_ok(fix_commit(&f, f.receive, &m, &b));
	assert_int_equal(b.done.new_count, 0);
	assert_int_equal(b.done.mail_id, 0);
	assert_int_equal(b.done.rcpt[0], STORE_RCPT_REPEAT);
	assert_int_equal(b.done.rcpt[1], STORE_RCPT_REPEAT);
	/* another envelope of the same mail: only the new recipients are work */
	m.rcpts = 3;
	assert_ok(fix_commit(&f, f.receive, &m, &c));
	assert_int_equal(c.done.new_count, 1);
	assert_int_equal(c.done.rcpt[0], STORE_RCPT_REPEAT);
	assert_int_equal(c.done.rcpt[2], STORE_RCPT_NEW);
	/* another tenant's mail of the same name is another mail */
	m.tenant_id = fix_tenant_add(&f, "fabrikam", 2);
	assert_ok(fix_commit(&f, f.receive, &m, &d));
	assert_int_equal(d.done.new_count, 3);
	/* and after the window it is a new one */
	m.tenant_id = 0;
	fix_tick(48 * HOUR_MS + 1);
	assert_ok(fix_commit(&f, f.receive, &m, &d));
	assert_int_equal(d.done.new_count, 3);
	/* without a name nothing is a repeat */
	m.key = NULL;
	assert_ok(fix_commit(&f, f.receive, &m, &d));
	assert_ok(fix_commit(&f, f.receive, &m, &d));
	assert_int_equal(d.done.new_count, 3);
	fix_done(&f);
}

static void
test_returns(void **state)
{
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct store_return r;
	struct fix_sent sent = { 0 };
	struct fix_mail back = { .key = "network-id-1" };
	int64_t first_copy, second_copy, other;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	assert_ok(
	    fix_commit(&f, fix_receive(&f), &(struct fix_mail){ .key = "network-id-1" }, &sent));
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	first_copy = claims[0]->copy_id;
	assert_false(claims[0]->returned);
	assert_ok(fix_result(f.deliver, o, claims[0], STORE_RESULT_DELIVERED));
	store_claim_free(&claims[0]);

	assert_ok(store_return_find(f.receive, f.tenant_id, first_copy, &r));
	assert_int_equal(r.generation, 0);
	assert_int_equal(r.mail_id, sent.mail_id);
	assert_int_equal(r.verdict, STORE_PASS);
	assert_int_equal(store_return_find(f.receive, f.tenant_id, 12345, &r), ERR_NOT_FOUND);
	other = fix_tenant_add(&f, "fabrikam", 2);
	assert_int_equal(store_return_find(f.receive, other, first_copy, &r), ERR_NOT_FOUND);

	/* the first return is work although the mail's name is known */
	back.returned_copy_id = first_copy;
	assert_ok(fix_commit(&f, f.receive, &back, &sent));
	assert_int_equal(sent.done.new_count, 1);
	/* the same delivery once more is a repeat, another name for it a second return */
	assert_ok(fix_commit(&f, f.receive, &back, &sent));
	assert_int_equal(sent.done.rcpt[0], STORE_RCPT_REPEAT);
	back.key = "network-id-2";
	assert_ok(fix_commit(&f, f.receive, &back, &sent));
	assert_int_equal(sent.done.rcpt[0], STORE_RCPT_RETURNED_AGAIN);
	assert_int_equal(sent.done.mail_id, 0);

	/* what a return became may not come back */
	assert_int_equal(fix_claim(f.deliver, o, claims), 1);
	second_copy = claims[0]->copy_id;
	assert_true(claims[0]->returned);
	store_claim_free(&claims[0]);
	assert_ok(store_return_find(f.receive, f.tenant_id, second_copy, &r));
	assert_int_equal(r.generation, 1);
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_copies(void **state)
{
	static const struct {
		const char *name;
		struct fix_mail mail;
		size_t copies, unchanged; /* unchanged: recipients that get no link */
	} cases[] = {
		{ "pass is one copy", { .rcpts = 5 }, 1, 5 },
		{ "a link each is a copy each", { .rcpts = 5, .secure = true }, 5, 0 },
		{ "a shared link is one copy", { .rcpts = 5, .secure = true, .shared = true }, 1,
		    0 },
		{ "some unchanged", { .rcpts = 5, .secure = true, .unchanged = 0x05 }, 4, 2 },
		{ "some unchanged, shared link",
		    { .rcpts = 5, .secure = true, .shared = true, .unchanged = 0x10 }, 2, 1 },
		{ "all unchanged is a pass", { .rcpts = 5, .secure = true, .unchanged = 0x1f }, 1,
		    5 },
		{ "unchanged says nothing when the mail passes", { .rcpts = 5, .unchanged = 0x02 },
		    1, 5 },
	};
	struct store_claim *claims[64];
	struct store_owner *o = NULL;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_owner_new(fix_deliver(&f), &o));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fix_sent sent = { 0 };
		size_t n, rcpts = 0, unchanged = 0;

		assert_ok(fix_commit(&f, fix_receive(&f), &cases[i].mail, &sent));
		n = fix_claim(f.deliver, o, claims);
		if (n != cases[i].copies)
			fail_msg("%s: %zu copies", cases[i].name, n);
		for (size_t k = 0; k < n; k++) {
			rcpts += claims[k]->rcpt_count;
			if (claims[k]->verdict == STORE_PASS) {
				unchanged += claims[k]->rcpt_count;
				assert_int_equal(claims[k]->transfer_id, 0);
				assert_string_equal(claims[k]->token, "");
			} else if (cases[i].mail.shared) {
				assert_string_equal(claims[k]->token, sent.shared_token);
			}
			assert_ok(fix_result(f.deliver, o, claims[k], STORE_RESULT_DELIVERED));
			store_claim_free(&claims[k]);
		}
		assert_int_equal(rcpts, 5);
		if (unchanged != cases[i].unchanged)
			fail_msg("%s: %zu unchanged", cases[i].name, unchanged);
	}
	store_owner_free(&o);
	fix_done(&f);
}

static void
test_refused_arguments(void **state)
{
	struct store_container *c = NULL;
	struct fix f;
	static const char *const bad[] = { "", "no-at-sign", "a@b@c", "a b@c.example",
		"@c.example" };

	(void)state;
	fix_init(&f);
	assert_int_equal(store_container_new(fix_receive(&f), 4711, &c), ERR_NOT_FOUND);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct store_rcpt_new rcpt = { .address = span_str(bad[i]) };
		struct store_mail_new m = {
			.tenant_id = f.tenant_id, .reason = "x", .rcpts = &rcpt, .rcpt_count = 1
		};
		struct store_mail_done done;

		assert_ok(store_container_new(f.receive, f.tenant_id, &c));
		m.container = c;
		if (store_mail_commit(f.receive, &m, &done) != ERR_SYNTAX)
			fail_msg("address %s was taken", bad[i]);
	}
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_claim_has_everything),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_returns),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_refused_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
