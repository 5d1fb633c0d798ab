/*
 * mime/html.h - what detach and render must know of an HTML body, from one pass over its decoded bytes.
 *
 * Two answers: which pictures it shows (cid: references), and where a banner goes so that it is the first
 * thing a reader sees. This is a tokenizer after the HTML standard (section 13.2.5), not a tree: it knows
 * comments, conditional comments, declarations, quoted attributes and raw text (script, style, title,
 * textarea, xmp, iframe, noembed, noframes, plaintext), and nothing else. Memory is the struct, whatever
 * the input; any split of the input gives the same answers; time is linear.
 *
 * References: the attributes src, background, href, poster, data, srcset and xlink:href that begin with
 * "cid:", and "cid:" in url(...) of style attributes and style elements; character references and
 * percent-encoding are undone (RFC 2392). Those in Outlook's conditional comments <!--[if ...]> count,
 * since Outlook shows them; those in other comments and in script, title and the like do not.
 *
 * Place: where the standard's tree builder starts the body. Behind the first <body ...> tag; else before the
 * first thing that opens the body by itself (text, any tag that does not belong in the head), which is
 * behind </head>, <html>, doctype, leading comments and a byte order mark as far as there are any. What is
 * never closed (a comment, a style element, a tag) swallows the rest in some readers, so the place is
 * before it.
 */
#ifndef SECUDOC_MIME_HTML_H
#define SECUDOC_MIME_HTML_H

#include "core/span.h"

/* Longer Content-IDs are not reported: their picture counts as not referenced, which is the safe side. */
#define MIME_HTML_CID_MAX 512u

struct mime_html_events {
	void *ctx;
	/* content_id: decoded, without "cid:" and without angle brackets; borrowed during the call; may come
	 * more than once; may be NULL when nobody asks */
	void (*cid)(void *ctx, struct span content_id);
};

/* Plain data, owned by the caller, no clean-up; the members are html.c's own business. */
struct mime_html {
	struct mime_html_events events;
	uint64_t at;           /* decoded bytes pushed */
	uint64_t place;        /* the answer, once body_open */
	uint64_t construct_at; /* where the open tag, comment or raw text began */
	bool body_open;
	bool iso2022;
	bool closing; /* an end tag */
	bool in_comment;
	bool conditional; /* in <!--[if ...]>, whose inside is markup too */
	uint8_t state;
	uint8_t bom;      /* bytes of a byte order mark seen at the start */
	uint8_t escape;   /* where in an ISO 2022 escape sequence */
	bool foreign;     /* ISO 2022: not in ASCII now */
	uint8_t comment;  /* how much of a comment's end was seen */
	uint8_t cond_len; /* how much of "[if" was seen behind a comment's start */
	const char *raw;  /* name of the open raw text element, or NULL */
	uint8_t name_len;
	uint8_t name[16];
	uint8_t attr_len;
	uint8_t attr[16];
	/* the matcher of references, fed with attribute values and style sheets */
	uint8_t mode;
	uint8_t match;
	uint8_t match_len;
	uint8_t match_end;  /* the quote that ends a url(), or 0 */
	uint8_t entity_len; /* 0: not in a character reference */
	uint8_t entity[12];
	uint8_t percent_len; /* 0: not in "%XX" */
	uint8_t percent[3];
	uint16_t cid_len;
	uint8_t cid[MIME_HTML_CID_MAX];
};

/*
 * mime_html_init() - iso2022: the charset switches with escape sequences (mime_charset_iso2022()), so bytes
 * between them are not ASCII and hold no markup. events may be NULL.
 */
void mime_html_init(struct mime_html *h, bool iso2022, const struct mime_html_events *events);
/* mime_html_push() - the next decoded bytes, any split; borrowed during the call. */
void mime_html_push(struct mime_html *h, struct span in);
/*
 * mime_html_finish() - the place of a banner as an offset in decoded bytes, at most the bytes pushed. Render
 * finds it in the encoded body by decoding up to it once more.
 */
uint64_t mime_html_finish(struct mime_html *h);
/* mime_html_place() - true as soon as the place can no longer change; what follows matters to cid only. */
bool mime_html_place(const struct mime_html *h, uint64_t *ret_offset);

#endif
