/* cli/certificate.c - see certificate.h. */
#include "cli/certificate.h"

#include "cli/cli.h"
#include "net/tls_file.h"

#define NAMES_BYTES (64u << 10)
#define DAY_MS      INT64_C(86400000)

enum err
certificate_names(const char *path, const char *domain)
{
	CLEANUP(arena_done) struct arena a;
	struct tls_file f;

	arena_init(&a, NAMES_BYTES);
	TRY(tls_file_read(path, &a, &f));
	if (f.facts.cert != TLS_CERT_GOOD)
		return err_set(ERR_DENIED, "%.300s: a name in it cannot be believed", path);
	for (size_t i = 0; i < f.facts.name_count; i++)
		if (span_ieq(span_str(f.facts.names[i]), span_str(domain)))
			return ERR_OK;
	if (tls_name_matches(&f.facts, span_str(domain)))
		return err_set(ERR_DENIED,
		    "%.300s has %s only by a wildcard: Microsoft asks for a name that is one tenant's alone",
		    path, domain);
	return err_set(ERR_DENIED, "%.300s does not have the name %s", path, domain);
}

enum err
certificate_lasts(const char *path, int64_t now_ms, bool *ret_soon)
{
	CLEANUP(arena_done) struct arena a;
	char when[CLI_TEXT_SIZE];
	struct tls_file f;

	*ret_soon = false;
	arena_init(&a, NAMES_BYTES);
	TRY(tls_file_read(path, &a, &f));
	if (f.begins_ms > now_ms)
		return err_set(ERR_DENIED, "%.300s is valid only from %s on", path,
		    cli_time(f.begins_ms, when));
	if (f.ends_ms <= now_ms)
		return err_set(ERR_DENIED, "%.300s ended on %s", path, cli_time(f.ends_ms, when));
	*ret_soon = f.ends_ms - now_ms < CERTIFICATE_SOON_DAYS * DAY_MS;
	if (*ret_soon)
		return err_set(ERR_DENIED, "%.300s ends on %s, in %d days", path,
		    cli_time(f.ends_ms, when), (int)((f.ends_ms - now_ms) / DAY_MS));
	return ERR_OK;
}
