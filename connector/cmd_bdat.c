/*
 * connector/cmd_bdat.c - BDAT: content in chunks of a size said before.
 *
 *	bdat = "BDAT" SP chunk-size [ SP "LAST" ] CRLF	(RFC 3030 section 2)
 *
 * The octets of a chunk are never commands, also when the command is refused, so they are read away
 *before the answer (S3). Where their number cannot be known or is absurd, the connection ends. Once
 *a mail is refused the answer comes with the chunk at hand: the client need not send the rest.
 */
#include "connector/smtp_commands.h"

#include "connector/smtp_data.h"

#include <inttypes.h>
#include <stdio.h>

/* How much of a chunk that is not wanted is read for the sake of the connection. */
#define DISCARD_MAX (64u << 20)

static enum err
read_chunk(struct smtp_session *s, struct smtp_chunk *chunk, bool wanted)
{
	while (chunk->left > 0) {
		struct span in, part, rest;

		smtp_session_wait_until(s);
		TRY(conn_peek(s->conn, &in));
		rest = in;
		part = smtp_chunk_take(chunk, &rest);
		if (wanted)
			smtp_session_content(s, part);
		conn_consume(s->conn, part.len);
	}
	return ERR_OK;
}

enum err
smtp_bdat_refuse(struct smtp_session *s, struct span args, enum smtp_say say)
{
	struct smtp_chunk chunk;

	if (!span_take_byte(&args, ' ') || smtp_chunk_parse(args, &chunk) != ERR_OK)
		return smtp_session_say_last(s, SMTP_SAY_CHUNK_SIZE);
	if (chunk.left > DISCARD_MAX || conn_tls(s->conn) == NULL)
		return smtp_session_say_last(s, say);
	TRY(read_chunk(s, &chunk, false));
	return smtp_session_say(s, say);
}

/* The mail so far plus this chunk is too large: known before a single octet of it was read. */
static bool
too_large(const struct smtp_session *s, const struct smtp_chunk *chunk)
{
	uint64_t max = (uint64_t)s->shared->config->smtp_max_size;

	return chunk->left > max || s->tx->octets > max - chunk->left;
}

static enum err
chunk_ok(struct smtp_session *s, uint64_t octets)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "%" PRIu64 " octets received", octets);
	if (octets > 0 && s->idle_commands > 0)
		s->idle_commands--; /* it brought content, of which there is only so much */
	smtp_session_enter(s, SMTP_STATE_BDAT);
	return smtp_session_say_more(s, SMTP_SAY_OK, text);
}

enum err
cmd_bdat(struct smtp_session *s, struct span args)
{
	struct smtp_chunk chunk;
	uint64_t octets;

	if (!span_take_byte(&args, ' ') || smtp_chunk_parse(args, &chunk) != ERR_OK)
		return smtp_session_say_last(s, SMTP_SAY_CHUNK_SIZE);
	octets = chunk.left;
	if (s->tx->pipeline == NULL && smtp_session_mail_begin(s) != ERR_OK)
		return smtp_session_say_last(s, SMTP_SAY_TEMP);
	if (too_large(s, &chunk)) {
		pipeline_refuse(s->tx->pipeline, SMTP_SAY_TOO_LARGE);
		if (octets > DISCARD_MAX) {
			TRY(smtp_session_mail_end(s));
			smtp_session_enter(s, SMTP_STATE_CLOSED);
			return ERR_OK;
		}
	}
	TRY(read_chunk(s, &chunk, true));
	if (chunk.last || pipeline_is_refused(s->tx->pipeline))
		return smtp_session_mail_end(s);
	return chunk_ok(s, octets);
}
