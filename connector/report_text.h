/*
 * connector/report_text.h - the words of a report, in the tenant's language. Pure.
 */
#ifndef SECUDOC_CONNECTOR_REPORT_TEXT_H
#define SECUDOC_CONNECTOR_REPORT_TEXT_H

#include "connector/report.h"

/*
 * report_text_subject() - append the Subject as UTF-8: what became of it, then the mail's own
 * subject. subject is decoded; empty when it is not known. Cut where a mail list would cut it.
 */
MUST_USE enum err report_text_subject(const struct report *r, struct span subject, struct buf *out);

/*
 * report_text_body() - append the part for people as UTF-8 with CRLF line ends: which mail
 * (subject, date, recipients), what happened, what to do, and at the bottom the server's own words.
 */
MUST_USE enum err
report_text_body(const struct report *r, struct span subject, struct span date, struct buf *out);

/* report_text_language() - the tag for Content-Language: "nl", "de", "en". */
const char *report_text_language(int language);

#endif
