/*
 * core/err.h - how a function says that the world failed.
 *
 * Three kinds of trouble are kept apart. A bug of ours is an assert(), on in release too. The world's
 * failure is an enum err: few codes, each a different thing for the caller to do. "The answer is no" (a
 * refused recipient, a policy verdict) is data in the result, never an error.
 *
 * The story stands in a note of the thread, written once where the error was born, and read by whoever
 * logs or answers. Those between pass the code on and leave the note alone.
 */
#ifndef SECUDOC_CORE_ERR_H
#define SECUDOC_CORE_ERR_H

#define MUST_USE               __attribute__((warn_unused_result))
#define CLEANUP(f)             __attribute__((cleanup(f)))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err {
	ERR_OK = 0,
	ERR_SYNTAX = -1,    /* the peer's bytes break their spec: refuse them */
	ERR_LIMIT = -2,     /* one of our bounds was hit: refuse, saying which */
	ERR_DENIED = -3,    /* policy, signature or role says no */
	ERR_NOT_FOUND = -4, /* there is no such thing */
	ERR_TEMP = -5,      /* memory, disk, network, busy: try again later */
	ERR_UNCERTAIN = -6, /* a write may or may not have happened: repeat it idempotently */
};

/*
 * err_set() - write the thread's note and give err, for "return err_set(ERR_LIMIT, ...)".
 *
 * The note is one line: what happened, with which value; no "failed to", no peer bytes unescaped (pass
 * them through span_printable()). Cut at 511 bytes. A macro, so that compilers see which code it gives.
 */
#define err_set(err, ...) (err_note_set(__VA_ARGS__), (err))
void err_note_set(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* err_note() - the thread's last note, "" when none; borrowed until the next err_set(). */
const char *err_note(void);

/* err_name() - "syntax", "limit", ...: a stable word for logs and tests. */
const char *err_name(enum err err);

/* TRY(call) - leave the function with the callee's error. */
#define TRY(call)                           \
	do {                                \
		enum err try_err_ = (call); \
		if (try_err_ != ERR_OK)     \
			return try_err_;    \
	} while (0)

#endif
