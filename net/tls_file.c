/* net/tls_file.c - see tls_file.h. */
#include "net/tls_file.h"

#include "net/tls_names.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
leaf_free(X509 **leaf)
{
	X509_free(*leaf);
}

static enum err
leaf_read(const char *path, X509 **ret)
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED, "%.300s: %s", path,
		    strerror(errno));
	*ret = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	if (*ret == NULL)
		return err_set(ERR_SYNTAX, "%.300s: not a PEM certificate", path);
	return ERR_OK;
}

static bool
time_ms(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;
	time_t seconds;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	seconds = timegm(&tm);
	*ret = (int64_t)seconds * 1000;
	return true;
}

enum err
tls_file_read(const char *path, struct arena *a, struct tls_file *ret)
{
	CLEANUP(leaf_free) X509 *leaf = NULL;
	struct tls_file f = { .facts.cert = TLS_CERT_BAD };

	TRY(leaf_read(path, &leaf));
	if (!time_ms(X509_get0_notBefore(leaf), &f.begins_ms) ||
	    !time_ms(X509_get0_notAfter(leaf), &f.ends_ms))
		return err_set(ERR_SYNTAX, "%.300s: its times cannot be read", path);
	if (tls_names_collect(leaf, a, &f.facts))
		f.facts.cert = TLS_CERT_GOOD;
	*ret = f;
	return ERR_OK;
}
