/*
 * A recipient's way through the portal, and everybody else's way to nothing. Rows P1 to P25 of the
 * threat list are named where they are tested.
 */
#include "fixture.h"

#include "core/crypto.h"
#include "support/alloc.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define BOB   "bob@fabrikam.example"
#define CAROL "carol@fabrikam.example"

/* "Quarterly report": base64 by coreutils base64; sha256 by coreutils sha256sum */
#define REPORT_B64  "UXVhcnRlcmx5IHJlcG9ydA==\r\n"
#define REPORT_TEXT "Quarterly report"

#define PDF(name)                                                                            \
	"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"" name \
	"\"\r\nContent-Transfer-Encoding: base64\r\n"

static struct fix_mail
one_mail(int64_t tenant_id, bool shared)
{
	return (struct fix_mail){
		.tenant_id = tenant_id,
		.rcpts = { BOB, CAROL },
		.shared = shared,
		.from = "Alice <alice@contoso.example>",
		.subject = "Figures",
		.files = { { PDF("figures 2026.pdf"), SPAN(REPORT_B64) },
		    { "Content-Type: text/html; name=\"page.html\"\r\nContent-Disposition: "
		      "attachment\r\n",
			SPAN("<script>alert(1)</script>") } },
	};
}

static void
put_path(char out[256], const char *a, const char *b, const char *c)
{
	(void)snprintf(out, 256, "%s%s%s", a, b, c);
}

static bool
has(const struct got *g, const char *text)
{
	return strstr(buf_cstr(&g->body), text) != NULL;
}

static bool
has_field(const struct got *g, const char *name, const char *want)
{
	char value[1024];

	return got_field(g, name, value, sizeof(value)) && strcmp(value, want) == 0;
}

struct state {
	struct fix f;
	int64_t contoso, other;
	struct fix_mail each, shared;
};

static int
setup_with(void **state, bool tls, const char *more)
{
	struct state *s = calloc(1, sizeof(*s));

	s->f.tls = tls;
	s->f.more = more;
	fix_start(&s->f);
	s->contoso = fix_tenant(&s->f, "contoso", "Contoso & Sons");
	s->other = fix_tenant(&s->f, "other", "Other");
	s->each = one_mail(s->contoso, false);
	fix_mail_put(&s->f, &s->each);
	s->shared = one_mail(s->contoso, true);
	fix_mail_put(&s->f, &s->shared);
	*state = s;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, false, NULL);
}

static int
setup_tls(void **state)
{
	return setup_with(state, true, NULL);
}

static int
teardown(void **state)
{
	struct state *s = *state;

	fix_done(&s->f);
	free(s);
	return 0;
}

/* --- the way --- */

static void
test_link_page(void **state)
{
	struct state *s = *state;
	char path[256];
	struct got g;

	put_path(path, "/t/", s->each.tokens[0], "");
	fetch(&s->f, path, NULL, &g);
	assert_int_equal(g.status, 200);
	assert_true(has(&g, "Contoso &amp; Sons"));
	assert_true(has(&g, "<strong>Alice</strong><br>alice@contoso.example<"));
	assert_true(has(&g, "figures 2026.pdf"));
	assert_true(has(&g, "page.html"));
	assert_true(has(&g, "16 B") || has(&g, "16 bytes"));
	assert_true(has(&g, "18 December 2026"));
	assert_true(has(&g, "Send me a code"));
	assert_true(has(&g, "b•••@fabrikam.example"));
	assert_false(has(&g, BOB));       /* whoever finds the link does not learn whose it is, */
	assert_false(has(&g, "Figures")); /* nor what the mail says */
	assert_false(has(&g, "<script"));
	got_done(&g);
}

static void
test_whole_way(void **state)
{
	struct state *s = *state;
	char path[256], code[STORE_CODE_SIZE], value[512];
	struct way w;
	struct got g;

	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	assert_int_equal(g.status, 303);
	put_path(path, "/t/", s->each.tokens[0], "/code");
	assert_true(has_field(&g, "Location", path));
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 1);
	way_page(&s->f, path, &w);
	way_enter(&s->f, s->each.tokens[0], code, &w, &g);
	way_opened(&g, &w);
	got_done(&g);
	assert_memory_equal(w.files, "/f/", 3);

	fetch(&s->f, w.files, &(struct ask){ .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 200);
	put_path(value, w.files, "/1/figures%202026.pdf", "");
	assert_true(has(&g, value));
	assert_false(has(&g, s->each.tokens[0])); /* P25 */
	got_done(&g);

	fetch(&s->f, value, &(struct ask){ .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 200);
	assert_span(buf_span(&g.body), REPORT_TEXT);
	assert_true(
	    has_field(&g, "Content-Disposition", "attachment; filename=\"figures 2026.pdf\""));
	got_done(&g);
	fix_stop(&s->f);
	assert_int_equal(fix_audit_count(&s->f, s->contoso, "download-begun"), 1);
	assert_int_equal(fix_audit_count(&s->f, s->contoso, "downloaded"), 1);
}

static void
test_code_mail(void **state)
{
	struct state *s = *state;
	char code[STORE_CODE_SIZE];
	struct buf mail;
	struct way w;
	struct got g;

	buf_init(&mail, 1u << 20);
	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, &mail), 1);
	assert_non_null(strstr(buf_cstr(&mail), "Auto-Submitted: auto-generated\r\n"));
	assert_non_null(strstr(buf_cstr(&mail), "To: <" BOB ">\r\n"));
	assert_non_null(strstr(buf_cstr(&mail), "<secudoc@contoso.example>\r\n"));
	for (char *cut; (cut = strstr((char *)mail.p, "=\r\n")) != NULL;) /* soft line breaks */
		memmove(cut, cut + 3, strlen(cut + 3) + 1);
	assert_non_null(strstr(buf_cstr(&mail), "The code is valid for 10 minutes."));
	assert_null(strstr(buf_cstr(&mail), "http")); /* no link */
	assert_null(strstr(buf_cstr(&mail), s->each.tokens[0]));
	buf_done(&mail);
}

static void
test_two_recipients(void **state)
{
	struct state *s = *state;
	char path[256];
	struct way bob, carol;
	struct got g;

	assert_string_not_equal(s->each.tokens[0], s->each.tokens[1]);
	way_whole(&s->f, s->each.tokens[0], BOB, &bob);
	way_whole(&s->f, s->each.tokens[1], CAROL, &carol);
	assert_string_not_equal(bob.files, carol.files);
	/* P12: the cookie of one does not open the other's */
	fetch(&s->f, carol.files, &(struct ask){ .cookie = bob.cookie }, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
	/* nor under the other's cookie name */
	put_path(path, "__Host-f-", carol.files + 3, strchr(bob.cookie, '='));
	fetch(&s->f, carol.files, &(struct ask){ .cookie = path }, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
	fetch(&s->f, carol.files, &(struct ask){ .cookie = carol.cookie }, &g);
	assert_int_equal(g.status, 200);
	got_done(&g);
}

/* --- P1: scanners --- */

static void
test_reading_changes_nothing(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "GET" };
	struct state *s = *state;
	size_t before = fix_audit_count(&s->f, s->contoso, NULL);
	char path[256], code[STORE_CODE_SIZE];

	for (int i = 0; i < 100; i++) {
		struct got g;

		put_path(path, "/t/", s->each.tokens[0],
		    i % 5 == 4       ? "/code"
			: i % 5 == 3 ? "?utm_source=x"
				     : "");
		fetch(&s->f, path,
		    &(struct ask){ .method = methods[i % 4],
			.fields = { i % 2 ? "Range: bytes=0-9" : "Purpose: prefetch" } },
		    &g);
		assert_int_equal(g.status, i % 4 == 2 ? 405 : 200);
		got_done(&g);
	}
	assert_int_equal(fix_audit_count(&s->f, s->contoso, NULL), before);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 0);
}

/* A GET cannot do what a POST does. */
static void
test_get_is_no_post(void **state)
{
	struct state *s = *state;
	char path[512], code[STORE_CODE_SIZE];
	struct way w;
	struct got g;

	put_path(path, "/t/", s->each.tokens[0], "");
	way_page(&s->f, path, &w);
	(void)snprintf(path, sizeof(path), "/t/%s/code?page=%s", s->each.tokens[0], w.page);
	fetch(&s->f, path, NULL, &g);
	assert_int_equal(g.status, 200);
	got_done(&g);
	(void)snprintf(
	    path, sizeof(path), "/t/%s/open?page=%s&code=123456", s->each.tokens[0], w.page);
	fetch(&s->f, path, NULL, &g);
	assert_int_equal(g.status, 405);
	assert_true(has_field(&g, "Allow", "POST"));
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 0);
}

/* --- P2: unknown, expired and revoked look alike --- */

/* The header without Date, for comparing. */
static void
strip_date(struct buf *header)
{
	char *at = strstr((char *)header->p, "Date: ");

	assert_non_null(at);
	memset(at, 'x', strlen("Date: Wed, 18 Nov 2026 11:06:40 GMT"));
}

static void
test_dead_links_look_alike(void **state)
{
	static const char *const suffixes[] = { "", "/code" };
	struct state *s = *state;
	struct fix_mail expired = one_mail(s->other, false), revoked = one_mail(s->contoso, false);
	struct store_transfer_row *rows;
	struct arena arena;
	size_t count;
	char path[256];
	struct got want, g;

	expired.life_ms = HOUR_MS;
	fix_mail_put(&s->f, &expired);
	fix_mail_put(&s->f, &revoked);
	arena_init(&arena, 1u << 20);
	assert_ok(store_transfer_list(s->f.admin, s->contoso, 0, 100, &arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		if (rows[i].mail_id == revoked.id)
			assert_ok(store_transfer_revoke(s->f.admin, rows[i].id));
	arena_done(&arena);
	atomic_fetch_add(&fix_now_ms, 2 * HOUR_MS);

	const char *const tokens[] = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", expired.tokens[0],
		revoked.tokens[0], "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1" };

	for (size_t k = 0; k < COUNT(suffixes); k++) {
		for (size_t i = 0; i < COUNT(tokens); i++) {
			put_path(path, "/t/", tokens[i], suffixes[k]);
			fetch(&s->f, path, &(struct ask){ .language = "fr" }, i == 0 ? &want : &g);
			if (i == 0) {
				assert_int_equal(want.status, 404);
				strip_date(&want.header);
				continue;
			}
			assert_int_equal(g.status, 404);
			strip_date(&g.header);
			assert_string_equal(buf_cstr(&g.body), buf_cstr(&want.body));
			assert_string_equal(buf_cstr(&g.header), buf_cstr(&want.header));
			got_done(&g);
			/* POST too */
			fetch(&s->f, path, &(struct ask){ .form = "page=1.a" }, &g);
			assert_int_equal(g.status, k == 0 ? 405 : 404);
			got_done(&g);
		}
		got_done(&want);
	}
}

/* What was open when a transfer ends is closed with it. */
static void
test_session_ends_with_link(void **state)
{
	struct state *s = *state;
	struct store_transfer_row *rows;
	struct arena arena;
	size_t count;
	struct way w;
	struct got g;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	fetch(&s->f, w.files, &(struct ask){ .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 200);
	got_done(&g);
	arena_init(&arena, 1u << 20);
	assert_ok(store_transfer_list(s->f.admin, s->contoso, 0, 100, &arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		if (rows[i].mail_id == s->each.id)
			assert_ok(store_transfer_revoke(s->f.admin, rows[i].id));
	arena_done(&arena);
	fetch(&s->f, w.files, &(struct ask){ .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
}

/* --- P3: codes --- */

struct guesser {
	struct state *s;
	const char *page;
	long statuses[8];
};

static void *
guess(void *ctx)
{
	struct guesser *gs = ctx;

	for (size_t i = 0; i < COUNT(gs->statuses); i++) {
		struct way w = { 0 };
		struct got g;

		(void)snprintf(w.page, sizeof(w.page), "%s", gs->page);
		way_enter(
		    &gs->s->f, gs->s->each.tokens[0], "not-it", &w, &g); /* odd: costs nothing */
		got_done(&g);
		way_enter(&gs->s->f, gs->s->each.tokens[0], "000000", &w, &g);
		gs->statuses[i] = g.status;
		got_done(&g);
	}
	return NULL;
}

static void
test_parallel_guessing(void **state)
{
	struct state *s = *state;
	char code[STORE_CODE_SIZE];
	struct guesser guessers[8];
	pthread_t threads[8];
	struct way w;
	struct got g;

	do { /* one in a million would be the guess below */
		way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
		got_done(&g);
		assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 1);
	} while (strcmp(code, "000000") == 0);
	for (size_t i = 0; i < 8; i++) {
		guessers[i] = (struct guesser){ .s = s, .page = w.page };
		pthread_create(&threads[i], NULL, guess, &guessers[i]);
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		for (size_t k = 0; k < COUNT(guessers[i].statuses); k++)
			assert_int_equal(guessers[i].statuses[k], 403);
	}
	way_enter(&s->f, s->each.tokens[0], code, &w, &g); /* right, but five tries are over */
	assert_int_equal(g.status, 403);
	assert_true(has(&g, "no longer valid"));
	got_done(&g);
	way_whole(&s->f, s->each.tokens[0], BOB, &w); /* P5: a new one helps */
	way_whole(&s->f, s->each.tokens[1], CAROL, &w);
}

static void
test_code_states(void **state)
{
	struct state *s = *state;
	char first[STORE_CODE_SIZE], second[STORE_CODE_SIZE], wrong[STORE_CODE_SIZE];
	struct way w;
	struct got g;

	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, first, NULL), 1);
	memcpy(wrong, first, sizeof(wrong));
	wrong[0] = first[0] == '9' ? '0' : (char)(first[0] + 1);
	way_enter(&s->f, s->each.tokens[0], wrong, &w, &g);
	assert_int_equal(g.status, 403);
	assert_true(has(&g, "4 more times"));
	got_done(&g);
	way_enter(&s->f, s->each.tokens[0], "12345", &w, &g);
	assert_int_equal(g.status, 400);
	assert_true(has(&g, "A code has 6 digits"));
	got_done(&g);
	way_enter(
	    &s->f, s->each.tokens[1], first, &w, &g); /* of another's link: page token fails */
	assert_int_equal(g.status, 403);
	got_done(&g);
	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, second, NULL), 1);
	if (strcmp(first, second) != 0) {
		way_enter(&s->f, s->each.tokens[0], first, &w, &g); /* replaced */
		assert_int_equal(g.status, 403);
		got_done(&g);
	}
	way_enter(&s->f, s->each.tokens[0], second, &w, &g);
	way_opened(&g, &w);
	got_done(&g);
	way_enter(&s->f, s->each.tokens[0], second, &w, &g); /* used */
	assert_int_equal(g.status, 403);
	got_done(&g);
}

static void
test_code_as_people_type_it(void **state)
{
	struct state *s = *state;
	char code[STORE_CODE_SIZE], typed[32];
	struct way w;
	struct got g;

	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 1);
	(void)snprintf(typed, sizeof(typed), "+%.3s+%.3s+", code, code + 3);
	way_enter(&s->f, s->each.tokens[0], typed, &w, &g);
	assert_int_equal(g.status, 303);
	got_done(&g);
}

static void
test_code_expires(void **state)
{
	struct state *s = *state;
	char code[STORE_CODE_SIZE];
	struct way w;
	struct got g;

	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 1);
	atomic_fetch_add(&fix_now_ms, 10 * 60 * 1000 + 1);
	way_enter(&s->f, s->each.tokens[0], code, &w, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
}

static void
test_too_many_codes(void **state)
{
	struct state *s = *state;
	char code[STORE_CODE_SIZE];
	struct way w;
	struct got g;

	for (unsigned i = 0; i < STORE_CODES_PER_HOUR; i++) {
		way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
		assert_int_equal(g.status, 303);
		got_done(&g);
	}
	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	assert_int_equal(g.status, 429);
	assert_true(has(&g, "Many codes were asked for"));
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), STORE_CODES_PER_HOUR);
	way_whole(&s->f, s->each.tokens[1], CAROL, &w); /* P5: the other one is untouched */
}

/* One machine cannot make work without end; another one is served meanwhile. */
static void
test_throttled(void **state)
{
	struct state *s = *state;
	char path[256];
	long status = 0;
	struct got g;

	put_path(path, "/t/", s->each.tokens[0], "/code");
	for (int i = 0; i < 1000 && status != 429; i++) {
		fetch(&s->f, path,
		    &(struct ask){ .form = "page=1.a", .fields = { "X-Forwarded-For: 192.0.2.7" } },
		    &g);
		status = g.status;
		if (status == 429)
			assert_true(has_field(&g, "Retry-After", "60"));
		got_done(&g);
	}
	assert_int_equal(status, 429);
	fetch(&s->f, path,
	    &(struct ask){ .form = "page=1.a", .fields = { "X-Forwarded-For: 192.0.2.8" } }, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
}

/* --- P8: a shared link does not say who is a recipient --- */

static void
test_shared_link(void **state)
{
	struct state *s = *state;
	char path[256], location[256], code[STORE_CODE_SIZE];
	struct way w;
	struct got g;

	put_path(path, "/t/", s->shared.tokens[0], "");
	fetch(&s->f, path, NULL, &g);
	assert_true(has(&g, "type=\"email\""));
	assert_false(has(&g, "fabrikam"));
	got_done(&g);
	way_ask(&s->f, s->shared.tokens[0], "BOB%40Fabrikam.example", &w, &g); /* any case */
	assert_int_equal(g.status, 303);
	assert_true(got_field(&g, "Location", location, sizeof(location)));
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 1);
	way_page(&s->f, location, &w);
	assert_true(w.who[0] != '\0');
	way_enter(&s->f, s->shared.tokens[0], code, &w, &g);
	way_opened(&g, &w);
	got_done(&g);
	fetch(&s->f, w.files, &(struct ask){ .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 200);
	got_done(&g);
}

/* Everything but the tokens themselves. */
static void
blank_tokens(struct buf *b)
{
	size_t run = 0;

	for (size_t i = 0; i < b->len; i++) {
		bool token =
		    (b->p[i] >= 'a' && b->p[i] <= 'z') || (b->p[i] >= '2' && b->p[i] <= '7');

		run = token ? run + 1 : 0;
		if (run == 32)
			memset(b->p + i - 31, '*', 32);
	}
}

static void
test_stranger_sees_the_same(void **state)
{
	struct state *s = *state;
	char location[256], code[STORE_CODE_SIZE];
	struct got pages[2], asked[2], tried[2];
	int64_t began, ms[2];

	for (int i = 0; i < 2; i++) {
		struct way w;

		began = clock_mono_ms();
		way_ask(&s->f, s->shared.tokens[0],
		    i == 0 ? "carol%40fabrikam.example" : "mallory%40fabrikam.example", &w,
		    &asked[i]);
		ms[i] = clock_mono_ms() - began;
		assert_true(got_field(&asked[i], "Location", location, sizeof(location)));
		fetch(&s->f, location, NULL, &pages[i]);
		assert_true(got_input(&pages[i], "page", w.page, sizeof(w.page)));
		assert_true(got_input(&pages[i], "who", w.who, sizeof(w.who)));
		way_enter(&s->f, s->shared.tokens[0], "123456", &w, &tried[i]);
		strip_date(&asked[i].header);
		strip_date(&pages[i].header);
		strip_date(&tried[i].header);
		blank_tokens(&asked[i].header);
		blank_tokens(&pages[i].body);
		blank_tokens(&tried[i].body);
	}
	assert_string_equal(buf_cstr(&asked[0].header), buf_cstr(&asked[1].header));
	assert_string_equal(buf_cstr(&pages[0].body), buf_cstr(&pages[1].body));
	if (tried[0].status != 303) { /* one in a million */
		assert_string_equal(buf_cstr(&tried[0].header), buf_cstr(&tried[1].header));
		assert_string_equal(buf_cstr(&tried[0].body), buf_cstr(&tried[1].body));
	}
	assert_true(ms[0] >= 400 && ms[1] >= 400); /* neither answers before the fixed time */
	assert_int_equal(fix_codes(&s->f, "carol@fabrikam.example", code, NULL), 1);
	assert_int_equal(fix_codes(&s->f, "mallory@fabrikam.example", code, NULL), 0);
	assert_int_equal(fix_audit_count(&s->f, s->contoso, "code-refused"), 1);
	for (int i = 0; i < 2; i++) {
		got_done(&asked[i]);
		got_done(&pages[i]);
		got_done(&tried[i]);
	}
}

static void
test_shared_address_odd(void **state)
{
	static const char *const odd[] = { "", "bob", "bob%40", "%40x", "a%40b%40c",
		"bob%40x%20y" };
	struct state *s = *state;

	for (size_t i = 0; i < COUNT(odd); i++) {
		struct way w;
		struct got g;

		way_ask(&s->f, s->shared.tokens[0], odd[i], &w, &g);
		assert_int_equal(g.status, 400);
		assert_true(has(&g, "This is not an e-mail address"));
		got_done(&g);
	}
}

static void
test_shared_who_is_bound(void **state)
{
	struct state *s = *state;
	struct fix_mail again = one_mail(s->contoso, true);
	char path[256], location[256], code[STORE_CODE_SIZE];
	struct way w, other;
	struct got g;

	fix_mail_put(&s->f, &again);
	way_ask(&s->f, s->shared.tokens[0], "bob%40fabrikam.example", &w, &g);
	assert_true(got_field(&g, "Location", location, sizeof(location)));
	got_done(&g);
	way_page(&s->f, location, &w);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 1);
	put_path(path, "/t/", again.tokens[0], "");
	way_page(&s->f, path, &other);
	memcpy(other.who, w.who, sizeof(other.who)); /* a who token of another link */
	way_enter(&s->f, again.tokens[0], code, &other, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
}

/* --- P9: sessions --- */

static void
test_cookie(void **state)
{
	struct state *s = *state;
	char cookie[512], code[STORE_CODE_SIZE], twice[1024];
	struct way w;
	struct got g;

	way_ask(&s->f, s->each.tokens[0], NULL, &w, &g);
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 1);
	way_enter(&s->f, s->each.tokens[0], code, &w, &g);
	assert_true(got_field(&g, "Set-Cookie", cookie, sizeof(cookie)));
	assert_memory_equal(cookie, "__Host-", 7);
	assert_non_null(strstr(cookie, "; Path=/;"));
	assert_non_null(strstr(cookie, "; Secure"));
	assert_non_null(strstr(cookie, "; HttpOnly"));
	assert_non_null(strstr(cookie, "; SameSite=Lax"));
	assert_non_null(strstr(cookie, "; Max-Age=3600;"));
	assert_null(strstr(cookie, "Domain"));
	way_opened(&g, &w);
	got_done(&g);
	/* a second one of that name, planted from elsewhere, is no reason to guess */
	(void)snprintf(
	    twice, sizeof(twice), "%.*s=evil; %s", (int)strcspn(w.cookie, "="), w.cookie, w.cookie);
	fetch(&s->f, w.files, &(struct ask){ .cookie = twice }, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
}

/* Back through the mail: the link page shows the way to what is open, and only to whom it is open. */
static void
test_coming_back(void **state)
{
	struct state *s = *state;
	char path[256], link[256];
	struct way w, carol;
	struct got g;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	way_whole(&s->f, s->each.tokens[1], CAROL, &carol);
	put_path(path, "/t/", s->each.tokens[0], "");
	put_path(link, "href=\"", w.files, "\"");
	fetch(&s->f, path, &(struct ask){ .cookie = w.cookie }, &g);
	assert_true(has(&g, link));
	got_done(&g);
	fetch(&s->f, path, &(struct ask){ .cookie = carol.cookie }, &g);
	assert_false(has(&g, "href=\"/f/"));
	got_done(&g);
	fetch(&s->f, path, NULL, &g);
	assert_false(has(&g, "href=\"/f/"));
	got_done(&g);
	atomic_fetch_add(&fix_now_ms, HOUR_MS + 1);
	fetch(&s->f, path, &(struct ask){ .cookie = w.cookie }, &g);
	assert_false(has(&g, "href=\"/f/"));
	got_done(&g);
}

static void
test_preset_cookie(void **state)
{
	struct state *s = *state;
	struct way w;
	struct got g;

	/* a value of the visitor's choosing opens nothing, also under its own handle */
	fetch(&s->f, "/f/aaaaaaaaaaaaaaaa",
	    &(struct ask){ .cookie = "__Host-f-aaaaaaaaaaaaaaaa=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	    &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	assert_null(strstr(w.cookie, "aaaaaaaaaaaaaaaa"));
}

static void
test_session_expires(void **state)
{
	struct state *s = *state;
	char path[256];
	struct way w;
	struct got g;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	atomic_fetch_add(&fix_now_ms, HOUR_MS + 1);
	put_path(path, w.files, "/1/x", "");
	for (int i = 0; i < 2; i++) {
		fetch(&s->f, i == 0 ? w.files : path, &(struct ask){ .cookie = w.cookie }, &g);
		assert_int_equal(g.status, 403);
		assert_true(has(&g, "Please open the link again"));
		got_done(&g);
	}
}

static void
test_close(void **state)
{
	struct state *s = *state;
	char path[256], form[256], cookie[512];
	struct way w;
	struct got g;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	fetch(&s->f, w.files, &(struct ask){ .cookie = w.cookie }, &g);
	assert_true(got_input(&g, "page", w.page, sizeof(w.page)));
	got_done(&g);
	put_path(path, w.files, "/close", "");
	(void)snprintf(form, sizeof(form), "page=%s", w.page);
	fetch(&s->f, path, &(struct ask){ .form = form, .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 303);
	assert_true(has_field(&g, "Location", "/closed"));
	assert_true(got_field(&g, "Set-Cookie", cookie, sizeof(cookie)));
	assert_non_null(strstr(cookie, "Max-Age=0"));
	got_done(&g);
	fetch(&s->f, w.files, &(struct ask){ .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 403);
	got_done(&g);
}

/* --- P10: forms from elsewhere --- */

static void
test_cross_site(void **state)
{
	static const struct {
		const char *name, *origin, *fetch_site;
		long want;
	} cases[] = {
		{ "same origin", NULL, "same-origin", 303 },
		{ "no referrer policy, so null", "null", "same-origin", 303 },
		{ "old browser", NULL, NULL, 303 },
		{ "old browser, null", "null", NULL, 303 },
		{ "cross site", "https://evil.example", "cross-site", 403 },
		{ "sibling domain", "https://evil.contoso.example", "same-site", 403 },
		{ "site lies about origin", NULL, "cross-site", 403 },
		{ "old browser, other origin", "https://evil.example", NULL, 403 },
		{ "prefix of our host", "http://127.0.0.1", NULL, 403 },
		{ "our host and more", "http://127.0.0.1.evil.example", NULL, 403 },
		{ "other scheme", "ftp://127.0.0.1", NULL, 403 },
	};
	struct state *s = *state;
	char path[256], form[512];
	struct way w;
	struct got g;

	for (size_t i = 0; i < COUNT(cases); i++) {
		atomic_fetch_add(&fix_now_ms, HOUR_MS); /* codes are few an hour */
		put_path(path, "/t/", s->each.tokens[0], "");
		way_page(&s->f, path, &w);
		put_path(path, "/t/", s->each.tokens[0], "/code");
		(void)snprintf(form, sizeof(form), "page=%s", w.page);
		fetch(&s->f, path,
		    &(struct ask){ .form = form,
			.origin = cases[i].origin,
			.fetch_site = cases[i].fetch_site },
		    &g);
		if (g.status != cases[i].want)
			fail_msg("%s: %ld", cases[i].name, g.status);
		got_done(&g);
	}
}

static void
test_page_token(void **state)
{
	struct state *s = *state;
	char path[256], form[512], code[STORE_CODE_SIZE], changed[128];
	struct way mine, others;
	struct got g;

	put_path(path, "/t/", s->each.tokens[0], "");
	way_page(&s->f, path, &mine);
	put_path(path, "/t/", s->each.tokens[1], "");
	way_page(&s->f, path, &others);
	memcpy(changed, mine.page, sizeof(changed));
	changed[strlen(changed) - 1] = changed[strlen(changed) - 1] == 'a' ? 'b' : 'a';
	put_path(path, "/t/", s->each.tokens[0], "/code");

	const struct {
		const char *name, *form, *page;
		long want;
	} cases[] = {
		{ "none", "x=1", "", 400 },
		{ "empty", "page=", "", 400 },
		{ "another link's", "page=", others.page, 403 },
		{ "changed", "page=", changed, 403 },
		{ "no number", "page=a.", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 403 },
		{ "a field too many", "more=1&page=", mine.page, 400 },
		{ "twice", "page=1.a&page=", mine.page, 400 },
		{ "a field of another form", "code=123456&page=", mine.page, 400 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)snprintf(form, sizeof(form), "%s%s", cases[i].form, cases[i].page);
		fetch(&s->f, path, &(struct ask){ .form = form }, &g);
		if (g.status != cases[i].want)
			fail_msg("%s: %ld", cases[i].name, g.status);
		got_done(&g);
	}
	(void)snprintf(form, sizeof(form), "page=%s", mine.page);
	fetch(&s->f, path, &(struct ask){ .form = form, .fields = { "Content-Type: text/plain" } },
	    &g);
	assert_int_equal(g.status, 400);
	got_done(&g);
	atomic_fetch_add(&fix_now_ms, 25 * HOUR_MS);
	fetch(&s->f, path, &(struct ask){ .form = form }, &g);
	assert_int_equal(g.status, 403);
	assert_true(has(&g, "out of date"));
	got_done(&g);
	assert_int_equal(fix_codes(&s->f, BOB, code, NULL), 0);
}

/* --- P11, P14: what strangers wrote is text --- */

static void
test_hostile_names(void **state)
{
	struct state *s = *state;
	int64_t evil = fix_tenant(&s->f, "evil", "<img src=x onerror=alert(1)>{{7*7}}%n");
	struct fix_mail m = {
		.tenant_id = evil,
		.rcpts = { "\"<script>\"@fabrikam.example" },
		.from = "\"'><svg/onload=alert(2)> {{t.close}} ${7*7} %s%n\xe2\x80\xae",
		.subject = "<b>",
		.files = { { PDF("<script>alert(3)</script>.pdf"), SPAN(REPORT_B64) },
		    { PDF("{{#files}}{{name}}.pdf"), SPAN(REPORT_B64) },
		    { PDF("a\\\" onmouseover=alert(4) .pdf"), SPAN(REPORT_B64) },
		    { PDF("..%2f..%2fetc%2fpasswd"), SPAN(REPORT_B64) } },
	};
	static const char *const never[] = { "<img", "<svg/", "<script", "<b>", "49",
		"\" onmouseover" };
	char path[256];
	struct way w;

	fix_mail_put(&s->f, &m);
	put_path(path, "/t/", m.tokens[0], "");
	for (int page = 0; page < 2; page++) {
		struct got g;

		if (page == 1)
			way_whole(&s->f, m.tokens[0], m.rcpts[0], &w);
		fetch(&s->f, page == 0 ? path : w.files,
		    &(struct ask){ .cookie = page == 0 ? NULL : w.cookie }, &g);
		assert_int_equal(g.status, 200);
		for (size_t i = 0; i < COUNT(never); i++)
			if (has(&g, never[i]))
				fail_msg("%s on page %d", never[i], page);
		assert_true(has(&g, "{{7*7}}%n"));
		assert_true(has(&g, "{{#files}}{{name}}.pdf"));
		if (page == 0)
			assert_true(has(&g, "{{t.close}} ${7*7} %s%n"));
		got_done(&g);
	}
}

/* --- P12: numbers that are not ours --- */

static void
test_file_numbers(void **state)
{
	static const char *const odd[] = { "0/x", "3/x", "-1/x", "1x/x", "x/x",
		"99999999999999999999/x", "01x/x", "1%20/x", "+1/x", "1;/x", "%D9%A1/x" };
	struct state *s = *state;
	char path[256];
	struct way w;
	struct got g;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	for (size_t i = 0; i < COUNT(odd); i++) {
		put_path(path, w.files, "/", odd[i]);
		fetch(&s->f, path, &(struct ask){ .cookie = w.cookie }, &g);
		if (g.status != 404)
			fail_msg("%s: %ld", odd[i], g.status);
		got_done(&g);
	}
}

/* --- P18: downloads --- */

static void
test_download_fields(void **state)
{
	struct state *s = *state;
	char path[256];
	struct way w;
	struct got g;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	put_path(path, w.files, "/2/", "page.html");
	fetch(&s->f, path, &(struct ask){ .cookie = w.cookie }, &g);
	assert_int_equal(g.status, 200);
	assert_span(buf_span(&g.body), "<script>alert(1)</script>");
	assert_true(has_field(&g, "Content-Type", "application/octet-stream"));
	assert_true(has_field(&g, "Content-Disposition", "attachment; filename=\"page.html\""));
	assert_true(has_field(&g, "X-Content-Type-Options", "nosniff"));
	assert_true(has_field(
	    &g, "Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'"));
	assert_true(has_field(&g, "Cache-Control", "private, no-store"));
	assert_true(has_field(&g, "Cross-Origin-Resource-Policy", "same-origin"));
	got_done(&g);
}

static void
test_file_name(void **state)
{
	struct state *s = *state;
	struct fix_mail m = {
		.tenant_id = s->contoso,
		.rcpts = { BOB },
		.from = "a",
		.subject = "b",
		.files = { { "Content-Type: text/csv\r\nContent-Disposition: attachment;\r\n"
			     " filename*=UTF-8''na%C3%AFve%20%E2%82%AC%22.csv\r\n",
		    SPAN("a;b") } },
	};
	char path[256], value[512];
	struct way w;
	struct got g;

	fix_mail_put(&s->f, &m);
	way_whole(&s->f, m.tokens[0], BOB, &w);
	put_path(path, w.files, "/1/", "x");
	fetch(&s->f, path, &(struct ask){ .cookie = w.cookie }, &g);
	assert_true(got_field(&g, "Content-Disposition", value, sizeof(value)));
	assert_string_equal(value,
	    "attachment; filename=\"na_ve __.csv\"; "
	    "filename*=UTF-8''na%C3%AFve%20%E2%82%AC_.csv");
	got_done(&g);
}

/* sha256sum of the 16 bytes of REPORT_TEXT */
static void
report_etag(char out[128])
{
	uint8_t digest[SHA256_SIZE];
	char hex[HEX_SIZE(SHA256_SIZE)];

	sha256_of(SPAN(REPORT_TEXT), digest);
	(void)snprintf(out, 128, "\"%s\"", hex_encode(span_of(digest, sizeof(digest)), hex));
}

static void
test_ranges(void **state)
{
	static const struct {
		const char *name, *range, *if_range; /* "E": the file's own tag */
		long want;
		const char *body, *content_range;
	} cases[] = {
		{ "none", NULL, NULL, 200, REPORT_TEXT, NULL },
		{ "first", "bytes=0-8", NULL, 206, "Quarterly", "bytes 0-8/16" },
		{ "last", "bytes=-6", NULL, 206, "report", "bytes 10-15/16" },
		{ "open", "bytes=10-", NULL, 206, "report", "bytes 10-15/16" },
		{ "all", "bytes=0-15", NULL, 206, REPORT_TEXT, "bytes 0-15/16" },
		{ "beyond", "bytes=16-", NULL, 416, "", "bytes */16" },
		{ "several", "bytes=0-1,3-4", NULL, 200, REPORT_TEXT, NULL },
		{ "nonsense", "bytes=x", NULL, 200, REPORT_TEXT, NULL },
		{ "tag fits", "bytes=0-8", "E", 206, "Quarterly", "bytes 0-8/16" },
		{ "tag of others", "bytes=0-8", "\"abc\"", 200, REPORT_TEXT, NULL },
		{ "weak tag", "bytes=0-8", "W/\"abc\"", 200, REPORT_TEXT, NULL },
		{ "date", "bytes=0-8", "Wed, 18 Nov 2026 11:06:40 GMT", 200, REPORT_TEXT, NULL },
		{ "tag of others, beyond", "bytes=99-", "\"abc\"", 200, REPORT_TEXT, NULL },
	};
	struct state *s = *state;
	char path[256], etag[128];
	struct way w;

	report_etag(etag);
	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	put_path(path, w.files, "/1/", "x");
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int head = 0; head < 2; head++) {
			char range[128], if_range[256], value[256];
			struct ask ask = { .cookie = w.cookie, .method = head ? "HEAD" : NULL };
			struct got g;
			size_t n = 0;

			(void)snprintf(range, sizeof(range), "Range: %s", cases[i].range);
			(void)snprintf(if_range, sizeof(if_range), "If-Range: %s",
			    cases[i].if_range != NULL && cases[i].if_range[0] == 'E'
				? etag
				: cases[i].if_range);
			if (cases[i].range != NULL)
				ask.fields[n++] = range;
			if (cases[i].if_range != NULL)
				ask.fields[n++] = if_range;
			fetch(&s->f, path, &ask, &g);
			if (g.status != cases[i].want)
				fail_msg("%s: %ld", cases[i].name, g.status);
			assert_span(buf_span(&g.body), head ? "" : cases[i].body);
			assert_true(got_field(&g, "Content-Length", value, sizeof(value)));
			assert_int_equal(atoi(value), strlen(cases[i].body));
			assert_true(has_field(&g, "ETag", etag));
			assert_true(has_field(&g, "Accept-Ranges", "bytes"));
			if (cases[i].content_range != NULL)
				assert_true(has_field(&g, "Content-Range", cases[i].content_range));
			else
				assert_false(got_field(&g, "Content-Range", value, sizeof(value)));
			got_done(&g);
		}
	}
}

/* --- every answer is guarded --- */

static void
assert_guarded(const struct got *g, bool tls)
{
	char value[512];

	assert_true(got_field(g, "Content-Security-Policy", value, sizeof(value)));
	assert_non_null(strstr(value, "default-src 'none'"));
	assert_non_null(strstr(value, "frame-ancestors 'none'"));
	assert_null(strstr(value, "unsafe"));
	assert_null(strstr(value, "script-src"));
	assert_true(has_field(g, "Referrer-Policy", "no-referrer"));
	assert_true(has_field(g, "X-Content-Type-Options", "nosniff"));
	assert_true(has_field(g, "X-Frame-Options", "DENY"));
	assert_true(has_field(g, "Cross-Origin-Opener-Policy", "same-origin"));
	assert_true(has_field(g, "Cross-Origin-Resource-Policy", "same-origin"));
	assert_true(got_field(g, "Permissions-Policy", value, sizeof(value)));
	assert_true(got_field(g, "X-Robots-Tag", value, sizeof(value)));
	assert_true(got_field(g, "Cache-Control", value, sizeof(value)));
	assert_int_equal(got_field(g, "Strict-Transport-Security", value, sizeof(value)), tls);
	assert_false(got_field(g, "Server", value, sizeof(value)));
	assert_false(has(g, "<script"));
	assert_false(has(g, "javascript:"));
	assert_false(has(g,
	    " on"
	    "click"));
}

static void
check_guards(struct state *s)
{
	char link[256], code_path[256], odd_path[2300] = "/";
	struct way w;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	put_path(link, "/t/", s->each.tokens[0], "");
	put_path(code_path, "/t/", s->each.tokens[0], "/code");
	memset(odd_path + 1, 'a', 2200);

	const struct {
		const char *path;
		struct ask ask;
		long want;
	} cases[] = {
		{ link, { 0 }, 200 },
		{ code_path, { 0 }, 200 },
		{ w.files, { .cookie = w.cookie }, 200 },
		{ w.files, { 0 }, 403 },
		{ "/closed", { 0 }, 200 },
		{ "/style.css", { 0 }, 200 },
		{ "/robots.txt", { 0 }, 200 },
		{ "/", { 0 }, 404 },
		{ "/t/%zz", { 0 }, 404 },
		{ odd_path, { 0 }, 404 },
		{ code_path, { .form = "page=1.a" }, 403 },
		{ code_path, { .form = "nonsense" }, 400 },
		{ code_path, { .method = "PUT" }, 405 },
		{ link, { .method = "GET", .form = "a=1" }, 413 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct got g;

		fetch(&s->f, cases[i].path, &cases[i].ask, &g);
		if (g.status != cases[i].want)
			fail_msg("%s: %ld", cases[i].path, g.status);
		assert_guarded(&g, s->f.tls);
		got_done(&g);
	}
}

static void
test_guards(void **state)
{
	check_guards(*state);
}

/* P25: pages name no other host, and none of our addresses stands in them. */
static void
test_no_other_hosts(void **state)
{
	struct state *s = *state;
	char path[256];
	struct got g;

	put_path(path, "/t/", s->each.tokens[0], "");
	fetch(&s->f, path, NULL, &g);
	assert_false(has(&g, "http:"));
	assert_false(has(&g, "https:"));
	assert_false(has(&g, "src="));
	got_done(&g);
	fetch(&s->f, "/style.css", NULL, &g);
	assert_false(has(&g, "url("));
	assert_false(has(&g, "@import"));
	got_done(&g);
}

/* --- languages --- */

static void
test_languages(void **state)
{
	static const struct {
		const char *language, *query, *html, *button;
	} cases[] = {
		{ "nl-BE,nl;q=0.9", "", "lang=\"nl\"", "Stuur mij een code" },
		{ "de", "", "lang=\"de\"", "Code an mich senden" },
		{ "en-US", "", "lang=\"en\"", "Send me a code" },
		{ "fr", "", "lang=\"nl\"", "Stuur mij een code" }, /* the tenant's */
		{ "nl", "?lang=de", "lang=\"de\"", "Code an mich senden" },
		{ "nl", "?lang=fr", "lang=\"nl\"", "Stuur mij een code" },
		{ "nl", "?lang=%22%3E", "lang=\"nl\"", "Stuur mij een code" },
		{ "nl", "?lang=de&lang=en", "lang=\"nl\"", "Stuur mij een code" },
		{ "nl", "?%zz&&=&lang=en", "lang=\"en\"", "Send me a code" },
	};
	struct state *s = *state;
	char path[256];
	struct got g;

	for (size_t i = 0; i < COUNT(cases); i++) {
		put_path(path, "/t/", s->each.tokens[0], cases[i].query);
		fetch(&s->f, path, &(struct ask){ .language = cases[i].language }, &g);
		assert_int_equal(g.status, 200);
		if (!has(&g, cases[i].html) || !has(&g, cases[i].button))
			fail_msg("%s %s", cases[i].language, cases[i].query);
		got_done(&g);
	}
}

static void
test_chosen_language_stays(void **state)
{
	struct state *s = *state;
	char path[256], form[256], location[256];
	struct way w;
	struct got g;

	put_path(path, "/t/", s->each.tokens[0], "?lang=de");
	way_page(&s->f, path, &w);
	put_path(path, "/t/", s->each.tokens[0], "/code?lang=de");
	(void)snprintf(form, sizeof(form), "page=%s", w.page);
	fetch(&s->f, path, &(struct ask){ .form = form }, &g);
	assert_int_equal(g.status, 303);
	assert_true(got_field(&g, "Location", location, sizeof(location)));
	assert_non_null(strstr(location, "?lang=de"));
	got_done(&g);
}

/* --- TLS, large files --- */

static void
test_over_tls(void **state)
{
	struct state *s = *state;
	char path[256];
	struct way w;
	struct got g;

	check_guards(s);
	atomic_fetch_add(&fix_now_ms, 2 * HOUR_MS);
	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	put_path(path, w.files, "/1/", "x");
	fetch(&s->f, path, &(struct ask){ .cookie = w.cookie }, &g);
	assert_span(buf_span(&g.body), REPORT_TEXT);
	got_done(&g);
}

/* 24 MiB in three encodings: canonical base64, base64 with one odd line, quoted-printable. */
static void
test_large_files(void **state)
{
	enum { LINE = 76, LINES = 440000 };
	struct state *s = *state;
	struct buf bodies[3];
	struct fix_mail m = {
		.tenant_id = s->contoso, .rcpts = { BOB }, .from = "a", .subject = "b"
	};
	static const char *const headers[] = {
		"Content-Type: application/zip; name=a.zip\r\nContent-Disposition: attachment\r\n"
		"Content-Transfer-Encoding: base64\r\n",
		"Content-Type: application/zip; name=b.zip\r\nContent-Disposition: attachment\r\n"
		"Content-Transfer-Encoding: base64\r\n",
		"Content-Type: text/csv; name=c.csv\r\nContent-Disposition: attachment\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n",
	};
	struct way w;

	for (size_t i = 0; i < 3; i++) {
		char line[LINE + 3];

		buf_init(&bodies[i], 64u << 20);
		memset(line, i == 2 ? 'q' : 'A', LINE);
		memcpy(line + LINE, "\r\n", 3);
		for (int n = 0; n < LINES; n++) {
			line[n % LINE] = i == 2 ? 'x' : 'Q';
			if (i == 1 && n == 7)
				assert_ok(buf_put(&bodies[i], SPAN("QUJD\r\n \r\n")));
			assert_ok(buf_put(&bodies[i], span_of(line, LINE + 2)));
		}
		m.files[i] = (struct fix_file){ headers[i], buf_span(&bodies[i]) };
	}
	fix_mail_put(&s->f, &m);
	way_whole(&s->f, m.tokens[0], BOB, &w);
	for (int i = 0; i < 3; i++) {
		/* the line end before a boundary is not the file's */
		size_t want = i == 2 ? (size_t)LINES * (LINE + 2)
				     : (size_t)LINES * LINE / 4 * 3 + (i == 1 ? 3 : 0);
		static const char *const names[] = { "/1/a.zip", "/2/b.zip", "/3/c.csv" };
		char path[256], range[64];
		struct got whole, part;

		put_path(path, w.files, names[i], "");
		fetch(&s->f, path, &(struct ask){ .cookie = w.cookie }, &whole);
		assert_int_equal(whole.status, 200);
		assert_int_equal(whole.body.len, want);
		(void)snprintf(range, sizeof(range), "Range: bytes=%zu-", want - 1000);
		fetch(&s->f, path, &(struct ask){ .cookie = w.cookie, .fields = { range } }, &part);
		assert_int_equal(part.status, 206);
		assert_int_equal(part.body.len, 1000);
		assert_memory_equal(part.body.p, whole.body.p + want - 1000, 1000);
		got_done(&part);
		got_done(&whole);
		/* flat memory, whatever the encoding: promise 5 */
		alloc_watch();
		fetch(&s->f, path, &(struct ask){ .cookie = w.cookie, .drop = true }, &whole);
		assert_int_equal(whole.dropped, want);
		if (alloc_peak_bytes() > 1u << 20)
			fail_msg("%s: %zu bytes held", names[i], alloc_peak_bytes());
		got_done(&whole);
		buf_done(&bodies[i]);
	}
}

/* A connection that takes little at a time, with the head of a download of path asked for on it. */
static int
slow_visitor(struct fix *f, const char *path, const char *cookie)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)f->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 16384;
	char head[1024];
	int len = snprintf(head, sizeof(head),
	    "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: %s\r\n\r\n", path, cookie);

	assert_true(fd >= 0 && len < (int)sizeof(head));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(write(fd, head, (size_t)len), len);
	assert_int_equal(recv(fd, head, 12, MSG_WAITALL), 12);
	assert_memory_equal(head, "HTTP/1.1 200", 12);
	return fd;
}

static size_t
read_to_end(int fd)
{
	static char some[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, some, sizeof(some))) > 0)
		total += (size_t)n;
	(void)close(fd);
	return total;
}

static void
revoke_mail(struct state *s, int64_t mail_id)
{
	struct store_transfer_row *rows;
	struct arena arena;
	size_t count;

	arena_init(&arena, 1u << 20);
	assert_ok(store_transfer_list(s->f.admin, s->contoso, 0, 100, &arena, &rows, &count));
	for (size_t i = 0; i < count; i++)
		if (rows[i].mail_id == mail_id)
			assert_ok(store_transfer_revoke(s->f.admin, rows[i].id));
	arena_done(&arena);
}

/* What is under way when a link ends is cut, however slowly it is taken. */
static void
test_download_ends_with_link(void **state)
{
	enum { LINE = 76, LINES = 440000, WHOLE = LINES * LINE / 4 * 3 };
	static const struct {
		const char *name;
		bool revoke;
		int64_t later_ms;
		bool cut;
	} cases[] = {
		{ "session over", false, 2 * HOUR_MS, false },
		{ "revoked", true, 0, true },
		{ "expired", false, LINK_LIFE_MS, true },
	};
	struct state *s = *state;
	struct buf body;
	char path[256], line[LINE + 3];

	buf_init(&body, 64u << 20);
	memset(line, 'A', LINE);
	memcpy(line + LINE, "\r\n", 3);
	for (int n = 0; n < LINES; n++)
		assert_ok(buf_put(&body, span_of(line, LINE + 2)));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fix_mail m = { .tenant_id = s->contoso,
			.rcpts = { BOB },
			.from = "a",
			.subject = "b",
			.files = { { PDF("a.pdf"), buf_span(&body) } } };
		struct way w;
		int fd;

		fix_mail_put(&s->f, &m);
		way_whole(&s->f, m.tokens[0], BOB, &w);
		put_path(path, w.files, "/1/", "a.pdf");
		fd = slow_visitor(&s->f, path, w.cookie);
		if (cases[i].revoke)
			revoke_mail(s, m.id);
		atomic_fetch_add(&fix_now_ms, cases[i].later_ms);
		if ((read_to_end(fd) < WHOLE) != cases[i].cut)
			fail_msg("%s", cases[i].name);
	}
	buf_done(&body);
}

/* Everything but the first byte is a download too, and the audit says so. */
static void
test_ranges_are_audited(void **state)
{
	static const struct {
		const char *method, *range;
		size_t noted;
	} cases[] = {
		{ "GET", "Range: bytes=1-", 1 },
		{ "GET", "Range: bytes=-15", 1 },
		{ "GET", "Range: bytes=0-0", 1 },
		{ "GET", "Range: bytes=16-", 0 }, /* 416: nothing goes out */
		{ "HEAD", "Range: bytes=1-", 0 },
	};
	struct state *s = *state;
	size_t noted = 0;
	char path[256];
	struct way w;

	way_whole(&s->f, s->each.tokens[0], BOB, &w);
	put_path(path, w.files, "/1/", "x");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct got g;

		fetch(&s->f, path,
		    &(struct ask){ .method = cases[i].method,
			.cookie = w.cookie,
			.fields = { cases[i].range } },
		    &g);
		got_done(&g);
		noted += cases[i].noted;
		if (fix_audit_count(&s->f, s->contoso, "download-begun") != noted)
			fail_msg("%s %s", cases[i].method, cases[i].range);
	}
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_link_page),
		TEST(test_whole_way),
		TEST(test_code_mail),
		TEST(test_two_recipients),
		TEST(test_reading_changes_nothing),
		TEST(test_get_is_no_post),
		TEST(test_dead_links_look_alike),
		TEST(test_session_ends_with_link),
		TEST(test_parallel_guessing),
		TEST(test_code_states),
		TEST(test_code_as_people_type_it),
		TEST(test_code_expires),
		TEST(test_too_many_codes),
		TEST(test_throttled),
		TEST(test_shared_link),
		TEST(test_stranger_sees_the_same),
		TEST(test_shared_address_odd),
		TEST(test_shared_who_is_bound),
		TEST(test_cookie),
		TEST(test_coming_back),
		TEST(test_preset_cookie),
		TEST(test_session_expires),
		TEST(test_close),
		TEST(test_cross_site),
		TEST(test_page_token),
		TEST(test_hostile_names),
		TEST(test_file_numbers),
		TEST(test_download_fields),
		TEST(test_file_name),
		TEST(test_ranges),
		TEST(test_guards),
		TEST(test_no_other_hosts),
		TEST(test_languages),
		TEST(test_chosen_language_stays),
		cmocka_unit_test_setup_teardown(test_over_tls, setup_tls, teardown),
		TEST(test_large_files),
		TEST(test_download_ends_with_link),
		TEST(test_ranges_are_audited),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
