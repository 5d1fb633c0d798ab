/*
 * tests/store/test_tenant.c - tenants: versions, lookups, the cache, what is sealed.
 */
#include "observe.h"

#include <pthread.h>

static struct tenant *
copy_of(const struct tenant *t)
{
	struct tenant *c = NULL;
	struct buf json;

	buf_init(&json, 1u << 20);
	assert_ok(tenant_to_json(t, &json));
	assert_ok(tenant_from_json(buf_span(&json), &c));
	buf_done(&json);
	c->id = t->id;
	c->version = t->version;
	return c;
}

static void
test_lookups(void **state)
{
	const struct tenant *t;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_tenant_by_id(fix_receive(&f), f.tenant_id, &t));
	assert_int_equal(t->id, f.tenant_id);
	assert_int_equal(t->version, 1);
	assert_string_equal(t->name, "contoso");
	assert_string_equal(t->organisation, "Contoso");
	store_tenant_release(f.receive, &t);
	assert_null(t);
	assert_ok(
	    store_tenant_by_entra_id(f.receive, SPAN("9B1DEB4D-3B7D-4BAD-9BDD-2B0D7B3D0001"), &t));
	assert_int_equal(t->id, f.tenant_id);
	store_tenant_release(f.receive, &t);
	assert_ok(store_tenant_by_name(f.receive, "contoso", &t));
	store_tenant_release(f.receive, &t);
	assert_int_equal(store_tenant_by_id(f.receive, 5, &t), ERR_NOT_FOUND);
	assert_err(store_tenant_by_name(f.receive, "nobody", &t), ERR_NOT_FOUND,
	    "no tenant is called nobody");
	assert_int_equal(store_tenant_by_entra_id(f.receive, SPAN(""), &t), ERR_NOT_FOUND);
	assert_int_equal(
	    store_tenant_by_entra_id(f.receive, SPAN("9b1deb4d\0-3b7d"), &t), ERR_NOT_FOUND);
	fix_done(&f);
}

static void
test_versions(void **state)
{
	const struct tenant *old, *now;
	struct tenant *c;
	int64_t version;
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_tenant_by_id(fix_receive(&f), f.tenant_id, &old));
	c = copy_of(old);
	fix_set(c, "organisation", "Contoso BV");
	assert_ok(store_tenant_set(fix_admin(&f), c, &version));
	assert_int_equal(version, 2);
	/* another process knows it at once, who holds the old one keeps it */
	assert_ok(store_tenant_by_id(f.receive, f.tenant_id, &now));
	assert_string_equal(now->organisation, "Contoso BV");
	assert_int_equal(now->version, 2);
	assert_string_equal(old->organisation, "Contoso");
	/* a change of what is not the newest any more is refused */
	assert_int_equal(store_tenant_set(f.admin, c, &version), ERR_DENIED);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM tenant_version"), 2);
	(void)store_tenant_hold(f.receive, now);
	store_tenant_release(f.receive, &old);
	{
		const struct tenant *again = now;

		store_tenant_release(f.receive, &again);
	}
	store_tenant_release(f.receive, &now);
	tenant_free(&c);
	fix_done(&f);
}

static void
test_refused(void **state)
{
	struct tenant *t;
	int64_t id;
	struct fix f;

	(void)state;
	fix_init(&f);
	t = fix_tenant_new("contoso", 9);
	assert_err(store_tenant_add(fix_admin(&f), t, &id), ERR_SYNTAX, "already");
	tenant_free(&t);
	t = fix_tenant_new("other", 1);
	assert_err(store_tenant_add(f.admin, t, &id), ERR_SYNTAX, "another tenant");
	tenant_free(&t);
	t = fix_tenant_new("other", 3);
	t->entra_id = "no guid";
	assert_int_equal(store_tenant_add(f.admin, t, &id), ERR_SYNTAX);
	tenant_free(&t);
	/* only the administrator's role may */
	t = fix_tenant_new("other", 3);
	assert_int_equal(store_tenant_add(fix_receive(&f), t, &id), ERR_DENIED);
	assert_int_equal(store_tenant_add(fix_web(&f), t, &id), ERR_DENIED);
	tenant_free(&t);
	assert_int_equal(sql_int(&f, "SELECT COUNT(*) FROM tenant"), 1);
	fix_done(&f);
}

static void
test_settings_are_sealed(void **state)
{
	struct tenant *t;
	const struct tenant *found;
	struct buf file;
	int64_t id, other;
	struct fix f;
	char sql[200];

	(void)state;
	fix_init(&f);
	t = fix_tenant_new("secretive", 7);
	fix_set(t, "secret_values", "this-is-the-secret-value");
	assert_ok(store_tenant_add(fix_admin(&f), t, &id));
	tenant_free(&t);
	fix_close(&f);
	sql_run(&f, "PRAGMA wal_checkpoint(TRUNCATE)");
	buf_init(&file, 16u << 20);
	assert_true(file_read(f.database + strlen("sqlite:"), &file));
	assert_int_equal(span_find(buf_span(&file), SPAN("this-is-the-secret")), file.len);
	assert_true(span_find(buf_span(&file), SPAN("secretive")) < file.len);
	buf_done(&file);
	/* settings of one tenant under another's id do not open */
	other = f.tenant_id;
	(void)snprintf(sql, sizeof(sql),
	    "UPDATE tenant_version SET settings = (SELECT settings FROM"
	    " tenant_version WHERE tenant_id = %lld) WHERE tenant_id = %lld",
	    (long long)id, (long long)other);
	sql_run(&f, sql);
	assert_int_equal(store_tenant_by_id(fix_receive(&f), other, &found), ERR_DENIED);
	assert_ok(store_tenant_by_id(f.receive, id, &found));
	store_tenant_release(f.receive, &found);
	fix_done(&f);
}

static void
test_list(void **state)
{
	struct store_tenant_row *rows;
	char name[20];
	struct arena a;
	size_t count;
	struct fix f;

	(void)state;
	fix_init(&f);
	for (int i = 2; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "t%02d", i);
		(void)fix_tenant_add(&f, name, i);
	}
	arena_init(&a, 1u << 20);
	assert_ok(store_tenant_list(fix_admin(&f), &a, &rows, &count));
	assert_int_equal(count, 29);
	assert_string_equal(rows[0].name, "contoso");
	assert_string_equal(rows[28].name, "t29");
	assert_int_equal(rows[28].version, 1);
	arena_done(&a);
	fix_done(&f);
}

/* --- the cache between threads: for the thread sanitizer --- */

struct looker {
	struct fix *f;
	unsigned wrong;
};

static void *
look(void *arg)
{
	struct looker *l = arg;

	for (int i = 0; i < 100; i++) {
		const struct tenant *t = NULL;

		if (store_tenant_by_id(l->f->receive, l->f->tenant_id, &t) != ERR_OK) {
			l->wrong++;
			continue;
		}
		l->wrong += strcmp(t->name, "contoso") != 0;
		store_tenant_release(l->f->receive, &t);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct looker lookers[4];
	pthread_t threads[4];
	struct fix f;

	(void)state;
	fix_init(&f);
	(void)fix_receive(&f);
	for (size_t i = 0; i < 4; i++) {
		lookers[i] = (struct looker){ &f, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, look, &lookers[i]), 0);
	}
	for (int i = 0; i < 10; i++) {
		const struct tenant *t;
		struct tenant *c;
		int64_t version;

		assert_ok(store_tenant_by_id(f.admin, f.tenant_id, &t));
		c = copy_of(t);
		store_tenant_release(f.admin, &t);
		assert_ok(store_tenant_set(f.admin, c, &version));
		tenant_free(&c);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(lookers[i].wrong, 0);
	}
	fix_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_settings_are_sealed),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
