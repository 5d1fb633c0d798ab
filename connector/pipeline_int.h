/*
 * connector/pipeline_int.h - the steps of connector/pipeline.c and what they hand on.
 */
#ifndef SECUDOC_CONNECTOR_PIPELINE_INT_H
#define SECUDOC_CONNECTOR_PIPELINE_INT_H

#include "connector/mail_head.h"
#include "connector/pipeline.h"
#include "mime/detach.h"
#include "rules/policy.h"
#include "store/tenant.h"

#define PIPELINE_AUDIT_MAX 4u

struct pipeline {
	struct pipeline_env env;
	struct pipeline_envelope envelope;
	int64_t begun_ms;
	uint64_t octets;

	enum smtp_say say; /* SMTP_SAY_OK: nothing against the mail so far */
	char detail[200];

	/* while bytes arrive */
	struct mime_detach *detach;
	struct mail_head head;
	struct buf early; /* what the container gets before its tenant is known */
	struct store_container *container;

	/* found out on the way */
	struct arena arena; /* small values that go into the commit */
	const struct tenant *tenant;
	bool validation;
	const struct mime_facts *facts; /* belongs to detach */
	struct span message_id;         /* unfolded */
	int64_t returned_copy_id;
	bool passed_before;
	struct policy_decision decision;
	struct store_audit_line audit[PIPELINE_AUDIT_MAX];
	size_t audit_count;
	int64_t mail_id;
	struct store_mail_done done;
};

/* A step says ERR_OK to go on; ERR_DENIED after pipeline_no(); another error is a reason of its
 * own. */
typedef enum err pipeline_step(struct pipeline *p);

/* pipeline_no() - note the reason and return ERR_DENIED. */
MUST_USE enum err pipeline_no(struct pipeline *p, enum smtp_say say);
/* pipeline_audit() - one more line for the accepting commit. */
void pipeline_audit(struct pipeline *p, const char *event, const char *reason);

/* pipeline_is_automatic() - nobody waits for a report on this mail. */
bool pipeline_is_automatic(const struct pipeline *p);
/* pipeline_loop_notice() - after the commit: one report to the sender on those who were stopped. */
MUST_USE enum err pipeline_loop_notice(struct pipeline *p);

/* when the header is complete: connector/pipeline_trust.c */
pipeline_step pipeline_hops, pipeline_tenant, pipeline_trust, pipeline_container;
/* when the mail is complete */
pipeline_step pipeline_content;    /* connector/pipeline.c */
pipeline_step pipeline_validation; /* connector/pipeline_trust.c */
pipeline_step pipeline_mark;       /* connector/pipeline_marks.c */
pipeline_step pipeline_policy;     /* connector/pipeline_policy.c */
pipeline_step pipeline_commit;     /* connector/pipeline_commit.c */

#endif
