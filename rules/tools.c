#include "rules/tools.h"

const struct rule_tool rule_tools[] = {
	{ "CodeTwo Email Signatures 365", "CodeTwo Exchange transport rule*",
	    "CodeTwo Outbound Connector*",
	    "codetwo.com/userguide/email-signatures-for-office-365/connectors-configuration.htm" },
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
