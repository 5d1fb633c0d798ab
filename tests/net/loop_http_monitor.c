/*
 * The small responder for health and metrics, asked by libcurl.
 */
#include "net/http_monitor.h"
#include "net/listen.h"
#include "support/unit.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum err
render_ok(void *ctx, struct buf *out, unsigned *ret_status)
{
	assert_int_equal(*ret_status, 200);
	return buf_printf(out, "runs %d\n", ++*(int *)ctx);
}

static enum err
render_ill(void *ctx, struct buf *out, unsigned *ret_status)
{
	(void)ctx;
	*ret_status = 500;
	return buf_put_str(out, "deliver: restarting\n");
}

static enum err
render_broken(void *ctx, struct buf *out, unsigned *ret_status)
{
	(void)ctx, (void)ret_status;
	(void)!buf_put_str(out, "half");
	return err_set(ERR_TEMP, "no memory");
}

static size_t
take(char *p, size_t size, size_t count, void *ctx)
{
	assert_ok(buf_put(ctx, span_of(p, size * count)));
	return size * count;
}

static long
fetch(unsigned port, const char *method, const char *path, struct buf *all)
{
	CURL *c = curl_easy_init();
	char url[128];
	long status = 0;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, path);
	buf_clear(all);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_NOBODY, strcmp(method, "HEAD") == 0 ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, all);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, all);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 60L);
	assert_int_equal(curl_easy_perform(c), CURLE_OK);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	return status;
}

static void
test_monitor(void **state)
{
	static const struct {
		const char *method, *path;
		long status;
		const char *body;
	} cases[] = {
		{ "GET", "/healthz", 200, "runs 1\n" },
		{ "GET", "/healthz?x=1", 200, "runs 2\n" },
		{ "HEAD", "/healthz", 200, "" },
		{ "GET", "/ill", 500, "deliver: restarting\n" },
		{ "GET", "/broken", 503, NULL },
		{ "GET", "/", 404, "not found\n" },
		{ "GET", "/healthz/", 404, "not found\n" },
		{ "GET", "/HEALTHZ", 404, "not found\n" },
		{ "GET", "/%68ealthz", 404, "not found\n" },
		{ "POST", "/healthz", 405, NULL },
		{ "DELETE", "/healthz", 405, NULL },
		{ "OPTIONS", "/healthz", 405, NULL },
	};
	const char *type = "text/plain; version=0.0.4; charset=utf-8";
	int runs = 0;
	const struct http_monitor_page pages[] = {
		{ "/healthz", type, render_ok, &runs },
		{ "/ill", type, render_ill, NULL },
		{ "/broken", type, render_broken, NULL },
	};
	struct http_monitor *m = NULL;
	char name[LISTEN_NAME_SIZE];
	struct buf all;
	int fd;

	(void)state;
	buf_init(&all, 1u << 20);
	assert_ok(listen_open("127.0.0.1:0", &fd));
	assert_ok(http_monitor_start(fd, pages, COUNT(pages), &m));
	(void)listen_name(fd, name);
	for (size_t i = 0; i < COUNT(cases); i++) {
		long status = fetch(
		    (unsigned)atoi(strrchr(name, ':') + 1), cases[i].method, cases[i].path, &all);
		const char *body = strstr(buf_cstr(&all), "\r\n\r\n");

		if (status != cases[i].status)
			fail_msg("%s %s: %ld", cases[i].method, cases[i].path, status);
		assert_non_null(body);
		if (cases[i].body != NULL)
			assert_string_equal(body + 4, cases[i].body);
		if (status == 200)
			assert_non_null(strstr(buf_cstr(&all), type));
		if (status == 405)
			assert_non_null(strstr(buf_cstr(&all), "Allow: GET, HEAD"));
	}
	http_monitor_free(&m);
	http_monitor_free(&m); /* NULL is fine */
	(void)close(fd);
	buf_done(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_monitor) };

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
