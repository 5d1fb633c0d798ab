/*
 * connector/smtp_data.h - where a mail ends on the wire: the framing of DATA and of BDAT chunks.
 * Pure.
 *
 * DATA. The mail ends at CR LF "." CR LF and at nothing else (S1). CR without LF, LF without CR and
 * NUL make the mail odd: nothing more is put out, but the decoder goes on to the real end, so that
 * what follows cannot be taken for commands; the session answers and then closes, because a client
 * that believes in another end would now speak out of turn. Any split of the input gives the same
 * bytes and the same end.
 *
 * BDAT. The command says how many octets follow; they are content, whatever they are.
 *
 * Source: RFC 5321 sections 2.3.8, 4.1.1.4, 4.5.2; RFC 3030 section 2.
 */
#ifndef SECUDOC_CONNECTOR_SMTP_DATA_H
#define SECUDOC_CONNECTOR_SMTP_DATA_H

#include "core/stream.h"

enum smtp_data_odd {
	SMTP_DATA_FINE,
	SMTP_DATA_BARE_CR,
	SMTP_DATA_BARE_LF,
	SMTP_DATA_NUL,
};

struct smtp_data {
	int state;
	bool ended;             /* the end was seen */
	enum smtp_data_odd odd; /* the first oddity */
	uint64_t odd_at;        /* its offset in the octets of the wire */
	uint64_t octets;        /* taken from the wire, dots and end included */
};

void smtp_data_init(struct smtp_data *d);
/*
 * smtp_data_push() - take from *in up to the end of the mail or of *in; what stands behind the end
 * stays. Content without stuffed dots goes to out while the mail is not odd. Returns what out says.
 * Not to be called once ended.
 */
MUST_USE enum err smtp_data_push(struct smtp_data *d, struct span *in, struct sink out);

struct smtp_chunk {
	uint64_t left; /* octets that still belong to the chunk */
	bool last;
};

/*
 * smtp_chunk_parse() - the argument of BDAT: chunk-size [ SP "LAST" ]; blanks at the end are passed
 * over. ERR_SYNTAX: it cannot be known how many octets follow, so the connection has to end.
 */
MUST_USE enum err smtp_chunk_parse(struct span args, struct smtp_chunk *ret);
/* smtp_chunk_take() - the front of *in that belongs to the chunk; borrowed. */
struct span smtp_chunk_take(struct smtp_chunk *c, struct span *in);

#endif
