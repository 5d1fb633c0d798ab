/*
 * connector/report.h - mails to a sender about a mail of his, and whether he gets one. Pure.
 *
 * A report is a multipart/report of text, delivery status and the original's header. The text
 * stands in the tenant's language, names the mail (subject, date, recipients), says what happened
 * and what to do, and quotes the remote server's words at the bottom (SM-028, X-15). Reports go out
 * with the null reverse-path, so no report is ever made about a report.
 *
 * Source: RFC 3464, RFC 6522 (multipart/report, text/rfc822-headers), RFC 6533 (addresses in
 * UTF-8), RFC 3461 sections 5 and 6, RFC 3834 sections 2 and 5.
 */
#ifndef SECUDOC_CONNECTOR_REPORT_H
#define SECUDOC_CONNECTOR_REPORT_H

#include "core/stream.h"
#include "core/tenant.h"

enum report_kind {
	REPORT_FAILED,  /* refused for good, by the server or because it cannot carry the mail */
	REPORT_EXPIRED, /* tried until the time for it was over */
	REPORT_RELAYED, /* asked for with NOTIFY=SUCCESS, handed to a server that does not know DSN */
	REPORT_LOOP,    /* came back a second time and was stopped */
};

struct report_rcpt {
	struct span address;
	struct span orcpt;      /* as received, or empty */
	struct span status;     /* "5.1.1" */
	struct span diagnostic; /* "550 5.1.1 no such user": the server's words; empty: none */
	struct span reason;     /* our own words when there are no remote ones; English, or empty */
	int64_t last_try_ms;
};

struct report {
	enum report_kind kind;
	int language; /* enum tenant_language */
	const char *organisation;
	const char *hostname;    /* Reporting-MTA */
	const char *remote_host; /* Remote-MTA; "" none */
	const char *from;        /* the facility address */
	struct span to;          /* the original's sender */
	struct span envid;       /* as received (xtext), or empty */
	/*
	 * the copy or mail reported on, and which try: Message-ID and boundary follow from both
	 * and the kind
	 */
	int64_t id;
	unsigned tries;
	int64_t arrival_ms;
	int64_t now_ms;
	struct span header; /* the original's header block; empty: not known */
	/* fields of header that stay ours: not quoted (X-SecuDoc*, the tenant's secret header) */
	const char *secret_header;
	const struct report_rcpt *rcpts;
	size_t rcpt_count;
};

/*
 * report_write() - the whole mail, 7-bit, lines of at most 78 where the content allows it.
 *
 * The same report gives the same bytes. ERR_LIMIT or the sink's error.
 */
MUST_USE enum err report_write(const struct report *r, struct sink out);
/*
 * report_message_id() - the value of its Message-ID without brackets; size at least 300; returns
 * out.
 */
char *report_message_id(const struct report *r, char *out, size_t size);

/*
 * report_allowed() - may anything be sent to the sender of this mail?
 *
 * Never for a null sender or for automatic mail: Auto-Submitted other than "no" (RFC 3834 section
 * 5), Precedence bulk, junk or list, X-Auto-Response-Suppress with All or NDR.
 */
bool report_allowed(struct span sender, struct span header);
/* report_wanted() - does NOTIFY (a mask of SMTP_NOTIFY_*, 0 not given) ask for this kind? */
bool report_wanted(enum report_kind kind, unsigned notify);

#endif
