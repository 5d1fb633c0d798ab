/*
 * connector/received.c - see received.h.
 */
#include "connector/received.h"

#include "core/clock.h"

#include <inttypes.h>
#include <string.h>

/* What the peer or a certificate said, harmless in a header field and inside a comment. */
static enum err
put_safe(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		bool safe = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || strchr("-._:[]*", *s) != NULL;

		TRY(buf_put_byte(out, safe ? (uint8_t)*s : '?'));
	}
	return ERR_OK;
}

static enum err
put_tls(const struct tls_facts *tls, struct buf *out)
{
	TRY(buf_put_str(out, "\r\n\t(using "));
	TRY(put_safe(out, tls->version));
	TRY(buf_put_str(out, " with cipher "));
	TRY(put_safe(out, tls->cipher));
	TRY(buf_printf(out, " (%d bits)", tls->cipher_bits));
	if (tls->cert == TLS_CERT_GOOD && tls->name_count > 0) {
		TRY(buf_put_str(out, "\r\n\tclient certificate "));
		TRY(put_safe(out, tls->names[0]));
	}
	return buf_put_str(out, ")");
}

enum err
received_put(const struct received_facts *f, struct buf *out)
{
	char date[CLOCK_TEXT_SIZE];
	bool v6 = strchr(f->peer, ':') != NULL;

	TRY(buf_put_str(out, "Received: from "));
	TRY(put_safe(out, f->helo));
	TRY(buf_put_str(out, v6 ? " ([IPv6:" : " (["));
	TRY(put_safe(out, f->peer));
	TRY(buf_put_str(out, "])\r\n\tby "));
	TRY(put_safe(out, f->hostname));
	TRY(buf_printf(
	    out, " with %s id %" PRId64, f->smtputf8 ? "UTF8SMTPS" : "ESMTPS", f->mail_id));
	if (f->tls != NULL)
		TRY(put_tls(f->tls, out));
	return buf_printf(out, ";\r\n\t%s\r\n", clock_rfc5322(f->now_ms, date));
}
