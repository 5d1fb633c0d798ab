#include "core/tenant.h"

#include "core/address.h"
#include "core/crypto.h"
#include "core/json.h"
#include "core/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TENANT_BYTES (8u << 20) /* thousands of domains and exclusions, each at its largest */
#define NAME_MAX_LEN 63u
#define SECRET_MIN   16u
#define TOKEN_MAX    64u

static bool
is_letter_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
name_valid(struct span name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN || name.p[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (!is_letter_digit(name.p[i]) && name.p[i] != '-')
			return false;
	}
	return true;
}

/* RFC 5322 section 2.2: printable US-ASCII without the colon */
static bool
header_name_valid(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
			return false;
	}
	return name.len > 0 && name.len <= 76;
}

/* Secrets and tokens stand in headers and transport rules: printable, no blanks. */
static bool
word_valid(struct span word, size_t min, size_t max)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.p[i] <= ' ' || word.p[i] > '~')
			return false;
	}
	return word.len >= min && word.len <= max;
}

static bool
guid_valid(struct span s)
{
	if (s.len != 36)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');

		if (dash ? s.p[i] != '-' : !hex)
			return false;
	}
	return true;
}

static bool
link_base_valid(struct span s)
{
	uint64_t port;

	if (!span_take(&s, SPAN("https://")))
		return false;
	size_t colon = span_find_byte(s, ':');
	struct span digits = span_from(s, colon + 1);
	if (colon < s.len && (!span_take_u64(&digits, 65535, &port) || digits.len > 0 || port == 0))
		return false;
	return domain_valid(span_upto(s, colon));
}

/* Headers that mean something already: taken as the secret's they would vanish from mails or be forged. */
static bool
header_reserved(struct span name)
{
	static const char *const names[] = { "From", "To", "Cc", "Bcc", "Subject", "Date", "Sender",
		"Reply-To", "Message-ID", "Received", "Return-Path", "MIME-Version", "X-SecuDoc",
		"X-SecuDoc-Mark", "X-SecuDoc-Enabled" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_ieq(name, span_str(names[i])))
			return true;
	}
	return span_istarts(name, SPAN("Content-")) || span_istarts(name, SPAN("X-MS-"));
}

static enum err
check_present(const struct tenant *t)
{
	const struct {
		const char *name, *value;
	} required[] = {
		{ "organisation", t->organisation },
		{ "entra_id", t->entra_id },
		{ "link_base", t->link_base },
		{ "facility_address", t->facility_address },
		{ "inbound_host", t->inbound_host },
		{ "client_cert", t->client_cert },
		{ "client_key", t->client_key },
	};

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (required[i].value == NULL || required[i].value[0] == '\0')
			return err_set(ERR_SYNTAX, "%s is missing", required[i].name);
	}
	return t->domains.count > 0 ? ERR_OK : err_set(ERR_SYNTAX, "domains is missing");
}

static enum err
check_words(const struct setting_list *list, const char *name, size_t min, size_t max)
{
	if (list->count < 1 || list->count > 2)
		return err_set(
		    ERR_SYNTAX, "%s has %zu items: allowed are 1 to 2", name, list->count);
	for (size_t i = 0; i < list->count; i++) {
		if (!word_valid(span_str(list->items[i]), min, max))
			return err_set(ERR_SYNTAX,
			    "%s: %zu to %zu printable characters without blanks are wanted", name,
			    min, max);
	}
	if (list->count == 2 && strcmp(list->items[0], list->items[1]) == 0)
		return err_set(ERR_SYNTAX, "%s has the same item twice", name);
	return ERR_OK;
}

static enum err
check_headers(const struct tenant *t)
{
	struct span secret = span_str(t->secret_header), required = span_str(t->required_header);

	if (!header_name_valid(secret))
		return err_set(ERR_SYNTAX, "secret_header is not a header name");
	if (header_reserved(secret))
		return err_set(ERR_SYNTAX, "secret_header is %s, which has a meaning of its own",
		    t->secret_header);
	struct span name = span_trim(span_upto(required, span_find_byte(required, ':')));
	if (required.len > 0 && !header_name_valid(name))
		return err_set(ERR_SYNTAX, "required_header must be \"Name\" or \"Name: value\"");
	if (required.len > 0 && span_ieq(name, secret))
		return err_set(
		    ERR_SYNTAX, "required_header is the secret_header, which every mail has");
	return ERR_OK;
}

static bool
domain_own(const struct tenant *t, struct span domain)
{
	for (size_t i = 0; i < t->domains.count; i++) {
		if (domain_is(domain, span_str(t->domains.items[i])))
			return true;
	}
	return false;
}

/* Whose sender is not the tenant's own would be refused by its own Exchange Online. */
static enum err
check_facility(const struct tenant *t)
{
	struct address a;

	TRY(address_parse(span_str(t->facility_address), &a));
	return domain_own(t, a.domain)
	    ? ERR_OK
	    : err_set(ERR_SYNTAX, "facility_address is in none of the tenant's domains");
}

/* A name of the internet with a dot in it, whose last label tells it from an IPv4 address. */
static bool
host_valid(struct span s)
{
	struct span label, rest = s;
	bool dotted = false, letter = false;

	while (span_take_until(&rest, '.', &label)) {
		span_take_byte(&rest, '.');
		dotted = true;
	}
	for (size_t i = 0; i < rest.len; i++)
		letter = letter || rest.p[i] < '0' || rest.p[i] > '9';
	return dotted && letter && domain_valid(s);
}

/*
 * Names go into other people's programs: any character is one, except those that nobody sees. Blanks at
 * either end are among these: Exchange may leave them off, and then a name is not found again.
 */
static enum err
check_name(const char *setting, const char *value)
{
	struct span s = span_str(value);
	size_t chars = 0;

	if (s.len == 0 || s.p[0] == ' ' || s.p[s.len - 1] == ' ')
		return err_set(ERR_SYNTAX, "%s is empty or has a blank at one end", setting);
	while (s.len > 0) {
		bool ok = true;
		uint32_t c = utf8_take(&s, &ok);

		if (!ok)
			return err_set(ERR_SYNTAX, "%s is not UTF-8", setting);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
			return err_set(ERR_SYNTAX, "%s has a control character", setting);
		chars += c > 0xffff ? 2 : 1;
	}
	if (chars > TENANT_NAME_CHARS)
		return err_set(ERR_SYNTAX, "%s has %zu characters, %u are allowed", setting, chars,
		    TENANT_NAME_CHARS);
	return ERR_OK;
}

/* The local part becomes the group's alias, which takes no quotes (New-DistributionGroup, Alias). */
static enum err
check_group_address(const struct tenant *t, const char *setting, const char *value)
{
	struct address a;

	if (value[0] == '\0')
		return ERR_OK;
	TRY(address_parse(span_str(value), &a));
	if (a.local.p[0] == '"')
		return err_set(ERR_SYNTAX, "%s has quotes, which no group may have", setting);
	for (size_t i = 0; i < a.local.len; i++) {
		if (a.local.p[i] > '~')
			return err_set(
			    ERR_SYNTAX, "%s is not plain ASCII before the \"@\"", setting);
	}
	return domain_own(t, a.domain)
	    ? ERR_OK
	    : err_set(ERR_SYNTAX, "%s is in none of the tenant's domains", setting);
}

static enum err
check_groups(const struct tenant *t)
{
	struct address a;

	TRY(check_name("users_group", t->users_group));
	TRY(check_name("admins_group", t->admins_group));
	if (span_ieq(span_str(t->users_group), span_str(t->admins_group)))
		return err_set(ERR_SYNTAX, "users_group and admins_group have the same name");
	TRY(check_group_address(t, "users_group_address", t->users_group_address));
	TRY(check_group_address(t, "admins_group_address", t->admins_group_address));
	if (t->users_group_address[0] != '\0' &&
	    span_ieq(span_str(t->users_group_address), span_str(t->admins_group_address)))
		return err_set(ERR_SYNTAX,
		    "users_group_address and admins_group_address are the same address");
	for (size_t i = 0; i < t->excluded_groups.count; i++) {
		if (address_parse(span_str(t->excluded_groups.items[i]), &a) != ERR_OK)
			return err_set(
			    ERR_SYNTAX, "excluded_groups: item %zu is not a mail address", i + 1);
	}
	return ERR_OK;
}

/* What Exchange Online is to have. */
static enum err
check_exchange(const struct tenant *t)
{
	if (t->linked_domain[0] != '\0' && !host_valid(span_str(t->linked_domain)))
		return err_set(ERR_SYNTAX, "linked_domain is not a domain name");
	if (t->smart_host[0] != '\0' && !host_valid(span_str(t->smart_host)))
		return err_set(ERR_SYNTAX, "smart_host is not a host name");
	TRY(check_name("inbound_connector", t->inbound_connector));
	TRY(check_name("outbound_connector", t->outbound_connector));
	TRY(check_name("rule_name", t->rule_name));
	return check_groups(t);
}

enum err
tenant_check(const struct tenant *t)
{
	TRY(check_present(t));
	if (!name_valid(span_str(t->name)))
		return err_set(ERR_SYNTAX, "a tenant's name is 1 to %u letters, digits and \"-\"",
		    NAME_MAX_LEN);
	if (!guid_valid(span_str(t->entra_id)))
		return err_set(ERR_SYNTAX, "entra_id is not a GUID in lower case");
	if (!link_base_valid(span_str(t->link_base)))
		return err_set(ERR_SYNTAX,
		    "link_base must be \"https://\" and a host, without a slash behind");
	if (t->inbound_tls_name[0] != '\0' && !domain_valid(span_str(t->inbound_tls_name)))
		return err_set(ERR_SYNTAX, "inbound_tls_name is not a host name");
	TRY(check_words(&t->secret_values, "secret_values", SECRET_MIN, 256));
	TRY(check_words(&t->mark_tokens, "mark_tokens", SECRET_MIN, TOKEN_MAX));
	TRY(check_headers(t));
	TRY(check_facility(t));
	return check_exchange(t);
}

static struct tenant *
tenant_alloc(void)
{
	struct tenant *t = calloc(1, sizeof(*t));

	if (t != NULL)
		arena_init_secret(&t->arena, TENANT_BYTES);
	return t;
}

void
tenant_free(struct tenant **t)
{
	if (*t == NULL)
		return;
	arena_done(&(*t)->arena);
	free(*t);
	*t = NULL;
}

/* A random word becomes the list's only item. */
static enum err
random_word(struct tenant *t, const char *name, size_t bytes)
{
	const struct setting *row = setting_find(tenant_table, tenant_table_count, span_str(name));
	uint8_t random[32];
	char text[BASE32_SIZE(sizeof(random))];

	assert(row != NULL && bytes <= sizeof(random));
	crypto_random(random, bytes);
	const char *item = base32_encode(span_of(random, bytes), text);
	enum err err = setting_assign(row, t, &item, 1, NULL, &t->arena);
	crypto_wipe(text, sizeof(text));
	return err;
}

enum err
tenant_new(const char *name, struct tenant **ret)
{
	CLEANUP(tenant_free) struct tenant *t = tenant_alloc();

	if (t == NULL)
		return err_set(ERR_TEMP, "no memory for a tenant");
	if (!name_valid(span_str(name)))
		return err_set(ERR_SYNTAX, "a tenant's name is 1 to %u letters, digits and \"-\"",
		    NAME_MAX_LEN);
	t->name = arena_strdup(&t->arena, span_str(name));
	if (t->name == NULL)
		return ERR_TEMP;
	TRY(settings_defaults(tenant_table, tenant_table_count, t, NULL, &t->arena));
	TRY(random_word(t, "secret_values", 32));
	TRY(random_word(t, "mark_tokens", 16));
	*ret = t;
	t = NULL;
	return ERR_OK;
}

static enum err
put_setting(struct json_writer *w, const struct setting *row, const struct tenant *t)
{
	CLEANUP(buf_done_secret) struct buf text = { 0 };

	if (setting_is_list(row->type)) {
		const struct setting_list *list = (const void *)((const char *)t + row->offset);

		json_array(w, row->name);
		for (size_t i = 0; i < list->count; i++)
			json_put_str(w, NULL, span_str(list->items[i]));
		json_end(w, ']');
		return ERR_OK;
	}
	buf_init(&text, 4096);
	TRY(setting_format(row, t, true, &text));
	json_put_str(w, row->name, buf_span(&text));
	return ERR_OK;
}

enum err
tenant_to_json(const struct tenant *t, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_object(&w, NULL);
	json_put_str(&w, "name", span_str(t->name));
	for (size_t i = 0; i < tenant_table_count; i++)
		TRY(put_setting(&w, &tenant_table[i], t));
	json_end(&w, '}');
	return json_finish(&w);
}

/* The value of one member as a list of texts, in memory of the arena. */
static enum err
texts_of(const struct json *j, const char *name, struct arena *a, struct setting_list *ret)
{
	bool array = json_is_array(j);
	size_t n = array ? json_count(j) : 1;
	struct span text;

	ret->items = arena_alloc(a, n * sizeof(*ret->items));
	if (ret->items == NULL)
		return ERR_TEMP;
	ret->count = n;
	for (size_t i = 0; i < n; i++) {
		if (!json_str(array ? json_at(j, i) : j, &text))
			return err_set(ERR_SYNTAX, "%s is not a text", name);
		ret->items[i] = (const char *)text.p;
	}
	return ERR_OK;
}

static enum err
take_member(struct tenant *t, const char *name, const struct json *j, struct arena *scratch)
{
	const struct setting *row = setting_find(tenant_table, tenant_table_count, span_str(name));
	struct setting_list texts;

	/* written by a newer program: what it means is not known here, so the row is not used */
	if (row == NULL)
		return err_set(ERR_SYNTAX, "there is no setting called so");
	TRY(texts_of(j, name, scratch, &texts));
	return setting_assign(row, t, texts.items, texts.count, NULL, &t->arena);
}

static enum err
take_all(struct tenant *t, const struct json *doc)
{
	CLEANUP(arena_done) struct arena scratch;
	struct span name;

	arena_init(&scratch, TENANT_BYTES);
	if (!json_str(json_get(doc, "name"), &name) || !name_valid(name))
		return err_set(ERR_SYNTAX, "tenant row without a name");
	t->name = arena_strdup(&t->arena, name);
	if (t->name == NULL)
		return ERR_TEMP;
	TRY(settings_defaults(tenant_table, tenant_table_count, t, NULL, &t->arena));
	for (size_t i = 0; json_key_at(doc, i) != NULL; i++) {
		const char *key = json_key_at(doc, i);

		if (strcmp(key, "name") != 0)
			TRY(take_member(t, key, json_at(doc, i), &scratch));
	}
	return tenant_check(t);
}

enum err
tenant_from_json(struct span json, struct tenant **ret)
{
	CLEANUP(tenant_free) struct tenant *t = tenant_alloc();
	CLEANUP(json_free) struct json *doc = NULL;

	if (t == NULL)
		return err_set(ERR_TEMP, "no memory for a tenant");
	TRY(json_parse(json, &doc));
	if (!json_is_object(doc))
		return err_set(ERR_SYNTAX, "tenant row is not an object");
	TRY(take_all(t, doc));
	*ret = t;
	t = NULL;
	return ERR_OK;
}
