/*
 * tests/connector/loop_receive_curl.c - a foreign client: libcurl's SMTP, STARTTLS and DATA.
 *
 * It speaks its own grammar, stuffs its own dots and checks our certificate with its own eyes.
 */
#include "receive_fixture.h"

#include <curl/curl.h>

static struct receive_fixture fix;

static int
setup(void **state)
{
	(void)state;
	fixture_start(&fix, "");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	curl_global_cleanup();
	fixture_stop_begin(&fix);
	fixture_done(&fix);
	return 0;
}

static size_t
give(char *out, size_t size, size_t count, void *ctx)
{
	struct span *mail = ctx;
	struct span part = span_upto(*mail, size * count);

	memcpy(out, part.p, part.len);
	*mail = span_from(*mail, part.len);
	return part.len;
}

/* The reply code of the last command; *ret is curl's own word on it. */
static long
send_by_curl(
    const char *cert, const char *const *rcpts, size_t rcpt_count, const char *mail, CURLcode *ret)
{
	char url[128], ca[2 * TMPDIR_PATH_MAX], pem[2 * TMPDIR_PATH_MAX], key[2 * TMPDIR_PATH_MAX],
	    name[32];
	struct span rest = span_str(mail);
	struct curl_slist *list = NULL;
	CURL *c = curl_easy_init();
	long code = 0;

	for (size_t i = 0; i < rcpt_count; i++)
		list = curl_slist_append(list, rcpts[i]);
	(void)snprintf(url, sizeof(url), "smtp://%s/curl.example", fix.address);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	curl_easy_setopt(c, CURLOPT_CAINFO, tmpdir_join(&fix.dir, "ca.pem", ca));
	if (cert != NULL) {
		(void)snprintf(name, sizeof(name), "%s.pem", cert);
		curl_easy_setopt(c, CURLOPT_SSLCERT, tmpdir_join(&fix.dir, name, pem));
		(void)snprintf(name, sizeof(name), "%s.key", cert);
		curl_easy_setopt(c, CURLOPT_SSLKEY, tmpdir_join(&fix.dir, name, key));
	}
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, "<alice@contoso.example>");
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, list);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(c, CURLOPT_READDATA, &rest);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 60L);
	*ret = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
	curl_slist_free_all(list);
	curl_easy_cleanup(c);
	return code;
}

static void
taken(void **state)
{
	static const char mail[] = STAMP HEAD "Message-ID: <curl@contoso.example>\r\n" MIXED
					      ".\r\n..\r\n.dots\r\n--bbb--\r\n";
	const char *rcpts[] = { "<bob@example.org>", "<carol@example.org>" };
	struct stored before = stored_now(&fix);
	CURLcode rc;

	(void)state;
	assert_int_equal(send_by_curl("exchange", rcpts, 2, mail, &rc), 250);
	assert_int_equal(rc, CURLE_OK);
	assert_int_equal(
	    stored_now(&fix).copies, before.copies + 1); /* below the threshold: passes */
}

static void
secured(void **state)
{
	static char mail[9000];
	const char *rcpts[] = { "<bob@example.org>", "<carol@example.org>" };
	struct stored before = stored_now(&fix);
	size_t n = (size_t)snprintf(
	    mail, sizeof(mail), "%s", STAMP HEAD "Message-ID: <curl2@contoso.example>\r\n" MIXED);
	CURLcode rc;

	(void)state;
	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(mail + n, sizeof(mail) - n, ".%060d\r\n", i);
	(void)snprintf(mail + n, sizeof(mail) - n, "--bbb--\r\n");
	assert_int_equal(send_by_curl("exchange", rcpts, 2, mail, &rc), 250);
	assert_int_equal(rc, CURLE_OK);
	assert_int_equal(
	    stored_now(&fix).copies, before.copies + 2); /* one each, with a link of its own */
	assert_int_equal(stored_now(&fix).last_verdict, STORE_SECURE);
}

static void
refused(void **state)
{
	static const struct {
		const char *name, *cert, *rcpt, *mail;
		long want;
	} cases[] = {
		{ "no certificate", NULL, "<bob@example.org>", STAMP HEAD "\r\nx\r\n", 554 },
		{ "a stranger's", "stranger", "<bob@example.org>", STAMP HEAD "\r\nx\r\n", 554 },
		{ "no stamp", "exchange", "<bob@example.org>", HEAD "\r\nx\r\n", 550 },
		{ "a route", "exchange", "<bob%other@example.org>", STAMP HEAD "\r\nx\r\n", 553 },
		{ "bare LF", "exchange", "<bob@example.org>", STAMP HEAD "\r\nx\ny\r\n", 550 },
	};
	struct stored before = stored_now(&fix);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CURLcode rc;
		long code = send_by_curl(cases[i].cert, &cases[i].rcpt, 1, cases[i].mail, &rc);

		if (rc == CURLE_OK || code != cases[i].want)
			fail_msg(
			    "%s: %ld, curl says %s", cases[i].name, code, curl_easy_strerror(rc));
	}
	assert_int_equal(stored_now(&fix).copies, before.copies);
	assert_int_equal(stored_now(&fix).files, before.files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),
		cmocka_unit_test(secured),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
