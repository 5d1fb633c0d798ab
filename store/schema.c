/*
 * store/schema.c - the steps of the schema and how they are taken.
 *
 * The common subset of SQLite and PostgreSQL: BIGINT, TEXT, BLOB (a domain over BYTEA there). Booleans and
 * states are BIGINT. A step is never edited once it was released; a change is a new step.
 */
#include "store/schema.h"

#include "store/db.h"

#include <assert.h>

static const char step_tenants_audit[] =
    "CREATE TABLE counter ("
    " name TEXT PRIMARY KEY,"
    " value BIGINT NOT NULL);"
    "INSERT INTO counter (name, value) VALUES ('tenants', 1), ('erased', 0);"
    "CREATE TABLE tenant ("
    " id BIGINT PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " entra_id TEXT NOT NULL UNIQUE,"
    " version BIGINT NOT NULL,"
    " public_key BLOB NOT NULL,"
    " private_key BLOB NOT NULL," /* sealed under the master key */
    " created_ms BIGINT NOT NULL);"
    "CREATE TABLE tenant_version ("
    " tenant_id BIGINT NOT NULL REFERENCES tenant (id),"
    " version BIGINT NOT NULL,"
    " settings BLOB NOT NULL," /* sealed under a key from auth.key */
    " changed_ms BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, version));"
    "CREATE TABLE audit ("
    " tenant_id BIGINT NOT NULL,"
    " seq BIGINT NOT NULL,"
    " time_ms BIGINT NOT NULL,"
    " event TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " mail_id BIGINT NOT NULL,"
    " transfer_id BIGINT NOT NULL,"
    " copy_id BIGINT NOT NULL,"
    " number BIGINT NOT NULL,"
    " address_hash BLOB,"
    " mac BLOB NOT NULL,"
    " PRIMARY KEY (tenant_id, seq));"
    "CREATE TABLE audit_head ("
    " tenant_id BIGINT PRIMARY KEY,"
    " seq BIGINT NOT NULL,"
    " mac BLOB NOT NULL," /* of line seq */
    " head_mac BLOB NOT NULL);";

static const char step_mail[] =
    "CREATE TABLE mail ("
    " id BIGINT PRIMARY KEY,"
    " tenant_id BIGINT NOT NULL REFERENCES tenant (id),"
    " received_ms BIGINT NOT NULL,"
    " state BIGINT NOT NULL,"
    " verdict BIGINT NOT NULL,"
    " origin BIGINT NOT NULL,"
    " reason TEXT NOT NULL,"
    " flags BIGINT NOT NULL,"
    " dsn_ret BIGINT NOT NULL,"
    " returned_copy_id BIGINT NOT NULL,"
    " open_copies BIGINT NOT NULL,"
    " sealed_key BLOB," /* NULL: destroyed */
    " facts BLOB,"      /* sealed under the mail's key */
    " stored_bytes BIGINT NOT NULL,"
    " container BLOB);" /* NULL: a file */
    "CREATE INDEX mail_state ON mail (state, id);"
    "CREATE TABLE copy ("
    " id BIGINT PRIMARY KEY,"
    " tenant_id BIGINT NOT NULL,"
    " mail_id BIGINT NOT NULL REFERENCES mail (id),"
    " state BIGINT NOT NULL,"
    " owner BIGINT NOT NULL,"
    " attempts BIGINT NOT NULL,"
    " first_try_ms BIGINT NOT NULL,"
    " next_try_ms BIGINT NOT NULL,"
    " link_rcpt_no BIGINT NOT NULL);"
    "CREATE INDEX copy_due ON copy (state, tenant_id, next_try_ms);"
    "CREATE INDEX copy_owner ON copy (owner) WHERE owner <> 0;"
    "CREATE TABLE rcpt ("
    " mail_id BIGINT NOT NULL REFERENCES mail (id),"
    " no BIGINT NOT NULL,"
    " tenant_id BIGINT NOT NULL,"
    " copy_id BIGINT NOT NULL,"
    " state BIGINT NOT NULL,"
    " notify BIGINT NOT NULL,"
    " address BLOB NOT NULL," /* address and ORCPT, sealed under the mail's key */
    " address_hash BLOB NOT NULL,"
    " reply BLOB," /* sealed under the mail's key */
    " done_ms BIGINT NOT NULL,"
    " PRIMARY KEY (mail_id, no));"
    "CREATE INDEX rcpt_copy ON rcpt (copy_id, no);";

static const char step_repeats_returns[] = "CREATE TABLE repeat_seen ("
					   " tenant_id BIGINT NOT NULL,"
					   " hash BLOB NOT NULL,"
					   " seen_ms BIGINT NOT NULL,"
					   " mail_id BIGINT NOT NULL,"
					   " PRIMARY KEY (tenant_id, hash));"
					   "CREATE INDEX repeat_age ON repeat_seen (seen_ms);"
					   "CREATE TABLE returned ("
					   " tenant_id BIGINT NOT NULL,"
					   " copy_id BIGINT NOT NULL REFERENCES copy (id),"
					   " address_hash BLOB NOT NULL,"
					   " seen_ms BIGINT NOT NULL,"
					   " PRIMARY KEY (tenant_id, copy_id, address_hash));";

static const char step_transfers[] = "CREATE TABLE transfer ("
				     " id BIGINT PRIMARY KEY,"
				     " tenant_id BIGINT NOT NULL,"
				     " mail_id BIGINT NOT NULL UNIQUE REFERENCES mail (id),"
				     " state BIGINT NOT NULL,"
				     " created_ms BIGINT NOT NULL,"
				     " expires_ms BIGINT NOT NULL,"
				     " shared BIGINT NOT NULL,"
				     " link_count BIGINT NOT NULL);"
				     "CREATE INDEX transfer_due ON transfer (state, expires_ms);"
				     "CREATE TABLE link ("
				     " id BIGINT PRIMARY KEY,"
				     " tenant_id BIGINT NOT NULL,"
				     " transfer_id BIGINT NOT NULL REFERENCES transfer (id),"
				     " mail_id BIGINT NOT NULL,"
				     " rcpt_no BIGINT NOT NULL," /* -1: shared */
				     " token_hash BLOB NOT NULL UNIQUE);"
				     "CREATE INDEX link_transfer ON link (transfer_id, rcpt_no);"
				     "CREATE TABLE code ("
				     " id BIGINT PRIMARY KEY,"
				     " tenant_id BIGINT NOT NULL,"
				     " link_id BIGINT NOT NULL REFERENCES link (id),"
				     " rcpt_no BIGINT NOT NULL,"
				     " code_hash BLOB," /* NULL: void */
				     " made_ms BIGINT NOT NULL,"
				     " expires_ms BIGINT NOT NULL,"
				     " attempts BIGINT NOT NULL);"
				     "CREATE INDEX code_link ON code (link_id, rcpt_no, made_ms);"
				     "CREATE INDEX code_age ON code (made_ms);"
				     "CREATE TABLE session ("
				     " token_hash BLOB PRIMARY KEY,"
				     " tenant_id BIGINT NOT NULL,"
				     " link_id BIGINT NOT NULL REFERENCES link (id),"
				     " rcpt_no BIGINT NOT NULL,"
				     " expires_ms BIGINT NOT NULL);"
				     "CREATE INDEX session_age ON session (expires_ms);";

static const char step_audit_by_mail[] =
    "CREATE INDEX audit_mail ON audit (tenant_id, mail_id, seq) WHERE mail_id <> 0;";

const char *const schema_steps[] = {
	step_tenants_audit,
	step_mail,
	step_repeats_returns,
	step_transfers,
	step_audit_by_mail,
};
const size_t schema_step_count = sizeof(schema_steps) / sizeof(schema_steps[0]);

static enum err
apply_in_transaction(struct db_conn *c, int64_t to)
{
	int64_t version;

	TRY(db_schema_version(c, &version));
	if (version > to)
		return err_set(ERR_DENIED, "database has schema %lld, this program knows %lld",
		    (long long)version, (long long)to);
	for (; version < to; version++)
		TRY(db_script(c, schema_steps[version]));
	return db_set_schema_version(c, to);
}

enum err
schema_apply(struct db_conn *c, int64_t to)
{
	enum err err;

	assert(to >= 0 && to <= (int64_t)schema_step_count);
	TRY(db_begin(c));
	err = apply_in_transaction(c, to);
	if (err != ERR_OK) {
		db_rollback(c);
		return err;
	}
	return db_commit(c);
}
