/*
 * store/stmt.h - every statement there is, with the roles that may run it.
 *
 * No SQL stands anywhere else (the schema's steps excepted), and none is put together at run time. Each
 * statement names its tenant; those that cannot (a token is looked up before the tenant is known, a timed
 * job goes over all) say why in .wide, and a test insists on one of the two.
 */
#ifndef SECUDOC_STORE_STMT_H
#define SECUDOC_STORE_STMT_H

enum stmt {
#define STMT(name, roles, wide, sql) STMT_##name,
#include "store/statements.def"
#undef STMT
	STMT__COUNT
};

struct stmt_row {
	const char *name;
	unsigned roles;   /* mask of enum store_role */
	const char *wide; /* why it is not bound to one tenant; NULL: it is */
	const char *sql;
};
extern const struct stmt_row stmt_table[STMT__COUNT];

#endif
