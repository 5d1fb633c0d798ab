/*
 * net/tls_names.c - what a peer's certificate says, and whose names it carries.
 *
 * Names are taken from the verified leaf only. A NUL or another unprintable byte in any of them
 * makes the whole certificate unbelievable (S7: "good.example\0.evil.example" was read as two
 * different names).
 */
#include "net/tls_names.h"

#include "core/address.h"
#include "net/tls_int.h"

#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

static bool
name_add(struct tls_facts *f, struct arena *a, struct span name)
{
	char *copy;

	if (name.len == 0 || name.len >= TLS_NAME_SIZE || f->name_count == TLS_NAMES_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	copy = arena_strdup(a, name);
	if (copy == NULL)
		return false;
	for (char *p = copy; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	f->names[f->name_count++] = copy;
	return true;
}

static bool
alt_names(X509 *leaf, struct tls_facts *f, struct arena *a)
{
	int critical = -1;
	GENERAL_NAMES *list = X509_get_ext_d2i(leaf, NID_subject_alt_name, &critical, NULL);
	bool ok =
	    list != NULL || critical == -1; /* -1: there is none; else it is broken or double */

	for (int i = 0; ok && i < sk_GENERAL_NAME_num(list); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(list, i);

		if (g->type != GEN_DNS)
			continue;
		ok = name_add(f, a,
		    span_of(ASN1_STRING_get0_data(g->d.dNSName),
			(size_t)ASN1_STRING_length(g->d.dNSName)));
	}
	GENERAL_NAMES_free(list);
	return ok;
}

/* RFC 6125 section 6.4.4: the common name counts only where there is no dNSName; and only a single
 * one. */
static bool
common_name(X509 *leaf, struct tls_facts *f, struct arena *a)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len;
	bool ok;

	if (at < 0)
		return true;
	if (X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return false;
	len =
	    ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (len < 0)
		return false;
	/* "Contoso Mail Gateway" is a fair common name, only not one of a host */
	ok = memchr(utf8, ' ', (size_t)len) != NULL && memchr(utf8, '\0', (size_t)len) == NULL;
	ok = ok || name_add(f, a, span_of(utf8, (size_t)len));
	OPENSSL_free(utf8);
	return ok;
}

bool
tls_names_collect(struct x509_st *leaf, struct arena *a, struct tls_facts *f)
{
	f->name_count = 0;
	if (alt_names(leaf, f, a) && (f->name_count > 0 || common_name(leaf, f, a)))
		return true;
	f->name_count = 0;
	return false;
}

static enum tls_cert
judge(X509 *leaf, const struct tls_verdict *verdict, struct arena *a, struct tls_facts *f)
{
	if (leaf == NULL)
		return TLS_CERT_NONE;
	if (verdict->error != X509_V_OK) {
		(void)snprintf(f->problem, sizeof(f->problem), "%s (certificate %d of the chain)",
		    X509_verify_cert_error_string(verdict->error), verdict->depth);
		return TLS_CERT_BAD;
	}
	if (!tls_names_collect(leaf, a, f)) {
		(void)snprintf(f->problem, sizeof(f->problem), "a name in it cannot be believed");
		return TLS_CERT_BAD;
	}
	return TLS_CERT_GOOD;
}

void
tls_facts_collect(
    SSL *ssl, const struct tls_verdict *verdict, struct arena *names_arena, struct tls_facts *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->version = SSL_get_version(ssl);
	ret->cipher = SSL_get_cipher_name(ssl);
	ret->cipher_bits = SSL_get_cipher_bits(ssl, NULL);
	ret->cert = judge(SSL_get0_peer_certificate(ssl), verdict, names_arena, ret);
}

/* A certificate's wildcard stands for one label, and it alone is the first label. */
static bool
wildcard_covers(struct span pattern, struct span host)
{
	size_t dot = span_find_byte(host, '.');

	return dot > 0 && dot < host.len && span_ieq(span_from(pattern, 1), span_from(host, dot));
}

bool
tls_name_matches(const struct tls_facts *facts, struct span rule)
{
	if (facts->cert != TLS_CERT_GOOD)
		return false;
	for (size_t i = 0; i < facts->name_count; i++) {
		struct span name = span_str(facts->names[i]);
		bool wild = span_starts(name, SPAN("*."));
		struct span base = wild ? span_from(name, 2) : name;

		if (!domain_valid(base))
			continue;
		if (wild && span_starts(rule, SPAN("*."))) {
			/* all that *.b.example names is below *.example and *.b.example */
			if (span_ieq(name, rule) || domain_is(base, rule))
				return true;
		} else if (wild ? wildcard_covers(name, rule) : domain_is(name, rule)) {
			return true;
		}
	}
	return false;
}
