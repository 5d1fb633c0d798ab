/*
 * connector/refusal.h - what is refused before or beside a mail's content goes on record, too.
 *
 * pipeline_finish() puts on record what it says no to. All other refusals come here: of a peer
 * (certificate, TLS, too many connections), of MAIL and RCPT (size, count, route, path, parameter,
 * trouble of ours), of an unreadable chunk, and mails that broke off. They belong to no tenant that
 * is proved, so the line is in the machine's own chain (tenant 0), with the reply's word as reason.
 *
 * Mistakes of the protocol refuse no mail and are in the debug log only: unknown-command, line-odd,
 * line-long, argument, no-argument, helo-name, not-offered, sequence, no-recipient, tls-already,
 * and the ends of connections without a mail, idle and stopping.
 *
 * Anyone may cause these lines, so there are at most REFUSAL_PER_HOUR of a word within an hour; then
 * one line "refusals-omitted" with the word, and the counters of /metrics go on alone.
 */
#ifndef SECUDOC_CONNECTOR_REFUSAL_H
#define SECUDOC_CONNECTOR_REFUSAL_H

#include "connector/pipeline.h"

#define REFUSAL_PER_HOUR 120u

/*
 * refusal_record() - a line "refused" (5xx) or "deferred" (4xx) for say, if it is one of those
 * above; say may be any. sender: the reverse-path, or empty; only its keyed hash is kept. A line
 * that cannot be written is an error in the log and changes no answer: the peer is refused anyway.
 */
void refusal_record(const struct pipeline_env *env, const struct log_scope *scope,
    enum smtp_say say, struct span sender);

#endif
