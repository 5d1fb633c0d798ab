/*
 * portal/visit_link.c - with a link: what is waiting, ask for a code, enter it.
 *
 * A link of one recipient knows where its code goes. A shared link asks for an address and answers
 * alike whether or not that is a recipient (P8): same page, same words, and not before a fixed time
 * has passed, as the work behind the answer differs.
 */
#include "core/address.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "mime/banner.h"
#include "portal/code_mail.h"
#include "portal/file_list.h"
#include "portal/guard.h"
#include "portal/page.h"
#include "portal/reply.h"
#include "portal/session.h"
#include "portal/visit.h"

#include <poll.h>
#include <stdio.h>

#define SHARED_ANSWER_MS 400 /* longer than two commits and a mail take on a slow disk */
#define NO_RCPT          (-1)
#define FILES_SHOWN      4u /* more fold away, so that the button is in sight on a phone */

static bool
is_shared(const struct visit *v)
{
	return v->link.rcpt_no == STORE_RCPT_SHARED;
}

static void
page_token(const struct visit *v, char ret[GUARD_TOKEN_SIZE])
{
	guard_page_token(v->web->form_key, v->token, v->now_ms, ret);
}

/* "b•••@example.com": who it is for recognises it, who finds the link learns little. */
static struct span
masked_address(struct visit *v)
{
	struct span address = v->link.rcpts[0].address, masked;
	size_t at = address.len, first = 1;

	while (at > 0 && address.p[at - 1] != '@')
		at--;
	while (
	    first < at && (address.p[first] & 0xc0) == 0x80) /* the rest of one UTF-8 character */
		first++;
	if (at < 2 ||
	    arena_printf(v->arena, &masked, "%.*s•••@%.*s", (int)first, (const char *)address.p,
		(int)(address.len - at), (const char *)address.p + at) != ERR_OK)
		return SPAN("•••");
	return masked;
}

/* --- the link page --- */

static enum err
date_text(struct visit *v, int64_t ms, struct span *ret)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, 64);
	TRY(mime_text_date(v->language, ms, &text));
	return arena_dup(v->arena, buf_span(&text), ret);
}

/* "Alice <alice@x>" in two; anything else is all address. */
static void
split_sender(const struct store_mail_facts *facts, struct span *ret_name, struct span *ret_address)
{
	struct span from = span_trim(facts->from), name = SPAN_NONE;

	*ret_name = SPAN_NONE;
	*ret_address = from.len > 0 ? from : facts->sender;
	if (!span_take_until(&from, '<', &name) || from.len < 3 || from.p[from.len - 1] != '>')
		return;
	name = span_trim(name);
	if (name.len >= 2 && name.p[0] == '"' && name.p[name.len - 1] == '"')
		name = span_of(name.p + 1, name.len - 2);
	*ret_name = name;
	*ret_address = span_of(from.p + 1, from.len - 2);
}

/* The handle of a session that this browser still has for the link, or "". */
static struct span
open_handle(struct visit *v)
{
	char handle[WEB_HANDLE_SIZE];

	session_handle(v->web, v->link.id, handle);
	if (session_find(v, span_str(handle)) != ERR_OK)
		return SPAN_NONE;
	return span_str(v->handle);
}

static enum err
show_link(struct visit *v, unsigned status, bool address_error)
{
	CLEANUP(files_free) struct files *files = NULL;
	CLEANUP(file_list_done) struct file_list list = { 0 };
	char page[GUARD_TOKEN_SIZE], more_text[24];
	struct span until, name, sender;
	size_t shown, more;

	TRY(files_open(v->web->store, v->link.tenant_id, v->link.mail_id, &files));
	TRY(file_list_init(&list, files, v->language));
	TRY(date_text(v, v->link.expires_ms, &until));
	page_token(v, page);
	split_sender(&v->link.facts, &name, &sender);
	shown = list.count > FILES_SHOWN + 1 ? FILES_SHOWN : list.count;
	more = list.count - shown;
	(void)snprintf(more_text, sizeof(more_text), "%zu", more);

	const struct template_value values[] = {
		TEMPLATE_SET("token", v->token),
		TEMPLATE_SET("page", span_str(page)),
		TEMPLATE_SET("count", span_str(list.count_text)),
		TEMPLATE_SWITCH("one", list.count == 1),
		TEMPLATE_SET("sender_name", name),
		TEMPLATE_SET("sender", sender),
		TEMPLATE_SET("until", until),
		TEMPLATE_SET("total", list.total),
		TEMPLATE_SET("address", is_shared(v) ? SPAN_NONE : masked_address(v)),
		TEMPLATE_SWITCH("typed", is_shared(v)),
		TEMPLATE_SWITCH("address_error", address_error),
		TEMPLATE_LIST("files", list.rows, shown),
		TEMPLATE_SWITCH("more", more > 0),
		TEMPLATE_SWITCH("more_one", more == 1),
		TEMPLATE_SET("more_count", span_str(more_text)),
		TEMPLATE_LIST("more_files", list.rows + shown, more),
		TEMPLATE_SET("open_handle", open_handle(v)),
	};
	reply_page(v, status, page_link,
	    &(struct template_view){ values, sizeof(values) / sizeof(values[0]) });
	return ERR_OK;
}

void
visit_link(struct visit *v)
{
	enum err err = show_link(v, 200, false);

	if (err != ERR_OK)
		reply_err(v, "link-page", err);
}

/* --- code entry --- */

enum code_trouble { CODE_FINE, CODE_WRONG, CODE_USED_UP, CODE_NOT_RIGHT, CODE_ODD, CODE_TOO_MANY };

static void
show_code(struct visit *v, unsigned status, enum code_trouble trouble, int left)
{
	int64_t minutes = (v->web->config->web_code_life_ms + 59999) / 60000;
	char page[GUARD_TOKEN_SIZE], minutes_text[24], left_text[24];

	page_token(v, page);
	(void)snprintf(minutes_text, sizeof(minutes_text), "%lld", (long long)minutes);
	(void)snprintf(left_text, sizeof(left_text), "%d", left);

	const struct template_value values[] = {
		TEMPLATE_SET("token", v->token),
		TEMPLATE_SET("page", span_str(page)),
		TEMPLATE_SET("who", is_shared(v) ? v->input.who : SPAN_NONE),
		TEMPLATE_SET("minutes", span_str(minutes_text)),
		TEMPLATE_SET("address", is_shared(v) ? SPAN_NONE : masked_address(v)),
		TEMPLATE_SWITCH("typed", is_shared(v)),
		TEMPLATE_SWITCH("error", trouble != CODE_FINE),
		TEMPLATE_SWITCH("wrong", trouble == CODE_WRONG),
		TEMPLATE_SET("left", span_str(left_text)),
		TEMPLATE_SWITCH("last", left == 1),
		TEMPLATE_SWITCH("used_up", trouble == CODE_USED_UP),
		TEMPLATE_SWITCH("not_right", trouble == CODE_NOT_RIGHT),
		TEMPLATE_SWITCH("odd", trouble == CODE_ODD),
		TEMPLATE_SWITCH("too_many", trouble == CODE_TOO_MANY),
	};
	reply_page(v, status, page_code,
	    &(struct template_view){ values, sizeof(values) / sizeof(values[0]) });
}

static struct span
link_path(struct visit *v, const char *more)
{
	struct span path;

	/* the token was found, so it is 32 characters of base32 */
	if (arena_printf(v->arena, &path, "/t/%.*s%s", (int)v->token.len, (const char *)v->token.p,
		more) != ERR_OK)
		return SPAN("/closed");
	return path;
}

void
visit_code(struct visit *v)
{
	if (is_shared(v) && v->input.who.len == 0)
		reply_see(v, (const char *)link_path(v, "").p, NULL);
	else
		show_code(v, 200, CODE_FINE, 0);
}

/* --- ask for a code --- */

static enum err
send_code(struct visit *v, int rcpt_no, enum store_code_new *ret)
{
	int64_t life_ms = v->web->config->web_code_life_ms;
	char code[STORE_CODE_SIZE];
	struct code_mail mail = { .tenant = v->tenant,
		.language = v->language,
		.code = code,
		.life_ms = life_ms,
		.now_ms = v->now_ms };
	enum err err;

	for (size_t i = 0; i < v->link.rcpt_count; i++)
		if (v->link.rcpts[i].no == rcpt_no)
			mail.to = v->link.rcpts[i].address;
	TRY(store_code_new(v->web->store, &v->link, rcpt_no, v->now_ms, life_ms, ret, code));
	if (*ret != STORE_CODE_MADE)
		return ERR_OK;
	err = code_mail_send(v->web->store, &mail);
	crypto_wipe(code, sizeof(code));
	if (err == ERR_OK)
		metric_add(METRIC_CODES_SENT, 1);
	return err;
}

/* Until a fixed time after the request came, or the process is told to stop. */
static void
wait_until(const struct visit *v, int64_t mono_ms)
{
	int64_t left = mono_ms - clock_mono_ms();

	if (left > 0)
		(void)poll(&(struct pollfd){ v->web->stop_fd, POLLIN, 0 }, 1, (int)left);
}

static void
code_new_known(struct visit *v)
{
	enum store_code_new answer;
	enum err err = send_code(v, v->link.rcpts[0].no, &answer);

	if (err != ERR_OK)
		reply_err(v, "code-new", err);
	else if (answer == STORE_CODE_LINK_GONE)
		reply_refusal(v, 404);
	else if (answer == STORE_CODE_TOO_MANY)
		show_code(v, 429, CODE_TOO_MANY, 0);
	else
		reply_see(v, (const char *)link_path(v, "/code").p, NULL);
}

static enum err
code_new_stranger(struct visit *v)
{
	return store_audit_add(v->web->store, v->link.tenant_id,
	    &(struct store_audit_line){ .event = "code-refused",
		.reason = "not-a-recipient",
		.address = v->input.address,
		.mail_id = v->link.mail_id,
		.transfer_id = v->link.transfer_id });
}

static enum err
code_new_typed(struct visit *v, char who[GUARD_TOKEN_SIZE])
{
	CLEANUP(buf_done) struct buf canonical;
	enum store_code_new
	    answer; /* not told: how many codes there were is a recipient's business */
	int rcpt_no;

	buf_init(&canonical, ADDRESS_MAX);
	TRY(address_canonical(v->input.address, &canonical));
	guard_who(v->web->form_key, v->token, buf_span(&canonical), who);
	if (store_link_rcpt_find(&v->link, v->input.address, &rcpt_no) != ERR_OK)
		return code_new_stranger(v);
	return send_code(v, rcpt_no, &answer);
}

static void
code_new_shared(struct visit *v)
{
	int64_t answer_ms = clock_mono_ms() + SHARED_ANSWER_MS;
	char who[GUARD_TOKEN_SIZE], query[GUARD_TOKEN_SIZE + 8];
	enum err err;

	if (!v->input.address_ok) {
		err = show_link(v, 400, true);
		if (err != ERR_OK)
			reply_err(v, "link-page", err);
		return;
	}
	err = code_new_typed(v, who);
	wait_until(v, answer_ms);
	if (err != ERR_OK) {
		reply_err(v, "code-new", err);
		return;
	}
	(void)snprintf(query, sizeof(query), "who=%s", who);
	reply_see(v, (const char *)link_path(v, "/code").p, query);
}

void
visit_code_new(struct visit *v)
{
	if (is_shared(v))
		code_new_shared(v);
	else
		code_new_known(v);
}

/* --- enter it --- */

/* The recipient whom the who token of a shared link names, or NO_RCPT. */
static int
named_rcpt(struct visit *v)
{
	int found = NO_RCPT;

	for (size_t i = 0; i < v->link.rcpt_count; i++) {
		CLEANUP(buf_done) struct buf canonical;
		char who[GUARD_TOKEN_SIZE];

		buf_init(&canonical, ADDRESS_MAX);
		if (address_canonical(v->link.rcpts[i].address, &canonical) != ERR_OK)
			continue;
		guard_who(v->web->form_key, v->token, buf_span(&canonical), who);
		if (span_eq_secret(span_str(who), v->input.who))
			found = v->link.rcpts[i].no;
	}
	return found;
}

static void
opened(struct visit *v, const struct store_code_tried *tried)
{
	char handle[WEB_HANDLE_SIZE], path[WEB_HANDLE_SIZE + 4];

	session_handle(v->web, v->link.id, handle);
	(void)snprintf(path, sizeof(path), "/f/%s", handle);
	reply_see(v, path, NULL);
	session_cookie(v, handle, span_str(tried->session), v->web->config->web_session_life_ms);
}

static void
answer_code(struct visit *v, const struct store_code_tried *tried)
{
	if (tried->answer == STORE_CODE_RIGHT) {
		opened(v, tried);
		return;
	}
	if (tried->answer == STORE_CODE_GONE) {
		reply_refusal(v, 404);
		return;
	}
	metric_add(METRIC_CODES_WRONG, 1);
	if (is_shared(v))
		show_code(v, 403, CODE_NOT_RIGHT, 0);
	else if (tried->answer == STORE_CODE_WRONG && tried->attempts_left > 0)
		show_code(v, 403, CODE_WRONG, tried->attempts_left);
	else
		show_code(v, 403, CODE_USED_UP, 0);
}

void
visit_open(struct visit *v)
{
	const struct config *config = v->web->config;
	int64_t answer_ms = clock_mono_ms() + SHARED_ANSWER_MS;
	struct store_code_tried tried = { .answer = STORE_CODE_NONE };
	int rcpt_no = is_shared(v) ? named_rcpt(v) : v->link.rcpts[0].no;
	enum err err = ERR_OK;

	if (!v->input.code_ok) {
		show_code(v, 400, CODE_ODD, 0);
		return;
	}
	if (rcpt_no != NO_RCPT)
		err = store_code_try(v->web->store, &v->link, rcpt_no, span_str(v->input.code),
		    v->now_ms, (int)config->web_code_attempts, config->web_session_life_ms, &tried);
	if (is_shared(v) && tried.answer != STORE_CODE_RIGHT)
		wait_until(v, answer_ms);
	if (err != ERR_OK)
		reply_err(v, "code-try", err);
	else
		answer_code(v, &tried);
	crypto_wipe(&tried, sizeof(tried));
}
