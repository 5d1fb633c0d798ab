/*
 * mime/limits.h - every bound of this folder, with its reason.
 *
 * Hitting one is ERR_LIMIT and the mail is refused, unless the line says that something is cut or kept
 * in another form instead. Together they keep one mail below MIME_MEMORY_MAX beyond the header field at
 * hand, whatever its size and shape.
 */
#ifndef SECUDOC_MIME_LIMITS_H
#define SECUDOC_MIME_LIMITS_H

/* What a running detach may hold in memory, the header block it is reading not counted. */
#define MIME_MEMORY_MAX (256u * 1024)

/* Multiparts inside each other. Real mail stays below 10; each level costs a compare for each "--" line. */
#define MIME_MAX_DEPTH 100u

/* Parts, multiparts included. Exchange Online stops at 250 attachments. */
#define MIME_MAX_PARTS 1000u

/* Bytes of the message's own header block. Exchange Online allows 256 KB of headers. */
#define MIME_MAX_HEADER_BYTES (256u * 1024)

/* Bytes of a part's header block; it holds no recipients and no traces. */
#define MIME_MAX_PART_HEADER_BYTES (64u * 1024)

/* Bytes of one Content-* field that is understood; several copies are held while it is. The longest name
 * that MIME_MAX_SECTIONS allows takes about 8 KiB. */
#define MIME_MAX_CONTENT_FIELD (8u * 1024)

/* Fields of one header block. */
#define MIME_MAX_FIELDS 5000u

/* RFC 2046 section 5.1.1 allows 70; some mailers write a little more, and all readers take it. */
#define MIME_MAX_BOUNDARY 200u

/* Blanks behind a delimiter (transport padding, RFC 2046 section 5.1.1); nobody writes any today. */
#define MIME_MAX_PADDING 256u

/* RFC 2231 sections of one parameter. 100 sections of 78 bytes are a name of 7,000 bytes. */
#define MIME_MAX_SECTIONS 100u

/* A name's bytes of UTF-8; longer ones are cut in the middle so that the extension stays. */
#define MIME_NAME_MAX 240u

/* Other words kept from a header: media types, charsets, report types. RFC 6838 section 4.2 has 127. */
#define MIME_WORD_MAX 127u

/* Longest base64 line that is stored decoded. RFC 2045 writes 76; SMTP allows 998. */
#define MIME_MAX_CODED_LINE 996u

/* Base64 pieces of one mail. Past it base64 is kept as it was written (and still decoded for its size
 * and digest): a mail that deviates in every line costs index bytes, never memory. */
#define MIME_MAX_CODED_PIECES 16384u

/* cid: references and Content-IDs of pictures that are remembered. Pictures beyond are attachments. */
#define MIME_MAX_CIDS 4096u

/* One chunk of the index; full ones go to the container. */
#define MIME_INDEX_CHUNK (16u * 1024)

/* What mime_index_open() takes from its arena at most: parts with names, and the list of chunks. */
#define MIME_INDEX_MEMORY_MAX (2u * 1024 * 1024)

#endif
