/*
 * mime/index.h - the container of one mail: its pieces in message order, and what its parts are.
 *
 * mime/detach.h writes the container once, while the mail arrives; reattach, render and file read it
 * through a struct source. The bytes of the mail are exactly the pieces, one behind the other; a piece is
 * stored as it was written or, for base64, decoded. Dropping part N is skipping all pieces whose owner is
 * N or below N (mime_part_inside()).
 *
 * Container, all numbers little-endian:
 *   pieces and index chunks, mixed, in order of arrival
 *   root     final roles, list of chunks, the counts
 *   footer   MIME_FOOTER_SIZE bytes: magic, version, offset and length of the root
 */
#ifndef SECUDOC_MIME_INDEX_H
#define SECUDOC_MIME_INDEX_H

#include "core/arena.h"
#include "core/crypto.h"
#include "core/stream.h"
#include "mime/limits.h"

enum mime_piece_kind {
	MIME_PIECE_HEAD,  /* header block of owner, with its empty line (none at a cut end) */
	MIME_PIECE_RAW,   /* body bytes as written; of a multipart: preamble or epilogue */
	MIME_PIECE_CODED, /* base64 lines, stored decoded */
	MIME_PIECE_DELIM, /* line end (if any), "--boundary", line end: opens the part owner */
	MIME_PIECE_CLOSE, /* line end (if any), "--boundary--", line end (if any): closes owner */
};

/*
 * CODED, as text: canonical base64 of the stored bytes, in lines of line_len characters (the last may be
 * shorter), "\r\n" or "\n" between lines, and behind the last one if last_eol.
 */
struct mime_piece {
	enum mime_piece_kind kind;
	uint32_t owner; /* part number */
	uint64_t off;   /* in the container */
	uint64_t stored_len;
	uint64_t mail_len; /* in the mail */
	uint64_t file_len; /* decoded bytes of the owner's file that it holds (RAW, CODED) */
	uint32_t line_len; /* CODED */
	bool lf_only;      /* CODED: lines end with LF */
	bool last_eol;     /* CODED */
};

/* What a part is for us; docs/attachments.md is the table for people, mime/role.h makes it. */
enum mime_role {
	MIME_ROLE_MULTIPART,   /* has children, no content */
	MIME_ROLE_BODY_PLAIN,  /* the text, text/plain: takes a banner */
	MIME_ROLE_BODY_HTML,   /* the text, text/html: takes a banner */
	MIME_ROLE_INLINE_TEXT, /* further text between the attachments: stays */
	MIME_ROLE_PICTURE,     /* image that the HTML shows: stays */
	MIME_ROLE_PROTECTED,   /* signed or encrypted: stays, never edited */
	MIME_ROLE_CALENDAR,    /* invitation: stays */
	MIME_ROLE_REPORT,      /* content of a report */
	MIME_ROLE_TNEF,        /* winmail.dat */
	MIME_ROLE_ATTACHMENT,  /* becomes a download */
	MIME_ROLE__COUNT,
};
const char *mime_role_name(enum mime_role role); /* "attachment": stable word */

enum mime_cte {
	MIME_CTE_IDENTITY, /* 7bit, 8bit, binary; and what nobody knows */
	MIME_CTE_BASE64,
	MIME_CTE_QP,
};

#define MIME_NO_PART   UINT32_MAX
#define MIME_NO_INSERT UINT64_MAX

struct mime_part {
	uint32_t no;     /* place in parts[]; 0 is the message; parents before children */
	uint32_t parent; /* MIME_NO_PART for part 0 */
	uint32_t depth;
	enum mime_role role;
	enum mime_cte cte;
	struct span type;    /* lower case, "text" */
	struct span subtype; /* lower case, "plain" */
	struct span charset; /* lower case as named, empty when none */
	struct span name; /* UTF-8 label, harmless to show (mime_name_label()); empty when none */
	struct span content_id; /* without <>; empty when none or over MIME_WORD_MAX */
	bool named;             /* came with a file name */
	bool disposition_attachment;
	uint64_t file_len;           /* decoded bytes */
	uint8_t sha256[SHA256_SIZE]; /* of the decoded bytes */
	uint64_t insert_off;         /* BODY_*: decoded offset of the banner, else MIME_NO_INSERT */
	uint32_t first_piece;        /* number of its first piece (its DELIM, or HEAD for part 0) */
};

/* What the message is as a whole. */
enum mime_kind {
	MIME_KIND_PLAIN,
	MIME_KIND_SIGNED,
	MIME_KIND_ENCRYPTED,
	MIME_KIND_CALENDAR,
	MIME_KIND_REPORT,
	MIME_KIND_TNEF,
};
const char *mime_kind_name(enum mime_kind kind);

/* Facts of the bytes: they decide how the mail may travel. */
struct mime_wire_facts {
	bool bare_cr; /* CR without LF in a body */
	bool bare_lf; /* LF without CR, anywhere */
	bool nul;
	bool long_line; /* over 998 bytes */
	bool body_8bit;
	bool header_8bit; /* needs SMTPUTF8 or a lenient peer */
};

struct mime_index {
	struct source source; /* the container; must stay open */
	enum mime_kind kind;
	struct mime_wire_facts wire;
	const struct mime_part *parts;
	uint32_t part_count;
	uint32_t piece_count;
	uint64_t mail_len;
	/* private: where the chunks are */
	const struct mime_chunk *chunks;
	uint32_t chunk_count;
};

#define MIME_FOOTER_SIZE 32u

/*
 * mime_index_open() - read a container's index.
 *
 * container  as detach wrote it; read again by every later call on the index
 * arena      holds the index; MIME_INDEX_MEMORY_MAX suffices for every mail
 *
 * Everything is checked against its bounds, so damage is found and never followed: ERR_DENIED "container
 * ..." for one that is not ours. Else the source's own error.
 */
MUST_USE enum err
mime_index_open(struct source container, struct arena *arena, struct mime_index **ret);

/* mime_part_inside() - part is outer or stands below it. */
bool mime_part_inside(const struct mime_index *ix, uint32_t part, uint32_t outer);

/* A walk over the pieces, one chunk in memory; 16 KiB, so heap or a long-lived struct, not a deep stack. */
struct mime_pieces {
	const struct mime_index *ix;
	uint32_t next; /* number of the piece that comes next */
	uint32_t chunk;
	uint32_t chunk_pos;
	uint32_t chunk_len;
	uint8_t bytes[MIME_INDEX_CHUNK];
};

/* mime_pieces_start() - begin at the piece numbered first (0, or a part's first_piece). */
void mime_pieces_start(struct mime_pieces *it, const struct mime_index *ix, uint32_t first);
/* mime_pieces_next() - ERR_NOT_FOUND behind the last piece. */
MUST_USE enum err mime_pieces_next(struct mime_pieces *it, struct mime_piece *ret);

/*
 * mime_piece_copy() - the piece as it stood in the mail, base64 encoded again.
 * Returns what the source or the sink said.
 */
MUST_USE enum err
mime_piece_copy(const struct mime_index *ix, const struct mime_piece *piece, struct sink out);

/*
 * Where a banner goes in a body as it is written; bodies (BODY_PLAIN, BODY_HTML) are one RAW piece or,
 * when empty, none.
 */
struct mime_insert {
	uint64_t raw_off; /* body bytes before it stay as they are */
	uint64_t
	    raw_resume;  /* body bytes from here on stay as they are; == raw_off but for base64 */
	uint32_t column; /* characters on the line before raw_off; 0 at the start of a line */
	/* base64 only: the bytes between raw_off and raw_resume are one quantum; it decodes to this */
	uint8_t quantum[3];
	uint8_t quantum_len;   /* 0 to 3 */
	uint8_t quantum_split; /* so many of them come before the banner */
};

/*
 * mime_insert_find() - map part's insert_off onto its written bytes. part must be BODY_*.
 * Reads the body up to there. Returns what the source said.
 */
MUST_USE enum err
mime_insert_find(const struct mime_index *ix, uint32_t part, struct mime_insert *ret);

#endif
