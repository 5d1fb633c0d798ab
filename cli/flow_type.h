/*
 * cli/flow_type.h - of which types (MessageTypeMatches) a mail in a file is. Pure.
 *
 * Exchange Online decides some of them by the message class or by properties that do not travel with the
 * text of a mail. Where the file has a sign of the type that is no proof, the answer is unknown.
 */
#ifndef SECUDOC_CLI_FLOW_TYPE_H
#define SECUDOC_CLI_FLOW_TYPE_H

#include "mime/index.h"
#include "rules/flow.h"

struct flow_type_facts {
	const struct flow_field *fields;
	size_t field_count;
	bool readable;       /* false: what follows is not known */
	enum mime_kind kind; /* of the whole message */
	bool signed_part;    /* multipart/signed, which is not looked into */
	bool sealed_part;    /* encrypted, or signed in a form that needs no other to be opened */
	bool rights_part;    /* application/x-microsoft-rpmsg-message */
};

/* flow_type_answer() - and one sentence why, a literal. */
enum rule_answer
flow_type_answer(enum flow_type type, const struct flow_type_facts *f, const char **ret_why);
const char *flow_type_name(enum flow_type type); /* "OOF", as Microsoft writes it */

#endif
