/*
 * connector/smtp_replies.c - see smtp_replies.h.
 *
 * Status codes: RFC 3463 and the IANA registry. 5.7.1 stands for "this sender may not use this
 * server", 5.7.0 for what is missing to say who it is, 5.7.5 for a certificate that does not
 * verify.
 */
#include "connector/smtp_replies.h"

#include <assert.h>
#include <stddef.h>

static const struct smtp_answer answers[SMTP_SAY__COUNT] = {
	[SMTP_SAY_OK] = { "ok", 250, "2.0.0", "OK" },
	[SMTP_SAY_HELP] = { "help", 214, "2.0.0",
	    "See RFC 5321; mail is taken from Exchange Online only" },
	[SMTP_SAY_TLS_GO] = { "tls-go", 220, "2.0.0", "Ready to start TLS" },
	[SMTP_SAY_BYE] = { "bye", 221, "2.0.0", "Closing the connection" },
	[SMTP_SAY_SENDER_OK] = { "sender-ok", 250, "2.1.0", "Sender OK" },
	[SMTP_SAY_RCPT_OK] = { "recipient-ok", 250, "2.1.5", "Recipient OK" },
	[SMTP_SAY_VRFY] = { "vrfy", 252, "2.5.0", "Addresses are not verified here" },
	[SMTP_SAY_DATA_GO] = { "data-go", 354, NULL, "Send the mail, end with <CRLF>.<CRLF>" },
	[SMTP_SAY_ACCEPTED] = { "accepted", 250, "2.0.0", "Accepted as" },
	[SMTP_SAY_REPEAT] = { "repeat", 250, "2.0.0", "Accepted before; nothing was done again" },

	[SMTP_SAY_STOPPING] = { "stopping", 421, "4.3.2", "The service is stopping; try again" },
	[SMTP_SAY_IDLE] = { "idle", 421, "4.4.2", "Waited too long for the next bytes" },
	[SMTP_SAY_INCOMPLETE] = { "mail-incomplete", 421, "4.4.2",
	    "The connection ended inside the mail" },
	[SMTP_SAY_CONNECTIONS] = { "connections", 421, "4.3.2",
	    "Too many connections; try again later" },
	[SMTP_SAY_CONNECTIONS_ADDRESS] = { "connections-address", 421, "4.7.0",
	    "Too many connections from your address; try again "
	    "later" },
	[SMTP_SAY_TOO_MANY_ERRORS] = { "too-many-errors", 421, "4.7.0",
	    "Too many commands that lead nowhere; closing the "
	    "connection" },
	[SMTP_SAY_TLS_INJECTION] = { "tls-injection", 554, "5.5.1",
	    "Bytes in the clear behind STARTTLS; closing the connection" },

	[SMTP_SAY_UNKNOWN_COMMAND] = { "unknown-command", 500, "5.5.1", "Command not recognized" },
	[SMTP_SAY_LINE_ODD] = { "line-odd", 500, "5.5.2",
	    "A command line holds CR, LF or NUL inside" },
	[SMTP_SAY_LINE_LONG] = { "line-long", 500, "5.5.2", "The command line is too long" },
	[SMTP_SAY_ARGUMENT] = { "argument", 501, "5.5.4", "The argument does not fit the command" },
	[SMTP_SAY_NO_ARGUMENT] = { "no-argument", 501, "5.5.4", "The command takes no argument" },
	[SMTP_SAY_HELO_NAME] = { "helo-name", 501, "5.5.4",
	    "A host name or address literal must follow" },
	[SMTP_SAY_NOT_OFFERED] = { "not-offered", 502, "5.5.1", "The command is not offered here" },
	[SMTP_SAY_SEQUENCE] = { "sequence", 503, "5.5.1", "The command is out of order" },
	[SMTP_SAY_NO_RCPT] = { "no-recipient", 503, "5.5.1", "No recipient was accepted" },
	[SMTP_SAY_TLS_FIRST] = { "tls-first", 530, "5.7.0", "Must issue a STARTTLS command first" },
	[SMTP_SAY_TLS_ALREADY] = { "tls-already", 503, "5.5.1", "TLS is active already" },
	[SMTP_SAY_TLS_FAILED] = { "tls-failed", 454, "4.7.0", "TLS is not available now" },
	[SMTP_SAY_CERT_NONE] = { "certificate-missing", 554, "5.7.0",
	    "A TLS client certificate is required here and none was shown" },
	[SMTP_SAY_CERT_BAD] = { "certificate-invalid", 554, "5.7.5",
	    "The TLS client certificate does not verify" },
	[SMTP_SAY_CERT_NAME] = { "certificate-name", 554, "5.7.1",
	    "The TLS client certificate has none of the names that may send "
	    "here" },
	[SMTP_SAY_SENDER_SYNTAX] = { "sender-syntax", 553, "5.1.7",
	    "The sender address is not a mailbox" },
	[SMTP_SAY_RCPT_SYNTAX] = { "recipient-syntax", 553, "5.1.3",
	    "The recipient address is not a mailbox" },
	[SMTP_SAY_RCPT_ROUTE] = { "recipient-route", 553, "5.7.1",
	    "Addresses that route through another host are refused" },
	[SMTP_SAY_UTF8] = { "utf8-address", 553, "5.6.7",
	    "An address outside ASCII needs the SMTPUTF8 parameter" },
	[SMTP_SAY_PARAMETER] = { "parameter", 501, "5.5.4",
	    "A parameter has a wrong value or stands twice" },
	[SMTP_SAY_PARAMETER_UNKNOWN] = { "parameter-unknown", 555, "5.5.4",
	    "A parameter is not recognized" },
	[SMTP_SAY_RCPT_COUNT] = { "recipient-count", 452, "4.5.3",
	    "Too many recipients for one mail; send the rest as another" },
	[SMTP_SAY_CHUNK_SIZE] = { "chunk-size", 501, "5.5.4",
	    "The size of the chunk cannot be read; closing the connection" },
	[SMTP_SAY_TOO_LARGE] = { "too-large", 552, "5.3.4",
	    "The mail is larger than this server takes" },

	[SMTP_SAY_BARE_CR] = { "bare-cr", 550, "5.6.0",
	    "The mail holds CR without LF, which DATA cannot carry; use BDAT. "
	    "Closing the connection" },
	[SMTP_SAY_BARE_LF] = { "bare-lf", 550, "5.6.0",
	    "The mail holds LF without CR, which DATA cannot carry; use BDAT. "
	    "Closing the connection" },
	[SMTP_SAY_NUL] = { "nul", 550, "5.6.0",
	    "The mail holds NUL bytes, which DATA cannot carry; use BDAT. Closing "
	    "the connection" },
	[SMTP_SAY_MIME] = { "mime-ambiguous", 550, "5.6.0",
	    "The mail can be read in more than one way" },
	[SMTP_SAY_MIME_LIMIT] = { "mime-limit", 554, "5.6.0", "The mail goes beyond a limit" },
	[SMTP_SAY_HOPS] = { "hops", 554, "5.4.6",
	    "Too many Received fields: the mail goes in a circle" },
	[SMTP_SAY_LOOP] = { "loop", 554, "5.4.6",
	    "The mail came back a second time: a mail flow rule sends it here "
	    "again" },
	[SMTP_SAY_TENANT_MISSING] = { "tenant-missing", 550, "5.7.0",
	    "X-MS-Exchange-CrossTenant-Id is missing: the mail belongs "
	    "to no tenant" },
	[SMTP_SAY_TENANT_AMBIGUOUS] = { "tenant-ambiguous", 550, "5.7.0",
	    "X-MS-Exchange-CrossTenant-Id stands there more than once "
	    "or is not a plain id" },
	[SMTP_SAY_TENANT_UNKNOWN] = { "tenant-unknown", 550, "5.7.1",
	    "The tenant is not registered with this service" },
	[SMTP_SAY_SECRET_MISSING] = { "secret-missing", 550, "5.7.0",
	    "The header field that the tenant's mail flow rule sets is "
	    "missing" },
	[SMTP_SAY_SECRET_AMBIGUOUS] = { "secret-ambiguous", 550, "5.7.0",
	    "The header field that the tenant's mail flow rule sets "
	    "stands there more than once" },
	[SMTP_SAY_SECRET_WRONG] = { "secret-wrong", 550, "5.7.1",
	    "The header field that the tenant's mail flow rule sets has a "
	    "wrong value" },
	[SMTP_SAY_SENDER_DOMAIN] = { "sender-domain", 550, "5.7.1",
	    "The domain of the envelope sender is not registered for the "
	    "tenant" },
	[SMTP_SAY_FROM_MISSING] = { "from-missing", 550, "5.7.1", "The mail has no From field" },
	[SMTP_SAY_FROM_AMBIGUOUS] = { "from-ambiguous", 550, "5.7.1",
	    "The mail has more than one From field or author, or one "
	    "that cannot be read" },
	[SMTP_SAY_FROM_DOMAIN] = { "from-domain", 550, "5.7.1",
	    "The domain of the From field is not registered for the "
	    "tenant" },
	[SMTP_SAY_VALIDATION_SIZE] = { "validation-size", 550, "5.7.1",
	    "Without the tenant's header field mail may have 64 KiB "
	    "only" },
	[SMTP_SAY_VALIDATION_FILE] = { "validation-attachment", 550, "5.7.1",
	    "Without the tenant's header field mail may have no "
	    "attachment" },

	[SMTP_SAY_VALIDATION_RATE] = { "validation-rate", 450, "4.7.1",
	    "Too many mails without the tenant's header field; try "
	    "again later" },
	[SMTP_SAY_TENANT_OFF] = { "tenant-off", 451, "4.7.1", "The tenant is switched off here" },
	[SMTP_SAY_POLICY_WAIT] = { "policy-wait", 451, "4.7.1",
	    "It cannot be decided now what to do with the mail; try again "
	    "later" },
	[SMTP_SAY_TEMP] = { "temporary", 451, "4.3.0", "Trouble on our side; try again later" },
};

const struct smtp_answer *
smtp_answer(enum smtp_say say)
{
	assert(say < SMTP_SAY__COUNT);
	return &answers[say];
}

enum smtp_say
smtp_reply_for(enum err err)
{
	switch (err) {
	case ERR_SYNTAX:
		return SMTP_SAY_MIME;
	case ERR_LIMIT:
		return SMTP_SAY_MIME_LIMIT;
	default:
		return SMTP_SAY_TEMP;
	}
}
