#include "support/certs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct cert {
	X509 *x509;
	EVP_PKEY *key;
	const struct cert *issuer;
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "certs: %s\n", what);
	abort();
}

static void
add_extension(const struct cert *c, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509 *issuer = c->issuer == NULL ? c->x509 : c->issuer->x509;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, c->x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(extension != NULL && X509_add_ext(c->x509, extension, -1) == 1, value);
	X509_EXTENSION_free(extension);
}

static void
add_names(const struct cert *c, const struct cert_spec *spec)
{
	char names[1024] = "";
	size_t n = 0;

	for (size_t i = 0; i < 8 && spec->dns[i] != NULL; i++)
		n += (size_t)snprintf(
		    names + n, sizeof(names) - n, "%sDNS:%s", n > 0 ? "," : "", spec->dns[i]);
	for (size_t i = 0; i < 4 && spec->ip[i] != NULL; i++)
		n += (size_t)snprintf(
		    names + n, sizeof(names) - n, "%sIP:%s", n > 0 ? "," : "", spec->ip[i]);
	must(n < sizeof(names), "names too long");
	if (n > 0)
		add_extension(c, NID_subject_alt_name, names);
}

static void
add_extensions(const struct cert *c, const struct cert_spec *spec)
{
	static const char *const usages[] = { NULL, "serverAuth", "clientAuth",
		"serverAuth,clientAuth" };

	add_extension(
	    c, NID_basic_constraints, spec->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add_extension(c, NID_key_usage,
	    spec->ca        ? "critical,keyCertSign,cRLSign"
		: spec->rsa ? "critical,digitalSignature,keyEncipherment"
			    : "critical,digitalSignature");
	add_extension(c, NID_subject_key_identifier, "hash");
	if (c->issuer != NULL)
		add_extension(c, NID_authority_key_identifier, "keyid");
	must(spec->usage <= 3, "usage");
	if (spec->usage != 0)
		add_extension(c, NID_ext_key_usage, usages[spec->usage]);
	add_names(c, spec);
}

static void
set_serial(X509 *x509)
{
	BIGNUM *n = BN_new();

	must(n != NULL && BN_rand(n, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1, "serial");
	must(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x509)) != NULL, "serial");
	BN_free(n);
}

static void
set_life(X509 *x509, int64_t from_s, int64_t until_s)
{
	time_t now = time(NULL);

	if (from_s == 0 && until_s == 0) {
		from_s = -3600;
		until_s = 86400;
	}
	must(ASN1_TIME_set(X509_getm_notBefore(x509), now + from_s) != NULL, "life");
	must(ASN1_TIME_set(X509_getm_notAfter(x509), now + until_s) != NULL, "life");
}

struct cert *
cert_make(const struct cert_spec *spec)
{
	struct cert *c = calloc(1, sizeof(*c));

	must(c != NULL, "memory");
	c->issuer = spec->issuer;
	c->key = spec->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	c->x509 = X509_new();
	must(c->key != NULL && c->x509 != NULL, "key");
	must(X509_set_version(c->x509, X509_VERSION_3) == 1, "version");
	set_serial(c->x509);
	set_life(c->x509, spec->from_s, spec->until_s);
	X509_NAME *name = X509_get_subject_name(c->x509);
	must(X509_NAME_add_entry_by_txt(
		 name, "CN", MBSTRING_UTF8, (const unsigned char *)spec->name, -1, -1, 0) == 1,
	    "name");
	const struct cert *issuer = spec->issuer == NULL ? c : spec->issuer;
	must(X509_set_issuer_name(c->x509, X509_get_subject_name(issuer->x509)) == 1, "issuer");
	must(X509_set_pubkey(c->x509, c->key) == 1, "public key");
	add_extensions(c, spec);
	must(X509_sign(c->x509, issuer->key, EVP_sha256()) > 0, "signature");
	return c;
}

void
cert_free(struct cert **c)
{
	if (*c == NULL)
		return;
	X509_free((*c)->x509);
	EVP_PKEY_free((*c)->key);
	free(*c);
	*c = NULL;
}

X509 *
cert_x509(const struct cert *c)
{
	return c->x509;
}

EVP_PKEY *
cert_key(const struct cert *c)
{
	return c->key;
}

static FILE *
create(const struct tmpdir *dir, const char *name, const char *ending)
{
	char file[128], path[2 * TMPDIR_PATH_MAX];
	FILE *f;

	snprintf(file, sizeof(file), "%s%s", name, ending);
	f = fopen(tmpdir_join(dir, file, path), "we");
	must(f != NULL, path);
	return f;
}

void
cert_save(const struct cert *c, const struct tmpdir *dir, const char *name)
{
	FILE *f = create(dir, name, ".pem");

	/* the root is known to the other side, or it is not trusted */
	for (const struct cert *at = c; at != NULL && (at == c || at->issuer != NULL);
	     at = at->issuer)
		must(PEM_write_X509(f, at->x509) == 1, name);
	must(fclose(f) == 0, name);
	f = create(dir, name, ".key");
	must(PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL) == 1, name);
	must(fclose(f) == 0, name);
}

void
cert_save_ca(const struct cert *c, const struct tmpdir *dir, const char *name)
{
	FILE *f = create(dir, name, ".pem");

	must(PEM_write_X509(f, c->x509) == 1, name);
	must(fclose(f) == 0, name);
}
