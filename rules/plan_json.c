/* rules/plan_json.c - a plan as the set-up script reads it. */
#include "rules/exo_json.h"
#include "rules/plan_int.h"
#include "rules/tools.h"

static void
put(struct json_writer *w, const char *key, const char *value)
{
	json_put_str(w, key, span_str(value));
}

static void
put_tenant(const struct tenant *t, struct json_writer *w)
{
	json_object(w, "Tenant");
	put(w, "Name", t->name);
	put(w, "EntraId", t->entra_id);
	put(w, "Organisation", t->organisation);
	put(w, "LinkedDomain", t->linked_domain);
	json_array(w, "Domains");
	for (size_t i = 0; i < t->domains.count; i++)
		put(w, NULL, t->domains.items[i]);
	json_end(w, ']');
	put(w, "LinkBase", t->link_base);
	put(w, "FacilityAddress", t->facility_address);
	json_end(w, '}');
}

static void
put_options(const struct tenant *t, struct json_writer *w)
{
	json_object(w, "Options");
	put(w, "Scope", t->rule_scope == TENANT_SCOPE_ORGANIZATION ? "Organization" : "Group");
	put(w, "Mode", t->mode == TENANT_OPT_IN ? "OptIn" : "OptOut");
	put(w, "Recipients", t->rule_recipients == TENANT_RECIPIENTS_ALL ? "All" : "Outside");
	put(w, "LoopMark", t->loop_mark == TENANT_LOOP_PLAIN ? "Plain" : "Tokens");
	json_put_bool(w, "RetainHeaders", t->retain_headers);
	json_end(w, '}');
}

/* SD-100 to SD-115: what may be read of the directory, and how people sign in. */
static enum err
put_entra(const struct tenant *t, struct json_writer *w)
{
	CLEANUP(buf_done) struct buf url;

	buf_init(&url, 512);
	json_object(w, "Entra");
	json_object(w, "Graph");
	put(w, "DisplayName", PLAN_APP_GRAPH);
	json_array(w, "Permissions");
	put(w, NULL, "User.Read.All");
	put(w, NULL, "GroupMember.Read.All");
	json_end(w, ']');
	json_end(w, '}');
	json_object(w, "Saml");
	put(w, "DisplayName", PLAN_APP_SAML);
	TRY(buf_printf(&url, "%s%s", t->link_base, PLAN_SAML_METADATA));
	json_put_str(w, "Identifier", buf_span(&url));
	buf_clear(&url);
	TRY(buf_printf(&url, "%s%s", t->link_base, PLAN_SAML_ACS));
	json_put_str(w, "ReplyUrl", buf_span(&url));
	json_put_bool(w, "PhoneClaim", t->phone_claim);
	json_end(w, '}');
	json_end(w, '}');
	return ERR_OK;
}

/* The script places our rules behind those of these tools; it has no table of its own. */
static void
put_tools(struct json_writer *w)
{
	json_array(w, "SignatureTools");
	for (size_t i = 0; i < rule_tool_count; i++) {
		json_object(w, NULL);
		put(w, "Name", rule_tools[i].name);
		if (rule_tools[i].rule_pattern != NULL)
			put(w, "Rule", rule_tools[i].rule_pattern);
		if (rule_tools[i].connector_pattern != NULL)
			put(w, "Connector", rule_tools[i].connector_pattern);
		put(w, "Source", rule_tools[i].source);
		json_end(w, '}');
	}
	json_end(w, ']');
}

enum err
plan_json(const struct plan *p, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_object(&w, NULL);
	json_put_i64(&w, "SecuDocPlan", 1);
	put_tenant(p->tenant, &w);
	put_options(p->tenant, &w);
	TRY(exo_json_write(&p->state, &w));
	TRY(put_entra(p->tenant, &w));
	put_tools(&w);
	json_array(&w, "Notes");
	for (size_t i = 0; i < p->note_count; i++)
		json_put_str(&w, NULL, p->notes[i]);
	json_end(&w, ']');
	json_end(&w, '}');
	TRY(json_finish(&w));
	return buf_put_str(out, "\n");
}
