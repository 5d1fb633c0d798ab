/*
 * store/state.h - the lives of a mail, a copy, a recipient and a transfer, as tables.
 *
 * The tables are the specification: a change of state that is not in them does not happen. Each row names
 * the commit it rides on and what a crash just before or just after that commit leaves. The numbers are those
 * in the database.
 */
#ifndef SECUDOC_STORE_STATE_H
#define SECUDOC_STORE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#define STATE_NONE (-1) /* before there is a row */

enum mail_state {
	MAIL_OPEN,   /* some copy is not done */
	MAIL_HELD,   /* all copies are done, links lead to it */
	MAIL_DONE,   /* nothing needs it any more: its key is to be destroyed */
	MAIL_ERASED, /* key destroyed; bytes gone, or about to be swept */
};

enum life { LIFE_MAIL, LIFE_COPY, LIFE_RCPT, LIFE_TRANSFER, LIFE__COUNT };

struct state_step {
	enum life life;
	int from, to;
	const char *event;
	const char *commit;
	const char *crash_before;
	const char *crash_after;
};
extern const struct state_step state_steps[];
extern const size_t state_step_count;

/* state_step_of() - the row for this change, or NULL: it is not allowed. */
const struct state_step *state_step_of(enum life life, int from, int to);
const char *state_name(enum life life, int state); /* "open", ...; "none"; "?" */
int state_count(enum life life);

/* state_change() - from and to as numbers for a statement; a change that is not in the table is our bug. */
void state_change(enum life life, int from, int to);

#endif
