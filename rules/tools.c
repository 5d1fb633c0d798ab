#include "rules/tools.h"

/*
 * Only names that somebody wrote down; for Xink, Rocketseed, Opensense, Black Pearl Mail, Templafy and others
 * no page with the names was to be had. Not here: gateways that encrypt. They must have the mail when
 * we are done with it, so a rule of theirs in front of ours is a fault, not a tool to stand behind.
 */
const struct rule_tool rule_tools[] = {
	{ "CodeTwo Email Signatures 365", "CodeTwo Exchange transport rule*", NULL,
	    "codetwo.com/kb/stop-routing-mail-through-codetwo" },
	{ "Exclaimer", "Identify messages to send to Exclaimer Cloud*", "Send to Exclaimer Cloud*",
	    "ExchangeOnlineExclaimerCheck.ps1, Exclaimer's own check of its set-up" },
	{ "Exclaimer", "Prevent Out of Office messages being sent to Exclaimer Cloud*", NULL,
	    "ExchangeOnlineExclaimerCheck.ps1, Exclaimer's own check of its set-up" },
	{ "Letsignit", "Route email to LSI*", "o365 to LSI*",
	    "Letsignit's set-up script, as published in a public repository" },
	{ "Letsignit", "LSI exception for automatic reply*", NULL,
	    "Letsignit's set-up script, as published in a public repository" },
	{ "Crossware Mail Signature", "Crossware Transport Rule*", NULL,
	    "support.crossware365.com/microsoft-365/billing/manage-your-subscription-numbers" },
	{ "ExSign Agent", "Identify messages to send to ExSign Agent*",
	    "From O365 to ExSign Agent*",
	    "portal.hostingcontroller.com/kb/a3469/setting-up-m365-connectors-and-rules" },
	{ "ExSign Agent", "Prevent Out of Office messages from being sent to ExSign Agent*", NULL,
	    "portal.hostingcontroller.com/kb/a3469/setting-up-m365-connectors-and-rules" },
};
const size_t rule_tool_count = sizeof(rule_tools) / sizeof(rule_tools[0]);

bool
rule_pattern_matches(struct span pattern, struct span text)
{
	struct span piece;
	bool first = true;

	/* each piece between stars where it first stands; the one behind the last star at the end */
	while (span_take_until(&pattern, '*', &piece)) {
		span_take_byte(&pattern, '*');
		size_t at = 0;
		while (at + piece.len <= text.len && !span_istarts(span_from(text, at), piece))
			at++;
		if (at + piece.len > text.len || (first && at > 0))
			return false;
		text = span_from(text, at + piece.len);
		first = false;
	}
	return first ? span_ieq(pattern, text) : span_iends(text, pattern);
}

static bool
matches(const char *pattern, struct span text)
{
	return pattern != NULL && text.len > 0 && rule_pattern_matches(span_str(pattern), text);
}

const struct rule_tool *
rule_tool_find(struct span rule_name, struct span connector)
{
	for (size_t i = 0; i < rule_tool_count; i++) {
		if (matches(rule_tools[i].rule_pattern, rule_name) ||
		    matches(rule_tools[i].connector_pattern, connector))
			return &rule_tools[i];
	}
	return NULL;
}
