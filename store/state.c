/*
 * store/state.c - the tables of store/state.h.
 */
#include "store/state.h"

#include "store/queue.h"
#include "store/transfer.h"

#include <assert.h>

static const char *const mail_names[] = { "open", "held", "done", "erased" };
static const char *const copy_names[] = { "queued", "claimed", "done" };
static const char *const rcpt_names[] = { "pending", "delivered", "failed", "dropped" };
static const char *const transfer_names[] = { "active", "expired", "revoked" };

#define NAMES(n)                              \
	{                                     \
		n, sizeof(n) / sizeof((n)[0]) \
	}
static const struct {
	const char *const *names;
	size_t count;
} lives[LIFE__COUNT] = {
	[LIFE_MAIL] = NAMES(mail_names),
	[LIFE_COPY] = NAMES(copy_names),
	[LIFE_RCPT] = NAMES(rcpt_names),
	[LIFE_TRANSFER] = NAMES(transfer_names),
};

const struct state_step state_steps[] = {
	{ LIFE_MAIL, STATE_NONE, MAIL_OPEN, "accepted", "store_mail_commit",
	    "no row; a file without a row is swept; the sender tries again",
	    "mail is ours; the sender may try again and is known by the repeat rows" },
	{ LIFE_MAIL, MAIL_OPEN, MAIL_HELD, "last copy done", "store_queue_result",
	    "claim stays; recovered and tried again", "result stands" },
	{ LIFE_MAIL, MAIL_OPEN, MAIL_DONE, "last copy done, no link", "store_queue_result",
	    "claim stays; recovered and tried again", "result stands; housekeeping erases" },
	{ LIFE_MAIL, MAIL_HELD, MAIL_DONE, "transfer over",
	    "store_housekeeping, store_transfer_revoke",
	    "links still active; the next round ends them", "links are dead; housekeeping erases" },
	{ LIFE_MAIL, MAIL_DONE, MAIL_ERASED, "key destroyed", "store_housekeeping",
	    "the id may be on the erased list already: the next follow erases the row",
	    "a file may be left: swept" },
	{ LIFE_MAIL, MAIL_OPEN, MAIL_ERASED, "erased list followed", "store_open",
	    "the next open follows again", "a restored mail stays erased; its copies fail" },
	{ LIFE_MAIL, MAIL_HELD, MAIL_ERASED, "erased list followed", "store_open",
	    "the next open follows again", "a restored mail stays erased" },

	{ LIFE_COPY, STATE_NONE, STORE_COPY_QUEUED, "accepted", "store_mail_commit", "no row",
	    "due at once" },
	{ LIFE_COPY, STORE_COPY_QUEUED, STORE_COPY_CLAIMED, "claimed", "store_queue_claim",
	    "still queued", "owner's lock is gone: store_queue_recover queues it" },
	{ LIFE_COPY, STORE_COPY_CLAIMED, STORE_COPY_QUEUED, "retry, release, recover",
	    "store_queue_result, store_queue_release, store_queue_recover",
	    "claim stays; recovered", "queued for its next try" },
	{ LIFE_COPY, STORE_COPY_CLAIMED, STORE_COPY_DONE, "all recipients final",
	    "store_queue_result",
	    "claim stays; recovered and tried again: the remote server may see it twice",
	    "result and report stand together" },
	{ LIFE_COPY, STORE_COPY_QUEUED, STORE_COPY_DONE, "dropped", "store_queue_drop",
	    "still queued", "dropped" },

	{ LIFE_RCPT, STATE_NONE, STORE_RCPT_PENDING, "accepted", "store_mail_commit", "no row",
	    "in a queued copy" },
	{ LIFE_RCPT, STORE_RCPT_PENDING, STORE_RCPT_DELIVERED, "delivered", "store_queue_result",
	    "pending; tried again", "never tried again" },
	{ LIFE_RCPT, STORE_RCPT_PENDING, STORE_RCPT_FAILED, "failed", "store_queue_result",
	    "pending; tried again, no report", "the report is in the queue" },
	{ LIFE_RCPT, STORE_RCPT_PENDING, STORE_RCPT_DROPPED, "dropped", "store_queue_drop",
	    "pending", "never tried again" },

	{ LIFE_TRANSFER, STATE_NONE, STORE_TRANSFER_ACTIVE, "accepted", "store_mail_commit",
	    "no row", "links work" },
	{ LIFE_TRANSFER, STORE_TRANSFER_ACTIVE, STORE_TRANSFER_EXPIRED, "expired",
	    "store_housekeeping", "refused by the clock already; the next round ends it",
	    "links and sessions are dead" },
	{ LIFE_TRANSFER, STORE_TRANSFER_ACTIVE, STORE_TRANSFER_REVOKED, "revoked",
	    "store_transfer_revoke", "links work", "links and sessions are dead" },
};
const size_t state_step_count = sizeof(state_steps) / sizeof(state_steps[0]);

const struct state_step *
state_step_of(enum life life, int from, int to)
{
	for (size_t i = 0; i < state_step_count; i++)
		if (state_steps[i].life == life && state_steps[i].from == from &&
		    state_steps[i].to == to)
			return &state_steps[i];
	return NULL;
}

int
state_count(enum life life)
{
	return (int)lives[life].count;
}

const char *
state_name(enum life life, int state)
{
	if (state == STATE_NONE)
		return "none";
	if (state < 0 || state >= state_count(life))
		return "?";
	return lives[life].names[state];
}

void
state_change(enum life life, int from, int to)
{
	assert(state_step_of(life, from, to) != NULL);
}

const char *
store_copy_state_name(enum store_copy_state s)
{
	return state_name(LIFE_COPY, (int)s);
}

const char *
store_rcpt_state_name(enum store_rcpt_state s)
{
	return state_name(LIFE_RCPT, (int)s);
}

const char *
store_transfer_state_name(enum store_transfer_state s)
{
	return state_name(LIFE_TRANSFER, (int)s);
}

const char *
store_link_state_name(enum store_link_state s)
{
	return state_name(LIFE_TRANSFER, (int)s); /* a link lives as its transfer does */
}
