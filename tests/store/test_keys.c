/*
 * tests/store/test_keys.c - the key folder, and that receive has no key to what it takes in (P19).
 */
#include "observe.h"

#include "store/container_int.h"
#include "store/keys_int.h"
#include "store/store_int.h"
#include "store/tenant_int.h"

#include <sys/stat.h>
#include <unistd.h>

static void
test_init(void **state)
{
	static const char *const files[] = { "keys/master.key", "keys/auth.key", "keys/erased",
		"keys/heads" };
	char path[2 * TMPDIR_PATH_MAX], keys[2 * TMPDIR_PATH_MAX];
	struct buf master, auth;
	struct stat sb;
	struct tmpdir d;

	(void)state;
	tmpdir_make(&d);
	(void)tmpdir_join(&d, "keys", keys);
	assert_ok(store_keys_init(keys));
	assert_int_equal(stat(keys, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0700);
	for (size_t i = 0; i < COUNT(files); i++) {
		assert_int_equal(stat(tmpdir_join(&d, files[i], path), &sb), 0);
		assert_int_equal(sb.st_mode & 0777, 0600);
	}
	buf_init(&master, 1000);
	buf_init(&auth, 1000);
	tmpdir_read(&d, "keys/master.key", &master);
	tmpdir_read(&d, "keys/auth.key", &auth);
	assert_int_equal(master.len, 65);
	assert_false(span_eq(buf_span(&master), buf_span(&auth)));
	/* never again, not even when one of them is gone */
	assert_err(store_keys_init(keys), ERR_DENIED, "never replaced");
	assert_int_equal(unlink(tmpdir_join(&d, "keys/master.key", path)), 0);
	assert_int_equal(store_keys_init(keys), ERR_DENIED);
	buf_clear(&auth);
	tmpdir_read(&d, "keys/auth.key", &auth);
	assert_int_equal(auth.len, 65);
	buf_done(&master);
	buf_done(&auth);
	tmpdir_done(&d);
}

/* Who may not look into the folder does not hear that nothing is in it. */
static void
test_not_allowed(void **state)
{
	char keys_dir[2 * TMPDIR_PATH_MAX];
	bool root = geteuid() == 0;
	struct tmpdir d;
	struct keys k;
	enum err err;

	(void)state;
	tmpdir_make(&d);
	(void)tmpdir_join(&d, "keys", keys_dir);
	assert_ok(store_keys_init(keys_dir));
	assert_int_equal(chmod(keys_dir, 0), 0);
	assert_true(!root || seteuid(65534) == 0); /* root may look everywhere */
	err = keys_load(keys_dir, true, &k);
	assert_true(!root || seteuid(0) == 0);
	assert_err(err, ERR_DENIED, "auth.key: Permission denied");
	assert_int_equal(chmod(keys_dir, 0700), 0);
	assert_ok(keys_load(keys_dir, true, &k));
	keys_wipe(&k);
	tmpdir_done(&d);
}

static void
test_odd_files(void **state)
{
	static const struct {
		const char *name, *content;
		mode_t mode;
		enum err want;
	} cases[] = {
		{ "too short", "00112233\n", 0600, ERR_DENIED },
		{ "not hex", "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
		    0600, ERR_DENIED },
		{ "empty", "", 0600, ERR_DENIED },
		{ "others may read",
		    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0604,
		    ERR_DENIED },
		{ "the group may read",
		    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0640,
		    ERR_DENIED },
		{ "good", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
		    0600, ERR_OK },
	};
	char path[2 * TMPDIR_PATH_MAX], keys_dir[2 * TMPDIR_PATH_MAX];
	struct tmpdir d;
	struct keys k;

	(void)state;
	tmpdir_make(&d);
	(void)tmpdir_join(&d, "keys", keys_dir);
	assert_int_equal(keys_load(keys_dir, true, &k), ERR_NOT_FOUND);
	assert_ok(store_keys_init(keys_dir));
	(void)tmpdir_join(&d, "keys/master.key", path);
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum err err;

		tmpdir_write(&d, "keys/master.key", span_str(cases[i].content));
		assert_int_equal(chmod(path, cases[i].mode), 0);
		err = keys_load(keys_dir, true, &k);
		if (err != cases[i].want)
			fail_msg("%s: %s", cases[i].name, err_name(err));
		keys_wipe(&k);
	}
	/* a pipe in place of the file must not hang us */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_err(keys_load(keys_dir, true, &k), ERR_DENIED, "no plain file");
	tmpdir_done(&d);
}

/*
 * receive works with no master key, with one it may not read, and with a pipe in its place, which would keep
 * whoever opened it waiting. So it never opens it, and the tenant's private key stays sealed to it.
 */
static void
test_receive_has_no_key(void **state)
{
	char path[2 * TMPDIR_PATH_MAX];
	struct store_reader *r = NULL;
	struct fix_sent sent = { 0 };
	uint8_t key[X25519_SIZE];
	struct store *st = NULL;
	struct store_options o;
	struct fix f;

	(void)state;
	fix_init(&f);
	(void)tmpdir_join(&f.dir, "keys/master.key", path);
	fix_close(&f);
	for (int i = 0; i < 3; i++) {
		(void)unlink(path);
		if (i == 1)
			assert_int_equal(mkfifo(path, 0600), 0);
		if (i == 2) {
			tmpdir_write(&f.dir, "keys/master.key", SPAN("not a key"));
			assert_int_equal(chmod(path, 0), 0);
		}
		assert_ok(fix_commit(&f, fix_receive(&f),
		    &(struct fix_mail){ .secure = true, .size = 200000 }, &sent));
		assert_int_equal(sent.done.new_count, 1);
		/* what it wrote a moment ago it cannot read */
		assert_int_equal(
		    store_reader_open(f.receive, f.tenant_id, sent.mail_id, &r), ERR_DENIED);
		assert_int_equal(tenant_private_key(f.receive, f.tenant_id, key), ERR_DENIED);
		fix_close(&f);
	}
	/* nor are the statements that would fetch sealed keys its own */
	assert_int_equal(stmt_table[STMT_TENANT_PRIVATE_KEY].roles & STORE_RECEIVE, 0);
	assert_int_equal(stmt_table[STMT_MAIL_OPEN].roles & STORE_RECEIVE, 0);
	assert_int_equal(stmt_table[STMT_MAIL_META].roles & STORE_RECEIVE, 0);
	/* the other roles do not start without it */
	for (unsigned role = STORE_DELIVER; role <= STORE_ADMIN; role <<= 1) {
		o = fix_options(&f, (enum store_role)role);
		(void)unlink(path);
		assert_int_equal(store_open(&o, &st), ERR_NOT_FOUND);
	}
	fix_done(&f);
}

static void
test_derive(void **state)
{
	uint8_t a[32], b[32], c[32], d[32];
	struct fix f;

	(void)state;
	fix_init(&f);
	store_key_derive(fix_admin(&f), "mark", 1, a);
	store_key_derive(fix_receive(&f), "mark", 1, b);
	store_key_derive(f.receive, "mark", 2, c);
	store_key_derive(f.receive, "form", 1, d);
	assert_memory_equal(a, b, 32);
	assert_memory_not_equal(a, c, 32);
	assert_memory_not_equal(a, d, 32);
	fix_done(&f);
}

/* HKDF by hand: RFC 5869 with one block is HMAC(HMAC(0, key), info || 1). */
static void
test_derive_is_hkdf(void **state)
{
	static const uint8_t zero[32];
	uint8_t key[32], prk[32], want[32], got[32];
	uint8_t info[] = { 'm', 'a', 'r', 'k', 0, 0, 0, 0, 0, 0, 0, 1, 2, 1 };

	(void)state;
	memset(key, 7, sizeof(key));
	hmac_sha256(span_of(zero, 32), span_of(key, 32), prk);
	hmac_sha256(span_of(prk, 32), span_of(info, sizeof(info)), want);
	key_expand(key, "mark", 258, got);
	assert_memory_equal(got, want, 32);
}

static void
test_address_hash(void **state)
{
	uint8_t a[32], b[32];
	struct fix f;

	(void)state;
	fix_init(&f);
	assert_ok(store_address_hash(fix_admin(&f), 1, SPAN("Piet@Example.NL"), a));
	assert_ok(store_address_hash(f.admin, 1, SPAN("piet@example.nl"), b));
	assert_memory_equal(a, b, 32);
	assert_ok(store_address_hash(f.admin, 2, SPAN("piet@example.nl"), b));
	assert_memory_not_equal(a, b, 32);
	assert_int_equal(store_address_hash(f.admin, 1, SPAN("no address"), b), ERR_SYNTAX);
	fix_done(&f);
}

static void
test_sealed_values_stay_where_they_are(void **state)
{
	static const struct {
		const char *name;
		struct value_at at;
		enum err want;
	} cases[] = {
		{ "right", { "rcpt", 7, 1 }, ERR_OK },
		{ "another column", { "reply", 7, 1 }, ERR_DENIED },
		{ "another row", { "rcpt", 8, 1 }, ERR_DENIED },
		{ "another recipient", { "rcpt", 7, 2 }, ERR_DENIED },
	};
	uint8_t key[32] = { 1 };
	struct buf sealed, out;

	(void)state;
	buf_init(&sealed, 1000);
	buf_init(&out, 1000);
	assert_ok(value_seal(key, cases[0].at, SPAN("value"), &sealed));
	assert_int_equal(sealed.len, 5 + VALUE_OVERHEAD);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		if (value_open(key, cases[i].at, buf_span(&sealed), &out) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
	assert_int_equal(
	    value_open(key, cases[0].at, span_upto(buf_span(&sealed), 20), &out), ERR_DENIED);
	buf_done(&sealed);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_not_allowed),
		cmocka_unit_test(test_odd_files),
		cmocka_unit_test(test_receive_has_no_key),
		cmocka_unit_test(test_derive),
		cmocka_unit_test(test_derive_is_hkdf),
		cmocka_unit_test(test_address_hash),
		cmocka_unit_test(test_sealed_values_stay_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
