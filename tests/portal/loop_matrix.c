/*
 * Who may do what: every row of the route table, every method, every kind of visitor; and every path that is
 * not in it (P12, P13: default deny). The wanted answers are made from the table, so a new row is tested the day
 * it is written.
 */
#include "fixture.h"

#include "portal/route.h"

#define BOB "bob@fabrikam.example"

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS",
	"TRACE", "PROPFIND", "get" };

enum visitor {
	NOBODY,       /* made-up token and handle */
	LINK_HOLDER,  /* the link, no session */
	SESSION,      /* link and session */
	OTHER_RCPT,   /* the session of another recipient of the mail, at this one's address */
	OTHER_TENANT, /* the session of another tenant's recipient, likewise */
	VISITORS
};

struct world {
	struct fix f;
	const char *token;
	struct way own, other_rcpt, other_tenant;
	struct fix_mail mail, foreign;
	char other_cookie[2][512]; /* their secrets under our handle's name */
};

static struct fix_mail
mail_of(int64_t tenant_id)
{
	return (struct fix_mail){ .tenant_id = tenant_id,
		.rcpts = { BOB, "carol@fabrikam.example" },
		.from = "a@contoso.example",
		.subject = "s",
		.files = { { "Content-Type: text/csv\r\nContent-Disposition: attachment; "
			     "filename=a.csv\r\n",
		    SPAN("1;2") } } };
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	fix_start(&w->f);
	w->mail = mail_of(fix_tenant(&w->f, "contoso", "Contoso"));
	w->foreign = mail_of(fix_tenant(&w->f, "other", "Other"));
	fix_mail_put(&w->f, &w->mail);
	fix_mail_put(&w->f, &w->foreign);
	w->token = w->mail.tokens[0];
	way_whole(&w->f, w->mail.tokens[0], BOB, &w->own);
	way_whole(&w->f, w->mail.tokens[1], "carol@fabrikam.example", &w->other_rcpt);
	way_whole(&w->f, w->foreign.tokens[0], BOB, &w->other_tenant);
	for (int i = 0; i < 2; i++)
		(void)snprintf(w->other_cookie[i], sizeof(w->other_cookie[i]), "__Host-f-%s%s",
		    w->own.files + 3,
		    strchr(i == 0 ? w->other_rcpt.cookie : w->other_tenant.cookie, '='));
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	fix_done(&w->f);
	free(w);
	return 0;
}

/* The row's path with its segments filled in for a visitor. */
static void
fill_path(const struct world *w, const struct route *r, enum visitor who, char out[256])
{
	const char *first = "aaaaaaaaaaaaaaaa";
	size_t len = 0, holes = 0;

	if (r->access == ROUTE_LINK)
		first = who == NOBODY ? "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" : w->token;
	if (r->access == ROUTE_SESSION && who != NOBODY)
		first = w->own.files + 3;
	for (const char *p = r->path; *p != '\0'; p++) {
		const char *fill = holes == 0 ? first : "1";

		if (*p != ':')
			len += (size_t)snprintf(out + len, 256 - len, "%c", *p);
		else {
			len += (size_t)snprintf(out + len, 256 - len, "%s", fill);
			holes++;
		}
	}
}

static bool
takes(const struct route *r, const char *method)
{
	if (r->method == HTTP_GET)
		return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	return strcmp(method, "POST") == 0;
}

/* Another row for the same path (GET and POST of /t/:/code). */
static bool
other_row_takes(const struct route *r, const char *method)
{
	for (size_t i = 0; i < route_count; i++)
		if (&route_table[i] != r && strcmp(route_table[i].path, r->path) == 0 &&
		    takes(&route_table[i], method))
			return true;
	return false;
}

/* What the table says; a POST goes without a page token, so the furthest it gets is 400 or 403. */
static bool
wanted(const struct route *r, const char *method, enum visitor who, long status)
{
	if (!takes(r, method))
		return status == 405;
	switch (r->access) {
	case ROUTE_OPEN:
		return status == 200;
	case ROUTE_LINK:
		if (who == NOBODY)
			return status == 404;
		break;
	case ROUTE_SESSION:
		if (who != SESSION)
			return status == 403;
		break;
	}
	if (r->method == HTTP_POST)
		return status == 400 || status == 403;
	return status == 200;
}

static void
check(struct world *w, const struct route *r, const char *method, enum visitor who)
{
	const char *cookies[VISITORS] = { NULL, NULL, w->own.cookie, w->other_cookie[0],
		w->other_cookie[1] };
	struct ask ask = { .method = method, .cookie = cookies[who] };
	char path[256];
	struct got g;

	if (other_row_takes(r, method))
		return;
	if (strcmp(method, "POST") == 0)
		ask.form = "nothing=1";
	fill_path(w, r, who, path);
	fetch(&w->f, path, &ask, &g);
	if (!wanted(r, method, who, g.status))
		fail_msg("%s %s as visitor %d: %ld", method, r->path, (int)who, g.status);
	if (strcmp(method, "HEAD") == 0)
		assert_int_equal(g.body.len, 0);
	got_done(&g);
}

static void
test_matrix(void **state)
{
	size_t before;
	struct world *w = *state;

	before = fix_audit_count(&w->f, w->mail.tenant_id, NULL);
	for (size_t r = 0; r < route_count; r++)
		for (size_t m = 0; m < COUNT(methods); m++)
			for (int who = 0; who < VISITORS; who++)
				check(w, &route_table[r], methods[m], (enum visitor)who);
	/* one GET of the one file, begun and whole, is all that was done */
	fix_stop(&w->f);
	assert_int_equal(fix_audit_count(&w->f, w->mail.tenant_id, NULL), before + 2);
}

static void
test_default_deny(void **state)
{
	static const char *const paths[] = { "/", "/t", "/t/", "/f", "/f/", "/index.html", "/admin",
		"/login", "/api", "/api/v1/transfers", "/metrics", "/healthz", "/status", "/debug",
		"/server-status", "/.git/config", "/.env", "/favicon.ico", "/style.css/",
		"/style.css.map", "/STYLE.CSS", "/robots.txt/x", "/closed/x", "//closed",
		"/./closed", "/x/../closed", "/%2e%2e/etc/passwd", "/../../etc/passwd",
		"/closed%00", "/closed%2f", "/t/%2e%2e/closed", "/cgi-bin/x", "/wp-login.php",
		"/t/a/open/x", "/t/a/code/x", "/f/a/1", "/f/a/1/x/y", "/f/a/close/x/y/z",
		"/t/a/files", "/t/a/files/1/x", "/saml/acs", "/addin" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(paths); i++) {
		for (size_t m = 0; m < COUNT(methods); m++) {
			struct got g;

			fetch(&w->f, paths[i],
			    &(struct ask){ .method = methods[m], .cookie = w->own.cookie }, &g);
			if (g.status != 404)
				fail_msg("%s %s: %ld", methods[m], paths[i], g.status);
			got_done(&g);
		}
	}
}

/* A session opens its own mail and nothing else, whatever is put into the address. */
static void
test_handles(void **state)
{
	struct world *w = *state;
	const char *const handles[] = { w->other_rcpt.files, w->other_tenant.files,
		"/f/aaaaaaaaaaaaaaaa", "/f/a", "/f/%2e" };

	for (size_t i = 0; i < COUNT(handles); i++) {
		char path[256];
		struct got g;

		(void)snprintf(path, sizeof(path), "%s/1/x", handles[i]);
		fetch(&w->f, path, &(struct ask){ .cookie = w->own.cookie }, &g);
		if (g.status != (strchr(handles[i], '%') != NULL ? 404 : 403))
			fail_msg("%s: %ld", path, g.status);
		got_done(&g);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_matrix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_default_deny, setup, teardown),
		cmocka_unit_test_setup_teardown(test_handles, setup, teardown),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
