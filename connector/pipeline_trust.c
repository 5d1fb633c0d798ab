/*
 * connector/pipeline_trust.c - whose mail is it? Runs when the header is complete; see trust.h.
 */
#include "connector/pipeline_int.h"

#include "connector/trust.h"
#include "core/clock.h"
#include "core/metrics.h"

/* RFC 5321 section 6.3: count the Received fields */
enum err
pipeline_hops(struct pipeline *p)
{
	struct span first;

	if (mail_head_find(&p->head, SPAN("Received"), &first) >
	    (size_t)p->env.config->smtp_max_hops)
		return pipeline_no(p, SMTP_SAY_HOPS);
	return ERR_OK;
}

static enum err
not_trusted(struct pipeline *p, enum smtp_say say)
{
	metric_add(METRIC_TRUST_REFUSED, 1);
	return pipeline_no(p, say);
}

enum err
pipeline_tenant(struct pipeline *p)
{
	struct span id;
	enum smtp_say say = trust_tenant_id(&p->head, &id);
	enum err err;

	if (say != SMTP_SAY_OK)
		return not_trusted(p, say);
	err = store_tenant_by_entra_id(p->env.st, id, &p->tenant);
	if (err == ERR_NOT_FOUND)
		return not_trusted(p, SMTP_SAY_TENANT_UNKNOWN);
	TRY(err);
	return p->tenant->enabled ? ERR_OK : pipeline_no(p, SMTP_SAY_TENANT_OFF);
}

/*
 * Without the secret only connector validation gets in: from the null sender or Exchange Online's
 * account for it, to the tenant's own people, and not often. Size and content are asked at the end.
 */
static bool
is_validation_sender(struct span sender)
{
	return sender.len == 0 || span_istarts(sender, SPAN("O365ConnectorValidation@"));
}

static enum err
maybe_validation(struct pipeline *p)
{
	if (!is_validation_sender(p->envelope.sender))
		return not_trusted(p, SMTP_SAY_SECRET_MISSING);
	for (size_t i = 0; i < p->envelope.rcpt_count; i++)
		if (!trust_own_domain(p->tenant, p->envelope.rcpts[i].address))
			return not_trusted(p, SMTP_SAY_SECRET_MISSING);
	if (!rate_allow(
		p->env.validations, p->tenant->id, TRUST_VALIDATION_PER_HOUR, clock_now_ms()))
		return pipeline_no(p, SMTP_SAY_VALIDATION_RATE);
	p->validation = true;
	pipeline_audit(p, "validation", NULL);
	return ERR_OK;
}

enum err
pipeline_trust(struct pipeline *p)
{
	enum smtp_say say = trust_secret(&p->head, p->tenant);

	if (say == SMTP_SAY_SECRET_MISSING)
		return maybe_validation(p);
	if (say == SMTP_SAY_OK)
		say = trust_sender(&p->head, p->tenant, p->envelope.sender);
	return say == SMTP_SAY_OK ? ERR_OK : not_trusted(p, say);
}

enum err
pipeline_container(struct pipeline *p)
{
	TRY(store_container_new(p->env.st, p->tenant->id, &p->container));
	TRY(sink_put(store_container_sink(p->container), buf_span(&p->early)));
	buf_done(&p->early);
	return ERR_OK;
}

enum err
pipeline_validation(struct pipeline *p)
{
	if (!p->validation)
		return ERR_OK;
	if (p->octets > TRUST_VALIDATION_MAX)
		return not_trusted(p, SMTP_SAY_VALIDATION_SIZE);
	if (p->facts->attachment_count > 0)
		return not_trusted(p, SMTP_SAY_VALIDATION_FILE);
	return ERR_OK;
}
