/* mime/role.c - see role.h. */
#include "mime/role.h"

#include "mime/charset.h"

#include <assert.h>
#include <string.h>

const char *
mime_role_name(enum mime_role role)
{
	static const char *const names[MIME_ROLE__COUNT] = {
		[MIME_ROLE_MULTIPART] = "multipart",
		[MIME_ROLE_BODY_PLAIN] = "body-plain",
		[MIME_ROLE_BODY_HTML] = "body-html",
		[MIME_ROLE_INLINE_TEXT] = "inline-text",
		[MIME_ROLE_PICTURE] = "picture",
		[MIME_ROLE_PROTECTED] = "protected",
		[MIME_ROLE_CALENDAR] = "calendar",
		[MIME_ROLE_REPORT] = "report",
		[MIME_ROLE_TNEF] = "tnef",
		[MIME_ROLE_ATTACHMENT] = "attachment",
	};
	return names[role];
}

const char *
mime_kind_name(enum mime_kind kind)
{
	static const char *const names[] = {
		[MIME_KIND_PLAIN] = "plain",
		[MIME_KIND_SIGNED] = "signed",
		[MIME_KIND_ENCRYPTED] = "encrypted",
		[MIME_KIND_CALENDAR] = "calendar",
		[MIME_KIND_REPORT] = "report",
		[MIME_KIND_TNEF] = "tnef",
	};
	return names[kind];
}

static bool
is_pkcs7(const struct mime_entity *e)
{
	return mime_entity_is(e, "application", "pkcs7-mime") ||
	    mime_entity_is(e, "application", "x-pkcs7-mime");
}

/* Signed or encrypted by its own type: nothing inside may change (RFC 1847, RFC 8551). */
static bool
is_protected(const struct mime_entity *e)
{
	return mime_entity_is(e, "multipart", "signed") ||
	    mime_entity_is(e, "multipart", "encrypted") || is_pkcs7(e);
}

static bool
is_tnef(const struct mime_entity *e)
{
	return mime_entity_is(e, "application", "ms-tnef") ||
	    mime_entity_is(e, "application", "vnd.ms-tnef");
}

/* RFC 3464, RFC 8098, RFC 5965, RFC 8460; other report types are not ours to let through */
static bool
is_report(const struct mime_entity *e)
{
	static const char *const types[] = { "delivery-status", "disposition-notification",
		"feedback-report", "tlsrpt" };

	if (!mime_entity_is(e, "multipart", "report"))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(e->word, types[i]) == 0)
			return true;
	return false;
}

/* multipart/x -> how its children relate; false for one that is not descended into */
static bool
form_of(const struct mime_entity *e, bool is_root, enum mime_form *ret)
{
	static const struct {
		const char *subtype;
		enum mime_form form;
	} forms[] = {
		{ "mixed", MIME_FORM_MIXED },
		{ "alternative", MIME_FORM_ALTERNATIVE },
		{ "related", MIME_FORM_RELATED },
		{ "parallel", MIME_FORM_MIXED },
		{ "digest", MIME_FORM_MIXED },
		{ "form-data", MIME_FORM_MIXED },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (mime_entity_is(e, "multipart", forms[i].subtype)) {
			*ret = forms[i].form;
			return true;
		}
	*ret = MIME_FORM_REPORT;
	return is_root && is_report(e);
}

/*
 * Text that is read as part of the mail, not as a file of its own. A part whose type field names no type is a
 * file to some readers; the message itself is text to all that matter.
 */
static bool
is_plain_text(const struct mime_entity *e, bool is_root)
{
	if (e->bare_type && !is_root)
		return false;
	return (mime_entity_is(e, "text", "plain") || mime_entity_is(e, "text", "html")) &&
	    !e->named && e->encoding_known && e->disposition != MIME_DISPOSITION_ATTACHMENT &&
	    mime_charset_editable(span_str(e->charset));
}

/*
 * The root of a multipart/related (RFC 2387 section 3.2): the part that start names; without start the first
 * that can be one, as some mailers put the pictures in front.
 */
static bool
is_related_root(const struct mime_entity *e, const struct mime_level *parent)
{
	if (parent->root_seen)
		return false;
	return parent->start[0] == '\0' || strcmp(parent->start, e->content_id) == 0;
}

/* May this child be, or hold, the mail's own text? */
static bool
may_be_body(const struct mime_entity *e, const struct mime_level *parent)
{
	if (parent == NULL)
		return true;
	if (parent->form == MIME_FORM_RELATED)
		return parent->editable && is_related_root(e, parent);
	if (parent->form == MIME_FORM_MIXED)
		return parent->editable && !parent->root_seen;
	return parent->editable && parent->form == MIME_FORM_ALTERNATIVE;
}

static enum mime_role
text_role(const struct mime_entity *e, const struct mime_level *parent)
{
	if (may_be_body(e, parent))
		return mime_entity_is(e, "text", "html") ? MIME_ROLE_BODY_HTML
							 : MIME_ROLE_BODY_PLAIN;
	assert(parent != NULL); /* a text that is the whole message is its body */
	/* beside the root it is a file; but the first child is what readers show when start names none */
	if (parent->form == MIME_FORM_RELATED && !is_related_root(e, parent) &&
	    parent->children > 0)
		return MIME_ROLE_ATTACHMENT;
	return MIME_ROLE_INLINE_TEXT;
}

/* What the name ends in, among words; a name without a dot fits any. */
static bool
ends_in(const struct mime_entity *e, const char *const *words)
{
	const char *dot = strrchr(e->name, '.');

	if (!e->named || (e->name[0] != '\0' && dot == NULL))
		return true;
	for (; dot != NULL && *words != NULL; words++)
		if (span_ieq(span_str(dot + 1), span_str(*words)))
			return true;
	return false;
}

/*
 * May HTML show it? Formats that readers paint, and none that is a file of work in the first place (CAD,
 * Photoshop) or that holds other files and scripts (SVG). Who saves it gets a file by its name.
 */
static bool
is_picture(const struct mime_entity *e)
{
	static const char *const subtypes[] = { "png", "x-png", "apng", "jpeg", "jpg", "pjpeg",
		"gif", "bmp", "x-bmp", "x-ms-bmp", "webp", "tiff", "heic", "heif", "avif", "x-icon",
		"vnd.microsoft.icon", "emf", "x-emf", "wmf", "x-wmf", NULL };
	static const char *const endings[] = { "png", "apng", "jpeg", "jpg", "jpe", "jfif", "gif",
		"bmp", "dib", "webp", "tif", "tiff", "heic", "heif", "avif", "ico", "emf", "emz",
		"wmf", "wmz", NULL };
	bool known = false;

	for (const char *const *s = subtypes; *s != NULL; s++)
		known = known || mime_entity_is(e, "image", *s);
	return known && e->encoding_known && ends_in(e, endings);
}

static bool
is_calendar(const struct mime_entity *e)
{
	static const char *const endings[] = { "ics", "ical", "icalendar", "ifb", "vcs", NULL };

	return mime_entity_is(e, "text", "calendar") && e->encoding_known &&
	    e->disposition != MIME_DISPOSITION_ATTACHMENT && ends_in(e, endings);
}

static enum mime_role
role_of(const struct mime_entity *e, const struct mime_level *parent)
{
	enum mime_form form;

	if (parent != NULL && parent->form == MIME_FORM_REPORT)
		return MIME_ROLE_REPORT;
	if (is_protected(e))
		return MIME_ROLE_PROTECTED;
	if (mime_entity_is(e, "multipart", NULL))
		return form_of(e, parent == NULL, &form) ? MIME_ROLE_MULTIPART
							 : MIME_ROLE_ATTACHMENT;
	/* RFC 2046 section 5.1.5: who does not follow the type sees a message, with files of its own */
	if (parent != NULL && parent->digest)
		return MIME_ROLE_ATTACHMENT;
	if (is_tnef(e))
		return MIME_ROLE_TNEF;
	if (is_calendar(e))
		return MIME_ROLE_CALENDAR;
	return is_plain_text(e, parent == NULL) ? text_role(e, parent) : MIME_ROLE_ATTACHMENT;
}

struct mime_verdict
mime_role_decide(const struct mime_entity *e, struct mime_level *parent)
{
	struct mime_verdict v = { .role = role_of(e, parent),
		.body_place = may_be_body(e, parent) };

	v.picture = v.role == MIME_ROLE_ATTACHMENT && is_picture(e) && e->content_id[0] != '\0' &&
	    (parent == NULL || !parent->digest);
	/* RFC 5546: a method makes it an invitation, an answer or a cancellation */
	v.invitation = v.role == MIME_ROLE_CALENDAR && e->word[0] != '\0' &&
	    (parent == NULL || parent->form == MIME_FORM_ALTERNATIVE || parent->children == 0);
	if (parent == NULL)
		return v;
	if (v.role != MIME_ROLE_ATTACHMENT &&
	    (parent->form != MIME_FORM_RELATED || is_related_root(e, parent)))
		parent->root_seen = true;
	parent->children++;
	return v;
}

void
mime_role_level(const struct mime_entity *e, const struct mime_verdict *v, struct mime_level *ret)
{
	*ret = (struct mime_level){ .digest = mime_entity_is(e, "multipart", "digest"),
		.editable = v->body_place };
	form_of(e, true, &ret->form);
	memcpy(ret->start, e->start, sizeof(ret->start));
}

enum mime_kind
mime_role_kind(const struct mime_entity *root)
{
	if (mime_entity_is(root, "multipart", "signed") ||
	    (is_pkcs7(root) && strcmp(root->word, "signed-data") == 0))
		return MIME_KIND_SIGNED;
	if (is_protected(root))
		return MIME_KIND_ENCRYPTED;
	return is_report(root) ? MIME_KIND_REPORT : MIME_KIND_PLAIN;
}
