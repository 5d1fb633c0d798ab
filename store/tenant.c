/*
 * store/tenant.c - tenants as versioned rows, and the cache before them.
 */
#include "store/tenant.h"

#include "core/clock.h"
#include "store/limits.h"
#include "store/list.h"
#include "store/tenant_int.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One tenant in memory; freed when out of the cache and held by nobody. */
struct entry {
	struct entry *next;
	struct tenant *tenant;
	uint8_t public_key[X25519_SIZE];
	unsigned holders;
	bool cached;
};

struct tenant_cache {
	pthread_mutex_t lock;
	struct entry *entries; /* cached or held */
	int64_t counter;       /* the database's, when the cached ones were read */
};

enum err
tenant_cache_new(struct tenant_cache **ret)
{
	struct tenant_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return err_set(ERR_TEMP, "no memory for tenants");
	(void)pthread_mutex_init(&c->lock, NULL);
	*ret = c;
	return ERR_OK;
}

static void
entry_free(struct entry *e)
{
	tenant_free(&e->tenant);
	free(e);
}

/* drop_unused() - with the lock held. */
static void
drop_unused(struct tenant_cache *c)
{
	struct entry **at = &c->entries;

	while (*at != NULL) {
		struct entry *e = *at;

		if (e->cached || e->holders > 0) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		entry_free(e);
	}
}

void
tenant_cache_free(struct tenant_cache **c)
{
	if (*c == NULL)
		return;
	for (struct entry *e = (*c)->entries; e != NULL; e = e->next) {
		assert(e->holders == 0);
		e->cached = false;
	}
	drop_unused(*c);
	(void)pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

/* --- reading --- */

static enum err
settings_open(
    struct store *st, int64_t id, int64_t version, struct span sealed, struct tenant **ret)
{
	CLEANUP(buf_done_secret) struct buf json = { 0 };
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];

	buf_init(&json, STORE_SETTINGS_MAX);
	store_key_derive(st, "store-settings", id, key);
	TRY(value_open(key, (struct value_at){ "settings", id, version }, sealed, &json));
	return tenant_from_json(buf_span(&json), ret);
}

static enum err
entry_name(struct tenant *t, struct span name)
{
	char *copy = arena_strdup(&t->arena, name);

	if (copy == NULL)
		return err_set(ERR_TEMP, "no memory for a tenant");
	t->name = copy;
	return ERR_OK;
}

static enum err
entry_fill(struct store *st, struct db_rows *row, struct entry *e)
{
	int64_t id = db_get_int(row, 0), version = db_get_int(row, 2);
	struct span public_key = db_get_bytes(row, 3);

	if (public_key.len != X25519_SIZE)
		return err_set(ERR_DENIED, "public key of tenant %lld is odd", (long long)id);
	memcpy(e->public_key, public_key.p, X25519_SIZE);
	TRY(settings_open(st, id, version, db_get_bytes(row, 4), &e->tenant));
	e->tenant->id = id;
	e->tenant->version = version;
	return entry_name(e->tenant, db_get_bytes(row, 1));
}

static enum err
entry_read(struct store *st, struct db_conn *c, int64_t id, struct entry **ret)
{
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	struct entry *e;
	bool have;
	enum err err;

	TRY(db_query(c, STMT_TENANT_BY_ID, DB_ARGS(db_int(id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no tenant %lld", (long long)id);
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return err_set(ERR_TEMP, "no memory for a tenant");
	err = entry_fill(st, &row, e);
	if (err != ERR_OK) {
		entry_free(e);
		return err;
	}
	*ret = e;
	return ERR_OK;
}

/* cached_hold() - the cached entry with one more holder, or NULL; forgets all when counter has moved. */
static struct entry *
cached_hold(struct tenant_cache *c, int64_t counter, int64_t id)
{
	struct entry *found = NULL;

	(void)pthread_mutex_lock(&c->lock);
	if (c->counter != counter) {
		for (struct entry *e = c->entries; e != NULL; e = e->next)
			e->cached = false;
		drop_unused(c);
		c->counter = counter;
	}
	for (struct entry *e = c->entries; e != NULL; e = e->next)
		if (e->cached && e->tenant->id == id)
			found = e;
	if (found != NULL)
		found->holders++;
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

/* entry_add() - a fresh one, held once; two threads may both add one, the older serves until flushed. */
static void
entry_add(struct tenant_cache *c, int64_t counter, struct entry *e)
{
	assert(e != NULL);
	(void)pthread_mutex_lock(&c->lock);
	e->holders = 1;
	e->cached = c->counter == counter;
	for (struct entry *other = c->entries; other != NULL; other = other->next)
		if (other->cached && other->tenant->id == e->tenant->id)
			e->cached = false;
	e->next = c->entries;
	c->entries = e;
	(void)pthread_mutex_unlock(&c->lock);
}

static enum err
hold_by_id(struct store *st, struct db_conn *c, int64_t id, struct entry **ret)
{
	struct entry *e;
	int64_t counter;

	/* the counter first: a row read after it is at least as new */
	TRY(db_one_int(c, STMT_COUNTER_GET, DB_ARGS(db_text("tenants")), &counter));
	e = cached_hold(st->tenants, counter, id);
	if (e == NULL) {
		TRY(entry_read(st, c, id, &e));
		entry_add(st->tenants, counter, e);
	}
	*ret = e;
	return ERR_OK;
}

static enum err
entry_by_id(struct store *st, int64_t id, struct entry **ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };

	TRY(read_begin(st->readers, &rd));
	return hold_by_id(st, rd.conn, id, ret);
}

static void
entry_release(struct store *st, struct entry *e)
{
	struct tenant_cache *c = st->tenants;

	(void)pthread_mutex_lock(&c->lock);
	assert(e->holders > 0);
	e->holders--;
	drop_unused(c);
	(void)pthread_mutex_unlock(&c->lock);
}

/* entry_of() - with the lock held. */
static struct entry *
entry_of(struct tenant_cache *c, const struct tenant *t)
{
	struct entry *e = c->entries;

	while (e != NULL && e->tenant != t)
		e = e->next;
	assert(e != NULL);
	return e;
}

enum err
store_tenant_by_id(struct store *st, int64_t id, const struct tenant **ret)
{
	struct entry *e;

	TRY(entry_by_id(st, id, &e));
	*ret = e->tenant;
	return ERR_OK;
}

static enum err
by_text(struct store *st, enum stmt id_stmt, const char *text, const struct tenant **ret)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	struct entry *e;
	int64_t id;

	TRY(read_begin(st->readers, &rd));
	TRY(db_one_int(rd.conn, id_stmt, DB_ARGS(db_text(text)), &id));
	TRY(hold_by_id(st, rd.conn, id, &e));
	*ret = e->tenant;
	return ERR_OK;
}

enum err
store_tenant_by_entra_id(struct store *st, struct span entra_id, const struct tenant **ret)
{
	char lower[64];

	if (entra_id.len == 0 || entra_id.len >= sizeof(lower) ||
	    memchr(entra_id.p, 0, entra_id.len) != NULL)
		return err_set(ERR_NOT_FOUND, "no such Entra id");
	for (size_t i = 0; i < entra_id.len; i++)
		lower[i] = (char)tolower(entra_id.p[i]);
	lower[entra_id.len] = '\0';
	return by_text(st, STMT_TENANT_ID_BY_ENTRA, lower, ret);
}

enum err
store_tenant_by_name(struct store *st, const char *name, const struct tenant **ret)
{
	enum err err = by_text(st, STMT_TENANT_ID_BY_NAME, name, ret);

	/* an operator's typing mistake: he is told in his words */
	return err == ERR_NOT_FOUND ? err_set(err, "no tenant is called %s", name) : err;
}

void
store_tenant_release(struct store *st, const struct tenant **t)
{
	struct entry *e;

	if (*t == NULL)
		return;
	(void)pthread_mutex_lock(&st->tenants->lock);
	e = entry_of(st->tenants, *t);
	(void)pthread_mutex_unlock(&st->tenants->lock);
	entry_release(st, e);
	*t = NULL;
}

const struct tenant *
store_tenant_hold(struct store *st, const struct tenant *t)
{
	(void)pthread_mutex_lock(&st->tenants->lock);
	entry_of(st->tenants, t)->holders++;
	(void)pthread_mutex_unlock(&st->tenants->lock);
	return t;
}

/* --- keys --- */

enum err
tenant_public_key(struct store *st, int64_t id, uint8_t ret[X25519_SIZE])
{
	struct entry *e;

	TRY(entry_by_id(st, id, &e));
	memcpy(ret, e->public_key, X25519_SIZE);
	entry_release(st, e);
	return ERR_OK;
}

static enum err
read_private_key(struct store *st, int64_t id, struct buf *sealed)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows row = { NULL, NULL };
	bool have;

	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_TENANT_PRIVATE_KEY, DB_ARGS(db_int(id)), &row));
	TRY(db_next(&row, &have));
	if (!have)
		return err_set(ERR_NOT_FOUND, "no tenant %lld", (long long)id);
	return buf_put(sealed, db_get_bytes(&row, 0));
}

enum err
tenant_private_key(struct store *st, int64_t id, uint8_t ret[X25519_SIZE])
{
	CLEANUP(buf_done) struct buf sealed = { 0 };
	CLEANUP(buf_done_secret) struct buf opened = { 0 };
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];

	if (!st->keys.has_master)
		return err_set(ERR_DENIED, "this role has no master key");
	buf_init(&sealed, 256);
	buf_init(&opened, 256);
	TRY(read_private_key(st, id, &sealed));
	key_expand(st->keys.master, "store-tenant", id, key);
	TRY(value_open(key, (struct value_at){ "private", id, 0 }, buf_span(&sealed), &opened));
	if (opened.len != X25519_SIZE)
		return err_set(ERR_DENIED, "private key of tenant %lld is odd", (long long)id);
	memcpy(ret, opened.p, X25519_SIZE);
	return ERR_OK;
}

/* --- writing --- */

struct change {
	const struct tenant *t;
	int64_t id; /* of the tenant to be */
	int64_t version, now_ms;
	uint8_t public_key[X25519_SIZE];
	struct buf private_key, settings; /* sealed */
};

static void
change_done(struct change *ch)
{
	buf_done(&ch->private_key);
	buf_done(&ch->settings);
}

static enum err
settings_seal(struct store *st, struct change *ch)
{
	CLEANUP(buf_done_secret) struct buf json = { 0 };
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];

	buf_init(&json, STORE_SETTINGS_MAX - VALUE_OVERHEAD);
	buf_init(&ch->settings, STORE_SETTINGS_MAX);
	TRY(tenant_to_json(ch->t, &json));
	store_key_derive(st, "store-settings", ch->id, key);
	return value_seal(key, (struct value_at){ "settings", ch->id, ch->version },
	    buf_span(&json), &ch->settings);
}

static enum err
make_keys(struct store *st, struct change *ch)
{
	CLEANUP(key_wipe) uint8_t private_key[X25519_SIZE];
	CLEANUP(key_wipe) uint8_t key[STORE_KEY_SIZE];

	if (!st->keys.has_master)
		return err_set(ERR_DENIED, "this role has no master key");
	buf_init(&ch->private_key, 256);
	x25519_keypair(private_key, ch->public_key);
	key_expand(st->keys.master, "store-tenant", ch->id, key);
	return value_seal(key, (struct value_at){ "private", ch->id, 0 },
	    span_of(private_key, X25519_SIZE), &ch->private_key);
}

static enum err
refuse_taken(struct db_conn *c, const struct change *ch, bool name_too)
{
	int64_t unused;
	enum err err;

	if (name_too) {
		err = db_one_int(c, STMT_TENANT_NAME_TAKEN, DB_ARGS(db_text(ch->t->name)), &unused);
		if (err == ERR_OK)
			return err_set(ERR_SYNTAX, "there is a tenant %s already", ch->t->name);
		if (err != ERR_NOT_FOUND)
			return err;
	}
	err = db_one_int(
	    c, STMT_TENANT_ENTRA_TAKEN, DB_ARGS(db_text(ch->t->entra_id), db_int(ch->id)), &unused);
	if (err == ERR_OK)
		return err_set(ERR_SYNTAX, "entra_id %s is another tenant's", ch->t->entra_id);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
version_add(struct db_conn *c, const struct change *ch)
{
	TRY(db_exec(c, STMT_TENANT_VERSION_ADD,
	    DB_ARGS(db_int(ch->id), db_int(ch->version), db_blob(buf_span(&ch->settings)),
		db_int(ch->now_ms)),
	    NULL));
	return db_exec(c, STMT_COUNTER_ADD, DB_ARGS(db_text("tenants")), NULL);
}

static enum err
add_job(struct db_conn *c, void *arg)
{
	const struct change *ch = arg;

	TRY(refuse_taken(c, ch, true));
	TRY(db_exec(c, STMT_TENANT_ADD,
	    DB_ARGS(db_int(ch->id), db_text(ch->t->name), db_text(ch->t->entra_id),
		db_blob(span_of(ch->public_key, X25519_SIZE)), db_blob(buf_span(&ch->private_key)),
		db_int(ch->now_ms)),
	    NULL));
	return version_add(c, ch);
}

enum err
store_tenant_add(struct store *st, const struct tenant *t, int64_t *ret_id)
{
	CLEANUP(change_done) struct change ch = { .t = t };

	if (t->name == NULL || !word_ok(t->name, 64))
		return err_set(ERR_SYNTAX, "name of a tenant: 1 to 64 letters, digits, \"-\"");
	TRY(tenant_check(t));
	ch.id = store_new_id();
	ch.version = 1;
	ch.now_ms = clock_now_ms();
	TRY(settings_seal(st, &ch));
	TRY(make_keys(st, &ch));
	TRY(store_write(st, add_job, &ch));
	*ret_id = ch.id;
	return ERR_OK;
}

static enum err
set_job(struct db_conn *c, void *arg)
{
	const struct change *ch = arg;
	int64_t changed;

	TRY(refuse_taken(c, ch, false));
	TRY(db_exec(c, STMT_TENANT_SET,
	    DB_ARGS(db_int(ch->id), db_int(ch->t->version), db_text(ch->t->entra_id)), &changed));
	if (changed != 1)
		return err_set(ERR_DENIED, "tenant %lld has a newer version than %lld",
		    (long long)ch->id, (long long)ch->t->version);
	return version_add(c, ch);
}

enum err
store_tenant_set(struct store *st, const struct tenant *t, int64_t *ret_version)
{
	CLEANUP(change_done) struct change ch = { .t = t };

	TRY(tenant_check(t));
	ch.id = t->id;
	ch.version = t->version + 1;
	ch.now_ms = clock_now_ms();
	TRY(settings_seal(st, &ch));
	TRY(store_write(st, set_job, &ch));
	*ret_version = ch.version;
	return ERR_OK;
}

static enum err
list_row(struct db_rows *rows, struct arena *a, struct store_tenant_row *out)
{
	out->id = db_get_int(rows, 0);
	out->version = db_get_int(rows, 1);
	out->created_ms = db_get_int(rows, 2);
	out->changed_ms = db_get_int(rows, 3);
	out->name = arena_strdup(a, db_get_bytes(rows, 4));
	out->entra_id = arena_strdup(a, db_get_bytes(rows, 5));
	if (out->name == NULL || out->entra_id == NULL)
		return err_set(ERR_TEMP, "no memory for the list of tenants");
	return ERR_OK;
}

enum err
store_tenant_list(
    struct store *st, struct arena *a, struct store_tenant_row **ret, size_t *ret_count)
{
	CLEANUP(read_end) struct read rd = { NULL, NULL };
	CLEANUP(db_rows_done) struct db_rows rows = { NULL, NULL };
	struct list list = { .arena = a, .item_size = sizeof(struct store_tenant_row) };
	bool have;

	TRY(read_begin(st->readers, &rd));
	TRY(db_query(rd.conn, STMT_TENANT_LIST, DB_NO_ARGS, &rows));
	for (;;) {
		struct store_tenant_row *row;

		TRY(db_next(&rows, &have));
		if (!have)
			break;
		TRY(list_more(&list, (void **)&row));
		TRY(list_row(&rows, a, row));
	}
	*ret = list.items;
	*ret_count = list.count;
	return ERR_OK;
}
