/*
 * store/stmt.c - the table of statements.
 */
#include "store/stmt.h"

#include "store/store.h"

#include <stddef.h>

#define R STORE_RECEIVE
#define D STORE_DELIVER
#define W STORE_WEB
#define A STORE_ADMIN

/* a copy without a link (STORE_RCPT_UNCHANGED) passes, whatever its mail does */
#define COPY_VERDICT "CASE WHEN c.link_rcpt_no = -2 THEN 0 ELSE m.verdict END"

const struct stmt_row stmt_table[STMT__COUNT] = {
#define STMT(name, roles, wide, sql) [STMT_##name] = { #name, roles, wide, sql },
#include "store/statements.def"
#undef STMT
};
